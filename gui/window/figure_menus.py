"""What a right click on a key figure or on a field offers: explain, copy, goal seek, uncertain, on the map."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from gigaplan.engine.plan.fields import field_of
from gigaplan.engine.plan.schema import ROW_TYPES, Settings
from gigaplan.gui.present.cell_text import Context, displayed
from gigaplan.gui.window.menus import Menus, Workspace

ON_MAP = ("workloads", "offers", "services", "sites")


class FigureMenus(QObject):
    """Makes the menus; each is made when it is asked for, and goes when it is closed."""

    def __init__(self, work: Workspace, menus: Menus, window: QWidget) -> None:
        super().__init__(window)
        self._work, self._menus, self._window = work, menus, window

    def of_figure(self, kpi: str, spoken: str) -> QMenu:
        """The menu of a cell of the strip, whose figure is `spoken` in words."""
        menu = self._made()
        menu.addAction("Explain", lambda: self._work.explain_figure(kpi))
        menu.addAction("Copy with unit", lambda: QGuiApplication.clipboard().setText(spoken))
        menu.addAction("Goal seek…", lambda: self._menus.seek_goal(kpi=kpi))
        return menu

    def of_field(self, name: str) -> QMenu:
        """The menu of a field of the inspector."""
        document = self._work.document
        table, ids = document.selection.table or "plan", document.selection.ids
        field = field_of(Settings if table == "plan" else ROW_TYPES[table], name)
        menu = self._made()
        menu.addAction("Copy with unit", lambda: QGuiApplication.clipboard().setText(self._written(table, name)))
        if field.kind in ("number", "series"):
            menu.addAction("Goal seek…", lambda: self._menus.seek_goal(field=name))
            menu.addAction("Mark as uncertain", lambda: self._doubt(table, name))
        if table in ON_MAP and ids:
            menu.addAction("Show on the map", lambda: self._work.show_view("map"))
        return menu

    def _made(self) -> QMenu:
        menu = QMenu(self._window)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def _written(self, table: str, name: str) -> str:
        """What stands in a field of the chosen rows, with its unit."""
        document = self._work.document
        plan, ids = document.plan, document.selection.ids
        rows = [plan.settings] if table == "plan" else [row for row in getattr(plan, table) if row.id in ids]
        context = Context(plan, self._window.locale())
        field = field_of(Settings if table == "plan" else ROW_TYPES[table], name)
        said = [displayed(field, getattr(row, name), field.unit_in(row), context, full_unit=True) for row in rows]
        return "\n".join(said)

    def _doubt(self, table: str, name: str) -> None:
        """Makes the field an uncertain input, and shows it on the page Risk."""
        from gigaplan.engine.analysis.uncertainty import with_uncertain

        document = self._work.document
        rows = [None] if table == "plan" else list(document.selection.ids)
        known = {(u.table, u.row, u.field) for u in document.plan.uncertainties}
        inputs = [(table, row, name) for row in rows if (table, row, name) not in known]
        if inputs:
            document.apply(with_uncertain(document.plan, inputs), "Mark as uncertain")  # type: ignore[arg-type]
        self._work.show_view("risk")
