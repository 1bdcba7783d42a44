"""Finding text in a grid: Ctrl+F, Enter for the next cell that holds it, Escape when done."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from gui.tables.grid import Grid
from gui.tables.model import SheetModel
from gui.texts import Label, literal
from gui.theme import icon


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
        self.message = Label()
        self.message.setProperty("role", "muted")
        self.back, self.on, self.close_button = QToolButton(), QToolButton(), QToolButton()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.line)
        for button, text, does in (
            (self.back, "Previous (Shift+Enter)", self.find_previous),
            (self.on, "Next (Enter)", self.find_next),
        ):
            button.setToolTip(literal(text))
            button.setAccessibleName(text)
            button.clicked.connect(does)
            row.addWidget(button)
        row.addWidget(self.message, 1)
        self.close_button.setToolTip("Close (Esc)")
        self.close_button.setAccessibleName("Close finding")
        self.close_button.clicked.connect(self.leave)
        row.addWidget(self.close_button)
        self._dress()
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

    def _dress(self) -> None:
        for button, name in ((self.back, "chevron-up"), (self.on, "chevron-down"), (self.close_button, "x")):
            button.setIcon(icon(name))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "close_button"):
            self._dress()

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
