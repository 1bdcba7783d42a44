"""Files of sheets, read in a process of their own, which may neither grow nor run for long and can be stopped.

Whatever a file holds, the process that reads it is the only one to suffer.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path

import msgspec
from msgspec import Struct

from gigaplan.engine.exchange.sheets import MAX_BYTES, Book, UnknownEncoding, refuse
from gigaplan.engine.plan.problems import Message, PlanError, Problem, say
from gigaplan.engine.solve.subprocess_job import Answer, Job

WORKBOOKS = (".xlsx", ".xlsm")
FOLDERS = (".zip",)
"""Of CSV files, one for each table."""
SECONDS = 30.0
MEMORY = 2**30


class ReadProgress(Struct, frozen=True, tag=True):
    """How many cells have been read so far."""

    cells: int


class Read(Struct, frozen=True, tag=True):
    """The sheets that were asked for."""

    book: Book


class ReadRefused(Struct, frozen=True, tag=True):
    """Why nothing was read."""

    problem: Problem
    unknown_encoding: bool = False

    def error(self) -> PlanError:
        """The same as an error to raise."""
        return (UnknownEncoding if self.unknown_encoding else PlanError)((self.problem,))


_ANSWER = msgspec.msgpack.Decoder(ReadProgress | Read | ReadRefused)


class ReadJob(Job):
    """Reads a .csv, .xlsx or .zip file. Of a workbook, the sheets called as in `wanted`, or its only one.

    `encoding` is that of CSV files; empty for UTF-8.
    """

    def __init__(self, path: str | os.PathLike[str], wanted: tuple[str, ...], encoding: str = "") -> None:
        self._name = Path(path).name
        self._until = time.monotonic() + SECONDS
        super().__init__(_serve, os.path.abspath(path), wanted, encoding)

    def wait(self, seconds: float) -> ReadProgress | Read | ReadRefused | None:
        """The next word of the process, or None where there is none in time. After Read or Refused it has ended."""
        try:
            packed = self.hear_bytes(min(seconds, self._until - time.monotonic()))
            if packed is None:
                return None if time.monotonic() < self._until else self._end(_too_long(self._name))
            word = _ANSWER.decode(packed)
        except (EOFError, OSError, MemoryError, msgspec.MsgspecError):
            return self._end(ReadRefused(_problem(self._name, say("reading_failed"))))
        return word if isinstance(word, ReadProgress) else self._end(word)

    def _end(self, word: Read | ReadRefused) -> Read | ReadRefused:
        self.cancel()
        return word


def read_book(path: str | os.PathLike[str], wanted: tuple[str, ...], encoding: str = "") -> Book:
    """The sheets of a file, as `ReadJob` reads them. Raises PlanError with one problem, and OSError."""
    os.stat(path)
    job = ReadJob(path, wanted, encoding)
    try:
        while True:
            word = job.wait(SECONDS)
            if isinstance(word, Read):
                return word.book
            if isinstance(word, ReadRefused):
                raise word.error()
    finally:
        job.cancel()


def _too_long(name: str) -> ReadRefused:
    return ReadRefused(_problem(name, say("reading_too_slow", seconds=SECONDS)))


def _problem(path: str, message: Message) -> Problem:
    return Problem(severity="error", path=path, message=message)


def _serve(answer: Answer, path: str, wanted: tuple[str, ...], encoding: str) -> None:
    """What the process does: one word of the end, and progress before it."""
    _modest()
    name = Path(path).name
    try:
        packed = msgspec.msgpack.encode(Read(_book(path, wanted, encoding, answer)))
    except PlanError as error:
        packed = msgspec.msgpack.encode(ReadRefused(error.problems[0], isinstance(error, UnknownEncoding)))
    except MemoryError:
        packed = msgspec.msgpack.encode(ReadRefused(_problem(name, say("reading_too_much_memory"))))
    except OSError as error:
        packed = msgspec.msgpack.encode(
            ReadRefused(_problem(name, say("reading_refused", why=error.strerror or error)))
        )
    answer.send_bytes(packed)


def _modest() -> None:
    """Limits the process that this is: its memory, its time, and that it writes no file."""
    # openpyxl would load it for the sake of a type check: a third of a second, and address space without end.
    sys.modules.setdefault("numpy", None)  # type: ignore[arg-type]
    if sys.platform == "win32":
        return
    import resource

    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, int(SECONDS) + 5),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (most, hard))
        except (OSError, ValueError):  # a system may know a limit and not hold it
            continue


def _book(path: str, wanted: tuple[str, ...], encoding: str, answer: Answer) -> Book:
    from gigaplan.engine.exchange.csv import read_csv
    from gigaplan.engine.exchange.xlsx_in import read_xlsx

    file = Path(path)
    if not stat.S_ISREG(file.stat().st_mode):
        refuse(say("import_not_a_file", kind="folder" if file.is_dir() else "device"), path=file.name)
    with file.open("rb") as source:
        data = source.read(MAX_BYTES + 1)
    ending = file.suffix.lower()
    if ending in FOLDERS:
        return _csv_folder(data, file.name, wanted, encoding)
    if ending in WORKBOOKS or data.startswith(b"PK\x03\x04") or data[:4] == b"\xd0\xcf\x11\xe0":
        return read_xlsx(data, file.name, wanted, lambda cells: _tell(answer, cells))
    sheet = read_csv(data, file.name, encoding)
    return Book(names=(sheet.name,), sheets=(sheet,))


def _tell(answer: Answer, cells: int) -> None:
    answer.send_bytes(msgspec.msgpack.encode(ReadProgress(cells)))


def _csv_folder(data: bytes, name: str, wanted: tuple[str, ...], encoding: str) -> Book:
    from gigaplan.engine.exchange.csv import read_csv
    from gigaplan.engine.exchange.zip_guard import opened

    archive = opened(data, name)
    names, sheets = [], []
    for part in archive.namelist():
        file = Path(part)
        if file.suffix.lower() != ".csv":
            continue
        names.append(file.stem)
        if file.stem.casefold() in wanted:
            sheets.append(read_csv(archive.read(part), file.name, encoding))
    return Book(names=tuple(names), sheets=tuple(sheets))
