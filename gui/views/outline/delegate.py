"""How a line of the tree is painted: a group with its count and a plus, a row with its colour and its figure."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QMouseEvent, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from gigaplan.gui.style.colours import vendor_colour
from gigaplan.gui.style.theme import colour, font, icon, tokens
from gigaplan.gui.views.outline.model import ASIDE, VENDOR, OutlineModel
from gigaplan.gui.widgets.rename_delegate import NamingDelegate, paint_ground

ROW, GROUP = 25, 29
PLUS = 20
OUTDENT = 14
"""How far rows reach into the space that the tree leaves for a second level of arrows; the column is narrow."""
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
Index = QModelIndex | QPersistentModelIndex


class OutlineDelegate(NamingDelegate):
    """Paints the lines of an OutlineModel; a click on a group's plus is a signal."""

    plus_clicked = Signal(QModelIndex)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, GROUP if _is_group(index) else ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(option.rect).adjusted(0 if _is_group(index) else -OUTDENT, 1, -2, -1)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        paint_ground(painter, area, option, takes_pointer=not _is_group(index))
        if _is_group(index):
            self._paint_group(painter, area, index, hovered)
        else:
            self._paint_row(painter, area, index)
        painter.restore()

    def _paint_group(self, painter: QPainter, area: QRectF, index: Index, hovered: bool) -> None:
        t = tokens()
        painter.setPen(colour(t.muted))
        name, count = index.data(), index.data(ASIDE)
        face = font(12, QFont.Weight.DemiBold)
        painter.setFont(face)
        painter.drawText(area.adjusted(4, 0, 0, 0), LEFT, name)
        wide = QFontMetrics(face).horizontalAdvance(name)
        painter.setFont(font(12))
        painter.drawText(area.adjusted(12 + wide, 0, 0, 0), LEFT, count)
        icon("plus", t.accent if hovered else t.muted).paint(painter, _plus(area.toRect()).adjusted(3, 3, -3, -3))

    def _paint_row(self, painter: QPainter, area: QRectF, index: Index) -> None:
        t = tokens()
        vendor, figure = index.data(VENDOR), index.data(ASIDE)
        left = area.left() + 4
        if vendor is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(vendor_colour(vendor)))
            painter.drawRoundedRect(QRectF(left, area.center().y() - 6, 3, 12), 1.5, 1.5)
        left += 8
        room = area.right() - left - 5
        face, small = font(13), font(12)
        name = index.data()
        # The name goes first; the figure stands beside it where there is room for both, and in the tooltip anyway.
        both = QFontMetrics(face).horizontalAdvance(name) + QFontMetrics(small).horizontalAdvance(figure) + 10
        if figure and both < room:
            painter.setFont(small)
            painter.setPen(colour(t.muted))
            painter.drawText(area.adjusted(0, 0, -5, 0), RIGHT, figure)
        painter.setFont(face)
        painter.setPen(colour(t.text))
        short = QFontMetrics(face).elidedText(name, Qt.TextElideMode.ElideRight, int(room) + 1)
        painter.drawText(QRectF(left, area.top(), room + 1, area.height()), LEFT, short)

    def editorEvent(self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index) -> bool:
        pressed = event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease)
        if pressed and _is_group(index):
            mouse = cast(QMouseEvent, event)
            if mouse.button() == Qt.MouseButton.LeftButton and _plus(option.rect).contains(mouse.position().toPoint()):
                if event.type() == QEvent.Type.MouseButtonRelease:
                    self.plus_clicked.emit(model.index(index.row(), index.column(), index.parent()))
                return True
        return super().editorEvent(event, model, option, index)


def _is_group(index: Index) -> bool:
    return cast(OutlineModel, index.model()).is_group(index)


def _plus(area: QRect) -> QRect:
    """Where the plus of a group is, in a line's area."""
    return QRect(area.right() - PLUS - 1, area.center().y() - PLUS // 2 + 1, PLUS, PLUS)
