"""Edits are written down within a second, whatever becomes of the disk, the program and the display."""

from __future__ import annotations

import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gigaplan.engine.plan.decode import decode_plan, encode_plan
from gigaplan.engine.plan.plan import Plan, with_fields
from gigaplan.engine.plan.schema import Settings
from gigaplan.engine.storage.crash_log_read import left_behind
from gigaplan.engine.storage.crash_log_write import Origin, RecoveryFile
from gigaplan.gui.document.document import Document
from gigaplan.gui.files import autosave
from gigaplan.gui.files.autosave import Recorder
from tests.gui.plan_windows import ENVIRONMENT, Windows, answers_of, edited
from tests.gui.x_server import x_server
from tests.timing import seconds


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
    assert autosave.PAUSE < 0.5  # the rest of the second is for the disk
    qtbot.waitUntil(lambda: b"the new name" in file.read_bytes(), timeout=60_000)
    recorder.stop()


def test_an_edit_beside_a_million_values_costs_what_was_edited(qtbot: QtBot, tmp_path: Path) -> None:
    site = {"name": "S", "jurisdiction": "US", "electricity_usd_per_mwh": 60}
    sites = [site | {"id": f"s{k}", "power_mw": [float(t + k) for t in range(480)]} for k in range(2100)]
    settings = {"name": "large", "start": "2027-01", "periods": 480, "months_per_period": 1}
    plan = decode_plan({"format": "gigaplan/2", "plan": settings, "sites": sites})
    bare, recorded = Document(plan), Document(plan)
    begun = time.perf_counter()
    recorder = Recorder(recorded, tmp_path / "r")
    assert recorder.flush(60)
    whole = time.perf_counter() - begun
    added, written, encoded = [], [], min(seconds(lambda: encode_plan(plan)) for _ in range(3))
    for k in range(20):
        plan = with_fields(plan, "sites", f"s{k}", pue=1.7)
        alone = seconds(lambda plan=plan: bare.apply(plan, "edit"))
        added.append(seconds(lambda plan=plan: recorded.apply(plan, "edit")) - alone)
        begun = time.perf_counter()
        assert recorder.flush(10)
        written.append(time.perf_counter() - begun)
    assert statistics.median(added) < encoded / 10
    assert statistics.median(written) < whole / 10
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
    assert "Autosave" in told[0]
    (tmp_path / "r").unlink()
    edited(document, "again")
    assert recorder.flush(10)
    qtbot.waitUntil(lambda: told[1:] == [""])
    recorder.stop()


FULL_DISK = """
import resource, sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from gigaplan.engine.plan.plan import Plan, with_settings
from gigaplan.engine.plan.schema import Settings
from gigaplan.gui.document.document import Document
from gigaplan.gui.files.autosave import Recorder
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
from gigaplan.engine.plan.plan import Plan, with_settings
from gigaplan.engine.plan.schema import Settings
from gigaplan.gui.document.document import Document
from gigaplan.gui.files.autosave import Recorder
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
    for _ in range(5):
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


def test_once_the_disk_has_room_again_the_edits_are_kept_without_another_edit(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(autosave, "RETRY", 0.05)
    document = Document(Plan(settings=Settings(name="a", start="2027-01", periods=4)))
    (tmp_path / "r").write_text("a file in the place of the folder")
    recorder = Recorder(document, tmp_path / "r")
    told: list[str] = []
    recorder.trouble_changed.connect(told.append)
    edited(document, "b")
    assert not recorder.flush(10)
    (tmp_path / "r").unlink()
    qtbot.waitUntil(lambda: told[-1:] == [""], timeout=60_000)
    (file,) = (tmp_path / "r").iterdir()
    assert b'"b"' in file.read_bytes()
    recorder.stop()


def test_what_a_dead_window_left_stays_until_its_edits_are_on_the_disk_again(qtbot: QtBot, tmp_path: Path) -> None:
    dead = RecoveryFile(tmp_path / "dead")
    dead.write(Plan(settings=Settings(name="theirs", start="2027-01", periods=4)), Origin(name="theirs"), True)
    dead.close(remove=False)
    (left,) = left_behind(tmp_path / "dead")
    document = Document(Plan(settings=Settings(name="a", start="2027-01", periods=4)))
    (tmp_path / "r").write_text("a file in the place of the folder")
    recorder = Recorder(document, tmp_path / "r")
    document.recover(left.plan(), left.origin)
    recorder.supersede(left)
    assert not recorder.flush(10)
    assert os.path.exists(left.file)
    (tmp_path / "r").unlink()
    edited(document, "theirs and mine")
    assert recorder.flush(10)
    qtbot.waitUntil(lambda: not os.path.exists(left.file))
    recorder.stop()


def test_a_window_that_does_nothing_shows_that_it_lives(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the time of its file, which others go by on a disk that knows no locks."""
    monkeypatch.setattr(autosave, "HEARTBEAT", 0.05)
    recorder = Recorder(Document(Plan(settings=Settings(name="a", start="2027-01", periods=4))), tmp_path / "r")
    assert recorder.flush(10)
    (file,) = (tmp_path / "r").iterdir()
    os.utime(file, (1, 1))
    qtbot.waitUntil(lambda: time.time() - file.stat().st_mtime < 60, timeout=60_000)
    recorder.stop()


WINDOW = """
import sys
from gigaplan.engine.plan.plan import with_settings
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from gigaplan.gui.app import app
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


def test_edits_of_the_open_plan_are_asked_about_before_others_are_recovered(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = Windows(tmp_path, qtbot)
    dead = RecoveryFile(tmp_path / "recovery")
    dead.write(Plan(settings=Settings(name="theirs", start="2027-01", periods=4)), Origin(name="theirs"), True)
    dead.close(remove=False)
    asked = answers_of(monkeypatch)
    window = windows.open()
    edited(window.document, "mine")
    offers = window.safety.offers
    assert offers is not None
    (left,) = offers._waiting.values()
    window.bars._bars[left.file].buttons["Recover"].click()
    assert asked == ["Save the changes to “mine”? If you do not save, they are lost."]
    assert window.document.plan.settings.name == "mine"
    assert left.file in window.bars._bars
    assert os.path.exists(left.file)
    windows.close_all()
