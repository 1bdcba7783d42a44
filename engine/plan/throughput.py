"""How much work one chip does, and which chip may do which work (model.md section 3)."""

from __future__ import annotations

import math

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from gigaplan.engine.plan.measured_curves import measured_fronts, own_fronts
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import TIERS, Basis, Offer, Platform, Settings, Site, Throughput, Workload
from gigaplan.engine.plan.serving import (
    Band,
    Chips,
    Front,
    NotServable,
    TokenWork,
    nearest_front,
    refused,
    served,
    token_rate,
)
from gigaplan.engine.plan.text import rounded, written
from gigaplan.engine.plan.timeline import Timeline

Floats = NDArray[np.float64]
FORMULA = "The serving formula, fitted to 1,381 public measurements (model.md section 3)"
FORMULA_AS_OF = "2026-11"


class Estimate(Struct, frozen=True, kw_only=True):
    """The work of one chip for a workload, what it rests on, and how far it may be off."""

    value: float
    """In the workload's unit, with goodput; 0 where it cannot run."""
    basis: Basis = "modelled"
    band: Band | None = None
    """Of ten cases, eight lie between value x low and value x high; None where nobody knows."""
    goodput: float = 1.0
    """The share of a run's time that is not lost to failures; `value` is with it."""
    source: str
    as_of: str
    front: Front | None = None
    """The measured curve that it rests on."""
    refused: NotServable | None = None
    """Why nothing is served."""


def token_work(workload: Workload) -> TokenWork | None:
    """What the serving formula needs to know of a workload; None where it serves no model."""
    model = workload.inference
    if model is None:
        return None
    limits = [v for v in (model.max_token_latency_ms, workload.max_token_latency_ms) if v is not None]
    return TokenWork(
        model=model.model,
        precision=workload.precision,
        total_params_b=model.total_params_b,
        active_params_b=model.active_params_b,
        context_tokens=model.context_tokens,
        prompt_tokens_per_output=model.prompt_tokens_per_output,
        kv_bytes_per_token=model.kv_bytes_per_token,
        limit_ms=min(limits, default=None),
        weight_bytes=model.weight_bytes,
        prefix_cache_fraction=model.prefix_cache_fraction,
        speculative_gain=model.speculative_gain,
        time_to_first_token_ms=model.time_to_first_token_ms,
        compute_efficiency=model.compute_efficiency,
        bandwidth_efficiency=model.bandwidth_efficiency,
    )


def fronts_for(workload: Workload, platform: Platform) -> tuple[Front, ...]:
    """The measured curves of the model that a workload serves, on a platform and at its precision."""
    work = token_work(workload)
    return () if work is None else fronts_of_work(work, platform)


def fronts_of_work(work: TokenWork, platform: Platform) -> tuple[Front, ...]:
    """The same of a served model."""
    if not work.model:
        return ()
    published = measured_fronts().get((platform.id, work.model, work.precision), ())
    if not platform.measurements:
        return published
    own = own_fronts(tuple(m for m in platform.measurements if (m.model, m.precision) == (work.model, work.precision)))
    measured = tuple(f for f in own if f.basis == "measured")
    # One's own measurements win over the catalogue's; what others claim or model yields to both.
    ranked = (measured, published, tuple(f for f in own if f.basis == "vendor"), own)
    return next((fronts for fronts in ranked if nearest_front(work, fronts) is not None), ())


def utilisation(workload: Workload, platform: str) -> float:
    """The part of peak that a workload in PFLOP/s reaches on a platform."""
    rows = (row.value for row in reversed(workload.mfu_by_platform) if row.platform == platform)
    return next(rows, workload.utilisation)


def modelled(workload: Workload, platforms: tuple[Platform, ...], chips: Chips | None = None) -> Floats:
    """[P] work per chip without any given row, by measured curves and the formula, before goodput; 0 where it cannot
    run."""
    chips = chips or Chips.of(platforms)
    if workload.unit == "PFLOP/s":
        shares = np.array([utilisation(workload, p.id) for p in platforms])
        return np.asarray(chips.peak(workload.precision) / 1000 * shares)
    work = token_work(workload)
    if work is None:
        return np.zeros(len(platforms))
    rates = token_rate(work, chips)
    for p, platform in enumerate(platforms) if work.model else ():
        if fronts := fronts_for(workload, platform):
            rates[p] = served(work, Chips.of((platform,)), platform.stack, fronts, float(rates[p])).value
    return rates


_Known = dict[int, tuple[Workload, Floats]]
_last: tuple[tuple[Platform, ...], Settings | None, _Known] = ((), None, {})
"""The platforms, the time grid and the workloads that were asked about last: an edit leaves most of them alone."""


def throughput(plan: Plan) -> Floats:
    """[W, P] work per chip of each workload on each platform, in the workload's unit, with goodput; 0 where it cannot
    run."""
    global _last
    platforms, settings, before = _last
    if platforms is not plan.platforms or settings is not plan.settings:
        before = {}
    chips = Chips.of(plan.platforms) if any(id(w) not in before for w in plan.workloads) else None
    # An id is that of the row while the row lives, and the rows of `before` live in it.
    known = {
        id(w): (w, _work_per_chip(plan, w, chips)) if chips and id(w) not in before else before[id(w)]
        for w in plan.workloads
    }
    _last = (plan.platforms, plan.settings, known)
    return np.array([known[id(w)][1] for w in plan.workloads]).reshape(len(plan.workloads), len(plan.platforms))


