"""How fast decisions are proven: `python -m tests.benchmarks.integers [TEMPLATE ...]`, in seconds of CPU.

Gigaplan's own search beside that of HiGHS on the same arrays: bare, with a good plan to start from, without its search
for symmetry, without heuristics, and with gates ten times as loose.
"""

from __future__ import annotations

import dataclasses
import sys
import time

import highspy
import numpy as np

from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.linear_program import LinearProgram
from gigaplan.engine.optimization.scaling import Scaled, scaled
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.storage.templates import load_template
from tests.benchmarks.bare import hand_over, new_highs

GAPS = (0.005, 0.001, 1e-9)
LIMIT_S = 60.0
WAYS: dict[str, dict[str, object]] = {
    "HiGHS": {},
    "HiGHS from the best plan": {},
    "HiGHS without symmetry": {"mip_detect_symmetry": False},
    "HiGHS without heuristics": {"mip_heuristic_effort": 0.0},
    "HiGHS, gates ten times as loose": {},
}


def own(program: LinearProgram, gap: float) -> tuple[float, str]:
    """CPU seconds of Gigaplan's search, and what it says."""
    began = time.process_time()
    found = Solver().solve(program, gap=gap)
    return time.process_time() - began, found.status


def loosened(program: LinearProgram, arrays: Scaled) -> Scaled:
    """The arrays with each bound that an integer opens, ten times as large."""
    values, rows = arrays.values.copy(), np.repeat(np.arange(len(arrays.row_upper)), np.diff(arrays.start))
    gate = program.integer[arrays.columns] & (arrays.row_upper[rows] == 0) & (values < 0)
    values[gate] *= 10
    return dataclasses.replace(arrays, values=values)


def bare(program: LinearProgram, arrays: Scaled, gap: float, way: str, best: np.ndarray) -> tuple[float, str]:
    """CPU seconds of HiGHS's search, and the gap that is left."""
    highs = new_highs()
    hand_over(highs, loosened(program, arrays) if way.endswith("loose") else arrays)
    kinds = np.where(program.integer, 1, 0).astype(np.uint8)
    every = np.arange(len(kinds), dtype=np.int32)
    highs.changeColsIntegrality(len(kinds), every, kinds)
    for name, value in {"mip_rel_gap": gap, "time_limit": LIMIT_S, **WAYS[way]}.items():
        highs.setOptionValue(name, value)
    if way.endswith("best plan"):
        known = highspy.HighsSolution()
        known.col_value = (best / program.column_unit).tolist()
        highs.setSolution(known)
    began = time.process_time()
    highs.run()
    return time.process_time() - began, f"gap {highs.getInfo().mip_gap:.1e}"


def main(names: list[str]) -> None:
    """Prints a table for each template."""
    for name in names:
        program = build(inputs_of(load_template(name)))
        arrays = scaled(program, program.lower, program.upper)
        print(f"{name}: {program.integer.sum()} integers, {len(program.cost)} columns, {len(program.row_upper)} rows")
        best = Solver().solve(program).values
        for gap in GAPS:
            spent, said = own(program, gap)
            print(f"  Gigaplan, gap {gap:g}: {spent:.2f} s, {said}")
        for way in WAYS:
            told = [bare(program, arrays, gap, way, best) for gap in GAPS[:: len(GAPS) - 1]]
            print(f"  {way}: " + "; ".join(f"{spent:.2f} s, {said}" for spent, said in told))


if __name__ == "__main__":
    main(sys.argv[1:] or ["frontier-1gw", "tiered-portfolio"])
