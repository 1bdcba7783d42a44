"""The older formats of a plan file: how their tables look, and what makes rows of this format of theirs.

Files are for ever. `format_<n>.sql` holds the tables of each older format, exactly as its files keep them; it never
changes. A step leads from the rows of one format to those of the next, and the steps together to today's.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from gigaplan.engine.plan.fields import LARGEST
from gigaplan.engine.storage.format import TABLES, VERSION, schema_sql
from gigaplan.engine.storage.pages import Blob

OLDEST = 1
_COLUMN = re.compile(r'^  "(\w+)" (\w+)', re.MULTILINE)

Columns = dict[str, str]
"""The SQLite type of each column of a table, in their order, without the position."""
Tables = dict[str, list[dict[str, Any]]]
"""The rows of each table of entities, as cells by the names of their columns."""


class Layout(Struct, frozen=True):
    """How the tables of one version of the format look."""

    statements: tuple[str, ...]
    """What makes them, exactly as a file keeps it."""
    columns: dict[str, Columns]
    """Of each table of entities."""


@functools.cache
def layout_of(version: int) -> Layout:
    """The tables of a version of the format, of OLDEST to VERSION. Raises OSError for another."""
    statements = schema_sql()
    if version != VERSION:
        text = Path(__file__).with_name(f"format_{version}.sql").read_text(encoding="utf-8")
        statements = tuple(statement for statement in re.split(r";\s*\n+", text) if statement)
    columns = {sql.split('"')[1]: dict(_COLUMN.findall(sql)) for sql in statements}
    for names in columns.values():
        names.pop("position", None)
    return Layout(statements, {table: names for table, names in columns.items() if table not in ("meta", "history")})


def migrated(version: int, rows: Mapping[str, Sequence[Sequence[Any]]]) -> dict[str, list[tuple[Any, ...]]]:
    """Rows of tables as a file of some version holds them, as rows of today's format; the rows given stay as they are.

    Whether their values fit their fields is found when they are decoded.
    """
    if version == VERSION:
        return {table: [tuple(row) for row in members] for table, members in rows.items()}
    old, new = layout_of(version).columns, layout_of(VERSION).columns
    tables = {
        table: [dict(zip(old[table], row, strict=True)) for row in members] for table, members in rows.items()
    }  # fmt: skip
    for step in range(version, VERSION):
        tables = STEPS[step](tables)
    return {table: [tuple(row[name] for name in new[table]) for row in tables.get(table, ())] for table in TABLES}


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


STEPS: dict[int, Callable[[Tables], Tables]] = {1: _constants_as_numbers}
"""For each older format, what makes tables of the next of its tables. Pure: neither changes what it is given."""
