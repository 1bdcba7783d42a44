"""Sums of money over the whole plan: discounted from when it is paid; owed after the horizon; power contracts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.amounts import Amounts
from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.costs import COMPONENTS, OVERHEAD
from gigaplan.engine.optimization.rates import life_left
from gigaplan.engine.results.allocation import ROUNDING, Allocation

Floats = NDArray[np.float64]


def discounted_components(a: Allocation) -> dict[str, float]:
    """USD by component, overhead among them: what is paid when chips come at the start of its period."""
    time, found = a.inputs.time, {}
    for component in COMPONENTS:
        once = at_once(a, component.name)
        rest = a.component_cost[component.name] - once
        found[component.name] = float(once @ time.opening_discount) + float(rest @ time.discount)
    found[OVERHEAD] = a.rates.overhead * sum(found.values())
    return found


def end_components(a: Allocation, *, discounted: bool) -> dict[str, float]:
    """USD that each component of the horizon's end adds to the cost (below 0: takes off it)."""
    return a.discounted_ends if discounted else a.ends


def at_once(a: Allocation, component: str) -> Floats:
    """[T] what of a component is paid at the start of the period, before overhead."""
    amounts = a.costs[component]
    once = np.zeros(a.inputs.time.periods)
    if amounts.delivered is not None:
        once += (a.delivered * amounts.delivered).sum(axis=0)
    for values in a.lumps(Amounts(at_once=amounts.at_once)).values():
        once += values.sum(axis=0)
    return once


def liability(a: Allocation) -> float:
    """USD that rentals still owe after the horizon, undiscounted; what was paid ahead is not owed."""
    i = a.inputs
    return float((a.delivered * owed_per_chip(i)).sum()) + sum(lots_owe(i).values())


def owed_per_chip(i: Inputs) -> Floats:
    """[N, T] USD that a rented chip delivered in the period still owes after the horizon."""
    rent = np.where(i.purchase, 0.0, 1 - i.upfront)[:, None] * i.paid_price * i.time.hours
    return np.asarray((rent * life_left(i, discounted=False))[i.pair_offer])


def lots_owe(i: Inputs) -> dict[tuple[int, int], float]:
    """USD that each lot of installed rented chips still owes after the horizon, by offer and place of the lot."""
    found = {}
    for o, offer in enumerate(i.plan.offers):
        for k, lot in enumerate(offer.installed if not i.purchase[o] else ()):
            last = int(np.ceil(lot.months_left / i.time.months))
            if last > i.time.periods:
                after = np.arange(i.time.periods, last)
                parts = np.clip((lot.months_left - after * i.time.months) / i.time.months, 0.0, 1.0)
                price = i.standing_price(i.list_price, o, last)[i.time.periods :]
                owed = float((parts * price).sum()) * lot.chips * i.time.hours * (1 - i.upfront[o])
                found[o, k] = float(owed)
    return found


def contract_costs(a: Allocation) -> Floats:
    """[C] USD of each power contract with overhead, less what is left of it."""
    return np.asarray(contract_payments(a).sum(axis=1) - a.contract_residual)


def contract_payments(a: Allocation) -> Floats:
    """[C, T] USD paid for each power contract, with overhead."""
    lumps = (cost["contracted"] for cost in a.lump_cost.values() if "contracted" in cost)
    return sum(lumps, np.zeros(a.inputs.contract_active.shape)) * (1 + a.rates.overhead)


def contract_shares(a: Allocation) -> Floats:
    """[C, W] each workload's part of chip-hours x power at the contract's site; all 0 where nothing is used there."""
    i = a.inputs
    power = i.power_w[i.pair_offer]
    each = a.used.sum(axis=1) * power[i.use_pair] * i.mode_power[i.use_mode]
    site = i.pair_site[i.use_pair]
    used = np.zeros((len(i.plan.sites), len(i.plan.workloads)))
    np.add.at(used, (site, i.use_workload), each)
    stood = np.bincount(i.pair_site, a.active.sum(axis=1) * power, len(i.plan.sites))
    total = used.sum(axis=1)
    counts = (total > ROUNDING * stood) & (stood > 0)
    shares = np.where(counts[:, None], used / np.where(counts, total, 1.0)[:, None], 0.0)
    return shares[i.contract_site]
