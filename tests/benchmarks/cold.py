"""From a plan to what the solver is given, beside HiGHS's own solve of it from nothing."""

from __future__ import annotations

import statistics
import time

from gigaplan.engine.optimization import linear_program
from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.scaling import scaled
from gigaplan.engine.plan.decode import decode_plan, encode_plan
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.validation.rules import check
from tests.benchmarks.bare import hand_over, new_highs, run


def anew(plan: Plan) -> Plan:
    """The same plan in rows of its own, and nothing kept from another, so that it is built as the first of a program
    is."""
    linear_program._places.cache_clear()
    return decode_plan(encode_plan(plan))


def cold(plan: Plan, repeats: int) -> dict[str, float]:
    """Median milliseconds of checks, arrays, and HiGHS's own solve; the arrays and all of ours over the solve."""
    checking, building, solving = [], [], []
    columns = rows = 0
    for _ in range(repeats):
        plan = anew(plan)
        began = time.perf_counter()
        check(plan)
        checked = time.perf_counter()
        plan = anew(plan)
        began_building = time.perf_counter()
        program = build(inputs_of(plan))
        arrays = scaled(program, program.lower, program.upper)
        built = time.perf_counter()
        highs = new_highs()
        hand_over(highs, arrays)
        solving.append(run(highs))
        checking.append(checked - began)
        building.append(built - began_building)
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
