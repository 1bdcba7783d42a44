"""Ribbons: how wide each flow is, where it meets the cards, and the item that draws it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui.canvas.picture import Key, Picture, Wire
from gui.canvas.placing import Box

EDGE = 4.0
"""Height of a card's edge that ribbons leave free, in all; the low cards of one line have none to spare."""
WIDEST = 30.0
HAIR = 1.3
"""The thinnest ribbon that the eye still follows."""
GRIP = 9.0
"""How wide a ribbon is for the pointer, at least."""


class Band(NamedTuple):
    """Where a ribbon begins and ends, and its width, in scene px."""

    x0: float
    y0: float
    x1: float
    y1: float
    width: float

    def between(self, other: Band, part: float) -> Band:
        """The band that lies `part` (0..1) of the way to another."""
        return Band(*(a + (b - a) * part for a, b in zip(self, other, strict=True)))


def scales_of(picture: Picture, flows: Mapping[Wire, float], boxes: Mapping[Key, Box]) -> dict[str, float]:
    """Scene px per chip (`use`) and per MW (`stand`) in a period: at most what the busiest edge has room for.

    Between periods the scale is the geometric mean of one for all (small beginnings would be hairs) and one
    for this period alone (growth would not be seen).
    """
    now: dict[tuple[str, Key], float] = defaultdict(float)
    for wire, value in flows.items():
        for key in (wire.start_key, wire.end_key):
            now[(wire.kind, key)] += value
    always, here = _scales(picture.peaks, boxes), _scales(now, boxes)
    return {kind: math.sqrt(always[kind] * here[kind]) for kind in always}


def _scales(loads: Mapping[tuple[str, Key], float], boxes: Mapping[Key, Box]) -> dict[str, float]:
    scales = {"use": WIDEST, "stand": WIDEST}
    for (kind, key), load in loads.items():
        if key in boxes and load > 0:
            box = boxes[key]
            room = min(box.height if box.lines == 1 else box.height - EDGE, WIDEST)
            scales[kind] = min(scales[kind], room / load)
    return scales


def stacked(flows: Mapping[Wire, float], scales: Mapping[str, float], boxes: Mapping[Key, Box]) -> dict[Wire, Band]:
    """The bands of flows (chips or MW), side by side along each card's edge, in the order of their other ends."""
    widths = {
        wire: max(value * scales[wire.kind], HAIR)
        for wire, value in flows.items()
        if wire.start_key in boxes and wire.end_key in boxes
    }
    starts, ends = _edge(widths, boxes, True), _edge(widths, boxes, False)
    return {
        wire: Band(boxes[wire.start_key].x + boxes[wire.start_key].width, starts[wire], boxes[wire.end_key].x,
                   ends[wire], width)
        for wire, width in widths.items()
    }


def _edge(widths: Mapping[Wire, float], boxes: Mapping[Key, Box], at_start: bool) -> dict[Wire, float]:
    """The y at which each wire meets its card at one end."""
    groups: dict[tuple[str, Key], list[tuple[float, Wire]]] = defaultdict(list)
    for wire in widths:
        here, there = (wire.start_key, wire.end_key) if at_start else (wire.end_key, wire.start_key)
        groups[(wire.kind, here)].append((boxes[there].middle, wire))
    found = {}
    for (_, key), wires in groups.items():
        wires.sort()
        y = boxes[key].middle - sum(widths[wire] for _, wire in wires) / 2
        for _, wire in wires:
            found[wire] = y + widths[wire] / 2
            y += widths[wire]
    return found


def hair(wire: Wire, boxes: Mapping[Key, Box]) -> Band:
    """The band of a wire that carries nothing, from middle to middle."""
    start, end = boxes[wire.start_key], boxes[wire.end_key]
    return Band(start.x + start.width, start.middle, end.x, end.middle, 0.0)


def curve(band: Band) -> QPainterPath:
    """The line along the middle of a band: it leaves and arrives level."""
    reach = max(abs(band.x1 - band.x0) * 0.5, 30.0)
    path = QPainterPath(QPointF(band.x0, band.y0))
    path.cubicTo(band.x0 + reach, band.y0, band.x1 - reach, band.y1, band.x1, band.y1)
    return path


class RibbonItem(QGraphicsItem):
    """One ribbon; the scene says where it is, and how much it stands out."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self.wire = wire
        self.band = Band(0, 0, 0, 0, 0)
        self._path = QPainterPath()
        self._bounds = QRectF()
        self._pen = QPen(Qt.PenStyle.NoPen)
        self._shape: QPainterPath | None = None
        self._outline: QPainterPath | None = None
        self.is_rough = False
        """Drawn with hard edges: fast enough while a card is dragged among hundreds of ribbons."""
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
        self._pen.setColor(colour)
        self._pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        self._pen.setStyle(Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine)
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
        if self._outline is None:
            stroker = QPainterPathStroker(self._pen)
            self._outline = stroker.createStroke(self._path)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not self.is_rough)
        painter.fillPath(self._outline, self._pen.color())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
