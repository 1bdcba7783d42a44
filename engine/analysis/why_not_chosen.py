"""Why an offer was not chosen: the rules that shut it out, or how far its price must fall."""

from __future__ import annotations

from collections.abc import Container

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from gigaplan.engine.analysis.price_falls import price_falls
from gigaplan.engine.optimization.agreements import offers_of
from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.highs import Solution
from gigaplan.engine.optimization.linear_program import LinearProgram
from gigaplan.engine.optimization.rates import over_life
from gigaplan.engine.plan.throughput import refusal
from gigaplan.engine.results.allocation import Allocation
from gigaplan.engine.results.result import Result

Floats = NDArray[np.float64]

ROUNDING = 1e-9
"""Of a price: what is less is what the solver leaves."""


class Shut(Struct, frozen=True):
    """A rule that keeps a workload from an offer at a site."""

    workload: str
    site: str
    why: str


class WhyNot(Struct, frozen=True):
    """What stands between an offer and the plan."""

    offer: str
    chips: float
    """The most chips that stand at once; more than 0 means that it was chosen."""
    price_now: float = float("nan")
    """USD per chip or chip-hour, in the period and at the site where it is chosen first; NaN where it is not known."""
    price_needed: float = float("nan")
    """The price above which it is not chosen there; 0 or below means not at any price."""
    period: str = ""
    site: str = ""
    no_delivery: str = ""
    """Why it can be delivered nowhere and never, if so."""
    field: str = "price_usd"
    """The field of the offer that stands in the way."""
    shut: tuple[Shut, ...] = ()
    """The rules, per workload and site where it is offered, that shut it out."""
    offered_at: tuple[str, ...] = ()
    """The sites where it is offered."""


def why_not(result: Result, offer: str, *, wait: bool = True) -> WhyNot:
    """Why an offer was not chosen; without `wait`, its price is told only where it is known by now.

    Raises KeyError for an unknown offer, ValueError for a result without an optimum.
    """
    a, program, solution = result.allocation, result.program, result.solution
    if a is None or program is None or solution is None:
        raise ValueError("only an optimal plan can say why an offer is not in it")
    i = a.inputs
    at = {o.id: k for k, o in enumerate(i.plan.offers)}[offer]
    mine = i.pair_offer == at
    chips = float(a.active[mine].sum(axis=0).max(initial=0.0))
    delivered = float(a.delivered[mine].sum())
    offered = tuple(s.id for s in i.plan.sites if i.plan.offers[at].sites == "*" or s.id in i.plan.offers[at].sites)
    shut = _shut(i, at, offered)
    if delivered > 0:
        return WhyNot(offer, chips, shut=shut, offered_at=offered)
    kept_out = _no_delivery(a, at)
    if kept_out:
        return WhyNot(offer, chips, no_delivery=kept_out[1], field=kept_out[0], shut=shut, offered_at=offered)
    known = price_falls(result, (offer,)) if wait else result.falls.found
    fall = known.get(offer)
    if fall is None:
        return WhyNot(offer, chips, shut=shut, offered_at=offered)
    period = result.time.labels[fall.period]
    return WhyNot(offer, chips, fall.price_now, fall.price_needed, period, fall.site, shut=shut, offered_at=offered)


def reasons_against(result: Result, workload: str, used: Container[str]) -> dict[str, str]:
    """Why a workload runs on no chips of each offer that is not in `used`, in words, by offer.

    Raises KeyError for an unknown workload, ValueError for a result without an optimum.
    """
    a, program, solution = result.allocation, result.program, result.solution
    if a is None or program is None or solution is None:
        raise ValueError("only an optimal plan can say why work is not on an offer")
    i = a.inputs
    w = {row.id: k for k, row in enumerate(i.plan.workloads)}[workload]
    by_offer = np.zeros((len(i.plan.offers), i.time.periods))
    np.add.at(by_offer, i.pair_offer, a.active)
    gap = np.where(i.can_deliver, price_gap(a, program, solution), np.inf)
    least = np.full(len(i.plan.offers), np.inf)
    np.minimum.at(least, i.pair_offer, gap.min(axis=1, initial=np.inf))
    found = {}
    for k, row in enumerate(i.plan.offers):
        if row.id in used:
            continue
        rule = _rule_against(i, w, k)
        if rule:
            found[row.id] = rule
        elif by_offer[k].max(initial=0.0) > 0:
            found[row.id] = "chips there are worth more to other work, or dearer than those it has"
        elif kept_out := _no_delivery(a, k):
            found[row.id] = kept_out[1]
        else:
            found[row.id] = "its price is too high" if least[k] > 0 else "it costs no less than what is used"
    return found


def _rule_against(i: Inputs, workload: int, offer: int) -> str:
    """The first rule that keeps a workload from an offer, if there is one at every site where it is offered."""
    plan, row = i.plan, i.plan.offers[offer]
    platform = plan.platforms[i.offer_platform[offer]]
    theta = float(i.theta[workload, i.offer_platform[offer]])
    first = ""
    for site in plan.sites:
        if row.sites == "*" or site.id in row.sites:
            why = refusal(plan.workloads[workload], row, site, platform, theta)
            if why is None:
                return ""
            first = first or why
    return first


