"""A button of the explain panel: its words run over several lines, so that none of them is cut off."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QStyle, QStyleOptionButton, QWidget

from gui import theme

EDGE_X, EDGE_Y = 12, 5
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
        self.setStyleSheet(f"margin-top: {ABOVE}px;")
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
