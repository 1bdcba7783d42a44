"""A plan held in many draws: answers by hand, and those of draws solved one by one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import msgspec
import numpy as np
import pytest

from gigaplan.engine.analysis.cases import on
from gigaplan.engine.analysis.decisions import held_draws as module
from gigaplan.engine.analysis.decisions.held_draws import all_months, held_draws, held_values
from gigaplan.engine.analysis.decisions.two_stage import Decision, decision_of, held
from gigaplan.engine.analysis.decisions.worlds import World, WorldProgram, bare
from gigaplan.engine.analysis.uncertainty import case_of, drawn_turns, under
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import Policy
from gigaplan.engine.results.allocation import allocation_of
from gigaplan.engine.results.kpi_registry import kpis_of
from tests.engine.plans import plan_of

YEAR = 8766.0
RUN = YEAR * 0.1
"""USD a year of a chip of 1 kW at 100 USD/MWh."""
LOST = 2500.0
"""USD a year for the work of a chip (0.5 PFLOP/s)."""
BOUGHT = {"kind": "purchase", "price_usd": 100.0}
CHIP = {"idle_fraction": 0.0, "vendor": "acme", "stack": "s"}


def uncertain(id: str, table: str, row: str, field: str, low: float, high: float, **more: object) -> dict[str, object]:
    """An input that is anywhere between two parts of what it is."""
    return {"id": id, "table": table, "row": row, "field": field, "distribution": "uniform", "low": low, "high": high,
            "relative": True} | more  # fmt: skip


DEMAND = uncertain("demand", "workloads", "work", "demand", 0.2, 1.6)
POWER = uncertain("power", "sites", "here", "electricity_usd_per_mwh", 0.5, 2.0)


def merit_order(*inputs: dict[str, object], **site: object) -> Plan:
    """One year; of lean chips (1 kW) there are 100, of hungry ones (2 kW) as many as wanted; 200 chips' work."""
    return plan_of(
        plan={"periods": 1, "discount_rate": 0.0, "residual_fraction": 0.0},
        platforms=[CHIP | {"id": "lean", "power_w": 1000}, CHIP | {"id": "hungry", "power_w": 2000}],
        sites=[{"electricity_usd_per_mwh": 100.0, "power_mw": None, "pue": 1.0} | site],
        offers=[
            {
                "id": "few",
                "platform": "lean",
                "kind": "purchase",
                "price_usd": 100.0,
                "supply_chips_per_month": 100 / 12,
            },
            {"id": "many", "platform": "hungry", "kind": "purchase", "price_usd": 100.0},
        ],
        workloads=[{"demand": 100.0, "unmet_usd": LOST / (0.5 * YEAR)}],
        uncertainties=list(inputs),
    )


def decided(plan: Plan) -> Decision:
    """All that is decided in a plan as it stands."""
    world = WorldProgram.of(World("base", 1.0, bare(plan, None)))
    return decision_of(world, Solver().solve(world.program), all_months(plan))


def one_by_one(plan: Plan, decision: Decision, turns: np.ndarray) -> tuple[list[float], list[dict[str, float | None]]]:
    """The cost, NaN without a plan, and the coverage of each draw, from the program of that draw."""
    costs, coverage = [], []
    for turn in turns.tolist():
        world = WorldProgram.of(World("draw", 1.0, under(plan, case_of(plan, turn))))
        found = held(world, decision, all_months(plan))
        costs.append(found.objective if found.status == "optimal" else np.nan)
        kpis = kpis_of(allocation_of(world.inputs, world.program, found)) if found.status == "optimal" else {}
        coverage.append(kpis.get("coverage", {}))
    return costs, coverage


def test_a_merit_order_of_two_offers() -> None:
    """Held are 100 lean and 100 hungry chips, for 20,000 USD. Of 200 d chips' work the lean ones do the first 100, at
    876.6 e a year; the hungry ones the rest, at twice that, as long as it is less than what the work is worth."""
    plan = merit_order(DEMAND, POWER)
    turns = drawn_turns(plan, 500, 7)
    found = held_values(plan, decided(plan), turns)
    d, e = turns.T
    lean, rest = np.minimum(200 * d, 100), np.clip(200 * d - 100, 0, 100)
    hungry = np.where(2 * RUN * e < LOST, rest, 0.0)
    lost = 200 * d - lean - hungry
    assert found.costs == pytest.approx(20_000 + RUN * e * (lean + 2 * hungry) + LOST * lost, rel=1e-9)
    assert found.coverage[:, 0] == pytest.approx((lean + hungry) / (200 * d), abs=1e-9)
    # Up to 100 chips, up to 200 and beyond, the hungry ones on or off: five merit orders, one program each.
    assert found.parts == 1
    assert found.solved <= 6


