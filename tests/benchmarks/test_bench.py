"""The benchmark itself works: its plans solve, its parts measure, and its table judges. Tiny sizes; no peers."""

import pytest

from gigaplan.engine.analysis.uncertainty import with_uncertain
from gigaplan.engine.solve.solve import solve_plan
from tests.benchmarks import storage
from tests.benchmarks.bare import BareSolver
from tests.benchmarks.cold import cold
from tests.benchmarks.decisions import decisions
from tests.benchmarks.growth import _fitted, growth
from tests.benchmarks.plans import SIZES, plan_of, sized
from tests.benchmarks.run import TARGETS, _live, at, figures

TINY = (3, 6, 3, 8)


def test_plans_are_the_same_each_time_and_have_an_optimum_without_integers():
    assert plan_of(*TINY) == plan_of(*TINY)
    assert plan_of(*TINY) != plan_of(*TINY, seed=2)
    result = solve_plan(plan_of(*TINY))
    assert (result.status, result.integers) == ("optimal", "none")
    assert all(v > 0.5 for v in result.kpis["coverage"].values())
    assert result.kpis["vendor_hhi"] < 1


def test_bare_highs_follows_edits_to_the_optimum_that_the_engine_finds():
    from gigaplan.engine.optimization.arrays import inputs_of
    from gigaplan.engine.optimization.formulation import build
    from gigaplan.engine.optimization.solver import Solver
    from gigaplan.engine.plan.plan import with_fields

    plan = plan_of(*TINY)
    bare, ours = BareSolver.of(build(inputs_of(plan))), Solver()
    for table, row, changes in (
        ("sites", "site-0", {"electricity_usd_per_mwh": 200.0}),
        ("sites", "site-1", {"power_mw": 1.5}),
        ("offers", "offer-1", {"price_usd": 4.0}),
    ):
        plan = with_fields(plan, table, row, **changes)
        program = build(inputs_of(plan))
        assert bare.step(program) > 0
        found = bare.highs.getInfo().objective_function_value * program.cost_unit + program.constant
        assert found == pytest.approx(ours.solve(program).objective, rel=1e-6)


def test_arrays_take_less_time_than_solving_them():
    found = cold(plan_of(*SIZES["standard"]), 3)
    assert 0 < found["overhead"] < 0.5


def test_decisions_are_measured_on_a_tiny_plan() -> None:
    plan = with_uncertain(plan_of(*TINY), [("offers", "offer-1", "price_usd")])
    found = decisions(plan, 3, 2, 2)
    named = {"cases_per_s", "processes", "case_ratio", "losses_s", "flips_s", "frontier_cold", "two_stage_s"}
    assert set(found) == named
    assert all(value > 0 for value in found.values())


def test_growth_is_fitted():
    found = _fitted({n: {"build_ms": 2.0 * n, "solve_ms": 0.5 * n**2, "memory_mb": 3.0} for n in (8, 20, 40)})
    assert found["build_ms_exponent"] == pytest.approx(1)
    assert found["solve_ms_exponent"] == pytest.approx(2)
    assert found["memory_mb_exponent"] == pytest.approx(0)


def test_growth_measures_in_a_process_of_its_own():
    found = growth(periods=(2, 4), offers=(4, 6), seconds=60)
    assert set(found["periods"]["sizes"]) == {"2", "4"}
    assert all(size["memory_mb"] > 0.1 for size in found["periods"]["sizes"].values())
    assert found["offers"]["sizes"]["6"]["columns"] > found["offers"]["sizes"]["4"]["columns"]


def test_storage_measures_all_that_has_a_target(monkeypatch, qapp):
    monkeypatch.setattr(storage, "SITES", 25)
    monkeypatch.setattr(storage, "PERIODS", 4)
    found = storage.measure(runs=1)
    assert found["values"] == 100
    for path, *_ in TARGETS:
        part, _, name = path.partition(".")
        assert part != "storage" or isinstance(found[name], float), name
    assert found["save_ratio"] == pytest.approx(found["save_ms"] / found["numbers_write_ms"])


def test_plans_by_the_hour_have_blocks_modes_and_runs_that_are_held():
    result = solve_plan(sized("tiny-hours"))
    assert (result.status, result.decided) == ("optimal", "placements")
    assert len(result.plan.settings.blocks) == 4
    assert all(platform.power_caps for platform in result.plan.platforms)
    assert sum(result.decisions["placed"].values()) == 1
    found = _live("tiny-hours", 1)
    assert found["steps"] == 3
    assert found["ratio"] > 0


def test_every_chart_is_painted_for_every_scrubbed_value():
    found = _live("tiny", 2)
    assert found["steps"] == 6
    assert set(found["by_value"]) == {"price", "demand", "power"}
    assert 0 < found["p50_ms"] <= found["p95_ms"]


def test_the_table_judges_by_the_target():
    machine = {"date": "2026-01-01", "cpu": "x", "cores": 1, "load_at_the_end": 0.0, "system": "x"}
    names = ("python", "highspy", "numpy", "pyqtgraph", "pyside6-essentials")
    results = {"machine": machine | dict.fromkeys(names, "1"), "start": {"ratio": 1.6}, "cold": {"vs_linopy": 21.0}}
    results["measured"] = {"start.ratio": "2026-01-02", "cold.vs_linopy": "2026-01-01"}
    rows = figures(results).splitlines()
    assert at(results, "start.ratio") == 1.6
    assert next(r for r in rows if "start.ratio" in r).endswith("| missed | 2026-01-02 |")
    assert next(r for r in rows if "`cold.vs_linopy`" in r).endswith("| met | 2026-01-01 |")
    assert "not measured" in next(r for r in rows if "`cold.overhead`" in r)
