"""Decisions before anyone knows: small worlds whose answers are found by hand."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import msgspec
import numpy as np
import pytest

from gigaplan.engine.analysis.cases import on
from gigaplan.engine.analysis.decisions.alternatives import Alternative, alternatives, near, signed_in_all
from gigaplan.engine.analysis.decisions.choice import leaving
from gigaplan.engine.analysis.decisions.exits import Exit
from gigaplan.engine.analysis.decisions.flips import Begin, flips, with_value
from gigaplan.engine.analysis.decisions.frontier import frontier, risk_frontier, risk_frontier_of, with_scenario_for
from gigaplan.engine.analysis.decisions.joint_program import Risk, joint
from gigaplan.engine.analysis.decisions.losses import losses
from gigaplan.engine.analysis.decisions.two_stage import Hedge, decision_of, hedge, held_in, own_optima, waiting
from gigaplan.engine.analysis.decisions.worlds import World, WorldProgram, mean_plan, shared_out, worlds_of
from gigaplan.engine.analysis.uncertainty import cvar
from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.plan.plan import Plan, find, with_fields
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.engine.plan.schema import Override, Scenario
from gigaplan.engine.solve.solve import solve_plan
from tests.engine.plans import plan_of

YEAR = 8766.0
FREE = {"electricity_usd_per_mwh": 0.0, "power_mw": None}
PLAIN = {"discount_rate": 0.0, "residual_fraction": 0.0}
BOUGHT = {"id": "buy", "kind": "purchase", "price_usd": 1000.0}
VALUE = 1500 / (0.5 * YEAR)
"""USD per PFLOP/s and hour: 1,500 USD a year for what a chip does (0.5 PFLOP/s)."""


def vendor_plan(demand: float = 100.0, **settings: object) -> Plan:
    """One year, chips at 1,000 USD that are worth nothing at its end; work that is not done loses 1,500 USD a chip."""
    return plan_of(
        plan=PLAIN | {"periods": 1} | settings,
        sites=[FREE],
        offers=[BOUGHT],
        workloads=[{"demand": demand, "unmet_usd": VALUE}],
    )


def worlds(**demands: tuple[float, float]) -> list[World]:
    """Worlds by name: (weight, demand)."""
    return shared_out(World(id, weight, vendor_plan(demand)) for id, (weight, demand) in demands.items())


NEWS = {"low": (0.3, 50.0), "middle": (0.4, 100.0), "high": (0.3, 200.0)}


def test_a_newsvendor_buys_up_to_the_fractile() -> None:
    """A chip more is worth it while the chance that it is used is at least 1,000 / 1,500. At 100 PFLOP/s it is 0.7,
    above it 0.3: 200 chips. They cost 200,000; in the high world 200 chips' work is lost, 300,000, of 0.3."""
    found = hedge(worlds(**NEWS), 12.0, mean=World("mean", 1.0, vendor_plan(115.0)))
    assert found.status == "optimal"
    assert found.decision is not None
    assert sum(found.decision.values()) == pytest.approx(200.0)
    assert found.expected_usd == pytest.approx(200_000 + 0.3 * 300_000)
    # Known beforehand: 100, 200 or 400 chips, 230,000 on average.
    assert found.evpi_usd == pytest.approx(60_000)
    # For the mean demand, 115: 230 chips, and 170 chips' work lost in the high world.
    assert found.vss_usd == pytest.approx(230_000 + 0.3 * 255_000 - 290_000)
    assert [w.regret_usd for w in found.worlds] == pytest.approx([100_000, 0, 100_000])
    assert found.worlds[2].coverage["work"] == pytest.approx(0.5)


def test_who_minds_the_worst_alone_buys_for_it() -> None:
    """CVaR of the worst 0.3 is the cost in the high world, which falls by 500 USD with each chip up to 400."""
    found = hedge(worlds(**NEWS), 12.0, risk=Risk(1.0, 0.7))
    assert found.decision is not None
    assert sum(found.decision.values()) == pytest.approx(400.0)
    assert found.cvar_usd == pytest.approx(400_000)


def test_the_cvar_of_a_known_distribution() -> None:
    """Of ten equally likely costs 1 to 10, the worst quarter are 10, 9 and half of 8: (1 + 0.9 + 0.4) / 0.25."""
    assert cvar([(0.1, float(k)) for k in range(1, 11)], 0.75) == pytest.approx((1.0 + 0.9 + 0.4) / 0.25)
    assert cvar([(0.5, 3.0), (0.5, 1.0)], 0.0) == pytest.approx(2.0)


def test_what_is_ordered_after_the_date_follows_the_world() -> None:
    """Decided at the start, nothing is here and now: each world has its own optimum, and knowing is worth nothing."""
    found = hedge(worlds(**NEWS), 0.0)
    assert found.expected_usd == pytest.approx(230_000)
    assert found.evpi_usd == pytest.approx(0.0, abs=1e-3)


def test_a_lead_time_makes_a_later_delivery_a_decision_of_now() -> None:
    """Two years, work in the second alone: with twelve months of lead it is ordered at the start."""

    def plan(demand: float, lead: int) -> Plan:
        offer = BOUGHT | {"lead_months": lead}
        work = {"demand": [0.0, demand], "unmet_usd": VALUE}
        return plan_of(plan=PLAIN | {"periods": 2}, sites=[FREE], offers=[offer], workloads=[work])

    def cost(lead: int) -> Hedge:
        return hedge(shared_out(World(n, w, plan(d, lead)) for n, (w, d) in NEWS.items()), 12.0)

    assert cost(12).expected_usd == pytest.approx(290_000)
    assert cost(0).expected_usd == pytest.approx(230_000)


