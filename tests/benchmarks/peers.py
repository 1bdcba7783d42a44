"""The peers' side of the benchmark, run in an environment of their own: prints JSON."""

from __future__ import annotations

import json
import logging
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.linear_program import LinearProgram
from gigaplan.engine.optimization.scaling import Scaled, scaled
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.plan.plan import Plan
from tests.benchmarks.cold import anew
from tests.benchmarks.plans import SIZES, plan_of


def arrays_of(plan: Plan) -> tuple[LinearProgram, Scaled]:
    """What stands between a plan and the solver."""
    program = build(inputs_of(plan))
    return program, scaled(program, program.lower, program.upper)


def _ours(plan: Plan, repeats: int) -> Callable[[], Any]:
    """Makes the arrays as for the first plan of a program, at each of `repeats` calls."""
    plans = iter([anew(plan) for _ in range(repeats)])
    return lambda: arrays_of(next(plans))


def in_turn(repeats: int, *each: Callable[[], Any]) -> list[float]:
    """The median seconds of each, taken in turn so that what slows the machine slows all."""
    times: list[list[float]] = [[] for _ in each]
    for _ in range(repeats):
        for k, run in enumerate(each):
            began = time.perf_counter()
            run()
            times[k].append(time.perf_counter() - began)
    return [statistics.median(t) for t in times]


def against_linopy(plan: Plan, repeats: int, solve: bool) -> dict[str, float]:
    """Our arrays from the plan, beside linopy's model and matrices from coefficients that it is given."""
    from tests.benchmarks.linopy_model import coefficients, model_of

    inputs = inputs_of(plan)
    program, _ = arrays_of(plan)
    given = coefficients(inputs, program)

    def theirs() -> None:
        matrices = model_of(given).matrices
        _ = matrices.A, matrices.b, matrices.c, matrices.lb, matrices.ub

    theirs()
    ours_s, theirs_s = in_turn(repeats, _ours(plan, repeats), theirs)
    found = {"ours_ms": ours_s * 1e3, "linopy_ms": theirs_s * 1e3, "ratio": theirs_s / ours_s}
    if solve:
        model = model_of(given)
        model.solve(solver_name="highs", io_api="direct", output_flag=False)
        ours = Solver().solve(program).objective
        found["optimum_differs"] = abs((float(model.objective.value) + program.constant) / ours - 1)
    return found


def against_pypsa(plan: Plan, repeats: int, solve: bool) -> dict[str, float]:
    """Our arrays from the plan, beside PyPSA's network and model from arrays that it is given."""
    from tests.benchmarks.pypsa_model import expressible, network_of

    part = expressible(plan)
    inputs = inputs_of(part)
    program, _ = arrays_of(part)

    def theirs() -> None:
        matrices = network_of(inputs).optimize.create_model().matrices
        _ = matrices.A, matrices.b, matrices.c, matrices.lb, matrices.ub

    theirs()
    ours_s, theirs_s = in_turn(repeats, _ours(part, repeats), theirs)
    found = {"ours_ms": ours_s * 1e3, "pypsa_ms": theirs_s * 1e3, "ratio": theirs_s / ours_s}
    if solve:
        network = network_of(inputs)
        network.optimize(solver_name="highs", io_api="direct", solver_options={"output_flag": False})
        ours = Solver().solve(program).objective
        found["optimum_differs"] = abs(float(network.objective) / ours - 1)
    return found


def main() -> None:
    """Measures every size, and prints what was found."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    names = sys.argv[1:] or ["standard", "large"]
    found: dict[str, Any] = {"linopy": {}, "pypsa": {}}
    for name in names:
        plan = plan_of(*SIZES[name])
        found["linopy"][name] = against_linopy(plan, 5, solve=True)
        found["pypsa"][name] = against_pypsa(plan, 5, solve=True)
    found["versions"] = {package: version(package) for package in ("linopy", "pypsa", "xarray", "numpy", "highspy")}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
