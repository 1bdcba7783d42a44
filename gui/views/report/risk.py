"""How sure the inputs of a plan are, and what it comes to when they turn out otherwise: as far as that was tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import QSize

from gigaplan.engine.analysis.fans import STRANDED, fan, names_in
from gigaplan.engine.plan.text import counted
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.gui.charting.histogram import HistogramPlot
from gigaplan.gui.charting.risk_pictures import (
    ALONE,
    BANDS,
    MOST_ROWS,
    count_words,
    curves_figure,
    drawn_figure,
    drawn_of,
    drawn_words,
    exceedance_curves,
    exceedance_words,
    fan_curves,
    stranded_words,
    tornado_figure,
    tornado_of,
)
from gigaplan.gui.charting.tornado import Tornado, TornadoPlot
from gigaplan.gui.jobs.risk_job import ShownTable, Tried
from gigaplan.gui.present.risk_figures import RISK_KPIS, End, base_of, input_words
from gigaplan.gui.text.kpi_text import kpi_text
from gigaplan.gui.text.number_format import percent
from gigaplan.gui.views.report.blocks import Block, Charts, Heading, Table, TableColumn, TableRow, Words
from gigaplan.gui.views.report.material import Material

MOST_NAMES = 30
"""Uncertain inputs that are named where none was tried."""
FANS = ("cost", "chips", "facility_power", "emissions", STRANDED)
"""Series whose range over time is drawn."""
TALL = 170
"""Pixels of the drawn cases."""
ASSUMED = (
    "Every outcome is a plan of its own, the best for inputs that are known beforehand: it is what the plan may come "
    "to, and not what it costs to have planned for something else. How far each input may lie from what is planned is "
    "said in Assumptions, under Uncertainties."
)


def risk(material: Material, room: int) -> Iterator[Block]:
    """What is known of the uncertain inputs, `room` pixels wide; nothing where a plan has none."""
    plan, tried = material.plan, material.tried
    if not plan.uncertainties and not (tried is not None and tried.shown):
        return
    yield Heading("Risk")
    for shown in tried.shown if tried is not None else ():
        yield from _decided(shown)
    if not plan.uncertainties:
        return
    if tried is None or not (tried.swings or tried.drawn) or not material.is_solved:
        yield Words(f"{_named(material)}. {'It was' if len(plan.uncertainties) == 1 else 'They were'} not drawn.")
        return
    yield Words(ASSUMED)
    yield from _alone(material, tried, room)
    yield from _together(material, tried, room)


def _decided(shown: ShownTable) -> Iterator[Block]:
    """An analysis of decisions, as the page shows it."""
    yield Heading(shown.title, 2)
    for words in shown.words:
        yield Words(words)
    columns = tuple(TableColumn(head or "Plan", is_figure=k > 0) for k, head in enumerate(shown.heads))
    yield Table(columns, tuple(TableRow(cells) for cells in shown.rows))


def _named(material: Material) -> str:
    """Which inputs are uncertain: 2 inputs are uncertain: Demand of Chat, Price of Rent."""
    rows = material.plan.uncertainties
    names = [input_words(material.plan, row) for row in rows[:MOST_NAMES]]
    more = f" and {len(rows) - MOST_NAMES} more" if len(rows) > MOST_NAMES else ""
    return f"{counted(len(rows), 'input')} {'is' if len(rows) == 1 else 'are'} uncertain: {', '.join(names)}{more}"


def _alone(material: Material, tried: Tried, room: int) -> Iterator[Block]:
    base = base_of(material.result, tried.kpi)
    whole = tornado_of(material.plan, tried.swings, base, tried.kpi)
    yield Heading("Each input alone", 2)
    if whole is None:
        yield Words("Not every input was tried alone.")
        return
    yield Words(ALONE)
    plot = TornadoPlot()
    plot.show_picture(replace(whole, swings=whole.swings[:MOST_ROWS]), False)
    plot.resize(QSize(room, plot.height()))
    yield Charts((tornado_figure(plot, "", ""),))
    if len(whole.swings) > MOST_ROWS:
        yield _others(whole)


def _others(whole: Tornado) -> Table:
    """The inputs that have no bar."""
    columns = (
        TableColumn("The others"),
        *(TableColumn(name, is_figure=True, group=f"Input at its {end}") for end in ("P10", "P90")
          for name in ("Input", "Figure then")),
    )  # fmt: skip

    def cells(end: End) -> tuple[str, str]:
        return end.words, end.failure if end.value is None else whole.words(end.value)

    return Table(
        columns, tuple(TableRow((s.label, *cells(s.ends[0]), *cells(s.ends[1]))) for s in whole.swings[MOST_ROWS:])
    )


def _together(material: Material, tried: Tried, room: int) -> Iterator[Block]:
    plan = material.plan
    yield Heading("All inputs together", 2)
    if not tried.drawn:
        yield Words(f"{_named(material)}. All of them together were not drawn.")
        return
    picture = drawn_of(plan, tried.drawn, base_of(material.result, tried.kpi), tried.kpi)
    words = drawn_words(plan, picture, tried.drawn, tried.seed)
    yield Words(f"{count_words(tried.drawn, tried.asked)}. {words}")
    if picture is None:
        return
    plot = HistogramPlot()
    plot.resize(QSize(room, TALL))
    plot.show_picture(picture, False)
    yield Charts((drawn_figure(plot, "", ""),))
    size = QSize(room, TALL)
    yield Charts((curves_figure(exceedance_curves(picture.spread, tried.kpi, material.currency), size),))
    yield Words(exceedance_words(picture.spread, tried.kpi, material.currency))
    yield from _over_time(material, tried, size)
    yield Heading("Key figures over the samples", 2)
    yield _spreads(material, tried)


def _over_time(material: Material, tried: Tried, size: QSize) -> Iterator[Block]:
    """Fans of what a plan is decided by; of stranded commitments where there are any."""
    plan, names = material.plan, names_in(tried.drawn)
    fans = [found for name in FANS if name in names and (found := fan(tried.drawn, name)) is not None]
    shown = [found for found in fans if found.name != STRANDED or any(value for value in found.p95)]
    if not shown:
        return
    yield Heading("Range over time", 2)
    yield Words(BANDS)
    for found in shown:
        yield Charts((curves_figure(fan_curves(plan, found), size),))
        if found.name == STRANDED:
            yield Words(stranded_words(plan, tried.drawn))


def _spreads(material: Material, tried: Tried) -> Table:
    """Every key figure of the page over the cases, the one that is looked at first."""
    currency, rows = material.currency, []
    for kpi in (tried.kpi, *(k for k in RISK_KPIS if k != tried.kpi)):
        base = base_of(material.result, kpi)
        picture = drawn_of(material.plan, tried.drawn, base, kpi)
        if picture is None or base is None:
            continue
        about = picture.spread
        figures = (base, about.p10, about.p50, about.p90, about.mean)
        below = percent(picture.part_below(base))
        cells = (kpi_text(value, kpi, currency, 4) for value in figures)
        unit = " CO\u2082e" if KPIS[kpi].unit == "tCO2e" else ""
        rows.append(TableRow((f"{KPIS[kpi].plan_label}{unit and ','}{unit}", *cells, below)))
    heads = [TableColumn(name, is_figure=True) for name in ("As planned", "P10", "P50", "P90", "Mean")]
    return Table((TableColumn("Key figure"), *heads, TableColumn("At or below plan", is_figure=True)), tuple(rows))
