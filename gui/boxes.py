"""Boxes to tick as they are painted everywhere: a clear outline, filled with the accent when ticked."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gui import theme

SIDE = 15


def draw_box(painter: QPainter, x: float, y: float, state: Qt.CheckState, focus: bool = False) -> None:
    """Paints a box of SIDE pixels with its top left corner at (x, y)."""
    t = theme.tokens()
    box = QRectF(x + 0.5, y + 0.5, SIDE - 1, SIDE - 1)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ticked = state == Qt.CheckState.Checked
    painter.setPen(QPen(QColor(t.accent if ticked or focus else t.muted), 2 if focus else 1))
    painter.setBrush(QColor(t.accent if ticked else t.panel))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QPen(QColor(t.on_accent), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    if ticked:
        painter.drawPolyline([box.topLeft() + p for p in _TICK])
    elif state == Qt.CheckState.PartiallyChecked:
        painter.setPen(QPen(QColor(t.muted), 2))
        painter.drawLine(box.center() - _DASH, box.center() + _DASH)


_TICK = [QRectF(x, y, 0, 0).topLeft() for x, y in ((3.4, 7.2), (6.2, 10.0), (10.8, 4.4))]
_DASH = QRectF(3.0, 0, 0, 0).topLeft()
