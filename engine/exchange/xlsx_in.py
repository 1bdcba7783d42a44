"""Cells out of an XLSX workbook. It may be hostile: this runs in a process of its own (`sandboxed_reader`).

The package, its list of sheets and its styles are read by openpyxl. The cells are read here, one at a time and without
regard to what a sheet says of its size: openpyxl would give neither merged cells nor formulas without a value, and it
changes some texts. Macros, links to other files and the formulas themselves are not looked at.
"""

from __future__ import annotations

import datetime
import math
import os
import re
import time
import warnings
from collections.abc import Callable, Iterator
from typing import IO, Any
from xml.etree.ElementTree import Element, iterparse

from gigaplan.engine.exchange.formulas import contradicted, worked_out
from gigaplan.engine.exchange.sheets import (
    LONGEST,
    MAX_CELLS,
    MAX_CHARACTERS,
    Book,
    Cell,
    Mark,
    RawSheet,
    check_fits,
    letters,
    number_of,
    numbers_of,
    place,
    refuse,
)
from gigaplan.engine.exchange.zip_guard import opened
from gigaplan.engine.plan.problems import PlanError, message_of, say

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_TOLD_EVERY = 0.1

Told = Callable[[int], None]
"""Takes the number of cells read so far."""


def read_xlsx(data: bytes, name: str, wanted: tuple[str, ...], told: Told) -> Book:
    """The sheets of a workbook whose names are among `wanted`; its only sheet where it has one alone.

    Raises PlanError with one problem.
    """
    archive = opened(data, name)
    warnings.simplefilter("ignore")  # openpyxl tells of parts that it leaves out
    try:
        return _Workbook(archive, told).book(wanted)
    except (PlanError, MemoryError):
        raise
    except Exception:  # a damaged part makes openpyxl fail in any way there is
        refuse(say("workbook_damaged"), path=name)


