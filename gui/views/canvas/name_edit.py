"""The field in which a card is renamed in place."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from gigaplan.engine.plan.fields import LONGEST_NAME


class NameEdit(QLineEdit):
    """Takes a new name: Enter or leaving keeps it, Escape does not."""

    named = Signal(str)

    def __init__(self, name: str, where: QRect, parent: QWidget) -> None:
        super().__init__(name, parent)
        self._before = name
        self._over = False
        self.setMaxLength(LONGEST_NAME)
        self.setAccessibleName("Name")
        self.setStyleSheet("padding: 0 6px; min-height: 0; font-weight: 600;")
        height = max(where.height(), 24)
        self.setGeometry(where.x(), where.center().y() - height // 2, max(where.width(), 150), height)
        self.selectAll()
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._close(keep=True)
        elif event.key() == Qt.Key.Key_Escape:
            self._close(keep=False)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._close(keep=True)

    def _close(self, keep: bool) -> None:
        if self._over:
            return
        self._over = True
        name = self.text().strip() if keep else self._before
        self.hide()
        self.deleteLater()
        self.named.emit(name or self._before)
