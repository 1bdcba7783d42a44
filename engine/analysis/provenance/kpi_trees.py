"""The explanation of each key figure (model.md section 8), and the door to those of series."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gigaplan.engine.analysis.provenance import series
from gigaplan.engine.analysis.provenance.cost_trees import Money
from gigaplan.engine.analysis.provenance.node import Node, combined, constant, lazy, parted, total
from gigaplan.engine.optimization.costs import COMPONENTS
from gigaplan.engine.results.allocation import Allocation, chip_hour_shares
from gigaplan.engine.results.kpi_registry import KPIS, coverage, has_power
from gigaplan.engine.results.money import at_once, contract_shares, discounted_components, end_components, owed_per_chip
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.series import grouped, pair_keys
from gigaplan.engine.results.series_names import DIMENSIONS
from gigaplan.engine.results.status import STATUS
from gigaplan.engine.results.unit_costs import unit_costs


def explain_kpi(result: Result, name: str, workload: str | None = None) -> Node:
    """Where a KPI of an optimal result comes from; its `value` is that of `result.kpis`, in its unit.

    KPIs of workloads need one of those that have it. Raises LookupError for what there is not to explain.
    """
    money = Money(_allocation(result))
    if name not in KPIS:
        raise LookupError(f"there is no key figure {name!r}; there are {', '.join(KPIS)}")
    value = result.kpis[name]
    if not KPIS[name].per_workload:
        if workload is not None:
            raise LookupError(f"{name} is one figure for the whole plan, not one per workload")
        return TREES[name](money, value)
    if workload not in value:
        raise LookupError(f"{name} is one figure per workload; name one of {', '.join(value) or 'none'}")
    w = next(k for k, row in enumerate(result.plan.workloads) if row.id == workload)
    return TREES[name](money, value[workload], w)


def explain_value(result: Result, series_name: str, by: str, key: str, period: int) -> Node:
    """Where the value of a series comes from, for one key of `by` in one period (by place, from 0).

    Its `value` is that of `result.series(series_name, by)[key][period]`. Raises LookupError for what there is not.
    """
    allocation = _allocation(result)
    if by not in DIMENSIONS.get(series_name, ()):
        raise LookupError(f"there is no series {series_name!r} by {by!r}")
    values = result.series(series_name, by)
    if key not in values:
        raise LookupError(f"{series_name} by {by} has no {key!r}; it has {', '.join(values) or 'nothing'}")
    if not 0 <= period < result.time.periods:
        raise LookupError(f"there is no period {period}; the plan has {result.time.periods}, counted from 0")
    return series.value_node(Money(allocation), series_name, by, key, period, float(values[key][period]))


def _allocation(result: Result) -> Allocation:
    if result.allocation is None:
        raise LookupError(f"there is no figure to explain: the plan is {STATUS[result.status].short}")
    return result.allocation


def objective_parts(m: Money) -> dict[str, Node]:
    """The explanations of what the objective is the sum of, by name."""
    a, d = m.a, m.i.time.discount
    price = m.plan.settings.carbon_price_usd_per_t
    tonnes = (a.operational_t + a.embodied_t).sum(axis=0)

    def carbon_in(t: int) -> Node:
        at = series.emissions(m, (t,), f"Emissions in {m.labels[t]}")
        return combined(
            "product",
            f"Carbon price in {m.labels[t]}",
            "USD",
            [at, m.given.setting("carbon_price_usd_per_t"), m.given.discount(t)],
            "emissions × carbon price × discount factor",
        )

    return {
        "npv": _npv(m, _npv_value(m)),
        "carbon_price": m.over_periods("Carbon price", "USD", price * tonnes * d, carbon_in),
        "unmet": _unmet(m, float((a.unmet_usd * d).sum())),
    }


def _objective(m: Money, value: float) -> Node:
    return total(
        KPIS["objective_usd"].label,
        "USD",
        value,
        lambda: objective_parts(m).values(),
        "net present cost + carbon price + value of unserved work",
    )


def _npv_value(m: Money) -> float:
    spent = sum(discounted_components(m.a).values())
    return float(spent) + sum(end_components(m.a, discounted=True).values())


def _npv(m: Money, value: float) -> Node:
    time, factor = m.i.time, 1 + m.a.rates.overhead
    once = factor * np.asarray(sum(at_once(m.a, component.name) for component in COMPONENTS))
    rest = m.a.total_cost - once

    def opening_in(t: int) -> Node:
        factors = [m.paid_at_once(t), m.given.opening_discount(t)]
        return combined("product", parted(factors[0].label, "discounted"), "USD", factors, "cost × discount factor")

    def rest_in(t: int) -> Node:
        name = m.labels[t]
        whole = m.cost((t,), f"Cost in {name}", float(m.a.total_cost[t]))
        over = lazy(
            "difference",
            f"Paid over {name}",
            "USD",
            float(rest[t]),
            lambda: [whole, m.paid_at_once(t)],
            "cost less what is paid at the start",
            t,
        )
        return combined("product", f"Discounted cost in {name}", "USD", [over, m.given.discount(t)],
                        "cost × discount factor")  # fmt: skip

    def parts() -> list[Node]:
        more, less = m.ends(discounted=True)
        spent = [
            m.over_periods(parted("Paid at once", "discounted"), "USD", once * time.opening_discount, opening_in),
            m.over_periods(parted("Paid over the periods", "discounted"), "USD", rest * time.discount, rest_in),
            *more,
        ]
        amount = float(sum(node.value or 0.0 for node in spent))
        return [total("Discounted cost", "USD", amount, lambda: spent, "what is paid, and what is at risk"), *less]

    return lazy(
        "difference",
        KPIS["npv_usd"].label,
        "USD",
        value,
        parts,
        "discounted cost less the discounted worth of what is left at the horizon",
    )


def _tco(m: Money, value: float) -> Node:
    def parts() -> list[Node]:
        more, less = m.ends(discounted=False)
        spent = m.cost(m.all, "Undiscounted cost", float(m.a.total_cost.sum()))
        amount = (spent.value or 0.0) + sum(node.value or 0.0 for node in more)
        with_risk = total("Undiscounted cost, with rent at risk", "USD", amount, lambda: [spent, *more])
        return [with_risk if any(node.value for node in more) else spent, *less]

    return lazy(
        "difference",
        KPIS["tco_usd"].label,
        "USD",
        value,
        parts,
        "undiscounted cost with rent at risk, less residual value and rent paid ahead",
    )


def _paid(m: Money, value: float) -> Node:
    return m.cost(m.all, KPIS["paid_usd"].label, value)


def _left(m: Money, value: float) -> Node:
    _, less = m.ends(discounted=False)
    return total(KPIS["left_usd"].label, "USD", value, lambda: less, "residual value and rent paid ahead")


def _coverage_by_value(m: Money, value: float | None) -> Node:
    covered = coverage(m.a)
    asked = m.i.demand.sum(axis=1) * m.i.unmet_usd
    there = [w for w, row in enumerate(m.plan.workloads) if covered[row.id] is not None]
    whole = float(asked[there].sum())

    def of(w: int) -> Node:
        part = float(asked[w]) / whole if whole > 0 else 1 / len(there)
        weight = constant(f"Part of {m.plan.workloads[w].name} in the value of all work", part, "fraction")
        served = _coverage(m, covered[m.plan.workloads[w].id], w)
        return combined(
            "product", m.plan.workloads[w].name, "fraction", [served, weight], "coverage × part of the value"
        )

    formula = "sum over workloads" if there else "nothing is demanded"
    return lazy("sum", KPIS["coverage_by_value"].label, "fraction", value, lambda: [of(w) for w in there], formula)


def _unmet(m: Money, value: float) -> Node:
    lost = m.a.unmet_usd * m.i.time.discount

    def lost_in(w: int, t: int) -> Node:
        factors = [m.unmet(w, t), m.given.hours(), m.given.field("workloads", w, "unmet_usd"), m.given.discount(t)]
        return combined(
            "product",
            f"{m.plan.workloads[w].name} in {m.labels[t]}",
            "USD",
            factors,
            "not served × hours × value if not served × discount factor",
        )

    def of(w: int) -> Node:
        return m.over_periods(m.plan.workloads[w].name, "USD", lost[w], lambda t: lost_in(w, t))

    return total(KPIS["unmet_usd"].label, "USD", value, lambda: [of(w) for w in range(len(lost))], "sum over workloads")


def _peak(name: str, facility: bool) -> Callable[[Money, float], Node]:
    def node(m: Money, value: float) -> Node:
        power, cell = (m.a.facility_mw, m.facility_mw) if facility else (m.a.it_mw, m.it_mw)
        each = power.sum(axis=0)
        order = np.argsort(-each, kind="stable")
        when = [int(t) for t in order]
        return lazy(
            "max",
            KPIS[name].label,
            "MW",
            value,
            lambda: [m.split(f"In {m.labels[t]}", "MW", power, cell, (t,)) for t in when],
            f"the largest of all periods, in {m.labels[when[0]]}",
            when[0],
        )

    return node


def _energy(m: Money, value: float) -> Node:
    return m.split(KPIS["energy_mwh"].label, "MWh", m.a.facility_mwh, m.facility_mwh, m.all, value)


def _emissions(m: Money, value: float) -> Node:
    return series.emissions(m, m.all, KPIS["emissions_t"].label, value)


def _water(m: Money, value: float) -> Node:
    return m.split(KPIS["water_m3"].label, "m3", series.water(m), m.water, m.all, value)


def _liability(m: Money, value: float) -> Node:
    owed = m.a.delivered * owed_per_chip(m.i)
    return total(
        KPIS["liability_beyond_horizon_usd"].label,
        "USD",
        value,
        lambda: [m.split("Of what the plan rents", "USD", owed, m.owed_after, m.all), *m.lots_owed_after()],
        "rentals whose term ends after the horizon, until it ends",
    )


def _at_risk(m: Money, value: float) -> Node:
    part = 1 - m.plan.settings.contract_worth_fraction
    values = m.a.delivered * owed_per_chip(m.i) * part
    return m.split(KPIS["owed_at_risk_usd"].label, "USD", values, m.at_risk, m.all, value)


def _used_pairs(m: Money) -> list[int]:
    """The pairs that workloads use."""
    shares = np.bincount(m.i.use_pair, chip_hour_shares(m.a), len(m.a.active))
    return [int(n) for n in np.flatnonzero(shares)]


def _idle(m: Money, value: float) -> Node:
    def of(n: int) -> Node:
        power, rest = m.pair_halves(n)
        of_run, of_rest = m.unused_parts(n)
        parts = [
            combined("product", "Power and place", "USD", [power, of_run], "cost × part of running hours unused"),
            combined("product", "All else", "USD", [rest, of_rest], "cost × part of hours unused"),
        ]
        return combined("sum", parted("Idle", m.place(n)), "USD", parts, "cost of the hours that nobody uses")

    pairs = _used_pairs(m) if value else []  # of what is 0 to rounding the parts are rounding
    return total(KPIS["idle_usd"].label, "USD", value, lambda: [of(n) for n in pairs], "sum over offers and sites")


def _unused(m: Money, value: float) -> Node:
    found = unit_costs(m.a)
    tco = float(m.a.total_cost.sum()) + sum(end_components(m.a, discounted=False).values())
    bears = [w for w, row in enumerate(m.plan.workloads) if found.per_workload[row.id] is not None]
    return lazy(
        "difference",
        KPIS["unused_usd"].label,
        "USD",
        value,
        lambda: [_tco(m, tco), *(_cost_of_work(m, w) for w in bears)],
        "total cost of ownership less what workloads bear",
    )


def _concentration(m: Money, value: float | None) -> Node:
    keys = pair_keys(m.i, "vendor")
    power = m.a.it_mw.sum(axis=0)
    split = grouped(m.a.it_mw, keys)

    def share(vendor: str, t: int) -> Node:
        mine = np.where((np.array(keys) == vendor)[:, None], m.a.it_mw, 0.0)
        parts = [
            m.split(f"{vendor} in {m.labels[t]}", "MW", mine, m.it_mw, (t,)),
            m.split(f"All in {m.labels[t]}", "MW", m.a.it_mw, m.it_mw, (t,)),
        ]
        return combined(
            "quotient", f"Share of {vendor} in {m.labels[t]}", "fraction", parts, "its IT power ÷ all IT power"
        )

    def at(t: int) -> Node:
        squares = float(sum((v[t] / power[t]) ** 2 for v in split.values()))
        vendors = [vendor for vendor, v in split.items() if v[t] != 0]
        return lazy(
            "sum of squares",
            f"In {m.labels[t]}",
            "ratio",
            squares,
            lambda: [share(vendor, t) for vendor in vendors],
            "sum of the squared shares of vendors",
            t,
        )

    when = np.flatnonzero(has_power(power)).tolist()
    formula = "mean over periods with any power" if when else "no period has any power"
    return lazy("mean", KPIS["vendor_hhi"].label, "ratio", value, lambda: [at(t) for t in when], formula)


def _coverage(m: Money, value: float | None, w: int) -> Node:
    formula = "served ÷ demanded" if value is not None else "nothing is demanded"
    return lazy(
        "quotient",
        parted(KPIS['coverage'].label, m.plan.workloads[w].name),
        "fraction",
        value,
        lambda: [m.served_sum(w), m.asked_sum(w)],
        formula,
    )


def _unit_cost(name: str) -> Callable[[Money, float | None, int], Node]:
    def node(m: Money, value: float | None, w: int) -> Node:
        row = m.plan.workloads[w]
        formula = "what it bears of the cost ÷ work served" if value is not None else "nothing is served"
        return lazy(
            "quotient",
            parted(KPIS[name].label, row.name),
            KPIS[name].unit,
            value,
            lambda: [_cost_of_work(m, w), _work_done(m, w, name)],
            formula,
        )

    return node


def _cost_of_work(m: Money, w: int) -> Node:
    shares = chip_hour_shares(m.a)
    uses = [int(u) for u in np.flatnonzero((m.i.use_workload == w) & (shares > 0))]

    def of(u: int) -> Node:
        n = int(m.i.use_pair[u])
        return combined("product", m.use_place(u), "USD", [m.net(n), m.use_share(u)], "cost × part of the chip-hours")

    def of_contract(c: int) -> Node:
        part = constant("Part of chip-hours × power at its site", float(contract_shares(m.a)[c, w]), "fraction")
        return combined("product", m.plan.power_contracts[c].name, "USD", [m.contract(c), part], "cost × part")

    contracts = [int(c) for c in np.flatnonzero(m.a.contracted) if contract_shares(m.a)[c, w]]
    parts = [*map(of, uses), *map(of_contract, contracts), *m.services_of(w, m.all), m.porting_of(w)]
    return total(
        f"Cost of {m.plan.workloads[w].name}",
        "USD",
        float(unit_costs(m.a).paid[w]),
        lambda: parts,
        "sum over offers and sites, power contracts, services, and porting",
    )


def _work_done(m: Money, w: int, name: str) -> Node:
    row = m.plan.workloads[w]
    if row.unit == "PFLOP/s":
        unit, each = (
            "PFLOP-days",
            combined("quotient", "Days in a period", "days", [m.given.hours(), constant("Hours per day", 24, "h")]),
        )
    else:
        unit, each = (
            "million tokens",
            combined(
                "product",
                "Million seconds in a period",
                "Ms",
                [m.given.hours(), constant("Seconds per hour", 3600, "s"), constant("One millionth", 1e-6)],
            ),
        )
    return combined("product", f"Work done for {row.name}", unit, [m.served_sum(w), each], "rate × time")


TREES: dict[str, Callable[..., Node]] = {
    "objective_usd": _objective,
    "npv_usd": _npv,
    "tco_usd": _tco,
    "paid_usd": _paid,
    "left_usd": _left,
    "coverage_by_value": _coverage_by_value,
    "unmet_usd": _unmet,
    "peak_it_mw": _peak("peak_it_mw", facility=False),
    "peak_facility_mw": _peak("peak_facility_mw", facility=True),
    "energy_mwh": _energy,
    "emissions_t": _emissions,
    "water_m3": _water,
    "liability_beyond_horizon_usd": _liability,
    "owed_at_risk_usd": _at_risk,
    "unused_usd": _unused,
    "idle_usd": _idle,
    "vendor_hhi": _concentration,
    "coverage": _coverage,
    "usd_per_pflop_day": _unit_cost("usd_per_pflop_day"),
    "usd_per_million_tokens": _unit_cost("usd_per_million_tokens"),
}
"""What explains each key figure, from the money and its value; of a figure per workload, from its place too."""
