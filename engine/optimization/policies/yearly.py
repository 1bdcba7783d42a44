"""What policies share that limit a sum of each plan year."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.linear_program import Entries, Family
from gigaplan.engine.optimization.lp_builder import Draft
from gigaplan.engine.plan.schema import Policy

Floats = NDArray[np.float64]


def by_year(i: Inputs, values: Floats) -> Floats:
    """[Y] sums of values [T] per plan year."""
    return np.bincount(i.time.year_of, values).astype(float)


def yearly_limit(i: Inputs, policy: Policy) -> Floats:
    """[Y] the limit of each plan year: yearly amounts, by the months of its periods."""
    return by_year(i, i.time.values(policy.limit) * i.time.months / 12)


def in_use(d: Draft, each: Floats) -> Entries:
    """Entries of `each[use, period] * x` in the row of its plan year."""
    there = d.use_columns >= 0
    year = np.broadcast_to(d.inputs.time.year_of, there.shape)
    return year[there], d.use_columns[there], each[there]


def per_limit(i: Inputs, policy: Policy, family: Family) -> Floats:
    """[rows] the years that each plan year holds."""
    return by_year(i, np.full(i.time.periods, i.time.months / 12))[family.index[0]]


def now(i: Inputs, policy: Policy, family: Family, k: int) -> float:
    """The limit of a plan year."""
    return float(yearly_limit(i, policy)[int(family.index[0][k])])