def _work_per_chip(plan: Plan, workload: Workload, chips: Chips) -> Floats:
    work = modelled(workload, plan.platforms, chips)
    for p, platform in enumerate(plan.platforms) if workload.throughput else ():
        row = given(workload, platform.id)
        if row is not None:
            work[p] = row.value
    if workload.checkpoint_minutes or workload.restart_minutes:
        at_peak = largest_demand(plan, workload)
        for p, platform in enumerate(plan.platforms):
            work[p] *= goodput(platform, workload, at_peak, float(work[p]))
    return work


def given(workload: Workload, platform: str) -> Throughput | None:
    """The row that states the throughput of `workload` on `platform`, the last where there are several; None where it
    is modelled."""
    return next((row for row in reversed(workload.throughput) if row.platform == platform), None)


def largest_demand(plan: Plan, workload: Workload) -> float:
    """The work that a run is sized for: of flexible work the mean over the periods that want any, else the most."""
    wanted = Timeline.of(plan.settings).values(workload.demand) * workload.peak_factor
    if workload.flexible:
        wanted = wanted[wanted > 0]
        return float(wanted.mean()) if wanted.size else 0.0
    return float(wanted.max())


def goodput(platform: Platform, workload: Workload, demand: float, theta: float) -> float:
    """The share of the time of a synchronous run that is not lost to checkpoints, failures and restarts.

    1 / (1 + sqrt(2 delta / M) + R / M), with M the hours between failures of all chips of the run (Young 1974, first
    order); `demand` as `largest_demand` has it, `theta` before goodput.
    """
    if platform.mtbf_hours is None or not (workload.checkpoint_minutes or workload.restart_minutes) or not theta > 0:
        return 1.0
    between = platform.mtbf_hours / max(1.0, demand / theta)
    delta, restart = workload.checkpoint_minutes / 60, workload.restart_minutes / 60
    return 1 / (1 + math.sqrt(2 * delta / between) + restart / between)


def estimate(plan: Plan, workload: Workload, platform: Platform) -> Estimate:
    """The work of one chip of `platform` for `workload`, with its basis, band, goodput and source."""
    found = before_goodput(workload, platform)
    share = goodput(platform, workload, largest_demand(plan, workload), found.value)
    return msgspec.structs.replace(found, value=found.value * share, goodput=share)


def before_goodput(workload: Workload, platform: Platform) -> Estimate:
    """The same, of a run that never fails."""
    row = given(workload, platform.id)
    if row is not None:
        return Estimate(value=row.value, basis=row.basis, source=row.source, as_of=row.as_of)
    return without_rows(workload, platform)


def without_rows(workload: Workload, platform: Platform) -> Estimate:
    """The same by measured curves and the formula alone, whatever the rows of the workload state."""
    if workload.unit == "PFLOP/s":
        value = float(modelled(workload, (platform,))[0])
        none = None if value > 0 else NotServable("precision")
        return Estimate(value=value, source=platform.source, as_of=platform.as_of, refused=none)
    work = token_work(workload)
    if work is None:
        return Estimate(value=0.0, source="", as_of="")
    chips = Chips.of((platform,))
    found = served(work, chips, platform.stack, fronts_for(workload, platform))
    source, as_of = FORMULA, FORMULA_AS_OF
    if found.front is not None:
        source = f"{found.front.engine}: {found.front.source}" if found.front.engine else found.front.source
        as_of = found.front.as_of
    return Estimate(
        value=found.value,
        basis=found.basis,
        band=found.band,
        source=source,
        as_of=as_of,
        front=found.front,
        refused=None if found.value > 0 else refused(work, chips),
    )


def refusal(workload: Workload, offer: Offer, site: Site, platform: Platform, theta: float) -> str | None:
    """Why `workload` cannot run on `offer` at `site`, in words; None where the pair is eligible (section 3)."""
    if not theta > 0:
        return no_throughput(workload, platform)
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


def no_throughput(workload: Workload, platform: Platform) -> str:
    """Why a platform does none of a workload, in words: the limit, and the nearest value that would do."""
    row = given(workload, platform.id)
    if row is not None:
        return f"its throughput on {platform.name} is given as 0"
    if workload.unit == "tokens/s" and workload.inference is None:
        return f"{platform.name} has no throughput for it: it says of no model what it serves"
    why = before_goodput(workload, platform).refused
    if why is None or why.limit == "precision":
        return f"{platform.name} computes at none of the precisions that {workload.precision} work may run at"
    if why.nearest is None:
        return f"{platform.name} cannot serve it at all: no one limit keeps it"
    needed, name = _rounded_up(why.nearest), platform.name
    if why.limit == "memory":
        return f"{name} has too little memory for one sequence on 512 chips: it takes {needed} GB a chip"
    if why.limit == "first token":
        return f"{name} gives the first token after {needed} ms at the soonest, later than is allowed"
    return f"{name} needs {needed} ms a token at the least, more than is allowed"


def _rounded_up(value: float) -> str:
    """A value that would do, to four figures; rounded down it would not."""
    step = 10.0 ** (math.floor(math.log10(value)) - 3) if value > 0 else 1.0
    return rounded(math.ceil(value / step) * step, 4)
