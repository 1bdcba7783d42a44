"""What a hand does with the mouse on the plan map, from press to release: move cards, draw a wire, select, pan."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QGraphicsPathItem, QRubberBand

from gigaplan.gui.style import theme
from gigaplan.gui.views.canvas import edits
from gigaplan.gui.views.canvas.camera import Camera
from gigaplan.gui.views.canvas.commands import Commands
from gigaplan.gui.views.canvas.folding import is_line
from gigaplan.gui.views.canvas.picture import Key, Wire
from gigaplan.gui.views.canvas.placing import COLUMN, COLUMNS
from gigaplan.gui.views.canvas.ribbons import RibbonBand, curve


class Gesture(Protocol):
    """One press, its moves, and its release; positions in px of the viewport."""

    def move(self, at: QPoint) -> None:
        """The pointer moved."""

    def finish(self, at: QPoint) -> None:
        """The button was let go."""

    def abandon(self) -> None:
        """Escape: as if nothing had been done."""


class Pan:
    """Moves the view over the map."""

    def __init__(self, camera: Camera, at: QPoint) -> None:
        self._camera, self._last = camera, at
        camera.leave_fit()
        camera.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, at: QPoint) -> None:
        step, self._last = at - self._last, at
        across, down = self._camera.horizontalScrollBar(), self._camera.verticalScrollBar()
        across.setValue(across.value() - step.x())
        down.setValue(down.value() - step.y())

    def finish(self, at: QPoint) -> None:
        self._camera.viewport().unsetCursor()

    def abandon(self) -> None:
        self._camera.viewport().unsetCursor()


class MoveCards:
    """Carries the selected cards; a press without a drag selects the one that was pressed."""

    def __init__(self, camera: Camera, commands: Commands, at: QPoint, key: Key, reach: int) -> None:
        self._commands = commands
        self._camera, self._from, self._key, self._reach = camera, at, key, reach
        rows = camera.document.selection.rows
        keys = rows if key in rows else (key,)
        self._boxes = {k: camera.map_scene.boxes[k] for k in keys if k in camera.map_scene.boxes}
        self._under_way = False

    def move(self, at: QPoint) -> None:
        if not self._under_way and (at - self._from).manhattanLength() < self._reach:
            return
        if not self._under_way:
            self._under_way = True
            self._camera.map_scene.hold(self._boxes)
        step = self._camera.mapToScene(at) - self._camera.mapToScene(self._from)
        self._camera.map_scene.drag_to(
            {k: box._replace(x=box.x + step.x(), y=box.y + step.y()) for k, box in self._boxes.items()}
        )

    def finish(self, at: QPoint) -> None:
        self._camera.map_scene.release()
        if not self._under_way and self._key in self._camera.map_scene.boxes:
            self._camera.document.select(self._key[0], [self._key[1]])
            return
        boxes = {k: self._camera.map_scene.boxes[k] for k in self._boxes if k in self._camera.map_scene.boxes}
        if boxes and self._under_way:
            self._commands.keep_places(boxes)

    def abandon(self) -> None:
        self._camera.map_scene.release()
        self._camera.map_scene.drag_to(self._boxes)


class Select:
    """Draws a band: the cards in it are selected, beside those that were where it adds. A click on nothing selects the
    plan."""

    def __init__(self, camera: Camera, at: QPoint, adds: bool) -> None:
        self._camera, self._from, self._adds = camera, at, adds
        self._before = camera.document.selection.rows
        self._band = QRubberBand(QRubberBand.Shape.Rectangle, camera.viewport())

    def move(self, at: QPoint) -> None:
        rect = QRect(self._from, at).normalized()
        self._band.setGeometry(rect)
        self._band.show()
        self._select(self._camera.mapToScene(rect).boundingRect())

    def _select(self, rect: QRectF) -> None:
        hit = [
            key
            for key, box in self._camera.map_scene.boxes.items()
            if rect.intersects(QRectF(box.x, box.y, box.width, box.height))
        ]
        self._camera.document.select_rows([*(self._before if self._adds else ()), *hit])

    def finish(self, at: QPoint) -> None:
        if self._band.isHidden() and not self._adds:
            self._camera.document.select("plan")
        self._drop()

    def abandon(self) -> None:
        self._camera.document.select_rows(self._before)
        self._drop()

    def _drop(self) -> None:
        self._band.hide()
        self._band.deleteLater()


class Draw:
    """Pulls a wire from a card to one of the next column: what was forbidden is allowed there."""

    def __init__(self, camera: Camera, commands: Commands, key: Key) -> None:
        self._commands = commands
        self._camera, self._key = camera, key
        self._tables = COLUMNS[COLUMN[key[0]] + 1]
        self._target: Key | None = None
        self._line = QGraphicsPathItem()
        self._line.setPen(QPen(QColor(theme.tokens().accent), 1.8, Qt.PenStyle.DashLine))
        self._line.setZValue(3)
        camera.map_scene.addItem(self._line)

    def _wire(self, target: Key) -> Wire:
        kind = {"offers": "use", "services": "buy"}.get(target[0], "stand")
        return Wire(kind, self._key[1], target[1])

    def move(self, at: QPoint) -> None:
        box = self._camera.map_scene.boxes.get(self._key)
        if box is None:
            return
        end: QPointF = self._camera.mapToScene(at)
        key = self._camera.card_at(at)
        target = key if key is not None and key[0] in self._tables and not is_line(key) else None
        if target is not None:
            there = self._camera.map_scene.boxes[target]
            end = QPointF(there.x, there.middle)
        self._camera.map_scene.touch()
        self._line.setPath(curve(RibbonBand(box.x + box.width, box.middle, end.x(), end.y(), 2)))
        if target != self._target:
            self._aim(False)
            self._target = target
            self._aim(True)
            self._camera.say(self._words(target), at)

    def _words(self, target: Key | None) -> str:
        """What letting go here would do."""
        if target is None:
            return ""
        wire, camera = self._wire(target), self._camera
        if edits.is_allowed(camera.document.plan, wire):
            return camera.map_scene.obstacle(wire)
        return f"Release to allow {self._commands.wire_name(wire)}"

    def _aim(self, on: bool) -> None:
        card = self._camera.map_scene.cards.get(self._target) if self._target else None
        if card is not None:
            card.set_state(aimed_at=on)

    def finish(self, at: QPoint) -> None:
        self.move(at)
        target = self._target
        self.abandon()
        if target is None:
            return
        wire = self._wire(target)
        if edits.is_allowed(self._camera.document.plan, wire):
            self._camera.say(self._words(target), at)
        else:
            self._commands.allow(wire)

    def abandon(self) -> None:
        self._aim(False)
        self._camera.map_scene.removeItem(self._line)
        self._camera.map_scene.touch()
