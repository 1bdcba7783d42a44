"""Odd plans: each gets a named problem or the right answer."""

import msgspec
import numpy as np
import pytest

from gigaplan.engine.analysis.infeasibility.remedies import diagnose
from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.plan.plan import with_fields, with_settings, without
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.templates import load_template
from gigaplan.engine.validation.rules import check, errors
from tests.engine.plans import plan_of

AGREEMENT = {
    "id": "deal", "name": "Deal", "provider": "cloud", "start": "2026-01", "months": 12, "commit_usd_per_year": 1e6,
    "status": "signed",
}  # fmt: skip


def problems(plan):
    return {p.path: p.text for p in check(plan)}


def test_conflicting_policies_are_an_answer():
    low = {"id": "a", "name": "At most half", "kind": "share", "dimension": "vendor", "metric": "power", "limit": 0.5}
    high = {"id": "b", "name": "All of it", "kind": "coverage", "limit": 1.0}
    plan = plan_of(policies=[low, high])
    assert solve_plan(plan).status == "infeasible"
    assert set(diagnose(plan).conflict) == {"At most half", "All of it"}


def test_a_zero_length_agreement_is_refused():
    with pytest.raises(PlanError, match=r"agreements\[0\].months"):
        plan_of(agreements=[AGREEMENT | {"months": 0}])


def test_an_agreement_over_before_the_plan_owes_nothing():
    result = solve_plan(plan_of(agreements=[AGREEMENT | {"start": "2020-01"}], offers=[{"agreement": "deal"}]))
    assert result.status == "optimal"
    assert result.series("cost", "component")["commitment"].sum() == 0


def test_a_port_to_a_stack_that_no_platform_has_is_named_and_harmless():
    plan = plan_of(ports=[{"workload": "work", "stack": "nowhere", "cost_usd": 1}])
    assert "ports[0].stack" in problems(plan)
    result = solve_plan(plan)
    assert result.status == "optimal"
    assert result.series("cost", "component")["porting"].sum() == 0


def test_scenarios_cannot_reach_scenarios():
    """There are no cycles of overrides: a scenario moves the plan's tables, never another scenario."""
    override = {"table": "scenarios", "row": "other", "field": "name", "op": "set", "value": "x"}
    with pytest.raises(PlanError, match=r"scenarios\[0\].overrides\[0\].table"):
        plan_of(scenarios=[{"id": "s", "name": "S", "overrides": [override]}])


def test_a_scenario_is_applied_to_the_plan_and_not_to_itself():
    twice = {"table": "offers", "row": "rent", "field": "price_usd", "op": "scale", "value": 2}
    plan = plan_of(scenarios=[{"id": "s", "name": "S", "overrides": [twice, twice]}])
    once = apply_scenario(plan, "s")
    assert once.offers[0].price_usd == 8
    assert apply_scenario(plan, "s") == once
    assert plan.offers[0].price_usd == 2


@pytest.mark.parametrize(
    ("tables", "served"),
    [
        ({"sites": [{"power_mw": 0}]}, 0),
        ({"offers": [{"supply_chips_per_month": 0}]}, 0),
        ({"offers": [{"availability": 0}]}, 0),
        ({"workloads": [{"demand": 0}]}, None),
        ({"workloads": [{"unmet_usd": 0}]}, 0),
        ({"platforms": [{"bf16_tflops": 0}]}, 0),
        ({"platforms": [{"power_w": 0}]}, 1),
        ({"sites": [{"power_mw": None}]}, 1),
        ({"policies": [{"id": "b", "kind": "budget", "limit": 0}]}, 0),
        ({"policies": [{"id": "b", "kind": "carbon", "limit": 0}]}, 1),
        ({"policies": [{"id": "b", "kind": "share", "dimension": "vendor", "metric": "power", "limit": 0}]}, 0),
    ],
)
def test_limits_of_nothing(tables, served):
    result = solve_plan(plan_of(**tables))
    assert result.status == "optimal", result.problems
    coverage = result.kpis["coverage"]["work"]
    assert coverage == (None if served is None else pytest.approx(served, abs=1e-9))


