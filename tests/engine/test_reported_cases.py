"""Situations that people met, with the answer that is right: by hand, or by a second program after model.md."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from gigaplan.engine.analysis.shadow_prices import Worth, worths
from gigaplan.engine.analysis.worth_words import what_binds
from gigaplan.engine.catalogue import offer_row
from gigaplan.engine.cli.main import main
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.plan.new_grid import on_grid
from gigaplan.engine.plan.plan import Plan, with_fields, with_settings
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.engine.plan.schema import Block, Override, Scenario
from gigaplan.engine.plan.throughput import throughput
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.validation.rules import check

CASES = Path(__file__).parents[1] / "cases" / "reported"
CLOSE = 1e-6


def case(name: str) -> Plan:
    """The plan of a case."""
    return decode_plan(json.loads((CASES / f"{name}.json").read_text()))


def solved(plan: Plan) -> Result:
    result = solve_plan(plan)
    assert result.status == "optimal", result.problems
    return result


def chips(result: Result) -> dict[str, list[float]]:
    """Active chips of each offer in each period, of offers that have any."""
    return {offer: list(line) for offer, line in result.series("chips", "offer").items() if np.any(line > 1e-9)}


@pytest.mark.parametrize(("grid", "objective"), [("annual", 2_383.66), ("monthly", 2_384.55)])
def test_a_finer_grid_does_not_turn_rent_into_purchase(grid: str, objective: float) -> None:
    result = solved(case(f"01-discount-{grid}"))
    assert list(chips(result)) == ["rent"]
    assert result.kpis["npv_usd"] == pytest.approx(objective, abs=0.005)


@pytest.mark.parametrize(("months", "objective"), [(1, 28_981.92), (3, 28_981.05), (12, 28_966.52)])
def test_one_plan_by_month_quarter_and_year_rents(months: int, objective: float) -> None:
    result = solved(case(f"timing_{months}"))
    assert list(chips(result)) == ["rent"]
    assert result.kpis["npv_usd"] == pytest.approx(objective, abs=0.005)
    assert result.kpis["tco_usd"] == pytest.approx(34_187.40, rel=CLOSE)


def test_growth_on_a_yearly_grid_is_the_mean_of_the_year() -> None:
    assert solved(case("02b-growth-on-annual-grid")).kpis["tco_usd"] == pytest.approx(41_491_616.715, rel=CLOSE)


def test_a_term_of_sixteen_months_is_paid_for_sixteen_months() -> None:
    """1 USD an hour for 16 months of 730.5 hours."""
    assert solved(case("03-term-16-months-annual")).kpis["tco_usd"] == pytest.approx(16 * 730.5, rel=CLOSE)


def test_power_that_binds_with_supply_is_worth_nothing_alone() -> None:
    result = solved(case("05b-supply-and-power"))
    (power,) = (w for w in worths(result) if w.kind == "power" and not w.is_whole)
    assert isinstance(power, Worth)
    assert power.one_more == pytest.approx(0, abs=1e-6)
    assert power.together is not None
    (needed,) = power.together.needs.values()
    assert needed == pytest.approx(1e6 / 1200, rel=CLOSE)  # a chip draws 1 kW, and 1.2 kW of the site's
    assert not any("one more MW saves" in line.text.lower() for line in what_binds(result, worths(result)))


def test_old_chips_make_room_for_new_ones() -> None:
    result = solved(case("12-early-retirement"))
    assert result.kpis["tco_usd"] == pytest.approx(16_599_389.23, rel=CLOSE)
    assert result.kpis["coverage"] == {"w": pytest.approx(1)}
    (power,) = (w for w in worths(result) if w.kind == "power" and w.period == 2)
    more = solved(with_fields(result.plan, "sites", "a", power_mw=1.7))
    saved = result.kpis["npv_usd"] - more.kpis["npv_usd"]
    assert saved == pytest.approx(0.5 * power.one_more, rel=CLOSE)
    assert power.more_until is not None
    assert 0.5 < power.more_until < 1, "and never the 93.98 M of a whole MW"


def test_old_chips_make_room_where_power_binds() -> None:
    result = solved(case("refresh"))
    assert result.kpis["npv_usd"] == pytest.approx(102_694_572.405, rel=CLOSE)
    assert next(iter(result.kpis["coverage"].values())) == pytest.approx(1)


@pytest.mark.parametrize(("availability", "unit_cost"), [(1.0, 0.548), (0.7, 0.783), (0.5, 1.096)])
def test_who_works_pays_for_chips_that_are_down(availability: float, unit_cost: float) -> None:
    """The plan's whole cost over its tokens, USD per million."""
    result = solved(with_fields(case("17-unit-cost-availability"), "offers", "o", availability=availability))
    tokens = 98_800 * 3600 * 730.5 * 12 / 1e6
    assert result.kpis["usd_per_million_tokens"]["w"] == pytest.approx(result.kpis["tco_usd"] / tokens, rel=CLOSE)
    assert result.kpis["usd_per_million_tokens"]["w"] == pytest.approx(unit_cost, abs=0.0006)


