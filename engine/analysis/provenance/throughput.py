"""Where throughput per chip comes from: stated, or modelled (model.md section 3)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gigaplan.engine.analysis.provenance.leaves import Given
from gigaplan.engine.analysis.provenance.node import Node, combined, constant
from gigaplan.engine.plan.schema import Workload
from gigaplan.engine.plan.throughput import BYTES_PER_PARAMETER, FALLBACK

BILLION = constant("One billion", 1e9)
TWO = constant("Operations per parameter and token", 2, "FLOP")
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


@dataclass(frozen=True)
class _Replica:
    """What the chips that hold one copy of a model can do."""

    chips: Node
    memory: Node
    weights: Node
    cache: Node
    """Per sequence."""
    compute: Node
    """Tokens a second."""
    traffic: Node
    """Bytes a second."""

    def step(self, batch: Node) -> Node:
        """The time of one step of a batch."""
        caches = combined("product", "Caches of the batch", "B", [batch, self.cache])
        moved = combined("sum", "Memory read in a step", "B", [self.weights, caches], "weights + caches")
        times = [
            combined("quotient", "By compute", "s", [batch, self.compute]),
            combined("quotient", "By memory traffic", "s", [moved, self.traffic]),
        ]
        return combined("max", "Step time", "s", times, "the slower of compute and memory traffic")


def _roofline(given: Given, w: int, p: int, label: str, unit: str) -> Node:
    """Section 3.3, each quantity in the order in which `gigaplan.engine.plan.throughput.roofline` computes it."""
    name = _executed(given, given.plan.workloads[w], p)
    tflops = [given.field("platforms", p, f"{name}_tflops"), constant("FLOP/s per TFLOP/s", 1e12)]
    peak = combined("product", f"Peak compute at {name}", "FLOP/s", tflops)
    active = combined("product", "Active parameters", "", [given.inference(w, "active_params_b"), BILLION])
    replica = _replica(given, w, p, name, peak, active)
    prompt = combined(
        "product",
        "Operations on the prompt per output token",
        "FLOP",
        [TWO, active, given.inference(w, "prompt_tokens_per_output")],
    )
    of_a_chip = combined("product", "Compute of a chip", "FLOP/s", [peak, given.inference(w, "compute_efficiency")])
    prefill = combined("quotient", "Prefill time per token", "chip-s", [prompt, of_a_chip])
    each = _time_per_sequence(replica, _batch(given, w, replica))
    decode = combined("product", "Decode time per token", "chip-s", [replica.chips, each], "chips per replica × time")
    seconds = combined("sum", "Time per token", "chip-s", [decode, prefill], "decode + prefill")
    return combined("quotient", label, unit, [constant("One", 1), seconds], ROOFLINE)


def _replica(given: Given, w: int, p: int, name: str, peak: Node, active: Node) -> _Replica:
    """The chips that hold a model at the precision `name`, by their peak compute and the model's active parameters."""
    memory = combined("product", "Memory", "B", [given.field("platforms", p, "memory_gb"), BILLION])
    width = constant(f"Bytes per parameter at {name}", BYTES_PER_PARAMETER[name], "B")
    weights = combined("product", "Weights", "B", [given.inference(w, "total_params_b"), BILLION, width])
    room = combined("product", "Weights with room to work", "B", [constant("Room", 1.2, "ratio"), weights])
    replicas = combined("quotient", "Memories that hold the weights", "chips", [room, memory])
    chips = combined("ceiling", "Chips per replica", "chips", [replicas], "1.2 × weights ÷ memory, rounded up")
    rate = combined(
        "product", "Compute of a replica", "FLOP/s", [chips, peak, given.inference(w, "compute_efficiency")]
    )
    per_token = combined("product", "Operations per token", "FLOP", [TWO, active])
    bandwidth = combined(
        "product", "Memory bandwidth", "B/s", [given.field("platforms", p, "memory_bandwidth_gb_s"), BILLION]
    )
    moved = [chips, bandwidth, given.inference(w, "bandwidth_efficiency")]
    cached = [given.inference(w, "context_tokens"), given.inference(w, "kv_bytes_per_token")]
    return _Replica(
        chips=chips,
        memory=memory,
        weights=weights,
        cache=combined("product", "Cache per sequence", "B", cached),
        compute=combined("quotient", "Tokens that compute allows", "1/s", [rate, per_token]),
        traffic=combined("product", "Memory traffic of a replica", "B/s", moved),
    )


def _time_per_sequence(replica: _Replica, batch: Node | None) -> Node:
    if batch is not None:
        parts = [replica.step(batch), batch]
        return combined("quotient", "Step time per sequence", "s", parts, "step time ÷ batch")
    limits = [
        combined("quotient", "By compute", "s", [constant("One", 1), replica.compute]),
        combined("quotient", "By memory traffic", "s", [replica.cache, replica.traffic]),
    ]
    label, formula = "Step time per sequence, however large the batch", "the slower of compute and memory traffic"
    return combined("max", label, "s", limits, formula)


def _batch(given: Given, w: int, replica: _Replica) -> Node | None:
    """The largest batch that fits in memory and keeps the token latency; None where nothing bounds it."""
    limits = []
    if replica.cache.value:
        whole = [replica.chips, replica.memory, constant("Usable part", 0.9, "fraction")]
        usable = combined("product", "Usable memory of a replica", "B", whole)
        left = combined("difference", "Memory left for caches", "B", [usable, replica.weights])
        fits = combined("quotient", "Caches that fit", "sequences", [left, replica.cache])
        limits.append(combined("floor", "Batch that fits in memory", "sequences", [fits], "rounded down"))
    model = given.plan.workloads[w].inference
    if model is not None and model.max_token_latency_ms is not None:
        limits.append(_by_latency(given, w, replica))
    if not limits:
        return None
    return combined("min", "Batch", "sequences", limits, "the smallest of its limits")


def _by_latency(given: Given, w: int, replica: _Replica) -> Node:
    seconds = combined(
        "quotient", "Slowest token", "s", [given.inference(w, "max_token_latency_ms"), constant("ms per s", 1000)]
    )
    limits = [combined("product", "By compute", "sequences", [seconds, replica.compute])]
    if replica.cache.value:
        moved = combined("product", "Memory read in that time", "B", [seconds, replica.traffic])
        left = combined("difference", "Of which caches", "B", [moved, replica.weights])
        limits.append(combined("quotient", "By memory traffic", "sequences", [left, replica.cache]))
    least = combined("min", "Batch in that time", "sequences", limits, "the smaller of compute and memory traffic")
    whole = combined("floor", "Batch within the slowest token", "sequences", [least], "rounded down")
    offset = _whole_batch_offset(whole, seconds, replica)
    if not offset:
        return whole
    rounding = constant("Where the limit falls on a whole batch", offset, "sequences")
    return combined("sum", whole.label, "sequences", [whole, rounding], "rounded down to a batch that keeps the limit")


def _whole_batch_offset(whole: Node, seconds: Node, replica: _Replica) -> int:
    """By how much rounding made the closed form miss the largest batch whose step is fast enough: -1, 0 or 1."""

    def fast(batch: float) -> bool:
        time = replica.step(constant("Batch", batch)).value
        return time is not None and seconds.value is not None and time <= seconds.value

    found = whole.value if whole.value is not None else math.nan
    if fast(found + 1):
        return 1
    return 0 if fast(found) else -1
