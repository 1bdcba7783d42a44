"""How the least cost changes as bounds of rows move along a line, told from one factorised basis.

Parametric programming of the right-hand side (Gass and Saaty, 1955): along the line the basic variables change in
proportion, until one of them would leave its bounds; the dual simplex method exchanges it for another, and the cost
goes on at a steeper rate. Each step takes a few solves with the factors of the first basis, and later bases are that
one with some of its columns exchanged (product form of the inverse). So the rate on either side of a degenerate optimum
is found without a step to that side, and no program is solved again.

A basis is that of `A x + s = 0`, where a row's own variable is `s = -A x`: first all columns, then all rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.scaling import Scaled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ROUNDING = 2e-9
"""By so much, in the program's own units, a basic variable may seem to miss its bound."""
DUAL_ROUNDING = 1e-10
"""The same of a reduced cost."""
LEAST_ENTRY = 1e-11
"""Of the largest change of a basic variable: a smaller one is what the solver leaves of nothing."""
LEAST_PIVOT = 1e-7
"""No exchange is trusted that rests on a smaller number ..."""
SAME_PIVOT = 1e-6
"""... or on one that row and column tell differently."""
MOST_PIVOTS = 300
"""Of one line: as many exchanges take longer than to solve the program anew."""
KEPT_BYTES = 1e8
"""Rows and columns of the inverse are kept for the next line, up to so much memory."""


class Unsure(Exception):
    """A line cannot be followed with the figures at hand; the program has to be solved."""


class LineStretch(NamedTuple):
    """A part of a line on which one basis is optimal; of no length where the optimum is degenerate."""

    begin: float
    end: float
    rate: float | None
    """By how much the least cost rises per unit; None where there is no plan from here on."""


