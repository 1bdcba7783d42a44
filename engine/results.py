"""What a solution means: chips, cost, power, energy, carbon and work, per period and by whatever one asks.

Section 8 of the planning model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from engine.allocation import Allocation, allocation_of, chip_hour_shares
from engine.inputs import Inputs
from engine.linear import LinearProgram
from engine.plan import Plan
from engine.policies import member_of_pairs
from engine.problems import Problem
from engine.timeline import Timeline

if TYPE_CHECKING:
    from engine.solver import Solution, Status

Floats = NDArray[np.float64]

Integers = Literal["none", "held", "proven"]

IDLE = "(idle)"
"""The key of what no workload uses."""
PLAN_WIDE = "(plan)"
"""The key of costs that belong to no offer or site: porting, and commitments with nothing spent on them."""

UNITS = {
    "chips": "chips",
    "deliveries": "chips",
    "cost": "USD",
    "it_power": "MW",
    "facility_power": "MW",
    "it_energy": "MWh",
    "facility_energy": "MWh",
    "emissions": "tCO2e",
    "water": "m3",
    "served": "average rate",
    "demand": "average rate",
    "unmet": "average rate",
    "power_headroom": "MW",
    "supply_headroom": "chips",
}
"""The named series and their units; work is in the unit of its workload."""

PAIR_DIMENSIONS = ("offer", "platform", "vendor", "provider", "site", "jurisdiction", "stack", "total")


class Series(Struct, frozen=True):
    """One named line of a result: a value per period."""

    name: str
    unit: str
    by: str
    key: str
    values: Floats


@dataclass(frozen=True)
class Result:
    """The answer to a plan. `allocation` is None, and `kpis` empty, unless `status` is optimal."""

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

    @cached_property
    def time(self) -> Timeline:
        """The time grid of its plan."""
        return Timeline.of(self.plan.settings)

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

    def series(self, name: str, by: str = "total") -> dict[str, Floats]:
        """A named series, one array of [T] per key, in the unit of `UNITS[name]`.

        `by` is one of PAIR_DIMENSIONS; `workload` and `workload|offer` for chips; `workload` for what chips
        cost, draw, emit; `component` for cost and emissions. Raises KeyError for what there is not.
        """
        if self.allocation is None:
            return {}
        return _series(self.allocation, name, by)

    def all_series(self) -> list[Series]:
        """Every series by every dimension that it has."""
        return [
            Series(name, UNITS[name], by, key, values)
            for name, dimensions in DIMENSIONS.items()
            for by in dimensions
            for key, values in self.series(name, by).items()
        ]


_PAIR_SERIES = {
    "chips": "active",
    "deliveries": "delivered",
    "cost": "pair_total",
    "it_power": "it_mw",
    "facility_power": "facility_mw",
    "it_energy": "it_mwh",
    "facility_energy": "facility_mwh",
}
_OWN = {
    "served": ("workload",),
    "demand": ("workload",),
    "unmet": ("workload",),
    "power_headroom": ("site",),
    "supply_headroom": ("offer",),
}
_MORE = {
    "chips": ("workload", "workload|offer", "offer|site"),
    "deliveries": ("offer|site",),
    "cost": ("component", "workload"),
    "facility_power": ("workload", "offer|site"),
    "emissions": ("component", "workload"),
}
DIMENSIONS: dict[str, tuple[str, ...]] = {
    name: _OWN.get(name) or PAIR_DIMENSIONS + _MORE.get(name, ("workload",)) for name in UNITS
}
"""By what each series can be split."""


def _series(a: Allocation, name: str, by: str) -> dict[str, Floats]:
    i = a.inputs
    if by not in DIMENSIONS[name]:
        raise KeyError(f"{name} is not split by {by}")
    if name in _OWN:
        return _own(a, name)
    if by == "component":
        if name == "cost":
            return a.component_cost
        return {"operational": a.operational_t.sum(axis=0), "embodied": a.embodied_t.sum(axis=0)}
    if name == "cost" and by in ("workload", "total"):
        return {"total": a.total_cost} if by == "total" else _cost_by_workload(a)
    values = _pair_values(a, name)
    if by == "workload":
        return _by_workload(a, values)
    if by == "workload|offer":
        keys = [
            f"{i.plan.workloads[w].id}|{i.plan.offers[o].id}" for w, o in zip(i.use_workload, i.use_offer, strict=True)
        ]
        return grouped(a.used, keys)
    split = grouped(values, pair_keys(i, by))
    rest = a.total_cost - values.sum(axis=0) if name == "cost" else np.zeros(0)
    if np.any(rest > 1e-9 * max(1.0, float(a.total_cost.max(initial=0.0)))):
        split[PLAN_WIDE] = rest
    return split


def _pair_values(a: Allocation, name: str) -> Floats:
    if name == "emissions":
        return a.operational_t + a.embodied_t
    if name == "water":
        return a.it_mwh * a.inputs.water[a.inputs.pair_site][:, None]
    return np.asarray(getattr(a, _PAIR_SERIES[name]))


def _own(a: Allocation, name: str) -> dict[str, Floats]:
    i = a.inputs
    if name == "power_headroom":
        drawn = np.zeros_like(i.site_power_mw)
        np.add.at(drawn, i.pair_site, a.facility_mw)
        return {s.id: i.site_power_mw[k] - drawn[k] for k, s in enumerate(i.plan.sites) if s.power_mw is not None}
    if name == "supply_headroom":
        arrived = np.zeros_like(i.supply)
        np.add.at(arrived, i.pair_offer, a.delivered)
        return {o.id: i.supply[k] - arrived[k] for k, o in enumerate(i.plan.offers) if o.supply_chips is not None}
    work = {"served": a.served, "demand": i.demand, "unmet": a.unmet / i.peak[:, None]}[name]
    return {w.id: work[k] for k, w in enumerate(i.plan.workloads)}


def pair_keys(i: Inputs, by: str) -> list[str]:
    """[N] the key of each pair in a dimension."""
    plan = i.plan
    if by == "total":
        return ["total"] * len(i.pair_offer)
    if by == "offer":
        return [plan.offers[o].id for o in i.pair_offer]
    if by == "platform":
        return [plan.offers[o].platform for o in i.pair_offer]
    if by == "offer|site":
        return [f"{plan.offers[o].id}|{plan.sites[s].id}" for o, s in zip(i.pair_offer, i.pair_site, strict=True)]
    return member_of_pairs(i, by)


def grouped(values: Floats, keys: list[str]) -> dict[str, Floats]:
    """Sums of the rows of `values` [rows, T] that share a key, in the order in which the keys first occur."""
    place = {key: k for k, key in enumerate(dict.fromkeys(keys))}
    sums = np.zeros((len(place), values.shape[1]))
    np.add.at(sums, [place[key] for key in keys], values)
    return {key: sums[k] for key, k in place.items()}


def _by_workload(a: Allocation, values: Floats) -> dict[str, Floats]:
    """What belongs to each workload: of every pair and period, the part of its active chips that it uses."""
    i = a.inputs
    each = np.divide(values, a.active, out=np.zeros_like(values), where=a.active > 0)
    sums = np.zeros_like(i.demand)
    np.add.at(sums, i.use_workload, each[i.use_pair] * a.used)
    split = {w.id: sums[k] for k, w in enumerate(i.plan.workloads)}
    return split | {IDLE: (each * a.idle).sum(axis=0)}


def _cost_by_workload(a: Allocation) -> dict[str, Floats]:
    """Each pair's cost shared in proportion to chip-hours over the horizon; porting with its workload."""
    i = a.inputs
    shares, idle = chip_hour_shares(a)
    sums = np.zeros_like(i.demand)
    np.add.at(sums, i.use_workload, a.pair_total[i.use_pair] * shares[:, None])
    sums[:, 0] += a.port_cost * (1 + a.rates.overhead)
    split = {w.id: sums[k] for k, w in enumerate(i.plan.workloads)}
    split[IDLE] = (a.pair_total * idle[:, None]).sum(axis=0)
    rest = a.total_cost - sum(split.values(), np.zeros(i.time.periods))
    return split | ({PLAN_WIDE: rest} if np.any(rest > 1e-9 * max(1.0, float(a.total_cost.max()))) else {})


def results_of(
    i: Inputs,
    program: LinearProgram,
    solution: Solution,
    problems: tuple[Problem, ...],
    integers: Integers,
    seconds: float,
) -> Result:
    """The result of an optimal solution."""
    from engine.kpis import kpis_of

    allocation = allocation_of(i, program, solution)
    return Result(i.plan, "optimal", problems, kpis_of(allocation), allocation, program, solution, integers, seconds)


def failure(plan: Plan, status: Status, problems: tuple[Problem, ...]) -> Result:
    """The result of a plan that could not be solved."""
    return Result(plan, status, problems)
