"""The planning model as a linear program: decisions, objective and constraints of model.md sections 4, 5 and 7."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization import agreements, policies
from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.linear_program import Assembler, LinearProgram, numbered
from gigaplan.engine.optimization.lp_builder import Draft
from gigaplan.engine.optimization.rates import (
    Rates,
    alive,
    demand_weights,
    installed_maintenance,
    installed_rental,
    over_life,
    rates_of,
    unmet_rate,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def build(i: Inputs) -> LinearProgram:
    """The linear program of a plan, with its integer decisions marked."""
    draft = _columns(i)
    agreements.add_columns(draft)
    _demand(draft)
    _capacity(draft)
    _power(draft)
    _supply(draft)
    _porting(draft)
    agreements.add_rows(draft)
    policies.add_rows(draft)
    return draft.program.finish(
        constant=_constant(i, draft.rates), cost_unit=draft.cost_unit * draft.chip_unit, names=_names(i)
    )


def _names(i: Inputs) -> dict[str, tuple[str, ...]]:
    """What the entries of each axis are called in any plan, so that a basis can be carried from one to the next."""
    plan = i.plan
    offers, sites, workloads = ([row.id for row in rows] for rows in (plan.offers, plan.sites, plan.workloads))
    pairs = [f"{offers[o]}|{sites[s]}" for o, s in zip(i.pair_offer.tolist(), i.pair_site.tolist(), strict=True)]
    uses = [f"{workloads[w]}|{pairs[n]}" for w, n in zip(i.use_workload.tolist(), i.use_pair.tolist(), strict=True)]
    return {
        "period": i.time.dates,
        "pair": tuple(pairs),
        "use": tuple(uses),
        "workload": tuple(workloads),
        "offer": tuple(offers),
        "site": tuple(sites),
        "port": tuple(f"{p.workload}|{p.stack}" for p in plan.ports),
        "agreement": tuple(g.id for g in plan.agreements),
        "contract year": tuple(f"{plan.agreements[y.agreement].id}|{y.year}" for y in agreements.contract_years(i)),
        "year": tuple(str(y) for y in range(int(i.time.year_of[-1]) + 1)),
    }


def _columns(i: Inputs) -> Draft:
    rates = rates_of(i)
    price = _delivery_cost(i, rates)
    work_unit = np.zeros(len(i.plan.workloads))
    np.maximum.at(work_unit, i.use_workload, i.use_theta)
    work_unit = np.array([_round_unit(v) for v in work_unit.tolist()])
    peak_demand = i.demand * i.peak[:, None]
    chips = float((peak_demand.max(axis=1, initial=0.0) / work_unit).max(initial=1.0))
    chip_unit = _round_unit(max(chips / 1000, 1e-3))
    positive = price[i.can_deliver & (price > 0)]
    cost_unit = _round_unit(float(np.median(positive)) if positive.size else 1.0)
    program = Assembler()
    draft = Draft(i, rates, program, chip_unit, work_unit, cost_unit)
    where = np.nonzero(i.can_deliver)
    program.add_block("deliveries", ("pair", "period"), where, price[i.can_deliver], unit=chip_unit)
    usable = _usable(i)
    cost = (i.time.discount * _use_cost(i, rates))[usable]
    program.add_block("uses", ("use", "period"), np.nonzero(usable), cost, unit=chip_unit)
    work, when = np.nonzero((i.demand > 0) & ~i.flexible[:, None])
    unmet = unmet_rate(i)
    cost = i.time.discount[when] * unmet[work, when]
    program.add_block("unmet", ("workload", "period"), (work, when), cost, unit=work_unit[work] * chip_unit)
    (work,) = np.nonzero(i.flexible & (i.demand.sum(axis=1) > 0))
    mean_discount = demand_weights(i) @ i.time.discount
    cost = mean_discount[work] * unmet[work, 0]
    program.add_block("unmet_flexible", ("workload",), (work,), cost, unit=work_unit[work] * chip_unit)
    stack_cost = np.array([p.cost_usd for p in i.plan.ports], dtype=float)
    factor = (1 + rates.overhead) * i.time.discount[0]
    program.add_block("ported", ("port",), (np.arange(len(stack_cost)),), factor * stack_cost, upper=1.0, integer=True)
    return draft


def _round_unit(value: float) -> float:
    """The power of ten nearest to a value: a unit that stays the same while the value is dragged a little."""
    return 10.0 ** round(math.log10(value)) if value > 0 and math.isfinite(value) else 1.0


def _usable(i: Inputs) -> Bools:
    """[U, T] where work can be assigned: there is demand, chips can be there, and any port is done."""
    reachable = (alive(i.can_deliver.astype(float), i.life[i.pair_offer]) > 0) | (i.installed > 0)
    usable = reachable[i.use_pair] & (i.demand[i.use_workload] > 0)
    stacks = np.array([i.plan.platforms[p].stack for p in i.offer_platform])
    work_at = {w.id: k for k, w in enumerate(i.plan.workloads)}
    for port in i.plan.ports:
        ported = (i.use_workload == work_at[port.workload]) & (stacks[i.use_offer] == port.stack)
        usable[ported, : i.time.first_delivery(port.months)] = False
    return usable


def _delivery_cost(i: Inputs, r: Rates) -> Floats:
    """[N, T] discounted cost of one chip delivered in a period, over its life, less its residual value."""
    d, life = i.time.discount, i.life[i.pair_offer]
    carbon_price = i.plan.settings.carbon_price_usd_per_t
    tonnes = (r.idle_mwh * r.facility)[:, None] * r.carbon + r.embodied[:, None]
    running = (1 + r.overhead) * (
        r.hosting + (r.idle_mwh * r.facility)[:, None] * r.electricity
    ) + carbon_price * tonnes
    alive_discount = over_life(np.broadcast_to(d, r.purchase.shape), life)
    at_delivery = d * r.purchase + (r.rental + r.maintenance) * alive_discount
    return (1 + r.overhead) * at_delivery + over_life(d * running, life) - i.time.final_discount * r.residual


def _use_cost(i: Inputs, r: Rates) -> Floats:
    """[U, T] undiscounted cost of a chip in use rather than idle: its further energy and carbon."""
    n = i.use_pair
    mwh = (r.use_mwh * r.facility[n])[:, None]
    return mwh * ((1 + r.overhead) * r.electricity[n] + i.plan.settings.carbon_price_usd_per_t * r.carbon[n])


def _constant(i: Inputs, r: Rates) -> float:
    """Discounted cost of the chips that already stand, which no decision changes."""
    mwh = (r.idle_mwh * r.facility)[:, None]
    paid = installed_rental(i) + installed_maintenance(i) + i.installed * (r.hosting + mwh * r.electricity)
    tonnes = i.installed * (mwh * r.carbon + r.embodied[:, None])
    total = (1 + r.overhead) * paid + i.plan.settings.carbon_price_usd_per_t * tonnes
    return float((total * i.time.discount).sum())


def _demand(d: Draft) -> None:
    """5.1: what is served and what is not add up to the peak demand; a flexible workload over the whole horizon."""
    i = d.inputs
    for name, unmet in (("demand", d.block("unmet")), ("demand_flexible", d.block("unmet_flexible"))):
        rows = np.full(i.demand.shape, -1, dtype=np.int32)
        own = np.arange(unmet.size)
        rows[unmet.index] = own if name == "demand" else own[:, None]
        work = unmet.index[0]
        needed = i.demand * i.peak[:, None]
        rhs = needed[unmet.index] if name == "demand" else needed[work].sum(axis=1)
        entries = [d.served(rows[i.use_workload]), (own, own + unmet.start, np.ones(unmet.size))]
        d.program.add_family(
            name, unmet.axes, unmet.index, entries, lower=rhs, upper=rhs, unit=d.work_unit[work] * d.chip_unit
        )


def _capacity(d: Draft) -> None:
    """5.2: work is done by chips that are there."""
    i = d.inputs
    usable = d.use_columns >= 0
    needed = np.zeros(i.installed.shape, dtype=bool)
    needed[i.use_pair[d.uses.index[0]], d.uses.index[1]] = True
    rows = numbered(needed)
    available = i.availability[i.pair_offer][:, None]
    in_use = (rows[i.use_pair][usable], d.use_columns[usable], np.ones(d.uses.size))
    entries = [in_use, d.active(rows, np.broadcast_to(-available, needed.shape))]
    upper = (available * i.installed)[needed]
    d.program.add_family("capacity", ("pair", "period"), np.nonzero(needed), entries, upper=upper, unit=d.chip_unit)


def _power(d: Draft) -> None:
    """5.3: a site draws no more than it has."""
    i = d.inputs
    watts = (i.power_w[i.pair_offer] * i.pue[i.pair_site])[:, None]
    standing = np.zeros(i.site_power_mw.shape)
    np.add.at(standing, i.pair_site, watts * i.installed)
    limited = np.isfinite(i.site_power_mw)
    rows = numbered(limited)
    entries = [d.active(rows[i.pair_site], np.broadcast_to(watts, i.installed.shape))]
    upper = (i.site_power_mw * 1e6 - standing)[limited]
    d.program.add_family(
        "power", ("site", "period"), np.nonzero(limited), entries, upper=upper, unit=1000 * d.chip_unit
    )


def _supply(d: Draft) -> None:
    """5.4: an offer has so many new chips in a period, over all sites."""
    i = d.inputs
    pair, period = d.deliveries.index
    limited = np.isfinite(i.supply)
    rows = numbered(limited)
    at = rows[i.pair_offer[pair], period]
    columns = np.arange(d.deliveries.size) + d.deliveries.start
    entries = [(at[at >= 0], columns[at >= 0], np.ones(int((at >= 0).sum())))]
    d.program.add_family(
        "supply", ("offer", "period"), np.nonzero(limited), entries, upper=i.supply[limited], unit=d.chip_unit
    )


def _porting(d: Draft) -> None:
    """5.5: a workload runs on a stack that it was not written for only once it is ported."""
    i = d.inputs
    work_at = {w.id: k for k, w in enumerate(i.plan.workloads)}
    stacks = np.array([i.plan.platforms[p].stack for p in i.offer_platform])
    needed = i.demand * i.peak[:, None]
    largest = np.where(i.flexible, needed.sum(axis=1), needed.max(axis=1, initial=0.0))
    periods = np.arange(i.time.periods)
    for k, port in enumerate(i.plan.ports):
        w = work_at[port.workload]
        mine = (i.use_workload == w) & (stacks[i.use_offer] == port.stack)
        uses = np.flatnonzero(mine)
        rows = np.broadcast_to(periods, (len(uses), len(periods)))
        gate = (periods, np.full(len(periods), d.block("ported").start + k), np.full(len(periods), -largest[w]))
        d.program.add_family(
            "porting",
            ("port", "period"),
            (np.full(len(periods), k), periods),
            [d.served(rows, uses), gate],
            upper=0.0,
            unit=d.work_unit[w] * d.chip_unit,
        )
