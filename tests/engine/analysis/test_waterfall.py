"""A difference of cost taken apart: every part by hand, and the parts add up."""

from __future__ import annotations

from typing import Any

import pytest

from gigaplan.engine.analysis.waterfall import MEASURES, WaterfallStep, by_component, by_override, moves, parts_of
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.solve import solve_plan
from tests.engine.plans import plan_of

# 100 PFLOP/s at 1 PFLOP/s * 0.5 a chip are 200 chips of 1 kW. Two years; nothing is discounted.
TWO_YEARS = {"periods": 2, "discount_rate": 0.0}
HOURS = 2 * 8766
BUY: dict[str, Any] = {
    "id": "buy", "name": "Buy", "kind": "purchase", "price_usd": 10_000, "maintenance_per_year": 0.05,
}  # fmt: skip


def override(table: str, row: str | None, field: str, op: str, value: Any) -> dict[str, Any]:
    return {"table": table, "row": row, "field": field, "op": op, "value": value}


def with_moves(*overrides: dict[str, Any], **tables: Any) -> Plan:
    settings = TWO_YEARS | tables.pop("plan", {})
    return plan_of(plan=settings, scenarios=[{"id": "s", "name": "S", "overrides": list(overrides)}], **tables)


def values(steps: tuple[WaterfallStep, ...]) -> dict[str, float]:
    return {step.key: step.value for step in steps if step.value}


def test_parts_of_a_bought_fleet_by_hand() -> None:
    # Chips live 48 of the 24 months: half of the price is left. Energy: 200 kW * 1.5 * hours at 100 USD/MWh.
    plan = plan_of(plan=TWO_YEARS, platforms=[{"lifetime_months": 48}], offers=[BUY], sites=[{}])
    result = solve_plan(plan)
    parts = parts_of(result)
    assert parts["purchase"] == pytest.approx(200 * 10_000)
    assert parts["maintenance"] == pytest.approx(200 * 10_000 * 0.05 * 2)
    assert parts["energy"] == pytest.approx(0.2 * 1.5 * HOURS * 100)
    assert parts["residual"] == pytest.approx(-200 * 10_000 / 2)
    assert sum(parts.values()) == pytest.approx(result.kpis["tco_usd"], rel=1e-12)


def test_from_renting_to_buying_by_component() -> None:
    rented = solve_plan(plan_of(plan=TWO_YEARS))
    bought = solve_plan(plan_of(plan=TWO_YEARS, platforms=[{"lifetime_months": 48}], offers=[BUY]))
    steps = by_component(rented, bought)
    assert values(steps) == pytest.approx(
        {
            "purchase": 2_000_000.0,
            "rental": -200 * 2 * HOURS,
            "energy": 0.3 * HOURS * 100,
            "maintenance": 200_000.0,
            "residual": -1_000_000.0,
        }
    )
    assert sum(s.value for s in steps) == pytest.approx(bought.kpis["tco_usd"] - rented.kpis["tco_usd"], rel=1e-12)


@pytest.mark.parametrize("measure", MEASURES)
def test_parts_add_up_to_every_measure(measure: str) -> None:
    settings = {"discount_rate": 0.1, "carbon_price_usd_per_t": 50, "overhead_fraction": 0.2, "residual_fraction": 0.7}
    sites = [{"power_mw": 0.2, "carbon_g_per_kwh": 400, "hosting_usd_per_kw_month": 90}]
    result = solve_plan(plan_of(plan=settings, platforms=[{"lifetime_months": 60}], sites=sites, offers=[BUY]))
    parts = parts_of(result, measure)
    assert result.kpis["unmet_usd"] > 0
    assert sum(parts.values()) == pytest.approx(result.kpis[measure], rel=1e-12)
    assert min(parts["overhead"], parts["hosting"], -parts["residual"]) > 0
    if measure == "objective_usd":
        assert parts["unmet"] == pytest.approx(result.kpis["unmet_usd"])
        assert parts["carbon_price"] > 0


def test_what_has_no_parts_is_refused() -> None:
    result = solve_plan(plan_of())
    with pytest.raises(ValueError, match="no sum of parts"):
        parts_of(result, "energy_mwh")
    with pytest.raises(ValueError, match="only an optimum"):
        by_component(result, Result(result.plan, "infeasible", ()))


def test_steps_of_overrides_by_hand_and_in_order() -> None:
    # Price 2 -> 3 first: 200 chips pay 1 more. Then twice the demand: 200 more chips at 3.
    dearer = override("offers", "rent", "price_usd", "add", 1)
    more = override("workloads", "work", "demand", "scale", 2)
    steps = by_override(with_moves(dearer, more), "s", solve_plan)
    assert [s.overrides for s in steps] == [(0,), (1,)]
    assert [s.value for s in steps] == pytest.approx([200 * 1 * HOURS, 200 * 3 * HOURS])
    turned = by_override(with_moves(more, dearer), "s", solve_plan)
    assert [s.value for s in turned] == pytest.approx([200 * 2 * HOURS, 400 * 1 * HOURS])


def test_the_same_move_of_several_rows_is_one_step() -> None:
    sites = [{}, {"id": "there", "name": "There"}]
    here, there = (override("sites", row, "electricity_usd_per_mwh", "scale", 1.5) for row in ("here", "there"))
    demand = override("workloads", "work", "demand", "scale", 2)
    plan = with_moves(here, there, demand, here, sites=sites, offers=[{"energy_included": False}])
    assert moves(plan.scenarios[0]) == ((0, 1), (2,), (3,))
    steps = by_override(plan, "s", solve_plan)
    assert [s.overrides for s in steps] == [(0, 1), (2,), (3,)]
    # 0.3 MWh an hour at 50 USD/MWh more; nothing more for the last move, as the load goes to the other site.
    assert steps[0].value == pytest.approx(0.3 * HOURS * 50)
    assert steps[2].value == pytest.approx(0, abs=1e-6)


def test_moves_without_an_optimum_between_them_are_one_step() -> None:
    # 150 chips cannot cover it all; the policy that asks for all is lifted by the second move alone.
    policy = {"id": "all", "kind": "coverage", "scope": "*", "limit": 1.0}
    less = override("offers", "rent", "supply_chips_per_month", "set", 150 / 12)
    lifted = override("policies", "all", "enabled", "set", False)
    plan = with_moves(less, lifted, policies=[policy], offers=[{"term_months": 24}])
    steps = by_override(plan, "s", solve_plan)
    assert [s.overrides for s in steps] == [(0, 1)]
    base, end = solve_plan(plan), solve_plan(apply_scenario(plan, "s"))
    assert steps[0].value == pytest.approx(end.kpis["tco_usd"] - base.kpis["tco_usd"])


def test_a_scenario_without_an_optimum_says_so() -> None:
    policy = {"id": "all", "kind": "coverage", "scope": "*", "limit": 1.0}
    none = with_moves(override("offers", "rent", "supply_chips_per_month", "set", 0), policies=[policy])
    with pytest.raises(PlanError, match="no optimum to arrive at"):
        by_override(none, "s", solve_plan)
    with pytest.raises(PlanError, match='there is no scenario "other"'):
        by_override(none, "other", solve_plan)
    assert by_override(with_moves(), "s", solve_plan) == ()
