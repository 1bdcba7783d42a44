"""The shapes that a plot draws: areas, steps, bars and sums, with hatches over them where there are any.

They are painted in pixels, not in the units of the data, so that lines and hatches are as wide at every scale, and in
every program that shows a drawing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPaintEngine, QPainter, QPainterPath, QPen, QTransform

from gui import theme
from gui.plots.hatches import paint_hatch
from gui.plots.picture import Floats
from gui.plots.swatches import DOT

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
