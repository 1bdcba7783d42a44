"""Where a number comes from: every tree adds up to its figure, and its leaves are what the plan says."""

import random

import numpy as np
import pytest

from gigaplan.engine.analysis.provenance import explain_value, recompute
from gigaplan.engine.analysis.provenance.leaves import Given
from gigaplan.engine.analysis.provenance.throughput import throughput as throughput_node
from gigaplan.engine.exchange.json import read_json
from gigaplan.engine.plan.throughput import throughput
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.series_names import DIMENSIONS
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.templates import load_template
from tests.engine.plans import plan_of
from tests.engine.provenance_checks import (
    CASES,
    RELATIVE,
    SMALL,
    TEMPLATES,
    check_all,
    descent,
    everything,
    kpi_nodes,
    size_of,
    solved,
)


def check_kpis(result: Result) -> None:
    for node, value in kpi_nodes(result):
        assert node.value == value
        again = recompute(node)
        if value is None:
            assert again is None
        else:
            assert again == pytest.approx(value, rel=RELATIVE, abs=RELATIVE * size_of(node)), node.label
        check_all(result.plan, everything(node))


def check_series(result: Result) -> None:
    for series, dimensions in DIMENSIONS.items():
        for by in dimensions:
            for key, values in result.series(series, by).items():
                most = float(np.abs(values).max())
                for t, value in enumerate(values):
                    node = explain_value(result, series, by, key, t)
                    assert node.value == value
                    # What is nothing but rounding has nothing to show.
                    if abs(value) > 1e-9 * most:
                        again = recompute(node)
                        assert again == pytest.approx(value, rel=RELATIVE, abs=RELATIVE * size_of(node)), node.label
                        check_all(result.plan, everything(node))


@pytest.mark.parametrize("name", SMALL)
def test_every_kpi_adds_up_from_the_plan(name: str) -> None:
    check_kpis(solved(name))


QUICK = [name for name in SMALL if name not in ("synthetic-4", "synthetic-7")]
"""The two left out are the largest: their key figures are worked out anew, which takes most of their series."""


@pytest.mark.parametrize("name", QUICK)
def test_every_value_of_every_series_adds_up(name: str) -> None:
    check_series(solved(name))


@pytest.mark.parametrize("name", TEMPLATES)
def test_kpis_of_templates_add_up_wherever_one_looks(name: str) -> None:
    result, dice = solved(name), random.Random(1)
    for node, value in kpi_nodes(result):
        assert node.value == value
        for _ in range(10):
            check_all(result.plan, descent(node, dice))


@pytest.mark.parametrize("name", TEMPLATES)
def test_series_of_templates_add_up_wherever_one_looks(name: str) -> None:
    result, dice = solved(name), random.Random(2)
    for series in result.all_series():
        most = float(np.abs(series.values).max())
        for t in dice.sample(range(result.time.periods), 1):
            node = explain_value(result, series.name, series.by, series.key, t)
            assert node.value == series.values[t]
            if abs(series.values[t]) > 1e-9 * most:
                for _ in range(3):
                    check_all(result.plan, descent(node, dice))


@pytest.mark.parametrize("name", [*SMALL, *TEMPLATES])
def test_throughput_is_what_the_model_takes_and_says_whether_it_was_measured(name: str) -> None:
    plan = load_template(name) if name in TEMPLATES else read_json(CASES / f"{name}.json")
    theta, given = throughput(plan), Given(plan)
    for w, p in zip(*np.nonzero(theta), strict=True):
        node = throughput_node(given, int(w), int(p))
        assert recompute(node) == pytest.approx(theta[w, p], rel=1e-12)
        check_all(plan, everything(node))


@pytest.mark.parametrize(
    "model",
    [
        {},
        {"max_token_latency_ms": 20},
        {"kv_bytes_per_token": 0},
        {"kv_bytes_per_token": 0, "max_token_latency_ms": 20},
        # 1 GB of weights and 1 MB of cache at 1 GB/s: the limits fall on whole batches.
        *({"active_params_b": 1e-6, "max_token_latency_ms": 1000 + k, "bandwidth_efficiency": 1} for k in range(1, 60)),
    ],
)
def test_a_modelled_throughput_adds_up_whatever_limits_the_batch(model: dict[str, float]) -> None:
    inference = {
        "total_params_b": 0.5, "active_params_b": 0.5, "context_tokens": 1000, "prompt_tokens_per_output": 3,
        "kv_bytes_per_token": 1000,
    }  # fmt: skip
    plan = plan_of(
        platforms=[{"memory_gb": 3, "memory_bandwidth_gb_s": 1 if "active_params_b" in model else 4000}],
        workloads=[{"unit": "tokens/s", "inference": inference | model}],
    )
    (theta,) = throughput(plan).ravel()
    assert theta > 0
    node = throughput_node(Given(plan), 0, 0)
    assert recompute(node) == pytest.approx(theta, rel=1e-12)
    check_all(plan, everything(node))


