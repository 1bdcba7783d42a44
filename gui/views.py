"""The pages in the middle of the window. All but the map are imported and made when they are first shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from gui.pages import Pages

if TYPE_CHECKING:
    from gui.main_window import MainWindow


def made_views(window: MainWindow) -> Pages:
    """The plan map, tables, comparison, risk and history, each wired to the window."""
    d, p = window.document, window.planner

    def tables() -> QWidget:
        from gui.tables.panel import TablesPanel

        view = TablesPanel(d, p)
        window.files.leaving.connect(view.settle)
        return view

    def compare() -> QWidget:
        from gui.compare.view import CompareView

        view = CompareView(d, p, window.scenarios.provider)
        view.explain_requested.connect(window.explain_asked)
        return view

    def risk() -> QWidget:
        from gui.risk.view import RiskView

        view = RiskView(d, p)
        window.report.known_risk = view.outcomes.known
        view.field_requested.connect(window.show_field)
        return view

    def history() -> QWidget:
        from gui.history.panel import HistoryPanel

        return HistoryPanel(d, p)

    views = Pages()
    views.add("map", "Map", lambda: window.plan_map)
    views.add("tables", "Tables", tables)
    views.add("compare", "Compare", compare)
    views.add("risk", "Risk", risk)
    views.add("history", "History", history)
    return views
