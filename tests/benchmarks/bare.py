"""The bare parts that Gigaplan's figures stand beside: HiGHS alone on the same programs, pyqtgraph alone on as many
points."""

from __future__ import annotations

import time
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.highs import DUAL_SIMPLEX, DUAL_TOLERANCE, PRIMAL_SIMPLEX, TOLERANCE, UNSCALED
from gigaplan.engine.optimization.linear_program import LinearProgram
from gigaplan.engine.optimization.scaling import Scaled, scaled

Floats = NDArray[np.float64]


def new_highs() -> highspy.Highs:
    """HiGHS as Gigaplan asks for it: one thread, the same tolerances, and numbers as they are."""
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("simplex_scale_strategy", UNSCALED)
    highs.setOptionValue("primal_feasibility_tolerance", TOLERANCE)
    highs.setOptionValue("dual_feasibility_tolerance", DUAL_TOLERANCE)
    return highs


def hand_over(highs: highspy.Highs, a: Scaled) -> None:
    """Gives HiGHS a program."""
    rowwise, minimise = int(highspy.MatrixFormat.kRowwise), int(highspy.ObjSense.kMinimize)
    continuous = np.zeros(len(a.cost), dtype=np.int32)
    highs.passModel(
        len(a.cost), len(a.row_lower), len(a.values), rowwise, minimise, 0.0, a.cost, a.lower, a.upper,
        a.row_lower, a.row_upper, a.start, a.columns, a.values, continuous,
    )  # fmt: skip


def run(highs: highspy.Highs) -> float:
    """Seconds of one solve, to an optimum."""
    began = time.perf_counter()
    highs.run()
    seconds = time.perf_counter() - began
    status = highs.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"HiGHS ended with {highs.modelStatusToString(status)}")
    return seconds


def _held(program: LinearProgram, held: Floats | None) -> Scaled:
    """A program with its integers held."""
    lower, upper = program.lower.copy(), program.upper.copy()
    if held is not None:
        lower[program.integer] = upper[program.integer] = held
    return scaled(program, lower, upper)


@dataclass
class BareSolver:
    """HiGHS alone: each step changes only what differs from the last program, and goes on from its basis with the
    simplex that suits the change: primal after costs, dual after limits."""

    highs: highspy.Highs
    last: Scaled
    held: Floats | None

    @classmethod
    def of(cls, program: LinearProgram, held: Floats | None = None) -> BareSolver:
        """Solves a first program from nothing, with its integers `held`, which live edits hold too."""
        highs, first = new_highs(), _held(program, held)
        hand_over(highs, first)
        run(highs)
        return cls(highs, first, held)

    def step(self, program: LinearProgram) -> float:
        """Seconds to take over the changes and solve again; finding the changes is not counted."""
        new, old, highs = _held(program, self.held), self.last, self.highs
        if not np.array_equal(new.columns, old.columns) or not np.array_equal(new.start, old.start):
            raise RuntimeError("the programs have different places in their matrix")
        cost = np.flatnonzero(new.cost != old.cost).astype(np.int32)
        bounds = np.flatnonzero((new.lower != old.lower) | (new.upper != old.upper)).astype(np.int32)
        rows = np.flatnonzero((new.row_lower != old.row_lower) | (new.row_upper != old.row_upper)).astype(np.int32)
        entries = np.flatnonzero(new.values != old.values)
        at = (np.searchsorted(new.start, entries, side="right") - 1).tolist()
        places = list(zip(at, new.columns[entries].tolist(), new.values[entries].tolist(), strict=True))
        costs, lower, upper = new.cost[cost], new.row_lower[rows], new.row_upper[rows]
        highs.setOptionValue("simplex_strategy", DUAL_SIMPLEX if len(rows) or len(bounds) else PRIMAL_SIMPLEX)
        began = time.perf_counter()
        if len(cost):
            highs.changeColsCost(len(cost), cost, costs)
        if len(bounds):
            highs.changeColsBounds(len(bounds), bounds, new.lower[bounds], new.upper[bounds])
        if len(rows):
            highs.changeRowsBounds(len(rows), rows, lower, upper)
        for row, column, value in places:
            highs.changeCoeff(row, column, value)
        changing = time.perf_counter() - began
        self.last = new
        return changing + run(highs)
