"""The explain panel: sentences on what is chosen, the tree of a number, or the mends of a plan that cannot be met."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.results import Result
from gui import theme
from gui.document import Document
from gui.explain.diagnosis import Diagnoser
from gui.explain.sentence import Sentence
from gui.explain.tree import NodeTree
from gui.planner import Planner

if TYPE_CHECKING:
    from engine.repair import Diagnosis, Mend

REST_MS = 250
MOST = 40
EMPTY = "Once the plan has work, chips and a site, this says what holds it back, and what more would be worth."
NOTHING = "No limit binds: more of anything would save nothing."
TITLES = {"offers": "Why this offer?", "workloads": "How it is served", "sites": "What this site carries"}


class ExplainPanel(QFrame):
    """Follows the selection; `explain_kpi` and `explain_value` show a number instead until something else is chosen."""

    field_requested = Signal(str, str, str)

    def __init__(self, document: Document, planner: Planner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._document = document
        self._planner = planner
        self._number: tuple[str, ...] | None = None
        self._title = QLabel("What binds")
        self._title.setProperty("role", "title")
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
        self._diagnoser.found.connect(self._show_diagnosis)
        planner.result_changed.connect(self._later)
        document.selection_changed.connect(self._chosen)
        document.replaced.connect(self._leave_number)
        self._refresh()

    def explain_kpi(self, name: str, workload: str = "") -> None:
        """Shows where a key figure comes from."""
        self._number = ("kpi", name, workload)
        self._refresh()

    def explain_value(self, series: str, by: str, key: str, period: int) -> None:
        """Shows where one value of a series comes from."""
        self._number = ("value", series, by, key, str(period))
        self._refresh()

    def stop(self) -> None:
        """Ends what is under way in the background."""
        self._diagnoser.stop()

    def _later(self, _result: Result) -> None:
        # The interval is named: start(0) elsewhere would otherwise stay in force.
        self._rest.start(REST_MS)

    def _chosen(self, _selection: object) -> None:
        self._number = None
        self._rest.start(0)

    def _leave_number(self) -> None:
        self._number = None
        self._refresh()

    def _refresh(self) -> None:
        if not self.isVisible():
            return
        result = self._planner.result
        self._back.setVisible(self._number is not None)
        if result is None or self._planner.is_stale:
            self._say("What binds", [])
        elif result.status == "infeasible":
            self._say("No plan meets every limit", [("Looking for the smallest mends …", "", "", "")])
            self._diagnoser.ask(result.plan)
        elif result.status != "optimal":
            self._say("Not solved", [("The problems say what stands in the way.", "", "", "")])
        elif self._number is not None:
            self._show_number(result)
        else:
            self._show_selection(result)

    def showEvent(self, event: object) -> None:
        super().showEvent(event)
        self._rest.start(0)

    def _show_number(self, result: Result) -> None:
        from engine.provenance import explain_kpi, explain_value

        kind, *asked = self._number or ("",)
        try:
            if kind == "kpi":
                node = explain_kpi(result, asked[0], asked[1] or self._workload_for(result, asked[0]))
            else:
                node = explain_value(result, asked[0], asked[1], asked[2], int(asked[3]))
        except LookupError as error:
            self._say("Where it comes from", [(str(error.args[0]), "", "", "")])
            return
        self._title.setText("Where it comes from")
        self._tree.show_node(node, result.plan.settings.currency)
        self._pages.setCurrentWidget(self._tree)

    def _workload_for(self, result: Result, kpi: str) -> str | None:
        """Of a figure that each workload has: the chosen workload's, or the worst."""
        each = result.kpis.get(kpi)
        if not isinstance(each, dict):
            return None
        known = {w: v for w, v in each.items() if v is not None}
        chosen = self._document.selection.ids[:1] if self._document.selection.table == "workloads" else ()
        if chosen and chosen[0] in known:
            return chosen[0]
        worst = min if kpi == "coverage" else max
        return worst(known, key=lambda w: known[w]) if known else None

    def _show_selection(self, result: Result) -> None:
        from engine import explain

        table, ids = self._document.selection.table, self._document.selection.ids
        if table in explain.ABOUT and len(ids) == 1:
            said = explain.ABOUT[table](result, ids[0])
            self._say(TITLES[table], [(s.text, s.table, s.row, s.field) for s in said])
            return
        said = explain.what_binds(result)
        nothing = [(EMPTY if not result.plan.workloads else NOTHING, "", "", "")]
        self._say("What binds", [(s.text, s.table, s.row, s.field) for s in said] or nothing)

    def _say(self, title: str, sentences: list[tuple[str, str, str, str]]) -> None:
        self._title.setText(title)
        self._sentences.show_sentences(sentences)
        self._pages.setCurrentWidget(self._sentences)

    def _show_diagnosis(self, plan: object, diagnosis: Diagnosis) -> None:
        result = self._planner.result
        if result is None or result.plan is not plan or result.status != "infeasible":
            return
        lines = [f"{text}." for text in diagnosis.short]
        if diagnosis.conflict:
            lines.append(f"In conflict: {', '.join(diagnosis.conflict)}.")
        lines.append("Each of these would mend it:" if diagnosis.mends else "No change of one limit mends it.")
        self._title.setText("No plan meets every limit")
        self._sentences.show_sentences([(text, "", "", "") for text in lines])
        for mend in diagnosis.mends:
            self._sentences.add_button(f"{mend.text[:1].upper()}{mend.text[1:]}", lambda mend=mend: self._apply(mend))
        self._pages.setCurrentWidget(self._sentences)

    def _apply(self, mend: Mend) -> None:
        self._document.apply(mend.apply(self._document.plan), f"Mend: {mend.text}")


class _Sentences(QScrollArea):
    """Sentences one below the other; one that leads somewhere can be clicked."""

    field_requested = Signal(str, str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setAccessibleName("Explanation")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._shown: list[tuple[str, str, str, str]] | None = None
        self._layout = QVBoxLayout()

    def show_sentences(self, sentences: list[tuple[str, str, str, str]]) -> None:
        """Shows (text, table, row, field) each; what stands already is not made anew."""
        if sentences == self._shown:
            return
        self._shown = list(sentences)
        body = QWidget()
        self._layout = QVBoxLayout(body)
        self._layout.setContentsMargins(0, 0, 6, 0)
        self._layout.setSpacing(2)
        for text, table, row, field in sentences[:MOST]:
            self._layout.addWidget(self._line(text, table, row, field))
        self._layout.addStretch(1)
        self.setWidget(body)

    def _line(self, text: str, table: str, row: str, field: str) -> QLabel:
        line = Sentence(text, (table, row, field) if table and row else None)
        line.field_requested.connect(self.field_requested)
        return line

    def add_button(self, text: str, pressed: object) -> None:
        """Adds a button below the sentences."""
        button = QPushButton(text)
        button.setStyleSheet("text-align: left;")
        button.clicked.connect(lambda _=False: pressed())  # type: ignore[operator]
        self._layout.insertWidget(self._layout.count() - 1, button)
        self._shown = None
