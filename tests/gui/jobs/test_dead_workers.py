"""Threads that die, and cancels that come between two parts of a solve: the window says so, and works again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

import gigaplan.engine.solve.integer_decisions
import gigaplan.engine.solve.solve
from gigaplan.engine.plan.plan import Plan, with_fields, with_row, with_settings
from gigaplan.engine.plan.schema import Port
from gigaplan.engine.storage.crash_log_read import left_behind
from gigaplan.engine.storage.crash_log_write import RecoveryFile
from gigaplan.engine.storage.history import Version
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.save import save_plan
from gigaplan.engine.storage.templates import load_template
from gigaplan.gui.document.document import Document
from gigaplan.gui.files.autosave import FAULT, Recorder
from gigaplan.gui.files.crash_reports import CrashReports
from gigaplan.gui.jobs.history_job import HistoryWorker
from gigaplan.gui.jobs.scenario_job import ScenarioWorker
from gigaplan.gui.jobs.solve_job import FAILED
from gigaplan.gui.window.main_window import MainWindow
from tests.engine.plans import plan_of
from tests.faults.cancels import large_plan


class Broken(BaseException):
    """What no code catches."""


def breaks(*_: object, **__: object) -> Any:
    raise Broken("the thread broke")


@pytest.fixture
def window(tmp_path: Path, reports: CrashReports, qtbot: QtBot, no_thread_left: None):
    made = MainWindow(tmp_path / "data", reports)
    made.document.start(load_template("startup"))
    made.files.opened.emit()
    made.show()
    qtbot.waitUntil(lambda: not made.planner.is_stale, timeout=60_000)
    yield made
    made.document.undo_stack.setClean()
    made.close()


def edited(plan: Plan, value: float) -> Plan:
    return with_fields(plan, "workloads", plan.workloads[0].id, unmet_usd=value)


# The planner


def test_a_solver_thread_that_dies_is_told_of_and_begun_anew_by_the_next_edit(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    document, planner = window.document, window.planner
    with monkeypatch.context() as patch:
        patch.setattr(gigaplan.engine.solve.solve, "inputs_of", breaks)
        document.apply(edited(document.plan, 2000.0), "edit")
        qtbot.waitUntil(lambda: planner.state == "solved" and not planner.is_stale, timeout=60_000)
    assert planner._solver._thread is None
    assert planner.result is not None
    assert (planner.result.status, planner.result.problems) == ("error", (FAILED,))
    assert window.status._state.text() == "● the plan could not be solved"
    qtbot.waitUntil(lambda: window.bars.get("crash") is not None)
    kept = document.plan
    document.apply(edited(kept, 3000.0), "edit")
    qtbot.waitUntil(lambda: not planner.is_stale and planner.result.status == "optimal", timeout=60_000)
    document.undo_stack.undo()
    assert document.plan is kept


def test_what_is_asked_while_the_thread_dies_is_answered(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    """The edit comes when the thread is at its end and still counts as alive."""
    document, planner = window.document, window.planner
    dying, may_end = threading.Event(), threading.Event()

    def slow_to_die(*_: object) -> None:
        dying.set()
        may_end.wait(30)
        raise Broken

    with monkeypatch.context() as patch:
        patch.setattr(gigaplan.engine.solve.solve, "inputs_of", slow_to_die)
        document.apply(edited(document.plan, 2000.0), "edit")
        qtbot.waitUntil(dying.is_set)
    document.apply(edited(document.plan, 3000.0), "edit")
    may_end.set()
    qtbot.waitUntil(lambda: not planner.is_stale and planner.result.status == "optimal", timeout=60_000)


def test_an_edit_after_the_death_and_before_its_news_begins_the_thread_anew(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    document, planner = window.document, window.planner
    for k in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(gigaplan.engine.solve.solve, "inputs_of", breaks)
            document.apply(edited(document.plan, 2000.0 + k), "edit")
            QCoreApplication.sendPostedEvents(planner, QEvent.Type.MetaCall)  # the thread wakes
            assert planner._solver.wait(30)  # no news of it is heard meanwhile
        document.apply(edited(document.plan, 3000.0 + k), "edit")
        qtbot.waitUntil(lambda: not planner.is_stale and planner.result.status == "optimal", timeout=60_000)


def test_a_proof_that_cannot_begin_is_told_of(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    told: list[str] = []
    window.planner.proof_changed.connect(told.append)
    plan = window.document.plan
    port = Port(workload=plan.workloads[0].id, stack="none", cost_usd=1e6)
    window.document.apply(with_row(plan, "ports", port), "port")
    qtbot.waitUntil(lambda: not window.planner.is_stale)
    monkeypatch.setattr(gigaplan.engine.solve.integer_decisions, "ProofJob", breaks)
    window.document.apply(edited(window.document.plan, 2000.0), "edit")  # the port stays as it was decided
    qtbot.waitUntil(lambda: "ports are not proven" in told, timeout=60_000)


# The recorder


def test_a_recorder_that_dies_is_told_of_and_begun_anew_by_the_next_edit(
    reports: CrashReports, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    document = Document(plan_of())
    recorder = Recorder(document, tmp_path / "recovery")
    told: list[str] = []
    recorder.trouble_changed.connect(told.append)
    assert recorder.flush(10)
    with monkeypatch.context() as patch:
        patch.setattr(RecoveryFile, "write", breaks)
        document.apply(with_settings(document.plan, name="lost"), "rename")
        assert not recorder.flush(2)
        qtbot.waitUntil(lambda: told == [FAULT])
        assert recorder._worker._thread is None
    document.apply(with_settings(document.plan, name="kept"), "rename")
    assert recorder.flush(10)
    qtbot.waitUntil(lambda: told == [FAULT, ""])
    recorder._file.close(remove=False)
    (left,) = left_behind(tmp_path / "recovery")
    assert left.plan().settings.name == "kept"
    left.discard()
    recorder.stop()


# Earlier saves and scenarios


@pytest.fixture
def version(tmp_path: Path) -> Version:
    path = tmp_path / "plan.gigaplan"
    stored = save_plan(plan_of(), path, expected=None, uuid=None, revision=1)
    newer = with_settings(plan_of(), name="newer")
    save_plan(newer, path, expected=stored.stamp, uuid=stored.uuid, revision=2)
    return open_plan(path).history[0]


class Between:
    """A solve of two parts: the first is done, and the second, which takes seconds, waits until it may begin."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.may_go_on = threading.Event(), threading.Event()
        self.statuses: list[str] = []
        self._real = gigaplan.engine.solve.solve.solve_plan
        self._large = large_plan()
        monkeypatch.setattr(gigaplan.engine.solve.solve, "solve_plan", self._solve)

    def _solve(self, plan: Plan, *, solver: Any, memory: Any, **_: Any) -> Any:
        assert self._real(plan, solver=solver, memory=memory).status == "optimal"
        self.reached.set()
        assert self.may_go_on.wait(30)
        result = self._real(self._large, solver=solver, memory=memory)
        self.statuses.append(result.status)
        return result

    def cancelled_by(self, cancel: Callable[[], None], qtbot: QtBot) -> None:
        """Cancels between the two parts."""
        assert self.reached.wait(30)
        cancel()
        self.may_go_on.set()
        qtbot.waitUntil(lambda: bool(self.statuses), timeout=60_000)


