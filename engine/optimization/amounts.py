"""What decisions come to, per chip and period: money, energy or tonnes as rates that are linear in the decisions.

The program prices its columns and fills its rows from these rates, and the results add up the same ones: what is
charged on whom is written once, and the two cannot disagree.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Amounts:
    """Amounts per period, undiscounted; axes as in `arrays`. None is nothing."""

    delivered: Floats | None = None
    """[N, T] per chip delivered, at delivery."""
    cohort: Floats | None = None
    """[N, T] per chip delivered in the period, in each period of its life (its last one in part)."""
    active: Floats | None = None
    """[N, T] per chip that stands."""
    running: Floats | None = None
    """[M, T] per chip in a mode, at work or idle; of chips that are switched off nothing."""
    used: Floats | None = None
    """[U, T] further, per chip at work for the whole day."""
    full_load: Floats | None = None
    """[N, T] further than running, per chip at full load for the whole day; only prices per chip-hour read it."""
    standing: Floats | None = None
    """[N, T] in all, of the chips that stood before the plan: no decision changes it."""
    bought: Floats | None = None
    """[V, T] per peak unit of work bought for the whole day."""
    decided: dict[str, Floats] = field(default_factory=dict)
    """[decisions, T] per block of decisions of the whole plan, paid over the period."""
    at_once: dict[str, Floats] = field(default_factory=dict)
    """The same, paid at the start of the period."""

    def scaled(self, factor: float) -> Amounts:
        """Each amount times `factor`."""

        def of(value: Floats | None) -> Floats | None:
            return None if value is None else value * factor

        rates = {name: of(getattr(self, name)) for name in RATES}
        decided, at_once = ({k: v * factor for k, v in lumps.items()} for lumps in (self.decided, self.at_once))
        return Amounts(decided=decided, at_once=at_once, **rates)


LUMPS = ("decided", "at_once")
RATES = tuple(f.name for f in dataclasses.fields(Amounts) if f.name not in LUMPS)


def together(parts: Iterable[Amounts]) -> Amounts:
    """The sum of several amounts."""
    rates: dict[str, Floats | None] = dict.fromkeys(RATES)
    lumps: dict[str, dict[str, Floats]] = {name: {} for name in LUMPS}
    for part in parts:
        for name in RATES:
            rates[name] = plus(rates[name], getattr(part, name))
        for name in LUMPS:
            for block, values in getattr(part, name).items():
                lumps[name][block] = lumps[name][block] + values if block in lumps[name] else values
    return Amounts(**lumps, **rates)  # type: ignore[arg-type]


def plus(one: Floats | None, other: Floats | None) -> Floats | None:
    """The sum of two arrays of which either may be none."""
    if one is None or other is None:
        return other if one is None else one
    return one + other
