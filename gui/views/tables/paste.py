"""What a paste would do: each cell of the clipboard, or of a file, with its place, its value, or why it has none."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from PySide6.QtCore import QLocale

from gigaplan.engine.exchange import number_forms
from gigaplan.engine.exchange.csv import guarded, unguarded
from gigaplan.engine.exchange.plan_cells import MISSING, CellError, from_cell
from gigaplan.engine.exchange.sheets import Cell, Mark, RawSheet, place
from gigaplan.engine.plan.decode import MAX_ROWS
from gigaplan.engine.plan.fields import Field, fields
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import ROW_TYPES
from gigaplan.engine.validation.against_catalogue import new_slips
from gigaplan.gui.document.row_edits import NOUNS
from gigaplan.gui.text.clipboard import is_bare, number_text, split_header, transposed
from gigaplan.gui.text.number_format import counted_plain, plain
from gigaplan.gui.text.quantities import PERCENT_UNITS, NotRead
from gigaplan.gui.views.tables.series_sheet import KEYS, SeriesSheet
from gigaplan.gui.views.tables.sheets import Sheet, TableSheet

# The cells of a file as lines of text that can be laid over a sheet, as the clipboard is.


HEAD_WITHIN = 12
"""Lines among which the heads of the columns are looked for: above them may stand a title."""
NO_VALUE = "(a formula without a value)"


@dataclass
class FileLines:
    """Lines of text with their heads first, and where in the file each of their cells stands."""

    name: str
    lines: list[list[str]]
    first: int
    """The line of the file that the heads stand in, from 0."""
    columns: list[int]
    """The column of the file that each cell of a line stands in."""
    wrong: dict[tuple[int, int], str] = field(default_factory=dict)
    """(line under the heads, place in it) -> why the cell has no value."""
    locale: QLocale | None = None
    """Whose decimal sign its texts have."""
    hidden_rows: int = 0
    remarks: tuple[str, ...] = ()
    """What a person may not see of the sheet of the file."""

    def place(self, line: int, cell: int) -> str:
        """The name of a cell, by its line under the heads: C7."""
        return place(self.first + 1 + line, self.columns[cell])


def lines_of(file: RawSheet, name: str, sheet: Sheet, person: QLocale) -> FileLines | NotRead:
    """The lines of a sheet of the file called `name` for a sheet of the plan, or why it has none."""
    locale = _locale_of(file, person)
    rows = [[_text(cell, locale) for cell in row] for row in file.rows]
    if not any(any(row) for row in rows):
        return NotRead(f"{name} holds no cells")
    first = next((k for k, row in enumerate(rows[:HEAD_WITHIN]) if _is_head(sheet, row)), None)
    if first is None:
        row = next(row for row in rows if any(row))
        known = ", ".join(column.label for column in sheet.columns[:4])
        said = ", ".join(filter(None, row[:4]))[:60]
        return NotRead(
            f"{name} names no columns of {sheet.title}: they are called {known} …, and it begins with {said}"
        )
    if any(int(end) > first + 1 for area in file.merged for end in re.findall(r"\d+", area)):
        area = next(a for a in file.merged if any(int(end) > first + 1 for end in re.findall(r"\d+", a)))
        return NotRead(f"{name}: the cells {area[:30]} are merged; unmerge them and give each its value")
    found = FileLines(name, [], first, [], locale=locale, hidden_rows=file.hidden_rows, remarks=file.remarks)
    width = max(map(len, rows[first:]))
    rows = [row + [""] * (width - len(row)) for row in rows[first:]]
    found.columns = [column for column in range(width) if any(row[column] for row in rows)]
    found.lines = [[row[column] for column in found.columns] for row in rows]
    _take_units(found, sheet)
    _note_wrong(found, file.rows[first + 1 :])
    if file.separator in (";", "\t"):
        _note_two_readings(found, sheet)
    if isinstance(sheet, TableSheet):
        _fold(found, sheet.table, file.rows[first + 1 :])
    return found


def _text(cell: Cell, locale: QLocale) -> str:
    if isinstance(cell, Mark):
        if cell.kind == "percent":
            return f"{number_text(float(Decimal(repr(cell.number)).scaleb(2)), locale)}%"
        if cell.kind == "date":
            return cell.text[:7] if re.fullmatch(r"\d{4}-\d\d-01", cell.text) else cell.text
        return cell.text or NO_VALUE
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return number_text(cell, locale)
    return guarded(cell.strip()) if isinstance(cell, str) else ""


def _is_head(sheet: Sheet, row: list[str]) -> bool:
    columns = header_columns(sheet, row)
    return columns is not None and (len([text for text in row if text]) == 1 or sum(c is not None for c in columns) > 1)


def _take_units(found: FileLines, sheet: Sheet) -> None:
    """Puts the units of a line of units behind the heads: they stand under columns that have one, and nowhere else."""
    if len(found.lines) < 2:
        return
    columns = header_columns(sheet, found.lines[0]) or []
    pairs = [(k, text) for k, text in enumerate(found.lines[1]) if text]
    with_unit = {k for k, c in enumerate(columns) if c is not None and sheet.columns[c].copied_unit}
    may = with_unit | {k for k, c in enumerate(columns) if c is None or sheet.columns[c].unit == "×"}
    if not pairs or any(k not in may or re.search(r"^\W*\d", text) for k, text in pairs):
        return
    for k, text in pairs:
        if k in with_unit and not split_header(found.lines[0][k])[1]:
            found.lines[0][k] += f" [{text}]"
    found.lines[1] = [""] * len(found.columns)


def _note_two_readings(found: FileLines, sheet: Sheet) -> None:
    """Says of each number that can be read in two ways that it can, where nothing in its column or file tells."""
    columns = header_columns(sheet, found.lines[0]) or []
    if any(number_forms.signs(text) for line in found.lines[1:] for text in line):
        return
    for k, column in enumerate(columns):
        if column is None or not sheet.columns[column].numeric:
            continue
        for line, row in enumerate(found.lines[1:]):
            if number_forms.has_two_readings(row[k]):
                found.wrong[line, k] = f"{row[k]} can be read as {number_forms.readings(row[k])}; write one of them"


def _note_wrong(found: FileLines, rows: Sequence[Sequence[Cell]]) -> None:
    for line, row in enumerate(rows):
        for k, column in enumerate(found.columns):
            cell = row[column] if column < len(row) else None
            if isinstance(cell, Mark) and cell.kind == "error":
                found.wrong[line, k] = f"is an error of the spreadsheet ({cell.text})"
            elif isinstance(cell, Mark) and cell.kind == "formula":
                found.wrong[line, k] = (
                    "is a formula whose value was not saved: open the file in a spreadsheet and save it"
                )


def _fold(found: FileLines, table: str, rows: Sequence[Sequence[Cell]]) -> None:
    """Puts the columns of a row within the row, such as inference.context_tokens, together into one."""
    for outer in fields(ROW_TYPES[table]):
        if outer.kind != "row":
            continue
        inner = {f"{outer.name}.{f.name}": f for f in fields(outer.row_type)}
        there = {k: inner[head] for k, head in enumerate(split_header(h)[0] for h in found.lines[0]) if head in inner}
        if not there:
            continue
        folded = [outer.name]
        for line, row in enumerate(rows):
            values = {}
            for k, spec in there.items() if any(found.lines[line + 1]) else ():
                cell = row[found.columns[k]] if found.columns[k] < len(row) else None
                try:
                    value = from_cell(spec, cell)
                except CellError as error:
                    found.wrong.setdefault((line, min(there)), f"{spec.label} {error}")
                    value = None
                if value is not None and value is not MISSING:
                    values[spec.name] = value
            folded.append(json.dumps(values) if values else "")
        kept = [k for k in range(len(found.columns)) if k not in there or k == min(there)]
        for text, cells in zip(folded, found.lines, strict=True):
            cells[min(there)] = text
            cells[:] = [cells[k] for k in kept]
        found.wrong = {(line, kept.index(k)): why for (line, k), why in found.wrong.items() if k in kept}
        found.columns = [found.columns[k] for k in kept]


def _locale_of(file: RawSheet, person: QLocale) -> QLocale:
    """Whose decimal sign the texts of a file have: as its numbers show, else as such files are written."""
    signs = {sign for row in file.rows for cell in row if isinstance(cell, str) for sign in number_forms.signs(cell)}
    if len(signs) == 1:
        wanted = signs.pop()
    else:
        wanted = person.decimalPoint() if file.separator in (";", "\t") else "."
    if person.decimalPoint() == wanted:
        return person
    return QLocale(QLocale.Language.German) if wanted == "," else QLocale.c()


# Which columns of a sheet the head of pasted lines names, and in which line that head stands.


MOST_TITLES = 5
"""Lines above the head that are looked over: blank ones, and those with a title alone."""


def header_columns(sheet: Sheet, cells: Sequence[str]) -> list[int | None] | None:
    """The column that each cell of a header names; None where the line is no header."""
    columns = _named(sheet, cells)
    return columns if columns is not None and not _twice(columns) else None


def named_twice(sheet: Sheet, cells: Sequence[str]) -> str:
    """The label of a column that two cells of a header name; empty where there is none, or the line is no header."""
    columns = _named(sheet, cells)
    several = [column for column in columns or () if column is not None]
    # One name alone could be that of a thing: it takes two columns to tell that it is a header.
    twice = _twice(several) if len(set(several)) > 1 else None
    return "" if twice is None else sheet.columns[twice].label


def below_titles(sheet: Sheet, lines: list[list[str]]) -> list[list[str]]:
    """The lines from their header on, where only titles and blank lines stand above it; else all of them."""
    for k, line in enumerate(lines[:MOST_TITLES]):
        columns = header_columns(sheet, line)
        if columns is not None and (k == 0 or sum(column is not None for column in columns) > 1):
            return lines[k:]
        if sum(bool(cell.strip()) for cell in line) > 1:
            break
    return lines


def _named(sheet: Sheet, cells: Sequence[str]) -> list[int | None] | None:
    columns = [_column_named(sheet, cell) for cell in cells]
    if isinstance(sheet, SeriesSheet) and columns[0] is None and len(columns) > 1 and columns[1] is not None:
        columns[0] = 0  # the corner above the names and left of the periods, whatever it is called
    found = [column for column in columns if column is not None]
    given = sum(bool(cell.strip()) for cell in cells)
    return columns if found and 2 * len(found) >= given else None


def _twice(columns: Sequence[int | None]) -> int | None:
    """The first column that is named a second time."""
    seen: set[int] = set()
    for column in columns:
        if column in seen:
            return column
        if column is not None:
            seen.add(column)
    return None


def _column_named(sheet: Sheet, text: str) -> int | None:
    whole = " ".join(text.split()).lower()
    if isinstance(sheet, SeriesSheet) and (period := sheet.period_column(text)) is not None:
        return period
    label = split_header(text)[0].lower()
    labels = [column.label.lower() for column in sheet.columns]
    keys = [column.key for column in sheet.columns]
    for wanted, known in ((whole, labels), (label, labels), (whole, keys), (label, keys)):
        if wanted and wanted in known:
            return known.index(wanted)
    return keys.index("name") if "name" in keys and whole == NOUNS[sheet.table] else None


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
    turned: bool = False
    """Whether its lines were columns: it must be asked whether that is meant."""

    @cached_property
    def doubts(self) -> list[str]:
        """What looks like a slip of unit in the cells, such as the price of a whole server: to be asked about."""
        plan = self.plan
        if isinstance(plan, NotRead) or self.sheet.table not in ("offers", "platforms", "workloads"):
            return []
        return [f"{p.field.replace('_', ' ')} of {p.row} {p.text}. {p.remedy}"
                for p in new_slips(self.sheet.context.plan, plan)]  # fmt: skip

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
    def plan(self) -> Plan | NotRead:
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
        made: Plan = self.sheet.with_rows(changes, self.sheet.new_rows(list(new.values())))
        return made

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
) -> Paste | NotRead:
    """The clipboard, or a file, laid over a sheet, from the anchor on, or by headers where it has them.

    With `by_place` headers tell only the units: cells that were copied here go where the person points.
    `told` hears how many lines are laid, and may raise to stop.
    """
    lines = below_titles(sheet, lines)
    columns = header_columns(sheet, lines[0])
    if columns is None and (label := named_twice(sheet, lines[0])):
        return NotRead(f"two columns are called {label}: leave one of them out")
    first = [line[0] for line in lines]
    turns = isinstance(sheet, SeriesSheet) or (file is None and len(lines[0]) > 1)
    turned = columns is None and turns and len(lines) > 1 and header_columns(sheet, first) is not None
    if turned:
        lines = transposed(lines)  # periods, or fields, that run down
        columns = header_columns(sheet, lines[0])
    units: list[str | None] = [None] * len(lines[0])
    headers = lines[0]
    if columns is not None:
        units = [split_header(cell)[1] or None for cell in headers]
        lines = lines[1:]
        if not lines:
            return NotRead("there are headers alone: give them with the cells beneath")
    rows: Sequence[int] = range(at.rows[0], at.rows[0] + len(lines))
    placed = columns is None or by_place
    if placed or columns is None:
        rows, places = at.spread(len(lines), len(units))
        lines = [line * (len(places) // len(units)) for line in lines] * (len(rows) // len(lines))
        units = units * (len(places) // len(units))
        columns = [place if place < len(sheet.columns) else None for place in places]
        headers = [sheet.columns[c].copied_header if c is not None else PAST_COLUMNS for c in columns]
    if file is None:
        lines = _in_one_form(sheet, lines)
    _know_fractions(sheet, columns, lines, units)
    paste = Paste(sheet, columns, [header or "(no header)" for header in headers], file=file, turned=turned)
    _add_lines(paste, lines, _Places(paste, at.shown, rows, placed), units, by_place, told)
    return _fits(paste)


def _in_one_form(sheet: Sheet, lines: list[list[str]]) -> list[list[str]]:
    """The lines with the numbers of each column in the person's form, where the column shows that it has points:
    beside 1.25, a 1.125 is no 1125. Where a point is the person's own sign, a comma is asked about cell by cell."""
    own, locale = ",", sheet.context.locale
    if locale is None or locale.decimalPoint() != own:
        return lines
    made = [list(line) for line in lines]
    for k in range(len(lines[0])):
        sign = number_forms.decimal_sign(line[k].strip() for line in lines)
        if not sign or sign == own:
            continue
        for line in made:
            if not line[k].strip().endswith("%") and (found := number_forms.plain(line[k], sign)) is not None:
                line[k] = found.replace(".", own)
    return made


