"""What a paste would do: each cell of the clipboard, or of a file, with its place, its value, or why it has none."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.decode import MAX_ROWS
from engine.exchange.csv_text import unguarded
from engine.fields import Field
from engine.plan import Plan
from gui.quantities import PERCENT_UNITS, Refusal
from gui.spreadsheet import split_header, transposed
from gui.tables.headers import below_titles, header_columns, named_twice
from gui.tables.series_sheet import KEYS, SeriesSheet
from gui.tables.sheets import Sheet, TableSheet

if TYPE_CHECKING:
    from gui.tables.file_lines import FileLines

NO_COLUMN = "there is no such column here"
PAST_COLUMNS = "lies past the last column"
TOLD_EVERY = 50
"""Lines."""


@dataclass
class PastedCell:
    """A cell of the clipboard: what it becomes, or why it cannot."""

    text: str
    value: Any = None
    problem: str = ""


@dataclass
class PastedLine:
    """A line of the clipboard, and the line of the sheet that it goes to: None for a new row."""

    target: int | None
    name: str
    cells: list[PastedCell]
    blank: bool = False

    @property
    def is_good(self) -> bool:
        """Whether all its cells can be pasted."""
        return all(not cell.problem for cell in self.cells)


@dataclass
class Paste:
    """A clipboard, or the lines of a file, laid over a sheet.

    `columns` holds the sheet's column of each pasted one, None for unknown ones.
    """

    sheet: Any
    columns: list[int | None]
    headers: list[str]
    lines: list[PastedLine] = field(default_factory=list)
    file: FileLines | None = None
    """Where the lines are from; None for the clipboard."""

    def where(self, line: int, cell: int) -> str:
        """How a person finds a cell: line 3, or C7 of prices.xlsx."""
        return f"Line {line + 1}" if self.file is None else f"{self.file.place(line, cell)} of {self.file.name}"

    @cached_property
    def cells(self) -> int:
        """How many cells can be pasted, without those that only name their line."""
        return sum(column >= self._keys for _, column, _ in self._good)

    @cached_property
    def bad(self) -> int:
        """How many cells cannot, those of unknown columns among them."""
        return sum(bool(cell.problem) for line in self.lines for cell in line.cells)

    @property
    def wrong(self) -> int:
        """How many cells of known columns cannot."""
        known = [k for k, column in enumerate(self.columns) if column is not None]
        return sum(bool(line.cells[k].problem) for line in self.lines for k in known)

    @property
    def known(self) -> int:
        """How many cells there are of known columns, without those that only name their line."""
        columns = sum(column is not None and column >= self._keys for column in self.columns)
        return columns * sum(not line.blank for line in self.lines)

    @property
    def _keys(self) -> int:
        return len(KEYS) if isinstance(self.sheet, SeriesSheet) else 0

    @property
    def unknown(self) -> list[str]:
        """The headers that no column has; those past the last column have none."""
        pairs = zip(self.headers, self.columns, strict=True)
        return [header for header, column in pairs if column is None and header != PAST_COLUMNS]

    @cached_property
    def new_rows(self) -> int:
        """How many rows would be added."""
        return sum(line.target is None and not line.blank and self.can_be_pasted(line) for line in self.lines)

    def can_be_pasted(self, line: PastedLine) -> bool:
        """Whether a line is taken: half a row cannot be added; a row that is there takes what is good."""
        pairs = zip(line.cells, self.columns, strict=True)
        return line.target is not None or all(not cell.problem for cell, column in pairs if column is not None)

    @cached_property
    def plan(self) -> Plan | Refusal:
        """The plan with every good cell pasted, or why there is none."""
        good = self._good
        if isinstance(self.sheet, SeriesSheet):
            return self.sheet.with_cells({(line.target, column): cell.value for line, column, cell in good})  # type: ignore[misc]
        changes: dict[int, dict[str, Any]] = {}
        new: dict[int, dict[str, Any]] = {}
        for line, column, cell in good:
            declared = self.sheet.fields[column]
            if line.target is not None:
                changes.setdefault(line.target, {})[declared.name] = cell.value
            elif cell.value is not None or declared.kind != "identifier":
                new.setdefault(id(line), {})[declared.name] = cell.value
        return self.sheet.with_rows(changes, self.sheet.new_rows(list(new.values())))

    @cached_property
    def _good(self) -> list[tuple[PastedLine, int, PastedCell]]:
        return [
            (line, column, cell)
            for line in self.lines
            if not line.blank and self.can_be_pasted(line)
            for column, cell in zip(self.columns, line.cells, strict=True)
            if column is not None and not cell.problem
        ]


@dataclass(frozen=True)
class Anchor:
    """Where a paste goes: the line of the sheet in each row of the view, and the chosen rows and columns."""

    shown: Sequence[int]
    rows: Sequence[int] = (0,)
    columns: Sequence[int] = (0,)

    def spread(self, down: int, across: int) -> tuple[Sequence[int], Sequence[int]]:
        """The rows and columns that so many cells go to: the chosen ones, where they fill these once or several times,
        else those from the first chosen one on."""
        rows = self.rows if len(self.rows) % down == 0 else range(self.rows[0], self.rows[0] + down)
        columns = self.columns if len(self.columns) % across == 0 else range(self.columns[0], self.columns[0] + across)
        return rows, columns


def laid_over(
    sheet: Sheet,
    lines: list[list[str]],
    at: Anchor,
    *,
    by_place: bool = False,
    file: FileLines | None = None,
    told: Callable[[int], None] = lambda lines: None,
) -> Paste | Refusal:
    """The clipboard, or a file, laid over a sheet, from the anchor on, or by headers where it has them.

    With `by_place` headers tell only the units: cells that were copied here go where the person points.
    `told` hears how many lines are laid, and may raise to stop.
    """
    lines = below_titles(sheet, lines)
    columns = header_columns(sheet, lines[0])
    if columns is None and (label := named_twice(sheet, lines[0])):
        return Refusal(f"two columns are called {label}: leave one of them out")
    first = [line[0] for line in lines]
    if columns is None and isinstance(sheet, SeriesSheet) and len(lines) > 1 and header_columns(sheet, first):
        lines = transposed(lines)  # periods that run down
        columns = header_columns(sheet, lines[0])
    units: list[str | None] = [None] * len(lines[0])
    headers = lines[0]
    if columns is not None:
        units = [split_header(cell)[1] or None for cell in headers]
        lines = lines[1:]
        if not lines:
            return Refusal("there are headers alone: give them with the cells beneath")
    rows: Sequence[int] = range(at.rows[0], at.rows[0] + len(lines))
    placed = columns is None or by_place
    if placed or columns is None:
        rows, places = at.spread(len(lines), len(units))
        lines = [line * (len(places) // len(units)) for line in lines] * (len(rows) // len(lines))
        units = units * (len(places) // len(units))
        columns = [place if place < len(sheet.columns) else None for place in places]
        headers = [sheet.columns[c].copied_header if c is not None else PAST_COLUMNS for c in columns]
    _know_fractions(sheet, columns, lines, units)
    paste = Paste(sheet, columns, [header or "(no header)" for header in headers], file=file)
    _add_lines(paste, lines, _Places(paste, at.shown, rows, placed), units, by_place, told)
    return _fits(paste)


def _know_fractions(sheet: Sheet, columns: list[int | None], lines: list[list[str]], units: list[str | None]) -> None:
    """Notes which columns of percentages hold plain fractions: 0.95 beside a 1 says that the 1 is the whole."""
    if not isinstance(sheet, TableSheet):
        return
    for k, column in enumerate(columns):
        unit = sheet.columns[column].copied_unit if column is not None else ""
        if unit not in PERCENT_UNITS or units[k] is not None:
            continue
        texts = {line[k] for line in lines if line[k]}
        if all(re.fullmatch(r"[01]?[.,]\d+|[01]", text) for text in texts) and not texts <= {"0", "1"}:
            values = {float(text.replace(",", ".")) for text in texts}
            if max(values) <= 1 and values - {0.0, 1.0}:
                units[k] = unit


def _fits(paste: Paste) -> Paste | Refusal:
    """The paste, unless it would make rows that cannot be."""
    sheet = paste.sheet
    new = [line for line in paste.lines if line.target is None and not line.blank]
    if not new or not isinstance(sheet, TableSheet):
        return paste
    if len(sheet.lines) + len(new) > MAX_ROWS:
        return Refusal(f"that would make {len(sheet.lines) + len(new):,} rows; {MAX_ROWS:,} is the most")
    given = {sheet.fields[c].name for c in paste.columns if c is not None}
    missing = [f.label for f in sheet.needed() if f.name not in given]
    if missing:
        rows = "a new row" if len(new) == 1 else f"{len(new)} new rows"
        return Refusal(f"that would add {rows}, and a row also needs: {', '.join(missing)}. "
                       "Give these columns too, with their headers, or add the rows first")  # fmt: skip
    return paste


class _Places:
    """Which line of the sheet each line of the clipboard goes to: by its id or name, else by its place."""

    def __init__(self, paste: Paste, shown: Sequence[int], rows: Sequence[int], placed: bool) -> None:
        self.sheet = paste.sheet
        self._pointed = [shown[row] for row in rows if row < len(shown)]
        self._columns = paste.columns
        keys = {} if placed else {column.key: k for k, column in enumerate(self.sheet.columns)}
        self._id, self._name, self._series = (self._place(keys.get(key)) for key in ("id", "name", "series"))
        self._named: dict[str, list[int]] = {}
        self._by_id: dict[str, int] = {}
        is_series = isinstance(self.sheet, SeriesSheet)
        for line in range(len(self.sheet.lines)) if keys else ():
            id = self.sheet.row_id(line)
            self._by_id[id] = line
            if self._name is not None:
                for name in {str(self.sheet.value(line, keys["name"])).strip().lower(), *([id] if is_series else [])}:
                    self._named.setdefault(name, []).append(line)

    def _place(self, column: int | None) -> int | None:
        return self._columns.index(column) if column is not None and column in self._columns else None

    def of(self, k: int, cells: list[str]) -> int | Refusal | None:
        """The line of the sheet for the line `k` of the clipboard; None for a new row."""
        if self._id is not None and cells[self._id]:
            return self._by_id.get(unguarded(cells[self._id]))
        if self._name is not None:
            return self._by_name(unguarded(cells[self._name]), cells)
        if self._id is not None:
            return None  # where others say which row they are of, one that says none is a new one
        if k < len(self._pointed):
            return self._pointed[k]
        return None if self.sheet.takes_rows else Refusal("lies past the last line")

    def _by_name(self, name: str, cells: list[str]) -> int | Refusal | None:
        found = self._named.get(name.strip().lower(), [])
        if self._series is not None and cells[self._series]:
            found = [line for line in found if self.sheet.value(line, 1).lower() == cells[self._series].lower()]
        elif not self.sheet.takes_rows and len(found) > 1 and self._pointed:
            pointed = self.sheet.lines[self._pointed[0]][1].name
            found = [line for line in found if self.sheet.lines[line][1].name == pointed]
        if len(found) == 1:
            return found[0]
        if found:
            return Refusal(f"{len(found)} rows are called {name[:40]}; give their ids too")
        if self.sheet.takes_rows:
            return None
        return Refusal(f"no line here is called {name[:40]}" if name else "says no name")


def _add_lines(
    paste: Paste,
    lines: list[list[str]],
    places: _Places,
    units: list[str | None],
    by_place: bool,
    told: Callable[[int], None],
) -> None:
    sheet = paste.sheet
    seen: dict[int, int] = {}
    ids = {sheet.row_id(line) for line in range(len(sheet.lines))}
    for k, texts in enumerate(lines):
        if k % TOLD_EVERY == 0:
            told(k)
        cells = [PastedCell(text) for text in texts]
        line = PastedLine(None, "", cells, blank=len(texts) > 1 and not any(texts))
        paste.lines.append(line)
        if line.blank:
            continue
        target = places.of(k, texts)
        lost = target.text if isinstance(target, Refusal) else ""
        line.target = None if isinstance(target, Refusal) else target
        line.name = "?" if lost else "new row" if line.target is None else sheet.name(line.target)
        if line.target is not None:
            if line.target in seen:
                there = paste.where(seen[line.target], 0)
                lost = f"goes to the same row as {there[:1].lower() if paste.file is None else there[:1]}{there[1:]}"
            seen[line.target] = k
        if lost:
            for cell, column in zip(cells, paste.columns, strict=True):
                cell.problem = lost if column is not None else NO_COLUMN
        elif isinstance(sheet, SeriesSheet):
            _read_series_line(paste, line, units)
        else:
            _read_line(paste, line, units, ids, by_place)


def _read_line(paste: Paste, line: PastedLine, units: list[str | None], ids: set[str], by_place: bool) -> None:
    sheet: TableSheet = paste.sheet
    beside: dict[str, Any] = {}
    # What some cells mean hangs on another field of the line: that field is read first.
    ranks = {name: rank for rank, name in enumerate(sheet.deciding)}
    names = ["" if column is None else sheet.fields[column].name for column in paste.columns]
    for k in sorted(range(len(line.cells)), key=lambda k: ranks.get(names[k], len(ranks))):
        cell, column = line.cells[k], paste.columns[k]
        if column is None:
            cell.problem = PAST_COLUMNS if paste.headers[k] == PAST_COLUMNS else NO_COLUMN
            continue
        declared: Field = sheet.fields[column]
        is_id = declared.kind == "identifier"
        if is_id and (by_place or (line.target is None and not cell.text)):
            # Rows keep their ids; the id of a new one is made of its name.
            cell.value = None if line.target is None else sheet.value(line.target, column)
            continue
        if not cell.text and line.target is None and not declared.required:
            cell.value = declared.default
            continue
        found = sheet.read_pasted(line.target, column, cell.text, units[k], beside)
        if isinstance(found, Refusal):
            cell.problem = found.text
        elif is_id and line.target is None and found in ids:
            cell.problem = f"{found} is the id of another row"
        else:
            cell.value = beside[declared.name] = found
            if is_id:
                ids.add(found)
    name, why = sheet.misfit(line.target, beside)
    if why and (wrong := next((cell for cell, own in zip(line.cells, names, strict=True) if own == name), None)):
        wrong.problem = wrong.problem or why


def _read_series_line(paste: Paste, line: PastedLine, units: list[str | None]) -> None:
    sheet: SeriesSheet = paste.sheet
    assert line.target is not None
    unit_place = paste.columns.index(2) if 2 in paste.columns else None
    stated = line.cells[unit_place].text if unit_place is not None else None
    values: dict[int, Any] = {}
    for k, (cell, column) in enumerate(zip(line.cells, paste.columns, strict=True)):
        if column is None:
            cell.problem = PAST_COLUMNS if paste.headers[k] == PAST_COLUMNS else NO_COLUMN
        elif column < len(KEYS) and len(paste.columns) > 1 and _names_line(sheet, line.target, column, cell.text):
            cell.value = sheet.value(line.target, column)
        elif column == 2 and stated:
            cell.value = sheet.value(line.target, column)  # the values of the line are read in this unit
        else:
            given = units[k] or stated or None
            unit = sheet.unit(line.target, column)
            given = unit if given == unit.replace("USD", sheet.context.currency) else given
            found = sheet.read_pasted(line.target, column, cell.text, given)
            if isinstance(found, Refusal):
                cell.problem = found.text
            else:
                cell.value = values[column - len(KEYS)] = found
    series = sheet.series_with(line.target, {t: v for t, v in values.items() if t >= 0})
    if isinstance(series, Refusal):
        for cell, column in zip(line.cells, paste.columns, strict=True):
            if column is not None and column >= len(KEYS) and not cell.problem:
                cell.problem = series.text


def _names_line(sheet: SeriesSheet, line: int, column: int, text: str) -> bool:
    known = {str(sheet.value(line, column)).lower(), sheet.copied(line, column).lower()}
    return text.lower() in (known | {sheet.row_id(line), ""} if column == 0 else known | {""})
