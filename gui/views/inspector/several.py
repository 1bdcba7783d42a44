"""What the inspector shows for rows of several tables: how many of which, each a step to editing those alone."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from gigaplan.gui.document.document import Row
from gigaplan.gui.document.row_edits import NOUNS, counted
from gigaplan.gui.widgets.texts import Label

HOW = (
    "Select rows of one kind to edit their fields. On the map, all of them move, align, duplicate and delete together."
)


class Several(QWidget):
    """A button for the rows of each table among those that are chosen."""

    narrowed = Signal(str)
    """A table: the rows of it alone are wanted."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        how = Label(HOW)
        how.setWordWrap(True)
        how.setProperty("role", "muted")
        self._column.addWidget(how)
        self._column.addStretch(1)
        self.buttons: dict[str, QPushButton] = {}

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        """Offers the tables of these rows."""
        of: dict[str, list[Row]] = {}
        for row in rows:
            of.setdefault(row[0], []).append(row)
        for table, mine in of.items():
            if table not in self.buttons:
                button = self.buttons[table] = QPushButton(self)
                button.setCursor(Qt.CursorShape.PointingHandCursor)
                button.clicked.connect(lambda _=False, table=table: self.narrowed.emit(table))
                self._column.insertWidget(self._column.count() - 1, button)
            self.buttons[table].setText(f"Edit the {NOUNS[table]}" if len(mine) == 1 else f"Edit {counted(mine)}")
        for table, button in self.buttons.items():
            button.setVisible(table in of)
