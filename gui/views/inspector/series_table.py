"""The values of a series in a table: typed one by one, or pasted as a column from a spreadsheet."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from gigaplan.engine.plan.fields import Field
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.gui.text.clipboard import sheet_text, written_unit
from gigaplan.gui.text.quantities import PERCENT_UNITS, Refusal, Relative, read, read_relative, show
from gigaplan.gui.views.inspector.quantity_edit import tail_of
from gigaplan.gui.views.inspector.series_paste import Ground, values_of


class SeriesTable(QTableWidget):
    """Two columns, period and value. A paste is one undo step, and is refused as a whole with the row that is wrong."""

    changed = Signal(object)
    """The values of all periods, as a person wants them."""
    refused = Signal(str)
    """Why what was typed or pasted was not taken."""

    def __init__(self, field: Field) -> None:
        super().__init__(0, 2)
        self._field = field
        self._values: tuple[float, ...] = ()
        self._time: Timeline | None = None
        self._unit = self._currency = ""
        self.setFixedHeight(168)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(26)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.setShowGrid(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setAccessibleName(f"{field.label}, one value per period")
        self.itemChanged.connect(self._typed)

    def show_values(self, values: tuple[float, ...], time: Timeline, unit: str, currency: str) -> None:
        """Shows one value per period."""
        self._values, self._time, self._unit, self._currency = values, time, unit, currency
        labels = time.labels
        # Without scale letters the figures can be compared at a glance.
        plain = unit if unit in PERCENT_UNITS else ""
        self.blockSignals(True)
        self.setHorizontalHeaderLabels(["period", tail_of(unit, self._currency) or "value"])
        for column, side in enumerate((Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)):
            head = self.horizontalHeaderItem(column)
            assert head is not None
            head.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self.setRowCount(len(values))
        for row, value in enumerate(values):
            self._put(row, 0, labels[row] if row < len(labels) else f"period {row + 1}", editable=False)
            self._put(row, 1, show(value, plain, QLocale()), editable=True)
        self.blockSignals(False)

    def _put(self, row: int, column: int, text: str, editable: bool) -> None:
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
            item.setFlags(flags | Qt.ItemFlag.ItemIsEditable if editable else flags)
            side = Qt.AlignmentFlag.AlignRight if editable else Qt.AlignmentFlag.AlignLeft
            item.setTextAlignment(Qt.AlignmentFlag.AlignVCenter | side)
            self.setItem(row, column, item)
        if item.text() != text:
            item.setText(text)

    def _typed(self, item: QTableWidgetItem) -> None:
        row, text = item.row(), item.text()
        values = list(self._values)
        relative = read_relative(text, self._unit, locale=QLocale())
        change = relative or read(text, self._unit, locale=QLocale(), currency=self._currency)
        if isinstance(change, Refusal):
            self.refused.emit(f"{self._period(row)}: {change.text}")
            return
        values[row] = change.of(values[row]) if isinstance(change, Relative) else change.value
        self.changed.emit(tuple(values))

    def _period(self, row: int) -> str:
        item = self.item(row, 0)
        return "" if item is None else item.text()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste(QGuiApplication.clipboard().text())
        elif event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.copied())
        else:
            super().keyPressEvent(event)

    def paste(self, text: str) -> None:
        """Takes a column of values, with or without its header and periods, from the current row on."""
        if self._time is None:
            return
        ground = Ground(self._field, self._unit, self._time, self._currency)
        found = values_of(text, max(0, self.currentRow()), ground)
        if isinstance(found, Refusal):
            self.refused.emit(f"Nothing was pasted. {found.text[:1].upper()}{found.text[1:]}")
            return
        values = dict(enumerate(self._values)) | found
        self.changed.emit(tuple(values[row] for row in sorted(values)))

    def copied(self) -> str:
        """The chosen rows as text for a spreadsheet, with a header that states the unit; every digit of them."""
        rows = sorted({index.row() for index in self.selectedIndexes()}) or list(range(self.rowCount()))
        unit = written_unit(self._unit, self._currency)
        head = ["Period", f"{self._field.label} [{unit}]" if unit else self._field.label]
        return sheet_text([head, *([self._period(r), self._values[r]] for r in rows)])