def signing(low: float) -> Hedge:
    """Half price for who spends 100,000 a year, whose signature is all that is decided now."""

    def plan(chips: float) -> Plan:
        return plan_of(
            plan=PLAIN | {"periods": 1},
            sites=[FREE],
            offers=[BOUGHT, BOUGHT | {"id": "deal", "agreement": "deal"}],
            workloads=[{"demand": chips / 2, "unmet_usd": 100 * VALUE}],
            agreements=[
                {"id": "deal", "name": "Deal", "provider": "cloud", "start": "2026-01", "months": 12,
                 "commit_usd_per_year": 100_000, "discount": 0.5, "status": "optional"},
            ],
        )  # fmt: skip

    return hedge(shared_out([World("few", low, plan(50.0)), World("many", 1 - low, plan(400.0))]), 0.0)


def test_a_commitment_is_signed_where_the_odds_are_for_it() -> None:
    """Signed: 100,000 where few chips are wanted, 200,000 where many; without it 50,000 and 400,000."""
    even, unlikely = signing(0.5), signing(0.9)
    assert even.expected_usd == pytest.approx(0.5 * 100_000 + 0.5 * 200_000)
    assert unlikely.expected_usd == pytest.approx(0.9 * 50_000 + 0.1 * 400_000)


def renting(year_two: float, months: int = 12) -> Plan:
    """Two years, work for 200 chips in the first; a chip a year costs 1,000, half of it under a deal that commits to
    100,000 a year."""
    a_year = {"price_usd": 1000 / YEAR, "energy_included": True, "term_months": months}
    return plan_of(
        plan=PLAIN | {"periods": 24 // months, "months_per_period": months},
        sites=[FREE],
        offers=[a_year, a_year | {"id": "deal", "agreement": "deal"}],
        workloads=[{"demand": {"steps": [["2026-01", 100.0], ["2027-01", year_two]]}, "unmet_usd": 100 * VALUE}],
        agreements=[
            {"id": "deal", "name": "Deal", "provider": "cloud", "start": "2026-01", "months": 24,
             "commit_usd_per_year": 100_000, "discount": 0.5, "status": "optional"},
        ],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("date", "fee", "decided", "worth", "left"),
    [
        # Where nothing is wanted in the second year, 100,000 are owed for it; in the other world it is kept.
        ("2027-01", 0.0, 12.0, 50_000, ("few",)),
        ("2027-01", 30_000.0, 12.0, 35_000, ("few",)),
        ("2027-01", 120_000.0, 12.0, 0.0, ()),
        # Of the second year half is owed.
        ("2027-07", 10_000.0, 12.0, 20_000, ("few",)),
        # Left before it is known which world comes, it is left in both: 130,000 and 230,000 + 30,000, instead of
        # 200,000 each.
        ("2027-01", 30_000.0, 13.0, 0.0, ()),
    ],
)
def test_an_exit_is_worth_what_is_not_owed_less_its_fee(
    date: str, fee: float, decided: float, worth: float, left: tuple[str, ...]
) -> None:
    each = shared_out([World("few", 0.5, renting(0.0, 6)), World("many", 0.5, renting(100.0, 6))])
    found = leaving(own_optima(each), Exit("deal", date, fee), decided)
    assert found.without_usd == pytest.approx(200_000)
    assert found.worth_usd == pytest.approx(worth, abs=1e-3)
    assert found.left_in == left


def test_nothing_is_bought_under_an_agreement_that_is_left() -> None:
    """Without commitment in the second year, 100 chips would be cheaper under the deal: only who stays has them."""
    world = World("many", 1.0, renting(50.0))
    known = own_optima([world], exits=(Exit("deal", "2027-01", 0.0),))
    # Stay: 100,000 + 100,000, half of it for nothing; leave: 100,000, and 100 chips at 1,000.
    assert known.owns[0].objective == pytest.approx(200_000)
    dear = own_optima([World("many", 1.0, renting(45.0))], exits=(Exit("deal", "2027-01", 5_000.0),))
    assert dear.owns[0].objective == pytest.approx(100_000 + 90_000 + 5_000)


@pytest.mark.parametrize(
    ("exit", "words"),
    [
        (Exit("ideal", "2027-01", 0.0), 'no agreement "ideal"'),
        (Exit("deal", "2026-01", 0.0), "not within its term"),
        (Exit("deal", "2028-01", 0.0), "not within its term"),
        (Exit("deal", "2027-01", -1.0), "0 or more"),
    ],
)
def test_an_exit_that_cannot_be_is_refused(exit: Exit, words: str) -> None:
    with pytest.raises(PlanError, match=words):
        own_optima([World("few", 1.0, renting(0.0))], exits=(exit,))


def test_a_signature_among_signed_contracts_is_a_decision_of_now() -> None:
    """The first contract is signed and the second may be: no loss, and no world, signs it later."""
    contract = {"id": "a", "name": "A", "site": "here", "provider": "grid", "mw": 1, "start": "2026-01"}
    plan = plan_of(
        plan=PLAIN | {"periods": 1},
        sites=[FREE],
        power_contracts=[contract | {"status": "signed"}, contract | {"id": "b", "status": "optional"}],
    )
    program = WorldProgram.of(World("base", 1.0, plan))
    now = {program.names[k] for k in np.flatnonzero(program.here_and_now(0.0)).tolist()}
    assert ("contracted", "b") in now


def test_no_plan_held_beats_the_hedge_and_the_hedge_held_is_itself() -> None:
    found = hedge(worlds(**NEWS), 12.0)
    programs = [WorldProgram.of(world) for world in worlds(**NEWS)]
    owns = [Solver().solve(program.program) for program in programs]
    assert found.decision is not None
    again = held_in(programs, found.decision, 12.0, [own.objective for own in owns])
    assert [w.cost_usd for w in again] == pytest.approx([w.cost_usd for w in found.worlds])
    for program, own in zip(programs, owns, strict=True):
        held = held_in(programs, decision_of(program, own, 12.0), 12.0, [None] * 3)
        assert sum(w.weight * (w.cost_usd or math.inf) for w in held) >= (found.expected_usd or 0.0) - 1e-3


def test_a_plan_that_a_world_cannot_hold_is_none_there() -> None:
    rich, poor = vendor_plan(100.0), with_fields(vendor_plan(100.0), "offers", "buy", available_from="2030-01")
    own = WorldProgram.of(World("rich", 1.0, rich))
    decision = decision_of(own, Solver().solve(own.program), 12.0)
    (found,) = held_in([WorldProgram.of(World("poor", 1.0, poor))], decision, 12.0, [None])
    assert (found.status, found.cost_usd) == ("infeasible", None)


def test_the_mean_of_worlds_takes_each_moved_number() -> None:
    mean = mean_plan(vendor_plan(1.0), worlds(**NEWS), [("workloads", "work", "demand")])
    assert mean.workloads[0].demand == pytest.approx((115.0,))


def test_weights_that_are_none_are_refused() -> None:
    with pytest.raises(PlanError, match="no world has a weight above 0"):
        shared_out([World("a", 0.0, vendor_plan())])


def two_vendors() -> Plan:
    """Two vendors with 100 chips each, all in the first of two years, and work for 200."""
    chip = {"lifetime_months": 24}
    offer = BOUGHT | {"supply_chips_per_month": [100.0 / 12, 0.0]}
    return plan_of(
        plan=PLAIN | {"periods": 2},
        platforms=[chip, chip | {"id": "other", "vendor": "bolt", "stack": "t"}],
        sites=[FREE],
        offers=[offer | {"id": "a"}, offer | {"id": "b", "platform": "other", "provider": "mill"}],
        workloads=[{"demand": 100.0, "unmet_usd": 10 * VALUE}],
    )


def test_half_is_served_without_one_of_two_vendors() -> None:
    result = solve_plan(two_vendors())
    assert result.allocation is not None
    assert result.program is not None
    assert result.solution is not None
    found = losses(result.allocation.inputs, result.program, result.solution, start=1)
    by = {(loss.dimension, loss.member): loss for loss in found}
    assert by["vendor", "bolt"].served == pytest.approx({"work": 0.5})
    assert by["site", "here"].served == pytest.approx({"work": 0.0})
    assert found[0].served == pytest.approx({"work": 0.0})  # the worst first
    # 100,000 USD each for two times 100 chips, and half of a year's work lost: 100 chips at 15,000.
    assert by["vendor", "bolt"].cost_usd == pytest.approx(200_000 + 100 * 15_000)


def test_the_price_at_which_another_offer_is_chosen() -> None:
    """Work for 200 chips: rented at 1,000 a year each, or bought; above 1,500 neither is worth it."""
    plan = plan_of(
        plan=PLAIN | {"periods": 1},
        sites=[FREE],
        offers=[BOUGHT, {"id": "rent", "price_usd": 1200 / YEAR, "energy_included": True}],
        workloads=[{"demand": 100.0, "unmet_usd": VALUE}],
    )
    found = flips(plan, "offers", "buy", "price_usd", 500.0, 2000.0)
    assert [piece.start for piece in found] == pytest.approx([500.0, 1200.0])
    assert [piece.objective_at_end for piece in found] == pytest.approx([240_000.0, 240_000.0])
    demand = flips(plan, "sites", "here", "pue", 1.0, 2.0)
    assert len(demand) == 1  # power costs nothing here


def test_flips_are_confirmed_by_solving_on_both_sides() -> None:
    """On either side of a flip another platform is bought, and the cost is that of the piece."""
    plan = plan_of(
        plan=PLAIN | {"periods": 1},
        platforms=[{}, {"id": "other", "vendor": "bolt"}],
        sites=[FREE],
        offers=[BOUGHT, BOUGHT | {"id": "b", "platform": "other", "price_usd": 1010.0}],
        workloads=[{"demand": 100.0, "unmet_usd": VALUE}],
    )
    pieces = flips(plan, "offers", "buy", "price_usd", 500.0, 2000.0)
    assert len(pieces) == 2
    for piece in pieces:
        for value in (piece.start * 1.001, piece.end * 0.999):
            solved = solve_plan(with_value(plan, "offers", "buy", "price_usd", value))
            part = (value - piece.start) / (piece.end - piece.start)
            line = (1 - part) * piece.objective_at_start + part * piece.objective_at_end
            assert solved.kpis["objective_usd"] == pytest.approx(line)
            chips = {id: float(each.mean()) for id, each in solved.series("chips", "platform").items() if each.any()}
            assert chips == pytest.approx({id: n for id, n in piece.platforms.items() if n > 0})


@pytest.mark.parametrize(
    ("table", "row", "field"),
    [("offers", "buy", "price_usd"), ("workloads", "work", "demand"), ("sites", "here", "power_mw")],
)
def test_a_large_plan_is_looked_at_from_its_optimum(
    table: str, row: str, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pieces are the same; programs between the ends are told by those at the ends."""
    plan = plan_of(
        plan=PLAIN | {"periods": 4},
        sites=[FREE | {"power_mw": 0.15}],
        offers=[BOUGHT, {"id": "rent", "price_usd": [0.10, 0.14, 0.12, 0.16], "energy_included": True}],
        workloads=[{"demand": [40.0, 60.0, 80.0, 100.0], "unmet_usd": VALUE}],
    )
    exact = flips(plan, table, row, field, 0.5, 2.0, op="scale")
    solved = solve_plan(plan)
    begin = Begin.of(solved.program, solved.solution)
    monkeypatch.setattr("gigaplan.engine.analysis.decisions.flips.LARGE", 0)
    found = flips(plan, table, row, field, 0.5, 2.0, op="scale", begin=begin, coarse=1e-8)
    assert len(exact) > 1
    assert [piece.start for piece in found] == pytest.approx([piece.start for piece in exact])
    for a, b in zip(found, exact, strict=True):
        assert (a.objective_at_start, a.objective_at_end) == pytest.approx((b.objective_at_start, b.objective_at_end))


@pytest.mark.parametrize(
    ("field", "low", "high", "words"),
    [("price_usd", 2.0, 1.0, "is empty"), ("name", 1.0, 2.0, "holds no number"), ("prize", 1.0, 2.0, "not a field")],
)
def test_a_range_of_nothing_is_refused(field: str, low: float, high: float, words: str) -> None:
    with pytest.raises(PlanError, match=words):
        flips(vendor_plan(), "offers", "buy", field, low, high)


def test_near_optimal_plans_cost_what_was_allowed_and_say_what_they_share() -> None:
    """Chips of two vendors at 1,000 and 1,010: within 1 % either may do all of the work, and either is in no plan."""
    plan = plan_of(
        plan=PLAIN | {"periods": 1},
        platforms=[{}, {"id": "other", "vendor": "bolt"}],
        sites=[FREE],
        offers=[BOUGHT, BOUGHT | {"id": "b", "platform": "other", "price_usd": 1010.0}],
        workloads=[{"demand": 100.0, "unmet_usd": 10 * VALUE}],
    )
    result = solve_plan(plan)
    assert result.allocation is not None
    assert result.program is not None
    assert result.solution is not None
    found, common = alternatives(result.allocation.inputs, result.program, result.solution, 0.01)
    by = {a.aim: a for a in found}
    assert by["chips of acme"].chips == pytest.approx({"b|here": 200.0})
    assert by["chips of bolt"].chips == pytest.approx({"buy|here": 200.0})
    assert all(a.cost_usd is not None and a.cost_usd <= 202_000 * (1 + 1e-9) for a in found)
    assert common == []
    nearer, common = alternatives(result.allocation.inputs, result.program, result.solution, 0.005)
    assert {a.aim: a for a in nearer}["chips of acme"].chips == pytest.approx({"buy|here": 100.0, "b|here": 100.0})
    assert [(c.offer, round(c.chips)) for c in common] == [("buy", 100)]


def near_by_aim(plan: Plan, slack: float) -> dict[str, Alternative]:
    """Near-optimal plans by their aim. As a scenario each costs as little or less."""
    found = near(plan, slack, lambda part, what: None)
    assert found.status == "optimal"
    least = found.plans[0].cost_usd or 0.0
    for each in found.plans:
        assert each.cost_usd is not None
        assert each.cost_usd <= least * (1 + slack) * (1 + 1e-6)
        wider, id = each.opened(plan, each.words)
        opened = solve_plan(apply_scenario(wider, id))
        assert opened.kpis["objective_usd"] <= each.cost_usd * (1 + 1e-5)
    return {each.aim: each for each in found.plans}


def test_the_fewest_vendors_are_those_that_can_do_it_all() -> None:
    """Of acme there are 100 chips at 1,000, of bolt and coil as many as one likes, at 1,005 and 1,020: bolt does all
    of it for 0.25 % more than both."""
    plan = plan_of(
        plan=PLAIN | {"periods": 1},
        platforms=[{}, {"id": "b", "vendor": "bolt"}, {"id": "c", "vendor": "coil"}],
        sites=[FREE],
        offers=[
            BOUGHT | {"supply_chips_per_month": 100 / 12},
            BOUGHT | {"id": "b", "platform": "b", "price_usd": 1005.0},
            BOUGHT | {"id": "c", "platform": "c", "price_usd": 1020.0},
        ],
        workloads=[{"demand": 100.0, "unmet_usd": 10 * VALUE}],
    )
    fewest = near_by_aim(plan, 0.01)["vendors"]
    assert fewest.chips == pytest.approx({"b|here": 200.0})
    assert fewest.cost_usd == pytest.approx(201_000)
    assert near_by_aim(plan, 0.001)["vendors"].chips == pytest.approx({"buy|here": 100.0, "b|here": 100.0})


def test_the_most_even_plan_is_as_even_as_the_cost_allows() -> None:
    """Chips of two vendors at 1,000 and 1,010: within 1 % half of each; within 0.25 % a quarter of the dearer."""
    plan = two_vendor_plan()
    even = near_by_aim(plan, 0.01)["concentration"]
    assert even.chips == pytest.approx({"buy|here": 100.0, "b|here": 100.0}, rel=0.01)
    wider, id = even.opened(plan, "even")
    assert solve_plan(apply_scenario(wider, id)).kpis["vendor_hhi"] == pytest.approx(0.5, abs=1e-3)
    assert near_by_aim(plan, 0.0025)["concentration"].chips["b|here"] == pytest.approx(50.0, rel=1e-3)


def test_power_that_costs_nothing_is_told_by_columns_of_its_own() -> None:
    """Rents with power included, and no limit of it: the plan itself has no columns for what runs."""
    rent = {"energy_included": True}
    plan = plan_of(
        plan=PLAIN | {"periods": 2},
        platforms=[{"power_w": 2000}, {"id": "other", "vendor": "bolt"}],
        sites=[FREE | {"pue": 1.0}],
        offers=[
            rent | {"id": "a", "price_usd": 1000 / YEAR},
            rent | {"id": "b", "platform": "other", "price_usd": 1010 / YEAR},
        ],
        workloads=[{"demand": [100.0, 50.0], "unmet_usd": 10 * VALUE}],
    )
    assert build(inputs_of(plan)).blocks["running"].size == 0
    found = near_by_aim(plan, 0.02)
    wider, id = found["power"].opened(plan, "power")
    assert solve_plan(apply_scenario(wider, id)).kpis["peak_facility_mw"] == pytest.approx(0.2, rel=1e-4)
    wider, id = found["concentration"].opened(plan, "even")
    assert solve_plan(apply_scenario(wider, id)).kpis["vendor_hhi"] == pytest.approx(0.5, abs=1e-3)


def test_the_cleanest_plan_moves_the_work_to_the_clean_site() -> None:
    """Power of the clean site costs 2 % of the whole for all of the work: within 1 % half of it is done there."""
    chip_mwh = 1e-3 * YEAR  # 1 kW, at full power
    plan = plan_of(
        plan=PLAIN | {"periods": 1, "carbon_price_usd_per_t": 0.0},
        sites=[
            FREE | {"carbon_g_per_kwh": 500.0, "pue": 1.0},
            FREE | {"id": "clean", "carbon_g_per_kwh": 0.0, "pue": 1.0, "electricity_usd_per_mwh": 20 / chip_mwh},
        ],
        offers=[BOUGHT],
        workloads=[{"demand": 100.0, "unmet_usd": 10 * VALUE}],
    )
    assert near_by_aim(plan, 0.03)["carbon"].chips == pytest.approx({"buy|clean": 200.0})
    half = near_by_aim(plan, 0.01)["carbon"]
    assert half.chips == pytest.approx({"buy|here": 100.0, "buy|clean": 100.0}, rel=1e-3)
    wider, id = half.opened(plan, "cleaner")
    both = [solve_plan(each).kpis["emissions_t"] for each in (apply_scenario(wider, id), plan)]
    assert both[0] == pytest.approx(both[1] / 2, rel=1e-3)


def test_the_least_commitment_signs_what_the_cost_allows_to_leave() -> None:
    """Signed, the work costs 200,000, else 400,000."""
    plan = deal_plan()
    found = near(plan, 0.5, lambda part, what: None)
    assert signed_in_all(found.plans) == ["deal"]
    assert near_by_aim(plan, 0.5)["commitments"].signed == ("deal",)
    free = near_by_aim(plan, 1.0)
    assert free["commitments"].signed == ()
    assert free["commitments"].cost_usd == pytest.approx(400_000)
    assert signed_in_all(list(free.values())) == []
    wider, id = free["commitments"].opened(plan, "free")
    assert solve_plan(apply_scenario(wider, id)).kpis["objective_usd"] == pytest.approx(400_000)


def test_hedges_of_random_worlds_keep_their_order() -> None:
    """EVPI and VSS are 0 or more, and with a share of CVaR the CVaR is no more than without."""
    random = np.random.default_rng(5)
    for _ in range(6):
        demands = {f"w{k}": (float(random.uniform(0.1, 1)), float(random.uniform(10, 300))) for k in range(3)}
        each = worlds(**demands)
        mean = World("mean", 1.0, mean_plan(vendor_plan(), each, [("workloads", "work", "demand")]))
        neutral, careful = hedge(each, 12.0, mean=mean), hedge(each, 12.0, mean=mean, risk=Risk(0.5, 0.8))
        for found in (neutral, careful):
            assert (found.evpi_usd or 0.0) >= -1e-3
            assert (found.vss_usd or 0.0) >= -1e-3
        assert (careful.cvar_usd or math.inf) <= cvar([(w.weight, w.cost_usd or 0) for w in neutral.worlds], 0.8) + 1e-3


def test_the_frontier_of_a_share_ends_where_no_plan_shares_more() -> None:
    """Chips of two vendors at 1,000 and 1,010 for 200 chips' work: from all of one to half of each, 10 USD a chip."""
    plan = plan_of(
        plan=PLAIN | {"periods": 1},
        platforms=[{}, {"id": "other", "vendor": "bolt"}],
        sites=[FREE],
        offers=[BOUGHT, BOUGHT | {"id": "b", "platform": "other", "price_usd": 1010.0}],
        workloads=[{"demand": 100.0, "unmet_usd": 10 * VALUE}],
    )
    found = frontier(plan, "vendor", 3)
    assert [p.limit for p in found.points] == pytest.approx([1.0, 0.75, 0.5], abs=1e-3)
    assert [p.cost_usd for p in found.points] == pytest.approx([200_000, 200_500, 201_000], rel=1e-5)


def test_the_frontier_of_coverage_rises_from_what_is_served_anyway() -> None:
    """A chip costs 1,000 USD and its work is worth 750: nothing is served unless it is promised, 250 USD a chip."""
    plan = plan_of(
        plan=PLAIN | {"periods": 1},
        sites=[FREE],
        offers=[BOUGHT],
        workloads=[{"demand": 100.0, "unmet_usd": VALUE / 2}],
    )
    found = frontier(plan, "coverage", 5)
    assert [p.limit for p in found.points] == pytest.approx([0.0, 0.25, 0.5, 0.75, 1.0])
    assert [p.cost_usd for p in found.points] == pytest.approx([150_000 + 50_000 * p.limit for p in found.points])
    assert [p.kpis["coverage"]["work"] for p in found.points] == pytest.approx([p.limit for p in found.points])


@pytest.mark.parametrize(("aim", "count", "words"), [("beauty", 5, "no aim"), ("carbon", 1, "two points")])
def test_a_frontier_of_nothing_is_refused(aim: str, count: int, words: str) -> None:
    with pytest.raises(PlanError, match=words):
        frontier(vendor_plan(), aim, count)


def test_it_is_worth_something_to_learn_before_the_order() -> None:
    """Chips of the second year are ordered as it begins: who knows the world by then buys 100, 200 or 400 of them,
    who learns it a quarter later buys the newsvendor's 200."""

    def plan(demand: float) -> Plan:
        return plan_of(
            plan=PLAIN | {"periods": 2},
            sites=[FREE],
            offers=[BOUGHT | {"available_from": "2027-01"}],
            workloads=[{"demand": [0.0, demand], "unmet_usd": VALUE}],
        )

    both = shared_out(World(id, weight, plan(demand)) for id, (weight, demand) in NEWS.items())
    known = hedge(both, 12.0)
    later = dict(waiting(both, 12.0))
    assert known.expected_usd == pytest.approx(0.3 * 100_000 + 0.4 * 200_000 + 0.3 * 400_000)
    assert later[3.0].expected_usd == pytest.approx(200_000 + 0.3 * 300_000)
    assert later[12.0].expected_usd == pytest.approx(later[3.0].expected_usd)


def two_vendor_plan(**settings: object) -> Plan:
    """Chips of two vendors at 1,000 and 1,010 USD, of 1 kW, for 200 chips' work that is worth 1,500 a chip."""
    return plan_of(
        plan=PLAIN | {"periods": 1} | settings,
        platforms=[{}, {"id": "other", "vendor": "bolt"}],
        sites=[FREE],
        offers=[BOUGHT, BOUGHT | {"id": "b", "platform": "other", "price_usd": 1010.0}],
        workloads=[{"demand": 100.0, "unmet_usd": VALUE}],
    )


def test_the_frontier_of_concentration_ends_at_equal_parts() -> None:
    """Shares s and 1 - s have the index s^2 + (1 - s)^2: 0.75 at s = (1 + sqrt(0.5)) / 2. Chips of b cost 10 more."""
    found = frontier(two_vendor_plan(), "hhi", 3)
    assert [p.limit for p in found.points] == pytest.approx([1.0, 0.75, 0.5])
    of_b = 200 * np.array([0.0, (1 - math.sqrt(0.5)) / 2, 0.5])
    # A concentration within 1e-5 keeps its limit: at equal parts, where it is flat, 0.2 % of the chips.
    assert [p.cost_usd for p in found.points] == pytest.approx((200_000 + 10 * of_b).tolist(), abs=6)
    assert [p.kpis["vendor_hhi"] for p in found.points] == pytest.approx([1.0, 0.75, 0.5], abs=2e-5)


def test_the_frontier_of_power_is_what_the_work_loses() -> None:
    """200 chips draw 0.3 MW with a PUE of 1.5; each that is left out loses 500 USD."""
    found = frontier(two_vendor_plan(), "power", 4)
    assert [p.limit for p in found.points] == pytest.approx([0.3, 0.2, 0.1, 0.0])
    assert [p.cost_usd for p in found.points] == pytest.approx([200_000 + 500 * n for n in (0, 200 / 3, 400 / 3, 200)])
    assert [p.kpis["peak_facility_mw"] for p in found.points] == pytest.approx([0.3, 0.2, 0.1, 0.0])
    assert found.points[1].chips == pytest.approx({"buy|here": 400 / 3})


def test_the_frontier_of_commitments_signs_less_and_less() -> None:
    """Half price for who spends 100,000 a year, and work for 400 chips: signed they cost 200,000, else 400,000."""
    found = frontier(deal_plan(), "commitment", 3)
    assert [p.limit for p in found.points] == pytest.approx([100_000, 50_000, 0])
    assert [p.cost_usd for p in found.points] == pytest.approx([200_000, 400_000, 400_000])


def deal_plan() -> Plan:
    """Chips at half price under an optional agreement of 100,000 USD a year, or at their price without it."""
    return plan_of(
        plan=PLAIN | {"periods": 1},
        sites=[FREE],
        offers=[BOUGHT, BOUGHT | {"id": "deal", "agreement": "deal"}],
        workloads=[{"demand": 200.0, "unmet_usd": 100 * VALUE}],
        agreements=[
            {"id": "deal", "name": "Deal", "provider": "cloud", "start": "2026-01", "months": 12,
             "commit_usd_per_year": 100_000, "discount": 0.5, "status": "optional"},
        ],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("aim", "plan", "kpi"),
    [
        ("power", two_vendor_plan(), "peak_facility_mw"),
        ("hhi", two_vendor_plan(), "vendor_hhi"),
        ("vendor", two_vendor_plan(), ""),
        ("coverage", two_vendor_plan(), ""),
        ("commitment", deal_plan(), ""),
    ],
)
def test_every_point_of_a_frontier_opens_as_a_scenario(aim: str, plan: Plan, kpi: str) -> None:
    """In the scenario the plan of the point is the optimum, and keeps the limit; the base is as it was."""
    for point in frontier(plan, aim, 3).points:
        wider, id = with_scenario_for(plan, aim, point, f"{aim} {point.limit:g}")
        solved = solve_plan(apply_scenario(wider, id))
        assert solved.kpis["objective_usd"] == pytest.approx(point.cost_usd, rel=1e-5)
        assert not kpi or solved.kpis[kpi] <= point.limit + 2e-5
        assert solve_plan(wider).kpis["objective_usd"] == pytest.approx(solve_plan(plan).kpis["objective_usd"])


def test_a_point_of_less_risk_opens_as_a_scenario() -> None:
    """The newsvendor of less risk has 400 chips, where the base alone needs 200: the scenario lets it order as many."""
    rush = Scenario(
        id="rush", name="Rush",
        overrides=(Override(table="workloads", row="work", field="demand", op="scale", value=2.0),),
    )  # fmt: skip
    plan = msgspec.structs.replace(vendor_plan(), scenarios=(rush,))
    point = risk_frontier_of(plan, 12.0, 3).points[0]
    wider, id = with_scenario_for(plan, "cvar", point, "less risk")
    (override,) = find(wider, "scenarios", id).overrides
    chips = np.array(override.value) * 12
    decided = hedge(worlds_of(plan), 12.0, risk=Risk(0.0, 0.95)).decision
    assert chips == pytest.approx([sum(decided.values())], rel=1e-5)
    assert solve_plan(apply_scenario(wider, id)).status == "optimal"


def test_the_frontier_of_cvar_goes_from_the_newsvendor_to_the_careful() -> None:
    """200 chips cost 290,000 on average and 500,000 in the worst 0.3; 400 chips 400,000 in every case. Each chip more
    costs 1,000 and saves 1,500 in the high world, of 0.3: 550 on average, and 500 of the worst."""
    found = risk_frontier(worlds(**NEWS), 12.0, 0.7, 3)
    assert [p.limit for p in found.points] == pytest.approx([500_000, 450_000, 400_000])
    assert [p.cost_usd for p in found.points] == pytest.approx([290_000, 345_000, 400_000])
    assert [p.kpis["cvar_usd"] for p in found.points] == pytest.approx([500_000, 450_000, 400_000])


def test_two_vendors_lost_together_leave_nothing() -> None:
    result = solve_plan(two_vendors())
    assert result.allocation is not None
    assert result.program is not None
    assert result.solution is not None
    (found,) = losses(result.allocation.inputs, result.program, result.solution, dimensions=("vendor",), at_once=2)
    assert (found.member, found.served) == ("acme + bolt", pytest.approx({"work": 0.0}))


def test_answers_are_the_same_for_any_number_of_processes() -> None:
    plan = two_vendor_plan(periods=2)
    assert frontier(plan, "power", 13, jobs=2) == frontier(plan, "power", 13)
    many = {f"w{k}": (1.0, 40.0 + 7 * k) for k in range(6)}
    one, two = (hedge(worlds(**many), 12.0, jobs=jobs) for jobs in (1, 2))
    assert one == two


def test_answers_of_another_executor_are_the_same() -> None:
    """As those of a cluster, which is one."""
    plan = two_vendor_plan(periods=2)
    many = worlds(**{f"w{k}": (1.0, 40.0 + 7 * k) for k in range(6)})
    with ThreadPoolExecutor(2) as executor, on(executor, 2):
        found = frontier(plan, "power", 5), hedge(many, 12.0)
    assert found == (frontier(plan, "power", 5), hedge(many, 12.0))


def test_the_frontier_of_carbon_ends_at_what_a_promise_needs() -> None:
    """Half of 200 chips' work is promised: 100 chips of 1 kW at a PUE of 1.5 emit 0.4 t a MWh."""
    plan = plan_of(
        plan=PLAIN | {"periods": 1},
        sites=[FREE | {"carbon_g_per_kwh": 400.0}],
        offers=[BOUGHT],
        workloads=[{"demand": 100.0, "unmet_usd": VALUE}],
        policies=[{"id": "half", "name": "Half", "kind": "coverage", "scope": "*", "limit": 0.5}],
    )
    found = frontier(plan, "carbon", 3)
    tonnes = 200 * 1.5e-3 * YEAR * 0.4
    assert [p.limit for p in found.points] == pytest.approx([tonnes, 0.75 * tonnes, tonnes / 2], rel=1e-5)
    assert [p.cost_usd for p in found.points] == pytest.approx([200_000, 225_000, 250_000], rel=1e-5)


def many_worlds(count: int, **changes: object) -> list[World]:
    """Worlds of two years with other demands, prices and vendors' dates; an agreement and a placement to decide."""

    def plan(k: int) -> Plan:
        offer = BOUGHT | {"supply_chips_per_month": 20.0}
        late = {"available_from": "2027-01"} if k % 3 == 2 else {}
        return plan_of(
            plan=PLAIN | {"periods": 4, "months_per_period": 6},
            platforms=[{"lifetime_months": 24}, {"id": "other", "vendor": "bolt", "stack": "t", "lifetime_months": 24}],
            sites=[FREE | {"power_mw": 0.3}],
            offers=[
                offer | {"price_usd": 900.0 + 37 * k},
                offer | {"id": "b", "platform": "other", "price_usd": 1010.0} | late,
                offer | {"id": "deal", "agreement": "deal", "price_usd": 1000.0, "lead_months": 3},
            ],
            workloads=[
                {"demand": [30.0 + 11 * ((5 * k) % count), 50.0 + 13 * k, 40.0, 90.0 - 3 * k], "unmet_usd": VALUE},
                {"id": "one", "demand": 20.0 + 5 * k, "unmet_usd": VALUE, "placement": "one_platform"},
            ],
            agreements=[
                {"id": "deal", "name": "Deal", "provider": "cloud", "start": "2026-01", "months": 24,
                 "commit_usd_per_year": 60_000, "discount": 0.3, "status": "optional"},
            ],
            **changes,
        )  # fmt: skip

    return shared_out(World(f"w{k}", 1.0 + k % 2, plan(k)) for k in range(count))


@pytest.mark.parametrize(
    ("count", "months", "risk", "exits"),
    [
        (2, 12.0, Risk(), ()),
        (5, 7.0, Risk(), ()),
        (8, 12.0, Risk(), ()),
        (5, 12.0, Risk(0.5, 0.7), ()),
        (5, 12.0, Risk(1.0, 0.6), ()),
        (6, 24.0, Risk(0.3, 0.95), ()),
        (3, 6.0, Risk(), (Exit("deal", "2027-01", 2_000.0),)),
        (4, 6.0, Risk(0.5, 0.7), (Exit("deal", "2027-01", 0.0),)),
        (4, 18.0, Risk(), (Exit("deal", "2027-01", 10.0),)),
    ],
)
def test_worlds_put_together_are_the_whole_program(
    count: int, months: float, risk: Risk, exits: tuple[Exit, ...]
) -> None:
    """From the optima of the worlds, with branch and bound over all of them: the optimum of the one program. An
    agreement that is left after the date is left, or not, in each world by itself."""
    known = own_optima(many_worlds(count), exits=exits)
    whole = Solver().solve(joint(known.programs, months, risk, known.owns[0].objective).program)
    found = hedge(known, months, risk=risk)
    assert found.status == whole.status == "optimal"
    objective = (1 - risk.share) * (found.expected_usd or 0.0) + risk.share * (found.cvar_usd or 0.0)
    assert objective == pytest.approx(whole.objective, rel=1e-9)
    assert found.decision is not None
    assert {name[0] for name in found.decision} <= {"deliveries", "ordered", "signed", "placed", "left"}
    again = held_in(known.programs, found.decision, months, [None] * count)
    assert [w.cost_usd for w in again] == pytest.approx([w.cost_usd for w in found.worlds], rel=1e-6)


def test_a_field_of_the_whole_plan_is_halved_until_the_plan_differs() -> None:
    """Bought for two years, or rented by the year: the higher the discount rate, the better it is to pay later. An
    agreement is decided beside it. On both sides of the flip another platform is best, a thousandth apart."""
    rent = {"id": "rent", "price_usd": 560 / YEAR, "energy_included": True, "platform": "other", "agreement": "deal"}
    plan = plan_of(
        plan={"periods": 2, "residual_fraction": 0.0},
        platforms=[{"lifetime_months": 24}, {"id": "other", "vendor": "bolt"}],
        sites=[FREE],
        offers=[BOUGHT, rent],
        workloads=[{"demand": 100.0, "unmet_usd": 10 * VALUE}],
        agreements=[
            {"id": "deal", "name": "Deal", "provider": "cloud", "start": "2026-01", "months": 24,
             "commit_usd_per_year": 1_000, "discount": 0.01, "status": "optional"},
        ],
    )  # fmt: skip
    found = flips(plan, "plan", None, "discount_rate", 0.0, 1.0)
    assert len(found) == 2
    flip = found[0].end
    assert found[1].start == flip
    for value, piece in ((flip - 0.001, found[0]), (flip + 0.001, found[1])):
        solved = solve_plan(with_value(plan, "plan", None, "discount_rate", value))
        chips = {id: float(each.mean()) for id, each in solved.series("chips", "platform").items() if each.any()}
        assert chips == pytest.approx({id: n for id, n in piece.platforms.items() if n > 0})
    assert found[0].platforms != found[1].platforms


def test_whole_numbers_are_tried_as_whole_numbers() -> None:
    """A field of whole months: no value between two of them is asked for."""
    plan = plan_of(
        plan=PLAIN | {"periods": 4, "months_per_period": 3},
        sites=[FREE],
        offers=[BOUGHT],
        workloads=[{"demand": 100.0, "unmet_usd": VALUE}],
    )
    found = flips(plan, "offers", "buy", "lead_months", 0, 9)
    assert (found[0].start, found[-1].end) == (0, 9)
    assert all(piece.status == "optimal" for piece in found)


@pytest.mark.parametrize(("row", "field"), [("work", "demand"), ("buy", "price_usd")])
def test_a_large_plan_is_told_to_within_a_part_of_its_cost(
    row: str, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its pieces' ends the cost is that of the best plan, or differs by no more than what is asked."""
    table = "workloads" if row == "work" else "offers"
    steps = [40.0 + 7 * k for k in range(8)]
    plan = plan_of(
        plan=PLAIN | {"periods": 8, "months_per_period": 3},
        sites=[FREE | {"power_mw": 0.2}],
        offers=[BOUGHT, {"id": "rent", "price_usd": [0.04 + 0.01 * k for k in range(8)], "energy_included": True}],
        workloads=[{"demand": steps, "unmet_usd": VALUE}],
    )
    solved = solve_plan(plan)
    begin = Begin.of(solved.program, solved.solution)
    monkeypatch.setattr("gigaplan.engine.analysis.decisions.flips.LARGE", 0)
    found = flips(plan, table, row, field, 0.5, 2.0, op="scale", begin=begin, coarse=1e-2)
    assert len(found) > 1
    for piece in found:
        for part in (0.0, 0.4, 1.0):
            value = piece.start + part * (piece.end - piece.start)
            best = solve_plan(with_value(plan, table, row, field, value, "scale")).kpis["objective_usd"]
            line = (1 - part) * piece.objective_at_start + part * piece.objective_at_end
            assert line == pytest.approx(best, rel=1e-2)
