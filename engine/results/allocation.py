"""What a solution decides, and what follows from it in chips, energy, carbon and money (model.md sections 4 and 7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.agreements import spend_of
from gigaplan.engine.optimization.amounts import Amounts, together
from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.choices import Machine, machines
from gigaplan.engine.optimization.contract_years import ContractYear, contract_years
from gigaplan.engine.optimization.costs import COMPONENTS, END_COMPONENTS, OVERHEAD, costs_of
from gigaplan.engine.optimization.formulation import how_chips_run
from gigaplan.engine.optimization.lp_builder import ALL_RUN, AS_USED
from gigaplan.engine.optimization.power_contracts import capex_residual
from gigaplan.engine.optimization.rates import Rates, alive, demand_weights, rates_of
from gigaplan.engine.results.series_names import FULL_POWER, OFF

if TYPE_CHECKING:
    from gigaplan.engine.optimization.linear_program import LinearProgram
    from gigaplan.engine.optimization.solution import Solution

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ROUNDING = 1e-9
"""Of the active chips: fewer idle ones are none."""
LOST = 1e-9
"""Of a demand or commitment: so much of it the solver may lose, and no more."""


@dataclass(frozen=True)
class Allocation:
    """The decisions and what follows from them; axes as in `arrays`."""

    inputs: Inputs
    rates: Rates
    costs: dict[str, Amounts]
    """Each component of the cost per unit of the decisions."""
    delivered: Floats
    """[N, T] chips that arrive."""
    active: Floats
    """[N, T] chips that stand."""
    running: Floats
    """[M, T] chips in each mode; the rest of those that stand is switched off."""
    used: Floats
    """[U, T] chips assigned to work, as their mean over the day."""
    bought: Floats
    """[V, T] work bought of services in peak units, as its mean over the day."""
    unmet: Floats
    """[W, T] work not served, peak units, as its mean over the day; a flexible workload's is spread as its demand."""
    ported: Floats
    """[ports] 1 where the port is done."""
    signed: Floats
    """[agreements] 1 where it is signed."""
    contracted: Floats
    """[C] 1 where the power contract is signed."""
    machines: tuple[Machine, ...]
    """What placed workloads may be done on."""
    placed: Floats
    """[machines] 1 for that on which a placed workload is done."""
    years: tuple[ContractYear, ...]
    shortfall: Floats
    """[years] USD owed and not spent."""

    def come_to(self, amounts: Amounts) -> Floats:
        """[N, T] what the chips of each pair come to in each period."""
        i, found = self.inputs, np.zeros(self.active.shape)
        if amounts.delivered is not None:
            found += self.delivered * amounts.delivered
        if amounts.cohort is not None:
            found += alive(self.delivered * amounts.cohort, i.life[i.pair_offer])
        if amounts.active is not None:
            found += self.active * amounts.active
        if amounts.running is not None:
            found += sums(self.running * amounts.running, i.mode_pair, len(found))
        if amounts.used is not None:
            found += sums(self.used * amounts.used, i.use_pair, len(found))
        if amounts.standing is not None:
            found += amounts.standing
        return found

    def lumps(self, amounts: Amounts) -> dict[str, Floats]:
        """[decisions, T] what decisions of the whole plan come to, and [V, T] what is bought, by block."""
        decided = {"ported": self.ported, "contracted": self.contracted, "shortfall": self.shortfall}
        found: dict[str, Floats] = {}
        for lump in (amounts.decided, amounts.at_once):
            for name, values in lump.items():
                found[name] = found.get(name, 0.0) + values * decided[name][:, None]
        if amounts.bought is not None:
            found["bought"] = self.bought * amounts.bought
        return found

    @cached_property
    def idle(self) -> Floats:
        """[N, T] chips that run and do no work."""
        left = sums(self.running, self.inputs.mode_pair, len(self.active)) - self.in_use
        return np.where(left > ROUNDING * self.active, left, 0.0)

    @cached_property
    def off(self) -> Floats:
        """[N, T] chips that stand and are switched off."""
        left = self.active - sums(self.running, self.inputs.mode_pair, len(self.active))
        return np.where(left > ROUNDING * self.active, left, 0.0)

    @cached_property
    def by_mode(self) -> dict[str, Floats]:
        """[N, T] chips that run at full power, at each power cap (by its part of full power), and that are switched
        off."""
        i, found = self.inputs, {}
        for power in sorted(set(i.mode_power.tolist()), reverse=True):
            chips = self.running * (i.mode_power == power)[:, None]
            found[FULL_POWER if power == 1 else f"{power:g}"] = sums(chips, i.mode_pair, len(self.active))
        return found | {OFF: self.off}

    @cached_property
    def in_use(self) -> Floats:
        """[N, T] chips at work."""
        return sums(self.used, self.inputs.use_pair, len(self.active))

    @cached_property
    def it_mwh(self) -> Floats:
        """[N, T] IT energy: idle power for every chip that runs, and more for those in use."""
        return self.come_to(self.rates.it_energy(self.inputs))

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
        """[N, T] USD by component, before overhead; of those components that are charged on chips."""
        charged = {name: self.costs[name] for name in self.costs}
        return {name: self.come_to(each) for name, each in charged.items() if _on_chips(each)}

    @cached_property
    def lump_cost(self) -> dict[str, dict[str, Floats]]:
        """USD by component and block of decisions [decisions, T], before overhead; `bought` [V, T] among them."""
        return {name: self.lumps(each) for name, each in self.costs.items()}

    @cached_property
    def port_cost(self) -> Floats:
        """[W] USD in period 0, before overhead."""
        cost = np.zeros(len(self.inputs.plan.workloads))
        work_at = {w.id: k for k, w in enumerate(self.inputs.plan.workloads)}
        for port, done in zip(self.inputs.plan.ports, self.ported.tolist(), strict=True):
            cost[work_at[port.workload]] += port.cost_usd * done
        return cost

    @cached_property
    def shortfall_cost(self) -> Floats:
        """[agreements, T] USD owed and not spent, before overhead."""
        cost = np.zeros((len(self.inputs.plan.agreements), self.inputs.time.periods))
        for year, short in zip(self.years, self.shortfall.tolist(), strict=True):
            cost[year.agreement, year.settled_in] += short
        return cost

    def spend(self, agreement: int) -> tuple[Floats, Floats]:
        """[N, T] and [V, T] USD spent at an agreement's price on chips and on services, before overhead."""
        found = spend_of(self.inputs, agreement)
        bought = np.zeros(self.bought.shape) if found.bought is None else self.bought * found.bought
        return self.come_to(found), bought

    @cached_property
    def shortfall_shares(self) -> tuple[Floats, Floats]:
        """[N, T] and [V, T] each agreement's shortfalls by what was spent on it over the horizon, before overhead."""
        chips, bought = np.zeros(self.active.shape), np.zeros(self.bought.shape)
        for g in range(len(self.inputs.plan.agreements)):
            due = self.shortfall_cost[g]
            of_chips, of_work = (part.sum(axis=1) for part in self.spend(g))
            total = float(of_chips.sum() + of_work.sum())
            if total > LOST * float(due.sum()) and total > 0:
                chips += np.outer(of_chips / total, due)
                bought += np.outer(of_work / total, due)
        return chips, bought

    @cached_property
    def pair_total(self) -> Floats:
        """[N, T] USD with overhead, and with each agreement's shortfalls in proportion to what was spent on it."""
        paid = sum(self.pair_cost.values(), np.zeros_like(self.active))
        return (paid + self.shortfall_shares[0]) * (1 + self.rates.overhead)

    @property
    def buy_rates(self) -> Floats:
        """[V, T] work bought on average over the day, in the units of the workloads."""
        return self.bought / self.inputs.peak[self.inputs.buy_workload][:, None]

    def service_use(self) -> Floats:
        """[K, T] work bought of each service in the block with the most of it, to set against its limit."""
        i = self.inputs
        blocks, services = len(i.shares), len(i.plan.services)
        rows = i.buy_service * blocks + i.buy_block
        by_block = sums(self.bought / i.buy_share[:, None], rows, services * blocks)
        return np.asarray(by_block.reshape(services, blocks, i.time.periods).max(axis=1))

    @cached_property
    def buy_total(self) -> Floats:
        """[V, T] USD paid for services, likewise."""
        parts = (lumps["bought"] for lumps in self.lump_cost.values() if "bought" in lumps)
        return (sum(parts, np.zeros(self.bought.shape)) + self.shortfall_shares[1]) * (1 + self.rates.overhead)

    @cached_property
    def component_cost(self) -> dict[str, Floats]:
        """[T] USD by component, overhead among them."""
        nothing = np.zeros(self.inputs.time.periods)
        parts = {}
        for component in COMPONENTS:
            on_chips = self.pair_cost.get(component.name)
            lumps = [values.sum(axis=0) for values in self.lump_cost[component.name].values()]
            parts[component.name] = sum(lumps, nothing if on_chips is None else on_chips.sum(axis=0))
        parts[OVERHEAD] = self.rates.overhead * sum(parts.values(), nothing)
        return {name: cost + 0.0 for name, cost in parts.items()}  # what is nothing at a price below 0 is not -0

    @cached_property
    def total_cost(self) -> Floats:
        """[T] USD, without carbon price, value lost and what the horizon's end adds or takes off."""
        return np.asarray(np.sum(list(self.component_cost.values()), axis=0))

    @cached_property
    def end_cost(self) -> dict[str, Floats]:
        """[N] USD by component of the horizon's end, undiscounted, each as it counts in the cost."""
        i = self.inputs
        return {
            part.name: part.sign * (self.delivered * part.amounts(i, i.list_price, False)).sum(axis=1) + 0.0
            for part in END_COMPONENTS
        }

    @cached_property
    def ends(self) -> dict[str, float]:
        """USD that each component of the horizon's end adds to the cost, undiscounted (below 0: takes off it)."""
        return self._ends(False)

    @cached_property
    def discounted_ends(self) -> dict[str, float]:
        """The same, discounted."""
        return self._ends(True)

    def _ends(self, discounted: bool) -> dict[str, float]:
        i, found = self.inputs, {}
        for part in END_COMPONENTS:
            chips = float((self.delivered * part.amounts(i, i.list_price, discounted)).sum())
            lumps = sum(float((values * self.contracted).sum()) for values in part.lumps(i, discounted).values())
            found[part.name] = part.sign * (chips + lumps) + 0.0
        return found

    @cached_property
    def residual(self) -> Floats:
        """[N] USD that bought chips are worth at the horizon, undiscounted."""
        return 0.0 - self.end_cost["residual"]

    @cached_property
    def contract_residual(self) -> Floats:
        """[C] USD that power contracts are worth at the horizon, undiscounted."""
        return capex_residual(self.inputs) * self.contracted

    @cached_property
    def unmet_usd(self) -> Floats:
        """[W, T] value lost, undiscounted."""
        i = self.inputs
        asked = (i.demand.sum(axis=1) * i.peak)[:, None]
        missing = np.where(self.unmet > 1e-12 * asked, self.unmet, 0.0)  # less is what the solver leaves of nothing
        return np.asarray(missing * (i.time.hours * i.unmet_usd / i.peak)[:, None])

    @cached_property
    def work_done(self) -> Floats:
        """[U, T] work of each use, peak units."""
        i = self.inputs
        return self.used * i.use_theta[:, None] * i.gain[i.use_workload]

    @cached_property
    def served(self) -> Floats:
        """[W, T] work done, at the average rate."""
        i = self.inputs
        done = sums(self.work_done, i.use_workload, len(i.demand)) + sums(self.bought, i.buy_workload, len(i.demand))
        return done / i.peak[:, None]

    @cached_property
    def it_mw(self) -> Floats:
        """[N, T] nameplate IT power of chips that run, capped ones by their cap."""
        i = self.inputs
        each = i.power_w[i.pair_offer[i.mode_pair]] * i.mode_power / 1e6
        return sums(self.running * each[:, None], i.mode_pair, len(self.active))

    @cached_property
    def facility_mw(self) -> Floats:
        """[N, T] nameplate facility power of chips that run."""
        return self.it_mw * self.rates.facility[:, None]


