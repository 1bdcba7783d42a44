"""How large a plan is, before it is built; and large plans, which are solved apart or not at all."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from reference.random_plans import random_plan

from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.solution import Cancelled
from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.plan.new_grid import on_grid
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.solve import size
from gigaplan.engine.solve.large_plan_job import SolveJob
from gigaplan.engine.solve.size import LIVE, WHOLE, coarser, size_of, too_large
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


HOURS = [{"name": name, "share": 0.25} for name in ("night", "morning", "noon", "evening")]
CAPS = [{"power": 0.8, "throughput": 0.9}, {"power": 0.6, "throughput": 0.7}]
Document = dict[str, Any]


def rows_of(workloads: int = 4, offers: int = 4, sites: int = 3, periods: int = 12, **chip: Any) -> Document:
    """The tables of a plan in months, of chips of three vendors and two stacks, whose rows differ."""
    return {
        "plan": {"periods": periods, "months_per_period": 1},
        "platforms": [{"id": f"p{k}", "name": f"P {k}", "vendor": f"v{k}", "stack": f"k{k % 2}"} | chip
                      for k in range(3)],
        "workloads": [{"id": f"w{k}", "name": f"Work {k}"} for k in range(workloads)],
        "offers": [{"id": f"o{k}", "name": f"Offer {k}", "platform": f"p{k % 3}", "term_months": 6}
                   for k in range(offers)],
        "sites": [{"id": f"s{k}", "name": f"Site {k}", "carbon_g_per_kwh": 300} for k in range(sites)],
    }  # fmt: skip


def each(tables: Document, table: str, **fields: Any) -> Document:
    """The same with these fields in every row of a table."""
    return tables | {table: [row | fields for row in tables[table]]}


def blocks() -> Document:
    tables = each(rows_of(), "workloads", profile=[0.5, 1, 1.5, 1])
    tables["plan"]["blocks"] = HOURS
    return tables


def policies() -> Document:
    kinds: list[Document] = [
        {"kind": "budget", "limit": 1e9}, {"kind": "carbon", "limit": 1e9}, {"kind": "coverage", "limit": 0.5},
        {"kind": "coverage", "scope": "w1", "limit": 0.5},
        {"kind": "share", "dimension": "vendor", "metric": "power", "limit": 0.9},
        {"kind": "share", "dimension": "site", "metric": "compute", "limit": 0.9},
        {"kind": "resilience", "dimension": "stack", "limit": 0.1},
    ]  # fmt: skip
    return rows_of() | {"policies": [kind | {"id": f"r{k}{n}"} for n, kind in enumerate(kinds) for k in range(3)]}


def reassigned() -> Document:
    policy = {"kind": "resilience", "limit": 0.1, "reassign": True}
    return rows_of() | {"policies": [policy | {"id": d, "dimension": d} for d in ("vendor", "site")]}


def placed() -> Document:
    tables = rows_of()
    kinds = ("one_cluster", "one_platform", "one_cluster", "anywhere")
    return tables | {"workloads": [w | {"placement": p} for w, p in zip(tables["workloads"], kinds, strict=True)]}


def services() -> Document:
    row = {"provider": "api", "unit": "PFLOP/s", "workloads": "*", "price_usd": 3, "limit": 50}
    return rows_of() | {"services": [{"id": f"t{k}", "name": f"T {k}"} | row for k in range(4)]}


def agreements() -> Document:
    row = {"provider": "cloud", "start": "2026-02", "months": 24, "commit_usd_per_year": 1e6, "status": "optional"}
    deals = [{"id": f"g{k}", "name": f"G {k}"} | row for k in range(4)]
    offers = [{"agreement": f"g{k}"} for k in range(4)]
    tables = rows_of()
    return tables | {"agreements": deals, "offers": [a | b for a, b in zip(tables["offers"], offers, strict=True)]}


def contracts() -> Document:
    row = {"site": "s1", "provider": "grid", "mw": 5, "start": "2026-03", "months": 6, "usd_per_mw_month": 100}
    return rows_of() | {
        "power_contracts": [{"id": f"c{k}", "name": f"C {k}", "status": "optional"} | row for k in range(6)]
    }


def everything() -> Document:
    tables = blocks() | {"policies": reassigned()["policies"], "services": services()["services"]}
    return each(tables, "platforms", power_caps=CAPS)


SHAPES: dict[str, Callable[[], Document]] = {
    "plain": rows_of,
    "blocks of the day": blocks,
    "power caps": lambda: rows_of(power_caps=CAPS),
    "placed work": placed,
    "services": services,
    "power contracts": contracts,
    "assigned anew after a loss": reassigned,
    "many policies": policies,
    "a long horizon": lambda: each(rows_of(2, 2, 2, 120), "offers", kind="purchase", term_months=None),
    "unsigned agreements": agreements,
    "work that waits": lambda: each(rows_of(), "workloads", max_delay_months=4),
    "flexible work": lambda: each(rows_of(), "workloads", flexible=True),
    "chips that are always on": lambda: each(rows_of(), "offers", can_switch_off=False),
    "least orders": lambda: each(rows_of(), "offers", min_order_chips=8),
    "all at once": everything,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_size_of_a_plan_of_any_shape_is_told_within_a_factor_of_two(shape: str) -> None:
    plan = plan_of(**SHAPES[shape]())
    told, program = size_of(plan), build(inputs_of(plan))
    true = (len(program.cost), len(program.row_upper), len(program.values))
    for counted, there in zip((told.columns, told.rows, told.coefficients), true, strict=True):
        assert there / 1.1 <= counted <= 2 * there, f"{told}, {true}"


@pytest.mark.parametrize("seed", range(40))
def test_no_plan_is_much_larger_than_was_told(seed: int) -> None:
    try:
        plan = decode_plan(random_plan(seed))
    except PlanError:
        pytest.fail("the generator makes valid plans")
    told, program = size_of(plan), build(inputs_of(plan))
    assert len(program.cost) <= 1.1 * told.columns + 10
    assert len(program.values) <= 2 * told.coefficients + 100


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


def test_longer_periods_are_offered_where_they_fill_the_same_months() -> None:
    plan = grid_plan(2, 3, 4, periods=24)
    assert plan.settings.months_per_period == 1
    found = coarser(plan)
    assert {name: (grid.periods, grid.months_per_period) for name, (grid, _) in found.items()} == {
        "quarters": (8, 3), "half-years": (4, 6), "years": (2, 12),
    }  # fmt: skip
    for grid, told in found.values():
        assert told.columns == len(build(inputs_of(on_grid(plan, grid)[0])).cost)
    by_quarter = replace(plan, settings=replace(plan.settings, months_per_period=3, periods=6))
    assert list(coarser(by_quarter)) == ["half-years"]  # a year and a half is no number of years


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
