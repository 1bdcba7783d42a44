"""A small picture of the whole map in its corner, for plans that do not fit: where one is, and the way elsewhere."""

from __future__ import annotations

from collections import defaultdict

from PySide6.QtCore import QPointF, QRectF, QSettings, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import component_colour, vendor_colour
from gigaplan.gui.views.canvas.camera import Camera

KEY = "minimap"
MUCH = 0.75
"""Where so much of the plan's height and width is in sight, it needs no map of its own."""
WIDEST, HIGHEST, NARROWEST = 170.0, 130.0, 56.0
"""The largest panel, and the least width of one for a long column, px."""
LEAST_VIEW = (560, 260)
"""In a view narrower or lower than this, px, it would hide more than it shows."""
PAD = 6.0
AWAY = 10
"""How far it stays from the edges of the map."""
LEAST_MARK = 1.2
"""How thin a card is drawn at least."""


class Minimap(QWidget):
    """Shows all cards and what part of them is in sight; a click or a drag goes there. It hides when most is seen."""

    wanted_changed = Signal(bool)

    def __init__(self, camera: Camera) -> None:
        super().__init__(camera.viewport())
        self._camera = camera
        self._rects: dict[str, list[QRectF]] = {}
        self._content = QRectF()
        self._scale = 1.0
        self._grip: QPointF | None = None
        self.is_wanted = str(QSettings().value(KEY, "true")).lower() in ("true", "1")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAccessibleName("Minimap")
        self.setToolTip("The whole map: click or drag to go there")
        self.hide()
        camera.map_scene.looks_changed.connect(self.refresh)
        camera.map_scene.cards_moved.connect(self.refresh)

    def toggle(self) -> None:
        """Shows it for plans that do not fit, or never; this is remembered."""
        self.is_wanted = not self.is_wanted
        QSettings().setValue(KEY, self.is_wanted)
        self.wanted_changed.emit(self.is_wanted)
        if self._camera.fits:
            self._camera.fit()
        self.refresh()

    def refresh(self) -> None:
        """Takes up where the cards are and what is in sight."""
        scene = self._camera.map_scene
        self._content = scene.cards_rect()
        if not self._has_place or self._content.isEmpty() or self._shows_much():
            self.hide()
            return
        self._scale = self._scale_of(self._content.size())
        inside = self._content.size() * self._scale
        self.resize(round(max(inside.width() + 2 * PAD, NARROWEST)), round(inside.height() + 2 * PAD))
        t = theme.tokens()
        vendors = {vendor: vendor_colour(vendor) if vendor else t.muted for vendor in set(scene.vendors.values())}
        rects: dict[str, list[QRectF]] = defaultdict(list)
        least = LEAST_MARK / self._scale
        for key, box in scene.boxes.items():
            ink = vendors[scene.vendors[key[1]]] if key[0] == "offers" else t.muted
            ink = component_colour("services") if key[0] == "services" else ink
            ink = t.accent if key in scene.cards and scene.cards[key].chosen else ink
            rects[ink].append(QRectF(box.x, box.y, box.width, max(box.height, least)))
        self._rects = dict(rects)
        self.stay()
        self.show()
        self.raise_()

    def room_beside(self, content: QSizeF) -> float:
        """The width to keep free at the right edge, px, where a map of some size, px, is much longer than the view."""
        if not self._has_place or content.height() * MUCH <= self._camera.viewport().height():
            return 0.0
        return max(content.width() * self._scale_of(content) + 2 * PAD, NARROWEST) + AWAY

    @property
    def _has_place(self) -> bool:
        """Whether it is wanted, and the view large enough for it."""
        port = self._camera.viewport()
        return self.is_wanted and port.width() >= LEAST_VIEW[0] and port.height() >= LEAST_VIEW[1]

    def _scale_of(self, content: QSizeF) -> float:
        port = self._camera.viewport()
        widest, highest = min(WIDEST, port.width() * 0.4), min(HIGHEST, port.height() * 0.5)
        return min((widest - 2 * PAD) / content.width(), (highest - 2 * PAD) / content.height())

    def _shows_much(self) -> bool:
        both = self.seen & self._content
        return both.width() >= MUCH * self._content.width() and both.height() >= MUCH * self._content.height()

    def stay(self) -> None:
        """Stays in its corner, which scrolling has moved it from, and shows what is in sight now."""
        port = self._camera.viewport()
        self.move(port.width() - self.width() - AWAY, port.height() - self.height() - AWAY)
        self.update()

    @property
    def seen(self) -> QRectF:
        """What is in sight, in the scene."""
        camera = self._camera
        return camera.mapToScene(camera.viewport().rect()).boundingRect()

    @property
    def _origin(self) -> QPointF:
        return QPointF((self.width() - self._content.width() * self._scale) / 2, PAD)

    @property
    def _frame(self) -> QRectF:
        """What is in sight, on the panel."""
        seen = self.seen
        at = (seen.topLeft() - self._content.topLeft()) * self._scale + self._origin
        return QRectF(at, seen.size() * self._scale)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(t.line), 1))
        painter.setBrush(theme.colour(t.window, 0.94))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.save()
        painter.translate(self._origin)
        painter.scale(self._scale, self._scale)
        painter.translate(-self._content.topLeft())
        for ink, rects in self._rects.items():
            painter.setBrush(QColor(ink))
            painter.drawRects(rects)
        painter.restore()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = self._frame.intersected(QRectF(self.rect()).adjusted(2, 2, -2, -2))
        painter.setPen(QPen(QColor(t.accent), 1.5))
        painter.setBrush(theme.colour(t.accent, 0.10))
        painter.drawRoundedRect(frame, 2, 2)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        frame = self._frame
        at = event.position()
        # A press in the frame takes hold of it; elsewhere the frame comes to the pointer.
        self._grip = at - frame.center() if frame.contains(at) else QPointF()
        self._go(at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None:
            self._go(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None

    def _go(self, at: QPointF) -> None:
        self._camera.leave_fit()
        self._camera.centerOn((at - (self._grip or QPointF()) - self._origin) / self._scale + self._content.topLeft())
