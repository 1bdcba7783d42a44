"""What policies share that limit a sum of each plan year."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.amounts import Amounts
from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.linear_program import Family
from gigaplan.engine.optimization.lp_builder import Draft
from gigaplan.engine.plan.schema import Policy

Floats = NDArray[np.float64]


def by_year(i: Inputs, values: Floats) -> Floats:
    """[Y] sums of values [T] per plan year."""
    return np.bincount(i.time.year_of, values).astype(float)


def yearly_limit(i: Inputs, policy: Policy) -> Floats:
    """[Y] the limit of each plan year: yearly amounts, by the months of its periods; inf where one has none."""
    return by_year(i, i.time.values(policy.limit) * i.time.months / 12)


def add_rows(d: Draft, policy: Policy, amounts: Amounts, part: float, unit: float) -> None:
    """The sum of the amounts in each plan year that has a limit is at most `part` of it."""
    i = d.inputs
    limit = yearly_limit(i, policy) * part
    years = np.flatnonzero(np.isfinite(limit))
    row_of = np.full(len(limit), -1, dtype=np.int64)
    row_of[years] = np.arange(len(years))
    entries, standing = d.sums(amounts, row_of[i.time.year_of])
    upper = limit[years]
    upper[: len(standing)] -= standing
    d.program.add_family(policy.kind, ("year",), (years,), entries, upper=upper, unit=unit, label=policy.id)


def per_limit(i: Inputs, policy: Policy, family: Family) -> Floats:
    """[rows] the years that each plan year holds."""
    return by_year(i, np.full(i.time.periods, i.time.months / 12))[family.index[0]]
