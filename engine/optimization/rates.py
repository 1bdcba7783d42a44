"""What one chip costs, draws and emits: small functions, one per line of model.md section 7.

Every amount is linear in three things: chips delivered (once), chips of a cohort (each period of its
life, at the price of its delivery), and active chips or chips in use (each period). The model prices its
columns with these rates, and the results add up the same rates, so the two cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.arrays import Inputs

Floats = NDArray[np.float64]

COMPONENTS = ("purchase", "rental", "energy", "hosting", "maintenance", "porting", "commitment", "overhead")
"""The parts of the cost, in the order that charts stack them."""


@dataclass(frozen=True)
class Rates:
    """Amounts per chip; axes as in `inputs`."""

    purchase: Floats
    """[N, T] USD per chip bought in the period."""
    rental: Floats
    """[N, T] USD per period of its life, per chip rented from the period on."""
    maintenance: Floats
    """[N, T] USD per period of its life, per chip bought in the period."""
    hosting: Floats
    """[N, T] USD per active chip."""
    idle_mwh: Floats
    """[N] IT MWh a period per active chip, as if idle."""
    use_mwh: Floats
    """[U] further IT MWh a period per chip in use."""
    facility: Floats
    """[N] facility energy over IT energy: PUE."""
    electricity: Floats
    """[N, T] USD per facility MWh; 0 where the price includes energy."""
    carbon: Floats
    """[N, T] tonnes per facility MWh."""
    embodied: Floats
    """[N] tonnes a period per active chip."""
    residual: Floats
    """[N, T] USD that a chip bought in the period is worth at the horizon."""
    overhead: float
    """USD of overhead per USD of cost."""


def rates_of(i: Inputs) -> Rates:
    """The rates of a plan (model.md section 7)."""
    offers, platforms = i.plan.offers, i.plan.platforms
    o, s = i.pair_offer, i.pair_site
    months, hours, periods = i.time.months, i.time.hours, i.time.periods
    price = i.paid_price[o]
    bought = i.purchase[o][:, None]
    own_energy = np.array([not offer.includes_energy() for offer in offers], dtype=bool)[o][:, None]
    own_hosting = np.array([not offer.includes_hosting() for offer in offers], dtype=bool)[o][:, None]
    upkeep = np.array([offer.maintenance_per_year for offer in offers], dtype=float)[o][:, None]
    embodied = np.array(
        [platforms[p].embodied_kgco2e / 1000 * months / platforms[p].lifetime_months for p in i.offer_platform]
    )
    life = i.life[o][:, None]
    left = np.clip(np.arange(periods)[None, :] + life - periods, 0, None)
    mwh = i.power_w * hours / 1e6
    fraction = i.plan.settings.overhead_fraction
    return Rates(
        purchase=np.where(bought, price, 0.0),
        rental=np.where(bought, 0.0, price * hours),
        maintenance=np.where(bought, upkeep * price * months / 12, 0.0),
        hosting=np.where(own_hosting, i.power_w[o][:, None] / 1000 * i.hosting[s] * months, 0.0),
        idle_mwh=(mwh * i.idle)[o],
        use_mwh=(mwh * (1 - i.idle))[i.use_offer] / i.peak[i.use_workload],
        facility=i.pue[s],
        electricity=np.where(own_energy, i.electricity[s], 0.0),
        carbon=i.carbon[s] / 1000,
        embodied=embodied[o] if len(o) else np.zeros(0),
        residual=np.where(bought, price * left / life * i.plan.settings.residual_fraction, 0.0),
        overhead=fraction / (1 - fraction),
    )


def installed_rental(i: Inputs) -> Floats:
    """[N, T] USD: installed rental chips pay the price of period 0, discounted, used or not."""
    o = i.pair_offer
    hourly = np.where(i.purchase, 0.0, i.paid_price[:, 0] if i.time.periods else 0.0)
    return (hourly[o] * i.time.hours)[:, None] * i.installed


def installed_maintenance(i: Inputs) -> Floats:
    """[N, T] USD: installed bought chips pay maintenance on the list price of period 0."""
    o = i.pair_offer
    upkeep = np.array([offer.maintenance_per_year for offer in i.plan.offers], dtype=float)
    yearly = np.where(i.purchase, upkeep * i.list_price[:, 0], 0.0)
    return (yearly[o] * i.time.months / 12)[:, None] * i.installed


def over_life(amount: Floats, life: NDArray[np.int64]) -> Floats:
    """[N, T] sums of `amount` over the life of a cohort delivered in t: amount[t] + ... + amount[t + life - 1]."""
    return _banded(amount, life, forward=True)


def alive(delivered: Floats, life: NDArray[np.int64]) -> Floats:
    """[N, T] sums of `delivered` over the cohorts alive in t: those of (t - life, t]."""
    return _banded(delivered, life, forward=False)


def _banded(values: Floats, life: NDArray[np.int64], *, forward: bool) -> Floats:
    """Sums over windows, of their members alone: differences of running sums would leave dust where nothing is."""
    t = np.arange(values.shape[1])
    age = t[None, :] - t[:, None]
    sums = np.zeros(values.shape)
    for length in np.unique(life):
        band = ((age >= 0) & (age < length)).astype(float)
        mine = life == length
        sums[mine] = values[mine] @ (band.T if forward else band)
    return sums


def unmet_rate(i: Inputs) -> Floats:
    """[W, T] USD of value lost per peak unit not served in a period."""
    return np.repeat((i.time.hours * i.unmet_usd / i.peak)[:, None], i.time.periods, axis=1)


def demand_weights(i: Inputs) -> Floats:
    """[W, T] each period's part of a workload's demand over the horizon; 0 where there is none."""
    total = i.demand.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(i.demand, total, out=np.zeros_like(i.demand), where=total > 0))
