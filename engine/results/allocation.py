"""What a solution decides, and what follows from it in chips, energy, carbon and money (model.md sections 4 and 7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.agreements import ContractYear, contract_years, offers_of
from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.rates import (
    COMPONENTS,
    Rates,
    alive,
    demand_weights,
    installed_maintenance,
    installed_rental,
    rates_of,
)

if TYPE_CHECKING:
    from gigaplan.engine.optimization.highs import Solution
    from gigaplan.engine.optimization.linear_program import LinearProgram

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ROUNDING = 1e-9
"""Of the active chips: fewer idle ones are none."""
LOST = 1e-9
"""Of a demand or commitment: so much of it the solver may lose, and no more."""


@dataclass(frozen=True)
class Allocation:
    """The decisions and what follows from them; axes as in `inputs`."""

    inputs: Inputs
    rates: Rates
    delivered: Floats
    """[N, T] chips that arrive."""
    active: Floats
    """[N, T] chips that stand."""
    used: Floats
    """[U, T] chips assigned to work."""
    unmet: Floats
    """[W, T] work not served, peak units; a flexible workload's is spread as its demand."""
    ported: Floats
    """[ports] 1 where the port is done."""
    signed: Floats
    """[agreements] 1 where it is signed."""
    years: tuple[ContractYear, ...]
    shortfall: Floats
    """[years] USD owed and not spent."""

    @cached_property
    def idle(self) -> Floats:
        """[N, T] active chips that do no work."""
        left = self.active - sums(self.used, self.inputs.use_pair, len(self.active))
        return np.where(left > ROUNDING * self.active, left, 0.0)

    @cached_property
    def it_mwh(self) -> Floats:
        """[N, T] IT energy: idle power for every active chip, and more for those in use."""
        in_use = sums(self.used * self.rates.use_mwh[:, None], self.inputs.use_pair, len(self.active))
        return self.active * self.rates.idle_mwh[:, None] + in_use

    @cached_property
    def facility_mwh(self) -> Floats:
        """[N, T] IT energy times PUE."""
        return self.it_mwh * self.rates.facility[:, None]

    @cached_property
    def operational_t(self) -> Floats:
        """[N, T] tonnes from electricity."""
        return self.facility_mwh * self.rates.carbon

    @cached_property
    def embodied_t(self) -> Floats:
        """[N, T] tonnes of making the chips, spread over their life."""
        return self.active * self.rates.embodied[:, None]

    @cached_property
    def pair_cost(self) -> dict[str, Floats]:
        """[N, T] USD by component, before overhead."""
        i, r = self.inputs, self.rates
        life = i.life[i.pair_offer]
        return {
            "purchase": self.delivered * r.purchase,
            "rental": alive(self.delivered * r.rental, life) + installed_rental(i),
            "energy": self.facility_mwh * r.electricity,
            "hosting": self.active * r.hosting,
            "maintenance": alive(self.delivered * r.maintenance, life) + installed_maintenance(i),
        }

    @cached_property
    def port_cost(self) -> Floats:
        """[W] USD in period 0, before overhead."""
        cost = np.zeros(len(self.inputs.plan.workloads))
        work_at = {w.id: k for k, w in enumerate(self.inputs.plan.workloads)}
        for port, done in zip(self.inputs.plan.ports, self.ported, strict=True):
            cost[work_at[port.workload]] += port.cost_usd * done
        return cost

    @cached_property
    def shortfall_cost(self) -> Floats:
        """[agreements, T] USD owed and not spent, before overhead."""
        cost = np.zeros((len(self.inputs.plan.agreements), self.inputs.time.periods))
        for year, short in zip(self.years, self.shortfall, strict=True):
            cost[year.agreement, year.settled_in] += short
        return cost

    @cached_property
    def pair_total(self) -> Floats:
        """[N, T] USD with overhead, and with each agreement's shortfalls in proportion to what was spent on it."""
        paid = sum(self.pair_cost.values(), np.zeros_like(self.active))
        spent = (self.pair_cost["purchase"] + self.pair_cost["rental"]).sum(axis=1)
        for g in range(len(self.inputs.plan.agreements)):
            mine = np.where(offers_of(self.inputs, g)[self.inputs.pair_offer], spent, 0.0)
            if mine.sum() > 0:
                paid = paid + np.outer(mine / mine.sum(), self.shortfall_cost[g])
        return paid * (1 + self.rates.overhead)

    @cached_property
    def component_cost(self) -> dict[str, Floats]:
        """[T] USD by component, overhead among them."""
        first = np.zeros(self.inputs.time.periods)
        first[0] = self.port_cost.sum()
        parts = {name: cost.sum(axis=0) for name, cost in self.pair_cost.items()}
        parts |= {"porting": first, "commitment": self.shortfall_cost.sum(axis=0)}
        parts["overhead"] = self.rates.overhead * sum(parts.values(), np.zeros_like(first))
        return {name: parts[name] + 0.0 for name in COMPONENTS}  # what is nothing at a price below 0 is not -0

    @cached_property
    def total_cost(self) -> Floats:
        """[T] USD, without carbon price, value lost and residual value."""
        return np.asarray(np.sum(list(self.component_cost.values()), axis=0))

    @cached_property
    def residual(self) -> Floats:
        """[N] USD that bought chips are worth at the horizon, undiscounted."""
        return np.asarray((self.delivered * self.rates.residual).sum(axis=1))

    @cached_property
    def unmet_usd(self) -> Floats:
        """[W, T] value lost, undiscounted."""
        i = self.inputs
        return self.unmet * (i.time.hours * i.unmet_usd / i.peak)[:, None]

    @cached_property
    def served(self) -> Floats:
        """[W, T] work done, at the average rate."""
        i = self.inputs
        done = sums(self.used * i.use_theta[:, None], i.use_workload, len(i.demand))
        return done / i.peak[:, None]

    @cached_property
    def it_mw(self) -> Floats:
        """[N, T] nameplate IT power of active chips."""
        return self.active * (self.inputs.power_w[self.inputs.pair_offer] / 1e6)[:, None]

    @cached_property
    def facility_mw(self) -> Floats:
        """[N, T] nameplate facility power of active chips."""
        return self.it_mw * self.rates.facility[:, None]


