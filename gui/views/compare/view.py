"""The page on which the base and scenarios stand side by side."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gigaplan.engine.plan.scenarios import whole
from gigaplan.gui.document.document import Document, Selection
from gigaplan.gui.document.row_edits import add_row, row_name
from gigaplan.gui.jobs.scenario_job import ScenarioResults
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.present.compare_figures import Compared
from gigaplan.gui.present.scenario_words import OutcomeWords, outcome
from gigaplan.gui.text.explain_request import Asked, CauseOfMove, Key
from gigaplan.gui.views.compare.chips import MOST, ScenarioChips
from gigaplan.gui.views.compare.editor import ScenarioEditor
from gigaplan.gui.views.compare.inputs import InputsTable
from gigaplan.gui.views.compare.kpi_table import KpiTable
from gigaplan.gui.views.compare.ranking import RankCard
from gigaplan.gui.views.compare.small_multiples import Multiples
from gigaplan.gui.views.compare.waterfall import WaterfallCard
from gigaplan.gui.widgets.cards import nothing_yet, pages_below, scrolled
from gigaplan.gui.widgets.frozen import FrozenHeaders

BASE_NAME = "Base"
WAITING = OutcomeWords("…", "Solving.")
NOTHING = (
    "There is nothing to compare yet. A scenario moves some inputs of the plan: a price, a demand, a delivery. "
    "It is solved beside the plan as it stands."
)
MOST_RANKED = 100
"""Scenarios that are ranked."""
REFRESH_MS = 16
NARROW_PX = 600


class CompareView(QWidget):
    """Up to four of the base and the scenarios: figures, inputs that differ, what makes the difference, charts."""

    explain_requested = Signal(object)
    """The figures (tuple of Asked) that a person wants explained; what they are about is chosen already."""

    def __init__(
        self, document: Document, planner: Planner, provider: ScenarioResults, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document, self._planner, self._provider = document, planner, provider
        self.chosen: list[str] = []
        """What stands side by side, in the order of the plan; the base is empty."""
        self.chips = ScenarioChips()
        self.kpis, self.inputs, self.charts = KpiTable(), InputsTable(), Multiples(document)
        self.waterfall = WaterfallCard(document, provider)
        self.ranking = RankCard(document, provider)
        self.editor = ScenarioEditor(document)
        self.setAccessibleName("Compare scenarios")
        self._build()
        self._soon = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._soon.timeout.connect(self.refresh)
        self.chips.toggled.connect(self._toggle)
        document.base_changed.connect(self._later)
        document.replaced.connect(self._start_afresh)
        document.selection_changed.connect(self._follow)
        planner.result_changed.connect(self._later)
        provider.changed.connect(self._later)
        for card in (self.kpis, self.waterfall, self.charts):
            card.asked.connect(self._explain)
        self.ranking.chosen.connect(lambda id: self.compare((id,)))
        self._start_afresh()

    def _build(self) -> None:
        self._head = QWidget()
        head = QHBoxLayout(self._head)
        head.setContentsMargins(6, 2, 4, 6)
        head.setSpacing(8)
        self._add = QPushButton("New scenario")
        self._add.setAccessibleName("New scenario")
        self._add.clicked.connect(self.begin_scenario)
        head.addWidget(self.chips, 1)
        head.addWidget(self._add)
        column = QWidget()
        cards = QVBoxLayout(column)
        cards.setContentsMargins(0, 0, 4, 2)
        cards.setSpacing(8)
        for card in (self.kpis, self.inputs, self.editor, self.ranking, self.waterfall, self.charts):
            cards.addWidget(card)
        cards.addStretch(1)
        self.area = scrolled(column, "Comparison")
        tables = [table for view in (self.kpis.view, self.inputs.view) for table in (view, view.names)]
        self._frozen = FrozenHeaders(self.area, column, {table: table.heading for table in tables})
        self._body = pages_below(self, self._head, self.area, self._nothing())

    def _nothing(self) -> QFrame:
        button = QPushButton("New scenario")
        button.clicked.connect(self.begin_scenario)
        return nothing_yet(NOTHING, button)

    def compare(self, ids: Iterable[str]) -> None:
        """Shows the base and these scenarios, as many as there is room for."""
        there = [s.id for s in self._document.base.scenarios]
        wanted = [id for id in ids if id in there]
        self.chosen = ["", *(id for id in there if id in wanted[: MOST - 1])]
        self.refresh()
        if len(wanted) == 1:
            self.waterfall.show_scenario(wanted[0])

    def entries(self) -> list[Compared]:
        """The columns as they stand."""
        return [self._entry(id) for id in self.chosen]

    def _entry(self, id: str) -> Compared:
        base, stale = self._provider.base, not self._provider.is_base_fresh
        if not id:
            about = WAITING if base is None else outcome(base, None)
            return Compared("", BASE_NAME, base, not stale, about)
        scenario = next(s for s in self._document.base.scenarios if s.id == id)
        result = self._provider.latest(id)
        about = WAITING if result is None else outcome(result, base)
        return Compared(id, row_name(scenario), result, self._provider.is_fresh(id), about)

    def _start_afresh(self) -> None:
        self.chosen = ["", *(s.id for s in self._document.base.scenarios[: MOST - 1])]
        self._later()

    def _later(self, *_: object) -> None:
        if self.isVisible() and not self._soon.isActive():
            self._soon.start()

    def refresh(self) -> None:
        """Draws everything as it stands."""
        plan = self._document.base
        names = {"": BASE_NAME} | {s.id: row_name(s) for s in plan.scenarios}
        self.chosen = [id for id in names if id in self.chosen] or [""]
        self._body.setCurrentIndex(0 if plan.scenarios else 1)
        self._head.setVisible(bool(plan.scenarios))
        self.chips.show_names(names, self.chosen)
        if not plan.scenarios:
            return
        entries = self.entries()
        self.kpis.show_entries(plan, entries)
        self.inputs.show_entries(plan, entries)
        self.waterfall.show_entries(plan, self._entry(""), entries)
        self.ranking.show_entries(plan, self._entry(""), [self._entry(s.id) for s in plan.scenarios[:MOST_RANKED]])
        self.charts.show_entries(entries)
        self.editor.refresh()

    def _toggle(self, id: str) -> None:
        if id in self.chosen:
            if len(self.chosen) > 1:
                self.chosen.remove(id)
        elif len(self.chosen) < MOST:
            self.chosen.append(id)
        self.refresh()
        if id and id in self.chosen:
            self._document.select("scenarios", (id,))
            self.waterfall.show_scenario(id)

    def begin_scenario(self) -> None:
        """Adds a scenario and puts the cursor into its name."""
        id = add_row(self._document, "scenarios")
        if id:
            self.chosen = [*self.chosen[: MOST - 1], id]
            self.refresh()
            self.editor.begin()
            QTimer.singleShot(0, self, self._show_editor)  # when the cards above it have their heights

    def _show_editor(self) -> None:
        self.area.ensureWidgetVisible(self.editor, 0, 0)

    def _explain(self, asked: tuple[Asked, ...]) -> None:
        """Chooses what a figure is about: its workload, the rows that a step moves, or the scenario."""
        first, plan = asked[0], self._document.base
        rows = [("scenarios", first.scenario)] if len(asked) == 1 and first.scenario else []
        if isinstance(first.figure, Key) and first.figure.workload:
            rows = [("workloads", first.figure.workload)]
        elif isinstance(first.figure, CauseOfMove):
            moved = whole(plan, next(s for s in plan.scenarios if s.id == first.scenario)).overrides
            rows = [(moved[k].table, moved[k].row or "") for k in first.figure.overrides if moved[k].row] or rows
        if rows:
            self._document.select_rows(rows)
        self.explain_requested.emit(asked)

    def _follow(self, selection: Selection) -> None:
        if selection.table == "scenarios" and selection.ids:
            self.waterfall.show_scenario(selection.ids[0])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_narrow = event.size().width() < NARROW_PX  # the names of scenarios need the room
        self._add.setText("New" if is_narrow else "New scenario")
        self._add.setToolTip("New scenario" if is_narrow else "")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
