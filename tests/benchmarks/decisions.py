"""Many cases and decisions in worlds, beside HiGHS alone on the same programs: one plan, all in turn in one run.

python -m tests.benchmarks.decisions
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.analysis.cases import BLOCK, each
from gigaplan.engine.analysis.decisions import held_draws as held_draws_module
from gigaplan.engine.analysis.decisions.flips import Begin, flips
from gigaplan.engine.analysis.decisions.frontier import frontier
from gigaplan.engine.analysis.decisions.held_draws import all_months, held_draws
from gigaplan.engine.analysis.decisions.losses import losses
from gigaplan.engine.analysis.decisions.program_of_inputs import ProgramOfInputs, program_of_inputs
from gigaplan.engine.analysis.decisions.two_stage import Decision, decision_of, hedge, own_optima
from gigaplan.engine.analysis.decisions.worlds import World, WorldProgram, bare, drawn
from gigaplan.engine.analysis.uncertainty import drawn_turns, draws, outcome, under
from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Uncertainty
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.projects.build import TEMPLATES
from tests.benchmarks.bare import BareSolver

CASES, WORLDS, POINTS, HELD = 80, 16, 20, 100_000


def decisions(plan: Plan, cases: int, worlds: int, points: int) -> dict[str, Any]:
    """Ratios and seconds: cases (`many_cases`), and a few analyses whole."""
    found = many_cases(plan, cases)
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


def many_cases(plan: Plan, count: int) -> dict[str, Any]:
    """Cases of a plan, its decisions by 0 and 1 left out, beside bare warm runs, and by two processes beside one."""
    plan = without_flexible_work(plan)
    plan = msgspec.structs.replace(plan, power_contracts=tuple(c for c in plan.power_contracts if c.status == "signed"))
    some = draws(plan, count)
    one = _seconds(lambda: list(each(outcome, plan, some)))
    two = _seconds(lambda: list(each(outcome, plan, some, jobs=2)))
    programs = [build(inputs_of(under(plan, case))) for case in some]
    bare = 0.0
    for first in range(0, count, BLOCK):  # a block begins with a new solver, here as there
        began = time.perf_counter()
        solver = BareSolver.of(programs[first])
        bare += time.perf_counter() - began + sum(map(solver.step, programs[first + 1 : first + BLOCK]))
    return {"cases_per_s": count / one, "processes": one / two, "case_ratio": bare / one}


def held(plan: Plan, count: int) -> dict[str, Any]:
    """Seconds of so many draws with the whole plan held, its work that may wait or run at any time left out; and,
    where one merit order is proven for all of them, numpy's own evaluation of the same arithmetic beside it."""
    plan = without_flexible_work(plan)
    began = time.perf_counter()
    found = held_draws(plan, None, count)
    seconds = time.perf_counter() - began
    near = msgspec.structs.replace(plan, uncertainties=tuple(map(_nearer, plan.uncertainties)))
    own = WorldProgram.of(World("base", 1.0, bare(near, None)))
    decision = decision_of(own, Solver().solve(own.program), all_months(near))
    turns = drawn_turns(near, count)
    learned = program_of_inputs(near, turns)
    assert learned is not None
    ours = _seconds(lambda: held_draws_module._by_parts(learned, decision, turns, 1, lambda part: None))
    whole, least = _of_numpy(learned, decision, turns)
    return {
        "held_s": seconds,
        "held_programs": found.solved,
        "held_ratio": whole / ours,
        "held_least_ratio": least / ours,
    }


def _of_numpy(learned: ProgramOfInputs, decision: Decision, turns: NDArray[np.float64]) -> tuple[float, float]:
    """Seconds in which numpy alone evaluates all draws with the basis of each part, known beforehand: x_B = B^-1 b and
    the reduced costs with their bounds and signs, cost and what is not served; and those in which it evaluates only
    what the program does, which leaves out the bounds and signs that hold between the ends of all inputs."""
    whole = least = 0.0
    for part in held_draws_module._apart(learned, decision).parts:
        if not len(part.cost):
            continue
        solved = held_draws_module._Solved(part)
        features = learned.features(turns, part.features)
        solved.values(features)
        (basis,) = solved.known
        found = solved._solve(features[0])
        assert found is not None
        at = held_draws_module._of_basis(part, found, features[0])
        bounds = [b[np.isfinite(b[:, 0])] for b in ((at.values - at.lower), (at.upper - at.values))]
        kept = np.concatenate([*bounds, np.where(at.at_upper[:, None], -at.reduced_costs, at.reduced_costs)])

        def evaluate(rows: NDArray[np.float64], part: Any = part, basis: Any = basis) -> None:
            for some in np.array_split(turns, max(1, len(turns) // held_draws_module.AT_ONCE)):
                mine = learned.features(some, part.features)
                (mine @ rows.T >= -held_draws_module.KEPT).all(axis=1)
                (mine @ basis.cost * mine).sum(axis=1)
                mine @ basis.missing.T

        whole += _seconds(functools.partial(evaluate, kept))
        least += _seconds(functools.partial(evaluate, basis.kept))
    return whole, least


def _nearer(row: Uncertainty) -> Uncertainty:
    """A triangular input within a thousandth of its usual spread, and below its mode: there the chips of the plan are
    just used up, and merit orders meet."""
    assert row.low is not None
    assert row.high is not None
    assert row.mode is not None
    middle, reach = (row.low + row.mode) / 2, (row.high - row.low) / 2000
    return msgspec.structs.replace(row, low=middle - reach, mode=middle, high=middle + reach)


def without_flexible_work(plan: Plan) -> Plan:
    """The plan without work that may wait or run at any time: its periods fall apart once its chips are held."""
    gone = {w.id for w in plan.workloads if w.kind == "pretraining" or w.max_delay_months is not None}
    return msgspec.structs.replace(
        plan,
        workloads=tuple(w for w in plan.workloads if w.id not in gone),
        uncertainties=tuple(u for u in plan.uncertainties if u.row not in gone),
        scenarios=(),
    )


def _priced(result: Result) -> list[str]:
    """The offers of which a plan has chips, those with most of them first."""
    chips = {id: float(values.sum()) for id, values in result.series("chips", "offer").items()}
    return sorted((id for id, count in chips.items() if count > 0), key=lambda id: -chips[id])


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    frontier_1gw = TEMPLATES["frontier-1gw"].build()
    print(json.dumps(decisions(frontier_1gw, CASES, WORLDS, POINTS) | held(frontier_1gw, HELD)))
