"""The editor of a list of texts: each entry a chip that can be taken away, and a line that adds one on Enter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, QStringListModel, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton
from shiboken6 import isValid

from gigaplan.engine.plan.fields import Field
from gigaplan.engine.plan.plan import Plan
from gigaplan.gui.present.cell_text import placeholder
from gigaplan.gui.style import theme
from gigaplan.gui.views.inspector.editors import Editor, same
from gigaplan.gui.views.inspector.quantity_edit import MIXED, LineEdit
from gigaplan.gui.views.inspector.target import Editable
from gigaplan.gui.widgets.texts import literal

EDGE, GAP = 3, 4
"""Pixels between the border and the chips, and between chips."""
CHIP_PX = 22
CROSS = 20
"""Pixels of the cross that takes a chip away, at its right."""
SIDE = 8
"""Pixels before the words of a chip."""
LEAST_LINE = 72
"""Pixels that the line is wide at least; where a row has less left, it begins another."""
COMMA = "Enter adds it as one entry: a comma is part of it."
TO_ALL = "Enter adds it to each chosen row."

_Keys = Qt.Key
Entries = tuple[str, ...]


class ChipsEditor(Editor):
    """The entries of the chosen rows as chips. Where they differ none is shown, and what is typed is added to each."""

    def __init__(self, target: Editable, field: Field, known: Callable[[Plan], Iterable[str]]) -> None:
        super().__init__(target, field)
        self.chips: list[_Chip] = []
        """Of which those of `entries` are shown."""
        self.entries: Entries = ()
        self.line = _Line(self)
        self.line.said.connect(self.said)
        self.line.setMaxLength(field.longest)
        self.line.textEdited.connect(self.type)
        self._known = known
        self._words = QStringListModel(self)
        self.line.complete_from(self._words)
        self.setFocusProxy(self.line)
        self._place()

    def context(self) -> object:
        return tuple(sorted(set(self._known(self.target.document.plan)) - {""}))

    def show_values(self, values: tuple[Any, ...]) -> None:
        self._words.setStringList(list(self.context()))  # type: ignore[call-overload]
        self.entries = values[0] if same(values) else ()
        while len(self.chips) < len(self.entries):
            self.chips.append(_Chip(self, len(self.chips)))
        for chip, entry in zip(self.chips, self.entries, strict=False):
            chip.show_entry(entry)
        for chip in self.chips[len(self.entries) :]:
            chip.hide()
        empty = "add" if self.entries else placeholder(self.field)
        self.line.setPlaceholderText(empty if same(values) else MIXED)
        self.line.setAccessibleDescription(". ".join(filter(None, (", ".join(self.entries), self.field.full_help))))
        self._place()

    def settle(self) -> None:
        self.line.finish()

    def type(self, text: str) -> None:
        """Tells the document what is being typed: an entry that would be added."""
        entry = _entry(text)
        self.target.document.type((lambda: self._add(entry)) if entry else None)
        mixed = not same(self.target.values(self.field))
        self.said.emit(TO_ALL if entry and mixed else COMMA if "," in entry else "", "muted")

    def commit(self, text: str) -> None:
        """Adds an entry, or says why not."""
        entry = _entry(text)
        self.target.document.type(None)
        self.line.setModified(False)
        if entry and all(entry in value for value in self.target.values(self.field)):
            self.line.set_text("")
            self.said.emit(f"{entry} is there already.", "muted")
            return
        refusal = self._add(entry) if entry else ""
        if refusal:
            self.line.refuse(refusal)
            return
        self.line.set_text("")
        self.said.emit("", "")

    def remove(self, position: int) -> None:
        """Takes away one entry; the cursor goes to the one that follows it, else to the line."""
        left = self.entries[:position] + self.entries[position + 1 :]
        had_focus = position < len(self.chips) and self.chips[position].hasFocus()
        self.said.emit(self.put_all(left), "error")
        self.refresh()
        if had_focus:
            self.go_to(position)

    def go_to(self, position: int) -> None:
        """Puts the cursor on an entry; past the last one, into the line."""
        at = self.chips[max(0, position)] if position < len(self.entries) and self.entries else self.line
        at.setFocus(Qt.FocusReason.OtherFocusReason)

    def _add(self, entry: str) -> str:
        values = self.target.values(self.field)
        return self.target.put(self.field, [v if entry in v else (*v, entry) for v in values])

    def _place(self) -> None:
        """Lays the chips out in rows, the line behind the last of them."""
        width = max(self.width(), LEAST_LINE + 2 * EDGE)
        x, y = EDGE, EDGE
        for chip in self.chips[: len(self.entries)]:
            wanted = min(chip.sizeHint().width(), width - 2 * EDGE)
            if x > EDGE and x + wanted > width - EDGE:
                x, y = EDGE, y + CHIP_PX + GAP
            chip.setGeometry(x, y, wanted, CHIP_PX)
            chip.show()
            x += wanted + GAP
        if x > EDGE and x + LEAST_LINE > width - EDGE:
            x, y = EDGE, y + CHIP_PX + GAP
        self.line.setGeometry(x, y, width - EDGE - x, CHIP_PX)
        if self.height() != y + CHIP_PX + EDGE:
            self.setFixedHeight(y + CHIP_PX + EDGE)

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST_LINE + 2 * EDGE, CHIP_PX + 2 * EDGE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "line"):
            self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = t.error if self.line.property("invalid") else t.accent if self.line.hasFocus() else t.line
        painter.setPen(QPen(theme.colour(ink), 1))
        painter.setBrush(theme.colour(t.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)


def _entry(text: str) -> str:
    return " ".join(text.split())


class _Line(LineEdit):
    """Where the next entry is typed."""

    def __init__(self, editor: ChipsEditor) -> None:
        super().__init__(editor)
        self._editor = editor
        self.setStyleSheet(
            "QLineEdit { border: 0; background: transparent; padding: 0 4px; min-height: 0; font-weight: 500; }"
        )

    def commit_text(self, text: str) -> None:
        self._editor.commit(text)

    def render_value(self) -> None:
        self.set_text("")

    def revert(self) -> None:
        self._editor.target.document.type(None)
        super().revert()

    def mark_invalid(self, invalid: bool) -> None:
        super().mark_invalid(invalid)
        self._editor.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._editor.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if isValid(self._editor):  # a line that goes while it has the focus goes after what it stands in
            self._editor.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        entries, key = len(self._editor.entries), event.key()
        at_start = not self.cursorPosition() and not self.hasSelectedText() and entries
        # Held down to delete what was typed, it stops there.
        if at_start and key == _Keys.Key_Backspace and not self.text():
            if not event.isAutoRepeat():
                self._editor.remove(entries - 1)
            return
        if at_start and key in (_Keys.Key_Left, _Keys.Key_Home) and not event.modifiers():
            self._editor.go_to(entries - 1 if key == _Keys.Key_Left else 0)
            return
        super().keyPressEvent(event)


class _Chip(QAbstractButton):
    """An entry. A click on its cross, Delete or Backspace take it away."""

    def __init__(self, editor: ChipsEditor, position: int) -> None:
        super().__init__(editor)
        self._editor, self._position = editor, position
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # Tab goes to the line; from there the arrow keys go on
        self.clicked.connect(lambda: self._editor.remove(self._position))

    def show_entry(self, entry: str) -> None:
        """Stands for this entry; all of it is in the tooltip."""
        self.setText(entry)
        self.setToolTip(literal(entry))
        self.setAccessibleName(f"Remove {entry}")

    def sizeHint(self) -> QSize:
        return QSize(SIDE + self.fontMetrics().horizontalAdvance(self.text()) + 2 + CROSS, CHIP_PX)

    def _cross(self) -> QRect:
        return QRect(self.width() - CROSS, 0, CROSS, self.height())

    def hitButton(self, position: QPoint) -> bool:
        return self._cross().contains(position)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {_Keys.Key_Left: -1, _Keys.Key_Right: 1, _Keys.Key_Home: -self._position}
        if event.key() in (_Keys.Key_Delete, _Keys.Key_Backspace):
            self._editor.remove(self._position)
        elif event.key() in (_Keys.Key_Escape, _Keys.Key_End):
            self._editor.go_to(len(self._editor.entries))
        elif event.key() in steps:
            self._editor.go_to(self._position + steps[_Keys(event.key())])
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour(t.accent if self.hasFocus() else t.line), 2 if self.hasFocus() else 1))
        painter.setBrush(theme.colour(t.accent_soft))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 10, 10)
        painter.setPen(theme.colour(t.text))
        words = self.rect().adjusted(SIDE, 0, -CROSS, 0)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, words.width() + 1)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)
        middle = QRectF(self._cross()).center()
        painter.setPen(QPen(theme.colour(t.text if self.underMouse() else t.muted), 1.4))
        for side in (-3, 3):
            painter.drawLine(middle - QPoint(3, side), middle + QPoint(3, side))
