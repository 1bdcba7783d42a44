"""What the catalogue knows better: figures in another unit (peaks with sparsity, GiB for GB, prices of whole servers,
caches at another width, tokens that count the prompt), and training on chips for inference. It is asked about, never
changed."""

from __future__ import annotations

import functools
import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from gigaplan.engine.catalogue.entries import (
    KV_BYTES_PER_VALUE,
    ModelEntry,
    OfferEntry,
    PlatformEntry,
    ThroughputEntry,
    entries,
)
from gigaplan.engine.plan.decode import suggestion
from gigaplan.engine.plan.fields import Growth, Series, Steps
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import Message, Problem, say
from gigaplan.engine.plan.schema import Inference, Offer, Platform, Workload
from gigaplan.engine.plan.throughput import given, utilisation, without_rows

SAME = 0.01
"""How near two figures are that count as one, a fraction."""
SAME_MODEL = 1e-3
OVER = 1.5
"""Times the high end of what is likely, from which a stated throughput is asked about."""
SERVER = 8
"""Chips of a usual server."""
INFERENCE_ALONE = {
    "groq_lpu_v1": "the LPU is made for inference, with 0.23 GB of memory a chip",
    "groq_3_lpu": "NVIDIA calls it an inference accelerator, beside GPUs that train",
    "aws_inferentia2": "AWS Neuron trains on Trainium, and on Inferentia it serves",
}
"""Chips that nobody trains on, and who says so: NVIDIA, Inside NVIDIA Groq 3 LPX (developer.nvidia.com, 2026-03), which
has LPUs decode and GPUs train; AWS Neuron documentation, PyTorch NeuronX (training on Trn1 and Trn2)."""
DEAR = 2.0
"""Times the middle price on record, or the dearest, from which a price is asked about."""


def catalogue_slips(plan: Plan) -> Iterator[Problem]:
    """A warning for each figure of the plan that looks like the catalogue's in another unit."""
    served = {w.inference.model for w in plan.workloads if w.inference is not None}
    for p, platform in enumerate(plan.platforms):
        for place, message in (*_of_platform(platform), *_of_measurements(platform, served)):
            field = place.split("[")[0]
            yield _warning(f"platforms[{p}].{place}", "platforms", platform.id, field, message)
    known = {platform.id: chip for platform in plan.platforms if (chip := _known_chip(platform)) is not None}
    if plan.settings.currency == "USD":
        for o, offer in enumerate(plan.offers):
            for message in _of_offer(offer, known.get(offer.platform) or _chips().get(offer.platform)):
                yield _warning(f"offers[{o}].price_usd", "offers", offer.id, "price_usd", message)
    own = {m.model for p in plan.platforms for m in p.measurements}
    platforms = {platform.id: platform for platform in plan.platforms}
    for w, work in enumerate(plan.workloads):
        for place, message in _of_workload(work, own, platforms):
            field = place.split("[")[0].split(".")[0]
            yield _warning(f"workloads[{w}].{place}", "workloads", work.id, field, message)
        for platform in _only_for_inference(plan, work, platforms):
            chip = _known_chip(platform)
            assert chip is not None
            part = utilisation(work, platform.id)
            text = say("inference_chip_trains", chip=platform.name, part=part, why=INFERENCE_ALONE[chip.id])
            yield _warning(f"workloads[{w}].throughput", "workloads", work.id, "throughput", text)


def _only_for_inference(plan: Plan, work: Workload, platforms: Mapping[str, Platform]) -> Iterator[Platform]:
    """The chips for inference that training may run on in the plan, without a figure of its own there."""
    if work.unit != "PFLOP/s" or work.kind == "inference":
        return
    open_to_it = {o.platform for o in plan.offers if o.id not in work.forbidden_offers}
    for id, platform in platforms.items():
        chip = _known_chip(platform)
        if chip is not None and chip.id in INFERENCE_ALONE and id in open_to_it and given(work, id) is None:
            yield platform


