"""How far a price must fall: just above it nothing is gained, just below it the plan is cheaper.

GIGAPLAN_WORTH_PLANS is how many plans are drawn (40 if it is not set; `make random` draws more).
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from reference.random_plans import random_plan

from gigaplan.engine.analysis.messages import about_offer, about_service
from gigaplan.engine.analysis.price_falls import CLOSE, Row, candidates, price_falls
from gigaplan.engine.cli.main import main
from gigaplan.engine.exchange.json import to_json
from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.plan.plan import Plan, find, with_fields
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.engine.plan.schema import Override, Scenario
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.integer_decisions import decisions_of
from gigaplan.engine.solve.solve import solve_plan
from tests.engine.analysis.moved_plans import least_cost
from tests.engine.plans import PLATFORM, plan_of

PLANS = int(os.environ.get("GIGAPLAN_WORTH_PLANS", "40"))


def cheaper(result: Result, row: Row, part: float) -> Plan:
    """The plan in which all prices of an offer or a service are less by a part."""
    move = Override(table=row[0], row=row[1], field="price_usd", op="scale", value=1 - part)
    scenario = Scenario(id="less", name="less", overrides=(move,))
    return apply_scenario(replace(result.plan, scenarios=(scenario,), uncertainties=()), "less")


def gain(result: Result, row: Row, part: float) -> float:
    """USD by which the least cost falls when prices do."""
    return result.solution.objective - least_cost(result, cheaper(result, row, part))


def amount(result: Result, row: Row) -> float:
    """Chips that are delivered of an offer, or work that is bought of a service; NaN for an offer without any pair."""
    a = result.allocation
    if row[0] == "offers":
        return result.series("deliveries", "offer").get(row[1], np.array([np.nan])).sum()
    place = [service.id for service in result.plan.services].index(row[1])
    return a.bought[a.inputs.buy_service == place].sum()


@pytest.mark.parametrize("seed", range(PLANS))
def test_a_price_that_is_told_is_where_the_gain_begins(seed: int) -> None:
    result = solve_plan(decode_plan(random_plan(9000 + seed)))
    found = price_falls(result)
    assert list(found) == candidates(result)
    assert result.status != "optimal" or result.falls.is_complete
    flat = 1e-9 * abs(result.solution.objective) if found else 0.0
    for row, fall in found.items():
        if row[0] == "offers" and find(result.plan, *row).installed:
            continue  # its chips that stand would cost less, too
        if fall.part is None:
            assert gain(result, row, 1.0) <= flat
            continue
        assert gain(result, row, fall.part * (1 - 1e-6)) <= flat + 1e-6 * gain(result, row, 1.0)
        # What is gained grows from nothing; halfway to nothing it must be there.
        assert gain(result, row, 1.0) < 1e4 * flat or gain(result, row, (1 + fall.part) / 2) > 0
        beyond = min(1.0, fall.part + max(1e-3, CLOSE))
        held = decisions_of(result.program, result.solution.values)
        had = amount(solve_plan(cheaper(result, row, beyond), hold=held), row)
        assert np.isnan(had) or had > 0 or fall.part >= 1 - 1e-3


API = {"id": "api", "name": "API", "provider": "lab", "unit": "PFLOP/s", "workloads": "*"}


def test_the_price_of_a_service_must_fall_to_what_own_chips_cost(tmp_path: Path, capsys) -> None:
    """Rent is 2 USD an hour for half a PFLOP/s: 96 USD a PFLOP-day. The other service is for nobody here."""
    other = API | {"id": "eu", "name": "EU", "jurisdiction": "EU", "price_usd": 1}
    plan = plan_of(plan={"periods": 1}, workloads=[{"jurisdictions": ["US"]}],
                   services=[API | {"price_usd": 120, "jurisdiction": "US"}, other])  # fmt: skip
    result = solve_plan(plan)
    assert candidates(result) == [("services", "api")]
    assert "how far its price must fall is still" in about_service(result, "api")[0].text.lower()
    (fall,) = price_falls(result).values()
    assert (fall.part, fall.where, fall.price_needed) == (pytest.approx(0.2), "work", pytest.approx(96))
    for price, is_bought in ((96.01, False), (95.99, True)):
        solved = solve_plan(with_fields(plan, "services", "api", price_usd=price))
        assert (amount(solved, ("services", "api")) > 0) == is_bought
    said = about_service(result, "api")[0]
    told = "API is not in the plan: its price must fall by at least 20 %, from 120 to 96 USD a PFLOP-day"
    assert said.text.replace("\u2009", " ") == f"{told}, to be chosen for Work in 2026."
    assert said.tries is not None
    assert "it can do no workload of the plan" in about_service(result, "eu")[0].text
    file = tmp_path / "plan.json"
    file.write_bytes(to_json(plan))
    assert main(["explain", str(file), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["why_not"] == [
        {"service": "api", "price": pytest.approx(96), "fall": pytest.approx(0.2)}
    ]
    assert main(["explain", str(file)]) == 0
    assert "from 120 to 96 USD a PFLOP-day" in capsys.readouterr().out


def test_of_what_is_placed_elsewhere_no_price_is_told() -> None:
    """With the placement held, neither would be chosen for nothing; that is said in the place of a price."""
    api = API | {"price_usd": 120}
    plan = plan_of(workloads=[{"placement": "one_platform"}], services=[api],
                   platforms=[{}, PLATFORM | {"id": "other", "name": "Other"}],
                   offers=[{}, {"id": "dear", "name": "Dear", "platform": "other", "price_usd": 5}])  # fmt: skip
    result = solve_plan(plan)
    assert price_falls(result) == {}
    for said in (about_offer(result, "dear"), about_service(result, "api")):
        assert "the work that it may do is placed elsewhere in this plan" in said[0].text
    assert result.decided == "placements"


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
