"""Where Tab goes: through the parts of the window in turn, and in each of them in the order of reading.

Forms make some of their fields late, lists come and go: the order in which widgets were made says little.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QWidget

SAME_LINE = 8
"""Widgets side by side differ by fewer pixels in height than this."""
Key = tuple[tuple[int, int], ...]


def neighbour(window: QWidget, parts: Sequence[QWidget], here: QWidget | None, forward: bool) -> QWidget | None:
    """The widget that Tab, or Shift+Tab, goes to from `here`; None where there is nowhere to go."""
    stops = tab_stops(window, parts)
    if not stops:
        return None
    if here not in stops:
        inside = [k for k, stop in enumerate(stops) if here is not None and here.isAncestorOf(stop)]
        return stops[inside[0] if inside and forward else inside[-1] - 1 if inside else 0]
    return stops[(stops.index(here) + (1 if forward else -1)) % len(stops)]


def tab_stops(window: QWidget, parts: Sequence[QWidget]) -> list[QWidget]:
    """Every widget that Tab stops at, in order; what lies in none of the parts comes first."""
    found = [w for w in window.findChildren(QWidget) if _stops(w) and w.window() is window]

    def key(widget: QWidget) -> tuple[int, Key]:
        part = next((k for k, part in enumerate(parts) if part is widget or part.isAncestorOf(widget)), -1)
        return part, _place(widget, window)

    return sorted(found, key=key)


def _stops(widget: QWidget) -> bool:
    if not (widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and widget.isEnabled()):
        return False
    if widget.focusProxy() is not None:
        return False
    if isinstance(widget, QAbstractButton) and (group := widget.group()) is not None and group.exclusive():
        # The arrow keys go through buttons of which one is down.
        return widget.isChecked() or group.checkedButton() is None
    return True


def _place(widget: QWidget, window: QWidget) -> Key:
    """Where it lies: line and column; inside something that scrolls, after what that scrolls past."""
    above = widget.parentWidget()
    while above is not None and above is not window:
        if isinstance(above, QAbstractScrollArea) and above.viewport().isAncestorOf(widget):
            content = above.widget() if hasattr(above, "widget") else above.viewport()
            return *_place(above, window), _line(widget.mapTo(content, QPoint()))
        above = above.parentWidget()
    return (_line(widget.mapTo(window, QPoint())),)


def _line(at: QPoint) -> tuple[int, int]:
    return at.y() // SAME_LINE, at.x()
