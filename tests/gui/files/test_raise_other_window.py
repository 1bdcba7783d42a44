"""A file that one window has open and another is asked to open: the first comes to the front."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Settings
from gigaplan.engine.storage.lock import FOLDER, FileLock, bell_path, lock_path
from gigaplan.engine.storage.save import save_plan
from gigaplan.gui.files.raise_other_window import _LONGEST, PATIENCE_MS, RING, Bell, comes_to_front, name_of, ring
from gigaplan.gui.window.main_window import MainWindow
from tests.gui.x_server import x_server

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
POSIX = pytest.mark.skipif(os.name != "posix", reason="looks at the socket, which Windows has none of")


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An app-data folder with a path as short as a person's."""
    return tmp_path_factory.mktemp("d")


@pytest.fixture
def path(folder: Path) -> Path:
    path = folder / "plan.gigaplan"
    save_plan(Plan(settings=Settings(name="p", start="2027-01", periods=4)), path, expected=None, uuid=None, revision=1)
    return path


@pytest.fixture
def windows(folder: Path, qtbot: QtBot):
    """Makes windows that are complete: while its parts are made, a window answers to nobody."""
    made: list[MainWindow] = []

    def make() -> MainWindow:
        window = MainWindow(folder)
        made.append(window)
        window.charts_place.fill()
        window.catalogue.load()
        return window

    yield make
    for window in made:
        window.document.undo_stack.setClean()
        window.close()


