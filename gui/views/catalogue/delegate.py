"""How a line of the catalogue is painted: the vendor's bar, the name, and the key figures below."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QMouseEvent, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gigaplan.gui.style.colours import vendor_colour
from gigaplan.gui.style.theme import colour, font, icon, tokens
from gigaplan.gui.views.catalogue.entries import Entry
from gigaplan.gui.views.catalogue.model import ENTRY, REFUSAL, Index
from gigaplan.gui.widgets.rename_delegate import paint_ground
from gigaplan.gui.widgets.texts import elided_words

HEIGHT = 42
PLUS = 22
LEFT, RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
PALE = 0.45
"""Opacity of the bar of an entry that cannot be added; its words stay legible."""


class CatalogueDelegate(QStyledItemDelegate):
    """Paints an Entry on two lines; on the line under the pointer a plus, which adds it."""

    add_requested = Signal()
    """The plus of the current line was clicked."""

    @staticmethod
    def plus(line: QRect) -> QRect:
        """Where the plus of a line stands."""
        return QRect(line.right() - PLUS - 5, line.top() + (line.height() - PLUS) // 2, PLUS, PLUS)

    def editorEvent(self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index) -> bool:
        if (
            isinstance(event, QMouseEvent)
            and (event.type(), event.button()) == (QEvent.Type.MouseButtonRelease, Qt.MouseButton.LeftButton)
            and self.plus(option.rect).contains(event.position().toPoint())
            and not index.data(REFUSAL)
        ):
            self.add_requested.emit()
            return True
        return super().editorEvent(event, model, option, index)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry: Entry = index.data(ENTRY)
        refusal: str = index.data(REFUSAL)
        t = tokens()
        area = QRectF(option.rect).adjusted(0, 1, 0, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, area, option)
        painter.setPen(Qt.PenStyle.NoPen)
        bar = vendor_colour(entry.vendor) if entry.vendor else t.muted
        painter.setBrush(colour(bar, PALE if refusal else 1.0))
        painter.drawRoundedRect(QRectF(area.left() + 5, area.top() + 6, 3, area.height() - 12), 1.5, 1.5)
        left, width = area.left() + 14, area.width() - 16
        name, detail = font(13, QFont.Weight.DemiBold), font(12)
        below = f"{refusal[0].upper()}{refusal[1:]}" if refusal else entry.detail
        under = bool(option.state & QStyle.StateFlag.State_MouseOver) and not refusal
        if under:
            width -= PLUS + 6
            box = self.plus(option.rect)
            painter.setBrush(colour(t.panel))
            painter.setPen(colour(t.line))
            painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
            icon("plus", t.accent).paint(painter, box.adjusted(4, 4, -4, -4))
        taken = QFontMetrics(detail).horizontalAdvance(entry.aside) + 8 if entry.aside else 0
        painter.setPen(colour(t.muted if refusal else t.text))
        _draw(painter, entry.name, name, QRectF(left, area.top() + 3, width - taken, 18))
        if entry.aside:
            _draw(painter, entry.aside, detail, QRectF(left + width - taken, area.top() + 3, taken - 4, 18), RIGHT)
        painter.setPen(colour(t.muted))
        _draw(painter, below, detail, QRectF(left, area.top() + 20, width, 17))
        painter.restore()


def _draw(painter: QPainter, text: str, face: QFont, area: QRectF, side: Qt.AlignmentFlag = LEFT) -> None:
    painter.setFont(face)
    short = elided_words(QFontMetrics(face), text, int(area.width()) + 1)
    painter.drawText(area, side | Qt.AlignmentFlag.AlignVCenter, short)
