"""A plan's inputs as arrays: what the cost functions, the model and the results all read.

Axes: W workloads, P platforms, O offers, S sites, T periods, N pairs of an offer and a site where it can
stand, U uses (a workload on a pair where it is eligible).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import TIERS
from gigaplan.engine.plan.throughput import throughput
from gigaplan.engine.plan.timeline import Timeline

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Inputs:
    """The numbers of one plan, each in the unit of its field."""

    plan: Plan
    time: Timeline
    theta: Floats
    """[W, P] work per chip."""
    demand: Floats
    """[W, T] average rate."""
    peak: Floats
    """[W] peak factor."""
    unmet_usd: Floats
    """[W] per unit of average rate and hour."""
    flexible: Bools
    """[W]"""
    offer_platform: Ints
    """[O]"""
    purchase: Bools
    """[O]"""
    list_price: Floats
    """[O, T] before any discount."""
    discount: Floats
    """[O] of its agreement."""
    life: Ints
    """[O] periods that a cohort counts."""
    supply: Floats
    """[O, T] most new chips, inf where there is no limit."""
    availability: Floats
    """[O]"""
    power_w: Floats
    """[O] IT power per chip."""
    idle: Floats
    """[O]"""
    site_power_mw: Floats
    """[S, T] inf where there is no limit."""
    pue: Floats
    """[S]"""
    electricity: Floats
    """[S, T] USD/MWh."""
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
    """[N, T] chips that already stand."""
    use_workload: Ints
    """[U]"""
    use_pair: Ints
    """[U]"""

    @property
    def use_offer(self) -> Ints:
        """[U]"""
        return self.pair_offer[self.use_pair]

    @property
    def use_theta(self) -> Floats:
        """[U] work per chip."""
        return self.theta[self.use_workload, self.offer_platform[self.use_offer]]

    @property
    def paid_price(self) -> Floats:
        """[O, T] price after the discount of its agreement."""
        return self.list_price * (1 - self.discount)[:, None]


def inputs_of(plan: Plan) -> Inputs:
    """The arrays of a plan that has no error among its checks."""
    time = Timeline.of(plan.settings)
    platform_at = {p.id: k for k, p in enumerate(plan.platforms)}
    agreement = {g.id: g for g in plan.agreements}
    offers, sites, workloads = plan.offers, plan.sites, plan.workloads
    offer_platform = np.array([platform_at[o.platform] for o in offers], dtype=np.int64)
    platforms = [plan.platforms[k] for k in offer_platform]
    theta = throughput(plan)
    pair_offer, pair_site, allowed = _pairs(plan)
    use_workload, use_pair = _uses(plan, theta, offer_platform, pair_offer, pair_site, allowed)
    return Inputs(
        plan=plan,
        time=time,
        theta=theta,
        demand=_rows([time.values(w.demand) for w in workloads], time),
        peak=_floats([w.peak_factor for w in workloads]),
        unmet_usd=_floats([w.unmet_usd for w in workloads]),
        flexible=np.array([w.flexible for w in workloads], dtype=bool),
        offer_platform=offer_platform,
        purchase=np.array([o.kind == "purchase" for o in offers], dtype=bool),
        list_price=_rows([time.opening(o.price_usd) for o in offers], time),
        discount=_floats([agreement[o.agreement].discount if o.agreement else 0.0 for o in offers]),
        life=np.array(
            [
                time.life(p.lifetime_months if o.kind == "purchase" else o.term_months)
                for o, p in zip(offers, platforms, strict=True)
            ],
            dtype=np.int64,
        ),
        supply=_rows([time.months * time.values(o.supply_chips_per_month) for o in offers], time),
        availability=_floats([o.availability for o in offers]),
        power_w=_floats([p.power_w for p in platforms]),
        idle=_floats([p.idle_fraction for p in platforms]),
        site_power_mw=_rows([time.values(s.power_mw) for s in sites], time),
        pue=_floats([s.pue for s in sites]),
        electricity=_rows([time.values(s.electricity_usd_per_mwh) for s in sites], time),
        carbon=_rows([time.values(s.carbon_g_per_kwh) for s in sites], time),
        hosting=_rows([time.values(s.hosting_usd_per_kw_month) for s in sites], time),
        water=_floats([s.water_l_per_kwh for s in sites]),
        pair_offer=pair_offer,
        pair_site=pair_site,
        can_deliver=_delivery_window(plan, time)[pair_offer] & allowed[:, None],
        installed=_installed(plan, time, pair_offer, pair_site),
        use_workload=use_workload,
        use_pair=use_pair,
    )


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
    """[N, T] installed chips: a lot counts while t * months < months_left."""
    chips = np.zeros((len(pair_offer), time.periods))
    site_at = {s.id: k for k, s in enumerate(plan.sites)}
    pair_at = {(o, s): n for n, (o, s) in enumerate(zip(pair_offer.tolist(), pair_site.tolist(), strict=True))}
    elapsed = np.arange(time.periods) * time.months
    for o, offer in enumerate(plan.offers):
        for lot in offer.installed:
            chips[pair_at[o, site_at[lot.site]]] += np.where(elapsed < lot.months_left, lot.chips, 0.0)
    return chips
