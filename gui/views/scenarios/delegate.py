"""How a line of the scenarios is painted: a name, and the outcome at the right."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from gigaplan.gui.style.theme import colour, font, tokens
from gigaplan.gui.views.scenarios.model import ASIDE, ROLE, Index
from gigaplan.gui.widgets.rename_delegate import NamingDelegate, paint_ground


class ScenarioDelegate(NamingDelegate):
    """A name, and the outcome at the right; the name gives way."""

    editor_name = "Name of the scenario"

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, 29)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        t = tokens()
        area = QRectF(option.rect).adjusted(0, 1, 0, -1)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, area, option)
        text = area.adjusted(8, 0, -8, 0)
        small = font(12)
        aside = index.data(ASIDE)
        painter.setFont(small)
        painter.setPen(colour(getattr(t, index.data(ROLE))))
        painter.drawText(text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, aside)
        face = font(13, QFont.Weight.Medium)
        room = int(text.width()) - QFontMetrics(small).horizontalAdvance(aside) - 8
        painter.setFont(face)
        painter.setPen(colour(t.accent if chosen else t.text))
        name = QFontMetrics(face).elidedText(index.data(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.restore()
