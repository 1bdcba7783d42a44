"""What a window remembers from start to start: where it stands, its parts, the page in the middle, and the zoom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings

if TYPE_CHECKING:
    from gigaplan.gui.window.main_window import MainWindow


class WindowState:
    """Keeps the layout of one window in the settings of the person."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._page = ""

    def restore(self) -> None:
        """Puts the parts of the window where they were; a place on a screen that is gone becomes one that is there."""
        window, settings = self._window, QSettings()
        geometry = settings.value("window/geometry")
        if geometry is not None:
            window.restoreGeometry(geometry)
        for name, splitter in window.splitters.items():
            state = settings.value(f"window/{name}")
            if state is not None:
                splitter.restoreState(state)
        shown = _words(settings.value("window/shown"))
        for name in _words(settings.value("window/hidden")) + shown:
            if name in window.menus.parts:
                window.menus.parts[name].setChecked(name in shown)
        window.lists.setCurrentIndex(1 if settings.value("window/list") == "outline" else 0)
        zoom = _number(settings.value("window/zoom"))
        if zoom:
            window.plan_map.view.zoom_to(zoom)
        self._page = str(settings.value("window/page", ""))

    def turn_page(self) -> None:
        """Shows the page that was shown last, once: it is not made before a plan is looked at."""
        page, self._page = self._page, ""
        if page in window_pages(self._window):
            self._window.views.show_page(page)

    def remember(self, own: set[str]) -> None:
        """Keeps how the window is now; the parts in `own` came by themselves, and are not meant to come again."""
        window, settings = self._window, QSettings()
        settings.setValue("window/geometry", window.saveGeometry())
        for name, splitter in window.splitters.items():
            settings.setValue(f"window/{name}", splitter.saveState())
        shown = {name for name, action in window.menus.parts.items() if action.isChecked()} - own
        settings.setValue("window/shown", ",".join(sorted(shown)))
        settings.setValue("window/hidden", ",".join(sorted(set(window.menus.parts) - shown)))
        settings.setValue("window/list", "outline" if window.lists.currentIndex() else "catalogue")
        view = window.plan_map.view
        settings.setValue("window/zoom", 0.0 if view.fits else view.transform().m11())
        settings.setValue("window/page", self._page or window.views.currentWidget().objectName())


def window_pages(window: MainWindow) -> list[str]:
    """The names of the pages in the middle."""
    return window.views.names


def _words(stored: object) -> list[str]:
    return [word for word in str(stored or "").split(",") if word]


def _number(stored: object) -> float:
    try:
        return float(str(stored or 0))
    except ValueError:
        return 0.0
