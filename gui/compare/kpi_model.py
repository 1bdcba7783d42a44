"""The key figures as a tree model: a figure, and beside the first column how much more or less it is."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt

from engine.kpis import KPI_UNITS
from engine.plan import Plan
from gui import theme
from gui.compare.figures import Entry, Row, figure, kpi_rows, part, part_words, step, step_words
from gui.measures import MEASURES
from gui.numbers import plain
from gui.texts import wrapped

Index = QModelIndex | QPersistentModelIndex
GIVEN = {
    "served": "Only coloured where both serve the same work.",
    "demand": "Only coloured where both are asked for the same work.",
    "": "",
}


class KpiModel(QAbstractItemModel):
    """Column 0 names the figure; then one column for the first entry, and three for each further one."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.entries: list[Entry] = []
        self.currency = "USD"
        self._plan: Plan | None = None

    def show(self, plan: Plan, entries: list[Entry]) -> None:
        """Takes up figures; the rows and columns stay where they are the same ones."""
        if entries == self.entries and plan is self._plan:
            return
        self._plan = plan
        rows = kpi_rows(plan, entries)
        # Columns are as wide as their currency needs.
        was = self._shape(self.rows), [e.id for e in self.entries], self.currency
        same = (self._shape(rows), [e.id for e in entries], plan.settings.currency) == was
        if not same:
            self.beginResetModel()
        self.rows, self.entries, self.currency = rows, entries, plan.settings.currency
        if not same:
            self.endResetModel()
            return
        # Rows inside others are told of by their parents: the view paints all that is seen anew.
        if rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, self.columnCount() - 1))

    @staticmethod
    def _shape(rows: list[Row]) -> list[tuple[str, ...]]:
        return [(r.kpi, *(c.workload for c in r.children)) for r in rows]

    @staticmethod
    def place(column: int) -> tuple[int, int]:
        """The entry of a column, and 0 for its figure, 1 for the difference, 2 for it as a part."""
        return (0, 0) if column <= 1 else ((column - 2) // 3 + 1, (column - 2) % 3)

    def row_at(self, index: Index) -> Row:
        """The row of an index."""
        if index.internalId():
            return self.rows[index.internalId() - 1].children[index.row()]
        return self.rows[index.row()]

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        if not (0 <= row < self.rowCount(parent) and 0 <= column < self.columnCount()):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        if not index.isValid() or not index.internalId():
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, 0)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if not parent.isValid():
            return len(self.rows)
        if parent.internalId() or parent.column() > 0:
            return 0
        return len(self.rows[parent.row()].children)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 2 + 3 * max(0, len(self.entries) - 1) if self.entries else 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole or not self.entries:
            return None
        if section == 0:
            return "Key figure"
        entry, kind = self.place(section)
        name, first = self.entries[entry].name, self.entries[0].name
        return (name, f"{name} less {first}", f"{name} less {first}, in percent")[kind]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.row_at(index)
        if role == Qt.ItemDataRole.ToolTipRole:
            return wrapped(self._about(row, index.column()))
        if index.column() == 0:
            if role == Qt.ItemDataRole.DisplayRole:
                return row.label
            if role == Qt.ItemDataRole.ForegroundRole and row.workload:
                return theme.colour(theme.tokens().muted)
            return None
        entry, kind = self.place(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, entry, kind)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.FontRole:
            return theme.font(13 if kind == 0 else 12)
        if role == Qt.ItemDataRole.ForegroundRole:
            return theme.colour(self._colour(row, entry, kind), 1.0 if self.entries[entry].fresh else 0.55)
        return None

    def _text(self, row: Row, entry: int, kind: int) -> str:
        value, first = row.values[entry], row.values[0]
        if row.children and value is None:
            return ""
        if kind == 0:
            return figure(value, row.kpi, self.currency)
        if kind == 1:
            return step_words(step(value, first), row.kpi, self.currency)
        return part_words(part(value, first))

    def _colour(self, row: Row, entry: int, kind: int) -> str:
        t = theme.tokens()
        if kind == 0:
            return t.text
        return {1: t.good, -1: t.warning, 0: t.muted}[row.senses[entry]]

    def _about(self, row: Row, column: int) -> str:
        measure = MEASURES[row.kpi]
        unit = KPI_UNITS[row.kpi].replace("USD", self.currency)
        lines = [measure.label if not row.workload else f"{measure.label}: {row.label}", measure.help, f"Unit: {unit}."]
        if column > 0:
            entry = self.place(column)[0]
            value = row.values[entry]
            if value is not None:
                lines.append(f"{self.entries[entry].name}: {plain(value, 6)} {unit}")
        if measure.better:
            lines.append(f"Green is better, amber is worse. {GIVEN[measure.given]}".strip())
        return "\n".join(lines)
