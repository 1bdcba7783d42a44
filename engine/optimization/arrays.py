"""A plan's inputs as arrays: what the cost functions, the model and the results all read.

Axes: W workloads, P platforms, O offers, S sites, T periods, B blocks of the day, N pairs of an offer and a site where
it can stand, M modes (first the full one of every pair, then the power caps of those that have any), U uses (a workload
in a mode of a pair where it is eligible, in a block), K services, V buys (a workload by a service, in a block), C power
contracts.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import TIERS, Agreement, Service, Workload
from gigaplan.engine.plan.throughput import throughput
from gigaplan.engine.plan.timeline import Timeline, month_number

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Inputs:
    """The numbers of one plan, each in the unit of its field."""

    plan: Plan
    time: Timeline
    shares: Floats
    """[B] part of the day that each block is; one block where the plan has none."""
    theta: Floats
    """[W, P] work per chip, with goodput and without the gain of software."""
    gain: Floats
    """[W, T] what better software makes of it."""
    demand: Floats
    """[W, T] average rate."""
    profile: Floats
    """[W, B] demand in a block over its mean."""
    peak: Floats
    """[W] peak factor."""
    unmet_usd: Floats
    """[W] per unit of average rate and hour."""
    flexible: Bools
    """[W]"""
    delay: Ints
    """[W] how many periods work may wait; -1 where it is not deferrable."""
    by_block: Bools
    """[W] whether its demand is asked for in each block of the day."""
    offer_platform: Ints
    """[O]"""
    purchase: Bools
    """[O]"""
    list_price: Floats
    """[O, T] before any discount, as each period opens: what chips delivered then are charged for their life."""
    in_term: Bools
    """[O, T] whether a period has a month in common with the term of the offer's agreement."""
    discount: Floats
    """[O, T] of its agreement, for chips delivered in the period; 0 outside the term."""
    upfront: Floats
    """[O] part of the rent that is paid at delivery; 0 for purchases."""
    life: Floats
    """[O] periods that a cohort counts; of the last one, a part."""
    supply: Floats
    """[O, T] most new chips, inf where there is no limit."""
    least_order: Floats
    """[O] chips; 0 where any number can be ordered."""
    availability: Floats
    """[O]"""
    power_w: Floats
    """[O] IT power per chip."""
    idle: Floats
    """[O]"""
    can_switch_off: Bools
    """[O]"""
    site_power_mw: Floats
    """[S, T] inf where there is no limit."""
    pue: Floats
    """[S]"""
    electricity: Floats
    """[S, T] USD/MWh."""
    electricity_profile: Floats
    """[S, B] price in a block over the price of the period."""
    carbon: Floats
    """[S, T] g/kWh."""
    hosting: Floats
    """[S, T] USD/kW-month."""
    water: Floats
    """[S] L/kWh of IT energy."""
    pair_offer: Ints
    """[N]"""
    pair_site: Ints
    """[N]"""
    can_deliver: Bools
    """[N, T] whether chips can arrive at the start of the period."""
    installed: Floats
    """[N, T] the mean number of chips that stood before the plan."""
    mode_pair: Ints
    """[M]"""
    mode_power: Floats
    """[M] power, of the full one."""
    mode_speed: Floats
    """[M] throughput, of the full one."""
    use_workload: Ints
    """[U]"""
    use_mode: Ints
    """[U]"""
    use_block: Ints
    """[U]"""
    buy_workload: Ints
    """[V]"""
    buy_service: Ints
    """[V]"""
    buy_block: Ints
    """[V]"""
    can_buy: Bools
    """[V, T]"""
    service_price: Floats
    """[K, T] per million tokens or per PFLOP-day, before any discount."""
    service_in_term: Bools
    """[K, T] as `in_term`."""
    service_discount: Floats
    """[K, T] as `discount`."""
    service_limit: Floats
    """[K, T] in the service's unit; inf where there is no limit."""
    contract_site: Ints
    """[C]"""
    contract_mw: Floats
    """[C]"""
    contract_active: Bools
    """[C, T]"""

    @cached_property
    def use_pair(self) -> Ints:
        """[U]"""
        return self.mode_pair[self.use_mode]

    @property
    def use_offer(self) -> Ints:
        """[U]"""
        return self.pair_offer[self.use_pair]

    @property
    def use_theta(self) -> Floats:
        """[U] work per chip, without the gain of software."""
        full = self.theta[self.use_workload, self.offer_platform[self.use_offer]]
        return full if len(self.mode_pair) == len(self.pair_offer) else full * self.mode_speed[self.use_mode]

    @property
    def use_share(self) -> Floats:
        """[U] the part of the day in which it is."""
        return self.shares[self.use_block]

    @property
    def buy_share(self) -> Floats:
        """[V] the part of the day in which it is."""
        return self.shares[self.buy_block]

    @property
    def paid_price(self) -> Floats:
        """[O, T] price after the discount of its agreement, of chips delivered in the period."""
        return self.list_price * (1 - self.discount)

    @property
    def has_blocks(self) -> bool:
        """Whether the day has more than one block."""
        return len(self.shares) > 1

    def standing_price(self, prices: Floats, offer: int, periods: int) -> Floats:
        """[periods] price of an offer's installed chips: of the first period, less the discount while it holds."""
        row = next((g for g in self.plan.agreements if g.id == self.plan.offers[offer].agreement), None)
        less = 0.0 if row is None else np.where(in_term(row, self.time, periods), row.discount, 0.0)
        return np.full(periods, prices[offer, 0]) * (1 - less)


