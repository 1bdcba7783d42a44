"""What was found of uncertain inputs as pictures with their words, alike on the page and in a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gigaplan.engine.analysis.uncertainty import Outcome, figure, spread
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.text import counted
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.results.status import STATUS
from gigaplan.gui.charting.figure import Figure
from gigaplan.gui.charting.histogram import Drawn, HistogramPlot
from gigaplan.gui.charting.tornado import HIGH_COLOUR, LOW_COLOUR, Tornado, TornadoPlot
from gigaplan.gui.present.risk_figures import misses, swings
from gigaplan.gui.style.colours import shown
from gigaplan.gui.text.kpi_text import kpi_text
from gigaplan.gui.text.number_format import percent

ALONE = "Each input alone, all others as planned; every case is solved again."
TOGETHER = (
    "All inputs sampled together, correlated where the plan says so; every sample is solved again, as if its inputs "
    "were known in advance."
)
ENDS = ((LOW_COLOUR, "input at its P10"), (HIGH_COLOUR, "at its P90"))
"""Which bar is which end."""
MOST_ROWS = 10
"""Inputs that are drawn unless all are asked for."""


def tornado_of(
    plan: Plan, found: Mapping[str, tuple[Outcome, Outcome]], base: float | None, kpi: str
) -> Tornado | None:
    """What each input does alone to a key figure; None where nothing is known of it."""
    made = () if base is None else tuple(swings(plan, found, base, kpi))
    return Tornado(kpi, KPIS[kpi].unit, plan.settings.currency, base, made) if base is not None and made else None


def drawn_of(plan: Plan, found: Sequence[Outcome], base: float | None, kpi: str) -> Drawn | None:
    """Where a key figure lies over drawn cases; None where no case has it. Without `base` it is not marked."""
    about = spread(found, kpi)
    if about is None:
        return None
    values = np.array([v for o in found if (v := figure(o, kpi)) is not None])
    return Drawn(kpi, KPIS[kpi].unit, plan.settings.currency, values, about, base)


def drawn_words(plan: Plan, picture: Drawn | None, found: Sequence[Outcome], seed: int) -> str:
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


def count_words(found: Sequence[Outcome], asked: int) -> str:
    """Number of samples: 100 samples; 7 of 100 samples."""
    samples = counted(asked, "sample")
    return samples if len(found) == asked else f"{len(found)} of {samples}"


def tornado_figure(plot: TornadoPlot, foot: str, csv: str) -> Figure:
    """The tornado that a plot shows, as large as it is there."""
    assert plot.picture is not None
    return Figure(
        title=f"{KPIS[plot.picture.kpi].plan_label}: what moves it most",
        caption="each input at its P10 and P90",
        body=plot.size(),
        paint=plot.paint,
        keys=tuple((shown(colour), words) for colour, words in ENDS),
        foot=foot,
        csv=csv,
    )


def drawn_figure(plot: HistogramPlot, foot: str, csv: str) -> Figure:
    """The drawn cases that a plot shows, as large as it is there."""
    assert plot.picture is not None
    return Figure(
        title=f"{KPIS[plot.picture.kpi].plan_label} over {counted(plot.picture.spread.count, 'sample')}",
        caption="P10, P50, P90",
        body=plot.size(),
        paint=plot.paint,
        keys=(),
        foot=foot,
        csv=csv,
    )
