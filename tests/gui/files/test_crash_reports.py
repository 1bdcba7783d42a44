"""When something inside fails, the plan survives, one report appears, and the log says what it was."""

from __future__ import annotations

import ast
import errno
import functools
import importlib
import inspect
import io
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QSettings, Qt, QTimer, Signal, qWarning
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gigaplan.engine.plan.plan import with_fields, with_settings
from gigaplan.gui.app.app import keep_private
from gigaplan.gui.files import crash_reports
from gigaplan.gui.files.crash_reports import LOG_BYTES, CrashReports
from gigaplan.gui.files.file_actions import Opener
from gigaplan.gui.jobs.worker import Worker
from gigaplan.gui.window.main_window import MainWindow
from tests.gui.small_plans import full_plan

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}


class Failing(QObject):
    """A slot that fails."""

    go = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.go.connect(self._fail)

    def _fail(self) -> None:
        raise ValueError("the slot failed")


def log_text(folder: Path) -> str:
    for handler in logging.getLogger().handlers:
        handler.flush()
    return (folder / "data" / "gigaplan.log").read_text(encoding="utf-8")


# The report


def test_a_failing_slot_is_logged_rescued_and_reported(reports: CrashReports, qtbot: QtBot, tmp_path: Path) -> None:
    rescued: list[str] = []
    reports.rescue = lambda: rescued.append(threading.current_thread().name)
    failing = Failing()
    with qtbot.waitSignal(reports.reported) as told:
        failing.go.emit()
    details, count = told.args
    assert count == 1
    assert details.startswith("Gigaplan ")
    assert "ValueError: the slot failed" in details
    assert str(Path.home()) not in details
    assert str(ROOT) not in details
    assert rescued == ["MainThread"]
    assert "ValueError: the slot failed" in log_text(tmp_path)


def test_a_flood_of_failures_is_one_report_and_one_entry(reports: CrashReports, tmp_path: Path) -> None:
    told: list[int] = []
    reports.reported.connect(lambda _, count: told.append(count))
    failing = Failing()
    for _ in range(2000):
        failing.go.emit()
    assert told[0] == 1
    assert len(told) < 20
    assert log_text(tmp_path).count("uncaught") == 1
    reports.dismiss()
    failing.go.emit()
    assert told[-1] == 1


def test_a_thread_that_fails_is_reported_in_the_window(reports: CrashReports, qtbot: QtBot) -> None:
    def fail() -> None:
        raise OSError("the worker failed")

    with qtbot.waitSignal(reports.reported) as told:
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    assert "OSError: the worker failed" in told.args[0]


def test_a_rescue_that_fails_does_not_hide_the_failure(reports: CrashReports, qtbot: QtBot) -> None:
    def fail() -> None:
        raise RuntimeError("no rescue")

    reports.rescue = fail
    failing = Failing()
    with qtbot.waitSignal(reports.reported) as told:
        failing.go.emit()
    assert "the slot failed" in told.args[0]


def test_messages_of_qt_are_logged(reports: CrashReports, tmp_path: Path) -> None:
    qWarning("something about a widget")
    assert "WARNING qt" in log_text(tmp_path)
    assert "something about a widget" in log_text(tmp_path)


