"""What was found of uncertain inputs as pictures with their words, alike on the page and in a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QSize

from gigaplan.engine.analysis.fans import COVERAGE, STRANDED, Fan, unit_of
from gigaplan.engine.analysis.uncertainty import CaseOutcome, Spread, figure, spread, stranded
from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.text import counted
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.results.status import STATUS
from gigaplan.gui.charting.fan import Curves, CurvesPlot
from gigaplan.gui.charting.figure import Figure
from gigaplan.gui.charting.histogram import DrawnCases, HistogramPlot
from gigaplan.gui.charting.tornado import HIGH_COLOUR, LOW_COLOUR, Tornado, TornadoPlot
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.present.risk_figures import misses, swings
from gigaplan.gui.style.colours import shown
from gigaplan.gui.text.kpi_text import amount, kpi_text
from gigaplan.gui.text.number_format import THIN, percent

ALONE = "Each input alone, all others as planned; every case is solved again."
TOGETHER = (
    "All inputs sampled together, correlated where the plan says so; every sample is solved again, as if its inputs "
    "were known in advance."
)
ENDS = ((LOW_COLOUR, "input at its P10"), (HIGH_COLOUR, "at its P90"))
"""Which bar is which end."""
MOST_ROWS = 10
"""Inputs that are drawn unless all are asked for."""
SERIES = {
    "cost": "Cost",
    "chips": "Chips",
    "deliveries": "Chips delivered",
    "it_power": "IT power",
    "facility_power": "Facility power",
    "facility_energy": "Facility energy",
    "emissions": "Emissions",
    "water": "Water",
    STRANDED: "Stranded commitments",
}
BANDS = "Inner band: P10 to P90 of the samples; outer band: P5 to P95; line: P50."


def tornado_of(
    plan: Plan, found: Mapping[str, tuple[CaseOutcome, CaseOutcome]], base: float | None, kpi: str
) -> Tornado | None:
    """What each input does alone to a key figure; None where nothing is known of it."""
    made = () if base is None else tuple(swings(plan, found, base, kpi))
    return Tornado(kpi, KPIS[kpi].unit, plan.settings.currency, base, made) if base is not None and made else None


def drawn_of(plan: Plan, found: Sequence[CaseOutcome], base: float | None, kpi: str) -> DrawnCases | None:
    """Where a key figure lies over drawn cases; None where no case has it. Without `base` it is not marked."""
    about = spread(found, kpi)
    if about is None:
        return None
    values = np.array([v for o in found if (v := figure(o, kpi)) is not None])
    return DrawnCases(kpi, KPIS[kpi].unit, plan.settings.currency, values, about, base)


def drawn_words(plan: Plan, picture: DrawnCases | None, found: Sequence[CaseOutcome], seed: int) -> str:
    """Sentences on drawn cases: where the plan lies among them, how many have no figures and why, what is assumed."""
    said = []
    if picture is not None and picture.base is not None:
        words = kpi_text(picture.base, picture.kpi, plan.settings.currency)
        below = percent(picture.part_below(picture.base))
        said.append(f"As planned (dashed): {words}; {below} of samples lie at or below it.")
    for status, number in misses(found).items():
        part = percent(number / len(found))
        said.append(f"In {number} of {len(found)} ({part}) {STATUS[status].clause}.")
    if all(o.status == "optimal" for o in found):
        said.append("Every sample has a plan that meets every limit.")
    elif picture is not None:
        said.append("Quantiles are of the other samples.")
    return " ".join([*said, TOGETHER, f"Seed {seed}: the same seed draws the same samples."])


def count_words(found: Sequence[CaseOutcome], asked: int) -> str:
    """Number of samples: 100 samples; 7 of 100 samples."""
    samples = counted(asked, "sample")
    return samples if len(found) == asked else f"{len(found)} of {samples}"


def tornado_figure(plot: TornadoPlot, foot: str, csv: str) -> Figure:
    """The tornado that a plot shows, as large as it is there."""
    assert plot.picture is not None
    title = f"{KPIS[plot.picture.kpi].plan_label}: what moves it most"
    keys = tuple((shown(colour), words) for colour, words in ENDS)
    return Figure(title, "each input at its P10 and P90", plot.size(), plot.paint, keys, foot, csv)


def drawn_figure(plot: HistogramPlot, foot: str, csv: str) -> Figure:
    """The drawn cases that a plot shows, as large as it is there."""
    assert plot.picture is not None
    title = f"{KPIS[plot.picture.kpi].plan_label} over {counted(plot.picture.spread.count, 'sample')}"
    return Figure(title, "P10, P50, P90", plot.size(), plot.paint, (), foot, csv)


def exceedance_curves(about: Spread, kpi: str, currency: str) -> Curves:
    """How likely it is that a key figure is so high or higher."""
    levels, chances = zip(*about.exceedance, strict=True)
    words = [kpi_text(level, kpi, currency) for level in levels]
    return Curves(
        title=f"{KPIS[kpi].plan_label}: chance of so much or more",
        x_texts=tuple(words),
        at=levels,
        unit="fraction",
        currency=currency,
        bands=(),
        line=chances,
        readings=tuple(f"{percent(chance)}: {word} or more" for word, chance in zip(words, chances, strict=True)),
    )


def exceedance_words(about: Spread, kpi: str, currency: str) -> str:
    """A sentence on it, with the mean of the worst."""
    said = f"{KPIS[kpi].plan_label}, over {counted(about.count, 'sample')}. "
    return f"{said}Mean of the worst 5{THIN}%: {kpi_text(about.cvar95, kpi, currency)}."


def stranded_words(plan: Plan, found: Sequence[CaseOutcome]) -> str:
    """What falls short of commitments; nothing where no sample has a plan."""
    about = stranded(found)
    if about is None:
        return ""
    p10, p50, p90 = (amount(value, "USD", plan.settings.currency) for value in (about.p10, about.p50, about.p90))
    return f"What falls short of commitments over the horizon: P10 {p10}, P50 {p50}, P90 {p90}."


def curves_figure(picture: Curves, size: QSize) -> Figure:
    """Curves as large as that."""
    plot = CurvesPlot(picture.title)
    plot.resize(size)
    plot.show_curves(picture, False)
    return Figure(picture.title, "", size, plot.paint, (), "", "")


def series_label(plan: Plan, name: str) -> str:
    """A series in words."""
    if name in SERIES:
        return SERIES[name]
    row = find(plan, "workloads", name.removeprefix(f"{COVERAGE}|"))
    return f"Coverage of {row_name(row)}" if row is not None else name


def fan_curves(plan: Plan, found: Fan) -> Curves:
    """A fan as it is drawn."""
    time, currency, unit = Timeline.of(plan.settings), plan.settings.currency, unit_of(found.name)

    def reading(k: int) -> str:
        named = (("P95", found.p95), ("P90", found.p90), ("P50", found.p50), ("P10", found.p10), ("P5", found.p05))
        lines = [f"{p}  {_words(value, unit, currency)}" for p, each in named if (value := each[k]) is not None]
        return "\n".join([time.labels[k], *lines])

    return Curves(
        title=f"{series_label(plan, found.name)} over {counted(found.count, 'sample')}",
        x_texts=time.labels,
        at=tuple(range(time.periods)),
        unit=unit,
        currency=currency,
        bands=((found.p05, found.p95), (found.p10, found.p90)),
        line=found.p50,
        readings=tuple(map(reading, range(time.periods))),
    )


def _words(value: float, unit: str, currency: str) -> str:
    return percent(value) if unit == "fraction" else amount(value, unit, currency)
