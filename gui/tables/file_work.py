"""Tables from files and into files: the work itself, done in a thread, told of by `told` and stopped by what it raises.

What is read goes through the same preview as what is pasted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QLocale

from engine.bounds import NUMERIC
from engine.exchange.csv_text import to_csv, unguarded
from engine.exchange.reading import Progress, Read, ReadJob, Refused
from engine.exchange.sheets import Sheet as FileSheet
from engine.exchange.sheets import Value
from engine.exchange.xlsx_out import Page, to_xlsx
from engine.problems import PlanError
from engine.storage.replace import SaveError, put_file
from gui.numbers import plain
from gui.quantities import Refusal
from gui.tables.cells import Context
from gui.tables.file_lines import FileLines, lines_of
from gui.tables.headers import header_columns
from gui.tables.paste import Anchor, Paste, laid_over
from gui.tables.series_sheet import SeriesSheet
from gui.tables.sheets import Sheet, TableSheet
from gui.task import Told

POLL = 0.05
ENCODINGS = {
    "cp1252": "Western Europe, America (Windows)",
    "cp1250": "Central Europe (Windows)",
    "cp1251": "Cyrillic (Windows)",
    "mac_roman": "Western Europe, America (Mac)",
    "cp932": "Japanese (Shift-JIS)",
    "gb18030": "Chinese (GB 18030)",
    "big5": "Chinese, traditional (Big5)",
    "cp949": "Korean",
    "utf-16": "UTF-16",
}
"""Of CSV files that are no UTF-8, as spreadsheets write them."""


@dataclass(frozen=True)
class Question:
    """What a person must say before a file can be read on."""

    text: str
    choices: tuple[tuple[str, str], ...]
    """(value, how it reads)."""
    about: str
    """What is asked for: `sheet` or `encoding`."""


@dataclass(frozen=True)
class Source:
    """A file to read from, and what a person said of it."""

    path: Path
    sheet: str = ""
    encoding: str = ""


def read_file(source: Source, sheet: Sheet, told: Told) -> Paste | Refusal | Question:
    """The rows of a file laid over a sheet of the plan; or what must be asked first; or why there are none."""
    name = source.path.name
    found = _from_process(source, sheet, told)
    if not isinstance(found, FileSheet):
        return found
    lines = lines_of(found, name, sheet, sheet.context.locale or QLocale())
    if isinstance(lines, Refusal):
        return lines
    context = Context(sheet.context.plan, lines.locale)
    laid: Sheet = type(sheet)(context, sheet.table)  # type: ignore[call-arg]
    if why := _why_no_rows_can_be_found(laid, lines):
        return Refusal(why)
    count = len(lines.lines)

    def laid_so_far(line: int) -> None:
        told(f"{name}: {plain(line, 9)} of {plain(count, 9)} lines compared")

    at = Anchor(range(len(laid.lines)))
    paste = laid_over(laid, lines.lines, at, file=lines, told=laid_so_far)
    if isinstance(paste, Paste):
        for (line, cell), why in lines.wrong.items():
            if line < len(paste.lines) and paste.columns[cell] is not None:
                paste.lines[line].cells[cell].problem = why
        _ = paste.bad, paste.cells, paste.new_rows, paste.plan  # here, and not where the window waits for them
    return paste


def _from_process(source: Source, sheet: Sheet, told: Told) -> FileSheet | Refusal | Question:
    name = source.path.name
    job = ReadJob(source.path, (source.sheet or sheet.table,), source.encoding)
    try:
        word = None
        while not isinstance(word, Read | Refused):
            told(f"{name}: {plain(word.cells, 9)} cells read" if isinstance(word, Progress) else "")
            word = job.wait(POLL)
    finally:
        job.cancel()
    if isinstance(word, Read):
        if word.book.sheets:
            return word.book.sheets[0]
        names = tuple((n, n) for n in word.book.names)
        if names:
            return Question(f"Which sheet of {name} holds the {sheet.title.lower()}?", names, "sheet")
        return Refusal(f"{name} has no sheet of cells")
    if word.unknown_encoding:
        text = f"{name} is not text in {source.encoding or 'UTF-8'}. In which encoding was it written?"
        return Question(text, tuple((e, f"{said} · {e}") for e, said in ENCODINGS.items()), "encoding")
    problem = word.problem
    return Refusal(f"{problem.path}: {problem.text}. {problem.mend}".strip().removesuffix("."))


def _why_no_rows_can_be_found(sheet: Sheet, lines: FileLines) -> str:
    """Without names or ids it cannot be told which row a line is of; lines of ports go by their order."""
    if not isinstance(sheet, TableSheet) or sheet.table == "ports":
        return ""
    columns = header_columns(sheet, lines.lines[0]) or []
    named = {sheet.columns[c].key for c in columns if c is not None}
    if named & {"id", "name"}:
        return ""
    return f"{lines.name} has no column called Name or Id: it cannot be told which row each of its lines is of"


@dataclass(frozen=True)
class Shown:
    """A sheet as a person sees it: which of its lines, in which order."""

    sheet: Sheet
    lines: tuple[int, ...]


def write_file(path: Path, shown: Shown, told: Told) -> int | Refusal:
    """Writes the lines of a sheet to an .xlsx or a .csv file; gives how many, or why it could not be written."""
    sheet = shown.sheet
    locale = sheet.context.locale
    is_text = path.suffix.lower() == ".csv"
    # Text of a workbook is read alike everywhere; CSV is opened by the spreadsheet of this person.
    plain_sheet = sheet if is_text else type(sheet)(Context(sheet.context.plan), sheet.table)  # type: ignore[call-arg]
    heads: list[Value] = [column.copied_header for column in sheet.columns]

    def rows() -> Sequence[Sequence[Value]]:
        made = []
        for k, line in enumerate(shown.lines):
            if k % 100 == 0:
                told(f"{path.name}: {plain(k, 9)} of {plain(len(shown.lines), 9)} lines")
            made.append([_value(plain_sheet, line, column) for column in range(len(sheet.columns))])
        return made

    try:
        if is_text:
            comma = locale is not None and locale.decimalPoint() == ","
            data = to_csv([heads, *rows()], decimal_comma=comma)
        else:
            units = [_percent_or_not(plain_sheet, column) for column in range(len(sheet.columns))]
            frozen = 3 if isinstance(sheet, SeriesSheet) else 1
            page = Page(sheet.title, [heads], rows(), units=units, frozen=frozen, filtered=True)
            data = to_xlsx(
                [page], lambda cells: told(f"{path.name}: {plain(cells, 9)} cells") if cells % 50 == 0 else None
            )
        put_file(path, data)
    except (PlanError, SaveError) as error:
        return Refusal(str(error).removesuffix("."))
    return len(shown.lines)


def _value(sheet: Sheet, line: int, column: int) -> Value:
    value = sheet.value(line, column)
    field = sheet.field(line, column)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and (field is None or field.kind in NUMERIC):
        return float(value)
    return unguarded(sheet.copied(line, column)) or None


def _percent_or_not(sheet: Sheet, column: int) -> str:
    """The unit of a column whose figures are shown as percentages."""
    if isinstance(sheet, TableSheet):
        unit = sheet.fields[column].unit
        return unit if isinstance(unit, str) else ""
    return ""