def new_slips(before: Plan, after: Plan) -> list[Problem]:
    """The warnings of `catalogue_slips` that an edit, such as a paste, brings."""
    known = {(p.table, p.row, p.field, p.text) for p in catalogue_slips(before)}
    return [p for p in catalogue_slips(after) if (p.table, p.row, p.field, p.text) not in known]


def _warning(path: str, table: str, row: str, field: str, message: Message) -> Problem:
    return Problem(severity="warning", path=path, message=message, table=table, row=row, field=field)


def _near(value: float, other: float | None, within: float = SAME) -> bool:
    return other is not None and other != 0 and abs(value / other - 1) <= within


@functools.cache
def _chips() -> dict[str, PlatformEntry]:
    return entries("platforms", PlatformEntry)


@functools.cache
def _chips_by_name() -> dict[str, PlatformEntry]:
    return {name.lower(): chip for chip in _chips().values() for name in (chip.short_name, chip.name)}


def _known_chip(platform: Platform) -> PlatformEntry | None:
    """The chip of the catalogue that a row is: by its id, else by its name."""
    return _chips().get(platform.id) or _chips_by_name().get(platform.name.strip().lower())


def _of_platform(platform: Platform) -> Iterator[tuple[str, Message]]:
    """(field, message) of a row that is a chip of the catalogue."""
    known = _known_chip(platform)
    if known is None:
        return
    for name in ("bf16", "fp8", "fp4"):
        value, dense = getattr(platform, f"{name}_tflops"), getattr(known, f"peak_{name}_dense_tflops")
        if value and _near(value, dense and 2 * dense, 1e-3):
            yield f"{name}_tflops", say("peak_with_sparsity", value=value, chip=known.short_name, dense=dense)
    memory, printed = known.memory_gb, known.memory_printed
    if memory and printed and not _near(memory, printed, 1e-3) and _near(platform.memory_gb, printed, 1e-3):
        yield "memory_gb", say("memory_in_gib", value=platform.memory_gb, chip=known.short_name, memory=memory)


def _of_measurements(platform: Platform, served: Collection[str | None]) -> Iterator[tuple[str, Message]]:
    """Points that no front holds, as another is as fast and higher, and points of models that nobody knows."""
    curves: dict[tuple[object, ...], list[tuple[float, float, int]]] = defaultdict(list)
    for k, point in enumerate(platform.measurements):
        if point.model not in _models() and point.model not in served:
            message = say("measured_model_unknown", model=point.model, remedy=suggestion(point.model, list(_models())))
            yield f"measurements[{k}].model", message
        shape = (point.basis, point.model, point.precision, point.prompt_tokens, point.output_tokens)
        curves[shape].append((point.token_latency_ms, point.tokens_s_chip, k))
    for points in curves.values():
        points.sort(key=lambda p: (p[0], -p[1]))
        best = points[0]
        for latency, rate, k in points[1:]:
            if rate > best[1]:
                best = (latency, rate, k)
                continue
            text = say("curve_not_monotone", rate=rate, latency=latency, other_rate=best[1], other_latency=best[0])
            yield f"measurements[{k}].tokens_s_chip", text


@functools.cache
def _prices() -> dict[tuple[str, str], tuple[float, ...]]:
    """The prices on record of each platform and kind, per chip, the cheapest first."""
    found: dict[tuple[str, str], list[float]] = {}
    for entry in entries("offers", OfferEntry).values():
        if entry.price_usd is not None:
            kind = "purchase" if entry.kind == "purchase" else "rental"
            found.setdefault((entry.platform_id, kind), []).append(entry.price_usd)
    for chip in _chips().values():
        if chip.unit_price_usd is not None:
            found.setdefault((chip.id, "purchase"), []).append(chip.unit_price_usd)
    return {key: tuple(sorted(prices)) for key, prices in found.items()}


def _first(series: Series) -> float:
    """The first value of a series that is within its bounds."""
    if isinstance(series, Growth):
        return series.start
    if isinstance(series, Steps):
        return series.steps[0][1] or 0.0
    return series[0] if isinstance(series, tuple) else series


