"""A linear program in numbers near one: what the solver is given, and what of it an edit has changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.linear import LinearProgram

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
        """Whether both have their coefficients at the same places."""
        return self._same(other, "start", "columns")

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
