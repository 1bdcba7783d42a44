"""Resilience with re-assignment: the cheapest plan that keeps work going after the loss of any one member."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gigaplan.engine.analysis.decisions.losses import losses
from gigaplan.engine.plan.plan import Plan, with_fields
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.solve import solve_plan
from tests.engine.plans import plan_of

FREE = {"electricity_usd_per_mwh": 0.0, "power_mw": None}
BOUGHT = {"id": "a", "kind": "purchase", "price_usd": 1000.0}
KEPT = {"id": "safe", "name": "Safe", "kind": "resilience", "dimension": "vendor", "scope": "key", "limit": 1.0}


def two_works(**fields: Any) -> Plan:
    """One year; 100 chips' work that must go on and 100 that may stop, on chips of two vendors at 1,000 and 1,010."""
    tables: dict[str, Any] = {
        "plan": {"discount_rate": 0.0, "residual_fraction": 0.0, "periods": 1},
        "platforms": [{}, {"id": "other", "vendor": "bolt"}],
        "sites": [FREE],
        "offers": [BOUGHT, BOUGHT | {"id": "b", "platform": "other", "price_usd": 1010.0}],
        "workloads": [{"id": "key", "demand": 50.0}, {"id": "rest", "demand": 50.0}],
        "policies": [KEPT | {"reassign": True}],
    }
    return plan_of(**(tables | fields))


def chips(result: Result) -> dict[str, float]:
    assert result.allocation is not None
    i = result.allocation.inputs
    names = [i.plan.offers[o].id for o in i.pair_offer.tolist()]
    return dict(zip(names, result.allocation.active[:, 0].tolist(), strict=True))


def test_work_that_may_stop_makes_room_for_what_must_go_on() -> None:
    """100 chips of each vendor: whichever is lost, the other does the work that must go on. 100 times 10 USD more."""
    result = solve_plan(two_works())
    assert result.status == "optimal"
    assert chips(result) == pytest.approx({"a": 100.0, "b": 100.0})
    assert result.kpis["objective_usd"] == pytest.approx(201_000)
    assert solve_plan(two_works(policies=[])).kpis["objective_usd"] == pytest.approx(200_000)


def test_without_moving_work_no_plan_does_it() -> None:
    """Each vendor alone would have to do all of it in the plan itself, and no work is done twice."""
    assert solve_plan(two_works(policies=[KEPT])).status == "infeasible"


def test_the_floor_of_all_work_is_bought_twice_over() -> None:
    """All work is to go on: 200 chips of each."""
    both = solve_plan(two_works(policies=[KEPT | {"reassign": True, "scope": "*"}]))
    assert both.kpis["objective_usd"] == pytest.approx(200 * 1000 + 200 * 1010)


def test_moved_work_needs_power_and_a_port_and_a_signature() -> None:
    """A site of 0.15 MW at a PUE of 1.5 runs 100 chips at a time; those that are off make the insurance, where they can
    be switched off."""
    off = {"can_switch_off": True}
    offers = [BOUGHT | off, BOUGHT | off | {"id": "b", "platform": "other", "price_usd": 1010.0}]
    rest = {"id": "rest", "demand": 50.0, "unmet_usd": 0.001}
    works = [{"id": "key", "demand": 50.0}, rest]
    tight = solve_plan(two_works(sites=[FREE | {"power_mw": 0.15}], offers=offers, workloads=works))
    assert chips(tight) == pytest.approx({"a": 100.0, "b": 100.0})
    tighter = solve_plan(two_works(sites=[FREE | {"power_mw": 0.14}], offers=offers, workloads=works))
    assert tighter.status == "infeasible"
    port = {"workload": "key", "stack": "t", "cost_usd": 5000.0, "months": 0}
    other = {"id": "other", "vendor": "bolt", "stack": "t"}
    ported = solve_plan(two_works(platforms=[{}, other], ports=[port]))
    assert ported.kpis["objective_usd"] == pytest.approx(201_000 + 5000)


@pytest.mark.parametrize("seed", range(6))
def test_what_the_policy_promises_is_served_after_each_loss(seed: int) -> None:
    """The loss analysis, which moves work in a program of its own, finds the floor kept, and kept no more cheaply by
    a plan without it."""
    random = np.random.default_rng(seed)
    vendors = [{"id": f"p{k}", "vendor": f"v{k}", "bf16_tflops": float(random.integers(500, 1500))} for k in range(3)]
    offers = [
        BOUGHT | {"id": f"o{k}", "platform": f"p{k}", "price_usd": float(random.integers(800, 1500)),
                  "can_switch_off": bool(random.integers(2)), "supply_chips_per_month": float(random.integers(8, 30))}
        for k in range(3)
    ]  # fmt: skip
    plan = two_works(
        plan={"periods": 3, "discount_rate": 0.0},
        platforms=vendors,
        offers=offers,
        sites=[FREE | {"power_mw": float(random.uniform(0.4, 0.8))}],
        policies=[KEPT | {"reassign": True, "limit": 0.8}],
    )
    result = solve_plan(plan)
    assert result.status == "optimal"
    assert result.allocation is not None
    assert result.program is not None
    assert result.solution is not None
    for loss in losses(result.allocation.inputs, result.program, result.solution, dimensions=("vendor",), start=1):
        assert (loss.served["key"] or 0.0) >= 0.8 - 1e-6
    free = solve_plan(with_fields(plan, "policies", "safe", enabled=False))
    assert free.kpis["objective_usd"] <= result.kpis["objective_usd"] + 1e-3
