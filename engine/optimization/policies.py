"""Policies: rules that a plan must keep (model.md section 6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.agreements import contract_years
from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.linear_program import Entries, merged
from gigaplan.engine.optimization.lp_builder import Draft
from gigaplan.engine.optimization.rates import installed_maintenance, installed_rental
from gigaplan.engine.plan.schema import Policy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SMALL = 1e-3
"""Of a row's unit: a promise below it is measured by itself."""


def add_rows(d: Draft) -> None:
    """One family of rows for each enabled policy, and for each member or workload that it is about."""
    for policy in d.inputs.plan.policies:
        if policy.enabled:
            KINDS[policy.kind](d, policy)


def members(i: Inputs, dimension: str) -> list[str]:
    """The distinct vendors, providers, sites, jurisdictions or stacks of a plan's pairs, sorted."""
    return sorted(set(member_of_pairs(i, dimension)))


def member_of_pairs(i: Inputs, dimension: str) -> list[str]:
    """[N] which vendor, provider, site, jurisdiction or stack each pair belongs to."""
    plan = i.plan
    if dimension in ("vendor", "stack"):
        own = [getattr(plan.platforms[p], dimension) for p in i.offer_platform]
        return [own[o] for o in i.pair_offer]
    if dimension == "provider":
        return [plan.offers[o].provider for o in i.pair_offer]
    return [plan.sites[s].id if dimension == "site" else plan.sites[s].jurisdiction for s in i.pair_site]


def _share(d: Draft, policy: Policy) -> None:
    """A member has at most a part of the power or compute of all active chips, in each period."""
    i = d.inputs
    bf16 = np.array([i.plan.platforms[p].bf16_tflops for p in i.offer_platform])
    weight = (bf16 if policy.metric == "compute" else i.power_w)[i.pair_offer]
    owner = np.array(member_of_pairs(i, policy.dimension or "vendor"))
    limit = i.time.values(policy.limit)
    periods = np.arange(i.time.periods)
    for member in members(i, policy.dimension or "vendor") if policy.scope in (None, "*") else [policy.scope]:
        each = weight[:, None] * ((owner == member)[:, None] - limit[None, :])
        rows = np.broadcast_to(periods, each.shape)
        upper = -(each * i.installed).sum(axis=0)
        d.program.add_family(
            "share",
            ("period",),
            (periods,),
            [d.active(rows, each)],
            upper=upper,
            unit=1000 * d.chip_unit,
            label=policy.id,
            member=member,
        )


def _budget(d: Draft, policy: Policy) -> None:
    """Cash out in each plan year stays within the limit."""
    i, r = d.inputs, d.rates
    year = i.time.year_of
    limit = _by_year(i, i.time.values(policy.limit) * i.time.months / 12)
    pair, born, now, column = d.cohorts
    running = r.hosting + (r.idle_mwh * r.facility)[:, None] * r.electricity
    paid = (r.rental + r.maintenance)[pair, born] + running[pair, now]
    paid = paid + np.where(born == now, r.purchase[pair, born], 0.0)
    energy = (r.use_mwh * r.facility[i.use_pair])[:, None] * r.electricity[i.use_pair]
    ported, short = d.block("ported"), d.block("shortfall")
    settled = np.array([y.settled_in for y in contract_years(i)], dtype=np.int64)
    entries = [
        merged((year[now], column, paid)),
        _in_use(d, energy),
        (
            np.zeros(ported.size, np.int64),
            np.arange(ported.size) + ported.start,
            np.array([p.cost_usd for p in i.plan.ports], dtype=float),
        ),
        (year[settled], np.arange(short.size) + short.start, np.ones(short.size)),
    ]
    standing = (installed_rental(i) + installed_maintenance(i) + i.installed * running).sum(axis=0)
    upper = limit / (1 + r.overhead) - _by_year(i, standing)
    unit = d.cost_unit * d.chip_unit
    years = (np.arange(len(limit)),)
    d.program.add_family("budget", ("year",), years, entries, upper=upper, unit=unit, label=policy.id)


