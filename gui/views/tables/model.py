"""A sheet as a Qt table model: edits touch only the lines that differ, and sorting moves no row of the plan."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer

from gigaplan.engine.plan.fields import Field, Growth, Steps
from gigaplan.gui.text.number_format import THIN
from gigaplan.gui.views.tables.sheets import Sheet
from gigaplan.gui.widgets.texts import wrapped

# Which lines of a sheet a grid shows, and in which order: sorted and filtered, while the plan keeps its own order.


def arranged(sheet: Sheet, texts: LineTexts, column: int | None, descending: bool, text: str) -> list[int]:
    """The lines that hold every word of `text`, in the order of a column; in the plan's order without one.

    Empty cells come last in both directions.
    """
    lines = list(range(len(sheet.lines)))
    if words := text.lower().split():
        lines = [line for line in lines if all(word in texts.of(sheet, line) for word in words)]
    if column is None:
        return lines
    keys = {line: _key(sheet, line, column) for line in lines}
    empty = [line for line in lines if keys[line] is None]
    full = [line for line in lines if keys[line] is not None]
    full.sort(key=keys.__getitem__, reverse=descending)
    return full + empty


class LineTexts:
    """What lines say, kept while they do not change: a filter looks at all of them at every key."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[Any, str]] = {}
        self._ahead = 0

    def clear(self) -> None:
        """Forgets all texts."""
        self._kept.clear()

    def look_again(self) -> None:
        """Lets `read_ahead` begin anew: other lines are shown, or others of them."""
        self._ahead = 0

    def read_ahead(self, sheet: Sheet, seconds: float) -> bool:
        """Reads lines before they are asked for, for so long at most; whether some are still to be read."""
        until = time.perf_counter() + seconds
        while self._ahead < len(sheet.lines) and time.perf_counter() < until:
            self.of(sheet, self._ahead)
            self._ahead += 1
        return self._ahead < len(sheet.lines)

    def of(self, sheet: Sheet, line: int) -> str:
        """All that a line says, in small letters, its figures also without spaces between thousands."""
        content = sheet.lines[line]
        row = content[0] if isinstance(content, tuple) else content
        kept = self._kept.get(line)
        if kept is None or kept[0] is not row:
            shown = "\n".join([sheet.shown(line, column) for column in range(len(sheet.columns))])
            kept = self._kept[line] = (row, f"{shown}\n{shown.replace(THIN, '')}".lower())
        return kept[1]


def _key(sheet: Sheet, line: int, column: int) -> Any:
    value = sheet.value(line, column)
    if isinstance(value, Growth):
        value = value.start
    if isinstance(value, Steps):
        value = value.steps[0][1]
    if isinstance(value, tuple) and value and isinstance(value[0], float):
        value = value[0]
    if isinstance(value, bool | int | float):
        return (0, value, ())
    if value is None or value == "":
        return None
    # Chip 9 before chip 10.
    parts = re.split(r"(\d+)", sheet.shown(line, column).lower())
    return (1, 0, [(int(p), "") if p.isdigit() else (-1, p) for p in parts])


Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
MOST_RUNS = 60
"""Rows that go or come in more runs than this are drawn afresh altogether."""
FEW_LINES = 500
"""So many are read for a filter when it is typed."""
A_TURN = 0.008
"""Seconds of reading at a time."""
LOCKED = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
EDITABLE = LOCKED | Qt.ItemFlag.ItemIsEditable
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class CellLook(NamedTuple):
    """The text of a cell, and how it is painted."""

    text: str
    right: bool = False
    muted: bool = False
    wrong: bool = False
    flag: bool | None = None
    """Whether the box is ticked, where the cell is one."""
    moved: bool = False
    """Whether the scenario that is edited changes it."""
    mark: str = ""
    """What stands before the text: the icon of a lock or of a comment, the = of a formula."""


