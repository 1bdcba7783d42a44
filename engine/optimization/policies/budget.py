"""Budgets: cash out in each plan year stays within the limit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.amounts import together
from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.linear_program import Family
from gigaplan.engine.optimization.lp_builder import Draft
from gigaplan.engine.optimization.policies import yearly
from gigaplan.engine.optimization.policies.kind import PolicyKind
from gigaplan.engine.plan.schema import Policy

Floats = NDArray[np.float64]


def _add_rows(d: Draft, policy: Policy) -> None:
    """All components of the cost, before overhead; nothing of what the horizon's end adds or takes off."""
    part = _before_overhead(d.inputs)
    yearly.add_rows(d, policy, together(d.costs.values()), part, d.cost_unit * d.chip_unit)


def _before_overhead(i: Inputs) -> float:
    """What a row's bound is of the limit: costs stand in it before overhead."""
    return 1 - i.plan.settings.overhead_fraction


def _per_limit(i: Inputs, policy: Policy, family: Family) -> Floats:
    return yearly.per_limit(i, policy, family) * _before_overhead(i)


KIND = PolicyKind(
    name="budget",
    label="Budget",
    subject="The budget",
    limits="sum of each plan year",
    worth_unit="USD",
    uses=frozenset({"dimension", "scope"}),
    add_rows=_add_rows,
    per_limit=_per_limit,
    bound_per_unit=_before_overhead,
    rule=lambda about, member, metric: f"Cash out in a plan year{f' for {member}' if member else ''}",
    reached="The budget {name} is spent{about}",
    called=lambda policy, about: "Budget a year",
)
