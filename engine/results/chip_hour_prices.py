"""What an hour of each offer's chip costs, and what it costs per unit of a workload's work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Offer, Workload
from gigaplan.engine.plan.throughput import Estimate, before_goodput, refusal
from gigaplan.engine.results.allocation import Allocation

Floats = NDArray[np.float64]
Kind = Literal["measured", "vendor", "modelled", "none"]
WORK_UNITS = {"PFLOP/s": "effective PFLOP-h", "tokens/s": "million tokens"}
"""The unit of work that a price is per, by the unit of a workload."""
PER_CHIP_HOUR = {"PFLOP/s": 1.0, "tokens/s": 3600 / 1e6}
"""How much of it an hour at a rate of one makes: PFLOP-hours of 1 PFLOP/s, million tokens of 1 token/s."""


@dataclass(frozen=True)
class WorkPrice:
    """What one offer costs per unit of a workload's work."""

    usd: float | None
    """USD per unit of `WORK_UNITS`; None where its chip has no throughput, or the offer can stand nowhere."""
    chip_hour: float
    """USD per chip-hour; NaN for an offer that can stand nowhere."""
    throughput: float
    """Work per chip, in the workload's unit; 0 where there is none."""
    kind: Kind
    """What the throughput is."""
    found: Estimate
    """What it rests on, of a run that never fails."""
    refusal: str | None
    """Why the workload may not run on the offer at any of its sites; None where it may."""


def chip_hour_usd(a: Allocation, period: int) -> Floats:
    """[O] USD per chip-hour of each offer for chips delivered in `period`, at full load, mean over its sites.

    The engine's own rates (model.md section 7): price (a purchase spread over the life of the chip), maintenance,
    hosting and electricity, without overhead and cost of capital; NaN for an offer that can stand nowhere.
    """
    i = a.inputs
    offer = i.pair_offer
    hours = i.time.hours
    of_pair = np.zeros(len(offer))
    for amounts in a.costs.values():
        if amounts.delivered is not None:
            of_pair += amounts.delivered[:, period] / (i.life[offer] * hours)
        for each in (amounts.cohort, amounts.active, amounts.running, amounts.full_load):
            if each is not None:
                of_pair += each[: len(offer), period] / hours
    count = np.bincount(offer, minlength=len(i.plan.offers)).astype(float)
    total = np.bincount(offer, weights=of_pair, minlength=len(i.plan.offers))
    return np.asarray(np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0))


def work_prices(a: Allocation, workload: str, period: int) -> tuple[WorkPrice, ...]:
    """What each offer costs per unit of a workload's work, in plan order, for chips delivered in `period`.

    USD per effective PFLOP-hour = chip-hour / (theta * availability), theta in PFLOP/s per chip;
    USD per million tokens = chip-hour / (theta * availability * 3600 / 1e6), theta in output tokens/s per chip.
    theta is the throughput that counts for the workload (model.md section 3): a stated one wins over the model.
    Full load: what a workload's peak leaves idle between is not in it.
    """
    i = a.inputs
    at = next(k for k, row in enumerate(i.plan.workloads) if row.id == workload)
    work = i.plan.workloads[at]
    theta = i.theta[at, i.offer_platform] if len(i.offer_platform) else np.zeros(0)
    platforms = {p.id: p for p in i.plan.platforms}
    known: dict[str, Estimate] = {}
    prices = []
    for offer, hourly, rate in zip(i.plan.offers, chip_hour_usd(a, period).tolist(), theta.tolist(), strict=True):
        amount = rate * offer.availability * PER_CHIP_HOUR[work.unit]
        usd = hourly / amount if amount > 0 and np.isfinite(hourly) else None
        if offer.platform not in known:
            known[offer.platform] = before_goodput(work, platforms[offer.platform])
        found = known[offer.platform]
        kind: Kind = found.basis if rate > 0 else "none"
        why = _refusal(i.plan, work, offer, rate)
        prices.append(WorkPrice(usd, hourly, rate, kind, found, why))
    return tuple(prices)


def _refusal(plan: Plan, workload: Workload, offer: Offer, theta: float) -> str | None:
    platform = next(p for p in plan.platforms if p.id == offer.platform)
    sites = [s for s in plan.sites if offer.sites == "*" or s.id in offer.sites]
    reasons = [refusal(workload, offer, site, platform, theta) for site in sites]
    return reasons[0] if reasons and all(reasons) else None
