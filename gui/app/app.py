"""Starts the window on a plan."""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gigaplan.engine.cli.commands.common import BAD_INPUT, DONE

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication


OWN = "Gigaplan"
"""The folders of settings and data that are Gigaplan's own are called so."""


def run(file: str | None) -> int:
    """Opens the window on `file`, or on the welcome page; gives the exit status of the program."""
    gc.disable()  # what is imported stays; the application collects (`Collector`) once there is one
    from PySide6.QtCore import QTimer

    from gigaplan.gui.files.crash_reports import CrashReports
    from gigaplan.gui.files.raise_other_window import comes_to_front
    from gigaplan.gui.window.guards import data_folder
    from gigaplan.gui.window.main_window import TITLE_BAR, MainWindow

    app = make_application()
    folder = data_folder()
    if file is not None and comes_to_front(folder, Path(file)):
        print(f"{file} is open in another window, which comes to the front.")
        print("To open it twice, start Gigaplan without a file and open it there.")
        return DONE
    reports = CrashReports(folder)
    reports.install()
    atexit.register(reports.uninstall)  # Qt may speak up to the end, but Python no longer listens then
    window = MainWindow(folder, reports)
    if file is not None and not window.files.open_path(Path(file)):
        window.close()
        return BAD_INPUT
    window.fit_screen(window.screen().availableSize() - TITLE_BAR)
    window.show()
    # Python sees Ctrl+C only when its interpreter runs: give it a moment now and then. What a signal asks for waits
    # for the event loop: Python hears of it in the middle of anything, an edit too.
    import signal

    signal.signal(signal.SIGINT, lambda *_: QTimer.singleShot(0, window, window.close))
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            number = getattr(signal, name)
            end = functools.partial(window.end, 128 + number)
            signal.signal(number, lambda *_, end=end: QTimer.singleShot(0, window, end))
    heartbeat = QTimer(window)
    heartbeat.start(500)
    heartbeat.timeout.connect(lambda: None)
    status: int = app.exec()
    window.safety.keep()
    return int(status)


REACHED = 5.0
"""Seconds within which a display answers, or is out of reach."""


def has_display() -> bool:
    """Whether a window can be shown: on Linux, whether a display is named and can be reached, and the platform is not
    offscreen. Says so where one is named that cannot be."""
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if platform in ("offscreen", "minimal"):
        return False
    if not sys.platform.startswith("linux") or platform in ("vnc", "eglfs", "linuxfb"):
        return True
    wayland = os.environ.get("WAYLAND_DISPLAY")
    if wayland and platform in ("", "wayland", "wayland-egl"):
        if _wayland_answers(wayland):
            return True
        print(f"The display {wayland} does not answer.", file=sys.stderr)
    display = os.environ.get("DISPLAY")
    if display and platform in ("", "xcb"):
        if _x_answers(display):
            return True
        print(f"The display {display} cannot be reached.", file=sys.stderr)
    return False


def _wayland_answers(name: str) -> bool:
    import socket

    path = os.path.join(os.environ.get("XDG_RUNTIME_DIR", ""), name)
    try:
        with socket.socket(socket.AF_UNIX) as there:
            there.settimeout(REACHED)
            there.connect(path)
    except OSError:
        return False
    return True


def _x_answers(name: str) -> bool:
    """Whether an X server lets us in. Qt does not say that it does not: it ends the program."""
    import ctypes
    import threading

    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # Qt's own may know the way
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    let_in = threading.Event()

    def ask() -> None:
        connection = xcb.xcb_connect(name.encode(), None)
        if xcb.xcb_connection_has_error(connection) == 0:
            let_in.set()
        xcb.xcb_disconnect(connection)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(REACHED)
    return let_in.is_set()


def keep_private(settings: Path, data: Path) -> None:
    """Makes the file of settings, and the folders of it and of the data, their owner's alone, whatever the umask: the
    settings name plans, and who may write beside the data's folder could put another in its place. Only folders that
    are Gigaplan's own are changed."""
    if sys.platform == "win32":  # which keeps settings in its registry, and has no modes
        return
    with contextlib.suppress(OSError):  # what cannot be written is no secret of ours
        for folder in (settings.parent, data.parent):
            if folder.name == OWN:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                folder.chmod(0o700)
        if settings.parent.name == OWN:
            settings.touch(0o600)  # Qt keeps the mode of a file that is there
            settings.chmod(0o600)


def make_application() -> QApplication:
    """The dressed QApplication, with its name, fonts and appearance."""
    from PySide6.QtCore import QSettings, Qt
    from PySide6.QtWidgets import QApplication

    from gigaplan.gui.style import text_size, theme
    from gigaplan.gui.style.gc_in_gui_thread import Collector
    from gigaplan.gui.window.guards import data_folder

    # What the person chose is read from settings of these names.
    QApplication.setApplicationName("gigaplan")
    QApplication.setOrganizationName(OWN)
    there = QApplication.instance()
    app = there if isinstance(there, QApplication) else text_size.begin(QApplication, text_size.chosen())
    app.setApplicationDisplayName("Gigaplan")
    keep_private(Path(QSettings().fileName()), data_folder())
    app.setDesktopFileName("gigaplan")
    # Gigaplan speaks English: laid out from right to left, its figures would read in another order ("MW 210 1").
    app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    theme.load_fonts()
    theme.apply(app, theme.preferred())
    app.setWindowIcon(theme.app_icon())
    app.styleHints().colorSchemeChanged.connect(lambda _: theme.apply(app, theme.preferred()))
    if app.findChild(Collector) is None:
        Collector(app)
    return app
