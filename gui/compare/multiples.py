"""Small charts side by side, one per scenario, all on the same axis: what is higher is drawn higher."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QLabel, QToolTip, QVBoxLayout, QWidget

from engine.results import Result
from gui import theme
from gui.compare.figures import Entry
from gui.compare.pictures import KINDS
from gui.numbers import with_unit
from gui.plots.axes import nice_step, paint_axes
from gui.plots.picture import STACKED, Line, Picture, mixed, reach, stacks
from gui.tooltips import wrapped

AXIS_PX, GAP, HEAD_PX, PLOT_PX, FOOT_PX = 48, 16, 24, 116, 24
STEPS = 3
"""Into about how many steps the value axis is cut."""
MOST_KEYS = 8


class Multiples(QFrame):
    """A card with a row of small charts per measure."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.setAccessibleName("Charts on shared axes")
        title = QLabel("Charts on shared axes")
        title.setProperty("role", "title")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 12)
        layout.setSpacing(8)
        layout.addWidget(title)
        self.rows = [MultipleRow(name) for name, _ in KINDS]
        for row in self.rows:
            layout.addWidget(row)
        self._pictures: dict[tuple[int, int], tuple[Result, Picture]] = {}

    def show_entries(self, entries: list[Entry]) -> None:
        """Draws these entries; a picture is made anew only for a new result."""
        kept = {}
        for k, (_, make) in enumerate(KINDS):
            panels: list[Panel] = []
            for entry in entries:
                picture = None
                if entry.result is not None and entry.solved:
                    key = (k, id(entry.result))
                    held = self._pictures.get(key)
                    picture = held[1] if held is not None else make(entry.result)
                    kept[key] = (entry.result, picture)
                panels.append((entry, picture))
            self.rows[k].show_panels(panels)
        self._pictures = kept


Panel = tuple[Entry, Picture | None]


