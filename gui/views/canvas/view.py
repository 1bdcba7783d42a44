"""The view of the plan map: mouse, keys, menus, drops. Edits go to the document, what is drawn comes from the scene."""

from __future__ import annotations

import json

from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from gigaplan.gui.document.document import Document
from gigaplan.gui.style import theme
from gigaplan.gui.views.canvas.camera import Camera
from gigaplan.gui.views.canvas.cards import STARTS, CardItem
from gigaplan.gui.views.canvas.commands import Commands
from gigaplan.gui.views.canvas.folding import is_line
from gigaplan.gui.views.canvas.gestures import Draw, Gesture, MoveCards, Pan, Select
from gigaplan.gui.views.canvas.keys import Keys
from gigaplan.gui.views.canvas.menus import MapMenus
from gigaplan.gui.views.canvas.minimap import Minimap
from gigaplan.gui.views.canvas.picture import Key
from gigaplan.gui.views.canvas.still import Still
from gigaplan.gui.widgets.actions import take_key
from gigaplan.gui.widgets.texts import composed, literal, show_tip

HANDLES = {
    "workloads": "Drag from here to an offer or a service to allow it for this work",
    "offers": "Drag from here to a site to allow the offer there",
}
ENTRY_MIME = "application/x-gigaplan-catalogue"
"""What the catalogue lets be dragged to the map."""
ENTRY_KINDS = ("platform", "offer", "site", "workload", "model")