def price_gap(a: Allocation, program: LinearProgram, solution: Solution) -> Floats:
    """[N, T] how far an offer's price must fall, USD per chip or chip-hour, before a delivery can pay for itself.

    The reduced cost of the delivery, with its capacity valued at what the best work would pay for it, over what
    one USD of price adds to it. The solver's own capacity price may be higher where no chip stands. Infinite where
    no price is low enough; where several limits bind at once the price may have to fall further still.
    """
    i = a.inputs
    deliveries = program.blocks["deliveries"]
    reduced = np.full(i.can_deliver.shape, np.inf)
    reduced[deliveries.index] = solution.reduced_costs[deliveries.columns]
    capacity = np.zeros(i.can_deliver.shape)
    for family in program.families:
        if family.name == "capacity":
            capacity[family.index] = -solution.row_duals[family.rows]
    excess = capacity - _capacity_value(a, program, solution)
    life = i.life[i.pair_offer]
    available = i.availability[i.pair_offer][:, None]
    missing = np.maximum(reduced + available * over_life(np.maximum(excess, 0.0), life), 0.0)
    slope = price_slope(a, program, solution)
    dust = ROUNDING * i.list_price[i.pair_offer] * np.abs(slope)
    gap = np.divide(missing, slope, out=np.full(missing.shape, np.inf), where=slope > 0)
    return np.where(missing <= dust, 0.0, gap)


def _capacity_value(a: Allocation, program: LinearProgram, solution: Solution) -> Floats:
    """[N, T] USD that the best eligible work would pay for one more chip."""
    value = np.zeros(a.active.shape)
    uses = program.blocks["uses"]
    use, period = uses.index
    # What a use would bring with its capacity for nothing: its reduced cost less the price it pays for capacity.
    paid = np.zeros(a.active.shape)
    for family in program.families:
        if family.name == "capacity":
            paid[family.index] = -solution.row_duals[family.rows]
    n = a.inputs.use_pair[use]
    np.maximum.at(value, (n, period), paid[n, period] - solution.reduced_costs[uses.columns])
    return value


def price_slope(a: Allocation, program: LinearProgram, solution: Solution) -> Floats:
    """[N, T] USD, discounted, that one more USD of price adds to the cost of a delivery, less what it earns of a
    commitment, and with what it takes of budgets at their worth."""
    i = a.inputs
    life = i.life[i.pair_offer]
    upkeep = np.array([o.maintenance_per_year for o in i.plan.offers])[i.pair_offer][:, None]
    left = np.clip(np.arange(i.time.periods)[None, :] + life[:, None] - i.time.periods, 0, None) / life[:, None]
    spent, paid = _worth_of_spending(a, program, solution)
    bought = spent + upkeep * i.time.months / 12 * over_life(np.broadcast_to(paid, spent.shape), life)
    bought = bought - i.time.final_discount * left * i.plan.settings.residual_fraction
    rented = i.time.hours * over_life(spent, life)
    net = (1 - i.discount)[i.pair_offer][:, None]
    slope = np.where(i.purchase[i.pair_offer][:, None], bought, rented) * net
    return np.where(slope > ROUNDING * i.time.final_discount, slope, 0.0)


def _worth_of_spending(a: Allocation, program: LinearProgram, solution: Solution) -> tuple[Floats, Floats]:
    """[N, T] what one USD spent on an offer in each period costs, discounted, and [T] one USD paid for anything."""
    i = a.inputs
    paid = (1 + a.rates.overhead) * i.time.discount
    earned = np.zeros(i.can_deliver.shape)
    for family in program.families:
        duals = solution.row_duals[family.rows]
        if family.name == "budget":
            paid = paid - duals[i.time.year_of]
        elif family.name == "commitment":
            for year, dual in zip(a.years, duals.tolist(), strict=True):
                mine = np.flatnonzero(offers_of(i, year.agreement)[i.pair_offer])
                earned[np.ix_(mine, np.array(year.periods, dtype=np.int64))] += dual
    return paid - earned, paid


def _shut(i: Inputs, offer: int, offered: tuple[str, ...]) -> tuple[Shut, ...]:
    plan = i.plan
    row = plan.offers[offer]
    platform = plan.platforms[i.offer_platform[offer]]
    found = []
    for w, workload in enumerate(plan.workloads):
        theta = float(i.theta[w, i.offer_platform[offer]])
        for site in plan.sites:
            why = refusal(workload, row, site, platform, theta) if site.id in offered else None
            if why is not None:
                found.append(Shut(workload.id, site.id, why))
    return tuple(found)


def _no_delivery(a: Allocation, offer: int) -> tuple[str, str] | None:
    """The field for which an offer can be delivered nowhere and never in this plan, and why; None where it can."""
    i = a.inputs
    row = i.plan.offers[offer]
    if row.sites != "*" and not row.sites:
        return "sites", "it is allowed at no site"
    if not i.can_deliver[i.pair_offer == offer].any():
        return "lead_months", "its lead time and dates leave no period of the plan in which it can be delivered"
    for agreement, signed in zip(i.plan.agreements, a.signed.tolist(), strict=True):
        if agreement.id == row.agreement and not signed:
            return "agreement", f"it comes with {agreement.name or agreement.id}, which this plan does not sign"
    return None
