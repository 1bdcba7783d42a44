"""From a plan to what the solver is given, beside HiGHS's own solve of it from nothing."""

from __future__ import annotations

import statistics
import time

from msgspec import structs

from gigaplan.engine.optimization import linear_program
from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.scaling import scaled
from gigaplan.engine.plan import throughput
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.validation.rules import check
from tests.benchmarks.bare import hand_over, new_highs, run


def forget() -> None:
    """Drops what is kept from plan to plan, so that a plan is built as the first of a program is."""
    linear_program._places.cache_clear()
    throughput._last = ((), {})


def cold(plan: Plan, repeats: int) -> dict[str, float]:
    """Median milliseconds of checks, arrays, and HiGHS's own solve; the arrays and all of ours over the solve."""
    checking, building, solving = [], [], []
    columns = rows = 0
    for _ in range(repeats):
        plan = structs.replace(plan)  # what was found in checking one plan is kept
        forget()
        began = time.perf_counter()
        check(plan)
        checked = time.perf_counter()
        forget()
        program = build(inputs_of(plan))
        arrays = scaled(program, program.lower, program.upper)
        built = time.perf_counter()
        highs = new_highs()
        hand_over(highs, arrays)
        solving.append(run(highs))
        checking.append(checked - began)
        building.append(built - checked)
        columns, rows = len(arrays.cost), len(arrays.row_upper)
    check_s, build_s, solve_s = (statistics.median(times) for times in (checking, building, solving))
    return {
        "columns": columns,
        "rows": rows,
        "check_ms": check_s * 1e3,
        "build_ms": build_s * 1e3,
        "solve_ms": solve_s * 1e3,
        "overhead": build_s / solve_s,
        "overhead_with_checks": (check_s + build_s) / solve_s,
    }
