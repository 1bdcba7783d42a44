"""What the window says of files that it will not open: a sentence and what to do, in plain letters; the plan stays."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from gigaplan.engine.storage.load import open_plan
from tests.gui.plan_windows import Windows, edited, plan_file, windows_of

windows = pytest.fixture(windows_of)


@pytest.fixture
def boxes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[QMessageBox]]:
    """The boxes that were shown, each answered with Cancel."""
    shown: list[QMessageBox] = []

    def answer(box: QMessageBox) -> int:
        shown.append(box)
        return int(QMessageBox.StandardButton.Cancel)

    monkeypatch.setattr(QMessageBox, "exec", answer)
    yield shown
    shown.clear()


def as_newer(path: Path) -> None:
    data = bytearray(path.with_name("plan.gigaplan").read_bytes())
    data[60:64] = (7).to_bytes(4, "big")
    path.write_bytes(data)


def with_many_faults(path: Path) -> None:
    path.write_text(json.dumps({"format": "gigaplan/2", "plan": {f"x{k}": 1 for k in range(50)}}))


STRANGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing.gigaplan": (lambda path: None, "It is not there: it was moved, renamed or deleted. Choose it"),
    "folder.gigaplan": (lambda path: path.mkdir(), "This is not a file but a folder. Choose a plan file."),
    "empty.gigaplan": (lambda path: path.write_bytes(b""), "The file is empty. Open its backup (.bak)"),
    "picture.gigaplan": (lambda path: path.write_bytes(b"\xff\xd8\xff\xe0" * 200), "This is not a Gigaplan file."),
    "table.xlsx": (
        lambda path: path.write_bytes(b"PK\x03\x04" * 200),
        "Of a workbook or CSV file, the page Tables reads the rows (File…), and “gigaplan import” makes a plan.",
    ),
    "newer.gigaplan": (as_newer, "by a newer Gigaplan (format 7); this one reads up to 3. Update Gigaplan to open it."),
    "cut.gigaplan": (
        lambda path: path.write_bytes(path.with_name("plan.gigaplan").read_bytes()[:-4096]),
        "“gigaplan repair” saves what can still be read of it.",
    ),
    "text.json": (lambda path: path.write_text("hello"), "Line 1, column 1: it is not JSON (expecting value). Fix"),
    "empty.json": (lambda path: path.write_text(""), "It is empty. Choose a plan that was exported as JSON."),
    "many.json": (with_many_faults, "… and "),
}
if sys.platform != "win32":
    STRANGE["link.gigaplan"] = (lambda path: path.symlink_to("plan.gigaplan"), "This is a link to another file. Open")
    STRANGE["pipe.gigaplan"] = (lambda path: os.mkfifo(path), "This is not a file but a device. Choose a plan file.")


@pytest.mark.parametrize("name", STRANGE)
def test_a_file_that_is_no_plan_leaves_the_one_that_is_open(
    windows: Windows, tmp_path: Path, boxes: list[QMessageBox], name: str
) -> None:
    make, says = STRANGE[name]
    window = windows.open(plan_file(tmp_path))
    plan = window.document.plan
    make(tmp_path / name)
    before = sorted(os.listdir(tmp_path))
    assert not window.files.open_path(tmp_path / name)
    (box,) = boxes
    assert box.text() in (f"{name} could not be opened.", f"{name} could not be read.")
    assert says in box.informativeText()
    assert "Errno" not in box.informativeText()
    assert len(box.informativeText().splitlines()) <= 13
    assert window.document.plan is plan
    assert window.document.path == tmp_path / "plan.gigaplan"
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.skipif(sys.platform == "win32", reason="names that Windows does not allow")
def test_the_name_of_a_file_is_no_markup(windows: Windows, tmp_path: Path, boxes: list[QMessageBox]) -> None:
    window = windows.open()
    for name in ("<img src=x><b>bold.gigaplan", "two\nlines.gigaplan", "n" * 200 + ".gigaplan"):
        (tmp_path / name).write_text("hello")
        assert not window.files.open_path(tmp_path / name)
        box = boxes[-1]
        for label in (box.findChild(QLabel, n) for n in ("qt_msgbox_label", "qt_msgbox_informativelabel")):
            assert label.textFormat() == Qt.TextFormat.PlainText
        assert "\n" not in box.text()
        assert len(box.text()) < 80


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (errno.ENOSPC, "The disk is full (ENOSPC). “plan.gigaplan” was not saved; the file is as it was. Free some"),
        (errno.EROFS, "The disk can only be read, not written (EROFS)."),
        (errno.EACCES, "You do not have permission to write in this folder (EACCES)."),
        (errno.EIO, "The disk reports an error (EIO)."),
    ],
)  # fmt: skip
def test_a_save_that_the_system_refuses_says_so_and_keeps_the_edits(
    windows: Windows, tmp_path: Path, boxes: list[QMessageBox], monkeypatch: pytest.MonkeyPatch, code: int, says: str
) -> None:
    path = plan_file(tmp_path)
    before = path.read_bytes()
    window = windows.open(path)
    edited(window.document, "mine")
    real = os.open

    def refuse(name: str, *arguments: int, **more: int) -> int:
        if os.fspath(name).endswith(".saving"):
            raise OSError(code, os.strerror(code), name)
        return real(name, *arguments, **more)

    monkeypatch.setattr(os, "open", refuse)
    assert not window.files.save()
    (box,) = boxes
    assert box.text() == "The plan was not saved."
    assert says in box.informativeText()
    assert "Your edits are still here." in box.informativeText()
    assert [b.text() for b in box.buttons()] == ["Save As…", "Cancel"]
    assert window.document.is_dirty
    assert path.read_bytes() == before
    assert window.safety.recorder is not None
    assert window.safety.recorder.flush(10)


def test_an_export_that_fails_leaves_the_file_that_was_there(
    windows: Windows, tmp_path: Path, boxes: list[QMessageBox], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    window = windows.open(plan_file(tmp_path))
    target = tmp_path / "out.json"
    target.write_text("what was there")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(target), ""))
    with monkeypatch.context() as patch:

        def full(handle: int) -> None:
            raise OSError(errno.ENOSPC, "no room")

        patch.setattr(os, "fsync", full)
        assert not window.files.export_json()
    (box,) = boxes
    assert box.text() == "The plan was not exported."
    assert target.read_text() == "what was there"
    assert window.files.export_json()
    assert target.read_text().startswith("{")
    assert {n for n in os.listdir(tmp_path) if n.endswith(".saving")} == set()


def test_a_name_that_gets_its_ending_replaces_no_file_unasked(
    windows: Windows, tmp_path: Path, boxes: list[QMessageBox], monkeypatch: pytest.MonkeyPatch
) -> None:
    window = windows.open()
    edited(window.document, "mine")
    theirs = plan_file(tmp_path)
    before = theirs.read_bytes()
    typed = {"plan": "plan.gigaplan", "plan.json": "plan.json.gigaplan", "plan.v2": "plan.v2.gigaplan"}
    for name, becomes in typed.items():
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, name=name, **k: (str(tmp_path / name), ""))
        assert window.files.save_as() == (becomes != "plan.gigaplan")
        assert (tmp_path / becomes).exists()
        assert not (tmp_path / name).exists()
    assert [box.text() for box in boxes] == ["“plan.gigaplan” exists already."]
    assert theirs.read_bytes() == before


def test_a_name_that_gets_its_ending_replaces_a_file_when_told_to(
    windows: Windows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = windows.open()
    edited(window.document, "mine")
    theirs = plan_file(tmp_path)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(tmp_path / "plan"), ""))

    def replace(box: QMessageBox) -> None:
        next(button for button in box.buttons() if button.text() == "Replace").click()

    monkeypatch.setattr(QMessageBox, "exec", replace)
    assert window.files.save_as()
    assert open_plan(theirs).plan.settings.name == "mine"
    assert open_plan(theirs.with_name("plan.gigaplan.bak")).plan.settings.name == "saved"
