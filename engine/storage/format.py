"""What a `.gigaplan` file is: one SQLite database, with a typed table for each table of a plan.

`plan` holds the settings, in one row; `meta` says which plan it is, which revision, and what its content hashes
to; `history` holds earlier saves, each with a hash of its own, outside the content's. Tables and columns are derived
from `plan.schema`. A new field, or a new table, is a new column or table and nothing else: a file that lacks it takes
the default, and a file that has more than this Gigaplan knows is newer and refused. A field with another name, kind or
meaning is a new version of the format: `gigaplan.engine.storage.migrations` says how the older ones are read.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from gigaplan.engine.plan.fields import Field, fields
from gigaplan.engine.plan.problems import say
from gigaplan.engine.plan.schema import ROW_TYPES, Settings

APPLICATION_ID = 0x4750_4C4E
"""GPLN: tells a plan from every other SQLite database."""
VERSION = 3
"""The format that is written; each from 1 on can be read."""
PAGE_SIZE = 4096
MAX_BYTES = 128 * 1024 * 1024
MAX_CELL_BYTES = 10_000_000

TABLES: dict[str, type[Struct]] = {"plan": Settings, **ROW_TYPES}
"""Every table of entities in a file, in its order."""
LAST_REVISION = 10**16 - 1
"""The highest number of a revision; a save of it stays at it."""
META_KEYS = ("content_hash", "revision", "saved_at", "saved_by", "uuid")
HISTORY_COLUMNS = ("revision", "saved_at", "saved_by", "digest", "plan")
MAX_VERSIONS = 10
MAX_HISTORY_BYTES = 8 * 1024 * 1024
"""The most that the packed plans of all versions may take."""
MAX_VERSION_BYTES = 8 * 1024 * 1024
"""The most that one version may take unpacked; a larger plan keeps no versions, so that saving it stays quick."""

Cell = None | int | float | str | bytes
"""What SQLite holds in one place of a row; text is bytes where it comes from a file."""
Table = tuple[str, Iterable[Sequence[Cell]]]
"""The name of a table, and its rows."""

JSON_KINDS = frozenset({"series", "references", "texts", "numbers", "row", "rows", "any"})
_COLUMN_TYPES = {
    **dict.fromkeys(JSON_KINDS, "TEXT"),
    "series": "ANY",  # a number where it is constant, so that SQLite sorts and adds up prices as numbers; else JSON
    "number": "REAL",
    "integer": "INTEGER",
    "flag": "INTEGER",
    "text": "TEXT",
    "identifier": "TEXT",
    "month": "TEXT",
    "reference": "TEXT",
    "choice": "TEXT",
}


def column_type(field: Field) -> str:
    """The SQLite type of a field's column. Raises KeyError for a kind of field that has none."""
    return _COLUMN_TYPES[field.kind]


META_SQL = 'CREATE TABLE "meta" (\n  "key" TEXT NOT NULL PRIMARY KEY,\n  "value" TEXT NOT NULL\n) STRICT, WITHOUT ROWID'
HISTORY_SQL = (
    'CREATE TABLE "history" (\n  "revision" INTEGER NOT NULL PRIMARY KEY,\n  "saved_at" TEXT NOT NULL,\n'
    '  "saved_by" TEXT NOT NULL,\n  "digest" TEXT NOT NULL,\n  "plan" BLOB NOT NULL\n) STRICT'
)
Columns = dict[str, tuple[str, bool]]
"""The columns of a table of entities in their order, without the position: type, and whether a cell may be NULL."""


def schema_sql() -> tuple[str, ...]:
    """The statements that make the tables of a file, exactly as a file keeps them."""
    return META_SQL, *(table_sql(table, columns_of(row_type)) for table, row_type in TABLES.items()), HISTORY_SQL


def columns_of(row_type: type[Struct]) -> Columns:
    """The columns that a table of rows of this type has."""
    return {field.name: (column_type(field), field.optional) for field in fields(row_type)}


def table_sql(table: str, columns: Columns) -> str:
    """The statement that makes a table of entities, exactly as a file keeps it."""
    lines = ['"position" INTEGER NOT NULL PRIMARY KEY']
    lines += [f'"{name}" {kind}{"" if may_be_null else " NOT NULL"}' for name, (kind, may_be_null) in columns.items()]
    return f'CREATE TABLE "{table}" (\n  ' + ",\n  ".join(lines) + "\n) STRICT"


