"""Budgets and carbon caps of one provider, site or kind of offer, by hand.

200 chips do all the work of a year: 100 PFLOP/s at 0.5 each. A rented chip at 2 USD an hour costs 17,532 USD a year.
"""

import numpy as np
import pytest

from gigaplan.engine.analysis.infeasibility.remedies import diagnose
from gigaplan.engine.analysis.shadow_prices import worths
from gigaplan.engine.analysis.worth_words import limit_name, what_binds
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.validation.rules import check
from tests.engine.plans import plan_of

BOTH = [{}, {"id": "dear", "name": "Dear", "provider": "other", "price_usd": 3}]
DISCOUNTS = sum(1.1 ** -(t + 0.5) for t in range(4))


def chips(result: Result) -> list[list[float]]:
    """[pair][period] chips that stand."""
    assert result.allocation is not None
    return [[round(v, 6) for v in row] for row in result.allocation.active.tolist()]


def test_a_budget_for_one_provider_sends_the_rest_of_the_work_to_another() -> None:
    """1,753,200 USD a year rent 100 chips of the cheap provider; 100 of the dear one cost 2,629,800. One more USD
    rents 1 / 17,532 of a chip that saves 8,766 USD beside a dear one: 0.5 USD, discounted."""
    budget = {"id": "cap", "kind": "budget", "dimension": "provider", "scope": "cloud", "limit": 1_753_200}
    result = solve_plan(plan_of(offers=BOTH, policies=[budget]))
    assert chips(result) == [[100.0] * 4, [100.0] * 4]
    assert result.kpis["objective_usd"] == pytest.approx(DISCOUNTS * 4_383_000)
    worth = {w.key: w.one_more for w in worths(result) if w.kind == "budget"}
    assert worth["budget", "cap", "cloud", 0] == pytest.approx(0.5 * 1.1**-0.5)


def test_a_carbon_cap_on_each_site_in_turn() -> None:
    """A chip draws 1 kW x 1.5 for 8,766 hours: 6.5745 t a year at 500 g/kWh. So 500 t a site let 76.05 chips run."""
    sites = [{"carbon_g_per_kwh": 500}, {"id": "there", "name": "There", "carbon_g_per_kwh": 500}]
    cap = {"id": "cap", "kind": "carbon", "dimension": "site", "limit": 500}
    result = solve_plan(plan_of(sites=sites, policies=[cap]))
    assert np.array(chips(result)) == pytest.approx(np.full((2, 4), 500 / 6.5745), abs=1e-5)


def test_a_budget_of_nothing_for_what_is_rented_leaves_what_is_bought() -> None:
    offers = [{}, {"id": "buy", "name": "Buy", "kind": "purchase", "price_usd": 90_000}]
    budget = {"id": "cap", "kind": "budget", "dimension": "kind", "scope": "rental", "limit": 0}
    assert chips(solve_plan(plan_of(offers=offers)))[1] == [0.0] * 4
    assert chips(solve_plan(plan_of(offers=offers, policies=[budget]))) == [[0.0] * 4, [200.0] * 4]


def test_a_budget_for_a_provider_of_power_holds_its_contract_back() -> None:
    """Without the contract the site has power for 100 of the 200 chips: 0.15 MW at 1.5."""
    contract = {"id": "more", "name": "More", "site": "here", "provider": "grid", "mw": 1, "start": "2026-01",
                "usd_per_mw_month": 1000, "status": "optional"}  # fmt: skip
    sites, budget = [{"power_mw": 0.15}], {"id": "cap", "kind": "budget", "dimension": "provider", "scope": "grid"}
    free = solve_plan(plan_of(sites=sites, power_contracts=[contract], policies=[budget | {"limit": 12_000}]))
    held = solve_plan(plan_of(sites=sites, power_contracts=[contract], policies=[budget | {"limit": 11_999}]))
    assert chips(free) == [[200.0] * 4]
    assert chips(held) == [[100.0] * 4]


def test_a_remedy_raises_it_by_what_is_missing() -> None:
    budget = {"id": "cap", "name": "Cloud", "kind": "budget", "dimension": "provider", "scope": "cloud"}
    budget |= {"limit": 1_753_200}
    served = {"id": "all", "name": "All", "kind": "coverage", "limit": 1}
    found = diagnose(plan_of(policies=[budget, served]))
    assert set(found.conflict) == {"Cloud", "All"}
    assert "+1,760,000 USD a year for Cloud" in {remedy.text for remedy in found.remedies}


@pytest.mark.parametrize(
    ("row", "field", "severity"),
    [
        ({"dimension": "provider", "scope": "nobody"}, "scope", "error"),
        ({"dimension": "kind", "scope": "purchase"}, "scope", "error"),
        ({"scope": "cloud"}, "scope", "warning"),
        ({"metric": "power"}, "metric", "warning"),
        ({"dimension": "provider", "scope": "cloud"}, "", ""),
    ],
)
def test_what_it_is_about_is_checked(row: dict[str, str], field: str, severity: str) -> None:
    plan = plan_of(policies=[{"id": "cap", "name": "Cap", "kind": "budget", "limit": 1e9} | row])
    found = [(p.field, p.severity) for p in check(plan) if p.table == "policies"]
    assert found == ([(field, severity)] if field else [])


def test_the_words_of_a_limit_call_its_member_by_its_name() -> None:
    sites = [{"carbon_g_per_kwh": 500}, {"id": "there", "name": "There", "carbon_g_per_kwh": 500}]
    cap = {"id": "cap", "name": "Cap", "kind": "carbon", "dimension": "site", "limit": 500}
    result = solve_plan(plan_of(sites=sites, policies=[cap]))
    found = worths(result, only_binding=True)
    assert {limit_name(result, w.key) for w in found} == {"The carbon cap Cap for Here", "The carbon cap Cap for There"}
    assert [s.text.split(" in ")[0] for s in what_binds(result, found)] == [
        "You hit the carbon cap Cap on Here", "You hit the carbon cap Cap on There",
    ]  # fmt: skip
