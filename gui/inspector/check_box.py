"""Boxes to tick that are seen in both appearances: a clear outline, filled with the accent when ticked."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui import theme
from gui.boxes import SIDE, draw_box

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
    """Paints the items of a list to tick; a click anywhere on an item ticks it."""

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
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
