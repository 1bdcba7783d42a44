"""Output tokens per second and chip of a served model: measured curves, and the formula where there are none
(model.md section 3, rules 3 and 4).

`CONSTANTS` and `BANDS` were fitted to 1,381 public measurements (InferenceX frontiers as published with NVIDIA's
aiconfigurator, the TensorRT-LLM performance overview, MLPerf Inference, InferenceX pages; as of November 2026):
Nelder-Mead on the Huber loss of ln(predicted / measured), each set of measurements with equal weight, the pages with
0.3. Eighteen whole (platform, model) combinations were held out by a fixed seed before the fit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Band = tuple[float, float]
"""The factors between which eight cases of ten lie: value x low ... value x high."""
Limit = Literal["precision", "memory", "first token", "latency"]

WEIGHT_BYTES = {"bf16": 2.0, "fp8": 1.0, "fp4": 0.5}
"""Bytes a parameter, native: a 4-bit model keeps its half byte on a chip that computes it at fp8."""
RUNS_AT = {"bf16": ("bf16",), "fp8": ("fp8", "bf16"), "fp4": ("fp4", "fp8", "bf16")}
"""The precisions at which a chip may compute work of a precision."""


class Constants(Struct, frozen=True):
    """What the formula assumes of every chip and every server; fitted, but where it says chosen."""

    compute_efficiency: float = 0.67
    bandwidth_efficiency: float = 0.60
    step_seconds: float = 2.9e-3
    """Of a decoding step beside compute and traffic, at `step_parameters` active parameters; it grows with their cube
    root."""
    step_parameters: float = 37e9
    group_exponent: float = 0.22
    """A group of G chips does G^(1 - this) of the work of one."""
    domain_exponent: float = 0.32
    """And less by this power of what it exceeds the fast links by."""
    sparsity_exponent: float = 0.5
    """A mixture of experts computes at this power of active / total parameters, of a dense model's speed."""
    fp4_efficiency: float = 0.6
    """Of the fp4 peak, beside `compute_efficiency`."""
    memory_share: float = 0.9
    """Of memory that weights and KV cache may fill; chosen."""
    groups: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
    """Chips that serve one copy of the model; chosen."""
    scale_up_chips: float = 8.0
    """Chips joined by fast links where nothing is said; chosen."""


CONSTANTS = Constants()
STACK_EFFICIENCY = {"cuda": 1.0, "rocm": 0.75, "xla": 0.33}
"""What the serving software of a stack makes of the formula; fitted (xla on eleven figures of its vendor)."""
UNMEASURED_STACK_EFFICIENCY = 0.5
"""Of a stack that nobody measured: assumed, and so without a band."""

BANDS: dict[tuple[str, ...], Band] = {
    ("cuda",): (0.51, 2.58),
    ("cuda", "dense"): (0.53, 1.61),
    ("cuda", "dense", "12.5-25"): (0.57, 1.39),
    ("cuda", "dense", "25-50"): (0.64, 1.91),
    ("cuda", "dense", "<=12.5"): (0.36, 2.01),
    ("cuda", "dense", ">50"): (0.8, 1.35),
    ("cuda", "dense", "bf16", "12.5-25"): (0.53, 0.71),
    ("cuda", "dense", "bf16", "25-50"): (0.61, 0.78),
    ("cuda", "dense", "bf16", "<=12.5"): (0.26, 0.87),
    ("cuda", "dense", "fp4", ">50"): (0.82, 1.2),
    ("cuda", "dense", "fp8", "12.5-25"): (0.75, 1.49),
    ("cuda", "dense", "fp8", "25-50"): (0.92, 2.2),
    ("cuda", "dense", "fp8", "<=12.5"): (0.43, 2.07),
    ("cuda", "dense", "fp8", ">50"): (0.82, 1.37),
    ("cuda", "moe"): (0.5, 3.34),
    ("cuda", "moe", "12.5-25"): (0.51, 3.02),
    ("cuda", "moe", "25-50"): (0.38, 2.9),
    ("cuda", "moe", "<=12.5"): (0.59, 5.69),
    ("cuda", "moe", ">50"): (0.46, 1.59),
    ("cuda", "moe", "fp4", "12.5-25"): (0.53, 3.59),
    ("cuda", "moe", "fp4", "25-50"): (0.33, 3.14),
    ("cuda", "moe", "fp4", "<=12.5"): (0.86, 6.09),
    ("cuda", "moe", "fp4", ">50"): (0.59, 1.67),
    ("cuda", "moe", "fp8", "12.5-25"): (0.69, 3.13),
    ("cuda", "moe", "fp8", "25-50"): (0.51, 2.75),
    ("cuda", "moe", "fp8", "<=12.5"): (0.65, 5.33),
    ("cuda", "moe", "fp8", ">50"): (0.4, 1.51),
    ("rocm",): (0.57, 3.64),
    ("rocm", "moe"): (0.56, 3.78),
    ("xla",): (0.34, 2.48),
}
"""P10 and P90 of predicted / measured by class: stack, dense or moe, precision, token latency in ms."""
LATENCY_CLASSES = ((12.5, "<=12.5"), (25.0, "12.5-25"), (50.0, "25-50"), (math.inf, ">50"))
DENSE_FROM = 0.999
"""Active over total parameters from which a model counts as dense."""

