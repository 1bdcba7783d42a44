"""Boxes to tick that are seen in both appearances: a clear outline, filled with the accent when ticked."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gigaplan.gui.style import theme

# Boxes to tick as they are painted everywhere: a clear outline, filled with the accent when ticked.


SIDE = 15


def draw_box(painter: QPainter, x: float, y: float, state: Qt.CheckState, focus: bool = False) -> None:
    """Paints a box of SIDE pixels with its top left corner at (x, y)."""
    t = theme.tokens()
    box = QRectF(x + 0.5, y + 0.5, SIDE - 1, SIDE - 1)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ticked = state == Qt.CheckState.Checked
    painter.setPen(QPen(QColor(t.accent if ticked or focus else t.muted), 2 if focus else 1))
    painter.setBrush(QColor(t.accent if ticked else t.panel))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QPen(QColor(t.on_accent), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    if ticked:
        painter.drawPolyline([box.topLeft() + p for p in _TICK])
    elif state == Qt.CheckState.PartiallyChecked:
        painter.setPen(QPen(QColor(t.muted), 2))
        painter.drawLine(box.center() - _DASH, box.center() + _DASH)


_TICK = [QRectF(x, y, 0, 0).topLeft() for x, y in ((3.4, 7.2), (6.2, 10.0), (10.8, 4.4))]
_DASH = QRectF(3.0, 0, 0, 0).topLeft()


GAP = 8


class CheckBox(QCheckBox):
    """A box to tick with a word beside it."""

    def sizeHint(self) -> QSize:
        return QSize(SIDE + GAP + self.fontMetrics().horizontalAdvance(self.text()) + 2, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw_box(painter, 1, (self.height() - SIDE) / 2, self.checkState(), self.hasFocus())
        painter.setPen(self.palette().color(self.foregroundRole()))
        area = self.rect().adjusted(SIDE + GAP, 0, 0, 0)
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        painter.end()


class CheckDelegate(QStyledItemDelegate):
    """Paints the items of a list to tick; a click anywhere on an item ticks it. One without a box stays as it is."""

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        if index.data(Qt.ItemDataRole.CheckStateRole) is None:
            return super().editorEvent(event, model, option, index)
        if event.type() == QEvent.Type.MouseButtonRelease:
            ticked = Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole)) == Qt.CheckState.Checked
            state = Qt.CheckState.Unchecked if ticked else Qt.CheckState.Checked
            return model.setData(index, state, Qt.ItemDataRole.CheckStateRole)
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            return False
        return super().editorEvent(event, model, option, index)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        if index.data(Qt.ItemDataRole.CheckStateRole) is None:
            super().paint(painter, option, index)
            return
        t = theme.tokens()
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(t.accent_soft))
        state = Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole))
        draw_box(painter, option.rect.x() + 6, option.rect.y() + (option.rect.height() - SIDE) / 2, state)
        painter.setPen(QColor(t.text))
        area = option.rect.adjusted(6 + SIDE + GAP, 0, -4, 0)
        text = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(80, 26)