def test_a_cancel_between_two_parts_of_a_solve_reaches_an_earlier_save(
    version: Version, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    between, worker, solved = Between(monkeypatch), HistoryWorker(), []
    worker.solved.connect(lambda *each: solved.append(each))
    worker.look(version)
    between.cancelled_by(worker.drop, qtbot)
    assert between.statuses == ["cancelled"]
    worker.stop()
    assert solved == []


def test_a_cancel_between_two_parts_of_a_solve_reaches_a_scenario(
    monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    between, worker = Between(monkeypatch), ScenarioWorker()
    worker.solve(plan_of(scenarios=[{"id": "s", "name": "S"}]))
    between.cancelled_by(worker.cancel, qtbot)
    assert between.statuses == ["cancelled"]
    worker.stop()


def test_the_threads_of_earlier_saves_and_scenarios_are_begun_anew(
    version: Version, reports: CrashReports, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    earlier, scenarios = HistoryWorker(), ScenarioWorker()
    plan = plan_of(scenarios=[{"id": "s", "name": "S"}])
    with monkeypatch.context() as patch:
        patch.setattr(gigaplan.engine.solve.solve, "inputs_of", breaks)
        for worker, ask in ((earlier, lambda: earlier.look(version)), (scenarios, lambda: scenarios.solve(plan))):
            with qtbot.waitSignal(worker.failed if worker is earlier else worker.found, timeout=60_000):
                ask()
    with qtbot.waitSignal(earlier.solved, timeout=60_000) as answer:
        earlier.look(version)
    assert answer.args[1].status == "optimal"
    with qtbot.waitSignal(scenarios.found, timeout=60_000) as answer:
        scenarios.solve(plan)
    assert answer.args[2].status == "optimal"
    earlier.stop()
    scenarios.stop()
