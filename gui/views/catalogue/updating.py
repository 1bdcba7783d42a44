"""What the catalogue has otherwise than the plan, field by field, before anything of it is taken over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from gigaplan.engine.catalogue.updates import CatalogueChange, Key, RowUpdate, updated, updates
from gigaplan.engine.plan.annotations import locked_places
from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.text import counted
from gigaplan.gui.document.document import Document, named_all
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.files.own_catalogues import catalogues
from gigaplan.gui.present.scenario_words import value_words
from gigaplan.gui.style import theme
from gigaplan.gui.text.number_format import cut
from gigaplan.gui.widgets.checkbox import CheckDelegate
from gigaplan.gui.widgets.dialog_buttons import Foot
from gigaplan.gui.widgets.texts import Label, literal

FIELD, NOW, THEN = range(3)
LONGEST = 60
"""Letters of a text in a cell; the tip has all of it."""
ROLE = Qt.ItemDataRole.UserRole
Check = Qt.CheckState


def rows_from_catalogue(document: Document) -> set[Key] | None:
    """The rows that are selected and can be from a catalogue; None, for the whole plan, where there are none."""
    chosen = {(table, id) for table, id in document.selection.rows if table in ("platforms", "offers", "sites")}
    platforms = {("platforms", o.platform) for o in document.plan.offers if ("offers", o.id) in chosen}
    return (chosen | platforms) or None


def found_updates(document: Document, rows: set[Key] | None = None) -> list[RowUpdate]:
    """What differs of the plan, or of some of its rows."""
    return updates(document.plan, catalogues(document.path)[0], rows)


def values_of(plan: Plan, update: RowUpdate, change: CatalogueChange) -> tuple[str, str]:
    """What a field is and would be, in words."""
    row = find(plan, update.table, update.id)
    unit = change.field.unit_in(row).replace("USD", plan.settings.currency)
    unit = "" if unit == "ratio" else unit
    if change.field.kind == "rows":
        return tuple(counted(len(value or ()), "point") for value in (change.now, change.then))  # type: ignore[return-value]
    return value_words(change.now, unit), value_words(change.then, unit)


class UpdateDialog(QDialog):
    """Rows with the fields that differ, each to be ticked. Of a row whose edition is the present one a person has
    changed those fields: none is ticked."""

    def __init__(self, document: Document, found: Sequence[RowUpdate], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._found = document, found
        differ = {(u.table, u.id, c.field.name) for u in found for c in u.changes}
        self._locked = [place for place in locked_places(document.plan) if place in differ]
        self.setWindowTitle("Update from catalogue")
        self.resize(760, 480)
        self.tree = QTreeWidget()
        self.tree.setColumnCount(3)
        self.tree.setHeaderLabels(["Field", "In the plan", "In the catalogue"])
        self.tree.setAccessibleName("What differs")
        self.tree.setItemDelegateForColumn(FIELD, CheckDelegate(self.tree))
        self.tree.setColumnWidth(FIELD, 250)
        self.tree.setColumnWidth(NOW, 220)
        for update in found:
            self._add(update)
        self.tree.itemChanged.connect(self._count)
        self.said = Label(role="muted")
        self.said.setWordWrap(True)
        self.foot = Foot(self, "Take over", self.accept)
        self.apply = self.foot.main
        column = QVBoxLayout(self)
        column.addWidget(self.said)
        column.addWidget(self.tree, 1)
        column.addWidget(self.foot)
        self._count()

    def _add(self, update: RowUpdate) -> None:
        plan = self._document.plan
        row: Any = find(plan, update.table, update.id)
        was = row.catalogue.partition(": ")[0] or "not said"
        item = QTreeWidgetItem([row_name(row), was, update.missing or update.origin])
        item.setToolTip(THEN, literal(update.missing or update.origin))
        item.setData(FIELD, ROLE, update)
        self.tree.addTopLevelItem(item)
        if update.missing:
            return
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsAutoTristate)
        is_newer = row.catalogue != update.origin
        if not update.changes:
            item.setCheckState(FIELD, Check.Checked)
        for change in update.changes:
            now, then = values_of(plan, update, change)
            line = QTreeWidgetItem([change.field.label, cut(now, LONGEST), cut(then, LONGEST)])
            line.setToolTip(NOW, literal(now))
            line.setToolTip(THEN, literal(then))
            line.setData(FIELD, ROLE, change.field.name)
            if (update.table, update.id, change.field.name) in self._locked:
                line.setText(FIELD, f"{change.field.label} (locked)")
                line.setIcon(FIELD, theme.icon("lock"))
                line.setCheckState(FIELD, Check.Unchecked)
            else:
                line.setCheckState(FIELD, Check.Checked if is_newer else Check.Unchecked)
            item.addChild(line)
        item.setExpanded(True)

    def taken(self) -> list[tuple[RowUpdate, set[str]]]:
        """What is ticked: the rows with the names of their fields."""
        found = []
        for k in range(self.tree.topLevelItemCount()):
            item: Any = self.tree.topLevelItem(k)
            update: RowUpdate = item.data(FIELD, ROLE)
            lines = [item.child(n) for n in range(item.childCount())]
            names = {line.data(FIELD, ROLE) for line in lines if line.checkState(FIELD) == Check.Checked}
            if names or (not update.changes and not update.missing and item.checkState(FIELD) == Check.Checked):
                found.append((update, names))
        return found

    def _count(self, *_: object) -> None:
        taken = self.taken()
        ticked = sum(len(names) for _, names in taken)
        differ = sum(bool(update.changes) for update in self._found)
        self.said.setText(
            f"{counted(differ, 'row')} of the plan differ from the catalogue that they are from. Ticked: "
            f"{counted(ticked, 'field')}. A row of the present edition differs where somebody changed it: there "
            "nothing is ticked."
            + (f" {named_all(self._document.plan, tuple(self._locked))} locked: tick it to overwrite it."
               if self._locked else "")
        )  # fmt: skip
        self.apply.setEnabled(bool(taken))

    def accept(self) -> None:
        """Takes over what is ticked, as one step."""
        taken = self.taken()
        plan = updated(self._document.plan, taken)
        text = f"Update {counted(len(taken), 'row')} from the catalogue"
        self._document.apply(plan, text, over_locks=True)  # those that are locked were ticked by name
        super().accept()