def test_a_contract_with_a_least_order_is_not_taken_for_nine_chips() -> None:
    plan = case("18-minimum-order")
    assert list(chips(solved(plan))) == ["reserved3y"]
    assert list(chips(solved(with_fields(plan, "offers", "reserved3y", min_order_chips=1024.0)))) == ["ondemand"]
    # The catalogue says it for a contract of at least 1,024, and not of one server of eight, which is not broken up.
    assert offer_row("offer_171").min_order_chips == 1024
    assert offer_row("offer_001").min_order_chips is None


def test_the_term_of_a_purchase_is_named_and_a_prepaid_reservation_can_be_said() -> None:
    plan = case("19-prepaid-reservation")
    assert any(p.path.startswith("offers") and "term_months" in p.path for p in check(plan))
    paid = with_fields(plan, "offers", "o", kind="rental", price_usd=42_077 / (36 * 730.5), upfront_fraction=1.0)
    assert not any("term_months" in p.path for p in check(paid))
    # Three years are prepaid at once; after them another three, of which one lies beyond the horizon.
    result = solved(with_settings(paid, contract_worth_fraction=0.0))
    assert list(result.series("chips", "offer")["o"]) == pytest.approx([100.0] * 5)
    assert result.kpis["tco_usd"] == pytest.approx(2 * 42_077 * 100, rel=CLOSE)


