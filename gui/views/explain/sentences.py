"""A sentence of the explain panel; one that speaks of a field leads there, by mouse and by key."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QStyle, QStyleOptionButton, QWidget

from gigaplan.gui.style import theme
from gigaplan.gui.widgets.texts import Label

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


# A button of the explain panel: its words run over several lines, so that none of them is cut off.


EDGE_X, EDGE_Y = 16, 5
"""Pixels between the words and the sides, as the style sheet has them for other buttons."""
ABOVE = 4
"""Pixels between a button and what stands above it."""
LEAST_PX = 80
WRAPPED = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap


class WrappedButton(QPushButton):
    """As high as its words need in the width that it has."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text.replace("&", "&&"), parent)
        self._words = text
        self.setAccessibleName(text)
        self.setStyleSheet(f"margin: {ABOVE}px 4px 0 5px;")  # in line with the sentences
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def heightForWidth(self, width: int) -> int:
        room = QRect(0, 0, max(1, width - 2 * EDGE_X), 10_000)
        return self.fontMetrics().boundingRect(room, WRAPPED, self._words).height() + 2 * EDGE_Y + ABOVE

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self._words) + 2 * EDGE_X
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST_PX, self.heightForWidth(max(LEAST_PX, self.width())))

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        painter = QPainter(self)
        self.style().drawControl(QStyle.ControlElement.CE_PushButton, option, painter, self)
        painter.setPen(theme.colour(theme.tokens().text))
        painter.drawText(self.rect().adjusted(EDGE_X, ABOVE, -EDGE_X, 0), WRAPPED, self._words)
