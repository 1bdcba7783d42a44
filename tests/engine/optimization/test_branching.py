"""Integer decisions by branch and bound: the best of all there are, on small programs where each can be tried."""

import itertools

import numpy as np
import pytest

from gigaplan.engine.optimization.linear_program import Assembler, LinearProgram
from gigaplan.engine.optimization.solver import Solver

GATES, FLOWS = 6, 10


def gated(seed: int, loosest: float = 8.0) -> LinearProgram:
    """Work that flows through gates: each has a price of its own and lets so much through, and of two one at most
    may be open. What is not done is dear."""
    r = np.random.default_rng(seed)
    program = Assembler()
    flows = program.add_block("deliveries", ("thing",), (np.arange(FLOWS),), r.uniform(1, 5, FLOWS))
    gates = program.add_block(
        "signed", ("gate",), (np.arange(GATES),), r.uniform(0, 20, GATES), upper=1.0, integer=True
    )
    unmet = program.add_block("unmet", ("thing",), (np.arange(1),), np.array([30.0]))
    of = r.integers(0, GATES, FLOWS)
    rows = np.arange(FLOWS)
    most = np.where(r.random(FLOWS) < 0.3, loosest, r.uniform(1, 8, FLOWS))
    entries = [(rows, rows + flows.start, np.ones(FLOWS)), (rows, of + gates.start, -most)]
    program.add_family("signature", ("thing",), (rows,), entries, upper=0.0)
    program.add_family("supply", ("thing",), (rows,), [(rows, rows, np.ones(FLOWS))], upper=r.uniform(1, 6, FLOWS))
    nothing = np.zeros(FLOWS, dtype=np.int64)
    served = [(nothing, rows, np.ones(FLOWS)), (np.array([0]), np.array([unmet.start]), np.ones(1))]
    program.add_family("demand", ("thing",), (np.arange(1),), served, lower=20.0, upper=20.0)
    pair = (np.zeros(2, dtype=np.int64), np.arange(2) + gates.start, np.ones(2))
    program.add_family("group", ("gate",), (np.arange(1),), [pair], upper=1.0)
    names = {axis: tuple(f"{axis}-{k}" for k in range(50)) for axis in ("thing", "gate")}
    return program.finish(constant=7.0, cost_unit=1.0, names=names)


def best_of_all(program: LinearProgram) -> float:
    """The least objective over every choice of gates."""
    solver, found = Solver(), []
    for choice in itertools.product((0.0, 1.0), repeat=GATES):
        solution = solver.solve(program, hold=np.array(choice))
        if solution.status == "optimal":
            found.append(solution.objective)
    return min(found)


@pytest.mark.parametrize("loosest", [8.0, 1e8])
@pytest.mark.parametrize("seed", range(6))
def test_the_best_decisions_are_found(seed: int, loosest: float) -> None:
    """Also where a gate that counts as shut, by the solver's tolerance, would let everything through."""
    program = gated(seed, loosest)
    expected, room = best_of_all(program), 1e-9 if loosest < 1e6 else 1e-6
    assert Solver().solve(program).objective == pytest.approx(expected, rel=room)
    soon, is_proven = Solver().quick(program, np.full(GATES, np.nan))
    assert soon.objective >= expected * (1 - room)
    if is_proven:
        assert soon.objective == pytest.approx(expected, rel=room)


@pytest.mark.parametrize("most", [1, 3])
def test_where_few_nodes_are_allowed_the_search_of_highs_goes_on(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gigaplan.engine.optimization.solver.MOST_NODES", most)
    for seed in range(6):
        program = gated(seed)
        assert Solver().solve(program).objective == pytest.approx(best_of_all(program), rel=1e-9)


def test_decisions_that_are_known_stay() -> None:
    program = gated(3)
    free = Solver().solve(program)
    chosen = np.round(free.values[program.integer])
    for k in range(GATES):
        known = np.full(GATES, np.nan)
        known[k] = 1 - chosen[k]
        soon, is_proven = Solver().quick(program, known)
        assert not is_proven
        if soon.status == "infeasible":
            assert k < 2  # with the other of its group
            continue
        assert soon.values[program.integer][k] == pytest.approx(known[k], abs=1e-9)
        assert soon.objective >= free.objective * (1 - 1e-9)


def test_no_decisions_are_found_where_there_are_none() -> None:
    program = gated(0)
    program.row_lower[-1], program.row_upper[-1] = 3.0, 3.0  # both gates of the group, and one more
    assert Solver().solve(program).status == "infeasible"
    assert Solver().quick(program, np.full(GATES, np.nan))[0].status == "infeasible"
