"""What large plans take: CPU seconds and memory, to solve, to say what limits are worth, to diagnose, and to decide.

python -m tests.benchmarks.sizes              every case, each in a process of its own; prints JSON
python -m tests.benchmarks.sizes CASE         one
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from gigaplan.engine.plan.plan import Plan, with_fields
from gigaplan.engine.plan.schema import Agreement, Policy, Port
from tests.benchmarks.plans import SIZES, plan_of

ROOT = Path(__file__).resolve().parents[2]
MOST_SECONDS = 470
"""Of one case, by the clock: what takes longer has no figures."""
SOLVED = {"20x20x10x20": (20, 20, 10, 20), "30x30x12x30": (30, 30, 12, 30), "50x40x20x40": (50, 40, 20, 40)}


def infeasible(size: str) -> Plan:
    """A plan with 0.4 of its power, of which 95 % of all work is asked."""
    plan = plan_of(*SIZES[size])
    for site in plan.sites:
        assert isinstance(site.power_mw, tuple)
        power = tuple(0.4 * (v or 0.0) for v in site.power_mw)
        plan = with_fields(plan, "sites", site.id, power_mw=power)
    return replace(plan, policies=(*plan.policies, Policy(id="all", kind="coverage", scope="*", limit=0.95)))


def decided(size: str = "large", agreements: int = 20, ports: int = 40) -> Plan:
    """A plan with optional agreements, one for each offer, and ports."""
    plan, r = plan_of(*SIZES[size]), random.Random(1)
    signed = tuple(
        Agreement(id=f"deal-{k}", name=f"Deal {k}", provider=f"provider-{k % 5}",
                  start=r.choice(("2027-01", "2028-01")), months=r.choice((24, 36, 48)),
                  commit_usd_per_year=r.uniform(0.5, 4) * 1e7, discount=r.uniform(0.05, 0.2), status="optional")
        for k in range(agreements)
    )  # fmt: skip
    offers = tuple(
        replace(offer, id=f"{offer.id}-deal", name=f"{offer.name}, agreed", agreement=f"deal-{k}")
        for k, offer in enumerate(plan.offers[:agreements])
    )
    stacks = sorted({p.stack for p in plan.platforms})
    pairs = [(w.id, stack) for w in plan.workloads for stack in stacks if stack != "cuda"]
    asked = tuple(Port(workload=w, stack=s, cost_usd=r.uniform(0.2, 3) * 1e6, months=r.choice((0, 3, 6)))
                  for w, s in r.sample(pairs, ports))  # fmt: skip
    return replace(plan, offers=plan.offers + offers, agreements=plan.agreements + signed, ports=asked)


def _solve(size: tuple[int, ...]) -> dict[str, Any]:
    from gigaplan.engine.optimization.arrays import inputs_of
    from gigaplan.engine.optimization.formulation import build
    from gigaplan.engine.solve.solve import solve_plan

    plan = plan_of(*size)
    columns = len(build(inputs_of(plan)).cost)
    began = time.process_time()
    result = solve_plan(plan, memory=float("inf"))
    used = time.process_time() - began
    return {"columns": columns, "cpu_s": used, "status": result.status, "memory_mb": _memory_mb()}


def _worths() -> dict[str, Any]:
    from gigaplan.engine.analysis.shadow_prices import worths
    from gigaplan.engine.solve.solve import solve_plan

    result = solve_plan(plan_of(*SIZES["large"]))
    began = time.process_time()
    found = worths(result, only_shown=True)
    return {"cpu_s": time.process_time() - began, "limits": len(found)}


def _diagnosis(size: str) -> dict[str, Any]:
    from gigaplan.engine.analysis.infeasibility.remedies import diagnose

    plan = infeasible(size)
    began = time.process_time()
    found = diagnose(plan)
    return {"cpu_s": time.process_time() - began, "conflict": len(found.conflict), "remedies": len(found.remedies)}


def _decisions(gap: float) -> dict[str, Any]:
    from gigaplan.engine.solve.solve import solve_plan

    began = time.process_time()
    result = solve_plan(decided(), gap=gap, time_limit=MOST_SECONDS - 60)
    used = time.process_time() - began
    solution = result.solution
    if solution is None:
        return {"cpu_s": used, "status": result.status}
    off = (solution.objective - solution.bound) / solution.objective if result.status == "not_proven" else 0.0
    return {"cpu_s": used, "status": result.status, "gap": off}


CASES: dict[str, Callable[[], dict[str, Any]]] = {
    **{name: (lambda size=size: _solve(size)) for name, size in SOLVED.items()},  # type: ignore[misc]
    "worths": _worths,
    "diagnosis": lambda: _diagnosis("standard"),
    "diagnosis_large": lambda: _diagnosis("large"),
    "decisions": lambda: _decisions(0.01),
    "decisions_near": lambda: _decisions(0.001),
}


def sizes(names: list[str], seconds: float = MOST_SECONDS) -> dict[str, Any]:
    """The figures of some of CASES; of one that takes longer than `seconds` that it does."""
    found: dict[str, Any] = {}
    for name in names:
        command = [sys.executable, "-m", "tests.benchmarks.sizes", name]
        try:
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=seconds)
        except subprocess.TimeoutExpired:
            found[name] = f"no answer in {seconds:g} s by the clock"
            continue
        found[name] = json.loads(done.stdout.splitlines()[-1])
    return found


def _memory_mb() -> float:
    from tests.benchmarks.growth import _memory_mb as memory

    return memory()


if __name__ == "__main__":
    asked = tuple(sys.argv[1:])
    print(json.dumps(CASES[asked[0]]() if asked else sizes(list(CASES))))
