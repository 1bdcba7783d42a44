"""Many cases and decisions in worlds, beside HiGHS alone on the same programs: one plan, all in turn in one run.

python -m tests.benchmarks.decisions
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from gigaplan.engine.analysis.cases import each
from gigaplan.engine.analysis.decisions.flips import Begin, flips
from gigaplan.engine.analysis.decisions.frontier import frontier
from gigaplan.engine.analysis.decisions.losses import losses
from gigaplan.engine.analysis.decisions.two_stage import hedge, own_optima
from gigaplan.engine.analysis.decisions.worlds import drawn
from gigaplan.engine.analysis.uncertainty import draws, outcome, under
from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.projects.build import TEMPLATES
from tests.benchmarks.bare import BareSolver

CASES, WORLDS, POINTS = 40, 16, 20


def decisions(plan: Plan, cases: int, worlds: int, points: int) -> dict[str, Any]:
    """Ratios and seconds: cases solved beside bare warm runs, two processes beside one, and a few analyses whole."""
    some = draws(plan, cases)
    one = _seconds(lambda: list(each(outcome, plan, some)))
    two = _seconds(lambda: list(each(outcome, plan, some, jobs=2)))
    programs = [build(inputs_of(under(plan, case))) for case in some]
    found: dict[str, Any] = {"cases_per_s": cases / one, "processes": one / two}
    if not any(p.integer.any() for p in programs):
        bare = BareSolver.of(programs[0])
        found["case_ratio"] = sum(bare.step(p) for p in programs) / one
    cold = _seconds(lambda: solve_plan(plan))
    result = solve_plan(plan)
    assert result.allocation is not None
    assert result.program is not None
    assert result.solution is not None
    of = result.allocation.inputs, result.program, result.solution
    found["losses_s"] = _seconds(lambda: losses(*of))
    offer = _priced(result)[0]
    begin = Begin.of(result.program, result.solution)
    found["flips_s"] = _seconds(lambda: flips(plan, "offers", offer, "price_usd", 0.5, 2.0, op="scale", begin=begin))
    found["frontier_cold"] = _seconds(lambda: frontier(plan, "carbon", points)) / cold
    known = own_optima(drawn(plan, worlds))
    found["two_stage_s"] = _seconds(lambda: hedge(known, 12.0, jobs=2))
    return found


def _priced(result: Result) -> list[str]:
    """The offers of which a plan has chips, those with most of them first."""
    chips = {id: float(values.sum()) for id, values in result.series("chips", "offer").items()}
    return sorted((id for id, count in chips.items() if count > 0), key=lambda id: -chips[id])


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(decisions(TEMPLATES["frontier-1gw"].build(), CASES, WORLDS, POINTS)))
