"""Why an offer was not chosen: the rules that shut it out, or how far its price must fall."""

from __future__ import annotations

from collections.abc import Container

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from gigaplan.engine.analysis.price_falls import open_to_work, price_falls
from gigaplan.engine.optimization.agreements import offers_of
from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.costs import COMPONENTS, END_COMPONENTS
from gigaplan.engine.optimization.linear_program import LinearProgram
from gigaplan.engine.optimization.policies.members import member_of_pairs
from gigaplan.engine.optimization.rates import over_life
from gigaplan.engine.optimization.solution import Solution
from gigaplan.engine.plan.throughput import refusal
from gigaplan.engine.results.allocation import Allocation
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.series_names import DUST

Floats = NDArray[np.float64]

ROUNDING = 1e-9
"""Of a price: what is less is what the solver leaves."""
PLACED = "the work that it may do is placed elsewhere in this plan, or not ported to it"
LOST = 1e-6
"""Of a demand: what is less is served."""
KEPT_OUT = "its price is low enough, and a limit of the plan keeps its chips out"
"""Why work that is not served in full is not on an offer that would pay."""


class Shut(Struct, frozen=True):
    """A rule that keeps a workload from an offer at a site."""

    workload: str
    site: str
    why: str


class WhyNot(Struct, frozen=True):
    """What stands between an offer, or a service, and the plan."""

    table: str
    row: str
    chips: float = 0.0
    """The most chips of an offer that stand at once; more than 0 means that it was chosen."""
    price_now: float = float("nan")
    """In the period, and at the site or for the workload, where it is chosen first; NaN where it is not known."""
    price_needed: float = float("nan")
    """The price above which it is not chosen there; 0 or below means not at any price."""
    period: str = ""
    site: str = ""
    workload: str = ""
    no_delivery: str = ""
    """Why it can be delivered nowhere and never, if so."""
    field: str = "price_usd"
    """The field of the offer that stands in the way."""
    shut: tuple[Shut, ...] = ()
    """The rules, per workload and site where it is offered, that shut it out."""
    offered_at: tuple[str, ...] = ()
    """The sites where it is offered."""
    is_kept_out: bool = False
    """Whether work that it may do is not served in full: then a price that is low enough is not what decides."""


def why_not(result: Result, offer: str, *, wait: bool = True) -> WhyNot:
    """Why an offer was not chosen; without `wait`, its price is told only where it is known by now.

    Raises KeyError for an unknown offer, ValueError for a result without an optimum.
    """
    a, _, _ = _optimum(result, "an offer is not in it")
    i = a.inputs
    at = {o.id: k for k, o in enumerate(i.plan.offers)}[offer]
    mine = i.pair_offer == at
    chips = float(a.active[mine].sum(axis=0).max(initial=0.0))
    least = DUST * a.active.max(initial=0.0)
    chips, delivered = (0.0 if n <= least else n for n in (chips, float(a.delivered[mine].sum())))
    offered = tuple(s.id for s in i.plan.sites if i.plan.offers[at].sites == "*" or s.id in i.plan.offers[at].sites)
    shut = _shut(i, at, offered)
    if delivered > 0:
        return WhyNot("offers", offer, chips, shut=shut, offered_at=offered)
    kept_out = _no_delivery(a, at)
    if kept_out:
        field, no_delivery = kept_out
        return WhyNot("offers", offer, chips, no_delivery=no_delivery, field=field, shut=shut, offered_at=offered)
    known = price_falls(result, (("offers", offer),)) if wait else result.falls.found
    fall = known.get(("offers", offer))
    short = np.flatnonzero((a.unmet > LOST * i.demand * i.peak[:, None]).any(axis=1))
    kept = any(_rule_against(i, int(w), at) == "" for w in short)
    if fall is None:
        return WhyNot("offers", offer, chips, shut=shut, offered_at=offered, is_kept_out=kept)
    period = result.time.labels[fall.period]
    return WhyNot(
        "offers", offer, chips, fall.price_now, fall.price_needed, period, fall.where,
        shut=shut, offered_at=offered, is_kept_out=kept,
    )  # fmt: skip


