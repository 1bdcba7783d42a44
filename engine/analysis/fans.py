"""Fans: where a series lies, period by period, over cases of a plan; and what is owed under agreements for nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from gigaplan.engine.results.series_names import UNITS

if TYPE_CHECKING:
    from gigaplan.engine.results.result import Result

Floats = NDArray[np.float64]
Kept = Mapping[str, bytes]
"""The series of one case by name, [T] 64-bit numbers each: as bytes, of which a thousand cases take little memory."""

WHOLE = ("cost", "chips", "deliveries", "it_power", "facility_power", "facility_energy", "emissions", "water")
"""Series of the engine that are kept in their total."""
STRANDED = "stranded"
"""What falls short of commitments, USD with overhead, in the period in which it is paid."""
COVERAGE = "coverage"
"""`coverage|WORKLOAD`: work served over work asked in a period; not a number where none is asked."""
QUANTILES = (0.05, 0.1, 0.5, 0.9, 0.95)


class HasSeries(Protocol):
    """A case whose series were kept; of one without a plan there are none."""

    @property
    def series(self) -> Kept: ...


class Fan(Struct, frozen=True):
    """Where a series lies over the cases that have it, [T] each."""

    name: str
    unit: str
    """Money in USD, which stands for the currency of the plan."""
    count: int
    p05: tuple[float | None, ...]
    """None in a period in which no case has a value."""
    p10: tuple[float | None, ...]
    p50: tuple[float | None, ...]
    p90: tuple[float | None, ...]
    p95: tuple[float | None, ...]


def kept_series(result: Result) -> dict[str, bytes]:
    """The series of an optimal result that fans are drawn of."""
    a = result.allocation
    if a is None:
        return {}
    found = {name: sum(result.series(name, "total").values(), np.zeros(result.time.periods)) for name in WHOLE}
    found[STRANDED] = a.shortfall_cost.sum(axis=0) * (1 + a.rates.overhead)
    served, demand = result.series("served", "workload"), result.series("demand", "workload")
    for id, asked in demand.items():
        with np.errstate(divide="ignore", invalid="ignore"):
            found[f"{COVERAGE}|{id}"] = np.where(asked > 0, served[id] / asked, np.nan)
    return {name: np.asarray(values, dtype=np.float64).tobytes() for name, values in found.items()}


def values_of(found: Sequence[HasSeries], name: str) -> Floats:
    """[cases, T] a series in the cases that have it."""
    rows = [np.frombuffer(each.series[name]) for each in found if name in each.series]
    return np.array(rows) if rows else np.zeros((0, 0))


def names_in(found: Sequence[HasSeries]) -> list[str]:
    """The series that the cases have, in their order."""
    return list(dict.fromkeys(name for each in found for name in each.series))


def fan(found: Sequence[HasSeries], name: str) -> Fan | None:
    """Where a series lies; None where no case has it."""
    values = values_of(found, name)
    if not values.size:
        return None
    columns = [column[~np.isnan(column)] for column in values.T]
    bands = [[float(np.quantile(c, q)) if c.size else None for c in columns] for q in QUANTILES]
    return Fan(name, unit_of(name), len(values), *map(tuple, bands))


def unit_of(name: str) -> str:
    """The unit of a series."""
    return "USD" if name == STRANDED else "fraction" if name.startswith(COVERAGE) else UNITS[name]


def stranded_usd(found: Sequence[HasSeries]) -> Floats:
    """[cases] what falls short of commitments over the horizon, undiscounted, with overhead; of cases with a plan."""
    values = values_of(found, STRANDED)
    return np.asarray(values.sum(axis=1)) if values.size else np.zeros(0)
