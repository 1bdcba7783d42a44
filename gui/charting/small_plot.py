"""One small chart: a picture painted on axes that others share with it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF

from gigaplan.gui.charting.axes import paint_axes
from gigaplan.gui.charting.hatches import paint_hatch, patterns_on
from gigaplan.gui.charting.swatches import line_pen, rim_pen
from gigaplan.gui.present.picture import STACKED, Line, Picture, stacks
from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import mixed, shown
from gigaplan.gui.text.kpi_text import amount

Place = Callable[[float, float], QPointF]
"""Where a value of a column is drawn."""


def place_in(plot: QRectF, columns: int, y_range: tuple[float, float]) -> Place:
    """Maps (column, value) into `plot`."""
    low, high = y_range

    def place(column: float, value: float) -> QPointF:
        x = plot.left() + (column + 0.5) / columns * plot.width()
        return QPointF(x, plot.bottom() - (value - low) / (high - low) * plot.height())

    return place


def paint_picture(
    painter: QPainter, plot: QRectF, picture: Picture, y_range: tuple[float, float], values_named: bool, column: int
) -> None:
    """Paints the axes and lines of a picture, and a line at `column` where it is one."""
    columns = len(picture.columns)
    place = place_in(plot, columns, y_range)
    paint_axes(
        painter, plot, place, ((-0.5, columns - 0.5), y_range), picture.columns, picture.unit, picture.currency,
        values_named,
    )  # fmt: skip
    ends = stacks(picture.lines, set(), columns)
    painter.save()
    painter.setClipRect(plot.adjusted(0, -1, 0, 1))
    for line in picture.lines:
        if line.style == "bar":
            _paint_bars(painter, place, line, ends[line.key])
    for line in reversed(picture.lines):
        if line.style == "area":
            _paint_area(painter, place, line, ends[line.key])
    for line in picture.lines:
        if line.style not in STACKED:
            _paint_step(painter, place, line)
    painter.restore()
    if 0 <= column < columns:
        painter.setPen(QPen(theme.colour(theme.tokens().text, 0.6), 1, Qt.PenStyle.DashLine))
        x = round(place(column, 0).x()) + 0.5
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))


def line_at(plot: QRectF, picture: Picture, y_range: tuple[float, float], column: int, y: float) -> str:
    """The line whose bar or band is at a height in a column, or is nearest; empty beside the stack of them."""
    low, high = y_range
    value = low + (plot.bottom() - y) / plot.height() * (high - low)
    ends = stacks(picture.lines, set(), len(picture.columns))
    for key, (base, top) in ends.items():
        if base[column] != top[column] and min(base[column], top[column]) <= value <= max(base[column], top[column]):
            return key
    others = [line for line in picture.lines if line.style not in STACKED]
    near = min(others, key=lambda line: abs(float(line.values[column]) - value), default=None)
    return near.key if near is not None else ""


def _paint_bars(painter: QPainter, place: Place, line: Line, ends: tuple[np.ndarray, np.ndarray]) -> None:
    path = QPainterPath()
    for column, (base, top) in enumerate(zip(*ends, strict=True)):
        if base != top:
            path.addRect(QRectF(place(column - 0.36, base), place(column + 0.36, top)).normalized())
    _fill(painter, path, line)


def _paint_area(painter: QPainter, place: Place, line: Line, ends: tuple[np.ndarray, np.ndarray]) -> None:
    edges = np.concatenate(([-0.5], np.arange(len(ends[1])), [len(ends[1]) - 0.5]))
    above, below = [[place(x, y) for x, y in zip(edges, np.pad(end, 1, "edge"), strict=True)] for end in ends[::-1]]
    path = QPainterPath()
    path.addPolygon(QPolygonF([*above, *reversed(below)]))
    path.closeSubpath()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _fill(painter, path, line)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _fill(painter: QPainter, path: QPainterPath, line: Line) -> None:
    painter.setPen(rim_pen(line) or Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour(shown(line.colour, bool(line.rim))))
    painter.drawPath(path)
    if patterns_on():
        paint_hatch(painter, path, line.hatch)


def _paint_step(painter: QPainter, place: Place, line: Line) -> None:
    # What holds through a period is a step.
    edges = np.repeat(np.arange(len(line.values) + 1) - 0.5, 2)[1:-1]
    points = [place(x, y) for x, y in zip(edges, np.repeat(line.values, 2), strict=True)]
    t = theme.tokens()
    if line.style == "fill":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(mixed(t.panel, t.accent, 0.16)))
        painter.drawPolygon(QPolygonF([place(edges[0], 0.0), *points, place(edges[-1], 0.0)]))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(line_pen(line, patterns_on()))
    painter.drawPolyline(QPolygonF(points))


def value_words(value: float, picture: Picture) -> str:
    """A value of a picture with its unit."""
    return amount(value, "" if picture.unit == "chips" else picture.unit, picture.currency)


def total_words(picture: Picture, column: int) -> str:
    """What the lines of a picture come to in a column, with its unit."""
    stacked = [float(ln.values[column]) for ln in picture.lines if ln.style in STACKED]
    if not stacked and picture.lines:
        stacked = [float(picture.lines[0].values[column])]
    return value_words(sum(stacked), picture)
