"""Sheets of cells, as spreadsheets keep them: what a cell can be, where it stands, and how much is too much."""

from __future__ import annotations

import math
import re
from typing import Literal, NoReturn

from msgspec import Struct

from gigaplan.engine.plan.decode import MAX_ROWS
from gigaplan.engine.plan.problems import Message, PlanError, Problem, say

MAX_BYTES = 50 * 2**20
"""The most that a file may have."""
MAX_LINES = MAX_ROWS + 100
"""The most lines of a sheet: a table with its headers, and some blank ones."""
MAX_COLUMNS = 1000
MAX_CELLS = 2_000_000
MAX_CHARACTERS = 50_000_000
"""Of all cells together."""
LONGEST = 1_000_000
"""Characters in one cell."""


class Mark(Struct, frozen=True):
    """A cell that is more than its value: a date, a percentage, an error, or a formula without a saved value."""

    kind: Literal["date", "percent", "error", "formula"]
    text: str = ""
    """The date as 2027-04-01, or with its time; the error as #REF!."""
    number: float = 0.0
    """The percentage as it is stored: 0.12 for 12 %."""


Value = None | bool | float | str
"""What a cell can be given; None leaves it empty."""
Cell = Value | Mark
"""What a cell may be found to hold."""


class RawSheet(Struct, frozen=True, kw_only=True):
    """The cells of one sheet, line by line from the first on; short lines end in empty cells."""

    name: str
    rows: list[list[Cell]]
    merged: tuple[str, ...] = ()
    """The areas of merged cells, such as C7:C9: their first cell alone has a value."""
    hidden_rows: int = 0
    """How many lines with values a person does not see; they are read like the others."""
    remarks: tuple[str, ...] = ()
    """What else a person may not see of it, each as it can stand after its name and a colon."""
    separator: str = ""
    """What parts the cells of a CSV file; empty for a workbook."""


class Book(Struct, frozen=True, kw_only=True):
    """A file of sheets: the names of all, and those that were read."""

    names: tuple[str, ...]
    sheets: tuple[RawSheet, ...]

    def sheet(self, name: str) -> RawSheet | None:
        """The sheet of that name, whatever its capitals; None where it was not read."""
        return next((s for s in self.sheets if s.name.strip().casefold() == name.casefold()), None)


class UnknownEncoding(PlanError):
    """A text whose encoding a person must name."""


def refuse(message: Message, path: str = "") -> NoReturn:
    """Raises PlanError with this one problem."""
    raise PlanError((Problem(severity="error", path=path, message=message),))


_NUMBER = re.compile(r"([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:[eE][-+]?[0-9]+)?")


def number_of(text: str) -> float:
    """The number that a text is, by the grammar of spreadsheets alone. Raises ValueError with a message."""
    found = _NUMBER.fullmatch(text.strip(" \t\r\n"))
    if found is None:
        raise ValueError(say("not_a_number"))
    value = float(found[0])
    if value == 0 and re.search("[1-9]", found[1]):
        raise ValueError(say("number_too_near_0"))
    if abs(value) == math.inf:
        raise ValueError(say("number_beyond_kept"))
    return value


def letters(column: int) -> str:
    """The name of a column, counted from 0: A, Z, AA."""
    name = ""
    column += 1
    while column > 0:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def place(row: int, column: int) -> str:
    """The name of a cell, both counted from 0: C7."""
    return f"{letters(column)}{row + 1}"


_PLACE = re.compile(r"([A-Z]{1,7})([0-9]{1,9})")


def numbers_of(name: str) -> tuple[int, int] | None:
    """Row and column, both from 0, of a cell called so; None where no cell can be."""
    found = _PLACE.fullmatch(name)
    if found is None:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


def check_fits(sheet: str, row: int, column: int) -> None:
    """Refuses a cell that lies beyond any table."""
    if row >= MAX_LINES:
        refuse(say("below_last_line", max_lines=MAX_LINES), path=f"{sheet}!{place(row, column)}")
    if column >= MAX_COLUMNS:
        refuse(say("past_last_column", column=letters(MAX_COLUMNS - 1)), path=f"{sheet}!{place(row, column)}")
