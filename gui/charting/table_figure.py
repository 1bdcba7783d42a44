"""A comparison outside the program, as a figure that stands by itself."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen

from gigaplan.gui.charting.figure import EDGE, Figure
from gigaplan.gui.present.bar_comparison import Cell, Comparison, MeasuredRow, comparison_text
from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import shown
from gigaplan.gui.text.number_format import DASH, percent, with_unit

# How a comparison is painted, on the screen and on paper: a mark before each name, and a bar beside each figure.


ROW = 25
PAD, GAP = 4, 8
HEAD_PAD = 7
"""Beside the words of a heading, with a pixel for rounding."""
SHORTEST = 20
"""Where a bar has less room than this beside its figure, it lies under it."""


def words(comparison: Comparison, row: MeasuredRow, column: int) -> str:
    """A figure as it stands beside its bar."""
    cell = row.cells[column]
    if cell.value is None:
        return cell.note or DASH
    return _figure(cell.value, comparison.columns[column].unit, comparison.currency)


# While a value is dragged, most of a table stays as it was, and is asked for anew at every turn.


@functools.lru_cache(8192)
def _figure(value: float, unit: str, currency: str) -> str:
    return percent(value) if unit == "fraction" else with_unit(value, "USD", currency)


@functools.lru_cache(8192)
def _width(text: str, size: int) -> int:
    return QFontMetrics(theme.font(size)).horizontalAdvance(text)


@dataclass(frozen=True)
class Layout:
    """The pixels that a comparison takes, across."""

    widths: list[int]
    """Of all columns, the names' first."""
    figures: list[int]
    """Of the widest figure of each measure."""
    notes: list[int]
    """Of the widest note beside a bar of each measure; 0 where there is none."""
    under: bool
    """Whether bars lie under their figures, for want of room beside them."""


def layout(comparison: Comparison, room: int) -> Layout:
    """Gives names what they need, within limits, and the measures the rest of `room` alike; more where they must."""
    count = range(len(comparison.columns))
    there = [[row for row in comparison.rows if row.cells[c].value is not None] for c in count]
    figure = [max((_width(words(comparison, r, c), 13) for r in there[c]), default=20) + 2 for c in count]
    beside = [max((_width(r.cells[c].note, 12) for r in there[c]), default=0) for c in count]
    note = [width + GAP if width else 0 for width in beside]
    longest = max((_width(row.label, 12) for row in comparison.rows), default=60) + 26
    name = min(max(longest, 70), room * (62 if len(count) == 1 else 40) // 100)
    least = [2 * PAD + figure[c] + note[c] + (GAP + SHORTEST if note[c] else 0) for c in count]
    least = [max(w, heading_width(c.heading)) for w, c in zip(least, comparison.columns, strict=True)]
    name = max(min(name, room - sum(least)), min(name, 72 if len(count) == 1 else 110))
    alike = (room - name - sum(note)) // max(1, len(count))
    widths = [alike + note[c] for c in count]
    if any(width < need for width, need in zip(widths, least, strict=True)):
        spare = max(0, room - name - sum(least)) // max(1, len(count))
        widths = [width + spare for width in least]
    under = any(widths[c] - 2 * PAD - figure[c] - note[c] - GAP < SHORTEST for c in count)
    return Layout([name, *widths], figure, note, under)


@functools.cache
def heading_width(heading: str) -> int:
    """The least width that a heading takes in two lines."""
    metrics = QFontMetrics(theme.font(12, QFont.Weight.Medium))
    parts = heading.split(" ")
    breaks = range(1, len(parts)) if len(parts) > 1 else range(1, 2)
    lines = ((" ".join(parts[:k]), " ".join(parts[k:])) for k in breaks)
    return 2 * HEAD_PAD + min(max(metrics.horizontalAdvance(a), metrics.horizontalAdvance(b)) for a, b in lines)


def largest(comparison: Comparison) -> list[float]:
    """The value of the longest bar of each measure."""
    return [
        max((r.cells[c].value or 0.0 for r in comparison.rows), default=0.0) for c in range(len(comparison.columns))
    ]


def paint_name(painter: QPainter, rect: QRect, row: MeasuredRow) -> None:
    """Paints the mark and the name of a row."""
    rect = rect.adjusted(PAD, 0, -PAD, 0)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour(shown(row.colour)))
    painter.drawRoundedRect(QRectF(rect.x(), rect.center().y() - 7, 3, 15), 1.5, 1.5)
    _text(painter, rect.adjusted(10, 0, 0, 0), 12, theme.tokens().text, row.label)


def paint_measure(
    painter: QPainter, rect: QRect, row: MeasuredRow, column: int, text: str, part: float, space: Layout
) -> None:
    """Paints a figure, its bar, `part` (0..1) of the longest, and its note."""
    t, cell = theme.tokens(), row.cells[column]
    rect = rect.adjusted(PAD, 0, -PAD, 0)
    figure, note = space.figures[column], space.notes[column]
    if cell.value is None:
        _text(painter, rect, 12, t.muted, text)
        return
    number = QRect(rect.x(), rect.y(), min(figure, rect.width()), rect.height())
    under = space.under and not note
    room = rect.width() - figure - note - GAP
    if note:
        _text(painter, QRect(rect.right() - note + GAP, rect.y(), note, rect.height()), 12, t.muted, cell.note)
    if under:
        bar = QRectF(rect.x(), rect.bottom() - 4, (rect.width() - note) * part, 3)
        number.adjust(0, -2, 0, -2)
    else:
        bar = QRectF(rect.x() + figure + GAP, rect.center().y() - 4, room * part, 9)
    _bar(painter, bar, row.colour, cell)
    aligned = Qt.AlignmentFlag.AlignLeft if under else Qt.AlignmentFlag.AlignRight
    _text(painter, number, 13, t.text, text, aligned)


def _bar(painter: QPainter, bar: QRectF, colour: str, cell: Cell) -> None:
    if bar.width() <= 0:
        return
    bar.setWidth(max(2.0, bar.width()))
    tint = theme.colour(shown(colour))
    if cell.caution:
        painter.setPen(QPen(tint, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        bar.adjust(0.5, 0.5, -0.5, -0.5)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
    painter.drawRoundedRect(bar, 2, 2)


def _text(
    painter: QPainter, rect: QRect, size: int, colour: str, text: str,
    aligned: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:  # fmt: skip
    painter.setFont(theme.font(size))
    painter.setPen(theme.colour(colour))
    if _width(text, size) > rect.width():
        text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | aligned, text)


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
