"""The plot of one picture. Its items are kept while the set of lines stays, so that it can redraw while one drags."""

from __future__ import annotations

import math

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
    QWheelEvent,
)  # fmt: skip
from PySide6.QtWidgets import QApplication, QGraphicsView, QSizePolicy, QWidget

from gigaplan.gui.charting.axes import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    paint_axes,
    paint_groups,
    paint_right_axis,
    per_right,
    rooms,
)
from gigaplan.gui.charting.chart import PictureItem
from gigaplan.gui.present.picture import Picture, line_at, one_of, reach, reach_right, value_range
from gigaplan.gui.style import theme
from gigaplan.gui.views.charts.readout import Readout, Row, Veil, rows_of, words_of
from gigaplan.gui.views.charts.zoom import Zoom

# What the mouse does on a plot: a click chooses, a drag zooms to its columns, a drag of the mark moves the period.


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
    def holds_mark(self) -> bool:
        """Whether the mark is being dragged."""
        return self._drag == MOVE

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
            plot.drag_mark(place)
        takes_mark = self._drag == MOVE or (not self._drag and self._is_on_mark(place))
        plot.viewport().setCursor(Qt.CursorShape.SplitHCursor if takes_mark else Qt.CursorShape.ArrowCursor)

    def release(self, event: QMouseEvent) -> None:
        """Ends: zooms to the span that was dragged, or chooses what was clicked."""
        plot, place = self._plot, event.position()
        drag, was_brushing = self._drag, self.is_brushing
        self.cancel()
        if drag == MOVE and not (plot.picture is not None and plot.picture.by_period):
            plot.mark_dropped.emit()
            return
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
        return there and abs(plot.pixel_of(plot.mark_place).x() - place.x()) <= NEAR

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


