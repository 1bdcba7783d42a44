"""What holds the parts of the window together: cards, and splitters with a hand's width between their parts."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QSplitter, QVBoxLayout, QWidget

GAP = 8
"""Between the parts, px."""


def splitter(orientation: Qt.Orientation, *parts: tuple[QWidget, int]) -> QSplitter:
    """Parts beside or below each other, each with its size to begin with, px; none can be squeezed to nothing."""
    made = QSplitter(orientation)
    made.setHandleWidth(GAP)
    made.setChildrenCollapsible(False)
    for widget, _ in parts:
        made.addWidget(widget)
    made.setSizes([size for _, size in parts])
    return made


def card(widget: QWidget) -> QFrame:
    """A frame around a widget that has none of its own."""
    made = QFrame()
    made.setProperty("card", True)
    layout = QVBoxLayout(made)
    layout.setContentsMargins(4, 2, 4, 4)
    layout.addWidget(widget)
    return made
