"""What policies share that promise to serve a part of a workload's demand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.linear_program import Family
from gigaplan.engine.optimization.lp_builder import Draft
from gigaplan.engine.plan.schema import Policy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SMALL = 1e-3
"""Of a row's unit: a promise below it is measured by itself."""


def workloads_of(i: Inputs, policy: Policy) -> list[int]:
    """The workloads that a promise is about, by place."""
    return [w for w, row in enumerate(i.plan.workloads) if policy.scope in (None, "*", row.id)]


def serve_at_least(d: Draft, policy: Policy, w: int, keep: NDArray[np.bool_], member: str) -> None:
    """Rows that ask for the promised part of a workload from the uses to keep."""
    i = d.inputs
    mine = np.flatnonzero((i.use_workload == w) & keep)
    needed = i.time.values(policy.limit, missing=0.0) * i.demand[w] * i.peak[w]
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


def asked(i: Inputs, policy: Policy, family: Family) -> Floats:
    """[rows] the whole demand that each row of a promise is a part of, in peak units."""
    w = family.index[0]
    needed = i.demand * i.peak[:, None]
    return np.asarray(needed[w, family.index[-1]] if len(family.index) > 1 else needed[w].sum(axis=1))


def one_more(i: Inputs, active: Floats, policy: Policy, family: Family, k: int) -> float:
    """A hundredth of the demand."""
    return float(asked(i, policy, family)[k]) / 100


def now(i: Inputs, policy: Policy, family: Family, k: int) -> float:
    """The promise of a row, in percentage points; over the horizon, the mean weighted by the demand."""
    limit = i.time.values(policy.limit, missing=0.0)
    if len(family.index) > 1:
        return float(limit[int(family.index[-1][k])] * 100)
    demand = i.demand[int(family.index[0][k])]
    return float((limit * demand).sum() / max(float(demand.sum()), 1e-300) * 100)
