"""Another time grid for a plan: every value keeps its date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct

from gigaplan.engine.plan.fields import Growth, Series, Steps, fields
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import ROW_TYPES, Installed, Override, Settings
from gigaplan.engine.plan.text import counted
from gigaplan.engine.plan.timeline import Timeline


@dataclass
class _Told:
    """How many series took another form, and how many lots of chips have other months left."""

    dated: int = 0
    anchored: int = 0
    cut: int = 0
    carried_on: int = 0
    lots: int = 0
    ended: int = 0


def on_grid(plan: Plan, settings: Settings) -> tuple[Plan, str]:
    """The plan with these settings, every series with its values at their dates, and a sentence of what was converted.

    Where only the number of periods differs, a list is cut, or its last value carried on. Where periods are others, a
    list becomes dated steps, whose mean a longer period takes; a growth without a month of its own keeps the start
    that it had. Installed chips keep the month in which they end: their months left count from the plan's start; of
    a lot that ends by then none are left, and it gets none back. A list whose length was not that of the plan stays as
    it is. The sentence is empty where nothing was.
    """
    before, after, told = Timeline.of(plan.settings), Timeline.of(settings), _Told()
    tables = {}
    for table in ROW_TYPES:
        rows = getattr(plan, table)
        moved = tuple(_row(row, before, after, told) for row in rows)
        if any(a is not b for a, b in zip(rows, moved, strict=True)):
            tables[table] = moved
    regained = before.start != after.start and any(row.software_gain_per_year for row in plan.workloads)
    return msgspec.structs.replace(plan, settings=settings, **tables), _sentence(before, after, told, regained)


def _row(row: Any, before: Timeline, after: Timeline, told: _Told) -> Any:
    row_type: type[Struct] = type(row)
    changes = {}
    for field in fields(row_type):
        value = getattr(row, field.name)
        if field.kind == "series" and isinstance(value, tuple | Growth):
            moved: Any = _series(value, before, after, told)
        elif field.row_type is Override:
            moved = tuple(_override(o, before, after, told) for o in value)
        elif field.row_type is Installed:
            moved = tuple(_lot(lot, before, after, told) for lot in value)
        else:
            continue
        if moved != value:
            changes[field.name] = moved
    return msgspec.structs.replace(row, **changes) if changes else row


def _series(series: Series, before: Timeline, after: Timeline, told: _Told) -> Series:
    if isinstance(series, Growth):
        if series.from_ is not None or before.start == after.start or not series.annual_growth:
            return series
        told.anchored += 1
        return Growth(series.start, series.annual_growth, before.start)
    if not isinstance(series, tuple) or len(series) != before.periods:
        return series
    if (before.start, before.months) == (after.start, after.months):
        if after.periods < before.periods:
            told.cut += 1
        elif after.periods > before.periods:
            told.carried_on += 1
        return series[: after.periods] + series[-1:] * (after.periods - len(series))
    told.dated += 1
    changes = [t for t in range(len(series)) if t == 0 or series[t] != series[t - 1]]
    return Steps(tuple((before.dates[t], series[t]) for t in changes))


def _lot(lot: Installed, before: Timeline, after: Timeline, told: _Told) -> Installed:
    """The lot with the months that it has left from the new start on: it ends when it did."""
    later = after.first_month - before.first_month
    if not later or not lot.months_left:
        return lot
    told.lots += lot.months_left > later
    told.ended += lot.months_left <= later
    return msgspec.structs.replace(lot, months_left=max(0.0, lot.months_left - later))


def _override_of_lots(override: Override, before: Timeline, after: Timeline, told: _Told) -> Override:
    """A scenario's move that gives an offer other installed chips."""
    try:
        lots = msgspec.convert(msgspec.to_builtins(override.value), tuple[Installed, ...])
    except (msgspec.ValidationError, TypeError):
        return override  # refused where it is decoded
    moved = tuple(_lot(lot, before, after, told) for lot in lots)
    return override if moved == lots else msgspec.structs.replace(override, value=msgspec.to_builtins(moved))


def _override(override: Override, before: Timeline, after: Timeline, told: _Told) -> Override:
    """A scenario's move whose value is a list of one number per period, or grows from the plan's start."""
    value, series = override.value, None
    if override.table == "offers" and override.field == "installed":
        return _override_of_lots(override, before, after, told)
    if isinstance(value, list | tuple) and value and all(type(v) in (int, float) for v in value):
        series = tuple(map(float, value))
    elif isinstance(value, Mapping) and "start" in value and not value.get("from"):
        series = Growth(value["start"], value.get("annual_growth", 0.0))  # type: ignore[assignment]
    if series is None:
        return override
    moved = _series(series, before, after, told)
    return override if moved == series else msgspec.structs.replace(override, value=msgspec.to_builtins(moved))


def _sentence(before: Timeline, after: Timeline, told: _Told, regained: bool) -> str:
    parts = []
    if told.dated:
        parts.append(f"{counted(told.dated, 'list')} by period became dated steps")
    if told.cut:
        parts.append(f"{counted(told.cut, 'list')} by period {'was' if told.cut == 1 else 'were'} cut")
    if told.carried_on:
        parts.append(f"{counted(told.carried_on, 'list')} by period carried on with the last value")
    if told.anchored:
        verb = "growth counts" if told.anchored == 1 else "growths count"
        parts.append(f"{told.anchored} {verb} from {before.start} as before")
    if told.lots:
        parts.append(f"{counted(told.lots, 'installed lot')} {'ends' if told.lots == 1 else 'end'} as before")
    if told.ended:
        verb = "is" if told.ended == 1 else "are"
        parts.append(f"{counted(told.ended, 'installed lot')} {verb} gone by {after.start}")
    if regained:
        parts.append(f"software gain counts from {after.start}")
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""
