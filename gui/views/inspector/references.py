"""The editor of a list of references: its names in short, and a list to tick that unfolds in place."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QPushButton, QSizePolicy, QVBoxLayout

from gigaplan.engine.plan.fields import Field
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.views.inspector.editors import WORDS, Editor, same
from gigaplan.gui.views.inspector.quantity_edit import MIXED
from gigaplan.gui.views.inspector.target import Editable
from gigaplan.gui.widgets.checkbox import CheckDelegate
from gigaplan.gui.widgets.combo import draw_chevron
from gigaplan.gui.widgets.texts import literal

ROWS_SHOWN = 8
CHEVRON = 32
"""Pixels of the button that its text leaves free."""


class ReferencesEditor(Editor):
    """Which rows of a table are meant; a word of the field's choices may stand for all of them."""

    def __init__(self, target: Editable, field: Field) -> None:
        super().__init__(target, field)
        self.button = _Unfolding()
        self.button.setCheckable(True)
        self.button.setStyleSheet("QPushButton { text-align: left; padding: 5px 20px 5px 7px; font-weight: 500; }")
        self.button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.button.toggled.connect(self._unfold)
        self.list = QListWidget()
        self.list.setStyleSheet("QListWidget { border: 1px solid palette(mid); border-radius: 6px; }")
        self.list.setAccessibleName(field.label)
        self.list.setItemDelegate(CheckDelegate(self.list))
        self.list.hide()
        self.list.itemChanged.connect(self._ticked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.button)
        column.addWidget(self.list)
        self.setFocusProxy(self.button)

    def context(self) -> object:
        return tuple((row.id, row_name(row)) for row in getattr(self.target.document.plan, self.field.refers))

    def show_values(self, values: tuple[Any, ...]) -> None:
        names = dict(self.context())  # type: ignore[call-overload]
        options = [(word, WORDS.get(word, word)) for word in self.field.choices] + list(names.items())
        gone = {i for value in values if value not in self.field.choices for i in value if i not in names}
        options += [(i, f"{i} (missing)") for i in sorted(gone)]
        self.list.blockSignals(True)
        listed = [self.list.item(k).data(Qt.ItemDataRole.UserRole) for k in range(self.list.count())]
        if listed != [id for id, _ in options]:
            self.list.clear()
            for id, _ in options:
                item = QListWidgetItem(self.list)
                item.setData(Qt.ItemDataRole.UserRole, id)
                flag = Qt.ItemFlag
                item.setFlags(flag.ItemIsEnabled | flag.ItemIsUserCheckable | flag.ItemIsSelectable)
        for k, (id, text) in enumerate(options):
            self.list.item(k).setText(text)
            chosen = {_names(value, id, self.field.choices) for value in values}
            state = Qt.CheckState.Checked if chosen == {True} else Qt.CheckState.Unchecked
            self.list.item(k).setCheckState(Qt.CheckState.PartiallyChecked if len(chosen) > 1 else state)
        self.list.blockSignals(False)
        self.list.setFixedHeight(26 * min(ROWS_SHOWN, max(1, len(options))) + 4)
        self.button.say(self._summary(values, names))
        every = self._summary(values, names, 100)
        self.button.setToolTip(literal(every))
        self.button.setAccessibleDescription(f"{every}. {self.field.full_help}")

    def _summary(self, values: tuple[Any, ...], names: dict[str, str], longest: int = 1) -> str:
        value = values[0]
        if not same(values):
            return MIXED
        if value in self.field.choices:
            return WORDS.get(value, str(value))
        if not value:
            return "none"
        if len(value) <= longest:
            return ", ".join(names.get(i, i) for i in value)
        return f"{len(value)} of {len(names)}"

    def _unfold(self, unfolded: bool) -> None:
        self.list.setVisible(unfolded)
        if unfolded:
            self.list.setFocus()
            self.list.setCurrentRow(0)

    def _ticked(self, item: QListWidgetItem) -> None:
        id, on = item.data(Qt.ItemDataRole.UserRole), item.checkState() == Qt.CheckState.Checked
        every = [i for i, _ in self.context()]  # type: ignore[attr-defined]
        values = [self._with(value, id, on, every) for value in self.target.values(self.field)]
        self._seen = object()
        if refusal := self.target.put(self.field, values):
            self.said.emit(refusal, "error")
        self.refresh()

    def _with(self, value: Any, id: str, on: bool, every: list[str]) -> Any:
        """The list with one member ticked or not. Unticking one of "everywhere" leaves all the others."""
        if id in self.field.choices:
            return id if on else tuple(every)
        members = list(every) if value in self.field.choices else list(value)
        if on and id not in members:
            members = [i for i in every if i in members or i == id] + [i for i in members if i not in every]
        if not on and id in members:
            members.remove(id)
        return tuple(members)


class _Unfolding(QPushButton):
    """A button that unfolds a list; a name that is too long for it ends in an ellipsis."""

    def __init__(self) -> None:
        super().__init__()
        self._said = ""

    def say(self, text: str) -> None:
        """Shows a text, as much of it as fits."""
        self._said = text
        room = self.width() - CHEVRON
        self.setText(self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room).replace("&", "&&"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.say(self._said)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        draw_chevron(self)


def _names(value: Any, id: str, choices: tuple[str, ...]) -> bool:
    return value == id if id in choices else value in choices or id in value
