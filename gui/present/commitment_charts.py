"""The charts of agreements: what take or pay owes, what of it is used, and what is stranded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import groupby

import numpy as np

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.results.commitments import YearUse, by_period, year_uses
from gigaplan.engine.results.result import Result
from gigaplan.gui.present.chart_data import PERIOD_WORDS, Chart, ChartChoice, Choices
from gigaplan.gui.present.picture import Floats, Line, Picture, period_spans, year_words
from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import component_look

ALL = ""
BEYOND = "#4AA8C9"
NO_AGREEMENT = "No agreement in this plan. What rentals owe after the horizon is in Compare, and beside the total cost."
NOTHING_OWED = "No agreement owes anything within this plan."
MEANINGS = {
    "used": "Spent on the agreement's offers, at its discounted prices, up to what it owes.",
    "stranded": "Owed and not spent: paid at the end of the contract year without return.",
    "beyond": "Spent on the agreement's offers beyond what it owes.",
    "owed": "Take or pay: the commitment of the contract year, as far as it lies in the plan and the agreement.",
}


def _agreements(plan: Plan) -> Choices:
    return ((ALL, "All agreements"), *((g.id, g.name or g.id) for g in plan.agreements))


def per_contract_year(result: Result, chosen: dict[str, str]) -> Picture:
    """A column per contract year, in order of agreements: used and stranded up to what is owed, and what is beyond."""
    assert result.allocation is not None
    uses = [u for u in year_uses(result.allocation) if chosen["agreement"] in (ALL, u.agreement) and u.owed > 0]
    names = {g.id: g.name or g.id for g in result.plan.agreements}
    ticks = tuple(year_words(u.first, u.months) for u in uses)
    groups = tuple((names[key], len(list(there))) for key, there in groupby(u.agreement for u in uses))
    several = len(groups) > 1
    columns = tuple(f"{names[u.agreement]}, {tick}" for u, tick in zip(uses, ticks, strict=True)) if several else ticks

    def values(of: Callable[[YearUse], float]) -> Floats:
        return np.array([of(u) for u in uses], dtype=float)

    lines = _lines(
        {
            "used": values(lambda u: u.used),
            "stranded": values(lambda u: u.stranded),
            "beyond": values(lambda u: u.beyond),
            "owed": values(lambda u: u.owed),
        }
    )
    spans, sources = tuple(u.span for u in uses), tuple((u.agreement, u.span[1]) for u in uses)
    picture = _picture(result, chosen, "a contract year", columns, lines, spans, head="Contract year")
    return replace(picture, sources=sources, ticks=ticks, groups=groups if several else ())


def per_period(result: Result, chosen: dict[str, str]) -> Picture:
    """A column per period: what is owed evenly over each contract year, spend, and what is stranded at its end."""
    assert result.allocation is not None
    months = result.time.months
    lines = _lines(by_period(result.allocation, chosen["agreement"] or None))
    every = PERIOD_WORDS.get(months, f"per {months} months")
    picture = _picture(result, chosen, every, result.time.labels, lines, period_spans(result.time))
    uses = [u for u in year_uses(result.allocation) if chosen["agreement"] in (ALL, u.agreement)]
    agreements = {u.agreement for u in uses}
    row = agreements.pop() if len(agreements) == 1 else ""
    every_period = range(result.time.periods)
    settled = [next((u.span[1] for u in uses if u.span[0] <= t <= u.span[1]), t) for t in every_period]
    return replace(picture, sources=tuple((row, settled[t] if row else t) for t in every_period))


def _lines(values: dict[str, Floats]) -> tuple[Line, ...]:
    # Like power: what is used against what there is. What is stranded is the commitment in the cost.
    unused = component_look("commitment")
    used = Line("used", "Used", theme.tokens().accent, "bar", values["used"], 0, MEANINGS["used"])
    stranded = Line(
        "stranded", "Stranded", unused.colour, "bar", values["stranded"], unused.hatch, MEANINGS["stranded"]
    )
    colour = theme.legible(BEYOND, theme.tokens().panel)
    beyond = Line("beyond", "Beyond what is owed", colour, "bar", values["beyond"], 2, MEANINGS["beyond"])
    return used, stranded, beyond, Line("owed", "Owed", "warning", "step", values["owed"], meaning=MEANINGS["owed"])


def _picture(
    result: Result, chosen: dict[str, str], every: str, columns: tuple[str, ...], lines: tuple[Line, ...],
    spans: tuple[tuple[int, int], ...], head: str = "",
) -> Picture:  # fmt: skip
    plan = result.plan
    assert result.allocation is not None
    currency = plan.settings.currency
    unsigned = [
        g.name or g.id for g, signed in zip(plan.agreements, result.allocation.signed, strict=True) if signed < 0.5
    ]
    note = f"Not signed in this plan, so nothing is owed: {', '.join(unsigned)}." if unsigned else ""
    subject = next((g.name or g.id for g in plan.agreements if g.id == chosen["agreement"]), "")
    empty = NOTHING_OWED if plan.agreements else NO_AGREEMENT
    return Picture(
        "USD", every, columns, lines, not head, currency, note, subject, spans=spans, head=head,
        empty=f"{empty} {note}".strip(),
    )  # fmt: skip


_CHOICE = ChartChoice("agreement", _agreements)
COMMITMENTS = (
    Chart("commitments", "Commitments", (_CHOICE,), per_contract_year, NO_AGREEMENT),
    Chart("commitments-over-time", "Commitments over time", (_CHOICE,), per_period, NO_AGREEMENT),
)
