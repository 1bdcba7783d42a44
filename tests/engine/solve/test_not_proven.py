"""A search for integer decisions that is stopped: the best plan so far, and how far it may be off."""

import json

import pytest

from gigaplan.engine.cli import main
from gigaplan.engine.optimization import solver
from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.solution import failed
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.templates import load_template


class Hasty(Solver):
    """A solver whose time is over after so many continuous programs of its search."""

    most = 3

    def _continuous(self, program, lower, upper, time_limit, start=None, cutoff=float("inf")):
        self.most -= 1
        if self.most < 0 and time_limit is not None:
            return failed("time_limit", "")
        return super()._continuous(program, lower, upper, time_limit, start, cutoff)


@pytest.fixture(scope="module")
def program():
    return build(inputs_of(load_template("tiered-portfolio")))


@pytest.fixture(scope="module")
def least(program):
    return Solver().solve(program).objective


def assert_honest(found, least):
    assert found.status == "not_proven"
    assert found.bound <= least * (1 + 1e-9)
    assert least * (1 - 1e-9) <= found.objective
    assert len(found.values)
    assert found.violation < 1e-6


def test_when_time_is_over_the_best_plan_so_far_is_told_with_its_bound(program, least):
    assert_honest(Hasty().solve(program, time_limit=1e6), least)


def test_without_any_plan_by_then_there_is_none_to_tell(program):
    hasty = Hasty()
    hasty.most = 0
    assert hasty.solve(program, time_limit=1e6).status == "time_limit"


@pytest.mark.parametrize("most", [2, 100])
def test_a_gap_ends_the_search_early(program, least, most, monkeypatch):
    """In the search of our own, and in that of HiGHS."""
    monkeypatch.setattr(solver, "MOST_NODES", most)
    found = Solver().solve(program, gap=0.5)
    if found.status != "optimal":
        assert_honest(found, least)
        assert found.objective - found.bound <= 0.5 * found.objective
    assert found.objective <= 1.5 * least


def test_a_small_plan_without_decisions_is_proven_whatever_the_gap():
    result = solve_plan(load_template("startup"), gap=0.5)
    assert (result.status, result.gap) == ("optimal", 0)


def test_the_answer_for_programs_says_how_far_it_may_be_off(tmp_path, capsys, least):
    file = tmp_path / "plan.gigaplan"
    assert main.main(["new", "--template", "tiered-portfolio", "-o", str(file)]) == 0
    capsys.readouterr()
    assert main.main(["solve", str(file), "--gap", "0.9", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["status"] in ("not_proven", "optimal")
    assert told["bound_usd"] <= least * (1 + 1e-9)
    assert told["kpis"]["objective_usd"] >= least * (1 - 1e-9)
    assert told["gap"] <= 0.9
    assert main.main(["solve", str(file), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["status"], told["gap"]) == ("optimal", 0)
