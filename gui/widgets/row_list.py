"""The list behind a line or a sentence that stands for several rows: each by name, with why it is as it is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QPushButton, QTableView, QVBoxLayout, QWidget

from gigaplan.gui.widgets.texts import Label

Index = QModelIndex | QPersistentModelIndex
WIDTH, NARROW, NAME, HIGHEST = 760, 380, 220, 420
ROW = 24


class RowModel(QAbstractTableModel):
    """A line for each row of the plan; why it is as it is, is asked only of those in sight."""

    def __init__(self, rows: tuple[tuple[str, str], ...], why: Callable[[str], str] | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._all, self._why = rows, why
        self._said: dict[str, str] = {}
        self.rows = rows
        """(id, name) of the rows that are listed."""

    def seek(self, words: str) -> None:
        """Lists those whose names hold some words."""
        wanted = words.strip().casefold()
        self.beginResetModel()
        self.rows = tuple(row for row in self._all if wanted in f"{row[1]} {row[0]}".casefold())
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 1 if self._why is None else 2

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if not index.isValid() or role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        id, name = self.rows[index.row()]
        if index.column() == 0:
            return name
        if self._why is not None and id not in self._said:
            self._said[id] = self._why(id)
        return self._said[id]


class RowList(QFrame):
    """Lists rows; one that is entered or clicked is chosen. It goes with a click elsewhere, or Escape."""

    chosen = Signal(str)
    """The id of a row."""
    all_wanted = Signal()
    """All of them are to stand on the map."""

    def __init__(
        self, heading: str, rows: tuple[tuple[str, str], ...], why: Callable[[str], str] | None, parent: QWidget
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("card", True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(heading)
        self.model = RowModel(rows, why, self)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Find in the list")
        self.search.setAccessibleName("Find in the list")
        self.search.textChanged.connect(self.model.seek)
        self.table = QTableView(self)
        self.table.setModel(self.model)
        self.table.setAccessibleName(heading)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.setShowGrid(False)
        self.table.setFrameShape(QFrame.Shape.NoFrame)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(ROW)
        self.table.horizontalHeader().hide()
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setColumnWidth(0, NAME)
        self.table.clicked.connect(lambda index: self._choose(index.row()))
        self.table.activated.connect(lambda index: self._choose(index.row()))
        self.opens = QPushButton("Show all of them on the map", self)
        self.opens.clicked.connect(self._open)
        self.opens.setVisible(why is not None)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setSpacing(6)
        title = Label(heading, self)
        title.setWordWrap(True)
        layout.addWidget(title)
        layout.addWidget(self.search)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.opens, 0, Qt.AlignmentFlag.AlignLeft)
        self.resize(WIDTH if why is not None else NARROW, min(HIGHEST, 130 + ROW * len(rows)))
        self.search.setFocus()

    def open_at(self, at: QPoint) -> None:
        """Opens at a point of the screen, within the screen."""
        area = self.screen().availableGeometry()
        x = min(at.x(), area.right() - self.width())
        y = min(at.y(), area.bottom() - self.height())
        self.move(max(x, area.left()), max(y, area.top()))
        self.show()
        self.search.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down and self.search.hasFocus():
            self.table.setFocus()
            self.table.selectRow(0)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.model.rows:
            self._choose(max(self.table.currentIndex().row(), 0))
        else:
            super().keyPressEvent(event)

    def _choose(self, row: int) -> None:
        self.chosen.emit(self.model.rows[row][0])
        self.close()

    def _open(self) -> None:
        self.all_wanted.emit()
        self.close()
