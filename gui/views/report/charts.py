"""The charts of a report: the pictures that the window draws, painted as shapes and letters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import QSize

from gigaplan.engine.results.result import Result
from gigaplan.gui.charting.chart import chart_figure
from gigaplan.gui.charting.drawing_figure import drawing_figure
from gigaplan.gui.charting.figure import EDGE, Figure
from gigaplan.gui.charting.table_figure import comparison_figure
from gigaplan.gui.present.bar_comparison import COMPUTE_COLUMN, TOKEN_COLUMN, per_workload
from gigaplan.gui.present.chart_data import ALLOCATION, COST, EMISSIONS, ENERGY, POWER, SITES, Chart
from gigaplan.gui.present.chart_tabs import DURATION, MERIT, SANKEY, DrawingChart
from gigaplan.gui.present.commitment_charts import COMMITMENTS
from gigaplan.gui.views.report.blocks import Block, Charts, Heading

TALL, LOW = 200, 168
"""Pixels of the plot of a chart, alone or beside another."""
GAP = 28
"""Between two figures."""
MOST_KEYS, MOST_ROWS = 20, 24
"""Lines of a chart that are told apart, and rows of a comparison."""
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
    yield Charts((drawing(result, SANKEY, room, 2 * TALL),))
    yield Charts((drawn(result, POWER, room, TALL, site=""),))
    if len(result.plan.sites) > 1:
        yield Charts((drawn(result, SITES, room, TALL),))
    yield Charts(
        (
            drawn(result, EMISSIONS, half, LOW, span="year", by="component"),
            _legible(result, ENERGY, half, LOW, ("site", "jurisdiction", "vendor"), span="year"),
        )
    )
    yield from _compared(result, room)
    largest = _dearest(result)
    if largest:
        yield Charts((drawing(result, MERIT, room, TALL, workload=largest),))
    if result.plan.settings.blocks:
        yield Charts((drawing(result, DURATION, room, TALL),))
    if result.plan.agreements:
        yield Charts((drawn(result, COMMITMENTS[0], room, TALL, agreement=""),))


def _dearest(result: Result) -> str:
    """The workload that most is paid for; empty where nothing is."""
    paid = {key: float(usd.sum()) for key, usd in result.series("cost", "workload").items()}
    works = [work.id for work in result.plan.workloads]
    return max(works, key=lambda work: paid.get(work, 0.0), default="")


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


def drawing(result: Result, chart: DrawingChart, width: int, height: int, **chosen: str) -> Figure:
    """A drawing of the window as a figure, `width` pixels wide and `height` pixels high."""
    made = chart.make(result, None, chosen)
    title = f"{chart.title} · {made.subject}" if made.subject else chart.title
    return drawing_figure(made, QSize(width, height), title, made.note, made.empty or chart.empty)


def drawn(result: Result, chart: Chart, width: int, height: int, **chosen: str) -> Figure:
    """A chart of the window as a figure, `width` pixels wide, with a plot `height` pixels high."""
    picture = chart.make(result, chosen)
    size = QSize(width, height)
    return chart_figure(picture, size, chart.title, picture.note, picture.empty or chart.empty)
