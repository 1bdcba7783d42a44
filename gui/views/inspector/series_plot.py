"""A small line of a series with points to drag: one per period, or a few on a line that grows."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gigaplan.gui.style import theme

HEIGHT = 72
MARGIN = 8.0
FOOT = 15.0
"""Beneath the line, for the first and the last month."""
MOST_HANDLES = 24


class SeriesPlot(QWidget):
    """Draws one value per period; points are dragged up and down, or chosen and moved with the arrow keys."""

    moved = Signal(int, float, object)
    """(period, value, run): a point was dragged; the run is the same throughout one drag."""
    stepped = Signal(int, float, object)
    """(period, steps, run): a point was moved with the keys."""
    pointed = Signal(int)
    """The period under the mouse; -1 when it leaves."""
    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._values: tuple[float, ...] = ()
        self._handles: tuple[int, ...] = ()
        self._ends = ("", "")
        self._stairs = False
        self._range = (0.0, 1.0)
        self._selected = 0
        self._dragging = -1
        self._run = 0
        self._hover = -1
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def sizeHint(self) -> QSize:
        return QSize(200, HEIGHT)

    def show_values(
        self,
        values: Sequence[float],
        handles: Sequence[int],
        selected: int,
        ends: tuple[str, str] = ("", ""),
        stairs: bool = False,
    ) -> None:
        """Draws the values between the months `ends`, with points to drag at the periods `handles`, one chosen; with
        `stairs`, each value up to the next."""
        self._values, self._handles, self._ends, self._stairs = tuple(values), tuple(handles), ends, stairs
        self._selected = selected
        if self._dragging < 0:
            self._range = _range(self._values)
        self.update()

    def handle_at(self, period: int) -> QPointF:
        """Where the point of a period lies in the widget."""
        return QPointF(self._x(period), self._y(self._values[period]))

    def _x(self, period: int) -> float:
        return MARGIN + (self.width() - 2 * MARGIN) * period / max(1, len(self._values) - 1)

    def _y(self, value: float) -> float:
        low, high = self._range
        value = value if math.isfinite(value) else high  # no limit: there is no line, and a point above all others
        return MARGIN + (self.height() - FOOT - 2 * MARGIN) * (1 - (value - low) / (high - low))

    def _value(self, y: float) -> float:
        low, high = self._range
        return low + (1 - (y - MARGIN) / (self.height() - FOOT - 2 * MARGIN)) * (high - low)

    def _nearest(self, x: float) -> int:
        return min(self._handles, key=lambda t: abs(self._x(t) - x), default=-1)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._values:
            return
        t = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path, broken = QPainterPath(), True
        for period, value in enumerate(self._values):
            point = QPointF(self._x(period), self._y(value))
            if broken or not math.isfinite(value):
                path.moveTo(point)
            else:
                if self._stairs:
                    path.lineTo(QPointF(point.x(), path.currentPosition().y()))
                path.lineTo(point)
            broken = not math.isfinite(value)
        painter.setPen(QPen(QColor(t.line), 1))
        floor = self.height() - FOOT
        painter.drawLine(QPointF(MARGIN, floor - 1.5), QPointF(self.width() - MARGIN, floor - 1.5))
        painter.setFont(theme.font(12))
        painter.setPen(QColor(t.muted))
        foot = QRectF(2, floor, self.width() - 4, FOOT)
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._ends[0])
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._ends[1])
        accent = QColor(t.accent if self.isEnabled() else t.muted)
        painter.setPen(QPen(accent, 2))
        painter.drawPath(path)
        if len(self._handles) <= MOST_HANDLES:
            painter.setPen(QPen(accent, 2))
            painter.setBrush(QColor(t.panel))
            for period in self._handles:
                if not math.isfinite(self._values[period]):
                    continue
                painter.drawEllipse(QPointF(self._x(period), self._y(self._values[period])), 3.5, 3.5)
        if self._selected in self._handles or self._hover in self._handles:
            painter.setBrush(accent)
            period = self._hover if self._hover in self._handles else self._selected
            painter.drawEllipse(QPointF(self._x(period), self._y(self._values[period])), 4.0, 4.0)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(t.accent), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._handles:
            self._dragging = self._nearest(event.position().x())
            self._run += 1
            self.setFocus()
            self.chosen.emit(self._dragging)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging >= 0:
            self.moved.emit(self._dragging, self._value(event.position().y()), ("plot", self._run))
            return
        hover = self._nearest(event.position().x())
        if hover != self._hover:
            self._hover = hover
            self.pointed.emit(hover)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging >= 0:
            self._dragging = -1
            self._range = _range(self._values)
            self.update()

    def leaveEvent(self, event: object) -> None:
        self._hover = -1
        self.pointed.emit(-1)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._handles:
            at = self._handles.index(self._selected) if self._selected in self._handles else 0
            at = max(0, min(len(self._handles) - 1, at + (1 if key == Qt.Key.Key_Right else -1)))
            self._run += 1
            self.chosen.emit(self._handles[at])
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self._selected in self._handles:
            size = 10.0 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
            size = 0.1 if event.modifiers() & Qt.KeyboardModifier.ControlModifier else size
            self.stepped.emit(self._selected, size if key == Qt.Key.Key_Up else -size, ("plot", self._run))
        else:
            super().keyPressEvent(event)


def _range(values: Sequence[float]) -> tuple[float, float]:
    limits = [value for value in values if math.isfinite(value)]  # of steps, some may be "no limit"
    low, high = min(limits, default=0.0), max(limits, default=1.0)
    if high - low > 1e-9 * max(abs(low), abs(high)):
        return low, high
    return (min(0.0, 2 * low), max(0.0, 2 * low)) if low else (0.0, 1.0)
