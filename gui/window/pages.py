"""The pages in the middle of the window; each is made when it is first looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from gigaplan.gui.window.main_window import MainWindow


class Pages(QTabWidget):
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


def made_views(window: MainWindow) -> Pages:
    """The plan map, tables, comparison, risk and history, each wired to the window."""
    d, p = window.document, window.planner

    def tables() -> QWidget:
        from gigaplan.gui.views.tables.panel import TablesPanel

        view = TablesPanel(d, p)
        window.files.leaving.connect(view.settle)
        return view

    def compare() -> QWidget:
        from gigaplan.gui.views.compare.view import CompareView

        view = CompareView(d, p, window.scenarios.provider)
        view.explain_requested.connect(window.explain_asked)
        return view

    def risk() -> QWidget:
        from gigaplan.gui.views.risk.view import RiskView

        view = RiskView(d, p)
        window.report.known_risk = view.outcomes.known
        view.field_requested.connect(window.show_field)
        return view

    def history() -> QWidget:
        from gigaplan.gui.views.history.panel import HistoryPanel

        return HistoryPanel(d, p)

    views = Pages()
    views.add("map", "Map", lambda: window.plan_map)
    views.add("tables", "Tables", tables)
    views.add("compare", "Compare", compare)
    views.add("risk", "Risk", risk)
    views.add("history", "History", history)
    return views
