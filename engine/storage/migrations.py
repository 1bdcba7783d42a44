"""The tables of files of any format that there was: how they look, and what makes today's rows of theirs.

Files are for ever. A file of today's format may lack columns and tables that came after it: they take their defaults.
`format_<n>.sql` holds the tables of each older format, exactly as its files keep them; it never changes. A step leads
from the rows of one format to those of the next, and the steps together to today's.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from gigaplan.engine.plan import edition_1
from gigaplan.engine.plan.fields import LARGEST, fields
from gigaplan.engine.plan.problems import Message, say
from gigaplan.engine.storage.format import (
    HISTORY_SQL,
    META_SQL,
    TABLES,
    VERSION,
    Columns,
    cell_of,
    columns_in,
    columns_of,
    schema_sql,
)
from gigaplan.engine.storage.pages import Blob

OLDEST = 1
_COLUMN = re.compile(r'^  "(\w+)" (\w+)( NOT NULL)?', re.MULTILINE)

Tables = dict[str, list[dict[str, Any]]]
"""The rows of each table of entities, as cells by the names of their columns."""


class FormatLayout(Struct, frozen=True):
    """How the tables of one version of the format look."""

    statements: tuple[str, ...]
    """What makes them, exactly as a file keeps it; of today's format, as a file of this Gigaplan does."""
    columns: dict[str, Columns]
    """Of each table of entities."""


@functools.cache
def _older(version: int) -> FormatLayout:
    text = Path(__file__).with_name(f"format_{version}.sql").read_text(encoding="utf-8")
    statements = tuple(filter(None, re.split(r";\s*\n+", text)))
    columns: dict[str, Columns] = {}
    for sql in statements:
        table = sql.split('"')[1]
        found = {name: (kind, not rest) for name, kind, rest in _COLUMN.findall(sql) if name != "position"}
        columns |= {table: found} if table not in ("meta", "history") else {}
    return FormatLayout(statements, columns)


def layout_of(version: int) -> FormatLayout:
    """The tables of a version of the format, of OLDEST to VERSION. Raises OSError for another."""
    if version != VERSION:
        return _older(version)
    return FormatLayout(schema_sql(), {table: columns_of(row_type) for table, row_type in TABLES.items()})


def columns_found(version: int, statements: Mapping[str, str]) -> dict[str, Columns]:
    """The columns of the tables of entities in a file, by its statements: as far as they are known."""
    if version != VERSION:
        return layout_of(version).columns
    found = {table: columns_in(table, statements[table]) for table in statements if table not in ("meta", "history")}
    return {table: columns for table, columns in found.items() if columns is not None}


def column_faults(table: str, columns: Columns) -> Iterator[tuple[str, Message]]:
    """Why the columns of a table of today's format cannot be read: (column, message) each."""
    known = columns_of(TABLES[table])
    for name, (kind, _) in columns.items():
        if name not in known:
            yield name, say("column_newer")
        elif kind != known[name][0]:
            yield name, say("column_other_kind", kind=kind, known=known[name][0])
    for field in fields(TABLES[table]):
        if field.required and field.name not in columns:
            yield field.name, say("column_not_there")


def is_of_today(table: str, sql: str) -> bool:
    """Whether a statement makes a table of today's format, with all columns of today or some."""
    if table in ("meta", "history"):
        return sql == (META_SQL if table == "meta" else HISTORY_SQL)
    columns = columns_in(table, sql) if table in TABLES else None
    return columns is not None and not any(column_faults(table, columns))


def migrated(
    version: int, columns: Mapping[str, Columns], rows: Mapping[str, Sequence[Sequence[Any]]]
) -> dict[str, list[tuple[Any, ...]]]:
    """Rows with these columns in a file of some version, as rows with the columns of today.

    The rows given stay as they are. What a row lacks is its default; columns that are not known are left out.
    Whether values fit their fields is found when they are decoded.
    """
    if version == VERSION and all(list(columns.get(t, ())) == [*columns_of(TABLES[t])] for t in TABLES):
        return {table: [tuple(row) for row in rows.get(table, ())] for table in TABLES}
    tables = {
        table: [dict(zip(columns[table], row, strict=True)) for row in members] for table, members in rows.items()
    }  # fmt: skip
    for step in range(version, VERSION):
        tables = STEPS[step](tables)
    made = {}
    for table, row_type in TABLES.items():
        defaults = _defaults(row_type)
        made[table] = [tuple(row.get(name, cell) for name, cell in defaults.items()) for row in tables.get(table, ())]
    return made


