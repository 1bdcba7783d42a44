"""Budgets: cash out in each plan year stays within the limit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.agreements import contract_years
from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.linear_program import Family, merged
from gigaplan.engine.optimization.lp_builder import Draft
from gigaplan.engine.optimization.policies import yearly
from gigaplan.engine.optimization.policies.kind import PolicyKind
from gigaplan.engine.optimization.rates import installed_maintenance, installed_rental
from gigaplan.engine.plan.schema import Policy

Floats = NDArray[np.float64]


def _add_rows(d: Draft, policy: Policy) -> None:
    i, r = d.inputs, d.rates
    year = i.time.year_of
    limit = yearly.yearly_limit(i, policy)
    pair, born, now, column = d.cohorts
    running = r.hosting + (r.idle_mwh * r.facility)[:, None] * r.electricity
    paid = (r.rental + r.maintenance)[pair, born] + running[pair, now]
    paid = paid + np.where(born == now, r.purchase[pair, born], 0.0)
    energy = (r.use_mwh * r.facility[i.use_pair])[:, None] * r.electricity[i.use_pair]
    ported, short = d.block("ported"), d.block("shortfall")
    settled = np.array([y.settled_in for y in contract_years(i)], dtype=np.int64)
    entries = [
        merged((year[now], column, paid)),
        yearly.in_use(d, energy),
        (
            np.zeros(ported.size, np.int64),
            np.arange(ported.size) + ported.start,
            np.array([p.cost_usd for p in i.plan.ports], dtype=float),
        ),
        (year[settled], np.arange(short.size) + short.start, np.ones(short.size)),
    ]
    standing = (installed_rental(i) + installed_maintenance(i) + i.installed * running).sum(axis=0)
    upper = limit / (1 + r.overhead) - yearly.by_year(i, standing)
    unit = d.cost_unit * d.chip_unit
    years = (np.arange(len(limit)),)
    d.program.add_family("budget", ("year",), years, entries, upper=upper, unit=unit, label=policy.id)


def _before_overhead(i: Inputs) -> float:
    """What a row's bound is of the limit: costs stand in it before overhead."""
    return 1 - i.plan.settings.overhead_fraction


def _per_limit(i: Inputs, policy: Policy, family: Family) -> Floats:
    return yearly.per_limit(i, policy, family) * _before_overhead(i)


BUDGET = PolicyKind(
    name="budget",
    label="Budget",
    subject="The budget",
    limits="sum of each plan year",
    is_floor=False,
    worth_unit="USD",
    in_limit=1.0,
    uses=frozenset(),
    requires=frozenset(),
    add_rows=_add_rows,
    per_limit=_per_limit,
    one_more=lambda i, active, policy, family, k: _before_overhead(i),
    now=yearly.now,
    rule=lambda about, member, metric: "Cash out in a plan year",
)
