"""The open plan: its value, its undo history, its file, and what of it a person has chosen."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack
from shiboken6 import isValid

from gigaplan.engine.plan.annotations import Place, against_locks, named, put_back, with_members_followed
from gigaplan.engine.plan.bounds import settings_out_of_bounds
from gigaplan.engine.plan.formulas import after_edit
from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.problems import Problem
from gigaplan.engine.plan.scenario_from_edits import MOVABLE, edited_under
from gigaplan.engine.plan.scenarios import move
from gigaplan.engine.plan.schema import Scenario
from gigaplan.engine.storage.backups import older_format
from gigaplan.engine.storage.crash_log_write import Origin
from gigaplan.engine.storage.format import VERSION
from gigaplan.engine.storage.load import FileStamp, StoredPlan, open_plan
from gigaplan.engine.storage.save import SaveFailed, save_plan

Row = tuple[str, str]
"""(table, id) of a row."""


@dataclass(frozen=True)
class Selection:
    """The rows that a person has chosen, in that order; none of them means the plan itself."""

    rows: tuple[Row, ...] = ()

    @property
    def table(self) -> str:
        """The table that all of them are of: `plan` where none is chosen, empty where they are of several."""
        tables = {table for table, _ in self.rows}
        return "plan" if not tables else tables.pop() if len(tables) == 1 else ""

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of rows of one table; empty where they are of several."""
        return tuple(id for _, id in self.rows) if self.table else ()

    def ids_in(self, table: str) -> tuple[str, ...]:
        """The ids of those that are of one table, whatever else is chosen."""
        return tuple(id for of, id in self.rows if of == table)


