"""What a window remembers from start to start: where it stands, its parts, the page in the middle, and the zoom."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QSplitter, QTabWidget

from gigaplan.gui.views.canvas.camera import Camera
from gigaplan.gui.window.pages import MiddlePages


class WindowState:
    """Keeps the layout of one window in the settings of the person."""

    def __init__(
        self, window: QMainWindow, splitters: Mapping[str, QSplitter], parts: Mapping[str, QAction], lists: QTabWidget,
        camera: Camera, pages: MiddlePages,
    ) -> None:  # fmt: skip
        self._window, self._splitters, self._parts, self._lists = window, splitters, parts, lists
        self._camera, self._pages = camera, pages
        self._page = ""

    def restore(self) -> None:
        """Puts the parts of the window where they were; a place on a screen that is gone becomes one that is there."""
        settings = QSettings()
        geometry = settings.value("window/geometry")
        if geometry is not None:
            self._window.restoreGeometry(geometry)
        for name, splitter in self._splitters.items():
            state = settings.value(f"window/{name}")
            if state is not None:
                splitter.restoreState(state)
        shown = _words(settings.value("window/shown"))
        for name in _words(settings.value("window/hidden")) + shown:
            if name in self._parts:
                self._parts[name].setChecked(name in shown)
        self._lists.setCurrentIndex(1 if settings.value("window/list") == "outline" else 0)
        zoom = _number(settings.value("window/zoom"))
        if zoom:
            self._camera.zoom_to(zoom)
        self._page = str(settings.value("window/page", ""))

    def turn_page(self) -> None:
        """Shows the page that was shown last, once: it is not made before a plan is looked at."""
        page, self._page = self._page, ""
        if page in self._pages.names:
            self._pages.show_page(page)

    def remember(self, own: set[str], away: set[str]) -> None:
        """Keeps how the window is now. The parts in `own` came by themselves, and are not meant to come again; those in
        `away` went for want of room."""
        settings = QSettings()
        settings.setValue("window/geometry", self._window.saveGeometry())
        for name, splitter in self._splitters.items():
            settings.setValue(f"window/{name}", splitter.saveState())
        shown = {name for name, action in self._parts.items() if action.isChecked() or name in away} - own
        settings.setValue("window/shown", ",".join(sorted(shown)))
        settings.setValue("window/hidden", ",".join(sorted(set(self._parts) - shown)))
        settings.setValue("window/list", "outline" if self._lists.currentIndex() else "catalogue")
        zoom = 0.0 if self._camera.fits else self._camera.transform().m11()
        settings.setValue("window/zoom", zoom)
        settings.setValue("window/page", self._page or self._pages.currentWidget().objectName())


def _words(stored: object) -> list[str]:
    return [word for word in str(stored or "").split(",") if word]


def _number(stored: object) -> float:
    try:
        return float(str(stored or 0))
    except ValueError:
        return 0.0
