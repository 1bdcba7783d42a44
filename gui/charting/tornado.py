"""The drawing of a tornado: two bars for each uncertain input, from the figure as planned to the figure then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFont, QFontMetrics, QHelpEvent, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from gigaplan.gui.charting.axes import set_up, tick_texts, value_ticks
from gigaplan.gui.charting.rows import RowsPlot
from gigaplan.gui.present.risk_figures import End, Swing
from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import GREY, shown
from gigaplan.gui.text.kpi_text import kpi_text
from gigaplan.gui.text.number_format import MINUS, percent
from gigaplan.gui.widgets.texts import show_tip, wrapped

ROW_PX, BAR_PX, HEAD_PX, AXIS_PX = 44, 13, 22, 22
EDGE_PX, GAP_PX = 6, 12
INPUT_PX, FIGURE_PX = 62, 88
"""Room at the right for what the input turns out to be, and for the figure then."""
PART = 0.34
"""Of the width, what the names of inputs take at most."""
LOW_COLOUR, HIGH_COLOUR = GREY, "accent"


@dataclass(frozen=True)
class Tornado:
    """Swings of one key figure around its value as planned."""

    kpi: str
    unit: str
    currency: str
    base: float
    swings: tuple[Swing, ...]

    def words(self, value: float | None, digits: int = 3) -> str:
        """The figure with its unit."""
        return kpi_text(value, self.kpi, self.currency, digits)

    def step_words(self, value: float) -> str:
        """How far a figure is from the one as planned: +8.2 %."""
        if not self.base:
            return ""
        part = (value - self.base) / abs(self.base)
        sign = "+" if part > 0 else MINUS if part < 0 else ""
        return f"{sign}{percent(abs(part), 3 if abs(part) >= 0.01 else 2)}"

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest figure."""
        values = [self.base, *(e.value for s in self.swings for e in s.ends if e.value is not None)]
        return min(values), max(values)


