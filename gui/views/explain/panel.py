"""The explain panel: sentences on what is chosen, the tree of a number, or the remedies of an infeasible plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from gigaplan.engine.plan.plan import Plan, find, with_fields
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.status import STATUS
from gigaplan.gui.document.document import Document
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.jobs.diagnosis_job import Diagnoser, Short
from gigaplan.gui.jobs.scenario_job import ScenarioResults
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.present.explain_words import write_as_here
from gigaplan.gui.present.problem_list import lowered, not_served, what_serves
from gigaplan.gui.present.scenario_words import moved
from gigaplan.gui.style import theme
from gigaplan.gui.text.explain_request import Asked, Drawn
from gigaplan.gui.views.explain.sentences import Sentence, WrappedButton
from gigaplan.gui.views.explain.tree import NodeTree
from gigaplan.gui.widgets.cards import title

if TYPE_CHECKING:
    from gigaplan.engine.analysis.infeasibility.remedies import Diagnosis, Remedy
    from gigaplan.engine.analysis.unserved import Serving
    from gigaplan.engine.analysis.worth_words import WorthSentence

Button = tuple[str, Callable[[], object]]
"""The text of a button, and what it does."""
Said = tuple[str, str, str, str]
"""A sentence, and the table, row and field that it leads to."""
INPUT = "input"
"""What stands for a key figure in a question about an input."""
MOST_TRIES = 4
REST_MS = 250
MOST = 40
MOST_SHORT = 3
"""How many workloads that are not served in full are told of where nothing is chosen."""
STEPS = (
    ("workloads", "workload", "Work", "Add work to be done"),
    ("offers", "platform", "Chips", "Add chips: two vendors compete"),
    ("sites", "site", "A site", "Add a site with power"),
)
"""What a plan needs before there is anything to choose: table, section of the catalogue, name, button."""
TO_BEGIN = "A plan needs work, chips and a site. Drag them from the catalogue, or double-click them there."
NOTHING = "No limit binds: more of anything would not lower the cost."
RING = (
    "#explanation { border: 1px solid transparent; border-radius: 6px; }"
    "#explanation:focus { border-color: palette(highlight); }"
)
"""What is read alone is scrolled with the keys: it shows that they go there."""
TITLES = {
    "offers": "Why this offer?", "services": "What is bought of it", "workloads": "How it is served",
    "sites": "What this site carries",
}  # fmt: skip


class ExplainPanel(QFrame):
    """Follows the selection; `explain_kpi` and `explain_value` show a number instead until something else is chosen."""

    field_requested = Signal(str, str, str)
    compare_requested = Signal(tuple)
    """The scenario that a person wants to edit, and to see beside the base."""
    catalogue_requested = Signal(str)
    """A person wants to add something: platform, site or workload."""

    def __init__(self, document: Document, planner: Planner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._document = document
        self._planner = planner
        write_as_here()
        self._number: tuple[Any, ...] | None = None
        """What was asked for: a key figure, or series, by, key and the first and last period."""
        self._asked: tuple[Asked, ...] = ()
        """What was asked for of scenarios, in the place of `_number`."""
        self._provider: ScenarioResults | None = None
        self._title = title("What binds")
        self._back = QToolButton()
        self._back.setIcon(theme.icon("x"))
        self._back.setToolTip("Back to what is chosen")
        self._back.setAccessibleName("Back to what is chosen")
        self._back.clicked.connect(self._leave_number)
        self._sentences = _Sentences()
        self._sentences.field_requested.connect(self.field_requested)
        self._tree = NodeTree()
        self._tree.field_requested.connect(self.field_requested)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._sentences)
        self._pages.addWidget(self._tree)
        head = QHBoxLayout()
        head.setContentsMargins(6, 0, 2, 0)
        head.addWidget(self._title, 1)
        head.addWidget(self._back)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 10, 8, 10)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self._pages, 1)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._refresh)
        self._diagnoser = Diagnoser(self)
        self._diagnoser.changed.connect(self._later)
        planner.result_changed.connect(self._later)
        planner.state_changed.connect(self._stopped)
        document.selection_changed.connect(self._chosen)
        document.replaced.connect(self._leave_number)
        document.changed.connect(self._edited)
        self._refresh()

    def explain_kpi(self, name: str) -> None:
        """Shows where a key figure comes from, or one of several workloads together (`composed.OF_ALL`)."""
        self._number, self._asked = (name,), ()
        self._refresh()

    def explain_value(self, series: str, by: str, key: str, span: tuple[int, int]) -> None:
        """Shows where a value of a series comes from, added up from the first to the last period of `span`.

        For what stands for a series, see `explain_nodes`. Of an agreement: `by` is owed, used, stranded or beyond.
        """
        self._number, self._asked = (series, by, key, *span), ()
        self._refresh()

    def explain_input(self, table: str, row: str, field: str) -> None:
        """Shows where an input comes from, and which limits that bind are about its row."""
        self._number, self._asked = (INPUT, table, row, field), ()
        self._refresh()

    def explain_asked(self, asked: tuple[Asked, ...], provider: ScenarioResults) -> None:
        """Shows where figures of the base and of scenarios come from, one below the other."""
        if provider is not self._provider:
            self._provider = provider
            provider.changed.connect(self._scenarios_changed)
        self._number, self._asked = None, asked
        self._refresh()

    def _scenarios_changed(self) -> None:
        if self._asked:
            self._rest.start(REST_MS)

    def stop(self) -> None:
        """Ends what is under way in the background."""
        self._diagnoser.stop()

    def show_worths(self, _result: Result) -> None:
        """Says what is known by now of what limits are worth."""
        self._rest.start(0)

    def _later(self, *_: object) -> None:
        # The interval is named: start(0) elsewhere would otherwise stay in force.
        self._rest.start(REST_MS)

    def _stopped(self, state: str) -> None:
        if state == "cancelled":
            self._later()

    def _edited(self, _before: object, _after: object) -> None:
        if self._document.selection.table == "scenarios":
            self._rest.start(0)

    def _chosen(self, _selection: object) -> None:
        self._number, self._asked = None, ()
        self._rest.start(0)

    def _leave_number(self) -> None:
        self._number, self._asked = None, ()
        self._refresh()

    def _refresh(self) -> None:
        if not self.isVisible():
            return
        result = self._planner.result
        self._back.setVisible(self._number is not None or bool(self._asked))
        if self._number is None and not self._asked and self._document.selection.table == "scenarios":
            self._show_scenario(self._document.selection.ids[0])
        elif self._asked and self._provider is not None and self._document.scenario is not None:
            self._show_asked_beside_scenario()
        elif result is None or self._planner.is_stale:
            words = "Cancelled: F5 solves the plan." if self._planner.state == "cancelled" else "Solving …"
            self._say(self._title.text(), [(words, "", "", "")])
        elif self._asked:
            self._show_asked(result)
        elif result.status == "infeasible":
            self._show_diagnosis(result.plan)
        elif self._number is None and (missing := self._missing()):
            self._say_how_to_begin(missing)
        elif result.status != "optimal":
            status = STATUS[result.status]
            self._say(status.sentence, [(status.remedy, "", "", "")])
        elif self._number is not None:
            self._show_number(result)
        else:
            self._show_selection(result)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._rest.start(0)

    def _show_number(self, result: Result) -> None:
        from gigaplan.gui.present.explain_nodes import (
            COMMITMENT,
            END,
            explain_drawn,
            explain_figure,
            limits_that_bind,
            of_input,
        )

        assert self._number is not None
        try:
            if len(self._number) == 1:
                (name,) = self._number
                node = explain_figure(result, name, self._workload_for(result, name))
                limits = limits_that_bind(result)
            elif self._number[0] == INPUT:
                _, table, row, field = self._number
                node = of_input(result.plan, (table, row or None, field), self._document.period)
                limits = limits_that_bind(result, None, (table, row))
            else:
                series, by, key, first, last = self._number
                node = explain_drawn(result, series, by, key, first, last)
                about = ("agreements", key) if series == COMMITMENT else (f"{by}s", key)
                span = (0, result.time.periods - 1) if series == END else (first, last)
                limits = limits_that_bind(result, span, about)
        except LookupError as error:
            self._say("Where it comes from", [(str(error.args[0]), "", "", "")])
            return
        self._title.setText("Where it comes from")
        self._tree.show_nodes((node, limits), result.plan)
        self._pages.setCurrentWidget(self._tree)

    def _show_asked_beside_scenario(self) -> None:
        """The same while the window shows a scenario, where the planner's result is not that of the base."""
        assert self._provider is not None
        if self._provider.base is not None and self._provider.is_base_fresh:
            self._show_asked(self._provider.base)
        else:
            self._say(self._title.text(), [("Solving …", "", "", "")])

    def _show_asked(self, base: Result) -> None:
        from gigaplan.gui.present.explain_nodes import explain_asked, limits_that_bind

        assert self._provider is not None
        found = [base if not a.scenario else self._provider.results.get(a.scenario) for a in self._asked]
        known = [(a, other) for a, other in zip(self._asked, found, strict=True) if other is not None]
        if len(known) < len(self._asked):
            there = {row.id for row in base.plan.scenarios}
            gone = any(a.scenario and a.scenario not in there for a in self._asked)
            words = "The plan no longer has this scenario." if gone else "Solving …"
            self._say("Where it comes from", [(words, "", "", "")])
            return
        try:
            nodes = [explain_asked(a, base, other) for a, other in known]
            if len(known) == 1 and not known[0][0].is_step:
                figure = known[0][0].figure
                span = (figure.first, figure.last) if isinstance(figure, Drawn) else None
                nodes.append(limits_that_bind(known[0][1], span))
        except LookupError as error:
            self._say("Where it comes from", [(str(error.args[0]), "", "", "")])
            return
        self._title.setText("Where it comes from")
        self._tree.show_nodes(nodes, base.plan)
        self._pages.setCurrentWidget(self._tree)

    def _workload_for(self, result: Result, kpi: str) -> str | None:
        """Of a figure that each workload has: the chosen workload's, or the worst."""
        each = result.kpis.get(kpi)
        if not isinstance(each, dict):
            return None
        chosen = self._document.selection.ids[:1] if self._document.selection.table == "workloads" else ()
        if chosen and chosen[0] in each:
            return chosen[0]
        known = {w: v for w, v in each.items() if v is not None}
        worst = min if kpi == "coverage" else max
        return worst(known, key=lambda w: known[w]) if known else None

    def _show_selection(self, result: Result) -> None:
        from gigaplan.engine.analysis import messages
        from gigaplan.engine.analysis.shadow_prices import known
        from gigaplan.engine.analysis.unserved import unserved
        from gigaplan.engine.analysis.worth_words import BEING_FOUND, what_binds

        table, ids = self._document.selection.table, self._document.selection.ids
        short = unserved(result)
        if table in messages.ABOUT and len(ids) == 1:
            found = messages.ABOUT[table](result, ids[0])
            said = [(s.text, s.table, s.row, s.field) for s in found]
            if table == "workloads" and any(u.workload == ids[0] for u in short):
                self._say_what_serves(said, Short(result, ids[0]))
            else:
                tries, places = self._tries(found)
                self._say(TITLES[table], said, tries, places)
            return
        currency = result.plan.settings.currency
        names = {w.id: w.name or w.id for w in result.plan.workloads}
        said = [(f"{names[u.workload]}: {lowered(not_served(u, currency))}.", "", "", "") for u in short[:MOST_SHORT]]
        ask = self._document.select
        buttons: list[Button] = [
            (f"What would serve {names[u.workload]}?", partial(ask, "workloads", (u.workload,)))
            for u in short[:MOST_SHORT]
        ]
        places = [len(said)] * len(buttons)
        binds = what_binds(result, known(result))
        tries, beside = self._tries(binds, len(said))
        said += [(s.text, s.table, s.row, s.field) for s in binds]
        if not result.worths.is_complete:
            said.append((BEING_FOUND, "", "", ""))
        self._say(
            "What is not served, and what binds" if short else "What binds",
            said or [(NOTHING, "", "", "")],
            [*buttons, *tries],
            [*places, *beside],
        )

    def _tries(self, found: Sequence[WorthSentence], first: int = 0) -> tuple[list[Button], list[int]]:
        """Buttons that try what the first sentences propose, and those that list the rows of which sentences say only
        how many they are; and after how many sentences each stands."""
        beside = [(k, s) for k, s in enumerate(found, first + 1) if s.tries is not None][:MOST_TRIES]
        buttons: list[tuple[int, Button]] = [(k, (s.tries.text, partial(self._try, s))) for k, s in beside if s.tries]
        buttons += [
            (k, (f"Which {len(s.listed)}?", partial(self._list, s)))
            for k, s in enumerate(found[:MOST], first + 1)
            if s.listed
        ]
        buttons.sort(key=lambda button: button[0])
        return [button for _, button in buttons], [k for k, _ in buttons]

    def _list(self, told: WorthSentence) -> None:
        """Lists the rows of which a sentence says only how many they are."""
        from gigaplan.gui.widgets.row_list import RowList

        rows = tuple((str(k), name) for k, name in enumerate(told.listed))
        RowList(told.text, rows, None, self).open_at(self.mapToGlobal(QPoint(0, 0)))

    def _try(self, told: WorthSentence) -> None:
        """Takes the value that a sentence proposes, as one step."""
        assert told.tries is not None
        plan = with_fields(self._document.plan, told.table, told.row, **{told.field: told.tries.value})
        row = find(plan, told.table, told.row)
        self._document.apply(plan, f"{told.tries.text} for {row_name(row)}" if row is not None else told.tries.text)

    def _say_what_serves(self, said: list[Said], question: Short) -> None:
        """How a workload is served, and what would serve the rest of it."""
        diagnoser, title = self._diagnoser, TITLES["workloads"]
        if not diagnoser.is_about(question):
            diagnoser.ask(question)
        if diagnoser.failure:
            lines = [f"What would serve the rest was not found. {diagnoser.failure}"]
            self._say(title, _with(said, lines), [("Try again", lambda: diagnoser.ask(question))])
        elif diagnoser.found is None:
            self._say(title, _with(said, ["Looking for what would serve the rest …"]))
        else:
            found = cast("Serving", diagnoser.found)
            lines = what_serves(found, question.plan.settings.currency)
            self._say(title, _with(said, lines), self._remedy_buttons(found.remedies), 1 + len(lines))

    def _show_scenario(self, id: str) -> None:
        plan = self._document.base
        scenario = find(plan, "scenarios", id)
        lines = moved(plan, scenario) if scenario is not None else []
        ask = [("Edit and compare", lambda: self.compare_requested.emit((id,)))]
        said = lines or ["Nothing: the plan is the same under it."]
        self._say("What it changes", [(line, "", "", "") for line in said], ask)

    def _missing(self) -> list[tuple[str, str, str, str]]:
        """Of STEPS, those that are still to be made."""
        return [step for step in STEPS if not getattr(self._document.plan, step[0])]

    def _say_how_to_begin(self, missing: list[tuple[str, str, str, str]]) -> None:
        done = [step for step in STEPS if step not in missing]
        lines = [TO_BEGIN, *(["✓ " + ", ".join(step[2] for step in done)] if done else [])]
        ask = self.catalogue_requested.emit
        buttons = [(text, lambda section=section: ask(section)) for _, section, _, text in missing]
        self._say("To begin", [(line, "", "", "") for line in lines], buttons)

    def _say(
        self, title: str, sentences: list[Said], buttons: Sequence[Button] = (), after: int | Sequence[int] = MOST
    ) -> None:
        """Shows sentences, with the buttons after so many of them, all or each."""
        self._title.setText(title)
        self._sentences.show_sentences(sentences, buttons, after)
        self._pages.setCurrentWidget(self._sentences)

    def _show_diagnosis(self, plan: Plan) -> None:
        diagnoser = self._diagnoser
        if diagnoser.is_about(plan) and diagnoser.failure:
            said = f"The smallest remedies were not found. {diagnoser.failure}"
            self._say(
                STATUS["infeasible"].sentence, [(said, "", "", "")], [("Try again", lambda: self._diagnose(plan))]
            )
        elif diagnoser.is_about(plan) and diagnoser.found is not None:
            self._say_diagnosis(cast("Diagnosis", diagnoser.found))
        else:
            self._diagnose(plan)

    def _diagnose(self, plan: Plan) -> None:
        self._diagnoser.ask(plan)
        lines = ["Looking for the smallest remedies …"]
        if self._diagnoser.so_far:
            lines.append("Found so far, each enough by itself:")
        self._say(
            STATUS["infeasible"].sentence,
            [(text, "", "", "") for text in lines],
            self._remedy_buttons(self._diagnoser.so_far),
        )

    def _say_diagnosis(self, diagnosis: Diagnosis) -> None:
        lines = [f"{text}." for text in diagnosis.short]
        if diagnosis.conflict:
            lines.append(f"In conflict: {', '.join(diagnosis.conflict)}.")
        lines.append(
            "Any one of these makes the plan feasible:"
            if diagnosis.remedies
            else "No change of a single limit makes the plan feasible."
        )
        self._say(
            STATUS["infeasible"].sentence,
            [(text, "", "", "") for text in lines],
            self._remedy_buttons(diagnosis.remedies),
        )

    def _remedy_buttons(self, remedies: Sequence[Remedy]) -> list[Button]:
        return [(f"{m.text[:1].upper()}{m.text[1:]}", partial(self._apply, m)) for m in remedies]

    def _apply(self, remedy: Remedy) -> None:
        self._document.apply(remedy.apply(self._document.plan), f"Apply remedy: {remedy.text}")


