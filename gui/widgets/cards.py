"""What holds the parts of the window together: cards with their heads, empty pages, and splitters between parts."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSplitter, QVBoxLayout, QWidget

from gigaplan.gui.widgets.texts import Label

GAP = 8
"""Between the parts, px."""
WORDS_PX = 440
"""The widest that words in the middle of an empty page run."""


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


def title(words: str) -> QLabel:
    """The title of a card."""
    made = Label(words)
    made.setProperty("role", "title")
    return made


def note(role: str, words: str = "", visible: bool = True) -> QLabel:
    """Plain words on as many lines as they need, in a role of the style sheet: muted, warning, error, group."""
    made = Label(words, wordWrap=True)
    made.setProperty("role", role)
    if not visible:
        made.hide()  # what has no parent yet must not be shown: it would be a window
    return made


def nothing_yet(words: str, *buttons: QPushButton) -> QFrame:
    """A page in the place of what is not there yet: what it would be, and the buttons that begin it."""
    page = QFrame()
    page.setProperty("card", True)
    said = note("muted", words)
    said.setAlignment(Qt.AlignmentFlag.AlignCenter)
    said.setMaximumWidth(WORDS_PX)
    row = QHBoxLayout()  # an alignment would give the words one line's width, and cut off what they say
    row.addStretch(1)
    row.addWidget(said, 8)
    row.addStretch(1)
    layout = QVBoxLayout(page)
    layout.addStretch(1)
    layout.addLayout(row)
    layout.addSpacing(8)
    for button in buttons:
        layout.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
    layout.addStretch(1)
    return page
