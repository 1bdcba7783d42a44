"""Two windows on one file, and files that cannot be written: what is saved, and where."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from gigaplan.engine.plan.plan import with_settings
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.lock import FOLDER
from tests.gui.plan_windows import Windows, answers_of, edited, plan_file, windows_of

windows = pytest.fixture(windows_of)
answers = pytest.fixture(answers_of)


def test_a_second_window_saves_as_another_file(
    windows: Windows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: list[str]
) -> None:
    path, other = plan_file(tmp_path), tmp_path / "other.gigaplan"
    first, second = windows.open(path), windows.open(path)
    assert not first.document.read_only
    assert second.document.read_only
    assert second.bars._bars["hold"].label.text().startswith("Open in another window")
    edited(second.document, "of the second")
    chosen = [path, other]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(chosen.pop(0)), ""))
    assert not second.files.save()  # onto the file of the first window
    assert "open in another window" in answers[0]
    assert open_plan(path).plan.settings.name == "saved"
    assert second.files.save()
    assert open_plan(other).plan.settings.name == "of the second"
    assert second.document.path == other
    assert not second.document.read_only
    assert "hold" not in second.bars._bars
    edited(first.document, "of the first")
    assert first.files.save()
    assert open_plan(path).plan.settings.name == "of the first"


def test_the_second_window_may_save_once_the_first_is_closed(windows: Windows, tmp_path: Path) -> None:
    path = plan_file(tmp_path)
    first, second = windows.open(path), windows.open(path)
    windows.close(first)
    second.safety.look()
    assert not second.document.read_only
    assert second.bars._bars == {}
    edited(second.document, "now")
    assert second.files.save()


def test_no_window_keeps_a_lock_after_its_end(windows: Windows, tmp_path: Path) -> None:
    path = plan_file(tmp_path)
    windows.open(path)
    windows.open(path)
    windows.close_all()
    assert list((windows.folder / FOLDER).iterdir()) == []
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith("plan")) == ["plan.gigaplan"]


def test_a_file_that_may_only_be_read_opens_and_says_so(
    windows: Windows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = plan_file(tmp_path), tmp_path / "other.gigaplan"
    path.chmod(0o444)
    window = windows.open(path)
    assert "is read-only" in window.bars._bars["hold"].label.text()
    edited(window.document, "edited")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(other), ""))
    assert window.files.save()
    assert (open_plan(other).plan.settings.name, open_plan(path).plan.settings.name) == ("edited", "saved")
    assert set(window.bars._bars) == {"done"}


def test_a_full_disk_at_a_save_keeps_the_file_and_the_edits(
    windows: Windows, tmp_path: Path, answers: list[str]
) -> None:
    path = plan_file(tmp_path)
    window = windows.open(path)
    window.document.apply(with_settings(window.document.plan, notes="x" * 60_000), "edit")
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, most[1]))
    try:
        assert not window.files.save()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)
    assert "Your edits are still here" in answers[0]
    assert window.document.is_dirty
    assert open_plan(path).plan.settings.notes == ""
    assert window.files.save()
    assert open_plan(path).plan == window.document.plan