def why_not_bought(result: Result, service: str, *, wait: bool = True) -> WhyNot:
    """Why nothing is bought of a service, likewise. Raises KeyError for an unknown service, ValueError for a result
    without an optimum."""
    a, _, _ = _optimum(result, "a service is not in it")
    i = a.inputs
    at = {row.id: k for k, row in enumerate(i.plan.services)}[service]
    mine = i.buy_service == at
    if why := _not_for_sale(a, at):
        return WhyNot("services", service, no_delivery=why[1], field=why[0])
    known = price_falls(result, (("services", service),)) if wait else result.falls.found
    fall = known.get(("services", service))
    short = np.any(a.unmet > LOST * i.demand * i.peak[:, None], axis=1)
    kept = bool(np.any(np.asarray(short)[i.buy_workload[mine]]))
    if fall is None:
        return WhyNot("services", service, is_kept_out=kept)
    return WhyNot(
        "services", service, 0.0, fall.price_now, fall.price_needed, result.time.labels[fall.period],
        workload=fall.where, is_kept_out=kept,
    )  # fmt: skip


def _optimum(result: Result, asked: str) -> tuple[Allocation, LinearProgram, Solution]:
    """What an optimal result is of. Raises ValueError for another, which cannot say why `asked`."""
    a, program, solution = result.allocation, result.program, result.solution
    if a is None or program is None or solution is None:
        raise ValueError(f"only an optimal plan can say why {asked}")
    return a, program, solution


def _not_for_sale(a: Allocation, service: int) -> tuple[str, str] | None:
    """The field for which nothing can be bought of a service in this plan, and why; None where it can."""
    i, row = a.inputs, a.inputs.plan.services[service]
    mine = i.buy_service == service
    if not mine.any():
        return "workloads", "it can do no workload of the plan"
    if not i.can_buy[mine].any():
        return "available_from", "its dates leave no period of the plan in which it can be bought"
    if unsigned := _unsigned(a, row.agreement):
        return "agreement", unsigned
    return None if open_to_work(a)[1][mine].any() else ("workloads", PLACED)


def _unsigned(a: Allocation, agreement: str | None) -> str:
    """That a plan does not sign the agreement with which something comes; empty where it does, or there is none."""
    for row, signed in zip(a.inputs.plan.agreements, a.signed.tolist(), strict=True):
        if row.id == agreement and not signed:
            return f"it comes with {row.name or row.id}, which this plan does not sign"
    return ""


def reasons_against(result: Result, workload: str, used: Container[str]) -> dict[str, str]:
    """Why a workload runs on no chips of each offer that is not in `used`, in words, by offer.

    Raises KeyError for an unknown workload, ValueError for a result without an optimum.
    """
    a, program, solution = _optimum(result, "work is not on an offer")
    i = a.inputs
    w = {row.id: k for k, row in enumerate(i.plan.workloads)}[workload]
    by_offer = np.zeros((len(i.plan.offers), i.time.periods))
    np.add.at(by_offer, i.pair_offer, a.active)
    gap = np.where(i.can_deliver, price_gap(a, program, solution), np.inf)
    least = np.full(len(i.plan.offers), np.inf)
    np.minimum.at(least, i.pair_offer, gap.min(axis=1, initial=np.inf))
    short = bool((a.unmet[w] > LOST * i.demand[w] * i.peak[w]).any())
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
            kept = KEPT_OUT if short else "it costs no less than what is used"
            found[row.id] = "its price is too high" if least[k] > 0 else kept
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
    paid, worth = _chip_prices(a, program, solution)
    life = i.life[i.pair_offer]
    missing = np.maximum(reduced + over_life(np.maximum(paid - worth, 0.0), life), 0.0)
    slope = price_slope(a, program, solution)
    dust = ROUNDING * i.list_price[i.pair_offer] * np.abs(slope)
    gap = np.divide(missing, slope, out=np.full(missing.shape, np.inf), where=slope > 0)
    return np.where(missing <= dust, 0.0, gap)