class Plot(pg.GraphicsView):
    """Draws a picture; tells which column was clicked.

    A drag zooms to its columns; one that begins on the mark moves the period. Keys: arrows move the period, + - 0 zoom.
    """

    column_chosen = Signal(int)
    mark_dragged = Signal(float)
    """To which column, or place between two, the limit of the picture was dragged so far."""
    mark_dropped = Signal()
    line_clicked = Signal(int, str)
    """(column, key): a bar or band was clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=None)
        self.picture: Picture | None = None
        self.hidden: set[str] = set()
        self.marked = -1
        self.is_empty = True
        """Whether there is nothing to draw."""
        self._hand = Hand(self)
        self._ring = False
        self._is_right = False
        """Whether there is an axis at the right."""
        self._per_right = 1.0
        """What one of it is at the left."""
        self._one = 1.0
        """The value that is drawn at a height of 1 in the view."""
        self.setFrameShape(self.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.setCacheMode(self.CacheModeFlag.CacheNone)  # the axes are the background, and move with the data
        self.setViewportUpdateMode(self.ViewportUpdateMode.FullViewportUpdate)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 90)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        # A view box alone: pyqtgraph's plot item would bring axes, menus and buttons that are never shown.
        self._place = pg.GraphicsLayout()
        self.setCentralItem(self._place)
        self.box = self._place.addViewBox(enableMenu=False, enableMouse=False)
        self._rooms = LEFT, RIGHT
        self._place.layout.setContentsMargins(LEFT, TOP, RIGHT, BOTTOM)
        self.item_shown = PictureItem()
        self.box.addItem(self.item_shown, ignoreBounds=True)
        self.box.disableAutoRange()
        self.zoom = Zoom(self.box, self)
        self._marker = pg.InfiniteLine(angle=90, movable=False)
        self._cross = pg.InfiniteLine(angle=90, movable=False)
        for line in (self._marker, self._cross):
            line.setZValue(50)
            line.hide()
            self.box.addItem(line, ignoreBounds=True)
        self.readout = Readout(self.viewport())
        self.veil = Veil(self.viewport())
        self._hovered: int | None = None
        self.box.sigXRangeChanged.connect(self._follow_zoom)
        self.restyle()

    def show_picture(self, picture: Picture, hidden: set[str]) -> None:
        """Draws `picture` without the lines whose key is hidden."""
        self.picture, self.hidden = picture, set(hidden)
        (low, high), highest = reach(picture, self.hidden), reach_right(picture, self.hidden)
        self.is_empty = low == high and not highest
        self._one = one_of(low, high)
        self._is_right = highest > 0
        self.zoom.take(picture)
        self._fit_axes()
        self._draw()
        self.box.updateMatrix()  # else the first paint would find that it must, and be followed by a second
        self.mark(self.marked)
        if self._hovered is not None:
            self.hover(self._hovered)

    def _draw(self) -> None:
        self.item_shown.show_picture(None if self.is_empty else self.picture, self.hidden, self._per_right, self._one)

    def _fit_axes(self) -> None:
        """Makes the columns in sight fill the height, on both axes."""
        if self.picture is None:
            return
        shown = (self.zoom.low, self.zoom.high) if self.zoom.is_on else None
        highest = reach_right(self.picture, self.hidden, shown)
        bottom, top = value_range(self.picture, self.hidden, shown)
        height = self.viewport().height() - TOP - BOTTOM
        self._per_right = per_right(bottom, top, height, highest)
        self._make_room(bottom, top, height, self._per_right if self._is_right else None)
        self.box.setYRange(bottom / self._one, top / self._one, padding=0)

    def _make_room(self, bottom: float, top: float, height: float, per_right: float | None) -> None:
        """Leaves beside the plot what the words of its axes take."""
        assert self.picture is not None
        left, right = rooms(bottom, top, height, per_right, self.picture.unit, self.picture.currency)
        if (left, right) != self._rooms:
            self._rooms = left, right
            self._place.layout.setContentsMargins(left, TOP, right, BOTTOM)
            self._place.layout.activate()

    def _follow_zoom(self) -> None:
        self._fit_axes()
        self._draw()

    def clear_picture(self) -> None:
        """Forgets the picture."""
        self.picture, self.is_empty = None, True
        self.zoom.take(None)
        self._hand.cancel()
        self._draw()
        self.mark(self.marked)
        self.hover(None)
        self.viewport().update()

    def restyle(self) -> None:
        """Takes the colours in force."""
        t = theme.tokens()
        pen = QPen(theme.colour(t.text, 0.7), 1)
        pen.setCosmetic(True)
        pen.setDashPattern([3, 3])
        self._marker.setPen(pen)
        cross = QPen(theme.colour(t.muted, 0.8), 1)
        cross.setCosmetic(True)
        self._cross.setPen(cross)
        self._draw()
        self.viewport().update()

    def mark(self, period: int) -> None:
        """Marks the period that the plan map shows, where columns are periods."""
        self.marked = period
        self._marker.setVisible(self.is_marked)
        if self.is_marked and not self._hand.holds_mark:
            self._marker.setPos(self.mark_place)

    @property
    def mark_place(self) -> float:
        """The column of what is marked: the limit of the picture, or the period that the plan map shows."""
        limit = None if self.picture is None else self.picture.mark
        return self.marked if limit is None else limit

    def drag_mark(self, place: QPointF) -> None:
        """Moves the limit of the picture under the pointer, where there is one, and says so."""
        picture = self.picture
        if picture is None or picture.mark is None:
            return
        x = float(self.box.mapSceneToView(self.mapToScene(place.toPoint())).x())
        x = min(max(x, self.zoom.low), self.zoom.high)
        self._marker.setPos(x)
        self.mark_dragged.emit(min(max(x, 0.0), len(picture.columns) - 1.0))

    @property
    def is_marked(self) -> bool:
        """Whether the period that the plan map shows is one of the columns, or the picture has a limit."""
        picture = self.picture
        if picture is not None and not self.is_empty and picture.mark is not None:
            return True
        return (
            picture is not None and not self.is_empty and picture.by_period and 0 <= self.marked < len(picture.columns)
        )

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:
        super().drawBackground(painter, rect)
        if self.picture is None or self.is_empty:
            return
        x, y = self.box.viewRange()
        plot, unit, currency = self.box.sceneBoundingRect(), self.picture.unit, self.picture.currency
        ranges = (x[0], x[1]), (y[0] * self._one, y[1] * self._one)
        paint_axes(painter, plot, self.place, ranges, self.picture.ticks or self.picture.columns, unit, currency)
        paint_groups(painter, plot, self.place, self.picture.groups)
        if self._is_right:
            paint_right_axis(painter, plot, self.place, ranges[1], self._per_right, unit, currency)

    def place(self, column: float, value: float) -> QPointF:
        """Where the scene has a column and a value."""
        return QPointF(self.box.mapViewToScene(pg.Point(column, value / self._one)))

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        super().drawForeground(painter, rect)
        self._paint_limit(painter)
        self._hand.paint(painter)
        if self._ring and self.hasFocus():
            painter.setPen(QPen(theme.colour(theme.tokens().accent), 1.5))
            painter.drawRoundedRect(QRectF(self.viewport().rect()).adjusted(3, 1, -3, -3), 6, 6)

    def _paint_limit(self, painter: QPainter) -> None:
        """Names the limit, at the top beside its line."""
        picture, whole = self.picture, self.box.sceneBoundingRect()
        if picture is None or self.is_empty or picture.mark is None or not picture.mark_words:
            return
        painter.setFont(theme.font(12, QFont.Weight.DemiBold))
        width = QFontMetricsF(painter.font()).horizontalAdvance(picture.mark_words) + 4
        x = self.place(self._marker.value(), 0.0).x()
        left = x + 5 if x + 5 + width < whole.right() else x - 5 - width
        painter.setPen(theme.colour(theme.tokens().text))
        painter.drawText(QRectF(left, whole.top(), width, 16), Qt.AlignmentFlag.AlignLeft, picture.mark_words)

    def column_at(self, pixel: QPointF) -> int | None:
        """The column under a pixel of the viewport; None outside the plot."""
        if self.picture is None or not self.picture.columns:
            return None
        if not self.box.sceneBoundingRect().adjusted(-4, 0, 4, BOTTOM).contains(self.mapToScene(pixel.toPoint())):
            return None
        return self.nearest_column(pixel)

    def nearest_column(self, pixel: QPointF) -> int:
        """The column, of those that are shown, that is nearest to a pixel."""
        assert self.picture is not None
        x = float(self.box.mapSceneToView(self.mapToScene(pixel.toPoint())).x())
        x = min(max(x, self.zoom.low), self.zoom.high - 1e-6)
        return min(max(math.floor(x + 0.5), 0), len(self.picture.columns) - 1)

    def line_at(self, pixel: QPointF) -> str | None:
        """The key of the stacked line under a pixel, or of the filled or stepped one that is nearest above it."""
        column = self.column_at(pixel)
        if column is None or self.picture is None:
            return None
        value = self.box.mapSceneToView(self.mapToScene(pixel.toPoint())).y() * self._one
        return line_at(self.picture, self.hidden, column, value)

    def pixel_of(self, column: float, value: float = 0.0) -> QPointF:
        """The pixel of the viewport at a column and a value."""
        return QPointF(self.mapFromScene(self.place(column, value)))

    def rows_at(self, column: int, most: int = 1000) -> list[Row]:
        """What is read out of a column."""
        return [] if self.picture is None else rows_of(self.picture, self.hidden, column, most)

    def hover(self, column: int | None) -> None:
        """Reads out a column, or none."""
        if "picture" not in vars(self):
            return  # it is being taken apart, and loses the focus after its parts
        self._hovered = column
        if self.picture is None or self.is_empty or column is None or column >= len(self.picture.columns):
            self._hovered = None
            self._cross.hide()
            self.readout.hide()
            return
        self._cross.setPos(column)
        self._cross.show()
        rows = self.rows_at(column, self.readout.most_rows())
        heading = self.picture.columns[column] + words_of(self.picture)
        self.readout.show_rows(heading, rows, round(self.pixel_of(column).x()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._hand.press(event)
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hand.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._hand.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.zoom.reset()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.ignore()  # the card opens its menu

    def leaveEvent(self, event: QEvent) -> None:
        self.hover(None)
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ring = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.hover(None)
        self.viewport().update()
        super().focusOutEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn, keys = event.angleDelta(), event.modifiers()
        sideways = turn.x() or (turn.y() if keys & Qt.KeyboardModifier.ShiftModifier else 0)
        if sideways and self.zoom.is_on:
            self.zoom.pan(-sideways / 120 * (self.zoom.high - self.zoom.low) / 8)
        elif keys & Qt.KeyboardModifier.ControlModifier:
            about = self.box.mapSceneToView(self.mapToScene(event.position().toPoint())).x()
            self.zoom.by(0.8 if turn.y() > 0 else 1.25, about)
        else:
            event.ignore()  # whatever holds the chart may scroll
            return
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(key))
        if (
            step
            and self.picture is not None
            and self.picture.mark is not None
            and (event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        ):
            place = min(max(self.picture.mark + step / 4, 0.0), len(self.picture.columns) - 1.0)
            self.mark_dragged.emit(place)
            self.mark_dropped.emit()
        elif step is not None and self.picture is not None:
            at = self._hovered if self._hovered is not None else self.marked if self.picture.by_period else -step
            at = min(max(at + step, 0), len(self.picture.columns) - 1)
            self.zoom.reveal(at)
            self.hover(at)
            if self.picture.by_period:
                self.column_chosen.emit(at)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            middle = (self.zoom.low + self.zoom.high) / 2
            about = self.marked if self.is_marked and self.zoom.low <= self.marked <= self.zoom.high else middle
            self.zoom.by(1.25 if key == Qt.Key.Key_Minus else 0.8, about if self._hovered is None else self._hovered)
        elif key in (Qt.Key.Key_0, Qt.Key.Key_Escape) and not self._hand.cancel():
            self.zoom.reset()
            self.hover(None)
        else:
            event.ignore()

    def close(self) -> bool:
        """As any widget. pyqtgraph's would take the viewport away while Qt still sends it events."""
        return QGraphicsView.close(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "veil"):
            self.veil.setGeometry(self.viewport().rect())
            self.hover(None)
            self._follow_zoom()
