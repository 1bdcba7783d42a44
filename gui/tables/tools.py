"""The tools above a grid: what can be done with it, whose series are shown, and the filter."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QSizePolicy, QToolButton, QWidget

from gui.tables.delegate import Choice
from gui.tables.series_sheet import SERIES_TABLES
from gui.theme import icon

TOOLS = (
    ("Add", "plus", "Add a row with starting figures (Ins)"),
    ("Delete", "trash-2", "Delete the rows of the selected cells"),
    ("Fill down", "chevrons-up-down",
     "Give the first selected cell to those below (Ctrl+Shift+D); to those right of it: Ctrl+R"),
    ("Copy", "copy", "Copy the selected cells with their headers and units (Ctrl+C)"),
    ("Paste", "clipboard-paste",
     "Paste cells of a spreadsheet, with or without headers (Ctrl+V); rows as columns: Ctrl+Shift+V"),
)  # fmt: skip

GAP = 2
SIDES = 24
"""Pixels beside the tools, and between them and the filter."""
LEAST_FILTER = 110
FILE = (
    ("Read rows from a file…", "download"),
    ("Save this table as…", "upload"),
)


class Tools(QWidget):
    """A row of buttons; `chosen` tells the name of the one that was pressed."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = 0
        """How wide the buttons are with their words; 0 while that is not known."""
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 10, 2)
        row.setSpacing(GAP)
        self.buttons: dict[str, QToolButton] = {}
        for name, _, tip in TOOLS:
            button = QToolButton(text=name, toolTip=tip, toolButtonStyle=Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setAccessibleName(name)
            button.clicked.connect(self._clicked)
            self.buttons[name] = button
            row.addWidget(button)
        self.file = QToolButton(
            text="File…", toolTip="Read rows from a workbook or CSV file, or save this table as one"
        )
        self.file.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.file.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.file.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.file.setAccessibleName("Rows from a file, or into one")
        menu = QMenu(self.file)
        self.file_actions = {text: menu.addAction(text, self._picked) for text, _ in FILE}
        self.file.setMenu(menu)
        row.addWidget(self.file)
        self.of = Choice(toolTip="Whose series are shown")
        self.of.setAccessibleName("Series of")
        for table in SERIES_TABLES:
            self.of.addItem(f"of {table}", table)
        self.filter = QLineEdit(placeholderText="Filter rows", clearButtonEnabled=True)
        self.filter.setAccessibleName("Filter rows")
        self.filter.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.filter.setMinimumWidth(LEAST_FILTER)
        self.filter.setMaximumWidth(220)
        row.addSpacing(6)
        row.addWidget(self.of)
        row.addStretch(1)
        row.addWidget(self.filter, 2)
        self.setMinimumWidth(1)  # its words give way; the window is not to be held wide for them
        self._dress()

    def _fit(self) -> None:
        """Shows the words of the buttons where there is room for all of them, else their pictures alone."""
        buttons = [*self.buttons.values(), self.file]
        if not self._words:
            for button in buttons:
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
                button.ensurePolished()
            self._words = sum(button.sizeHint().width() + GAP for button in buttons)
        others = LEAST_FILTER + SIDES + (0 if self.of.isHidden() else self.of.sizeHint().width() + GAP)
        fits = self._words + others <= self.width()
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if fits else Qt.ToolButtonStyle.ToolButtonIconOnly
        for button in buttons:
            if button.toolButtonStyle() != style:
                button.setToolButtonStyle(style)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest and hasattr(self, "filter"):
            self._fit()  # the list of series comes and goes
        return super().event(event)

    def _clicked(self) -> None:
        self.chosen.emit(self.sender().text())

    def _picked(self) -> None:
        self.chosen.emit(self.sender().text())

    def _dress(self) -> None:
        for name, picture, _ in TOOLS:
            self.buttons[name].setIcon(icon(picture))
        self.file.setIcon(icon("file-spreadsheet"))
        for text, picture in FILE:
            self.file_actions[text].setIcon(icon(picture))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "filter"):
            self._dress()
        if event.type() == QEvent.Type.FontChange and hasattr(self, "filter"):
            self._words = 0
            self._fit()
