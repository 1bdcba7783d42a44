"""What is best over the values of an input: its cost as a curve, and the chips by platform beneath it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gigaplan.gui.style import theme
from gigaplan.gui.widgets.texts import literal

MARGIN, FOOT, BAND, GAP = 8.0, 16.0, 14.0, 4.0
"""Pixels beside the curve, below the band for the ends, of the band, and above it."""
LEAST_SHARE = 0.005
"""Of the chips: a platform with fewer is not drawn."""


@dataclass(frozen=True)
class Stretch:
    """Values over which one plan is best."""

    start: float
    end: float
    costs: tuple[float, float] | None
    """At both ends; None where there is no plan."""
    shares: tuple[tuple[str, float], ...]
    """(colour, part of the chips), in the order in which they are stacked."""
    reading: str
    """What is said of it."""


@dataclass(frozen=True)
class FlipPicture:
    """All stretches of a range, its ends in words, and what is said of all of it."""

    stretches: tuple[Stretch, ...]
    ends: tuple[str, str]
    words: str


class FlipPlot(QWidget):
    """Paints the curve, with a line at each value where the plan changes, and a mark where the field stands."""

    chosen = Signal(int)
    """The place of the stretch that was clicked."""

    def __init__(self, height: int) -> None:
        super().__init__()
        self.picture: FlipPicture | None = None
        self._mark: float | None = None
        self.setMouseTracking(True)
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Where the best plan changes")

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())

    def show_picture(self, picture: FlipPicture | None, mark: float | None = None) -> None:
        """Draws a range, and marks a value in it."""
        if picture is self.picture and mark == self._mark:
            return
        self.picture, self._mark = picture, mark
        self.setAccessibleDescription("" if picture is None else picture.words)
        self.update()

    def x_of(self, value: float) -> float:
        """Where a value lies; beyond the ends at the nearer one."""
        assert self.picture is not None
        low, high = self.picture.stretches[0].start, self.picture.stretches[-1].end
        part = (value - low) / (high - low) if high > low else 0.0
        return MARGIN + min(max(part, 0.0), 1.0) * (self.width() - 2 * MARGIN)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint(painter)
        painter.end()

    def paint(self, painter: QPainter) -> None:
        """Paints it in its size."""
        if self.picture is None or not self.picture.stretches:
            return
        t = theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        stretches = self.picture.stretches
        floor = self.height() - FOOT - BAND - GAP
        for each in stretches:
            self._paint_band(painter, each)
        painter.setPen(QPen(theme.colour(t.line), 1))
        for each in stretches[1:]:
            x = self.x_of(each.start)
            painter.drawLine(QPointF(x, MARGIN / 2), QPointF(x, floor + GAP + BAND))
        painter.setPen(QPen(theme.colour(t.accent), 2))
        for line in self._lines(stretches, floor):
            painter.drawPolyline(line)
        painter.setFont(theme.font(12))
        painter.setPen(theme.colour(t.muted))
        foot = QRectF(2, self.height() - FOOT, self.width() - 4, FOOT)
        sides = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        for side, text in zip(sides, self.picture.ends, strict=True):
            painter.drawText(foot, side | Qt.AlignmentFlag.AlignVCenter, text)
        if self._mark is not None:
            x = self.x_of(self._mark)
            painter.setPen(QPen(theme.colour(t.text), 1.5))
            painter.drawLine(QPointF(x, 0), QPointF(x, floor + GAP + BAND))

    def _paint_band(self, painter: QPainter, stretch: Stretch) -> None:
        left, right = self.x_of(stretch.start), self.x_of(stretch.end)
        bottom = self.height() - FOOT
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillRect(QRectF(left, bottom - BAND, right - left, BAND), theme.colour(theme.tokens().track))
        for colour, share in stretch.shares:
            high = share * BAND
            painter.fillRect(QRectF(left, bottom - high, max(right - left, 1), high), theme.colour(colour))
            bottom -= high

    def _lines(self, stretches: Sequence[Stretch], floor: float) -> list[list[QPointF]]:
        """The curve, in parts where there is no plan between them."""
        costs = [cost for each in stretches if each.costs is not None for cost in each.costs]
        low, high = min(costs, default=0.0), max(costs, default=1.0)
        if high - low <= 1e-9 * max(abs(low), abs(high), 1.0):
            low, high = low - 1.0, high + 1.0

        def at(value: float, cost: float) -> QPointF:
            return QPointF(self.x_of(value), MARGIN / 2 + (high - cost) / (high - low) * (floor - MARGIN))

        lines: list[list[QPointF]] = [[]]
        for each in stretches:
            if each.costs is None:
                lines.append([])
            else:
                lines[-1] += [at(each.start, each.costs[0]), at(each.end, each.costs[1])]
        return [line for line in lines if line]

    def row_at(self, x: float) -> int | None:
        """The place of the stretch below a place, among all."""
        stretches = () if self.picture is None else self.picture.stretches
        x = min(max(x, MARGIN), self.width() - MARGIN)
        return next((k for k, s in enumerate(stretches) if self.x_of(s.start) <= x <= self.x_of(s.end)), None)

    def reading_at(self, x: float) -> str:
        """What is said of the stretch below a place."""
        at = self.row_at(x)
        return "" if self.picture is None or at is None else self.picture.stretches[at].reading

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = self.row_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and at is not None:
            self.chosen.emit(at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.setToolTip(literal(self.reading_at(event.position().x())))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
