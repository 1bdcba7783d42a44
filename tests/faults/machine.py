"""Edits, undo, saves, crashes and openings in any order, beside a plain model of what must be there."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gigaplan.engine.plan.plan import Plan, with_fields, with_row, with_settings, without
from gigaplan.engine.storage.crash_log_read import left_behind
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.save import ChangedOutside, SaveFailed, save_plan
from tests.engine.plans import plan_of
from tests.faults.fault import Tally

FILES = ("a.gigaplan", "b.gigaplan")


@dataclass
class Model:
    """What must be there: the states of the plan and which is shown, what each file holds, which file is ours."""

    states: list[Plan]
    at: int = 0
    clean: int | None = 0
    """The state that the file holds, or that a new plan began with; None where undo and redo do not reach it."""
    files: dict[str, Plan] = field(default_factory=dict)
    ours: str | None = None
    changed: bool = False
    """Whether another program wrote our file since."""

    @property
    def plan(self) -> Plan:
        return self.states[self.at]

    def begin(self, plan: Plan, ours: str | None, clean: bool) -> None:
        """A plan is taken up: what could be undone is forgotten."""
        self.states, self.at, self.clean, self.ours = [plan], 0, 0 if clean else None, ours


class Work(RuleBasedStateMachine):
    """A document with its recorder, real files, and a model beside it."""

    steps = 0

    def __init__(self) -> None:
        super().__init__()
        from PySide6.QtWidgets import QApplication

        self.application = QApplication.instance() or QApplication([])
        self.folder = Path(tempfile.mkdtemp(prefix="gigaplan-faults-"))
        self.document: Any = None
        self.recorder: Any = None

    @initialize()
    def begin(self) -> None:
        plan = plan_of()
        self.model = Model([plan])
        self._start(plan)

    def _start(self, plan: Plan) -> None:
        from gigaplan.gui.document.document import Document
        from gigaplan.gui.files.autosave import Recorder

        self.document = Document(plan)
        self.recorder = Recorder(self.document, self.folder / "recovery")

    def teardown(self) -> None:
        if self.recorder is not None:
            self.recorder.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # What a person does

    @rule(
        what=st.sampled_from(["name", "power", "add", "remove", "price"]),
        number=st.floats(0.5, 1e6, allow_nan=False) | st.sampled_from([0.1 + 0.2, 1 / 3, 5e-3]),
    )
    def edit(self, what: str, number: float) -> None:
        plan, model = self.model.plan, self.model
        if what == "name":
            plan = with_settings(plan, name=f"“{number}” Ж", notes="a\n")
        elif what == "power":
            plan = with_fields(plan, "sites", plan.sites[0].id, power_mw=(number, number / 3, 0.1, 1.0))
        elif what == "price":
            plan = with_fields(plan, "offers", "rent", price_usd=number)
        elif what == "add" and len(plan.sites) < 5:
            site = msgspec.structs.replace(plan.sites[0], id=f"n{len(plan.sites)}", pue=1 + 1 / (1 + number))
            plan = with_row(plan, "sites", site, at=0) if site.id not in {s.id for s in plan.sites} else plan
        elif what == "remove" and len(plan.sites) > 1:
            plan = without(plan, "sites", [plan.sites[0].id])
        self.document.apply(plan, what)
        if plan != model.plan:
            del model.states[model.at + 1 :]
            if model.clean is not None and model.clean > model.at:
                model.clean = None
            model.states.append(plan)
            model.at += 1

    @rule()
    def undo(self) -> None:
        self.document.undo_stack.undo()
        self.model.at = max(0, self.model.at - 1)

    @rule()
    def redo(self) -> None:
        self.document.undo_stack.redo()
        self.model.at = min(len(self.model.states) - 1, self.model.at + 1)

    @precondition(lambda self: self.model.ours)
    @rule()
    def save(self) -> None:
        model, path = self.model, self.folder / str(self.model.ours)
        try:
            self.document.save()
        except ChangedOutside:
            assert model.changed
            return
        assert not model.changed
        model.clean = model.at
        model.files[path.name] = model.plan

    @rule(name=st.sampled_from(FILES))
    def save_as(self, name: str) -> None:
        model = self.model
        if name == model.ours:
            return
        self.document.save(self.folder / name)
        model.files[name], model.ours, model.clean, model.changed = model.plan, name, model.at, False

    @rule(name=st.sampled_from(FILES))
    def open(self, name: str) -> None:
        if name in self.model.files:
            self.document.open(self.folder / name)
            self.model.begin(self.model.files[name], name, clean=True)
            self.model.changed = False

    # What happens to them

    @rule()
    def crash(self) -> None:
        """The process dies: what its recovery file then holds is there, and a new window takes it up."""
        assert self.recorder.flush(30)
        there = self.folder / "recovery"
        until = time.monotonic() + 30
        while len(os.listdir(there)) > 1 and time.monotonic() < until:  # what was taken over is about to go
            time.sleep(0.001)
        kept = {path.name: path.read_bytes() for path in there.iterdir()}
        self.recorder.stop(30)
        for name, data in kept.items():
            (there / name).write_bytes(data)
        found = left_behind(there)
        model = self.model
        dirty = model.clean != model.at
        assert len(found) == dirty, (len(found), dirty)
        self._start(plan_of())
        if not dirty:
            model.begin(plan_of(), None, clean=True)
            model.changed = False
            return
        (left,) = found
        assert left.plan() == model.plan
        assert left.origin.path == (None if model.ours is None else str(self.folder / model.ours))
        self.document.recover(left.plan(), left.origin)
        self.recorder.supersede(left)
        model.begin(model.plan, model.ours, clean=False)

    @precondition(lambda self: self.model.ours)
    @rule(number=st.integers(1, 9))
    def another_program_saves(self, number: int) -> None:
        path = self.folder / str(self.model.ours)
        theirs = with_settings(plan_of(), name=f"theirs {number}")
        save_plan(theirs, path, expected=None, uuid=None, revision=number)
        self.model.files[path.name], self.model.changed = theirs, True

    @precondition(lambda self: self.model.ours and not self.model.changed)
    @rule()
    def save_with_an_error(self) -> None:
        real, backup = os.replace, self.folder / f"{self.model.ours}.bak"
        before = backup.read_bytes() if backup.exists() else b""

        def fail(*_: object, **__: object) -> None:
            raise OSError(28, os.strerror(28))

        os.replace = fail  # type: ignore[assignment]
        try:
            self.document.save()
        except SaveFailed:
            assert (backup.read_bytes() if backup.exists() else b"") == before
            return
        finally:
            os.replace = real
        raise AssertionError("a disk without room, and the save was acknowledged")

    # What holds all the while

    @invariant()
    def all_is_as_in_the_model(self) -> None:
        if self.document is None:
            return
        type(self).steps += 1
        model = self.model
        assert self.document.plan == model.plan
        assert self.document.is_dirty == (model.clean != model.at)
        assert self.document.path == (None if model.ours is None else self.folder / model.ours)
        for name, plan in model.files.items():
            assert open_plan(self.folder / name).plan == plan, name


def work(tally: Tally, count: int) -> None:
    """About so many steps, in runs of 30; hypothesis makes the least run that fails."""
    runs = max(1, count // 30)
    Work.steps = 0
    told = settings(
        max_examples=runs, stateful_step_count=30, deadline=None, database=None, derandomize=True, print_blob=False,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    before = len(tally.failures)
    with tally.trial("a run of steps", timed=False), tally.timing():
        run_state_machine_as_test(Work, settings=told)
    tally.tried = Work.steps
    tally.survived = Work.steps - (len(tally.failures) - before)
    tally.note("each step is a try; the time is that of all")
