"""How much work one chip does, and which chip may do which work (model.md section 3)."""

from __future__ import annotations

from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import TIERS, Inference, Offer, Platform, Site, Throughput, Workload
from gigaplan.engine.plan.text import written

Floats = NDArray[np.float64]
Source = Literal["measured", "vendor", "modelled", "none"]
BYTES_PER_PARAMETER = {"bf16": 2.0, "fp8": 1.0, "fp4": 0.5}
FALLBACK = {"bf16": ("bf16",), "fp8": ("fp8", "bf16"), "fp4": ("fp4", "fp8", "bf16")}


class Chips(Struct, frozen=True):
    """The platforms of a plan as arrays, [P] each; what is not given is NaN."""

    executed: dict[str, tuple[Floats, Floats]]
    """Peak TFLOP/s and bytes per parameter by precision, as executed: fp4 falls back to fp8, fp8 to bf16."""
    memory_gb: Floats
    bandwidth_gb_s: Floats

    @classmethod
    def of(cls, platforms: tuple[Platform, ...]) -> Chips:
        """The arrays of these platforms, in their order."""

        def column(name: str) -> Floats:
            return np.array([np.nan if (v := getattr(p, name)) is None else v for p in platforms], dtype=float)

        peaks = {p: column(f"{p}_tflops") for p in BYTES_PER_PARAMETER}
        executed = {p: _first_given(peaks, order) for p, order in FALLBACK.items()}
        return cls(executed, column("memory_gb"), column("memory_bandwidth_gb_s"))


def _first_given(peaks: dict[str, Floats], order: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Of each chip, the peak and the width of the first precision that it has."""
    peak = np.full(peaks["bf16"].shape, np.nan)
    width = np.full(peak.shape, np.nan)
    for name in order:
        use = np.isnan(peak) & ~np.isnan(peaks[name])
        peak[use] = peaks[name][use]
        width[use] = BYTES_PER_PARAMETER[name]
    return peak, width


def roofline(chips: Chips, precision: str, model: Inference) -> Floats:
    """Output tokens per second and chip of a served model, [P]; 0 where it cannot be served (section 3.3).

    A step of a batch is bound by compute or by memory traffic, whichever is slower; the batch is the
    largest that fits in memory and keeps the token latency.
    """
    peak_tflops, width = chips.executed[precision]
    peak, bandwidth, memory = peak_tflops * 1e12, chips.bandwidth_gb_s * 1e9, chips.memory_gb * 1e9
    weights = model.total_params_b * 1e9 * width
    active = model.active_params_b * 1e9
    cache = model.context_tokens * model.kv_bytes_per_token
    chips_per_replica = np.ceil(1.2 * weights / memory)
    compute = chips_per_replica * peak * model.compute_efficiency / (2 * active)
    traffic = chips_per_replica * bandwidth * model.bandwidth_efficiency

    def step_seconds(batch: Floats) -> Floats:
        return np.maximum(batch / compute, (weights + batch * cache) / traffic)

    with np.errstate(divide="ignore", invalid="ignore"):
        batch = np.floor((chips_per_replica * memory * 0.9 - weights) / cache)
        if model.max_token_latency_ms is not None:
            seconds = model.max_token_latency_ms / 1000
            by_latency = np.floor(np.minimum(seconds * compute, (seconds * traffic - weights) / cache))
            # The closed form may miss by one where the limit falls on a whole batch.
            by_latency += np.where(step_seconds(by_latency + 1) <= seconds, 1, 0)
            by_latency -= np.where(step_seconds(by_latency) > seconds, 1, 0)
            batch = np.minimum(batch, by_latency)
        prefill = 2 * active * model.prompt_tokens_per_output / (peak * model.compute_efficiency)
        per_token = chips_per_replica * _per_sequence(step_seconds, batch, 1 / compute, cache / traffic) + prefill
        rate = 1 / per_token
    return np.where((batch >= 1) & np.isfinite(rate), rate, 0.0)


def _per_sequence(step_seconds, batch: Floats, compute_each: Floats, traffic_each: Floats) -> Floats:  # type: ignore[no-untyped-def]
    """Step seconds per sequence; its limit where neither memory nor latency bounds the batch."""
    bounded = np.isfinite(batch)
    finite = np.where(bounded, batch, 1.0)
    return np.where(bounded, step_seconds(finite) / finite, np.maximum(compute_each, traffic_each))


def modelled(workload: Workload, chips: Chips) -> Floats:
    """Work per chip as the model has it, without any given row, [P]; 0 where there is none."""
    if workload.unit == "PFLOP/s":
        return np.nan_to_num(chips.executed[workload.precision][0]) / 1000 * workload.utilisation
    if workload.inference is None:
        return np.zeros(chips.memory_gb.shape)
    return roofline(chips, workload.precision, workload.inference)


_Known = dict[int, tuple[Workload, Floats]]
_last: tuple[tuple[Platform, ...], _Known] = ((), {})
"""The platforms and the workloads that were asked about last: an edit leaves most of them alone."""


def throughput(plan: Plan) -> Floats:
    """Work per chip of each workload on each platform, [W, P], in the workload's unit; 0 where it cannot run."""
    global _last
    platforms, before = _last
    if platforms is not plan.platforms:
        before = {}
    chips = Chips.of(plan.platforms) if any(id(w) not in before for w in plan.workloads) else None
    # An id is that of the row while the row lives, and the rows of `before` live in it.
    known = {
        id(w): (w, _work_per_chip(w, plan.platforms, chips)) if chips and id(w) not in before else before[id(w)]
        for w in plan.workloads
    }
    _last = (plan.platforms, known)
    return np.array([known[id(w)][1] for w in plan.workloads]).reshape(len(plan.workloads), len(plan.platforms))


def _work_per_chip(workload: Workload, platforms: tuple[Platform, ...], chips: Chips) -> Floats:
    work = modelled(workload, chips)
    for p, platform in enumerate(platforms) if workload.throughput else ():
        row = given(workload, platform.id)
        if row is not None:
            work[p] = row.value
    return work


def given(workload: Workload, platform: str) -> Throughput | None:
    """The row that states the throughput of `workload` on `platform`, the last where there are several; None where it
    is modelled."""
    return next((row for row in reversed(workload.throughput) if row.platform == platform), None)


def refusal(workload: Workload, offer: Offer, site: Site, platform: Platform, theta: float) -> str | None:
    """Why `workload` cannot run on `offer` at `site`, in words; None where the pair is eligible (section 3)."""
    if not theta > 0:
        return f"{platform.name} has no throughput for it"
    if offer.sites != "*" and site.id not in offer.sites:
        return f"{offer.name} is not offered at {site.name}"
    if workload.jurisdictions and site.jurisdiction not in workload.jurisdictions:
        return f"its data may not be in {site.jurisdiction}"
    if TIERS.index(offer.sensitivity) < TIERS.index(workload.sensitivity):
        return f"{offer.name} is trusted up to {offer.sensitivity}, and the work is {workload.sensitivity}"
    if offer.interruptible and not workload.accepts_interruptible:
        return f"{offer.name} may be interrupted"
    if (
        platform.token_latency_ms is not None
        and workload.max_token_latency_ms is not None
        and platform.token_latency_ms > workload.max_token_latency_ms
    ):
        needed, allowed = platform.token_latency_ms, workload.max_token_latency_ms
        return f"{platform.name} needs {written(f'{needed:g}')} ms a token, the work allows {written(f'{allowed:g}')}"
    if offer.id in workload.forbidden_offers:
        return f"{offer.name} is forbidden for it"
    return None
