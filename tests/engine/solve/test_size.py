"""How large a plan is, before it is built; and large plans, which are solved apart or not at all."""

from __future__ import annotations

import tracemalloc

import pytest
from reference.random_plans import random_plan

from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.highs import Cancelled
from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.solve import size
from gigaplan.engine.solve.apart import SolveJob
from gigaplan.engine.solve.size import LIVE, WHOLE, size_of, too_large
from gigaplan.engine.solve.solve import solve_plan
from tests.engine.plans import grid_plan, plan_of

PATIENCE = 120.0


def test_the_counts_of_a_plain_plan_are_those_of_its_program() -> None:
    plan = grid_plan(2, 3, 4, periods=5)
    told, program = size_of(plan), build(inputs_of(plan))
    # 12 places: 60 deliveries, 120 uses, 10 of what is not served
    assert told.columns == len(program.cost) == 190
    assert len(program.row_upper) <= told.rows <= 1.5 * len(program.row_upper)
    assert len(program.values) <= told.coefficients <= 2 * len(program.values)


@pytest.mark.parametrize("seed", range(40))
def test_no_plan_has_more_columns_than_was_told(seed: int) -> None:
    try:
        plan = decode_plan(random_plan(seed))
    except PlanError:
        pytest.fail("the generator makes valid plans")
    told, program = size_of(plan), build(inputs_of(plan))
    decided = sum(len(getattr(plan, t)) for t in ("agreements", "power_contracts", "ports", "offers"))
    placed = len(plan.workloads) * (len(plan.offers) * len(plan.sites) + len(plan.services) + 4)
    assert len(program.cost) <= 2 * told.columns + decided * plan.settings.periods + placed


def test_a_plan_of_a_few_kilobytes_is_told_to_be_huge_and_makes_no_arrays() -> None:
    plan = grid_plan(30, 30, 30, periods=480)
    assert size_of(plan).columns == 900 * 480 + 27_000 * 480 + 30 * 480
    tracemalloc.start()
    try:
        result = solve_plan(plan, memory=1e-9)
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()
    assert result.status == "too_large"
    assert "13,000,000 decisions" in result.problems[-1].text


def test_what_is_too_large_depends_on_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of()
    assert too_large(plan, LIVE) is None
    monkeypatch.setattr(size, "memory_bytes", lambda: size_of(plan).bytes / LIVE * 0.99)
    live = too_large(plan, LIVE)
    assert live is not None
    assert live.text.startswith("Too large to solve live: ")
    assert too_large(plan, WHOLE) is None
    monkeypatch.setattr(size, "memory_bytes", lambda: 1000.0)
    whole = too_large(plan, WHOLE)
    assert whole is not None
    assert "this computer has" in whole.text
    assert solve_plan(plan).status == "too_large"
    assert solve_plan(plan, memory=float("inf")).status == "optimal"


def test_the_memory_of_this_computer_is_known() -> None:
    assert 1e8 < size.memory_bytes() < 1e15


@pytest.mark.parametrize("asked", range(8))
def test_a_program_in_the_making_is_given_up_between_its_families(asked: int) -> None:
    left = asked

    def interrupt() -> bool:
        nonlocal left
        left -= 1
        return left < 0

    with pytest.raises(Cancelled):
        build(inputs_of(plan_of()), interrupt)


def heard(job: SolveJob) -> object:
    try:
        return job.wait(PATIENCE)
    finally:
        job.cancel()


def test_a_plan_solved_apart_has_the_answer_that_it_has_here() -> None:
    plan = plan_of()
    result, here = heard(SolveJob(plan)), solve_plan(plan)
    assert result.plan is plan  # type: ignore[attr-defined]
    assert (result.status, result.kpis) == (here.status, here.kpis)  # type: ignore[attr-defined]
    assert result.series("chips") == {} or set(result.series("chips")) == set(here.series("chips"))  # type: ignore


def test_a_solve_that_grows_beyond_its_limit_is_an_answer() -> None:
    result = heard(SolveJob(grid_plan(20, 20, 20, periods=480), memory=1.2e9))
    assert result.status == "error"  # type: ignore[attr-defined]
    assert "more memory" in result.problems[0].text  # type: ignore[attr-defined]


def test_a_solve_that_is_cancelled_leaves_no_process() -> None:
    job = SolveJob(grid_plan(20, 20, 20, periods=480))
    job.cancel()
    assert job._process.poll() is not None