def _carbon(d: Draft, policy: Policy) -> None:
    """Operational and embodied tonnes in each plan year stay within the limit."""
    i, r = d.inputs, d.rates
    year = i.time.year_of
    limit = _by_year(i, i.time.values(policy.limit) * i.time.months / 12)
    active = (r.idle_mwh * r.facility)[:, None] * r.carbon + r.embodied[:, None]
    used = (r.use_mwh * r.facility[i.use_pair])[:, None] * r.carbon[i.use_pair]
    entries = [merged(d.active(np.broadcast_to(year, active.shape), active)), _in_use(d, used)]
    upper = limit - _by_year(i, (active * i.installed).sum(axis=0))
    unit = max(float(np.median(active[active > 0])) if (active > 0).any() else 1.0, 1e-6) * d.chip_unit
    d.program.add_family(
        "carbon", ("year",), (np.arange(len(limit)),), entries, upper=upper, unit=unit, label=policy.id
    )


def _in_use(d: Draft, each: Floats) -> Entries:
    """Entries of `each[use, period] * x` in the row of its plan year."""
    there = d.use_columns >= 0
    year = np.broadcast_to(d.inputs.time.year_of, there.shape)
    return year[there], d.use_columns[there], each[there]


def _by_year(i: Inputs, values: Floats) -> Floats:
    """Sums of values [T] per plan year."""
    return np.bincount(i.time.year_of, values).astype(float)


def _coverage(d: Draft, policy: Policy) -> None:
    """At least a part of a workload's demand is served."""
    keep = np.ones(len(d.inputs.use_workload), dtype=bool)
    for w in _workloads(d.inputs, policy):
        _served_at_least(d, policy, w, keep, "")


def _resilience(d: Draft, policy: Policy) -> None:
    """At least a part of a workload's demand is served by what is left without any one member."""
    i = d.inputs
    owner = np.array(member_of_pairs(i, policy.dimension or "vendor"))
    for w in _workloads(i, policy):
        # Where nothing is offered at all, a promise is still asked for.
        for member in members(i, policy.dimension or "vendor") or [""]:
            _served_at_least(d, policy, w, (owner != member)[i.use_pair], member)


def _workloads(i: Inputs, policy: Policy) -> list[int]:
    return [w for w, row in enumerate(i.plan.workloads) if policy.scope in (None, "*", row.id)]


def _served_at_least(d: Draft, policy: Policy, w: int, keep: NDArray[np.bool_], member: str) -> None:
    i = d.inputs
    mine = np.flatnonzero((i.use_workload == w) & keep)
    needed = i.time.values(policy.limit) * i.demand[w] * i.peak[w]
    periods = np.arange(i.time.periods)
    axes: tuple[str, ...] = ("workload", "period")
    index: tuple[Ints, ...] = (np.full(len(periods), w), periods)
    rows, lower = np.broadcast_to(periods, (len(mine), len(periods))), needed
    if i.flexible[w]:
        axes, index = ("workload",), (np.array([w]),)
        rows, lower = np.zeros(rows.shape, dtype=np.int64), needed.sum(keepdims=True)
    unit = np.full(len(lower), d.work_unit[w] * d.chip_unit)
    # In the unit of the largest work, the solver would take a promise to very small work for rounding.
    small = (lower > 0) & (lower < SMALL * unit)
    unit[small] = 10.0 ** np.round(np.log10(lower[small]))
    d.program.add_family(
        policy.kind,
        axes,
        index,
        [d.served(rows, mine)],
        lower=lower,
        unit=unit,
        label=policy.id,
        member=member,
    )


KINDS = {
    "share": _share,
    "budget": _budget,
    "carbon": _carbon,
    "coverage": _coverage,
    "resilience": _resilience,
}
