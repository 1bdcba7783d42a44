"""A file that another program changed while it is open is noticed, and never overwritten unasked."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gigaplan.engine.storage.load import open_plan
from tests.gui.plan_windows import Windows, answers_of, edited, plan_file, windows_of

windows = pytest.fixture(windows_of)
answers = pytest.fixture(answers_of)


def test_a_file_replaced_while_open_can_be_reloaded(windows: Windows, tmp_path: Path, qtbot: QtBot) -> None:
    path = plan_file(tmp_path)
    window = windows.open(path)
    window.safety.look()
    assert window.bars._bars == {}
    edited(window.document, "mine")
    plan_file(tmp_path, "theirs")
    window.safety.look()
    window.bars._bars["outside"].buttons["Reload"].click()
    assert (window.document.plan.settings.name, window.document.is_dirty) == ("theirs", False)
    assert window.bars._bars == {}


def test_a_reload_of_a_broken_file_keeps_the_edits(windows: Windows, tmp_path: Path, answers: list[str]) -> None:
    path = plan_file(tmp_path)
    window = windows.open(path)
    edited(window.document, "mine")
    path.write_bytes(b"broken")
    window.safety.look()
    window.bars._bars["outside"].buttons["Reload"].click()
    assert len(answers) == 1
    assert (window.document.plan.settings.name, window.document.is_dirty) == ("mine", True)


def test_mine_is_kept_but_never_saved_over_theirs(windows: Windows, tmp_path: Path, answers: list[str]) -> None:
    path = plan_file(tmp_path)
    window = windows.open(path)
    plan_file(tmp_path, "theirs")
    window.safety.look()
    window.bars._bars["outside"].buttons["Keep mine"].click()
    assert window.bars._bars == {}
    assert window.document.is_dirty  # no file holds it
    window.safety.look()
    assert window.bars._bars == {}
    assert not window.files.save()
    assert open_plan(path).plan.settings.name == "theirs"
    plan_file(tmp_path, "theirs again")
    window.safety.look()
    assert "outside" in window.bars._bars


def test_a_file_that_is_gone_is_saved_anew(windows: Windows, tmp_path: Path) -> None:
    path = plan_file(tmp_path)
    window = windows.open(path)
    path.unlink()
    window.safety.look()
    assert window.bars._bars["outside"].label.text() == "“plan.gigaplan” was moved or deleted; your plan is still open."
    assert window.document.is_dirty
    window.bars._bars["outside"].buttons["Save"].click()
    assert open_plan(path).plan == window.document.plan
    assert set(window.bars._bars) == {"done"}
    assert not window.document.is_dirty


def test_a_file_that_came_back_as_another_is_not_overwritten(
    windows: Windows, tmp_path: Path, answers: list[str]
) -> None:
    path = plan_file(tmp_path)
    window = windows.open(path)
    path.unlink()
    window.safety.look()
    plan_file(tmp_path, "another")
    window.bars._bars["outside"].buttons["Save"].click()
    assert len(answers) == 1
    assert open_plan(path).plan.settings.name == "another"


def test_the_window_looks_when_it_gets_the_focus(windows: Windows, tmp_path: Path, qtbot: QtBot) -> None:
    path = plan_file(tmp_path)
    window = windows.open(path)
    with qtbot.waitExposed(window):
        window.show()
    other = windows.open()
    with qtbot.waitExposed(other):
        other.show()
    other.activateWindow()
    qtbot.waitUntil(other.isActiveWindow)
    path.unlink()
    window.activateWindow()
    qtbot.waitUntil(lambda: "outside" in window.bars._bars)
