"""Throughput as the model's first edition had it, to show what the second changed: a roofline of one replica."""

from __future__ import annotations

import math

from gigaplan.engine.catalogue import PlatformEntry
from gigaplan.engine.plan.serving import TokenWork

WIDTH = {"bf16": 2.0, "fp8": 1.0, "fp4": 0.5}
RUNS_AT = {"bf16": ("bf16",), "fp8": ("fp8", "bf16"), "fp4": ("fp4", "fp8", "bf16")}
COMPUTE, BANDWIDTH = 0.5, 0.7


def roofline(work: TokenWork, chip: PlatformEntry) -> float:
    """Output tokens per second and chip; 0 where it serves nothing."""
    precision = next((p for p in RUNS_AT[work.precision] if getattr(chip, f"peak_{p}_dense_tflops")), None)
    if precision is None or not chip.memory_gb or not chip.memory_bandwidth_gb_s:
        return 0.0
    peak = getattr(chip, f"peak_{precision}_dense_tflops") * 1e12
    weights = work.total_params_b * 1e9 * WIDTH[precision]
    memory, cache = chip.memory_gb * 1e9, work.cache
    group = math.ceil(1.2 * weights / memory)
    compute = group * peak * COMPUTE / (2 * work.active)
    traffic = group * chip.memory_bandwidth_gb_s * 1e9 * BANDWIDTH
    batch = math.floor((group * memory * 0.9 - weights) / cache)
    if work.limit_ms is not None:
        seconds = work.limit_ms / 1000
        batch = min(batch, math.floor(seconds * compute), math.floor((seconds * traffic - weights) / cache))
    if batch < 1:
        return 0.0
    step = max(batch / compute, (weights + batch * cache) / traffic)
    prefill = 2 * work.active * work.prompt_tokens_per_output / (peak * COMPUTE)
    return 1 / (group * step / batch + prefill)
