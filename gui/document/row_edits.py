"""Edits of rows that several views offer, each one undo step: add, rename, duplicate, delete; and what is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import msgspec

from gigaplan.engine.catalogue.new_rows import unused_name, why_not_new, with_new_row
from gigaplan.engine.plan.annotations import Place, annotated, named
from gigaplan.engine.plan.bounds import NUMERIC, refusals
from gigaplan.engine.plan.fields import LONGEST_NAME, Field
from gigaplan.engine.plan.plan import Plan, find, unused_id, with_fields, without
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.gui.document.document import Document, Row

NOUNS = {
    "workloads": "workload",
    "offers": "offer",
    "sites": "site",
    "services": "service",
    "power_contracts": "power contract",
    "platforms": "platform",
    "agreements": "agreement",
    "ports": "port",
    "policies": "policy",
    "parameters": "parameter",
    "scenarios": "scenario",
    "uncertainties": "uncertainty",
}
"""What one row of a table is called."""
SCENARIOS = "scenarios"
ROOM = len(" copy 10000")
"""Of the longest name, for what sets a copy apart."""


def row_name(row: Any) -> str:
    """What a person calls a row that has an id."""
    return getattr(row, "name", "") or row.id


def add_row(document: Document, table: str, work_kind: str = "chat_serving") -> str:
    """Adds a row with starting figures and chooses it. Gives its id, or "" where the plan lacks what it needs."""
    if why_not_new(document.holder(table), table):
        return ""
    plan, row = with_new_row(document.holder(table), table, work_kind)
    document.apply(plan, f"Add {NOUNS[table]}", in_base=table == SCENARIOS)
    if table != "ports":  # ports have no id to be chosen by
        document.select(table, (row.id,))
        return str(row.id)
    return ""


def rename_row(document: Document, table: str, id: str, name: str) -> bool:
    """Renames a row. False, and nothing done, for an empty name, one that is too long, or the one that it has."""
    name = " ".join(name.split())
    row = find(document.holder(table), table, id)
    if not name or row is None or row.name == name or len(name) > LONGEST_NAME:
        return False
    plan = with_fields(document.holder(table), table, id, name=name)
    document.apply(plan, f"Rename {row_name(row)}", in_base=table == SCENARIOS)
    return True


def delete_rows(document: Document, rows: Iterable[Row]) -> None:
    """Removes rows of any tables, and what spoke only of them."""
    rows, of = _holders(rows)
    found = _found(document.holder(of), rows)
    plan = document.holder(of)
    for table, group in found.items():
        plan = without(plan, table, [row.id for row in group])
    if found:
        document.apply(plan, f"Delete {_named(found)}", in_base=of == SCENARIOS)


def duplicate_rows(document: Document, rows: Iterable[Row]) -> None:
    """Puts a copy after each row, of whatever table, and chooses the copies."""
    rows, of = _holders(rows)
    found, plan, chosen = _found(document.holder(of), rows), document.holder(of), []
    for table, group in found.items():
        made = {row.id: copy for row, copy in zip(group, _copies(plan, table, group), strict=True)}
        pairs = ((row, made[row.id]) if row.id in made else (row,) for row in getattr(plan, table))
        plan = msgspec.structs.replace(plan, **{table: tuple(chain.from_iterable(pairs))})
        chosen += [(table, copy.id) for copy in made.values()]
    if chosen:
        document.apply(plan, f"Duplicate {_named(found)}", in_base=of == SCENARIOS)
        document.select_rows(chosen)


def _copies(plan: Plan, table: str, group: list[Any]) -> list[Any]:
    """A copy of each row, with an id and a name of its own."""
    ids, names = ({getattr(row, field, "") for row in getattr(plan, table)} for field in ("id", "name"))
    copies = []
    for row in group:
        name = unused_name(f"{row_name(row)[: LONGEST_NAME - ROOM]} copy", names)
        called = {"name": name} if "name" in row.__struct_fields__ else {}  # uncertainties have none
        copy = msgspec.structs.replace(row, id=unused_id(name, table, ids), **called)
        # The chips that stand are there once, whatever is offered.
        copies.append(msgspec.structs.replace(copy, installed=()) if table == "offers" else copy)
        ids.add(copy.id)
        names.add(name)
    return copies


def delete_port(document: Document, position: int) -> None:
    """Removes the port at a position; ports have no id."""
    ports = document.plan.ports
    if 0 <= position < len(ports):
        plan = msgspec.structs.replace(document.plan, ports=ports[:position] + ports[position + 1 :])
        document.apply(plan, f"Delete port to {ports[position].stack}")


def counted(rows: Iterable[Row]) -> str:
    """How many rows of which tables: 3 offers and 1 site."""
    count = Counter(table for table, _ in rows)
    words = [f"{n} {NOUNS[table] if n == 1 else table}" for table, n in count.items()]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


def _holders(rows: Iterable[Row]) -> tuple[list[Row], str]:
    """The rows, and the table that says which plan holds them: scenarios are held by the base alone."""
    rows = list(rows)
    return rows, SCENARIOS if any(table == SCENARIOS for table, _ in rows) else ""


def _found(plan: Plan, rows: Iterable[Row]) -> dict[str, list[Any]]:
    """Those of the rows that are in the plan, by table."""
    found: dict[str, list[Any]] = {}
    known: dict[str, dict[str, Any]] = {}
    for table, id in rows:
        if table not in known:
            known[table] = {row.id: row for row in getattr(plan, table)}
        if (row := known[table].get(id)) is not None:
            found.setdefault(table, []).append(row)
    return found


def _named(found: dict[str, list[Any]]) -> str:
    """What an edit of rows is called after: their name, or how many they are."""
    rows = [(table, row) for table, group in found.items() for row in group]
    return row_name(rows[0][1]) if len(rows) == 1 else counted((table, row.id) for table, row in rows)


def refused(field: Field, value: Any, plan: Plan) -> str:
    """Why a value cannot stand in a field of this plan; empty where it can."""
    if value is None:
        return "" if field.optional else "is empty; a value is needed"
    if field.kind in NUMERIC:
        if field.kind == "integer" and value != int(value):
            return "must be a whole number"
        time = Timeline.of(plan.settings)
        return next((str(why) for _, why in refusals(field, value, time.periods, time)), "")
    if field.kind == "numbers":
        return next((str(why) for _, why in refusals(field, value)), "")
    return ""


def lock(document: Document, places: Sequence[Place], locked: bool = True) -> None:
    """Locks fields, or unlocks them."""
    what = named(document.base, places[0]) if len(places) == 1 else f"{len(places)} figures"
    plan = annotated(document.base, places, locked=locked)
    document.apply(plan, f"{'Lock' if locked else 'Unlock'} {what}", in_base=True)


def comment(document: Document, place: Place, text: str) -> None:
    """Gives a field a comment; an empty one takes it away."""
    plan = annotated(document.base, [place], comment=text.strip())
    document.apply(plan, f"Comment on {named(document.base, place)}", in_base=True)
