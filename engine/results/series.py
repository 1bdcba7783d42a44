"""The named series of a result: what a solution means per period, by whatever one asks (model.md section 8)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.policies.members import member_of_pairs
from gigaplan.engine.results.allocation import Allocation, chip_hour_shares, sums
from gigaplan.engine.results.money import contract_payments, contract_shares
from gigaplan.engine.results.series_names import DIMENSIONS, DUST, IDLE, OFF, OWN_DIMENSIONS, PLAN_WIDE

Floats = NDArray[np.float64]

_PAIR_SERIES = {
    "chips": "active",
    "deliveries": "delivered",
    "cost": "pair_total",
    "it_power": "it_mw",
    "facility_power": "facility_mw",
    "it_energy": "it_mwh",
    "facility_energy": "facility_mwh",
}


def series_of(a: Allocation, name: str, by: str) -> dict[str, Floats]:
    """A named series split by a dimension, as `Result.series` gives it."""
    if by not in DIMENSIONS[name]:
        raise KeyError(f"{name} is not split by {by}")
    if name in OWN_DIMENSIONS:
        return _own(a, name)  # each in a unit of its own, or what is left of a limit
    split = _split(a, name, by)
    if by == "component":
        return split  # one fee may be small beside all others, and is owed all the same
    least = DUST * max((float(np.abs(values).max(initial=0.0)) for values in split.values()), default=0.0)
    return {key: np.where(np.abs(values) < least, 0.0, values) for key, values in split.items()}


def _split(a: Allocation, name: str, by: str) -> dict[str, Floats]:
    i = a.inputs
    if by == "component":
        if name == "cost":
            return a.component_cost
        return {"operational": a.operational_t.sum(axis=0), "embodied": a.embodied_t.sum(axis=0)}
    if name == "cost" and by in ("workload", "total"):
        return {"total": a.total_cost} if by == "total" else cost_by_workload(a)
    values = _pair_values(a, name)
    if by == "workload":
        return _chips_by_workload(a) if name == "chips" else _by_workload(a, values)
    if by == "workload|offer":
        return _by_workload_and_offer(a)
    split = grouped(values, pair_keys(i, by))
    rest = a.total_cost - values.sum(axis=0) if name == "cost" else np.zeros(0)
    if np.any(rest > 1e-9 * max(1.0, float(a.total_cost.max(initial=0.0)))):
        split[PLAN_WIDE] = rest
    return split


def _pair_values(a: Allocation, name: str) -> Floats:
    if name == "emissions":
        return a.operational_t + a.embodied_t
    if name == "water":
        return a.it_mwh * a.inputs.water[a.inputs.pair_site][:, None]
    return np.asarray(getattr(a, _PAIR_SERIES[name]))


def _own(a: Allocation, name: str) -> dict[str, Floats]:
    i = a.inputs
    if name == "power_headroom":
        drawn = sums(a.facility_mw, i.pair_site, len(i.site_power_mw))
        there = power_there(a)
        return {s.id: there[k] - drawn[k] for k, s in enumerate(i.plan.sites) if s.power_mw is not None}
    if name == "supply_headroom":
        arrived = sums(a.delivered, i.pair_offer, len(i.supply))
        return {
            o.id: i.supply[k] - arrived[k] for k, o in enumerate(i.plan.offers) if o.supply_chips_per_month is not None
        }
    work = {"served": a.served, "demand": i.demand, "unmet": a.unmet / i.peak[:, None]}[name]
    return {w.id: work[k] for k, w in enumerate(i.plan.workloads)}


def power_there(a: Allocation) -> Floats:
    """[S, T] MW that each site has: its own, and that of the power contracts taken up. Infinite where there is no
    limit."""
    return a.inputs.site_power_mw + contracted_there(a)


def contracted_there(a: Allocation) -> Floats:
    """[S, T] MW that each site has by power contracts that are taken up."""
    i = a.inputs
    contracted = i.contract_active * (i.contract_mw * a.contracted)[:, None]
    return sums(contracted, i.contract_site, len(i.site_power_mw))


def pair_keys(i: Inputs, by: str) -> list[str]:
    """[N] the key of each pair in a dimension."""
    plan = i.plan
    if by == "total":
        return ["total"] * len(i.pair_offer)
    if by == "offer":
        return [plan.offers[o].id for o in i.pair_offer]
    if by == "platform":
        return [plan.offers[o].platform for o in i.pair_offer]
    if by == "offer|site":
        return [f"{plan.offers[o].id}|{plan.sites[s].id}" for o, s in zip(i.pair_offer, i.pair_site, strict=True)]
    return member_of_pairs(i, by)


def grouped(values: Floats, keys: list[str]) -> dict[str, Floats]:
    """Sums of the rows of `values` [rows, T] that share a key, in the order in which the keys first occur."""
    place = {key: k for k, key in enumerate(dict.fromkeys(keys))}
    found = sums(values, np.array([place[key] for key in keys], dtype=np.int64), len(place))
    return {key: found[k] for key, k in place.items()}


def _by_workload_and_offer(a: Allocation) -> dict[str, Floats]:
    """The chips of each offer that do each work, keyed `workload|offer`."""
    workloads, offers = a.inputs.plan.workloads, a.inputs.plan.offers
    pairs, place = np.unique(a.inputs.use_workload * len(offers) + a.inputs.use_offer, return_inverse=True)
    found = sums(a.used, place, len(pairs))
    return {
        f"{workloads[k // len(offers)].id}|{offers[k % len(offers)].id}": found[n] for n, k in enumerate(pairs.tolist())
    }


def _by_workload(a: Allocation, values: Floats) -> dict[str, Floats]:
    """What belongs to each workload: of every pair and period, the part of its running chips that it uses."""
    i = a.inputs
    runs = sums(a.running, i.mode_pair, len(a.active))
    each = np.divide(values, runs, out=np.zeros_like(values), where=runs > 0)
    found = sums(each[i.use_pair] * a.used, i.use_workload, len(i.demand))
    split = {w.id: found[k] for k, w in enumerate(i.plan.workloads)} | {IDLE: (each * a.idle).sum(axis=0)}
    off = np.where(runs > 0, 0.0, values).sum(axis=0)
    return split | ({OFF: off} if off.any() else {})


def _chips_by_workload(a: Allocation) -> dict[str, Floats]:
    """The chips that each workload uses, those that run idle, and those that are switched off."""
    found = sums(a.used, a.inputs.use_workload, len(a.inputs.demand))
    split = {w.id: found[k] for k, w in enumerate(a.inputs.plan.workloads)} | {IDLE: a.idle.sum(axis=0)}
    return split | ({OFF: a.off.sum(axis=0)} if a.off.any() else {})


def cost_by_workload(a: Allocation) -> dict[str, Floats]:
    """Each pair's cost shared by the chip-hours that workloads use over the horizon, power contracts by chip-hours x
    power; services and porting with their workload; and what no workload bears (model.md section 8)."""
    i = a.inputs
    found = sums(a.pair_total[i.use_pair] * chip_hour_shares(a)[:, None], i.use_workload, len(i.demand))
    found += sums(a.buy_total, i.buy_workload, len(i.demand))
    found[:, 0] += a.port_cost * (1 + a.rates.overhead)
    if len(a.contracted):
        found += contract_shares(a).T @ contract_payments(a)
    split = {w.id: found[k] for k, w in enumerate(i.plan.workloads)}
    rest = a.total_cost - found.sum(axis=0)
    return split | ({PLAN_WIDE: rest} if np.any(rest > 1e-9 * max(1.0, float(a.total_cost.max()))) else {})
