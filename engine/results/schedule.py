"""What to order when: a plan's deliveries in whole chips."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from gigaplan.engine.results.result import Result

DUST = 1e-6
"""Of a delivery, and of a chip: so much above a whole number is the solver's tolerance, and orders no further chip."""


class Delivery(Struct, frozen=True):
    """Chips of one offer that arrive at one site in one period."""

    offer: str
    site: str
    period: int
    """Counted from 0."""
    planned_chips: float
    """As the optimum has it: it may hold parts of a chip."""
    ordered_chips: int
    """Rounded up to whole chips."""


def deliveries(result: Result) -> tuple[Delivery, ...]:
    """Every delivery of a solved plan by period, offer and site; empty without a solution."""
    found = []
    for key, chips in result.series("deliveries", "offer|site").items():
        offer, site = key.split("|")
        ordered = np.ceil(chips - DUST * np.maximum(chips, 1.0)).astype(int)
        found += [Delivery(offer, site, int(t), float(chips[t]), int(ordered[t])) for t in np.flatnonzero(ordered > 0)]
    return tuple(sorted(found, key=lambda d: (d.period, d.offer, d.site)))
