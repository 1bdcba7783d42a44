"""The two axes of a chart: columns of time below, and a value with its unit at the left."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from gigaplan.gui.present.picture import SMALLEST
from gigaplan.gui.style import theme
from gigaplan.gui.text.number_format import MINUS, SCALES, SYMBOLS, THIN, decimal_sign, plain

TEXT_PX = 12
LEFT, TOP, RIGHT, BOTTOM = 48, 8, 12, 24
"""Room around the plot, in pixels; at the left at least."""
SECOND = 48
"""Room at the right where there is an axis too, at least."""
_FINE = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
SCALED = {
    "MWh": ((1e6, f"{THIN}TWh"), (1e3, f"{THIN}GWh"), (1.0, f"{THIN}MWh")),
    "tCO2e": ((1e6, f"{THIN}Mt"), (1e3, f"{THIN}kt"), (1.0, f"{THIN}t")),
}
"""The units of an axis that has them beside its figures, by the unit of what it shows."""
_JANUARY = ("-01", " Q1")


def nice_step(span: float, about: int) -> float:
    """A step of 1, 2, 4 or 5 times a power of ten that cuts `span` into at most `about` parts."""
    if span <= 0 or not math.isfinite(span):
        return 1.0
    raw = max(span, SMALLEST) / max(1, about)
    scale = 10.0 ** math.floor(math.log10(raw))
    return next(f * scale for f in (1, 2, 4, 5, 10) if f * scale >= raw * (1 - 1e-9))


def step_of(low: float, high: float, pixels: float) -> float:
    """The round step between ticks that are not closer than 34 pixels or so; one tick alone would give no scale."""
    for about in range(max(2, min(7, int(pixels // 34))), 8):
        step = nice_step(high - low, about)
        if math.floor(high / step + 1e-9) > math.ceil(low / step - 1e-9):
            break
    return step


def per_right(low: float, high: float, pixels: float, highest: float) -> float:
    """What one of the axis at the right is at the left, so that `highest` has room and both share their ticks."""
    if highest <= 0 or high <= low:
        return 1.0
    step = step_of(low, high, pixels)
    raw = highest * 1.04 / (high / step)
    scale = 10.0 ** math.floor(math.log10(raw))
    return step / next(f * scale for f in _FINE if f * scale >= raw * (1 - 1e-9))


def tick_texts(values: list[float], unit: str, currency: str) -> list[str]:
    """The words at the ticks of a value axis, all at one scale: $5B, 0.5M, 400."""
    largest = max((abs(v) for v in values), default=0.0)
    if unit == "fraction":
        return [f"{plain(value * 100, 3)}{THIN}%" for value in values]
    amount = unit.startswith("USD")
    # 1200 MW is read more easily than 1.2k; money is read in thousands.
    own = SCALED.get(unit, ())
    scales = own or (SCALES if amount or largest >= 10_000 else ())
    fitting = next(((s, c) for s, c in scales if largest >= s * (1 - 1e-9)), None)
    scale, letter = fitting or (own[-1] if own else (1.0, ""))
    shown = [abs(v) / scale for v in values]
    places = next((p for p in range(7) if all(abs(round(v, p) - v) < 1e-9 * max(1.0, v) for v in shown)), 6)
    symbol = SYMBOLS.get(currency, "") if amount else ""  # a long name of money stands beside the title
    texts = []
    for value in values:
        digits = f"{abs(value) / scale:,.{places}f}".replace(",", THIN).replace(".", decimal_sign())
        zero = abs(value) < scale * 1e-9
        texts.append(f"{MINUS if value < 0 and not zero else ''}{symbol}{'0' if zero else digits + letter}")
    return texts


def set_up(painter: QPainter, dimmed: bool) -> None:
    """Readies a painter for a drawing with the text of axes; one of an older plan is dimmed."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setOpacity(0.45 if dimmed else 1.0)
    painter.setFont(theme.font(TEXT_PX))


def room_beside(texts: list[str], least: int) -> int:
    """How many pixels the words of a value axis take beside the plot, `least` or more."""
    metrics = QFontMetricsF(theme.font(TEXT_PX))
    return max(least, math.ceil(max(map(metrics.horizontalAdvance, texts), default=0.0)) + 10)


def rooms(low: float, high: float, pixels: float, per_right: float | None, unit: str, currency: str) -> tuple[int, int]:
    """The room at the left and at the right of a plot so many pixels high; without `per_right` no axis is there."""
    ticks = value_ticks(low, high, pixels)
    left = room_beside(tick_texts(ticks, unit, currency), LEFT)
    if per_right is None:
        return left, RIGHT
    return left, room_beside(tick_texts([v / per_right for v in ticks], unit, currency), SECOND)