def _on_chips(amounts: Amounts) -> bool:
    rates = (amounts.delivered, amounts.cohort, amounts.active, amounts.running, amounts.used, amounts.standing)
    return any(rate is not None for rate in rates)


def allocation_of(i: Inputs, program: LinearProgram, solution: Solution) -> Allocation:
    """The decisions of a solution as arrays over pairs, uses and workloads."""
    x, blocks = solution.values, program.blocks

    def spread(name: str, shape: tuple[int, ...]) -> Floats:
        table = np.zeros(shape)
        table[blocks[name].index] = np.maximum(x[blocks[name].columns], 0.0)
        return table

    rates = rates_of(i)
    costs = costs_of(i)
    delivered = spread("deliveries", i.installed.shape)
    active = alive(delivered, i.life[i.pair_offer]) + i.installed
    periods = i.time.periods
    used = spread("uses", (len(i.use_mode), periods))
    signed = np.array([float(g.status == "signed") for g in i.plan.agreements])
    signed[blocks["signed"].index] = np.round(x[blocks["signed"].columns])
    found = Allocation(
        inputs=i,
        rates=rates,
        costs=costs,
        delivered=delivered,
        active=active,
        running=_running(i, rates, costs, active, used, spread("running", (len(i.mode_pair), periods))),
        used=used * i.use_share[:, None],
        bought=spread("bought", i.can_buy.shape) * i.buy_share[:, None],
        unmet=_unmet(i, program, x),
        ported=np.round(x[blocks["ported"].columns]),
        signed=signed,
        contracted=np.round(x[blocks["contracted"].columns]),
        machines=machines(i),
        placed=np.round(x[blocks["placed"].columns]),
        years=contract_years(i),
        shortfall=np.maximum(x[blocks["shortfall"].columns], 0.0),
    )
    return _accounted(found)


