"""What is said of single fields beside their values: formulas, locks, comments; and what an edit leaves of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from gigaplan.engine.plan.fields import field_of
from gigaplan.engine.plan.plan import Plan, find, with_rows, with_settings
from gigaplan.engine.plan.schema import ROW_TYPES, Annotation, Settings
from gigaplan.engine.plan.text import shown

Place = tuple[str, str | None, str]
"""(table, id of the row, field); of the plan itself the row is None."""


def place_of(annotation: Annotation) -> Place:
    """Which field an annotation is of."""
    return annotation.table, annotation.row, annotation.field


def annotation_of(plan: Plan, place: Place) -> Annotation | None:
    """What is said of a field, or None."""
    return next((a for a in plan.annotations if place_of(a) == place), None)


def annotated(plan: Plan, places: Iterable[Place], **changes: Any) -> Plan:
    """The plan with `formula`, `locked` or `comment` of fields changed; what says nothing any more goes."""
    wanted = list(dict.fromkeys(places))
    known = {place_of(a): a for a in plan.annotations}
    for place in wanted:
        table, row, field = place
        old = known.get(place) or Annotation(table=table, row=row, field=field)  # type: ignore[arg-type]
        known[place] = msgspec.structs.replace(old, **changes)
    rows = tuple(a for a in known.values() if a.formula or a.locked or a.comment)
    return plan if rows == plan.annotations else msgspec.structs.replace(plan, annotations=rows)


class Figures:
    """The fields of a plan by their places; each table is looked through once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._rows: dict[str, dict[str, Any]] = {}

    def row(self, table: str, id: str) -> Any | None:
        """The row of a table; None where there is none, as in tables whose rows have no id."""
        if table not in self._rows:
            has_id = "id" in ROW_TYPES[table].__struct_fields__
            self._rows[table] = {row.id: row for row in getattr(self._plan, table)} if has_id else {}
        return self._rows[table].get(id)

    def value(self, place: Place) -> Any:
        """The value of a field. Raises LookupError where the plan has no such field."""
        table, id, field = place
        row = self._plan.settings if table == "plan" else self.row(table, id or "")
        if row is None:
            raise LookupError(f"names {shown(id or '')}, and {table} has no such row")
        if field not in row.__struct_fields__:
            raise LookupError(f"names {shown(field)}, which is not a field of {table}")
        return getattr(row, field)


def with_values(plan: Plan, values: Mapping[Place, Any]) -> Plan:
    """The plan with other values in fields that are there."""
    changes: dict[str, dict[str | None, dict[str, Any]]] = {}
    for (table, row, field), value in values.items():
        changes.setdefault(table, {}).setdefault(row, {})[field] = value
    for table, rows in changes.items():
        if table == "plan":
            plan = with_settings(plan, **rows[None])
        else:
            edit = lambda row, rows=rows: msgspec.structs.replace(row, **rows[row.id])  # noqa: E731
            plan = with_rows(plan, table, [id or "" for id in rows], edit)
    return plan


def named(plan: Plan, place: Place) -> str:
    """What people call a field: Price of H200; Discount rate of the plan."""
    table, row, field = place
    label = field_of(Settings if table == "plan" else ROW_TYPES[table], field).label
    if table == "plan":
        return f"{label} of the plan"
    found = find(plan, table, row or "")
    return f"{label} of {getattr(found, 'name', '') or row}"


def locked_places(plan: Plan) -> tuple[Place, ...]:
    """The fields that are locked, in the order in which they were."""
    return tuple(place_of(a) for a in plan.annotations if a.locked)


def against_locks(before: Plan, after: Plan) -> tuple[tuple[Place, ...], tuple[Place, ...]]:
    """The locked fields to which an edit gives another value, and those whose row it removes.

    What is locked no more after the edit is not among them; nor is what its formula gives anew.
    """
    still = {place_of(a): a for a in after.annotations if a.locked}
    changed, removed = [], []
    old, new = Figures(before), Figures(after)
    for annotation in before.annotations:
        if not annotation.locked:
            continue
        place = place_of(annotation)
        try:
            was = old.value(place)
        except LookupError:
            continue
        try:
            now = new.value(place)
        except LookupError:
            removed.append(place)
            continue
        kept = still.get(place)
        if kept is not None and (now != was or kept.formula != annotation.formula):
            changed.append(place)
    return tuple(changed), tuple(removed)


def put_back(before: Plan, after: Plan, places: Iterable[Place]) -> Plan:
    """`after` with fields as they were in `before`, formulas too."""
    figures, wanted = Figures(before), list(places)
    after = with_values(after, {place: figures.value(place) for place in wanted})
    for place in wanted:
        old = annotation_of(before, place)
        after = annotated(after, [place], formula=old.formula if old else "")
    return after


def merged(formulas_of: Plan, rest_of: Plan) -> tuple[Annotation, ...]:
    """The formulas of one plan, with the locks and comments of another."""
    found = {place_of(a): msgspec.structs.replace(a, formula="") for a in rest_of.annotations}
    for a in formulas_of.annotations:
        old = found.get(place_of(a), msgspec.structs.replace(a, locked=False, comment=""))
        found[place_of(a)] = msgspec.structs.replace(old, formula=a.formula)
    return tuple(a for a in found.values() if a.formula or a.locked or a.comment)
