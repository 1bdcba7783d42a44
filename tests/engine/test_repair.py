"""Planted conflicts: the culprit is named, and each mend mends."""

import pytest

from engine.plan import with_row
from engine.repair import diagnose
from engine.schema import Policy
from engine.solve import solve_plan
from engine.templates import load_template
from tests.engine.plans import plan_of

ALL = {"id": "all", "name": "All of it", "kind": "coverage", "scope": "work", "limit": 0.9}


def mended(plan):
    assert solve_plan(plan).status == "infeasible"
    found = diagnose(plan)
    assert found.mends
    for mend in found.mends:
        assert solve_plan(mend.apply(plan)).status == "optimal", mend.text
    assert [m.relative for m in found.mends] == sorted(m.relative for m in found.mends)
    return found


def test_too_little_power_for_a_promise():
    # 0.15 MW feeds half of the work: 90 % needs 0.27 MW, or half must be accepted.
    found = mended(plan_of(sites=[{"power_mw": 0.15}], policies=[ALL], plan={"periods": 2}))
    assert found.conflict == ("power at Here", "All of it")
    texts = [m.text for m in found.mends]
    assert texts == ["accept 50 % for All of it", "+0.12 MW at Here"]
    assert found.short == ("All of it cannot be met for Work from 2026: short by up to 44.4 % of it",)


def test_too_little_supply_and_another_jurisdiction():
    plan = plan_of(
        sites=[{"power_mw": 0.15}, {"id": "eu", "name": "Europe", "jurisdiction": "EU"}],
        workloads=[{"jurisdictions": ["US"]}],
        policies=[ALL],
    )
    assert "let Work run in EU" in [m.text for m in mended(plan).mends]
    scarce = plan_of(offers=[{"supply_chips": 100}], policies=[ALL], plan={"periods": 1})
    assert "+80 chips a period of Rent" in [m.text for m in mended(scarce).mends]


def test_a_share_that_nobody_can_keep():
    share = {"id": "s", "name": "Half", "kind": "share", "dimension": "vendor", "metric": "power", "limit": 0.5}
    found = mended(plan_of(policies=[ALL, share]))
    assert set(found.conflict) == {"All of it", "Half"}
    assert {m.text for m in found.mends} == {"accept 100 % for Half", "accept 0 % for All of it"}


def test_a_budget_against_a_promise():
    # 90 % of the work is 180 chips at 2 USD an hour: 3.16 M a year.
    budget = {"id": "b", "name": "Purse", "kind": "budget", "limit": 1e6}
    found = mended(plan_of(policies=[ALL, budget]))
    assert set(found.conflict) == {"All of it", "Purse"}
    assert found.mends[0].text.startswith("accept 28.5 %")
    assert found.mends[1].changes[0].value == pytest.approx(180 * 2 * 8766, rel=0.005)


def test_installed_chips_that_draw_more_than_there_is():
    lot = {"installed": [{"site": "here", "chips": 8000, "months_left": 24}]}
    found = mended(plan_of(offers=[lot]))
    assert found.conflict == ("power at Here",)
    assert [m.text for m in found.mends] == ["+2 MW at Here"]


def test_two_limits_that_must_move_together():
    plan = plan_of(
        workloads=[{}, {"id": "other", "name": "Other"}],
        offers=[{"supply_chips": 50}],
        sites=[{"power_mw": 0.05}],
        policies=[ALL, ALL | {"id": "two", "name": "Two", "scope": "other"}],
        plan={"periods": 1},
    )
    (mend,) = mended(plan).mends
    assert len(mend.changes) >= 2


def test_eu_chat_on_the_frontier_plan():
    plan = load_template("frontier-1gw")
    policy = Policy(id="cov", name="EU chat in full", kind="coverage", scope="chat_eu", limit=1.0)
    found = mended(with_row(plan, "policies", policy))
    assert found.conflict == ("power at Hamina", "power at Dublin", "EU chat in full")
    assert found.short[0].startswith("EU chat in full cannot be met for Chat serving, EU from 20")
