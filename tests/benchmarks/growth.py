"""How the time to build, the time to solve and the memory grow with the periods and the offers of a plan.

python -m tests.benchmarks.growth WORKLOADS OFFERS SITES PERIODS      one plan, in a process of its own
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STANDARD = (8, 14, 6, 20)
PERIODS = (8, 20, 40, 80)
OFFERS = (10, 20, 40, 80)
FIGURES = ("build_ms", "solve_ms", "memory_mb")


def growth(
    periods: tuple[int, ...] = PERIODS, offers: tuple[int, ...] = OFFERS, seconds: float = 120
) -> dict[str, object]:
    """The figures of each plan, and the exponents that fit them: a figure grows as size ** exponent.

    A plan that is not solved in `seconds` has no figures, and says so.
    """
    workloads, standard_offers, sites, standard_periods = STANDARD
    return {
        "periods": _fitted({n: _measure((workloads, standard_offers, sites, n), seconds) for n in periods}),
        "offers": _fitted({n: _measure((workloads, n, sites, standard_periods), seconds) for n in offers}),
    }


def _measure(size: tuple[int, ...], seconds: float) -> dict[str, float] | None:
    command = [sys.executable, "-m", "tests.benchmarks.growth", *map(str, size)]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
    return dict(json.loads(done.stdout))


def _fitted(found: dict[int, dict[str, float] | None]) -> dict[str, object]:
    solved = {n: figures for n, figures in found.items() if figures is not None}
    exponents = {f"{name}_exponent": _slope({n: figures[name] for n, figures in solved.items()}) for name in FIGURES}
    return {**exponents, "sizes": {str(n): figures or "not solved in time" for n, figures in found.items()}}


def _slope(values: dict[int, float]) -> float:
    """Least squares of log(value) over log(size)."""
    points = [(math.log(n), math.log(max(value, 1e-3))) for n, value in values.items()]
    x_mean, y_mean = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / sum((x - x_mean) ** 2 for x, _ in points)


def _one(size: tuple[int, ...]) -> dict[str, float]:
    import statistics

    from gigaplan.engine.optimization.arrays import inputs_of
    from gigaplan.engine.optimization.formulation import build
    from gigaplan.engine.solve.solve import solve_plan
    from tests.benchmarks.plans import plan_of

    plan = plan_of(*size)
    solve_plan(plan_of(2, 2, 2, 4))  # what is imported when it is first used is not this plan's
    before = _memory_mb()
    times = []
    for _ in range(5):
        began = time.perf_counter()
        program = build(inputs_of(plan))
        times.append(time.perf_counter() - began)
    began = time.perf_counter()
    result = solve_plan(plan)
    if result.status != "optimal" or result.solution is None:
        raise RuntimeError(f"{size}: {result.status}")
    return {
        "columns": len(program.cost),
        "rows": len(program.row_upper),
        "build_ms": statistics.median(times) * 1e3,
        "solve_ms": result.solution.seconds * 1e3,
        "plan_to_result_ms": (time.perf_counter() - began) * 1e3,
        "memory_mb": max(_memory_mb() - before, 0.1),
    }


def _memory_mb() -> float:
    """The most memory that this process has had; what Python tells on Linux is at least what its parent had."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(ln for ln in status.read_text(encoding="utf-8").splitlines() if ln.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


if __name__ == "__main__":
    print(json.dumps(_one(tuple(int(word) for word in sys.argv[1:5]))))
