"""The tools above a grid: what can be done with it, whose series are shown, and the filter."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QSizePolicy, QToolButton, QWidget

from gui.tables.delegate import Choice
from gui.tables.series_sheet import SERIES_TABLES
from gui.theme import icon

TOOLS = (
    ("Add", "plus", "Add a row with starting figures (Ins)"),
    ("Delete", "trash-2", "Delete the rows of the selected cells"),
    ("Fill down", "chevrons-up-down", "Give the first selected cell to those below (Ctrl+Shift+D)"),
    ("Copy", "copy", "Copy the selected cells with their headers and units (Ctrl+C)"),
    ("Paste", "clipboard-paste",
     "Paste cells of a spreadsheet, with or without headers (Ctrl+V); rows as columns: Ctrl+Shift+V"),
)  # fmt: skip


FILE = (
    ("Read rows from a file…", "download"),
    ("Save this table as…", "upload"),
)


class Tools(QWidget):
    """A row of buttons; `chosen` tells the name of the one that was pressed."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 10, 2)
        row.setSpacing(2)
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
        self.filter.setMaximumWidth(220)
        row.addSpacing(6)
        row.addWidget(self.of)
        row.addStretch(1)
        row.addWidget(self.filter, 2)
        self._dress()

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