class _Workbook:
    """An opened workbook, and how much of it has been read."""

    def __init__(self, archive: Any, told: Told) -> None:
        # lxml would read encodings in which `zip_guard` sees no DOCTYPE.
        os.environ["OPENPYXL_LXML"] = "False"
        from openpyxl.reader.excel import ExcelReader
        from openpyxl.styles.stylesheet import apply_stylesheet

        self.reader = ExcelReader(archive.fp, read_only=True, data_only=True, keep_links=False)
        self.reader.read_manifest()
        self.reader.read_workbook()
        self.styles = self.reader.wb
        apply_stylesheet(self.reader.archive, self.styles)
        self.told, self.last_told = told, time.monotonic()
        self.cells = self.characters = 0
        self.texts: list[str] | None = None
        self.hidden_columns: list[tuple[int, int]] = []
        self.formulas: dict[tuple[int, int], str] = {}

    def book(self, wanted: tuple[str, ...]) -> Book:
        """The sheets that are wanted."""
        found = [(s, rel.target) for s, rel in self.reader.parser.find_sheets() if "worksheet" in rel.Type]
        parts = {s.name: target for s, target in found}
        unseen = {s.name: UNSEEN[s.state] for s, _ in found if s.state in UNSEEN}
        low = {name.casefold() for name in wanted}
        chosen = [name for name in parts if name.strip().casefold() in low]
        if not chosen and len(parts) == 1:
            chosen = list(parts)
        return Book(
            names=tuple(parts), sheets=tuple(self.sheet(name, parts[name], unseen.get(name, "")) for name in chosen)
        )

    def sheet(self, name: str, part: str, unseen: str = "") -> RawSheet:
        """The cells of one sheet."""
        rows: list[list[Cell]] = []
        merged: list[str] = []
        hidden = 0
        self.hidden_columns, self.formulas = [], {}
        with self.reader.archive.open(part) as source:
            for row, column, value, is_hidden in self._cells(source, name, merged):
                check_fits(name, row, column)
                while len(rows) <= row:
                    rows.append([])
                line = rows[row]
                if is_hidden and not line:
                    hidden += 1
                if column < len(line) and line[column] is not None:
                    refuse(say("cell_twice"), path=f"{name}!{place(row, column)}")
                line += [None] * (column + 1 - len(line))
                line[column] = value
        remarks = [unseen] if unseen else []
        remarks += [*_hidden_columns(self.hidden_columns, rows), *_contradictions(self.formulas, rows)]
        return RawSheet(name=name, rows=rows, merged=tuple(merged), hidden_rows=hidden, remarks=tuple(remarks))

    def _cells(self, source: IO[bytes], name: str, merged: list[str]) -> Iterator[tuple[int, int, Cell, bool]]:
        """Row, column, value and whether its row is hidden, of each cell that has a value."""
        row, column, hidden = -1, -1, False
        row_element = data = None
        within: list[str] = []  # what is not where a spreadsheet looks for it counts for nothing
        for event, element in iterparse(source, ("start", "end")):
            tag = _own(element)
            if event == "start":
                within.append(tag)
                if within == ROW:
                    row = int(number_of(element.get("r", str(row + 2)))) - 1
                    column, row_element = -1, element
                    hidden = element.get("hidden") in ("1", "true")
                elif within == ROW[:-1]:
                    data = element
                elif within == COLUMN and (element.get("hidden") in ("1", "true") or _is_nothing(element.get("width"))):
                    self.hidden_columns.append((_whole(element.get("min", "")) - 1, _whole(element.get("max", "")) - 1))
                continue
            place_in_file = within.copy()
            within.pop()
            if place_in_file == [*ROW, "c"]:
                column += 1
                if "r" in element.attrib:
                    found = numbers_of(element.attrib["r"])
                    if found is None:
                        refuse(say("cell_without_place"), path=name)
                    row, column = found
                value = self._value_at(element, name, row, column)
                if value is not None:
                    self._count(value, name, row, column)
                    yield row, column, value, hidden
                if row_element is not None:
                    row_element.clear()
            elif place_in_file == ROW and data is not None:
                data.clear()
            elif place_in_file == ["worksheet", "mergeCells", "mergeCell"] and len(merged) < MAX_CELLS:
                merged.append(element.get("ref", ""))

    def _count(self, value: Cell, name: str, row: int, column: int) -> None:
        self.cells += 1
        if isinstance(value, str):
            self.characters += len(value)
            if len(value) > LONGEST:
                refuse(say("cell_too_long", count=len(value), longest=LONGEST), path=f"{name}!{place(row, column)}")
        if self.cells > MAX_CELLS or self.characters > MAX_CHARACTERS:
            refuse(say("too_many_cells", max_cells=MAX_CELLS, max_characters=MAX_CHARACTERS), path=name)
        if self.cells % 256 == 0 and time.monotonic() - self.last_told > _TOLD_EVERY:
            self.last_told = time.monotonic()
            self.told(self.cells)

    def _value_at(self, element: Element, name: str, row: int, column: int) -> Cell:
        try:
            value, formula = self._value(element)
        except _Nonsense as error:
            refuse(message_of(error), path=f"{name}!{place(row, column)}")
        if formula is not None and value is not None and len(self.formulas) < MAX_CELLS:
            self.formulas[row, column] = formula
        return value

    def _value(self, element: Element) -> tuple[Cell, str | None]:
        """The value of a cell, and its formula: empty where it is given elsewhere, None where there is none."""
        kind = element.get("t", "n")
        if kind == "inlineStr":
            return _unescaped(_joined(element)) or None, None
        text = formula = None
        for child in element:
            tag = _own(child)
            text = child.text if tag == "v" else text
            if tag == "f":
                formula = "" if child.get("t", "normal") != "normal" else child.text or ""
        if not text:
            # A formula may well give an empty text; without a kind its value was never worked out.
            return Mark("formula") if formula is not None and kind != "str" else None, formula
        return self._given(text, kind, element.get("s", "0")), formula

    def _given(self, text: str, kind: str, style: str) -> Cell:
        if kind == "s":
            return _unescaped(self._shared(_whole(text))) or None
        if kind == "str":
            return _unescaped(text)
        if kind == "b":
            return text.strip() in ("1", "true")
        if kind == "e":
            return Mark("error", text[:20])
        if kind == "d":
            return _date(datetime.datetime.fromisoformat(text.strip().removesuffix("Z")))
        try:
            number = number_of(text)
        except ValueError as error:
            raise _Nonsense(say("cell_nonsense", cell=text, why=message_of(error))) from None
        return self._number(number, _whole(style))

    def _number(self, number: float, style: int) -> Cell:
        if style in self.styles._date_formats:
            from openpyxl.utils.datetime import from_excel

            is_span = style in self.styles._timedelta_formats
            try:
                return _date(from_excel(number, self.styles.epoch, timedelta=is_span))
            except (ValueError, OverflowError):
                return Mark("error", "an invalid date")
        if style and "%" in self._format(style) and math.isfinite(number):
            return Mark("percent", number=number)
        return number

    def _format(self, style: int) -> str:
        from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

        number = self.styles._cell_styles[style].numFmtId
        if number < BUILTIN_FORMATS_MAX_SIZE:
            return str(BUILTIN_FORMATS.get(number, ""))
        return str(self.styles._number_formats[number - BUILTIN_FORMATS_MAX_SIZE])

    def _shared(self, number: int) -> str:
        """One of the texts that the cells of a workbook share."""
        if self.texts is None:
            self.texts = []
            part = self.reader.package.find(_SHARED)
            if part is not None:
                with self.reader.archive.open(part.PartName[1:]) as source:
                    self.texts = list(_shared_texts(source))
        if number < 0:
            raise IndexError(number)
        return self.texts[number]


