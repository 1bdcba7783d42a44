"""A line to look for something in a list: Enter for the next, Shift+Enter for the one before, Escape when done."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

KEYS = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FindLine(QLineEdit):
    """Hidden until it is opened; `find` takes a text in small letters and a way, and says whether it found anything."""

    def __init__(self, words: str, find: Callable[[str, int], bool], back_to: QWidget) -> None:
        super().__init__(placeholderText=words, clearButtonEnabled=True)
        self._find, self._back_to = find, back_to
        self.setAccessibleName(words)
        self.textEdited.connect(lambda _: self._go(0))
        self.hide()

    def open(self) -> None:
        """Shows the line, ready to type."""
        self.show()
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def _go(self, way: int) -> None:
        text = self.text().strip().casefold()
        missing = bool(text) and not self._find(text, way)
        if bool(self.property("invalid")) != missing:
            self.setProperty("invalid", missing)
            self.style().unpolish(self)
            self.style().polish(self)
        self.setToolTip("Nothing is called so" if missing else "")

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in KEYS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            self._back_to.setFocus()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._go(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        else:
            super().keyPressEvent(event)
