"""Edits that a dead window left are offered, and never saved over what came after them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gigaplan.engine.plan.plan import with_settings
from gigaplan.engine.storage.crash_log_write import Origin, RecoveryFile
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.save import ChangedOutside
from tests.gui.plan_windows import Windows, answers_of, crash, edited, offer, plan_file, windows_of
from tests.gui.small_plans import PLAN

windows = pytest.fixture(windows_of)
answers = pytest.fixture(answers_of)


def test_recovered_edits_are_unsaved_and_save_to_their_file(windows: Windows, qtbot: QtBot, tmp_path: Path) -> None:
    path = plan_file(tmp_path)
    first = windows.open(path)
    edited(first.document, "edited")
    plan = first.document.plan
    crash(windows, first)
    window = windows.open()
    bar = offer(window)
    assert bar.label.text().startswith("Unsaved edits of “plan” from 20")
    bar.buttons["Recover"].click()
    assert (window.document.plan, window.document.path, window.document.is_dirty) == (plan, path, True)
    assert window.pages.currentIndex() == 1
    assert window.bars._bars == {}
    assert open_plan(path).plan.settings.name == "saved"  # nothing was written of itself
    assert window.files.save()
    assert open_plan(path).plan == plan
    assert not window.document.is_dirty
    qtbot.waitUntil(lambda: not any(p.name.startswith("copy-") for p in (windows.folder / "recovery").iterdir()))


def test_a_recovered_plan_does_not_overwrite_a_file_changed_since(
    windows: Windows, tmp_path: Path, answers: list[str]
) -> None:
    path = plan_file(tmp_path)
    first = windows.open(path)
    edited(first.document, "edited")
    crash(windows, first)
    plan_file(tmp_path, "changed by another program")
    window = windows.open()
    offer(window).buttons["Recover"].click()
    assert "was changed by another program" in window.bars._bars["outside"].label.text()
    with pytest.raises(ChangedOutside):
        window.document.save()
    assert not window.files.save()
    assert len(answers) == 1
    assert open_plan(path).plan.settings.name == "changed by another program"


def test_edits_that_the_file_holds_after_all_are_saved(windows: Windows, tmp_path: Path) -> None:
    path = plan_file(tmp_path)
    first = windows.open(path)
    edited(first.document, "saved just before the end")
    crash(windows, first)
    plan_file(tmp_path, "saved just before the end")
    window = windows.open()
    offer(window).buttons["Recover"].click()
    assert (window.document.path, window.document.is_dirty) == (path, False)
    assert window.bars._bars == {}


def test_a_plan_that_was_never_saved_is_recovered(windows: Windows) -> None:
    first = windows.open()
    edited(first.document, "never saved")
    crash(windows, first)
    window = windows.open()
    bar = offer(window)
    assert list(bar.buttons) == ["Recover", "Discard"]
    bar.buttons["Recover"].click()
    assert (window.document.plan.settings.name, window.document.path) == ("never saved", None)
    assert window.document.is_dirty


def test_the_saved_file_can_be_looked_at_first(windows: Windows, tmp_path: Path) -> None:
    path = plan_file(tmp_path)
    first = windows.open(path)
    edited(first.document, "edited")
    crash(windows, first)
    window = windows.open()
    offer(window).buttons["Show the saved file"].click()
    assert window.document.plan.settings.name == "saved"
    offer(window).buttons["Recover"].click()
    assert window.document.plan.settings.name == "edited"


def test_discarded_edits_are_gone_and_undecided_ones_wait(windows: Windows) -> None:
    first = windows.open()
    edited(first.document, "edited")
    crash(windows, first)
    window = windows.open()
    other = windows.open()
    assert other.bars._bars == {}  # the first window has the offer
    windows.close(window)
    window = windows.open()
    offer(window).buttons["Discard"].click()
    assert window.bars._bars == {}
    windows.close(window)
    windows.close(other)
    assert list((windows.folder / "recovery").iterdir()) == []


def test_two_hundred_that_were_left_are_one_bar_and_one_list(windows: Windows) -> None:
    folder = windows.folder / "recovery"
    folder.mkdir(parents=True, mode=0o700)
    for k in range(200):
        file = RecoveryFile(folder)
        file.write(with_settings(PLAN, name=f"plan {k}"), Origin(name=f"plan {k}"), True)
        file.close(remove=False)
    window = windows.open()
    bar = offer(window)
    assert bar.label.text() == "Unsaved edits of 200 plans were found."
    bar.buttons["Show them"].click()
    shown = window.safety.offers.list
    assert shown.isVisible()
    assert shown.lines.count() == 200
    wanted = next(k for k in range(200) if "“plan 77”" in shown.lines.item(k).text())
    shown.lines.setCurrentRow(wanted)
    assert [way for way, button in shown.buttons.items() if button.isEnabled()] == ["Recover", "Discard"]
    shown.buttons["Recover"].click()
    assert window.document.plan.settings.name == "plan 77"
    assert not shown.isVisible()
    assert offer(window).label.text() == "Unsaved edits of 199 plans were found."
    window.document.undo_stack.setClean()
    while shown.lines.count() > 1:
        shown.buttons["Discard"].click()
    assert list(offer(window).buttons) == ["Recover", "Discard"]
    offer(window).buttons["Discard"].click()
    assert window.bars._bars == {}


def test_what_was_saved_or_undone_is_not_offered(windows: Windows, tmp_path: Path) -> None:
    path = plan_file(tmp_path)
    first = windows.open(path)
    edited(first.document, "edited")
    first.document.undo_stack.undo()
    crash(windows, first)
    second = windows.open(path)
    edited(second.document, "saved again")
    assert second.files.save()
    crash(windows, second)
    assert windows.open().bars._bars == {}


def test_a_damaged_recovery_file_is_told_of(windows: Windows) -> None:
    first = windows.open()
    edited(first.document, "edited")
    crash(windows, first)
    (file,) = (windows.folder / "recovery").iterdir()
    file.write_bytes(b"\0" + file.read_bytes()[1:])
    window = windows.open()
    bar = offer(window)
    assert "was not written by Gigaplan" in bar.label.text()
    assert list(bar.buttons) == ["Discard"]
    bar.buttons["Discard"].click()
    assert not file.exists()
