"""What edition 1 of the model advised wrongly, each as a small plan with the answer that is right, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from gigaplan.engine.plan.fields import Growth, Steps
from gigaplan.engine.plan.new_grid import on_grid
from gigaplan.engine.plan.plan import Plan, with_fields, with_settings
from gigaplan.engine.plan.throughput import throughput
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.templates import load_template
from gigaplan.engine.validation.rules import check
from tests.engine.plans import OFFER, PLATFORM, plan_of

HOURS = 730.5
"""Of a month."""


def solved(plan: Plan) -> Result:
    result = solve_plan(plan)
    assert result.status == "optimal", result.problems
    return result


def total(result: Result, of: str, by: str = "offer") -> dict[str, float]:
    return {key: float(line.sum()) for key, line in result.series(of, by).items() if line.sum() > 1e-9}


# 1: rent that is owed after the horizon


LENT = {"price_usd": 2.0, "term_months": 36}
ONE_QUARTER = {
    "plan": {"periods": 4, "months_per_period": 3, "discount_rate": 0},
    "workloads": [{"demand": [0, 0, 0, 100]}],
    "offers": [LENT, {"id": "day", "name": "On demand", "price_usd": 6.0}],
}


def test_work_of_one_quarter_signs_no_three_years_of_rent() -> None:
    """200 chips for the last three months: 6 USD an hour on demand, or 2 USD for 36 months of which 33 come after."""
    result = solved(plan_of(**ONE_QUARTER))
    assert total(result, "deliveries") == {"day": pytest.approx(200)}
    assert result.kpis["tco_usd"] == pytest.approx(200 * 6 * 3 * HOURS)
    assert result.kpis["liability_beyond_horizon_usd"] == 0


@pytest.mark.parametrize(("worth", "signed"), [(1.0, "rent"), (0.82, "rent"), (0.81, "day"), (0.75, "day")])
def test_three_years_are_signed_where_what_is_owed_keeps_its_worth(worth: float, signed: str) -> None:
    """They cost 2 * 3 and (1 - worth) * 2 * 33 USD an hour and month, on demand costs 6 * 3: even at 1 - 12 / 66."""
    result = solved(plan_of(**ONE_QUARTER | {"plan": ONE_QUARTER["plan"] | {"contract_worth_fraction": worth}}))
    assert list(total(result, "deliveries")) == [signed]
    if signed == "rent":
        owed = 200 * 2 * 33 * HOURS
        assert result.kpis["liability_beyond_horizon_usd"] == pytest.approx(owed)
        assert result.kpis["owed_at_risk_usd"] == pytest.approx((1 - worth) * owed)
        assert result.kpis["tco_usd"] == pytest.approx(200 * 2 * 3 * HOURS + (1 - worth) * owed)


# 2: a site full of old chips


OLD = PLATFORM | {"id": "old", "name": "Old", "bf16_tflops": 200, "lifetime_months": 60}
FULL = {
    "platforms": [{}, OLD],
    "sites": [{"power_mw": 0.3, "pue": 1.0}],
    "offers": [
        {"kind": "purchase", "price_usd": 20_000},
        {"id": "own", "name": "Own", "platform": "old", "kind": "purchase", "price_usd": 5_000,
         "installed": [{"site": "here", "chips": 300, "months_left": 48}], "supply_chips_per_month": 0},
    ],
    "workloads": [{"demand": 150}],
}  # fmt: skip


def test_old_chips_are_switched_off_for_new_ones_where_power_is_short() -> None:
    """300 old chips fill the 0.3 MW and do 30 of 150 PFLOP/s; 300 new ones in the same power do all of it."""
    result = solved(plan_of(**FULL))
    assert result.kpis["coverage"] == {"work": pytest.approx(1)}
    assert result.series("chips", "offer")["rent"] == pytest.approx([300.0] * 4)
    a = result.allocation
    assert a is not None
    assert a.off.sum(axis=0) == pytest.approx([300.0] * 4)
    kept = FULL["offers"][1] | {"can_switch_off": False}
    held = solved(plan_of(**FULL | {"offers": [FULL["offers"][0], kept]}))
    assert held.kpis["coverage"]["work"] == pytest.approx(0.2)


# 3: the night valley


DAY = {
    "plan": {"periods": 1, "blocks": [{"name": "night", "share": 0.5}, {"name": "day", "share": 0.5}]},
    "workloads": [
        {"id": "chat", "name": "Chat", "demand": 100, "profile": [0.0, 2.0]},
        {"id": "batch", "name": "Batch", "demand": 100, "day_flexible": True},
    ],
}  # fmt: skip


def test_batch_work_fills_the_night_of_chat() -> None:
    """Chat takes 200 PFLOP/s by day, 400 chips; batch takes as much on the same chips by night."""
    assert solved(plan_of(**DAY)).series("chips", "offer")["rent"] == pytest.approx([400.0])
    chat, batch = DAY["workloads"]
    firm = DAY | {"workloads": [chat, batch | {"day_flexible": False}]}
    assert solved(plan_of(**firm)).series("chips", "offer")["rent"] == pytest.approx([600.0])


# 4: one run on one machine, and no chip for inference


def test_a_training_run_is_not_spread_over_stacks() -> None:
    """Each stack has half the supply that the run needs: one machine does half of it, spread it would all be done."""
    other = PLATFORM | {"id": "other", "name": "Other", "vendor": "else", "stack": "t"}
    half = {"supply_chips_per_month": 100 / 12, "term_months": 48, "available_until": "2027-01"}
    tables = {
        "platforms": [{}, other],
        "offers": [half, half | {"id": "else", "name": "Else", "platform": "other", "price_usd": 1.9}],
    }
    spread = solved(plan_of(**tables, workloads=[{}]))
    assert spread.kpis["coverage"]["work"] == pytest.approx(1)
    assert set(total(spread, "chips")) == {"rent", "else"}
    for placement in ("one_platform", "one_cluster"):
        held = solved(plan_of(**tables, workloads=[{"placement": placement}]))
        assert set(total(held, "chips")) == {"else"}
        assert held.kpis["coverage"]["work"] == pytest.approx(0.5)


def test_no_training_of_a_template_may_run_on_a_chip_for_inference() -> None:
    """None is on such a chip in frontier-1gw, and no chip is asked about; the runs are each held to one cluster."""
    plan = load_template("frontier-1gw")
    groq = next(offer for offer in plan.offers if offer.platform == "groq_lpu_v1")
    trained = tuple(work for work in plan.workloads if work.kind != "inference")
    assert {work.id for work in trained if work.kind == "pretraining"} == {"pretraining_2027", "pretraining_2029"}
    assert all(groq.id in work.forbidden_offers for work in trained)
    assert all(work.placement == "one_cluster" for work in trained if work.kind == "pretraining")
    assert not [p for p in check(plan) if "a chip that trains" in p.text]
    freed = with_fields(plan, "workloads", [work.id for work in trained], forbidden_offers=())
    asked = [p for p in check(freed) if "a chip that trains" in p.text]
    assert {p.row for p in asked} == {work.id for work in trained if work.unit == "PFLOP/s"}


# 5: another time grid


def test_another_grid_moves_no_value_and_multiplies_no_supply() -> None:
    """Two years of quarters, then of months: the same dates, and the same chips a year."""
    plan = plan_of(
        plan={"periods": 8, "months_per_period": 3},
        sites=[{"power_mw": [1, 1, 1, 1, 2, 2, 2, 2]}],
        offers=[{"supply_chips_per_month": 10}],
    )
    months, told = on_grid(plan, with_settings(plan, periods=24, months_per_period=1).settings)
    assert told == "1 list by period became dated steps."
    assert months.sites[0].power_mw == Steps((("2026-01", 1.0), ("2027-01", 2.0)))
    for grid in (plan, months):
        time = Timeline.of(grid.settings)
        a_year = (time.values(grid.offers[0].supply_chips_per_month) * time.months).sum() / 2
        assert a_year == pytest.approx(120)


def test_a_yearly_grid_counts_growing_demand_in_full() -> None:
    """Twelvefold in a year: its mean is 11 / ln 12 times what it opens with."""
    plan = plan_of(plan={"periods": 1}, workloads=[{"demand": {"start": 10, "annual_growth": 11}}])
    found = Timeline.of(plan.settings).values(plan.workloads[0].demand)[0]
    assert found == pytest.approx(10 * 11 / np.log(12))
    months = Timeline.of(with_settings(plan, periods=12, months_per_period=1).settings)
    assert months.values(Growth(10.0, 11.0)).mean() == pytest.approx(found)


def test_a_term_of_sixteen_months_is_kept_on_a_yearly_grid() -> None:
    """One chip, in work for the first 16 months of 24, at 2 USD an hour."""
    demand = {"steps": [["2026-01", 0.5], ["2027-05", 0]]}
    plan = plan_of(
        plan={"periods": 2, "discount_rate": 0},
        workloads=[{"demand": demand, "flexible": False}],
        offers=[{"term_months": 16, "available_until": "2027-01"}],
    )
    result = solved(plan)
    assert result.series("chips", "offer")["rent"] == pytest.approx([1, 4 / 12])
    assert result.kpis["tco_usd"] == pytest.approx(16 * HOURS * 2)


@pytest.mark.parametrize("months", [1, 3, 12])
def test_buy_or_rent_does_not_turn_on_the_grid(months: int) -> None:
    """A chip is paid when it comes. 100 PFLOP/s for two years, bought at 15,000 USD without any value left, or
    rented at 0.93 USD an hour: the rent comes to 14,840 on every grid, as much of it is paid later. (Were a purchase
    paid in the middle of its period, it would cost 14,940 by months and 14,300 by years.)"""
    plan = plan_of(
        plan={"periods": 24 // months, "months_per_period": months, "discount_rate": 0.1, "residual_fraction": 0},
        sites=[{"electricity_usd_per_mwh": 0}],
        offers=[{"price_usd": 0.93, "term_months": 24},
                {"id": "buy", "name": "Buy", "kind": "purchase", "price_usd": 15_000}],
    )  # fmt: skip
    result = solved(plan)
    assert set(total(result, "deliveries")) == {"rent"}
    paid = 200 * 0.93 * HOURS * months * Timeline.of(plan.settings).discount.sum()
    assert result.kpis["npv_usd"] == pytest.approx(paid)
    assert paid / 200 == pytest.approx(14_840, rel=1e-3)


# 6: what could not be said at all


def test_what_could_not_be_said_can_be() -> None:
    """A tier of a commitment, a token API, upfront payment, contracted power, a least order and work that waits, in
    one plan, each as its own figure."""
    deals = [
        {"id": id, "name": id, "provider": "cloud", "start": "2026-01", "months": 24, "commit_usd_per_year": commit,
         "discount": off, "status": "optional", "group": "tier"}
        for id, commit, off in (("low", 1e5, 0.05), ("high", 1e6, 0.2))
    ]  # fmt: skip
    plan = plan_of(
        plan={"periods": 2, "discount_rate": 0, "contract_worth_fraction": 0},
        sites=[{"power_mw": 0.1, "electricity_usd_per_mwh": 0}],
        agreements=deals,
        power_contracts=[{"id": "line", "name": "Line", "site": "here", "provider": "grid", "mw": 0.3,
                          "start": "2026-01", "usd_per_mw_month": 1_000, "status": "optional"}],
        offers=[
            {"term_months": 24, "upfront_fraction": 0.5, "agreement": "high", "min_order_chips": 50},
            {"id": "rent_low", "name": "Rent, low", "term_months": 24, "agreement": "low"},
            OFFER | {"id": "buy", "name": "Buy", "kind": "purchase", "price_usd": 1e6},
        ],
        services=[{"id": "api", "name": "API", "provider": "lab", "unit": "PFLOP/s", "workloads": ["spare"],
                   "price_usd": 10}],
        workloads=[
            {"demand": [150, 50], "max_delay_months": 12},
            {"id": "spare", "name": "Spare", "demand": 1, "forbidden_offers": ["rent", "rent_low", "buy"]},
        ],
    )  # fmt: skip
    result = solved(plan)
    assert total(result, "deliveries") == {"rent": pytest.approx(200)}  # 100 PFLOP/s in each year: half of 2026 waits
    components = total(result, "cost", "component")
    rent = 200 * 2 * 0.8 * 24 * HOURS
    assert components["rental"] == pytest.approx(rent)
    assert result.series("cost", "component")["rental"] == pytest.approx([0.75 * rent, 0.25 * rent])
    assert components["power_contracts"] == pytest.approx(0.3 * 1_000 * 24)
    assert components["services"] == pytest.approx(10 * 24 * HOURS / 24)
    a = result.allocation
    assert a is not None
    assert a.signed.tolist() == [0, 1]
    assert throughput(plan)[0] == pytest.approx([0.5])


def test_a_resale_price_is_what_bought_chips_leave() -> None:
    """200 chips at 10,000 USD, of which 40 % come back after two of their five years; the straight line says 60 %."""
    tables = {
        "plan": {"periods": 2, "discount_rate": 0},
        "sites": [{"electricity_usd_per_mwh": 0}],
        "offers": [{"kind": "purchase", "price_usd": 10_000}],
    }
    for curve, kept in (([{"age_months": 24, "fraction": 0.4}], 0.4), (None, 0.6)):
        plan = plan_of(**tables, platforms=[{"lifetime_months": 60, "resale": curve}])
        assert solved(plan).kpis["tco_usd"] == pytest.approx(200 * 10_000 * (1 - kept))
