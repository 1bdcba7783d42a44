"""A tornado of differences: one bar in each row, from nothing to the left or right, the longest first."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QWidget

from gigaplan.gui.charting.rows import RowsPlot
from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import GREY, shown

ROW_PX, BAR_PX, EDGE_PX, GAP_PX, FIGURE_PX = 28, 14, 6, 12, 84
PART = 0.42
"""Of the width, what the words of rows take at most."""


@dataclass(frozen=True)
class Ranked:
    """A difference, and what makes it."""

    id: str
    """Of the scenario."""
    words: str
    of: str
    """The scenario that a cause is one of; empty for a scenario itself."""
    value: float
    figure: str


class RankPlot(RowsPlot):
    """Paints the rows; scenarios in the accent, their causes in grey."""

    row_px = ROW_PX
    chosen = Signal(str)
    """The id of a scenario."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ranked: tuple[Ranked, ...] = ()
        self.setAccessibleName("Scenarios and causes by what they change; up and down choose one, Enter shows it")

    def show_ranked(self, ranked: tuple[Ranked, ...], dimmed: bool) -> None:
        """Draws the rows, dimmed where they belong to an older plan."""
        self.ranked, self.dimmed = ranked, dimmed
        self.row = min(self.row, max(0, len(ranked) - 1))
        self.setFixedHeight(max(len(ranked), 1) * ROW_PX + 2)
        self.setAccessibleDescription("; ".join(f"{_label(each)}: {each.figure}" for each in ranked))
        self.update()

    def rows(self) -> int:
        return len(self.ranked)

    def choose(self, row: int) -> None:
        self.chosen.emit(self.ranked[row].id)

    def paint(self, painter: QPainter) -> None:
        t = theme.tokens()
        painter.setOpacity(0.45 if self.dimmed else 1.0)
        metrics = QFontMetrics(theme.font(13, QFont.Weight.Medium))
        widest = max(metrics.horizontalAdvance(_label(each)[:120]) for each in self.ranked)
        label = min(widest + 4, int(self.width() * PART))
        left, right = EDGE_PX + label + GAP_PX, self.width() - EDGE_PX - FIGURE_PX - GAP_PX
        low = min(0.0, *(each.value for each in self.ranked))
        high = max(0.0, *(each.value for each in self.ranked))
        per = (right - left) / ((high - low) or 1.0)
        zero = left - low * per
        for k, each in enumerate(self.ranked):
            top = k * ROW_PX
            weight = QFont.Weight.Normal if each.of else QFont.Weight.Medium
            painter.setFont(theme.font(13, weight))
            painter.setPen(theme.colour(t.muted if each.of else t.text))
            words = QFontMetrics(painter.font()).elidedText(_label(each), Qt.TextElideMode.ElideRight, label)
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(EDGE_PX, top, label, ROW_PX), middle, words)
            painter.drawText(
                QRectF(right + GAP_PX, top, FIGURE_PX, ROW_PX), middle | Qt.AlignmentFlag.AlignRight, each.figure
            )
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(shown(GREY if each.of else "accent")))
            a, b = sorted((zero, zero + each.value * per))
            painter.drawRoundedRect(QRectF(a, top + (ROW_PX - BAR_PX) / 2, max(b - a, 1.5), BAR_PX), 2, 2)
        painter.setPen(QPen(theme.colour(t.text), 1))
        painter.drawLine(round(zero), 0, round(zero), len(self.ranked) * ROW_PX)


def _label(each: Ranked) -> str:
    return f"{each.words}, in {each.of}" if each.of else each.words
