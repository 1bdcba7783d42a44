"""How a line is drawn, and how it looks small, for a legend."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from gigaplan.gui.charting.hatches import DASHES, paint_hatch
from gigaplan.gui.present.picture import SUM, Line
from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import FAMILIES, shown

DOT = 2.5
"""Radius of the dots of a sum, in pixels."""


def line_pen(line: Line, patterns: bool) -> QPen:
    """The pen of a line that is drawn for itself."""
    pen = QPen(theme.colour(shown(line.colour, bool(line.rim))), 1 if line.style == "dash" else 2)
    broken = DASHES[line.hatch % FAMILIES] if patterns and line.hatch >= 0 else None
    if line.style == "dash" or broken:
        pen.setDashPattern(list(broken or (3.0, 3.0)))
    return pen


def rim_pen(line: Line) -> QPen | None:
    """The pen of the edge of a line whose own colour is a tint."""
    if not line.rim:
        return None
    pen = QPen(theme.colour(shown(line.rim)), 1)
    pen.setCosmetic(True)
    return pen


def paint_swatch(painter: QPainter, rect: QRectF, line: Line, patterns: bool, off: bool = False) -> None:
    """Paints how a line is drawn, small, for a legend; `off` for one that is hidden."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    colour = theme.colour(shown(line.colour, bool(line.rim)))
    if line.style in ("dash", "step", "curve", SUM):
        painter.setPen(QPen(colour, 1) if off else line_pen(line, patterns))
        middle = rect.center().y()
        painter.drawLine(QPointF(rect.left(), middle), QPointF(rect.right(), middle))
        if line.style == SUM:
            painter.setBrush(Qt.BrushStyle.NoBrush if off else colour)
            painter.drawEllipse(rect.center(), DOT, DOT)
    else:
        painter.setPen(theme.colour(shown(line.rim)) if line.rim else colour)
        painter.setBrush(Qt.BrushStyle.NoBrush if off else colour)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
        if patterns and not off:
            path = QPainterPath()
            path.addRoundedRect(rect, 2, 2)
            paint_hatch(painter, path, line.hatch, 0.62)
    painter.restore()
