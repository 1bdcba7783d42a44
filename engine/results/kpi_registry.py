"""The key figures of a result (model.md section 8): one record each, which everything that shows one reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # the window shows labels before anything is computed
    from gigaplan.engine.results.allocation import Allocation
    from gigaplan.engine.results.unit_costs import UnitCosts

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Kpi:
    """One key figure. How it comes about is explained in `analysis/provenance/kpi_trees.py`, under the same name."""

    name: str
    unit: str
    """Money is in USD here, which stands for the currency of the plan: see `unit_in`."""
    label: str
    help: str
    """What exactly it is, in one sentence."""
    compute: Callable[[Sums], Any]
    """Its value, None where it has none; of a figure per workload a dict of those by id."""
    better: int = 0
    """-1: less is better, 1: more is better, 0: neither can be said."""
    given: Literal["", "served", "demand"] = ""
    """What must be the same in both of two plans for `better` to hold."""
    per_workload: bool = False
    lowest: str = ""
    """What the lowest of its workloads is called where it stands for the plan; empty where nothing does."""
    short: str = ""
    """The label where there is little room."""

    @property
    def plan_label(self) -> str:
        """The label of the one figure that stands for the whole plan."""
        return self.lowest or self.label

    def unit_in(self, currency: str) -> str:
        """Its unit in a plan of that currency."""
        return self.unit.replace("USD", currency)


class Sums:
    """An allocation, and the sums of it that several key figures share."""

    def __init__(self, allocation: Allocation) -> None:
        self.a = allocation
        self.i = allocation.inputs

    @cached_property
    def tco_usd(self) -> float:
        """Undiscounted cost, with what the horizon's end adds and takes off."""
        from gigaplan.engine.results.money import end_components

        return float(self.a.total_cost.sum()) + sum(end_components(self.a, discounted=False).values())

    @cached_property
    def paid_usd(self) -> float:
        """What is paid within the horizon, undiscounted."""
        return float(self.a.total_cost.sum())

    @cached_property
    def left_usd(self) -> float:
        """What is taken off at the horizon: what chips, contracts and rent paid ahead are still worth, undiscounted."""
        from gigaplan.engine.results.money import end_components

        return sum(max(-value, 0.0) for value in end_components(self.a, discounted=False).values())

    @cached_property
    def npv_usd(self) -> float:
        """Cost discounted from when it is paid, with what the horizon's end adds and takes off."""
        from gigaplan.engine.results.money import discounted_components, end_components

        ends = sum(end_components(self.a, discounted=True).values())
        return float(sum(discounted_components(self.a).values())) + ends

    @cached_property
    def liability_usd(self) -> float:
        """Rent still owed after the horizon."""
        from gigaplan.engine.results.money import liability

        return liability(self.a)

    @cached_property
    def emissions_t(self) -> Floats:
        """[T] operational and embodied emissions."""
        return np.asarray((self.a.operational_t + self.a.embodied_t).sum(axis=0))

    @cached_property
    def carbon_usd(self) -> float:
        """The carbon price on all emissions, discounted."""
        return self.i.plan.settings.carbon_price_usd_per_t * float(self.emissions_t @ self.i.time.discount)

    @cached_property
    def unmet_usd(self) -> float:
        """The value of unserved work, discounted."""
        return float((self.a.unmet_usd * self.i.time.discount).sum())

    @cached_property
    def unit_costs(self) -> UnitCosts:
        """`unit_costs` of the allocation."""
        from gigaplan.engine.results.unit_costs import unit_costs

        return unit_costs(self.a)

    def unit_costs_in(self, unit: str) -> dict[str, float | None]:
        """The unit costs of the workloads counted in `unit`."""
        return {w.id: self.unit_costs.per_workload[w.id] for w in self.i.plan.workloads if w.unit == unit}


ROUNDING = 1e-15
"""Of the cost of a plan: sums of it lose less. What is small beside the plan, a fee or some work, is no rounding."""


def kpis_of(a: Allocation) -> dict[str, Any]:
    """Every key figure of an allocation by name, in the order of KPIS."""
    basis = Sums(a)
    least = ROUNDING * max(abs(basis.tco_usd), abs(basis.paid_usd))
    return {name: _plain(kpi.compute(basis), least if kpi.unit == "USD" else 0.0) for name, kpi in KPIS.items()}


def _plain(value: Any, least: float) -> Any:
    """A figure, or one for each workload, as numbers of Python: what writes them as JSON knows no others. Less than
    `least` is what the solver leaves of nothing, and 0."""
    if isinstance(value, dict):
        return {key: _plain(each, least) for key, each in value.items()}
    plain = value.item() if isinstance(value, np.generic) else value
    return 0.0 if plain is not None and abs(plain) < least else plain


def coverage(a: Allocation) -> dict[str, float | None]:
    """Work served over work demanded, over the horizon, per workload; None without demand."""
    i = a.inputs
    demanded = i.demand.sum(axis=1) * np.where(i.by_block, i.profile @ i.shares, 1.0)
    served = a.served.sum(axis=1)
    return {w.id: float(served[k] / demanded[k]) if demanded[k] > 0 else None for k, w in enumerate(i.plan.workloads)}


def coverage_by_value(a: Allocation) -> float | None:
    """Work served over work demanded (0..1), each workload weighted by the value of its demand if not served.

    Without any value given all weigh alike; None without demand.
    """
    i, covered = a.inputs, coverage(a)
    asked = i.demand.sum(axis=1) * i.unmet_usd
    there = [k for k, w in enumerate(i.plan.workloads) if covered[w.id] is not None]
    if not there:
        return None
    weights = asked[there] if asked[there].sum() > 0 else np.ones(len(there))
    return float(np.average([covered[i.plan.workloads[k].id] or 0.0 for k in there], weights=weights))


