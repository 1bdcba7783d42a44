"""Costs, energy and carbon of small plans, computed by hand from model.md section 7."""

import numpy as np
import pytest

from gigaplan.engine.solve.solve import solve_plan
from tests.engine.plans import plan_of

HOURS = 730.5 * 12
PURCHASE = {
    "id": "buy", "name": "Buy", "kind": "purchase", "price_usd": 10_000, "maintenance_per_year": 0.1,
}  # fmt: skip


def solved(**tables):
    result = solve_plan(plan_of(**tables))
    assert result.status == "optimal", result.problems
    return result


def test_rental_pays_each_hour_and_nothing_else():
    # 100 PFLOP/s at 0.5 per chip: 200 chips, four years, 2 USD an hour; energy and hosting are included.
    result = solved()
    assert result.kpis["tco_usd"] == pytest.approx(200 * 2 * HOURS * 4)
    discount = sum(1.1 ** -(t + 0.5) for t in range(4))
    assert result.kpis["npv_usd"] == pytest.approx(200 * 2 * HOURS * discount)
    assert result.series("chips")["total"] == pytest.approx([200] * 4)
    assert result.kpis["usd_per_pflop_day"]["work"] == pytest.approx(2 / 0.5 * 24)


def test_purchase_lives_two_years_and_keeps_residual_value():
    # Three years, chips of two years: bought in years 0 and 2; half of the second lot's price is left.
    result = solved(plan={"periods": 3}, sites=[{"hosting_usd_per_kw_month": 100}], offers=[PURCHASE])
    price = 200 * 10_000
    energy = 200 * 1000 * HOURS / 1e6 * 1.5 * 100
    hosting = 200 * 1.0 * 100 * 12
    cost = result.series("cost", "component")
    assert cost["purchase"] == pytest.approx([price, 0, price])
    assert cost["maintenance"] == pytest.approx([price * 0.1] * 3)
    assert cost["energy"] == pytest.approx([energy] * 3)
    assert cost["hosting"] == pytest.approx([hosting] * 3)
    assert result.kpis["tco_usd"] == pytest.approx(2 * price + 3 * (price * 0.1 + energy + hosting) - price / 2)
    worth = price / 2 * 1.1**-3
    opens, middle = ([1.1 ** -(t + at) for t in range(3)] for at in (0.0, 0.5))
    paid = sum(c @ (opens if name == "purchase" else middle) for name, c in cost.items())
    assert result.kpis["objective_usd"] == pytest.approx(paid - worth)


def test_idle_chips_draw_idle_power_and_their_cost_is_shown_apart():
    # Availability 0.8: 250 chips stand for the work of 200; 50 are idle at half power.
    result = solved(offers=[PURCHASE | {"availability": 0.8, "maintenance_per_year": 0}], plan={"periods": 2})
    assert result.series("chips")["total"] == pytest.approx([250, 250])
    assert result.series("it_energy")["total"] == pytest.approx([(200 + 50 * 0.5) * HOURS / 1000] * 2)
    assert result.kpis["peak_it_mw"] == pytest.approx(0.25)
    assert result.kpis["peak_facility_mw"] == pytest.approx(0.375)
    total = result.kpis["tco_usd"]
    assert result.kpis["idle_usd"] == pytest.approx(total * 0.2)


def test_peak_factor_sizes_capacity_and_lowers_average_energy():
    # Sized for 2 x 100 PFLOP/s: 400 chips in use, half loaded on average: idle 0.5 + 0.5 / 2.
    result = solved(workloads=[{"peak_factor": 2}], offers=[PURCHASE], plan={"periods": 1})
    assert result.series("chips")["total"] == pytest.approx([400])
    assert result.series("it_energy")["total"] == pytest.approx([400 * HOURS / 1000 * 0.75])
    assert result.series("served", "workload")["work"] == pytest.approx([100])


def test_carbon_is_operational_and_embodied_and_priced():
    result = solved(
        plan={"periods": 1, "carbon_price_usd_per_t": 50},
        sites=[{"carbon_g_per_kwh": 400, "water_l_per_kwh": 2}],
        platforms=[{"embodied_kgco2e": 240}],
        offers=[PURCHASE],
    )
    operational = 200 * HOURS / 1000 * 1.5 * 400 / 1000
    embodied = 200 * 0.240 * 12 / 24
    emissions = result.series("emissions", "component")
    assert emissions["operational"] == pytest.approx([operational])
    assert emissions["embodied"] == pytest.approx([embodied])
    assert result.kpis["emissions_t"] == pytest.approx(operational + embodied)
    assert result.kpis["objective_usd"] - result.kpis["npv_usd"] == pytest.approx(
        50 * (operational + embodied) * 1.1**-0.5
    )
    assert result.kpis["water_m3"] == pytest.approx(200 * HOURS / 1000 * 2)


def test_overhead_is_a_fraction_of_the_total():
    plain, with_overhead = solved(), solved(plan={"overhead_fraction": 0.2})
    assert with_overhead.kpis["tco_usd"] == pytest.approx(plain.kpis["tco_usd"] / 0.8)
    parts = with_overhead.series("cost", "component")
    assert parts["overhead"] == pytest.approx(0.2 * with_overhead.series("cost")["total"])


