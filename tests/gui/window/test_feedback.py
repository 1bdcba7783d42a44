"""What is done is said in a quiet line that moves nothing; what is cancelled is shown so; a solve says its stage."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from gigaplan.engine.plan.plan import with_settings
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.files import file_actions
from gigaplan.gui.files.done_notice import tell_written
from gigaplan.gui.views.charts.card import STOPPED
from tests.gui.small_plans import full_plan


@pytest.fixture
def work(window):
    window.document.start(full_plan())
    window.show_workspace()
    assert window.wait_until_settled(60)
    yield window
    window.document.undo_stack.setClean()


def said(window) -> str:
    bar = window.bars.get("done")
    return "" if bar is None else bar.label.text()


def test_a_save_a_copy_and_an_export_say_where_and_nothing_moves(work, tmp_path, monkeypatch) -> None:
    before = work.kpis.mapToGlobal(work.kpis.rect().topLeft()), work.plan_map.size()
    path = tmp_path / "my.gigaplan"
    monkeypatch.setattr(file_actions, "file_to_write", lambda *_, **__: path)
    assert work.files.save_as()
    assert said(work) == f"Saved to my.gigaplan in {tmp_path.name}."
    assert list(work.bars.get("done").buttons) == ["Show in folder", "Close"]
    path = tmp_path / "copy.gigaplan"
    assert work.files.save_copy()
    assert said(work).startswith("A copy was saved to copy.gigaplan")
    path = tmp_path / "plan.json"
    assert work.files.export_json()
    assert said(work).startswith("The plan was exported to plan.json")
    assert list(work.bars.get("done").buttons) == ["Open", "Show in folder", "Close"]
    assert (work.kpis.mapToGlobal(work.kpis.rect().topLeft()), work.plan_map.size()) == before
    bar = work.bars.get("done")
    assert work.bars.rect().contains(bar.geometry())
    work.resize(1000, 640)
    assert work.bars.rect().contains(bar.geometry())
    bar.buttons["Close"].click()
    assert said(work) == ""


def test_a_chart_that_is_copied_or_saved_says_so(work, tmp_path) -> None:
    card = next(c for c in work.charts.cards if getattr(c, "picture", None) is not None)
    card.copy_figures()
    assert said(work) == "The figures were copied with their headers."
    assert "\t" in QGuiApplication.clipboard().text()
    tell_written(card, "The chart was saved", tmp_path / "a.png")
    assert said(work) == f"The chart was saved to a.png in {tmp_path.name}."


def test_what_is_cancelled_is_shown_so_everywhere(work, qtbot) -> None:
    cards = [card for _, cards in work.charts._sets.values() for card in cards]
    work.planner._waits = True  # nothing is solved: as of a solve that takes long
    work.document.apply(with_settings(work.document.plan, discount_rate=0.11), "Change")
    work.planner.cancel()
    assert work.planner.state == "cancelled"
    assert work.status._state.text() == "○ cancelled: figures are from an earlier plan"
    assert all(card._stopped for card in cards)
    assert work.plan_map.state_label.text() == "stopped: this is an older optimum"
    qtbot.waitUntil(lambda: STOPPED in [label.text() for label in work.explain.findChildren(QLabel)])
    work.planner._waits = False
    work.planner.submit(work.document.plan)
    assert not any(card._stopped for card in cards)
    assert work.wait_until_settled(60)


def test_a_solve_says_what_it_is_at() -> None:
    seen: list[str] = []
    assert solve_plan(full_plan(), stage=seen.append).status == "optimal"
    searched = "searching among 12 decisions by branch and bound"
    assert seen == ["checking", "building", searched, "adding up"]
