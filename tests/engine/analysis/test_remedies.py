"""Planted conflicts: the culprit is named, and each remedy works."""

import dataclasses

import numpy as np
import pytest

from gigaplan.engine.analysis.infeasibility import relaxation
from gigaplan.engine.analysis.infeasibility.relaxation import is_refuted
from gigaplan.engine.analysis.infeasibility.remedies import Case, diagnose
from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.plan.plan import with_fields, with_row
from gigaplan.engine.plan.schema import Policy
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.templates import load_template
from tests.engine.plans import plan_of

ALL = {"id": "all", "name": "All of it", "kind": "coverage", "scope": "work", "limit": 0.9}


def relieved(plan):
    assert solve_plan(plan).status == "infeasible"
    found = diagnose(plan)
    assert found.remedies
    for remedy in found.remedies:
        assert solve_plan(remedy.apply(plan)).status == "optimal", remedy.text
    assert [m.relative for m in found.remedies] == sorted(m.relative for m in found.remedies)
    return found


def test_too_little_power_for_a_floor():
    # 0.15 MW feeds half of the work: 90 % needs 0.27 MW, or half must be accepted.
    found = relieved(plan_of(sites=[{"power_mw": 0.15}], policies=[ALL], plan={"periods": 2}))
    assert found.conflict == ("power at Here", "All of it")
    texts = [m.text for m in found.remedies]
    assert texts == ["accept 50 % for All of it", "+0.12 MW at Here"]
    assert found.short == ("All of it cannot be met for Work from 2026: short by up to 44.4 % of it",)


def test_too_little_supply_and_another_jurisdiction():
    plan = plan_of(
        sites=[{"power_mw": 0.15}, {"id": "eu", "name": "Europe", "jurisdiction": "EU"}],
        workloads=[{"jurisdictions": ["US"]}],
        policies=[ALL],
    )
    assert "let Work run in EU" in [m.text for m in relieved(plan).remedies]
    scarce = plan_of(offers=[{"supply_chips_per_month": 100 / 12}], policies=[ALL], plan={"periods": 1})
    assert "+6.67 chips a month of Rent" in [m.text for m in relieved(scarce).remedies]


@pytest.mark.parametrize(("least", "more"), [(50, 6.67), (120, 6.67), (500, 33.4)])
def test_more_supply_of_an_offer_with_a_least_order(least, more):
    # 90 % of the work is 180 chips, and an order of fewer than the least is none.
    offer = {"supply_chips_per_month": 100 / 12, "min_order_chips": least}
    found = relieved(plan_of(offers=[offer], policies=[ALL], plan={"periods": 1}))
    assert found.conflict == ("supply of Rent", "All of it")
    assert f"+{more} chips a month of Rent" in [m.text for m in found.remedies]


def test_limits_that_conflict_only_because_decisions_are_whole():
    # With half of an order, 90 % of the work would cost half of it.
    budget = {"id": "b", "name": "Purse", "kind": "budget", "limit": 180 * 2 * 8766 * 1.5}
    offer = {"supply_chips_per_month": 1e4, "min_order_chips": 360}
    found = relieved(plan_of(offers=[offer], policies=[ALL, budget], plan={"periods": 1}))
    assert found.conflict == ("All of it", "Purse")


def test_a_floor_in_dated_steps_within_a_period():
    # The mean of the year is 0.5, but no plan keeps any of the two.
    steps = {"steps": [["2026-01", 0.2], ["2026-07", 0.8]]}
    found = relieved(plan_of(sites=[{"power_mw": 0}], policies=[ALL | {"limit": steps}], plan={"periods": 1}))
    assert "accept 0 % for All of it" in [m.text for m in found.remedies]


def test_a_share_that_nobody_can_keep():
    share = {"id": "s", "name": "Half", "kind": "share", "dimension": "vendor", "metric": "power", "limit": 0.5}
    found = relieved(plan_of(policies=[ALL, share]))
    assert set(found.conflict) == {"All of it", "Half"}
    assert {m.text for m in found.remedies} == {"accept 100 % for Half", "accept 0 % for All of it"}


