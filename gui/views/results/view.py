"""The page Results: a series and a key to choose, the table of it, and its copy with headers."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QTableView, QVBoxLayout, QWidget

from gigaplan.engine.results.result import Result
from gigaplan.engine.results.series_names import DIMENSIONS
from gigaplan.engine.results.status import NO_WORK
from gigaplan.gui.files.done_notice import tell_done
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.present.pivot import LABELS, TOTAL, Pivot, dimension_label, pivot
from gigaplan.gui.style import theme
from gigaplan.gui.widgets.cards import CopiedCard
from gigaplan.gui.widgets.combo import Combo
from gigaplan.gui.widgets.texts import Label

Index = QModelIndex | QPersistentModelIndex
EMPTY = Pivot("", (), ())
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class PivotModel(QAbstractTableModel):
    """A pivot as a model."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.pivot = EMPTY

    def show_pivot(self, shown: Pivot) -> None:
        """Takes another pivot."""
        self.beginResetModel()
        self.pivot = shown
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self.pivot.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return len(self.pivot.heads) + 1 if self.pivot.rows else 0

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        (name, values), column = self.pivot.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self.pivot.text(values[column - 1]) if column else name
        if role == Qt.ItemDataRole.TextAlignmentRole and column:
            return RIGHT
        if role == Qt.ItemDataRole.FontRole and TOTAL in (name, self.headerData(column, Qt.Orientation.Horizontal)):
            font = theme.font(12)
            font.setBold(True)
            return font
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role != Qt.ItemDataRole.DisplayRole or orientation == Qt.Orientation.Vertical:
            return None
        return self.pivot.heads[section - 1] if section else ""


class ResultsView(CopiedCard):
    """Follows the planner; what is chosen stays from result to result."""

    def __init__(self, planner: Planner, parent: QWidget | None = None) -> None:
        super().__init__("Results", parent)
        self._planner = planner
        self.series, self.by = Combo("Series", 18), Combo("By", 18)
        for name, label in LABELS.items():
            self.series.addItem(label, name)
        self.unit = Label(role="muted")
        self.copy_button = QPushButton("Copy")
        self.copy_button.setToolTip("Copies the table with its headers, for a spreadsheet")
        self.copy_button.clicked.connect(self.copy)
        self.model = PivotModel(self)
        self.table = QTableView()
        self.table.setAccessibleName("Results")
        self.table.setModel(self.model)
        self.table.verticalHeader().hide()
        self.table.setFrameShape(QTableView.Shape.NoFrame)
        head = QHBoxLayout()
        for widget in (self.series, Label("by"), self.by, self.unit):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self.copy_button)
        self.said = Label(role="muted")
        layout = QVBoxLayout(self)
        layout.addLayout(head)
        layout.addWidget(self.said)
        layout.addWidget(self.table, 1)
        self._rest = QTimer(self, singleShot=True, interval=0)
        self._rest.timeout.connect(self._show)
        self.series.currentIndexChanged.connect(self._list_keys)
        self.by.currentIndexChanged.connect(self._rest.start)
        planner.result_changed.connect(self._solved)
        self._list_keys()

    def text(self, separator: str = "\t") -> str:
        return self.model.pivot.sheet()

    def copy(self) -> None:
        super().copy()
        tell_done(self, "The table was copied with its headers.")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._rest.start()

    def _solved(self, _: Result) -> None:
        if self.isVisible():
            self._rest.start()

    def _list_keys(self) -> None:
        """The keys that the chosen series is split by; the one that is chosen stays where it can."""
        before = self.by.currentData()
        self.by.blockSignals(True)
        self.by.clear()
        for by in DIMENSIONS[self.series.currentData()]:
            self.by.addItem(dimension_label(by), by)
        self.by.setCurrentIndex(max(0, self.by.findData(before)))
        self.by.blockSignals(False)
        self._rest.start()

    def _why_none(self, result: Result | None) -> str:
        """What an empty pivot says, of a solved plan or of none."""
        if result is None:
            return "There is no solved plan yet."
        if result.words is NO_WORK:
            return f"{NO_WORK.sentence}. {NO_WORK.remedy}"
        return f"In this plan, {self.series.currentText()} is 0 in every period."

    def _show(self) -> None:
        result = self._planner.result
        solved = result is not None and result.status == "optimal"
        shown = pivot(result, self.series.currentData(), self.by.currentData()) if solved and result else EMPTY
        self.model.show_pivot(shown)
        self.unit.setText(f"in {shown.unit}" if shown.unit else "")
        self.said.setText("" if shown.rows else self._why_none(result if solved else None))
        self.said.setVisible(not shown.rows)
        self.table.resizeColumnsToContents()
