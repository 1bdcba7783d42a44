"""Where throughput per chip comes from: stated, or modelled (model.md section 3)."""

from __future__ import annotations

import math

from engine.provenance.given import Given
from engine.provenance.node import Node, combined, constant
from engine.schema import Workload
from engine.throughput import BYTES_PER_PARAMETER, FALLBACK

ROOFLINE = "1 ÷ (chips per replica × step time ÷ batch + prefill time per token)"


def throughput(given: Given, w: int, p: int) -> Node:
    """Work per chip of workload `w` on platform `p`, both by place: as stated, or as modelled."""
    workload, platform = given.plan.workloads[w], given.plan.platforms[p]
    # The last row of a platform is the one that the model takes.
    stated = [k for k, row in enumerate(workload.throughput) if row.platform == platform.id]
    if stated:
        return given.throughput(w, stated[-1], platform.name)
    label, unit = f"{workload.name} per chip of {platform.name}", f"{workload.unit} per chip"
    if workload.unit == "PFLOP/s":
        name = _executed(given, workload, p)
        peak = given.field("platforms", p, f"{name}_tflops")
        factors = [peak, constant("PFLOP/s per TFLOP/s", 1e-3), given.field("workloads", w, "utilisation")]
        modelled = combined("product", label, unit, factors, f"peak at {name} × utilisation")
    else:
        modelled = _roofline(given, w, p, label, unit)
    return _modelled(modelled)


def _modelled(node: Node) -> Node:
    return Node(node.label, node.value, node.unit, node.operation, node.formula, basis="modelled", parts=node.parts)


def _executed(given: Given, workload: Workload, p: int) -> str:
    """The precision that the chip computes in: fp4 falls back to fp8, fp8 to bf16."""
    platform = given.plan.platforms[p]
    return next(name for name in FALLBACK[workload.precision] if getattr(platform, f"{name}_tflops") is not None)


def _roofline(given: Given, w: int, p: int, label: str, unit: str) -> Node:
    """Section 3.3, each quantity in the order in which `engine.throughput.roofline` computes it."""
    name = _executed(given, given.plan.workloads[w], p)
    billion = constant("One billion", 1e9)
    peak = combined(
        "product",
        f"Peak compute at {name}",
        "FLOP/s",
        [given.field("platforms", p, f"{name}_tflops"), constant("FLOP/s per TFLOP/s", 1e12)],
    )
    bandwidth = combined(
        "product", "Memory bandwidth", "B/s", [given.field("platforms", p, "memory_bandwidth_gb_s"), billion]
    )
    memory = combined("product", "Memory", "B", [given.field("platforms", p, "memory_gb"), billion])
    width = constant(f"Bytes per parameter at {name}", BYTES_PER_PARAMETER[name], "B")
    weights = combined("product", "Weights", "B", [given.inference(w, "total_params_b"), billion, width])
    active = combined("product", "Active parameters", "", [given.inference(w, "active_params_b"), billion])
    cache = combined(
        "product",
        "Cache per sequence",
        "B",
        [given.inference(w, "context_tokens"), given.inference(w, "kv_bytes_per_token")],
    )
    room = combined("product", "Weights with room to work", "B", [constant("Room", 1.2, "ratio"), weights])
    replicas = combined("quotient", "Memories that hold the weights", "chips", [room, memory])
    chips = combined("ceiling", "Chips per replica", "chips", [replicas], "1.2 × weights ÷ memory, rounded up")
    efficiency = given.inference(w, "compute_efficiency")
    two = constant("Operations per parameter and token", 2, "FLOP")
    per_token = combined("product", "Operations per token", "FLOP", [two, active])
    rate = combined("product", "Compute of a replica", "FLOP/s", [chips, peak, efficiency])
    compute = combined("quotient", "Tokens that compute allows", "1/s", [rate, per_token])
    traffic = combined(
        "product", "Memory traffic of a replica", "B/s", [chips, bandwidth, given.inference(w, "bandwidth_efficiency")]
    )
    batch = _batch(given, w, chips, memory, weights, cache, compute, traffic)
    if batch is None:
        each = combined(
            "max",
            "Step time per sequence, however large the batch",
            "s",
            [
                combined("quotient", "By compute", "s", [constant("One", 1), compute]),
                combined("quotient", "By memory traffic", "s", [cache, traffic]),
            ],
            "the slower of compute and memory traffic",
        )
    else:
        each = combined(
            "quotient",
            "Step time per sequence",
            "s",
            [_step(batch, weights, cache, compute, traffic), batch],
            "step time ÷ batch",
        )
    prompt = combined(
        "product",
        "Operations on the prompt per output token",
        "FLOP",
        [two, active, given.inference(w, "prompt_tokens_per_output")],
    )
    prefill = combined(
        "quotient",
        "Prefill time per token",
        "chip-s",
        [
            prompt,
            combined("product", "Compute of a chip", "FLOP/s", [peak, efficiency]),
        ],
    )
    decode = combined("product", "Decode time per token", "chip-s", [chips, each], "chips per replica × time")
    seconds = combined("sum", "Time per token", "chip-s", [decode, prefill], "decode + prefill")
    return combined("quotient", label, unit, [constant("One", 1), seconds], ROOFLINE)


