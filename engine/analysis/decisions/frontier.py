"""What a stricter limit costs: the least cost as one policy goes from what the cheapest plan does anyway to the
strictest limit that any plan meets (epsilon-constraint). Each point is a plan: this one, with that policy added.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from gigaplan.engine.optimization.arrays import Inputs, inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.highs import Solution, Solver
from gigaplan.engine.optimization.linear_program import LinearProgram
from gigaplan.engine.optimization.policies.members import member_of_pairs
from gigaplan.engine.plan.plan import Plan, fresh_id
from gigaplan.engine.plan.problems import PlanError, Problem
from gigaplan.engine.plan.schema import Policy
from gigaplan.engine.results.allocation import allocation_of
from gigaplan.engine.results.kpi_registry import kpis_of
from gigaplan.engine.validation.rules import check, errors

SHARES = ("vendor", "provider", "site", "jurisdiction", "stack")
AIMS = ("carbon", "coverage", *SHARES)
"""Most tCO2e in a plan year; least part of a workload that is served; largest part of the power of any vendor ..."""
HALVINGS = 14
"""Of the range in which the strictest limit is sought: it is found to a part in 16,000."""


class Point(Struct, frozen=True):
    """The cheapest plan under a limit."""

    limit: float
    """tCO2e per year, or a fraction."""
    cost_usd: float
    """The objective of the planning model."""
    kpis: dict[str, Any]


class Frontier(Struct, frozen=True):
    """Points from the cheapest plan to the strictest limit; none unless `status`, that of the plan, is optimal."""

    aim: str
    unit: str
    status: str
    points: tuple[Point, ...] = ()


@dataclass(frozen=True)
class _Solved:
    inputs: Inputs
    program: LinearProgram
    solution: Solution


def frontier(
    plan: Plan,
    aim: str,
    count: int = 11,
    *,
    solver: Solver | None = None,
    progress: Callable[[float, str], None] = lambda part, what: None,
) -> Frontier:
    """`count` points from the cheapest plan to the strictest limit of one of `AIMS`, evenly apart in the limit.

    Raises PlanError where the plan has errors, or no such policy can be added to it.
    """
    if aim not in AIMS:
        raise _refused(f"there is no aim {aim!r}; there are {', '.join(AIMS)}")
    if count < 2:
        raise _refused("a frontier has two points or more")
    if found := errors(check(plan)):
        raise PlanError(tuple(found))
    solver = solver or Solver()
    search = _Search(plan, aim, solver)
    cheapest = search.solve(None)
    unit = "tCO2e/year" if aim == "carbon" else "fraction"
    if cheapest.solution.status != "optimal":
        return Frontier(aim, unit, cheapest.solution.status)
    loose = search.limit_met(cheapest.solution)
    strict = 1.0 if aim == "coverage" else 0.0
    if aim in SHARES:  # of n members one has an nth or more, unless nothing is done at all
        strict = 1 / max(1, len({*member_of_pairs(cheapest.inputs, aim)} - {""}))
    tight = search.strictest(loose, strict, lambda k: progress(0.4 * k / HALVINGS, "the strictest limit"))
    points = [_point(loose, cheapest)]
    for k, limit in enumerate(np.linspace(loose, tight, count).tolist()[1:], 1):
        progress(0.4 + 0.6 * k / count, f"point {k + 1} of {count}")
        solved = search.solve(limit)
        if solved.solution.status == "optimal":
            points.append(_point(limit, solved))
    return Frontier(aim, unit, "optimal", tuple(points))


def _refused(text: str) -> PlanError:
    return PlanError((Problem(severity="error", path="", text=text),))


def policy_for(plan: Plan, aim: str, limit: float) -> Policy:
    """The policy that keeps a limit of a frontier, with an id that is free."""
    id = fresh_id(plan, "policies", f"{aim} limit")
    if aim in SHARES:
        dimension: Any = aim
        return Policy(id=id, kind="share", dimension=dimension, metric="power", scope="*", limit=limit)
    kind: Any = aim
    return Policy(id=id, kind=kind, limit=limit)


class _Search:
    """Solves the plan with the policy at a limit, with one warm solver."""

    def __init__(self, plan: Plan, aim: str, solver: Solver) -> None:
        self._plan, self._solver = plan, solver
        self._policy = policy_for(plan, aim, 1.0)
        self._is_floor = aim == "coverage"

    def _built(self, limit: float | None) -> tuple[Inputs, LinearProgram]:
        plan = self._plan
        if limit is not None:
            policy = msgspec.structs.replace(self._policy, limit=limit)
            plan = msgspec.structs.replace(plan, policies=(*plan.policies, policy))
        inputs = inputs_of(plan)
        return inputs, build(inputs)

    def solve(self, limit: float | None) -> _Solved:
        """The cheapest plan under a limit; without one as it stands."""
        inputs, program = self._built(limit)
        solution = self._solver.solve(program)
        if solution.status == "cancelled":
            raise InterruptedError
        return _Solved(inputs, program, solution)

    def limit_met(self, solution: Solution) -> float:
        """The strictest limit that a solution of the plan without the policy meets.

        How far a row is from its bound is linear in the limit: two limits give the one at which it holds just so.
        """
        one, two = (0.25, 0.75)
        first, second = self._past(one, solution), self._past(two, solution)
        step = (second - first) / (two - one)
        moves = np.abs(step) > 1e-12
        at = one - first[moves] / step[moves]
        if not at.size:
            return 1.0 if self._is_floor else 0.0
        return float(np.clip(at.min(), 0.0, 1.0)) if self._is_floor else max(float(at.max()), 0.0)

    def _past(self, limit: float, solution: Solution) -> Any:
        """[R] how far a solution is past the bound of each row of the policy."""
        _, program = self._built(limit)
        values = np.zeros(len(program.cost))
        values[: len(solution.values)] = solution.values
        activity = program.activity(values)
        rows = [family.rows for family in program.families if family.label == self._policy.id]
        bound = np.where(np.isfinite(program.row_upper), program.row_upper, program.row_lower)
        return np.concatenate([(activity - bound)[r] for r in rows]) if rows else np.zeros(0)

    def strictest(self, loose: float, strict: float, progress: Callable[[int], None]) -> float:
        """The strictest limit that some plan meets, between one that is met and one that may not be."""
        if self.solve(strict).solution.status == "optimal":
            return strict
        met, not_met = loose, strict
        for k in range(HALVINGS):
            progress(k)
            middle = (met + not_met) / 2
            if self.solve(middle).solution.status == "optimal":
                met = middle
            else:
                not_met = middle
        return met


def _point(limit: float, solved: _Solved) -> Point:
    kpis = kpis_of(allocation_of(solved.inputs, solved.program, solved.solution))
    return Point(limit, solved.solution.objective, kpis)
