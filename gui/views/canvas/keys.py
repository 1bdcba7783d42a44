"""The keys of the plan map: arrows go from card to card, with Alt they nudge."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from gigaplan.gui.views.canvas.camera import Camera
from gigaplan.gui.views.canvas.commands import Commands
from gigaplan.gui.views.canvas.folding import is_line
from gigaplan.gui.views.canvas.menus import MapMenus
from gigaplan.gui.views.canvas.picture import Key
from gigaplan.gui.views.canvas.placing import COLUMN, COLUMNS
from gigaplan.gui.widgets.actions import take_key

_K = Qt.Key
ARROWS: dict[int, tuple[int, int]] = {
    _K.Key_Left: (-1, 0), _K.Key_Right: (1, 0), _K.Key_Up: (0, -1), _K.Key_Down: (0, 1)
}  # fmt: skip
NUDGE = 8.0
FINE = 1.0


class Keys:
    """Turns key presses into commands; `abandon` breaks off what the mouse is doing."""

    def __init__(self, camera: Camera, commands: Commands, menus: MapMenus, abandon: Callable[[], None]) -> None:
        self._camera, self._commands, self._menus, self._abandon = camera, commands, menus, abandon
        self.space_held = False

    def press(self, event: QKeyEvent) -> bool:
        """Does what a key asks for; False leaves it to others."""
        key, camera = event.key(), self._camera
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in ARROWS and not control:
            across, down = ARROWS[key]
            if alt:
                self._nudge(across, down, FINE if shift else NUDGE)
            else:
                self._walk(across, down, extend=shift)
        elif key in (_K.Key_Return, _K.Key_Enter) and is_line(self._current()):
            self._commands.list_line(self._current())
        elif key == _K.Key_Space:
            if not event.isAutoRepeat():
                self.space_held = True
                camera.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        elif key == _K.Key_Escape:
            self._abandon()
            camera.map_scene.choose_wires()
        else:
            return take_key(event, self._menus.commands.values())
        event.accept()
        return True

    def release(self, event: QKeyEvent) -> bool:
        """Ends the panning that Space began."""
        if event.key() != _K.Key_Space or event.isAutoRepeat():
            return False
        self.space_held = False
        self._camera.viewport().unsetCursor()
        return True

    def _current(self) -> Key | None:
        scene = self._camera.map_scene
        keys = [scene.columns.place(key) for key in self._camera.document.selection.rows]
        return next((key for key in reversed(keys) if key in scene.boxes), None)

    def _walk(self, across: int, down: int, extend: bool) -> None:
        """Selects the next card of the column, or the nearest of the next column that has any."""
        boxes, here = self._camera.map_scene.boxes, self._current()
        if not boxes:
            return
        if here is None:
            self._go(next(iter(boxes)), False)
            return
        at, middle = COLUMN[here[0]], boxes[here].middle
        if down:
            ahead = [k for k in boxes if COLUMN[k[0]] == at and (boxes[k].middle - middle) * down > 0]
        else:
            columns = range(at + 1, len(COLUMNS)) if across > 0 else range(at - 1, -1, -1)
            column = next((c for c in columns if any(COLUMN[k[0]] == c for k in boxes)), None)
            ahead = [k for k in boxes if COLUMN[k[0]] == column]
        if ahead:
            self._go(min(ahead, key=lambda k: abs(boxes[k].middle - middle)), extend)

    def _go(self, key: Key, extend: bool) -> None:
        camera = self._camera
        camera.map_scene.choose_wires()
        rows = camera.map_scene.rows_of(key)
        others = [other for other in camera.document.selection.rows if other not in rows] if extend else []
        camera.document.select_rows([*others, *rows])
        camera.reveal(key)

    def _nudge(self, across: int, down: int, by: float) -> None:
        boxes = self._camera.map_scene.boxes
        moved = {
            k: boxes[k]._replace(x=boxes[k].x + across * by, y=boxes[k].y + down * by) for k in self._commands.selected
        }
        if moved:
            self._commands.keep_places(moved, merge=True)