class Document(QObject):
    """One plan being worked on. Every edit goes through `apply`; every view listens to `changed`."""

    changed = Signal(object, object)
    """(before, after): the plan before and after an edit, an undo, an opening, or the choice of another scenario."""
    base_changed = Signal(object, object)
    """(before, after) of `base`, told before `changed`."""
    scenario_changed = Signal()
    """Another scenario is edited, or the base again; `changed` has told of it. Also where its name or fit moved."""
    refused = Signal(str)
    """Why an edit was not made, or what of it went elsewhere: a sentence."""
    stepped = Signal(str, object, object)
    """(text, before, after): a step was undone or redone, and `changed` has told of it."""
    replaced = Signal()
    """Another plan was opened: what was remembered of the old one goes. `changed` follows at once."""
    file_changed = Signal()
    """The path or the saved state moved: the title wants a new text."""
    file_judged = Signal()
    """What there is to say of the file, beside the plan in it, is known anew: its format and its warnings."""
    drafted = Signal()
    """`draft` is another one: a person is typing, or types no more."""
    selection_changed = Signal(object)
    period_changed = Signal(int)

    def __init__(self, plan: Plan, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._base = self._plan = plan
        self._scenario = ""
        self._factor: float | None = None
        self.misfits: tuple[Problem, ...] = ()
        """What is wrong with overrides of the scenario that is edited; they are left out of `plan`."""
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self._clean_changed)
        self.path: Path | None = None
        self.read_only = False
        """Whether saving means Save As: another window has the file, or it cannot be written."""
        self.older_format = 0
        """The format of its file where an older Gigaplan made it; the next save keeps that file. 0 otherwise."""
        self.warnings: tuple[Problem, ...] = ()
        """What was found wrong with the file when it was opened or saved last, which did not stop that."""
        self._stamp: FileStamp | None = None
        self._uuid: str | None = None
        self._revision = 0
        self._selection = Selection()
        self._period = 0
        self._turning = False
        self._draft: Plan | None = None
        self._is_drafting = False

    def __del__(self) -> None:
        # Garbage goes in any order, and a stack of Qt's does not survive that its steps go before it.
        if isValid(self.undo_stack):
            self.undo_stack.blockSignals(True)
            self.undo_stack.clear()

    def _clean_changed(self, _clean: bool) -> None:
        self.file_changed.emit()

    @property
    def uuid(self) -> str | None:
        """What the file of the plan is known by, wherever it lies; None while no file holds it."""
        return self._uuid

    @property
    def plan(self) -> Plan:
        """The plan as it stands: under the scenario that is edited, and then without scenarios; else `base`."""
        return self._plan

    @property
    def base(self) -> Plan:
        """The plan that the file holds, with its scenarios."""
        return self._base

    @property
    def scenario(self) -> Scenario | None:
        """The scenario that edits go into; None where they go into the base."""
        return find(self._base, "scenarios", self._scenario) if self._scenario else None

    def holder(self, table: str) -> Plan:
        """The plan whose rows of a table are shown: scenarios are always those of `base`."""
        return self._base if table == "scenarios" else self._plan

    @property
    def name(self) -> str:
        """What the window calls it."""
        return self.path.stem if self.path else self._plan.settings.name or "Untitled"

    @property
    def is_dirty(self) -> bool:
        """Whether there are edits that no file holds."""
        return not self.undo_stack.isClean()

    @property
    def draft(self) -> Plan | None:
        """The plan as it would be if what a person is typing were entered; None where nobody types, or it could not."""
        return self._draft

    @property
    def saved_plan(self) -> Plan | None:
        """The plan as it was opened or saved last; None where that is not known, as after a recovery."""
        clean = self.undo_stack.cleanIndex()
        if clean < 0:
            return None
        steps = self._steps(self.undo_stack.count())
        return steps[clean]._before if clean < len(steps) else steps[-1]._after if steps else self._base

    @property
    def earlier(self) -> list[tuple[str, Plan]]:
        """The plan as it was before each step that can be undone, and what the step is called; the newest first."""
        return [(step.text(), step._before) for step in reversed(self._steps(self.undo_stack.index()))]

    def _steps(self, count: int) -> list[_Edit]:
        """The first steps of the stack, on which there is no other kind."""
        return [cast(_Edit, self.undo_stack.command(k)) for k in range(count)]

    @property
    def origin(self) -> Origin:
        """Which file the plan belongs to, and in which state that was when it was opened or saved last."""
        path = None if self.path is None else str(self.path)
        return Origin(name=self.name, path=path, stamp=self._stamp, uuid=self._uuid, revision=self._revision)

    @property
    def selection(self) -> Selection:
        """What is chosen."""
        return self._selection

    @property
    def period(self) -> int:
        """The period that the plan map shows, counted from 0."""
        return self._period

    def apply(
        self, plan: Plan, text: str, merge_key: Hashable = None, *, in_base: bool = False, over_locks: bool = False
    ) -> None:
        """Makes `plan` the document's plan as one undo step called `text`; formulas follow.

        While a scenario is edited, what differs from `plan` as it was becomes overrides of it; with `in_base`, the plan
        given is the base. Steps in a row with the same `merge_key` (a field while it is dragged) become one. Locked
        fields keep their values, and `refused` says so, unless `over_locks`: the person was asked.
        """
        told = ""
        in_scenario = bool(self._scenario) and not in_base
        before = self._plan if in_scenario else self._base
        plan = with_members_followed(before, plan)
        if not over_locks:
            plan, told = within_locks(before, plan)
        plan = after_edit(before, plan)
        if in_scenario:
            plan, routed = self._routed(plan)
            told = " ".join(filter(None, (told, routed)))
            text = f"{self._name_of_scenario()}: {text}"
        if self._is_drafting:
            self._draft = plan if plan != self._base else None
            return
        self.type(None)
        if self._turning:
            return  # half-typed text that a view commits because rows went: it was meant for the plan before
        if plan is not self._base and plan != self._base:
            from gigaplan.engine.catalogue.new_rows import with_following_names

            plan = with_following_names(self._base, plan)
            self.undo_stack.push(_Edit(self, self._base, plan, text, merge_key))
        if told:
            self.refused.emit(told)

    def _name_of_scenario(self) -> str:
        scenario = self.scenario
        return scenario.name or scenario.id if scenario is not None else ""

    def _routed(self, plan: Plan) -> tuple[Plan, str]:
        """The base with an edit of the plan under the scenario put into that, and what is to be said of it."""
        if plan == self._plan:
            return self._base, ""
        made = edited_under(self._base, self._scenario, self._plan, plan, self._factor)
        if made.plan is None:
            return self._base, f"Nothing was changed. {' '.join(made.refusals)} Go back to the base for that."
        tables = [t for t in MOVABLE if len(getattr(made.plan, t)) > len(getattr(self._base, t))]
        if not tables and made.plan.ports == self._base.ports:
            return made.plan, ""
        return made.plan, "What was added went into the base, and so into every scenario: a scenario has no own rows."

    @contextlib.contextmanager
    def scaling(self, factor: float) -> Iterator[None]:
        """What is applied inside multiplies numbers: a scenario then keeps the factor, and follows the base."""
        self._factor = factor
        try:
            yield
        finally:
            self._factor = None

    def edit_scenario(self, id: str) -> None:
        """Shows the plan under a scenario and lets edits go into it; with "", or one that is gone, the base."""
        id = id if find(self._base, "scenarios", id) is not None else ""
        if id != self._scenario:
            self.type(None)
            self._scenario = id
            self._show(self._base)

    def promote_scenario(self) -> None:
        """Makes the plan under the scenario that is edited the base; the scenario goes. One undo step."""
        scenario = self.scenario
        if scenario is None:
            return
        kept = (s for s in self._base.scenarios if s.id != scenario.id)
        rest = tuple(msgspec.structs.replace(s, parent=None) if s.parent == scenario.id else s for s in kept)
        plan = msgspec.structs.replace(self._plan, scenarios=rest)
        self.apply(plan, f"Make {scenario.name} the base", in_base=True)

    def type(self, edit: Callable[[], object] | None) -> None:
        """Takes note of what is being typed: of what `edit` gives to `apply`, `draft` is made, and no undo step.

        None where nothing is being typed any more.
        """
        before, self._draft = self._draft, None
        if edit is not None:
            self._is_drafting = True
            try:
                edit()
            finally:
                self._is_drafting = False
        if self._draft is not before:
            self.drafted.emit()

    def select(self, table: str, ids: Iterable[str] = ()) -> None:
        """Chooses rows of one table; `select("plan")`, or no row at all, chooses the plan itself."""
        self.select_rows((table, id) for id in ids)

    def select_rows(self, rows: Iterable[Row]) -> None:
        """Chooses rows of any tables. What is gone from the plan, as by a menu that was open meanwhile, is left out."""
        wanted = tuple(dict.fromkeys(rows))
        tables = {table for table, _ in wanted}
        there = {table: {row.id for row in getattr(self.holder(table), table)} for table in tables}
        selection = Selection(tuple((table, id) for table, id in wanted if id in there[table]))
        if selection != self._selection:
            self._selection = selection
            self.selection_changed.emit(selection)

    def show_period(self, period: int) -> None:
        """Chooses the period that the plan map shows."""
        period = max(0, min(period, self._plan.settings.periods - 1))
        if period != self._period:
            self._period = period
            self.period_changed.emit(period)

    def start(self, plan: Plan) -> None:
        """Takes up a plan that no file holds yet."""
        self.path, self._stamp, self._uuid, self._revision = None, None, None, 0
        self._replace(plan)
        self._judge(0, ())

    def open(self, path: Path, stored: StoredPlan | None = None) -> None:
        """Takes up the plan in a file, or as it was `stored` there when it was read just now.

        Raises PlanError or OSError, and leaves the document as it was.
        """
        stored = stored or open_plan(path)
        self.path, self._stamp = path, stored.stamp
        self._uuid, self._revision = stored.uuid, stored.revision
        self._replace(stored.plan)
        self._judge(stored.version if stored.version < VERSION else 0, stored.warnings)

    def recover(self, plan: Plan, origin: Origin) -> None:
        """Takes up a plan as it was edited, unsaved: a save will notice if its file was changed since."""
        self.path = None if origin.path is None else Path(origin.path)
        self._stamp, self._uuid, self._revision = origin.stamp, origin.uuid, origin.revision
        self._replace(plan)
        self.mark_unsaved()
        self._judge(older_format(self.path) if self.path else 0, ())

    def mark_unsaved(self) -> None:
        """Says that no file holds the plan any more: saving is offered, and asked about before the plan goes."""
        self.undo_stack.resetClean()
        self.file_changed.emit()

    def forget_file_state(self) -> None:
        """Lets the next save make its file anew; for a file that is gone."""
        self._stamp = None

    def save(self, path: Path | None = None) -> None:
        """Saves to its file, or to `path`, which becomes its file.

        Raises SaveError or PlanError, and then neither the file nor the document has moved.
        """
        same_file = path is None or path == self.path
        target = self.path if path is None else path
        if target is None:
            raise ValueError("a plan that was never saved needs a path")
        try:
            stored = save_plan(
                self._base,
                target,
                expected=self._stamp if same_file else None,
                uuid=self._uuid if same_file else None,
                revision=self._revision + 1 if same_file else 1,
            )
        except SaveFailed as error:
            if same_file and error.stored is not None:  # it stands in the file, though the disk does not confirm it
                self._stamp, self._uuid = error.stored.stamp, error.stored.uuid
                self._revision = error.stored.revision
                self._judge(0, error.stored.warnings)
            raise
        self.path, self._stamp = target, stored.stamp
        self._uuid, self._revision = stored.uuid, stored.revision
        self.undo_stack.setClean()
        self.file_changed.emit()
        self._judge(0, stored.warnings)

    def _judge(self, older_format: int, warnings: tuple[Problem, ...]) -> None:
        self.older_format, self.warnings = older_format, warnings
        self.file_judged.emit()

    def _replace(self, plan: Plan) -> None:
        before = self._plan
        self._scenario = ""
        was, self._base, self._plan, self.misfits = self._base, plan, plan, ()
        self.type(None)
        self.undo_stack.clear()
        self.undo_stack.setClean()  # an empty stack that was marked unsaved stays so when it is cleared
        self._selection = Selection()
        self._period = 0
        self._turning = True
        try:
            self.replaced.emit()
            self.base_changed.emit(was, plan)
            self.changed.emit(before, plan)
            self.scenario_changed.emit()
            self.selection_changed.emit(self._selection)
            self.period_changed.emit(0)
        finally:
            self._turning = False
        self.file_changed.emit()

    def _show(self, base: Plan, step: str = "") -> None:
        """Takes up a base, and shows it, or what it is under the scenario that is edited."""
        before, was, self._base = self._plan, self._base, base
        if find(base, "scenarios", self._scenario) is None:
            self._scenario = ""
        after, self.misfits = _shown(base, self._scenario)
        if after != before or not self._scenario:
            self._plan = after
        self.type(None)
        self._turning = True
        try:
            self.select_rows(self._selection.rows)  # those that are still there
            if base is not was:
                self.base_changed.emit(was, base)
            if self._plan is not before or base is not was:
                self.changed.emit(before, self._plan)
            self.scenario_changed.emit()
            self.show_period(self._period)
            if step:
                self.stepped.emit(step, before, self._plan)
        finally:
            self._turning = False


