"""Figures that can be computed with and are beyond anything real: most often a slip of unit. They are warned of.

Every bound leaves a factor of ten or more to what chips, sites, prices and contracts are known to be, so that a
figure which is merely unusual is let pass. A price is too high only where it is in a currency near the dollar: a
chip of three million yen is none too dear.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import Struct

from gigaplan.engine.plan.fields import Growth, Series, Steps, field_of
from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.problems import Message, Problem, say
from gigaplan.engine.plan.schema import Inference, Installed, Offer, Scenario, Uncertainty
from gigaplan.engine.plan.timeline import HOURS_PER_MONTH

NEAR_DOLLAR = frozenset(("USD", "EUR", "GBP", "CHF", "CAD", "AUD", "NZD", "SGD", "BND", "$", "€", "£"))
"""Currencies whose unit is worth about as much as a dollar, to a factor of two."""
MONTHS_PER_DAY = 12 / 365.25


class Meant(NamedTuple):
    """What a figure may be given in by mistake, and the factor from there to the unit of its field."""

    unit: str
    factor: float


class Bound(NamedTuple):
    """Where the real values of a field end, and what a figure beyond was likely meant to be."""

    field: str
    least: float = 0.0
    """A figure below it, and above 0, is too small."""
    too_small: tuple[Meant, ...] = ()
    most: float = math.inf
    too_large: tuple[Meant, ...] = ()
    growth: float = 20.0
    """The most that a series can grow by in a year: demand and supply have grown tenfold."""
    may_fade: bool = False
    """Whether the figures of a list may end near nothing, so that it is too small only where its largest is."""


_PERCENT = (Meant("percent", 0.01),)
_DAYS = (Meant("days", MONTHS_PER_DAY),)
_MILLIONS = (Meant("millions of USD", 1e6),)


def _peak(field: str) -> Bound:
    return Bound(field, 10.0, (Meant("PFLOP/s", 1e3),), 650e3, (Meant("GFLOP/s", 1e-3),))


def _latency(field: str, least: float) -> Bound:
    return Bound(field, least, (Meant("seconds", 1e3),), 10e3, (Meant("microseconds", 1e-3),))


BOUNDS: dict[str, tuple[Bound, ...]] = {
    "plan": (Bound("discount_rate", most=1.5, too_large=_PERCENT),),
    "sites": (
        Bound("power_mw", 0.01, (Meant("GW", 1e3),), 36e3, (Meant("kW", 1e-3),)),
        Bound("electricity_usd_per_mwh", 0.5, (Meant("USD/kWh", 1e3),), 5e3, (Meant("USD/GWh", 1e-3),), 1.0),
        Bound("carbon_g_per_kwh", 1.0, (Meant("kg/kWh", 1e3),), 10e3, (Meant("g/MWh", 1e-3),), 1.0, True),
        Bound("water_l_per_kwh", most=25.0, too_large=(Meant("L/MWh", 1e-3),)),
        Bound(
            "hosting_usd_per_kw_month", 1.0, (Meant("USD/kWh", HOURS_PER_MONTH),),
            5e3, (Meant("USD/MW-month", 1e-3),), 1.0,
        ),
    ),
    "platforms": (
        _peak("bf16_tflops"), _peak("fp8_tflops"), _peak("fp4_tflops"),
        Bound("memory_gb", most=10e3, too_large=(Meant("MB", 1e-3),)),
        Bound("memory_bandwidth_gb_s", 20.0, (Meant("TB/s", 1e3),), 250e6, (Meant("MB/s", 1e-3),)),
        Bound("power_w", 15.0, (Meant("kW", 1e3),), 250e3),
        Bound("lifetime_months", 4.8, (Meant("years", 12),), 720.0, _DAYS),
        Bound("embodied_kgco2e", 10.0, (Meant("tonnes", 1e3),), 25e3, (Meant("grams", 1e-3),)),
        _latency("token_latency_ms", 0.05),
        Bound("mtbf_hours", 500.0, (Meant("years", 8766),), 1e9, (Meant("seconds", 1 / 3600),)),
    ),
    "power_contracts": (
        Bound("mw", 0.01, (Meant("GW", 1e3),), 36e3, (Meant("kW", 1e-3),)),
        Bound("months", most=1200.0, too_large=_DAYS),
        Bound(
            "usd_per_mw_month", 50.0, (Meant("USD/kW-month", 1e3),), 5e6, (Meant("USD/GW-month", 1e-3),), 1.0, True
        ),
        Bound("capex_usd_per_mw", 10e3, (Meant("USD/kW", 1e3), *_MILLIONS), 500e6, (Meant("USD/GW", 1e-3),)),
        Bound("capex_lifetime_months", 24.0, (Meant("years", 12),), 1200.0, _DAYS),
    ),
    "workloads": (
        Bound("demand"),
        Bound("peak_factor", most=20.0, too_large=_PERCENT),
        _latency("max_token_latency_ms", 0.2),
        Bound("max_delay_months", most=120.0, too_large=_DAYS),
        Bound("checkpoint_minutes", most=240.0, too_large=(Meant("seconds", 1 / 60),)),
        Bound("restart_minutes", most=1440.0, too_large=(Meant("seconds", 1 / 60),)),
        Bound("software_gain_per_year", most=4.0, too_large=_PERCENT),
    ),
    "agreements": (
        Bound("months", most=600.0, too_large=_DAYS),
        Bound("commit_usd_per_year", 1e3, _MILLIONS),
    ),
    "ports": (Bound("cost_usd", 100.0, _MILLIONS), Bound("months", most=120.0, too_large=_DAYS)),
}  # fmt: skip
_PURCHASE = Bound("price_usd", 100.0, (Meant("thousands of USD", 1e3),), 25e6, (), 1.0)
_RENTAL = Bound(
    "price_usd", 0.02, (Meant("USD/chip-second", 3600),), 200.0,
    (Meant("USD/chip-year", 1 / 12 / HOURS_PER_MONTH), Meant("USD/chip-month", 1 / HOURS_PER_MONTH)), 1.0,
)  # fmt: skip
_EITHER = (
    Bound("term_months", most=600.0, too_large=(*_DAYS, Meant("hours", 1 / HOURS_PER_MONTH))),
    Bound("lead_months", most=120.0, too_large=_DAYS),
    Bound("supply_chips_per_month"),
    Bound("maintenance_per_year", most=1.0, too_large=_PERCENT),
)
_OFFER = {"purchase": (*_EITHER, _PURCHASE), "rental": (*_EITHER, _RENTAL)}
_SERVICE = {
    "tokens/s": (
        Bound(
            "price_usd", 0.001, (Meant("USD/1000 tokens", 1e3),), 2e3, (Meant("USD/billion tokens", 1e-3),), 1.0, True
        ),
    ),
    "PFLOP/s": (
        Bound("price_usd", 0.2, (Meant("USD/TFLOP-day", 1e3),), 20e3, (Meant("USD/EFLOP-day", 1e-3),), 1.0, True),
    ),
}
_LOT = (Bound("months_left", most=600.0, too_large=_DAYS),)
_MODEL = (
    Bound("total_params_b", most=1e5, too_large=(Meant("single parameters", 1e-9),)),
    Bound("active_params_b", most=1e5, too_large=(Meant("single parameters", 1e-9),)),
    Bound("kv_bytes_per_token", 1e3, (Meant("kB", 1e3),)),
    _latency("max_token_latency_ms", 0.2),
)
_BUDGET = (Bound("limit", 1e3, _MILLIONS),)
MOST_TOKENS = 1e7
"""Tokens a second and chip."""
MOST_FACTOR = 50.0
"""What an input is multiplied by, in a scenario or a spread."""
_EXAMPLES = {"more": 1.2, "less": 0.8}


class Doubt(NamedTuple):
    """What is wrong with a figure, and where: the path from the row on."""

    place: str
    message: Message


def implausible(plan: Plan) -> Iterator[Problem]:
    """A warning for every figure that is beyond anything real, in a plan whose figures are within their bounds."""
    currency = plan.settings.currency
    for doubt in doubts("plan", plan.settings, currency):
        yield _warning("plan", "plan", "", doubt)
    for table in ("platforms", "sites", "power_contracts", "offers", "services", "workloads", "agreements", "ports",
                  "policies"):  # fmt: skip
        for index, row in enumerate(getattr(plan, table)):
            for doubt in doubts(table, row, currency):
                yield _warning(f"{table}[{index}]", table, getattr(row, "id", ""), doubt)
    for id, path, doubt in _too_fast(plan):
        yield _warning(path, "workloads", id, doubt)
    for index, uncertainty in enumerate(plan.uncertainties):
        for doubt in _of_spread(uncertainty):
            yield _warning(f"uncertainties[{index}]", "uncertainties", uncertainty.id, doubt)


def implausible_moves(plan: Plan, moved: Plan, index: int) -> Iterator[Problem]:
    """A warning for every override of the scenario at `index` that sets a figure beyond anything real.

    `moved` is the plan under that scenario.
    """
    scenario: Scenario = plan.scenarios[index]
    currency = moved.settings.currency
    for k, override in enumerate(scenario.overrides):
        path = f"scenarios[{index}].overrides[{k}]"
        if override.op == "scale":
            factor = override.value
            if isinstance(factor, int | float) and factor > MOST_FACTOR:
                doubt = Doubt("value", say("multiplies_far", field=override.field, factor=factor, **_EXAMPLES))
                yield _warning(path, "scenarios", scenario.id, doubt, "overrides")
        elif override.op == "set":
            before, after = (_row(p, override.table, override.row) for p in (plan, moved))
            known = set(doubts(override.table, before, currency)) if before is not None else set()
            for doubt in doubts(override.table, after, currency) if after is not None else ():
                if _field(doubt) == override.field and doubt not in known:
                    yield _warning(path, "scenarios", scenario.id, doubt._replace(place="value"), "overrides")


def _row(plan: Plan, table: str, id: str | None) -> Any:
    if table == "plan":
        return plan.settings
    return None if table == "ports" else find(plan, table, id or "")


def doubts(table: str, row: Any, currency: str) -> Iterator[Doubt]:
    """What is beyond anything real in one row of a table (`plan` for the settings), in a plan of this currency."""
    yield from _of_row(row, BOUNDS.get(table, ()), currency)
    if table == "offers":
        yield from _of_offer(row, currency)
    elif table == "services":
        yield from _of_row(row, _SERVICE[row.unit], currency)
    elif table == "policies" and row.enabled and row.kind == "budget":
        yield from _of_row(row, _BUDGET, currency)
    elif table == "workloads" and row.inference is not None:
        yield from _within("inference", row.inference, _MODEL, currency)


def _of_offer(offer: Offer, currency: str) -> Iterator[Doubt]:
    yield from _of_row(offer, _OFFER[offer.kind], currency)
    for k, lot in enumerate(offer.installed):
        yield from _within(f"installed[{k}]", lot, _LOT, currency)


def _within(place: str, row: Inference | Installed, bounds: tuple[Bound, ...], currency: str) -> Iterator[Doubt]:
    for doubt in _of_row(row, bounds, currency):
        yield doubt._replace(place=f"{place}.{doubt.place}")


def _of_row(row: Any, bounds: tuple[Bound, ...], currency: str) -> Iterator[Doubt]:
    for bound in bounds:
        value = getattr(row, bound.field)
        # The check runs on every edit, and nearly every value is fit.
        if value is not None and not (type(value) is float and bound.least <= value <= bound.most):
            yield from _of_value(row, bound, value, currency)


def _of_value(row: Any, bound: Bound, value: Series, currency: str) -> Iterator[Doubt]:
    """What is wrong with a number or a series; of a list, with its first figure that is too small or too large."""
    row_type: type[Struct] = type(row)
    unit = field_of(row_type, bound.field).unit_in(row)
    least, most = bound.least, bound.most
    if unit.startswith("USD") and currency not in NEAR_DOLLAR:
        most = math.inf
    if isinstance(value, Steps):
        given = [(t, v) for t, (_, v) in enumerate(value.steps) if v is not None] or [(0, 0.0)]
        if bound.may_fade and max(v for _, v in given) >= least:
            least = 0.0
        at, figure = next(((t, v) for t, v in given if 0 < v < least or v > most), given[0])
        suffix = f".steps[{at}][1]"
    elif isinstance(value, Growth):
        suffix, figure = ".start", value.start
        if value.annual_growth > bound.growth:
            growth, remedy = value.annual_growth, _if(_PERCENT, value.annual_growth, currency)
            message = say("growth_far", growth=growth, times=1 + growth, remedy=remedy)
            yield Doubt(f"{bound.field}.annual_growth", message)
    elif isinstance(value, tuple):
        if bound.may_fade and max(value) >= least:
            least = 0.0
        at = 0
        if min(value) < least or max(value) > most:  # else each of a million figures would be asked
            at = next((t for t, v in enumerate(value) if 0 < v < least or v > most), 0)
        suffix, figure = f"[{at}]", value[at]
    else:
        suffix, figure = "", value
    if 0 < figure < least or figure > most:
        code, meant = ("far_below", bound.too_small) if figure < least else ("far_above", bound.too_large)
        own = "" if unit in ("fraction", "ratio") else _in(unit, currency)
        message = say(code, value=figure, unit=own, remedy=_if(meant, figure, currency) if meant else "")
        yield Doubt(f"{bound.field}{suffix}", message)


def _in(unit: str, currency: str) -> str:
    return unit.replace("USD", currency)


def _if(meant: tuple[Meant, ...], value: float, currency: str) -> Message:
    """The way out of a slip: what to write instead."""
    ways = [say("in_other_unit", unit=_in(m.unit, currency), value=value * m.factor) for m in meant]
    return say("if_it_is", ways=ways)


def _too_fast(plan: Plan) -> Iterator[tuple[str, str, Doubt]]:
    """Throughputs that no chip has, ten times its peak, or more tokens than any model gives: (workload, path, why)."""
    peaks = {p.id: max(p.bf16_tflops, p.fp8_tflops or 0.0, p.fp4_tflops or 0.0) / 1e3 for p in plan.platforms}
    for w, work in enumerate(plan.workloads):
        for k, row in enumerate(work.throughput):
            figure, peak = row.value, peaks.get(row.platform, 0.0)
            if work.unit == "tokens/s" and figure > MOST_TOKENS:
                remedy = _if((Meant("tokens/day", 1 / 86_400), Meant("tokens/h", 1 / 3600)), figure, "")
                message = say("tokens_far", value=figure, remedy=remedy)
            elif work.unit == "PFLOP/s" and figure > 10 * peak > 0:
                remedy = _if((Meant("TFLOP/s", 1e-3),), figure, "")
                message = say("flops_above_peak", value=figure, peak=peak, remedy=remedy)
            else:
                continue
            yield work.id, f"workloads[{w}]", Doubt(f"throughput[{k}].value", message)


def _of_spread(row: Uncertainty) -> Iterator[Doubt]:
    """Spreads that multiply by a value or by a difference, where a factor about 1 is asked for."""
    given = [(name, v) for name in ("low", "mode", "high", "mean") if (v := getattr(row, name)) is not None]
    if not row.relative or not given:
        return
    (lower, least), (upper, most) = (of(given, key=lambda pair: pair[1]) for of in (min, max))
    if most > MOST_FACTOR:
        yield Doubt(upper, say("spread_multiplies_far", field=row.field, factor=most, **_EXAMPLES))
    elif least < 0:
        yield Doubt(lower, say("multiplies_below_0", field=row.field, factor=least, **_EXAMPLES))


def _field(doubt: Doubt) -> str:
    return doubt.place.split("[")[0].split(".")[0]


def _warning(path: str, table: str, id: str, doubt: Doubt, field: str = "") -> Problem:
    return Problem(
        severity="warning",
        path=f"{path}.{doubt.place}",
        message=doubt.message,
        table=table,
        row=id,
        field=field or _field(doubt),
    )
