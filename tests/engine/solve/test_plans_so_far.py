"""A continuous program whose solve is ended early: a plan that keeps every limit, and a bound that none is below."""

import numpy as np
import pytest
from benchmarks.plans import plan_of
from reference.random_plans import random_plan

from gigaplan.engine.optimization import solver
from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.so_far import lower_bound
from gigaplan.engine.optimization.solver import AGREES, Solver
from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.solve.solve import solve_plan


def assert_honest(found, least):
    assert found.status == "not_proven"
    assert found.bound <= least * (1 + 1e-9)
    assert least * (1 - 1e-9) <= found.objective
    assert len(found.values)
    assert found.violation < 1e-6


class Stopped(Solver):
    """A solver whose time is over after so many steps of the interior point method."""

    def after(self, steps):
        self._highs.setOptionValue("ipm_iteration_limit", steps)
        return self


@pytest.fixture(scope="module")
def continuous():
    return build(inputs_of(plan_of(3, 4, 2, 8)))


@pytest.fixture(scope="module")
def cheapest(continuous):
    return Solver().solve(continuous).objective


def test_a_plan_without_decisions_has_its_best_so_far_and_a_bound(continuous, cheapest, monkeypatch):
    monkeypatch.setattr(solver, "TIMED", 0)
    gaps = []
    for steps in range(2, 30, 2):
        found = Stopped().after(steps).solve(continuous, time_limit=1e6)
        if found.status == "not_proven":
            assert_honest(found, cheapest)
            gaps.append(found.objective / found.bound - 1)
    assert len(gaps) > 3
    assert min(gaps) < 1e-4
    assert gaps[0] > gaps[-1]


def test_with_time_enough_it_is_the_optimum(continuous, cheapest, monkeypatch):
    monkeypatch.setattr(solver, "TIMED", 0)
    found = Solver().solve(continuous, time_limit=1e6)
    assert (found.status, found.objective) == ("optimal", pytest.approx(cheapest, rel=1e-9))


@pytest.mark.parametrize("gap", [0.05, 1e-3, 1e-5])
def test_a_gap_is_enough_for_a_plan_without_decisions(continuous, cheapest, monkeypatch, gap):
    monkeypatch.setattr(solver, "BARRIER", 0)
    found = Solver().solve(continuous, gap=gap)
    assert_honest(found, cheapest)
    assert found.objective - found.bound <= gap * found.objective


@pytest.mark.parametrize("seed", range(0, 40, 4))
def test_no_prices_prove_a_bound_above_the_optimum(seed):
    """Those of the optimum prove it itself; any others no more. Random plans, with all that the model knows."""
    result = solve_plan(decode_plan(random_plan(seed)))
    if result.status != "optimal":
        return
    program, best = result.program, result.solution
    size = AGREES * (abs(best.objective) + program.cost_unit)
    if not program.integer.any():
        assert lower_bound(program, best.row_duals) >= best.objective - size
    r = np.random.default_rng(seed)
    for spread in (0.0, 0.01, 1.0, 100.0):
        duals = best.row_duals * np.exp(spread * r.normal(size=len(best.row_duals)))
        assert lower_bound(program, duals) <= best.objective + size
        assert lower_bound(program, duals + spread * r.normal(size=len(duals))) <= best.objective + size