_TABLE = re.compile(
    r'CREATE TABLE "(\w+)" \(\n  "position" INTEGER NOT NULL PRIMARY KEY((?:,\n  [^,\n]+)+)\n\) STRICT', re.ASCII
)
_COLUMN = re.compile(r'"(\w+)" (REAL|INTEGER|TEXT|ANY)( NOT NULL)?', re.ASCII)


def columns_in(table: str, sql: str) -> Columns | None:
    """The columns of the table of entities that a statement makes; None where `table_sql` makes none such.

    Whatever else a statement can say (a default, a check, an expression, a reference, a collation) is no such table.
    """
    found = _TABLE.fullmatch(sql)
    if found is None or found[1] != table:
        return None
    columns: Columns = {}
    for line in found[2].split(",\n  ")[1:]:
        column = _COLUMN.fullmatch(line)
        if column is None or column[1] in (*columns, "position"):
            return None
        columns[column[1]] = column[2], column[3] is None
    return columns


def cells_of(row: Struct) -> list[Cell]:
    """One row of a plan as its cells, in the order of its fields.

    Raises TypeError, ValueError or OverflowError for a value of a kind that its field does not hold.
    """
    return [cell_of(field, getattr(row, field.name)) for field in fields(type(row))]


def cell_of(field: Field, value: Any) -> Cell:
    """The value of a field as its cell. Raises as `cells_of`."""
    if value is None and field.kind != "any":
        return None
    column = column_type(field)
    if column == "ANY" and isinstance(value, int | float) and not isinstance(value, bool):
        column = "REAL"
    elif field.kind in JSON_KINDS:
        return msgspec.json.encode(value).decode()
    if column == "REAL":
        return float(value) + 0.0  # SQLite has no -0.0
    return int(value) if column == "INTEGER" else value


def value_of(field: Field, cell: Cell) -> Any:
    """The plain value (as in the JSON interchange) that a cell of a file holds.

    Raises ValueError, in a person's words, where its text is no text or its JSON no JSON. Whether the value
    fits the field is for `gigaplan.engine.plan.decode` to say.
    """
    if isinstance(cell, bytes):
        try:
            text = cell.decode("utf-8", "strict")
        except UnicodeDecodeError:
            raise ValueError(say("cell_not_utf8")) from None
        if "\0" in text:
            raise ValueError(say("cell_nul"))
        return _from_json(text) if field.kind in JSON_KINDS else text
    if field.kind == "flag" and cell in (0, 1):
        return bool(cell)
    return cell


def _from_json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(say("cell_no_json", why=error)) from None


def signed(
    version: int,
    meta: Iterable[Sequence[Cell]],
    columns: Mapping[str, Iterable[str]],
    rows: Mapping[str, Sequence[Sequence[Cell]]],
) -> list[Table]:
    """What the check sum of a file is made of: `meta` but for the sum itself, and every table of entities.

    From format 3 on the names of its columns stand before the rows of each: a file need not have them all.
    """
    tables = [(t, [tuple(names), *rows[t]] if version > 2 else rows[t]) for t, names in columns.items()]
    return [("meta", [entry for entry in meta if entry[0] not in (b"content_hash", "content_hash")]), *tables]


def content_hash(tables: Iterable[Table]) -> str:
    """The SHA-256 of the rows of tables, as hexadecimal digits: of every cell with its type, text as UTF-8."""
    digest = hashlib.sha256(b"gigaplan 1\n")
    for table, rows in tables:
        digest.update(_tagged(table))
        for row in rows:
            digest.update(b"R" + b"".join(map(_tagged, row)))
    return digest.hexdigest()


def _tagged(cell: Cell) -> bytes:
    if cell is None:
        return b"N"
    if isinstance(cell, int):
        return b"I%d;" % cell
    if isinstance(cell, float):
        return b"F" + struct.pack("<d", cell)
    text = cell.encode() if isinstance(cell, str) else cell
    return b"T%d:" % len(text) + text
