"""Integer decisions: held while a person edits, proven in a process that can be killed."""

import time
from pathlib import Path

import pytest

from gigaplan.engine.exchange.json import read_json
from gigaplan.engine.solve.integer_decisions import Proof, ProofJob, decisions_of
from gigaplan.engine.solve.solve import solve_plan
from tests.engine.plans import plan_of

CASES = Path(__file__).parents[2] / "cases" / "1"


@pytest.mark.parametrize("case", ["synthetic-2", "synthetic-4", "synthetic-6"])
def test_held_decisions_give_the_optimum_that_they_belong_to(case):
    plan = read_json(CASES / f"{case}.json")
    proven = solve_plan(plan)
    assert proven.integers == "proven"
    assert proven.solution.integers_fixed
    decisions = decisions_of(proven.program, proven.solution.values)
    held = solve_plan(plan, hold=decisions)
    assert held.integers == "held"
    assert held.kpis["objective_usd"] == pytest.approx(proven.kpis["objective_usd"], rel=1e-9)
    for name in decisions:
        worse = solve_plan(plan, hold=decisions | {name: 1 - decisions[name]})
        assert worse.status == "infeasible" or worse.kpis["objective_usd"] >= proven.kpis["objective_usd"] * (1 - 1e-9)


def test_a_plan_without_integers_has_nothing_to_prove():
    assert solve_plan(plan_of()).integers == "none"


def test_a_proof_runs_in_its_own_process_and_says_what_it_found():
    plan = read_json(CASES / "synthetic-2.json")
    job = ProofJob(plan)
    word = None
    until = time.monotonic() + 60
    while not isinstance(word, Proof) and time.monotonic() < until:
        word = job.wait(1.0)
    job.cancel()
    proven = solve_plan(plan)
    assert word == Proof("optimal", decisions_of(proven.program, proven.solution.values))


def test_a_killed_proof_is_an_error():
    job = ProofJob(read_json(CASES / "synthetic-2.json"))
    job._process.kill()
    word = None
    until = time.monotonic() + 30
    while word is None and time.monotonic() < until:
        word = job.wait(1.0)
    assert word == Proof("error")
    job.cancel()