Made = TypeVar("Made")
More = ParamSpec("More")


def once(make: Callable[Concatenate[Inputs, More], Made]) -> Callable[Concatenate[Inputs, More], Made]:
    """Makes what follows from a plan's inputs, and plain values, once for each of them: nobody may change it."""
    name = f"{make.__module__}.{make.__qualname__}"

    @functools.wraps(make)
    def made(i: Inputs, /, *args: More.args, **kwargs: More.kwargs) -> Made:
        known: dict[Any, Made] = i.__dict__.setdefault("made", {})
        key = name, args, tuple(kwargs.items())
        if key not in known:
            known[key] = make(i, *args, **kwargs)
        return known[key]

    return made


def _workloads(plan: Plan, time: Timeline, blocks: int) -> dict[str, Any]:
    work, months = plan.workloads, time.months
    deferrable = np.array([w.max_delay_months is not None for w in work], dtype=bool)
    return {
        "gain": _rows([_gain(w.software_gain_per_year, time) for w in work], time),
        "demand": _rows([time.values(w.demand) for w in work], time),
        "profile": _profiles([w.profile for w in work], blocks),
        "peak": _floats([w.peak_factor for w in work]),
        "unmet_usd": _floats([w.unmet_usd for w in work]),
        "flexible": np.array([w.flexible for w in work], dtype=bool),
        "delay": np.array(
            [-1 if w.max_delay_months is None else math.floor(w.max_delay_months / months + 0.5) for w in work],
            dtype=np.int64,
        ),
        "by_block": np.array([not (w.flexible or w.day_flexible) for w in work], dtype=bool) & ~deferrable,
    }


def _sites(plan: Plan, time: Timeline, blocks: int) -> dict[str, Any]:
    sites = plan.sites
    return {
        "site_power_mw": _rows([time.values(s.power_mw) for s in sites], time),
        "pue": _floats([s.pue for s in sites]),
        "electricity": _rows([time.values(s.electricity_usd_per_mwh) for s in sites], time),
        "electricity_profile": _profiles([s.electricity_profile for s in sites], blocks),
        "carbon": _rows([time.values(s.carbon_g_per_kwh) for s in sites], time),
        "hosting": _rows([time.values(s.hosting_usd_per_kw_month) for s in sites], time),
        "water": _floats([s.water_l_per_kwh for s in sites]),
    }


