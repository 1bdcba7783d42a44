"""What binds and why not: each worth and each price is tried by moving the input a little."""

import numpy as np
import pytest

from gigaplan.engine.analysis.shadow_prices import worths
from gigaplan.engine.analysis.why_not_chosen import why_not
from gigaplan.engine.plan.plan import with_fields
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.templates import load_template
from tests.engine.analysis.moved_plans import drop
from tests.engine.plans import plan_of


@pytest.fixture(scope="module", params=["rainier", "startup"])
def solved(request):
    result = solve_plan(load_template(request.param))
    assert result.status == "optimal"
    return result


def test_one_more_unit_is_worth_what_it_saves():
    solved = solve_plan(load_template("rainier"))
    found = [w for w in worths(solved, only_binding=True) if w.one_more > 0 and not w.is_whole and w.kind != "share"]
    assert {"power", "supply"} <= {worth.kind for worth in found}
    tried = 0
    for worth in sorted(found, key=lambda w: -w.one_more)[:25]:
        room = worth.size if worth.more_until is None else worth.more_until
        if room > 1e-4 * worth.size:
            assert drop(solved, worth, room / 2) == pytest.approx(worth.one_more * room / 2, rel=1e-4)
            tried += 1
    assert tried >= 10


def test_worths_of_policies_by_hand():
    # 200 chips would cost 2 USD an hour; the policy asks for 60 % of work worth nothing: each point costs 2 chips.
    policy = {"id": "p", "name": "P", "kind": "coverage", "scope": "work", "limit": 0.6}
    result = solve_plan(plan_of(workloads=[{"unmet_usd": 0}], policies=[policy], plan={"periods": 1}))
    (limit,) = worths(result, only_binding=True)
    assert (limit.kind, limit.id, limit.unit) == ("coverage", "p", "percentage point")
    assert limit.one_more == pytest.approx(2 * 2 * 730.5 * 12 * 1.1**-0.5)


def test_a_budget_is_worth_what_its_last_dollar_earns():
    # A chip-hour costs 2 and does 0.5 PFLOP/s-hours worth 100 each: one more USD earns 25, less itself.
    policy = {"id": "b", "name": "B", "kind": "budget", "limit": 1e6}
    result = solve_plan(plan_of(policies=[policy], plan={"periods": 1, "overhead_fraction": 0.2}))
    (limit,) = worths(result, only_binding=True)
    assert limit.one_more == pytest.approx((0.8 * 25 - 1) * 1.1**-0.5)


def test_an_offer_is_chosen_just_below_the_price_that_it_needs(solved):
    tried = 0
    for offer in solved.plan.offers:
        dear = tuple(v * 3 for v in solved.time.values(offer.price_usd))
        plan = with_fields(solved.plan, "offers", offer.id, price_usd=dear)
        result = solve_plan(plan)
        why = why_not(result, offer.id)
        if result.series("deliveries", "offer").get(offer.id, np.zeros(1)).sum() > 0 or why.no_delivery:
            continue
        at = result.time.labels.index(why.period)
        assert why.price_now == pytest.approx(dear[at])
        for factor, chosen in ((1.01, False), (0.99, True)):
            prices = list(dear)
            prices[at] = why.price_needed * factor
            tried_plan = with_fields(plan, "offers", offer.id, price_usd=tuple(prices))
            delivered = solve_plan(tried_plan).series("deliveries", "offer")[offer.id].sum()
            assert (delivered > 1e-6) == chosen, (offer.id, why, factor)
        tried += 1
        if tried == 5:
            break
    assert tried >= 2


def test_rules_that_shut_an_offer_out_are_named():
    result = solve_plan(
        plan_of(
            sites=[{}, {"id": "eu", "name": "Europe", "jurisdiction": "EU"}],
            offers=[{}, {"id": "spot", "interruptible": True}, {"id": "open", "sensitivity": "public"},
                    {"id": "late", "lead_months": 60}],
            workloads=[{"jurisdictions": ["US"], "sensitivity": "internal"}],
        )
    )  # fmt: skip
    assert {s.site for s in why_not(result, "rent").shut} == {"eu"}
    assert "interrupted" in why_not(result, "spot").shut[0].why
    assert "trusted up to public" in why_not(result, "open").shut[0].why
    assert "lead time" in why_not(result, "late").no_delivery
