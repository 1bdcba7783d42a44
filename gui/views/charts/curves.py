"""The shapes that a plot draws: areas, steps, bars and sums, with hatches over them where there are any.

They are painted in pixels, not in the units of the data, so that lines and hatches are as wide at every scale, and in
every program that shows a drawing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPaintEngine, QPainter, QPainterPath, QPen, QTransform

from gigaplan.gui.charting.hatches import paint_hatch, patterns_on
from gigaplan.gui.charting.swatches import DOT, line_pen, rim_pen
from gigaplan.gui.present.picture import STACKED, SUM, Floats, Line, Picture, stacks
from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import mixed, shown

MOST_DOTS = 48


@contextmanager
def in_pixels(painter: QPainter) -> Iterator[QTransform]:
    """Lets one paint in pixels; gives what maps the data to them."""
    to = painter.worldTransform()
    painter.save()
    painter.setWorldTransform(QTransform())
    yield to
    painter.restore()


class Curve(pg.PlotCurveItem):
    """A curve from left to right. It knows its bounds: to look for them at every turn takes longer than to draw."""

    _ends = ((0.0, 0.0), (0.0, 0.0))

    def place(self, x: Floats, y: Floats) -> None:
        """Takes other points."""
        if len(x):
            self._ends = (float(x[0]), float(x[-1])), (min(0.0, float(y.min())), max(0.0, float(y.max())))
        self.setData(x, y)

    def dataBounds(self, ax: int, frac: float = 1.0, orthoRange: object = None) -> tuple[float, float]:
        return self._ends[ax]

    def paint(self, painter: QPainter, option: object, widget: object) -> None:
        if self.xData is None or not len(self.xData):
            return
        with in_pixels(painter) as to:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, self.opts["antialias"])
            if self.opts["fillLevel"] is not None:
                self.fill(painter, to.map(self._getFillPath()))
            line = to.map(self.getPath())
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for pen in (self.opts["shadowPen"], self.opts["pen"]):
                if pen is not None and pen.style() != Qt.PenStyle.NoPen:
                    painter.setPen(pen)
                    painter.drawPath(line)
            self.adorn(painter, to)

    def fill(self, painter: QPainter, shape: QPainterPath) -> None:
        """Fills what is between the curve and zero."""
        painter.fillPath(shape, self.opts["brush"])

    def adorn(self, painter: QPainter, to: QTransform) -> None:
        """Paints what lies over the line."""


class Area(Curve):
    """A filled curve, with a hatch over it where there is one."""

    hatch = -1

    def fill(self, painter: QPainter, shape: QPainterPath) -> None:
        super().fill(painter, shape)
        paint_hatch(painter, shape, self.hatch)


class Sum(Curve):
    """A line with a dot at each column, and a rim that sets it off from what lies under it."""

    def adorn(self, painter: QPainter, to: QTransform) -> None:
        if len(self.xData) > MOST_DOTS:
            return
        painter.setPen(QPen(theme.colour(theme.tokens().panel), 1))
        painter.setBrush(self.opts["pen"].color())
        for x, y in zip(self.xData.tolist(), self.yData.tolist(), strict=True):
            painter.drawEllipse(to.map(QPointF(x, y)), DOT + 0.5, DOT + 0.5)


class Bars(pg.BarGraphItem):
    """Bars of one colour, with a hatch over them where there is one."""

    hatch = -1

    def paint(self, painter: QPainter, *rest: object) -> None:
        is_drawing = painter.paintEngine().type() == QPaintEngine.Type.SVG
        if not is_drawing:
            super().paint(painter, *rest)
        if not is_drawing and self.hatch < 0:
            return
        with in_pixels(painter) as to:
            shape = QPainterPath()
            for rect in self._rectarray.instances():
                if rect.height():
                    shape.addRect(to.mapRect(rect))
            if is_drawing:
                painter.setPen(self.opts["pen"])
                painter.setBrush(self.opts["brush"])
                painter.drawPath(shape)
            paint_hatch(painter, shape, self.hatch)


# The graphics items of a picture's lines: made when the set of lines changes, and only moved in between.


BAR_WIDTH = 0.72
MOST_BARS = 60
"""Beyond as many columns, bars stand side by side: gaps of a pixel only flicker."""

HIGHEST = 1e15
"""The farthest that anything is drawn from 0; what is nearer to it than the inverse of that is drawn at 0."""


def _look(line: Line) -> tuple[str, str, int]:
    return line.colour, line.rim, line.hatch


class LineItems:
    """Keeps one item per line on a plot."""

    def __init__(self, plot_item: pg.PlotItem) -> None:
        self._plot_item = plot_item
        self.by_key: dict[str, pg.GraphicsObject] = {}
        self._lines: tuple[Line, ...] = ()
        self._one = 1.0

    def show(self, picture: Picture, hidden: set[str], per_right: float = 1.0, one: float = 1.0) -> None:
        """Moves the items to a picture; `per_right` is what one of the axis at the right is at the left, `one` the
        value that is drawn at a height of 1."""
        before, self._lines, self._one = self._lines, picture.lines, one
        if [(ln.key, ln.style) for ln in before] != [(ln.key, ln.style) for ln in picture.lines]:
            self._remake()
            self.restyle()
        elif [_look(ln) for ln in before] != [_look(ln) for ln in picture.lines]:
            self.restyle()
        ends = stacks(picture.lines, hidden, len(picture.columns))
        for line in picture.lines:
            self.by_key[line.key].setVisible(line.key not in hidden)
            self._place(line, ends.get(line.key), per_right)

    def place_sums(self, per_right: float) -> None:
        """Moves the lines of the axis at the right, where only that has changed."""
        for line in self._lines:
            if line.style == SUM:
                self._place(line, None, per_right)

    def clear(self) -> None:
        """Takes every item away."""
        self._lines = ()
        self._remake()

    def _remake(self) -> None:
        for item in self.by_key.values():
            self._plot_item.removeItem(item)
        self.by_key = {}
        for rank, line in enumerate(self._lines):
            if line.style == "bar":
                item = Bars(x=[0], y0=[0], height=[0], width=BAR_WIDTH)
            elif line.style == SUM:
                item = Sum(antialias=True)
            else:
                item = Area(antialias=line.style == "area")
            # A stacked area covers all that is below it, so the lower ones are drawn over it.
            item.setZValue(-rank if line.style in STACKED else rank)
            self.by_key[line.key] = item
            self._plot_item.addItem(item, ignoreBounds=True)

    def _place(self, line: Line, ends: tuple[Floats, Floats] | None, per_right: float) -> None:
        item, columns = self.by_key[line.key], len(line.values)
        base, top = ends if ends is not None else (np.zeros(columns), np.zeros(columns))
        base, top = self._heights(base), self._heights(top)
        if line.style == "bar":
            width = BAR_WIDTH if columns <= MOST_BARS else 1.0
            item.setOpts(x=np.arange(columns), y0=base, height=top - base, width=width)
        elif line.style == "area":
            x = np.concatenate([[-0.5], np.arange(columns), [columns - 0.5]])
            item.place(x, np.concatenate([top[:1], top, top[-1:]]))
        elif line.style == SUM:
            item.place(np.arange(columns, dtype=float), self._heights(line.values, per_right))
        else:
            # What holds through a period is a step: a slope would cross the limit where nothing does.
            item.place(np.repeat(np.arange(columns + 1) - 0.5, 2)[1:-1], self._heights(np.repeat(line.values, 2)))

    def _heights(self, values: Floats, per_one: float = 1.0) -> Floats:
        """Where values are drawn: finite, and no higher and no finer than Qt and pyqtgraph can reckon with."""
        with np.errstate(over="ignore", invalid="ignore"):
            found = values * per_one / self._one
        found = np.nan_to_num(found, nan=0.0, posinf=HIGHEST, neginf=-HIGHEST).clip(-HIGHEST, HIGHEST)
        return np.where(np.abs(found) < 1 / HIGHEST, 0.0, found)

    def restyle(self) -> None:
        """Takes the colours in force, and hatches where the person wants them."""
        t, patterns = theme.tokens(), patterns_on()
        for line in self._lines:
            item, colour = self.by_key[line.key], theme.colour(shown(line.colour, bool(line.rim)))
            if line.style == "bar":
                item.setOpts(brush=colour, pen=rim_pen(line) or QPen(Qt.PenStyle.NoPen))
            elif line.style == "area":
                item.setPen(rim_pen(line))
                item.setBrush(colour)
                item.setFillLevel(0)
            else:
                item.setPen(line_pen(line, patterns))
                if line.style == "fill":
                    item.setBrush(theme.colour(mixed(t.panel, t.accent, 0.14)))
                    item.setFillLevel(0)
                elif line.style == SUM:
                    item.setShadowPen(QPen(theme.colour(t.panel), 4))
            if line.style in STACKED:
                item.hatch = line.hatch if patterns else -1