def _running(
    i: Inputs, rates: Rates, costs: dict[str, Amounts], active: Floats, used: Floats, decided: Floats
) -> Floats:
    """[M, T] the chips in each mode, of pairs without columns for it as `how_chips_run` says."""
    runs = how_chips_run(i, together(costs.values()), together([rates.operational(i)]))
    pairs = len(active)
    found = decided
    up = np.where(i.availability > 0, i.availability, 1.0)[i.pair_offer][:, None]
    needed = np.minimum(sums(used, i.use_pair, pairs) / up, active)
    found[:pairs] += np.where((runs == AS_USED)[:, None], needed, 0.0)
    found[:pairs] += np.where((runs == ALL_RUN)[:, None], active, 0.0)
    return found


def _unmet(i: Inputs, program: LinearProgram, x: Floats) -> Floats:
    """[W, T] work not served, peak units, as its mean over the day."""
    found = np.zeros(i.demand.shape)
    block = program.blocks["unmet"]
    share = np.append(i.shares, 1.0)[block.index[1]] if len(block.index) == 3 else np.ones(block.size)
    np.add.at(found, (block.index[0], block.index[-1]), share * np.maximum(x[block.columns], 0.0))
    block = program.blocks["unmet_deferrable"]
    found[block.index] = np.maximum(x[block.columns], 0.0)
    flexible = np.zeros(len(i.demand))
    block = program.blocks["unmet_flexible"]
    flexible[block.index] = x[block.columns]
    return found + demand_weights(i) * flexible[:, None]