def test_a_budget_against_a_floor():
    # 90 % of the work is 180 chips at 2 USD an hour: 3.16 M a year.
    budget = {"id": "b", "name": "Purse", "kind": "budget", "limit": 1e6}
    found = relieved(plan_of(policies=[ALL, budget]))
    assert set(found.conflict) == {"All of it", "Purse"}
    assert found.remedies[0].text.startswith("accept 28.5 %")
    assert found.remedies[1].changes[0].value == pytest.approx(180 * 2 * 8766, rel=0.005)


def test_installed_chips_that_draw_more_than_there_is():
    lot = {"can_switch_off": False, "installed": [{"site": "here", "chips": 8000, "months_left": 24}]}
    found = relieved(plan_of(offers=[lot]))
    assert found.conflict == ("power at Here",)
    assert [m.text for m in found.remedies] == ["+2 MW at Here"]


def test_two_limits_that_must_move_together():
    plan = plan_of(
        workloads=[{}, {"id": "other", "name": "Other"}],
        offers=[{"supply_chips_per_month": 50 / 12}],
        sites=[{"power_mw": 0.05}],
        policies=[ALL, ALL | {"id": "two", "name": "Two", "scope": "other"}],
        plan={"periods": 1},
    )
    (remedy,) = relieved(plan).remedies
    assert len(remedy.changes) >= 2


HALF = {"id": "s", "name": "Half", "kind": "share", "dimension": "vendor", "metric": "power", "limit": 0.5}


def test_a_share_and_a_limit_that_must_move_together():
    # What stands draws 12 MW where there are 10, and is of one vendor alone.
    lot = {"can_switch_off": False, "installed": [{"site": "here", "chips": 8000, "months_left": 24}]}
    (remedy,) = relieved(plan_of(offers=[lot], policies=[HALF])).remedies
    assert remedy.text == "+2 MW at Here and accept 100 % for Half"
    assert [(c.table, c.field) for c in remedy.changes] == [("sites", "power_mw"), ("policies", "limit")]


def test_two_shares_that_must_move_together_and_one_that_need_not():
    lot = {"can_switch_off": False, "installed": [{"site": "here", "chips": 100, "months_left": 24}]}
    site = HALF | {"id": "t", "name": "Spread", "dimension": "site", "limit": 0.2}
    idle = HALF | {"id": "u", "name": "Idle", "dimension": "site", "scope": "far", "limit": 0.1}
    sites = [{}, {"id": "far", "name": "Far"}]
    (remedy,) = relieved(
        plan_of(offers=[lot | {"supply_chips_per_month": 0}], sites=sites, policies=[HALF, site, idle])
    ).remedies
    assert remedy.text == "accept 100 % for Half and accept 100 % for Spread"


def test_a_share_is_never_raised_above_all_of_it():
    # One period needs all of it, and the other, at 90 %, needs no more than that either.
    lot = {"can_switch_off": False, "installed": [{"site": "here", "chips": 100, "months_left": 24}]}
    share = HALF | {"limit": [0.5, 0.9]}
    (remedy,) = relieved(plan_of(offers=[lot], policies=[share], plan={"periods": 2})).remedies
    assert (remedy.text, remedy.changes[0].value) == ("accept 100 % for Half", (1.0, 1.0))


def test_power_behind_a_signature_that_is_not_given_yet():
    # As without an agreement: that no more than 0.15 MW of chips may be signed for today is no limit of its own.
    deal = {"id": "deal", "name": "Deal", "provider": "cloud", "start": "2026-01", "months": 24,
            "commit_usd_per_year": 1e5, "status": "optional"}  # fmt: skip
    for power, texts in ((0.15, ["accept 50 % for All of it", "+0.12 MW at Here"]),
                         (0.0, ["accept 0 % for All of it", "+0.27 MW at Here"])):  # fmt: skip
        found = relieved(
            plan_of(
                sites=[{"power_mw": power}],
                offers=[{"agreement": "deal"}],
                agreements=[deal],
                policies=[ALL],
                plan={"periods": 2},
            )
        )
        assert set(found.conflict) == {"power at Here", "All of it"}
        assert [m.text for m in found.remedies] == texts


def test_supply_behind_a_signature_where_power_has_no_limit():
    deal = {"id": "deal", "name": "Deal", "provider": "cloud", "start": "2026-01", "months": 12,
            "commit_usd_per_year": 0, "status": "optional"}  # fmt: skip
    found = relieved(
        plan_of(
            sites=[{"power_mw": None}],
            offers=[{"agreement": "deal", "supply_chips_per_month": 100 / 12}],
            agreements=[deal],
            policies=[ALL],
            plan={"periods": 1},
        )
    )
    assert set(found.conflict) == {"supply of Rent", "All of it"}
    assert [m.text for m in found.remedies] == ["accept 50 % for All of it", "+6.67 chips a month of Rent"]


