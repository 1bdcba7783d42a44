"""A linear program in numbers near one: what the solver is given, and what of it an edit has changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.linear_program import LinearProgram

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Scaled:
    """A program as HiGHS sees it: the arrays of `LinearProgram` over their units."""

    cost: Floats
    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats
    start: Ints
    columns: Ints
    values: Floats

    def same_places(self, other: Scaled) -> bool:
        """Whether both have as many columns, and their coefficients at the same places."""
        return len(self.cost) == len(other.cost) and self._same(other, "start", "columns")

    def same_bounds(self, other: Scaled) -> bool:
        """Whether both have the same bounds of columns and rows."""
        return self._same(other, "lower", "upper", "row_lower", "row_upper")

    def same_prices(self, other: Scaled) -> bool:
        """Whether both have the same costs and coefficients, these at the same places."""
        return len(self.values) == len(other.values) and self._same(other, "cost", "values")

    def _same(self, other: Scaled, *names: str) -> bool:
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in names)


def scaled(program: LinearProgram, lower: Floats, upper: Floats) -> Scaled:
    """The arrays of a program, with these bounds of its columns, in its own units and without its tie-break."""
    unit, row_unit = program.column_unit, program.row_unit
    values = unit[program.columns]
    values *= program.values
    sizes, start = np.diff(program.row_start), program.row_start.tolist()
    for family in program.families:  # one after the other: an array for all would be memory used for the first time
        values[start[family.start] : start[family.start + family.size]] /= np.repeat(
            row_unit[family.rows], sizes[family.rows]
        )
    return Scaled(
        cost=program.cost * unit / program.cost_unit,
        lower=lower / unit,
        upper=upper / unit,
        row_lower=program.row_lower / row_unit,
        row_upper=program.row_upper / row_unit,
        start=program.row_start.astype(np.int32),
        columns=program.columns,
        values=values,
    )


BARRED = 100.0
"""A cost, beside those of a goal that are near one, that keeps a column where it is."""


@dataclass(frozen=True)
class OptimalFace:
    """The optima of a program, told by the duals of one of them: what has a dual of some size stays at its bound in all
    of them."""

    program: Scaled
    """With its rows held where all optima have them."""
    low: Bools
    """[C] columns that are at their lower bound in all optima."""
    high: Bools
    """[C] and at their upper one."""

    @classmethod
    def of(cls, program: Scaled, row_duals: Floats, reduced_costs: Floats, least: float) -> OptimalFace:
        """The optima of a whole program; duals of `least` are none."""
        nowhere = np.zeros(len(program.cost), dtype=bool)
        return cls(program, nowhere, nowhere).within(row_duals, reduced_costs, least)

    def within(self, row_duals: Floats, reduced_costs: Floats, least: float) -> OptimalFace:
        """Of these plans those that are as good in another goal, too, by the duals of the best in it."""
        p, free = self.program, ~(self.low | self.high)
        held = dataclasses.replace(
            p,
            row_lower=np.where(row_duals < -least, p.row_upper, p.row_lower),
            row_upper=np.where(row_duals > least, p.row_lower, p.row_upper),
        )
        low, high = free & (reduced_costs > least), free & (reduced_costs < -least)
        return OptimalFace(held, self.low | low, self.high | high)

    def programs(self, goal: Floats) -> Iterator[tuple[Scaled, Callable[[Floats], bool]]]:
        """The face with `goal` [C] as its only cost, and whether an answer [C] is on it.

        At first columns are kept at their bounds by BARRED, which is changed in a third of the time of bounds; should
        that not keep them, by their bounds.
        """
        p = self.program
        lower, upper = np.where(self.high, p.upper, p.lower), np.where(self.low, p.lower, p.upper)
        barred = dataclasses.replace(p, cost=goal + BARRED * (self.low.astype(float) - self.high))
        yield barred, lambda x: bool(((x <= upper + KEPT) & (x >= lower - KEPT)).all())
        yield dataclasses.replace(p, cost=goal, lower=lower, upper=upper), lambda _: True


KEPT = 1e-8
"""In the program's own units: a column so near to its bound is at it."""
DUST = 1e-12
"""In the program's own units: what is below it is what is left of a difference of equal duals."""


def without_dust(duals: Floats) -> Floats:
    """Duals in the program's own units, of which dust is none."""
    return np.where(np.abs(duals) > DUST, duals, 0.0)
