"""What holds the parts of the window together: cards with their heads, empty pages, and splitters between parts."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QMargins, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedLayout,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from gigaplan.gui.style import theme
from gigaplan.gui.widgets.texts import Label, literal

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
    return Label(words, role="title")


def note(role: str, words: str = "", visible: bool = True) -> QLabel:
    """Plain words on as many lines as they need, in a role of the style sheet: muted, warning, error, group."""
    made = Label(words, wordWrap=True)
    made.setProperty("role", role)
    if not visible:
        made.hide()  # what has no parent yet must not be shown: it would be a window
    return made


class IconButton(QToolButton):
    """A button with an icon in the head of a card; `words`, with its `keys`, are its tooltip, and its name."""

    def __init__(self, icon: str, words: str, called: str = "", keys: str = "") -> None:
        super().__init__()
        self._icon = icon
        self.setToolTip(literal(f"{words} ({keys})" if keys else words))
        self.setAccessibleName(called or words)
        self.setIcon(theme.icon(icon))
        self.setFixedSize(26, 24)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.setIcon(theme.icon(self._icon))
        super().changeEvent(event)


def tool_button(icon: str, words: str, action: Callable[[], object], called: str = "", keys: str = "") -> IconButton:
    """A button with an icon that does something."""
    button = IconButton(icon, words, called, keys)
    button.clicked.connect(action)
    return button


class CopiedCard(QFrame):
    """A card whose figures Ctrl+C copies for a spreadsheet."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.setAccessibleName(name)

    def text(self, separator: str = "\t") -> str:
        """The figures with headers and units, in full precision: for a sheet (tab) or a CSV file (comma)."""
        raise NotImplementedError

    def copy(self) -> None:
        """Puts the figures on the clipboard."""
        QGuiApplication.clipboard().setText(self.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)


def pages_below(page: QWidget, head: QWidget, *pages: QWidget) -> QStackedLayout:
    """Lays out a page with a head, and below it one of several widgets: the layout chooses which."""
    body = QWidget()
    stack = QStackedLayout(body)
    for each in pages:
        stack.addWidget(each)
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(head)
    layout.addWidget(body, 1)
    return stack


def as_tab(card: QWidget, head: QWidget, margins: QMargins) -> None:
    """Drops the frame and the title of a card that stands among the tabs of another."""
    card.setProperty("card", False)
    card.style().polish(card)
    layout = card.layout()
    assert layout is not None
    layout.setContentsMargins(margins)
    head.hide()


def dress_list(view: QListView | QTreeView, name: str) -> None:
    """What lists and trees in cards have in common: a name, no scrolling sideways, rows that are pointed at."""
    view.setAccessibleName(name)
    view.setMouseTracking(True)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)


def scrolled(widget: QWidget, name: str) -> QScrollArea:
    """A page that scrolls; with Tab one goes from part to part of it."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setAccessibleName(name)
    area.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    area.setWidget(widget)
    return area


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
