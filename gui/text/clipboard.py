"""Cells from a spreadsheet and cells for one: their text, their numbers, their headers and periods."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from gigaplan.engine.plan.decode import MAX_ROWS
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.gui.text.months import Month, read_month
from gigaplan.gui.text.number_format import counted_plain, decimal_sign, plain
from gigaplan.gui.text.quantities import PERCENT_UNITS, NotRead, Quantity, read, show

if TYPE_CHECKING:
    from PySide6.QtCore import QLocale

LONGEST = 20_000_000
"""Characters; a table of the largest size with long texts has fewer."""
MOST_COLUMNS = 1000
MOST_CELLS = 2_000_000
"""Each takes some 300 bytes until it is looked at."""


def parsed(
    text: str, is_header: Callable[[list[str]], bool], one_cell_lists: bool = False
) -> list[list[str]] | NotRead:
    """The cells of a pasted text, by lines, all of one length.

    Tabs part cells; commas only where `is_header` knows the first line so parted, and semicolons also where
    every part is a number (unless the cell itself takes a list): 1,234 is one number, not two.
    """
    if len(text) > LONGEST:
        return NotRead(f"the clipboard holds {counted_plain(len(text), 'character')}: paste it in parts")
    if (cells := text.count("\t") + text.count("\n")) > MOST_CELLS:
        return NotRead(f"the clipboard holds {counted_plain(cells, 'cell')}: paste it in parts")
    text = text.removeprefix("\ufeff")
    if not text.strip("\r\n\t "):
        return NotRead("the clipboard holds no cells")
    lines = _split(text, "\t")
    if "\t" not in text:
        for sign in (";", ","):
            if sign in text:
                other = _split(text, sign)
                numbers = sign == ";" and not one_cell_lists and _all_numbers(other)
                if numbers or (len(other[0]) > 1 and is_header(other[0])):
                    lines = other
                    break
    while lines and not any(cell.strip() for cell in lines[-1]):
        lines.pop()
    if len(lines) > MAX_ROWS + 1:
        held = counted_plain(len(lines), "line")
        return NotRead(f"the clipboard holds {held}; a table has {plain(MAX_ROWS, 9)} at most")
    width = max(map(len, lines))
    if width > MOST_COLUMNS:
        return NotRead(f"the clipboard holds {counted_plain(width, 'column')}; {plain(MOST_COLUMNS, 9)} can be pasted")
    return [[cell.strip() for cell in line] + [""] * (width - len(line)) for line in lines]


def _split(text: str, sign: str) -> list[list[str]]:
    before = csv.field_size_limit(LONGEST)
    try:
        return [line or [""] for line in csv.reader(io.StringIO(text, newline=""), delimiter=sign)]
    except csv.Error:
        return [line.split(sign) for line in re.split("\r\n|\r|\n", text)]
    finally:
        csv.field_size_limit(before)


def _all_numbers(lines: list[list[str]]) -> bool:
    cells = [cell.strip() for line in lines for cell in line if cell.strip()]
    return len({len(line) for line in lines if line != [""]}) == 1 and all(
        re.match(r"[-+(\u2212]?\s*[$€£¥]?\s*[-\u2212]?[\d.,]", cell) for cell in cells
    )


def transposed(lines: list[list[str]]) -> list[list[str]]:
    """Rows as columns."""
    return [list(column) for column in zip(*lines, strict=True)]


def sheet_text(lines: Iterable[Sequence[object]], separator: str = "\t") -> str:
    """Lines of cells as text: for a sheet (tab), with the person's decimal sign, or for a CSV file (comma).

    Numbers keep every digit. Text that looks like a formula is guarded, unless it is `Written`.
    """
    from gigaplan.engine.exchange.csv import lines_of  # the window is shown before it is needed

    if separator == "\t":
        return lines_of(lines, separator, decimal_sign()).removesuffix("\n")
    return lines_of(lines, separator, ".")


def split_header(text: str) -> tuple[str, str]:
    """The label and the unit of a header: Facility power [MW], Facility power (MW), or no unit."""
    text = " ".join(text.split())
    if match := re.fullmatch(r"(.+?)\s*\[([^\[\]]*)\]", text) or re.fullmatch(r"(.+?)\s*\((.*)\)", text):
        return match[1], match[2].strip()
    return text, ""


def written_unit(unit: str, currency: str) -> str:
    """A unit as it stands in the header of copied cells; empty where a number says all."""
    return "" if unit == "ratio" else unit.replace("USD", currency)


def read_number(
    text: str, unit: str, locale: QLocale | None, currency: str, given_unit: str | None = None
) -> float | NotRead:
    """The number that a cell of a spreadsheet holds, in `unit`.

    `given_unit` is the unit that its header states: bare numbers are in it. None where nothing is stated.
    """
    comma = locale is not None and locale.decimalPoint() == ","
    if unit not in PERCENT_UNITS and given_unit in (None, unit) and re.fullmatch(r"-?\d{1,15}", text):
        return float(text)
    if text.startswith("#"):
        return NotRead(f"{text[:20]} is an error of the spreadsheet")
    if match := re.fullmatch(r"\(([^()]*)\)", text):
        text = f"-{match[1]}"  # how accountants write a negative amount
    if given_unit is not None and unit in PERCENT_UNITS and given_unit == unit:
        # The header says that bare numbers are fractions: 1 is the whole.
        found = read(text, "", locale=locale)
        if isinstance(found, Quantity):
            return found.value
    elif given_unit is None and unit in PERCENT_UNITS and is_bare(text):
        return _part(text, locale)
    elif given_unit and given_unit != unit and text[-1:].isdigit():
        text = f"{text} {given_unit}"
    elif not comma and unit not in PERCENT_UNITS and re.fullmatch(r"-?\d{1,15}\.\d{1,18}", text):
        return float(text)
    found = read(text, unit, locale=locale, currency=currency)
    return found if isinstance(found, NotRead) else found.value


def is_bare(text: str) -> bool:
    """Whether a text is a number without any unit or sign of percent."""
    return re.fullmatch(r"[-+\u2212]?\s*[\d.,\s]*\d[\d.,\s]*", text) is not None


def _part(text: str, locale: QLocale | None) -> float | NotRead:
    """A bare number of a spreadsheet, in a field of percentages: below 1 it is the fraction that such a cell holds."""
    found = read(text, "", locale=locale)
    if isinstance(found, NotRead) or abs(found.value) < 1:
        return found if isinstance(found, NotRead) else found.value
    small, large = (show(value, "fraction", locale) for value in (found.value / 100, found.value))
    return NotRead(f"{text.strip()} could be {small} or {large}: write {small} if that is meant")


def number_text(value: float, locale: QLocale | None = None) -> str:
    """A number without thousands, every digit of it, with the decimal sign of the locale."""
    text = repr(float(value)).removesuffix(".0")
    return text.replace(".", ",") if locale is not None and locale.decimalPoint() == "," else text


def period_named(text: str, time: Timeline, locale: QLocale | None) -> int | None:
    """The period that a text names: 2027 Q3, Q3 2027, 2027-07, Jul 2027; None where it names none of the plan's."""
    text = " ".join(text.split())
    if text in time.labels:
        return time.labels.index(text)
    found = read_month(text, locale=locale) if text else None
    if isinstance(found, Month) and found.value in time.dates:
        return time.dates.index(found.value)
    return None
