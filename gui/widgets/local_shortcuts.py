"""Keys of a list which the window has too, for the map: where the list has the cursor they are the list's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

ALONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
Actions = Mapping[tuple[Qt.Key, Qt.KeyboardModifier], Callable[[], object]]


def take_key(event: QEvent, actions: Actions) -> bool:
    """Does what the key of an event is for, and says whether it is for anything.

    A ShortcutOverride that is accepted keeps the key from the shortcuts of the window.
    """
    press, override = QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride
    if not isinstance(event, QKeyEvent) or event.type() not in (press, override):
        return False
    action = actions.get((Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier))
    if action is None:
        return False
    event.accept()
    if event.type() == press:
        action()
    return True
