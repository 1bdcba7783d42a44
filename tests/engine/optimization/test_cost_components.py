"""The registry of cost components: each is charged in every place where the cost is summed up, a new one too."""

import numpy as np
import pytest

from gigaplan.engine.analysis.provenance import explain_kpi, recompute
from gigaplan.engine.analysis.why_not_chosen import price_slope
from gigaplan.engine.optimization import costs
from gigaplan.engine.optimization.amounts import Amounts
from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.rates import Rates
from gigaplan.engine.results.chip_hour_prices import chip_hour_usd
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.solve import solve_plan
from tests.engine.plans import plan_of

TABLES = {
    "plan": {"overhead_fraction": 0.1},
    "offers": [{"kind": "purchase", "price_usd": 20000, "maintenance_per_year": 0.02, "agreement": "deal"}],
    "agreements": [
        {"id": "deal", "name": "Deal", "provider": "cloud", "start": "2026-01", "months": 24,
         "commit_usd_per_year": 1e7, "discount": 0.1, "status": "signed"},
    ],
    "policies": [{"id": "cap", "kind": "budget", "limit": 1e9}],
}  # fmt: skip
PER_CHIP = 100.0


def with_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """Adds a component that is charged per active chip and period, in the registry alone."""

    def sample(i: Inputs, r: Rates, prices: np.ndarray) -> Amounts:  # type: ignore[type-arg]
        return Amounts(active=np.full(i.installed.shape, PER_CHIP))

    more = costs.CostComponent("sample", "Sample", "#123456", sample)
    components = (*costs.COMPONENTS, more)
    monkeypatch.setitem(costs.COST_LABELS, "sample", "Sample")
    readers = ["optimization.costs", "results.allocation", "results.money", "results.unit_costs"]
    readers += [
        "analysis.provenance.contract_trees",
        "analysis.provenance.cost_trees",
        "analysis.provenance.kpi_trees",
        "analysis.why_not_chosen",
    ]
    for name in readers:
        monkeypatch.setattr(f"gigaplan.engine.{name}.COMPONENTS", components)


def solved() -> Result:
    result = solve_plan(plan_of(**TABLES))
    assert result.status == "optimal", result.problems
    return result


def test_every_component_has_a_label_a_colour_and_a_place_in_the_results() -> None:
    result = solved()
    assert result.allocation is not None
    names = [component.name for component in costs.COMPONENTS]
    assert list(costs.COST_LABELS) == [*names, costs.OVERHEAD] == list(result.allocation.component_cost)
    assert list(costs.COST_COLOURS) == list(costs.COST_LABELS)


def test_a_component_added_to_the_registry_is_charged_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    before = solved()
    with_sample(monkeypatch)
    after = solved()
    a, was = after.allocation, before.allocation
    assert a is not None
    assert was is not None
    paid = PER_CHIP * a.active.sum(axis=0)
    assert a.component_cost["sample"] == pytest.approx(paid)  # results
    assert after.solution is not None  # the objective that the solver saw is that of the results
    assert after.solution.objective == pytest.approx(after.kpis["objective_usd"], rel=1e-9)
    program = after.program
    assert program is not None  # budget rows: what stands in them is what is paid, before overhead
    family = next(f for f in program.families if f.name == "budget")
    spent = program.activity(after.solution.values)[family.rows]
    cash = a.total_cost / (1 + a.rates.overhead)
    by_year = np.bincount(a.inputs.time.year_of, cash)
    held = (program.row_upper[family.rows] - spent) * (1 + a.rates.overhead)
    assert held == pytest.approx(1e9 * a.inputs.time.months / 12 - by_year * (1 + a.rates.overhead), rel=1e-9)
    hourly = chip_hour_usd(a, 0) - chip_hour_usd(was, 0)  # prices per chip-hour
    assert hourly == pytest.approx(PER_CHIP / a.inputs.time.hours)
    for name in ("tco_usd", "npv_usd", "usd_per_pflop_day"):  # explanations
        value = after.kpis[name]
        tree = explain_kpi(after, name, "work") if isinstance(value, dict) else explain_kpi(after, name)
        assert recompute(tree) == pytest.approx(value["work"] if isinstance(value, dict) else value, rel=1e-9)
    assert after.solution is not None  # the price's slope knows what is a price and what is not
    slope = price_slope(a, program, after.solution)
    assert slope == pytest.approx(price_slope(was, before.program, before.solution))  # type: ignore[arg-type]
