"""Charts of serving: tokens per chip, and what a million of them cost, against the token latency that is allowed."""

from __future__ import annotations

import math

import numpy as np

from gigaplan.engine.plan.plan import Plan, find, with_rows
from gigaplan.engine.plan.schema import Workload
from gigaplan.engine.results.result import Result
from gigaplan.gui.present.chart_data import Chart, ChartChoice, Choices
from gigaplan.gui.present.picture import CURVE, Floats, Line, Picture
from gigaplan.gui.style.colours import Look, looks
from gigaplan.gui.text.number_format import THIN, plain

ALL, NONE = "*", ""
FORMULA = "(formula)"
"""Not a platform's id: the key of the line of the formula."""
STATED_MEANING = "Its row of throughput counts instead, at any latency."
HOW = "Drag the broken line to move the limit: the plan follows."
NO_WORK = "No workload of this plan serves a model in tokens/s."


def _workloads(plan: Plan) -> Choices:
    from gigaplan.engine.results.latency_curves import serving_workloads

    return tuple((w.id, w.name or w.id) for w in serving_workloads(plan)) or ((NONE, "No workload serves a model"),)


def _platforms(plan: Plan) -> Choices:
    return (ALL, "All platforms"), *((p.id, f"{p.name or p.id}, with its formula") for p in plan.platforms)


def place_of(limit: float | None) -> float:
    """The place of a token latency among the columns; the last column for no limit."""
    from gigaplan.engine.results.latency_curves import LATENCIES

    last = len(LATENCIES) - 1.0
    return (
        last if limit is None else float(np.interp(math.log(max(limit, 1e-9)), np.log(LATENCIES), np.arange(last + 1)))
    )


def limit_at(place: float) -> float | None:
    """The token latency at a place among the columns, ms, to three figures; None at the end, for no limit."""
    from gigaplan.engine.results.latency_curves import LATENCIES

    if place >= len(LATENCIES) - 1.02:
        return None
    value = math.exp(float(np.interp(place, np.arange(len(LATENCIES)), np.log(LATENCIES))))
    return float(f"{value:.3g}")


def per_chip(result: Result, chosen: dict[str, str]) -> Picture:
    """Output tokens/s per chip of each platform at each token latency: measured points, curves, and bands of one."""
    return _picture(result, chosen, {}, "tokens/s", "tokens/s per chip, at a token latency in ms")


def per_million(result: Result, chosen: dict[str, str]) -> Picture:
    """What a million output tokens cost on the cheapest offer of each platform that the workload may use."""
    from gigaplan.engine.results.latency_curves import cheapest_offers

    work = find(result.plan, "workloads", chosen["workload"])
    assert result.allocation is not None
    period = min(int(chosen.get("period", 0)), result.time.periods - 1)
    offers = cheapest_offers(result.allocation, work, period) if work is not None else {}
    caption = f"USD per million tokens, at a token latency in ms, delivered in {result.time.labels[period]}"
    return _picture(result, chosen, offers, "USD/Mtoken", caption.replace("USD", result.plan.settings.currency))


def _picture(
    result: Result, chosen: dict[str, str], offers: dict[str, tuple[str, float]], unit: str, caption: str
) -> Picture:
    from gigaplan.engine.results.latency_curves import LATENCIES, latency_curve, limit_of

    plan = result.plan
    work = find(plan, "workloads", chosen["workload"])
    columns = tuple(f"{plain(v)}{THIN}ms" for v in LATENCIES)
    currency = plan.settings.currency
    if work is None:
        return Picture(unit, caption, columns, (), False, currency, head="Token latency", empty=NO_WORK)
    limit, look, lines = limit_of(work), looks(plan, "platform"), []
    for platform in plan.platforms:
        if chosen["platform"] not in (ALL, platform.id) or (unit != "tokens/s" and platform.id not in offers):
            continue
        curve = latency_curve(work, platform)
        if curve is None:
            continue
        name, its, focused = platform.name or platform.id, look.get(platform.id, Look()), chosen["platform"] != ALL
        offer, usd = offers.get(platform.id, ("", 0.0))
        value, low, high, dots = curve.value, curve.low, curve.high, curve.points
        formula, formula_band = curve.formula, (curve.formula_low, curve.formula_high)
        solid, meaning = curve.measured, curve.points_of or "By the formula; nothing near was measured."
        if curve.stated is not None:
            value, solid, meaning = (
                np.full(len(LATENCIES), curve.stated.value),
                np.ones(len(LATENCIES), bool),
                STATED_MEANING,
            )
            low, high = value, value
        if offer:
            row = find(plan, "offers", offer)
            name = row.name if row is not None else name
            value, low, high = _cost(usd, value), _cost(usd, high), _cost(usd, low)
            formula, formula_band = _cost(usd, formula), (_cost(usd, formula_band[1]), _cost(usd, formula_band[0]))
            dots = None if dots is None else (dots[0], _cost(usd, dots[1]))
        placed = None if dots is None else (np.array([place_of(float(at)) for at in dots[0]]), dots[1])
        band = (low, high) if focused and curve.stated is None else None
        lines.append(
            Line(platform.id, name, its.colour, CURVE, value, meaning=meaning, band=band, dots=placed, solid=solid)
        )
        if focused and (curve.points is not None or curve.stated is not None):
            lines.append(
                Line(FORMULA, "Formula", "muted", CURVE, formula, band=formula_band, solid=np.zeros(len(formula), bool))
            )
    words = "no limit" if limit is None else f"limit {plain(limit)}{THIN}ms"
    return Picture(
        unit, caption, columns, tuple(lines), False, currency, note=HOW, subject=work.name or work.id,
        head="Token latency", mark=place_of(limit),
        ceiling=_ceiling(lines, place_of(limit)) if offers else math.inf, mark_words=words,
    )  # fmt: skip


def _ceiling(lines: list[Line], place: float) -> float:
    """Costs grow without end towards no latency at all: what is seen ends above the dearest at the limit."""
    at = min(round(place), len(lines[0].values) - 1) if lines else 0
    ends = [5 * float(line.values[-1]) for line in lines] + [2 * float(line.values[at]) for line in lines]
    return max(ends, default=0.0) or math.inf


def _cost(usd: float, rate: Floats) -> Floats:
    """USD per million tokens; 0, which is not drawn, where nothing is served."""
    return np.asarray(np.divide(usd, rate, out=np.zeros(len(rate)), where=rate > 0))


def dragged(plan: Plan, chosen: dict[str, str], place: float) -> tuple[Plan, str]:
    """The plan with the limit of the chosen workload at a place among the columns, and what the step is called."""
    from gigaplan.engine.results.latency_curves import with_limit

    limit = limit_at(place)

    def moved(work: Workload) -> Workload:
        return with_limit(work, limit)

    work = find(plan, "workloads", chosen["workload"])
    if work is None:
        return plan, ""
    return with_rows(plan, "workloads", work.id, moved), f"Token latency of {work.name or work.id}"


_CHOICES = (ChartChoice("workload", _workloads), ChartChoice("platform", _platforms))
TOKENS = Chart(
    "tokens-by-latency", "Tokens per chip", _CHOICES, per_chip, "No platform of this plan can serve it.",
    "workloads", selects="platforms", drag=dragged,
)  # fmt: skip
TOKEN_COST = Chart(
    "cost-by-latency", "Cost by latency", _CHOICES, per_million, "No offer of this plan can serve it.",
    "workloads", selects="platforms", drag=dragged, dated=True,
)  # fmt: skip
CURVES = (TOKENS, TOKEN_COST)