def _chip_prices(a: Allocation, program: LinearProgram, solution: Solution) -> tuple[Floats, Floats]:
    """[N, T] what the program pays for one more chip that stands, and what the best work would pay for it.

    The work is that of one mode in each block of the day; where chips that run have columns of their own, less what
    it costs to run one.
    """
    i = a.inputs
    modes, blocks = len(i.mode_pair), len(i.shares)
    price = np.zeros((modes, blocks, i.time.periods))
    stands = np.zeros(a.active.shape)
    own = np.zeros(len(a.active), dtype=bool)
    for family in program.families:
        if family.name == "capacity":
            at = family.index if len(family.index) == 3 else (family.index[0], 0, family.index[1])
            price[at] = -solution.row_duals[family.rows]
        elif family.name == "modes":
            stands[family.index] = -solution.row_duals[family.rows]
            own[family.index[0]] = True
    uses = program.blocks["uses"]
    use, period = uses.index
    best = np.zeros(price.shape)
    # What a use would bring with its capacity for nothing: its reduced cost less the price it pays for capacity.
    m, b = i.use_mode[use], i.use_block[use]
    np.maximum.at(best, (m, b, period), price[m, b, period] - solution.reduced_costs[uses.columns])
    up = i.availability[i.pair_offer][i.mode_pair][:, None]
    paid, brings = price.sum(axis=1) * up, best.sum(axis=1) * up
    running = program.blocks["running"]
    cost = np.zeros(brings.shape)
    m, t = running.index
    cost[m, t] = solution.reduced_costs[running.columns] + paid[m, t] - stands[i.mode_pair[m], t]
    worth = np.zeros(a.active.shape)
    np.maximum.at(worth, i.mode_pair, np.where(own[i.mode_pair][:, None], brings - cost, brings))
    return np.where(own[:, None], stands, paid[: len(own)]), worth


def price_slope(a: Allocation, program: LinearProgram, solution: Solution) -> Floats:
    """[N, T] USD, discounted, that one more USD of price adds to the cost of a delivery, less what it earns of a
    commitment, and with what it takes of budgets at their worth."""
    i = a.inputs
    ones = np.ones(i.list_price.shape)
    life = i.life[i.pair_offer]
    paid = _worth_of_paying(a, program, solution)
    earned = _earned(a, program, solution)
    slope = np.zeros(i.can_deliver.shape)
    for component in COMPONENTS:
        each = component.amounts(i, a.rates, ones)
        counts = earned if component.is_price else np.zeros_like(earned)
        if each.delivered is not None:
            slope += each.delivered * (paid[0] - counts)
        if each.cohort is not None:
            slope += each.cohort * (over_life(np.broadcast_to(paid[1], slope.shape), life) - over_life(counts, life))
    for end in END_COMPONENTS:
        slope += end.sign * end.amounts(i, ones, True)
    return np.where(slope > ROUNDING * i.time.final_discount, slope, 0.0)


def _worth_of_paying(a: Allocation, program: LinearProgram, solution: Solution) -> tuple[Floats, Floats]:
    """[N, T] and [N, T] what one USD paid at the start of a period, and over it, costs: discounted, with overhead, and
    with what it takes of budgets at their worth."""
    i = a.inputs
    worth = np.zeros(i.can_deliver.shape)
    dimensions = {policy.id: policy.dimension for policy in i.plan.policies}
    for family in program.families:
        if family.name == "budget":
            by_year = np.zeros(int(i.time.year_of[-1]) + 1)
            by_year[family.index[0]] = solution.row_duals[family.rows]
            dimension = dimensions[family.label]
            owners = [] if dimension is None else member_of_pairs(i, dimension)
            mine = np.array([owner == family.member for owner in owners], dtype=bool) if family.member else slice(None)
            worth[mine] += by_year[i.time.year_of]
    factor = 1 + a.rates.overhead
    return factor * i.time.opening_discount - worth, factor * i.time.discount - worth


def _earned(a: Allocation, program: LinearProgram, solution: Solution) -> Floats:
    """[N, T] what one USD spent on an offer in each period earns of its agreement's commitment."""
    i = a.inputs
    earned = np.zeros(i.can_deliver.shape)
    for family in program.families:
        if family.name == "commitment":
            for year, dual in zip(a.years, solution.row_duals[family.rows].tolist(), strict=True):
                mine = offers_of(i, year.agreement)[i.pair_offer]
                earned[mine] += dual * year.parts
    return earned


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
    if unsigned := _unsigned(a, row.agreement):
        return "agreement", unsigned
    mine = i.use_offer == offer
    return None if open_to_work(a)[0][mine].any() or not mine.any() else ("sites", PLACED)