def _defaults(row_type: type[Struct]) -> dict[str, Any]:
    """The cell of each field's default, as a file gives it; None where a row must have one."""
    cells = {field.name: None if field.required else cell_of(field, field.default) for field in fields(row_type)}
    return {name: cell.encode() if isinstance(cell, str) else cell for name, cell in cells.items()}


def _constants_as_numbers(tables: Tables) -> Tables:
    """From format 1, where a constant series was text ('9.0' was more than '100.0'), to 2, where it is a number."""
    series = {
        "sites": ("power_mw", "electricity_usd_per_mwh", "carbon_g_per_kwh", "hosting_usd_per_kw_month"),
        "offers": ("price_usd", "supply_chips"),
        "workloads": ("demand",),
        "policies": ("limit",),
    }
    return {
        table: [row | {name: _number(row[name]) for name in series.get(table, ())} for row in rows]
        for table, rows in tables.items()
    }


def _number(cell: Any) -> Any:
    """The number in a cell whose text is one; any other cell as it is."""
    if isinstance(cell, bytes | str) and not isinstance(cell, Blob):
        if cell[:1] in (b"[", b"{", "[", "{"):
            return cell
        try:
            value = msgspec.json.decode(cell)
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            return cell
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST:
            return float(value) + 0.0  # SQLite has no -0.0
    return cell


def _by_the_month(tables: Tables) -> Tables:
    """From format 2, of edition 1 of the model, to 3: supply is by the month, overrides say from and until when, and
    names have one line."""
    settings = _settings(tables)
    made = dict(tables)
    for table, rows in tables.items():
        made[table] = [row | {"name": _in_a_line(row["name"])} if "name" in row else row for row in rows]
    made["offers"] = [_supply_by_the_month(row, settings) for row in made.get("offers", [])]
    made["scenarios"] = [_dated(row, settings) for row in made.get("scenarios", [])]
    made["uncertainties"] = [_uncertain(row, settings) for row in tables.get("uncertainties", [])]
    return made


def _in_a_line(cell: Any) -> Any:
    """A text with blanks in place of the ends of its lines; any other cell as it is."""
    try:
        lines = (cell.decode() if isinstance(cell, bytes) else cell).splitlines() if _is_text(cell) else []
    except UnicodeError:
        return cell
    return " ".join(lines).encode() if lines and lines != [_words(cell)] else cell


def _settings(tables: Tables) -> dict[str, Any]:
    """What of the settings says when a period is, as far as it can be read."""
    row = tables["plan"][0] if tables.get("plan") else {}
    months, start = row.get("months_per_period"), row.get("start")
    found: dict[str, Any] = {"months_per_period": months} if isinstance(months, int) and months > 0 else {}
    return found | ({"start": _words(start)} if isinstance(start, bytes | str) and _is_text(start) else {})


def _supply_by_the_month(row: dict[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    cell = row.get(edition_1.SUPPLY)
    rest = {name: value for name, value in row.items() if name != edition_1.SUPPLY}
    return rest | {edition_1.SUPPLY_NOW: _edited(cell, lambda value: edition_1.per_month(value, settings))}


def _dated(row: dict[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    def dated(value: Any) -> Any:
        return edition_1.scenario({"overrides": value}, settings)["overrides"]

    return row | {"overrides": _edited(row.get("overrides"), dated)}


def _uncertain(row: dict[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    words = {name: _words(cell) if _is_text(cell) else cell for name, cell in row.items()}
    made = edition_1.uncertainty(words, settings)
    return row | {name: _bytes(value) for name, value in made.items() if value != words[name]}


def _edited(cell: Any, edit: Callable[[Any], Any]) -> Any:
    """A cell whose value is edited: a number, or JSON. One that cannot be read stays, for decoding to refuse."""
    if isinstance(cell, int | float):
        return edit(cell)
    if not _is_text(cell):
        return cell
    try:
        value = msgspec.json.decode(cell)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return cell
    return msgspec.json.encode(edit(value))


def _is_text(cell: Any) -> bool:
    return isinstance(cell, bytes | str) and not isinstance(cell, Blob)


def _words(cell: bytes | str) -> str:
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell


def _bytes(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


STEPS: dict[int, Callable[[Tables], Tables]] = {1: _constants_as_numbers, 2: _by_the_month}
"""For each older format, what makes tables of the next of its tables. Pure: neither changes what it is given."""
