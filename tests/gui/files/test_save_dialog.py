"""Files that a person names: the plan's own by another way, another form's, and names that no disk takes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from gigaplan.engine.storage.load import open_plan
from gigaplan.gui.files.save_dialog import file_to_write
from gigaplan.gui.window.main_window import MainWindow
from tests.gui.plan_windows import ENVIRONMENT, ROOT, Windows, answers_of, edited, plan_file, windows_of

windows = pytest.fixture(windows_of)
answers = pytest.fixture(answers_of)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a person types into the dialog next, the last first."""
    names: list[str] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (names.pop(), ""))
    return names


def saved_thrice(windows: Windows, path: Path) -> MainWindow:
    window = windows.open(path)
    for name in "abc":
        edited(window.document, name)
        assert window.files.save()
    assert len(open_plan(path).history) == 3
    return window


def test_a_copy_never_takes_the_place_of_the_plans_own_file(
    windows: Windows, tmp_path: Path, answers: list[str], typed: list[str]
) -> None:
    path = plan_file(tmp_path)
    (tmp_path / "alias").symlink_to(tmp_path)
    window = saved_thrice(windows, path)
    before = path.read_bytes()
    for way in (path, tmp_path / "alias" / path.name):
        typed.append(str(way))
        assert not window.files.save_copy()
        assert "is the file of this plan" in answers[-1]
    assert path.read_bytes() == before
    edited(window.document, "d")
    assert window.files.save()


def test_save_as_to_the_own_file_by_another_way_keeps_its_history(
    windows: Windows, tmp_path: Path, typed: list[str]
) -> None:
    path = plan_file(tmp_path)
    (tmp_path / "alias").symlink_to(tmp_path)
    window = saved_thrice(windows, path)
    edited(window.document, "d")
    typed.append(str(tmp_path / "alias" / path.name))
    uuid = open_plan(path).uuid
    assert window.files.save_as()
    stored = open_plan(path)
    assert (stored.uuid, stored.plan, len(stored.history)) == (uuid, window.document.plan, 4)
    assert window.document.path == path


def test_save_as_to_the_own_file_by_another_way_sees_what_another_program_did(
    windows: Windows, tmp_path: Path, answers: list[str], typed: list[str]
) -> None:
    path = plan_file(tmp_path)
    (tmp_path / "alias").symlink_to(tmp_path)
    window = windows.open(path)
    edited(window.document, "mine")
    theirs = path.read_bytes()
    path.unlink()
    path.write_bytes(theirs)
    typed.append(str(tmp_path / "alias" / path.name))
    assert not window.files.save_as()
    assert "was changed by another program" in answers[-1]
    assert path.read_bytes() == theirs
    assert window.document.is_dirty


def test_an_export_is_named_by_its_form_and_takes_no_plans_place(
    windows: Windows, tmp_path: Path, answers: list[str], typed: list[str]
) -> None:
    path = plan_file(tmp_path)
    before = path.read_bytes()
    window = windows.open(path)
    typed += [str(path), str(tmp_path / "out")]
    assert window.files.export_json()
    assert (tmp_path / "out.json").read_bytes().startswith(b"{")
    assert window.files.export_json()
    assert path.read_bytes() == before
    assert (tmp_path / f"{path.name}.json").exists()
    typed.append(str(tmp_path / "out"))  # of which the dialog does not ask: it is not there, out.json is
    assert not window.files.export_json()
    assert answers == ["“out.json” exists already. Its contents would be lost."]


