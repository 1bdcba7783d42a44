"""The cells of a file as lines of text that can be laid over a sheet, as the clipboard is."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from PySide6.QtCore import QLocale

from engine.exchange.csv_text import guarded
from engine.exchange.plan_cells import MISSING, CellError, from_cell
from engine.exchange.sheets import Cell, Mark, place
from engine.exchange.sheets import Sheet as FileSheet
from engine.fields import fields
from engine.schema import ROW_TYPES
from gui.quantities import Refusal
from gui.spreadsheet import number_text, split_header
from gui.tables.headers import header_columns
from gui.tables.sheets import Sheet, TableSheet

HEAD_WITHIN = 12
"""Lines among which the heads of the columns are looked for: above them may stand a title."""
NO_VALUE = "(a formula without a value)"
_NUMBERS = re.compile(r"[-+\u2212]?(?=[\d.,])[\d.,]+")
_NUMERIC = re.compile(r"[-+\u2212\d.,;%\s/]+(?:year)?")


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

    def place(self, line: int, cell: int) -> str:
        """The name of a cell, by its line under the heads: C7."""
        return place(self.first + 1 + line, self.columns[cell])


def lines_of(file: FileSheet, name: str, sheet: Sheet, person: QLocale) -> FileLines | Refusal:
    """The lines of a sheet of the file called `name` for a sheet of the plan, or why it has none."""
    locale = _locale_of(file, person)
    rows = [[_text(cell, locale) for cell in row] for row in file.rows]
    if not any(any(row) for row in rows):
        return Refusal(f"{name} holds no cells")
    first = next((k for k, row in enumerate(rows[:HEAD_WITHIN]) if _is_head(sheet, row)), None)
    if first is None:
        row = next(row for row in rows if any(row))
        known = ", ".join(column.label for column in sheet.columns[:4])
        said = ", ".join(filter(None, row[:4]))[:60]
        return Refusal(
            f"{name} names no columns of {sheet.title}: they are called {known} …, and it begins with {said}"
        )
    if any(int(end) > first + 1 for area in file.merged for end in re.findall(r"\d+", area)):
        area = next(a for a in file.merged if any(int(end) > first + 1 for end in re.findall(r"\d+", a)))
        return Refusal(f"{name}: the cells {area[:30]} are merged; unmerge them and give each its value")
    found = FileLines(name, [], first, [], locale=locale, hidden_rows=file.hidden_rows)
    width = max(map(len, rows[first:]))
    rows = [row + [""] * (width - len(row)) for row in rows[first:]]
    found.columns = [column for column in range(width) if any(row[column] for row in rows)]
    found.lines = [[row[column] for column in found.columns] for row in rows]
    _take_units(found, sheet)
    _note_wrong(found, file.rows[first + 1 :])
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
                    found.wrong.setdefault((line, min(there)), f"{spec.label} {error.text}")
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


def _locale_of(file: FileSheet, person: QLocale) -> QLocale:
    """Whose decimal sign the texts of a file have: as its numbers show, else as such files are written."""
    signs = {sign for row in file.rows for cell in row if isinstance(cell, str) for sign in _signs(cell)}
    if len(signs) == 1:
        wanted = signs.pop()
    else:
        wanted = person.decimalPoint() if file.separator in (";", "\t") else "."
    if person.decimalPoint() == wanted:
        return person
    return QLocale(QLocale.Language.German) if wanted == "," else QLocale.c()


def _signs(text: str) -> list[str]:
    """The decimal signs that the numbers of a text show without doubt: 1,5 and 1.234,5 but not 1,234."""
    if not _NUMERIC.fullmatch(text):
        return []
    found = []
    for number in _NUMBERS.findall(text):
        signs = [c for c in number if c in ".,"]
        grouped = re.fullmatch(r"[-+\u2212]?[1-9]\d{0,2}([.,])\d{3}", number)
        if signs and not grouped and signs.count(signs[-1]) == 1:
            found.append(signs[-1])
    return found
