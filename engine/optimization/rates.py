"""What one chip draws and emits, and how cohorts count over their life (model.md sections 4 and 7)."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.amounts import Amounts
from gigaplan.engine.optimization.arrays import Inputs, once

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rates:
    """Amounts per chip; axes as in `arrays`."""

    idle_mwh: Floats
    """[M] IT MWh a period per chip in a mode, as if idle."""
    use_mwh: Floats
    """[U] further IT MWh a period per chip at work for the whole day."""
    full_mwh: Floats
    """[N] IT MWh a period of a chip at full load."""
    facility: Floats
    """[N] facility energy over IT energy: PUE."""
    electricity: Floats
    """[N, T] USD per facility MWh; 0 where the price includes energy."""
    hosting: Floats
    """[N, T] USD per chip that runs; 0 where the price includes it."""
    carbon: Floats
    """[N, T] tonnes per facility MWh."""
    embodied: Floats
    """[N] tonnes a period per active chip."""
    overhead: float
    """USD of overhead per USD of cost."""

    def it_energy(self, i: Inputs) -> Amounts:
        """IT MWh."""
        periods = np.ones((1, i.time.periods))
        return Amounts(running=self.idle_mwh[:, None] * periods, used=self.use_mwh[:, None] * periods)

    def facility_energy(self, i: Inputs) -> Amounts:
        """Facility MWh."""
        periods = np.ones((1, i.time.periods))
        return Amounts(
            running=(self.idle_mwh * self.facility[i.mode_pair])[:, None] * periods,
            used=(self.use_mwh * self.facility[i.use_pair])[:, None] * periods,
        )

    def operational(self, i: Inputs) -> Amounts:
        """Tonnes from electricity."""
        n, u = i.mode_pair, i.use_pair
        return Amounts(
            running=(self.idle_mwh * self.facility[n])[:, None] * self.carbon[n],
            used=(self.use_mwh * self.facility[u])[:, None] * self.carbon[u],
        )

    def making(self, i: Inputs) -> Amounts:
        """Tonnes of making the chips, spread over their life."""
        return Amounts(active=np.repeat(self.embodied[:, None], i.time.periods, axis=1))


@once
def rates_of(i: Inputs) -> Rates:
    """The rates of a plan (model.md section 7)."""
    offers, platforms = i.plan.offers, i.plan.platforms
    o, s = i.pair_offer, i.pair_site
    own_energy = np.array([not offer.includes_energy() for offer in offers], dtype=bool)[o][:, None]
    own_hosting = np.array([not offer.includes_hosting() for offer in offers], dtype=bool)[o][:, None]
    embodied = np.array(
        [platforms[p].embodied_kgco2e / 1000 * i.time.months / platforms[p].lifetime_months for p in i.offer_platform]
    )
    mwh = (i.power_w * i.time.hours / 1e6)[o]
    idle = np.minimum(i.idle[o][i.mode_pair], i.mode_power)
    fraction = i.plan.settings.overhead_fraction
    return Rates(
        idle_mwh=mwh[i.mode_pair] * idle,
        use_mwh=(mwh[i.mode_pair] * (i.mode_power - idle))[i.use_mode] / i.peak[i.use_workload],
        full_mwh=mwh,
        facility=i.pue[s],
        electricity=np.where(own_energy, i.electricity[s], 0.0),
        hosting=np.where(own_hosting, i.power_w[o][:, None] / 1000 * i.hosting[s] * i.time.months, 0.0),
        carbon=i.carbon[s] / 1000,
        embodied=embodied[o] if len(o) else np.zeros(0),
        overhead=fraction / (1 - fraction),
    )


def weights(life: Floats, ages: NDArray[np.int64]) -> Floats:
    """What part of the period at each age (0 is that of delivery) a cohort of such a life is active in."""
    return np.asarray(np.where(ages >= 0, np.clip(life - ages, 0.0, 1.0), 0.0))


@once
def life_left(i: Inputs, *, discounted: bool) -> Floats:
    """[O, T] periods of a cohort's life that lie after the horizon, each by its discount factor or by 1."""
    born = np.arange(i.time.periods)
    beyond = np.maximum(0.0, born[None, :] + i.life[:, None] - i.time.periods)
    if not discounted:
        return beyond
    found = np.zeros(beyond.shape)
    rate = 1 + i.time.discount_rate
    for o in np.flatnonzero(beyond.any(axis=1)).tolist():
        after = np.arange(i.time.periods, i.time.periods + int(np.ceil(beyond[o].max())))
        d = rate ** -((after + 0.5) * i.time.months / 12)
        found[o] = weights(i.life[o], after[None, :] - born[:, None]) @ d
    return found


def over_life(amount: Floats, life: Floats) -> Floats:
    """[N, T] sums of `amount` over the life of a cohort delivered in t, the last period in part."""
    return _banded(amount, life, forward=True)


def alive(delivered: Floats, life: Floats) -> Floats:
    """[N, T] sums of `delivered` over the cohorts alive in t, those in their last period in part."""
    return _banded(delivered, life, forward=False)


def _banded(values: Floats, life: Floats, *, forward: bool) -> Floats:
    """Sums over windows, of their members alone: differences of running sums would leave dust where nothing is."""
    sums = np.zeros(values.shape)
    for length in sorted(set(life.tolist())):
        band = _band(length, values.shape[1])
        mine = life == length
        sums[mine] = values[mine] @ (band.T if forward else band)
    return sums


@functools.lru_cache(maxsize=32)
def _band(life: float, periods: int) -> Floats:
    """[T, T] what part of each period a cohort is active in, by the period in which it was delivered."""
    t = np.arange(periods)
    return weights(np.array(life), t[None, :] - t[:, None])


def unmet_rate(i: Inputs) -> Floats:
    """[W, T] USD of value lost per peak unit not served in a period."""
    return np.repeat((i.time.hours * i.unmet_usd / i.peak)[:, None], i.time.periods, axis=1)


def demand_weights(i: Inputs) -> Floats:
    """[W, T] each period's part of a workload's demand over the horizon; 0 where there is none."""
    total = i.demand.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(i.demand, total, out=np.zeros_like(i.demand), where=total > 0))
