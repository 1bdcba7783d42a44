"""What stands in a column of the plan map that is still empty: the outline of a card, and what belongs there."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui import theme
from gui.canvas.placing import GHOST, Frame

WORDS = {
    "workloads": "Drag work here",
    "offers": "Drag chips or offers here",
    "sites": "Drag a site here",
}

PAD = 6.0
"""Free between the words and the outline."""


class GhostItem(QGraphicsItem):
    """The outline of the first card of a column."""

    def __init__(self, table: str) -> None:
        super().__init__()
        self._table = table
        self._area = QRectF()

    def place(self, frame: Frame) -> None:
        """Lies in the middle of its column."""
        self.prepareGeometryChange()
        width = frame.card_width
        self._area = QRectF(frame.column(self._table) - width / 2, -GHOST / 2, width, GHOST)

    def boundingRect(self) -> QRectF:
        return self._area.adjusted(-1, -1, 1, 1)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        t = theme.tokens()
        painter.setPen(QPen(theme.colour(t.muted, 0.7), 1.2, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(self._area, 6, 6)
        painter.setPen(theme.colour(t.muted))
        painter.setFont(theme.font(12))
        # In a narrow column the words take two lines.
        inside = self._area.adjusted(PAD, 0, -PAD, 0)
        painter.drawText(inside, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, WORDS[self._table])