@pytest.mark.parametrize(("periods", "months"), [(1, 1), (1, 12), (120, 1), (120, 3), (40, 12)])
def test_horizons_from_one_to_many_periods(periods, months):
    result = solve_plan(plan_of(plan={"periods": periods, "months_per_period": months}))
    assert result.status == "optimal"
    assert result.kpis["coverage"]["work"] == pytest.approx(1)
    assert result.kpis["tco_usd"] == pytest.approx(200 * 2 * 730.5 * months * periods)
    assert len(result.time.labels) == periods


def test_the_frontier_plan_over_120_months():
    plan = load_template("frontier-1gw")
    few = without(plan, "offers", [o.id for o in plan.offers[6:]])
    few = msgspec.structs.replace(few, scenarios=())
    months = 3 * plan.settings.periods
    longer = with_settings(few, periods=months, months_per_period=1)
    for table, fields in (
        ("sites", ("power_mw",)),
        ("offers", ("price_usd", "supply_chips_per_month")),
        ("workloads", ("demand",)),
    ):
        for row in getattr(longer, table):
            spread = {f: tuple(np.repeat(v, 3).tolist()) for f in fields if isinstance(v := getattr(row, f), tuple)}
            longer = with_fields(longer, table, row.id, **spread)
    assert not errors(check(longer))
    result = solve_plan(longer)
    assert result.status == "optimal"
    assert result.solution.violation < 1e-6


@pytest.mark.parametrize("table", ["workloads", "offers", "sites", "platforms"])
def test_a_plan_without_some_of_its_tables(table):
    plan = msgspec.structs.replace(plan_of(), **{table: ()})
    if table == "platforms":
        assert "offers[0].platform" in problems(plan)
        assert solve_plan(plan).status == "error"
        return
    assert check(plan)
    result = solve_plan(plan)
    assert result.status == "optimal"
    assert result.kpis["tco_usd"] == 0
    assert result.kpis["vendor_hhi"] is None


def test_nothing_at_all():
    empty = decode_plan({"format": "gigaplan/2", "plan": {"name": "e", "start": "2026-01", "periods": 2}})
    result = solve_plan(empty)
    assert result.status == "optimal"
    assert result.kpis["objective_usd"] == 0


def test_an_unbounded_plan_names_the_field_to_blame():
    """Paid to draw power without limit: there is no end to what it earns."""
    site = {"power_mw": None, "electricity_usd_per_mwh": -1000}
    plan = plan_of(sites=[site], offers=[{"price_usd": 0.0, "energy_included": False}])
    result = solve_plan(plan)
    assert result.status == "unbounded"
    (problem,) = [p for p in result.problems if p.severity == "error"]
    assert problem.path == "sites[0].electricity_usd_per_mwh"
    assert "Here" in problem.text


def test_chips_that_earn_under_an_agreement_yet_to_be_signed_are_not_capped_in_silence():
    deal = AGREEMENT | {"status": "optional", "commit_usd_per_year": 0}
    site = {"power_mw": None, "electricity_usd_per_mwh": -1000}
    offer = {"price_usd": 0.0, "energy_included": False, "agreement": "deal"}
    result = solve_plan(plan_of(sites=[site], offers=[offer], agreements=[deal]))
    assert result.status == "unbounded"
    assert [p.path for p in result.problems if p.severity == "error"] == ["sites[0].electricity_usd_per_mwh"]


def test_a_negative_discount_rate_that_makes_money_of_residual_value_is_named():
    offer = {"kind": "purchase", "price_usd": 1000}
    site = {"power_mw": None, "electricity_usd_per_mwh": 0}
    plan = plan_of(plan={"discount_rate": -0.9}, offers=[offer], sites=[site])
    result = solve_plan(plan)
    assert result.status == "unbounded"
    assert [p.path for p in result.problems if p.severity == "error"] == ["plan.discount_rate"]


def test_numbers_too_large_to_compute_with_name_their_field():
    plan = plan_of(offers=[{"price_usd": 9e14, "kind": "purchase"}, {"id": "b", "price_usd": 9e14}])
    result = solve_plan(plan)
    assert result.status == "error"
    assert [p.path for p in result.problems if p.severity == "error"] == ["offers[1].price_usd"]
