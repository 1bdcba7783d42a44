"""What a `.gigaplan` file is: one SQLite database, with a typed table for each table of a plan.

`plan` holds the settings, in one row; `meta` says which plan it is, which revision, and what its content hashes
to; `history` holds earlier saves, each with a hash of its own, outside the content's. Tables and columns are derived
from `plan.schema`, with the unit of each figure beside its column. A change there that changes `schema_sql()` is a
new version of the format: `gigaplan.engine.storage.migrations` says how the older ones are read.
"""

from __future__ import annotations

import functools
import hashlib
import struct
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from gigaplan.engine.plan.fields import Field, fields
from gigaplan.engine.plan.schema import ROW_TYPES, Settings

APPLICATION_ID = 0x4750_4C4E
"""GPLN: tells a plan from every other SQLite database."""
VERSION = 2
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

JSON_KINDS = frozenset({"series", "references", "texts", "integers", "row", "rows", "any"})
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


@functools.cache
def schema_sql() -> tuple[str, ...]:
    """The statements that make the tables of a file, exactly as a file keeps them."""
    meta = 'CREATE TABLE "meta" (\n  "key" TEXT NOT NULL PRIMARY KEY,\n  "value" TEXT NOT NULL\n) STRICT, WITHOUT ROWID'
    history = (
        'CREATE TABLE "history" (\n  "revision" INTEGER NOT NULL PRIMARY KEY,\n  "saved_at" TEXT NOT NULL,\n'
        '  "saved_by" TEXT NOT NULL,\n  "digest" TEXT NOT NULL,\n  "plan" BLOB NOT NULL\n) STRICT'
    )
    return meta, *(_table_sql(table, row_type) for table, row_type in TABLES.items()), history


def _table_sql(table: str, row_type: type[Struct]) -> str:
    columns, last = ['"position" INTEGER NOT NULL PRIMARY KEY'], fields(row_type)[-1]
    for field in fields(row_type):
        column = f'"{field.name}" {column_type(field)}' + ("" if field.optional else " NOT NULL")
        remark = _remark(field)
        columns.append(column + ("" if field is last else ",") + (f" -- {remark}" if remark else ""))
    return f'CREATE TABLE "{table}" (\n  {columns[0]},\n  ' + "\n  ".join(columns[1:]) + "\n) STRICT"


def _remark(field: Field) -> str:
    """What a person needs to know to read a column with any SQLite tool: its unit, and how it is written.

    A unit that changes under the name of its column changes the tables of the format too, and so cannot go unseen.
    """
    if isinstance(field.unit, str):
        unit = field.unit
    elif all(value == unit for value, unit in field.unit.items()):
        unit = f"in the {field.unit_by} beside it"
    else:
        unit = ", ".join(f"{unit} ({value})" for value, unit in field.unit.items())
    written = {"series": "a number, or JSON where it changes", "flag": "0 or 1", "month": "YYYY-MM"}.get(
        field.kind, "JSON" if field.kind in JSON_KINDS else ""
    )
    return "; ".join(part for part in (unit, written) if part)


def cells_of(row: Struct) -> list[Cell]:
    """One row of a plan as its cells, in the order of its fields.

    Raises TypeError, ValueError or OverflowError for a value of a kind that its field does not hold.
    """
    return [_cell_of(field, getattr(row, field.name)) for field in fields(type(row))]


def _cell_of(field: Field, value: Any) -> Cell:
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
            raise ValueError("is not UTF-8 text") from None
        if "\0" in text:
            raise ValueError("holds a NUL character")
        return _from_json(text) if field.kind in JSON_KINDS else text
    if field.kind == "flag" and cell in (0, 1):
        return bool(cell)
    return cell


def _from_json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"is not JSON ({error})") from None


def content_hash(tables: Iterable[tuple[str, Iterable[Sequence[Cell]]]]) -> str:
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
