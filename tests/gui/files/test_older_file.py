"""What the window says of a file beside the plan in it: an older format, and what is wrong with its history."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gigaplan.engine.plan.plan import with_settings
from gigaplan.engine.storage.format import VERSION
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.save import save_plan
from gigaplan.gui.window.main_window import MainWindow

REAL = Path(__file__).resolve().parents[2] / "engine" / "data"


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    window = MainWindow(tmp_path / "data")
    yield window
    window.document.undo_stack.setClean()
    window.close()


def test_an_older_file_is_told_of_and_kept_at_the_first_save(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    path = Path(shutil.copy(REAL / "format_1.gigaplan", tmp_path / "plan.gigaplan"))
    old = path.read_bytes()
    assert window.files.open_path(path)
    bar = window.bars.get("older")
    assert bar is not None
    assert bar.label.text() == (
        "“plan.gigaplan” was made by an older Gigaplan (format 1). "
        "When you save it, the file as it is now is kept as “plan.gigaplan.v1.bak”."
    )
    assert not window.document.is_dirty
    plan = window.document.plan
    window.document.apply(with_settings(plan, name="edited"), "rename")
    assert window.files.save()
    assert window.bars.get("older") is None
    assert (tmp_path / "plan.gigaplan.v1.bak").read_bytes() == old
    assert (open_plan(path).version, open_plan(path).plan.settings.name) == (VERSION, "edited")
    window.document.undo_stack.undo()
    assert window.document.plan is plan
    assert window.files.save()
    assert len(list(tmp_path.glob("plan.gigaplan*"))) == 3


def test_what_the_bar_says_can_be_put_away_and_stays_away(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    path = Path(shutil.copy(REAL / "format_1.gigaplan", tmp_path / "plan.gigaplan"))
    (tmp_path / "plan.gigaplan.v1.bak").write_bytes(b"another")
    assert window.files.open_path(path)
    bar = window.bars.get("older")
    assert bar is not None
    assert "“plan.gigaplan.v1.2.bak”" in bar.label.text()
    qtbot.mouseClick(bar.buttons["Close"], Qt.MouseButton.LeftButton)
    assert window.bars.get("older") is None
    window.document.apply(with_settings(window.document.plan, name="edited"), "rename")
    window.safety.look()
    assert window.bars.get("older") is None


def test_a_plan_recovered_from_an_older_file_says_so_too(window: MainWindow, tmp_path: Path) -> None:
    path = Path(shutil.copy(REAL / "format_1.gigaplan", tmp_path / "plan.gigaplan"))
    window.document.open(path)
    origin, plan = window.document.origin, with_settings(window.document.plan, name="edited")
    window.document.start(plan)
    assert window.bars.get("older") is None
    window.document.recover(plan, origin)
    assert window.bars.get("older") is not None


def test_what_is_wrong_with_the_earlier_saves_is_a_bar(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "plan.gigaplan"
    plan = open_plan(REAL / f"format_{VERSION}.gigaplan").plan
    stored = save_plan(plan, path, expected=None, uuid=None, revision=1)
    for k in range(2, 7):
        newer = with_settings(plan, name=str(k))
        stored = save_plan(newer, path, expected=stored.stamp, uuid=stored.uuid, revision=k)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("UPDATE history SET plan = zeroblob(40) WHERE revision < 6")
    assert window.files.open_path(path)
    assert window.document.plan == with_settings(plan, name="6")
    bar = window.bars.get("found")
    assert bar is not None
    text = bar.label.text()
    assert text.startswith(
        "Of “plan.gigaplan”, the plan is sound, but not all else: the earlier save 5 does not match its checksum."
    )
    assert text.endswith(" And 2 more.")
    qtbot.mouseClick(bar.buttons["Close"], Qt.MouseButton.LeftButton)
    assert window.bars.get("found") is None
    window.document.undo_stack.resetClean()
    assert window.bars.get("found") is None


def test_a_backup_that_could_not_be_renewed_is_a_bar(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "plan.gigaplan"
    window.document.save(path)
    name = "gigaplan.engine.storage.save.make_backup"
    monkeypatch.setattr(name, lambda spare, target: "“plan.gigaplan.bak” is as it was")
    window.document.apply(with_settings(window.document.plan, name="edited"), "rename")
    assert window.files.save()
    bar = window.bars.get("found")
    assert bar is not None
    assert "“plan.gigaplan.bak” is as it was" in bar.label.text()


def test_a_newer_file_is_refused_in_a_sentence_and_the_plan_stays(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(shutil.copy(REAL / f"format_{VERSION}.gigaplan", tmp_path / "plan.gigaplan"))
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(f"PRAGMA user_version = {VERSION + 1}")
    before, plan = path.read_bytes(), window.document.plan
    asked: list[str] = []
    monkeypatch.setattr("PySide6.QtWidgets.QMessageBox.exec", lambda box: asked.append(box.informativeText()) or 0)
    assert not window.files.open_path(path)
    assert asked == [
        f"The file was made by a newer Gigaplan (format {VERSION + 1}); this one reads up to {VERSION}. "
        "Update Gigaplan to open it."
    ]
    assert (path.read_bytes(), window.document.plan, window.document.path) == (before, plan, None)
