"""A sentence of the explain panel; one that speaks of a field leads there, by mouse and by key."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen

from gui import theme
from gui.texts import Label

PRESSES = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class Sentence(Label):
    """Text on several lines. With a place (table, row, field) it lights up under the pointer and can be pressed."""

    field_requested = Signal(str, str, str)

    def __init__(self) -> None:
        super().__init__()
        self._place: tuple[str, str, str] | None = None
        self.setWordWrap(True)
        self.setFont(theme.font(12))
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        # Padding of a style sheet would be taken off twice when the height of wrapped lines is worked out.
        self.setContentsMargins(5, 3, 4, 3)

    def say(self, text: str, place: tuple[str, str, str] | None) -> None:
        """Takes another text, and where it leads, if it does."""
        self._place = place
        self.setText(text)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus if place is None else Qt.FocusPolicy.TabFocus)
        if place is None:
            self.unsetCursor()
        else:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.text())
        self.setToolTip("" if place is None else "Go to the field")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self._go()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._place is not None and event.key() in PRESSES:
            self._go()
        else:
            super().keyPressEvent(event)

    def _go(self) -> None:
        if self._place is not None:
            self.field_requested.emit(*self._place)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._place is not None and (self.underMouse() or self.hasFocus()):
            t = theme.tokens()
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.colour(t.accent), 1) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(t.accent_soft))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
            painter.end()
        super().paintEvent(event)
