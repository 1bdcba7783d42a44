"""Curves of drawn cases: the fan of a series over time, and the chance that a key figure is exceeded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gigaplan.gui.charting.axes import room_beside, set_up, tick_texts, value_ticks
from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import mixed

TOP, RIGHT, BOTTOM = 10, 14, 24
Curve = tuple[float | None, ...]


@dataclass(frozen=True)
class Curves:
    """A line, with bands around it, over places from left to right. A band is of two curves, the widest first."""

    title: str
    x_texts: tuple[str, ...]
    """What stands below a place, and what is said where the pointer is."""
    at: tuple[float, ...]
    """Where each place lies, rising."""
    unit: str
    currency: str
    bands: tuple[tuple[Curve, Curve], ...]
    line: Curve
    readings: tuple[str, ...]
    """What is said of each place."""
    keys: tuple[tuple[float, str], ...] = ()
    """How strong a band is, and what it is."""
    from_zero: bool = True


def strength(band: int, bands: int) -> float:
    """How much of the accent a band has: the inner ones more."""
    return 0.22 + 0.25 * band / max(1, bands - 1) if bands > 1 else 0.3


class CurvesPlot(QWidget):
    """Paints curves. Where the pointer is, it reads them."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.picture: Curves | None = None
        self.dimmed = False
        self._hover: int | None = None
        self.setMouseTracking(True)
        self.setMinimumHeight(190)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(name)

    def sizeHint(self) -> QSize:
        return QSize(360, 230)

    def show_curves(self, picture: Curves | None, dimmed: bool) -> None:
        """Draws curves, dimmed where they belong to an older plan."""
        self.picture, self.dimmed = picture, dimmed
        if picture is not None and picture.readings:
            self.setAccessibleDescription(f"{picture.title}: {picture.readings[0]}; {picture.readings[-1]}")
        self.update()

    def _values(self) -> list[float]:
        assert self.picture is not None
        curves = [self.picture.line, *(curve for band in self.picture.bands for curve in band)]
        return [value for curve in curves for value in curve if value is not None]

    def _heights(self) -> tuple[float, float]:
        values = self._values()
        low, high = min(values, default=0.0), max(values, default=1.0)
        if self.picture is not None and self.picture.from_zero:
            low, high = min(low, 0.0), max(high, 0.0)
        if high - low <= 1e-9 * max(abs(low), abs(high)):
            high = low + (abs(low) * 0.1 or 1.0)
        return low, high + 0.04 * (high - low)

    def _room(self, texts: list[str]) -> QRectF:
        left = room_beside(texts, 40)
        return QRectF(left, TOP, max(self.width() - left - RIGHT, 10), max(self.height() - TOP - BOTTOM, 10))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.picture is not None:
            self.paint(QPainter(self))

    def paint(self, painter: QPainter) -> None:
        """Paints the curves, as large as the widget."""
        assert self.picture is not None
        p, t = self.picture, theme.tokens()
        set_up(painter, self.dimmed)
        low, high = self._heights()
        ticks = value_ticks(low, high, self.height() - TOP - BOTTOM)
        texts = tick_texts(ticks, p.unit, p.currency)
        room = self._room(texts)
        for value, text in zip(ticks, texts, strict=True):
            y = room.bottom() - (value - low) / (high - low) * room.height()
            painter.setPen(QPen(theme.colour(t.track), 1))
            painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
            painter.setPen(theme.colour(t.muted))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, y - 9, room.left() - 6, 18), right, text)
        self._paint_places(painter, room)
        for k, (below, above) in enumerate(p.bands):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(mixed(t.panel, t.accent, strength(k, len(p.bands)))))
            lower, upper = self._points(below, room, low, high), self._points(above, room, low, high)
            painter.drawPolygon(QPolygonF([*lower, *reversed(upper)]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colour(t.accent), 2))
        painter.drawPolyline(QPolygonF(self._points(p.line, room, low, high)))
        if self._hover is not None and self._hover < len(p.at):
            self._paint_reading(painter, room)

    def _x(self, k: int, room: QRectF) -> float:
        assert self.picture is not None
        at = self.picture.at
        span = at[-1] - at[0]
        return room.left() + (room.width() * (at[k] - at[0]) / span if span > 0 else room.width() / 2)

    def _points(self, curve: Sequence[float | None], room: QRectF, low: float, high: float) -> list[QPointF]:
        return [
            QPointF(self._x(k, room), room.bottom() - (value - low) / (high - low) * room.height())
            for k, value in enumerate(curve)
            if value is not None
        ]

    def _paint_places(self, painter: QPainter, room: QRectF) -> None:
        assert self.picture is not None
        painter.setPen(theme.colour(theme.tokens().muted))
        metrics, free = painter.fontMetrics(), -1.0
        for k, text in enumerate(self.picture.x_texts):
            wide = metrics.horizontalAdvance(text) + 2
            left = min(max(self._x(k, room) - wide / 2, 0.0), self.width() - wide)
            if text and left > free:
                painter.drawText(QRectF(left, room.bottom() + 4, wide, 18), Qt.AlignmentFlag.AlignCenter, text)
                free = left + wide + 14

    def _paint_reading(self, painter: QPainter, room: QRectF) -> None:
        assert self.picture is not None
        assert self._hover is not None
        t, x = theme.tokens(), self._x(self._hover, room)
        painter.setOpacity(1.0)
        painter.setPen(QPen(theme.colour(t.muted), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
        lines = self.picture.readings[self._hover].split("\n")
        metrics = QFontMetrics(painter.font())
        wide = max(map(metrics.horizontalAdvance, lines)) + 14
        left = x + 8 if x + 8 + wide < self.width() else max(x - 8 - wide, 0.0)
        box = QRectF(left, room.top() + 2, wide, 17 * len(lines) + 6)
        painter.setPen(QPen(theme.colour(t.line), 1))
        painter.setBrush(theme.colour(t.panel))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(theme.colour(t.text))
        for k, line in enumerate(lines):
            painter.drawText(QRectF(left + 7, box.top() + 3 + 17 * k, wide, 17), Qt.AlignmentFlag.AlignVCenter, line)

    def place_at(self, x: float) -> int | None:
        """The place nearest to a distance from the left, px; None where there is none."""
        if self.picture is None or not self.picture.at:
            return None
        low, high = self._heights()
        texts = tick_texts(
            value_ticks(low, high, self.height() - TOP - BOTTOM), self.picture.unit, self.picture.currency
        )
        room = self._room(texts)
        return min(range(len(self.picture.at)), key=lambda k: abs(self._x(k, room) - x))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover = self.place_at(event.position().x())
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = None
        self.update()
        super().leaveEvent(event)