def test_power_limits_and_what_is_not_served_is_valued():
    # 0.15 MW at PUE 1.5 feeds 100 chips: half of the work, at the average rate, is lost at 100 USD an hour.
    result = solved(sites=[{"power_mw": 0.15}], plan={"periods": 1})
    assert result.kpis["coverage"]["work"] == pytest.approx(0.5)
    assert result.kpis["unmet_usd"] == pytest.approx(50 * HOURS * 100 * 1.1**-0.5)
    assert result.series("power_headroom", "site")["here"] == pytest.approx([0], abs=1e-9)


def test_flexible_work_waits_for_chips_that_come_late():
    # Nothing before year 1; a flexible workload does both years' work then, with twice the chips.
    late = {"available_from": "2027-01"}
    fixed = solved(offers=[late], plan={"periods": 2})
    flexible = solved(offers=[late], plan={"periods": 2}, workloads=[{"flexible": True}])
    assert fixed.kpis["coverage"]["work"] == pytest.approx(0.5)
    assert flexible.kpis["coverage"]["work"] == pytest.approx(1)
    assert flexible.series("chips")["total"] == pytest.approx([0, 400])


def test_lead_time_term_and_liability():
    # A lead of 6 months means the second of two yearly periods; of its three years, two are owed after the horizon.
    result = solved(
        offers=[{"lead_months": 6, "term_months": 36}], plan={"periods": 2}, workloads=[{"demand": (0, 100)}]
    )
    assert result.series("deliveries")["total"] == pytest.approx([0, 200])
    assert result.kpis["liability_beyond_horizon_usd"] == pytest.approx(200 * 2 * HOURS * 2)


def test_installed_chips_cost_no_purchase():
    result = solved(
        plan={"periods": 2}, offers=[PURCHASE | {"installed": [{"site": "here", "chips": 300, "months_left": 12}]}]
    )
    cost = result.series("cost", "component")
    assert cost["purchase"] == pytest.approx([0, 200 * 10_000])
    assert cost["maintenance"] == pytest.approx([300 * 1000, 200 * 1000])
    assert result.series("chips")["total"] == pytest.approx([300, 200])


def test_supply_is_shared_by_all_sites():
    result = solved(
        offers=[{"supply_chips_per_month": 50 / 12}], sites=[{}, {"id": "there", "name": "There"}], plan={"periods": 1}
    )
    assert result.series("deliveries")["total"] == pytest.approx([50])
    assert result.kpis["coverage"]["work"] == pytest.approx(0.25)


def test_an_agreement_is_paid_whether_used_or_not():
    # 200 chips cost 3.2 M a year; 5 M are owed: the rest is a shortfall of each year. Chips that stand idle would
    # use it up as well; these cannot be switched off, and draw power, which is not included.
    agreement = {
        "id": "deal", "name": "Deal", "provider": "cloud", "start": "2026-01", "months": 24,
        "commit_usd_per_year": 5e6, "discount": 0.1, "status": "signed",
    }  # fmt: skip
    offer = {"agreement": "deal", "energy_included": False, "can_switch_off": False}
    result = solved(offers=[offer], agreements=[agreement], plan={"periods": 3})
    spend = 200 * 2 * 0.9 * HOURS
    cost = result.series("cost", "component")
    # The discount ends with the agreement.
    assert cost["rental"] == pytest.approx([spend, spend, spend / 0.9])
    assert cost["commitment"] == pytest.approx([5e6 - spend, 5e6 - spend, 0])
    # The shortfall is part of what the work costs.
    energy = 200 * HOURS / 1000 * 1.5 * 100
    assert result.kpis["usd_per_pflop_day"]["work"] == pytest.approx(
        (2 * spend + spend / 0.9 + 3 * energy + 2 * (5e6 - spend)) / (100 * HOURS * 3 / 24)
    )


def test_a_port_is_paid_once_where_it_is_worth_it():
    cheap = {"id": "other", "name": "Other", "stack": "t"}
    offers = [{}, {"id": "cheap", "name": "Cheap", "platform": "other", "price_usd": 1}]
    saved = 200 * 1 * HOURS * 4
    for cost, done in ((saved * 0.5, True), (saved * 2, False)):
        port = {"workload": "work", "stack": "t", "cost_usd": cost}
        result = solved(platforms=[{}, cheap], offers=offers, ports=[port], plan={"discount_rate": 0})
        assert result.allocation.ported == pytest.approx([float(done)])
        assert result.series("cost", "component")["porting"][0] == pytest.approx(cost if done else 0)


def test_each_split_of_the_cost_adds_up_to_the_total():
    result = solved(
        plan={"overhead_fraction": 0.25},
        offers=[PURCHASE, {"supply_chips_per_month": 20 / 12, "price_usd": 0.1}],
        sites=[{}, {"id": "there", "name": "There", "power_mw": 0.05, "electricity_usd_per_mwh": 20}],
    )
    total = result.series("cost")["total"]
    for by in ("component", "offer", "platform", "vendor", "provider", "site", "workload"):
        assert np.sum(list(result.series("cost", by).values()), axis=0) == pytest.approx(total), by
