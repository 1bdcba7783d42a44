"""From a plan to its answer: checks, arrays, program, solver, results, in one call."""

from __future__ import annotations

import time as clock
from typing import Any

from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.highs import Solution, Solver
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import Problem
from gigaplan.engine.results.allocation import allocation_of
from gigaplan.engine.results.kpi_registry import kpis_of
from gigaplan.engine.results.result import Integers, Result, failure
from gigaplan.engine.solve.integer_decisions import Decisions, solve_held
from gigaplan.engine.solve.unbounded import capped_in_silence, endless, too_large
from gigaplan.engine.validation.rules import check, errors

RESIDUAL_LIMIT = 1e-6


def solve_plan(
    plan: Plan,
    *,
    solver: Solver | None = None,
    time_limit: float | None = None,
    hold: Decisions | None = None,
) -> Result:
    """The optimal plan and what it costs.

    A plan with errors among its checks is not solved: its result has status `error` and names them. A
    `solver` that is kept from call to call starts each solve from the last basis. With `hold`, integer
    decisions stay as they are there and are not proven; without it they are part of the optimum.
    """
    began = clock.perf_counter()
    problems = check(plan)
    if errors(problems):
        return failure(plan, "error", problems)
    inputs = inputs_of(plan)
    program = build(inputs)
    solver = solver or Solver()
    integers: Integers = "proven" if program.integer.any() else "none"
    if hold is None:
        solution = solver.solve(program, time_limit=time_limit)
    else:
        solution, integers = solve_held(program, hold, solver)
    if solution.status == "unbounded" or (solution.status == "optimal" and capped_in_silence(inputs, program)):
        return failure(plan, "unbounded", problems + endless(inputs, program))
    if solution.status == "error":
        blamed = too_large(inputs, program)
        given_up = Problem(severity="error", path="", text=f"The solver failed: {solution.message}")
        return failure(plan, "error", problems + (blamed or (given_up,)))
    if solution.status != "optimal":
        return failure(plan, solution.status, problems)
    allocation = allocation_of(inputs, program, solution)
    kpis = kpis_of(allocation)
    seconds = clock.perf_counter() - began
    problems += missed(solution, kpis)
    return Result(plan, "optimal", problems, kpis, allocation, program, solution, integers, seconds)


def missed(solution: Solution, kpis: dict[str, Any]) -> tuple[Problem, ...]:
    """The warnings that an optimum misses a limit, or that the solver saw less of the cost than there is."""
    said = []
    if solution.violation > RESIDUAL_LIMIT:
        said.append(f"The solution violates a limit by {solution.violation:.1e} of its size")
    size = max(abs(kpis[name]) for name in ("objective_usd", "npv_usd", "unmet_usd"))
    lost = abs(kpis["objective_usd"] - solution.objective)
    if lost > RESIDUAL_LIMIT * (size + 1.0):
        said.append(f"The solver ignored {lost / max(size, lost):.1e} of the cost; a cheaper plan may exist")
    remedy = "Look for numbers of very different magnitude."
    return tuple(Problem(severity="warning", path="", text=text, remedy=remedy) for text in said)