def column_ticks(columns: tuple[str, ...], low: float, high: float, room: int) -> list[int]:
    """The columns between `low` and `high` that are named where `room` names have room: whole years first."""
    first, last = max(0, math.ceil(low)), min(len(columns) - 1, math.floor(high))
    if last < first:
        return []
    january = [k for k, name in enumerate(columns) if name.endswith(_JANUARY)]
    if len(january) > 1:
        year = january[1] - january[0]
        offset, steps = (
            january[0],
            [*(d for d in range(1, year + 1) if year % d == 0), *(year * n for n in (2, 3, 5, 10))],
        )
    else:
        offset, steps = 0, [1, 2, 3, 5, 10, 20, 50, 100, 200, 500]
    for step in steps:
        named = [k for k in range(first, last + 1) if (k - offset) % step == 0]
        if len(named) <= max(1, room):
            return named
    return [first]


def value_ticks(low: float, high: float, pixels: float) -> list[float]:
    """Round values between `low` and `high`, not closer than 34 pixels or so."""
    step = step_of(low, high, pixels)
    return [k * step for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def paint_axes(
    painter: QPainter,
    plot: QRectF,
    place: Callable[[float, float], QPointF],
    ranges: tuple[tuple[float, float], tuple[float, float]],
    columns: tuple[str, ...],
    unit: str,
    currency: str,
    values_named: bool = True,
) -> None:
    """Paints value lines with their words, and the names of columns, around `plot`.

    `place` maps a point of the data to one of the painter; `ranges` are those of x and y that are seen. Without
    `values_named` the value lines have no words, as where an axis is shared.
    """
    t = theme.tokens()
    painter.setFont(theme.font(TEXT_PX))
    metrics = QFontMetricsF(painter.font())
    (x_low, x_high), (y_low, y_high) = ranges
    values = value_ticks(y_low, y_high, plot.height())
    for value, text in zip(values, tick_texts(values, unit, currency), strict=True):
        y = round(place(x_low, value).y()) + 0.5
        painter.setPen(QPen(theme.colour(t.muted if abs(value) < 1e-12 else t.track), 1))
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
        painter.setPen(theme.colour(t.muted))
        if values_named:
            box = QRectF(0, y - 10, plot.left() - 6, 20)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
    named = names_that_fit(columns, x_low, x_high, plot.width(), metrics.horizontalAdvance)
    for column, name in named:
        width = metrics.horizontalAdvance(name) + 2
        x = min(max(0.0, place(column, y_low).x() - width / 2), plot.right() + RIGHT - width)
        painter.drawText(QRectF(x, plot.bottom() + 3, width, 18), Qt.AlignmentFlag.AlignCenter, name)


def paint_groups(
    painter: QPainter, plot: QRectF, place: Callable[[float, float], QPointF], groups: tuple[tuple[str, int], ...]
) -> None:
    """Paints the names of groups of columns at the top of `plot`, and a line between them."""
    t = theme.tokens()
    painter.setFont(theme.font(TEXT_PX))
    first = 0
    for name, count in groups:
        left = max(place(first - 0.5, 0.0).x(), plot.left())
        right = min(place(first + count - 0.5, 0.0).x(), plot.right())
        if first and left > plot.left():
            painter.setPen(QPen(theme.colour(t.line), 1))
            painter.drawLine(QPointF(round(left) + 0.5, plot.top()), QPointF(round(left) + 0.5, plot.bottom()))
        box = QRectF(left + 4, plot.top(), right - left - 6, 18)
        painter.setPen(theme.colour(t.muted))
        text = QFontMetricsF(painter.font()).elidedText(name, Qt.TextElideMode.ElideRight, max(box.width(), 0.0))
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        first += count


def paint_right_axis(
    painter: QPainter,
    plot: QRectF,
    place: Callable[[float, float], QPointF],
    values: tuple[float, float],
    per_right: float,
    unit: str,
    currency: str,
) -> None:
    """Paints the words of the axis at the right, at the value lines of the left one."""
    ticks = value_ticks(*values, plot.height())
    painter.setFont(theme.font(TEXT_PX))
    painter.setPen(theme.colour(theme.tokens().muted))
    metrics = QFontMetricsF(painter.font())
    left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    for value, text in zip(ticks, tick_texts([v / per_right for v in ticks], unit, currency), strict=True):
        y = round(place(0.0, value).y()) + 0.5
        painter.drawText(QRectF(plot.right() + 6, y - 10, metrics.horizontalAdvance(text) + 2, 20), left, text)


def names_that_fit(
    columns: tuple[str, ...], low: float, high: float, pixels: float, width_of: Callable[[str], float]
) -> list[tuple[int, str]]:
    """The columns to name and their names: the year alone where no more of them would be named whole."""
    whole = column_ticks(columns, low, high, int(pixels // (max(map(width_of, columns), default=30.0) + 8)))
    years = column_ticks(columns, low, high, int(pixels // (width_of("2026") + 10)))
    if len(years) >= len(whole) and all(columns[k].endswith(_JANUARY) for k in years):
        return [(k, columns[k][:4]) for k in years]
    heads = [name.partition(",")[0] for name in columns]
    if len(whole) < high - low - 1 and len(set(heads)) == len(heads) != 0:
        brief = column_ticks(tuple(heads), low, high, int(pixels // (max(map(width_of, heads)) + 8)))
        if len(brief) > len(whole):
            return [(k, heads[k]) for k in brief]
    return [(k, columns[k]) for k in whole]