def inputs_of(plan: Plan) -> Inputs:
    """The arrays of a plan that has no error among its checks."""
    time = Timeline.of(plan.settings)
    platform_at = {p.id: k for k, p in enumerate(plan.platforms)}
    offers, months = plan.offers, time.months
    offer_platform = np.array([platform_at[o.platform] for o in offers], dtype=np.int64)
    platforms = [plan.platforms[k] for k in offer_platform]
    theta = throughput(plan)
    pair_offer, pair_site, allowed = _pairs(plan)
    mode_pair, mode_power, mode_speed = _modes(plan, offer_platform, pair_offer)
    blocks = plan.settings.blocks
    shares = _floats([block.share for block in blocks]) if blocks else np.ones(1)
    base = _uses(plan, theta, offer_platform, pair_offer, pair_site, allowed)
    use_workload, use_mode, use_block = _in_modes_and_blocks(*base, mode_pair, len(pair_offer), len(shares))
    terms, discounts = _terms(plan, time, [o.agreement for o in offers])
    return Inputs(
        plan=plan,
        time=time,
        shares=shares,
        theta=theta,
        offer_platform=offer_platform,
        purchase=np.array([o.kind == "purchase" for o in offers], dtype=bool),
        list_price=_rows([time.opening(o.price_usd) for o in offers], time),
        in_term=terms,
        discount=discounts,
        upfront=_floats([0.0 if o.kind == "purchase" else o.upfront_fraction for o in offers]),
        life=_floats(
            [
                max(1.0, (p.lifetime_months if o.kind == "purchase" else o.term_months or months) / months)
                for o, p in zip(offers, platforms, strict=True)
            ]
        ),
        supply=_rows([time.values(o.supply_chips_per_month) * months for o in offers], time),
        least_order=_floats([o.min_order_chips or 0.0 for o in offers]),
        availability=_floats([o.availability for o in offers]),
        power_w=_floats([p.power_w for p in platforms]),
        idle=_floats([p.idle_fraction for p in platforms]),
        can_switch_off=np.array([o.can_switch_off for o in offers], dtype=bool),
        pair_offer=pair_offer,
        pair_site=pair_site,
        can_deliver=_delivery_window(plan, time)[pair_offer] & allowed[:, None],
        installed=_installed(plan, time, pair_offer, pair_site),
        mode_pair=mode_pair,
        mode_power=mode_power,
        mode_speed=mode_speed,
        use_workload=use_workload,
        use_mode=use_mode,
        use_block=use_block,
        **_workloads(plan, time, len(shares)),
        **_sites(plan, time, len(shares)),
        **_services(plan, time, len(shares)),
        **_contracts(plan, time),
    )


def in_term(agreement: Agreement, time: Timeline, periods: int) -> Bools:
    """[periods] whether each has a month in common with an agreement's term; also after the horizon."""
    first = month_number(agreement.start) - month_number(time.start)
    opens = np.arange(periods) * time.months
    return np.asarray(np.minimum(opens + time.months, first + agreement.months) > np.maximum(opens, first))


def _terms(plan: Plan, time: Timeline, names: list[str | None]) -> tuple[Bools, Floats]:
    """[rows, T] whether the agreement of each row holds in each period, and the discount that it then gives."""
    holds = np.zeros((len(names), time.periods), dtype=bool)
    off = np.zeros(len(names))
    rows = {g.id: g for g in plan.agreements}
    for k, name in enumerate(names):
        if name is not None:
            holds[k] = in_term(rows[name], time, time.periods)
            off[k] = rows[name].discount
    return holds, np.where(holds, off[:, None], 0.0)


def _gain(yearly: float, time: Timeline) -> Floats:
    return np.ones(time.periods) if yearly == 0 else time.values(Growth(1.0, yearly))


def _profiles(profiles: list[tuple[float, ...] | None], blocks: int) -> Floats:
    return np.array([p or (1.0,) * blocks for p in profiles], dtype=float).reshape(len(profiles), blocks)