class TornadoPlot(RowsPlot):
    """Paints a tornado, as high as it has inputs."""

    head_px, row_px = HEAD_PX, ROW_PX

    chosen = Signal(str)
    """The id of an uncertain input."""
    removed = Signal(str)
    """The id of one that is uncertain no more."""
    menu_wanted = Signal(str, QPoint)
    """(its id, where on the screen)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture: Tornado | None = None
        self.setAccessibleName(
            "Inputs by how far they move the figure; up and down choose one, Enter edits it, Delete removes it"
        )

    def show_picture(self, picture: Tornado | None, dimmed: bool) -> None:
        """Draws a tornado, dimmed where it belongs to an older plan."""
        if (picture, dimmed) == (self.picture, self.dimmed):
            return
        self.picture, self.dimmed = picture, dimmed
        self.row = min(self.row, max(0, self.rows() - 1))
        self.setFixedHeight(HEAD_PX + self.rows() * ROW_PX + AXIS_PX)
        if picture is not None:
            said = (f"{s.label}: {', '.join(self._said(end) for end in s.ends)}" for s in picture.swings)
            self.setAccessibleDescription(f"As planned {picture.words(picture.base)}. {'; '.join(said)}")
        self.update()

    def rows(self) -> int:
        """How many inputs are drawn."""
        return 0 if self.picture is None else len(self.picture.swings)

    def _said(self, end: End) -> str:
        assert self.picture is not None
        return f"{end.words} {self.picture.words(end.value) if end.value is not None else end.failure}"

    def _plot(self) -> QRectF:
        left = EDGE_PX + self._label_px() + GAP_PX
        right = self.width() - EDGE_PX - INPUT_PX - FIGURE_PX - GAP_PX
        return QRectF(left, HEAD_PX, max(40.0, right - left), self.rows() * ROW_PX)

    def _label_px(self) -> int:
        assert self.picture is not None
        metrics = QFontMetrics(theme.font(13))
        lines = (line for s in self.picture.swings for line in (s.what, s.of))
        widest = max((metrics.horizontalAdvance(line[:80]) for line in lines), default=0)
        return min(widest + 4, int(self.width() * PART))

    def paint(self, painter: QPainter) -> None:
        assert self.picture is not None
        p, t, plot = self.picture, theme.tokens(), self._plot()
        set_up(painter, self.dimmed)
        low, high = p.ends
        room = (high - low) * 0.04 or abs(p.base) * 0.01 or 1.0
        low, high = low - room, high + room

        def x(value: float) -> float:
            return plot.left() + (value - low) / (high - low) * plot.width()

        self._axis(painter, plot, low, high, x)
        for k, swing in enumerate(p.swings):
            top = HEAD_PX + k * ROW_PX
            self._label(painter, top, swing)
            for place, (end, colour) in enumerate(zip(swing.ends, (LOW_COLOUR, HIGH_COLOUR), strict=True)):
                half = QRectF(plot.left(), top + ROW_PX / 2 * place, plot.width(), ROW_PX / 2)
                self._end(painter, half, end, colour, x)
        painter.setPen(QPen(theme.colour(t.text), 1))
        at = round(x(p.base)) + 0.5
        painter.drawLine(QPointF(at, plot.top() - 2), QPointF(at, plot.bottom()))
        painter.setFont(theme.font(12))
        words = f"as planned {p.words(p.base)}"
        wide = QFontMetrics(painter.font()).horizontalAdvance(words)
        left = min(max(at - wide / 2, plot.left()), plot.right() - wide)
        painter.setPen(theme.colour(t.muted))
        painter.drawText(QRectF(left, 0, wide + 2, HEAD_PX - 3), Qt.AlignmentFlag.AlignVCenter, words)

    def _label(self, painter: QPainter, top: float, swing: Swing) -> None:
        """The row that has the input, and below it what of it is uncertain."""
        t, label = theme.tokens(), self._label_px()
        first, second = (swing.of, swing.what) if swing.of else (swing.what, "")
        box = QRectF(EDGE_PX, top + 3, label, ROW_PX / 2 - 3) if second else QRectF(EDGE_PX, top, label, ROW_PX)
        for text, font, colour in ((first, theme.font(13), t.text), (second, theme.font(12), t.muted)):
            painter.setFont(font)
            painter.setPen(theme.colour(colour))
            elided = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, label)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, elided)
            box.translate(0, ROW_PX / 2 - 3)

    def _axis(self, painter: QPainter, plot: QRectF, low: float, high: float, x: Callable[[float], float]) -> None:
        assert self.picture is not None
        p, t = self.picture, theme.tokens()
        metrics = QFontMetrics(painter.font())
        ticks = value_ticks(low, high, plot.width() / 1.7)
        if len(ticks) < 2:  # one alone is no scale
            ticks = value_ticks(low, high, plot.width())
        free = 0.0
        for value, text in zip(ticks, tick_texts(ticks, p.unit, p.currency), strict=True):
            at = round(x(value)) + 0.5
            painter.setPen(QPen(theme.colour(t.track), 1))
            painter.drawLine(QPointF(at, plot.top()), QPointF(at, plot.bottom()))
            painter.setPen(theme.colour(t.muted))
            wide = metrics.horizontalAdvance(text)
            if at - wide / 2 >= free:
                painter.drawText(QRectF(at - wide / 2 - 1, plot.bottom() + 3, wide + 4, 18), 0, text)
                free = at + wide / 2 + GAP_PX

    def _end(self, painter: QPainter, row: QRectF, end: End, colour: str, x: Callable[[float], float]) -> None:
        assert self.picture is not None
        p, t = self.picture, theme.tokens()
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.setFont(theme.font(12))
        painter.setPen(theme.colour(t.muted))
        after = row.right() + GAP_PX
        painter.drawText(QRectF(after, row.top(), INPUT_PX - 6, row.height()), middle, end.words)
        box = QRectF(after + INPUT_PX, row.top(), FIGURE_PX, row.height())
        if end.value is None:
            painter.setPen(theme.colour(t.warning))
            painter.drawText(box, middle, end.failure)
            return
        painter.setFont(theme.font(13, QFont.Weight.Medium))
        painter.setPen(theme.colour(t.text))
        painter.drawText(box, middle, p.words(end.value))
        a, b = sorted((x(p.base), x(end.value)))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(shown(colour)))
        top = row.center().y() - BAR_PX / 2
        painter.drawRoundedRect(QRectF(a, top, max(b - a, 1.5), BAR_PX), 2, 2)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self.picture is not None:
            row = self.row_at(QPointF(event.pos()))
            if row >= 0:
                show_tip(event.globalPos(), wrapped(self._tip(self.picture.swings[row])), self)
            return True
        return super().event(event)

    def _tip(self, swing: Swing) -> str:
        assert self.picture is not None
        lines = [swing.label]
        for name, end in zip(("P10", "P90"), swing.ends, strict=True):
            if end.value is None:
                lines.append(f"{name}, {end.words}: {end.text or end.failure}")
            else:
                step = self.picture.step_words(end.value)
                lines.append(f"{name}, {end.words}: {self.picture.words(end.value, 6)}{f' ({step})' if step else ''}")
        return "\n".join(lines)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.picture is not None and self.rows():
            self.removed.emit(self.picture.swings[self.row].id)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        row = self.row if by_key else self.row_at(QPointF(event.pos()))
        if self.picture is not None and 0 <= row < self.rows():
            at = self.mapToGlobal(QPoint(40, HEAD_PX + (row + 1) * ROW_PX)) if by_key else event.globalPos()
            self.menu_wanted.emit(self.picture.swings[row].id, at)

    def choose(self, row: int) -> None:
        """Asks for an input to be edited."""
        assert self.picture is not None
        self.chosen.emit(self.picture.swings[row].id)
