"""Opening beside the window: it paints and can be cancelled meanwhile, and whatever breaks is said."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QProgressDialog, QPushButton
from pytestqt.qtbot import QtBot

import gigaplan.gui.files.file_actions as file_actions
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.save import save_plan
from gigaplan.gui.window.main_window import MainWindow
from tests.engine.plans import plan_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.gigaplan"
    save_plan(plan_of(), path, expected=None, uuid=None, revision=1)
    return path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What boxes said."""
    said: list[str] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: said.append(f"{box.text()} {box.informativeText()}") or 0)
    return said


class Slow:
    """Reading that waits until it may go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.may_go_on, self.thread = threading.Event(), ""
        monkeypatch.setattr(file_actions, "open_plan", self._read)
        monkeypatch.setattr(file_actions, "PATIENCE_MS", 1)

    def _read(self, path: Path) -> Any:
        self.thread = threading.current_thread().name
        assert self.may_go_on.wait(60)
        return open_plan(path)


def box_of(window: MainWindow) -> QProgressDialog | None:
    return next((box for box in window.findChildren(QProgressDialog) if box.isVisible()), None)


def test_a_file_is_read_beside_the_window_and_a_box_says_so(
    window: MainWindow, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, seen = Slow(monkeypatch), []

    def look() -> None:
        box = box_of(window)
        if box is None:
            QTimer.singleShot(10, look)
            return
        seen.append((box.isModal(), box.findChildren(QPushButton)[0].text()))
        slow.may_go_on.set()

    QTimer.singleShot(10, look)
    assert window.files.open_path(file)
    assert seen == [(True, "Cancel")]
    assert slow.thread == "opening"
    assert window.document.plan == plan_of()
    assert window.document.path == file
    assert box_of(window) is None


def test_a_cancel_leaves_the_plan_that_is_open(
    window: MainWindow, file: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    slow, before = Slow(monkeypatch), window.document.plan

    def cancel() -> None:
        box = box_of(window)
        if box is None:
            QTimer.singleShot(10, cancel)
        else:
            box.findChildren(QPushButton)[0].click()

    QTimer.singleShot(10, cancel)
    assert not window.files.open_path(file)
    assert window.document.plan is before
    slow.may_go_on.set()
    qtbot.waitUntil(lambda: window.files._opener._worker._thread is None)
    QApplication.processEvents()
    assert window.document.plan is before
    assert window.files.open_path(file)


def test_what_breaks_while_a_file_is_read_is_said(
    window: MainWindow, file: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Path) -> Any:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(file_actions, "open_plan", broken)
        assert not window.files.open_path(file)
    assert asked == ["plan.gigaplan could not be opened. Internal error; see the log."]
    assert not window.files.open_path(file.with_name("gone.gigaplan"))
    assert asked[1].startswith("gone.gigaplan could not be read. It is not there")
    assert window.files.open_path(file)