def has_power(total: Floats) -> Bools:
    """[T] the periods with any power: less than 1e-9 of the most is rounding."""
    return np.asarray(total > 1e-9 * total.max(initial=0.0))


def concentration(a: Allocation, dimension: str) -> float | None:
    """Herfindahl-Hirschman index (0..1) of IT power, mean over the periods with any; None where there is none."""
    from gigaplan.engine.results.series import grouped, pair_keys

    power = np.array(list(grouped(a.it_mw, pair_keys(a.inputs, dimension)).values())).reshape(-1, a.inputs.time.periods)
    total = power.sum(axis=0)
    any_power = has_power(total)
    if not any_power.any():
        return None
    return float(((power[:, any_power] / total[any_power]) ** 2).sum(axis=0).mean())


_ALL = (
    Kpi(
        "tco_usd", "USD", "Total cost of ownership",
        "All costs over the horizon, undiscounted, less what is left at its end, with the rent at risk then.",
        lambda b: b.tco_usd, -1, "served", short="Total cost",
    ),
    Kpi(
        "paid_usd", "USD", "Paid to the horizon", "All costs within the horizon, undiscounted.",
        lambda b: b.paid_usd, -1, "served",
    ),
    Kpi(
        "left_usd", "USD", "Residual value at horizon",
        "What bought chips, power contracts and rent paid ahead are taken to be worth then, undiscounted; not in the "
        "total cost.",
        lambda b: b.left_usd, short="Residual value",
    ),
    Kpi(
        "npv_usd", "USD", "Net present cost",
        "All costs, discounted from when they are paid, with what the horizon's end adds or takes off.",
        lambda b: b.npv_usd, -1, "served",
    ),
    Kpi(
        "objective_usd", "USD", "Objective",
        "What the plan minimizes: net present cost, carbon price and the value of unserved work.",
        lambda b: b.npv_usd + b.carbon_usd + b.unmet_usd, -1, "demand",
    ),
    Kpi(
        "unmet_usd", "USD", "Value of unserved work", "Demand not served, at its value of lost load, discounted.",
        lambda b: b.unmet_usd, -1, "demand",
    ),
    Kpi(
        "idle_usd", "USD", "Cost of idle chips",
        "Cost of the hours of used chips that no workload uses, undiscounted; contained in the unit costs.",
        lambda b: b.unit_costs.idle,
    ),
    Kpi(
        "unused_usd", "USD", "Cost that no work bears",
        "Chips, power contracts and commitments that no served workload uses, undiscounted.",
        lambda b: b.unit_costs.unused,
    ),
    Kpi(
        "liability_beyond_horizon_usd", "USD", "Owed after the horizon",
        "Rent still owed for terms that end after the horizon, undiscounted.",
        lambda b: b.liability_usd,
    ),
    Kpi(
        "owed_at_risk_usd", "USD", "Of which at risk",
        "The part of the rent owed after the horizon that contracts are taken not to be worth; in the total cost.",
        lambda b: float(b.a.end_cost["owed_at_risk"].sum()),
    ),
    Kpi(
        "coverage_by_value", "fraction", "Coverage by value",
        "Work served over work demanded, over the horizon, each workload weighted by its value if not served; all "
        "alike where none has a value.",
        lambda b: coverage_by_value(b.a), 1, "demand", short="Coverage",
    ),
    Kpi(
        "coverage", "fraction", "Coverage by workload", "Work served over work demanded, over the horizon.",
        lambda b: coverage(b.a), 1, per_workload=True, lowest="Lowest workload coverage",
    ),
    Kpi(
        "usd_per_million_tokens", "USD/million tokens", "Cost per million tokens",
        "Full cost of what serves a workload, undiscounted, with overhead, per million output tokens served.",
        lambda b: b.unit_costs_in("tokens/s"), -1, per_workload=True,
    ),
    Kpi(
        "usd_per_pflop_day", "USD/PFLOP-day", "Cost per PFLOP-day",
        "Full cost of what serves a workload, undiscounted, with overhead, per PFLOP/s of work done for a day.",
        lambda b: b.unit_costs_in("PFLOP/s"), -1, per_workload=True,
    ),
    Kpi(
        "peak_facility_mw", "MW", "Peak facility power",
        "Nameplate power of all chips that run times the PUE of their site, in the highest period.",
        lambda b: float(b.a.facility_mw.sum(axis=0).max(initial=0.0)), short="Peak power",
    ),
    Kpi(
        "peak_it_mw", "MW", "Peak IT power", "Nameplate power of all chips that run, in the highest period.",
        lambda b: float(b.a.it_mw.sum(axis=0).max(initial=0.0)),
    ),
    Kpi(
        "energy_mwh", "MWh", "Facility energy", "Electricity of all sites over the horizon, with PUE.",
        lambda b: float(b.a.facility_mwh.sum()),
    ),
    Kpi(
        "emissions_t", "tCO2e", "Emissions", "Operational and embodied emissions over the horizon.",
        lambda b: float(b.emissions_t.sum()),
    ),
    Kpi(
        "water_m3", "m3", "Water", "Water use of all sites over the horizon.",
        lambda b: float((b.a.it_mwh.sum(axis=1) * b.i.water[b.i.pair_site]).sum()),
    ),
    Kpi(
        "vendor_hhi", "ratio", "Vendor concentration",
        "Herfindahl-Hirschman index of IT power by vendor, mean over the periods with any: 1 is a single vendor.",
        lambda b: concentration(b.a, "vendor"), short="Vendor HHI",
    ),
)  # fmt: skip
KPIS = {kpi.name: kpi for kpi in _ALL}
"""Every key figure, in the order in which they are shown."""
