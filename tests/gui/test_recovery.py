"""Edits survive the window's death, two windows do not overwrite each other, and a file changed outside is noticed."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from engine.decode import decode_plan
from engine.plan import Plan, with_fields, with_settings
from engine.schema import Settings
from engine.storage.left_behind import left_behind
from engine.storage.load import open_plan
from engine.storage.lock import FOLDER
from engine.storage.save import ChangedOutside
from gui.document import Document
from gui.main_window import MainWindow
from gui.recovery import Recorder
from tests.gui.x_server import x_server

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


@pytest.fixture
def windows(tmp_path: Path, qtbot: QtBot) -> Iterator[Windows]:
    windows = Windows(tmp_path / "data", qtbot)
    yield windows
    windows.close_all()


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What boxes asked, each answered with Cancel; no test hangs on one."""
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
    from engine.storage.save import save_plan

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
    (bar,) = (bar for key, bar in window.bars._bars.items() if key.endswith(".recovery"))
    return bar


def click(window: MainWindow, key: str, button: str, qtbot: QtBot) -> None:
    """Presses a button of a bar."""
    qtbot.mouseClick(window.bars._bars[key].buttons[button], Qt.MouseButton.LeftButton)


# The recorder


def test_what_is_flushed_is_on_the_disk_and_a_stop_removes_it(qtbot: QtBot, tmp_path: Path) -> None:
    document = Document(Plan(settings=Settings(name="a", start="2027-01", periods=4)))
    recorder = Recorder(document, tmp_path / "r")
    edited(document, "b")
    assert recorder.flush(10)
    assert left_behind(tmp_path / "r") == []  # its window lives
    (file,) = (tmp_path / "r").iterdir()
    (tmp_path / "copy").mkdir()
    shutil.copy(file, tmp_path / "copy")
    (left,) = left_behind(tmp_path / "copy")
    assert left.plan() == document.plan
    recorder.stop()
    assert list((tmp_path / "r").iterdir()) == []
    left.discard()


def test_an_edit_is_written_within_a_second_unasked(qtbot: QtBot, tmp_path: Path) -> None:
    document = Document(Plan(settings=Settings(name="a", start="2027-01", periods=4)))
    recorder = Recorder(document, tmp_path / "r")
    assert recorder.flush(10)
    (file,) = (tmp_path / "r").iterdir()
    edited(document, "the new name")
    qtbot.waitUntil(lambda: b"the new name" in file.read_bytes(), timeout=1000)
    recorder.stop()


def test_a_million_values_cost_the_window_less_than_a_millisecond_an_edit(qtbot: QtBot, tmp_path: Path) -> None:
    site = {"name": "S", "jurisdiction": "US", "electricity_usd_per_mwh": 60}
    sites = [site | {"id": f"s{k}", "power_mw": [float(t + k) for t in range(480)]} for k in range(2100)]
    settings = {"name": "large", "start": "2027-01", "periods": 480, "months_per_period": 1}
    plan = decode_plan({"format": "gigaplan/1", "plan": settings, "sites": sites})
    bare, recorded = Document(plan), Document(plan)
    recorder = Recorder(recorded, tmp_path / "r")
    assert recorder.flush(60)
    added, written = [], []
    for k in range(20):
        plan = with_fields(plan, "sites", f"s{k}", pue=1.7)
        begun = time.perf_counter()
        bare.apply(plan, "edit")
        alone = time.perf_counter() - begun
        begun = time.perf_counter()
        recorded.apply(plan, "edit")
        added.append(time.perf_counter() - begun - alone)
        begun = time.perf_counter()
        assert recorder.flush(10)
        written.append(time.perf_counter() - begun)
    assert statistics.median(added) < 0.001
    assert statistics.median(written) < 0.1
    recorder.stop()


def test_trouble_with_the_disk_is_told_once_and_its_end_too(qtbot: QtBot, tmp_path: Path) -> None:
    document = Document(Plan(settings=Settings(name="a", start="2027-01", periods=4)))
    (tmp_path / "r").write_text("in the way")
    recorder = Recorder(document, tmp_path / "r")
    told: list[str] = []
    recorder.trouble_changed.connect(told.append)
    for k in range(5):
        edited(document, str(k))
        assert not recorder.flush(10)
    qtbot.waitUntil(lambda: len(told) == 1)
    assert "not protected against a crash" in told[0]
    (tmp_path / "r").unlink()
    edited(document, "again")
    assert recorder.flush(10)
    qtbot.waitUntil(lambda: told[1:] == [""])
    recorder.stop()


