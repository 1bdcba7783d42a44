"""Hatches: patterns that tell areas apart where colours do not, as in print."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, QSettings, QSize, Qt
from PySide6.QtGui import QBrush, QImage, QPaintEngine, QPainter, QPainterPath, QPainterPathStroker, QPen, QTransform

from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import FAMILIES, WEIGHTS

KEY = "patterns"
SPACING = 7.0
"""Pixels between the lines of a hatch of the first weight."""
SCALES = (1.0, 1.9, 0.72)
"""How far apart those of each weight are."""
RISING, FALLING, LEVEL, UPRIGHT = 45.0, 135.0, 0.0, 90.0
ANGLES: tuple[tuple[float, ...], ...] = (
    (RISING,), (UPRIGHT,), (LEVEL,), (FALLING,), (RISING, FALLING), (LEVEL,), (LEVEL, UPRIGHT), (RISING,),
)  # fmt: skip
"""In which directions the lines of each family run, in degrees."""
DOTTED, DASHED = 2, 7
"""The families whose lines are rows of dots, and of dashes."""
DASHES = (None, (6.0, 3.0), (1.5, 2.5), (9.0, 3.0, 2.0, 3.0), (4.0, 2.0), (12.0, 4.0), (2.0, 4.0), (6.0, 2.0, 1.5, 2.0))
"""How the outline of a line that fills nothing is broken, by family."""


def patterns_on() -> bool:
    """Whether the person wants patterns beside colours."""
    return bool(QSettings().value(KEY, False, bool))


def set_patterns(on: bool) -> None:
    """Remembers whether charts have patterns."""
    QSettings().setValue(KEY, on)


def paint_hatch(painter: QPainter, shape: QPainterPath, hatch: int, scale: float = 1.0) -> None:
    """Paints a hatch, of the panel's colour, over a shape in pixels; nothing for a negative `hatch`."""
    if hatch < 0 or shape.isEmpty():
        return
    made = _Hatch(hatch % FAMILIES, hatch // FAMILIES % WEIGHTS, scale)
    ink = theme.tokens().panel
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    kind = painter.paintEngine().type()
    if kind == QPaintEngine.Type.Pdf:
        painter.setClipPath(shape, Qt.ClipOperation.IntersectClip)
        pen = made.pen()
        pen.setColor(theme.colour(ink))
        painter.strokePath(made.strokes(shape.boundingRect()), pen)
    elif kind == QPaintEngine.Type.SVG:
        # As shapes, at any scale; a drawing does not come back from a clip, and would cut off what follows.
        painter.fillPath(shape.intersected(made.lines(shape.boundingRect())), theme.colour(ink))
    else:
        painter.fillPath(shape, _brush(made, ink, painter.device().devicePixelRatioF()))
    painter.restore()


@dataclass(frozen=True)
class _Hatch:
    """The lines of one hatch. They lie at places that do not depend on what they fill, so that neighbours match."""

    family: int
    weight: int
    scale: float

    @property
    def apart(self) -> float:
        """Pixels from one line to the next."""
        return SPACING * SCALES[self.weight] * self.scale

    @property
    def period(self) -> tuple[float, float]:
        """After how many pixels to the right, and down, it comes again."""
        if self.family == DOTTED:
            return self.apart, 2 * self.apart
        slanted = ANGLES[self.family][0] in (RISING, FALLING)
        side = self.apart * math.sqrt(2) if slanted else self.apart
        return side, side

    def pen(self) -> QPen:
        """The pen of its lines, of no colour yet."""
        heavy = (1.0, 1.5, 0.77)[self.weight]
        thin = min(1.0, self.scale)
        pen = QPen(Qt.GlobalColor.black, max(0.9, 1.3 * heavy * thin))
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if self.family == DOTTED:
            pen.setWidthF(max(1.5, 2.7 * heavy * thin))
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setDashPattern([0.01, self.apart / pen.widthF() - 0.01])
        elif self.family == DASHED:
            pen.setDashPattern([self.apart * part / pen.widthF() for part in (0.6, 0.4)])
        return pen

    def strokes(self, rect: QRectF) -> QPainterPath:
        """The lines over a rectangle, to be drawn with its pen."""
        path = QPainterPath()
        for angle in ANGLES[self.family]:
            for line in self._along(rect, angle):
                path.moveTo(line.p1())
                path.lineTo(line.p2())
        return path

    def lines(self, rect: QRectF) -> QPainterPath:
        """The lines over a rectangle, as shapes."""
        shape = QPainterPathStroker(self.pen()).createStroke(self.strokes(rect))
        shape.setFillRule(Qt.FillRule.WindingFill)
        return shape

    def _along(self, rect: QRectF, angle: float) -> list[QLineF]:
        along = QPointF(math.cos(math.radians(angle)), -math.sin(math.radians(angle)))
        across = QPointF(-along.y(), along.x())
        corners = (rect.topLeft(), rect.topRight(), rect.bottomLeft(), rect.bottomRight())
        far = [QPointF.dotProduct(c, across) / self.apart for c in corners]
        long = [QPointF.dotProduct(c, along) / self.apart for c in corners]
        half = QPointF(0.5, 0.5)  # level and upright lines cover whole pixels
        lines = []
        for k in range(math.floor(min(far)) - 1, math.ceil(max(far)) + 2):
            shift = 0.5 if self.family == DOTTED and k % 2 else 0.0
            begin, end = math.floor(min(long)) - 1 + shift, math.ceil(max(long)) + 1
            first, last = (across * k + along * begin) * self.apart, (across * k + along * end) * self.apart
            lines.append(QLineF(first + half, last + half))
        return lines


@functools.lru_cache(512)
def _brush(hatch: _Hatch, ink: str, ratio: float) -> QBrush:
    """One period of a hatch, to be laid side by side: many times quicker than lines that are cut to a shape."""
    wide, high = hatch.period
    size = QSize(max(2, round(wide * ratio)), max(2, round(high * ratio)))
    tile = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size.width() / wide, size.height() / high)
    painter.fillPath(hatch.lines(QRectF(0, 0, wide, high)), theme.colour(ink))
    painter.end()
    brush = QBrush(tile)
    brush.setTransform(QTransform.fromScale(1 / ratio, 1 / ratio))
    return brush
