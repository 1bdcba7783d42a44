"""The view of the plan map: zoom, pan, mouse and keys. Edits go to the document, what is drawn comes from the scene."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
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
    QPixmapCache,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QGraphicsView, QToolTip, QWidget

from gigaplan.gui.document.document import Document
from gigaplan.gui.style import theme
from gigaplan.gui.views.canvas import drops
from gigaplan.gui.views.canvas.cards import CardItem
from gigaplan.gui.views.canvas.commands import Commands
from gigaplan.gui.views.canvas.gestures import Draw, Gesture, Move, Pan, Select
from gigaplan.gui.views.canvas.keys import Keys
from gigaplan.gui.views.canvas.menus import Menus
from gigaplan.gui.views.canvas.minimap import Minimap
from gigaplan.gui.views.canvas.picture import Key, Wire
from gigaplan.gui.views.canvas.placing import LEAST_ZOOM, Frame
from gigaplan.gui.views.canvas.ribbons import RibbonItem
from gigaplan.gui.views.canvas.scene import MapScene
from gigaplan.gui.views.canvas.still import Still
from gigaplan.gui.widgets.texts import composed, literal, show_tip

MOST_ZOOM = 3.0
READABLE = 0.92
"""By itself the map shrinks to this; what then has no room is a turn of the wheel away."""
EDGE = 9.0
"""Kept free around all that is drawn; with what hangs on cards it is the margin of the columns."""

HANDLES = {
    "workloads": "Drag from here to an offer to allow it for this work",
    "offers": "Drag from here to a site to allow the offer there",
}


class MapView(QGraphicsView):
    """Shows the scene, fitted to the window until a person zooms or pans."""

    catalogue_dropped = Signal(str, str)
    """(kind, id): something of the catalogue was dropped on the map."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.map_scene = MapScene(document, self)
        self.minimap = Minimap(self)
        self.commands = Commands(self)
        self.menus = Menus(self)
        self._keys = Keys(self)
        self._gesture: Gesture | None = None
        self._hovered: CardItem | None = None
        self._still: Still | None = None
        self._scrolled = False
        self.space_held = False
        self._fits = True
        self.setScene(self.map_scene)
        self.map_scene.cards_moved.connect(self._held_moved)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        # The ground is painted in full: scrolling then moves the picture and paints only what comes into sight.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        # The painted cards are kept: 300 of them on a screen of double density are 45 MB.
        QPixmapCache.setCacheLimit(max(QPixmapCache.cacheLimit(), 64 * 1024))
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(320, 160)
        self.setAccessibleName("Plan map")
        self.restyle()

    # Zoom and pan

    @property
    def fits(self) -> bool:
        """Whether the map follows the size of the window."""
        return self._fits

    def fit(self, least: float = READABLE) -> None:
        """Lays the columns out for the window and shows them, shrunk to `least` where they do not fit."""
        self._fits = True
        port, scene = self.viewport().size(), self.map_scene
        frame, content, scale = self._trial(port.width(), port.height(), 1.0, least)
        if scale < 1:
            frame, content, scale = self._trial(port.width(), port.height(), scale, least)
        # A plan that is much longer than the view leaves room for the minimap beside it.
        aside = self.minimap.room_beside(content.size() * scale)
        if aside:
            frame, content, scale = self._trial(port.width() - aside, port.height(), scale, least)
            content.adjust(0, 0, aside / scale, 0)
        scene.arrange(frame)
        width, height = port.width() / scale, port.height() / scale
        shown = QRectF(0, 0, max(width, content.width()), max(height, content.height()))
        shown.moveCenter(content.center())
        if shown != self.sceneRect() or scale != self.transform().m11():
            self.resetTransform()
            self.scale(scale, scale)
            self.setSceneRect(shown)
            self.centerOn(shown.center().x(), shown.top() + height / 2)
        self.minimap.refresh()

    def _trial(self, width: float, height: float, scale: float, least: float) -> tuple[Frame, QRectF, float]:
        """The columns for a view of a size, px, at a scale; what they take; and the scale at which that would fit."""
        frame = Frame.of(width / scale, height / scale)
        content = self.map_scene.extent(frame).adjusted(-EDGE, -EDGE / 2, EDGE, EDGE / 2)
        across = 1.0 if scale == 1 else width / content.width()
        return frame, content, max(min(1.0, across, height / content.height()), least)

    def take_shape(self, is_new: bool) -> None:
        """Takes up that cards came, went or moved: fits them, or lets a hand that has zoomed reach all of them.

        The map of a plan that is new keeps that zoom, and begins at the top.
        """
        if self._fits:
            self.fit()
        elif is_new:
            self._go_to_top()
        else:
            self.leave_fit()
            self.minimap.refresh()

    def _go_to_top(self) -> None:
        """Lays the columns out for the window, and shows their upper left at the scale that there is."""
        scale = self.transform().m11()
        self.fit()
        self.zoom_to(scale)
        content, visible = self.map_scene.content_rect(), self.mapToScene(self.viewport().rect()).boundingRect()
        visible.moveTopLeft(content.topLeft())
        if visible.width() > content.width():
            visible.moveCenter(QPointF(content.center().x(), visible.center().y()))
        self.centerOn(visible.center())
        self.minimap.refresh()

    def leave_fit(self) -> None:
        """From now on the view stays where a hand puts it; there is room around the cards."""
        self._fits = False
        visible = self.mapToScene(self.viewport().rect()).boundingRect()
        around = self.map_scene.content_rect().adjusted(
            -visible.width() / 2, -visible.height() / 2, visible.width() / 2, visible.height() / 2
        )
        self.setSceneRect(around.united(visible))

    def zoom(self, factor: float, at_pointer: bool = False) -> None:
        """Zooms by a factor, within bounds: about the middle of what of the cards is in sight, or about the pointer."""
        now = self.transform().m11()
        factor = min(max(now * factor, LEAST_ZOOM), MOST_ZOOM) / now
        self.leave_fit()
        if at_pointer:
            self.scale(factor, factor)
        else:
            visible = self.mapToScene(self.viewport().rect()).boundingRect()
            cards = self.map_scene.content_rect()
            middle = (visible.intersected(cards) if visible.intersects(cards) else cards).center()
            self.scale(factor, factor)
            self.centerOn(middle)
        self.minimap.refresh()

    def zoom_to(self, scale: float) -> None:
        """Shows the map at a scale; 1 is 100 %."""
        self.zoom(scale / self.transform().m11())

    def reveal(self, key: Key) -> None:
        """Scrolls a card into sight."""
        card = self.map_scene.cards.get(key)
        if card is not None:
            self.ensureVisible(card.sceneBoundingRect(), 20, 20)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fits:
            self.fit()
        elif not event.oldSize().isValid():
            self._go_to_top()
        self.minimap.refresh()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self._scrolled = True
        self.minimap.stay()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(1.0015 ** event.angleDelta().y(), at_pointer=True)
            event.accept()
        else:
            super().wheelEvent(event)

    # What is where

    def card_at(self, at: QPoint) -> Key | None:
        """The card under a point of the viewport."""
        return next((item.key for item in self.items(at) if isinstance(item, CardItem)), None)

    def wire_at(self, at: QPoint) -> Wire | None:
        """The wire under a point of the viewport, where no card covers it."""
        item = next(iter(self.items(at)), None)
        return item.wire if isinstance(item, RibbonItem) else None

    def _handle_at(self, at: QPoint) -> Key | None:
        card = self._hovered
        if card is None or not card.has_handle or card.key not in self.map_scene.boxes:
            return None
        return card.key if card.handle_at(card.mapFromScene(self.mapToScene(at))) else None

    def say(self, text: str, at: QPoint) -> None:
        """Shows a word at a point of the viewport."""
        show_tip(self.viewport().mapToGlobal(at), literal(text), self.viewport())

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._gesture is not None:
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton and self.space_held
        ):
            self._gesture = Pan(self, at)
        elif event.button() == Qt.MouseButton.LeftButton:
            adds = bool(event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier))
            self._gesture = self._left_press(at, adds)

    def _left_press(self, at: QPoint, adds: bool) -> Gesture | None:
        handle, key, wire = self._handle_at(at), self.card_at(at), self.wire_at(at)
        if handle is None and key is None and wire is not None:
            self.commands.choose_wire(wire, adds)
            return None
        self.map_scene.choose_wires()
        if handle is not None:
            return Draw(self, handle)
        if key is None:
            return Select(self, at, adds)
        chosen = self.document.selection.rows
        if adds:
            self.document.select_rows([k for k in chosen if k != key] if key in chosen else [*chosen, key])
            return None
        if key not in chosen:
            self.document.select_rows([key])
        return Move(self, at, key, QApplication.startDragDistance())

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
        if key is not None and event.button() == Qt.MouseButton.LeftButton:
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
                card.set_state(has_handle=card.key[0] != "sites")
        self.map_scene.hover_wire(self.wire_at(at))
        if not self.space_held:
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
                show_tip(event.globalPos(), composed(self.map_scene.cards[key].text.tip), self.viewport())
            elif wire is not None:
                show_tip(event.globalPos(), literal(self.map_scene.wire_words(wire)), self.viewport())
            else:
                QToolTip.hideText()
            return True
        return super().viewportEvent(event)

    # Keys

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
        if drops.read(event.mimeData()) is None:
            event.ignore()
        else:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        found = drops.read(event.mimeData())
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
