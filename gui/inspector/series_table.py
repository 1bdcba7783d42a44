"""The values of a series in a table: typed one by one, or pasted as a column from a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from gui.inspector.quantity_edit import tail_of
from gui.quantities import Quantity, Refusal, read, show

if TYPE_CHECKING:
    from gui.inspector.series import SeriesEditor


class SeriesTable(QTableWidget):
    """Two columns, period and value. A paste is one undo step, and is refused as a whole with the row that is wrong."""

    def __init__(self, editor: SeriesEditor) -> None:
        super().__init__(0, 2)
        self._editor = editor
        self._unit = ""
        self.setFixedHeight(168)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(26)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.setShowGrid(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setAccessibleName(f"{editor.field.label}, one value per period")
        self.itemChanged.connect(self._typed)

    def show_values(self, values: tuple[float, ...], labels: tuple[str, ...], unit: str) -> None:
        """Shows one value per period."""
        self._unit = unit
        currency = self._editor.target.document.plan.settings.currency
        self.blockSignals(True)
        self.setHorizontalHeaderLabels(["period", tail_of(unit, currency) or "value"])
        self.horizontalHeaderItem(0).setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeaderItem(1).setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setRowCount(len(values))
        for row, value in enumerate(values):
            self._put(row, 0, labels[row] if row < len(labels) else f"period {row + 1}", editable=False)
            self._put(row, 1, show(value, unit, QLocale()), editable=True)
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
        self._take([item.text()], item.row())

    def _take(self, texts: list[str], first: int) -> None:
        values = list(self._editor.target.values(self._editor.field)[0])
        currency = self._editor.target.document.plan.settings.currency
        refusal = ""
        if first + len(texts) > len(values):
            room = len(values) - first
            refusal = f"{len(texts)} values were pasted, and there is room for {room} from here on"
        for row, text in enumerate(texts if not refusal else (), first):
            found = read(text, self._unit, locale=QLocale(), currency=currency)
            if isinstance(found, Refusal):
                refusal = f"row {row + 1}: {found.text}"
                break
            values[row] = found.value
        refusal = refusal or self._editor.put_all(tuple(values))
        self._editor.said.emit(refusal, "error" if refusal else "muted")
        if refusal:
            self._editor._arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste(QGuiApplication.clipboard().text())
        elif event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.copied())
        else:
            super().keyPressEvent(event)

    def paste(self, text: str) -> None:
        """Takes a column of values (the last of several columns), with or without a header, from the current row on."""
        lines = [line.split("\t")[-1].strip() for line in text.strip("\r\n").splitlines()]
        header = len(lines) > 1 and not isinstance(read(lines[0], self._unit, locale=QLocale()), Quantity)
        lines = lines[1:] if header and not any(c.isdigit() for c in lines[0]) else lines
        if lines:
            self._take(lines, max(0, self.currentRow()) if len(lines) < self.rowCount() else 0)

    def copied(self) -> str:
        """The chosen rows as text for a spreadsheet, with a header."""
        rows = sorted({index.row() for index in self.selectedIndexes()}) or list(range(self.rowCount()))
        head = "\t".join(self.horizontalHeaderItem(c).text() for c in (0, 1))
        values = self._editor.target.values(self._editor.field)[0]
        return "\n".join([head, *(f"{self.item(r, 0).text()}\t{values[r]!r}" for r in rows)])
