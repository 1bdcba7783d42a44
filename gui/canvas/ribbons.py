"""The item that draws a ribbon."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui.canvas import hatches
from gui.canvas.bands import Band
from gui.canvas.picture import Wire

GRIP = 9.0
"""How wide a ribbon is for the pointer, at least."""


def curve(band: Band) -> QPainterPath:
    """The line along the middle of a band: it leaves and arrives level."""
    reach = max(abs(band.x1 - band.x0) * 0.5, 30.0)
    path = QPainterPath(QPointF(band.x0, band.y0))
    path.cubicTo(band.x0 + reach, band.y0, band.x1 - reach, band.y1, band.x1, band.y1)
    return path


class RibbonItem(QGraphicsItem):
    """One ribbon; others say where it is, and how much it stands out."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self.wire = wire
        self.band = Band(0, 0, 0, 0, 0)
        self.hatch = hatches.PLAIN
        """What it is hatched with, beside its colour."""
        self._path = QPainterPath()
        self._bounds = QRectF()
        self._pen = QPen(Qt.PenStyle.NoPen)
        self._shape: QPainterPath | None = None
        self._outline: QPainterPath | None = None
        self.setAcceptHoverEvents(False)
        self.setZValue(0)

    def set_band(self, band: Band) -> None:
        """Moves the ribbon."""
        if band == self.band:
            return
        self.prepareGeometryChange()
        self.band = band
        self._path = curve(band)
        half = max(band.width, GRIP) / 2 + 1
        self._bounds = self._path.controlPointRect().adjusted(-1, -half, 1, half)
        self._shape = self._outline = None
        self._pen.setWidthF(max(band.width, 1.0))
        self.setVisible(band.width > 0.05 or self._pen.style() == Qt.PenStyle.DashLine)

    def set_ink(self, colour: QColor, dashed: bool = False) -> None:
        """Gives it a colour with its opacity; a dashed one stands for what is allowed and not used."""
        if colour == self._pen.color() and self._pen.style() != Qt.PenStyle.NoPen:
            return
        style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        if style != self._pen.style():
            self._pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            self._pen.setStyle(style)
            self._outline = None
        self._pen.setColor(colour)
        self.update()

    def set_hatch(self, hatch: Qt.BrushStyle) -> None:
        """Hatches it, or not."""
        if hatch != self.hatch:
            self.hatch = hatch
            self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def shape(self) -> QPainterPath:
        if self._shape is None:
            stroker = QPainterPathStroker()
            stroker.setWidth(max(self.band.width, GRIP))
            self._shape = stroker.createStroke(self._path)
        return self._shape

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if self._pen.style() == Qt.PenStyle.DashLine:
            # Hundreds of them may come with one chosen card, and thin lines are drawn many times faster than outlines.
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(self._pen)
            painter.drawPath(self._path)
            return
        if self._outline is None:
            self._outline = QPainterPathStroker(self._pen).createStroke(self._path)
        painter.fillPath(self._outline, self._pen.color())
        if self.hatch != hatches.PLAIN:
            painter.fillPath(self._outline, hatches.brush(self._pen.color(), self.hatch))