def _step(batch: Node, weights: Node, cache: Node, compute: Node, traffic: Node) -> Node:
    """The time of one step of a batch."""
    caches = combined("product", "Caches of the batch", "B", [batch, cache])
    moved = combined("sum", "Memory read in a step", "B", [weights, caches], "weights + caches")
    times = [
        combined("quotient", "By compute", "s", [batch, compute]),
        combined("quotient", "By memory traffic", "s", [moved, traffic]),
    ]
    return combined("max", "Step time", "s", times, "the slower of compute and memory traffic")


def _batch(
    given: Given, w: int, chips: Node, memory: Node, weights: Node, cache: Node, compute: Node, traffic: Node
) -> Node | None:
    """The largest batch that fits in memory and keeps the token latency; None where nothing bounds it."""
    limits = []
    if cache.value:
        usable = combined(
            "product", "Usable memory of a replica", "B", [chips, memory, constant("Usable part", 0.9, "fraction")]
        )
        left = combined("difference", "Memory left for caches", "B", [usable, weights])
        fits = combined("quotient", "Caches that fit", "sequences", [left, cache])
        limits.append(combined("floor", "Batch that fits in memory", "sequences", [fits], "rounded down"))
    model = given.plan.workloads[w].inference
    if model is not None and model.max_token_latency_ms is not None:
        limits.append(_by_latency(given, w, weights, cache, compute, traffic))
    if not limits:
        return None
    return combined("min", "Batch", "sequences", limits, "the smallest of its limits")


def _by_latency(given: Given, w: int, weights: Node, cache: Node, compute: Node, traffic: Node) -> Node:
    seconds = combined(
        "quotient", "Slowest token", "s", [given.inference(w, "max_token_latency_ms"), constant("ms per s", 1000)]
    )
    limits = [combined("product", "By compute", "sequences", [seconds, compute])]
    if cache.value:
        moved = combined("product", "Memory read in that time", "B", [seconds, traffic])
        left = combined("difference", "Of which caches", "B", [moved, weights])
        limits.append(combined("quotient", "By memory traffic", "sequences", [left, cache]))
    least = combined("min", "Batch in that time", "sequences", limits, "the smaller of compute and memory traffic")
    whole = combined("floor", "Batch within the slowest token", "sequences", [least], "rounded down")
    offset = _whole_batch_offset(whole, seconds, weights, cache, compute, traffic)
    if not offset:
        return whole
    rounding = constant("Where the limit falls on a whole batch", offset, "sequences")
    return combined("sum", whole.label, "sequences", [whole, rounding], "rounded down to a batch that keeps the limit")


def _whole_batch_offset(whole: Node, seconds: Node, weights: Node, cache: Node, compute: Node, traffic: Node) -> int:
    """By how much rounding made the closed form miss the largest batch whose step is fast enough: -1, 0 or 1."""

    def fast(batch: float) -> bool:
        time = _step(constant("Batch", batch), weights, cache, compute, traffic).value
        return time is not None and seconds.value is not None and time <= seconds.value

    found = whole.value if whole.value is not None else math.nan
    if fast(found + 1):
        return 1
    return 0 if fast(found) else -1
