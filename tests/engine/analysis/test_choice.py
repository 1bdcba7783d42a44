"""What to sign now: candidates in worlds, what they decide differently, and the ready-made worlds."""

from __future__ import annotations

import pytest

from gigaplan.engine.analysis.decisions.choice import choose, differences_now
from gigaplan.engine.analysis.decisions.ready_worlds import ready_worlds
from gigaplan.engine.analysis.decisions.worlds import World, bare, worlds_of
from gigaplan.engine.plan.plan import Plan, find, with_row
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.engine.validation.rules import check, errors
from tests.engine.plans import plan_of


def bought(demand: float = 100.0) -> Plan:
    """One period; a chip that is bought now does 0.5 PFLOP/s of work that is worth 100 USD per PFLOP/s and hour."""
    return plan_of(
        plan={"periods": 1, "discount_rate": 0.0},
        offers=[{"kind": "purchase", "price_usd": 100_000, "id": "buy", "name": "Buy"}],
        workloads=[{"demand": demand}],
    )


def test_the_hedged_plan_is_never_worse_than_another_and_each_is_best_in_its_own_world() -> None:
    worlds = [World("calm", 0.7, bought(100.0)), World("rush", 0.3, bought(300.0))]
    found = choose(worlds, 6.0)
    assert found.status == "optimal"
    hedge, calm, rush = found.candidates
    assert [c.id for c in found.candidates] == ["hedge", "calm", "rush"]
    assert hedge.expected_usd <= min(calm.expected_usd, rush.expected_usd) * (1 + 1e-9)
    assert calm.worlds[0].regret_usd == pytest.approx(0.0, abs=1.0)
    assert rush.worlds[1].regret_usd == pytest.approx(0.0, abs=1.0)
    assert calm.worlds[1].regret_usd > 0
    assert found.evpi_usd >= 0
    # Without the only vendor nothing is served.
    assert next(x for x in found.losses if x.dimension == "vendor").served == {"work": pytest.approx(0.0, abs=1e-9)}


def test_what_differs_now_is_chips_by_offer() -> None:
    worlds = [World("calm", 0.5, bought(100.0)), World("rush", 0.5, bought(300.0))]
    _, calm, rush = choose(worlds, 6.0).candidates
    (apart,) = differences_now(calm.decision, rush.decision)
    assert (apart.kind, apart.id) == ("deliveries", "buy")
    assert apart.other == pytest.approx(3 * apart.one)
    assert differences_now(calm.decision, calm.decision) == []


def test_every_ready_made_world_is_a_scenario_that_the_plan_takes() -> None:
    plan = plan_of(services=[])
    ready = ready_worlds(plan)
    assert {r.name for r in ready} == {
        "Demand halves", "Demand doubles", "Prices 30 % higher", "Prices 30 % lower", "Carbon at 100 USD/t",
        "acme a year late", "acme lost", "Here a year late",
    }  # fmt: skip
    for each in ready:
        scenario = each.scenario(plan)
        wide = with_row(plan, "scenarios", scenario)
        assert not errors(check(apply_scenario(wide, scenario.id))), each.name
        assert len(worlds_of(wide)) == 2
    late = with_row(plan, "scenarios", next(r for r in ready if r.name == "acme a year late").scenario(plan))
    supply = find(bare(late, late.scenarios[0].id), "offers", "rent").supply_chips_per_month
    assert [value for _, value in supply.steps] == [0.0, None, None, None]
