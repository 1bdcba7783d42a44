"""The answer to a plan.

The views know this module: what computes is imported when a series is asked for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import Problem
from gigaplan.engine.plan.schema import Site
from gigaplan.engine.plan.text import listed
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.results.series_names import DIMENSIONS, UNITS
from gigaplan.engine.results.status import NO_WORK, STATUS, StatusWords

if TYPE_CHECKING:
    from gigaplan.engine.optimization.linear_program import LinearProgram
    from gigaplan.engine.optimization.solution import Solution, Status
    from gigaplan.engine.plan.throughput import Estimate
    from gigaplan.engine.results.allocation import Allocation

Floats = NDArray[np.float64]

Integers = Literal["none", "held", "proven"]
DECIDED = {"contracted": "power contracts", "ported": "ports", "placed": "placements", "ordered": "least orders"}
"""What integer columns decide, by block, beside agreements."""


class Series(Struct, frozen=True):
    """One named line of a result: a value per period."""

    name: str
    unit: str
    by: str
    key: str
    values: Floats


@dataclass
class FoundLater:
    """What was found out about a result after it was there, as that takes a while."""

    found: dict[Any, Any] = field(default_factory=dict)
    is_complete: bool = False


@dataclass(frozen=True)
class Result:
    """The answer to a plan. `allocation` is None, and `kpis` empty, unless `status` is optimal or not_proven."""

    plan: Plan
    status: Status
    problems: tuple[Problem, ...]
    kpis: dict[str, Any] = field(default_factory=dict)
    allocation: Allocation | None = None
    program: LinearProgram | None = None
    solution: Solution | None = None
    integers: Integers = "none"
    """Whether integer decisions are part of the optimum, held as they were, or absent."""
    seconds: float = 0.0
    worths: FoundLater = field(default_factory=FoundLater, repr=False, compare=False)
    """What limits that bind are worth, as far as that is known: `analysis.shadow_prices` finds it."""
    falls: FoundLater = field(default_factory=FoundLater, repr=False, compare=False)
    """How far the prices of offers that are not chosen must fall, likewise: `analysis.price_falls` finds it."""
    open_choices: FoundLater = field(default_factory=FoundLater, repr=False, compare=False)
    """For which workloads the choice of a platform lies within a band, likewise: `analysis.throughput_bands` finds
    it."""

    @property
    def words(self) -> StatusWords:
        """How its status is told: an optimum of a plan without workloads is no answer, and is not told as one."""
        return NO_WORK if self.status == "optimal" and not self.plan.workloads else STATUS[self.status]

    @property
    def bound(self) -> float | None:
        """The objective that no plan can be below, USD discounted; None where no plan or no bound is known."""
        if self.solution is None or self.allocation is None:
            return None
        bound = self.solution.bound if self.status == "not_proven" else self.solution.objective
        return bound if math.isfinite(bound) else None

    @property
    def gap(self) -> float | None:
        """By what part of its objective the plan may be dearer than the best; None where there is no plan."""
        if self.solution is None or self.bound is None:
            return None
        return max(0.0, self.solution.objective - self.bound) / max(abs(self.solution.objective), 1e-9)

    @cached_property
    def time(self) -> Timeline:
        """The time grid of its plan."""
        return Timeline.of(self.plan.settings)

    def available_mw(self, sites: tuple[Site, ...]) -> np.ndarray:
        """[T] MW that sites have together, with power contracts taken up; infinite where one of them has no limit."""
        if self.allocation is None:
            return sum((self.time.values(s.power_mw) for s in sites), np.zeros(self.time.periods))
        from gigaplan.engine.results.series import power_there

        wanted = {s.id for s in sites}
        chosen = [s.id in wanted for s in self.plan.sites]
        return np.asarray(power_there(self.allocation)[chosen].sum(axis=0))

    @cached_property
    def theta(self) -> dict[str, float]:
        """Work per chip keyed `workload|offer`; 0 where it cannot run."""
        if self.allocation is None:
            return {}
        i = self.allocation.inputs
        return {
            f"{w.id}|{o.id}": float(i.theta[k, i.offer_platform[j]])
            for k, w in enumerate(self.plan.workloads)
            for j, o in enumerate(self.plan.offers)
        }

    @cached_property
    def estimates(self) -> dict[str, Estimate]:
        """What each of `theta` rests on, under the same keys."""
        if self.allocation is None:
            return {}
        from gigaplan.engine.plan.throughput import estimate

        platforms = {p.id: p for p in self.plan.platforms}
        by_pair = {
            (w.id, id): estimate(self.plan, w, platforms[id])
            for w in self.plan.workloads
            for id in dict.fromkeys(o.platform for o in self.plan.offers)
        }
        return {f"{w.id}|{o.id}": by_pair[w.id, o.platform] for w in self.plan.workloads for o in self.plan.offers}

    @cached_property
    def decisions(self) -> dict[str, dict[str, int]]:
        """What is decided with yes (1) or no: agreements `signed`, power `contracts`, `ported` (`workload|stack`) and
        `placed` (`workload|platform`, `workload|platform|site` or `workload|service|id`)."""
        a = self.allocation
        if a is None:
            return {}
        plan = self.plan
        names = {
            "signed": [g.id for g in plan.agreements],
            "contracts": [c.id for c in plan.power_contracts],
            "ported": [f"{p.workload}|{p.stack}" for p in plan.ports],
            "placed": ["|".join((plan.workloads[m.workload].id, *m.key)) for m in a.machines],
        }
        values = {"signed": a.signed, "contracts": a.contracted, "ported": a.ported, "placed": a.placed}
        return {
            kind: {name: round(v) for name, v in zip(names[kind], values[kind].tolist(), strict=True)} for kind in names
        }

    @property
    def decided(self) -> str:
        """What is decided with yes or no in this plan, in words: "tiers, ports and placements"."""
        p, words = self.program, list[str]()
        if p is None:
            return "integer decisions"
        open_to = {name for name, block in p.blocks.items() if p.integer[block.columns].any()}
        if "signed" in open_to:
            grouped = {g.group is not None for g in self.plan.agreements if g.status == "optional"}
            words += [word for word, is_tier in (("tiers", True), ("signatures", False)) if is_tier in grouped]
        words += [word for name, word in DECIDED.items() if name in open_to]
        return listed(words, "and")

    def series(self, name: str, by: str = "total") -> dict[str, Floats]:
        """A named series, one array of [T] per key, in the unit of `UNITS[name]`.

        `by` is one of PAIR_DIMENSIONS; `workload` and `workload|offer` for chips; `workload` for what chips
        cost, draw, emit; `component` for cost and emissions. Raises KeyError for what there is not.
        """
        if self.allocation is None:
            return {}
        from gigaplan.engine.results.series import series_of

        return series_of(self.allocation, name, by)

    def all_series(self) -> list[Series]:
        """Every series by every dimension that it has."""
        return [
            Series(name, UNITS[name], by, key, values)
            for name, dimensions in DIMENSIONS.items()
            for by in dimensions
            for key, values in self.series(name, by).items()
        ]


def failure(plan: Plan, status: Status, problems: tuple[Problem, ...]) -> Result:
    """The result of a plan that could not be solved."""
    return Result(plan, status, problems)