class MapView(Camera):
    """The camera with hands: mouse, keys, menus and drops."""

    catalogue_dropped = Signal(str, str)
    """(kind, id): something of the catalogue was dropped on the map."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self.minimap = Minimap(self)
        self.room_beside = self.minimap.room_beside
        self.moved.connect(self.minimap.refresh)
        self.scrolled.connect(self._take_scroll)
        self.commands = Commands(self)
        self.menus = MapMenus(self, self.commands, self.minimap)
        self._keys = Keys(self, self.commands, self.menus, self.abandon)
        self._gesture: Gesture | None = None
        self._hovered: CardItem | None = None
        self._still: Still | None = None
        self._scrolled = False
        self.map_scene.cards_moved.connect(self._held_moved)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(320, 160)
        self.setAccessibleName("Plan map")
        self.restyle()

    # Mouse

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(1.0015 ** event.angleDelta().y(), at_pointer=True)
            event.accept()
        else:
            super().wheelEvent(event)

    def _handle_at(self, at: QPoint) -> Key | None:
        card = self._hovered
        if card is None or not card.has_handle or card.key not in self.map_scene.boxes:
            return None
        return card.key if card.handle_at(card.mapFromScene(self.mapToScene(at))) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._gesture is not None:
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton and self._keys.space_held
        ):
            self._gesture = Pan(self, at)
        elif event.button() == Qt.MouseButton.LeftButton:
            adds = bool(event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier))
            self._gesture = self._left_press(at, adds)

    def _left_press(self, at: QPoint, adds: bool) -> Gesture | None:
        handle, key, wire = self._handle_at(at), self.card_at(at), self.single_at(at)
        if is_line(key):
            self.commands.list_line(key)
            return None
        if handle is None and key is None and wire is not None:
            self.commands.choose_wire(wire, adds)
            return None
        self.map_scene.choose_wires()
        if handle is not None:
            return Draw(self, self.commands, handle)
        if key is None:
            return Select(self, at, adds)
        chosen = self.document.selection.rows
        if adds:
            self.document.select_rows([k for k in chosen if k != key] if key in chosen else [*chosen, key])
            return None
        if key not in chosen:
            self.document.select_rows([key])
        return MoveCards(self, self.commands, at, key, QApplication.startDragDistance())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._gesture is not None:
            self._gesture.move(at)
        else:
            self._hover(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.finish(event.position().toPoint())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        key = self.card_at(event.position().toPoint())
        if key is not None and event.button() == Qt.MouseButton.LeftButton and not is_line(key):
            self.commands.rename(key)

    def paintEvent(self, event: QPaintEvent) -> None:
        scrolled, self._scrolled = self._scrolled, False
        before = self._still
        if before is not None and not before.follow():
            self._still = None
        if self._still is None and (self.map_scene.held or scrolled):
            self._still = Still(self)
        if self._still is not before:
            # Neither way of painting knows where the other has painted things.
            self.viewport().update()
        if self._still is None:
            super().paintEvent(event)
            return
        super().paintEvent(QPaintEvent(QRegion()))  # takes note that what was asked for is painted
        painter = QPainter(self.viewport())
        self._still.paint(painter, event.rect())
        painter.end()

    def _take_scroll(self) -> None:
        self._scrolled = True
        self.minimap.stay()

    def release_keys(self) -> None:
        """Forgets what is held, as where the focus goes elsewhere."""
        self._keys.space_held = False

    def _held_moved(self) -> None:
        if self._still is not None:
            self.viewport().update(self._still.stale_area())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self._gesture is None:
            self._hover(QPoint(-1000, -1000))

    def abandon(self) -> None:
        """Breaks off what the mouse is doing."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.abandon()

    def _hover(self, at: QPoint) -> None:
        key = self.card_at(at)
        card = self.map_scene.cards.get(key) if key else None
        if card is not self._hovered:
            self.map_scene.touch()
            if self._hovered is not None:
                self._hovered.set_state(has_handle=False)
            self._hovered = card
            if card is not None:
                card.set_state(has_handle=card.key[0] in STARTS and not is_line(card.key))
        self.map_scene.hover_wire(self.wire_at(at))
        if not self._keys.space_held:
            cross = Qt.CursorShape.CrossCursor if self._handle_at(at) else Qt.CursorShape.ArrowCursor
            self.viewport().setCursor(cross)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            menu, where = self.menus.of_selection()
            spot = self.viewport().mapToGlobal(self.mapFromScene(where))
        else:
            menu, spot = self.menus.at(event.pos()), event.globalPos()
        menu.exec(spot)
        menu.deleteLater()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            key, wire, handle = self.card_at(event.pos()), self.wire_at(event.pos()), self._handle_at(event.pos())
            if handle is not None:
                show_tip(event.globalPos(), literal(HANDLES[handle[0]]), self.viewport())
            elif key is not None:
                show_tip(event.globalPos(), composed(self.map_scene.card_tip(key)), self.viewport())
            elif wire is not None:
                show_tip(event.globalPos(), literal(self.map_scene.wire_words(wire)), self.viewport())
            else:
                QToolTip.hideText()
            return True
        return super().viewportEvent(event)

    # Keys

    def event(self, event: QEvent) -> bool:
        # What the window does with a key of the map, as with those that zoom, it does elsewhere.
        override = event.type() == QEvent.Type.ShortcutOverride
        return (override and take_key(event, self.menus.commands.values())) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._keys.press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self._keys.release(event):
            super().keyReleaseEvent(event)

    # Drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.dragMoveEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if dropped(event.mimeData()) is None:
            event.ignore()
        else:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        found = dropped(event.mimeData())
        if found is None:
            event.ignore()
            return
        event.acceptProposedAction()
        self.catalogue_dropped.emit(*found)

    def restyle(self) -> None:
        """Takes the colours of another appearance."""
        self.setBackgroundBrush(QColor(theme.tokens().panel))
        self.map_scene.restyle()
        self.minimap.refresh()


def dropped(data: QMimeData) -> tuple[str, str] | None:
    """The kind and id of a dragged entry; None for anything else."""
    if not data.hasFormat(ENTRY_MIME):
        return None
    try:
        entry = json.loads(bytes(data.data(ENTRY_MIME).data()))
    except (ValueError, RecursionError):  # another program may offer anything
        return None
    if not isinstance(entry, dict) or entry.get("kind") not in ENTRY_KINDS or not isinstance(entry.get("id"), str):
        return None
    return entry["kind"], entry["id"]
