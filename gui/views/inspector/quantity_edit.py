"""A field for one quantity: typed with or without a unit, stepped with the arrow keys, its unit at the right edge."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QLocale, QRect, QSize, QStringListModel, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
)
from PySide6.QtWidgets import QCompleter, QLineEdit, QStyle, QStyleOptionFrame, QWidget

from gigaplan.gui.style import theme
from gigaplan.gui.text.number_format import SYMBOLS
from gigaplan.gui.text.quantities import (
    Formula,
    NotRead,
    Quantity,
    Relative,
    formula_shown,
    read,
    read_formula,
    read_relative,
    show,
    unit_shown,
    with_unit,
)
from gigaplan.gui.widgets.texts import literal

Typed = float | Relative | Formula | None
"""What a person typed into a field."""
Commit = Callable[[Typed], str]
"""Takes what was typed; gives why it cannot be, or an empty text."""
Step = Callable[[float, object], None]
"""Moves the value by so many steps; the second argument is the same for steps that are one edit."""
MIXED = "Mixed"
_SHORTER = {
    "(token/s)-h": "tok/s·h", "(PFLOP/s)-h": "PFLOP/s·h", "tokens": "tok", "CO2e": "CO₂e", "-month": "-mo",
}  # fmt: skip
SIDES = 20
"""Pixels between the text of a line and its borders, on both sides together."""
LEAST = 56
"""Pixels that a field is wide at least."""
PAUSE = 1.0
"""Seconds between two arrow keys after which they are two edits."""


class LineEdit(QLineEdit):
    """A line whose text is committed on Enter and on leaving, and put back on Escape."""

    said = Signal(str, str)
    """(text, role): how the text was understood (muted), why it was refused (error), or nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._came_by_click = False
        self.editingFinished.connect(self.finish)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._came_by_click = event.reason() == Qt.FocusReason.MouseFocusReason

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The click with which one comes chooses the whole text, which is then typed over; the next one a place in
        it."""
        super().mouseReleaseEvent(event)
        if self._came_by_click and not self.hasSelectedText():
            self.selectAll()
        self._came_by_click = False

    @Slot()  # a line that goes while it has the focus says that it is done; by then Python may hold no more of it
    def finish(self) -> None:
        """Commits what was typed, if anything was."""
        if self.isModified():
            self.commit_text(self.text().strip())

    def commit_text(self, text: str) -> None:
        """What becomes of a typed text."""
        raise NotImplementedError

    def render_value(self) -> None:
        """Shows the value that the plan holds."""
        raise NotImplementedError

    def complete_from(self, words: QStringListModel) -> None:
        """Offers words that begin as what is typed; one that is chosen is committed."""
        completer = QCompleter(words, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.activated[str].connect(self._take_word)  # type: ignore[index]
        self.setCompleter(completer)

    def _take_word(self, word: str) -> None:
        QTimer.singleShot(0, self, lambda: self.commit_text(word))  # the line itself shows the word first

    def _is_choosing(self) -> bool:
        """Whether a word of those that are offered is pointed at."""
        completer = self.completer()
        words = None if completer is None else completer.popup()
        return words is not None and words.isVisible() and words.currentIndex().isValid()

    def is_typing(self) -> bool:
        """Whether a person is in the middle of typing here: then nothing may overwrite it."""
        return self.isModified() and self.hasFocus()

    def set_text(self, text: str) -> None:
        """Puts a text in the field as the value, not as typing."""
        if self.text() != text:
            self.setText(text)
            self.setCursorPosition(0)
        self.setModified(False)
        self.mark_invalid(False)

    def mark_invalid(self, invalid: bool) -> None:
        """Draws the field as refused, or not."""
        if bool(self.property("invalid")) != invalid:
            self.setProperty("invalid", invalid)
            self.style().unpolish(self)
            self.style().polish(self)

    def refuse(self, text: str) -> None:
        """Keeps what was typed, and says why it is not taken."""
        self.setModified(True)
        self.mark_invalid(True)
        self.said.emit(text, "error")

    def revert(self) -> None:
        """Forgets what was typed."""
        self.render_value()
        self.said.emit("", "")

    def paintEvent(self, event: QPaintEvent) -> None:
        room = self.contentsRect().width() - self.textMargins().left() - self.textMargins().right() - SIDES
        if self.hasFocus() or self.fontMetrics().horizontalAdvance(self.text()) <= room:
            super().paintEvent(event)
            return
        # A text that is too long ends in an ellipsis until the cursor is in it.
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        painter = QPainter(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelLineEdit, option, painter, self)
        inside = self.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, self)
        inside = inside.marginsRemoved(self.textMargins()).adjusted(2, 0, -2, 0)
        painter.setPen(self.palette().color(QPalette.ColorRole.Text))
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, inside.width())
        painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.ignore()  # whatever the line is in opens the menu of its field, with cut, copy and paste

    def event(self, event: QEvent) -> bool:
        # Undo belongs to the plan unless there is typing to undo.
        if event.type() == QEvent.Type.ShortcutOverride and not self.isModified():
            undo = event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)  # type: ignore[attr-defined]
            if undo:
                event.ignore()
                return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isModified():
            self.revert()
            self.selectAll()
            return
        undo = event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)
        # Enter would commit the letters that were typed, and not the word that was chosen for them.
        chosen = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._is_choosing()
        if chosen or (undo and not self.isModified()):
            event.ignore()
            return
        super().keyPressEvent(event)


class QuantityEdit(LineEdit):
    """A line for a number with a unit. What it does with the number is up to `commit` and `step`."""

    def __init__(self, commit: Commit, step: Step | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.optional = False
        self.currency = "USD"
        self.placeholder = ""
        self.bare = False
        """Whether the unit stands elsewhere, as in the head of a table."""
        self.gives: Callable[[str], object] | None = None
        """Computes a formula, where the field keeps one; elsewhere the value of a sum is kept."""
        self._formula = ""
        self._commit = commit
        self._step = step
        self._value: float | None = None
        self._unit: str | None = ""
        self._mixed = False
        self._shown: object = None
        self._stepped_at = 0.0
        self._run = 0
        self.setStyleSheet("font-weight: 500;")
        self.textEdited.connect(self._preview)

    def show_value(self, value: float | None, unit: str | None, mixed: bool = False) -> None:
        """Shows a value in its unit; text that a person is typing stays. `unit` None: the rows have several."""
        shown = (value, unit, mixed, self.currency)
        if shown == self._shown:
            return
        self._shown = shown
        self._value, self._unit, self._mixed = value, unit, mixed
        if not self.is_typing():
            self.render_value()
            self.said.emit("", "")
        words = "" if value is None or mixed else with_unit(value, unit or "", QLocale(), self.currency)
        self.setToolTip(literal(words))
        self._make_room()
        self.update()

    def show_formula(self, formula: str) -> None:
        """Takes note of the formula that gives the value; it stands there while the cursor does."""
        if formula != self._formula:
            self._formula = formula
            if not self.is_typing():
                self.render_value()

    def render_value(self) -> None:
        self.setPlaceholderText(MIXED if self._mixed else self.placeholder)
        self.set_text("" if self._mixed else self._value_text())

    def _value_text(self) -> str:
        """The value in full; rounded where that is too long for the field and nobody is at it."""
        if self._formula and self.hasFocus():
            return formula_shown(self._formula, QLocale())
        text = show(self._value, self._unit or "", QLocale())
        if not self._value or self.hasFocus():
            return text
        for digits in (5, 4, 3):
            if self.fontMetrics().horizontalAdvance(text) <= self.width() - SIDES:
                break
            text = show(float(f"{self._value:.{digits}g}"), self._unit or "", QLocale())
        return text

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.isModified():
            self.render_value()
            if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
                self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if not self.isModified():
            self.render_value()

    def commit_text(self, text: str) -> None:
        if not text:
            if self._mixed:
                self.revert()
            elif self.optional:
                self._take(None, "")
            else:
                self.refuse("is empty; a number is needed")
            return
        found = self._read(text)
        if isinstance(found, NotRead):
            self.refuse(found.text)
        else:
            self._take(found.value if isinstance(found, Quantity) else found, found.text)

    def _read(self, text: str) -> Quantity | Relative | Formula | NotRead:
        relative = read_relative(text, self._unit or "", locale=QLocale())
        if relative is not None:
            return relative
        if self._unit is None:
            return NotRead("the chosen rows have different units: type a change such as +10%, or choose fewer")
        if self.gives is not None and text.lstrip().startswith("="):
            return read_formula(text, self._unit, self.gives, locale=QLocale(), currency=self.currency)
        return read(text, self._unit, locale=QLocale(), currency=self.currency)

    def _take(self, value: Typed, understood: str) -> None:
        self.setModified(False)
        if refusal := self._commit(value):
            self.refuse(refusal)
            return
        self._run += 1
        self.render_value()
        if self.hasFocus():
            self.selectAll()
        self.said.emit(understood, "muted")

    def _preview(self, text: str) -> None:
        self.mark_invalid(False)
        found = self._read(text) if text.strip() else None
        self.said.emit(found.text if isinstance(found, Quantity | Relative | Formula) else "", "muted")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self._step is not None and not self.isReadOnly():
            if self.isModified():
                self.finish()
            if not self.isModified():
                self._step_by(1 if event.key() == Qt.Key.Key_Up else -1, event.modifiers())
            return
        super().keyPressEvent(event)

    def _step_by(self, direction: int, modifiers: Qt.KeyboardModifier) -> None:
        now = time.monotonic()
        if now - self._stepped_at > PAUSE:
            self._run += 1
        self._stepped_at = now
        size = 10.0 if modifiers & Qt.KeyboardModifier.ShiftModifier else 1.0
        size = 0.1 if modifiers & Qt.KeyboardModifier.ControlModifier else size
        assert self._step is not None
        self._step(direction * size, ("keys", id(self), self._run))

    def _tail(self) -> str:
        unit = "" if self._unit is None or self.bare else tail_of(self._unit, self.currency)
        return f"= {unit}".strip() if self._formula and not self.hasFocus() else unit

    def _tail_width(self) -> int:
        tail = self._tail()
        if not tail:
            return 0
        # The figure comes first: what it leaves is for the unit, shortened or, where that would say nothing, left out.
        room = self.width() - 24 - self.fontMetrics().horizontalAdvance(self.text() or self.placeholderText())
        wanted = QFontMetrics(theme.font(12)).horizontalAdvance(tail) + 5
        return wanted if wanted <= room else room if room > 28 else 0

    def _make_room(self) -> None:
        width = self._tail_width()
        if self.textMargins().right() != width:
            self.setTextMargins(0, 0, width, 0)

    def minimumSizeHint(self) -> QSize:
        # The unit gives way where there is no room for it: it must not push the form wider than the window.
        return QSize(LEAST, super().minimumSizeHint().height())

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        if not self.isModified():
            self.render_value()
        self._make_room()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        width = self._tail_width()
        if not width:
            return
        painter = QPainter(self)
        painter.setFont(theme.font(12))
        painter.setPen(QColor(theme.tokens().muted))
        box = QRect(self.width() - width - 8, 0, width, self.height())
        tail = painter.fontMetrics().elidedText(self._tail(), Qt.TextElideMode.ElideRight, width)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, tail)
        painter.end()


def tail_of(unit: str, currency: str) -> str:
    """The unit as short as it can stand at the edge of a field: $/tok/s·h for USD/(token/s)-h."""
    text = unit_shown(unit, currency)
    text = text.replace(currency, SYMBOLS.get(currency, currency), 1)
    for long, short in _SHORTER.items():
        text = text.replace(long, short)
    return text
