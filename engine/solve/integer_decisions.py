"""Integer decisions, which agreements are signed and which ports are done: named, held while a person edits,
and proven in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from gigaplan.engine.optimization.linear_program import LinearProgram
from gigaplan.engine.optimization.solution import Solution
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.results.result import Integers
from gigaplan.engine.solve.subprocess_job import Answer, Job

Decisions = Mapping[str, float]
"""0 or 1 by name: `ported training|xla`, `signed deal`."""

PROGRESS_SECONDS = 0.2


class ProofProgress(Struct, frozen=True):
    """How far a proof is: the best plan found and the bound below which none can be, USD discounted."""

    best: float
    bound: float

    @property
    def gap(self) -> float:
        """How much better a plan could still be, relative to the best."""
        return abs(self.best - self.bound) / max(abs(self.best), 1e-9)


class Proof(Struct, frozen=True):
    """The end of a proof: its status, and the decisions where it is optimal."""

    status: str
    decisions: dict[str, float] = {}


def names_of(program: LinearProgram) -> list[str]:
    """The name of each integer column, in the order of the columns."""
    names = []
    for block in program.blocks.values():
        for k in np.flatnonzero(program.integer[block.columns]).tolist():
            about = (program.names[axis][int(at[k])] for axis, at in zip(block.axes, block.index, strict=True))
            names.append(f"{block.name} {'|'.join(about)}")
    return names


def decisions_of(program: LinearProgram, values: NDArray[np.float64]) -> dict[str, float]:
    """The integer decisions of a solution, by name."""
    return dict(zip(names_of(program), np.round(values[program.integer]).tolist(), strict=True))


def solve_held(program: LinearProgram, decisions: Decisions, solver: Solver) -> tuple[Solution, Integers]:
    """The optimum with integer decisions as they were before, and what it says of them; those that are new are
    decided soon, and only proven where that takes no longer."""
    if not program.integer.any():
        return solver.solve(program), "none"
    known = np.array([decisions.get(name, np.nan) for name in names_of(program)])
    if not np.isnan(known).any():
        return solver.solve(program, hold=known), "held"
    solution, is_proven = solver.quick(program, known)
    return solution, "proven" if is_proven else "held"


class ProofJob(Job):
    """Proves the integer decisions of a plan in a process of its own, which `cancel` ends at once."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(_prove, plan)

    def wait(self, seconds: float) -> ProofProgress | Proof | None:
        """The next word of the process, or None where there is none in time. A process that died is a Proof of
        status `error`."""
        try:
            word: ProofProgress | Proof | None = self.hear(seconds)
        except EOFError:
            return Proof("error")
        return word


def _prove(answer: Answer, plan: Plan) -> None:
    from gigaplan.engine.optimization.arrays import inputs_of
    from gigaplan.engine.optimization.formulation import build

    program = build(inputs_of(plan))
    spoken = 0.0

    def report(best: float, bound: float) -> None:
        nonlocal spoken
        if time.monotonic() - spoken > PROGRESS_SECONDS:
            spoken = time.monotonic()
            answer.send(ProofProgress(best, bound))

    solution = Solver(progress=report).solve(program)
    found = decisions_of(program, solution.values) if solution.status == "optimal" else {}
    answer.send(Proof(solution.status, found))
