"""What turns one plan into another, as a scenario of the first: edits that were tried become moved assumptions."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from gigaplan.engine.plan.annotations import Figures, beneath, merged, with_values
from gigaplan.engine.plan.fields import Field, Growth, Steps, fields
from gigaplan.engine.plan.formulas import formula_of
from gigaplan.engine.plan.plan import Plan, find, fresh_id, with_row
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.engine.plan.schema import ROW_TYPES, Override, Scenario, Settings
from gigaplan.engine.plan.text import listed
from gigaplan.engine.plan.timeline import Timeline

MOVABLE = (
    "platforms", "sites", "power_contracts", "offers", "services", "workloads", "agreements", "policies", "parameters",
)  # fmt: skip
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


def _whole_rows(base: Plan, edited: Plan, *, added: bool = True) -> tuple[str, ...]:
    """What was done to whole rows, which a scenario cannot do; without `added`, what cannot go into the base either."""
    found = []
    for table in MOVABLE:
        before, after = [{row.id: row for row in getattr(p, table)} for p in (base, edited)]
        more = [_name(row) for id, row in after.items() if id not in before] if added else []
        removed = [_name(row) for id, row in before.items() if id not in after]
        found += [_refusal(table, names, verb) for names, verb in ((more, "added"), (removed, "removed")) if names]
    if base.ports != edited.ports if added else any(port not in edited.ports for port in base.ports):
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
    return [o for o in found if not _follows(base, edited, o)] if edited.annotations else found


def _follows(base: Plan, edited: Plan, o: Override) -> bool:
    """Whether a field differs because its formula, which both plans have, gives another value."""
    place = (o.table, o.row, o.field)
    formula = formula_of(edited, place)
    if formula:
        return formula == formula_of(base, place)
    inside = [p for p in beneath(edited, place)[1:] if (f := formula_of(edited, p)) and f == formula_of(base, p)]
    if not inside:
        return False
    figures = Figures(edited)
    try:
        return bool(Figures(with_values(base, {p: figures.value(p) for p in inside})).value(place) == o.value)
    except LookupError:
        return False


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


def _put_back(base: Plan, edited: Plan, shown: Plan | None = None) -> Plan:
    """`base`, with everything of `edited` that is no assumption; of names and notes, what is not as in `shown`."""

    def words_of(row: Any, after: Any, was: Any, names: Iterable[str]) -> dict[str, Any]:
        new = {name: getattr(after, name) for name in names}
        return {n: v for n, v in new.items() if getattr(row, n) != v and (was is None or getattr(was, n) != v)}

    kept = words_of(base.settings, edited.settings, shown and shown.settings, ASIDE)
    changes: dict[str, Any] = {"settings": msgspec.structs.replace(base.settings, **kept) if kept else base.settings}
    for table in MOVABLE:
        named = [f.name for f in fields(ROW_TYPES[table]) if f.name in ASIDE]
        rows = []
        for row in getattr(base, table):
            words = words_of(row, find(edited, table, row.id), shown and find(shown, table, row.id), named)
            rows.append(msgspec.structs.replace(row, **words) if words else row)
        changes[table] = tuple(rows)
    # What a formula gives is a value of the base; a scenario that moves the field has a value of its own.
    return msgspec.structs.replace(edited, **changes, annotations=merged(base, edited))


def edited_under(base: Plan, id: str, shown: Plan, edited: Plan, factor: float | None = None) -> Variant:
    """`base` with a scenario of it changed such that under the scenario the plan is `edited`, where it was `shown`.

    Fields that were edited become overrides; the scenario's other overrides stay, so that one that scales still
    scales. With `factor`, numbers were multiplied with it, and it is kept where it gives the same. A field that is as
    in the base again, or in what the scenario is based on, is overridden no more. Rows that were added, names, notes
    and places go into the base. Rows that were removed, and ports that were changed, are refused.
    """
    if refusals := _whole_rows(shown, edited, added=False):
        return Variant(refusals=(*refusals, ROWS_STAY))
    wide = _put_back(_with_added(base, edited), edited, shown)
    wide = msgspec.structs.replace(wide, ports=edited.ports, scenarios=base.scenarios)
    scenario = next(s for s in base.scenarios if s.id == id)
    moves = _overrides(shown, edited)
    ground = wide if scenario.parent is None else apply_scenario(wide, scenario.parent)
    # Where a factor, or a run of periods, does not give what was edited, all of the field is set.
    for by, whole in ((factor, False), (None, False), (None, True)) if factor else ((None, False), (None, True)):
        overrides = _merged(ground, edited, scenario.overrides, moves, whole, by)
        after = msgspec.structs.replace(scenario, overrides=overrides)
        rows = tuple(after if s.id == id else s for s in base.scenarios)
        plan = msgspec.structs.replace(wide, scenarios=rows)
        try:
            moved = apply_scenario(plan, id)
        except PlanError as error:
            refusals = tuple(f"{p.text[:1].upper()}{p.text[1:]}." for p in error.problems)
            continue
        left = [o for o in _overrides(moved, edited) if not _is_near(_value_in(moved, o), _value_in(edited, o))]
        if not left:
            return Variant(plan=plan, scenario=after)
        where = listed(dict.fromkeys(f"{o.field} of {o.row or 'the plan'}" for o in left), "and")
        refusals = (f"A scenario cannot hold the edit of {where}.",)
    return Variant(refusals=refusals)


def _value_in(plan: Plan, o: Override) -> Any:
    return getattr(plan.settings if o.table == "plan" else find(plan, o.table, o.row or ""), o.field)


def _is_near(one: Any, other: Any) -> bool:
    """Whether two values of a field are one but for the dust of binary fractions."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-11)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_is_near, one, other))
    if isinstance(one, Growth) and isinstance(other, Growth):
        alike = (one.annual_growth, one.from_) == (other.annual_growth, other.from_)
        return alike and _is_near(one.start, other.start)
    return bool(one == other)


def _with_added(base: Plan, edited: Plan) -> Plan:
    """`base` with the rows that only `edited` has, in their places."""
    changes: dict[str, Any] = {}
    for table in MOVABLE:
        there = {row.id: row for row in getattr(base, table)}
        if any(row.id not in there for row in getattr(edited, table)):
            changes[table] = tuple(there.get(row.id, row) for row in getattr(edited, table))
    return msgspec.structs.replace(base, **changes) if changes else base


def _merged(
    base: Plan, edited: Plan, kept: tuple[Override, ...], moves: list[Override], whole: bool, factor: float | None
) -> tuple[Override, ...]:
    """The overrides of a scenario with `moves` among them; with `whole`, each sets its field in all periods."""

    def place(o: Override) -> tuple[str, str | None, str]:
        return o.table, o.row, o.field

    made = list(kept)
    for move in moves:
        now = _value_in(edited, move)
        as_base = _value_in(base, move) == now
        if factor is not None and not as_base and not isinstance(now, str | bool | None):
            by = msgspec.structs.replace(move, op="scale", value=factor, from_=None, until=None)
            made.append(by)
            continue
        if whole:
            move = msgspec.structs.replace(move, value=msgspec.to_builtins(now), from_=None, until=None)
        is_part = move.from_ is not None or move.until is not None
        span = ("set", move.from_, move.until)
        old = [k for k, o in enumerate(made) if place(o) == place(move)]
        gone = [k for k in old if as_base or not is_part or (made[k].op, made[k].from_, made[k].until) == span]
        for k in reversed(gone):
            del made[k]
        if not as_base:
            made.insert(len(made) if is_part or not gone else gone[0], move)
    return tuple(made)
