"""How far a price must fall: just above it nothing is gained, just below it the plan is cheaper.

GIGAPLAN_WORTH_PLANS is how many plans are drawn (40 if it is not set; `make random` draws more).
"""

from __future__ import annotations

import os

import pytest
from msgspec.structs import replace
from reference.random_plans import random_plan

from gigaplan.engine.analysis.messages import about_offer
from gigaplan.engine.analysis.price_falls import CLOSE, candidates, price_falls
from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.plan.plan import Plan, find, with_fields
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.engine.plan.schema import Override, Scenario
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.integer_decisions import decisions_of
from gigaplan.engine.solve.solve import solve_plan
from tests.engine.analysis.moved_plans import least_cost
from tests.engine.plans import plan_of

PLANS = int(os.environ.get("GIGAPLAN_WORTH_PLANS", "40"))


def cheaper(result: Result, offer: str, part: float) -> Plan:
    """The plan in which all prices of an offer are less by a part."""
    move = Override(table="offers", row=offer, field="price_usd", op="scale", value=1 - part)
    scenario = Scenario(id="less", name="less", overrides=(move,))
    return apply_scenario(replace(result.plan, scenarios=(scenario,), uncertainties=()), "less")


def gain(result: Result, offer: str, part: float) -> float:
    """USD by which the least cost falls when prices do."""
    return result.solution.objective - least_cost(result, cheaper(result, offer, part))


@pytest.mark.parametrize("seed", range(PLANS))
def test_a_price_that_is_told_is_where_the_gain_begins(seed: int) -> None:
    result = solve_plan(decode_plan(random_plan(9000 + seed)))
    found = price_falls(result)
    assert list(found) == candidates(result)
    assert result.status != "optimal" or result.falls.is_complete
    flat = 1e-9 * abs(result.solution.objective) if found else 0.0
    for offer, fall in found.items():
        if find(result.plan, "offers", offer).installed:
            continue  # its chips that stand would cost less, too
        if fall.part is None:
            assert gain(result, offer, 1.0) <= flat
            continue
        assert gain(result, offer, fall.part * (1 - 1e-6)) <= flat + 1e-6 * gain(result, offer, 1.0)
        # What is gained grows from nothing; halfway to nothing it must be there.
        assert gain(result, offer, 1.0) < 1e4 * flat or gain(result, offer, (1 + fall.part) / 2) > 0
        beyond = min(1.0, fall.part + max(1e-3, CLOSE))
        held = decisions_of(result.program, result.solution.values)
        chips = solve_plan(cheaper(result, offer, beyond), hold=held).series("deliveries", "offer").get(offer)
        assert chips is None or chips.sum() > 0 or fall.part >= 1 - 1e-3


def test_the_least_fall_of_a_series_is_relative_to_each_period() -> None:
    # Rent costs 2; the other 10, and 4 in the second year: a half is enough there, though 8 are missing in the first.
    plan = plan_of(plan={"periods": 2}, offers=[{}, {"id": "dear", "name": "Dear", "price_usd": [3.5, 40]}],
                   workloads=[{"demand": [100, 1000]}], sites=[{"power_mw": 100}])  # fmt: skip
    plan = with_fields(plan, "offers", "rent", price_usd=(2.0, 30.0))
    result = solve_plan(plan)
    (fall,) = price_falls(result).values()
    assert fall.part == pytest.approx(0.25)
    assert (fall.period, fall.price_now, fall.price_needed) == (1, 40, pytest.approx(30))
    text = about_offer(result, "dear")[0].text
    assert "must fall by at least 25 %, from 40 to 30 USD, to be chosen at Here in 2027" in text


def test_of_an_agreement_that_is_not_signed_no_price_is_told() -> None:
    deal = {"id": "g", "name": "G", "provider": "cloud", "start": "2026-01", "months": 12, "commit_usd_per_year": 1e9,
            "status": "optional"}  # fmt: skip
    result = solve_plan(plan_of(agreements=[deal], offers=[{}, {"id": "tied", "price_usd": 5, "agreement": "g"}]))
    assert price_falls(result) == {}
