"""A linear program in the making: what each family of constraints needs to add its rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.amounts import Amounts, plus
from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.linear_program import About, Assembler, ColumnBlock, Columns, Entries, Index, merged
from gigaplan.engine.optimization.rates import Rates, over_life, weights

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

AS_USED, DECIDED, ALL_RUN = 0, 1, 2
"""How the chips that run are told of a pair: by the work on them, by columns of their own, or all that stand."""


@dataclass(frozen=True)
class Draft:
    """A program in the making: its inputs and rates, and its columns so far; constraint families add to it."""

    inputs: Inputs
    rates: Rates
    costs: dict[str, Amounts]
    """Each component of the cost."""
    program: Assembler
    chip_unit: float
    work_unit: Floats
    """[W] work of a typical chip."""
    cost_unit: float
    runs: Ints
    """[N] AS_USED, DECIDED or ALL_RUN."""

    def add_family(
        self, name: str, axes: tuple[str, ...], index: tuple[Ints, ...], entries: Sequence[Entries],
        **about: Unpack[About],
    ) -> None:  # fmt: skip
        """Adds rows to the program; see `Assembler.add_family`."""
        self.program.add_family(name, axes, index, entries, **about)

    @property
    def is_left(self) -> Bools:
        """[N] the pairs whose chips are there."""
        return np.ones(len(self.inputs.pair_offer), dtype=bool)

    @property
    def deliveries(self) -> ColumnBlock:
        """n[pair, period]"""
        return self.program.blocks["deliveries"]

    @property
    def uses(self) -> ColumnBlock:
        """x[use, period]"""
        return self.block("uses")

    def block(self, name: str) -> ColumnBlock:
        """The block called `name`."""
        return self.program.blocks[name]

    @cached_property
    def use_columns(self) -> Columns:
        """[U, T] the column of each use, -1 where there can be none."""
        return _places(self.uses, (len(self.inputs.use_mode), self.inputs.time.periods))

    @cached_property
    def buy_columns(self) -> Columns:
        """[V, T] the column of each buy, -1 where there can be none."""
        return _places(self.block("bought"), self.inputs.can_buy.shape)

    @cached_property
    def run_columns(self) -> Columns:
        """[M, T] the column of the chips in each mode, -1 where it has none of its own."""
        return _places(self.block("running"), (len(self.inputs.mode_pair), self.inputs.time.periods))

    @cached_property
    def cohorts(self) -> tuple[Ints, Ints, Ints, Columns, Floats | None]:
        """Every (pair, delivered in, alive in, column) of a cohort inside the horizon, in this order, and the part of
        the period in which it is alive; None where that is always all of it."""
        i = self.inputs
        t = np.arange(i.time.periods)
        age = t[None, :] - t[:, None]
        columns = _places(self.deliveries, i.can_deliver.shape)
        life = i.life[i.pair_offer]
        living = (age[None] >= 0) & (age[None] < life[:, None, None])
        pair, born, now = np.nonzero(living & (columns >= 0)[:, :, None])
        part = None if (i.life == np.floor(i.life)).all() else weights(life[pair], now - born)
        return pair, born, now, columns[pair, born], part

    @cached_property
    def _standing(self) -> Ints:
        """Of every cohort, the place of (pair, alive in) in an array [N, T] laid flat."""
        pair, _, now, _, _ = self.cohorts
        return pair * self.inputs.time.periods + now

    def active(self, row: Index, weight: Floats) -> Entries:
        """Entries of `weight[pair, period] * K[pair, period]` in `row[pair, period]`; -1 leaves a place out.

        Where a row is about several periods, those of one cohort lie side by side, for `merged`.
        """
        value = weight.take(self._standing)
        part = self.cohorts[4]
        return _kept(row.take(self._standing), self.cohorts[3], value if part is None else value * part)

    def work(self, uses: Ints, use_rows: Index, buys: Ints, buy_rows: Index) -> list[Entries]:
        """Entries of the work of some uses and buys in rows [uses, T] and [buys, T]; -1 leaves a place out.

        The work of a row that is about a whole day is its mean over the day (`weight_in_rows`).
        """
        i = self.inputs
        found = [_entries(use_rows, self.use_columns[uses], self._use_work(uses))]
        if len(buys):
            each = np.where(i.by_block[i.buy_workload[buys]], 1.0, i.buy_share[buys])
            found.append(_entries(buy_rows, self.buy_columns[buys], each[:, None]))
        return found

    def _use_work(self, uses: Ints) -> Floats:
        """[uses, T] work per chip, in the rows of the workload."""
        i = self.inputs
        work = i.use_theta[uses]
        workload = i.use_workload[uses]
        if i.has_blocks:
            work = work * np.where(i.by_block[workload], 1.0, i.use_share[uses])
        gains = i.gain[workload]
        return np.asarray(work[:, None] * gains if (gains != 1).any() else work[:, None])

    def in_columns(self, amounts: Amounts) -> Amounts:
        """The amounts as the columns have them: of pairs whose running chips have no column, on what tells of them.

        A use's amount is then that of its column, which is about one block of the day.
        """
        i = self.inputs
        used, active, running = amounts.used, amounts.active, amounts.running
        if used is not None and i.has_blocks:
            used = used * i.use_share[:, None]
        if running is not None:
            as_used = self.runs[i.use_pair] == AS_USED
            if as_used.any():
                up = np.where(i.availability > 0, i.availability, 1.0)[i.use_offer]
                used = plus(used, np.where(as_used, 1 / up, 0.0)[:, None] * running[i.use_mode])
            if (self.runs == ALL_RUN).any():
                active = plus(active, np.where((self.runs == ALL_RUN)[:, None], running[: len(self.runs)], 0.0))
        bought = amounts.bought
        if bought is not None and i.has_blocks:
            bought = bought * i.buy_share[:, None]
        return dataclasses.replace(amounts, active=active, running=running, used=used, bought=bought)

    def sums(self, amounts: Amounts, row: Index, part: Floats | None = None) -> tuple[list[Entries], Floats]:
        """Entries of what decisions come to in each of the rows [T] or [N, T] (-1: none), and [R] what chips that
        stood before come to; `part` [T] is how much of each period counts."""
        i, found = self.inputs, self.in_columns(amounts)
        shape = i.installed.shape
        rows = np.broadcast_to(row, shape)
        times = np.ones(shape[1]) if part is None else part
        entries = self._of_cohorts(found, rows, times)
        if found.running is not None and self.block("running").size:
            entries.append(_entries(rows[i.mode_pair], self.run_columns, found.running * times))
        if found.used is not None:
            entries.append(_entries(rows[i.use_pair], self.use_columns, found.used * times))
        by_period = row if row.ndim == 1 else None
        if by_period is not None:
            entries += self._of_lumps(found, by_period, times)
        fixed = plus(found.standing, None if found.active is None else found.active * i.installed)
        count = int(rows.max(initial=-1)) + 1
        keep = rows >= 0
        values = np.zeros(shape) if fixed is None else np.broadcast_to(fixed * times, shape)
        return entries, np.bincount(rows[keep], values[keep], count).astype(float)

    def _of_cohorts(self, found: Amounts, rows: Index, times: Floats) -> list[Entries]:
        i = self.inputs
        each = found.cohort, found.active, found.delivered
        if all(value is None for value in each):
            return []
        pair, born, now, column, part = self.cohorts
        value = np.zeros(len(pair))
        if found.cohort is not None:
            value += found.cohort[pair, born]
        if found.active is not None:
            value += np.broadcast_to(found.active, i.installed.shape)[pair, now]
        if part is not None:
            value *= part
        if found.delivered is not None:
            value += np.where(born == now, found.delivered[pair, born], 0.0)
        return [merged(_kept(rows[pair, now], column, value * times[now]))]

    def _of_lumps(self, found: Amounts, row: Index, times: Floats) -> list[Entries]:
        i, entries = self.inputs, []
        if found.bought is not None and self.block("bought").size:
            entries.append(_entries(np.broadcast_to(row, i.can_buy.shape), self.buy_columns, found.bought * times))
        for name in {**found.decided, **found.at_once}:
            block = self.block(name)
            if block.size:
                places = np.repeat(np.arange(block.start, block.start + block.size)[:, None], len(row), axis=1)
                values = found.decided.get(name, 0.0) + found.at_once.get(name, np.zeros(1))
                mine = values[block.index[0]]
                at, column, value = _entries(np.broadcast_to(row, mine.shape), places, mine * times)
                entries.append(_summed(at, column, value))
        return entries

    def prices(self, amounts: Amounts, now: Floats, opening: Floats) -> dict[str, Floats]:
        """What the amounts add to the objective, per block: discounted by `now` [T], what is paid at once by
        `opening` [T]; and under `""` what no decision changes."""
        i, found = self.inputs, self.in_columns(amounts)
        life, shape = i.life[i.pair_offer], i.installed.shape
        delivery = np.zeros(shape)
        if found.delivered is not None:
            delivery += found.delivered * opening
        if found.cohort is not None:
            delivery += found.cohort * over_life(np.broadcast_to(now, shape), life)
        if found.active is not None:
            delivery += over_life(found.active * now, life)
        fixed = plus(found.standing, None if found.active is None else found.active * i.installed)
        costs = {
            "deliveries": delivery,
            "running": _or_zero(found.running, (len(i.mode_pair), shape[1]), now),
            "uses": _or_zero(found.used, (len(i.use_mode), shape[1]), now),
            "bought": _or_zero(found.bought, i.can_buy.shape, now),
            "": np.zeros(1) if fixed is None else np.array([(fixed * now).sum()]),
        }
        for lumps, d in ((found.decided, now), (found.at_once, opening)):
            for name, values in lumps.items():
                costs[name] = costs.get(name, 0.0) + values @ d
        return costs


def _or_zero(values: Floats | None, shape: tuple[int, ...], now: Floats) -> Floats:
    return np.zeros(shape) if values is None else np.broadcast_to(values * now, shape)


def _places(block: ColumnBlock, shape: tuple[int, ...]) -> Columns:
    table = np.full(shape, -1, dtype=np.int32)
    table[block.index] = np.arange(block.start, block.start + block.size)
    return table


def _entries(row: Index, columns: Any, value: Floats) -> Entries:
    """Entries at the places of `columns` (-1: none), of a value that spreads over them."""
    there = (columns >= 0) & (row >= 0)
    return row[there], columns[there], np.broadcast_to(value, columns.shape)[there]


def _summed(row: Index, column: Index, value: Floats) -> Entries:
    """Entries, those at the same place added up wherever they stand."""
    order = np.lexsort((column, row))
    return merged((row[order], column[order], value[order]))


def _kept(row: Index, column: Index, value: Floats) -> Entries:
    keep = row >= 0
    return (row, column, value) if keep.all() else (row[keep], column[keep], value[keep])
