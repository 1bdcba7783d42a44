"""Resilience with re-assignment against the second implementation of the model: random plans whose floors move work."""

from __future__ import annotations

import pytest
from reference.model import Model
from reference.random_plans import random_plan
from reference.solving import solve

from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.solve.solve import solve_plan


def reassigning(count: int) -> list[dict]:
    """The first random plans that have a resilience policy, each with work that moves after a loss."""
    found = []
    for seed in range(60):
        plan = random_plan(seed)
        policies = [p for p in plan.get("policies", []) if p["kind"] == "resilience" and p.get("enabled", True)]
        if policies and len(found) < count:
            for policy in policies:
                policy["reassign"] = True
                if isinstance(policy["limit"], float):  # that some plan keeps it, and that it costs something
                    policy["limit"] /= 4
            found.append(plan)
    return found


PLANS = reassigning(16)


@pytest.mark.parametrize("plan", PLANS, ids=range(len(PLANS)))
def test_the_least_objective_is_that_of_the_reference(plan: dict) -> None:
    best = solve(Model(plan))
    result = solve_plan(decode_plan(plan))
    assert result.status == best.status
    if best.status == "optimal":
        assert result.kpis["objective_usd"] == pytest.approx(best.objective, rel=1e-6, abs=1e-3)
