"""The drawing of drawn cases: how often the figure lies where, its quantiles, and the figure as planned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gigaplan.engine.analysis.uncertainty import Spread
from gigaplan.gui.charting.axes import set_up, tick_texts, value_ticks
from gigaplan.gui.present.picture import SMALLEST, drawn
from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import mixed
from gigaplan.gui.text.kpi_text import kpi_text
from gigaplan.gui.text.number_format import percent

HEAD_PX, AXIS_PX, EDGE_PX = 40, 22, 10
MOST_BINS = 40
SAME = 1e-6
"""The part by which two figures may differ that are the same but for the rounding of the solver."""


@dataclass(frozen=True, eq=False)
class DrawnCases:
    """One key figure over the cases that have it."""

    kpi: str
    unit: str
    currency: str
    values: np.ndarray
    spread: Spread
    base: float | None
    """As planned."""

    def words(self, value: float | None) -> str:
        """The figure with its unit."""
        return kpi_text(value, self.kpi, self.currency)

    def part_below(self, value: float) -> float:
        """The part of the cases (0..1) in which the figure is at most `value`, but for the rounding of the solver."""
        dust = SAME * max(abs(value), abs(self.spread.low), abs(self.spread.high))
        return float(np.count_nonzero(self.values <= value + dust)) / self.values.size

    def bins(self) -> tuple[np.ndarray, np.ndarray]:
        """How many cases lie in each bin, and the edges of the bins."""
        count = int(min(MOST_BINS, max(5, round(2 * self.values.size ** (1 / 3) * 1.5))))
        low, high = self.spread.low, self.spread.high
        if high - low <= max(1e-9 * max(abs(high), abs(low)), SMALLEST):
            half = drawn(abs(high) * 0.01) or 1.0
            low, high = low - half, high + half
        return np.histogram(self.values, bins=count, range=(low, high))


class HistogramPlot(QWidget):
    """Paints drawn cases. Where the pointer is, it says how many cases lie at or below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture: DrawnCases | None = None
        self.dimmed = False
        self._at: float | None = None
        self.setMouseTracking(True)
        self.setMinimumHeight(210)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("How often the figure lies where")

    def show_picture(self, picture: DrawnCases | None, dimmed: bool) -> None:
        """Draws cases, dimmed where they belong to an older plan."""
        self.picture, self.dimmed = picture, dimmed
        if picture is not None:
            s = picture.spread
            self.setAccessibleDescription(
                f"{s.count} samples: P10 {picture.words(s.p10)}, P50 {picture.words(s.p50)}, P90 {picture.words(s.p90)}"
            )
        self.update()

    def spoken(self, at: int | None) -> str:
        """What is read at a place from the left, px; elsewhere the quantiles."""
        assert self.picture is not None
        p = self.picture
        if at is None or not EDGE_PX <= at <= self.width() - EDGE_PX:
            s = p.spread
            return f"P10 {p.words(s.p10)}, P50 {p.words(s.p50)}, P90 {p.words(s.p90)}"
        low, high = self._range(p.bins()[1])
        return self._words(low + (at - EDGE_PX) / (self.width() - 2 * EDGE_PX) * (high - low))

    def _words(self, value: float) -> str:
        assert self.picture is not None
        return f"{percent(self.picture.part_below(value))} at or below {self.picture.words(value)}"

    def _range(self, edges: np.ndarray) -> tuple[float, float]:
        assert self.picture is not None
        base = [] if self.picture.base is None else [self.picture.base]
        low, high = min([float(edges[0]), *base]), max([float(edges[-1]), *base])
        room = (high - low) * 0.03
        return low - room, high + room

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.picture is not None:
            self.paint(QPainter(self))

    def paint(self, painter: QPainter) -> None:
        """Paints the cases that there are, as large as the widget."""
        assert self.picture is not None
        p, t = self.picture, theme.tokens()
        set_up(painter, self.dimmed)
        counts, edges = p.bins()
        low, high = self._range(edges)
        plot = QRectF(EDGE_PX, HEAD_PX, self.width() - 2 * EDGE_PX, self.height() - HEAD_PX - AXIS_PX)

        def x(value: float) -> float:
            return plot.left() + (value - low) / (high - low) * plot.width()

        metrics = QFontMetrics(painter.font())
        ticks = value_ticks(low, high, plot.width() / 2)
        for value, text in zip(ticks, tick_texts(ticks, p.unit, p.currency), strict=True):
            at, wide = round(x(value)) + 0.5, metrics.horizontalAdvance(text)
            painter.setPen(QPen(theme.colour(t.track), 1))
            painter.drawLine(QPointF(at, plot.top()), QPointF(at, plot.bottom()))
            painter.setPen(theme.colour(t.muted))
            left = min(max(0.0, at - wide / 2 - 1), self.width() - wide - 1)
            painter.drawText(QRectF(left, plot.bottom() + 3, wide + 4, 18), 0, text)
        painter.setPen(Qt.PenStyle.NoPen)
        for count, left, right in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            inside = p.spread.p10 <= (left + right) / 2 <= p.spread.p90
            painter.setBrush(theme.colour(mixed(t.panel, t.accent, 0.75 if inside else 0.35)))
            tall = count / max(1, int(counts.max())) * (plot.height() - 4)
            painter.drawRect(QRectF(x(left) + 0.5, plot.bottom() - tall, max(x(right) - x(left) - 1, 1.0), tall))
        painter.setPen(QPen(theme.colour(t.muted), 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        self._marks(painter, plot, x)
        if self._at is not None:
            self._reading(painter, plot, low + (self._at - plot.left()) / plot.width() * (high - low))

    def _marks(self, painter: QPainter, plot: QRectF, x: Callable[[float], float]) -> None:
        assert self.picture is not None
        p, t = self.picture, theme.tokens()
        marks = [("P10", p.spread.p10), ("P50", p.spread.p50), ("P90", p.spread.p90)]
        boxes = []
        for name, value in marks:
            at = round(x(value)) + 0.5
            painter.setPen(QPen(theme.colour(t.text), 1))
            painter.drawLine(QPointF(at, plot.top() - 3), QPointF(at, plot.bottom()))
            boxes.append((at, name, p.words(value)))
        if p.base is not None:
            painter.setPen(QPen(theme.colour(t.warning), 1.5, Qt.PenStyle.DashLine))
            at = x(p.base)
            painter.drawLine(QPointF(at, plot.top()), QPointF(at, plot.bottom()))
        for left, (_, name, words) in zip(self._places(boxes, plot), boxes, strict=True):
            painter.setFont(theme.font(12))
            painter.setPen(theme.colour(t.muted))
            wide = self._wide(name, words)
            centre = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(left, 0, wide, 17), centre, name)
            painter.setFont(theme.font(13, QFont.Weight.DemiBold))
            painter.setPen(theme.colour(t.text))
            painter.drawText(QRectF(left, 16, wide, 19), centre, words)

    @staticmethod
    def _wide(name: str, words: str) -> float:
        bold = QFontMetrics(theme.font(13, QFont.Weight.DemiBold))
        return max(bold.horizontalAdvance(words), QFontMetrics(theme.font(12)).horizontalAdvance(name)) + 8.0

    def _places(self, boxes: list[tuple[float, str, str]], plot: QRectF) -> list[float]:
        """Where the words of each mark begin: above it, as far as they leave each other room."""
        wides = [self._wide(name, words) for _, name, words in boxes]
        lefts = [at - wide / 2 for (at, _, _), wide in zip(boxes, wides, strict=True)]
        middle = len(boxes) // 2
        lefts[middle] = min(max(lefts[middle], plot.left() + wides[0]), plot.right() - wides[-1] - wides[middle])
        lefts[0] = max(0.0, min(lefts[0], lefts[middle] - wides[0]))
        lefts[-1] = min(max(lefts[-1], lefts[middle] + wides[middle]), self.width() - wides[-1])
        return lefts

    def _reading(self, painter: QPainter, plot: QRectF, value: float) -> None:
        assert self.picture is not None
        assert self._at is not None
        t = theme.tokens()
        painter.setPen(QPen(theme.colour(t.muted), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(self._at, plot.top()), QPointF(self._at, plot.bottom()))
        words = self._words(value)
        painter.setFont(theme.font(12))
        wide = QFontMetrics(painter.font()).horizontalAdvance(words) + 12
        left = self._at + 6 if self._at + 6 + wide < self.width() else self._at - 6 - wide
        box = QRectF(left, plot.top() + 4, wide, 20)
        painter.setPen(QPen(theme.colour(t.line), 1))
        painter.setBrush(theme.colour(t.panel))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(theme.colour(t.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().x()
        self._at = at if EDGE_PX <= at <= self.width() - EDGE_PX and self.picture is not None else None
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._at = None
        self.update()
        super().leaveEvent(event)