def test_a_floor_over_the_horizon_that_asks_less_of_one_year():
    # 0.06 MW feeds 40 chips, 20 PFLOP/s: 40 of the 200 over both years, where 100 are wanted. 20 % and 80 % less
    # 40 % each is nothing and 40 %, since which is below zero cannot be asked: 30 % each would leave 50.
    floor = {"id": "p", "name": "Promise", "kind": "coverage", "scope": "work", "limit": [0.2, 0.8]}
    found = relieved(
        plan_of(sites=[{"power_mw": 0.06}], workloads=[{"flexible": True}], policies=[floor], plan={"periods": 2})
    )
    (own,) = [m for m in found.remedies if m.changes[0].table == "policies"]
    assert own.text == "accept 0 % to 40 % for Promise"
    assert own.changes[0].value == pytest.approx((0.0, 0.4), abs=0.001)


def test_a_floor_that_nobody_can_keep_is_the_whole_conflict():
    # Without any of four sites 90 % is to be served, which is 120 % with all of them: no budget is to blame for that.
    rule = {"id": "r", "name": "Spread", "kind": "resilience", "dimension": "site", "scope": "*", "limit": 0.9}
    purse = {"id": "b", "name": "Purse", "kind": "budget", "limit": 0}
    sites = [{"id": f"s{k}", "name": f"Site {k}"} for k in range(4)]
    assert relieved(plan_of(sites=sites, policies=[purse, rule])).conflict == ("Spread",)


def test_eu_chat_on_the_frontier_plan():
    plan = load_template("frontier-1gw")
    for site in ("hamina", "dublin"):
        plan = with_fields(plan, "sites", site, power_mw=2.0)
    policy = Policy(id="cov", name="EU chat in full", kind="coverage", scope="chat_eu", limit=1.0)
    found = relieved(with_row(plan, "policies", policy))
    assert found.conflict == ("power at Hamina", "power at Dublin", "EU chat in full")
    assert found.short[0].startswith("EU chat in full cannot be met for Chat serving, EU: short by up to ")


HALF_POWER = {"sites": [{"power_mw": 0.15}], "policies": [ALL], "plan": {"periods": 2}}


def test_each_remedy_is_told_as_soon_as_it_is_found():
    told = []
    found = diagnose(plan_of(**HALF_POWER), told=told.append)
    assert sorted(told, key=lambda m: m.relative) == list(found.remedies)


def test_a_large_plan_has_the_remedies_that_a_small_one_has(monkeypatch):
    plans = [plan_of(**HALF_POWER), plan_of(**HALF_POWER, offers=[{"supply_chips_per_month": 4}])]
    found = [relieved(plan) for plan in plans]
    # As in large programs: each is made smaller, and solved from nothing by the interior point method.
    monkeypatch.setattr(relaxation, "LARGE", 1)
    monkeypatch.setattr(relaxation, "ANEW", 1)
    assert [relieved(plan) for plan in plans] == found


def test_prices_refute_what_has_no_solution_and_nothing_else():
    plan = plan_of(**HALF_POWER)
    search = relaxation.Search(lambda: False)
    case = Case.of(search, plan)
    ((_, prices),) = search._proofs
    rows = np.arange(len(case.program.row_upper))
    assert is_refuted(build(inputs_of(plan)), prices[rows])
    fed, enough = (with_fields(plan, "sites", "here", power_mw=mw) for mw in (0.26, 0.28))  # 0.27 MW feed 90 %
    assert is_refuted(build(inputs_of(fed)), prices[rows])
    assert not is_refuted(build(inputs_of(enough)), prices[rows])
    program = build(inputs_of(plan))
    for k in np.flatnonzero(prices[rows]).tolist():  # without a row that it counts on, it says nothing
        lower, upper = program.row_lower.copy(), program.row_upper.copy()
        lower[k], upper[k] = -np.inf, np.inf
        assert not is_refuted(dataclasses.replace(program, row_lower=lower, row_upper=upper), prices[rows])
