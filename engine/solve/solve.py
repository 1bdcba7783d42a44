"""From a plan to its answer: checks, arrays, program, solver, results, in one call."""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from typing import Any

from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.solution import Cancelled, Solution
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import Problem, say
from gigaplan.engine.results.allocation import allocation_of
from gigaplan.engine.results.kpi_registry import kpis_of
from gigaplan.engine.results.result import Integers, Result, failure
from gigaplan.engine.solve import size
from gigaplan.engine.solve.integer_decisions import Decisions, solve_held
from gigaplan.engine.solve.unbounded import beyond_computing, capped_in_silence, endless
from gigaplan.engine.validation.rules import check, errors

RESIDUAL_LIMIT = 1e-6
LARGE_LIABILITY = 0.25
"""Of the TCO: rent owed beyond the horizon is told of beyond it, where nothing of it is counted."""


def solve_plan(
    plan: Plan,
    *,
    solver: Solver | None = None,
    time_limit: float | None = None,
    gap: float = 0.0,
    hold: Decisions | None = None,
    memory: float = size.WHOLE,
    stage: Callable[[str], None] = lambda _: None,
) -> Result:
    """The optimal plan and what it costs.

    A plan with errors among its checks is not solved: its result has status `error` and names them. A
    `solver` that is kept from call to call starts each solve from the last basis. With `hold`, integer
    decisions stay as they are there and are not proven; without it they are part of the optimum. Where the
    solver stops at the time limit, seconds, or as soon as no plan can be better by more than the part `gap` of the
    cost, the best plan found has status `not_proven`, with the bound below which none can be.
    A plan that needs more than the part `memory` of the computer's memory is not solved: its status is `too_large`.
    `stage` is told what is being done: checking, building, searching and by which method, adding up.
    """
    began = clock.perf_counter()
    stage("checking")
    problems = check(plan)
    if errors(problems):
        return failure(plan, "error", problems)
    refused = size.too_large(plan, memory)
    if refused is not None:
        return failure(plan, "too_large", (*problems, refused))
    stage("building")
    solver = solver or Solver()
    inputs = inputs_of(plan)
    try:
        program = build(inputs, solver.interrupt)
    except Cancelled:
        return failure(plan, "cancelled", problems)
    solver.choice = lambda words: stage(f"searching {words}")
    integers: Integers = "proven" if program.integer.any() else "none"
    if hold is None:
        solution = solver.solve(program, time_limit=time_limit, gap=gap)
    else:
        solution, integers = solve_held(program, hold, solver)
    if solution.status == "unbounded" or (solution.status == "optimal" and capped_in_silence(inputs, program)):
        return failure(plan, "unbounded", problems + endless(inputs, program))
    if solution.status == "error":
        blamed = beyond_computing(inputs, program)
        given_up = Problem(severity="error", message=say("solver_failed", why=solution.message))
        return failure(plan, "error", problems + (blamed or (given_up,)))
    if solution.status not in ("optimal", "not_proven"):
        return failure(plan, solution.status, problems)
    if solution.status == "not_proven" and integers != "none":
        integers = "held"
    stage("adding up")
    allocation = allocation_of(inputs, program, solution)
    kpis = kpis_of(allocation)
    seconds = clock.perf_counter() - began
    problems += missed(solution, kpis) + owed_unseen(plan, kpis)
    return Result(plan, solution.status, problems, kpis, allocation, program, solution, integers, seconds)


def missed(solution: Solution, kpis: dict[str, Any]) -> tuple[Problem, ...]:
    """The warnings that an optimum misses a limit, or that the solver saw less of the cost than there is."""
    said = []
    if solution.violation > RESIDUAL_LIMIT:
        said.append(say("limit_violated", violation=solution.violation))
    size = max(abs(kpis[name]) for name in ("objective_usd", "npv_usd", "unmet_usd"))
    lost = abs(kpis["objective_usd"] - solution.objective)
    if lost > RESIDUAL_LIMIT * (size + 1.0):
        said.append(say("cost_ignored", part=lost / max(size, lost)))
    return tuple(Problem(severity="warning", message=message) for message in said)


def owed_unseen(plan: Plan, kpis: dict[str, Any]) -> tuple[Problem, ...]:
    """The warning that much rent is owed beyond the horizon, where the plan counts it as worth all that it costs."""
    owed, tco = kpis["liability_beyond_horizon_usd"], kpis["tco_usd"]
    if plan.settings.contract_worth_fraction < 1 or owed <= LARGE_LIABILITY * tco:
        return ()
    return (
        Problem(
            severity="warning",
            path="plan.contract_worth_fraction",
            message=say("liability_unseen", part=owed / tco)
            if tco > 0
            else say("liability_unseen_tco_0"),
            table="plan",
            field="contract_worth_fraction",
        ),
    )
