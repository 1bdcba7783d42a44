"""What is said of single fields beside their values: formulas, locks, comments; and what an edit leaves of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from functools import cached_property
from typing import Any

import msgspec

from gigaplan.engine.plan.fields import Field, field_of
from gigaplan.engine.plan.plan import Plan, find, with_rows, with_settings
from gigaplan.engine.plan.problems import say
from gigaplan.engine.plan.schema import ROW_TYPES, Annotation, Settings
from gigaplan.engine.plan.timeline import Timeline, is_month, period_label

Place = tuple[str, str | None, str]
"""(table, id of the row, field); of the plan itself the row is None.

A field may lie within another, by its position or its name there (`installed.0.chips`, `inference.context_tokens`), and
a value of a series that is given period by period by the month with which the period begins (`demand.2027-07`).
"""


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


def field_at(place: Place) -> Field:
    """The declared field at a place; of one period that of its series. Raises KeyError where there is none."""
    table, _, path = place
    row_type, found = Settings if table == "plan" else ROW_TYPES[table], None
    for step in path.split("."):
        kind = found.kind if found is not None else ""
        if (kind == "series" and is_month(step)) or (kind == "rows" and step.isdecimal()):
            continue
        if found is not None and found.row_type is None:
            raise KeyError(path)
        found = field_of(row_type, step)
        row_type = found.row_type
    assert found is not None
    return found


def is_of_period(place: Place) -> bool:
    """Whether a place is one period of a series."""
    return "." in place[2] and field_at(place).kind == "series"


def beneath(plan: Plan, place: Place) -> list[Place]:
    """The place, and those within it of which something is said."""
    table, row, field = place
    inside = [place_of(a) for a in plan.annotations if a.table == table and a.row == row
              and a.field.startswith(f"{field}.")]  # fmt: skip
    return [place, *inside]


def without_member(plan: Plan, place: Place, position: int) -> Plan:
    """What is said of rows within a field after one of them went: nothing of it, and of later ones a place before."""
    table, row, field = place
    kept = []
    for a in plan.annotations:
        path = a.field.split(".")
        if (a.table, a.row, path[0]) == (table, row, field) and len(path) > 1 and path[1].isdecimal():
            at = int(path[1])
            if at == position:
                continue
            if at > position:
                a = msgspec.structs.replace(a, field=".".join((field, str(at - 1), *path[2:])))
        kept.append(a)
    return msgspec.structs.replace(plan, annotations=tuple(kept))


def with_members_followed(before: Plan, after: Plan) -> Plan:
    """`after` with what is said of rows within a field at the places where these rows are now.

    A row is known by what it holds, wherever it moved, or by half of it. What was said of one that went goes with it;
    where the edit itself said other things of such rows, they stay as they are.
    """
    wholes = dict.fromkeys((a.table, a.row, path[0]) for a in before.annotations if (path := _member(a)))
    old, new = Figures(before), Figures(after)
    for whole in wholes:
        said = beneath(before, whole)
        try:
            was, now = old.value(whole) or (), new.value(whole) or ()
        except LookupError:
            continue
        if was != now and said == beneath(after, whole):
            after = _with_members_at(after, whole, _places(was, now))
    return after


def _member(annotation: Annotation) -> list[str]:
    """The path of what lies in a row within a field; of anything else an empty one."""
    path = annotation.field.split(".")
    return path if len(path) > 1 and path[1].isdecimal() else []


def _with_members_at(plan: Plan, whole: Place, places: dict[int, int]) -> Plan:
    kept = []
    for a in plan.annotations:
        path = _member(a)
        if path and (a.table, a.row, path[0]) == whole:
            at = places.get(int(path[1]))
            if at is None:
                continue
            a = msgspec.structs.replace(a, field=".".join((path[0], str(at), *path[2:])))
        kept.append(a)
    return msgspec.structs.replace(plan, annotations=tuple(kept))


def _places(was: tuple[Any, ...], now: tuple[Any, ...]) -> dict[int, int]:
    """Where each row is now: equal ones in their order, then equal ones anywhere, then those that are alike by half."""
    kinds: list[Any] = []
    for row in (*was, *now):
        if row not in kinds:
            kinds.append(row)
    one, other = [kinds.index(row) for row in was], [kinds.index(row) for row in now]
    found: dict[int, int] = {}
    for block in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks():
        found |= {block.a + k: block.b + k for k in range(block.size)}
    gone = [k for k in range(len(was)) if k not in found]
    come = [k for k in range(len(now)) if k not in found.values()]
    alike = {(i, j): _alike(was[i], now[j]) for i in gone for j in come}
    if len(was) == len(now):
        alike |= {(k, k): max(alike[k, k], 0.5) for k in gone if (k, k) in alike}
    for i, j in sorted(alike, key=lambda pair: (-alike[pair], abs(pair[0] - pair[1]))):
        if alike[i, j] >= 0.5 and i not in found and j not in found.values():
            found[i] = j
    return found


def _alike(one: Any, other: Any) -> float:
    names: tuple[str, ...] = one.__struct_fields__
    return sum(bool(getattr(one, name) == getattr(other, name)) for name in names) / len(names)


class Figures:
    """The fields of a plan by their places; each table is looked through once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._rows: dict[str, dict[str, Any]] = {}

    @cached_property
    def _dates(self) -> dict[str, int]:
        return {date: k for k, date in enumerate(Timeline.of(self._plan.settings).dates)}

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
            raise LookupError(say("row_unknown", row=id or '', table=table))
        for k, step in enumerate(field.split(".")):
            row = self._within(row, step, field if k else step, table)
        return row

    def _within(self, whole: Any, step: str, field: str, table: str) -> Any:
        if isinstance(whole, msgspec.Struct) and step in whole.__struct_fields__:
            return getattr(whole, step)
        at = self.position(whole, step)
        if at is None:
            raise LookupError(say("field_unknown", field=field, table=table))
        return whole[at]

    def position(self, whole: Any, step: str) -> int | None:
        """Where in a list of rows, or of values by period, a step of a path leads; None where it leads nowhere."""
        if not isinstance(whole, tuple):
            return None
        rows = bool(whole) and isinstance(whole[0], msgspec.Struct)
        at = (int(step) if step.isdecimal() else None) if rows else self._dates.get(step)
        return at if at is not None and at < len(whole) else None

    def put(self, whole: Any, path: list[str], value: Any) -> Any:
        """A row, or a part of one, with another value where a path leads. Raises LookupError."""
        if not path:
            return value
        step, rest = path[0], path[1:]
        if isinstance(whole, msgspec.Struct):
            return msgspec.structs.replace(whole, **{step: self.put(getattr(whole, step), rest, value)})
        at = self.position(whole, step)
        if at is None:
            raise LookupError(say("step_unknown", step=step))
        return (*whole[:at], self.put(whole[at], rest, value), *whole[at + 1 :])