@dataclass
class FactorisedBasis:
    """An optimal basis in the program's own units, and how to solve with it."""

    program: Scaled
    basic: Ints
    """[R] the basic variable at each place."""
    value: Floats
    """[C + R] of all variables."""
    reduced: Floats
    """[C + R] their reduced costs."""
    solve: Callable[[Floats], Floats]
    """B x = right side."""
    solve_transposed: Callable[[Floats], Floats]
    low: Floats = field(init=False)
    """[C + R] bounds of all variables ..."""
    high: Floats = field(init=False)
    rises: Bools = field(init=False)
    """[C + R] whether a variable that is not basic may rise, and whether it may fall."""
    falls: Bools = field(init=False)
    _rows: dict[int, Floats] = field(default_factory=dict)
    _columns: dict[int, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        p = self.program
        self.low = np.concatenate([p.lower, -p.row_upper])
        self.high = np.concatenate([p.upper, -p.row_lower])
        other = np.ones(len(self.low), dtype=bool)
        other[self.basic] = False
        other &= self.low < self.high
        is_low = self.value - self.low <= self.high - self.value
        is_free = np.isneginf(self.low) & np.isposinf(self.high)
        self.rises, self.falls = other & (is_low | is_free), other & (~is_low | is_free)
        self._row_sizes = np.diff(p.start)
        order = np.argsort(p.columns, kind="stable")
        self._column_start = np.concatenate([[0], np.cumsum(np.bincount(p.columns, minlength=len(p.cost)))])
        self._column_rows = np.repeat(np.arange(len(p.row_upper)), self._row_sizes)[order]
        self._column_values = p.values[order]

    def row(self, place: int) -> Floats:
        """[C + R] by how much the basic variable at a place falls as each other one rises."""
        if place not in self._rows:
            unit = np.zeros(len(self.basic))
            unit[place] = 1.0
            inverse = self.solve_transposed(unit)
            each = np.repeat(inverse, self._row_sizes)
            there = np.flatnonzero(each)
            p, count = self.program, len(self.program.cost)
            parts = each[there] * p.values[there]
            found = np.concatenate([np.bincount(p.columns[there], parts, count), inverse])
            found[self.basic] = 0.0
            found[self.basic[place]] = 1.0
            self._room(self._rows)[place] = found
        return self._rows[place]

    def column(self, variable: int) -> Floats:
        """[R] by how much each basic variable falls as another one rises."""
        if variable not in self._columns:
            right = np.zeros(len(self.basic))
            count = len(self.program.cost)
            if variable < count:
                mine = slice(self._column_start[variable], self._column_start[variable + 1])
                right[self._column_rows[mine]] = self._column_values[mine]
            else:
                right[variable - count] = 1.0
            self._room(self._columns)[variable] = self.solve(right)
        return self._columns[variable]

    def _room(self, kept: dict[int, Floats]) -> dict[int, Floats]:
        if len(kept) * len(self.low) * 8 > KEPT_BYTES:
            kept.clear()
        return kept

    def direction(self, rows: Ints, changes: Floats) -> tuple[Floats, float]:
        """[R] how basic variables move, beside their bounds, as the bounds of some rows rise by `changes`; and by how
        much the cost rises."""
        change = np.zeros(len(self.basic))
        np.add.at(change, rows, changes)
        count = len(self.program.cost)
        places = np.flatnonzero(self.basic >= count)
        own = np.zeros(len(change))
        own[self.basic[places] - count] = change[self.basic[places] - count]
        step = self.solve(change - own)
        step[places] += change[self.basic[places] - count]
        return step, -float(self.reduced[count:] @ change)

    def along(self, step: Floats, rate: float) -> BasisLine:
        """The line in a direction; with `-step` and `-rate` that to the other side."""
        return BasisLine(self, step, rate)


class BasisLine:
    """One line, from an optimal basis on."""

    def __init__(self, home: FactorisedBasis, step: Floats, rate: float) -> None:
        self.home, self.step, self.rate = home, step, rate
        self.basic = home.basic
        self.at, self.low, self.high = (each[home.basic] for each in (home.value, home.low, home.high))
        self.reduced = home.reduced
        """[C + R] the reduced costs at the basis that is reached."""
        self._rises, self._falls = home.rises, home.falls
        self._exchanged: list[tuple[int, Floats]] = []
        """Places, and the column at each exchange."""

    def stretches(self) -> Iterator[LineStretch]:
        """Each stretch in order; the last has no end or no plan. Raises Unsure where figures are not good enough."""
        here = 0.0
        for _ in range(MOST_PIVOTS):
            length, place = self._leaves()
            yield LineStretch(here, here + length, self.rate)
            if np.isinf(length):
                return
            if length:
                self.at = self.at + length * self.step
            here += length
            if not self._exchange(place):
                yield LineStretch(here, np.inf, None)
                return
        raise Unsure

    def _leaves(self) -> tuple[float, int]:
        """How far all basic variables stay within their bounds, and the place of the one that is then at one, where
        rounding holds nothing back (Harris, 1973)."""
        step, size = self.step, np.abs(self.step)
        moves = np.flatnonzero(size > LEAST_ENTRY * size.max(initial=0.0))
        step, size = step[moves], size[moves]
        left = np.where(step > 0, self.high[moves] - self.at[moves], self.at[moves] - self.low[moves])
        left = np.maximum(left, 0.0)
        most = np.min((left + ROUNDING) / size, initial=np.inf)
        if np.isinf(most):
            return np.inf, -1
        exact = left / size
        allowed = np.flatnonzero(exact <= most)
        chosen = allowed[np.argmax(size[allowed])]
        return float(exact[chosen]), int(moves[chosen])

    def _exchange(self, place: int) -> bool:
        """Puts another variable in the place of the basic one; False where none can keep it within its bounds."""
        home, row = self.home, self._row(place)
        is_low = self.step[place] < 0
        helps = row if is_low else -row
        least = LEAST_ENTRY * max(1.0, float(np.abs(row).max(initial=0.0)))
        found = np.flatnonzero((self._rises & (helps < -least)) | (self._falls & (helps > least)))
        if not len(found):
            return False
        size, price = np.abs(row[found]), np.abs(self.reduced[found])
        near = price / size <= np.min((price + DUAL_ROUNDING) / size)
        entering = int(found[near][np.argmax(size[near])])
        column = self._column(entering)
        pivot = row[entering]
        if abs(pivot) < LEAST_PIVOT or abs(column[place] - pivot) > SAME_PIVOT * max(1.0, abs(pivot)):
            raise Unsure
        leaving, by = int(self.basic[place]), self.step[place] / pivot
        dual = self.reduced[entering] / pivot
        self.rate += float(self.reduced[entering] * by)
        self.reduced = self.reduced - dual * row
        self.reduced[entering] = 0.0
        self.step = self.step - by * column
        self.step[place] = by
        if not self._exchanged:
            self._rises, self._falls = self._rises.copy(), self._falls.copy()
            self.basic, self.at = self.basic.copy(), self.at.copy()
        self.at[place] = home.low[entering] if self._rises[entering] else home.high[entering]
        if not np.isfinite(self.at[place]):
            self.at[place] = home.value[entering]
        self.low[place], self.high[place] = home.low[entering], home.high[entering]
        self.basic[place] = entering
        self._rises[entering] = self._falls[entering] = False
        is_fixed = home.low[leaving] == home.high[leaving]
        self._rises[leaving], self._falls[leaving] = is_low and not is_fixed, not is_low and not is_fixed
        self._exchanged.append((place, column))
        return True

    def _row(self, place: int) -> Floats:
        """[C + R] the row of a place in the basis that is reached: rows of the first basis, added up."""
        parts = {place: 1.0}
        for at, column in reversed(self._exchanged):
            own = parts.pop(at, 0.0)
            part = (own - sum(times * column[other] for other, times in parts.items())) / column[at]
            if part:
                parts[at] = float(part)
        row = np.zeros(len(self.home.low))
        for at, times in parts.items():
            row += times * self.home.row(at)
        return row

    def _column(self, variable: int) -> Floats:
        """[R] the column of a variable in the basis that is reached."""
        column = self.home.column(variable).copy()
        for at, other in self._exchanged:
            times = column[at] / other[at]
            column -= times * other
            column[at] = times
        return column
