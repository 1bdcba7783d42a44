"""What policies share that limit a sum of each plan year."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.amounts import Amounts
from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.linear_program import Family
from gigaplan.engine.optimization.lp_builder import Draft
from gigaplan.engine.optimization.policies.members import (
    member_of_decisions,
    member_of_pairs,
    member_of_services,
    members_that_are_paid,
)
from gigaplan.engine.plan.schema import Policy

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def by_year(i: Inputs, values: Floats) -> Floats:
    """[Y] sums of values [T] per plan year."""
    return np.bincount(i.time.year_of, values).astype(float)


def yearly_limit(i: Inputs, policy: Policy) -> Floats:
    """[Y] the limit of each plan year: yearly amounts, by the months of its periods; inf where one has none."""
    return by_year(i, i.time.values(policy.limit) * i.time.months / 12)


def add_rows(d: Draft, policy: Policy, amounts: Amounts, part: float, unit: float) -> None:
    """The sum of the amounts in each plan year that has a limit is at most `part` of it: of all, or of each member of
    the policy's dimension that it is about."""
    i, dimension = d.inputs, policy.dimension
    if dimension is None:
        _add_rows(d, policy, amounts, part, unit, "")
        return
    every = members_that_are_paid(i, dimension)
    for member in every if policy.scope in (None, "*") else [m for m in every if m == policy.scope]:
        _add_rows(d, policy, of_member(i, amounts, dimension, member), part, unit, member)


def of_member(i: Inputs, amounts: Amounts, dimension: str, member: str) -> Amounts:
    """What of some amounts is paid or emitted for one vendor, provider, site, jurisdiction, stack or kind of offer."""
    pairs = np.array([owner == member for owner in member_of_pairs(i, dimension)], dtype=bool)
    sold = np.array([owner == member for owner in member_of_services(i, dimension)], dtype=bool)[i.buy_service]

    def of(values: Floats | None, mine: Bools) -> Floats | None:
        return None if values is None else np.where(mine[:, None], values, 0.0)

    def lumps(found: dict[str, Floats]) -> dict[str, Floats]:
        owners = {block: member_of_decisions(i, block, dimension) for block in found}
        return {
            block: np.where(np.array([owner == member for owner in owners[block]], dtype=bool)[:, None], values, 0.0)
            for block, values in found.items()
        }

    return Amounts(
        delivered=of(amounts.delivered, pairs),
        cohort=of(amounts.cohort, pairs),
        active=of(amounts.active, pairs),
        running=of(amounts.running, pairs[i.mode_pair]),
        used=of(amounts.used, pairs[i.use_pair]),
        full_load=of(amounts.full_load, pairs),
        standing=of(amounts.standing, pairs),
        bought=of(amounts.bought, sold),
        decided=lumps(amounts.decided),
        at_once=lumps(amounts.at_once),
    )


def _add_rows(d: Draft, policy: Policy, amounts: Amounts, part: float, unit: float, member: str) -> None:
    i = d.inputs
    limit = yearly_limit(i, policy) * part
    years = np.flatnonzero(np.isfinite(limit))
    row_of = np.full(len(limit), -1, dtype=np.int64)
    row_of[years] = np.arange(len(years))
    entries, standing = d.sums(amounts, row_of[i.time.year_of])
    upper = limit[years]
    upper[: len(standing)] -= standing
    d.program.add_family(
        policy.kind, ("year",), (years,), entries, upper=upper, unit=unit, label=policy.id, member=member
    )


def per_limit(i: Inputs, policy: Policy, family: Family) -> Floats:
    """[rows] the years that each plan year holds."""
    return by_year(i, np.full(i.time.periods, i.time.months / 12))[family.index[0]]
