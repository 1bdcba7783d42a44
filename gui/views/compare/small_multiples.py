"""Small charts side by side, one per scenario, all on the same axis: what is higher is drawn higher."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from gigaplan.engine.results.result import Result
from gigaplan.gui.charting.axes import LEFT, nice_step, rooms
from gigaplan.gui.charting.chart import paint_picture
from gigaplan.gui.charting.figure import Figure
from gigaplan.gui.charting.hatches import patterns_on
from gigaplan.gui.charting.save_button import SaveButton
from gigaplan.gui.charting.swatches import paint_swatch
from gigaplan.gui.document.document import Document
from gigaplan.gui.present.chart_data import ALLOCATION, COST, EMISSIONS, POWER, Chart, source_of
from gigaplan.gui.present.compare_figures import Compared
from gigaplan.gui.present.picture import STACKED, SUM, Line, Picture, line_at, reach
from gigaplan.gui.style import theme
from gigaplan.gui.text.clipboard import sheet_text
from gigaplan.gui.text.explain_request import Asked, Drawn
from gigaplan.gui.text.kpi_text import amount
from gigaplan.gui.widgets.cards import note, title
from gigaplan.gui.widgets.texts import show_tip, wrapped

GAP, HEAD_PX, PLOT_PX, FOOT_PX = 16, 24, 116, 24
EDGE = 6
"""Pixels at the sides, in which the frame of the focus has room."""
STEPS = 3
"""Into about how many steps the value axis is cut."""
MOST_KEYS = 8
SAVE_PX = 30
"""Of the head, what the button at its right takes."""


Panel = tuple[Compared, Picture | None]


@dataclass(frozen=True)
class Kind:
    """A measure: its title, and the chart that draws it, with its choices."""

    title: str
    chart: Chart
    chosen: tuple[tuple[str, str], ...]

    def make(self, result: Result) -> Picture:
        """The chart of a result, with the lines that have room: none that are nil, sums to date or dashed."""
        picture = self.chart.make(result, dict(self.chosen))
        lines = tuple(ln for ln in picture.lines if ln.values.any() and ln.style not in (SUM, "dash"))
        by = dict(self.chosen).get("by")
        return replace(picture, lines=lines, caption=f"{picture.caption}, by {by}" if by else picture.caption)

    def source_of(self, line: str) -> tuple[str, str, str]:
        """The series, split and key of a line of the picture; of all lines together where none is named."""
        return source_of(self.chart, dict(self.chosen), line) if line else (self.chart.series, "total", "total")


KINDS = (
    Kind("Cost", COST, (("span", "year"), ("by", "component"))),
    Kind("Chips", ALLOCATION, (("by", "vendor"),)),
    Kind("Facility power", POWER, (("site", ""),)),
    Kind("Emissions", EMISSIONS, (("span", "year"), ("by", "component"))),
)


def value_words(value: float, picture: Picture) -> str:
    """A value of a picture with its unit."""
    return amount(value, "" if picture.unit == "chips" else picture.unit, picture.currency)


def total_words(picture: Picture, column: int) -> str:
    """What the lines of a picture come to in a column, with its unit."""
    stacked = [float(ln.values[column]) for ln in picture.lines if ln.style in STACKED]
    if not stacked and picture.lines:
        stacked = [float(picture.lines[0].values[column])]
    return value_words(sum(stacked), picture)


class MultipleRow(QWidget):
    """The panels of one measure. The pointer, or the arrow keys, read out the same column in all of them.

    A click on a bar or band asks where it comes from, Enter where the totals of the column do.
    """

    asked = Signal(object)
    """The figures (tuple of Asked) that a person wants explained."""

    def __init__(self, kind: Kind, document: Document) -> None:
        super().__init__()
        self.kind, self.title = kind, kind.title
        title = kind.title
        self._document = document
        self.panels: list[Panel] = []
        self.y_range = (0.0, 1.0)
        """The lowest and highest value of the axis that all panels share."""
        self.column = -1
        self._axis = LEFT
        """Pixels that the words of the axis take."""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(f"{title} by scenario; arrow keys read out a column, Enter explains it")
        self.setFixedHeight(HEAD_PX * 2 + PLOT_PX + FOOT_PX)
        self.save = SaveButton(title, self.figure, lambda: f"{document.name}-{title.lower()} by scenario")
        self.save.setParent(self)

    def show_panels(self, panels: list[Panel]) -> None:
        """Draws these panels on one axis."""
        self.panels = panels
        ends = [reach(picture, set()) for _, picture in panels if picture is not None]
        low, high = min((e[0] for e in ends), default=0.0), max((e[1] for e in ends), default=1.0)
        high = high if high > low else low + 1.0
        step = nice_step(high - low, STEPS)
        self.y_range = (math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step)
        picture = next((p for _, p in panels if p is not None), None)
        if picture is not None:
            self._axis, _ = rooms(*self.y_range, PLOT_PX, None, picture.unit, picture.currency)
        self.update()

    def plot_of(self, k: int) -> QRectF:
        """Where panel `k` draws its values."""
        count = max(1, len(self.panels))
        width = (self.width() - 2 * EDGE - self._axis - GAP * (count - 1) - 2) / count
        return QRectF(EDGE + self._axis + k * (width + GAP), HEAD_PX * 2, max(width, 20.0), PLOT_PX)

    def figure(self) -> Figure | None:
        """The row as it stands, to be copied or saved; None while there is nothing to draw."""
        picture = next((p for _, p in self.panels if p is not None), None)
        if picture is None:
            return None
        names = ", ".join(entry.name for entry, _ in self.panels)
        stale = "" if all(entry.fresh for entry, _ in self.panels) else "; out of date"
        return Figure(
            title=self.title,
            caption=picture.caption,
            body=QSize(self.width() - 2 * EDGE, self.height() - HEAD_PX),
            paint=self._paint_for_figure,
            keys=tuple(self._lines()),
            foot=f"{self._document.name}: {names}{stale}",
            csv=self.csv_text(),
        )

    def csv_text(self) -> str:
        """The values of all panels: a header with units, then one row per column of time, in full precision."""
        shown = [(entry, picture) for entry, picture in self.panels if picture is not None]
        heads = [f"{e.name}: {line.label} [{p.unit_text}]" for e, p in shown for line in p.lines]
        lines: list[list[object]] = [["Period" if shown and shown[0][1].by_period else "Year", *heads]]
        for column in dict.fromkeys(c for _, p in shown for c in p.columns):
            at = [(p, p.columns.index(column) if column in p.columns else -1) for _, p in shown]
            values = [None if k < 0 else line.values[k] for p, k in at for line in p.lines]
            lines.append([column, *values])
        return sheet_text(lines, ",")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._paint_head(painter)
        self._paint_panels(painter)
        if self.hasFocus():
            painter.setPen(QPen(theme.colour(theme.tokens().accent), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)

    def _paint_panels(self, painter: QPainter) -> None:
        for k, (entry, picture) in enumerate(self.panels):
            self._paint_name(painter, k, entry, picture)
            if picture is not None:
                painter.setOpacity(1.0 if entry.fresh else 0.45)
                # The words of the value axis stand once, at the left of all panels.
                plot = self.plot_of(k)
                paint_picture(painter, plot, picture, self.y_range, values_named=k == 0, marked=self.column)
                painter.setOpacity(1.0)
            else:
                self._paint_words(painter, k, entry)

    def _paint_for_figure(self, painter: QPainter) -> None:
        """The panels alone: a figure has a head of its own, and the pointer's column belongs to the screen."""
        column, self.column = self.column, -1
        painter.translate(-EDGE, -HEAD_PX)
        self._paint_panels(painter)
        self.column = column

    def _lines(self) -> list[Line]:
        """Every line that draws something, once."""
        lines: dict[str, Line] = {}
        for _, picture in self.panels:
            for line in picture.lines if picture is not None else ():
                if line.values.any():
                    lines.setdefault(line.key, line)
        return list(lines.values())

    def _paint_head(self, painter: QPainter) -> None:
        t = theme.tokens()
        painter.setFont(theme.font(13, QFont.Weight.DemiBold))
        painter.setPen(theme.colour(t.text))
        line = QRectF(EDGE, 0, self.width() - 2 * EDGE, HEAD_PX)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(line, middle, self.title)
        x = QFontMetricsF(painter.font()).horizontalAdvance(self.title) + 8
        picture = next((p for _, p in self.panels if p is not None), None)
        if picture is None:
            return
        painter.setFont(theme.font(12))
        painter.setPen(theme.colour(t.muted))
        painter.drawText(line.adjusted(x, 0, 0, 0), middle, picture.live_caption)
        start = EDGE + x + QFontMetricsF(painter.font()).horizontalAdvance(picture.live_caption) + 16
        self._paint_legend(painter, start)

    def _paint_legend(self, painter: QPainter, start: float) -> None:
        metrics = QFontMetricsF(painter.font())
        words = self._lines()
        more = metrics.horizontalAdvance("+00") + 12
        x, shown = self.width() - EDGE - SAVE_PX - 2.0, []
        if sum(metrics.horizontalAdvance(line.label) + 35 for line in words) > x - start or len(words) > MOST_KEYS:
            x -= more
        for line in words[:MOST_KEYS]:
            width = metrics.horizontalAdvance(line.label) + 35
            if start + width > x:
                break
            shown.append((width, line))
            start += width
        left_out = len(words) - len(shown)
        painter.setPen(theme.colour(theme.tokens().muted))
        if left_out:
            box = QRectF(x, 0, more, HEAD_PX)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"+{left_out}")
        x -= sum(width for width, _ in shown)
        for width, line in shown:
            paint_swatch(painter, QRectF(x + 12, HEAD_PX / 2 - 5, 14, 10), line, patterns_on())
            painter.drawText(QRectF(x + 31, 0, width, HEAD_PX), Qt.AlignmentFlag.AlignVCenter, line.label)
            x += width

    def _paint_name(self, painter: QPainter, k: int, entry: Compared, picture: Picture | None) -> None:
        t, plot = theme.tokens(), self.plot_of(k)
        box = QRectF(plot.left(), HEAD_PX, plot.width(), HEAD_PX - 4)
        right = ""
        if picture is not None and 0 <= self.column < len(picture.columns):
            right = f"{picture.columns[self.column]}  {total_words(picture, self.column)}"
        painter.setFont(theme.font(12))
        painter.setPen(theme.colour(t.text))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | middle, right)
        room = box.width() - QFontMetricsF(painter.font()).horizontalAdvance(right) - (10 if right else 0)
        painter.setFont(theme.font(12, QFont.Weight.Medium))
        painter.setPen(theme.colour(t.text if entry.fresh else t.muted))
        name = QFontMetricsF(painter.font()).elidedText(entry.name, Qt.TextElideMode.ElideRight, max(room, 0))
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | middle, name)

    def _paint_words(self, painter: QPainter, k: int, entry: Compared) -> None:
        t = theme.tokens()
        failed = entry.result is not None
        painter.setFont(theme.font(12))
        painter.setPen(theme.colour(t.error if failed else t.muted))
        words = entry.outcome.sentence if failed else "Solving …"
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.plot_of(k).adjusted(4, 0, -4, 0), flags, words[:200])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.save.move(self.width() - self.save.width() - EDGE, 0)

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
        self.setCursor(Qt.CursorShape.PointingHandCursor if panel >= 0 else Qt.CursorShape.ArrowCursor)
        if panel >= 0:
            show_tip(event.globalPosition().toPoint(), wrapped(self._rows_words(panel, column)), self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        panel, column = self._column_at(event.position())
        if event.button() != Qt.MouseButton.LeftButton or panel < 0:
            super().mouseReleaseEvent(event)
            return
        picture = self.panels[panel][1]
        assert picture is not None
        plot, (low, high) = self.plot_of(panel), self.y_range
        value = low + (plot.bottom() - event.position().y()) / plot.height() * (high - low)
        self.asked.emit((self._question(panel, column, line_at(picture, set(), column, value) or ""),))

    def _question(self, panel: int, column: int, line: str) -> Asked:
        entry, picture = self.panels[panel]
        assert picture is not None
        return Asked(entry.id, entry.name, Drawn(*self.kind.source_of(line), *picture.spans[column]))

    def _explain_column(self) -> None:
        there = [k for k, (_, p) in enumerate(self.panels) if p is not None and 0 <= self.column < len(p.columns)]
        if there:
            self.asked.emit(tuple(self._question(k, self.column, "") for k in there))

    def _rows_words(self, panel: int, column: int) -> str:
        entry, picture = self.panels[panel]
        assert picture is not None
        lines = [f"{entry.name[:80]}, {picture.columns[column]}"]
        shown = [ln for ln in reversed(picture.lines) if ln.values[column]]
        lines += [f"{ln.label}: {value_words(float(ln.values[column]), picture)}" for ln in shown]
        return "\n".join(lines)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        columns = max((len(p.columns) for _, p in self.panels if p is not None), default=0)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._explain_column()
            return
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or not columns:
            super().keyPressEvent(event)
            return
        self._read_out(min(max(self.column + step, 0), columns - 1))
        words = [
            f"{e.name[:60]} {total_words(p, self.column)}"
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


# The card of small charts: a row of them per measure, one chart per scenario.


class Multiples(QFrame):
    """A card with a row of small charts per measure."""

    asked = Signal(object)
    """The figures (tuple of Asked) that a person wants explained."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.setAccessibleName("Charts on shared axes")
        self.said = note("error", visible=False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14 - EDGE, 10, 14 - EDGE, 12)
        layout.setSpacing(8)
        for label in (title("Charts on shared axes"), self.said):
            label.setContentsMargins(EDGE, 0, EDGE, 0)
            layout.addWidget(label)
        self.rows = [MultipleRow(kind, document) for kind in KINDS]
        for row in self.rows:
            row.save.failed.connect(self._say)
            row.asked.connect(self.asked)
            layout.addWidget(row)
        self._pictures: dict[tuple[int, int], tuple[Result, Picture]] = {}

    def _say(self, text: str) -> None:
        self.said.setText(text)
        self.said.setVisible(bool(text))

    def show_entries(self, entries: list[Compared]) -> None:
        """Draws these entries; a picture is made anew only for a new result."""
        kept = {}
        for k, kind in enumerate(KINDS):
            panels: list[Panel] = []
            for entry in entries:
                picture = None
                if entry.result is not None and entry.solved:
                    key = (k, id(entry.result))
                    held = self._pictures.get(key)
                    picture = held[1] if held is not None else kind.make(entry.result)
                    kept[key] = (entry.result, picture)
                panels.append((entry, picture))
            self.rows[k].show_panels(panels)
        self._pictures = kept
