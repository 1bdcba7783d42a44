"""The registry of key figures is complete: everything that shows one finds its unit, words and explanation there."""

from __future__ import annotations

import pytest

from gigaplan.engine.analysis.provenance.kpi_trees import TREES
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.solve.solve import solve_plan
from tests.engine.plans import plan_of


def test_every_key_figure_is_explained_and_none_else() -> None:
    assert TREES.keys() == KPIS.keys()


def test_words_are_there_and_tell_figures_apart() -> None:
    labels = [kpi.label for kpi in KPIS.values()]
    assert len(set(labels)) == len(labels)
    assert len({kpi.short or kpi.label for kpi in KPIS.values()}) == len(labels)
    for kpi in KPIS.values():
        assert kpi.unit, kpi.name
        assert kpi.help.endswith("."), kpi.name
        assert len(kpi.short) <= len(kpi.label), kpi.name


def test_figures_per_workload_are_those_that_say_so() -> None:
    found = solve_plan(plan_of()).kpis
    assert list(found) == list(KPIS)
    assert {name for name, value in found.items() if isinstance(value, dict)} == {
        name for name, kpi in KPIS.items() if kpi.per_workload
    }


def test_units_are_in_the_currency_of_the_plan() -> None:
    assert KPIS["usd_per_pflop_day"].unit_in("EUR") == "EUR/PFLOP-day"
    assert KPIS["energy_mwh"].unit_in("EUR") == "MWh"


def test_the_total_cost_is_what_is_paid_less_what_is_left_with_what_is_at_risk() -> None:
    # A rental of six years in a plan of four.
    k = solve_plan(plan_of(plan={"contract_worth_fraction": 0.25}, offers=[{"term_months": 72}])).kpis
    assert k["owed_at_risk_usd"] > 0
    assert k["paid_usd"] - k["left_usd"] + k["owed_at_risk_usd"] == pytest.approx(k["tco_usd"])


def test_coverage_by_value_weighs_each_workload_by_what_its_demand_is_worth() -> None:
    result = solve_plan(plan_of())
    a = result.allocation
    worth = {w.id: w.unmet_usd * float(a.inputs.demand[k].sum()) for k, w in enumerate(result.plan.workloads)}
    shares = {w: v for w, v in result.kpis["coverage"].items() if v is not None}
    mean = sum(worth[w] * v for w, v in shares.items()) / sum(worth[w] for w in shares)
    assert result.kpis["coverage_by_value"] == pytest.approx(mean)
