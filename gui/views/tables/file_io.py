"""Tables from files and into files: the work itself, done in a thread, told of by `told` and stopped by what it raises.

What is read goes through the same preview as what is pasted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QLocale, QSettings, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QProgressBar, QPushButton, QSizePolicy, QWidget

from gigaplan.engine.exchange.csv import to_csv, unguarded
from gigaplan.engine.exchange.sandboxed_reader import Read, ReadJob, ReadProgress, ReadRefused
from gigaplan.engine.exchange.sheets import RawSheet, Value
from gigaplan.engine.exchange.xlsx_out import BookPage, to_xlsx
from gigaplan.engine.plan.bounds import NUMERIC
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.storage.atomic_replace import SaveError, put_file
from gigaplan.gui.files.done_notice import tell_written
from gigaplan.gui.files.save_dialog import file_to_write, home
from gigaplan.gui.jobs.worker import Tell, Worker
from gigaplan.gui.present.cell_text import Context
from gigaplan.gui.text.number_format import counted_plain, plain
from gigaplan.gui.text.quantities import NotRead
from gigaplan.gui.views.tables.paste import Anchor, FileLines, Paste, header_columns, laid_over, lines_of
from gigaplan.gui.views.tables.series_sheet import SeriesSheet
from gigaplan.gui.views.tables.sheets import Sheet, TableSheet
from gigaplan.gui.widgets.texts import Label

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
class FileQuestion:
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


def read_file(source: Source, sheet: Sheet, told: Tell) -> Paste | NotRead | FileQuestion:
    """The rows of a file laid over a sheet of the plan; or what must be asked first; or why there are none."""
    name = source.path.name
    found = _from_process(source, sheet, told)
    if not isinstance(found, RawSheet):
        return found
    lines = lines_of(found, name, sheet, sheet.context.locale or QLocale())
    if isinstance(lines, NotRead):
        return lines
    context = Context(sheet.context.plan, lines.locale)
    laid: Sheet = type(sheet)(context, sheet.table)  # type: ignore[call-arg]
    if why := _why_no_rows_can_be_found(laid, lines):
        return NotRead(why)
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


def _from_process(source: Source, sheet: Sheet, told: Tell) -> RawSheet | NotRead | FileQuestion:
    name = source.path.name
    job = ReadJob(source.path, (source.sheet or sheet.table,), source.encoding)
    try:
        word = None
        while not isinstance(word, Read | ReadRefused):
            told(f"{name}: {plain(word.cells, 9)} cells read" if isinstance(word, ReadProgress) else "")
            word = job.wait(POLL)
    finally:
        job.cancel()
    if isinstance(word, Read):
        if word.book.sheets:
            return word.book.sheets[0]
        names = tuple((n, n) for n in word.book.names)
        if names:
            return FileQuestion(f"Which sheet of {name} holds the {sheet.title.lower()}?", names, "sheet")
        return NotRead(f"{name} has no sheet of cells")
    if word.unknown_encoding:
        text = f"{name} is not text in {source.encoding or 'UTF-8'}. In which encoding was it written?"
        return FileQuestion(text, tuple((e, f"{said} · {e}") for e, said in ENCODINGS.items()), "encoding")
    problem = word.problem
    return NotRead(f"{problem.path}: {problem.text}. {problem.remedy}".strip().removesuffix("."))


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
class ShownSheet:
    """A sheet as a person sees it: which of its lines, in which order."""

    sheet: Sheet
    lines: tuple[int, ...]


def write_file(path: Path, shown: ShownSheet, told: Tell) -> int | NotRead:
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
            page = BookPage(sheet.title, [heads], rows(), units=units, frozen=frozen, filtered=True)
            data = to_xlsx(
                [page], lambda cells: told(f"{path.name}: {plain(cells, 9)} cells") if cells % 50 == 0 else None
            )
        put_file(path, data)
    except (PlanError, SaveError) as error:
        return NotRead(str(error).removesuffix("."))
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


# Long work on a table beside the window: rows from a file or a large clipboard, tables into either.


READABLE = "Spreadsheets (*.xlsx *.xlsm *.csv *.tsv *.txt);;All files (*)"
WRITABLE = {"Excel workbook (*.xlsx)": ".xlsx", "CSV (*.csv)": ".csv"}
NOT_READ = "Stopped. Nothing was read."
TELL_EVERY = 0.1
"""Seconds."""
PATIENCE_MS = 300
"""What is done before that says nothing of its progress."""


class Transfer(QWidget):
    """A line that is seen while a table is read or written, with a button to stop it."""

    read = Signal(object)
    """A Paste of the rows of a file, or of a large clipboard."""
    copied = Signal(str, str)
    """(text for the clipboard, what to say of it)."""
    asked = Signal(object)
    """A FileQuestion; `answer` goes on with it."""
    said = Signal(str, str)
    """What came of it: (text, role)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source: Source | None = None
        self._sheet: Sheet | None = None
        self._written: Path | None = None
        self._stopped = ""
        """What is said where the work is stopped."""
        self.task = Worker("table", parent=self)
        self.task.answer.connect(lambda _, result: self._done(result))
        self.task.failed.connect(lambda _, why: self._failed(why))
        self.label = Label()
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        bar = QProgressBar(textVisible=False)
        bar.setRange(0, 0)
        bar.setFixedSize(120, 6)
        bar.setAccessibleName("Working on the table")
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.clicked.connect(self.cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 12, 2)
        row.setSpacing(10)
        row.addWidget(bar)
        row.addWidget(self.label, 1)
        row.addWidget(self.cancel_button)
        self.task.progressed.connect(lambda _, text: self.label.setText(text))
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self.show)
        self.hide()

    def ask_and_read(self, sheet: Sheet) -> None:
        """Asks for a file and reads rows for a sheet of the plan from it."""
        name, _ = QFileDialog.getOpenFileName(self, f"Read {sheet.title.lower()} from a file", _folder(), READABLE)
        if name:
            self.read_file(Path(name), sheet)

    def read_file(self, path: Path, sheet: Sheet) -> None:
        """Reads rows for a sheet of the plan from a file."""
        _remember(path)
        self._read(Source(path), sheet)

    def answer(self, question: FileQuestion, value: str) -> None:
        """Goes on with a file, now that a person has said what was asked."""
        if self._source is not None and self._sheet is not None:
            said = self._source
            said = replace(said, sheet=value) if question.about == "sheet" else replace(said, encoding=value)
            self._read(said, self._sheet)

    def _read(self, source: Source, sheet: Sheet) -> None:
        self._source, self._sheet, self._written = source, sheet, None
        self._begin(f"Reading {source.path.name} …", lambda told: read_file(source, sheet, told), NOT_READ)

    def ask_and_write(self, shown: ShownSheet, name: str) -> None:
        """Asks for a file and writes the lines that a person sees to it."""
        title = f"Save {shown.sheet.title.lower()} as"
        path = file_to_write(self, title, name, WRITABLE, _folder())
        if path is not None:
            self.write_file(path, shown)

    def write_file(self, path: Path, shown: ShownSheet) -> None:
        """Writes lines of a sheet to an .xlsx or a .csv file."""
        _remember(path)
        self._source, self._written = None, path
        self._begin(f"Writing {path.name} …", lambda told: write_file(path, shown, told), "Stopped.")

    def paste(self, work: Callable[[Tell], object]) -> None:
        """Lays a large clipboard over a sheet: `work` gives a Paste or a NotRead."""
        self._source, self._written = None, None
        self._begin("Pasting …", work, "Stopped. Nothing was pasted.")

    def copy(self, work: Callable[[Tell], object], said: str) -> None:
        """Writes many cells for the clipboard: `work` gives their text; `said` is what to say of it."""
        self._source, self._written = None, None
        self._begin("Copying …", lambda told: (work(told), said), "Stopped. Nothing was copied.")

    def _begin(self, text: str, work: Callable[[Tell], object], stopped: str) -> None:
        self._stopped = stopped
        self.label.setText(text)
        self._patience.start()
        self.task.ask(lambda told: work(_now_and_then(told)))

    def cancel(self) -> None:
        """Stops what is going on; nothing comes of it."""
        if self.task.is_busy:
            self.task.cancel()
            self._end()
            self.said.emit(self._stopped, "muted")

    def stop(self) -> None:
        """Ends the background work for good."""
        self.task.stop()
        self._end()

    def _end(self) -> None:
        self._patience.stop()
        self.hide()

    def _done(self, result: object) -> None:
        self._end()
        if isinstance(result, Paste):
            self.read.emit(result)
        elif isinstance(result, FileQuestion):
            self.asked.emit(result)
        elif isinstance(result, NotRead):
            self.said.emit(f"{result.text}.", "error")
        elif isinstance(result, tuple):
            self.copied.emit(*result)
        elif isinstance(result, int) and self._written is not None:
            rows = counted_plain(result, "row")
            self.said.emit(f"Saved {rows} as {self._written.name}, as they are filtered and sorted here.", "good")
            tell_written(self, f"{rows[:1].upper()}{rows[1:]} written", self._written)

    def _failed(self, why: str) -> None:
        self._end()
        self.said.emit(why, "error")


def _now_and_then(told: Tell) -> Tell:
    """Tells at most ten times a second, and asks each time whether somebody still waits.

    A window that is told of each line has no time for anything else.
    """
    last = 0.0

    def tell(text: str) -> None:
        nonlocal last
        is_due = time.monotonic() - last >= TELL_EVERY
        told(text if is_due else "")
        last = time.monotonic() if is_due else last

    return tell


def _folder() -> str:
    return str(QSettings().value("sheets_folder", QSettings().value("folder", home())))


def _remember(path: Path) -> None:
    QSettings().setValue("sheets_folder", str(path.absolute().parent))
