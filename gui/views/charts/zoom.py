"""Which columns of a chart are shown, and which periods those are: charts of periods and of years zoom as one."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QObject, Signal

from gigaplan.gui.present.picture import Picture

Span = tuple[float, float]
"""From and to, in periods from the start of the plan: (4.0, 8.0) is the second year of quarters."""
LEAST = 2.0
"""How many columns are left when one zooms step by step."""


class Zoom(QObject):
    """Moves the view of a plot along its columns. A column k reaches from k - 0.5 to k + 0.5."""

    changed = Signal(object)
    """A person zoomed: to this Span; None for all, or where columns do not follow time."""

    def __init__(self, box: pg.ViewBox, parent: QObject) -> None:
        super().__init__(parent)
        self._box = box
        self._picture: Picture | None = None
        self.span: Span | None = None
        """The periods that are shown; None for all."""

    def take(self, picture: Picture | None) -> None:
        """Goes on with another picture: the same periods where there are others to see, all where it is the first."""
        before, self._picture = self._picture, picture
        if picture is None:
            self.span = None
        elif before is None or before.columns != picture.columns or before.by_period != picture.by_period:
            self.show(self.span)

    @property
    def low(self) -> float:
        """Where the columns that are shown begin."""
        return float(self._box.viewRange()[0][0])

    @property
    def high(self) -> float:
        """Where they end."""
        return float(self._box.viewRange()[0][1])

    @property
    def is_on(self) -> bool:
        """Whether some columns are out of sight."""
        return self._picture is not None and self.high - self.low < len(self._picture.columns) - 1e-6

    def reset(self) -> None:
        """Shows every column, and says so."""
        if self.is_on or self.span is not None:
            self.show(None)
            self.changed.emit(None)

    def show(self, span: Span | None) -> None:
        """Shows the columns of some periods, or all; of a chart whose columns do not follow time, always all."""
        self.span = span
        if self._picture is None or not self._picture.columns:
            return
        part = columns_of(self._picture, span) if span is not None and in_order(self._picture) else None
        low, high = part or (-0.5, len(self._picture.columns) - 0.5)
        self._box.setXRange(low, high, padding=0)

    def to(self, low: float, high: float) -> None:
        """Shows the columns from `low` to `high`, and says so."""
        if self._picture is None or not self._picture.columns:
            return
        self._box.setXRange(low, high, padding=0)
        self.span = span_of(self._picture, low, high) if self.is_on and in_order(self._picture) else None
        self.changed.emit(self.span)

    def by(self, factor: float, about: float) -> None:
        """Shows `factor` times as many columns, keeping column `about` where it is."""
        if self._picture is None or not self._picture.columns:
            return
        low, high = self.low, self.high
        last = len(self._picture.columns) - 0.5
        width = min(max((high - low) * factor, min(LEAST, last + 0.5, high - low)), last + 0.5)
        start = about - (about - low) / (high - low) * width
        start = min(max(start, -0.5), last - width)
        self.to(start, start + width)

    def pan(self, columns: float) -> None:
        """Moves what is shown by some columns, where some are out of sight."""
        if self.is_on and self._picture is not None:
            by = min(max(columns, -0.5 - self.low), len(self._picture.columns) - 0.5 - self.high)
            if by:
                self.to(self.low + by, self.high + by)

    def reveal(self, column: int) -> None:
        """Moves what is shown so far that a column is in sight."""
        self.pan(min(column - 0.5 - self.low, 0.0) + max(column + 0.5 - self.high, 0.0))


def in_order(picture: Picture) -> bool:
    """Whether the columns follow each other in time without a gap, so that a span of time is a part of the chart."""
    spans = picture.spans
    return bool(spans) and all(a[1] + 1 == b[0] for a, b in pairwise(spans))


def span_of(picture: Picture, low: float, high: float) -> Span:
    """The periods of the columns from `low` to `high`."""
    places = np.arange(len(picture.columns) + 1) - 0.5
    begin, end = np.interp([low, high], places, _edges(picture))
    return float(begin), float(end)


def columns_of(picture: Picture, span: Span) -> tuple[float, float] | None:
    """The part of a chart that shows some periods; whole columns of a chart by years. None where it shows none."""
    edges = _edges(picture)
    begin, end = max(span[0], edges[0]), min(span[1], edges[-1])
    if end - begin < 1e-6:
        return None
    low, high = (float(v) for v in np.interp([begin, end], edges, np.arange(len(edges))))
    if not picture.by_period:
        low, high = math.floor(low + 1e-6), math.ceil(high - 1e-6)
    return low - 0.5, high - 0.5


def _edges(picture: Picture) -> list[int]:
    return [*(first for first, _ in picture.spans), picture.spans[-1][1] + 1]
