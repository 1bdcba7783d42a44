"""What differs between two plans, input by input, and how the key figures moved."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Struct

from gigaplan.engine.plan.fields import Field, Growth, Steps, fields
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import ROW_TYPES
from gigaplan.engine.plan.text import counted, written
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.results.kpi_registry import KPIS

if TYPE_CHECKING:
    from gigaplan.engine.results.result import Result

TABLES = ("plan", *(table for table in ROW_TYPES if table != "layout"))
"""What is compared: where a card lies on the map is no input."""
EMPTY = "empty"
_MOST_PERIODS = 6
_MOST_TEXT = 60
_BEFORE_THE_DIFFERENCE = 20


class Difference(Struct, frozen=True, kw_only=True):
    """One input that differs, or one row that only one of the plans has."""

    kind: Literal["changed", "added", "removed"]
    table: str
    row: str
    """The id of the row, or what tells it from the others of its table; empty for the plan itself."""
    name: str
    """What people call the row."""
    field: str = ""
    """The name of the field, with those of rows inside it, as in `installed[here].chips`; empty for a whole row."""
    label: str = ""
    unit: str = ""
    before: str = ""
    """The value in words; empty where the row was not there."""
    after: str = ""
    when: str = ""
    """The period in which both values are, of a series that differs in one alone."""

    def __str__(self) -> str:
        place = f"{self.table}[{self.row}]" if self.row else self.table
        if self.kind != "changed" and not self.field:
            return f"{place}: {self.kind} ({self.name})"
        unit = f" {self.unit}" if self.unit else ""
        moved = {"added": f"{self.after}{unit}, added", "removed": f"{self.before}{unit}, removed"}
        when = f" in {self.when}" if self.when else ""
        words = moved.get(self.kind, f"{self.before} -> {self.after}{unit}{when}")
        return f"{place}.{self.field} ({self.label}): {words}"


class Movement(Struct, frozen=True, kw_only=True):
    """One key figure in two results."""

    name: str
    key: str
    """The workload, for a figure that each has; else empty."""
    unit: str
    before: float | None
    after: float | None

    @property
    def change(self) -> float | None:
        """After less before, in the unit; None where one of them is none."""
        return None if self.before is None or self.after is None else self.after - self.before


def differences(before: Plan, after: Plan) -> tuple[Difference, ...]:
    """The inputs that differ, in the order of the tables and fields.

    Rows are matched by id, or by the references that tell them apart; their order does not count, nor does that
    of ids in a list. Two values that differ never read alike.
    """
    times = _timelines(before, after)
    found = list(_fields("plan", "", before.settings.name, before.settings, after.settings, times))
    for table in TABLES[1:]:
        found += _rows(table, getattr(before, table), getattr(after, table), times)
    if before.settings.currency != "USD" or after.settings.currency != "USD":
        money = _one_line(after.settings.currency)
        found = [msgspec.structs.replace(d, unit=d.unit.replace("USD", money)) for d in found]
    return tuple(found)


def movements(before: Result, after: Result) -> tuple[Movement, ...]:
    """Every key figure of two results, in the order of KPIS; a figure that a result lacks is None."""
    made = []
    money = after.plan.settings.currency
    for name, kpi in KPIS.items():
        old, new = _by_key(before.kpis.get(name)), _by_key(after.kpis.get(name))
        keys = dict.fromkeys([*old, *new])
        if len(keys) > 1:
            keys.pop("", None)  # one of the results has no figures, the other one for each workload
        for key in keys:
            was, is_now = old.get(key), new.get(key)
            made.append(Movement(name=name, key=key, unit=kpi.unit_in(money), before=was, after=is_now))
    return tuple(made)


def _by_key(value: Any) -> dict[str, float | None]:
    return value if isinstance(value, dict) else {"": value}


_Owners = tuple[Any, Any]
_Times = tuple[Timeline, Timeline] | None
"""The time grids of both plans; None where they differ."""


def _timelines(before: Plan, after: Plan) -> _Times:
    try:
        times = Timeline.of(before.settings), Timeline.of(after.settings)
        return times if times[0].dates == times[1].dates else None
    except ValueError:
        return None  # a start that is no month


def _rows(table: str, before: tuple[Any, ...], after: tuple[Any, ...], times: _Times) -> Iterator[Difference]:
    for key, old, new in _matched(before, after):
        name = _one_line(str(getattr(new if old is None else old, "name", "") or key))
        if old is None or new is None:
            kind: Literal["added", "removed"] = "added" if old is None else "removed"
            yield Difference(kind=kind, table=table, row=key, name=name)
        elif old != new:
            yield from _fields(table, key, name, old, new, times)


def _matched(before: Iterable[Any], after: Iterable[Any]) -> Iterator[tuple[str, Any, Any]]:
    """(key, row before, row after) of rows, None where one has no such row: in the order of `before`, then new ones.

    Rows that are equal belong together first, where several have one key.
    """
    old, new = _by_name(before), _by_name(after)
    for key in dict.fromkeys([*old, *new]):
        was, is_now = old.get(key, []), new.get(key, [])
        for row in tuple(was):
            if row in is_now:
                was.remove(row)
                is_now.remove(row)
        for k, (one, other) in enumerate(itertools.zip_longest(was, is_now)):
            yield (key if k == 0 else f"{key} #{k + 1}"), one, other


def _by_name(rows: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(_key(row), []).append(row)
    return found


def _key(row: Any) -> str:
    """What tells a row from others: its id, or the texts that say what it is about."""
    if hasattr(row, "id"):
        return _one_line(str(row.id))
    row_type: type[Struct] = type(row)
    telling = [f for f in fields(row_type) if f.required and f.kind in ("reference", "text", "choice")]
    values = [getattr(row, f.name) for f in telling if f.name not in ("op", "unit", "basis")]
    values += [row.row] if hasattr(row, "row") and row.row is not None and row.row not in values else []
    return _one_line(" ".join(map(str, values))) or "row"


def _fields(
    table: str, row: str, name: str, old: Any, new: Any, times: _Times, owners: _Owners = (None, None)
) -> Iterator[Difference]:
    """The differences of each field of two rows; `owners` are the rows that they are inside of."""
    row_type: type[Struct] = type(old)
    for field in fields(row_type):
        was, is_now = getattr(old, field.name), getattr(new, field.name)
        if _plain(field, was) != _plain(field, is_now):
            yield from _values(table, row, name, field, (old, was), (new, is_now), times, owners)


def _values(
    table: str,
    row: str,
    name: str,
    field: Field,
    before: tuple[Any, Any],
    after: tuple[Any, Any],
    times: _Times,
    owners: _Owners,
) -> Iterator[Difference]:
    (old, was), (new, is_now) = before, after
    if field.kind == "rows":
        for key, one, other in _matched(was or (), is_now or ()):
            place = msgspec.structs.replace(field, name=f"{field.name}[{key}]")
            yield from _inner(table, row, name, place, one, other, times, (old, new))
        return
    if field.kind == "row":
        yield from _inner(table, row, name, field, was, is_now, times, (old, new))
        return
    former, unit = _unit(field, old, owners[0]), _unit(field, new, owners[1])
    first, second, when = _in_words(field, was, is_now, times)
    if unit != former:  # the unit depends on a field that differs too
        first, second, unit = f"{first} {former}".rstrip(), f"{second} {unit}".rstrip(), ""
    yield Difference(
        kind="changed", table=table, row=row, name=name, field=field.key, label=field.label, unit=unit,
        before=first, after=second, when=when,
    )  # fmt: skip


def _inner(
    table: str, row: str, name: str, field: Field, old: Any, new: Any, times: _Times, owners: _Owners
) -> Iterator[Difference]:
    """The differences of a row inside a field, whose name has its key."""
    if old is None or new is None:
        kind: Literal["added", "removed"] = "added" if old is None else "removed"
        whole = _row_in_words(new, owners[1]) if old is None else _row_in_words(old, owners[0])
        before, after = ("", whole) if old is None else (whole, "")
        yield Difference(
            kind=kind, table=table, row=row, name=name, field=field.name, label=field.label, before=before, after=after
        )
        return
    for d in _fields(table, row, name, old, new, times, owners):
        yield msgspec.structs.replace(d, field=f"{field.name}.{d.field}", label=f"{field.label}: {d.label}")


def _row_in_words(row: Any, owner: Any) -> str:
    row_type: type[Struct] = type(row)
    parts = (f"{f.label} {_words(f, getattr(row, f.name))} {_unit(f, row, owner)}".rstrip() for f in fields(row_type))
    return ", ".join(parts)


def _unit(field: Field, row: Any, owner: Any) -> str:
    """The unit of a field, which may depend on a field of the row that this one is inside of."""
    return field.unit_in(row if not field.unit_by or hasattr(row, field.unit_by) else owner)


def _plain(field: Field, value: Any) -> Any:
    """A value as it is compared: lists whose order says nothing are sorted."""
    if field.kind in ("references", "texts") and isinstance(value, tuple):
        return sorted(value)
    return msgspec.to_builtins(value) if field.kind == "any" else value


def _in_words(field: Field, was: Any, is_now: Any, times: _Times) -> tuple[str, str, str]:
    """Two values that differ, in words that differ, and the period in which they are where it is one alone."""
    if isinstance(was, tuple) and isinstance(is_now, tuple) and field.kind == "series" and len(was) == len(is_now):
        moved = [k for k, (a, b) in enumerate(zip(was, is_now, strict=True)) if a != b]
        labels = times[1].labels if times and len(times[1].labels) == len(was) else range(1, len(was) + 1)
        more = len(moved) - _MOST_PERIODS
        rest = f" and {counted(more, 'more period')}" if more > 0 else ""
        alike = any(_short(was[k]) == _short(is_now[k]) for k in moved[:_MOST_PERIODS])
        number = _exact if alike else _short
        if len(moved) == 1:
            return number(was[moved[0]]), number(is_now[moved[0]]), str(labels[moved[0]])
        first, second = (
            ", ".join(f"{number(values[k])} in {labels[k]}" for k in moved[:_MOST_PERIODS]) + rest
            for values in (was, is_now)
        )
        return first, second, ""
    first, second = _words(field, was), _words(field, is_now)
    if first == second:
        first, second = _words(field, was, _exact), _words(field, is_now, _exact)
    if isinstance(was, str) and isinstance(is_now, str) and max(len(first), len(second)) > _MOST_TEXT:
        start = next(
            (k for k, (a, b) in enumerate(zip(was, is_now, strict=False)) if a != b), min(len(was), len(is_now))
        )
        return _cut(was, start), _cut(is_now, start), ""
    if first == second:
        return f"{first} ({type(was).__name__})", f"{second} ({type(is_now).__name__})", ""
    return first, second, ""


def _cut(text: str, at: int) -> str:
    """The part of a text around a place."""
    start = max(0, at - _BEFORE_THE_DIFFERENCE)
    part = text[start : start + _MOST_TEXT]
    return ("…" if start else "") + _one_line(part) + ("…" if start + _MOST_TEXT < len(text) else "")


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _short(value: float) -> str:
    """A number to twelve digits, thousands apart."""
    return written(f"{int(value):,}" if _is_whole(value) else f"{value:.12g}")


def _exact(value: float) -> str:
    """Every digit of a number."""
    return written(f"{int(value):,}" if _is_whole(value) else f"{value!r}")


def _is_whole(value: float) -> bool:
    return isinstance(value, int) or (value.is_integer() and abs(value) < 1e15)


def _words(field: Field, value: Any, number: Callable[[float], str] = _short) -> str:
    if value is None or value == "" or value == ():
        return EMPTY
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, Growth):
        since = f" from {value.from_}" if value.from_ else ""
        return f"{number(value.start)}{since}, growing by {number(value.annual_growth)} a year"
    if isinstance(value, Steps):
        return ", ".join(f"{'none' if v is None else number(v)} from {month}" for month, v in value.steps)
    if isinstance(value, str):
        return _one_line(value)
    if isinstance(value, tuple) and field.kind in ("references", "texts"):
        return _one_line(", ".join(map(str, sorted(value))))
    if isinstance(value, tuple) and all(isinstance(v, int | float) for v in value):
        more = ", …" if len(value) > _MOST_PERIODS else ""
        noun = "period" if field.kind == "series" else "value"
        return f"{', '.join(map(number, value[:_MOST_PERIODS]))}{more} ({counted(len(value), noun)})"
    return _one_line(msgspec.json.encode(value).decode())
