"""Why an offer was not chosen: the rules that shut it out, or how far its price must fall."""

from __future__ import annotations

from collections.abc import Container

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from engine.allocation import Allocation
from engine.cost import over_life
from engine.inputs import Inputs
from engine.linear import LinearProgram
from engine.results import Result
from engine.solver import Solution
from engine.throughput import refusal

Floats = NDArray[np.float64]


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
    """USD per chip or chip-hour, in the period and at the site where it comes closest."""
    price_needed: float = float("nan")
    """The price at which it would be chosen there; below 0 means not even for nothing."""
    period: str = ""
    site: str = ""
    no_delivery: str = ""
    """Why it can be delivered nowhere and never, if so."""
    shut: tuple[Shut, ...] = ()
    """The rules, per workload and site where it is offered, that shut it out."""
    offered_at: tuple[str, ...] = ()
    """The sites where it is offered."""


def why_not(result: Result, offer: str) -> WhyNot:
    """Why an offer was not chosen. Raises KeyError for an unknown offer, ValueError for a result without an optimum."""
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
    if not i.can_deliver[mine].any():
        return WhyNot(offer, chips, no_delivery=_no_delivery(i, at), shut=shut, offered_at=offered)
    missing = np.where(i.can_deliver, price_gap(a, program, solution), np.inf)
    missing[~mine] = np.inf
    n, t = np.unravel_index(int(np.argmin(missing)), missing.shape)
    price = float(i.list_price[at, t])
    site = i.plan.sites[int(i.pair_site[n])].id
    return WhyNot(offer, chips, price, price - float(missing[n, t]), result.time.labels[t], site, "", shut, offered)


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
        elif not i.can_deliver[i.pair_offer == k].any():
            found[row.id] = _no_delivery(i, k)
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
    """[N, T] how far an offer's price must fall, USD per chip or chip-hour, before a delivery pays for itself.

    The reduced cost of the delivery, with its capacity valued at what the best work would pay for it, over what
    one USD of price adds to its cost. The solver's own capacity price may be higher where no chip stands.
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
    return np.maximum(reduced + available * over_life(np.maximum(excess, 0.0), life), 0.0) / price_slope(a)


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


def price_slope(a: Allocation) -> Floats:
    """[N, T] USD, discounted, that one more USD of price adds to the cost of a delivery."""
    i, d = a.inputs, a.inputs.time.discount
    life = i.life[i.pair_offer]
    alive = over_life(np.broadcast_to(d, i.can_deliver.shape), life)
    upkeep = np.array([o.maintenance_per_year for o in i.plan.offers])[i.pair_offer][:, None]
    left = np.clip(np.arange(i.time.periods)[None, :] + life[:, None] - i.time.periods, 0, None) / life[:, None]
    gross = 1 + a.rates.overhead
    bought = gross * (d + upkeep * i.time.months / 12 * alive)
    bought = bought - i.time.final_discount * left * i.plan.settings.residual_fraction
    rented = gross * i.time.hours * alive
    net = (1 - i.discount)[i.pair_offer][:, None]
    return np.where(i.purchase[i.pair_offer][:, None], bought, rented) * net


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


def _no_delivery(i: Inputs, offer: int) -> str:
    row = i.plan.offers[offer]
    if row.sites != "*" and not row.sites:
        return "it is allowed at no site"
    return "its lead time and dates leave no period of the plan in which it can be delivered"