NEAR = 1.5
"""How far the prompt:output ratio and the context of a measured front may be from those of the workload: a factor."""
BEYOND_EXPONENT = 1.6
"""Power of the token latency by which throughput is let rise beyond the slowest point, or fall beyond the fastest."""
MEASURED_BAND: Band = (0.95, 1.22)
SLOWER_BANDS: tuple[tuple[float, Band], ...] = ((1.5, (0.95, 1.52)), (3.0, (0.76, 2.38)), (math.inf, (0.73, 2.38)))
"""By how far the limit is beyond the slowest point of a front: a factor."""
FASTER_BANDS: tuple[tuple[float, Band], ...] = ((1.5, (0.55, 1.33)), (3.0, (0.20, 1.47)), (math.inf, (0.20, 2.33)))
"""By how far the limit is below the fastest point of a front: a factor."""


class TokenWork(Struct, frozen=True, kw_only=True):
    """A served model, and what its users ask for."""

    model: str | None = None
    """The id of the model in the catalogue, whose measured curves count."""
    precision: str
    total_params_b: float
    active_params_b: float
    context_tokens: float
    """Prompt and half of the answer: the mean while answering."""
    prompt_tokens_per_output: float
    kv_bytes_per_token: float
    limit_ms: float | None = None
    """The slowest token allowed; None for no limit."""
    weight_bytes: float | None = None
    prefix_cache_fraction: float = 0.0
    speculative_gain: float = 1.0
    time_to_first_token_ms: float | None = None
    compute_efficiency: float = CONSTANTS.compute_efficiency
    bandwidth_efficiency: float = CONSTANTS.bandwidth_efficiency

    @property
    def active(self) -> float:
        """Active parameters."""
        return self.active_params_b * 1e9

    @property
    def active_share(self) -> float:
        """Active over total parameters, 1 at most."""
        return min(1.0, self.active_params_b / self.total_params_b)

    @property
    def weights(self) -> float:
        """Bytes of all weights."""
        each = WEIGHT_BYTES[self.precision] if self.weight_bytes is None else self.weight_bytes
        return self.total_params_b * 1e9 * each

    @property
    def cache(self) -> float:
        """Bytes of KV cache of one sequence."""
        return self.context_tokens * self.kv_bytes_per_token

    @property
    def prompt_tokens(self) -> float:
        """Of one request: context = prompt + answer / 2, prompt = ratio x answer."""
        ratio = self.prompt_tokens_per_output
        return ratio * self.context_tokens / (ratio + 0.5)

    @property
    def uncached(self) -> float:
        """Share of the prompt that is not found in a cache."""
        return 1 - self.prefix_cache_fraction

    @property
    def limit_s(self) -> float:
        """Seconds per token allowed; infinite where there is no limit."""
        return math.inf if self.limit_ms is None else self.limit_ms / 1000

    @property
    def step_overhead_s(self) -> float:
        """Seconds of a decoding step beside compute and traffic."""
        return CONSTANTS.step_seconds * float((self.active / CONSTANTS.step_parameters) ** (1 / 3))