FULL_DISK = """
import resource, sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from engine.plan import Plan, with_settings
from engine.schema import Settings
from gui.document import Document
from gui.recovery import Recorder
app = QCoreApplication([])
document = Document(Plan(settings=Settings(name="a", start="2027-01", periods=4)))
recorder, told = Recorder(document, Path(sys.argv[1])), []
recorder.trouble_changed.connect(told.append)
assert recorder.flush(10)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))
for k in range(20):
    document.apply(with_settings(document.plan, name=f"name {k}", notes="x" * 10_000), "edit")
    assert not recorder.flush(10)
app.processEvents()
assert document.plan.settings.name == "name 19" and document.undo_stack.count() == 20
assert len(told) == 1 and "the disk is full" in told[0], told
document.apply(with_settings(document.plan, notes=""), "edit")
assert recorder.flush(10)
app.processEvents()
assert told[1:] == [""], told
print("done", flush=True)
sys.stdin.readline()
"""


def test_on_a_full_disk_work_goes_on_with_one_message(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=ENVIRONMENT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.readline() == "done\n", child.stderr.read()
        child.kill()
    (left,) = left_behind(tmp_path)
    assert (left.plan().settings.name, left.damage) == ("name 19", "")
    left.discard()


EDITS = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from engine.plan import Plan, with_settings
from engine.schema import Settings
from gui.document import Document
from gui.recovery import Recorder
app = QCoreApplication([])
document = Document(Plan(settings=Settings(name="0", start="2027-01", periods=4)))
recorder = Recorder(document, Path(sys.argv[1]))
k = 0
while True:
    k += 1
    document.apply(with_settings(document.plan, name=str(k)), "edit")
    if recorder.flush(10):
        print(k, flush=True)
"""


def test_after_a_kill_the_next_start_offers_the_acknowledged_plan(tmp_path: Path) -> None:
    chance = random.Random(11)
    for _ in range(20):
        command = [sys.executable, "-c", EDITS, str(tmp_path)]
        with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            said = child.stdout.readline()
            time.sleep(chance.uniform(0, 0.05))  # the moment of the kill is the point
            os.kill(child.pid, signal.SIGKILL)
            last = int((said + child.stdout.read()).split()[-1])
        (left,) = left_behind(tmp_path)
        found = left.plan()
        assert int(found.settings.name) in (last, last + 1)
        assert found == Plan(settings=Settings(name=found.settings.name, start="2027-01", periods=4))
        left.discard()


WINDOW = """
import sys
from engine.plan import with_settings
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from gui import app
def edit():
    window = next(w for w in QApplication.topLevelWidgets() if hasattr(w, "document"))
    window.files.new()
    window.document.apply(with_settings(window.document.plan, name="edited"), "rename")
    print(QApplication.platformName(), flush=True)
make = app.make_application
def make_application():
    application = make()
    QTimer.singleShot(0, edit)
    return application
app.make_application = make_application
sys.exit(app.run(None))
"""


@pytest.mark.xvfb
def test_edits_survive_a_display_that_goes_away(tmp_path: Path) -> None:
    with x_server() as (server, display):
        environment = ENVIRONMENT | {"QT_QPA_PLATFORM": "xcb", "DISPLAY": display, "XDG_CONFIG_HOME": str(tmp_path)}
        environment["XDG_DATA_HOME"] = str(tmp_path / "data")
        command = [sys.executable, "-c", WINDOW]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "xcb\n"
            server.kill()
            child.wait(120)
    (folder,) = (tmp_path / "data").rglob("recovery")
    (left,) = left_behind(folder)
    assert left.plan().settings.name == "edited"
    left.discard()


# The offer


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


# Two windows, and a file that cannot be written


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
    assert "may only be read" in window.bars._bars["hold"].label.text()
    edited(window.document, "edited")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(other), ""))
    assert window.files.save()
    assert (open_plan(other).plan.settings.name, open_plan(path).plan.settings.name) == ("edited", "saved")
    assert window.bars._bars == {}


def test_a_full_disk_at_a_save_keeps_the_file_and_the_edits(
    windows: Windows, tmp_path: Path, answers: list[str]
) -> None:
    path = plan_file(tmp_path)
    window = windows.open(path)
    window.document.apply(with_settings(window.document.plan, notes="x" * 300_000), "edit")
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


# Changed outside


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
    assert window.bars._bars["outside"].label.text() == "“plan.gigaplan” is gone; your plan is still here."
    assert window.document.is_dirty
    window.bars._bars["outside"].buttons["Save"].click()
    assert open_plan(path).plan == window.document.plan
    assert window.bars._bars == {}
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
