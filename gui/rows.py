"""Edits of whole rows that several views offer: add, rename, duplicate, delete. Each is one undo step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from engine.defaults import fresh_name, why_not_new, with_new_row
from engine.plan import find, fresh_id, with_fields, with_row, without
from gui.document import Document

NOUNS = {
    "workloads": "workload",
    "offers": "offer",
    "sites": "site",
    "platforms": "platform",
    "agreements": "agreement",
    "ports": "port",
    "policies": "policy",
    "scenarios": "scenario",
    "uncertainties": "uncertainty",
}
"""What one row of a table is called."""


def row_name(row: Any) -> str:
    """What a person calls a row that has an id."""
    return getattr(row, "name", "") or row.id


def add_row(document: Document, table: str, work_kind: str = "chat_serving") -> str:
    """Adds a row with starting figures and chooses it. Gives its id, or "" where the plan lacks what it needs."""
    if why_not_new(document.plan, table):
        return ""
    plan, row = with_new_row(document.plan, table, work_kind)
    document.apply(plan, f"Add {NOUNS[table]}")
    if table != "ports":  # ports have no id to be chosen by
        document.select(table, (row.id,))
        return str(row.id)
    return ""


def rename_row(document: Document, table: str, id: str, name: str) -> bool:
    """Renames a row. False, and nothing done, for an empty name or the one that it has."""
    name = " ".join(name.split())
    row = find(document.plan, table, id)
    if not name or row is None or row.name == name:
        return False
    document.apply(with_fields(document.plan, table, id, name=name), f"Rename {row_name(row)}")
    return True


def delete_rows(document: Document, table: str, ids: Iterable[str]) -> None:
    """Removes rows, and what spoke only of them."""
    rows = [row for id in ids if (row := find(document.plan, table, id)) is not None]
    if rows:
        document.apply(without(document.plan, table, [row.id for row in rows]), f"Delete {_named(rows, table)}")


def duplicate_rows(document: Document, table: str, ids: Iterable[str]) -> None:
    """Puts a copy after each row, and chooses the copies."""
    plan, copies, originals = document.plan, [], []
    for id in ids:
        row = find(plan, table, id)
        if row is None:
            continue
        name = fresh_name(plan, table, f"{row_name(row)} copy")
        copy = msgspec.structs.replace(row, id=fresh_id(plan, table, name), name=name)
        if table == "offers":
            # The chips that stand are there once, whatever is offered.
            copy = msgspec.structs.replace(copy, installed=())
        plan = with_row(plan, table, copy, getattr(plan, table).index(row) + 1)
        copies.append(copy.id)
        originals.append(row)
    if copies:
        document.apply(plan, f"Duplicate {_named(originals, table)}")
        document.select(table, copies)


def delete_port(document: Document, position: int) -> None:
    """Removes the port at a position; ports have no id."""
    ports = document.plan.ports
    if 0 <= position < len(ports):
        plan = msgspec.structs.replace(document.plan, ports=ports[:position] + ports[position + 1 :])
        document.apply(plan, f"Delete port to {ports[position].stack}")


def _named(rows: list[Any], table: str) -> str:
    return row_name(rows[0]) if len(rows) == 1 else f"{len(rows)} {table}"
