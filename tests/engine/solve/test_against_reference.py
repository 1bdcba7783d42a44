"""The engine against a second implementation of the model that shares no code with it, over random plans.

GIGAPLAN_RANDOM_PLANS is how many plans are drawn (300 if it is not set).
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from reference.kpis import kpis, violations
from reference.model import Model
from reference.random_plans import random_plan
from reference.solving import solve

from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import ROW_TYPES
from gigaplan.engine.results.allocation import Allocation
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.solve import solve_plan

PLANS = int(os.environ.get("GIGAPLAN_RANDOM_PLANS", "300"))
CASES = sorted((Path(__file__).parents[2] / "cases").glob("*.json"))
RELATIVE = 1e-6


def plan_of(data: dict[str, Any]) -> Plan:
    """The plan of a document of edition 1, with the values that edition 1 gives to each period where a series grows.

    In edition 2 growth is a mean over the period. The rest of edition 1 is what is compared here.
    """
    m = data["plan"].get("months_per_period", 3)

    def listed(name: str, value: Any) -> Any:
        if not isinstance(value, dict) or "start" not in value or name == "price_usd":  # a price is that at the opening
            return value
        years = [t * m / 12 for t in range(data["plan"]["periods"])]
        return [value["start"] * (1 + value.get("annual_growth", 0)) ** year for year in years]

    rows = {t: [{k: listed(k, v) for k, v in row.items()} for row in data.get(t) or []] for t in ROW_TYPES}
    return decode_plan({"format": data["format"], "plan": data["plan"]} | rows)


def decision_of(allocation: Allocation) -> dict[Any, float]:
    """The engine's decisions under the names of the reference model, in whose form only what is not 0 is named."""
    inputs = allocation.inputs
    plan = inputs.plan
    offer = [plan.offers[k].id for k in inputs.pair_offer]
    site = [plan.sites[k].id for k in inputs.pair_site]
    decision: dict[Any, float] = {}
    for k, (o, s) in enumerate(zip(offer, site, strict=True)):
        decision |= {("n", o, s, t): v for t, v in enumerate(allocation.delivered[k].tolist())}
    for k, (w, pair) in enumerate(zip(inputs.use_workload, inputs.use_pair, strict=True)):
        use = ("x", plan.workloads[w].id, offer[pair], site[pair])
        decision |= {(*use, t): v for t, v in enumerate(allocation.used[k].tolist())}
    for work, unmet in zip(plan.workloads, allocation.unmet.tolist(), strict=True):
        if work.flexible:
            decision["u", work.id, None] = sum(unmet)
        else:
            decision |= {("u", work.id, t): v for t, v in enumerate(unmet)}
    for year, owed in zip(allocation.years, allocation.shortfall.tolist(), strict=True):
        decision["z", plan.agreements[year.agreement].id, year.year] = owed
    for port, done in zip(plan.ports, allocation.ported.tolist(), strict=True):
        decision["y", port.workload, port.stack] = done
    for agreement, signed in zip(plan.agreements, allocation.signed.tolist(), strict=True):
        decision["a", agreement.id] = signed
    return {variable: amount for variable, amount in decision.items() if amount}


def size_of(name: str, figures: dict[str, Any]) -> float:
    """What a figure is measured against: itself, or the objective for money that is a difference of larger sums."""
    return abs(figures["objective_usd"]) if name in ("npv_usd", "tco_usd", "unmet_usd", "idle_usd") else 0.0