def _accounted(a: Allocation) -> Allocation:
    """The allocation in which work served and not served is the demand, and spend and shortfall the commitment.

    The solver keeps these rows to a tolerance that fits the whole plan; a workload or agreement that is small beside
    it could be lost in it without a word.
    """
    a = _no_more_than_asked_by_block(a)
    i = a.inputs
    needed = i.demand * i.peak[:, None]
    share = demand_weights(i)
    anytime = (i.flexible | (i.delay >= 0))[:, None]

    def asked(work: Floats) -> Floats:
        """[W, T] work per period; of one that may be done at any time its total, spread as the demand."""
        return np.where(anytime, share * work.sum(axis=1, keepdims=True), work)

    served, unmet = asked(a.served * i.peak[:, None]), a.unmet
    kept = np.divide(needed, served, out=np.ones_like(needed), where=served > needed * (1 + LOST))
    used, bought = a.used * kept[i.use_workload], a.bought * kept[i.buy_workload]
    left = np.maximum(needed - served, 0.0)
    plain = (i.flexible | (i.delay < 0))[:, None]
    unmet = np.where(plain & (np.abs(left - unmet) > LOST * needed), left, unmet)
    found = replace(a, used=used, bought=bought, unmet=unmet)
    owed = [
        year.commitment_usd * a.signed[year.agreement]
        - float((sum(part.sum(axis=0) for part in found.spend(year.agreement)) * year.parts).sum())
        for year in a.years
    ]
    due = np.array([year.commitment_usd for year in a.years])
    short = np.maximum(np.array(owed), 0.0)
    shortfall = np.where(np.abs(short - a.shortfall) > LOST * due, short, a.shortfall)
    return replace(found, shortfall=shortfall)


