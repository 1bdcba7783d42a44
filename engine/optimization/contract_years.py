"""The contract years of agreements: which months of which periods count, and what is owed (model.md section 5.6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.arrays import Inputs, once
from gigaplan.engine.plan.timeline import month_number

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ContractYear:
    """Twelve months of an agreement, as far as they lie inside the plan and the agreement."""

    agreement: int
    """Its place in the plan's table."""
    year: int
    first: float
    """Its first month that counts, from the plan's start ..."""
    end: float
    """... and the end of its last."""
    parts: Floats
    """[T] how much of each period lies in it."""
    settled_in: int
    """The period in which a shortfall is paid: the last one that has a part in it."""
    commitment_usd: float

    @property
    def periods(self) -> tuple[int, ...]:
        """The periods that have a part in it."""
        return tuple(np.flatnonzero(self.parts).tolist())


@once
def contract_years(i: Inputs) -> tuple[ContractYear, ...]:
    """Every contract year that has a month inside the plan, in order of agreement and year."""
    origin, months = month_number(i.time.start), i.time.months
    horizon = i.time.periods * months
    opens = np.arange(i.time.periods) * months
    found = []
    for g, agreement in enumerate(i.plan.agreements):
        start = month_number(agreement.start) - origin
        # Only the years that touch the horizon: an agreement may be as long as numbers are.
        for year in range(max(0, -start // 12), int(np.ceil(min(agreement.months, max(0, horizon - start)) / 12))):
            first = max(0, start + 12 * year)
            end = min(start + 12 * (year + 1), start + agreement.months, horizon)
            if end <= first:
                continue
            parts = np.clip(np.minimum(opens + months, end) - np.maximum(opens, first), 0, None) / months
            owed = agreement.commit_usd_per_year * (end - first) / 12
            settled = int(np.flatnonzero(parts)[-1])
            found.append(ContractYear(g, year, first, end, parts, settled, owed))
    return tuple(found)
