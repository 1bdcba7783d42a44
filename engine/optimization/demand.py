"""The rows that ask for work: by period, by block of the day, or over the whole horizon (model.md sections 5.1, E, F).

Demand, floors, ports and placements all have rows like these, and each workload has the same ones in all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.linear_program import Entries
from gigaplan.engine.optimization.lp_builder import Draft

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class AskedWork:
    """The rows that ask for one workload's work."""

    axes: tuple[str, ...]
    """workload; then block where the day has several; then period. Over the horizon, workload alone."""
    index: tuple[Ints, ...]
    work: Floats
    """[R] what each row asks for, peak units; of a day, its mean."""
    period: Ints
    """[R] of each row; -1 over the horizon."""
    place: Ints
    """[B, T] the row that a use in a block and period counts in."""

    @property
    def over_horizon(self) -> bool:
        """Whether it is one row over all periods."""
        return len(self.axes) == 1


def asked_of(i: Inputs, w: int) -> AskedWork:
    """The rows that ask for the work of a workload."""
    periods, blocks = i.time.periods, len(i.shares)
    needed = i.demand[w] * i.peak[w]
    if i.flexible[w] or i.delay[w] >= 0:
        place = np.zeros((blocks, periods), dtype=np.int64)
        return AskedWork(("workload",), (np.array([w]),), needed.sum(keepdims=True), np.array([-1]), place)
    t = np.arange(periods)
    if not i.has_blocks:
        return AskedWork(("workload", "period"), (np.full(periods, w), t), needed, t, t[None, :])
    axes = ("workload", "block", "period")
    if not i.by_block[w]:  # its work may be done at any hour: a block of its own stands for the whole day
        index = np.full(periods, w), np.full(periods, blocks), t
        return AskedWork(axes, index, needed, t, np.repeat(t[None, :], blocks, axis=0))
    index = np.full(blocks * periods, w), np.repeat(np.arange(blocks), periods), np.tile(t, blocks)
    work = (i.profile[w][:, None] * needed).ravel()
    return AskedWork(axes, index, work, index[2], np.arange(blocks * periods).reshape(blocks, periods))


def work_in(d: Draft, asked: AskedWork, uses: Ints, buys: Ints) -> list[Entries]:
    """Entries of the work of some uses and buys of a workload in the rows that ask for it."""
    i = d.inputs
    return d.work(uses, asked.place[i.use_block[uses]], buys, asked.place[i.buy_block[buys]])


def uses_of(i: Inputs, w: int) -> Ints:
    """The uses of a workload."""
    return np.flatnonzero(i.use_workload == w)


def buys_of(i: Inputs, w: int) -> Ints:
    """What a workload may buy of services."""
    return np.flatnonzero(i.buy_workload == w)