def _no_more_than_asked_by_block(a: Allocation) -> Allocation:
    """The allocation in which no block of the day has more work done than it asks for, where each asks for its own:
    chips that would idle may work there at no cost, and what they do is of no use at another hour."""
    i = a.inputs
    if not i.by_block.any():
        return a
    blocks, works = len(i.shares), len(i.demand)
    used_at, bought_at = i.use_workload * blocks + i.use_block, i.buy_workload * blocks + i.buy_block
    done = sums(a.work_done, used_at, works * blocks) + sums(a.bought, bought_at, works * blocks)
    asked = i.demand[:, None, :] * (i.peak[:, None] * i.profile * i.shares)[:, :, None]
    asked = asked.reshape(done.shape)
    is_more = (done > asked * (1 + LOST)) & np.repeat(i.by_block, blocks)[:, None]
    kept = np.divide(asked, done, out=np.ones_like(done), where=is_more)
    return replace(a, used=a.used * kept[used_at], bought=a.bought * kept[bought_at])


def sums(values: Floats, place: Ints, size: int) -> Floats:
    """[size, T] the sums of those rows of `values` [rows, T] that have the same place."""
    periods = values.shape[1]
    at = place[:, None] * periods + np.arange(periods)
    added = np.bincount(at.ravel(), values.ravel(), size * periods)
    return np.asarray(added, dtype=float).reshape(size, periods)


def chip_hour_shares(a: Allocation) -> Floats:
    """[U] each use's part of the chip-hours that any workload uses of its pair over the horizon; 0 of a pair that is
    not used."""
    i = a.inputs
    used = a.used.sum(axis=1)
    of_pair = np.bincount(i.use_pair, used, len(a.active))
    counts = of_pair > ROUNDING * a.active.sum(axis=1)
    return np.where(counts[i.use_pair], used / np.where(counts, of_pair, 1.0)[i.use_pair], 0.0)
