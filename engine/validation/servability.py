"""Whether a plan can work at all: what no offer can serve, what is never delivered, what a site cannot feed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gigaplan.engine.optimization.arrays import service_refusal
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import Message, Problem, say
from gigaplan.engine.plan.schema import Offer, Platform, Site, Workload
from gigaplan.engine.plan.throughput import refusal, throughput
from gigaplan.engine.plan.timeline import Timeline

LEAST_POWER = 0.01
"""Of the power that the demand takes, what sites have together if it is in MW."""
_REASONS = 4
"""How many offers a warning names."""


def capacity_problems(plan: Plan) -> Iterator[Problem]:
    """Warnings about a plan whose fields and references are in order."""
    yield from _never_delivered(plan)
    yield from _misplaced(plan)
    yield from _overloaded(plan)
    yield from _underfed(plan)
    if plan.offers and plan.sites:
        yield from _unserved(plan)


def _warning(table: str, index: int, row: Any, place: str, message: Message) -> Problem:
    path, field = f"{table}[{index}].{place}", place.split("[")[0]
    return Problem(severity="warning", path=path, message=message, table=table, row=row.id, field=field)


def _never_delivered(plan: Plan) -> Iterator[Problem]:
    time = Timeline.of(plan.settings)
    for i, offer in enumerate(plan.offers):
        first, field = time.first_delivery(offer.lead_months), "lead_months"
        if offer.available_from is not None and time.index(offer.available_from) > first:
            first, field = time.index(offer.available_from), "available_from"
        last = time.periods
        if offer.available_until is not None and time.index(offer.available_until) < last:
            last, field = time.index(offer.available_until), "available_until"
        if first >= last:
            yield _warning("offers", i, offer, field, say("never_delivered"))


def _misplaced(plan: Plan) -> Iterator[Problem]:
    for i, offer in enumerate(plan.offers):
        for k, lot in enumerate(offer.installed):
            if offer.sites != "*" and lot.site not in offer.sites:
                yield _warning("offers", i, offer, f"installed[{k}].site", say("installed_elsewhere", site=lot.site))


def _overloaded(plan: Plan) -> Iterator[Problem]:
    """Sites whose installed chips alone draw more than they have, in any period (model.md section 5.3)."""
    time = Timeline.of(plan.settings)
    power_w = {p.id: p.power_w for p in plan.platforms}
    elapsed = np.arange(time.periods) * time.months
    drawn: dict[str, Any] = {}
    for offer in plan.offers:
        for lot in offer.installed:
            there = np.clip((lot.months_left - elapsed) / time.months, 0.0, 1.0)
            watts = lot.chips * power_w[offer.platform] * there
            drawn[lot.site] = drawn.get(lot.site, 0) + watts
    for s, site in enumerate(plan.sites):
        if site.id not in drawn or site.power_mw is None:
            continue
        needed, limit = drawn[site.id] * site.pue / 1e6, time.values(site.power_mw)
        short = np.flatnonzero(needed > limit * (1 + 1e-9))
        if short.size:
            t = int(short[0])
            text = say("installed_beyond_power", has=limit[t], period=time.labels[t], draws=needed[t])
            yield _warning("sites", s, site, "power_mw", text)


def _underfed(plan: Plan) -> Iterator[Problem]:
    """Sites that together have next to none of the power that the demand takes, even on the thriftiest chips.

    What a service may do takes none.
    """
    if not plan.sites or any(site.power_mw is None for site in plan.sites):
        return
    time = Timeline.of(plan.settings)
    used = {offer.platform for offer in plan.offers}
    watts = np.array([p.power_w if p.id in used else np.inf for p in plan.platforms])
    theta = throughput(plan)
    drawn = np.divide(watts, theta, out=np.full(theta.shape, np.inf), where=theta > 0).min(axis=1, initial=np.inf)
    needed, pue = np.zeros(time.periods), min(site.pue for site in plan.sites)
    for work, watts_each in zip(plan.workloads, drawn.tolist(), strict=True):
        if np.isfinite(watts_each) and not is_sold(plan, work):
            needed += time.values(work.demand) * watts_each * pue / 1e6
    enough = LEAST_POWER * needed.max()
    together = np.full(time.periods, sum(contract.mw for contract in plan.power_contracts))
    for site in plan.sites:
        together = together + time.values(site.power_mw)
        if together.max() >= enough:
            return  # with the first of them, as a rule
    if (has := together.max()) > 0:
        yield _warning("sites", 0, plan.sites[0], "power_mw", say("power_too_small", has=has, asked=needed.max()))


def _unserved(plan: Plan) -> Iterator[Problem]:
    """Workloads that no offer can serve anywhere, nor any service, with the reason for each offer."""
    platform_at = {p.id: k for k, p in enumerate(plan.platforms)}
    used = [(o, k, plan.platforms[k]) for o in plan.offers for k in [platform_at[o.platform]]]
    for w, (work, theta) in enumerate(zip(plan.workloads, throughput(plan).tolist(), strict=True)):
        if is_sold(plan, work):
            continue
        reasons = []
        for offer, k, platform in used:
            reason = _reason(plan, work, offer, platform, theta[k])
            if reason is None:
                break
            reasons.append(reason)
        else:
            reasons = list(dict.fromkeys(reasons))
            more = len(reasons) - _REASONS
            code = "cannot_be_served_for_more" if more > 0 else "cannot_be_served"
            message = say(code, reasons=reasons[:_REASONS], more=more)
            yield Problem(severity="warning", path=f"workloads[{w}]", message=message, table="workloads", row=work.id)


def is_sold(plan: Plan, work: Workload) -> bool:
    """Whether a service may do a workload."""
    return any(service_refusal(work, service) is None for service in plan.services)


def _reason(plan: Plan, work: Workload, offer: Offer, platform: Platform, theta: float) -> str | None:
    """Why an offer cannot serve a workload at any site; None if it can at one."""
    sites: list[Site] = [s for s in plan.sites if offer.sites == "*" or s.id in offer.sites]
    if not sites:
        return f"{offer.name} is offered at no site"
    site = next((s for s in sites if not work.jurisdictions or s.jurisdiction in work.jurisdictions), sites[0])
    return refusal(work, offer, site, platform, theta)
