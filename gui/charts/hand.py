"""What the mouse does on a plot: a click chooses, a drag zooms to its columns, a drag of the mark moves the period."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QApplication

from gui import theme

if TYPE_CHECKING:
    from gui.charts.plot import Plot

NEAR = 5
"""How many pixels beside the mark of the period still take hold of it."""
MOVE, ZOOM = "move", "zoom"


class Hand:
    """Follows one press of the button to its release."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._drag = ""
        self._from = QPointF()
        self._first = self._last = 0
        self.is_brushing = False
        """Whether a span of columns is being dragged."""

    @property
    def columns(self) -> tuple[int, int]:
        """The first and the last column of what is being dragged, both inside."""
        return min(self._first, self._last), max(self._first, self._last)

    def press(self, event: QMouseEvent) -> None:
        """Begins."""
        if event.button() == Qt.MouseButton.LeftButton and self._plot.column_at(event.position()) is not None:
            self._drag = MOVE if self._is_on_mark(event.position()) else ZOOM
            self._from = event.position()

    def move(self, event: QMouseEvent) -> None:
        """Reads out what is under the pointer, or goes on with what was begun."""
        plot, place = self._plot, event.position()
        if self._drag == ZOOM and (self.is_brushing or self._is_far(place)):
            if not self.is_brushing:
                plot.hover(None)
                self.is_brushing, self._first = True, plot.nearest_column(self._from)
            self._last = plot.nearest_column(place)
            plot.viewport().update()
            return
        plot.hover(plot.column_at(place))
        if self._drag == MOVE:
            self._choose_period(place)
        takes_mark = self._drag == MOVE or (not self._drag and self._is_on_mark(place))
        plot.viewport().setCursor(Qt.CursorShape.SplitHCursor if takes_mark else Qt.CursorShape.ArrowCursor)

    def release(self, event: QMouseEvent) -> None:
        """Ends: zooms to the span that was dragged, or chooses what was clicked."""
        plot, place = self._plot, event.position()
        drag, was_brushing = self._drag, self.is_brushing
        self.cancel()
        first, last = self.columns
        if was_brushing and (first != last or self._is_wide(place)):
            plot.zoom.to(first - 0.5, last + 0.5)
        elif drag and not (drag == MOVE and self._is_far(place)):
            self._choose_period(place)
            column, key = plot.column_at(place), plot.line_at(place)
            if column is not None and key is not None:
                plot.line_clicked.emit(column, key)

    def cancel(self) -> bool:
        """Forgets what was begun; says whether there was anything."""
        there, self._drag, self.is_brushing = bool(self._drag), "", False
        self._plot.viewport().update()
        return there

    def _choose_period(self, place: QPointF) -> None:
        column, picture = self._plot.column_at(place), self._plot.picture
        if column is not None and picture is not None and picture.by_period:
            self._plot.column_chosen.emit(column)

    def _is_on_mark(self, place: QPointF) -> bool:
        plot = self._plot
        there = plot.is_marked and plot.column_at(place) is not None
        return there and abs(plot.pixel_of(plot.marked).x() - place.x()) <= NEAR

    def _is_far(self, place: QPointF) -> bool:
        return (place - self._from).manhattanLength() >= QApplication.startDragDistance()

    def _is_wide(self, place: QPointF) -> bool:
        """Whether a drag within one column was meant for one: it covers half of it."""
        column = self._plot.pixel_of(1.0).x() - self._plot.pixel_of(0.0).x()
        return abs(place.x() - self._from.x()) > column / 2

    def paint(self, painter: QPainter) -> None:
        """Paints the span that is being dragged: what is outside it dims, and words say which it is."""
        plot, picture = self._plot, self._plot.picture
        if not self.is_brushing or picture is None:
            return
        t, whole = theme.tokens(), plot.box.sceneBoundingRect()
        first, last = self.columns
        left, right = plot.place(first - 0.5, 0.0).x(), plot.place(last + 0.5, 0.0).x()
        span = QRectF(left, whole.top(), right - left, whole.height()).intersected(whole)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for rest in (QRectF(whole.topLeft(), span.bottomLeft()), QRectF(span.topRight(), whole.bottomRight())):
            painter.fillRect(rest, theme.colour(t.panel, 0.6))
        painter.fillRect(span, theme.colour(t.accent, 0.12))
        painter.setPen(QPen(theme.colour(t.accent), 1))
        for x in (span.left(), span.right()):
            painter.drawLine(QPointF(x, whole.top()), QPointF(x, whole.bottom()))
        a, b = picture.columns[first], picture.columns[last]
        self._paint_words(painter, whole, span, a if a == b else f"{a} \u2013 {b}")

    def _paint_words(self, painter: QPainter, whole: QRectF, span: QRectF, words: str) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(12, QFont.Weight.DemiBold))
        width = QFontMetricsF(painter.font()).horizontalAdvance(words) + 16
        x = max(min(span.center().x() - width / 2, whole.right() - width), whole.left())
        label = QRectF(x, whole.top() + 4, width, 20)
        painter.setBrush(theme.colour(theme.tokens().panel))
        painter.drawRoundedRect(label, 5, 5)
        painter.setPen(theme.colour(theme.tokens().text))
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, words)
