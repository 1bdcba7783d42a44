"""A program that is made smaller before it is solved has the optimum of the whole one, its prices, and its worths."""

import dataclasses

import numpy as np
import pytest
from reference.random_plans import random_plan

from gigaplan.engine.analysis.shadow_prices import worths
from gigaplan.engine.optimization import highs, solver
from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.linear_program import LinearProgram
from gigaplan.engine.optimization.reduction import reduced
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Offer, Platform, Policy, Settings, Site, Workload
from gigaplan.engine.solve.solve import solve_plan

SEEDS = (3, 11, 17, 20, 31, 42, 57, 63)


def fleet(offers: int, sites: int, works: int, *, share: bool = True) -> Plan:
    """Offers of one chip at several sites, and as many works that can be done anywhere."""
    return Plan(
        settings=Settings(name="Alike", start="2027-01", periods=3),
        platforms=(
            Platform(id="chip", name="Chip", vendor="nvidia", stack="cuda", bf16_tflops=1000, memory_gb=80,
                     memory_bandwidth_gb_s=3000, power_w=1000),
        ),
        sites=tuple(
            Site(id=f"s{k}", name=f"S{k}", jurisdiction="US", power_mw=0.3 + 0.1 * k, pue=1.2,
                 electricity_usd_per_mwh=50.0 + k)
            for k in range(sites)
        ),
        offers=tuple(
            Offer(id=f"o{k}", name=f"O{k}", platform="chip", provider=f"p{k}", kind="purchase", price_usd=30000.0 + k,
                  sites="*", supply_chips_per_month=60.0, availability=1 - k / 100)
            for k in range(offers)
        ),
        workloads=tuple(
            Workload(id=f"w{k}", name=f"W{k}", kind="pretraining", unit="PFLOP/s", demand=20.0 + 5 * k, unmet_usd=40)
            for k in range(works)
        ),
        policies=(Policy(id="mixed", kind="share", dimension="site", metric="power", limit=0.6),) if share else (),
    )  # fmt: skip


def test_what_can_be_done_anywhere_is_counted_once_by_work_and_once_by_place() -> None:
    """4 works x 2 offers x 5 sites x 3 quarters = 120 assignments. The offers are one chip: 1 pool for each site. So
    of each quarter are left 4 works and 5 places, and a row that says that they do the same."""
    program = build(inputs_of(fleet(2, 5, 4)))
    assert program.blocks["uses"].size == 120
    short = reduced(program)
    assert short is not None
    left = {name: block.size for name, block in short.program.blocks.items() if name in ("work", "place", "cell")}
    assert left == {"work": 12, "place": 15, "cell": 0}
    rows = {family.name: family.size for family in short.program.families}
    assert (rows["capacity"], rows["link"]) == (15, 3)


def test_nothing_is_pooled_that_costs_more_on_one_of_the_chips() -> None:
    """Without a share no chip runs that does no work: an hour of work takes more of those that are down more often."""
    short = reduced(build(inputs_of(fleet(2, 5, 4, share=False))))
    assert short is not None
    assert {family.name: family.size for family in short.program.families}["capacity"] == 30


@pytest.mark.parametrize("barrier", [0, 10**9], ids=["interior point", "simplex"])
@pytest.mark.parametrize("plan", [fleet(3, 4, 4), *(decode_plan(random_plan(seed)) for seed in SEEDS)])
def test_it_has_the_optimum_of_the_whole(plan: Plan, barrier: int, monkeypatch: pytest.MonkeyPatch) -> None:
    program = build(inputs_of(plan))
    whole = Solver().solve(program)
    monkeypatch.setattr(solver, "LARGE", 0)
    monkeypatch.setattr(highs, "BARRIER", barrier)
    short = Solver().solve(program)
    assert short.status == whole.status
    if whole.status == "optimal":
        assert short.objective == pytest.approx(whole.objective, rel=1e-9, abs=1e-6)
        assert short.violation < 1e-7
        assert (
            dual_objective(program, short.row_duals, short.reduced_costs)
            == pytest.approx(short.objective, rel=1e-6, abs=1e-3)
            or program.integer.any()
        )


def test_assignments_that_are_barred_stay_so(monkeypatch: pytest.MonkeyPatch) -> None:
    program = build(inputs_of(fleet(2, 5, 4)))
    upper = program.upper.copy()
    upper[program.blocks["uses"].start + np.arange(0, 120, 7)] = 0.0
    barred = dataclasses.replace(program, upper=upper)
    whole = Solver().solve(barred)
    monkeypatch.setattr(solver, "LARGE", 0)
    short = Solver().solve(barred)
    assert short.objective == pytest.approx(whole.objective, rel=1e-9)
    assert short.violation < 1e-9
    assert short.reduction is not None
    assert len(short.reduction.program.cost) < len(program.cost)


def dual_objective(p: LinearProgram, duals: np.ndarray, prices: np.ndarray) -> float:
    """What the prices of the rows and bounds alone say that the least cost is."""
    row = np.where(duals > 0, p.row_lower, p.row_upper)
    column = np.where(prices > 0, p.lower, p.upper)
    # A price of nothing may stand at a bound without end.
    row, column = np.where(np.isfinite(row), row, 0.0), np.where(np.isfinite(column), column, 0.0)
    return float((duals * row).sum() + (prices * column).sum()) + p.constant


def test_worths_are_those_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = fleet(2, 4, 4)
    wanted = {w.key: w for w in worths(solve_plan(plan))}
    monkeypatch.setattr(solver, "LARGE", 0)
    result = solve_plan(plan)
    assert result.solution is not None
    for found in (result, dataclasses.replace(result, solution=result.solution.to_send())):
        for worth in worths(found):
            own = wanted[worth.key]
            assert worth.one_more == pytest.approx(own.one_more, rel=1e-6, abs=1e-6)
            assert (worth.more_until is None) == (own.more_until is None)
            assert (worth.more_until or 0.0) == pytest.approx(own.more_until or 0.0, rel=1e-6)