def with_values(plan: Plan, values: Mapping[Place, Any]) -> Plan:
    """The plan with other values in fields that are there."""
    changes: dict[str, dict[str | None, dict[str, Any]]] = {}
    figures = Figures(plan)
    for (table, row, path), value in values.items():  # what lies within a field after the field itself
        field, *inside = path.split(".")
        of_row = changes.setdefault(table, {}).setdefault(row, {})
        if inside:
            value = figures.put(of_row.get(field, figures.value((table, row, field))), inside, value)
        of_row[field] = value
    for table, rows in changes.items():
        if table == "plan":
            plan = with_settings(plan, **rows[None])
        else:
            edit = lambda row, rows=rows: msgspec.structs.replace(row, **rows[row.id])  # noqa: E731
            plan = with_rows(plan, table, [id or "" for id in rows], edit)
    return plan


def named(plan: Plan, place: Place) -> str:
    """What people call a field: Price of H200; Demand in 2027 Q3 of Chat; Discount rate of the plan."""
    table, row, field = place
    label, first = field_at(place).label, field.split(".")[0]
    if is_of_period(place):
        label = f"{label} in {period_label(field.split('.')[-1], plan.settings.months_per_period)}"
    elif first != field:
        around = field_of(Settings if table == "plan" else ROW_TYPES[table], first).label
        at = next((f" {int(step) + 1}" for step in field.split(".") if step.isdecimal()), "")
        label = f"{label} of {around[:1].lower()}{around[1:]}{at}"
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
