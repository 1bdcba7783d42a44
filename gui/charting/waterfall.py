"""The drawing of a waterfall: from one total to another, a bar for each step, words beside them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QHelpEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from gigaplan.engine.optimization.costs import COST_LABELS, END_COMPONENTS
from gigaplan.gui.charting.axes import set_up
from gigaplan.gui.charting.rows import RowsPlot
from gigaplan.gui.present.scenario_words import signed_money
from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import GREY, component_colour, mixed, shown
from gigaplan.gui.text.number_format import MINUS, money, percent, plain
from gigaplan.gui.widgets.texts import show_tip, wrapped

ROW_PX = RowsPlot.row_px
BAR_PX = 16
FIGURE_PX = 96
EDGE_PX = 6
"""At the sides, within the ground of the row that is pointed at."""
SMALL = 0.35
"""Up to which part of the totals the steps may be small before the bars begin above zero."""


@dataclass(frozen=True)
class Bar:
    """A step of a waterfall: how it is called, how much it adds, its colour as #RRGGBB or the name of a token."""

    label: str
    value: float
    colour: str
    key: str = ""
    """The part of the cost that it is of."""
    overrides: tuple[int, ...] = ()
    """Else the overrides of the scenario, by position, that make it."""


@dataclass(frozen=True)
class Waterfall:
    """Two totals, and the steps from the one to the other."""

    first: str
    start: float
    last: str
    end: float
    bars: tuple[Bar, ...]
    currency: str


def levels(picture: Waterfall) -> list[tuple[float, float]]:
    """Where the bar of each step begins and ends."""
    found, at = [], picture.start
    for bar in picture.bars:
        found.append((at, at + bar.value))
        at += bar.value
    return found


def axis(picture: Waterfall) -> tuple[float, float]:
    """The lowest and highest value drawn: from zero, unless the steps are small beside the totals."""
    ends = [picture.start, picture.end, *(v for pair in levels(picture) for v in pair)]
    low, high = min(ends), max(ends)
    if low > 0 and high - low < SMALL * high:
        return max(0.0, low - max((high - low) * 0.5, high * 1e-6)), high
    return min(0.0, low), max(0.0, high)


