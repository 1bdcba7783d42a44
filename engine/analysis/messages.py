"""A plan explained in sentences: what binds, why an offer is or is not in it, what holds a workload or a site."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gigaplan.engine.analysis.shadow_prices import known
from gigaplan.engine.analysis.why_not_chosen import WhyNot, reasons_against, why_not, why_not_bought
from gigaplan.engine.analysis.worth_words import BEING_FOUND, Try, WorthSentence, name_of, what_binds
from gigaplan.engine.plan.fields import mapped
from gigaplan.engine.plan.plan import find
from gigaplan.engine.plan.schema import Service
from gigaplan.engine.plan.text import listed, percent, rounded, written
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.results.result import Result

DUST = 1e-9
"""Of the power that a site draws: what is below it is what the solver leaves of nothing."""
MOST = 12
MOST_NAMED = 6
"""Of more rows a sentence says only how many they are."""
LEAST_PART = 5e-5
"""Of its chips, what a workload must have on an offer to be said to run on it; less is rounding."""


def about_offer(result: Result, offer: str) -> list[WorthSentence]:
    """Why an offer is in the plan or not: its chips, or the price that it needs and the rules against it."""
    why = why_not(result, offer, wait=False)
    name = name_of(result, "offers", offer)
    if why.chips > 0:
        work = result.series("chips", "workload|offer")
        users = {k.split("|")[0]: v.max() for k, v in work.items() if k.split("|")[1] == offer and v.max() > 0}
        served, names = _several(result, "workloads", sorted(users, key=lambda w: -users[w]))
        text = f"{name} is in the plan, with up to {_count(why.chips)} chips, for {served or 'no work'}."
        said = [WorthSentence(text, listed=names)]
    elif why.no_delivery:
        said = [WorthSentence(f"{name} is not in the plan: {why.no_delivery}.", "offers", offer, why.field)]
    else:
        said = [
            WorthSentence(_price_sentence(result, name, why), "offers", offer, "price_usd", _price_to_try(result, why))
        ]
    return said + _shut_out(result, why) + _limits_of(result, "offers", offer)


def about_workload(result: Result, workload: str) -> list[WorthSentence]:
    """How well a workload is served, by which offers, and what each other offer lacks."""
    row = find(result.plan, "workloads", workload)
    covered = result.kpis["coverage"][workload]
    if row is None or covered is None:
        return [
            WorthSentence(f"{name_of(result, 'workloads', workload)} has no demand.", "workloads", workload, "demand")
        ]
    said = [WorthSentence(f"{row.name} is served to {percent(covered, 4)} of its demand over the horizon.")]
    unmet = result.series("unmet", "workload")[workload]
    demand = result.series("demand", "workload")[workload]
    short = np.flatnonzero(unmet > 1e-6 * np.maximum(demand, 1e-300))
    if len(short):
        worst = int(short[np.argmax(unmet[short] / demand[short])])
        labels = result.time.labels
        text = f"It falls short in {len(short)} of {len(labels)} periods, most in {labels[worst]}: "
        said.append(
            WorthSentence(text + f"{rounded(float(unmet[worst]))} of {rounded(float(demand[worst]))} {row.unit}.")
        )
    split = {
        key.split("|")[1]: float(values.sum())
        for key, values in result.series("chips", "workload|offer").items()
        if key.split("|")[0] == workload and values.sum() > 0
    }
    total = sum(split.values())
    split = {offer: chips for offer, chips in split.items() if chips > LEAST_PART * total}
    for offer in sorted(split, key=lambda o: -split[o])[:MOST]:
        share = percent(split[offer] / total, 3)
        said.append(
            WorthSentence(f"{share} of its chip-hours are on {name_of(result, 'offers', offer)}.", "offers", offer)
        )
    said += _bought_for(result, workload)
    by_reason: dict[str, list[str]] = {}
    for offer, reason in reasons_against(result, workload, split).items():
        by_reason.setdefault(reason, []).append(offer)
    for reason, offers in by_reason.items():
        which, names = _several(result, "offers", offers)
        row = offers[0] if len(offers) == 1 else ""
        said.append(WorthSentence(f"Not on {which}: {reason}.", "offers", row, listed=names))
    return said


def _bought_for(result: Result, workload: str) -> list[WorthSentence]:
    """Which part of a workload is bought of each service."""
    a, plan = result.allocation, result.plan
    assert a is not None
    i, w, said = a.inputs, [row.id for row in plan.workloads].index(workload), []
    done = float(result.series("served", "workload")[workload].sum())
    for k, service in enumerate(plan.services):
        mine = (i.buy_workload == w) & (i.buy_service == k)
        part = float(a.bought[mine].sum() / i.peak[w]) / done if done > 0 else 0.0
        if part > LEAST_PART:
            text = f"{percent(part, 3)} of its work is bought of {name_of(result, 'services', service.id)}."
            said.append(WorthSentence(text, "services", service.id))
    return said


def about_site(result: Result, site: str) -> list[WorthSentence]:
    """What a site draws of what it has, what one more MW is worth, and who uses it."""
    drawn = result.series("facility_power", "site").get(site)
    name = name_of(result, "sites", site)
    if drawn is None:
        return [WorthSentence(f"No offer may be installed at {name}.", "sites", site)]
    peak = int(np.argmax(drawn))
    text = f"{name} draws up to {rounded(float(drawn[peak]))} MW, in {result.time.labels[peak]}"
    headroom = result.series("power_headroom", "site").get(site)
    if headroom is not None:
        full = int((headroom <= 1e-6 * np.maximum(drawn, 1e-9)).sum())
        text += f"; it is full in {full} of {len(drawn)} periods"
    said = [WorthSentence(text + ".", "sites", site, "power_mw")]
    power = {
        key.split("|")[0]: values[peak]
        for key, values in result.series("facility_power", "offer|site").items()
        if key.split("|")[1] == site and values[peak] > DUST * drawn[peak]
    }
    for offer in sorted(power, key=lambda o: -power[o])[:MOST]:
        said.append(
            WorthSentence(
                f"{name_of(result, 'offers', offer)} draws {rounded(float(power[offer]))} MW then.", "offers", offer
            )
        )
    return said + _limits_of(result, "sites", site)


def about_service(result: Result, service: str) -> list[WorthSentence]:
    """What is bought of a service and for whom, how often its limit is reached, and what it cannot do."""
    row, a = find(result.plan, "services", service), result.allocation
    if row is None or a is None:
        return []
    i, settings = a.inputs, result.plan.settings
    per = _per(row)
    kpi = "usd_per_million_tokens" if row.unit == "tokens/s" else "usd_per_pflop_day"
    place = result.plan.services.index(row)
    said, parts, costs = [], [], []
    bought = _bought_by(result, service)
    for w, work in enumerate(result.plan.workloads):
        name = name_of(result, "workloads", work.id)
        unit_cost = result.kpis[kpi].get(work.id)
        if work.id in bought:
            text = f"{percent(bought[work.id], 3)} of the work of {name} is bought of it."
            parts.append(WorthSentence(text, "workloads", work.id))
        elif unit_cost is not None and ((i.buy_service == place) & (i.buy_workload == w)).any():
            text = f"{name} costs {rounded(unit_cost)} {settings.currency} a {per} on what does it."
            costs.append(WorthSentence(text, "workloads", work.id))
    name = name_of(result, "services", service)
    prices = result.time.values(row.price_usd)
    low, high = (rounded(float(price), 4) for price in (prices.min(), prices.max()))
    price = f"{low if low == high else f'{low} to {high}'} {settings.currency} a {per}"
    if parts:
        said.append(WorthSentence(f"{name} is in the plan, at {price}.", "services", service, "price_usd"))
    else:
        said.append(_not_bought(result, service))
    return [*said, *parts, *costs, *_limit_taken(result, service), *_not_sold_to(result, service)]


def _bought_by(result: Result, service: str) -> dict[str, float]:
    """The part of their work that workloads buy of a service, of those that buy any."""
    a, served = result.allocation, result.series("served", "workload")
    assert a is not None
    i, place = a.inputs, [row.id for row in result.plan.services].index(service)
    found = {}
    for w, work in enumerate(result.plan.workloads):
        mine = (i.buy_service == place) & (i.buy_workload == w)
        bought, done = float(a.bought[mine].sum() / i.peak[w]), float(served[work.id].sum())
        if mine.any() and bought > LEAST_PART * done > 0:
            found[work.id] = bought / done
    return found


def _not_bought(result: Result, service: str) -> WorthSentence:
    why, name = why_not_bought(result, service, wait=False), name_of(result, "services", service)
    if why.no_delivery:
        return WorthSentence(f"{name} is not in the plan: {why.no_delivery}.", "services", service, why.field)
    text = _price_sentence(result, name, why)
    return WorthSentence(text, "services", service, "price_usd", _price_to_try(result, why))


def _per(service: Service) -> str:
    return "million tokens" if service.unit == "tokens/s" else "PFLOP-day"


def _limit_taken(result: Result, service: str) -> list[WorthSentence]:
    a, row = result.allocation, find(result.plan, "services", service)
    assert a is not None
    assert row is not None
    if row.limit is None:
        return []
    taken = a.service_use()[result.plan.services.index(row)]
    full = int((taken >= a.inputs.service_limit[result.plan.services.index(row)] * (1 - 1e-6)).sum())
    text = f"Its limit is reached in {full} of {len(taken)} periods." if full else "Its limit is never reached."
    return [WorthSentence(text, "services", service, "limit")]


def _not_sold_to(result: Result, service: str) -> list[WorthSentence]:
    """The workloads in the unit of a service that it cannot do, by what is in the way."""
    from gigaplan.engine.optimization.arrays import service_refusal

    row, reasons = find(result.plan, "services", service), dict[str, list[str]]()
    for work in result.plan.workloads:
        why = None if row is None or work.unit != row.unit else service_refusal(work, row)
        if why is not None:
            reasons.setdefault(why, []).append(work.id)
    said = []
    for why, ids in reasons.items():
        which, names = _several(result, "workloads", ids)
        said.append(WorthSentence(f"Not for {which}: {why}.", listed=names))
    return said


class InShort(NamedTuple):
    """One sentence on an offer or a service of an optimal plan."""

    text: str
    is_chosen: bool
    """Whether it says that the plan has it; if not, why it has not."""


def in_short(result: Result, table: str, row: str) -> InShort:
    """Why an offer or a service is not in an optimal plan, or that an offer is; empty for a service that is."""
    if table == "services":
        if result.allocation is None or _bought_by(result, row):
            return InShort("", result.allocation is not None)
        unsold = why_not_bought(result, row, wait=False)
        return InShort(_begun(unsold.no_delivery or _price_reason(result, unsold)[1]), False)
    why = why_not(result, row, wait=False)
    if why.chips > 0:
        return InShort(f"In the plan, with up to {_count(why.chips)} chips.", True)
    if why.no_delivery:
        return InShort(_begun(why.no_delivery), False)
    barred = {(shut.workload, shut.site) for shut in why.shut}
    if why.offered_at and len(barred) == len(result.plan.workloads) * len(why.offered_at):
        reasons = [shut.why for shut in why.shut]
        most = max(dict.fromkeys(reasons), key=reasons.count)
        return InShort(f"No work may run on it: {most}.", False)
    return InShort(_begun(_price_reason(result, why)[1]), False)


def _begun(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}."


def topic_of(result: Result, topic: str) -> str:
    """Which kind of thing a word names: kpi, or a table that ABOUT tells of. Raises LookupError where it names none."""
    if topic in KPIS:
        return "kpi"
    for table in ("offers", "services", "workloads", "sites"):
        if find(result.plan, table, topic) is not None:
            return table
    raise LookupError(f"{topic!r} is not a key figure, offer, service, workload or site of this plan")


ABOUT = {"offers": about_offer, "services": about_service, "workloads": about_workload, "sites": about_site}


def _limits_of(result: Result, table: str, row: str) -> list[WorthSentence]:
    """What is known of a row's limits, and whether that is all."""
    said = what_binds(result, [worth for worth in known(result) if (worth.table, worth.id) == (table, row)])
    return said if result.worths.is_complete else [*said, WorthSentence(BEING_FOUND)]


