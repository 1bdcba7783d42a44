"""The figures behind a chart, as a table in its place."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QTableView, QWidget

from gigaplan.gui.present.picture import Picture
from gigaplan.gui.text.clipboard import sheet_text
from gigaplan.gui.text.number_format import plain

Index = QModelIndex | QPersistentModelIndex


class FiguresModel(QAbstractTableModel):
    """The figures behind a picture: a row per column of time, a column per line."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.picture: Picture | None = None

    def show_picture(self, picture: Picture) -> None:
        """Takes other figures; where only values differ, what is selected stays."""
        old, self.picture = self.picture, picture
        same = (
            old is not None
            and (old.unit, old.columns) == (picture.unit, picture.columns)
            and [line.label for line in old.lines] == [line.label for line in picture.lines]
        )
        if same and picture.columns and picture.lines:
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))
        else:
            self.beginResetModel()
            self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if self.picture is None else len(self.picture.columns)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if self.picture is None else len(self.picture.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self.picture is None or not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return plain(float(self.picture.lines[index.column()].values[index.row()]), 6)
        if role == Qt.ItemDataRole.EditRole:
            return float(self.picture.lines[index.column()].values[index.row()])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self.picture is None or role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Vertical:
            return self.picture.columns[section]
        return f"{self.picture.lines[section].label}\n{self.picture.unit_text}"


class FiguresTable(QTableView):
    """Shows the figures behind a picture. Ctrl+C copies what is selected with its headers, for a spreadsheet."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.figures = FiguresModel(self)
        self.setModel(self.figures)
        self.setAccessibleName("Figures of the chart")
        self.setCornerButtonEnabled(False)
        self.setStyleSheet(
            "QTableCornerButton::section { background: transparent; border: 0; }"
            "QTableView::corner { background: transparent; border: 0; }"
        )
        self.horizontalHeader().setDefaultSectionSize(92)
        self.verticalHeader().setDefaultSectionSize(24)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.selected_text())
        else:
            super().keyPressEvent(event)

    def selected_text(self) -> str:
        """The selected cells, all if none is, separated by tabs, with their headers and units, in full precision."""
        picture = self.figures.picture
        if picture is None:
            return ""
        chosen = self.selectionModel().selectedIndexes()
        rows = sorted({i.row() for i in chosen}) if len(chosen) > 1 else range(len(picture.columns))
        columns = sorted({i.column() for i in chosen}) if len(chosen) > 1 else range(len(picture.lines))
        lines: list[list[object]] = [["", *(f"{picture.lines[c].label} [{picture.unit_text}]" for c in columns)]]
        lines += [[picture.columns[r], *(picture.lines[c].values[r] for c in columns)] for r in rows]
        return sheet_text(lines)
