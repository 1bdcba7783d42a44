"""The forms of a series, and from one to the other: a number, one that grows, dated steps, one number per period."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gigaplan.engine.plan.fields import Field, Growth, Series, Steps, mapped
from gigaplan.engine.plan.timeline import Timeline, month_number
from gigaplan.gui.views.inspector.target import step_of, stepped

FORMS = {"constant": "constant", "growth": "growing", "steps": "dated steps", "list": "one value per period"}


def form_of(series: Series | None) -> str:
    """constant, growth, steps or list; constant for none."""
    if isinstance(series, Growth):
        return "growth"
    return "steps" if isinstance(series, Steps) else "list" if isinstance(series, tuple) else "constant"


def number_of(series: Series | None, period: int, time: Timeline) -> float | None:
    """The number that stands for a series in a single field: the constant, the start, or the value of a period."""
    if isinstance(series, Growth):
        return series.start
    if isinstance(series, Steps):
        return series.steps[step_at(series, period, time)][1]
    if isinstance(series, tuple):
        return series[min(period, len(series) - 1)] if series else None
    return series


def step_at(series: Steps, period: int, time: Timeline) -> int:
    """The position of the step that holds in the first month of a period."""
    month = time.first_month + period * time.months
    return max([k for k, (date, _) in enumerate(series.steps) if month_number(date) <= month], default=0)


def converted(series: Series, form: str, time: Timeline, field: Field) -> tuple[Series, str]:
    """A series in another form with its values kept, and what could not be kept, in words."""
    if form_of(series) == form:
        return series, ""
    if isinstance(series, tuple):
        values = list(series)
    else:
        values = [float(f"{v:.12g}") for v in time.of_field(field, series, missing=math.nan)]
    if any(map(math.isnan, values)):
        given = [v for v in values if not math.isnan(v)]
        if form == "constant" and given:
            return given[0], "Its months without a limit are gone; undo brings them back."
        return series, "Months without a limit are steps alone."
    if form == "list":
        return tuple(values), ""
    if form == "growth":
        return _grown(values, time, field)
    if form == "steps":
        changes = [k for k, v in enumerate(values) if k == 0 or v != values[k - 1]]
        return Steps(tuple((time.dates[k], values[k]) for k in changes)), ""
    if len(set(values)) == 1:
        return values[0], ""
    if isinstance(series, Growth):
        return series.start, "Its growth is gone; undo brings it back."
    return float(f"{sum(values) / len(values):.6g}"), "The mean of its values stands for it; undo brings them back."


def _grown(values: Sequence[float], time: Timeline, field: Field) -> tuple[Series, str]:
    first, last = values[0], values[-1]
    years = (len(values) - 1) * time.months / 12
    if first == last or years == 0:
        growth = 0.0
    elif first <= 0 or last <= 0:
        return Growth(start=first), "A series through 0 cannot grow by a rate: only its first value is kept."
    else:
        growth = float(f"{(last / first) ** (1 / years) - 1:.6g}")
    series = _starting_with(first, Growth(1.0, growth), time, field)
    kept = all(abs(a - b) <= 1e-4 * abs(b) for a, b in zip(time.of_field(field, series), values, strict=True))
    return series, "" if kept else "Its first and last values are kept; undo brings the list back."


def _starting_with(value: float, growth: Growth, time: Timeline, field: Field) -> Growth:
    """The growth at this rate whose value in the first period is this one."""
    start = value / float(time.of_field(field, Growth(1.0, growth.annual_growth, growth.from_))[0])
    return Growth(float(f"{start:.12g}"), growth.annual_growth, growth.from_)


def with_number(series: Series | None, number: float, period: int, time: Timeline) -> Series:
    """A series with the number that `number_of` tells changed."""
    if isinstance(series, Growth):
        return Growth(number, series.annual_growth, series.from_)
    if isinstance(series, Steps):
        at = step_at(series, period, time)
        return Steps((*series.steps[:at], (series.steps[at][0], number), *series.steps[at + 1 :]))
    if isinstance(series, tuple):
        at = min(period, len(series) - 1)
        return (*series[:at], number, *series[at + 1 :])
    return number


def scaled(series: Series | None, factor: float) -> Series | None:
    """Every value of a series times a factor."""

    def times(value: float) -> float:
        return float(f"{value * factor:.12g}")

    return None if series is None else mapped(series, times)


def scrubbed(series: Series | None, steps: float, field: Field, time: Timeline) -> Series | None:
    """A series moved by steps of about a hundredth: the constant or the start is moved, any other is scaled."""
    if isinstance(series, tuple | Steps):
        return scaled(series, max(0.0, 1 + steps / 100))
    number = number_of(series, 0, time)
    return None if number is None else with_number(series, stepped(number, steps, field), 0, time)


def through(series: Series, period: int, value: float, field: Field, time: Timeline) -> Series:
    """A series that passes through `value`, rounded to a sensible step, in a period; within the field's bounds."""
    step = step_of(float(np.nanmax(abs(time.of_field(field, series, missing=math.nan)))), field)
    value = float(f"{round(value / step) * step:.12g}")
    value = value if field.ge is None else max(value, field.ge)
    value = value if field.le is None else min(value, field.le)
    if not isinstance(series, Growth):
        return with_number(series, value, period, time)
    if period == 0:
        return _starting_with(value, series, time, field)
    if series.start <= 0 or value <= 0:
        return series
    return Growth(series.start, _growth_through(series, period, value, field, time), series.from_)


SLOWEST, FASTEST = -0.99, 100.0


def _growth_through(series: Growth, period: int, value: float, field: Field, time: Timeline) -> float:
    """The rate at which a growth from its start comes to a value in a period."""
    low, high = SLOWEST, FASTEST
    for _ in range(60):  # what grows more is more in every period after its anchor
        middle = (low + high) / 2
        found = float(time.of_field(field, Growth(series.start, middle, series.from_))[period])
        low, high = (middle, high) if found < value else (low, middle)
    return round(low, 4)
