"""Windows on a plan file for tests: several of one person, their crash, and what they ask."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from gigaplan.engine.plan.plan import Plan, with_settings
from gigaplan.engine.plan.schema import Settings
from gigaplan.gui.document.document import Document
from gigaplan.gui.window.main_window import MainWindow

ROOT = Path(__file__).resolve().parents[2]


ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}


class Windows:
    """Windows of one person: they share the app-data folder. All are closed in the end."""

    def __init__(self, folder: Path, qtbot: QtBot) -> None:
        self.folder, self._qtbot = folder, qtbot
        self._all: list[MainWindow] = []

    def open(self, path: Path | None = None) -> MainWindow:
        """A new window, on a file if one is named."""
        window = MainWindow(self.folder)
        self._all.append(window)
        window.files._wants_second = lambda _: True  # what is asked of a file that is open elsewhere: see test_bell
        if path is not None:
            assert window.files.open_path(path)
        return window

    def close(self, window: MainWindow) -> None:
        """Closes a window; edits are dropped."""
        window.document.undo_stack.setClean()
        assert window.close()
        self._all.remove(window)

    def close_all(self) -> None:
        for window in list(self._all):
            self.close(window)


def windows_of(tmp_path: Path, qtbot: QtBot) -> Iterator[Windows]:
    """What the fixture `windows` gives."""
    windows = Windows(tmp_path / "data", qtbot)
    yield windows
    windows.close_all()


def answers_of(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the fixture `answers` gives: what boxes asked, each answered with Cancel; no test hangs on one."""
    asked: list[str] = []

    def answer(box: QMessageBox) -> int:
        asked.append(f"{box.text()} {box.informativeText()}")
        return int(QMessageBox.StandardButton.Cancel)

    monkeypatch.setattr(QMessageBox, "exec", answer)
    return asked


def edited(document: Document, name: str) -> None:
    """One edit."""
    document.apply(with_settings(document.plan, name=name), "rename")


def plan_file(folder: Path, name: str = "saved") -> Path:
    """A saved plan with that name in its settings."""
    from gigaplan.engine.storage.save import save_plan

    path = folder / "plan.gigaplan"
    plan = Plan(settings=Settings(name=name, start="2027-01", periods=4))
    save_plan(plan, path, expected=None, uuid=None, revision=1)
    return path


def crash(windows: Windows, window: MainWindow) -> None:
    """Leaves in the app-data folder what a killed window leaves, and ends it."""
    assert window.safety.recorder is not None
    assert window.safety.recorder.flush(10)
    recovery = windows.folder / "recovery"
    copies = [shutil.copy(path, path.with_name(f"copy-{path.name}")) for path in recovery.iterdir()]
    windows.close(window)
    assert sorted(map(str, recovery.iterdir())) == sorted(map(str, copies))


def offer(window: MainWindow):
    """The one bar that offers to recover."""
    (bar,) = (bar for key, bar in window.bars._bars.items() if key == "recoveries" or key.endswith(".recovery"))
    return bar


def click(window: MainWindow, key: str, button: str, qtbot: QtBot) -> None:
    """Presses a button of a bar."""
    qtbot.mouseClick(window.bars._bars[key].buttons[button], Qt.MouseButton.LeftButton)