def test_a_plan_with_all_there_is_adds_up() -> None:
    """Standing chips, both kinds of agreement, a port, overhead, priced carbon, and flexible work not all done."""
    deal = {"name": "Deal", "provider": "cloud", "start": "2025-07", "months": 36}
    offers = [
        {"id": "old", "price_usd": {"start": 2, "annual_growth": 0.1}, "supply_chips_per_month": 10 / 12,
         "energy_included": False,
         "installed": [{"site": "here", "chips": 20, "months_left": 120}], "agreement": "signed"},
        {"id": "buy", "kind": "purchase", "price_usd": (9000, 8000, 7000, 6000), "maintenance_per_year": 0.05,
         "supply_chips_per_month": 60 / 12, "availability": 0.9,
         "installed": [{"site": "there", "chips": c, "months_left": left} for c, left in ((7, 30), (5, 9))]},
        {"id": "term", "platform": "b", "price_usd": 0.5, "term_months": 36, "supply_chips_per_month": 50 / 12,
         "agreement": "option", "sites": ["there"]},
    ]  # fmt: skip
    plan = plan_of(
        plan={"overhead_fraction": 0.2, "carbon_price_usd_per_t": 90, "residual_fraction": 0.5},
        platforms=[
            {"embodied_kgco2e": 300},
            {"id": "b", "vendor": "b", "stack": "b", "fp8_tflops": 3000, "lifetime_months": 50},
        ],
        sites=[
            {"carbon_g_per_kwh": 300, "water_l_per_kwh": 1.5, "hosting_usd_per_kw_month": 90, "power_mw": 0.1},
            {"id": "there", "name": "There", "jurisdiction": "JP", "electricity_usd_per_mwh": (60, 70, 80, 90)},
        ],
        offers=offers,
        workloads=[
            {"demand": (20, 40, 60, 80), "peak_factor": 1.5},
            {"id": "run", "name": "Run", "flexible": True, "demand": (0, 900, 300, 0), "precision": "fp8"},
        ],
        agreements=[
            {"id": "signed", "status": "signed", "commit_usd_per_year": 900_000, "discount": 0.1} | deal,
            {"id": "option", "status": "optional", "commit_usd_per_year": 300_000, "discount": 0.4} | deal,
        ],
        ports=[{"workload": "run", "stack": "b", "cost_usd": 5000}],
        services=[{"id": "api", "name": "API", "provider": "api", "unit": "PFLOP/s", "workloads": ("work",),
                   "price_usd": 0.5, "limit": 1}],
        power_contracts=[{"id": "line", "name": "Line", "site": "here", "provider": "grid", "mw": 0.01,
                          "start": "2026-01", "status": "signed", "usd_per_mw_month": 9000, "capex_usd_per_mw": 1e6}],
    )  # fmt: skip
    result = solve_plan(plan)
    kpis = result.kpis
    assert result.status == "optimal", result.problems
    assert all(kpis[name] > 0 for name in ("unmet_usd", "liability_beyond_horizon_usd", "idle_usd", "water_m3"))
    assert all(abs(values.sum()) > 0 for values in result.series("cost", "component").values())
    assert kpis["coverage"]["run"] < 1
    assert {"plan.overhead_fraction", "agreements[1].commit_usd_per_year"} <= {
        n.path
        for n in everything(explain_value(result, "cost", "component", "commitment", 1))
        + everything(explain_value(result, "cost", "total", "total", 0))
    }
    check_kpis(result)
    check_series(result)
    # Ports are paid for in the first period; in a later one nothing stands below the nought.
    first, later = (explain_value(result, "cost", "component", "porting", t) for t in (0, 2))
    assert (first.value, [part.value for part in first.children]) == (5000.0, [5000.0])
    assert (later.value, list(later.children)) == (0.0, [])