class WaterfallPlot(RowsPlot):
    """Paints a waterfall in rows, as high as it has steps. A row that is clicked, or entered by key, is chosen."""

    chosen = Signal(int)
    """A row: 0 is the first total, then come the steps, then the last total."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture: Waterfall | None = None

    def choose(self, row: int) -> None:
        """Asks for a total or a step to be explained."""
        self.chosen.emit(row)

    def show_picture(self, picture: Waterfall | None, dimmed: bool) -> None:
        """Draws a waterfall, dimmed where it belongs to an older plan."""
        if (picture, dimmed) == (self.picture, self.dimmed):
            return
        self.picture, self.dimmed = picture, dimmed
        self.row = min(self.row, max(0, self.rows() - 1))
        self.setFixedHeight(self.rows() * ROW_PX + 4)
        if picture is not None:
            steps = "; ".join(f"{b.label} {signed_money(b.value, picture.currency)}" for b in picture.bars)
            self.setAccessibleDescription(
                f"{picture.first} {money(picture.start, picture.currency)}; {steps}; "
                f"{picture.last} {money(picture.end, picture.currency)}"
            )
        self.update()

    def rows(self) -> int:
        """How many rows are drawn."""
        return 0 if self.picture is None else len(self.picture.bars) + 2

    @property
    def is_cut(self) -> bool:
        """Whether the bars begin above zero."""
        return self.picture is not None and axis(self.picture)[0] > 0

    def _label_px(self) -> int:
        assert self.picture is not None
        metrics = QFontMetrics(theme.font(13, QFont.Weight.DemiBold))
        labels = (self.picture.first, self.picture.last, *(b.label for b in self.picture.bars))
        widest = max(metrics.horizontalAdvance(text[:80]) for text in labels)
        return min(widest + 10, int(self.width() * 0.36))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self.picture is not None:
            row = event.pos().y() // ROW_PX
            if 0 < row <= len(self.picture.bars):
                bar = self.picture.bars[row - 1]
                show_tip(event.globalPos(), wrapped(f"{bar.label}\n{self._exact(bar.value)}"), self)
            return True
        return super().event(event)

    def _exact(self, value: float) -> str:
        assert self.picture is not None
        sign, start = MINUS if value < 0 else "+", abs(self.picture.start)
        part = f" ({sign}{percent(abs(value) / start)} of {self.picture.first})" if start else ""
        return f"{sign}{plain(abs(round(value)), 16)} {self.picture.currency}{part}"

    def paint(self, painter: QPainter) -> None:
        assert self.picture is not None
        set_up(painter, self.dimmed)
        p, t = self.picture, theme.tokens()
        label = self._label_px()
        room = self.width() - label - 24 - FIGURE_PX - 2 * EDGE_PX
        plot = QRectF(label + 12 + EDGE_PX, 0, max(40.0, room), self.height())
        low, high = axis(p)

        def x(value: float) -> float:
            return plot.left() + (value - low) / ((high - low) or 1.0) * plot.width()

        line = QPen(theme.colour(t.line), 1)
        painter.setPen(line)
        painter.drawLine(QPointF(x(max(low, 0.0)), 2), QPointF(x(max(low, 0.0)), self.height() - 4))
        self._row(painter, 0, label, p.first, money(p.start, p.currency), True)
        self._bar(painter, 0, x(max(low, min(0.0, high))), x(p.start), mixed(t.panel, t.muted, 0.75), self.is_cut)
        for k, (bar, (begin, end)) in enumerate(zip(p.bars, levels(p), strict=True), 1):
            painter.setPen(QPen(theme.colour(t.muted, 0.7), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x(begin), (k - 0.5) * ROW_PX + BAR_PX / 2), QPointF(x(begin), (k + 0.5) * ROW_PX))
            self._bar(painter, k, x(begin), x(end), shown(bar.colour), False)
            self._row(painter, k, label, bar.label, signed_money(bar.value, p.currency), False)
        last = len(p.bars) + 1
        painter.setPen(QPen(theme.colour(t.muted, 0.7), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(x(p.end), (last - 0.5) * ROW_PX + BAR_PX / 2), QPointF(x(p.end), last * ROW_PX + 8))
        self._row(painter, last, label, p.last, money(p.end, p.currency), True)
        self._bar(painter, last, x(max(low, min(0.0, high))), x(p.end), mixed(t.panel, t.accent, 0.85), self.is_cut)

    def _row(self, painter: QPainter, row: int, label: int, words: str, figure: str, strong: bool) -> None:
        t = theme.tokens()
        face = theme.font(13, QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
        painter.setFont(face)
        painter.setPen(theme.colour(t.text))
        box = QRectF(EDGE_PX, row * ROW_PX, label, ROW_PX)
        middle = Qt.AlignmentFlag.AlignVCenter
        shown = QFontMetrics(face).elidedText(words, Qt.TextElideMode.ElideRight, label)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | middle, shown)
        box = QRectF(self.width() - FIGURE_PX - EDGE_PX, row * ROW_PX, FIGURE_PX, ROW_PX)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | middle, figure)

    def _bar(self, painter: QPainter, row: int, a: float, b: float, colour: str, cut: bool) -> None:
        top = row * ROW_PX + (ROW_PX - BAR_PX) / 2
        left, width = min(a, b), max(abs(b - a), 1.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(colour))
        painter.drawRoundedRect(QRectF(left, top, width, BAR_PX), 2, 2)
        if cut:
            # A slanted gap says that the bar does not begin at zero.
            at = left + 10
            painter.setBrush(theme.colour(theme.tokens().panel))
            corners = ((at, top - 1), (at + 5, top - 1), (at - 1, top + BAR_PX + 1), (at - 6, top + BAR_PX + 1))
            painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))


COMPONENT_WORDS = COST_LABELS | {
    **{part.name: part.label for part in END_COMPONENTS},
    "carbon_price": "Carbon price",
    "unmet": "Unserved work",
}
COMPONENT_COLOURS = {part.name: GREY for part in END_COMPONENTS} | {"carbon_price": "#5F7A8C", "unmet": "warning"}


def component_bar(key: str, value: float) -> Bar:
    """The bar of a part of the cost, in its colour."""
    colour = COMPONENT_COLOURS.get(key) or component_colour(key)
    return Bar(COMPONENT_WORDS.get(key, key.capitalize()), value, colour, key)
