"""What is said of worths and prices is true to the letter: each by a plan worked out by hand, or tried."""

import dataclasses

import numpy as np
import pytest

from gigaplan.engine.analysis.messages import about_offer, about_site
from gigaplan.engine.analysis.price_falls import price_falls
from gigaplan.engine.analysis.shadow_prices import worths
from gigaplan.engine.analysis.why_not_chosen import reasons_against, why_not
from gigaplan.engine.analysis.worth_words import what_binds
from gigaplan.engine.plan.plan import with_fields
from gigaplan.engine.solve.solve import solve_plan
from tests.engine.plans import plan_of

HOURS = 730.5 * 12
FIRST = 1.1**-0.5
"""The discount factor of a plan's only year."""
YEAR = {"periods": 1}
STANDING = {"installed": [{"site": "here", "chips": 50, "months_left": 24}]}
SIGNED = {"id": "g", "name": "G", "provider": "cloud", "start": "2026-01", "months": 12, "commit_usd_per_year": 1e9,
          "status": "signed"}  # fmt: skip


def binding_text(plan):
    result = solve_plan(plan)
    (sentence,) = what_binds(result, worths(result, only_binding=True))
    return sentence.text


def test_of_a_floor_one_point_less_saves():
    floor = {"id": "p", "name": "P", "kind": "coverage", "scope": "work", "limit": 0.6}
    text = binding_text(plan_of(workloads=[{"unmet_usd": 0}], policies=[floor], plan=YEAR))
    # A point is 2 chips at 2 USD an hour: 4 * 8766 * 0.9535.
    assert text == (
        "The service-level floor of 60 % for Work (P) asks for more than pays in 2026. Each point less saves "
        "33,430 USD, discounted (true from 0 to 100 percentage points)."
    )


def test_of_a_commitment_one_dollar_less_saves():
    text = binding_text(plan_of(agreements=[SIGNED], offers=[{"agreement": "g"}], plan=YEAR))
    assert "The commitment of G is more than you would spend in contract year 1. Each USD less saves 0.9535 USD" in text


def test_an_agreement_that_is_not_signed_does_not_bind():
    plan = plan_of(agreements=[SIGNED | {"status": "optional"}], offers=[{}, {"id": "tied", "agreement": "g"}])
    result = solve_plan(plan)
    assert result.allocation.signed.tolist() == [0]
    assert worths(result, only_binding=True) == ()
    assert "it comes with G, which this plan does not sign" in about_offer(result, "tied")[0].text
    assert reasons_against(result, "work", {"rent"}) == {"tied": "it comes with G, which this plan does not sign"}


def test_chips_that_stand_are_part_of_the_budget_that_a_worth_is_true_for():
    # 50 chips stand, of 200 for all the work, at 2 USD an hour.
    budget = {"id": "b", "name": "B", "kind": "budget", "limit": 2e6}
    (limit,) = worths(solve_plan(plan_of(offers=[STANDING], policies=[budget], plan=YEAR)), only_binding=True)
    assert (limit.size + limit.less_until, limit.size + limit.more_until) == pytest.approx(
        (50 * 2 * HOURS, 200 * 2 * HOURS)
    )


def test_chips_that_stand_are_part_of_the_carbon_that_a_worth_is_true_for():
    # A chip in use emits 1 kW * 1.5 * 1000 g; 50 stand, and idle they emit half of that.
    cap = {"id": "c", "name": "C", "kind": "carbon", "limit": 1000}
    plan = plan_of(sites=[{"carbon_g_per_kwh": 1000}], offers=[STANDING], policies=[cap], plan=YEAR)
    (limit,) = worths(solve_plan(plan), only_binding=True)
    tonnes = 1.5 * HOURS / 1000
    assert limit.size + limit.less_until == pytest.approx(50 * tonnes)
    assert limit.size + limit.more_until == pytest.approx(200 * tonnes)


