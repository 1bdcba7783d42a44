"""The cells of a file's tables. The file may be hostile: SQLite gets a copy in memory, never the file itself.

Every step refuses by name. Nothing in a file runs, reaches another file, or takes for ever.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from msgspec import Struct

from gigaplan.engine.plan.decode import MAX_ROWS
from gigaplan.engine.plan.problems import Message, PlanError, Problem, say
from gigaplan.engine.storage.format import (
    APPLICATION_ID,
    HISTORY_COLUMNS,
    MAX_CELL_BYTES,
    MAX_HISTORY_BYTES,
    MAX_VERSIONS,
    PAGE_SIZE,
    TABLES,
    VERSION,
    Cell,
    Columns,
    columns_in,
)
from gigaplan.engine.storage.migrations import OLDEST, column_faults, columns_found, is_of_today, layout_of

SECONDS = 10.0
"""How long SQLite may take over one file."""
_MAGIC = b"SQLite format 3\0"
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: MAX_CELL_BYTES,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 20_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 100,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 20,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 2,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 8,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 10,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}

Rows = list[tuple[Cell, ...]]


class Text(bytes):
    """What SQLite holds as text; other bytes are a blob."""


class FileContents(Struct, frozen=True):
    """The cells of a file, as they stand in it."""

    version: int
    """Of the format."""
    columns: dict[str, Columns]
    """Of each table of entities, in the order of the file."""
    meta: Rows
    tables: dict[str, Rows]
    """The rows of each table of entities, without their positions."""
    history: Rows


def cells_in(data: bytes) -> FileContents:
    """What the bytes of a file hold. Raises PlanError with a problem for each thing wrong."""
    with opened(data) as database:
        _check_integrity(database)
        return contents(database, format_of(data))


def contents(database: sqlite3.Connection, version: int) -> FileContents:
    """What a database that was `opened` holds. Raises PlanError for cells that no file of ours has."""
    columns = columns_found(version, {name: sql for _, name, sql in _schema(database)})
    return FileContents(version, columns, meta_rows(database), _entity_rows(database, columns), history_rows(database))


def format_of(data: bytes) -> int:
    """The version of the format that the head of a file names."""
    return int.from_bytes(data[60:64], "big")


@contextlib.contextmanager
def opened(data: bytes) -> Iterator[sqlite3.Connection]:
    """A database in memory with the bytes of a file, its header and its schema checked; only plain reads work.

    Raises PlanError with a problem for each thing wrong, also for what SQLite says inside the block.
    """
    _check_header(data)
    watch = _Watch()
    try:
        with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
            _guard(database, data, watch)
            _check_schema(database, format_of(data))
            yield database
    except UnicodeDecodeError:  # what SQLite says of damage may quote it
        refuse(say("file_no_description"))
    except (sqlite3.Error, MemoryError) as error:
        if any(words in str(error) for words in _NO) and not watch.said_no:
            raise KeyboardInterrupt from None  # which SQLite kept to itself
        if "interrupted" in str(error):
            refuse(say("file_too_slow", seconds=SECONDS))
        refuse(say("file_damaged", why=error))


def refuse(message: Message) -> NoReturn:
    """Raises PlanError with one problem, of the file as a whole."""
    raise PlanError((problem("", message),))


def refuse_stranger(data: bytes) -> NoReturn:
    """Raises PlanError for bytes that are no plan, nor what is left of one."""
    if not data:
        refuse(say("file_empty"))
    refuse(say("file_not_gigaplan"))


def problem(path: str, message: Message, table: str = "", row: str = "", field: str = "") -> Problem:
    """An error in a file."""
    return Problem(severity="error", path=path, message=message, table=table, row=row, field=field)


def _check_header(data: bytes) -> None:
    """Refuses what is no plan, is newer, or is cut short, before SQLite sees it."""

    def number(at: int, size: int = 4) -> int:
        return int.from_bytes(data[at : at + size], "big")

    if len(data) < 100 or not data.startswith(_MAGIC):
        refuse_stranger(data)
    if number(68) != APPLICATION_ID:
        refuse(say("file_of_other_program"))
    if (version := format_of(data)) > VERSION:
        refuse(say("file_newer", version=version, known=VERSION))
    if version < OLDEST:
        refuse(say("file_format_unknown", version=version))
    if number(16, 2) != PAGE_SIZE:
        refuse(say("file_page_size", has=number(16, 2), page_size=PAGE_SIZE))
    if number(28) * PAGE_SIZE != len(data):
        refuse(say("file_truncated", count=len(data), of=number(28) * PAGE_SIZE))
    if number(56) != 1:
        refuse(say("file_encoding"))


def _guard(database: sqlite3.Connection, data: bytes, watch: _Watch) -> None:
    """Puts the bytes of a file in a database in memory, and allows plain reads alone, for a while."""
    database.text_factory = Text
    for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0"):
        database.execute(f"PRAGMA {pragma}")
    # Bytes 18 and 19 say whether a write-ahead log belongs to the file: there is none to look for.
    database.deserialize(data[:18] + b"\1\1" + data[20:])
    for limit, value in _LIMITS.items():
        database.setlimit(limit, value)
    database.set_progress_handler(watch.is_over, 10_000)
    database.execute("PRAGMA query_only=ON")
    database.set_authorizer(watch.authorize)


class _Watch:
    """What SQLite asks while it reads: whether it may, and whether it has taken too long.

    A Ctrl+C while it asks never leaves it: it takes that for a no. So every no that was meant is remembered.
    """

    def __init__(self) -> None:
        self.said_no = False
        self._end = time.monotonic() + SECONDS

    def is_over(self) -> bool:
        """Whether the time is up."""
        if time.monotonic() > self._end:
            self.said_no = True
        return self.said_no

    def authorize(
        self, action: int, first: str | None, second: str | None, schema: str | None, inner: str | None
    ) -> int:
        """Allows plain reads, and the check of integrity."""
        plain = action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)
        if plain or (action == sqlite3.SQLITE_PRAGMA and first == "integrity_check"):
            return sqlite3.SQLITE_OK
        self.said_no = True
        return sqlite3.SQLITE_DENY


_NO = ("prohibited", "not authorized", "interrupted")
"""What SQLite says of a no."""


def _schema(database: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """(type, name, statement) of everything that the schema of a database has."""
    rows = database.execute('SELECT "type", "name", "sql" FROM "sqlite_schema" ORDER BY rowid LIMIT 200')
    return [(words(kind), words(name), words(sql)) for kind, name, sql in rows]


def _check_schema(database: sqlite3.Connection, version: int) -> None:
    """Refuses tables, views, triggers and indexes other than those that our statements make, each by name.

    Of an older format the statements are known by heart. One of today's may lack tables and columns; what it has is
    made as ours are made, to the letter, and nothing beside.
    """
    found = _schema(database)
    wanted = {sql.split('"')[1]: sql for sql in layout_of(version).statements}
    problems = []
    for kind, name, sql in found:
        if kind != "table" or (name not in wanted and (version != VERSION or columns_in(name, sql) is None)):
            article = "an" if kind == "index" else "a"
            problems.append(problem(name, say("object_unknown", article=article, kind=kind)))
        elif name not in wanted:
            problems.append(problem(name, say("table_newer")))
        elif sql != wanted[name] and (version != VERSION or not is_of_today(name, sql)):
            problems += _table_faults(version, name, sql)
    needed = wanted if version != VERSION else ("meta", "plan", "history")
    missing = [name for name in needed if name not in {name for _, name, _ in found}]
    problems += [problem(name, say("table_missing")) for name in missing]
    if not problems and version != VERSION and [name for _, name, _ in found] != list(wanted):
        refuse(say("tables_out_of_order"))
    if problems:
        raise PlanError(tuple(problems))


def _table_faults(version: int, table: str, sql: str) -> list[Problem]:
    columns = columns_in(table, sql) if version == VERSION and table in TABLES else None
    if columns is None:
        return [problem(table, say("table_not_ours"))]
    faults = column_faults(table, columns)
    return [problem(f"{table}.{name}", message, table=table, field=name) for name, message in faults]


def _check_integrity(database: sqlite3.Connection) -> None:
    messages = [words(row[0]) for row in database.execute("PRAGMA integrity_check(100)")]
    if messages != ["ok"]:
        raise PlanError(tuple(_damage(message) for message in messages))


def _damage(message: str) -> Problem:
    """What SQLite found wrong: with its place, where it names one (as in `NULL value in sites.name`)."""
    place = re.fullmatch(r"(.+ value) in (\w+)\.(\w+)", message)
    if place is None:
        return problem("", say("file_damaged", why=message))
    what, table, field = place.groups()
    return problem(f"{table}.{field}", say("cell_damaged", what=what), table=table, field=field)


def words(cell: Any) -> str:
    """What a cell holds, as text that can be shown whatever it is."""
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)


def _rows(database: sqlite3.Connection, table: str, columns: Sequence[str], order: str) -> Rows:
    names = ", ".join(f'"{column}"' for column in columns)
    rows = database.execute(f'SELECT {names} FROM "{table}" ORDER BY "{order}" LIMIT {MAX_ROWS + 1}').fetchall()
    if len(rows) > MAX_ROWS:
        raise PlanError((problem(table, say("too_many_rows", max_rows=MAX_ROWS), table=table),))
    return rows


def meta_rows(database: sqlite3.Connection) -> Rows:
    """The entries of `meta`."""
    return _rows(database, "meta", ("key", "value"), "key")


def _entity_rows(database: sqlite3.Connection, names: Mapping[str, Columns]) -> dict[str, Rows]:
    """The rows of each table of entities with these columns, without their positions.

    Raises PlanError for a blob: a column of any type would take it for text.
    """
    tables: dict[str, Rows] = {}
    for table, columns in names.items():
        tables[table] = _rows(database, table, list(columns), "position")
        for k, row in enumerate(tables[table]):
            for name, cell in zip(columns, row, strict=True):
                if type(cell) is bytes:
                    raise PlanError((problem(f"{table}[{k}].{name}", say("cell_is_blob"), table=table, field=name),))
    return tables


def history_rows(database: sqlite3.Connection) -> Rows:
    """The rows of `history`, the newest first: as many and as large as a history may be, and one more."""
    names = ", ".join(f'"{column}"' for column in HISTORY_COLUMNS)
    rows: Rows = []
    size = 0
    for row in database.execute(f'SELECT {names} FROM "history" ORDER BY "revision" DESC LIMIT {MAX_VERSIONS + 1}'):
        rows.append(row)
        size += len(row[-1])
        if size > MAX_HISTORY_BYTES:
            break
    return rows
