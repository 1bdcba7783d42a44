"""The duals of a program's own costs, where the solver has found those of its costs and the tie-break together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.linear import LinearProgram
from engine.scaled import Scaled

Floats = NDArray[np.float64]

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
