"""Pages of cells as an XLSX workbook: every number with all its digits, no text a formula, nothing to retouch."""

from __future__ import annotations

import contextlib
import io
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gigaplan.engine.exchange.csv import looks_like_a_formula
from gigaplan.engine.exchange.sheets import Value, letters, place, refuse
from gigaplan.engine.plan.problems import say

if TYPE_CHECKING:
    from openpyxl.cell import WriteOnlyCell

MAX_TEXT = 32_767
"""Characters that a cell of a workbook can hold."""
NARROWEST, WIDEST = 9, 60
SAMPLE = 200
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_FRACTIONS = ("fraction", "fraction/year", "/year")

Told = Callable[[int], None]


@dataclass(frozen=True)
class ShownFigure:
    """A cell that looks otherwise than its column: a title, a bold name, a figure of another unit."""

    value: Value
    unit: str = ""
    style: str = ""
    """title, head or muted; empty for plain text."""


@dataclass(frozen=True)
class BookPage:
    """One sheet: lines of heads, which stay in view, and the lines beneath."""

    name: str
    heads: Sequence[Sequence[Value]]
    rows: Iterable[Sequence[Value | ShownFigure]]
    units: Sequence[str] = ()
    """Of the numbers of each column: they decide how its figures are shown."""
    frozen: int = 0
    """How many columns stay in view."""
    filtered: bool = False
    """Whether its last line of heads has buttons to filter by."""
    widths: dict[int, float] = field(default_factory=dict)
    """Of columns that are to be otherwise than their content asks for, in characters."""


def to_xlsx(pages: Iterable[BookPage], told: Told = lambda cells: None) -> bytes:
    """A workbook of these pages. `told` hears how many cells are written, and may raise to stop.

    Raises PlanError for a text that is too long for a cell of a workbook, naming the cell.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    writer = _Writer(told)
    out = io.BytesIO()
    try:
        for page in pages:
            writer.write(book, page)
        book.save(out)
    except BaseException:
        _discard(book)
        raise
    return out.getvalue()


def _discard(book: Any) -> None:
    """Takes away the temporary files of sheets that are not finished: openpyxl keeps them until the program ends."""
    for sheet in book.worksheets:
        with contextlib.suppress(Exception):
            sheet.close()
        with contextlib.suppress(Exception):
            sheet._writer.cleanup()


def number_format(unit: str, value: float) -> str:
    """How a workbook shows a figure: percentages, thousands apart, and no more digits than say something."""
    if unit in _FRACTIONS:
        return "0.0%" if abs(round(value, 3) - value) < 1e-9 else "0.00%"
    if value == int(value):
        return "#,##0" if abs(value) < 1e15 else "General"
    if abs(value) >= 1000:
        return "#,##0"
    return "#,##0.00##" if abs(value) >= 1 else "0.0###" if abs(value) >= 1e-3 else "General"


class _Writer:
    """Writes pages, one after another, and counts their cells."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self.cells = 0
        self._styles: dict[tuple[str, str], Any] = {}

    def write(self, book: Any, page: BookPage) -> None:
        """Adds a page to a workbook."""
        sheet = book.create_sheet(page.name)
        rows = iter(page.rows)
        sample = [row for _, row in zip(range(SAMPLE), rows, strict=False)]
        for column, width in enumerate(_widths(page, sample)):
            sheet.column_dimensions[letters(column)].width = width
        sheet.freeze_panes = place(len(page.heads), page.frozen)
        sheet.sheet_view.showGridLines = bool(page.heads)
        sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        for number, head in enumerate(page.heads):
            style = "head" if number == 0 else "muted"
            sheet.append(
                [self._cell(sheet, ShownFigure(text, style=style), "", number, c) for c, text in enumerate(head)]
            )
        units = page.units
        line = len(page.heads)
        for part in (sample, rows):
            for row in part:
                cells = [
                    None if value is None else self._cell(sheet, value, units[c] if c < len(units) else "", line, c)
                    for c, value in enumerate(row)
                ]
                sheet.append(cells)
                line += 1
                self.cells += len(cells)
                self.told(self.cells)
        if page.filtered and page.heads:
            last = max(len(page.heads[-1]), 1) - 1
            sheet.auto_filter.ref = f"{place(len(page.heads) - 1, 0)}:{place(line - 1, last)}"

    def _cell(self, sheet: Any, value: Value | ShownFigure, unit: str, row: int, column: int) -> WriteOnlyCell | None:
        from openpyxl.cell import WriteOnlyCell

        style = ""
        if isinstance(value, ShownFigure):
            unit, style = value.unit, value.style
            value = value.value
        value = "no limit" if value == math.inf else value  # what is left of a limit where there is none
        value = None if value == "" else value  # an empty text would be a cell of text without one
        if value is None and not style:
            return None
        cell = WriteOnlyCell(sheet)
        form = ""
        if isinstance(value, str):
            if len(value) > MAX_TEXT:
                text = say("cell_beyond_workbook", count=len(value), max_text=MAX_TEXT)
                refuse(text, path=f"{sheet.title}!{place(row, column)}")
            form = "text" if looks_like_a_formula(value) else ""
            cell.value, cell.data_type = _escaped(value), "s"
        elif isinstance(value, bool):
            cell.value = value
        elif value is not None:
            form = number_format(unit, value)
            # As text, since openpyxl would round a number to 16 digits.
            cell.value, cell.data_type = repr(float(value)).removesuffix(".0"), "n"
        if style or form:
            cell._style = self._style(cell, style, form)
        return cell

    def _style(self, cell: WriteOnlyCell, style: str, form: str) -> Any:
        """What a cell looks like, made once for all cells that look like it."""
        from openpyxl.styles import Border, Font, PatternFill, Side

        if (style, form) not in self._styles:
            if style == "title":
                cell.font = Font(bold=True, size=16)
            elif style == "head":
                cell.font = Font(bold=True)
                cell.fill = PatternFill("solid", fgColor="E9ECF1")
                cell.border = Border(bottom=Side("thin", color="5D6779"))
            elif style == "muted":
                cell.font = Font(italic=True, color="5D6779")
            if form == "text":
                cell.quotePrefix = True  # a spreadsheet keeps it a text also when a person edits it
            elif form:
                cell.number_format = form
            self._styles[style, form] = cell._style
        return self._styles[style, form]


def _escaped(text: str) -> str:
    """Text with the signs that XML cannot hold, or would change, as `_x000D_`, and what looks so already too."""
    return _ESCAPED.sub(lambda m: f"_x{ord(m[0]):04X}_", text)


def _widths(page: BookPage, sample: Sequence[Sequence[Value | ShownFigure]]) -> list[float]:
    """The width of each column, in characters, for its head and the first of its cells."""
    count = max((len(row) for row in (*page.heads, *sample)), default=0)
    widths: list[float] = [NARROWEST] * count
    for row in (*page.heads, *sample):
        for column, value in enumerate(row):
            if isinstance(value, ShownFigure):
                value = None if value.style == "title" else value.value
            if value is not None:
                widths[column] = max(widths[column], min(WIDEST, _length(value) + 2))
    return [page.widths.get(column, width) for column, width in enumerate(widths)]


def _length(value: Value) -> int:
    if isinstance(value, str):
        return max(map(len, value.split("\n")))
    return len(f"{value:,.2f}") if isinstance(value, float) else len(str(value))
