"""What a right click on a figure offers, wherever it stands: on the strip, a field, a cell, a card, a line, a bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLineEdit, QMenu, QPlainTextEdit, QVBoxLayout, QWidget

from gigaplan.engine.plan.annotations import Place, annotation_of, named
from gigaplan.engine.plan.bounds import NUMERIC
from gigaplan.engine.plan.fields import Field, field_of
from gigaplan.engine.plan.plan import find
from gigaplan.engine.plan.schema import ROW_TYPES, Settings
from gigaplan.gui.document.row_edits import add_row, comment, lock, row_name
from gigaplan.gui.files.done_notice import tell_done
from gigaplan.gui.present.cell_text import NESTED, Context, displayed
from gigaplan.gui.text.explain_request import Asked, Key, Part
from gigaplan.gui.views.canvas.placing import TABLES as ON_MAP
from gigaplan.gui.widgets.dialog_buttons import Foot
from gigaplan.gui.widgets.texts import Label
from gigaplan.gui.window.menus import Menus, Workspace

if TYPE_CHECKING:
    from gigaplan.gui.views.risk.cards import Pointed

FIGURES = {
    "workloads": "demand",
    "offers": "price_usd",
    "services": "price_usd",
    "sites": "power_mw",
    "power_contracts": "mw",
    "agreements": "commit_usd_per_year",
    "policies": "limit",
    "parameters": "value",
}
"""The figure of a row that a card or a line of a list stands for."""


class FigureMenus(QObject):
    """Makes the menus; each is made when it is asked for, and goes when it is closed."""

    def __init__(self, work: Workspace, menus: Menus, window: QWidget) -> None:
        super().__init__(window)
        self._work, self._menus, self._window = work, menus, window

    def of_figure(self, kpi: str, spoken: str) -> QMenu:
        """The menu of a cell of the strip, whose figure is `spoken` in words."""
        menu = self._made()
        menu.addAction("Explain", lambda: self._work.explain_figure(kpi))
        menu.addAction("Copy with unit", partial(self._copy, spoken))
        menu.addAction("Goal seek…", lambda: self._menus.seek_goal(kpi=kpi))
        return menu

    def of_asked(
        self, asked: tuple[Asked, ...], spoken: str, explain: Callable[[tuple[Asked, ...]], object]
    ) -> QMenu:
        """The menu of a figure of the comparison, under its scenarios."""
        return self._add_asked(self._made(), asked, spoken, explain)

    def of_pointed(self, found: Pointed, explain: Callable[[tuple[Asked, ...]], object]) -> QMenu:
        """The menu of a figure of a card of the page Risk, with those of the inputs that it is of."""
        menu = self._add_asked(self._made(), found.asked, found.spoken, explain)
        if found.actions:
            menu.addSeparator()
        for words, run in found.actions:
            menu.addAction(words.replace("&", "&&"), run)
        if found.fields:
            menu.addSeparator()
        for table, id, name in found.fields:
            row = find(self._work.document.holder(table), table, id)
            if row is not None:
                label = f"{field_of(ROW_TYPES[table], name).label} of {row_name(row)}"
                self.add_field(menu.addMenu(label.replace("&", "&&")), table, (id,), name)
        return menu

    def _add_asked(
        self, menu: QMenu, asked: tuple[Asked, ...], spoken: str, explain: Callable[[tuple[Asked, ...]], object]
    ) -> QMenu:
        if asked:
            menu.addAction("Explain", lambda: explain(asked))
        menu.addAction("Copy with unit", partial(self._copy, spoken))
        figure = asked[0].figure if asked else None
        if isinstance(figure, Key | Part):
            menu.addAction("Goal seek…", lambda: self._menus.seek_goal(kpi=figure.kpi))
        return menu

    def of_field(self, name: str) -> QMenu:
        """The menu of a field of the inspector, in the rows that are chosen; of a line with the cursor, its own too."""
        selection = self._work.document.selection
        menu = self._made()
        line = self._window.focusWidget()
        if isinstance(line, QLineEdit) and self._work.inspector.isAncestorOf(line):
            for name_, run, can in (
                ("Cut", line.cut, line.hasSelectedText() and not line.isReadOnly()),
                ("Copy", line.copy, line.hasSelectedText()),
                ("Paste", line.paste, not line.isReadOnly()),
            ):
                menu.addAction(name_, run).setEnabled(can)
            menu.addSeparator()
        table = selection.table or "plan"
        return self.add_field(menu, table, selection.ids, name)

    def add_row(self, menu: QMenu, table: str, id: str) -> None:
        """Adds a menu of the figure that a row stands for, under the name of its field."""
        name = FIGURES.get(table, "")
        if name and find(self._work.document.holder(table), table, id) is not None:
            label = field_of(ROW_TYPES[table], name).label
            self.add_field(menu.addMenu(label), table, (id,), name)

    def add_field(self, menu: QMenu, table: str, ids: Sequence[str], name: str) -> QMenu:
        """Adds what can be done with a field of rows to a menu."""
        field = field_of(Settings if table == "plan" else ROW_TYPES[table], name)
        rows: list[str | None] = [None] if table == "plan" else list(ids)
        places: list[Place] = [(table, row, name) for row in rows]
        go = partial(self._choose, table, ids)
        menu.addAction("Explain", lambda: self._explain(table, ids, field))
        menu.addAction("Copy with unit", lambda: self._copy(self._written(table, ids, field)))
        if not places or table in ("scenarios", "uncertainties"):
            return menu
        if field.kind in NUMERIC:
            menu.addSeparator()
            if field.kind != "integer":
                menu.addAction("Goal seek…", partial(self._seek, go, name))
                menu.addAction("Mark as uncertain", lambda: self._doubt(places))
            self._add_scenarios(menu.addMenu("Change in a scenario"), table, ids, name)
        if field.kind not in ("identifier", *NESTED):
            self._add_annotations(menu, places)
        if table in ON_MAP and ids:
            menu.addSeparator()
            menu.addAction("Show on the map", partial(self._show_on_map, go))
        return menu

    def _add_scenarios(self, menu: QMenu, table: str, ids: Sequence[str], name: str) -> None:
        document = self._work.document
        for scenario in document.base.scenarios:
            run = partial(self._in_scenario, scenario.id, table, ids, name)
            menu.addAction(row_name(scenario).replace("&", "&&"), run)
        if not menu.isEmpty():
            menu.addSeparator()
        menu.addAction("A new scenario", lambda: self._in_scenario(add_row(document, "scenarios"), table, ids, name))

    def _add_annotations(self, menu: QMenu, places: list[Place]) -> None:
        document = self._work.document
        said = [annotation_of(document.base, place) for place in places]
        locked = all(each is not None and each.locked for each in said)
        menu.addSeparator()
        menu.addAction("Unlock" if locked else "Lock", lambda: lock(document, places, not locked))
        if len(places) == 1:
            first = said[0]
            text = first.comment if first is not None else ""
            menu.addAction("Edit the comment…" if text else "Comment…", lambda: self._comment(places[0], text))

    def _comment(self, place: Place, before: str) -> None:
        document = self._work.document
        asked = CommentDialog(named(document.base, place), before, self._window)
        asked.accepted.connect(lambda: comment(document, place, asked.text.toPlainText()))
        asked.open()

    def _choose(self, table: str, ids: Sequence[str]) -> None:
        self._work.document.select(table, ids)

    def _seek(self, go: Callable[[], None], name: str) -> None:
        go()
        self._menus.seek_goal(field=name)

    def _show_on_map(self, go: Callable[[], None]) -> None:
        go()
        self._work.show_view("map")

    def _in_scenario(self, scenario: str, table: str, ids: Sequence[str], name: str) -> None:
        """Turns to a scenario, with the cursor in the field."""
        self._work.document.edit_scenario(scenario)
        self._choose(table, ids)
        self._work.go_to_field(name)

    def _explain(self, table: str, ids: Sequence[str], field: Field) -> None:
        """Shows where the value of a number comes from; of what is none, or is empty, what the field means."""
        from gigaplan.gui.views.help.reference import show_reference

        plan = self._work.document.plan
        if table == "plan" or len(ids) == 1:
            row = plan.settings if table == "plan" else find(plan, table, ids[0])
            if field.kind in NUMERIC and getattr(row, field.name, None) is not None:
                self._work.explain_input(table, "" if table == "plan" else ids[0], field.name)
                return
        show_reference(self._window, table, field.name)

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        said = ", ".join(text.splitlines())
        tell_done(self._window, f"Copied {said}.")

    def _made(self) -> QMenu:
        menu = QMenu(self._window)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def _written(self, table: str, ids: Sequence[str], field: Field) -> str:
        """What stands in a field of rows, with its unit."""
        plan = self._work.document.holder(table)
        rows: list[Any] = [plan.settings] if table == "plan" else [r for r in getattr(plan, table) if r.id in ids]
        context = Context(plan, self._window.locale())
        said = [displayed(field, getattr(r, field.name), field.unit_in(r), context, full_unit=True) for r in rows]
        return "\n".join(said)

    def _doubt(self, places: list[Place]) -> None:
        """Makes a field an uncertain input, and shows it on the page Risk."""
        from gigaplan.engine.analysis.uncertainty import with_uncertain

        document = self._work.document
        known = {(u.table, u.row, u.field) for u in document.plan.uncertainties}
        inputs = [place for place in places if place not in known]
        if inputs:
            document.apply(with_uncertain(document.plan, inputs), "Mark as uncertain")  # type: ignore[arg-type]
        self._work.show_view("risk")


class CommentDialog(QDialog):
    """Asks for the comment on a figure; an empty one takes it away."""

    def __init__(self, figure: str, before: str, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Comment")
        self.text = QPlainTextEdit(before)
        self.text.setAccessibleName("Comment")
        self.text.setTabChangesFocus(True)
        self.text.selectAll()
        layout = QVBoxLayout(self)
        layout.addWidget(Label(figure))
        layout.addWidget(self.text)
        layout.addWidget(Foot(self, "Comment", self.accept))
        self.text.setFocus()
