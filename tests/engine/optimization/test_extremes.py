"""Plans whose figures are very large, very small, nothing, or of very different size: solved, and told truthfully."""

import numpy as np
import pytest

from gigaplan.engine.plan.plan import with_fields
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.solve.solve import solve_plan
from tests.engine.plans import plan_of

HOURS = 730.5 * 12
BUDGET = {"id": "b", "kind": "budget", "limit": 1e12}


@pytest.mark.parametrize("price", [1e-9, 1e-12, 1e-14])
def test_a_price_next_to_nothing_beside_ordinary_ones(price):
    plan = plan_of(offers=[{}, {"id": "gift", "price_usd": price}], policies=[BUDGET], plan={"periods": 1})
    result = solve_plan(plan)
    assert result.status == "optimal"
    assert result.kpis["coverage"] == {"work": pytest.approx(1)}
    assert result.kpis["tco_usd"] == pytest.approx(200 * HOURS * price)


@pytest.mark.parametrize("demand", [1e-3, 1e-6, 1e-9])
def test_work_that_is_small_beside_other_work_is_served_or_counted_as_unmet(demand):
    works = [{"demand": 1e7}, {"id": "small", "demand": demand}, {"id": "batch", "demand": demand, "flexible": True}]
    plan = plan_of(sites=[{"power_mw": None}], workloads=works, plan={"periods": 2})
    result = solve_plan(plan)
    a = result.allocation
    whole = a.served.sum(axis=1) + a.unmet.sum(axis=1)
    assert whole == pytest.approx([2e7, 2 * demand, 2 * demand], rel=1e-8)
    assert max(result.kpis["coverage"].values()) <= 1 + 1e-8
    # Never without work to do: what is not served costs what it is worth.
    lost = (a.unmet * 100 * HOURS).sum(axis=0) @ result.time.discount
    assert result.kpis["unmet_usd"] == pytest.approx(lost)


def test_a_shortfall_that_is_small_beside_the_plan_is_paid():
    agreement = {"id": "g", "name": "G", "provider": "x", "start": "2026-01", "months": 12, "commit_usd_per_year": 5.0,
                 "status": "signed"}  # fmt: skip
    plan = plan_of(sites=[{"power_mw": None}], workloads=[{"demand": 1e9}], agreements=[agreement], plan={"periods": 1})
    result = solve_plan(plan)
    assert result.series("cost", "component")["commitment"].sum() == pytest.approx(5)


def test_a_trillion_dollars_and_a_billion_chips():
    small = solve_plan(plan_of(plan={"periods": 1}))
    large = solve_plan(plan_of(sites=[{"power_mw": 1e8}], workloads=[{"demand": 5e8}], plan={"periods": 1}))
    assert large.kpis["objective_usd"] == pytest.approx(small.kpis["objective_usd"] * 5e6, rel=1e-12)
    assert large.allocation.active.max() == pytest.approx(1e9)
    assert not [p for p in large.problems if "misses" in p.text or "overlooked" in p.text]


def test_nothing_is_shown_as_nothing():
    """No demand, no power, electricity that is paid for: no figure is which is below zero, or minus nothing."""
    for change in ({"demand": 0}, {}):
        plan = plan_of(offers=[{"kind": "purchase", "price_usd": 1e4}], workloads=[change],
                       sites=[{"power_mw": 0 if not change else 10, "electricity_usd_per_mwh": -5}])  # fmt: skip
        result = solve_plan(plan)
        assert result.status == "optimal"
        assert result.kpis["coverage"] == {"work": None if change else 0.0}
        figures = [result.kpis[name] for name in KPIS if isinstance(result.kpis[name], float)]
        values = np.concatenate([figures, *(series.values for series in result.all_series())])
        assert not np.signbit(values).any()


def test_a_floor_is_asked_for_where_nothing_is_offered():
    for kind in ({"kind": "coverage"}, {"kind": "resilience", "dimension": "vendor"}):
        plan = plan_of(offers=[], policies=[{"id": "p", "limit": 0.3} | kind])
        assert solve_plan(plan).status == "infeasible"


def test_electricity_is_priced_in_any_currency():
    """Won, dong and rupiah: a megawatt-hour costs millions."""
    plan = plan_of(plan={"currency": "IDR"}, sites=[{"electricity_usd_per_mwh": 1.5e6}],
                   offers=[{"energy_included": False}])  # fmt: skip
    result = solve_plan(plan)
    assert result.status == "optimal"
    dollars = solve_plan(with_fields(plan, "sites", "here", electricity_usd_per_mwh=100.0))
    assert result.kpis["energy_mwh"] <= dollars.kpis["energy_mwh"]


@pytest.mark.parametrize("demand", [1e-3, 1e-6, 1e-9])
def test_a_floor_to_very_small_work_is_kept(demand):
    floor = {"id": "p", "kind": "coverage", "limit": 0.9}
    works = [{"demand": 1e9}, {"id": "small", "demand": demand, "unmet_usd": 0}]
    result = solve_plan(plan_of(sites=[{"power_mw": None}], workloads=works, policies=[floor], plan={"periods": 2}))
    assert result.kpis["coverage"] == pytest.approx({"work": 1, "small": 0.9})