def _price_sentence(result: Result, name: str, why: WhyNot) -> str:
    joint, reason = _price_reason(result, why)
    return f"{name} is not in the plan{joint}{reason}."


def _price_reason(result: Result, why: WhyNot) -> tuple[str, str]:
    """What joins the reason to the sentence that a row is not in the plan, and the reason."""
    if math.isnan(why.price_needed):
        return ". ", "How far its price must fall is still being computed"
    if why.price_needed <= 0 and why.is_kept_out:
        return ": ", "a limit keeps it out, and no price would change that"
    if why.price_needed <= 0:
        return ": ", "even free of charge it would not lower the cost"
    at, work = name_of(result, "sites", why.site), name_of(result, "workloads", why.workload)
    where = f"at {at}" if why.site else f"for {work}"
    if why.price_now - why.price_needed <= 1e-9 * why.price_now and why.is_kept_out:
        return ", and not for its price: ", "a limit keeps it out while work is not served"
    if why.price_now - why.price_needed <= 1e-9 * why.price_now:
        return ", but ", "costs no more than what is: the choice between them is open"
    fall = 1 - why.price_needed / why.price_now
    row = find(result.plan, why.table, why.row)
    per = f" a {_per(row)}" if why.table == "services" and row is not None else ""
    digits, enough = _enough(why)
    now, needed = rounded(why.price_now, digits), rounded(enough, digits)
    return ": ", (
        f"its price must fall by at least {percent(fall, 3)}, from {now} to {needed} "
        f"{result.plan.settings.currency}{per}, to be chosen {where} in {why.period}"
    )