def _know_fractions(sheet: Sheet, columns: list[int | None], lines: list[list[str]], units: list[str | None]) -> None:
    """Notes which columns of percentages hold plain fractions: 0.95 beside a 1 says that the 1 is the whole."""
    if not isinstance(sheet, TableSheet):
        return
    for k, column in enumerate(columns):
        unit = sheet.columns[column].copied_unit if column is not None else ""
        if unit not in PERCENT_UNITS or units[k] is not None:
            continue
        texts = {line[k].strip() for line in lines if line[k].strip()}
        if (
            texts
            and all(map(is_bare, texts))
            and any(re.fullmatch(r"\d{2,3}([.,]\d+)?|[2-9]([.,]\d+)?", t) for t in texts)
        ):
            units[k] = "%"  # 60 beside 0.5: all of them are percentages
            continue
        if all(re.fullmatch(r"[01]?[.,]\d+|[01]", text) for text in texts) and not texts <= {"0", "1"}:
            values = {float(text.replace(",", ".")) for text in texts}
            if max(values) <= 1 and values - {0.0, 1.0}:
                units[k] = unit


def _fits(paste: Paste) -> Paste | NotRead:
    """The paste, unless it would make rows that cannot be."""
    sheet = paste.sheet
    new = [line for line in paste.lines if line.target is None and not line.blank]
    if not new or not isinstance(sheet, TableSheet):
        return paste
    if len(sheet.lines) + len(new) > MAX_ROWS:
        rows = counted_plain(len(sheet.lines) + len(new), "row")
        return NotRead(f"that would make {rows}; {plain(MAX_ROWS, 9)} is the most")
    given = {sheet.fields[c].name for c in paste.columns if c is not None}
    missing = [f.label for f in sheet.needed() if f.name not in given]
    if missing:
        rows = "a new row" if len(new) == 1 else f"{len(new)} new rows"
        return NotRead(f"that would add {rows}, and a row also needs: {', '.join(missing)}. "
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

    def of(self, k: int, cells: list[str]) -> int | NotRead | None:
        """The line of the sheet for the line `k` of the clipboard; None for a new row."""
        if self._id is not None and cells[self._id]:
            return self._by_id.get(unguarded(cells[self._id]))
        if self._name is not None:
            return self._by_name(unguarded(cells[self._name]), cells)
        if self._id is not None:
            return None  # where others say which row they are of, one that says none is a new one
        if k < len(self._pointed):
            return self._pointed[k]
        return None if self.sheet.takes_rows else NotRead("lies past the last line")

    def _by_name(self, name: str, cells: list[str]) -> int | NotRead | None:
        found = self._named.get(name.strip().lower(), [])
        if self._series is not None and cells[self._series]:
            found = [line for line in found if self.sheet.value(line, 1).lower() == cells[self._series].lower()]
        elif not self.sheet.takes_rows and len(found) > 1 and self._pointed:
            pointed = self.sheet.lines[self._pointed[0]][1].name
            found = [line for line in found if self.sheet.lines[line][1].name == pointed]
        if len(found) == 1:
            return found[0]
        if found:
            return NotRead(f"{len(found)} rows are called {name[:40]}; give their ids too")
        if self.sheet.takes_rows:
            return None
        return NotRead(f"no line here is called {name[:40]}" if name else "says no name")


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
        lost = target.text if isinstance(target, NotRead) else ""
        line.target = None if isinstance(target, NotRead) else target
        line.name = "?" if lost else "new row" if line.target is None else sheet.name(line.target)
        if line.target is not None:
            if line.target in seen:
                there = paste.where(seen[line.target], 0)
                lost = f"is for the same row as {there[:1].lower() if paste.file is None else there[:1]}{there[1:]}"
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
        if isinstance(found, NotRead):
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
            if isinstance(found, NotRead):
                cell.problem = found.text
            else:
                cell.value = values[column - len(KEYS)] = found
    series = sheet.series_with(line.target, {t: v for t, v in values.items() if t >= 0})
    if isinstance(series, NotRead):
        for cell, column in zip(line.cells, paste.columns, strict=True):
            if column is not None and column >= len(KEYS) and not cell.problem:
                cell.problem = series.text


def _names_line(sheet: SeriesSheet, line: int, column: int, text: str) -> bool:
    known = {str(sheet.value(line, column)).lower(), sheet.copied(line, column).lower()}
    return text.lower() in (known | {sheet.row_id(line), ""} if column == 0 else known | {""})
