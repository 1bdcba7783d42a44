"""A comparison outside the program, as a figure that stands by itself."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen

from gui import theme
from gui.charts.cells import (
    HEAD_PAD,
    PAD,
    ROW,
    largest,
    layout,
    paint_measure,
    paint_name,
    words,
)
from gui.charts.compared import Comparison, comparison_text
from gui.plots.figure import EDGE, Figure

HEADS = 38
LEAST_WIDTH = 460


def comparison_figure(comparison: Comparison, width: int, title: str, caption: str, foot: str) -> Figure:
    """All rows of a comparison with title, headings with units, and where it is from."""
    space = layout(comparison, max(width, LEAST_WIDTH) - 2 * EDGE)
    size = QSize(sum(space.widths), HEADS + len(comparison.rows) * ROW + 6)
    most = largest(comparison)

    def paint(painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _paint_headings(painter, comparison, space.widths)
        for k, row in enumerate(comparison.rows):
            y, x = HEADS + k * ROW, 0
            paint_name(painter, QRect(x, y, space.widths[0], ROW), row)
            for c, cell in enumerate(row.cells):
                x += space.widths[c]
                part = max(0.0, cell.value / most[c]) if cell.value is not None and most[c] > 0 else 0.0
                box = QRect(x, y, space.widths[c + 1], ROW)
                paint_measure(painter, box, row, c, words(comparison, row, c), part, space)

    return Figure(title, caption, size, paint, (), foot, comparison_text(comparison))


def _paint_headings(painter: QPainter, comparison: Comparison, widths: list[int]) -> None:
    t = theme.tokens()
    painter.setFont(theme.font(12, QFont.Weight.Medium))
    painter.setPen(theme.colour(t.muted))
    x = 0
    for text, width in zip((comparison.what, *(c.heading for c in comparison.columns)), widths, strict=True):
        room = QRect(x + PAD, 0, width - PAD, HEADS - 4)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap, text)
        x += width
    painter.setPen(QPen(theme.colour(t.line), 1))
    painter.drawLine(0, HEADS - 3, x, HEADS - 3)


def heading_lines(comparison: Comparison, widths: list[int]) -> int:
    """How many lines the headings of the measures take, 1 or 2."""
    metrics = QFontMetrics(theme.font(12, QFont.Weight.Medium))
    wide = [metrics.horizontalAdvance(c.heading) + 2 * HEAD_PAD for c in comparison.columns]
    return 2 if any(w > width for w, width in zip(wide, widths[1:], strict=True)) else 1