@pytest.mark.parametrize("name", ["20-installed-rental-past-horizon", "crash_min"])
def test_the_answer_is_json_where_rent_is_owed_past_the_horizon(name: str, tmp_path: Path, capsys) -> None:
    plan = tmp_path / "plan.gigaplan"
    assert main(["import", str(CASES / f"{name}.json"), "-o", str(plan)]) == 0
    capsys.readouterr()
    assert main(["solve", str(plan), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "optimal"


def test_work_at_the_end_is_rented_on_demand() -> None:
    result = solved(case("horizon"))
    assert list(chips(result)) == ["on_demand"]
    assert result.kpis["tco_usd"] == pytest.approx(65_745_000, rel=CLOSE)


@pytest.mark.parametrize("name", ["horizon_12", "horizon_36"])
def test_what_is_owed_past_the_horizon_is_told_and_part_of_the_cost(name: str) -> None:
    """A quarter of what is owed is taken to be lost: contract_worth_fraction is 0.75."""
    kpis = solved(case(name)).kpis
    assert kpis["liability_beyond_horizon_usd"] > 9e6
    assert kpis["owed_at_risk_usd"] == pytest.approx(kpis["liability_beyond_horizon_usd"] / 4, rel=CLOSE)


def test_batch_work_runs_in_the_trough_of_the_day() -> None:
    plan = case("trough")
    assert sum(map(sum, chips(solved(plan)).values())) == pytest.approx(12_000)
    day = with_settings(plan, blocks=(Block(name="day", share=0.5), Block(name="night", share=0.5)))
    day = with_fields(day, "workloads", "chat", profile=(2.0, 0.0), peak_factor=1.0)
    day = with_fields(day, "workloads", "batch", flexible=False, day_flexible=True)
    assert sum(map(sum, chips(solved(day)).values())) == pytest.approx(8_000)


def test_a_training_run_stays_on_one_cluster() -> None:
    plan = case("split")
    assert len(chips(solved(plan))) == 2
    whole = solved(replace(plan, workloads=tuple(replace(w, placement="one_cluster") for w in plan.workloads)))
    assert len(chips(whole)) <= 1
    assert len([s for s, line in whole.series("chips", "site").items() if np.any(line > 1e-9)]) <= 1


def test_more_memory_never_lowers_throughput() -> None:
    plan = case("memory_monotone")
    theta = throughput(plan)[0]
    by_memory = [theta[k] for k in np.argsort([p.memory_gb for p in plan.platforms])]
    assert by_memory == sorted(by_memory)


def test_what_is_measured_elsewhere_is_served() -> None:
    result = solved(case("r1"))
    assert result.kpis["coverage"] == {"w": pytest.approx(1)}
    for estimate in result.estimates.values():
        assert estimate.value > 0
        assert estimate.band is not None
        assert estimate.band[0] <= 1 <= estimate.band[1]


def test_very_small_figures_stay_what_they_are() -> None:
    result = solved(case("15-small-values"))
    assert result.kpis["tco_usd"] == pytest.approx(0.00017532, rel=CLOSE)
    assert chips(result) == {"o": pytest.approx([0.0002] * 8)}


def test_a_finer_grid_leaves_every_value_at_its_date() -> None:
    """First twelve periods in the place of four, then months of one in the place of three, as a person types them."""
    plan = case("11-finer-grid-before")
    before = solved(plan).kpis
    longer, _ = on_grid(plan, replace(plan.settings, periods=12))
    finer, _ = on_grid(longer, replace(longer.settings, months_per_period=1))
    result = solved(finer)
    time = Timeline.of(finer.settings)
    assert list(time.values(finer.sites[0].power_mw)) == [1.0] * 9 + [5.0] * 3
    assert list(time.values(finer.workloads[0].demand)) == [0.0] * 6 + [100.0] * 6
    assert finer.offers[0].supply_chips_per_month == 20.0
    assert [(o.from_, o.until) for o in finer.scenarios[0].overrides] == [("2026-07", "2027-01")]
    # A rental of one month comes again every month: with 20 a month there are no more than 20 at a time.
    assert result.kpis["tco_usd"] == pytest.approx(20 * 2 * 730.5 * 6, rel=CLOSE)
    assert before["tco_usd"] == pytest.approx(60 * 2 * 730.5 * 6, rel=CLOSE)


def test_no_supply_in_a_scenario_is_said_in_a_sentence() -> None:
    plan = case("timing_3")
    none = Override(table="offers", row="rent", field="supply_chips_per_month", op="set", value=0.0)
    plan = replace(plan, scenarios=(Scenario(id="s", name="No supply", overrides=(none,)),))
    assert "rent" not in chips(solved(apply_scenario(plan, "s")))
    assert not any("It are" in p.text for p in check(plan))


def test_one_solver_takes_plans_without_work_of_any_number_of_offers() -> None:
    """Neither has a coefficient, and they differ in the number of columns alone."""
    plan = replace(case("timing_3"), workloads=(), policies=())
    solver = Solver()
    assert solve_plan(plan, solver=solver).status == "optimal"
    fewer = replace(plan, offers=plan.offers[:1])
    assert solve_plan(fewer, solver=solver).status == "optimal"
