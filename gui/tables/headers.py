"""Which columns of a sheet the head of pasted lines names, and in which line that head stands."""

from __future__ import annotations

from collections.abc import Sequence

from gui.rows import NOUNS
from gui.spreadsheet import split_header
from gui.tables.series_sheet import SeriesSheet
from gui.tables.sheets import Sheet

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
