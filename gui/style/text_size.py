"""The size of all text, and with it of all that the window shows: chosen in percent, in force at once.

Qt multiplies all that it draws by one factor. From its environment it reads that factor once, at the start; the
function behind it can be called later too, when no window has its surface on the screen. It is not part of Qt's public
interface: where it is missing, a size holds from the next start on.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from weakref import WeakKeyDictionary

import PySide6
from PySide6.QtCore import QRect, QSettings, Qt, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

SIZES = (80, 90, 100, 125, 150, 175, 200)
"""In percent of the usual size."""
SCALE = "QT_SCALE_FACTOR"
_GCC, _MSVC = "_ZN15QHighDpiScaling15setGlobalFactorEd", "?setGlobalFactor@QHighDpiScaling@@SAXN@Z"
"""QHighDpiScaling::setGlobalFactor(double), as compilers write it."""


def chosen() -> int:
    """The size of text that the person chose, in percent."""
    try:
        size = int(str(QSettings().value("text_size", 100)))
    except ValueError:
        return 100
    return size if size in SIZES else 100


def next_to(size: int, steps: int) -> int:
    """The size so many steps larger, or smaller; the last one where there is none."""
    return SIZES[min(max(SIZES.index(size) + steps, 0), len(SIZES) - 1)]


def begin(make: type[QApplication], size: int) -> QApplication:
    """The application with all that it shows so much larger than the system has it, which Qt reads as it starts."""
    before = os.environ.get(SCALE)
    if size != 100:
        os.environ[SCALE] = str(_of_system() * size / 100)
    app = make(["gigaplan"])
    if before is None:
        os.environ.pop(SCALE, None)
    else:
        os.environ[SCALE] = before
    return app


def change(size: int, fit: Callable[[QWidget], object]) -> bool:
    """Draws every window in another size; False where this Qt can do so only at its start.

    A window keeps its place and its size on the screen, so it has more or less room inside: `fit` is told of each
    before it is shown again.
    """
    set_factor = _setter()
    if set_factor is None:
        return False
    shown = [window for window in QApplication.topLevelWidgets() if window.isVisible()]
    active, ends = QApplication.activeWindow(), QApplication.quitOnLastWindowClosed()
    places = [(window, _on_screen(window)) for window in shown]
    QApplication.setQuitOnLastWindowClosed(False)  # for a moment there is no window
    try:
        for window in shown:
            window.hide()
        for surface in QGuiApplication.allWindows():
            surface.destroy()
        before = qInstallMessageHandler(lambda *_: None)  # it warns of windows, though none has a surface
        set_factor(_of_system() * size / 100)
        qInstallMessageHandler(before)
        for window, place in places:
            if not window.windowState() & (Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen):
                fit(window)
                window.setGeometry(_from_screen(window, place))
                _places[window] = (window.geometry(), place)
            window.show()
    finally:
        QApplication.setQuitOnLastWindowClosed(ends)
    if active is not None:
        active.activateWindow()
    return True


def _of_system() -> float:
    try:
        return float(os.environ.get(SCALE) or 1)
    except ValueError:
        return 1.0


_places: WeakKeyDictionary[QWidget, tuple[QRect, QRect]] = WeakKeyDictionary()
"""Where windows were put, in points and in pixels: worked out anew at each step, rounding would let them grow."""


def _on_screen(window: QWidget) -> QRect:
    """Where a window is, in pixels from the corner of its screen."""
    points, pixels = _places.get(window, (None, QRect()))
    if points == window.geometry():
        return pixels
    ratio, corner = window.devicePixelRatioF(), window.screen().geometry().topLeft()
    return QRect((window.geometry().topLeft() - corner) * ratio, window.size() * ratio)


def _from_screen(window: QWidget, place: QRect) -> QRect:
    """Where it is in points."""
    screen = window.screen()
    ratio, corner = screen.devicePixelRatio(), screen.geometry().topLeft()
    return QRect(corner + place.topLeft() / ratio, place.size() / ratio)


@functools.cache
def _setter() -> Callable[[float], object] | None:
    """The function of the Qt in this process that sets its factor, or None."""
    with contextlib.suppress(OSError, AttributeError):
        found = getattr(_library(), _MSVC if sys.platform == "win32" else _GCC)
        found.argtypes, found.restype = [ctypes.c_double], None
        return found  # type: ignore[no-any-return]
    return None


def _library() -> ctypes.CDLL:
    if sys.platform == "win32":
        there = ctypes.windll.kernel32.GetModuleHandleW
        there.restype = ctypes.c_void_p
        handle = there("Qt6Gui.dll")
        if not handle:
            raise OSError("Qt6Gui.dll is not loaded")
        return ctypes.CDLL("Qt6Gui.dll", handle=handle)
    name = "libQt6Gui.so.6"
    if sys.platform == "darwin":
        name = str(Path(PySide6.__file__).parent / "Qt" / "lib" / "QtGui.framework" / "Versions" / "A" / "QtGui")
    return ctypes.CDLL(name, mode=os.RTLD_NOW | os.RTLD_NOLOAD)  # the one that is loaded, never another
