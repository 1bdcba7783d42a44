"""A picture of what stands still on the map while a hand drags or scrolls: painted once, then only shown.

Under a hand that moves cards it has two layers, ribbons and cards, and what is held is painted between and over them.
When the map is scrolled the picture goes along, and only what comes into sight is painted.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap, QRegion, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem

from gigaplan.gui.views.canvas.camera import Camera

CARDS_FROM = 1.0
"""Items of this height and more are cards, which lie over all ribbons."""


class Still:
    """The part of the map in sight, without what the scene holds."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._option = QStyleOptionGraphicsItem()
        self._held = camera.map_scene.held
        self._seen = _Sight(camera)
        ratio = camera.devicePixelRatioF()
        self._layers = [QPixmap(camera.viewport().size() * ratio) for _ in range(2 if self._held else 1)]
        for layer in self._layers:
            layer.setDevicePixelRatio(ratio)
            layer.fill(Qt.GlobalColor.transparent)  # gives it an alpha channel
        self._fill(camera.viewport().rect())
        self._painted = self._held_area()

    def follow(self) -> bool:
        """Goes along with scrolling; False where the map looks different by now and a new picture is due."""
        sight = _Sight(self._camera)
        step = sight.step_from(self._seen)
        if step is None or self._held is not self._camera.map_scene.held:
            return False
        self._seen = sight
        if not step.isNull():
            whole = self._camera.viewport().rect()
            for layer in self._layers:
                ratio = layer.devicePixelRatio()
                layer.scroll(round(step.x() * ratio), round(step.y() * ratio), QRect(QPoint(), layer.size()))
            kept = whole.translated(step) & whole
            for strip in _around(kept, whole):
                self._fill(strip)
        return True

    def stale_area(self) -> QRegion:
        """Where what is held was painted last, and where it is now, px of the viewport."""
        before, self._painted = self._painted, self._held_area()
        return before | self._painted

    def _held_area(self) -> QRegion:
        area = QRegion()
        for item in self._held_items():
            area |= self._camera.mapFromScene(item.sceneBoundingRect()).boundingRect().adjusted(-2, -2, 2, 2)
        return area

    def _held_items(self) -> list[QGraphicsItem]:
        there = [item for item in self._held if item.scene() is not None and item.isVisible()]
        return sorted(there, key=QGraphicsItem.zValue)

    def paint(self, painter: QPainter, area: QRect) -> None:
        """Paints the part of the map in `area`, px of the viewport, with what is held at its place."""
        seen = self._camera.mapToScene(area).boundingRect()
        held = [item for item in self._held_items() if item.sceneBoundingRect().intersects(seen)]
        painter.setRenderHints(self._camera.renderHints())
        self._show(painter, self._layers[0], area)
        self._draw(painter, [item for item in held if item.zValue() < CARDS_FROM])
        if len(self._layers) > 1:
            self._show(painter, self._layers[1], area)
        self._draw(painter, [item for item in held if item.zValue() >= CARDS_FROM])

    def _fill(self, area: QRect) -> None:
        """Paints what stands still in an area, px of the viewport, into the layers."""
        camera = self._camera
        order, touching = Qt.SortOrder.AscendingOrder, Qt.ItemSelectionMode.IntersectsItemBoundingRect
        there = camera.map_scene.items(camera.mapToScene(area), touching, order, camera.viewportTransform())
        rest = [item for item in there if item not in self._held]
        split = len(self._layers) > 1
        for k, layer in enumerate(self._layers):
            painter = QPainter(layer)
            painter.setRenderHints(camera.renderHints())
            painter.setClipRect(area)
            if k == 0:
                painter.fillRect(area, camera.backgroundBrush())
            else:
                painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
                painter.fillRect(area, Qt.GlobalColor.transparent)
                painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
            self._draw(painter, [i for i in rest if (i.zValue() >= CARDS_FROM) == bool(k)] if split else rest)
            painter.end()

    @staticmethod
    def _show(painter: QPainter, layer: QPixmap, area: QRect) -> None:
        ratio = layer.devicePixelRatio()
        source = QRectF(area.x() * ratio, area.y() * ratio, area.width() * ratio, area.height() * ratio)
        painter.drawPixmap(QRectF(area), layer, source)

    def _draw(self, painter: QPainter, items: Sequence[QGraphicsItem]) -> None:
        world = self._camera.viewportTransform()
        for item in items:
            painter.setTransform(item.deviceTransform(world))
            painter.setOpacity(item.opacity())
            item.paint(painter, self._option, None)
        painter.resetTransform()
        painter.setOpacity(1.0)


class _Sight:
    """What a picture depends on: size, scale, density, and the state of all that stands still."""

    def __init__(self, camera: Camera) -> None:
        self._world = QTransform(camera.viewportTransform())
        ratio, size = camera.devicePixelRatioF(), QSize(camera.viewport().size())
        self._same = (size, self._world.m11(), self._world.m22(), ratio, camera.map_scene.state)
        self._ratio = ratio

    def step_from(self, other: _Sight) -> QPoint | None:
        """How far the map was scrolled since, px; None where more is different or pixels do not match."""
        if self._same != other._same:
            return None
        x, y = self._world.dx() - other._world.dx(), self._world.dy() - other._world.dy()
        whole = all(abs(v * self._ratio - round(v * self._ratio)) < 1e-6 and v == round(v) for v in (x, y))
        return QPoint(round(x), round(y)) if whole else None


def _around(kept: QRect, whole: QRect) -> list[QRect]:
    """What of a rectangle is not in a part of it, in pieces that do not overlap."""
    if kept.isEmpty():
        return [whole]
    pieces = (
        QRect(whole.left(), whole.top(), whole.width(), kept.top() - whole.top()),
        QRect(whole.left(), kept.bottom() + 1, whole.width(), whole.bottom() - kept.bottom()),
        QRect(whole.left(), kept.top(), kept.left() - whole.left(), kept.height()),
        QRect(kept.right() + 1, kept.top(), whole.right() - kept.right(), kept.height()),
    )
    return [piece for piece in pieces if not piece.isEmpty()]
