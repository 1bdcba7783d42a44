"""The three forms of a series, and from one to the other: a number, a number that grows, one number per period."""

from __future__ import annotations

from collections.abc import Sequence

from gigaplan.engine.plan.fields import Field, Growth, Series
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.gui.views.inspector.target import step_of, stepped

FORMS = {"constant": "constant", "growth": "growing", "list": "one value per period"}


def form_of(series: Series | None) -> str:
    """constant, growth or list; constant for none."""
    return "growth" if isinstance(series, Growth) else "list" if isinstance(series, tuple) else "constant"


def number_of(series: Series | None, period: int) -> float | None:
    """The number that stands for a series in a single field: the constant, the start, or the value of a period."""
    if isinstance(series, Growth):
        return series.start
    if isinstance(series, tuple):
        return series[min(period, len(series) - 1)] if series else None
    return series


def converted(series: Series, form: str, time: Timeline) -> tuple[Series, str]:
    """A series in another form with its values kept, and what could not be kept, in words."""
    values = [float(f"{v:.12g}") for v in time.values(series)] if form_of(series) != "list" else list(series)  # type: ignore[arg-type]
    if form == "list":
        return tuple(values), ""
    if form == "growth":
        return _grown(values, time)
    if len(set(values)) == 1:
        return values[0], ""
    if isinstance(series, Growth):
        return series.start, "Its growth is gone; undo brings it back."
    return float(f"{sum(values) / len(values):.6g}"), "The mean of the list stands for it; undo brings it back."


def _grown(values: Sequence[float], time: Timeline) -> tuple[Series, str]:
    first, last = values[0], values[-1]
    years = (len(values) - 1) * time.months / 12
    if first == last or years == 0:
        growth = 0.0
    elif first <= 0 or last <= 0:
        return Growth(start=first), "A series through 0 cannot grow by a rate: only its first value is kept."
    else:
        growth = float(f"{(last / first) ** (1 / years) - 1:.6g}")
    series = Growth(start=first, annual_growth=growth)
    kept = all(abs(a - b) <= 1e-4 * abs(b) for a, b in zip(time.values(series), values, strict=True))
    return series, "" if kept else "Its first and last values are kept; undo brings the list back."


def with_number(series: Series | None, number: float, period: int) -> Series:
    """A series with the number that `number_of` tells changed."""
    if isinstance(series, Growth):
        return Growth(start=number, annual_growth=series.annual_growth)
    if isinstance(series, tuple):
        at = min(period, len(series) - 1)
        return (*series[:at], number, *series[at + 1 :])
    return number


def scaled(series: Series | None, factor: float) -> Series | None:
    """Every value of a series times a factor."""

    def times(value: float) -> float:
        return float(f"{value * factor:.12g}")

    if isinstance(series, Growth):
        return Growth(start=times(series.start), annual_growth=series.annual_growth)
    if isinstance(series, tuple):
        return tuple(map(times, series))
    return None if series is None else times(series)


def scrubbed(series: Series | None, steps: float, field: Field) -> Series | None:
    """A series moved by steps of about a hundredth: the constant or the start is moved, a list is scaled."""
    if isinstance(series, tuple):
        return scaled(series, max(0.0, 1 + steps / 100))
    number = number_of(series, 0)
    return None if number is None else with_number(series, stepped(number, steps, field), 0)


def through(series: Series, period: int, value: float, field: Field, time: Timeline) -> Series:
    """A series that passes through `value`, rounded to a sensible step, in a period; within the field's bounds."""
    step = step_of(float(max(abs(time.values(series)))), field)
    value = float(f"{round(value / step) * step:.12g}")
    value = value if field.ge is None else max(value, field.ge)
    value = value if field.le is None else min(value, field.le)
    if isinstance(series, Growth) and period > 0:
        if series.start <= 0 or value <= 0:
            return series
        years = period * time.months / 12
        growth = round((value / series.start) ** (1 / years) - 1, 4)
        return Growth(start=series.start, annual_growth=max(-0.99, min(growth, 100.0)))
    return with_number(series, value, period)
