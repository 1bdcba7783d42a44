"""Predicted against measured throughput: every measurement in the catalogue with its model, precision and lengths."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from gigaplan.engine.catalogue import PlatformEntry, load_catalogue, output_tokens
from gigaplan.engine.plan.measured_curves import measured_fronts
from gigaplan.engine.plan.serving import Chips, Front, TokenWork, modelled_band, served
from tests.validation.edition_1 import roofline

CLASSES = ("<= 12.5 ms", "12.5-25 ms", "25-50 ms", "> 50 ms", "none stated")
TIE = 1.05
"""Two measured throughputs nearer than this factor are a tie: no order is asked of them."""


@dataclass(frozen=True)
class Measurement:
    """One measured throughput, and what is predicted for it without any measurement."""

    origin: str
    """curve or row."""
    platform: str
    model: str
    dense: bool
    work: TokenWork
    measured: float
    before: float
    """By the first edition; 0 where it refused."""
    after: float
    """By the formula; 0 where it refuses."""
    band: tuple[float, float] | None

    @property
    def latency(self) -> str:
        """Its class of token latency."""
        limit = self.work.limit_ms
        if limit is None:
            return CLASSES[4]
        return CLASSES[0] if limit <= 12.5 else CLASSES[1] if limit <= 25 else CLASSES[2] if limit <= 50 else CLASSES[3]


def work_of(model: str, precision: str, prompt: float, output: float, limit_ms: float | None) -> TokenWork | None:
    """The served model of a measurement; None where the catalogue does not know its size."""
    entry = load_catalogue().models[model]
    cache = entry.kv_bytes_per_token(precision)
    if cache is None or entry.total_params_b is None or entry.active_params_b is None:
        return None
    return TokenWork(
        model=model,
        precision=precision,
        total_params_b=entry.total_params_b,
        active_params_b=entry.active_params_b,
        context_tokens=prompt + output / 2,
        prompt_tokens_per_output=prompt / output,
        kv_bytes_per_token=cache,
        limit_ms=limit_ms,
    )


@dataclass(frozen=True)
class _Row:
    """A chip of the catalogue under the names that `Chips.of` reads."""

    stack: str
    bf16_tflops: float | None
    fp8_tflops: float | None
    fp4_tflops: float | None
    memory_gb: float | None
    memory_bandwidth_gb_s: float | None
    scale_up_chips: float | None
    serving_efficiency: float | None = None


def chips_of(entry: PlatformEntry) -> Chips:
    """A chip of the catalogue as the formula takes it, also where a plan could not use it yet."""
    return Chips.of(
        [
            _Row(
                entry.stack,
                entry.peak_bf16_dense_tflops,
                entry.peak_fp8_dense_tflops,
                entry.peak_fp4_dense_tflops,
                entry.memory_gb,
                entry.memory_bandwidth_gb_s,
                entry.scale_up_chips,
            )
        ]
    )


def measurements() -> list[Measurement]:
    """Every point of a curve and every row of the catalogue that can be predicted."""
    found = []
    for point in load_catalogue().serving_curves.values():
        shape = (point.model, point.precision, point.prompt_tokens, point.output_tokens, point.token_latency_ms)
        found.append(_measurement("curve", point.platform, point.model, work_of(*shape), point.tokens_s_chip))
    for row in load_catalogue().inference_throughput.values():
        rate, known = output_tokens(row), row.model_id and row.precision in ("bf16", "fp8", "fp4")
        if rate and known and row.input_len and row.output_len:
            work = work_of(row.model_id, row.precision, row.input_len, row.output_len, row.tpot_ms)
            found.append(_measurement("row", row.platform_id, row.model_id, work, rate))
    return [m for m in found if m is not None]


def _measurement(origin: str, platform: str, model: str, work: TokenWork | None, measured: float) -> Measurement | None:
    if work is None:
        return None
    chip = load_catalogue().platforms[platform]
    after = served(work, chips_of(chip), chip.stack).value
    dense = work.active_share >= 0.999
    band = modelled_band(work, chip.stack)
    return Measurement(origin, platform, model, dense, work, measured, roofline(work, chip), after, band)


@dataclass(frozen=True)
class Score:
    """How well a class of measurements is predicted; a refusal counts as outside of everything."""

    count: int
    refused: int
    within_1_5: float
    within_2: float
    p10: float
    p50: float
    p90: float
    """Of predicted over measured, of those that are not refused."""
    in_band: float


def score(members: Sequence[Measurement], predicted: Callable[[Measurement], float]) -> Score:
    """The score of a class by one way of predicting. Shares are fractions of all members."""
    ratios = np.array([predicted(m) / m.measured for m in members])
    served_ones = ratios[ratios > 0]
    off = np.abs(np.log(served_ones))
    inside = sum(
        predicted(m) * m.band[0] <= m.measured <= predicted(m) * m.band[1]
        for m in members
        if m.band and predicted(m) > 0
    )
    quantiles = np.quantile(served_ones, (0.1, 0.5, 0.9)) if served_ones.size else (math.nan,) * 3
    count = len(members)
    return Score(
        count,
        int((ratios <= 0).sum()),
        float((off <= math.log(1.5)).sum() / count),
        float((off <= math.log(2)).sum() / count),
        *(float(q) for q in quantiles),
        inside / count,
    )


@dataclass(frozen=True)
class Order:
    """Of pairs of chips measured on the same work: how many, and how many are named rightly by each way."""

    pairs: int
    before: int
    after: int
    undecided_before: int
    """Pairs of which the first edition refused both chips."""


def order_of_chips() -> Order:
    """Each measured point against every other chip's curve for the same model, precision and shape, where the other
    was measured on both sides of its token latency."""
    curves: dict[tuple[str, str, float, float], dict[str, Front]] = defaultdict(dict)
    for (platform, model, precision), fronts in measured_fronts().items():
        for front in fronts:
            curves[model, precision, front.prompt_tokens, front.output_tokens][platform] = front
    pairs = before = after = undecided = 0
    for (model, precision, prompt, output), by_chip in curves.items():
        for one, other in itertools.permutations(by_chip, 2):
            for latency, rate in zip(by_chip[one].latency_ms, by_chip[one].rate, strict=True):
                against = _at(by_chip[other], float(latency))
                work = work_of(model, precision, prompt, output, float(latency))
                if against is None or work is None or max(rate / against, against / rate) < TIE:
                    continue
                pairs += 1
                old = [roofline(work, load_catalogue().platforms[p]) for p in (one, other)]
                new = [_formula(work, p) for p in (one, other)]
                undecided += old == [0.0, 0.0]
                before += old[0] != old[1] and (old[0] > old[1]) == (rate > against)
                after += new[0] != new[1] and (new[0] > new[1]) == (rate > against)
    return Order(pairs, before, after, undecided)


def _formula(work: TokenWork, platform: str) -> float:
    chip = load_catalogue().platforms[platform]
    return served(work, chips_of(chip), chip.stack).value


def _at(front: Front, latency: float) -> float | None:
    if not front.latency_ms[0] <= latency <= front.latency_ms[-1]:
        return None
    return math.exp(float(np.interp(math.log(latency), np.log(front.latency_ms), np.log(front.rate))))


def left_out_points() -> list[float]:
    """Predicted over measured of each inner point of a front, interpolated between its neighbours."""
    ratios = []
    for fronts in measured_fronts().values():
        for front in fronts:
            for k in range(1, len(front.rate) - 1):
                rest = [i for i in range(len(front.rate)) if i != k]
                x, y = np.log(front.latency_ms[rest]), np.log(front.rate[rest])
                ratios.append(math.exp(float(np.interp(math.log(front.latency_ms[k]), x, y))) / front.rate[k])
    return ratios


def cut_fronts() -> dict[str, list[float]]:
    """Predicted over measured of points beyond the end of a front that was cut in half: slower ones, and faster."""
    found: dict[str, list[float]] = {"slower": [], "faster": []}
    for (platform, model, precision), fronts in measured_fronts().items():
        chip = load_catalogue().platforms[platform]
        for front in fronts:
            half = len(front.rate) // 2
            if half < 1:
                continue
            for name, kept, asked in (
                ("slower", slice(None, half), range(half, len(front.rate))),
                ("faster", slice(half, None), range(half)),
            ):
                part = Front(front.prompt_tokens, front.output_tokens, front.latency_ms[kept], front.rate[kept])
                for k in asked:
                    limit = float(front.latency_ms[k])
                    work = work_of(model, precision, front.prompt_tokens, front.output_tokens, limit)
                    if work is not None:
                        got = served(work, chips_of(chip), chip.stack, [part]).value
                        found[name].append(got / float(front.rate[k]))
    return found


def grouped(members: Iterable[Measurement], key: Callable[[Measurement], str]) -> dict[str, list[Measurement]]:
    """Measurements by a class, in the order in which the classes appear."""
    found: dict[str, list[Measurement]] = defaultdict(list)
    for m in members:
        found[key(m)].append(m)
    return dict(found)
