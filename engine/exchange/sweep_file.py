"""Where a sweep writes its cases, a row each as they come, and from which it goes on: CSV, SQLite or Parquet."""

from __future__ import annotations

import contextlib
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gigaplan.engine.exchange.csv import lines_of
from gigaplan.engine.plan.problems import refused

ENDINGS = (".csv", ".db", ".parquet")
TABLE = "cases"
Cell = float | str | None


class SweepFile(ABC):
    """Rows of cases: `columns` are texts and numbers, and the first row that is missing is number `done`."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path, self.columns = path, list(columns)
        self.done = 0

    @abstractmethod
    def begin(self, go_on: bool) -> None:
        """Opens the file; with `go_on` after the rows that it has. Raises PlanError where it is of another sweep."""

    @abstractmethod
    def add(self, row: Sequence[Cell]) -> None:
        """Writes a row."""

    @abstractmethod
    def end(self, is_whole: bool) -> None:
        """Closes the file, of all cases or of those that there was time for."""


def sweep_file(path: Path, columns: Sequence[str]) -> SweepFile:
    """The file by the ending of its name. Raises PlanError for an ending that is none of `ENDINGS`."""
    kinds: dict[str, type[SweepFile]] = {".csv": _Csv, ".db": _Database, ".parquet": _Parquet}
    kind = kinds.get(path.suffix.lower())
    if kind is None:
        raise refused("sweep_ending", endings=ENDINGS)
    return kind(path, columns)


class _Csv(SweepFile):
    def begin(self, go_on: bool) -> None:
        head = self._line(self.columns)
        if go_on and self.path.exists():
            text = self.path.read_bytes().decode()
            whole = text[: text.rfind("\r\n") + 2] if "\r\n" in text else ""  # the last line may be cut off
            if not whole.startswith(head):
                raise refused("sweep_other_head", path=self.path)
            if whole != text:
                self.path.write_bytes(whole.encode())
            self.done = whole.count("\r\n") - 1
        self._file = open(self.path, "a" if self.done else "w", encoding="utf-8", newline="")  # noqa: SIM115
        if not self.done:
            self._file.write(head)

    def add(self, row: Sequence[Cell]) -> None:
        self._file.write(self._line(row))
        self._file.flush()

    def end(self, is_whole: bool) -> None:
        self._file.close()

    @staticmethod
    def _line(cells: Sequence[Cell]) -> str:
        return lines_of([cells], ",", ".", "\r\n")


class _Database(SweepFile):
    def begin(self, go_on: bool) -> None:
        if not go_on:
            self.path.unlink(missing_ok=True)
        self._file = sqlite3.connect(self.path)
        try:
            known = [name for _, name, *_ in self._file.execute(f'PRAGMA table_info("{TABLE}")')]
            if known and known != self.columns:
                raise refused("sweep_other_columns", path=self.path)
            names = ", ".join(f'"{name.replace(chr(34), chr(34) * 2)}"' for name in self.columns)
            self._file.execute(f'CREATE TABLE IF NOT EXISTS "{TABLE}" ({names})')
            (self.done,) = self._file.execute(f'SELECT count(*) FROM "{TABLE}"').fetchone()
            self._file.commit()
        except sqlite3.DatabaseError as error:
            self._file.close()
            raise refused("sweep_no_database", path=self.path, why=error) from None

    def add(self, row: Sequence[Cell]) -> None:
        self._file.execute(f'INSERT INTO "{TABLE}" VALUES ({", ".join("?" * len(row))})', row)
        self._file.commit()

    def end(self, is_whole: bool) -> None:
        self._file.close()


class _Parquet(SweepFile):
    """A Parquet file is written whole: cases stand in a CSV file beside it until then."""

    def begin(self, go_on: bool) -> None:
        try:
            import pyarrow  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: F401
        except ImportError:
            raise refused("sweep_needs_pyarrow") from None
        self._rows = _Csv(self.path.with_name(f"{self.path.name}.part.csv"), self.columns)
        self._rows.begin(go_on)
        self.done = self._rows.done

    def add(self, row: Sequence[Cell]) -> None:
        self._rows.add(row)

    def end(self, is_whole: bool) -> None:
        self._rows.end(is_whole)
        if not is_whole:
            return
        from pyarrow import csv as reading  # type: ignore[import-not-found,import-untyped,unused-ignore]
        from pyarrow import parquet  # type: ignore[import-not-found,import-untyped,unused-ignore]

        table: Any = reading.read_csv(self._rows.path)
        parquet.write_table(table, self.path)
        with contextlib.suppress(OSError):
            self._rows.path.unlink()
