"""The tools above a grid: what can be done with it, whose series are shown, and the filter."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QSizePolicy, QToolButton, QWidget

from gigaplan.gui.style.theme import icon
from gigaplan.gui.views.tables.grid import Grid
from gigaplan.gui.views.tables.model import SheetModel
from gigaplan.gui.views.tables.series_sheet import SERIES_TABLES
from gigaplan.gui.widgets.actions import Command
from gigaplan.gui.widgets.cards import tool_button
from gigaplan.gui.widgets.combo import ArrowBox
from gigaplan.gui.widgets.texts import Label, literal

# Finding text in a grid: Ctrl+F, Enter for the next cell that holds it, Escape when done.


class FindBar(QWidget):
    """A line to type what is looked for in the grid that `grid` gives."""

    def __init__(self, grid: Callable[[], Grid], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = grid
        self.line = QLineEdit(placeholderText="Find in the cells", clearButtonEnabled=True)
        self.line.setAccessibleName("Find in the cells")
        self.line.setMaximumWidth(280)
        self.line.textEdited.connect(self._typed)
        self.line.installEventFilter(self)
        self.message = Label(role="muted")
        self.back = tool_button("chevron-up", "Previous (Shift+Enter)", self.find_previous, "Previous (Shift+Enter)")
        self.on = tool_button("chevron-down", "Next (Enter)", self.find_next, "Next (Enter)")
        self.close_button = tool_button("x", "Close (Esc)", self.leave, "Close finding")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.line)
        row.addWidget(self.back)
        row.addWidget(self.on)
        row.addWidget(self.message, 1)
        row.addWidget(self.close_button)
        self.hide()

    def open(self) -> None:
        """Shows the bar, ready to type."""
        self.show()
        self.line.setFocus()
        self.line.selectAll()

    def leave(self) -> None:
        """Hides the bar and goes back to the cell that was found."""
        self.hide()
        self._grid().setFocus()

    def find_next(self) -> None:
        """Goes to the next cell that holds the text."""
        self._go(1)

    def find_previous(self) -> None:
        """Goes to the cell before that holds the text."""
        self._go(-1)

    def _typed(self) -> None:
        self._go(0)

    def _go(self, way: int) -> None:
        grid, text = self._grid(), self.line.text().strip().lower()
        if not text:
            self.message.clear()
            return
        here = grid.currentIndex()
        found = find(grid.sheet_model, text, max(0, here.row()), max(0, here.column()), way)
        self.message.setText("" if found else f"No cell holds “{self.line.text().strip()}”")
        if found:
            grid.choose_block([found[0]], [found[1]])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            on = self.find_next
            does = {Qt.Key.Key_Escape: self.leave, Qt.Key.Key_Return: on, Qt.Key.Key_Enter: on}.get(Qt.Key(event.key()))
            if does is not None:
                event.accept()
                if event.type() == QEvent.Type.KeyPress:
                    back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier and does == self.find_next
                    (self.find_previous if back else does)()
                return True
        return super().eventFilter(watched, event)


def find(model: SheetModel, text: str, row: int, column: int, way: int) -> tuple[int, int] | None:
    """The cell (row, column of the view) that holds `text`: from a cell on (0), after it (1), before it (-1), around
    the ends; None where there is none."""
    rows, columns = model.rowCount(), model.columnCount()
    wanted = _squeezed(text)
    step = way or 1
    # The line that it begins in is looked at twice: from the cell on, and at the end up to it.
    for k in range(rows + 1 if rows else 0):
        at = (row + k * step) % rows
        if wanted not in _squeezed(model.line_text(at)):
            continue
        order = range(columns) if step > 0 else range(columns - 1, -1, -1)
        for c in order:
            passed = (c - column) * step < abs(way)
            if (k == 0 and passed) or (k == rows and not passed):
                continue
            if wanted in _squeezed(model.look(at, c).text.lower()):
                return at, c
    return None


def _squeezed(text: str) -> str:
    """Text without spaces: 1200 is found in 1 200."""
    return text.replace(" ", "").replace("\u2009", "")


TOOLS = {
    "tables.add_row": "Add",
    "tables.delete_rows": "Delete",
    "tables.fill_down": "Fill down",
    "tables.copy": "Copy",
    "tables.paste": "Paste",
}
"""The commands that have a button, and the word on it."""
FILE = ("tables.read_rows", "tables.save_table")
"""The commands in the menu of the button for files."""

GAP = 2
SIDES = 24
"""Pixels beside the tools, and between them and the filter."""
LEAST_FILTER = 110


class Tools(QWidget):
    """A row of buttons; `chosen` tells the id of the command that is wanted."""

    chosen = Signal(str)

    def __init__(self, commands: Mapping[str, Command], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._commands = commands
        self._words = 0
        """How wide the buttons are with their words; 0 while that is not known."""
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 10, 2)
        row.setSpacing(GAP)
        self.buttons: dict[str, QToolButton] = {}
        for id, name in TOOLS.items():
            command = commands[id]
            key = QKeySequence(command.local[0]).toString(QKeySequence.SequenceFormat.NativeText)
            button = QToolButton()
            button.setText(name)
            button.setToolTip(literal(f"{command.tip} ({key})"))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setAccessibleName(name)
            button.clicked.connect(lambda _=False, id=id: self.chosen.emit(id))
            self.buttons[id] = button
            row.addWidget(button)
        self.file = QToolButton()
        self.file.setText("File…")
        self.file.setToolTip("Read rows from a workbook or CSV file, or save this table as one")
        self.file.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.file.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.file.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.file.setAccessibleName("Rows from a file, or into one")
        menu = QMenu(self.file)
        self.file_actions = {id: menu.addAction(commands[id].text) for id in FILE}
        for id, action in self.file_actions.items():
            action.triggered.connect(lambda _=False, id=id: self.chosen.emit(id))
        self.file.setMenu(menu)
        row.addWidget(self.file)
        self.of = ArrowBox()
        self.of.setToolTip("Whose series are shown")
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

    def _dress(self) -> None:
        for id, button in self.buttons.items():
            button.setIcon(icon(self._commands[id].icon))
        self.file.setIcon(icon("file-spreadsheet"))
        for id, action in self.file_actions.items():
            action.setIcon(icon(self._commands[id].icon))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "filter"):
            self._dress()
        if event.type() == QEvent.Type.FontChange and hasattr(self, "filter"):
            self._words = 0
            self._fit()