class Chips(Struct, frozen=True):
    """Platforms as arrays, [P] each; what is not given is NaN."""

    peak_tflops: dict[str, Floats]
    """By precision, dense."""
    memory_gb: Floats
    """GB of 10^9 bytes."""
    bandwidth_gb_s: Floats
    scale_up_chips: Floats
    efficiency: Floats
    """What the serving software makes of the formula: 1 is CUDA's."""

    @classmethod
    def of(cls, platforms: Sequence[Any]) -> Chips:
        """The arrays of rows of `platforms`, in their order."""

        def column(name: str) -> Floats:
            return np.array([np.nan if (v := getattr(p, name)) is None else v for p in platforms], dtype=float)

        stack = np.array([STACK_EFFICIENCY.get(p.stack, UNMEASURED_STACK_EFFICIENCY) for p in platforms], dtype=float)
        own = column("serving_efficiency")
        domain = column("scale_up_chips")
        return cls(
            {name: column(f"{name}_tflops") for name in WEIGHT_BYTES},
            column("memory_gb"),
            column("memory_bandwidth_gb_s"),
            np.where(np.isnan(domain), CONSTANTS.scale_up_chips, domain),
            np.where(np.isnan(own), stack, own),
        )

    def peak(self, precision: str) -> Floats:
        """[P] the largest peak at which work of a precision may run, TFLOP/s; 0 where there is none."""
        return self._largest(precision, dict.fromkeys(WEIGHT_BYTES, 1.0))

    def serving_peak(self, precision: str) -> Floats:
        """[P] the same for tokens, where fp4 reaches `fp4_efficiency` of its peak."""
        return self._largest(precision, {"bf16": 1.0, "fp8": 1.0, "fp4": CONSTANTS.fp4_efficiency})

    def _largest(self, precision: str, share: dict[str, float]) -> Floats:
        peaks = [np.nan_to_num(self.peak_tflops[name] * share[name]) for name in RUNS_AT[precision]]
        return np.asarray(np.max(peaks, axis=0))


class Groups(Struct, frozen=True):
    """What groups of 1, 2, 4 ... 512 chips do, [P, G] each: a row for each platform, a column for each group."""

    chips: Floats
    """[G] chips of a group."""
    efficiency: Floats
    """Of a chip in the group."""
    memory_sequences: Floats
    """Sequences that fit in memory beside the weights."""
    per_sequence: Floats
    """Seconds by which each sequence lengthens a step: its cache read, its token computed."""
    weight_seconds: Floats
    """Seconds in which the group reads all weights."""
    prefill: Floats
    """Group-seconds per output token."""
    first_token: Floats
    """Seconds to compute one prompt, with nothing else to do, and a step."""
    sequences: Floats
    """The most that memory and the token latency allow; below 1 or NaN: it cannot serve."""
    rate: Floats
    """Output tokens per second and chip, 0 where it cannot serve."""


def groups(work: TokenWork, chips: Chips) -> Groups:
    """Every group of every platform that could serve `work` (rule 4)."""
    size = np.array(CONSTANTS.groups, dtype=float)
    beyond = np.maximum(1.0, size / chips.scale_up_chips[:, None])
    efficiency = chips.efficiency[:, None] * size**-CONSTANTS.group_exponent * beyond**-CONSTANTS.domain_exponent
    share = work.active_share
    with np.errstate(divide="ignore", invalid="ignore"):
        peak = chips.serving_peak(work.precision)[:, None] * 1e12
        compute = size * peak * work.compute_efficiency * share**CONSTANTS.sparsity_exponent * efficiency
        traffic = size * chips.bandwidth_gb_s[:, None] * 1e9 * work.bandwidth_efficiency * efficiency
        memory = CONSTANTS.memory_share * size * chips.memory_gb[:, None] * 1e9
        room = memory - work.weights
        by_memory = np.where(room >= 0, room, np.nan) / work.cache if work.cache > 0 else np.where(room >= 0, np.inf, 0)
        per_sequence = work.cache / traffic + 2 * work.active / compute
        weight_seconds = work.weights / traffic
        prefill = 2 * work.active * work.prompt_tokens_per_output * work.uncached / compute
        first = 2 * work.active * work.prompt_tokens * work.uncached / compute + work.step_overhead_s
        by_latency = _sequences_in_time(work, per_sequence, prefill, weight_seconds)
        n = np.minimum(by_memory, by_latency)
        serves = n >= 1
        if work.time_to_first_token_ms is not None:
            serves &= first <= work.time_to_first_token_ms / 1000
        touched = weight_seconds * share / ((1 - share) / n + share)
        # Seconds of a step for each of its n sequences; n may have no end.
        each = (work.step_overhead_s + touched) / n + per_sequence
        rate = np.where(serves, 1 / (size * (each / work.speculative_gain + prefill)), 0.0)
    rate = np.where(np.isfinite(rate), rate, 0.0)
    return Groups(size, efficiency, by_memory, per_sequence, weight_seconds, prefill, first, n, rate)


