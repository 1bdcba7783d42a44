"""An executor of processes: its answers, errors, lost processes and its end."""

from __future__ import annotations

import os
import time
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from gigaplan.engine.analysis.cases import each
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.solve.workers import Workers


def double(k: int) -> int:
    return 2 * k


def fail(words: str) -> None:
    raise ValueError(words)


def die_once(mark: Path) -> int:
    """Ends its process the first time; the second time it answers."""
    if not mark.exists():
        mark.touch()
        os._exit(1)
    return os.getpid()


def die() -> None:
    os._exit(1)


def endless(mark: Path) -> None:
    mark.touch()
    while True:
        pass


def add(given: int, case: int, solver: Solver) -> tuple[int, int]:
    """The sum, and which case of its block it is."""
    solver.count = getattr(solver, "count", 0) + 1  # type: ignore[attr-defined]
    return given + case, solver.count  # type: ignore[attr-defined]


def refuse(given: int, case: int, solver: Solver) -> int:
    if case == 5:
        raise ValueError("no five")
    return case


def test_work_is_done_elsewhere_and_errors_come_back() -> None:
    with Workers(2) as workers:
        assert list(workers.map(double, range(10))) == list(range(0, 20, 2))
        assert workers.submit(os.getpid).result() != os.getpid()
        with pytest.raises(ValueError, match="in words"):
            workers.submit(fail, "in words").result()
        assert workers.submit(double, 4).result() == 8


def test_what_a_lost_process_did_is_done_again_and_twice_is_too_often(tmp_path: Path) -> None:
    with Workers(1) as workers:
        first = workers.submit(os.getpid).result()
        assert workers.submit(die_once, tmp_path / "mark").result() != first
        with pytest.raises(EOFError):
            workers.submit(die).result()
        assert workers.submit(double, 4).result() == 8


def test_an_end_at_once_waits_for_nothing(tmp_path: Path) -> None:
    workers = Workers(1)
    running, waiting = workers.submit(endless, tmp_path / "mark"), workers.submit(double, 1)
    while not (tmp_path / "mark").exists():
        time.sleep(0.01)
    workers.shutdown(cancel_futures=True)
    with pytest.raises(EOFError):
        running.result()
    with pytest.raises(CancelledError):
        waiting.result()
    with pytest.raises(RuntimeError):
        workers.submit(double, 1)


def test_cases_come_in_order_with_a_new_solver_for_each_block() -> None:
    alone = list(each(add, 100, range(11), block=3))
    assert alone == [(100 + k, k % 3 + 1) for k in range(11)]
    assert list(each(add, 100, range(11), jobs=2, block=3)) == alone


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_a_case_raises_is_raised(jobs: int) -> None:
    found = each(refuse, 0, range(10), jobs=jobs, block=2)
    assert [next(found) for _ in range(4)] == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="no five"):
        list(found)
