"""The time grid of a plan, and series spread over it (model.md section 1)."""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.plan.fields import Field, Growth, Series, Steps
from gigaplan.engine.plan.schema import Settings

HOURS_PER_MONTH = 730.5
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def is_month(text: str) -> bool:
    """Whether `text` is a date as plans write it, YYYY-MM."""
    return _MONTH.fullmatch(text) is not None


def month_number(date: str) -> int:
    """Months since year 0 of a date YYYY-MM. Raises ValueError where it is none."""
    if not is_month(date):
        raise ValueError(f"{date!r} is not a month as YYYY-MM")
    return int(date[:4]) * 12 + int(date[5:]) - 1


def month_text(number: int) -> str:
    """The date YYYY-MM of a month number."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


@dataclass(frozen=True)
class Timeline:
    """`periods` equal periods of `months` months each, from the month `start`."""

    start: str
    periods: int
    months: int
    discount_rate: float

    @classmethod
    def of(cls, settings: Settings) -> Timeline:
        """The time grid of a plan."""
        return cls(settings.start, settings.periods, settings.months_per_period, settings.discount_rate)

    @property
    def hours(self) -> float:
        """Hours per period."""
        return HOURS_PER_MONTH * self.months

    @cached_property
    def discount(self) -> NDArray[np.float64]:
        """Mid-period discount factors, [T]."""
        years = (np.arange(self.periods) + 0.5) * self.months / 12
        return np.asarray((1 + self.discount_rate) ** -years, dtype=float)

    @cached_property
    def opening_discount(self) -> NDArray[np.float64]:
        """Discount factors at the start of each period, [T]: of what is paid when chips come."""
        years = np.arange(self.periods) * self.months / 12
        return np.asarray((1 + self.discount_rate) ** -years, dtype=float)

    @property
    def final_discount(self) -> float:
        """The discount factor at the end of the horizon."""
        return float((1 + self.discount_rate) ** -(self.periods * self.months / 12))

    @cached_property
    def first_month(self) -> int:
        """The month number of the start."""
        return month_number(self.start)

    @cached_property
    def dates(self) -> tuple[str, ...]:
        """The first month of each period, YYYY-MM."""
        return tuple(month_text(self.first_month + t * self.months) for t in range(self.periods))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The name of each period as people say it: 2027, 2027 Q3, 2027-08."""
        return tuple(period_label(d, self.months) for d in self.dates)

    @cached_property
    def year_of(self) -> NDArray[np.int64]:
        """The plan year (12 months each, from the start) that holds each period, [T]."""
        return np.arange(self.periods) * self.months // 12

    def index(self, date: str) -> int:
        """The period that holds a month; 0 for a month before the start. It may lie past the horizon."""
        return max(0, (month_number(date) - self.first_month) // self.months)

    def life(self, months: float | None) -> int:
        """How many periods a cohort of that many months counts: at least one."""
        return 1 if months is None else max(1, math.floor(months / self.months + 0.5))

    def first_delivery(self, lead_months: float) -> int:
        """The first period in which something with that lead time can be there."""
        return math.ceil(lead_months / self.months)

    def starting_in(self, first: str | None, until: str | None) -> NDArray[np.bool_]:
        """Which periods have their first month in [first, until), [T]; None leaves that side open."""
        months = self.first_month + np.arange(self.periods) * self.months
        after = True if first is None else months >= month_number(first)
        before = True if until is None else months < month_number(until)
        return np.full(self.periods, True) & after & before

    def values(self, series: Series | None, missing: float = np.inf) -> NDArray[np.float64]:
        """A series as its mean over each period, [T]; `missing` where it is none.

        Of steps, a period with a month that has none has none (model.md section 1).
        """
        if isinstance(series, Growth):
            span = math.log1p(series.annual_growth) * self.months / 12
            mean = math.expm1(span) / span if span else 1.0
            return self.opening(series) * mean
        if isinstance(series, Steps):
            months = _in_months(series, self.first_month, self.periods * self.months)
            means = months.reshape(self.periods, self.months).mean(axis=1)
            return np.where(np.isnan(means), missing, means)
        return self._plain(series, missing)

    def opening(self, series: Series | None, missing: float = np.inf) -> NDArray[np.float64]:
        """A series as the value with which each period opens, [T]; `missing` where it is none."""
        if isinstance(series, Growth):
            return np.asarray(series.start * _grown(self, series.annual_growth, series.from_), dtype=float)
        if isinstance(series, Steps):
            months = _in_months(series, self.first_month, self.periods * self.months)[:: self.months]
            return np.where(np.isnan(months), missing, months)
        return self._plain(series, missing)

    def of_field(self, field: Field, series: Series | None, missing: float = np.inf) -> NDArray[np.float64]:
        """The values of a field's series that count, [T]: those with which periods open, or the means."""
        return self.opening(series, missing) if field.opening else self.values(series, missing)

    def _plain(self, series: float | tuple[float, ...] | None, missing: float) -> NDArray[np.float64]:
        if isinstance(series, tuple):
            return np.asarray(series, dtype=float)
        return np.full(self.periods, missing if series is None else float(series))


@functools.lru_cache(maxsize=1000)
def _grown(time: Timeline, annual: float, since: str | None) -> NDArray[np.float64]:
    """What a growth from the month `since` on has multiplied by where each period opens, [T]: not to be changed.

    Before that month it is the other way round.
    """
    anchor = time.first_month if since is None else month_number(since)
    years = (time.first_month - anchor + np.arange(time.periods) * time.months) / 12
    return np.asarray((1 + annual) ** years)


def _in_months(series: Steps, first: int, count: int) -> NDArray[np.float64]:
    """The value of steps in each of `count` months from the month number `first` on; NaN where there is none."""
    starts = [month_number(month) for month, _ in series.steps]
    values = np.array([np.nan if value is None else value for _, value in series.steps], dtype=float)
    at = np.searchsorted(starts, first + np.arange(count), side="right") - 1
    return np.asarray(values[np.maximum(at, 0)], dtype=float)


def period_label(date: str, months: int) -> str:
    """What people call the period of `months` months that starts at `date`."""
    year, month = date[:4], int(date[5:])
    if months == 12 and month == 1:
        return year
    if months == 3 and month % 3 == 1:
        return f"{year} Q{(month + 2) // 3}"
    return date