ASKS = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from gigaplan.gui.files.raise_other_window import comes_to_front
app = QCoreApplication([])
began = time.monotonic()
print(comes_to_front(Path(sys.argv[1]), Path(sys.argv[2])), time.monotonic() - began)
"""


def asked_by_another_process(folder: Path, path: Path, qtbot: QtBot) -> tuple[bool, float]:
    """Whether a window answers to another process, and after how many seconds."""
    command = [sys.executable, "-c", ASKS, str(folder), str(path)]
    with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as child:
        qtbot.waitUntil(lambda: child.poll() is not None, timeout=60_000)
        assert child.stdout is not None
        answered, seconds = child.stdout.read().split()
    return answered == "True", float(seconds)


def test_the_window_of_another_process_comes_to_the_front(folder: Path, path: Path, windows, qtbot: QtBot) -> None:
    first = windows()
    assert first.files.open_path(path)
    first.showMinimized()
    with qtbot.waitSignal(first.safety.watch.rung, timeout=60_000):
        answered, _ = asked_by_another_process(folder, path, qtbot)
    assert answered
    assert first.isVisible()
    assert not first.isMinimized()
    assert asked_by_another_process(folder, path, qtbot)[0]  # it answers as often as it is asked


def test_a_file_that_is_open_nowhere_asks_nobody(folder: Path, path: Path, qtbot: QtBot) -> None:
    assert not comes_to_front(folder, path)
    assert asked_by_another_process(folder, path, qtbot) == (False, pytest.approx(0, abs=1))


def test_a_window_that_hangs_is_waited_for_a_second_and_no_longer(folder: Path, path: Path, qtbot: QtBot) -> None:
    lock = FileLock.take(folder, path)
    bell = Bell(folder, path)
    qtbot.waitUntil(lambda: Path(name_of(folder, path)).exists())
    command = [sys.executable, "-c", ASKS, str(folder), str(path)]
    # Nothing of this process's event loop runs meanwhile.
    answered, seconds = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True).stdout.split()
    assert answered == "False"
    assert 0.9 < float(seconds) * 1000 / PATIENCE_MS < 10
    bell.stop()
    assert lock is not None
    lock.release()


def test_the_person_may_open_it_to_read_only_all_the_same(folder: Path, path: Path, windows, qtbot: QtBot) -> None:
    first, second = windows(), windows()
    assert first.files.open_path(path)
    asked: list[str] = []

    def press(button: str) -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        next(b for b in box.buttons() if b.text().replace("&", "") == button).click()

    def answer(button: str) -> None:
        timer = QTimer(second)
        timer.timeout.connect(lambda: QApplication.activeModalWidget() and (timer.stop(), press(button)))
        timer.start(10)

    answer("Cancel")
    with qtbot.waitSignal(first.safety.watch.rung):
        assert not second.files.open_path(path)
    assert second.document.path is None
    answer("Open read-only")
    assert second.files.open_path(path)
    assert (second.document.path, second.document.read_only) == (path, True)
    assert asked == ["“plan.gigaplan” is open in another window, which comes to the front."] * 2
    assert not first.document.read_only


def test_a_window_does_not_ring_at_its_own_door(path: Path, windows) -> None:
    window = windows()
    assert window.files.open_path(path)
    assert window.files.open_path(path)
    assert not window.document.read_only


@POSIX
@pytest.mark.parametrize(
    "said", [b"", b"x", b"open /etc/passwd\n", RING[:-1], RING + b"x", b"x" * 100_000, b"\0" * len(RING)]
)
def test_whatever_else_is_said_at_the_door_is_passed_over(folder: Path, path: Path, qtbot: QtBot, said: bytes) -> None:
    bell = Bell(folder, path)
    rung: list[bool] = []
    bell.rung.connect(lambda: rung.append(True))
    (folder / FOLDER).mkdir(exist_ok=True)
    qtbot.waitUntil(lambda: Path(name_of(folder, path)).exists())
    with socket.socket(socket.AF_UNIX) as visitor:
        visitor.connect(name_of(folder, path))
        visitor.setblocking(False)
        try:
            visitor.send(said)
            qtbot.waitUntil(lambda: _is_shut(visitor), timeout=60_000)
        except (BrokenPipeError, ConnectionResetError):
            pass
    assert rung == []
    assert ring(folder, path)  # and it still hears the right word
    assert rung == [True]
    bell.stop()


def _is_shut(visitor: socket.socket) -> bool:
    try:
        return visitor.recv(10) == b""
    except BlockingIOError:
        return False


@POSIX
def test_the_door_is_the_persons_alone_and_goes_with_the_window(folder: Path, path: Path, windows, qtbot) -> None:
    window = windows()
    assert window.files.open_path(path)
    name = Path(bell_path(lock_path(folder, path)))
    qtbot.waitUntil(name.exists)
    assert stat.S_IMODE(name.stat().st_mode) & 0o077 == 0
    assert stat.S_IMODE(name.parent.stat().st_mode) == 0o700
    assert window.close()
    assert list((folder / FOLDER).iterdir()) == []


@POSIX
def test_what_a_killed_window_left_is_no_obstacle(folder: Path, path: Path, windows, qtbot: QtBot) -> None:
    name = Path(name_of(folder, path))
    name.parent.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(name))
    assert not ring(folder, path)
    window = windows()
    assert window.files.open_path(path)
    qtbot.waitUntil(lambda: ring(folder, path))
    assert not window.document.read_only


@POSIX
def test_a_folder_whose_path_is_too_long_for_a_socket_has_no_bell(tmp_path: Path, path: Path, qtbot: QtBot) -> None:
    deep = tmp_path / ("x" * _LONGEST)
    assert name_of(deep, path) == ""
    assert not ring(deep, path)
    bell = Bell(deep, path)
    bell.stop()


STARTS = """
import sys
from gigaplan.gui.app import app
from gigaplan.gui.window.main_window import MainWindow
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
def tell():
    window = next((w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)), None)
    if window is None or window.document.path is None:  # the file is read beside the window's thread
        QTimer.singleShot(50, tell)
        return
    window.safety.watch.rung.connect(lambda: print("rung", flush=True))
    print("open", window.document.path.name, flush=True)
make = app.make_application
def make_application():
    application = make()
    QTimer.singleShot(50, tell)
    return application
app.make_application = make_application
sys.exit(app.run(sys.argv[1]))
"""


@pytest.mark.xvfb
def test_a_second_start_on_the_same_file_ends_at_once(folder: Path, path: Path) -> None:
    with x_server() as (_, display):
        environment = ENVIRONMENT | {"QT_QPA_PLATFORM": "xcb", "DISPLAY": display, "XDG_CONFIG_HOME": str(folder)}
        environment["XDG_DATA_HOME"] = str(folder)
        command = [sys.executable, "-c", STARTS, str(path)]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as first:
            assert first.stdout is not None
            assert first.stdout.readline() == "open plan.gigaplan\n"
            again = [sys.executable, "-m", "gigaplan.gui", str(path)]
            second = subprocess.run(again, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60)
            assert second.returncode == 0, second.stderr
            assert "is open in another window, which comes to the front" in second.stdout
            assert first.stdout.readline() == "rung\n"
            first.kill()