def _modes(plan: Plan, offer_platform: Ints, pair_offer: Ints) -> tuple[Ints, Floats, Floats]:
    """The pair of each mode, its power and its throughput."""
    pairs, powers, speeds = list(range(len(pair_offer))), [1.0] * len(pair_offer), [1.0] * len(pair_offer)
    if any(p.power_caps for p in plan.platforms):
        for n, o in enumerate(pair_offer.tolist()):
            for cap in plan.platforms[offer_platform[o]].power_caps:
                pairs.append(n)
                powers.append(cap.power)
                speeds.append(cap.throughput)
    return np.array(pairs, dtype=np.int64), _floats(powers), _floats(speeds)


def _in_modes_and_blocks(
    workload: Ints, pair: Ints, mode_pair: Ints, pairs: int, blocks: int
) -> tuple[Ints, Ints, Ints]:
    """Each eligible (workload, pair) once for each mode of the pair and each block of the day."""
    if len(mode_pair) == pairs and blocks == 1:
        return workload, pair, np.zeros(len(pair), dtype=np.int64)
    order = np.argsort(mode_pair, kind="stable")
    many = np.bincount(mode_pair, minlength=pairs)
    first = np.concatenate([[0], np.cumsum(many)])
    each = many[pair]
    count = np.arange(int(each.sum())) - np.repeat(np.cumsum(each) - each, each)
    mode = order[np.repeat(first[pair], each) + count]
    return (
        np.repeat(np.repeat(workload, each), blocks),
        np.repeat(mode, blocks),
        np.tile(np.arange(blocks), len(mode)),
    )


def _services(plan: Plan, time: Timeline, blocks: int) -> dict[str, Any]:
    """The fields of services and of who may buy of them (model.md section 5.7)."""
    rows = plan.services
    terms, discounts = _terms(plan, time, [k.agreement for k in rows])
    pairs = [
        (w, k)
        for w, work in enumerate(plan.workloads)
        for k, service in enumerate(rows)
        if service_refusal(work, service) is None
    ]
    workload = np.repeat(np.array([w for w, _ in pairs], dtype=np.int64), blocks)
    service = np.repeat(np.array([k for _, k in pairs], dtype=np.int64), blocks)
    window = np.zeros((len(rows), time.periods), dtype=bool)
    for k, row in enumerate(rows):
        first = 0 if row.available_from is None else time.index(row.available_from)
        window[k, first : time.periods if row.available_until is None else time.index(row.available_until)] = True
    return {
        "buy_workload": workload,
        "buy_service": service,
        "buy_block": np.tile(np.arange(blocks), len(pairs)),
        "can_buy": window[service],
        "service_price": _rows([time.values(k.price_usd) for k in rows], time),
        "service_in_term": terms,
        "service_discount": discounts,
        "service_limit": _rows([time.values(k.limit) for k in rows], time),
    }


def service_refusal(workload: Workload, service: Service) -> str | None:
    """Why a workload cannot be done by a service, in words; None where it can."""
    if service.workloads != "*" and workload.id not in service.workloads:
        return f"{service.name} does not do it"
    if service.unit != workload.unit:
        return f"{service.name} is sold by {service.unit}, the work is in {workload.unit}"
    if TIERS.index(service.sensitivity) < TIERS.index(workload.sensitivity):
        return f"{service.name} is trusted up to {service.sensitivity}, the work is {workload.sensitivity}"
    if workload.jurisdictions and service.jurisdiction not in workload.jurisdictions:
        place = service.jurisdiction or "a place that is not said"
        return f"its data may not be in {place}"
    return None


def _contracts(plan: Plan, time: Timeline) -> dict[str, Any]:
    """The fields of power contracts: a contract holds in the periods whose first month lies in it."""
    site_at = {s.id: k for k, s in enumerate(plan.sites)}
    opens = np.arange(time.periods) * time.months
    active = np.zeros((len(plan.power_contracts), time.periods), dtype=bool)
    for c, row in enumerate(plan.power_contracts):
        first = month_number(row.start) - month_number(time.start)
        active[c] = (opens >= first) & (opens < (np.inf if row.months is None else first + row.months))
    return {
        "contract_site": np.array([site_at[c.site] for c in plan.power_contracts], dtype=np.int64),
        "contract_mw": _floats([c.mw for c in plan.power_contracts]),
        "contract_active": active,
    }


