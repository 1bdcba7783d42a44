"""Goal seek on plans whose answers are worked out by hand."""

import pytest

from gigaplan.engine.analysis.goal_seek import Goal, SoughtInput, goal_seek, is_scaled, with_input
from gigaplan.engine.optimization.solution import Cancelled
from gigaplan.engine.solve.solve import solve_plan
from tests.engine.plans import plan_of

YEAR = {"periods": 1, "discount_rate": 0}
PRICE, DEMAND, POWER = (
    SoughtInput("offers", "rent", "price_usd"),
    SoughtInput("workloads", "work", "demand"),
    SoughtInput("sites", "here", "power_mw"),
)


def test_the_price_at_which_the_plan_costs_so_much() -> None:
    # 100 PFLOP/s at half a PFLOP/s a chip: 200 chips for 8766 hours.
    found = goal_seek(plan_of(plan=YEAR), PRICE, Goal("tco_usd", 200 * 8766 * 3.21), 1.0, 10.0)
    assert found.value == pytest.approx(3.21, rel=1e-4)
    assert not found.is_jump
    assert found.plan is not None
    assert solve_plan(found.plan).kpis["tco_usd"] == pytest.approx(200 * 8766 * 3.21, rel=1e-4)


def test_the_power_that_serves_so_much_of_a_workload() -> None:
    # A chip takes 1.5 kW of the site: 0.99 of 200 chips need 0.297 MW.
    found = goal_seek(plan_of(plan=YEAR), POWER, Goal("coverage", 0.99, "work"), 0.1, 1.0)
    assert found.value == pytest.approx(0.297, rel=2e-4)
    assert found.reached == pytest.approx(0.99, rel=1e-4)


def test_what_grows_is_multiplied() -> None:
    plan = plan_of(workloads=[{"demand": {"start": 100, "annual_growth": 0.5}}])
    assert is_scaled(plan, DEMAND)
    before = solve_plan(plan).kpis["tco_usd"]
    found = goal_seek(plan, DEMAND, Goal("tco_usd", 1.5 * before), 0.5, 2.0)
    assert found.value == pytest.approx(1.5, rel=1e-4)
    assert with_input(plan, DEMAND, 1.5).workloads[0].demand.start == 150


def test_a_goal_out_of_reach_says_what_is_within() -> None:
    found = goal_seek(plan_of(plan=YEAR), PRICE, Goal("tco_usd", 1e12), 1.0, 2.0)
    assert (found.value, found.plan) == (None, None)
    assert (found.least, found.most) == (pytest.approx(200 * 8766), pytest.approx(2 * 200 * 8766))


def test_a_figure_that_jumps_over_the_goal_says_so() -> None:
    # Worth 50 USD an hour of a chip, all of the work is served up to that price, and none beyond.
    plan = plan_of(plan=YEAR, workloads=[{"unmet_usd": 100}])
    found = goal_seek(plan, PRICE, Goal("coverage_by_value", 0.5), 40.0, 60.0)
    assert found.is_jump
    assert found.value == pytest.approx(50, rel=1e-3)


def test_a_search_that_nobody_waits_for_ends() -> None:
    with pytest.raises(Cancelled):
        goal_seek(plan_of(), PRICE, Goal("tco_usd", 1.0), 1.0, 2.0, cancelled=lambda: True)
    parts: list[float] = []
    goal_seek(plan_of(plan=YEAR), PRICE, Goal("tco_usd", 200 * 8766 * 1.77), 1.0, 2.0, told=parts.append)
    assert parts == sorted(parts)
    assert parts[-1] <= 1