def _sequences_in_time(work: TokenWork, per_sequence: Floats, prefill: Floats, weight_seconds: Floats) -> Floats:
    """[P, G] the most sequences whose step, and the prefill of the requests that arrive meanwhile, keep the limit.

    The positive root of b r n^2 + (b (1 - r) + (t0 - L g + w) r) n + (t0 - L g) (1 - r) = 0, in the form that loses no
    digits.
    """
    if work.limit_ms is None:
        return np.full(per_sequence.shape, np.inf)
    gain, share = work.speculative_gain, work.active_share
    spare = work.step_overhead_s - work.limit_s * gain
    if spare >= 0:
        return np.zeros(per_sequence.shape)
    each = per_sequence + prefill * gain
    square = each * share
    linear = each * (1 - share) + (spare + weight_seconds) * share
    rest = spare * (1 - share)
    root = np.sqrt(linear * linear - 4 * square * rest)
    return np.where(linear <= 0, (root - linear) / (2 * square), -2 * rest / (linear + root))


def token_rate(work: TokenWork, chips: Chips) -> Floats:
    """[P] output tokens per second and chip by the formula, at the best group size; 0 where it cannot serve."""
    return np.asarray(groups(work, chips).rate.max(axis=1, initial=0.0))


def modelled_band(work: TokenWork, stack: str) -> Band | None:
    """The band of a modelled throughput; None for a stack that nobody measured.

    The wider ends of the two finest classes that were measured often enough to stand in `BANDS`.
    """
    shape = "dense" if work.active_params_b / work.total_params_b >= DENSE_FROM else "moe"
    limit = math.inf if work.limit_ms is None else work.limit_ms
    latency = next(name for most, name in LATENCY_CLASSES if limit <= most)
    keys = ((stack, shape, work.precision, latency), (stack, shape, latency), (stack, shape), (stack,))
    found = [BANDS[key] for key in keys if key in BANDS][:2]
    if not found:
        return None
    return 1 / max(high for _, high in found), 1 / min(low for low, _ in found)


class NotServable(Struct, frozen=True):
    """Which limit keeps a chip from serving a model, and the nearest value that would do."""

    limit: Limit
    nearest: float | None = None
    """GB of memory, or ms of token latency or to the first token; None where no value would do."""


def refused(work: TokenWork, chips: Chips) -> NotServable:
    """Why the formula gives nothing on the first of `chips`.

    The limit named is one that suffices, where relaxing one suffices; its nearest value is that for the group which
    needs the least.
    """
    if not chips.serving_peak(work.precision)[0] > 0:
        return NotServable("precision")
    found = groups(work, chips)
    size, share, gain = found.chips, work.active_share, work.speculative_gain
    one = (work.step_overhead_s + found.per_sequence[0] + found.weight_seconds[0] * share) / gain + found.prefill[0]
    first = found.first_token[0]
    first_limit = math.inf if work.time_to_first_token_ms is None else work.time_to_first_token_ms / 1000
    holds = found.memory_sequences[0] >= 1
    needs: dict[Limit, tuple[NDArray[np.bool_], Floats]] = {
        "memory": (holds, (work.weights + work.cache) / (CONSTANTS.memory_share * size) / 1e9),
        "first token": (first <= first_limit, first * 1000),
        "latency": (one <= work.limit_s, one * 1000),
    }
    failing: list[Limit] = [limit for limit, (met, _) in needs.items() if not met.all()]
    for limit in failing:
        others = np.all([met for name, (met, _) in needs.items() if name != limit], axis=0)
        nearest = np.where(others & np.isfinite(needs[limit][1]), needs[limit][1], np.inf).min()
        if np.isfinite(nearest):
            return NotServable(limit, float(nearest))
    limit = next((name for name, (met, _) in needs.items() if not met.any()), "latency")
    return NotServable(limit)