def _floats(values: list[float]) -> Floats:
    return np.array(values, dtype=float)


def _rows(values: list[Floats], time: Timeline) -> Floats:
    return np.array(values, dtype=float).reshape(len(values), time.periods)


def _pairs(plan: Plan) -> tuple[Ints, Ints, Bools]:
    """The offer and site of every pair, and whether the offer may be placed there anew.

    Chips that already stand where the offer is no longer allowed still draw power and cost money.
    """
    site_at = {s.id: k for k, s in enumerate(plan.sites)}
    may_place = np.zeros((len(plan.offers), len(plan.sites)), dtype=bool)
    stands = np.zeros_like(may_place)
    for o, offer in enumerate(plan.offers):
        may_place[o, slice(None) if offer.sites == "*" else [site_at[s] for s in offer.sites]] = True
        for lot in offer.installed:
            stands[o, site_at[lot.site]] = True
    pair_offer, pair_site = np.nonzero(may_place | stands)
    return pair_offer, pair_site, may_place[pair_offer, pair_site]


def _uses(
    plan: Plan, theta: Floats, offer_platform: Ints, pair_offer: Ints, pair_site: Ints, allowed: Bools
) -> tuple[Ints, Ints]:
    """The eligible pairs of section 3 as arrays; `throughput.refusal` says the same in words for one pair."""
    workloads, offers, sites = plan.workloads, plan.offers, plan.sites
    shape = (len(workloads), len(offers))
    latency = np.array([_or_nan(plan.platforms[p].token_latency_ms) for p in offer_platform])
    slowest = np.array([_or_nan(w.max_token_latency_ms) for w in workloads])
    offer_tier = np.array([TIERS.index(o.sensitivity) for o in offers])
    work_tier = np.array([TIERS.index(w.sensitivity) for w in workloads])
    interruptible = np.array([o.interruptible for o in offers], dtype=bool)
    accepts = np.array([w.accepts_interruptible for w in workloads], dtype=bool)
    forbidden = np.array([[o.id in w.forbidden_offers for o in offers] for w in workloads], dtype=bool).reshape(shape)
    by_offer = (
        (theta[:, offer_platform] > 0)
        & (offer_tier[None, :] >= work_tier[:, None])
        & (~interruptible[None, :] | accepts[:, None])
        & ~(latency[None, :] > slowest[:, None])
        & ~forbidden
    )
    by_site = np.array(
        [[not w.jurisdictions or s.jurisdiction in w.jurisdictions for s in sites] for w in workloads], dtype=bool
    ).reshape(len(workloads), len(sites))
    use_workload, use_pair = np.nonzero(by_offer[:, pair_offer] & by_site[:, pair_site] & allowed[None, :])
    return use_workload, use_pair


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


def _delivery_window(plan: Plan, time: Timeline) -> Bools:
    """[O, T] whether an offer can deliver in a period: after its lead time, while it is available."""
    window = np.zeros((len(plan.offers), time.periods), dtype=bool)
    for o, offer in enumerate(plan.offers):
        first = time.first_delivery(offer.lead_months)
        if offer.available_from is not None:
            first = max(first, time.index(offer.available_from))
        last = time.periods if offer.available_until is None else time.index(offer.available_until)
        window[o, first:last] = True
    return window


def _installed(plan: Plan, time: Timeline, pair_offer: Ints, pair_site: Ints) -> Floats:
    """[N, T] installed chips, the mean over each period: a lot counts for the months that it has left."""
    chips = np.zeros((len(pair_offer), time.periods))
    site_at = {s.id: k for k, s in enumerate(plan.sites)}
    pair_at = {(o, s): n for n, (o, s) in enumerate(zip(pair_offer.tolist(), pair_site.tolist(), strict=True))}
    elapsed = np.arange(time.periods) * time.months
    for o, offer in enumerate(plan.offers):
        for lot in offer.installed:
            left = np.clip((lot.months_left - elapsed) / time.months, 0.0, 1.0)
            chips[pair_at[o, site_at[lot.site]]] += lot.chips * left
    return chips
