"""Tests of the window: settings of their own, the program's dress, and no thread left behind."""

import functools
import gc
import threading
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QSettings, QStandardPaths
from PySide6.QtWidgets import QMainWindow

from gigaplan.gui.style import gc_in_gui_thread, text_size, theme
from gigaplan.gui.style.gc_in_gui_thread import Collector


@pytest.fixture(autouse=True)
def own_settings(tmp_path_factory, monkeypatch):
    """What a test chooses is written to a folder of its own, never to the person's settings or data."""
    folder = tmp_path_factory.mktemp("settings")
    QStandardPaths.setTestModeEnabled(True)
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    for form in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(form, QSettings.Scope.UserScope, str(folder))
    before = QSettings.defaultFormat()
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    yield folder
    QSettings.setDefaultFormat(before)


@pytest.fixture(scope="session", autouse=True)
def dressed(qapp):
    """The application as a person sees it, with garbage collected in the window's thread alone."""
    gc_in_gui_thread.SETTLED_MS = 24 * 3_600_000  # what a test leaves would stay for ever: each test is a start
    collector = Collector(qapp)
    theme.load_fonts()
    theme.apply(qapp, "light")
    yield
    collector.deleteLater()


@pytest.fixture(scope="module", autouse=True)
def settled():
    """What is there before the tests of a file stays: it is not looked at again when their garbage is collected."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def nothing_left_over(qapp):
    """Takes away what a test was made of.

    Between tests no event loop runs that would, and each appearance that is put on the application dresses all
    widgets that there are: after some hundred tests that was a minute.
    """
    yield
    windows = qapp.topLevelWidgets()
    for window in windows:
        if isinstance(window, QMainWindow) and not window.isVisible():
            window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    if windows:
        gc.collect()
    if qapp.primaryScreen().devicePixelRatio() != 1:
        text_size.change(100, lambda window: None)  # a size of text holds for the whole process


@pytest.fixture
def qtbot(qtbot, monkeypatch):
    """Patient hands: a wait ends as soon as what it waits for is there, and a busy machine is no failure."""
    for name in ("waitUntil", "waitSignal", "waitSignals"):
        monkeypatch.setattr(qtbot, name, functools.partial(getattr(qtbot, name), timeout=60_000))
    return qtbot


@pytest.fixture
def no_thread_left():
    """Fails where a test leaves a running thread behind."""
    before = set(threading.enumerate())
    yield
    until = time.monotonic() + 3
    left = set(threading.enumerate()) - before
    while left and time.monotonic() < until:
        left = {thread for thread in left if thread.is_alive()}
        time.sleep(0.01)
    assert not left, f"still running: {left}"


@pytest.fixture
def reports(tmp_path, qapp):
    """What no code catches is logged and reported as in the program, not failed by pytest."""
    from gigaplan.gui.files.crash_reports import CrashReports

    made = CrashReports(tmp_path / "data")
    made.install()
    yield made
    made.uninstall()


@pytest.fixture
def window(qtbot, own_settings, no_thread_left):
    """The main window on the welcome page; closed at the end without a question."""
    from gigaplan.gui.window.main_window import MainWindow

    made = MainWindow()
    made.resize(1600, 1000)
    made.show()
    yield made
    made.files.leaving.emit()  # what is half typed becomes an edit first: closing would ask whether to save it
    made.document.undo_stack.setClean()
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(scope="module")
def one_window(qapp, dressed, tmp_path_factory):
    """One window for all tests of a module that only look and move about in it; `started` begins anew in it."""
    from gigaplan.gui.window.main_window import MainWindow

    QStandardPaths.setTestModeEnabled(True)
    before = QSettings.defaultFormat()
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path_factory.mktemp("settings")))
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    made = MainWindow(tmp_path_factory.mktemp("data"))
    made.resize(1600, 1000)
    made.show()
    QSettings.setDefaultFormat(before)
    yield made
    made.files.leaving.emit()
    made.document.undo_stack.setClean()
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def german() -> Iterator[None]:
    """A person whose numbers have decimal commas."""
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    yield
    QLocale.setDefault(before)
