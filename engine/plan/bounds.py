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
from gigaplan.engine.plan.problems import Problem
from gigaplan.engine.plan.schema import ROW_TYPES, Override
from gigaplan.engine.plan.text import counted, shown, written
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
                for field, place, text in row_refusals(row, time):
                    yield Problem(
                        severity="error",
                        path=f"{table}[{i}].{place}",
                        text=text,
                        remedy=_remedy(field, place),
                        table=table,
                        row=getattr(row, "id", ""),
                        field=field.name,
                    )


def _remedy(field: Field, place: str) -> str:
    """What else than a number within the bounds, which the text names, may stand in a field."""
    return f"Correct it, or leave it empty: {field.empty}." if field.empty and place == field.name else ""


def settings_out_of_bounds(plan: Plan) -> list[Problem]:
    """What cannot stand in the settings of the plan; while there is any, nothing else can be looked at."""
    return [
        Problem(severity="error", path=f"plan.{place}", text=text, table="plan", field=field.name)
        for field, place, text in row_refusals(plan.settings, Timeline.of(plan.settings))
    ]


def row_refusals(row: Any, time: Timeline) -> Iterator[tuple[Field, str, str]]:
    """What is out of bounds in a row, nested rows included, in a plan with this time grid.

    Gives (field, path from the row on, text). Months that are none are found here too, and series that
    leave their bounds before the horizon.
    """
    row_type: type[Struct] = type(row)
    for field, low, high in _bounded_fields(row_type):
        value = getattr(row, field.name)
        # The check runs on every edit, and nearly every value is fit.
        if value is None or (type(value) is float and low <= value <= high and not is_tiny(value)):
            continue
        if field.kind == "row":
            for _, suffix, text in row_refusals(value, time):
                yield field, f"{field.name}.{suffix}", text
        elif field.kind == "rows":
            for k, member in enumerate(value):
                for _, suffix, text in row_refusals(member, time):
                    yield field, f"{field.name}[{k}].{suffix}", text
        elif field.kind == "month":
            if text := _month_refusal(value):
                yield field, field.key, text
        else:
            for suffix, text in refusals(field, value, time.periods, time):
                yield field, field.name + suffix, text


@functools.cache
def _bounded_fields(row_type: type[Struct]) -> tuple[tuple[Field, float, float], ...]:
    """The fields that have something to check, each with its interval."""
    kinds = (*NUMERIC, "numbers", "month", "row", "rows")
    return tuple((f, *interval_of(f)) for f in fields(row_type) if f.kind in kinds and f.row_type is not Override)


def _month_refusal(text: str) -> str:
    return "" if is_month(text) else f"is {shown(text)}; a month is written YYYY-MM, as 2027-04"


def interval_of(field: Field) -> tuple[float, float]:
    """The least and the largest number that `field.refusal` lets pass; between them it refuses what is tiny alone."""
    above = -math.inf if field.gt is None else math.nextafter(field.gt, math.inf)
    below = math.inf if field.lt is None else math.nextafter(field.lt, -math.inf)
    low = max(-LARGEST, above, -math.inf if field.ge is None else field.ge)
    high = min(LARGEST, below, math.inf if field.le is None else field.le)
    return low, high


def refusals(
    field: Field, value: Any, periods: int | None = None, time: Timeline | None = None
) -> Iterator[tuple[str, str]]:
    """What is out of bounds in the value of a field of numbers: (path suffix, text) pairs.

    With `periods`, a series that is a list must have that many values; with `time`, one that grows must stay
    within the bounds over the horizon.
    """
    if value is None:
        return
    if isinstance(value, Growth):
        if text := _refusal(field, value.start):
            yield ".start", text
        month = _month_refusal(value.from_) if value.from_ is not None else ""
        if month:
            yield ".from", month
        if text := _growth_refusal(value.annual_growth) or ("" if month else _reach_refusal(field, value, time)):
            yield ".annual_growth", text
    elif isinstance(value, Steps):
        yield from _step_refusals(field, value)
    elif isinstance(value, tuple):
        if field.kind == "series" and periods is not None and len(value) != periods:
            yield "", f"has {counted(len(value), 'value')}, the plan has {counted(periods, 'period')}"
        elif not value:
            yield "", "has no values"
        if value and not _all_fit(field, value):
            for t, member in enumerate(value):
                if text := _refusal(field, member):
                    yield f"[{t}]", text
    elif text := _refusal(field, value):
        yield "", text


def _refusal(field: Field, value: float) -> str | None:
    text = field.refusal(value)
    if not text or not math.isfinite(value):
        return text
    percent = ""
    if field.unit in _FRACTIONS and value > interval_of(field)[1] and field.refusal(value / 100) is None:
        percent = f", and {written(f'{value:.15g}')}% is {written(f'{value / 100:.15g}')}"
    return f"{text}; it is {written(f'{value:.15g}')}{percent}"


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


def _reach_refusal(field: Field, series: Growth, time: Timeline | None) -> str | None:
    """Growth is monotone: where both ends are within the bounds, all between is."""
    if time is None or field.refusal(series.start):
        return None
    with np.errstate(all="ignore"):  # what overflows is refused
        first, last = float(time.opening(series)[0]), float(time.of_field(field, series)[-1])
    for which, value in (("first", first), ("last", last)):
        if field.refusal(value):
            return f"makes a {which} value of {written(f'{value:.6g}')}, which {_refusal(field, value)}"
    return None


def _step_refusals(field: Field, series: Steps) -> Iterator[tuple[str, str]]:
    """What is wrong with dated steps: months, their order, and each value."""
    if not series.steps:
        yield ".steps", "has no step"
    before = ""
    for k, (month, value) in enumerate(series.steps):
        if text := _month_refusal(month):
            yield f".steps[{k}][0]", text
        elif before and month_number(month) <= month_number(before):
            yield (
                f".steps[{k}][0]",
                f"is {month}, not after {before} above it: put the steps in the order of their months",
            )
        before = month if not text else before
        if value is None:
            if not field.gaps:
                yield f".steps[{k}][1]", "must not be empty (null): only a limit may be none"
        elif text := _refusal(field, value) or "":
            yield f".steps[{k}][1]", text


def _growth_refusal(growth: float) -> str | None:
    if not math.isfinite(growth):
        return "must be a finite number"
    if growth <= -1:
        return "must be more than -1, which is a fall to nothing"
    if growth > MAX_ANNUAL_GROWTH:
        return f"must be {written(f'{MAX_ANNUAL_GROWTH:g}')} or less; it is a fraction a year, {written('0.1')} for 10%"
    if is_tiny(growth):
        return f"is closer to 0 than {SMALLEST:g}, beyond what the solver can compute with"
    return None
