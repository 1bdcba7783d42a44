"""The graphics items of a picture's lines: made when the set of lines changes, and only moved in between."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPen

from gui import theme
from gui.plots.picture import STACKED, Floats, Line, Picture, mixed, stacks

BAR_WIDTH = 0.72
STRENGTH = {"light": 0.9, "dark": 0.84, "contrast-light": 1.0, "contrast-dark": 1.0}
"""How much of a line's colour its filled areas have; the rest is the panel's."""


def shown_colour(line: Line) -> str:
    """The colour of a line in the appearance in force."""
    t = theme.tokens()
    if not line.colour.startswith("#"):
        return str(getattr(t, line.colour))
    return mixed(t.panel, line.colour, STRENGTH[t.name])


class LineItems:
    """Keeps one item per line on a plot."""

    def __init__(self, plot_item: pg.PlotItem) -> None:
        self._plot_item = plot_item
        self.by_key: dict[str, pg.GraphicsObject] = {}
        self._lines: tuple[Line, ...] = ()

    def show(self, picture: Picture, hidden: set[str]) -> None:
        """Moves the items to the values of a picture."""
        before, self._lines = self._lines, picture.lines
        if [(ln.key, ln.style) for ln in before] != [(ln.key, ln.style) for ln in picture.lines]:
            self._remake()
            self.restyle()
        elif [ln.colour for ln in before] != [ln.colour for ln in picture.lines]:
            self.restyle()
        ends = stacks(picture.lines, hidden, len(picture.columns))
        for line in picture.lines:
            self.by_key[line.key].setVisible(line.key not in hidden)
            self._place(line, ends.get(line.key))

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
                item = pg.BarGraphItem(x=[0], y0=[0], height=[0], width=BAR_WIDTH)
            else:
                item = pg.PlotCurveItem(antialias=line.style == "area")
            # A stacked area covers all that is below it, so the lower ones are drawn over it.
            item.setZValue(-rank if line.style in STACKED else rank)
            self.by_key[line.key] = item
            self._plot_item.addItem(item, ignoreBounds=True)

    def _place(self, line: Line, ends: tuple[Floats, Floats] | None) -> None:
        item, columns = self.by_key[line.key], len(line.values)
        base, top = ends if ends is not None else (np.zeros(columns), np.zeros(columns))
        if line.style == "bar":
            item.setOpts(x=np.arange(columns), y0=base, height=top - base, width=BAR_WIDTH)
        elif line.style == "area":
            x = np.concatenate([[-0.5], np.arange(columns), [columns - 0.5]])
            item.setData(x, np.concatenate([top[:1], top, top[-1:]]))
        else:
            # What holds through a period is a step: a slope would cross the limit where nothing does.
            item.setData(np.repeat(np.arange(columns + 1) - 0.5, 2)[1:-1], np.repeat(line.values, 2))

    def restyle(self) -> None:
        """Takes the colours in force."""
        for line in self._lines:
            item, colour = self.by_key[line.key], theme.colour(shown_colour(line))
            if line.style == "bar":
                item.setOpts(brush=colour, pen=QPen(Qt.PenStyle.NoPen))
            elif line.style == "area":
                item.setPen(None)
                item.setBrush(colour)
                item.setFillLevel(0)
            else:
                pen = QPen(colour, 1 if line.style == "dash" else 2)
                pen.setCosmetic(True)
                if line.style == "dash":
                    pen.setDashPattern([3, 3])
                item.setPen(pen)
                if line.style == "fill":
                    t = theme.tokens()
                    item.setBrush(theme.colour(mixed(t.panel, t.accent, 0.14)))
                    item.setFillLevel(0)
