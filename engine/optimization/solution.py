"""What a solve found, in the program's real units, and how it ended."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.linear_program import LinearProgram
from gigaplan.engine.optimization.reduction import Reduction

Floats = NDArray[np.float64]
Status = Literal["optimal", "not_proven", "infeasible", "unbounded", "time_limit", "cancelled", "error", "too_large"]
"""How a solve ended; `too_large` is that of a plan that was not given to the solver."""


@dataclass(frozen=True)
class Solution:
    """What the solver found, in the program's real units. The arrays are empty unless `status` is optimal, or
    `not_proven`: a plan that may not be the best."""

    status: Status
    values: Floats
    """[C]"""
    row_duals: Floats
    """[R] what one more unit of a row's bound is worth, USD discounted."""
    reduced_costs: Floats
    """[C]"""
    objective: float
    seconds: float
    message: str = ""
    bound: float = float("nan")
    """No plan has a lower objective; told where it is not proven that this one is the best."""
    integers_fixed: bool = False
    """Whether the duals are those of the program with its integer decisions fixed."""
    violation: float = 0.0
    """The largest violation of a row or bound, recomputed from the unscaled program, relative to its size."""
    basis: Any = dataclasses.field(default=None, repr=False, compare=False)
    """The basis of the optimum, as the solver keeps it: where to start from for a program that differs a little."""
    reduction: Reduction | None = dataclasses.field(default=None, repr=False, compare=False)
    """The smaller program that was solved in the place of the whole one, if any: `basis` is one of it."""

    def to_send(self) -> Solution:
        """The solution without what stays in its process."""
        return dataclasses.replace(self, basis=None, reduction=None)


class Cancelled(Exception):
    """The question was taken back before its answer was found."""


class SolverError(RuntimeError):
    """The solver refused what it was given: a fault of ours, never of the plan."""


def failed(status: Status, message: str, seconds: float = 0.0) -> Solution:
    """A solve that found no plan, with why."""
    nothing = np.zeros(0)
    return Solution(status, nothing, nothing, nothing, float("nan"), seconds, message)


def violation(program: LinearProgram, values: Floats) -> float:
    """The largest violation of a row or a bound, relative to the size of what the row adds up."""
    size = program.column_unit
    below = np.maximum(program.lower - values, values - program.upper) / np.maximum(np.abs(values), size)
    activity = program.activity(values)
    scale = np.maximum(program.row_unit, np.abs(activity))
    off = np.maximum(program.row_lower - activity, activity - program.row_upper) / scale
    return float(max(np.max(below, initial=0.0), np.max(off, initial=0.0)))
