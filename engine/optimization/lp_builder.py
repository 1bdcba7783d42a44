"""A linear program in the making: what each family of constraints needs to add its rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.linear_program import Assembler, Block, Columns, Entries, Index
from gigaplan.engine.optimization.rates import Rates

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Draft:
    """A program in the making: its inputs and rates, and its columns so far; constraint families add to it."""

    inputs: Inputs
    rates: Rates
    program: Assembler
    chip_unit: float
    work_unit: Floats
    """[W] work of a typical chip."""
    cost_unit: float

    @property
    def deliveries(self) -> Block:
        """n[pair, period]"""
        return self.program.blocks["deliveries"]

    @property
    def uses(self) -> Block:
        """x[use, period]"""
        return self.program.blocks["uses"]

    def block(self, name: str) -> Block:
        """The block called `name`."""
        return self.program.blocks[name]

    @cached_property
    def use_columns(self) -> Columns:
        """[U, T] the column of each use, -1 where there can be none."""
        return _places(self.uses, (len(self.inputs.use_pair), self.inputs.time.periods))

    @cached_property
    def cohorts(self) -> tuple[Ints, Ints, Ints, Columns]:
        """Every (pair, delivered in, alive in, column) of a cohort inside the horizon, in this order."""
        i = self.inputs
        t = np.arange(i.time.periods)
        age = t[None, :] - t[:, None]
        columns = _places(self.deliveries, i.can_deliver.shape)
        living = (age[None] >= 0) & (age[None] < i.life[i.pair_offer][:, None, None])
        pair, born, now = np.nonzero(living & (columns >= 0)[:, :, None])
        return pair, born, now, columns[pair, born]

    @cached_property
    def _standing(self) -> Ints:
        """Of every cohort, the place of (pair, alive in) in an array [N, T] laid flat."""
        pair, _, now, _ = self.cohorts
        return pair * self.inputs.time.periods + now

    def active(self, row: Index, weight: Floats) -> Entries:
        """Entries of `weight[pair, period] * K[pair, period]` in `row[pair, period]`; -1 leaves a place out.

        Where a row is about several periods, those of one cohort lie side by side, for `merged`.
        """
        return _kept(row.take(self._standing), self.cohorts[3], weight.take(self._standing))

    def served(self, row: Index, uses: Ints | None = None) -> Entries:
        """Entries of theta * x in `row[use, period]`, of all uses or of some; -1 leaves a place out."""
        which = slice(None) if uses is None else uses
        columns = self.use_columns[which]
        there = columns >= 0
        theta = np.broadcast_to(self.inputs.use_theta[which][:, None], columns.shape)
        return _kept(row[there], columns[there], theta[there])


def _places(block: Block, shape: tuple[int, ...]) -> Columns:
    table = np.full(shape, -1, dtype=np.int32)
    table[block.index] = np.arange(block.start, block.start + block.size)
    return table


def _kept(row: Index, column: Index, value: Floats) -> Entries:
    keep = row >= 0
    return (row, column, value) if keep.all() else (row[keep], column[keep], value[keep])
