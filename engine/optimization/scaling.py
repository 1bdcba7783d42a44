"""A linear program in numbers near one: what the solver is given, and what of it an edit has changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.linear_program import LinearProgram

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


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

    def _same(self, other: Scaled, *names: str) -> bool:
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in names)


def scaled(program: LinearProgram, lower: Floats, upper: Floats) -> Scaled:
    """The arrays of a program, with these bounds of its columns, in its own units and with its tie-break."""
    unit, row_unit = program.column_unit, program.row_unit
    values = unit[program.columns]
    values *= program.values
    sizes, start = np.diff(program.row_start), program.row_start.tolist()
    for family in program.families:  # one after the other: an array for all would be memory used for the first time
        values[start[family.start] : start[family.start + family.size]] /= np.repeat(
            row_unit[family.rows], sizes[family.rows]
        )
    return Scaled(
        cost=program.cost * unit / program.cost_unit + program.tie_break,
        lower=lower / unit,
        upper=upper / unit,
        row_lower=program.row_lower / row_unit,
        row_upper=program.row_upper / row_unit,
        start=program.row_start.astype(np.int32),
        columns=program.columns,
        values=values,
    )


# The duals of a program's own costs, where the solver has found those of its costs and the tie-break together.


DUST = 1e-12
"""In the program's own units: what is below it is what is left of a difference of equal duals."""


def tie_break_of(program: LinearProgram, basic: NDArray[np.int32]) -> Floats:
    """[R] the tie-break of each basic variable; one below 0 is a row, which has none."""
    return np.append(program.tie_break, 0.0)[np.where(basic < 0, len(program.cost), basic)]


def without_tie_break(
    program: LinearProgram, solved: Scaled, prices: Floats, row_duals: Floats, reduced_costs: Floats
) -> tuple[Floats, Floats]:
    """[R] and [C]: row duals and reduced costs in USD, less what `prices`, those of the tie-break in the same basis,
    put into them.

    Left in, offers that cost the same would seem to differ, and limits that save nothing to be worth a little.
    """
    rates, each = program.cost_unit / program.row_unit, program.cost_unit / program.column_unit
    of_rows = np.repeat(prices, np.diff(solved.start))
    reduced = program.tie_break - np.bincount(solved.columns, solved.values * of_rows, len(program.cost))
    return _no_dust(row_duals - prices * rates, rates), _no_dust(reduced_costs - reduced * each, each)


def _no_dust(duals: Floats, unit: Floats) -> Floats:
    return np.where(np.abs(duals) > DUST * unit, duals, 0.0)
