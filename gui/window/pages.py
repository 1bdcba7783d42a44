"""The pages in the middle of the window; each is made when it is first looked at."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.scenario_job import ScenarioResults
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.views.canvas.plan_map import PlanMap


class MiddlePages(QTabWidget):
    """Tabs whose contents cost nothing until they are shown."""

    made = Signal(str, object)
    """(name, page): a page was made."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        self.tabBar().setDrawBase(False)
        self._makers: dict[str, Callable[[], QWidget]] = {}
        self._holders: dict[str, QWidget] = {}
        self._made: dict[str, QWidget] = {}
        self.currentChanged.connect(self._make)

    def add(self, name: str, text: str, make: Callable[[], QWidget]) -> None:
        """Adds a page that `make` makes."""
        holder = QWidget()
        holder.setObjectName(name)
        layout = QVBoxLayout(holder)
        layout.setContentsMargins(0, 6, 0, 0)
        self._makers[name], self._holders[name] = make, holder
        self.addTab(holder, text)

    def page(self, name: str) -> QWidget:
        """The page of that name, made if need be."""
        if name not in self._made:
            page = self._makers[name]()
            layout = self._holders[name].layout()
            assert layout is not None
            layout.addWidget(page)
            self._made[name] = page
            self.made.emit(name, page)
        return self._made[name]

    def is_made(self, name: str) -> bool:
        """Whether a page was made already."""
        return name in self._made

    def show_page(self, name: str) -> QWidget:
        """Shows a page and gives it."""
        self.setCurrentWidget(self._holders[name])
        return self.page(name)

    @property
    def names(self) -> list[str]:
        """The names of the pages, in their order."""
        return list(self._holders)

    def _make(self, index: int) -> None:
        if index >= 0:
            self.page(self.names[index])


# The pages in the middle of the window. All but the map are imported and made when they are first shown.


def made_views(document: Document, planner: Planner, plan_map: PlanMap, scenarios: ScenarioResults) -> MiddlePages:
    """The plan map, tables, comparison, risk, history and results; `made` tells when there is one to be wired."""

    def tables() -> QWidget:
        from gigaplan.gui.views.tables.panel import TablesPanel

        return TablesPanel(document, planner)

    def compare() -> QWidget:
        from gigaplan.gui.views.compare.view import CompareView

        return CompareView(document, planner, scenarios)

    def risk() -> QWidget:
        from gigaplan.gui.views.risk.view import RiskView

        return RiskView(document, planner)

    def history() -> QWidget:
        from gigaplan.gui.views.history.panel import HistoryPanel

        return HistoryPanel(document, planner)

    def results() -> QWidget:
        from gigaplan.gui.views.results.view import ResultsView

        return ResultsView(planner)

    views = MiddlePages()
    views.add("map", "Map", lambda: plan_map)
    views.add("tables", "Tables", tables)
    views.add("compare", "Compare", compare)
    views.add("risk", "Risk", risk)
    views.add("history", "History", history)
    views.add("results", "Results", results)
    return views
