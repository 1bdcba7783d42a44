"""A plan solved in a process of its own, which has a limit of memory and can be ended at once: for large ones."""

from __future__ import annotations

import dataclasses
import sys

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import Problem, say
from gigaplan.engine.results.result import Result, failure
from gigaplan.engine.solve.size import WHOLE, memory_bytes
from gigaplan.engine.solve.subprocess_job import Answer, Job


class SolveJob(Job):
    """Solves a plan of any size; the memory that it takes is gone with its process, which `cancel` ends at once."""

    longest = 2**33
    """A result of this process is no foreign file's, and as large as its plan makes it."""

    def __init__(self, plan: Plan, memory: float | None = None) -> None:
        """With `memory`, bytes, it may use so much; else the part WHOLE of the computer's."""
        self._plan = plan
        super().__init__(_solve, plan, int(memory or WHOLE * memory_bytes()))

    def wait(self, seconds: float) -> Result | None:
        """The result, or None where there is none in time. Where the process needed too much, its status is `error`."""
        try:
            result: Result | None = self.hear(seconds)
        except (EOFError, MemoryError):
            return failure(self._plan, "error", (Problem(severity="error", message=say("out_of_memory")),))
        return None if result is None else dataclasses.replace(result, plan=self._plan)


def _solve(answer: Answer, plan: Plan, memory: int) -> None:
    _limit(memory)
    from gigaplan.engine.solve.solve import solve_plan

    try:
        result = solve_plan(plan, memory=float("inf"))
        if result.solution is not None:
            result = dataclasses.replace(result, solution=result.solution.to_send())
        answer.send(result)
    except MemoryError:
        raise SystemExit(1) from None  # in silence: who waits for the result is told in words


def _limit(memory: int) -> None:
    """Has the system refuse this process more memory than so many bytes."""
    if sys.platform != "win32":
        import resource

        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        most = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