class SheetModel(QAbstractTableModel):
    """The lines of a sheet in the order that a person chose."""

    def __init__(self, sheet: Sheet, parent: QObject) -> None:
        super().__init__(parent)
        self.sheet = sheet
        self._sorted: int | None = None
        self._descending = False
        self._filter = ""
        self.shown: list[int] = list(range(len(sheet.lines)))
        """The line of the sheet in each row of the view."""
        self._headed: tuple[object, bool] = (None, False)
        """The columns, and whether their header has a second line: asked for with every section."""
        self._texts = LineTexts()
        self._reading = QTimer(self, interval=0)
        self._reading.timeout.connect(self._read_ahead)
        self.wrong: dict[tuple[Any, str], tuple[str, str]] = {}
        """(key of the line, column) -> what was typed there and refused, and why."""
        self.beside: dict[tuple[str, str], str] = {}
        """(row, field) -> what the base has there, in words, where the scenario that is edited changes it."""
        self._expect_filter()

    def _beside(self, line: int, column: int) -> str:
        field = self.sheet.field(line, column) if self.beside else None
        return "" if field is None else self.beside.get((self.sheet.row_id(line), field.name), "")

    def _expect_filter(self) -> None:
        """Reads the texts of a long table while nothing else is to do: the first key of a filter then finds them."""
        if len(self.sheet.lines) > FEW_LINES:
            self._texts.look_again()
            self._reading.start()

    def _read_ahead(self) -> None:
        if not self._texts.read_ahead(self.sheet, A_TURN):
            self._reading.stop()

    @property
    def is_reading_ahead(self) -> bool:
        """Whether the texts that a filter looks for are still being read."""
        return self._reading.isActive()

    @property
    def filter_text(self) -> str:
        """What lines must hold to be shown."""
        return self._filter

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.sheet.columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        # A view asks this of every cell that is selected: with all of 10,000 rows that is often.
        return LOCKED if self.sheet.locked(self.shown[index.row()], index.column()) else EDITABLE

    def field_at(self, index: Index) -> Field | None:
        """What the cell holds."""
        return self.sheet.field(self.shown[index.row()], index.column())

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.shown):
            return None
        line, column = self.shown[index.row()], index.column()
        if role == Role.DisplayRole:
            wrong = self._wrong(line, column)
            return wrong[0] if wrong else self.sheet.shown(line, column)
        if role == Role.TextAlignmentRole:
            return RIGHT if self.sheet.columns[column].numeric else LEFT
        if role == Role.EditRole:
            wrong = self._wrong(line, column)
            return wrong[0] if wrong else self.sheet.typed(line, column)
        if role == Role.ToolTipRole:
            return self._tip(line, column)
        return None

    def _wrong(self, line: int, column: int) -> tuple[str, str] | None:
        if not self.wrong:
            return None
        return self.wrong.get((self.sheet.key(line), self.sheet.columns[column].key))

    def line_text(self, row: int) -> str:
        """All that a row of the view says, in small letters."""
        line = self.shown[row]
        return self._texts.of(self.sheet, line)

    def look(self, row: int, column: int) -> CellLook:
        """What a cell looks like: asked for by the delegate, many times a frame."""
        line, sheet = self.shown[row], self.sheet
        wrong = self._wrong(line, column)
        if wrong:
            return CellLook(wrong[0], sheet.columns[column].numeric, wrong=True)
        value = sheet.value(line, column)
        field = sheet.field(line, column)
        if field is not None and field.kind == "flag" and not field.optional:
            return CellLook("", flag=bool(value), moved=bool(self._beside(line, column)))
        muted = value is None or bool(sheet.locked(line, column))
        text, numeric = sheet.shown(line, column), sheet.columns[column].numeric
        mark = self._mark(line, column) if sheet.context.plan.annotations else ""
        return CellLook(text, numeric, muted, moved=bool(self._beside(line, column)), mark=mark)

    def _mark(self, line: int, column: int) -> str:
        said = self.sheet.annotation(line, column)
        if said is None:
            return ""
        return "lock" if said.locked else "=" if said.formula else "info"

    def _tip(self, line: int, column: int) -> str:
        if wrong := self._wrong(line, column):
            return wrapped(f"Not taken\n{wrong[0]}: {wrong[1]}")
        text = self.sheet.shown(line, column)
        locked = self.sheet.locked(line, column)
        if locked:
            return wrapped(f"{text}\n{locked[:1].upper()}{locked[1:]}.")
        annotation = self.sheet.annotation(line, column)
        notes = (annotation.formula, annotation.comment) if annotation is not None else ()
        if said := "\n".join(filter(None, (*notes, self._beside(line, column)))):
            return wrapped(f"{text}\n{said}")
        return wrapped(text) if len(text) > 14 else ""

    def _has_units(self) -> bool:
        """Whether the header needs a second line: some column has a unit."""
        columns = self.sheet.columns
        if self._headed[0] is not columns:
            self._headed = columns, any(column.unit for column in columns)
        return self._headed[1]

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Vertical:
            if role == Role.DisplayRole and section < len(self.shown):
                return str(self.shown[section] + 1)
            return None
        if not 0 <= section < len(self.sheet.columns):
            return None
        column = self.sheet.columns[section]
        if role == Role.DisplayRole:
            # Qt's own mark of sorting would lie between the lines of a head, and point the other way.
            label = f"{column.label} {'↓' if self._descending else '↑'}" if section == self._sorted else column.label
            return f"{label}\n{column.unit}" if self._has_units() else label
        if role == Role.TextAlignmentRole:
            return RIGHT if column.numeric else LEFT
        if role == Role.ToolTipRole:
            unit = f", in {column.unit}" if column.unit else ""
            return wrapped(f"{column.label}{unit}\n{column.help}".strip())
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Orders the lines by a column, in the view alone; by none, -1, they stand as in the plan."""
        self._sorted = column if 0 <= column < len(self.sheet.columns) else None
        self._descending = order == Qt.SortOrder.DescendingOrder
        self._rearrange()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.sheet.columns) - 1)

    def set_filter(self, text: str) -> None:
        """Shows only the lines that hold every word of a text."""
        if text != self._filter:
            self._filter = text
            self._rearrange()

    def _rearrange(self) -> None:
        self.layoutAboutToBeChanged.emit()
        old = self.shown
        kept = self.persistentIndexList()
        self.shown = arranged(self.sheet, self._texts, self._sorted, self._descending, self._filter)
        where = {line: row for row, line in enumerate(self.shown)}
        moved = [self._moved(index, where.get(old[index.row()])) for index in kept]
        self.changePersistentIndexList(kept, moved)
        self.layoutChanged.emit()

    def _moved(self, index: QModelIndex, row: int | None) -> QModelIndex:
        return QModelIndex() if row is None else self.index(row, index.column())

    def rows_of(self, ids: Iterable[str]) -> list[int]:
        """The rows of the view that show plan rows with these ids."""
        wanted = set(ids)
        return [row for row, line in enumerate(self.shown) if self.sheet.row_id(line) in wanted] if wanted else []

    def refuse(self, line: int, column: int, text: str, why: str) -> None:
        """Shows a refused text in its cell, until something else is typed there."""
        self.wrong[self.sheet.key(line), self.sheet.columns[column].key] = (text, why)
        self._touch_line(line)

    def forgive(self) -> None:
        """Forgets refused texts."""
        if self.wrong:
            self.wrong.clear()
            self._touch(0, len(self.shown) - 1)

    def start_afresh(self, sheet: Sheet) -> None:
        """Takes another plan altogether, neither sorted nor filtered."""
        self.sheet, self._sorted, self._filter = sheet, None, ""
        self._texts.clear()
        self._expect_filter()
        self._reset()

    def set_sheet(self, sheet: Sheet) -> None:
        """Takes the plan's next state: tells of changed, removed and added lines only."""
        old, self.sheet = self.sheet, sheet
        if old.lines is not sheet.lines:
            self._expect_filter()
        renamed = _renamed(old, sheet) or old.columns != sheet.columns
        if renamed:
            self._texts.clear()
        if old.columns != sheet.columns and [c.key for c in old.columns] != [c.key for c in sheet.columns]:
            self._reset()
            return
        if old.columns != sheet.columns:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(sheet.columns) - 1)
        if len(old.lines) == len(sheet.lines):
            pairs = () if old.lines is sheet.lines else zip(old.lines, sheet.lines, strict=True)
            keys = [k for k, (a, b) in enumerate(pairs) if _differ(a, b)]
            if all(old.key(k) == sheet.key(k) for k in keys):
                self._changed(keys, renamed)
                return
        self._restructured(old)

    def _changed(self, lines: Sequence[int], renamed: bool) -> None:
        """Tells of lines whose rows are others; of all, where what they refer to has another name."""
        if renamed:
            self.wrong.clear()
            self._touch(0, len(self.shown) - 1)
            return
        if not lines:
            return
        for line in lines:
            for key in [k for k in self.wrong if k[0] == self.sheet.key(line)]:
                del self.wrong[key]
        different = set(lines)
        rows = [row for row, line in enumerate(self.shown) if line in different]
        for first, last in runs(rows):
            self._touch(first, last)

    def _touch(self, first: int, last: int) -> None:
        if first <= last:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.sheet.columns) - 1))

    def _touch_line(self, line: int) -> None:
        if line in self.shown:
            row = self.shown.index(line)
            self._touch(row, row)

    def _restructured(self, old: Sheet) -> None:
        """Takes out the rows that are gone, puts in those that are new: in the plan's order, or last if sorted."""
        sheet = self.sheet
        where = {sheet.key(line): line for line in range(len(sheet.lines))}
        before = {old.key(line) for line in range(len(old.lines))}
        kept = [where.get(old.key(line)) for line in self.shown]
        new = [line for key, line in where.items() if key not in before]
        survivors = [line for line in kept if line is not None]
        target = survivors + new if self._sorted is not None else sorted(survivors + new)
        gone = runs([row for row, line in enumerate(kept) if line is None])
        fresh = set(new)
        come = runs([row for row, line in enumerate(target) if line in fresh])
        moved = [line for line in target if line not in fresh] != survivors
        if moved or len(gone) + len(come) > MOST_RUNS:
            self._reset(target)
            return
        if not sheet.lines or len(where) < len(sheet.lines):
            self._reset()
            return
        # While rows go the view may ask for them once more: any line of the new sheet stands in.
        self.shown = [0 if line is None else line for line in kept]
        for first, last in reversed(gone):
            self.beginRemoveRows(QModelIndex(), first, last)
            del self.shown[first : last + 1]
            self.endRemoveRows()
        for first, last in come:
            self.beginInsertRows(QModelIndex(), first, last)
            self.shown[first:first] = target[first : last + 1]
            self.endInsertRows()
        self.wrong.clear()
        self._touch(0, len(self.shown) - 1)
        self.headerDataChanged.emit(Qt.Orientation.Vertical, 0, max(0, len(self.shown) - 1))

    def _reset(self, shown: list[int] | None = None) -> None:
        self.beginResetModel()
        if self._sorted is not None and self._sorted >= len(self.sheet.columns):
            self._sorted = None
        arrange = arranged(self.sheet, self._texts, self._sorted, self._descending, self._filter)
        self.shown = arrange if shown is None else shown
        self.wrong.clear()
        self.endResetModel()


def _differ(a: Any, b: Any) -> bool:
    """Whether two lines show different rows: of a series sheet a line is a row and a field."""
    return a[0] is not b[0] if isinstance(a, tuple) else a is not b


def _renamed(old: Sheet, new: Sheet) -> bool:
    """Whether rows that the cells refer to are called otherwise."""
    return any(
        getattr(old.context.plan, table) is not getattr(new.context.plan, table)
        and old.context.names(table) != new.context.names(table)
        for table in new.named_tables()
    )


def runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending numbers as runs without gaps: (first, last) pairs."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
