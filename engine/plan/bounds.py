"""Whether numbers are within the bounds of their field: single numbers and series, alone and in whole rows."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from msgspec import Struct

from gigaplan.engine.plan.fields import LARGEST, SMALLEST, Field, Growth, Steps, fields, is_tiny
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import Message, Problem, say
from gigaplan.engine.plan.schema import ROW_TYPES, Override
from gigaplan.engine.plan.timeline import Timeline, is_month, month_number

MAX_ANNUAL_GROWTH = 100.0
_FRACTIONS = ("fraction", "fraction/year", "ratio", "/year")
"""The units of what people also give in percent."""
LONG = 100
"""A list of more values is looked at by numpy: it is the quicker one from about there on."""
NUMERIC = ("number", "integer", "series")
"""The kinds of field that have bounds."""


def out_of_bounds(plan: Plan, base: Plan | None = None) -> Iterator[Problem]:
    """Every number, series and month that cannot stand in its field, in the rows that `base` does not share."""
    time = Timeline.of(plan.settings)
    if base is None or base.settings is not plan.settings:
        yield from settings_out_of_bounds(plan)
    if base is not None and Timeline.of(base.settings) != time:
        base = None  # every series must fit the time grid
    for table in ROW_TYPES:
        rows = getattr(plan, table)
        known = getattr(base, table) if base else ()
        if rows is known:
            continue
        shared = {id(row) for row in known}
        for i, row in enumerate(rows):
            if id(row) not in shared:
                for field, place, message in row_refusals(row, time):
                    if field.empty and place == field.name:
                        message = message.with_remedy(say("or_empty", empty=field.empty))
                    yield Problem(
                        severity="error",
                        path=f"{table}[{i}].{place}",
                        message=message,
                        table=table,
                        row=getattr(row, "id", ""),
                        field=field.name,
                    )


def settings_out_of_bounds(plan: Plan) -> list[Problem]:
    """What cannot stand in the settings of the plan; while there is any, nothing else can be looked at."""
    return [
        Problem(severity="error", path=f"plan.{place}", message=message, table="plan", field=field.name)
        for field, place, message in row_refusals(plan.settings, Timeline.of(plan.settings))
    ]


def row_refusals(row: Any, time: Timeline) -> Iterator[tuple[Field, str, Message]]:
    """What is out of bounds in a row, nested rows included, in a plan with this time grid.

    Gives (field, path from the row on, message). Months that are none are found here too, and series that
    leave their bounds before the horizon.
    """
    row_type: type[Struct] = type(row)
    for field, low, high in _bounded_fields(row_type):
        value = getattr(row, field.name)
        # The check runs on every edit, and nearly every value is fit.
        if value is None or (type(value) is float and low <= value <= high and not is_tiny(value)):
            continue
        if field.kind == "row":
            for _, suffix, message in row_refusals(value, time):
                yield field, f"{field.name}.{suffix}", message
        elif field.kind == "rows":
            for k, member in enumerate(value):
                for _, suffix, message in row_refusals(member, time):
                    yield field, f"{field.name}[{k}].{suffix}", message
        elif field.kind == "month":
            if wrong := _month_refusal(value):
                yield field, field.key, wrong
        else:
            for suffix, message in refusals(field, value, time.periods, time):
                yield field, field.name + suffix, message


@functools.cache
def _bounded_fields(row_type: type[Struct]) -> tuple[tuple[Field, float, float], ...]:
    """The fields that have something to check, each with its interval."""
    kinds = (*NUMERIC, "numbers", "month", "row", "rows")
    return tuple((f, *interval_of(f)) for f in fields(row_type) if f.kind in kinds and f.row_type is not Override)


def _month_refusal(text: str) -> Message | None:
    return None if is_month(text) else say("not_a_month", text=text)


def interval_of(field: Field) -> tuple[float, float]:
    """The least and the largest number that `field.refusal` lets pass; between them it refuses what is tiny alone."""
    above = -math.inf if field.gt is None else math.nextafter(field.gt, math.inf)
    below = math.inf if field.lt is None else math.nextafter(field.lt, -math.inf)
    low = max(-LARGEST, above, -math.inf if field.ge is None else field.ge)
    high = min(LARGEST, below, math.inf if field.le is None else field.le)
    return low, high


def refusals(
    field: Field, value: Any, periods: int | None = None, time: Timeline | None = None
) -> Iterator[tuple[str, Message]]:
    """What is out of bounds in the value of a field of numbers: (path suffix, message) pairs.

    With `periods`, a series that is a list must have that many values; with `time`, one that grows must stay
    within the bounds over the horizon.
    """
    if value is None:
        return
    if isinstance(value, Growth):
        if message := _refusal(field, value.start):
            yield ".start", message
        month = _month_refusal(value.from_) if value.from_ is not None else None
        if month:
            yield ".from", month
        if message := _growth_refusal(value.annual_growth) or (None if month else _reach_refusal(field, value, time)):
            yield ".annual_growth", message
    elif isinstance(value, Steps):
        yield from _step_refusals(field, value)
    elif isinstance(value, tuple):
        if field.kind == "series" and periods is not None and len(value) != periods:
            yield "", say("wrong_count", count=len(value), periods=periods)
        elif not value:
            yield "", say("no_values")
        if value and not _all_fit(field, value):
            for t, member in enumerate(value):
                if message := _refusal(field, member):
                    yield f"[{t}]", message
    elif message := _refusal(field, value):
        yield "", message


def _refusal(field: Field, value: float) -> Message | None:
    why = field.refusal(value)
    if not why or not math.isfinite(value):
        return why
    if field.unit in _FRACTIONS and value > interval_of(field)[1] and field.refusal(value / 100) is None:
        return say("refused_percent", why=why, value=value, fraction=value / 100)
    return say("refused_value", why=why, value=value)


def _all_fit(field: Field, values: tuple[float, ...]) -> bool:
    # Bounds are intervals: where the extremes fit, all do, but for what is tiny. To numpy a NaN is the lowest and the
    # highest.
    if len(values) > LONG:
        found = np.fromiter(values, float, len(values))
        lowest, highest = float(found.min()), float(found.max())
        if np.any((found != 0) & (np.abs(found) < SMALLEST)):
            return False
    else:
        lowest, highest = min(values), max(values)
        if not math.isfinite(sum(values)) or any(map(is_tiny, values)):
            return False
    return field.refusal(lowest) is None and field.refusal(highest) is None


def _reach_refusal(field: Field, series: Growth, time: Timeline | None) -> Message | None:
    """Growth is monotone: where both ends are within the bounds, all between is."""
    if time is None or field.refusal(series.start):
        return None
    with np.errstate(all="ignore"):  # what overflows is refused
        first, last = float(time.opening(series)[0]), float(time.of_field(field, series)[-1])
    for which, value in (("first", first), ("last", last)):
        if field.refusal(value):
            return say("growth_leaves_bounds", which=which, value=value, why=_refusal(field, value))
    return None


def _step_refusals(field: Field, series: Steps) -> Iterator[tuple[str, Message]]:
    """What is wrong with dated steps: months, their order, and each value."""
    if not series.steps:
        yield ".steps", say("no_step")
    before = ""
    for k, (month, value) in enumerate(series.steps):
        if message := _month_refusal(month):
            yield f".steps[{k}][0]", message
        elif before and month_number(month) <= month_number(before):
            yield (
                f".steps[{k}][0]",
                say("step_out_of_order", month=month, before=before),
            )
        before = month if not message else before
        if value is None:
            if not field.gaps:
                yield f".steps[{k}][1]", say("step_empty")
        elif message := _refusal(field, value):
            yield f".steps[{k}][1]", message


def _growth_refusal(growth: float) -> Message | None:
    if not math.isfinite(growth):
        return say("not_finite")
    if growth <= -1:
        return say("growth_below")
    if growth > MAX_ANNUAL_GROWTH:
        return say("growth_above", most=MAX_ANNUAL_GROWTH, tenth=0.1)
    if is_tiny(growth):
        return say("too_small_to_compute", smallest=SMALLEST)
    return None
