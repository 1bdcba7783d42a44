"""What turns one plan into another, as a scenario of the first: edits that were tried become moved assumptions."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from gigaplan.engine.plan.fields import Field, Growth, Steps, fields
from gigaplan.engine.plan.plan import Plan, find, fresh_id, with_row
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.engine.plan.schema import ROW_TYPES, Override, Scenario, Settings
from gigaplan.engine.plan.text import listed
from gigaplan.engine.plan.timeline import Timeline

MOVABLE = ("platforms", "sites", "power_contracts", "offers", "services", "workloads", "agreements", "policies")
"""The tables whose fields a scenario can move; ports have no id to be named by."""
ASIDE = ("name", "notes")
"""What people call a row is no assumption: it stays as it was edited."""
ROWS_STAY = "A scenario changes fields of rows; it can neither add nor remove rows, nor change ports."
_MOST = 4


class Variant(Struct, frozen=True, kw_only=True):
    """A plan put back to an earlier state, with the edits since then as a new scenario; or why it cannot be."""

    plan: Plan | None = None
    scenario: Scenario | None = None
    refusals: tuple[str, ...] = ()
    """Why these edits are no scenario, a sentence each; empty where they are one."""


def as_scenario(base: Plan, edited: Plan, name: str) -> Variant:
    """`base` with a scenario under which it is `edited`.

    Names, notes, the places of cards, scenarios and uncertainties stay as they are in `edited`: they are no
    assumptions. Rows that were added or removed cannot be in a scenario, and are named in the refusals.
    """
    if refusals := _whole_rows(base, edited):
        return Variant(refusals=(*refusals, ROWS_STAY))
    overrides = tuple(_overrides(base, edited))
    if not overrides:
        return Variant(refusals=("No assumption was edited.",))
    plan = _put_back(base, edited)
    scenario = Scenario(id=fresh_id(plan, "scenarios", name), name=name, overrides=overrides)
    plan = with_row(plan, "scenarios", scenario)
    try:
        moved = apply_scenario(plan, scenario.id)
    except PlanError as error:
        return Variant(refusals=tuple(f"{p.text[:1].upper()}{p.text[1:]}." for p in error.problems))
    if left := [*_overrides(moved, edited)]:
        where = listed(dict.fromkeys(f"{o.field} of {o.row or 'the plan'}" for o in left), "and")
        return Variant(refusals=(f"A scenario cannot hold the edit of {where}.",))
    return Variant(plan=plan, scenario=scenario)


def _whole_rows(base: Plan, edited: Plan) -> tuple[str, ...]:
    """What was done to whole rows, which a scenario cannot do."""
    found = []
    for table in MOVABLE:
        before, after = [{row.id: row for row in getattr(p, table)} for p in (base, edited)]
        added = [_name(row) for id, row in after.items() if id not in before]
        removed = [_name(row) for id, row in before.items() if id not in after]
        found += [_refusal(table, names, verb) for names, verb in ((added, "added"), (removed, "removed")) if names]
    if base.ports != edited.ports:
        found.append("Ports were edited.")
    return tuple(found)


def _refusal(table: str, names: list[str], verb: str) -> str:
    more = len(names) - _MOST
    shown = [*names[:_MOST], f"{more} more"] if more > 0 else names
    one = {"policies": "policy"}.get(table, table[:-1])
    return (
        f"The {one} {shown[0]} was {verb}." if len(names) == 1 else f"The {table} {listed(shown, 'and')} were {verb}."
    )


def _name(row: Any) -> str:
    return getattr(row, "name", "") or str(row.id)


def _overrides(base: Plan, edited: Plan) -> list[Override]:
    """What each field that differs is set to; the settings first, since they say how long series are."""
    time = Timeline.of(edited.settings)
    found = _of_row("plan", None, base.settings, edited.settings, time, time)
    one_time = base.settings.periods == edited.settings.periods
    for table in MOVABLE:
        for row in getattr(edited, table):
            old = find(base, table, row.id)
            if old is not None and old is not row:
                found += _of_row(table, row.id, old, row, time if one_time else None, time)
    return found


def _of_row(table: Any, row: str | None, old: Any, new: Any, shared: Timeline | None, time: Timeline) -> list[Override]:
    """The overrides of a row; `shared` is the time grid where both plans have as many periods."""
    row_type: type[Struct] = Settings if table == "plan" else ROW_TYPES[table]
    made = []
    for field in fields(row_type):
        was, is_now = getattr(old, field.name), getattr(new, field.name)
        if field.name in ASIDE or was == is_now:
            continue
        if field.opening and isinstance(is_now, Growth | Steps):
            # A scenario moves the values of periods, which are means: here those with which they open are meant.
            is_now = tuple(time.opening(is_now).tolist())
            if shared is not None and was is not None and tuple(time.opening(was).tolist()) == is_now:
                continue
        value, (first, until) = _value(field, was, is_now, shared) if shared else (is_now, (None, None))
        plain = msgspec.to_builtins(value)
        made.append(Override(table=table, row=row, field=field.name, op="set", value=plain, from_=first, until=until))
    return made


_Span = tuple[str | None, str | None]
_ALWAYS: _Span = (None, None)


def _value(field: Field, was: Any, is_now: Any, time: Timeline) -> tuple[Any, _Span]:
    """The new value, and from and until which month it is of, where one run of a list moved, all to one value."""
    if field.kind != "series" or not isinstance(is_now, tuple) or was is None or not isinstance(was, tuple | float):
        return is_now, _ALWAYS
    before = was if isinstance(was, tuple) else (was,) * len(is_now)
    if len(before) != len(is_now):
        return is_now, _ALWAYS
    moved = [k for k, (a, b) in enumerate(zip(before, is_now, strict=True)) if a != b]
    values = {is_now[k] for k in moved}
    is_run = bool(moved) and moved[-1] - moved[0] + 1 == len(moved) < len(is_now)
    if not is_run or len(values) > 1:
        return is_now, _ALWAYS
    end = moved[-1] + 1
    return values.pop(), (time.dates[moved[0]] if moved[0] else None, time.dates[end] if end < len(is_now) else None)


def _put_back(base: Plan, edited: Plan) -> Plan:
    """`base`, with everything of `edited` that is no assumption."""
    kept = {name: getattr(edited.settings, name) for name in ASIDE}
    changes: dict[str, Any] = {"settings": msgspec.structs.replace(base.settings, **kept)}
    for table in MOVABLE:
        named = [f.name for f in fields(ROW_TYPES[table]) if f.name in ASIDE]
        rows = []
        for row in getattr(base, table):
            after = find(edited, table, row.id)
            words = {name: getattr(after, name) for name in named}
            same = all(getattr(row, name) == word for name, word in words.items())
            rows.append(row if same else msgspec.structs.replace(row, **words))
        changes[table] = tuple(rows)
    return msgspec.structs.replace(edited, **changes)
