"""The charts of a report: the pictures that the window draws, painted as shapes and letters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from gigaplan.engine.results.result import Result
from gigaplan.gui.charting.axes import BOTTOM, TOP, paint_groups, paint_right_axis, per_right, rooms
from gigaplan.gui.charting.figure import EDGE, Figure
from gigaplan.gui.charting.hatches import patterns_on
from gigaplan.gui.charting.small_plot import paint_picture, place_in
from gigaplan.gui.charting.swatches import DOT, line_pen
from gigaplan.gui.charting.table_figure import comparison_figure
from gigaplan.gui.present.chart_data import ALLOCATION, COST, EMISSIONS, ENERGY, POWER, Chart
from gigaplan.gui.present.commitment_charts import COMMITMENTS
from gigaplan.gui.present.compared_figures import COMPUTE_COLUMN, TOKEN_COLUMN, per_workload
from gigaplan.gui.present.picture import SUM, Line, Picture, csv_text, reach, reach_right
from gigaplan.gui.style import theme
from gigaplan.gui.views.report.blocks import Block, Charts, Heading

TALL, LOW = 200, 168
"""Pixels of the plot of a chart, alone or beside another."""
GAP = 28
"""Between two figures."""
MOST_DOTS = 48
MOST_KEYS, MOST_ROWS = 20, 24
"""Lines of a chart that are told apart, and rows of a comparison."""
HEADROOM = 1.06, 1.24
"""How much higher than its values a plot is; the second where names of groups stand at its top."""
COMPARED = (
    ("Unit cost of serving", "per million tokens", "usd_per_million_tokens", TOKEN_COLUMN),
    ("Unit cost of compute", "per PFLOP-day", "usd_per_pflop_day", COMPUTE_COLUMN),
)
"""Title, caption, key figure and measure of what is compared by workload."""


def charts(result: Result, room: int) -> Iterator[Block]:
    """The charts of an optimal result, `room` pixels wide."""
    half = (room - GAP) // 2
    yield Heading("Charts", new_page=True)
    yield Charts((_legible(result, ALLOCATION, room, TALL, ("platform", "vendor")),))
    yield Charts((drawn(result, COST, room, TALL, span="year", by="component"),))
    yield Charts((drawn(result, POWER, room, TALL, site=""),))
    yield Charts(
        (
            drawn(result, EMISSIONS, half, LOW, span="year", by="component"),
            _legible(result, ENERGY, half, LOW, ("site", "jurisdiction", "vendor"), span="year"),
        )
    )
    yield from _compared(result, room)
    if result.plan.agreements:
        yield Charts((drawn(result, COMMITMENTS[0], room, TALL, agreement=""),))


def _compared(result: Result, room: int) -> Iterator[Block]:
    for title, caption, kpi, column in COMPARED:
        comparison = per_workload(result, kpi, column)
        rows = [row for row in comparison.rows if row.cells[0].value is not None]
        if len(rows) > MOST_ROWS:
            caption += f", the {MOST_ROWS} dearest of {len(rows)} workloads"
            rows = sorted(rows, key=lambda row: -(row.cells[0].value or 0.0))[:MOST_ROWS]
        if rows:
            comparison = replace(comparison, rows=tuple(rows))
            yield Charts((comparison_figure(comparison, room + 2 * EDGE, title, caption, ""),))


def _legible(result: Result, chart: Chart, width: int, height: int, splits: tuple[str, ...], **chosen: str) -> Figure:
    """A chart by the first of these splits that has few enough lines to tell apart."""
    figures = (drawn(result, chart, width, height, by=by, **chosen) for by in splits)
    last = next(figures)
    for figure in figures:
        if len(last.keys) <= MOST_KEYS:
            break
        last = figure
    return last


def drawn(result: Result, chart: Chart, width: int, height: int, **chosen: str) -> Figure:
    """A chart of the window as a figure, `width` pixels wide, with a plot `height` pixels high."""
    picture = chart.make(result, chosen)
    money = picture.unit.startswith("USD") and not picture.caption.startswith(picture.currency)
    caption = f"{picture.currency} {picture.caption}" if money else picture.caption

    def paint(painter: QPainter) -> None:
        _paint(painter, picture, QRectF(0, 0, width, height), picture.empty or chart.empty)

    keys = tuple(line for line in picture.lines if line.values.any())
    return Figure(chart.title, caption, QSize(width, height), paint, keys, picture.note, csv_text(picture))


def _paint(painter: QPainter, picture: Picture, room: QRectF, empty: str) -> None:
    low, high = reach(picture, set())
    highest = reach_right(picture, set())
    if low == high and not highest:
        painter.setFont(theme.font(13))
        painter.setPen(theme.colour(theme.tokens().muted))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, empty)
        return
    top = high * HEADROOM[bool(picture.groups)] if high > low else 1.0
    ends = (low * HEADROOM[0], top)
    tall = room.height() - TOP - BOTTOM
    scale = per_right(*ends, tall, highest)
    left, right = rooms(*ends, tall, scale if highest > 0 else None, picture.unit, picture.currency)
    plot = room.adjusted(left, TOP, -right, -BOTTOM)
    named = replace(
        picture,
        columns=picture.ticks or picture.columns,
        lines=tuple(line for line in picture.lines if line.style != SUM),
    )
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_picture(painter, plot, named, ends, True, -1)
    place = place_in(plot, len(picture.columns), ends)
    paint_groups(painter, plot, place, picture.groups)
    if highest > 0:
        paint_right_axis(painter, plot, place, ends, scale, picture.unit, picture.currency)
        for line in picture.lines:
            if line.style == SUM:
                _paint_sum(painter, [place(k, v) for k, v in enumerate((line.values * scale).tolist())], line)


def _paint_sum(painter: QPainter, points: list[QPointF], line: Line) -> None:
    """A line with a dot at each column, set off by a rim from what lies under it."""
    ground = theme.colour(theme.tokens().panel)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(ground, 4), line_pen(line, patterns_on())):
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF(points))
    painter.setBrush(painter.pen().color())
    painter.setPen(QPen(ground, 1))
    for point in points if len(points) <= MOST_DOTS else ():
        painter.drawEllipse(point, DOT + 0.5, DOT + 0.5)