def _of_offer(offer: Offer, chip: PlatformEntry | None) -> Iterator[Message]:
    """A price that is too dear for one chip, and just right for the chips of a server together."""
    if chip is None:
        return
    known, price = _prices().get((chip.id, offer.kind)), _first(offer.price_usd)
    if known is None or price <= DEAR * known[len(known) // 2] or any(_near(price, o) for o in known):
        return
    least, most = known[0], known[-1]
    for chips in dict.fromkeys((chip.chips_per_system or SERVER, SERVER)):
        each = price / chips
        if chips > 1 and (any(_near(each, o) for o in known) or (price > DEAR * most and least <= each <= most)):
            unit = "USD" if offer.kind == "purchase" else "USD/h"
            known_for = {"chip": chip.short_name, "least": least, "most": most}
            yield say("price_of_server", price=price, unit=unit, chips=chips, each=each, **known_for)
            return


@functools.cache
def _models() -> dict[str, ModelEntry]:
    return entries("models", ModelEntry)


def model_of(model: Inference) -> ModelEntry | None:
    """The catalogue's entry of a served model: by its id, else by its two sizes; None where there is none."""
    if model.model is not None:
        return _models().get(model.model)
    for entry in _models().values():
        same_size = _near(model.total_params_b, entry.total_params_b, SAME_MODEL)
        if same_size and _near(model.active_params_b, entry.active_params_b, SAME_MODEL) and entry.kv_values_per_token:
            return entry
    return None


def _of_workload(work: Workload, own: set[str], platforms: Mapping[str, Platform]) -> Iterator[tuple[str, Message]]:
    model = work.inference
    if model is None or work.unit != "tokens/s":
        return
    if model.model is not None and model.model not in _models() and model.model not in own:
        near = suggestion(model.model, list(_models()))
        yield "inference.model", say("model_unknown", model=model.model, remedy=near)
    yield from _of_cache(work, model)
    if work.max_token_latency_ms == 0:
        yield "max_token_latency_ms", say("latency_0")
    for k, row in enumerate(work.throughput):
        for message in _of_row(work, platforms.get(row.platform), row.value):
            yield f"throughput[{k}].value", message


def _of_cache(work: Workload, model: Inference) -> Iterator[tuple[str, Message]]:
    entry = model_of(model)
    own = entry.kv_bytes_per_token(work.precision) if entry else None
    if entry is None or not own:
        return
    for factor, code in ((2.0, "cache_twice_as_wide"), (0.5, "cache_half_as_wide")):
        if _near(model.kv_bytes_per_token, factor * own):
            known = {"model": entry.model, "own": own, "values": entry.kv_values_per_token or 0}
            width = {"width": KV_BYTES_PER_VALUE[work.precision], "precision": work.precision}
            yield "inference.kv_bytes_per_token", say(code, given=model.kv_bytes_per_token, **known, **width)


@functools.cache
def _totals() -> dict[str, tuple[float, ...]]:
    """Of each platform, the figures on record that count the tokens of prompts too."""
    found: dict[str, list[float]] = {}
    for entry in entries("inference_throughput", ThroughputEntry).values():
        if entry.token_basis == "input+output" and entry.tokens_per_second_per_chip:
            found.setdefault(entry.platform_id, []).append(entry.tokens_per_second_per_chip)
    return {platform: tuple(values) for platform, values in found.items()}


def _of_row(work: Workload, platform: Platform | None, value: float) -> Iterator[Message]:
    """A stated throughput that is one on record with the tokens of the prompt in it; or that no chip like this is
    likely to have, and is likely without them."""
    chip = _known_chip(platform) if platform is not None else None
    if platform is None or work.inference is None or not 0 < work.inference.prompt_tokens_per_output < math.inf:
        return
    output = value / (1 + work.inference.prompt_tokens_per_output)
    if chip is not None and any(_near(value, total, 1e-3) for total in _totals().get(chip.id, ())):
        yield say("throughput_counts_prompt", value=value, output=output)
        return
    likely = without_rows(work, platform)
    if likely.band is None or not likely.value > 0:
        return
    low, high = (likely.value * end for end in likely.band)
    if value > OVER * high and low <= output <= high:
        yield say("throughput_may_count_prompt", value=value, low=low, high=high, output=output)