def allocation_of(i: Inputs, program: LinearProgram, solution: Solution) -> Allocation:
    """The decisions of a solution as arrays over pairs, uses and workloads."""
    x, blocks = solution.values, program.blocks

    def spread(name: str, shape: tuple[int, ...]) -> Floats:
        table = np.zeros(shape)
        table[blocks[name].index] = np.maximum(x[blocks[name].columns], 0.0)
        return table

    delivered = spread("deliveries", i.installed.shape)
    unmet = spread("unmet", i.demand.shape)
    flexible = np.zeros(len(i.demand))
    flexible[blocks["unmet_flexible"].index] = x[blocks["unmet_flexible"].columns]
    signed = np.array([float(g.status == "signed") for g in i.plan.agreements])
    signed[blocks["signed"].index] = np.round(x[blocks["signed"].columns])
    found = Allocation(
        inputs=i,
        rates=rates_of(i),
        delivered=delivered,
        active=alive(delivered, i.life[i.pair_offer]) + i.installed,
        used=spread("uses", (len(i.use_pair), i.time.periods)),
        unmet=unmet + demand_weights(i) * flexible[:, None],
        ported=np.round(x[blocks["ported"].columns]),
        signed=signed,
        years=contract_years(i),
        shortfall=np.maximum(x[blocks["shortfall"].columns], 0.0),
    )
    return _accounted(found)


def _accounted(a: Allocation) -> Allocation:
    """The allocation in which work served and not served is the demand, and spend and shortfall the commitment.

    The solver keeps these rows to a tolerance that fits the whole plan; a workload or agreement that is small beside
    it could be lost in it without a word.
    """
    i = a.inputs
    needed = i.demand * i.peak[:, None]
    share = demand_weights(i)
    flexible = i.flexible[:, None]

    def asked(work: Floats) -> Floats:
        """[W, T] work per period; of a flexible workload its total, spread as the demand."""
        return np.where(flexible, share * work.sum(axis=1, keepdims=True), work)

    needed, served = asked(needed), asked(a.served * i.peak[:, None])
    kept = np.divide(needed, served, out=np.ones_like(needed), where=served > needed * (1 + LOST))
    used = a.used * kept[i.use_workload]
    left = np.maximum(needed - served, 0.0)
    unmet = np.where(np.abs(left - a.unmet) > LOST * needed, left, a.unmet)
    spent = a.pair_cost["purchase"] + a.pair_cost["rental"]
    owed = [
        year.commitment_usd * a.signed[year.agreement]
        - spent[offers_of(i, year.agreement)[i.pair_offer]][:, list(year.periods)].sum()
        for year in a.years
    ]
    due = np.array([year.commitment_usd for year in a.years])
    short = np.maximum(np.array(owed), 0.0)
    shortfall = np.where(np.abs(short - a.shortfall) > LOST * due, short, a.shortfall)
    return replace(a, used=used, unmet=unmet, shortfall=shortfall)


def sums(values: Floats, place: Ints, size: int) -> Floats:
    """[size, T] the sums of those rows of `values` [rows, T] that have the same place."""
    periods = values.shape[1]
    at = place[:, None] * periods + np.arange(periods)
    added = np.bincount(at.ravel(), values.ravel(), size * periods)
    return np.asarray(added, dtype=float).reshape(size, periods)


def chip_hour_shares(a: Allocation) -> tuple[Floats, Floats]:
    """[U] each use's part of its pair's active chip-hours over the horizon, and [N] the idle part."""
    active = a.active.sum(axis=1)
    shares = np.divide(
        a.used.sum(axis=1), active[a.inputs.use_pair], out=np.zeros(len(a.used)), where=active[a.inputs.use_pair] > 0
    )
    taken = np.zeros(len(active))
    np.add.at(taken, a.inputs.use_pair, shares)
    return shares, np.where((active > 0) & (1 - taken > ROUNDING), 1 - taken, 0.0)