def test_figures_of_a_held_plan() -> None:
    """Demand alone, 0.2 to 1.6 of it: more than 200 chips' work is asked in 0.6 / 1.4 of all draws, and as the draws
    are a Latin hypercube, the mean is that of the formula to a part in ten thousand."""
    found = held_draws(merit_order(DEMAND), None, 2000, 3, level=1.0)
    assert (found.draws, found.without_plan) == (2000, 0)
    assert found.below["work"] == pytest.approx(0.6 / 1.4, abs=1e-3)
    # Mean chips: lean 100 d-range parts by their integrals over 0.2..0.5..1.0..1.6, divided by 1.4.
    lean = (200 * (0.5**2 - 0.2**2) / 2 + 100 * 1.1) / 1.4
    hungry = (200 * 0.5**2 / 2 + 100 * 0.6) / 1.4
    lost = 200 * 0.6**2 / 2 / 1.4
    assert found.cost_usd is not None
    assert found.cost_usd.mean == pytest.approx(20_000 + RUN * (lean + 2 * hungry) + LOST * lost, rel=1e-4)
    # The worst twentieth: d from 1.53 to 1.6, 1.565 on average.
    assert found.cvar_usd == pytest.approx(20_000 + RUN * 300 + LOST * 113, rel=1e-4)
    assert found == held_draws(merit_order(DEMAND), None, 2000, 3, level=1.0)
    assert found != held_draws(merit_order(DEMAND), None, 2000, 4, level=1.0)


def test_draws_without_a_plan_are_counted_and_proven_from_few() -> None:
    """200 chips do 0.9 of what is asked up to 200 / 0.9 chips' work: beyond it, of 1.6, there is no plan."""
    plan = merit_order(DEMAND)
    promise = Policy(id="most", kind="coverage", scope="work", limit=0.9)
    plan = msgspec.structs.replace(plan, policies=(promise,))
    turns = drawn_turns(plan, 300, 1)
    decision = decided(plan)
    found = held_values(plan, decision, turns)
    assert np.isnan(found.costs).tolist() == (turns[:, 0] > 1 / 0.9).tolist()
    # 105 of 300 draws have none, and one of them is solved to know it of all.
    assert found.solved <= 5
    figures = held_draws(plan, None, 300, 1)
    assert figures.without_plan == np.isnan(found.costs).sum()


MANY = {"periods": 4, "months_per_period": 12}
WORKS = {"plain": {}, "that waits": {"max_delay_months": 12}, "at any time": {"kind": "pretraining"}}


@pytest.mark.parametrize("work", WORKS.values(), ids=WORKS)
def test_every_draw_is_what_its_own_program_says(work: dict[str, object]) -> None:
    """Inputs that move costs, limits, coefficients (a PUE) and two at once; a path; and work that ties periods."""
    plan = plan_of(
        plan=MANY,
        sites=[{"power_mw": 0.25}],
        offers=[{"id": "buy", "kind": "purchase", "price_usd": 9000.0}, {"id": "rent", "price_usd": 2.0}],
        workloads=[{"demand": (50.0, 80.0, 60.0, 90.0), **work}, {"id": "more", "name": "More", "demand": 20.0}],
        uncertainties=[
            DEMAND | {"distribution": "path", "volatility": 0.2, "low": None, "high": None},
            POWER,
            uncertain("pue", "sites", "here", "pue", 0.8, 1.2),
        ],
    )
    turns = drawn_turns(plan, 60, 2)
    decision = decided(plan)
    found = held_values(plan, decision, turns)
    costs, coverage = one_by_one(plan, decision, turns[::4])
    assert found.costs[::4] == pytest.approx(costs, rel=1e-7, nan_ok=True)
    assert found.coverage[::4][:, 1] == pytest.approx([c["more"] for c in coverage], abs=1e-6)
    assert found.parts > 0


def test_what_moves_the_program_by_a_curve_is_solved_draw_by_draw() -> None:
    """A discount rate moves costs by its powers: each draw is then solved as a whole."""
    plan = merit_order(uncertain("rate", "plan", None, "discount_rate", 0.5, 2.0))  # type: ignore[arg-type]
    plan = msgspec.structs.replace(plan, settings=msgspec.structs.replace(plan.settings, periods=3, discount_rate=0.1))
    turns = drawn_turns(plan, 20, 5)
    decision = decided(plan)
    found = held_values(plan, decision, turns)
    assert (found.parts, found.solved) == (0, 20)
    assert found.costs == pytest.approx(one_by_one(plan, decision, turns)[0], rel=1e-9)


def test_answers_are_the_same_in_chunks_and_in_any_number_of_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = merit_order(DEMAND, POWER)
    plan = msgspec.structs.replace(plan, settings=msgspec.structs.replace(plan.settings, periods=3))
    turns, decision = drawn_turns(plan, 200, 7), decided(plan)
    whole = held_values(plan, decision, turns)
    assert whole.parts == 3
    with ThreadPoolExecutor(2) as pool, on(pool, 2):
        assert held_values(plan, decision, turns).costs.tolist() == whole.costs.tolist()
    monkeypatch.setattr(module, "AT_ONCE", 17)
    assert held_values(plan, decision, turns).costs == pytest.approx(whole.costs, rel=1e-12)


@pytest.mark.parametrize(
    ("plan", "count", "words"),
    [
        (merit_order(DEMAND), 0, "not between 1 and"),
        (merit_order(), 10, "no uncertain inputs"),
        (merit_order(DEMAND | {"low": 2.0}), 10, "low"),
    ],
)
def test_what_cannot_be_drawn_is_refused(plan: Plan, count: int, words: str) -> None:
    with pytest.raises(PlanError, match=words):
        held_draws(plan, None, count)
