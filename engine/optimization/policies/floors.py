"""What policies share that ask for a part of a workload's demand to be served: service-level floors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.demand import asked_of
from gigaplan.engine.optimization.linear_program import Family
from gigaplan.engine.optimization.lp_builder import Draft
from gigaplan.engine.plan.schema import Policy

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

REACHED = "The service-level floor{size}{about} ({name}) asks for more than pays"
SMALL = 1e-3
"""Of a row's unit: a floor below it is measured by itself."""


def workloads_of(i: Inputs, policy: Policy) -> list[int]:
    """The workloads that a floor is about, by place."""
    return [w for w, row in enumerate(i.plan.workloads) if policy.scope in (None, "*", row.id)]


def serve_at_least(d: Draft, policy: Policy, w: int, keep: Bools, keep_bought: Bools, member: str) -> None:
    """Rows that ask for the wanted part of a workload from the uses [U] and buys [V] to keep."""
    i = d.inputs
    rows = asked_of(i, w)
    wanted = np.where(np.isfinite(limit := i.time.values(policy.limit)), limit, 0.0)
    if rows.over_horizon:
        lower = (wanted * i.demand[w] * i.peak[w]).sum(keepdims=True)
        there = np.isfinite(limit).any(keepdims=True)
    else:
        lower, there = wanted[rows.period] * rows.work, np.isfinite(limit)[rows.period]
    place = np.full(len(rows.work), -1, dtype=np.int64)
    place[there] = np.arange(int(there.sum()))
    lower = lower[there]
    uses, buys = np.flatnonzero((i.use_workload == w) & keep), np.flatnonzero((i.buy_workload == w) & keep_bought)
    at = place[rows.place]
    unit = np.full(len(lower), d.work_unit[w] * d.chip_unit)
    # In the unit of the largest work, the solver would take a floor of very small work for rounding.
    small = (lower > 0) & (lower < SMALL * unit)
    unit[small] = 10.0 ** np.round(np.log10(lower[small]))
    d.add_family(
        policy.kind,
        rows.axes,
        tuple(index[there] for index in rows.index),
        d.work(uses, at[i.use_block[uses]], buys, at[i.buy_block[buys]]),
        lower=lower,
        unit=unit,
        label=policy.id,
        member=member,
    )


def asked(i: Inputs, policy: Policy, family: Family) -> Floats:
    """[rows] the whole demand that each row of a floor is a part of, in peak units."""
    found = np.zeros(family.size)
    for w in np.unique(family.index[0]).tolist():
        rows = asked_of(i, w)
        mine = family.index[0] == w
        if rows.over_horizon:
            limit = np.isfinite(i.time.values(policy.limit))
            found[mine] = (limit * i.demand[w] * i.peak[w]).sum()
            continue
        keys = {key: k for k, key in enumerate(zip(*(index.tolist() for index in rows.index), strict=True))}
        wanted = zip(*(index[mine].tolist() for index in family.index), strict=True)
        found[mine] = rows.work[[keys[key] for key in wanted]]
    return found
