"""The rows of a damaged file, table by table, and what of the file itself is damaged."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from gigaplan.engine.plan.decode import MAX_ROWS
from gigaplan.engine.plan.problems import Problem, say
from gigaplan.engine.plan.text import shown
from gigaplan.engine.storage.format import APPLICATION_ID, PAGE_SIZE, TABLES, VERSION, Columns, columns_of, schema_sql
from gigaplan.engine.storage.guard import format_of, refuse, refuse_stranger
from gigaplan.engine.storage.migrations import OLDEST, columns_found, is_of_today, layout_of, migrated
from gigaplan.engine.storage.pages import PageCell, PageRow, Pages
from gigaplan.engine.storage.salvage.row_repair import error, repaired, typed, warning

Rows = dict[str, list[PageRow]]
_OURS = ("meta", *TABLES, "history")
_MAGIC = b"SQLite format 3\0"
_MAX_OBJECTS = 200
_SEEMS_NEWER = 1000
"""A format above this is no newer format but damage."""


class FoundRows(NamedTuple):
    """What the pages of a file hold."""

    version: int
    """Of the format."""
    columns: dict[str, Columns]
    """Of each table of entities that the file has."""
    lost: dict[str, Columns]
    """Of each that it has not, as files of its format have them."""
    rows: Rows
    """Of every table, in the order of their keys."""
    notes: list[Problem]
    """What of the file is damaged."""
    no_damage: Problem | None
    """Of the notes, that of tables that are gone, if they never were there should the check sum be right."""


def rows_in(pages: Pages, data: bytes) -> FoundRows:
    """The rows of a file, table by table.

    Raises PlanError for a file of another program, and of a newer format.
    """
    objects = [row.cells for row in itertools.islice(pages.tree(1), _MAX_OBJECTS) if len(row.cells) == 5]
    roots = {_text(cells[1]): cells[3] for cells in objects if cells[0] == b"table" and isinstance(cells[3], int)}
    version = _version_of(data, objects)
    notes = _judge_header(data, objects, roots, version)
    columns, unknown = _columns_of(version, objects)
    notes += unknown
    layout = layout_of(version)
    lost = {table: names for table, names in layout.columns.items() if table not in columns}
    rows: Rows = {}
    for table in _OURS:
        before = set(pages.broken)
        root = roots.get(table)
        tree: Iterable[PageRow] = pages.tree(root) if isinstance(root, int) else ()
        rows[table] = list(itertools.islice(tree, MAX_ROWS))
        if torn := pages.broken - before:
            notes.append(error(table, say("pages_unreadable", count=len(torn)), table=table))
    gone = [table for table in ("meta", *layout.columns, "history") if table not in roots]
    said = error("", say("tables_lost", gone=gone))
    notes += [said] if gone else []
    if pages.broken or gone:
        notes += _take_loose(pages, rows, version, columns | lost)
    # A file that is older than a table has none of it, and has lost nothing.
    may_be_older = gone and not ({"meta", "plan", "history"} & set(gone) or any(rows[table] for table in gone))
    return FoundRows(version, columns, lost, rows, notes + _put_in_order(rows), said if may_be_older else None)


def _columns_of(version: int, objects: list[list[PageCell]]) -> tuple[dict[str, Columns], list[Problem]]:
    """The columns of each table of entities that the file has, and those of them that are not known."""
    statements = {_text(cells[1]): _text_of(cells[4]) for cells in objects}
    found = columns_found(version, statements)
    columns = {table: found[table] for table in statements if table in found and table in TABLES}
    notes = []
    for table, names in columns.items() if version == VERSION else ():
        for name in names:
            if name not in columns_of(TABLES[table]):
                notes.append(error(f"{table}.{name}", say("column_left_out"), table))
    return columns, notes


def _version_of(data: bytes, objects: list[list[PageCell]]) -> int:
    """The version of the format: that whose tables most of those in the file are; else what its head says."""
    told = format_of(data) if OLDEST <= format_of(data) <= VERSION else VERSION
    fits = {v: _fitting_tables(v, objects) for v in range(OLDEST, VERSION + 1)}
    return max(fits, key=lambda v: (fits[v], v == told))


def _fitting_tables(version: int, objects: list[list[PageCell]]) -> int:
    """How many of the tables in a file are those of a version of the format."""
    if version == VERSION:
        return sum(is_of_today(_text(cells[1]), _text_of(cells[4])) for cells in objects)
    found = [cells[4] for cells in objects]
    return sum(sql.encode() in found for sql in layout_of(version).statements)


def _judge_header(data: bytes, objects: list[list[PageCell]], roots: dict[str, Any], version: int) -> list[Problem]:
    told, program = format_of(data), int.from_bytes(data[68:72], "big")
    named = sum(table in roots for table in _OURS)
    if not data.startswith(_MAGIC) and not named:
        if not any(sql[:20].encode() in data for sql in schema_sql()):
            refuse_stranger(data)
    elif program != APPLICATION_ID and named < len(_OURS) / 2 and objects:
        refuse(say("file_of_other_program"))
    elif VERSION < told <= _SEEMS_NEWER and _fitting_tables(version, objects) < len(layout_of(version).statements):
        refuse(say("file_newer_by_head", version=told))
    notes = []
    size = int.from_bytes(data[28:32], "big") * PAGE_SIZE
    if len(data) < size < 2**32:
        notes.append(error("", say("file_cut_short", count=len(data), of=size)))
    if told != version or program != APPLICATION_ID or not data.startswith(_MAGIC):
        notes.append(warning("", say("head_damaged")))
    for cells in objects:
        if _text(cells[1]) not in _OURS or cells[0] != b"table":
            name = _text(cells[1])
            notes.append(error(name, say("object_left_out", kind=_text(cells[0]))))
    return notes


def _take_loose(pages: Pages, rows: Rows, version: int, columns: dict[str, Columns]) -> list[Problem]:
    """Adds the rows on pages that no table refers to any more to the table that they fit."""
    notes = []
    looked_at = 0
    for number, loose in pages.loose():
        looked_at += len(loose)
        if looked_at > MAX_ROWS:
            notes.append(error("", say("loose_rows_most", max_rows=MAX_ROWS)))
            break
        # The last tables first: their rows have words that the rows of earlier ones need not have.
        fits = {
            table: list(_fitting(version, table, columns[table], loose, rows[table]))
            for table in reversed(TABLES)
            if table in columns
        }
        table = max(fits, key=lambda name: len(fits[name]))
        if fits[table]:
            rows[table] += [row for row in loose if row.key not in {row.key for row in rows[table]}]
            notes.append(warning(table, say("loose_rows_kept", count=len(fits[table]), number=number), table=table))
        elif loose:
            notes.append(error("", say("loose_rows_lost", count=len(loose), number=number)))
    return notes


def _fitting(
    version: int, table: str, columns: Columns, loose: list[PageRow], known: list[PageRow]
) -> Iterator[PageRow]:
    """The rows that can be sound rows of a table, beside those that it has."""
    taken = {row.key for row in known}
    rows = [row for row in loose if len(row.cells) == len(columns) + 1 and row.key not in taken]
    made = migrated(version, {table: columns}, {table: [typed(columns, row.cells) for row in rows]})[table]
    for row, cells in zip(rows, made, strict=True):
        if not repaired(table, 0, cells)[1]:
            yield row


def _put_in_order(rows: Rows) -> list[Problem]:
    """Sorts the rows by key, drops keys that come twice, and names the keys that are missing in between."""
    notes = []
    for table, found in rows.items():
        if table == "meta":
            continue
        unique = {row.key: row for row in reversed(found)}
        rows[table] = [unique[key] for key in sorted(unique) if 0 <= key < 2**53]
        if table == "history":
            continue
        if len(rows[table]) < len(found):
            notes.append(error(table, say("rows_out_of_order", count=len(found) - len(rows[table])), table=table))
        keys = [row.key for row in rows[table]]
        gaps = [(a + 1, b) for a, b in itertools.pairwise([-1, *keys]) if b > a + 1]
        for first, end in gaps[:20]:
            code = "rows_gone" if end > first + 1 else "row_gone"
            notes.append(error(table, say(code, first=first + 1, last=end), table=table))
    return notes


def _text_of(cell: PageCell) -> str:
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else ""


def _text(cell: PageCell) -> str:
    return shown(cell.decode("utf-8", "replace"), quote=False) if isinstance(cell, bytes) else "?"
