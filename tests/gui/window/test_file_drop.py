"""Files dropped on the window: one is opened, and of several the person says whether the first is."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from gigaplan.gui.window.file_drop import dropped_files
from gigaplan.gui.window.main_window import MainWindow
from tests.gui.plan_windows import Windows, plan_file, windows_of

windows = pytest.fixture(windows_of)


def data_of(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drop(window: MainWindow, data: QMimeData) -> None:
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(5, 5), copy, data, left, none))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked; a box is answered with the button whose name is put in `answer`."""
    said: list[str] = []

    def answer(box: QMessageBox) -> int:
        said.append(f"{box.text()} {box.informativeText()}")
        monkeypatch.setattr(QMessageBox, "clickedButton", lambda box: box.buttons()[said.count("cancel")])
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answer)
    return said


def several(tmp_path: Path, count: int) -> list[Path]:
    first = plan_file(tmp_path)
    others = [tmp_path / f"plan {k}.gigaplan" for k in range(1, count)]
    for other in others:
        shutil.copy(first, other)
    return [first, *others]


def test_one_file_is_opened_and_nothing_asked(windows: Windows, tmp_path: Path, qtbot: QtBot, asked: list[str]) -> None:
    window, path = windows.open(), plan_file(tmp_path)
    drop(window, data_of(path))
    qtbot.waitUntil(lambda: window.document.path == path)
    assert asked == []


def test_of_ten_files_the_first_is_opened_and_the_others_are_spoken_of(
    windows: Windows, tmp_path: Path, qtbot: QtBot, asked: list[str]
) -> None:
    window, paths = windows.open(), several(tmp_path, 10)
    drop(window, data_of(*paths))
    qtbot.waitUntil(lambda: window.document.path == paths[0])
    assert asked == [
        "10 files were dropped, and a window shows one plan. "
        "Start Gigaplan again for each of the others, and drop it there."
    ]


def test_several_files_can_be_left_alone(windows: Windows, tmp_path: Path, qtbot: QtBot, asked: list[str]) -> None:
    window, paths = windows.open(), several(tmp_path, 2)
    asked.append("cancel")
    drop(window, data_of(*paths))
    qtbot.waitUntil(lambda: len(asked) == 2)
    assert window.document.path is None


def test_plans_come_first_and_each_file_once(tmp_path: Path) -> None:
    note, plan, text = tmp_path / "note.txt", tmp_path / "a b.gigaplan", tmp_path / "plan.JSON"
    assert dropped_files(data_of(note, plan, text, plan)) == [plan, text, note]
    web = QMimeData()
    web.setUrls([QUrl("https://example.org/plan.gigaplan")])
    assert dropped_files(web) == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no names of files that are no text")
def test_a_file_whose_name_is_no_text_is_found(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff %41.gigaplan"))
    data = QMimeData()
    data.setData("text/uri-list", path.as_uri().encode())
    assert dropped_files(data) == [path]