def within_locks(before: Plan, after: Plan) -> tuple[Plan, str]:
    """An edit without what it does to locked fields, and what is to be said of that; all of it is left out where it
    removes a row with a locked field."""
    if not any(a.locked for a in before.annotations):
        return after, ""
    changed, removed = against_locks(before, after)
    if removed:
        return before, f"Nothing was changed: {named_all(before, removed)} locked. Unlock it first."
    if not changed:
        return after, ""
    return put_back(before, after, changed), f"{named_all(before, changed)} locked, and kept as before."


def named_all(plan: Plan, places: tuple[Place, ...]) -> str:
    """Fields as the start of a sentence, with their verb: Price of H200 is; Price of H200 and 3 other figures are."""
    first, more = named(plan, places[0]), len(places) - 1
    if not more:
        return f"{first} is"
    return f"{first} and {named(plan, places[1]) if more == 1 else f'{more} other figures'} are"


def _shown(base: Plan, scenario: str) -> tuple[Plan, tuple[Problem, ...]]:
    """The plan under a scenario, without scenarios, and what does not fit; the base itself for ""."""
    index = next((k for k, s in enumerate(base.scenarios) if s.id == scenario), None)
    if index is None:
        return base, ()
    moved, problems = (base, unfit) if (unfit := settings_out_of_bounds(base)) else move(base, index)
    return msgspec.structs.replace(moved, scenarios=()), tuple(problems)


class _Edit(QUndoCommand):
    """Any edit at all: it puts one value in the place of another."""

    def __init__(self, document: Document, before: Plan, after: Plan, text: str, merge_key: Hashable) -> None:
        super().__init__(text)
        self._document = document
        self._before = before
        self._after = after
        self._merge_key = merge_key
        self._is_made = False

    def id(self) -> int:
        return -1 if self._merge_key is None else 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Edit) or other._merge_key != self._merge_key:
            return False
        self._after = other._after
        self.setObsolete(self._after == self._before)
        return True

    def redo(self) -> None:
        self._document._show(self._after, f"Redone: {self.text()}" if self._is_made else "")
        self._is_made = True

    def undo(self) -> None:
        self._document._show(self._before, f"Undone: {self.text()}")
