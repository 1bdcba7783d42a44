"""Long work on a table beside the window: rows from a file or a large clipboard, tables into either.

It says how far it is and can be stopped. It knows nothing of grids: what was read is given out as a `Paste`, and
what is to be written is asked for.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSettings, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QProgressBar, QPushButton, QSizePolicy, QWidget

from gui.file_names import file_to_write, home
from gui.quantities import Refusal
from gui.tables.file_work import Question, Shown, Source, read_file, write_file
from gui.tables.paste import Paste
from gui.tables.sheets import Sheet
from gui.task import Task, Told, Work
from gui.texts import Label

READABLE = "Spreadsheets (*.xlsx *.xlsm *.csv *.tsv *.txt);;All files (*)"
WRITABLE = {"Excel workbook (*.xlsx)": ".xlsx", "CSV (*.csv)": ".csv"}
NOT_READ = "Stopped. Nothing was read."
TELL_EVERY = 0.1
"""Seconds."""
PATIENCE_MS = 300
"""What is done before that says nothing of its progress."""
USUAL_SHARE = sys.getswitchinterval()
A_SHARE = 0.001
"""Seconds that the work keeps the interpreter while the window asks for it. To paint a screen it asks some twenty
times: at Python's own 5 ms each it would be away for 0.1 s."""


class Transfer(QWidget):
    """A line that is seen while a table is read or written, with a button to stop it."""

    read = Signal(object)
    """A Paste of the rows of a file, or of a large clipboard."""
    copied = Signal(str, str)
    """(text for the clipboard, what to say of it)."""
    asked = Signal(object)
    """A Question; `answer` goes on with it."""
    said = Signal(str, str)
    """What came of it: (text, role)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source: Source | None = None
        self._sheet: Sheet | None = None
        self._written: Path | None = None
        self._stopped = ""
        """What is said where the work is stopped."""
        self.task = Task(self)
        self.task.done.connect(self._done)
        self.task.failed.connect(self._failed)
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
        self.task.progressed.connect(self.label.setText)
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

    def answer(self, question: Question, value: str) -> None:
        """Goes on with a file, now that a person has said what was asked."""
        if self._source is not None and self._sheet is not None:
            self._read(replace(self._source, **{question.about: value}), self._sheet)

    def _read(self, source: Source, sheet: Sheet) -> None:
        self._source, self._sheet, self._written = source, sheet, None
        self._begin(f"Reading {source.path.name} …", lambda told: read_file(source, sheet, told), NOT_READ)

    def ask_and_write(self, shown: Shown, name: str) -> None:
        """Asks for a file and writes the lines that a person sees to it."""
        title = f"Save {shown.sheet.title.lower()} as"
        path = file_to_write(self, title, name, WRITABLE, _folder())
        if path is not None:
            self.write_file(path, shown)

    def write_file(self, path: Path, shown: Shown) -> None:
        """Writes lines of a sheet to an .xlsx or a .csv file."""
        _remember(path)
        self._source, self._written = None, path
        self._begin(f"Writing {path.name} …", lambda told: write_file(path, shown, told), "Stopped.")

    def paste(self, work: Work) -> None:
        """Lays a large clipboard over a sheet: `work` gives a Paste or a Refusal."""
        self._source, self._written = None, None
        self._begin("Pasting …", work, "Stopped. Nothing was pasted.")

    def copy(self, work: Work, said: str) -> None:
        """Writes many cells for the clipboard: `work` gives their text; `said` is what to say of it."""
        self._source, self._written = None, None
        self._begin("Copying …", lambda told: (work(told), said), "Stopped. Nothing was copied.")

    def _begin(self, text: str, work: Work, stopped: str) -> None:
        self._stopped = stopped
        self.label.setText(text)
        self._patience.start()
        sys.setswitchinterval(A_SHARE)
        self.task.run(lambda told: work(_now_and_then(told)))

    def cancel(self) -> None:
        """Stops what is going on; nothing comes of it."""
        if self.task.is_running:
            self.task.cancel()
            self._end()
            self.said.emit(self._stopped, "muted")

    def stop(self) -> None:
        """Ends the background work for good."""
        self.task.stop()
        self._end()

    def _end(self) -> None:
        self._patience.stop()
        sys.setswitchinterval(USUAL_SHARE)
        self.hide()

    def _done(self, result: object) -> None:
        self._end()
        if isinstance(result, Paste):
            self.read.emit(result)
        elif isinstance(result, Question):
            self.asked.emit(result)
        elif isinstance(result, Refusal):
            self.said.emit(f"{result.text}.", "error")
        elif isinstance(result, tuple):
            self.copied.emit(*result)
        elif self._written is not None:
            lines = "1 row" if result == 1 else f"{result:,} rows".replace(",", "\u2009")
            self.said.emit(f"Saved {lines} as {self._written.name}, as they are filtered and sorted here.", "good")

    def _failed(self, why: str) -> None:
        self._end()
        self.said.emit(why, "error")


def _now_and_then(told: Told) -> Told:
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
