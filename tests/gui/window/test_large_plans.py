"""A plan that is too large to solve live opens, says so, and is solved apart when a person asks for it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gigaplan.engine.solve import large_plan_job, size
from gigaplan.engine.solve.large_plan_job import SolveJob
from gigaplan.gui.window.large_plans import LARGE, UNWEIGHED
from gigaplan.gui.window.main_window import MainWindow
from tests.engine.plans import grid_plan
from tests.gui.small_plans import PLAN


def open_plan(window: MainWindow, plan: object) -> None:
    window.document.start(plan)  # type: ignore[arg-type]
    window.files.opened.emit()


def test_a_huge_plan_opens_and_says_how_large_it_is(window: MainWindow, qtbot: QtBot) -> None:
    open_plan(window, grid_plan(30, 30, 30, periods=480))
    qtbot.waitUntil(lambda: not window.planner.is_stale)
    assert window.planner.result is not None
    assert window.planner.result.status == "too_large"
    bar = window.bars.get(LARGE)
    assert bar is not None
    assert bar.label.text().startswith("Too large to solve live: 13,000,000 decisions, about ")
    assert "; in years 1,100,000 decisions, about " in bar.label.text()
    assert list(bar.buttons) == ["Plan in quarters", "Plan in half-years", "Plan in years", "Solve anyway"]
    assert "too large" in window.status._state.text()
    bar.buttons["Plan in years"].click()
    assert (window.document.plan.settings.periods, window.document.plan.settings.months_per_period) == (40, 12)
    assert window.document.undo_stack.undoText() == "Plan in years"
    window.document.undo_stack.undo()
    assert window.document.plan.settings.periods == 480
    open_plan(window, PLAN)
    qtbot.waitUntil(lambda: not window.planner.is_stale)
    assert window.planner.result.status == "optimal"
    assert window.bars.get(LARGE) is None


def test_what_is_solved_anyway_can_be_cancelled_and_holds_up_no_other_plan(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[SolveJob] = []

    class Noted(SolveJob):
        def __init__(self, plan: object, memory: float | None = None) -> None:
            super().__init__(plan, 3e9)  # type: ignore[arg-type]
            jobs.append(self)

    monkeypatch.setattr(large_plan_job, "SolveJob", Noted)
    open_plan(window, grid_plan(30, 30, 30, periods=480))
    qtbot.waitUntil(lambda: not window.planner.is_stale)
    for end in (window.planner.cancel, lambda: open_plan(window, PLAN)):
        bar = window.bars.get(LARGE) or window.bars.tell(LARGE, "", (("Solve anyway", window.planner.solve_anyway),))
        qtbot.mouseClick(bar.buttons["Solve anyway"], Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: bool(jobs))
        assert window.planner.state == "solving"
        end()
        job = jobs.pop()
        qtbot.waitUntil(lambda job=job: job._process.poll() is not None)
        qtbot.waitUntil(lambda: window.planner.stage == "")  # nothing is said of it any more
        assert not jobs
    qtbot.waitUntil(lambda: not window.planner.is_stale)
    assert window.planner.result is not None
    assert window.planner.result.status == "optimal"


def test_what_is_solved_anyway_is_the_answer(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(size, "memory_bytes", lambda: 1000.0)
    open_plan(window, PLAN)
    qtbot.waitUntil(lambda: window.bars.get(LARGE) is not None)
    real = SolveJob.__init__
    monkeypatch.setattr(SolveJob, "__init__", lambda job, plan, memory=None: real(job, plan, 8e9))
    bar = window.bars.get(LARGE)
    assert bar is not None
    qtbot.mouseClick(bar.buttons["Solve anyway"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.planner.result is not None and window.planner.result.status == "optimal")
    bar = window.bars.get(LARGE)
    assert bar is not None
    assert bar.label.text() == UNWEIGHED
    bar.buttons["Close"].click()
    assert window.bars.get(LARGE) is None
    assert not window.planner.is_stale