def _enough(why: WhyNot) -> tuple[int, float]:
    """The price that is needed, in as many digits as tell it from today's; rounded down, so that it does it."""
    digits = next((d for d in range(4, 12) if rounded(why.price_now, d) != rounded(why.price_needed, d)), 12)
    step = 10.0 ** (math.floor(math.log10(why.price_needed)) + 1 - digits)
    return digits, math.floor(why.price_needed / step + 1e-4) * step


def _price_to_try(result: Result, why: WhyNot) -> Try | None:
    """The price at which an offer is chosen; of a series, all of it by the same part less."""
    row = find(result.plan, why.table, why.row)
    if row is None or math.isnan(why.price_needed) or why.price_needed <= 0:
        return None
    if why.price_now - why.price_needed <= 1e-9 * why.price_now:
        return None
    digits, enough = _enough(why)
    lower = mapped(row.price_usd, lambda price: float(f"{price * enough / why.price_now:.12g}"))
    return Try(f"Try {rounded(enough, digits)}", lower)


def _shut_out(result: Result, why: WhyNot) -> list[WorthSentence]:
    """The rules against an offer, each once with the workloads that it keeps away."""
    sites = set(why.offered_at)
    reasons: dict[str, dict[str, set[str]]] = {}
    for shut in why.shut:
        reasons.setdefault(shut.why, {}).setdefault(shut.workload, set()).add(shut.site)
    said: list[WorthSentence] = []
    if sites and len(sites) < len(result.plan.sites):
        where, names = _several(result, "sites", why.offered_at)
        said.append(WorthSentence(f"It is offered only at {where}.", listed=names))
    for reason, workloads in reasons.items():
        by_sites: dict[tuple[str, ...], list[str]] = {}
        for workload, at in workloads.items():
            by_sites.setdefault(tuple(s for s in why.offered_at if s in at), []).append(workload)
        for at_sites, ids in by_sites.items():
            where = "" if set(at_sites) == sites else f" at {_several(result, 'sites', at_sites)[0]}"
            which, names = _several(result, "workloads", ids)
            said.append(WorthSentence(f"Not{where} for {which}: {reason}.", listed=names))
    return said


def _several(result: Result, table: str, ids: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The names of a few rows, with nothing listed; of many how many they are, and their names to be listed."""
    names = tuple(name_of(result, table, id) for id in ids)
    if len(names) <= MOST_NAMED:
        return listed(names, "and"), ()
    return f"{'all ' if len(names) == len(getattr(result.plan, table)) else ''}{len(names)} {table}", names


def _count(chips: float) -> str:
    return written(f"{chips:,.0f}")
