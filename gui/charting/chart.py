"""How a picture is drawn. One set of painters, in pixels, so that lines and hatches are as wide at every scale.

In the window a picture is one item of a pyqtgraph plot (`PictureItem`), which zooms and hovers. Where there is no
plot (small multiples, which share one axis over many results; PDF, PNG and SVG) `paint_picture` calls the same painters
with a transformation of its own: pyqtgraph would need a hidden widget for each chart, and its SVG export fails here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from gigaplan.gui.charting.axes import BOTTOM, TOP, paint_axes, paint_groups, paint_right_axis, per_right, rooms
from gigaplan.gui.charting.figure import Figure
from gigaplan.gui.charting.hatches import paint_hatch, patterns_on
from gigaplan.gui.charting.swatches import DOT, line_pen, rim_pen
from gigaplan.gui.present.picture import (
    CURVE,
    SUM,
    Floats,
    Line,
    Picture,
    csv_text,
    one_of,
    reach,
    reach_right,
    stacks,
    value_range,
)
from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import mixed, shown

Place = Callable[[float, float], QPointF]
"""Where a value of a column is drawn."""
Range = tuple[float, float]

BAR_WIDTH = 0.72
MOST_BARS = 60
"""Beyond as many columns, bars stand side by side: gaps of a pixel only flicker."""
MOST_DOTS = 48
HIGHEST = 1e15
"""The farthest that anything is drawn from 0; what is nearer to it than the inverse of that is drawn at 0."""


@dataclass(frozen=True, eq=False)
class Shape:
    """What is drawn of a line: bars from `base` to `y` at the columns `x`, or a curve through (x, y)."""

    line: Line
    x: Floats
    y: Floats
    """In columns and in heights of `one`."""
    base: Floats
    band: tuple[Floats, Floats] | None = None
    dots: tuple[Floats, Floats] | None = None


def shapes_of(picture: Picture, hidden: frozenset[str] | set[str], right: float, one: float) -> dict[str, Shape]:
    """The shapes of all lines that are not hidden, by key, in the order in which they are painted.

    `right` is what one of the axis at the right is at the left, `one` the value that is drawn at a height of 1.
    """
    ends = stacks(picture.lines, hidden, len(picture.columns))
    found = {}
    for line in sorted(picture.lines, key=lambda line: line.style == SUM):
        if line.key in hidden:
            continue
        columns = np.arange(len(line.values), dtype=float)
        base, top = (_heights(end, one) for end in ends.get(line.key, (np.zeros_like(columns), line.values)))
        if line.style == "bar":
            found[line.key] = Shape(line, columns, top, base)
        elif line.style == SUM:
            found[line.key] = Shape(line, columns, _heights(line.values, one, right), base)
        elif line.style == CURVE:
            band = None if line.band is None else (_heights(line.band[0], one), _heights(line.band[1], one))
            dots = None if line.dots is None else (line.dots[0], _heights(line.dots[1], one))
            found[line.key] = Shape(line, columns, top, base, band, dots)
        else:
            # What holds through a period is a step: a slope would show chips before they arrive.
            edges = np.repeat(np.arange(len(columns) + 1) - 0.5, 2)[1:-1]
            if line.style == "step":
                top = np.where(np.isnan(line.values), np.nan, top)  # no line where there is no limit
            found[line.key] = Shape(line, edges, np.repeat(top, 2), base)
    # A stacked area covers all that is below it, so the lower ones are drawn over it.
    areas = [key for key, shape in found.items() if shape.line.style == "area"]
    return {key: found[key] for key in reversed(areas)} | found


def _heights(values: Floats, one: float, scale: float = 1.0) -> Floats:
    """Where values are drawn: finite, and no higher and no finer than Qt and pyqtgraph can reckon with."""
    with np.errstate(over="ignore", invalid="ignore"):
        found = values * scale / one
        found = found.clip(-HIGHEST, HIGHEST)
        return np.where(np.abs(found) >= 1 / HIGHEST, found, 0.0)  # which what is not a number is not


def paint_shapes(painter: QPainter, shapes: dict[str, Shape], to: QTransform, plot: QRectF, patterns: bool) -> None:
    """Paints shapes in pixels; `to` maps columns and heights to them. Nothing is painted beside `plot`.

    What lies beside it is cut off here and not by a clip, from which a drawing (SVG) does not come back.
    """
    painter.save()
    for shape in shapes.values():
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, shape.line.style in (SUM, CURVE))
        if shape.line.style == CURVE:
            _paint_curve(painter, shape, to, plot, patterns)
            continue
        x, y, base = to.m11() * shape.x + to.dx(), to.m22() * shape.y + to.dy(), to.m22() * shape.base + to.dy()
        y, base = (values.clip(plot.top() - 1, plot.bottom() + 1) for values in (y, base))
        if shape.line.style == "bar":
            _paint_bars(painter, shape, x, (y, base), to.m11(), plot, patterns)
        elif shape.line.style == SUM:
            _paint_sum(painter, shape, x, y, plot, patterns)
        else:
            zero = min(max(to.dy(), plot.top() - 1), plot.bottom() + 1)
            _paint_steps(painter, shape, x.clip(plot.left(), plot.right()), y, zero, patterns)
    painter.restore()


def _paint_curve(painter: QPainter, shape: Shape, to: QTransform, plot: QRectF, patterns: bool) -> None:
    """A curve through the columns where it is not 0, in full where it is measured, else broken; its band and dots."""
    there, line = shape.y > 0, shape.line
    if not there.any():
        return
    x = (to.m11() * shape.x[there] + to.dx()).clip(plot.left(), plot.right())

    def height(values: Floats) -> Floats:
        return np.asarray((to.m22() * values + to.dy()).clip(plot.top() - 1, plot.bottom() + 1))

    if shape.band is not None:
        low, high = (height(end[there]) for end in shape.band)
        colour = theme.colour(shown(line.colour), 0.13)
        painter.fillPath(pg.arrayToQPath(np.r_[x, x[::-1]], np.r_[high, low[::-1]], finiteCheck=False), colour)
    pen = line_pen(line, patterns)
    y, solid = height(shape.y[there]), np.zeros(len(x), bool) if line.solid is None else line.solid[there]
    seen = (np.diff(x) > 0) & (np.minimum(y[1:], y[:-1]) > plot.top() - 1)
    for first in np.flatnonzero(seen).tolist():
        full = bool(solid[first] and solid[first + 1])
        pen.setStyle(Qt.PenStyle.SolidLine if full or line.solid is None else Qt.PenStyle.DotLine)
        pen.setWidthF(2.0 if full else 1.5)
        painter.setPen(pen)
        painter.drawLine(QPointF(x[first], y[first]), QPointF(x[first + 1], y[first + 1]))
    if shape.dots is not None:
        across, up = to.m11() * shape.dots[0] + to.dx(), height(shape.dots[1])
        painter.setPen(QPen(theme.colour(theme.tokens().panel), 1))
        painter.setBrush(_colour(line))
        inside = (across >= plot.left()) & (across <= plot.right())
        for place in zip(across[inside].tolist(), up[inside].tolist(), strict=True):
            painter.drawEllipse(QPointF(*place), DOT + 1, DOT + 1)


def _paint_bars(
    painter: QPainter, shape: Shape, x: Floats, ends: tuple[Floats, Floats], column: float, plot: QRectF, patterns: bool
) -> None:
    half = column * (BAR_WIDTH if len(x) <= MOST_BARS else 1.0) / 2
    left, right = (x - half).clip(plot.left(), plot.right()), (x + half).clip(plot.left(), plot.right())
    top, bottom = np.minimum(*ends), np.maximum(*ends)
    there = (bottom > top) & (right > left)
    corners = np.stack([left, top, right - left, bottom - top], axis=1)[there]
    rects = [QRectF(*corner) for corner in corners.tolist()]
    if not rects:
        return
    painter.setPen(rim_pen(shape.line) or Qt.PenStyle.NoPen)
    painter.setBrush(_colour(shape.line))
    painter.drawRects(rects)
    if patterns and shape.line.hatch >= 0:
        path = QPainterPath()
        for rect in rects:
            path.addRect(rect)
        paint_hatch(painter, path, shape.line.hatch)


def _paint_steps(painter: QPainter, shape: Shape, x: Floats, y: Floats, zero: float, patterns: bool) -> None:
    line, style = shape.line, shape.line.style
    if not len(x):
        return
    if style in ("area", "fill"):
        across, up = np.concatenate([x[:1], x, x[-1:]]), np.concatenate([[zero], y, [zero]])
        path = pg.arrayToQPath(across, up, finiteCheck=False)
        t = theme.tokens()
        painter.fillPath(path, _colour(line) if style == "area" else theme.colour(mixed(t.panel, t.accent, 0.14)))
        if patterns and style == "area":
            paint_hatch(painter, path, line.hatch)
    pen = rim_pen(line) if style == "area" else line_pen(line, patterns)
    if pen is not None:
        whole = not np.isnan(y).any()
        line_path = pg.arrayToQPath(x, y, connect="all" if whole else "finite", finiteCheck=not whole)
        painter.strokePath(line_path, pen)


def _paint_sum(painter: QPainter, shape: Shape, x: Floats, y: Floats, plot: QRectF, patterns: bool) -> None:
    """A line with a dot at each column, set off by a rim from what lies under it."""
    inside = (x >= plot.left()) & (x <= plot.right())
    ends = np.array([plot.left(), plot.right()]).clip(x[:1], x[-1:]) if len(x) else x
    across = np.unique(np.concatenate([ends, x[inside]]))
    points = [QPointF(*point) for point in zip(across.tolist(), np.interp(across, x, y).tolist(), strict=True)]
    ground = theme.colour(theme.tokens().panel)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(ground, 4), line_pen(shape.line, patterns)):
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF(points))
    painter.setBrush(painter.pen().color())
    painter.setPen(QPen(ground, 1))
    for point in zip(x[inside].tolist(), y[inside].tolist(), strict=True) if len(x) <= MOST_DOTS else ():
        painter.drawEllipse(QPointF(*point), DOT + 0.5, DOT + 0.5)


def _colour(line: Line) -> QColor:
    return theme.colour(shown(line.colour, bool(line.rim)))


class PictureItem(pg.GraphicsObject):
    """All lines of a picture as one item of a plot."""

    def __init__(self) -> None:
        super().__init__()
        self.shapes: dict[str, Shape] = {}
        """What is drawn, by key of the line."""
        self.patterns = False
        self._bounds = QRectF()

    def show_picture(self, picture: Picture | None, hidden: set[str], right: float = 1.0, one: float = 1.0) -> None:
        """Draws a picture, or nothing; `right` and `one` as for `shapes_of`."""
        self.shapes = {} if picture is None else shapes_of(picture, hidden, right, one)
        self.patterns = patterns_on()
        ends = [each for shape in self.shapes.values() for each in (shape.y, shape.base) if len(each)]
        ends = [each[np.isfinite(each)] for each in ends]
        low = min((v.min(initial=0.0) for v in ends), default=0.0)
        high = max((v.max(initial=0.0) for v in ends), default=0.0)
        bounds = QRectF(-0.5, float(low), len(picture.columns) if picture is not None else 0, float(high - low))
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds
        self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        to = painter.worldTransform()
        painter.save()
        painter.setWorldTransform(QTransform())
        view = to.mapRect(self.getViewBox().viewRect())
        paint_shapes(painter, self.shapes, to, view, self.patterns)
        painter.restore()


def plot_transform(plot: QRectF, columns: Range, heights: Range) -> QTransform:
    """Maps columns and heights into `plot`."""
    across, up = plot.width() / (columns[1] - columns[0]), -plot.height() / (heights[1] - heights[0])
    return QTransform(across, 0, 0, up, plot.left() - columns[0] * across, plot.bottom() - heights[0] * up)


def place_in(plot: QRectF, columns: Range, values: Range) -> Place:
    """Where `plot` has a column and a value."""
    one = one_of(*values)
    to = plot_transform(plot, columns, (values[0] / one, values[1] / one))
    return lambda column, value: to.map(QPointF(column, value / one))


def paint_picture(
    painter: QPainter,
    plot: QRectF,
    picture: Picture,
    values: Range,
    *,
    hidden: frozenset[str] | set[str] = frozenset(),
    columns: Range | None = None,
    right: float | None = None,
    values_named: bool = True,
    marked: int = -1,
) -> None:
    """Paints the axes and lines of a picture, and a line at the column `marked` where it is one.

    `values` and `columns` are what is seen of it (all columns without them), `right` what one of the axis at the right
    is at the left, where there is that axis.
    """
    seen = columns or (-0.5, len(picture.columns) - 0.5)
    place, one = place_in(plot, seen, values), one_of(*values)
    unit, currency, ranges = picture.unit, picture.currency, (seen, values)
    paint_axes(painter, plot, place, ranges, picture.ticks or picture.columns, unit, currency, values_named)
    paint_groups(painter, plot, place, picture.groups)
    if right is not None:
        paint_right_axis(painter, plot, place, values, right, unit, currency)
    to = plot_transform(plot, seen, (values[0] / one, values[1] / one))
    paint_shapes(painter, shapes_of(picture, hidden, right or 1.0, one), to, plot, patterns_on())
    at = picture.mark if picture.mark is not None else float(marked) if 0 <= marked < len(picture.columns) else None
    if at is not None:
        painter.setPen(QPen(theme.colour(theme.tokens().text, 0.6), 1, Qt.PenStyle.DashLine))
        x = round(place(at, 0).x()) + 0.5
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))


def chart_figure(
    picture: Picture,
    size: QSize,
    title: str,
    foot: str,
    empty: str,
    hidden: frozenset[str] | set[str] = frozenset(),
    columns: Range | None = None,
) -> Figure:
    """A picture with title and unit, legend and where it is from; `empty` is what it says with nothing to draw.

    `size` is that of the plot with its axes; `columns` is what is seen of it, all without.
    """

    def paint(painter: QPainter) -> None:
        whole = QRect(0, 0, size.width(), size.height())
        if reach(picture, hidden) == (0.0, 0.0) and not reach_right(picture, hidden):
            painter.setFont(theme.font(13))
            painter.setPen(theme.colour(theme.tokens().muted))
            painter.drawText(whole, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, empty)
            return
        values = value_range(picture, hidden, columns)
        highest, tall = reach_right(picture, hidden, columns), size.height() - TOP - BOTTOM
        right = per_right(*values, tall, highest) if highest > 0 else None
        beside, after = rooms(*values, tall, right, picture.unit, picture.currency)
        plot = QRectF(whole).adjusted(beside, TOP, -after, -BOTTOM)
        paint_picture(painter, plot, picture, values, hidden=hidden, columns=columns, right=right)

    keys = tuple(line for line in picture.lines if line.key not in hidden and line.values.any())
    return Figure(title, picture.caption_with_currency, size, paint, keys, foot, csv_text(picture))
