"""A box to choose from, with an arrow that says so; it leaves the wheel to the page."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QWidget

from gigaplan.gui.style import theme

ARROW_PX = 14


def draw_chevron(widget: QWidget) -> None:
    """The mark at the right edge of what unfolds."""
    painter = QPainter(widget)
    box = QRect(widget.width() - ARROW_PX - 6, (widget.height() - ARROW_PX) // 2, ARROW_PX, ARROW_PX)
    theme.icon("chevron-down").paint(painter, box)
    painter.end()


class ArrowBox(QComboBox):
    """A box as wide as its entries."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.isEnabled():
            draw_chevron(self)


class Combo(ArrowBox):
    """As narrow as its place: long entries end in an ellipsis in the box, and are whole in its list."""

    def __init__(self, name: str = "", least: int = 5) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(least)
        self.setMaxVisibleItems(18)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        super().initStyleOption(option)
        place = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        room = place.width() - (0 if option.currentIcon.isNull() else self.iconSize().width() + 4)
        option.currentText = self.fontMetrics().elidedText(option.currentText, Qt.TextElideMode.ElideRight, room - 2)
