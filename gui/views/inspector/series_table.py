"""The values of a series in a table: one per period, or dated steps; typed, or pasted from a spreadsheet."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QLocale, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from gigaplan.engine.exchange.plan_cells import NO_LIMIT
from gigaplan.engine.plan.fields import Field, Steps
from gigaplan.engine.plan.timeline import Timeline, month_number, month_text
from gigaplan.gui.text.clipboard import sheet_text, written_unit
from gigaplan.gui.text.months import read_month
from gigaplan.gui.text.quantities import PERCENT_UNITS, NotRead, Relative, read, read_relative, show
from gigaplan.gui.views.inspector.quantity_edit import tail_of
from gigaplan.gui.views.inspector.series_paste import Ground, steps_of, values_of

MOST_LINES = 5
"""How many lines are seen at once."""
LINE, HEAD = 26, 38


class _Typing(QStyledItemDelegate):
    """Tells what is being typed into a cell."""

    typed = Signal(int, int, str)

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        line = super().createEditor(parent, option, index)
        if isinstance(line, QLineEdit):
            row, column = index.row(), index.column()
            line.textEdited.connect(lambda text: self.typed.emit(row, column, text))
        return line


class _Table(QTableWidget):
    """Two columns, when and how much. A paste is one undo step, and is refused as a whole with what is wrong."""

    changed = Signal(object)
    """The series as a person wants it."""
    refused = Signal(str)
    """Why what was typed or pasted was not taken."""
    drafted = Signal(object)
    """The series with what is being typed; None where that would be refused, or nothing is being typed any more."""

    def __init__(self, field: Field, first: str) -> None:
        super().__init__(0, 2)
        self._field, self._first = field, first
        self._time: Timeline | None = None
        self._unit = self._currency = ""
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(LINE)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.setShowGrid(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        typing = _Typing(self)
        typing.typed.connect(self._tell_draft)
        typing.closeEditor.connect(lambda *_: self.drafted.emit(None))
        self.setItemDelegate(typing)
        self.itemChanged.connect(self._typed)

    def _lay(self, time: Timeline, unit: str, currency: str, lines: list[tuple[str, str]], dated: bool) -> None:
        """Shows the lines; of the first column the texts can be changed where they are dates."""
        self._time, self._unit, self._currency = time, unit, currency
        self.blockSignals(True)
        self.setHorizontalHeaderLabels([self._first, tail_of(unit, currency) or "value"])
        for column, side in enumerate((Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)):
            head = self.horizontalHeaderItem(column)
            assert head is not None
            head.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self.setRowCount(len(lines))
        for row, (when, value) in enumerate(lines):
            self._put(row, 0, when, editable=dated)
            self._put(row, 1, value, editable=True)
        self.blockSignals(False)

    def _put(self, row: int, column: int, text: str, editable: bool) -> None:
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
            item.setFlags(flags | Qt.ItemFlag.ItemIsEditable if editable else flags)
            side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            item.setTextAlignment(Qt.AlignmentFlag.AlignVCenter | side)
            self.setItem(row, column, item)
        if item.text() != text:
            item.setText(text)

    def _figure(self, value: float) -> str:
        """Without scale letters, so that the figures can be compared at a glance."""
        return show(value, self._unit if self._unit in PERCENT_UNITS else "", QLocale())

    def _read(self, text: str, now: float | None) -> float | NotRead:
        """The number that was typed over the one that stands there."""
        change = read_relative(text, self._unit, locale=QLocale()) if now is not None else None
        if now is not None and isinstance(change, Relative):
            return change.of(now)
        if isinstance(change, NotRead):
            return change
        found = read(text, self._unit, locale=QLocale(), currency=self._currency)
        return found if isinstance(found, NotRead) else found.value

    def _with(self, row: int, column: int, text: str) -> Any:
        """The series with a text in one of its cells, or a Refusal."""
        raise NotImplementedError

    def _typed(self, item: QTableWidgetItem) -> None:
        found = self._with(item.row(), item.column(), item.text())
        if isinstance(found, NotRead):
            self.refused.emit(f"{self._name(item.row())}: {found.text}")
        else:
            self.changed.emit(found)

    def _tell_draft(self, row: int, column: int, text: str) -> None:
        found = self._with(row, column, text)
        self.drafted.emit(None if isinstance(found, NotRead) else found)

    def _name(self, row: int) -> str:
        """What a line is called: its period, or its month."""
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
        """Takes what was copied from a spreadsheet, or says why not."""
        if self._time is None:
            return
        found = self._pasted(text, Ground(self._field, self._unit, self._time, self._currency))
        if isinstance(found, NotRead):
            self.refused.emit(f"Nothing was pasted. {found.text[:1].upper()}{found.text[1:]}")
        else:
            self.changed.emit(found)

    def _pasted(self, text: str, ground: Ground) -> Any:
        """The series with what was pasted, or a Refusal."""
        raise NotImplementedError

    def _chosen(self) -> list[int]:
        return sorted({index.row() for index in self.selectedIndexes()})

    def _copied(self, lines: list[tuple[str, Any]]) -> str:
        """Lines as text for a spreadsheet, with a header that states the unit."""
        unit = written_unit(self._unit, self._currency)
        label = f"{self._field.label} [{unit}]" if unit else self._field.label
        return sheet_text([[self._first.capitalize(), label], *lines])

    def copied(self) -> str:
        """The chosen lines as text for a spreadsheet, all where none is chosen; every digit of them."""
        raise NotImplementedError


class SeriesTable(_Table):
    """One value for each period."""

    def __init__(self, field: Field) -> None:
        super().__init__(field, "period")
        self._values: tuple[float, ...] = ()
        self.setFixedHeight(HEAD + MOST_LINES * LINE)
        self.setAccessibleName(f"{field.label}, one value per period")

    def show_values(self, values: tuple[float, ...], time: Timeline, unit: str, currency: str) -> None:
        """Shows one value per period."""
        self._values, self._unit = values, unit
        labels = (*time.labels, *(f"period {t + 1}" for t in range(time.periods, len(values))))
        lines = list(zip(labels, map(self._figure, values), strict=False))
        self._lay(time, unit, currency, lines, dated=False)

    def _with(self, row: int, column: int, text: str) -> tuple[float, ...] | NotRead:
        value = self._read(text, self._values[row])
        return value if isinstance(value, NotRead) else (*self._values[:row], value, *self._values[row + 1 :])

    def _pasted(self, text: str, ground: Ground) -> tuple[float, ...] | NotRead:
        """A column of values, with or without its header and periods, from the current row on."""
        found = values_of(text, max(0, self.currentRow()), ground)
        if isinstance(found, NotRead):
            return found
        values = dict(enumerate(self._values)) | found
        return tuple(values[row] for row in sorted(values))

    def copied(self) -> str:
        rows = self._chosen() or list(range(self.rowCount()))
        return self._copied([(self._name(row), self._values[row]) for row in rows])


class StepsTable(_Table):
    """A month and the value from it on, line by line; Insert adds a line, Delete removes those that are chosen."""

    chosen = Signal(int)
    """The step that the cursor went to."""

    def __init__(self, field: Field) -> None:
        super().__init__(field, "month")
        self._steps: tuple[tuple[str, float | None], ...] = ()
        self.setAccessibleName(f"{field.label}, dated steps")
        self.currentCellChanged.connect(lambda row, *_: self.chosen.emit(row) if row >= 0 else None)

    def show_steps(self, series: Steps, time: Timeline, unit: str, currency: str) -> None:
        """Shows a month and the value from it on for each step."""
        self._steps, self._unit = series.steps, unit
        lines = [(month, NO_LIMIT if value is None else self._figure(value)) for month, value in series.steps]
        self._lay(time, unit, currency, lines, dated=True)
        self.setFixedHeight(HEAD + min(max(len(lines), 2), MOST_LINES) * LINE)

    def _name(self, row: int) -> str:
        return self._steps[row][0]

    @property
    def can_remove(self) -> bool:
        """Whether what is chosen can be removed: one step is left."""
        return 0 < len(self._chosen()) < len(self._steps)

    def add(self) -> None:
        """Adds a step a period after the last one, with its value, and opens its month to be typed over."""
        assert self._time is not None
        month, value = self._steps[-1]
        later = month_text(month_number(month) + self._time.months)
        count = len(self._steps)
        self.changed.emit(Steps((*self._steps, (later, value))))
        if self.rowCount() > count:
            self.setCurrentCell(count, 0)
            self.edit(self.model().index(count, 0))

    def remove(self) -> None:
        """Removes the chosen steps."""
        rows = set(self._chosen())
        if self.can_remove:
            self.changed.emit(Steps(tuple(step for row, step in enumerate(self._steps) if row not in rows)))
        elif rows:
            self.refused.emit("one step at least is needed; for a value without dates choose constant")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Insert:
            self.add()
        elif event.matches(QKeySequence.StandardKey.Delete) or event.key() == Qt.Key.Key_Backspace:
            self.remove()
        else:
            super().keyPressEvent(event)

    def _with(self, row: int, column: int, text: str) -> Steps | NotRead:
        month, value = self._steps[row]
        if column == 0:
            found = read_month(text, locale=QLocale())
            if isinstance(found, NotRead):
                return found
            month = found.value
        elif self._field.gaps and text.strip().lower() in ("", NO_LIMIT):
            value = None
        else:
            number = self._read(text, value)
            if isinstance(number, NotRead):
                return number
            value = number
        return Steps((*self._steps[:row], (month, value), *self._steps[row + 1 :]))

    def _pasted(self, text: str, ground: Ground) -> Steps | NotRead:
        """Two columns of months and values take the place of all steps; values alone go to the steps from here on."""
        return steps_of(text, max(0, self.currentRow()), self._steps, ground)

    def copied(self) -> str:
        rows = self._chosen() or list(range(self.rowCount()))
        steps = [self._steps[row] for row in rows]
        return self._copied([(month, NO_LIMIT if value is None else value) for month, value in steps])
