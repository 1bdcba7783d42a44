"""What a plan has otherwise than the catalogues that its rows were taken from, field by field, and taking it over."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from gigaplan.engine.catalogue.entries import Catalogue
from gigaplan.engine.catalogue.rows import offer_row, platform_row, site_row
from gigaplan.engine.plan.fields import Field, fields
from gigaplan.engine.plan.plan import Plan, find, with_fields
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import ROW_TYPES, Table

_ROWS: dict[Table, Callable[[str, Catalogue], Any]] = {
    "platforms": platform_row,
    "offers": offer_row,
    "sites": lambda id, catalogue: site_row(id, None, catalogue),
}
"""The tables whose rows are taken from a catalogue."""
OWN = ("id", "platform", "sites", "power_mw", "name")
"""Fields that are the plan's own, whatever the catalogue says."""
WORDS = ("source", "as_of")
"""What may be said more of than the edition says that a row is of: alone, it is no difference."""
ORIGIN = re.compile(r"(?P<name>.+) (?P<edition>\S+): (?P<id>\S+)")
Key = tuple[str, str]
"""The table and the id of a row of the plan."""


class CatalogueChange(Struct, frozen=True):
    """A field that differs."""

    field: Field
    now: Any
    then: Any
    """In the catalogue."""


class RowUpdate(Struct, frozen=True):
    """A row of the plan that differs from its entry."""

    table: str
    id: str
    origin: str
    """The entry, with the name and the edition of its catalogue as they are now."""
    changes: tuple[CatalogueChange, ...]
    """Without any, the row knows an older edition that said the same."""
    missing: str = ""
    """Why there is nothing to take over: the entry is gone, or lacks a figure."""


def updates(plan: Plan, catalogues: Sequence[Catalogue], rows: Collection[Key] | None = None) -> list[RowUpdate]:
    """The rows that differ from the catalogues, of all or of some rows, in the order of the plan.

    A row is compared with the entry that it was taken from; a platform or a site that says of none, with the one of
    its id. Each field that an entry gives counts, but for those in `OWN`: what a person has changed differs too.
    """
    by_name = {catalogue.name: catalogue for catalogue in catalogues}
    found = []
    for table in _ROWS:
        for row in getattr(plan, table):
            if rows is None or (table, row.id) in rows:
                update = _update(table, row, by_name, catalogues)
                if update is not None:
                    found.append(update)
    return found


def _update(table: Table, row: Any, by_name: Mapping[str, Catalogue], known: Sequence[Catalogue]) -> RowUpdate | None:
    said = ORIGIN.fullmatch(row.catalogue)
    if said is not None:
        catalogue, id = by_name.get(said["name"]), said["id"]
        if catalogue is None:
            return RowUpdate(table, row.id, row.catalogue, (), f"the catalogue {said['name']} is not there")
    else:
        catalogue, id = next((c for c in known if table != "offers" and c.holds(table, row.id)), None), row.id
        if catalogue is None:
            return None
    if not catalogue.holds(table, id):
        return RowUpdate(table, row.id, row.catalogue, (), f"{catalogue.name} {catalogue.edition} has no {id} any more")
    try:
        new = _ROWS[table](id, catalogue)
    except PlanError as error:
        why = ", ".join(p.text for p in error.problems)
        return RowUpdate(table, row.id, catalogue.origin(table, id), (), f"{id} {why}")
    changes = tuple(
        CatalogueChange(field, getattr(row, field.name), getattr(new, field.name))
        for field in fields(ROW_TYPES[table])
        if field.name not in (*OWN, "catalogue")
        and getattr(row, field.name) != getattr(new, field.name)
        and getattr(new, field.name) != field.default
    )
    is_current = row.catalogue == new.catalogue
    if is_current and all(change.field.name in WORDS for change in changes):
        return None
    return RowUpdate(table, row.id, new.catalogue, changes)


def updated(plan: Plan, taken: Sequence[tuple[RowUpdate, Collection[str]]]) -> Plan:
    """The plan with the named fields of some rows as their entries have them. A row of which all are taken, or that
    differs in none, says from then on which edition it is from."""
    for update, names in taken:
        values = {change.field.name: change.then for change in update.changes if change.field.name in names}
        if len(values) == len(update.changes) and not update.missing:
            values["catalogue"] = update.origin
        row = find(plan, update.table, update.id)
        if row is not None and msgspec.structs.replace(row, **values) != row:
            plan = with_fields(plan, update.table, update.id, **values)
    return plan