class MultipleRow(QWidget):
    """The panels of one measure. The pointer, or the arrow keys, read out the same column in all of them."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title
        self.panels: list[Panel] = []
        self.y_range = (0.0, 1.0)
        """The lowest and highest value of the axis that all panels share."""
        self.column = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(f"{title} by scenario; arrow keys read out a column")
        self.setFixedHeight(HEAD_PX * 2 + PLOT_PX + FOOT_PX)

    def show_panels(self, panels: list[Panel]) -> None:
        """Draws these panels on one axis."""
        self.panels = panels
        ends = [reach(picture, set()) for _, picture in panels if picture is not None]
        low, high = min((e[0] for e in ends), default=0.0), max((e[1] for e in ends), default=1.0)
        high = high if high > low else low + 1.0
        step = nice_step(high - low, STEPS)
        self.y_range = (math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step)
        self.update()

    def plot_of(self, k: int) -> QRectF:
        """Where panel `k` draws its values."""
        count = max(1, len(self.panels))
        width = (self.width() - AXIS_PX - GAP * (count - 1) - 2) / count
        return QRectF(AXIS_PX + k * (width + GAP), HEAD_PX * 2, max(width, 20.0), PLOT_PX)

    def pixel_of(self, k: int, column: float, value: float) -> QPointF:
        """Where panel `k` draws a value of a column."""
        plot, picture = self.plot_of(k), self.panels[k][1]
        low, high = self.y_range
        columns = len(picture.columns) if picture is not None else 1
        return QPointF(
            plot.left() + (column + 0.5) / columns * plot.width(),
            plot.bottom() - (value - low) / (high - low) * plot.height(),
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._paint_head(painter)
        for k, (entry, picture) in enumerate(self.panels):
            self._paint_name(painter, k, entry, picture)
            if picture is not None:
                painter.setOpacity(1.0 if entry.fresh else 0.45)
                self._paint_panel(painter, k, picture)
                painter.setOpacity(1.0)
            else:
                self._paint_words(painter, k, entry)
        if self.hasFocus():
            painter.setPen(QPen(theme.colour(theme.tokens().accent), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)

    def _paint_head(self, painter: QPainter) -> None:
        t = theme.tokens()
        painter.setFont(theme.font(13, QFont.Weight.DemiBold))
        painter.setPen(theme.colour(t.text))
        line = QRectF(0, 0, self.width(), HEAD_PX)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(line, middle, self.title)
        x = QFontMetricsF(painter.font()).horizontalAdvance(self.title) + 8
        picture = next((p for _, p in self.panels if p is not None), None)
        if picture is None:
            return
        painter.setFont(theme.font(12))
        painter.setPen(theme.colour(t.muted))
        painter.drawText(line.adjusted(x, 0, 0, 0), middle, picture.caption)
        start = x + QFontMetricsF(painter.font()).horizontalAdvance(picture.caption) + 16
        self._paint_legend(painter, start)

    def _paint_legend(self, painter: QPainter, start: float) -> None:
        metrics = QFontMetricsF(painter.font())
        lines: dict[str, Line] = {}
        for _, picture in self.panels:
            for line in picture.lines if picture is not None else ():
                if line.values.any():
                    lines.setdefault(line.key, line)
        words = list(lines.values())
        x, shown = self.width() - 2.0, []
        for line in reversed(words[:MOST_KEYS]):
            width = metrics.horizontalAdvance(line.label) + 30
            if x - width < start:
                break
            x -= width
            shown.append((x, line))
        for x, line in shown:
            painter.fillRect(QRectF(x + 12, HEAD_PX / 2 - 4, 9, 9), theme.colour(_colour(line)))
            painter.setPen(theme.colour(theme.tokens().muted))
            painter.drawText(QRectF(x + 26, 0, 400, HEAD_PX), Qt.AlignmentFlag.AlignVCenter, line.label)

    def _paint_name(self, painter: QPainter, k: int, entry: Entry, picture: Picture | None) -> None:
        t, plot = theme.tokens(), self.plot_of(k)
        box = QRectF(plot.left(), HEAD_PX, plot.width(), HEAD_PX - 4)
        right = ""
        if picture is not None and 0 <= self.column < len(picture.columns):
            right = f"{picture.columns[self.column]}  {_total_words(picture, self.column)}"
        painter.setFont(theme.font(12))
        painter.setPen(theme.colour(t.text))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | middle, right)
        room = box.width() - QFontMetricsF(painter.font()).horizontalAdvance(right) - (10 if right else 0)
        painter.setFont(theme.font(12, QFont.Weight.Medium))
        painter.setPen(theme.colour(t.text if entry.fresh else t.muted))
        name = QFontMetricsF(painter.font()).elidedText(entry.name, Qt.TextElideMode.ElideRight, max(room, 0))
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | middle, name)

    def _paint_words(self, painter: QPainter, k: int, entry: Entry) -> None:
        t = theme.tokens()
        failed = entry.result is not None
        painter.setFont(theme.font(12))
        painter.setPen(theme.colour(t.error if failed else t.muted))
        words = entry.outcome.sentence if failed else "Being solved …"
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.plot_of(k).adjusted(4, 0, -4, 0), flags, words[:200])

    def _paint_panel(self, painter: QPainter, k: int, picture: Picture) -> None:
        plot = self.plot_of(k)
        columns = len(picture.columns)
        x_range = (-0.5, columns - 0.5)
        # The words of the value axis stand once, at the left of all panels.
        paint_axes(
            painter, plot, lambda a, b: self.pixel_of(k, a, b), (x_range, self.y_range), picture.columns,
            picture.unit, picture.currency, k == 0,
        )  # fmt: skip
        ends = stacks(picture.lines, set(), columns)
        painter.save()
        painter.setClipRect(plot.adjusted(0, -1, 0, 1))
        for line in picture.lines:
            if line.style == "bar":
                self._paint_bars(painter, k, line, ends[line.key])
        for line in reversed(picture.lines):
            if line.style == "area":
                self._paint_area(painter, k, ends[line.key][1], _colour(line))
        for line in picture.lines:
            if line.style not in STACKED:
                self._paint_step(painter, k, line)
        painter.restore()
        if 0 <= self.column < columns:
            painter.setPen(QPen(theme.colour(theme.tokens().text, 0.6), 1, Qt.PenStyle.DashLine))
            x = round(self.pixel_of(k, self.column, 0).x()) + 0.5
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))

    def _paint_bars(self, painter: QPainter, k: int, line: Line, ends: tuple[np.ndarray, np.ndarray]) -> None:
        colour = theme.colour(_colour(line))
        for column, (base, top) in enumerate(zip(*ends, strict=True)):
            if base != top:
                a, b = self.pixel_of(k, column - 0.36, base), self.pixel_of(k, column + 0.36, top)
                painter.fillRect(QRectF(a, b).normalized(), colour)

    def _paint_area(self, painter: QPainter, k: int, top: np.ndarray, colour: str) -> None:
        last = len(top) - 0.5
        points = [self.pixel_of(k, -0.5, 0.0), self.pixel_of(k, -0.5, top[0])]
        points += [self.pixel_of(k, column, value) for column, value in enumerate(top)]
        points += [self.pixel_of(k, last, top[-1]), self.pixel_of(k, last, 0.0)]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(colour))
        painter.drawPolygon(QPolygonF(points))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_step(self, painter: QPainter, k: int, line: Line) -> None:
        # What holds through a period is a step.
        edges = np.repeat(np.arange(len(line.values) + 1) - 0.5, 2)[1:-1]
        points = [self.pixel_of(k, x, y) for x, y in zip(edges, np.repeat(line.values, 2), strict=True)]
        t = theme.tokens()
        if line.style == "fill":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(mixed(t.panel, t.accent, 0.16)))
            ends = [self.pixel_of(k, edges[0], 0.0), *points, self.pixel_of(k, edges[-1], 0.0)]
            painter.drawPolygon(QPolygonF(ends))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colour(_colour(line)), 1.5))
        painter.drawPolyline(QPolygonF(points))

    def _column_at(self, place: QPointF) -> tuple[int, int]:
        for k, (_, picture) in enumerate(self.panels):
            plot = self.plot_of(k)
            if picture is not None and plot.adjusted(-1, -HEAD_PX, 1, FOOT_PX).contains(place):
                part = (place.x() - plot.left()) / plot.width()
                return k, min(max(int(part * len(picture.columns)), 0), len(picture.columns) - 1)
        return -1, -1

    def _read_out(self, column: int) -> None:
        if column != self.column:
            self.column = column
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        panel, column = self._column_at(event.position())
        self._read_out(column)
        if panel >= 0:
            QToolTip.showText(event.globalPosition().toPoint(), self._rows_words(panel, column), self)

    def _rows_words(self, panel: int, column: int) -> str:
        entry, picture = self.panels[panel]
        assert picture is not None
        lines = [f"{entry.name[:80]}, {picture.columns[column]}"]
        shown = [ln for ln in reversed(picture.lines) if ln.values[column]]
        lines += [f"{ln.label}: {_words(float(ln.values[column]), picture)}" for ln in shown]
        return wrapped("\n".join(lines))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        columns = max((len(p.columns) for _, p in self.panels if p is not None), default=0)
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or not columns:
            super().keyPressEvent(event)
            return
        self._read_out(min(max(self.column + step, 0), columns - 1))
        words = [
            f"{e.name[:60]} {_total_words(p, self.column)}"
            for e, p in self.panels
            if p is not None and self.column < len(p.columns)
        ]
        self.setAccessibleDescription("; ".join(words))

    def leaveEvent(self, event: QEvent) -> None:
        self._read_out(-1)
        super().leaveEvent(event)

    def focusOutEvent(self, event: object) -> None:
        self._read_out(-1)
        super().focusOutEvent(event)  # type: ignore[arg-type]


def _colour(line: Line) -> str:
    t = theme.tokens()
    colour = line.colour if line.colour.startswith("#") else getattr(t, line.colour)
    return mixed(t.panel, colour, 0.84 if "dark" in t.name else 0.9)


def _words(value: float, picture: Picture) -> str:
    return with_unit(value, picture.unit if picture.unit in ("USD", "MW") else "", picture.currency)


def _total_words(picture: Picture, column: int) -> str:
    stacked = [float(ln.values[column]) for ln in picture.lines if ln.style in STACKED]
    if not stacked and picture.lines:
        stacked = [float(picture.lines[0].values[column])]
    return _words(sum(stacked), picture)