OURS = (
    "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}",
    "{http://purl.oclc.org/ooxml/spreadsheetml/main}",
)
"""The two names of the language of workbooks; what is in another no spreadsheet takes for a cell."""
ROW, COLUMN = ["worksheet", "sheetData", "row"], ["worksheet", "cols", "col"]
UNSEEN = {
    "hidden": "this sheet is hidden, and was read too",
    "veryHidden": "this sheet is hidden so that no menu shows it, and was read too",
}
MOST_TOLD = 5


class _Nonsense(Exception):
    """What a cell holds is no value."""


def _own(element: Element) -> str:
    """The name of an element of a workbook; empty for any other, and for what has no namespace."""
    space, _, name = element.tag.rpartition("}")
    return name if f"{space}}}" in OURS else ""


def _whole(text: str) -> int:
    """A number that counts something in a workbook. Raises ValueError."""
    if not re.fullmatch("[0-9]{1,9}", text):
        raise ValueError(text)
    return int(text)


def _is_nothing(width: str | None) -> bool:
    return width is not None and number_of(width) == 0


def _hidden_columns(ranges: list[tuple[int, int]], rows: list[list[Cell]]) -> Iterator[str]:
    """What to say of columns with values that a person does not see."""
    wide = max(map(len, rows), default=0)
    hidden = sorted({k for first, last in ranges for k in range(first, min(last + 1, wide))})
    hidden = [k for k in hidden if any(k < len(row) and row[k] is not None for row in rows)]
    if hidden:
        names = ", ".join(map(letters, hidden[:20])) + (" …" if len(hidden) > 20 else "")
        yield (
            f"column {names} is hidden, and was read too"
            if len(hidden) == 1
            else (f"columns {names} are hidden, and were read too")
        )


def _contradictions(formulas: dict[tuple[int, int], str], rows: list[list[Cell]]) -> Iterator[str]:
    """What to say of formulas whose saved values, which are what was read, are not what they give."""
    found, untold = [], 0
    for (row, column), formula in formulas.items():
        value = rows[row][column]
        gives = contradicted(formula, value, rows)
        if gives is not None:
            saved = value.number if isinstance(value, Mark) else value
            at = place(row, column)
            found.append(f"{at} gives {gives:.6g} (={formula[:60]}), and {saved:.6g} was saved and read")
        untold += gives is None and isinstance(value, float) and worked_out(formula, rows) is None
    yield from found[:MOST_TOLD]
    if len(found) > MOST_TOLD:
        yield f"{len(found) - MOST_TOLD} more formulas give another value than the one that was saved and read"
    if untold:
        what = "1 formula was" if untold == 1 else f"{untold} formulas were"
        yield f"{what} not worked out again: the values saved with them were read"


_SHARED = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"


def _shared_texts(source: IO[bytes]) -> Iterator[str]:
    root = None
    for event, element in iterparse(source, ("start", "end")):
        if event == "start":
            root = element if root is None else root
        elif _own(element) == "si" and root is not None:
            yield _joined(element)
            root.clear()


def _joined(element: Element) -> str:
    """The text of a cell that may be made of several pieces in different type; how it is spoken is no part of it."""
    pieces = []
    for child in element:
        tag = _own(child)
        if tag == "t":
            pieces.append(child.text or "")
        elif tag in ("is", "r"):
            pieces.append(_joined(child))
    return "".join(pieces)


def _unescaped(text: str) -> str:
    """Text with its `_x000D_` as the signs that they stand for; halves of surrogate pairs stay as they are written."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda m: m[0] if m[1][0] in "Dd" and m[1][1] in "89ABCDEFabcdef" else chr(int(m[1], 16)), text)


def _date(value: Any) -> Cell:
    if isinstance(value, datetime.datetime):
        at_midnight = value.time() == datetime.time()
        return Mark("date", value.date().isoformat() if at_midnight else value.isoformat(" ", "seconds"))
    return Mark("date", str(value))
