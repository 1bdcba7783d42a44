"""The plot of one picture. Its items are kept while the set of lines stays, so that it can redraw while one drags."""

from __future__ import annotations

import math

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
    QWheelEvent,
)  # fmt: skip
from PySide6.QtWidgets import QApplication, QWidget

from gui import theme
from gui.charts.items import LineItems, shown_colour
from gui.charts.readout import Readout, Veil
from gui.numbers import with_unit
from gui.plots.axes import BOTTOM, LEFT, RIGHT, TOP, paint_axes
from gui.plots.picture import STACKED, Picture, reach, stacks


class Plot(pg.PlotWidget):
    """Draws a picture; tells which column was clicked. Keys: arrows move the period, + - 0 zoom."""

    column_chosen = Signal(int)
    line_clicked = Signal(int, str)
    """(column, key): a bar or band was clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=None)
        self.picture: Picture | None = None
        self.hidden: set[str] = set()
        self.marked = -1
        self._pressed = False
        self._pressed_at = QPointF()
        self._ring = False
        self.setFrameShape(self.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.setCacheMode(self.CacheModeFlag.CacheNone)  # the axes are the background, and move with the data
        self.setMinimumSize(120, 90)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        item = self.plotItem
        for axis in ("left", "bottom"):
            item.hideAxis(axis)
        item.hideButtons()
        item.setMenuEnabled(False)
        item.layout.setContentsMargins(LEFT, TOP, RIGHT, BOTTOM)
        self.items_shown = LineItems(item)
        self.box = item.vb
        self.box.setMouseEnabled(False, False)
        self.box.disableAutoRange()
        self._marker = pg.InfiniteLine(angle=90, movable=False)
        self._cross = pg.InfiniteLine(angle=90, movable=False)
        for line in (self._marker, self._cross):
            line.setZValue(50)
            line.hide()
            item.addItem(line, ignoreBounds=True)
        self.readout = Readout(self.viewport())
        self.veil = Veil(self.viewport())
        self._hovered: int | None = None
        self.restyle()

    def show_picture(self, picture: Picture, hidden: set[str]) -> None:
        """Draws `picture` without the lines whose key is hidden."""
        before, self.picture, self.hidden = self.picture, picture, set(hidden)
        self.items_shown.show(picture, self.hidden)
        if before is None or before.columns != picture.columns:
            self.reset_zoom()
        low, high = reach(picture, self.hidden)
        self.box.setYRange(low * 1.06, high * 1.06 if high > low else 1.0, padding=0)
        self.mark(self.marked)
        if self._hovered is not None:
            self._hover(self._hovered)
        self.viewport().update()

    def clear_picture(self) -> None:
        """Forgets the picture."""
        self.picture = None
        self.items_shown.clear()
        self.mark(self.marked)
        self._hover(None)
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
        self.items_shown.restyle()
        self.viewport().update()

    def mark(self, period: int) -> None:
        """Marks the period that the plan map shows, where columns are periods."""
        self.marked = period
        there = self.picture is not None and self.picture.by_period and 0 <= period < len(self.picture.columns)
        self._marker.setVisible(there)
        if there:
            self._marker.setPos(period)

    def reset_zoom(self) -> None:
        """Shows every column."""
        if self.picture is not None:
            self.box.setXRange(-0.5, len(self.picture.columns) - 0.5, padding=0)

    def zoom(self, factor: float, about: float) -> None:
        """Shows `factor` times as many columns, keeping column `about` where it is."""
        if self.picture is None:
            return
        low, high = self.box.viewRange()[0]
        last = len(self.picture.columns) - 0.5
        width = min(max((high - low) * factor, min(2.0, last + 0.5)), last + 0.5)
        start = about - (about - low) / (high - low) * width
        start = min(max(start, -0.5), last - width)
        self.box.setXRange(start, start + width, padding=0)
        self.viewport().update()

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:
        super().drawBackground(painter, rect)
        if self.picture is None:
            return
        x, y = self.box.viewRange()
        paint_axes(
            painter, self.box.sceneBoundingRect(), lambda a, b: self.box.mapViewToScene(pg.Point(a, b)),
            ((x[0], x[1]), (y[0], y[1])), self.picture.columns, self.picture.unit, self.picture.currency,
        )  # fmt: skip

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        super().drawForeground(painter, rect)
        if self._ring and self.hasFocus():
            painter.setPen(QPen(theme.colour(theme.tokens().accent), 1.5))
            painter.drawRoundedRect(QRectF(self.viewport().rect()).adjusted(3, 1, -3, -3), 6, 6)

    def column_at(self, pixel: QPointF) -> int | None:
        """The column under a pixel of the viewport; None outside the plot."""
        if self.picture is None or not self.picture.columns:
            return None
        if not self.box.sceneBoundingRect().adjusted(-4, 0, 4, BOTTOM).contains(self.mapToScene(pixel.toPoint())):
            return None
        x = self.box.mapSceneToView(self.mapToScene(pixel.toPoint())).x()
        return min(max(math.floor(x + 0.5), 0), len(self.picture.columns) - 1)

    def line_at(self, pixel: QPointF) -> str | None:
        """The key of the stacked line under a pixel, or of the filled or stepped one that is nearest above it."""
        column = self.column_at(pixel)
        if column is None or self.picture is None:
            return None
        value = self.box.mapSceneToView(self.mapToScene(pixel.toPoint())).y()
        for key, (base, top) in stacks(self.picture.lines, self.hidden, len(self.picture.columns)).items():
            if (
                min(base[column], top[column]) <= value <= max(base[column], top[column])
                and base[column] != top[column]
            ):
                return key
        above = [
            (float(line.values[column]), line.key)
            for line in self.picture.lines
            if line.style not in STACKED and line.key not in self.hidden and line.values[column] >= value >= 0
        ]
        return min(above)[1] if above else None

    def pixel_of(self, column: float, value: float = 0.0) -> QPointF:
        """The pixel of the viewport at a column and a value."""
        return QPointF(self.mapFromScene(self.box.mapViewToScene(pg.Point(column, value))))

    def rows_at(self, column: int, most: int = 1000) -> list[tuple[str, str, str]]:
        """Colour, name and value with unit of each line that is shown and not nil in a column, topmost first.

        Beyond `most` rows, the smallest are added up in one.
        """
        picture = self.picture
        if picture is None:
            return []
        shown = [line for line in picture.lines if line.key not in self.hidden]
        stacked = [line for line in shown if line.style in STACKED]
        rows = []
        if len(stacked) > 1:
            rows.append(("", "Total", self._words(sum(float(line.values[column]) for line in stacked))))
        there = [ln for ln in (reversed(shown) if stacked else shown) if not stacked or ln.values[column]]
        ranked = sorted(there, key=lambda ln: -abs(ln.values[column]))
        room = most - len(rows)
        rest = ranked[room - 1 :] if stacked and len(there) > room else []
        for line in there:
            if not any(line is other for other in rest):
                rows.append((shown_colour(line), line.label, self._words(float(line.values[column]))))
        if rest:
            rows.append(("", f"{len(rest)} others", self._words(sum(float(ln.values[column]) for ln in rest))))
        return rows

    def _words(self, value: float) -> str:
        assert self.picture is not None
        return with_unit(value, self.picture.unit if self._says_unit() else "", self.picture.currency)

    def _says_unit(self) -> bool:
        """Whether each value is read out with its unit; a longer unit stands once, in the heading."""
        return self.picture is not None and self.picture.unit in ("USD", "MW", "fraction")

    def _hover(self, column: int | None) -> None:
        self._hovered = column
        if self.picture is None or column is None or column >= len(self.picture.columns):
            self._hovered = None
            self._cross.hide()
            self.readout.hide()
            return
        self._cross.setPos(column)
        self._cross.show()
        rows = self.rows_at(column, self.readout.most_rows())
        heading = self.picture.columns[column]
        if not self._says_unit():
            heading = f"{heading} · {self.picture.unit_text}"
        self.readout.show_rows(heading, rows, round(self.pixel_of(column).x()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = True
            self._pressed_at = event.position()
            self._choose(event)
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.column_at(event.position()))
        if self._pressed:
            self._choose(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_pressed, self._pressed = self._pressed, False
        still = (event.position() - self._pressed_at).manhattanLength() < QApplication.startDragDistance()
        column = self.column_at(event.position())
        key = self.line_at(event.position()) if was_pressed and still else None
        if column is not None and key is not None:
            self.line_clicked.emit(column, key)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset_zoom()

    def _choose(self, event: QMouseEvent) -> None:
        column = self.column_at(event.position())
        if column is not None and self.picture is not None and self.picture.by_period:
            self.column_chosen.emit(column)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.ignore()  # the card opens its menu

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ring = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._hover(None)
        self.viewport().update()
        super().focusOutEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()  # whatever holds the chart may scroll
            return
        about = self.box.mapSceneToView(self.mapToScene(event.position().toPoint())).x()
        self.zoom(0.8 if event.angleDelta().y() > 0 else 1.25, about)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(key))
        if step is not None and self.picture is not None:
            at = self._hovered if self._hovered is not None else self.marked if self.picture.by_period else -step
            at = min(max(at + step, 0), len(self.picture.columns) - 1)
            self._hover(at)
            if self.picture.by_period:
                self.column_chosen.emit(at)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.zoom(1.25 if key == Qt.Key.Key_Minus else 0.8, self.marked if self.marked >= 0 else 0)
        elif key in (Qt.Key.Key_0, Qt.Key.Key_Escape):
            self.reset_zoom()
            self._hover(None)
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "veil"):
            self.veil.setGeometry(self.viewport().rect())
            self._hover(None)
