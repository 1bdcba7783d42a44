"""Throughput against token latency: what each platform would do for a workload, were its limit another one."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Platform, Throughput, Workload
from gigaplan.engine.plan.serving import Chips, TokenWork, modelled_band, nearest_front, served, token_rate
from gigaplan.engine.plan.throughput import fronts_of_work, given, token_work
from gigaplan.engine.results.allocation import Allocation
from gigaplan.engine.results.chip_hour_prices import PER_CHIP_HOUR, chip_hour_usd

Floats = NDArray[np.float64]
R20 = (1, 1.12, 1.25, 1.4, 1.6, 1.8, 2, 2.24, 2.5, 2.8, 3.15, 3.55, 4, 4.5, 5, 5.6, 6.3, 7.1, 8, 9)
"""Preferred numbers: round steps of about 12 %."""
LATENCIES = tuple(round(n * scale, 9) for scale in (1.0, 10.0, 100.0) for n in R20 if 2 <= n * scale <= 250)
"""Token latencies in ms at which curves are computed."""


@dataclass(frozen=True, eq=False)
class LatencyCurve:
    """One platform and workload, at each of `LATENCIES` as the limit; output tokens/s per chip, 0 where none."""

    value: Floats
    """What counts without a row of throughput: a measured curve, or the formula."""
    measured: NDArray[np.bool_]
    """Where it is between measured points."""
    low: Floats
    high: Floats
    """Between which eight cases of ten lie; `value` where nobody knows."""
    formula: Floats
    formula_low: Floats
    formula_high: Floats
    points: tuple[Floats, Floats] | None
    """Latencies in ms and tokens/s per chip of the measured curve that is near, if there is one."""
    points_of: str
    """The engine, source and date of the points."""
    stated: Throughput | None
    """The row of throughput that counts instead, at any latency."""


def latency_curve(workload: Workload, platform: Platform) -> LatencyCurve | None:
    """The curve of a workload on a platform; None where it serves no model, or counts no tokens."""
    work = token_work(workload)
    if work is None or workload.unit != "tokens/s":
        return None
    return _curve(msgspec.structs.replace(work, limit_ms=None), platform, given(workload, platform.id))


# While a limit is dragged, all curves stay as they are.
@functools.lru_cache(maxsize=512)
def _curve(work: TokenWork, platform: Platform, stated: Throughput | None) -> LatencyCurve:
    chips, fronts = Chips.of((platform,)), fronts_of_work(work, platform)
    found = []
    for limit in LATENCIES:
        at = msgspec.structs.replace(work, limit_ms=limit)
        formula = float(token_rate(at, chips)[0])
        band = (modelled_band(at, platform.stack) if formula > 0 else None) or (1.0, 1.0)
        used = served(at, chips, platform.stack, fronts, formula)
        found.append((used.value, used.basis == "measured", *(used.band or (1.0, 1.0)), formula, *band))
    value, measured, low, high, by_formula, under, over = np.array(found, dtype=float).T
    front = nearest_front(work, fronts)
    told = "" if front is None else f"{front.engine}: {front.source}, {front.as_of}".strip(": ")
    return LatencyCurve(
        value, measured > 0, value * low, value * high, by_formula, by_formula * under, by_formula * over,
        None if front is None else (front.latency_ms, front.rate), told, stated,
    )  # fmt: skip


def limit_of(workload: Workload) -> float | None:
    """The slowest token that counts, ms: the smaller of the workload's and of the model's; None for no limit."""
    work = token_work(workload)
    return None if work is None else work.limit_ms


def with_limit(workload: Workload, limit: float | None) -> Workload:
    """The workload with that token latency as the limit that counts; None for no limit.

    The limit of the model is set, and that of the workload where it would bind.
    """
    if workload.inference is None:
        return workload
    own = workload.max_token_latency_ms
    inference = msgspec.structs.replace(workload.inference, max_token_latency_ms=limit)
    if own is not None and (limit is None or own < limit or own == limit_of(workload)):
        own = limit
    return msgspec.structs.replace(workload, inference=inference, max_token_latency_ms=own)


def cheapest_offers(a: Allocation, workload: Workload, period: int) -> dict[str, tuple[str, float]]:
    """For each platform the id of the offer whose chip-hour costs least for chips delivered in `period`, over its
    availability, and USD per million tokens at one token per second and chip: divided by the throughput it is the
    cost. Offers that the workload may not use are left out."""
    found: dict[str, tuple[str, float]] = {}
    for offer, hourly in zip(a.inputs.plan.offers, chip_hour_usd(a, period).tolist(), strict=True):
        barred = offer.id in workload.forbidden_offers or (offer.interruptible and not workload.accepts_interruptible)
        if barred or not np.isfinite(hourly) or not offer.availability > 0:
            continue
        usd = hourly / (offer.availability * PER_CHIP_HOUR["tokens/s"])
        if offer.platform not in found or usd < found[offer.platform][1]:
            found[offer.platform] = (offer.id, usd)
    return found


def serving_workloads(plan: Plan) -> tuple[Workload, ...]:
    """The workloads that have such curves."""
    return tuple(w for w in plan.workloads if w.unit == "tokens/s" and w.inference is not None)