def assert_same(result: Result, model: Model) -> None:
    """The engine's answer is the reference's: status, throughput, optimum, rows kept, every KPI."""
    best = solve(model)
    assert result.status == best.status
    if best.status != "optimal":
        return
    theta = {f"{w}|{o}": value for (w, o), value in model.theta.items()}
    assert result.theta == pytest.approx(theta, rel=1e-9, abs=0)
    assert result.kpis is not None
    assert result.allocation is not None
    assert result.kpis["objective_usd"] == pytest.approx(best.objective, rel=RELATIVE, abs=1e-3)
    decision = decision_of(result.allocation)
    assert [v for v in violations(model, decision) if v[0] > RELATIVE] == []
    figures = kpis(model, decision)
    assert set(figures) <= set(result.kpis)
    for name, wanted in figures.items():
        got = result.kpis[name]
        if isinstance(wanted, dict):
            assert {w: v for w, v in got.items() if v is not None} == pytest.approx(wanted, rel=RELATIVE), name
        elif wanted is None:
            assert got is None, name
        else:
            near = max(RELATIVE * size_of(name, figures), 1e-6)
            assert got == pytest.approx(wanted, rel=RELATIVE, abs=near), name


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_the_reference_gives_the_expected_answers(case: Path) -> None:
    expected = json.loads(case.with_suffix(".expected").read_text(encoding="utf-8"))
    model = Model(json.loads(case.read_text(encoding="utf-8")))
    best = solve(model)
    assert best.status == expected.get("status", "optimal")
    assert {f"{w}|{o}": v for (w, o), v in model.theta.items()} == pytest.approx(
        expected.get("theta", {f"{w}|{o}": v for (w, o), v in model.theta.items()}), rel=1e-9
    )
    figures = kpis(model, best.decision) if best.status == "optimal" else {}
    for name, wanted in expected.get("kpis", {}).items():
        assert figures[name] == pytest.approx(wanted, rel=expected["tolerance"]), name


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_case_is_the_same_by_both(case: Path) -> None:
    data = json.loads(case.read_text(encoding="utf-8"))
    assert_same(solve_plan(plan_of(data)), Model(data))


def small_plan(**tables: Any) -> dict[str, Any]:
    """A quarter, a chip of 1 kW, a site whose power has no limit, and an offer under an optional agreement."""
    platform = {"id": "p", "name": "p", "vendor": "v", "stack": "k", "bf16_tflops": 1000, "memory_gb": 80,
                "memory_bandwidth_gb_s": 3000, "power_w": 1000}  # fmt: skip
    site = {"id": "s", "name": "s", "jurisdiction": "US", "power_mw": None, "electricity_usd_per_mwh": 30}
    offer = {"id": "o", "name": "o", "platform": "p", "provider": "x", "kind": "purchase", "price_usd": 30,
             "sites": "*", "agreement": "g"}  # fmt: skip
    agreement = {"id": "g", "name": "g", "provider": "x", "start": "2026-01", "months": 12, "commit_usd_per_year": 4e6,
                 "status": "optional"}  # fmt: skip
    work = {"id": "w", "name": "w", "kind": "research", "unit": "PFLOP/s", "demand": 100, "unmet_usd": 50}
    plan = {"format": "gigaplan/1", "plan": {"name": "small", "start": "2026-01", "periods": 1}}
    rows = {"platforms": [platform], "sites": [site], "offers": [offer], "agreements": [agreement], "workloads": [work]}
    return plan | rows | tables


def test_chips_are_bought_beyond_the_work_to_meet_a_commitment_where_power_has_no_limit() -> None:
    data = small_plan()
    result = solve_plan(plan_of(data))
    assert_same(result, Model(data))
    assert result.allocation is not None
    # 250 chips do the work. Each further one costs 30 and 23.7 for idle power, and spares 30 of a shortfall that
    # is paid in full; at the end it is worth 28.5, so the whole USD 1e6 of the quarter is spent on chips.
    assert result.allocation.delivered.sum() == pytest.approx(1e6 / 30)


def test_chips_stand_beside_others_for_a_share_where_power_has_no_limit() -> None:
    standing = {"id": "other", "name": "other", "platform": "p", "provider": "y", "kind": "rental", "price_usd": 1,
                "sites": "*", "installed": [{"site": "s", "chips": 600, "months_left": 12}]}  # fmt: skip
    half = {"id": "half", "kind": "share", "dimension": "provider", "metric": "power", "limit": 0.5}
    data = small_plan(workloads=[], policies=[half])
    data["offers"].append(standing)
    data["agreements"][0]["commit_usd_per_year"] = 0
    result = solve_plan(plan_of(data))
    assert_same(result, Model(data))
    assert result.allocation is not None
    assert result.allocation.active.sum(axis=1) == pytest.approx([600, 600])


@pytest.mark.parametrize("seed", range(PLANS))
def test_a_random_plan_is_the_same_by_both(seed: int) -> None:
    data = random_plan(seed)
    assert_same(solve_plan(plan_of(data)), Model(data))
