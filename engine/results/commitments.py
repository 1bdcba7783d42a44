"""What agreements owe, how much of it is used, and what is stranded: by contract year and by period.

Take or pay (model.md section 5.6): an agreement owes its commitment of each contract year, whether used or not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.plan.timeline import month_number, month_text
from gigaplan.engine.results.allocation import Allocation

Floats = NDArray[np.float64]
DUST = 1e-9
"""Of what is owed: less beyond it is the solver's rounding."""


@dataclass(frozen=True)
class YearUse:
    """One contract year of an agreement, as far as it lies in the plan; USD, undiscounted, before overhead.

    `owed` is `used + stranded`; what is spent on the agreement's offers is `used + beyond`.
    """

    agreement: str
    """The id of its row."""
    first: str
    """The first month that counts, YYYY-MM."""
    months: float
    """How many months of it lie in the plan and the agreement."""
    span: tuple[int, int]
    """The first period that it touches, and that in which it is settled."""
    owed: float
    used: float
    stranded: float
    beyond: float


def year_uses(a: Allocation) -> tuple[YearUse, ...]:
    """Every contract year that owes something inside the plan; an agreement that is not signed owes nothing."""
    found = []
    for year, short in zip(a.years, a.shortfall.tolist(), strict=True):
        row = a.inputs.plan.agreements[year.agreement]
        owed = year.commitment_usd * float(a.signed[year.agreement])
        spent = float((_spend(a, year.agreement) * year.parts).sum())
        used = max(0.0, owed - short)
        beyond = spent - used
        first = month_text(month_number(a.inputs.time.start) + int(year.first))
        span = (year.periods[0], year.settled_in)
        beyond = beyond if beyond > DUST * owed else 0.0
        found.append(YearUse(row.id, first, year.end - year.first, span, owed, used, owed - used, beyond))
    return tuple(found)


def by_period(a: Allocation, agreement: str | None = None) -> dict[str, Floats]:
    """[T] USD each of `owed`, `used`, `beyond` and `stranded`, of one agreement or of all together.

    A contract year's commitment is owed evenly over its months; spend counts against it in order of time until it is
    reached, and is beyond it from there; what is stranded falls due in the last period of the contract year. Over a
    contract year, `owed = used + stranded`.
    """
    time = a.inputs.time
    lines = {name: np.zeros(time.periods) for name in ("owed", "used", "beyond", "stranded")}
    for year, use in zip(a.years, year_uses(a), strict=True):
        if agreement is not None and use.agreement != agreement:
            continue
        lines["owed"] += use.owed * year.parts / year.parts.sum()
        spend = _spend(a, year.agreement) * year.parts
        used = np.diff(np.minimum(np.cumsum(spend), use.used), prepend=0.0)
        lines["used"] += used
        lines["beyond"] += (spend - used) if use.beyond else 0.0
        lines["stranded"][year.settled_in] += use.stranded
    return lines


def _spend(a: Allocation, agreement: int) -> Floats:
    """[T] USD spent on chips and services at an agreement's price."""
    chips, bought = a.spend(agreement)
    return np.asarray(chips.sum(axis=0) + bought.sum(axis=0))
