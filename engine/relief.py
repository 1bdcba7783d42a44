"""Programs with some of their limits loosened, and solving them until nobody asks any more: what a diagnosis tries."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.inputs import inputs_of
from engine.linear import LinearProgram
from engine.model import build
from engine.plan import Plan
from engine.solver import Solution, Solver

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Cancelled(Exception):
    """The question was taken back before its answer was found."""


@dataclasses.dataclass(frozen=True)
class Search:
    """Solves what a diagnosis tries; every solve ends soon after `cancelled` says so, by raising Cancelled."""

    cancelled: Callable[[], bool]

    def solve(self, program: LinearProgram) -> Solution:
        """The optimum of a program."""
        solver = self._solver()
        solution = solver.solve(program)
        if solution.status == "cancelled":
            raise Cancelled
        return solution

    def is_feasible(self, plan: Plan) -> bool:
        """Whether a plan has a solution."""
        return self.solve(build(inputs_of(plan))).status == "optimal"

    def conflict(self, program: LinearProgram) -> Ints:
        """Rows of an infeasible program that conflict."""
        return self._solver().conflict(program)

    def _solver(self) -> Solver:
        if self.cancelled():
            raise Cancelled
        return Solver(interrupt=self.cancelled)


def with_relief(program: LinearProgram, relief: list[tuple[Ints, Floats, float]]) -> LinearProgram:
    """The program with a column more for each (rows, effect per unit, cost): it relaxes those rows, and alone costs."""
    columns = len(program.cost)
    rows = np.concatenate([r for r, _, _ in relief])
    at = np.concatenate([np.full(len(r), columns + k) for k, (r, _, _) in enumerate(relief)])
    upper = np.isfinite(program.row_upper[rows])
    value = np.concatenate([effect for _, effect, _ in relief]) * np.where(upper, -1.0, 1.0)
    place = program.row_start[rows + 1]
    order = np.argsort(rows, kind="stable")
    counts = np.bincount(rows, minlength=len(program.row_upper))
    unit = np.array([_unit(program, r, effect) for r, effect, _ in relief])
    many = len(relief)
    return dataclasses.replace(
        program,
        cost=np.concatenate([np.zeros(columns), [cost for _, _, cost in relief]]),
        lower=np.concatenate([program.lower, np.zeros(many)]),
        upper=np.concatenate([program.upper, np.full(many, np.inf)]),
        integer=np.concatenate([program.integer, np.zeros(many, dtype=bool)]),
        tie_break=np.zeros(columns + many),
        column_unit=np.concatenate([program.column_unit, unit]),
        row_start=program.row_start + np.concatenate([[0], np.cumsum(counts)]),
        columns=np.insert(program.columns, place[order], at[order]),
        values=np.insert(program.values, place[order], value[order]),
        constant=0.0,
        cost_unit=float(np.median([cost * u for (_, _, cost), u in zip(relief, unit, strict=True)])),
    )


def _unit(program: LinearProgram, rows: Ints, effect: Floats) -> float:
    """A unit for a relief column that keeps its coefficients near one."""
    sizes = effect[effect > 0] / program.row_unit[rows][effect > 0]
    return 1.0 / float(np.median(sizes)) if len(sizes) else 1.0