def _with(said: list[Said], lines: list[str]) -> list[Said]:
    """Sentences with further ones after the first, which says how much is served."""
    return [*said[:1], *((text, "", "", "") for text in lines), *said[1:]]


class _Sentences(QScrollArea):
    """Sentences one below the other; one that leads somewhere can be clicked. Its labels are kept, and say others."""

    field_requested = Signal(str, str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setAccessibleName("Explanation")
        self.setObjectName("explanation")
        self.setStyleSheet(RING)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._shown: object = None
        self._lines: list[Sentence] = []
        self._buttons: list[WrappedButton] = []
        self._actions: list[Callable[[], object]] = []
        body = QWidget()
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(0, 0, 6, 0)
        self._column.setSpacing(2)
        self._column.addStretch(1)
        self.setWidget(body)

    def show_sentences(
        self, sentences: list[Said], buttons: Sequence[Button] = (), after: int | Sequence[int] = MOST
    ) -> None:
        """Shows (text, table, row, field) each, with the buttons after so many of them, all or each."""
        places = [after] * len(buttons) if isinstance(after, int) else list(after)
        shown = (list(sentences), [text for text, _ in buttons], places)
        self._actions = [action for _, action in buttons]
        if shown == self._shown:
            return
        self._shown = shown
        self._take_buttons()
        more = len(sentences) - MOST
        said = [*sentences[:MOST], *([(f"And {more} more.", "", "", "")] if more > 0 else [])]
        while len(self._lines) < len(said):
            line = Sentence()
            line.field_requested.connect(self.field_requested)
            self._column.insertWidget(len(self._lines), line)
            self._lines.append(line)
        for k, line in enumerate(self._lines):
            line.setVisible(k < len(said))
            if k < len(said):
                text, table, row, field = said[k]
                line.say(text, (table, row, field) if table and row else None)
        self._show_buttons([text for text, _ in buttons], [min(place, len(self._lines)) for place in places])
        self.verticalScrollBar().setValue(0)

    def _take_buttons(self) -> None:
        for button in self._buttons:
            self._column.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = []

    def _show_buttons(self, texts: list[str], places: list[int]) -> None:
        for k, (text, after) in enumerate(zip(texts, places, strict=True)):
            button = WrappedButton(text)
            button.clicked.connect(lambda _=False, k=k: self._actions[k]())
            self._column.insertWidget(after + k, button)
            button.show()  # at once, not when the layout comes to it
            self._buttons.append(button)
