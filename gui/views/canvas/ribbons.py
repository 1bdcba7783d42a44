"""The item that draws a ribbon."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gigaplan.gui.views.canvas import legend
from gigaplan.gui.views.canvas.picture import Key, Wire
from gigaplan.gui.views.canvas.placing import Box

# Where ribbons run: how wide each flow is, and at which height it meets its cards.


EDGE = 4.0
"""Height of a card's edge that ribbons leave free, in all; the low cards of one line have none to spare."""
WIDEST = 30.0
HAIR = 1.3
"""The thinnest ribbon that the eye still follows."""
Place = tuple[str, Key]
"""An edge of a card: the kind of the wires that meet there, and the card."""
SIDE = {"use": "use", "buy": "use", "stand": "stand"}
"""The kind of wire beside which those of each kind meet a card."""
PART = {"use": 2 / 3, "buy": 1 / 3, "stand": 1.0}
"""What ribbons of each kind may have of an edge where chips and services meet."""


class RibbonBand(NamedTuple):
    """Where a ribbon begins and ends, and its width, in scene px."""

    x0: float
    y0: float
    x1: float
    y1: float
    width: float

    def between(self, other: RibbonBand, part: float) -> RibbonBand:
        """The band that lies `part` (0..1) of the way to another."""
        return RibbonBand(*(a + (b - a) * part for a, b in zip(self, other, strict=True)))


def scales_of(peaks: Mapping[Place, float], flows: Mapping[Wire, float], boxes: Mapping[Key, Box]) -> dict[str, float]:
    """Scene px per chip (`use`), per whole demand (`buy`) and per MW (`stand`) in a period: at most what the busiest
    edge has room for.

    Between periods the scale is the geometric mean of one for all (small beginnings would be hairs) and one
    for this period alone (growth would not be seen).
    """
    now: dict[Place, float] = defaultdict(float)
    for wire, value in flows.items():
        for key in (wire.start_key, wire.end_key):
            now[(wire.kind, key)] += value
    always, here = _scales(peaks, boxes), _scales(now, boxes)
    return {kind: math.sqrt(always[kind] * here[kind]) for kind in always}


def _scales(loads: Mapping[Place, float], boxes: Mapping[Key, Box]) -> dict[str, float]:
    scales = {"use": WIDEST, "buy": WIDEST, "stand": WIDEST}
    for (kind, key), load in loads.items():
        if key in boxes and load > 0:
            box = boxes[key]
            room = min(box.height if box.lines == 1 else box.height - EDGE, WIDEST)
            room *= PART[kind] if loads.get(("use", key)) and loads.get(("buy", key)) else 1.0
            scales[kind] = min(scales[kind], room / load)
    return scales


class Bundles:
    """The ribbons of some flows (chips or MW): side by side along each card's edge, in the order of their other ends.

    What is not near a card that moves is not reckoned again.
    """

    def __init__(self, flows: Mapping[Wire, float], scales: Mapping[str, float], boxes: Mapping[Key, Box]) -> None:
        self._widths: dict[Wire, float] = {}
        self._edges: dict[Place, list[Wire]] = defaultdict(list)
        self._heights: dict[tuple[Place, Wire], float] = {}
        for wire, value in flows.items():
            start, end = wire.start_key, wire.end_key
            if start in boxes and end in boxes:
                self._widths[wire] = max(value * scales[wire.kind], HAIR)
                self._edges[(SIDE[wire.kind], start)].append(wire)
                self._edges[(SIDE[wire.kind], end)].append(wire)
        for place in self._edges:
            self._stack(place, boxes)

    def bands(self, boxes: Mapping[Key, Box]) -> dict[Wire, RibbonBand]:
        """Every band, with cards where they were last time."""
        return {wire: self._band(wire, boxes) for wire in self._widths}

    def near(self, keys: Iterable[Key]) -> set[Wire]:
        """The wires that may shift when these cards move: their own, and those beside them at the other ends."""
        return {wire for place in self._places_near(keys) for wire in self._edges[place]}

    def move(self, keys: Iterable[Key], boxes: Mapping[Key, Box]) -> dict[Wire, RibbonBand]:
        """The bands near cards that have moved."""
        places = self._places_near(keys)
        for place in places:
            self._stack(place, boxes)
        return {wire: self._band(wire, boxes) for place in places for wire in self._edges[place]}

    def _places_near(self, keys: Iterable[Key]) -> set[Place]:
        own = [(kind, key) for key in keys for kind in ("use", "stand") if (kind, key) in self._edges]
        wires = [wire for place in own for wire in self._edges[place]]
        return {(SIDE[wire.kind], key) for wire in wires for key in (wire.start_key, wire.end_key)}

    def _stack(self, place: Place, boxes: Mapping[Key, Box]) -> None:
        """Reckons at which height each wire meets an edge."""
        key, wires = place[1], self._edges[place]
        ordered = sorted((boxes[w.end_key if w.start_key == key else w.start_key].middle, w) for w in wires)
        y = boxes[key].middle - sum(self._widths[wire] for wire in wires) / 2
        for _, wire in ordered:
            width = self._widths[wire]
            self._heights[(place, wire)] = y + width / 2
            y += width

    def _band(self, wire: Wire, boxes: Mapping[Key, Box]) -> RibbonBand:
        kind, start, end = SIDE[wire.kind], wire.start_key, wire.end_key
        left = boxes[start]
        y0, y1 = self._heights[((kind, start), wire)], self._heights[((kind, end), wire)]
        return RibbonBand(left.x + left.width, y0, boxes[end].x, y1, self._widths[wire])


def hair(wire: Wire, boxes: Mapping[Key, Box]) -> RibbonBand:
    """The band of a wire that carries nothing, from middle to middle."""
    start, end = boxes[wire.start_key], boxes[wire.end_key]
    return RibbonBand(start.x + start.width, start.middle, end.x, end.middle, 0.0)


GRIP = 9.0
"""How wide a ribbon is for the pointer, at least."""


def curve(band: RibbonBand) -> QPainterPath:
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
        self.band = RibbonBand(0, 0, 0, 0, 0)
        self.hatch = legend.PLAIN
        """What it is hatched with, beside its colour."""
        self._path = QPainterPath()
        self._bounds = QRectF()
        self._pen = QPen(Qt.PenStyle.NoPen)
        self._shape: QPainterPath | None = None
        self._outline: QPainterPath | None = None
        self.setAcceptHoverEvents(False)
        self.setZValue(0)

    def set_band(self, band: RibbonBand) -> None:
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
        if self.hatch != legend.PLAIN:
            painter.fillPath(self._outline, legend.brush(self._pen.color(), self.hatch))