def test_a_limit_that_binds_for_several_is_worth_something_for_each():
    # Without either provider 30 % must be left: 60 chips of each, at 2 and at 3 USD an hour.
    rule = {"id": "r", "name": "R", "kind": "resilience", "dimension": "provider", "limit": 0.3}
    offers = [{}, {"id": "other", "provider": "other", "price_usd": 3}]
    plan = plan_of(offers=offers, workloads=[{"unmet_usd": 0}], policies=[rule], plan=YEAR)
    result = solve_plan(plan)
    limits = worths(result, only_binding=True)
    assert [limit.member for limit in limits] == ["work|cloud", "work|other"]
    assert [limit.one_more for limit in limits] == pytest.approx([2 * 3 * HOURS * FIRST, 2 * 2 * HOURS * FIRST])
    lower = solve_plan(with_fields(plan, "policies", "r", limit=0.29))
    assert result.kpis["objective_usd"] - lower.kpis["objective_usd"] == pytest.approx(10 * HOURS * FIRST)


def test_offers_that_cost_the_same_leave_the_choice_open():
    result = solve_plan(plan_of(offers=[{}, {"id": "twin", "name": "Twin"}], plan=YEAR))
    price_falls(result)
    chips = result.series("chips", "offer")
    (left,) = [offer for offer in ("rent", "twin") if chips[offer].max() == 0]
    assert "the choice between them is open" in about_offer(result, left)[0].text
    assert reasons_against(result, "work", {"rent", "twin"} - {left}) == {left: "it costs no less than what is used"}


def test_a_limit_that_only_the_choice_among_equals_uses_up_is_worth_nothing():
    offers = [{"supply_chips_per_month": 100 / 12}, {"id": "twin"}]
    assert not any(w.one_more for w in worths(solve_plan(plan_of(offers=offers, plan={"periods": 7}))))


def test_under_a_budget_an_offer_is_chosen_from_the_price_of_its_equal_on():
    # The budget makes each dollar worth 25: only what costs no more per chip gets any.
    budget = {"id": "b", "kind": "budget", "limit": 1e6}
    plan = plan_of(offers=[{}, {"id": "dear", "price_usd": 3}], policies=[budget], plan=YEAR)
    why = why_not(solve_plan(plan), "dear")
    assert why.price_needed == pytest.approx(2)
    for price, chosen in ((2.001, False), (1.999, True)):
        tried = solve_plan(with_fields(plan, "offers", "dear", price_usd=price))
        assert (tried.series("chips", "offer")["dear"].max() > 0) == chosen


def test_what_is_spent_under_a_commitment_is_not_what_keeps_an_offer_out():
    # Whatever its price, a dollar spent on it is a dollar less of the shortfall: its electricity keeps it out.
    offers = [{"agreement": "g"}, {"id": "own", "agreement": "g", "energy_included": False, "price_usd": 5}]
    result = solve_plan(plan_of(offers=offers, agreements=[SIGNED], plan=YEAR))
    assert why_not(result, "own").price_needed == -np.inf
    assert "even free of charge it would not lower the cost" in about_offer(result, "own")[0].text


def test_the_price_that_is_said_is_low_enough():
    plan = plan_of(offers=[{"price_usd": 2.00057}, {"id": "dear", "name": "Dear", "price_usd": 3.3}], plan=YEAR)
    result = solve_plan(plan)
    price_falls(result)
    text = about_offer(result, "dear")[0].text
    assert "from 3.3 to 2 USD" in text
    assert solve_plan(with_fields(plan, "offers", "dear", price_usd=2.0)).series("chips", "offer")["dear"].max() > 0


def test_what_the_solver_leaves_of_nothing_draws_nothing():
    result = solve_plan(plan_of(offers=[{}, {"id": "dear", "name": "Dear", "price_usd": 9}]))
    active = result.allocation.active + np.array([[0.0], [1e-11]])
    dusty = dataclasses.replace(result, allocation=dataclasses.replace(result.allocation, active=active))
    said = [s.text for s in about_site(dusty, "here")]
    assert any(text.startswith("Rent draws") for text in said)
    assert not any(text.startswith("Dear draws") for text in said)