@pytest.mark.parametrize(
    ("name", "proposed"),
    [
        ("Q1/Q2", "Q1-Q2"),
        ("../../secret", "-..-secret"),
        ('a:b*c?"d"<e>|f\\g', "a-b-c-d-e-f-g"),
        (" . ", "Untitled"),
        ("x" * 300, "x" * 100),
        ("2027 – Réseau", "2027 – Réseau"),
    ],
)
def test_the_name_that_is_proposed_is_one_that_a_disk_takes(
    windows: Windows, monkeypatch: pytest.MonkeyPatch, name: str, proposed: str
) -> None:
    window = windows.open()
    edited(window.document, name)
    starts: list[str] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (starts.append(a[2]), ("", ""))[1])
    assert not window.files.save_as()
    assert not window.files.export_json()
    assert [Path(start).name for start in starts] == [f"{proposed}.gigaplan", f"{proposed}.json"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no names of files that are no text")
def test_edits_of_a_file_whose_name_is_no_text_are_kept(windows: Windows, tmp_path: Path) -> None:
    plan_file(tmp_path)
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.gigaplan"))
    os.rename(tmp_path / "plan.gigaplan", path)
    window = windows.open(path)
    edited(window.document, "mine")
    assert window.safety.recorder is not None
    assert window.safety.recorder.flush(10)
    assert window.files.save()
    assert open_plan(path).plan.settings.name == "mine"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows always knows a home")
def test_a_person_without_a_home_can_still_name_a_file() -> None:
    """Path.home() fails where neither HOME nor the list of users says what it is, as in a container."""
    lines = (
        "import pathlib, os",
        "def nowhere(cls): raise RuntimeError('Could not determine home directory.')",
        "pathlib.Path.home = classmethod(nowhere)",
        "os.path.expanduser = lambda path: path",
        "from PySide6.QtWidgets import QApplication",
        "application = QApplication([])",
        "import gigaplan.gui.files.crash_reports",
        "from gigaplan.gui.document.document import Document",
        "from gigaplan.gui.files.file_actions import Files, empty_plan",
        "from PySide6.QtWidgets import QWidget",
        "window = QWidget()",
        "print(Files(Document(empty_plan()), window)._folder())",
    )
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("choice", ["Save again", "Save As…", "Cancel"])
def test_a_file_that_is_gone_is_saved_anew_or_elsewhere(
    windows: Windows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: list[str], choice: str
) -> None:
    path = plan_file(tmp_path)
    window = windows.open(path)
    edited(window.document, "mine")
    path.rename(tmp_path / "moved.gigaplan")
    moved = (tmp_path / "moved.gigaplan").read_bytes()
    said: list[str] = []

    def click(box: QMessageBox) -> int:
        said.append(f"{box.text()} {box.informativeText()}")
        next(button for button in box.buttons() if button.text() == choice).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", click)
    typed.append(str(tmp_path / "other.gigaplan"))
    assert window.files.save() == (choice != "Cancel")
    assert said == ["“plan.gigaplan” no longer exists. It was moved or deleted. Your edits are still here."]
    written = {"Save again": path, "Save As…": tmp_path / "other.gigaplan"}.get(choice)
    assert window.document.is_dirty == (written is None)
    if written is not None:
        assert open_plan(written).plan.settings.name == "mine"
    assert path.exists() == (choice == "Save again")
    assert (tmp_path / "moved.gigaplan").read_bytes() == moved


@pytest.mark.parametrize(
    ("typed_name", "written"), [("cost v1.2", "cost v1.2.png"), ("cost.png", "cost.png"), ("cost.PNG", "cost.PNG")]
)
def test_a_name_with_a_dot_keeps_all_of_it(
    qtbot: QtBot, tmp_path: Path, typed: list[str], answers: list[str], typed_name: str, written: str
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    forms = {"PNG (*.png)": ".png"}
    typed += [str(tmp_path / typed_name)] * 2
    assert file_to_write(window, "Save", "cost", forms) == tmp_path / written
    (tmp_path / written).touch()
    again = file_to_write(window, "Save", "cost", forms)
    if written == typed_name:
        assert (again, answers) == (tmp_path / written, [])  # the dialog has asked itself
    else:
        assert (again, answers) == (None, [f"“{written}” exists already. Its contents would be lost."])