def test_the_log_takes_every_name_and_steers_no_terminal(
    reports: CrashReports, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    # What pytest keeps of the log goes from process to process, and such a name cannot.
    own = [h for h in root.handlers if not type(h).__module__.startswith("_pytest")]
    monkeypatch.setattr(root, "handlers", own)
    (console,) = (h for h in own if type(h) is logging.StreamHandler)
    console.setStream(io.StringIO())
    logging.getLogger("gigaplan").warning("%s could not be read: %s", "\udcff.gigaplan", "\x1b]0;title\x07\u202e")
    for text in (log_text(tmp_path), console.stream.getvalue()):
        assert ".gigaplan could not be read" in text
        assert not {"\x1b", "\x07", "\u202e"} & set(text)


def test_the_log_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> None:
    monkeypatch.setattr(crash_reports, "LOG_BYTES", 10_000)
    reports = CrashReports(tmp_path / "data")
    reports.install()
    for k in range(2000):
        logging.getLogger("gigaplan").error("failure %d %s", k, "x" * 50)
    reports.uninstall()
    logs = [path for path in (tmp_path / "data").iterdir() if path.name.startswith("gigaplan.log")]
    assert len(logs) == 2
    assert sum(path.stat().st_size for path in logs) <= 20_000 < LOG_BYTES


def test_a_log_that_cannot_be_written_any_more_is_no_failure(
    reports: CrashReports, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = []

    def full(handler: RotatingFileHandler, record: logging.LogRecord) -> bool:
        refused.append(record)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(RotatingFileHandler, "shouldRollover", full)
    logging.getLogger("gigaplan").error("something")
    assert refused
    assert "Traceback" not in capsys.readouterr().err


def test_no_log_is_no_obstacle(tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "data").write_text("a file in its place")
    reports = CrashReports(tmp_path / "data")
    reports.install()
    failing = Failing()
    with qtbot.waitSignal(reports.reported):
        failing.go.emit()
    reports.uninstall()


def test_everything_is_put_back(tmp_path: Path, qapp: QApplication) -> None:
    before = (sys.excepthook, threading.excepthook, list(logging.getLogger().handlers))
    reports = CrashReports(tmp_path / "data")
    reports.install()
    reports.uninstall()
    assert (sys.excepthook, threading.excepthook, logging.getLogger().handlers) == before


NATIVE = """
import ctypes, sys
from pathlib import Path
from gigaplan.gui.files.crash_reports import CrashReports
reports = CrashReports(Path(sys.argv[1]))
reports.install()
ctypes.string_at(0)
"""


def test_a_native_fault_leaves_its_trace(tmp_path: Path) -> None:
    command = [sys.executable, "-c", NATIVE, str(tmp_path)]
    run = subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=False)
    assert run.returncode < 0
    assert "Segmentation fault" in (tmp_path / "faults.log").read_text()
    assert "string_at" in (tmp_path / "faults.log").read_text()


# The window


@pytest.fixture
def window(tmp_path: Path, reports: CrashReports, qtbot: QtBot) -> Iterator[MainWindow]:
    window = MainWindow(tmp_path / "data", reports)
    window.document.start(with_settings(full_plan(), periods=6))
    window.files.opened.emit()
    window.show()
    yield window
    window.document.undo_stack.setClean()
    window.close()


def test_the_window_shows_one_bar_whose_details_can_be_copied(window: MainWindow, qtbot: QtBot) -> None:
    plan = window.document.plan
    window.document.apply(with_settings(plan, name="edited"), "rename")
    failing = Failing()
    for _ in range(50):
        QTimer.singleShot(0, failing._fail)
    qtbot.waitUntil(lambda: "crash" in window.bars._bars)
    bar = window.bars._bars["crash"]
    assert list(window.bars._bars) == ["crash"]
    qtbot.mouseClick(bar.buttons["Copy details"], Qt.MouseButton.LeftButton)
    assert "the slot failed" in QApplication.clipboard().text()
    qtbot.mouseClick(bar.buttons["Close"], Qt.MouseButton.LeftButton)
    assert window.bars._bars == {}
    assert window.document.plan.settings.name == "edited"
    window.document.undo_stack.undo()
    assert window.document.plan is plan


def connected_slots() -> list[tuple[type, str]]:
    """Every method of the window's classes that is connected somewhere as `signal.connect(self.method)`."""
    found = set()
    for path in sorted((ROOT / "gui").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        module = ".".join(Path("gigaplan", path.relative_to(ROOT)).with_suffix("").parts).removesuffix(".__init__")
        for node in (n for n in ast.walk(tree) if isinstance(n, ast.ClassDef)):
            for call in (c for c in ast.walk(node) if isinstance(c, ast.Call) and c.args):
                slot = call.args[0]
                if not (isinstance(call.func, ast.Attribute) and call.func.attr == "connect"):
                    continue
                if isinstance(slot, ast.Attribute) and isinstance(slot.value, ast.Name) and slot.value.id == "self":
                    owner = getattr(importlib.import_module(module), node.name)
                    if inspect.isfunction(inspect.getattr_static(owner, slot.attr, None)):
                        found.add((owner, slot.attr))
    return sorted(found, key=lambda each: (each[0].__module__, each[0].__name__, each[1]))


class Trap:
    """Notes which connected methods are called, and makes one at a time fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.armed: tuple[type, str] | None = None
        self.called: set[tuple[type, str]] = set()
        for slot in connected_slots():
            self._set(slot, monkeypatch)

    def _set(self, slot: tuple[type, str], monkeypatch: pytest.MonkeyPatch) -> None:
        owner, name = slot
        original: Callable[..., object] = inspect.getattr_static(owner, name)
        code = original.__code__
        # Qt gives a slot as many arguments as it takes; the method in its place takes all and passes on so many.
        most = None if code.co_flags & inspect.CO_VARARGS else code.co_argcount - 1

        @functools.wraps(original)
        def method(this: object, *args: object) -> object:
            self.called.add(slot)
            if self.armed == slot:
                raise ValueError(f"{owner.__name__}.{name} failed")
            return original(this, *args[:most])

        monkeypatch.setattr(owner, name, method)

    def each(self, act: Callable[[int], None], *spared: tuple[type, str]) -> Iterator[tuple[int, tuple[type, str]]]:
        """Acts once to see which methods that calls, then once more for each of them but the spared, failing; gives
        (k, method). In the ordinary run one of ten neighbours is tried, the first that is called again; `make faults`
        tries all."""
        self.called.clear()
        act(0)
        slots = sorted(self.called - set(spared), key=str)
        assert len(slots) > 40
        every, k = int(os.environ.get("GIGAPLAN_SLOTS", "10")), 0
        for first in range(0, len(slots), every):
            for slot in slots[first : first + every]:
                k += 1
                self.called.clear()
                self.armed = slot
                act(k)
                self.armed = None
                if slot in self.called:
                    yield k, slot
                    break


def use(window: MainWindow, k: int) -> None:
    """What a person does in a minute: chooses rows, edits, undoes, plays, searches, looks at tabs and charts."""
    d = window.document
    for table in ("offers", "sites", "workloads", "platforms"):
        d.select(table, [getattr(d.plan, table)[0].id])
        QApplication.processEvents()
    d.apply(with_fields(d.plan, "workloads", d.plan.workloads[0].id, unmet_usd=1000.0 + k), "edit")
    QApplication.processEvents()
    d.undo_stack.undo()
    d.undo_stack.redo()
    d.show_period(3 + k % 2)
    window.plan_map.period_bar.play_button.click()
    window.plan_map.period_bar.play_button.click()
    window.plan_map.period_bar.slider.setValue(2)
    window.catalogue.search.setText("h100" if k % 2 else "")
    window.lists.setCurrentIndex(k % 2)
    window.charts.tabs.setCurrentIndex((window.charts.tabs.currentIndex() + 1) % window.charts.tabs.count())
    window.planner.cancel()
    window.planner.submit(d.plan)
    if window.planner.result is not None:
        window.planner.result_changed.emit(window.planner.result)
    d.select("plan")
    d.file_changed.emit()
    window.safety.look()
    QApplication.processEvents()


def report_of(window: MainWindow, slot: tuple[type, str], reports: CrashReports, qtbot: QtBot) -> None:
    """Waits for the report of a slot's failure, which must be the only one, and closes it."""
    qtbot.waitUntil(lambda: "crash" in window.bars._bars)
    QApplication.processEvents()  # a method that failed twice, more than a second apart, is told of twice
    assert f"{slot[0].__name__}.{slot[1]} failed" in reports._details
    window.bars._bars["crash"].buttons["Close"].click()
    QApplication.processEvents()
    assert "crash" not in window.bars._bars


@pytest.fixture
def trap(monkeypatch: pytest.MonkeyPatch) -> Trap:
    return Trap(monkeypatch)


def test_the_plan_survives_a_failure_in_every_slot_of_the_work(
    trap: Trap, window: MainWindow, reports: CrashReports, qtbot: QtBot
) -> None:
    start = window.document.plan
    qtbot.waitUntil(lambda: not window.planner.is_stale, timeout=60_000)
    done = 0
    for k, slot in trap.each(lambda k: use(window, k)):
        done += 1
        assert window.document.plan.workloads[0].unmet_usd == 1000.0 + k, slot
        report_of(window, slot, reports, qtbot)
    assert done >= 8
    use(window, 0)
    assert window.safety.recorder is not None
    assert window.safety.recorder.flush(10)
    while window.document.undo_stack.canUndo():
        window.document.undo_stack.undo()
    assert window.document.plan == start


def test_the_plan_survives_a_failure_in_every_slot_of_opening(
    trap: Trap, window: MainWindow, reports: CrashReports, qtbot: QtBot, tmp_path: Path
) -> None:
    paths = [tmp_path / "a.gigaplan", tmp_path / "b.gigaplan"]
    for path in paths:
        window.document.save(path)
    plan = window.document.plan

    def reopen(k: int) -> None:
        window.document.undo_stack.setClean()
        # Where what brings the answer fails, the file is not opened, and the plan that is open stays.
        assert window.files.open_path(paths[k % 2]) or trap.armed == (Opener, "_take"), trap.armed
        os.utime(paths[k % 2], ns=(k, k))
        window.safety.look()
        window.document.apply(with_settings(plan, name=f"edit {k}"), "rename")
        QApplication.processEvents()

    done = 0
    # Without news of workers no file is ever read: a person cancels the box.
    for k, slot in trap.each(reopen, (Worker, "_hear")):
        done += 1
        assert window.document.plan == with_settings(plan, name=f"edit {k}"), slot
        report_of(window, slot, reports, qtbot)
    assert done > 6
    reopen(1)
    assert "outside" in window.bars._bars
    assert not window.document.read_only


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_the_data_and_the_logs_are_the_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    reports = CrashReports(tmp_path / "data")
    try:
        (tmp_path / "data" / "locks").mkdir(parents=True)  # as a lock does that is made first
        reports.install()
        logging.getLogger("gigaplan").error("something")
    finally:
        reports.uninstall()
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "data").iterdir() if path.is_file()}
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert modes == {"gigaplan.log": 0o600, "faults.log": 0o600}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_settings_and_the_folders_above_the_data_are_the_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    theirs = tmp_path / "config"
    settings = theirs / "Gigaplan" / "gigaplan.conf"
    data = tmp_path / "data" / "Gigaplan" / "gigaplan"
    before = os.umask(0)
    try:
        theirs.mkdir(mode=0o755)
        keep_private(settings, data)
        stored = QSettings(str(settings), QSettings.Format.NativeFormat)
        stored.setValue("recent", ["/plans/secret.gigaplan"])
        stored.sync()
    finally:
        os.umask(before)
    assert "secret" in settings.read_text()
    modes = [path.stat().st_mode & 0o777 for path in (settings, settings.parent, data.parent, theirs)]
    assert modes == [0o600, 0o700, 0o700, 0o755]