class Front(Struct, frozen=True):
    """Measured points of one platform, model, precision and shape, the fastest token first: [K] each."""

    prompt_tokens: float
    output_tokens: float
    latency_ms: Floats
    rate: Floats
    """Output tokens per second and chip."""
    engine: str = ""
    """The serving software and its version."""
    source: str = ""
    as_of: str = ""
    basis: Literal["measured", "vendor", "modelled"] = "measured"

    def distance(self, work: TokenWork) -> float:
        """How far its prompt:output ratio or its context is from those of `work`, as the logarithm of a factor."""
        ratio, context = self.prompt_tokens / self.output_tokens, self.prompt_tokens + self.output_tokens / 2
        wanted = work.prompt_tokens_per_output
        if not (ratio > 0 and wanted > 0 and context > 0 and work.context_tokens > 0):
            same = ratio == wanted and context == work.context_tokens
            return 0.0 if same else math.inf
        return max(abs(math.log(ratio / wanted)), abs(math.log(context / work.context_tokens)))


class Served(Struct, frozen=True):
    """Tokens per second and chip, what they rest on, and how far they may be off."""

    value: float
    basis: Literal["measured", "vendor", "modelled"]
    band: Band | None
    front: Front | None = None
    """The measured curve that gave the value, or an end of it."""


def nearest_front(work: TokenWork, fronts: Sequence[Front]) -> Front | None:
    """The front whose shape is near that of `work`; None where none is, or where curves do not apply (rule 3)."""
    if work.prefix_cache_fraction != 0 or work.speculative_gain != 1 or not fronts:
        return None
    front = min(fronts, key=lambda f: f.distance(work))
    return front if front.distance(work) <= math.log(NEAR) * (1 + 1e-12) else None


def served(
    work: TokenWork, chips: Chips, stack: str, fronts: Sequence[Front] = (), formula: float | None = None
) -> Served:
    """What the first of `chips` gives: by a measured curve near the shape of `work`, else by the formula.

    `fronts` are those of its platform, the model and the precision; `formula` is what `token_rate` gave, where that
    is known.
    """
    modelled = float(token_rate(work, chips)[0]) if formula is None else formula
    front = nearest_front(work, fronts)
    if front is None:
        return Served(modelled, "modelled", modelled_band(work, stack) if modelled > 0 else None)
    if work.time_to_first_token_ms is not None and not _answers_in_time(work, chips):
        return Served(0.0, "modelled", None)
    return _by_front(work, front, modelled)


def _answers_in_time(work: TokenWork, chips: Chips) -> bool:
    """Whether any group computes one prompt within the limit to the first token."""
    first = groups(work, chips).first_token[0]
    return bool((first * 1000 <= (work.time_to_first_token_ms or 0.0)).any())


def _by_front(work: TokenWork, front: Front, formula: float) -> Served:
    """The front at the limit; beyond its ends the formula, held between two power laws that meet at the end."""
    limit = math.inf if work.limit_ms is None else work.limit_ms
    fastest, slowest = float(front.latency_ms[0]), float(front.latency_ms[-1])
    if limit > slowest:
        x, y = limit / slowest, float(front.rate[-1])
        value = max(y, min(formula, y * x**BEYOND_EXPONENT))
        return Served(value, "modelled", _band_at(x, SLOWER_BANDS), front)
    if limit < fastest:
        x, y = limit / fastest, float(front.rate[0])
        value = min(y * x, max(formula, y * x**BEYOND_EXPONENT)) if formula > 0 else 0.0
        return Served(value, "modelled", _band_at(fastest / limit, FASTER_BANDS) if value > 0 else None, front)
    value = math.exp(float(np.interp(math.log(limit), np.log(front.latency_ms), np.log(front.rate))))
    return Served(value, front.basis, MEASURED_BAND if front.basis == "measured" else None, front)


def _band_at(factor: float, bands: tuple[tuple[float, Band], ...]) -> Band:
    return next(band for most, band in bands if factor <= most)
