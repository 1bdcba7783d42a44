"""The camera over the plan map: what part of the scene is in sight and how large, and what lies where in it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QPainter, QPixmapCache, QResizeEvent
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from gigaplan.gui.document.document import Document
from gigaplan.gui.views.canvas.cards import CardItem
from gigaplan.gui.views.canvas.folding import is_line
from gigaplan.gui.views.canvas.picture import Key, Wire
from gigaplan.gui.views.canvas.placing import LEAST_ZOOM, Frame, lines_in
from gigaplan.gui.views.canvas.ribbons import RibbonItem
from gigaplan.gui.views.canvas.scene import MapScene
from gigaplan.gui.widgets.texts import literal, show_tip

MOST_ZOOM = 3.0
READABLE = 0.92
"""By itself the map shrinks to this; what then has no room is a turn of the wheel away."""
LEGIBLE = 10 / 12
"""At this scale the smallest text of cards, of 12 px, is 10 px high: what has no room then folds."""
EDGE = 9.0
"""Kept free around all that is drawn; with what hangs on cards it is the margin of the columns."""


class Camera(QGraphicsView):
    """Shows the scene, fitted to the window until a person zooms or pans. What hands do is not its matter."""

    moved = Signal()
    """Other things are in sight, or at another scale."""
    scrolled = Signal()
    find_requested = Signal()
    """A person wants to look for something on the map."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.map_scene = MapScene(document, self)
        self.room_beside: Callable[[QSizeF], float] = lambda content: 0.0
        """The width to keep free at the right edge, px, where the map is shown in some size, px."""
        self._fits = True
        self.setScene(self.map_scene)
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

    @property
    def fits(self) -> bool:
        """Whether the map follows the size of the window."""
        return self._fits

    def fit(self, least: float = READABLE) -> None:
        """Lays the columns out for the window and shows them, shrunk to `least` where they do not fit."""
        self._fits = True
        port, scene = self.viewport().size(), self.map_scene
        legible = max(least, LEGIBLE)
        scene.make_room(lines_in(Frame.of(port.width() / legible, port.height() / legible)))
        frame, content, scale = self._trial(port.width(), port.height(), 1.0, least)
        if scale < 1:
            frame, content, scale = self._trial(port.width(), port.height(), scale, least)
        # A plan that is much longer than the view leaves room for the minimap beside it.
        aside = self.room_beside(content.size() * scale)
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
        self.moved.emit()

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
            self.moved.emit()

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
        self.moved.emit()

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
        self.moved.emit()

    def zoom_to(self, scale: float) -> None:
        """Shows the map at a scale; 1 is 100 %."""
        self.zoom(scale / self.transform().m11())

    def reveal(self, key: Key) -> None:
        """Scrolls a card into sight, and unfolds it where another line stands for it."""
        self.map_scene.keep_in_sight([key])
        card = self.map_scene.cards.get(key)
        if card is not None:
            self.ensureVisible(card.sceneBoundingRect(), 20, 20)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fits:
            self.fit()
        elif not event.oldSize().isValid():
            self._go_to_top()
        self.moved.emit()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.scrolled.emit()

    # What is where

    def card_at(self, at: QPoint) -> Key | None:
        """The card under a point of the viewport."""
        return next((item.key for item in self.items(at) if isinstance(item, CardItem)), None)

    def wire_at(self, at: QPoint) -> Wire | None:
        """The wire under a point of the viewport, where no card covers it."""
        item = next(iter(self.items(at)), None)
        return item.wire if isinstance(item, RibbonItem) else None

    def single_at(self, at: QPoint) -> Wire | None:
        """The wire under a point where both its ends are rows: one that can be forbidden."""
        wire = self.wire_at(at)
        return None if wire is None or is_line(wire.start_key) or is_line(wire.end_key) else wire

    def say(self, text: str, at: QPoint) -> None:
        """Shows a word at a point of the viewport."""
        show_tip(self.viewport().mapToGlobal(at), literal(text), self.viewport())
