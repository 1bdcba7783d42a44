"""Edition 2 of the model, section 3: throughput per chip with its basis and band, and goodput (section C)."""

import itertools
import math
from dataclasses import dataclass

PRECISIONS = {"fp4": ["fp4", "fp8", "bf16"], "fp8": ["fp8", "bf16"], "bf16": ["bf16"]}
PEAK = {"fp4": "fp4_tflops", "fp8": "fp8_tflops", "bf16": "bf16_tflops"}
SIGMA = {"cuda": 1.0, "rocm": 0.75, "xla": 0.33}
INFERENCE = {
    "model": None,
    "weight_bytes": None,
    "prefix_cache_fraction": 0,
    "speculative_gain": 1.0,
    "time_to_first_token_ms": None,
    "max_token_latency_ms": None,
    "compute_efficiency": 0.67,
    "bandwidth_efficiency": 0.60,
}
# Predicted over measured, tenth and ninetieth percentile by class of stack, kind of model, precision and latency.
CLASSES = {
    "cuda": (0.51, 2.58),
    "cuda / dense": (0.53, 1.61),
    "cuda / dense / 12.5-25": (0.57, 1.39),
    "cuda / dense / 25-50": (0.64, 1.91),
    "cuda / dense / <=12.5": (0.36, 2.01),
    "cuda / dense / >50": (0.8, 1.35),
    "cuda / dense / bf16 / 12.5-25": (0.53, 0.71),
    "cuda / dense / bf16 / 25-50": (0.61, 0.78),
    "cuda / dense / bf16 / <=12.5": (0.26, 0.87),
    "cuda / dense / fp4 / >50": (0.82, 1.2),
    "cuda / dense / fp8 / 12.5-25": (0.75, 1.49),
    "cuda / dense / fp8 / 25-50": (0.92, 2.2),
    "cuda / dense / fp8 / <=12.5": (0.43, 2.07),
    "cuda / dense / fp8 / >50": (0.82, 1.37),
    "cuda / moe": (0.5, 3.34),
    "cuda / moe / 12.5-25": (0.51, 3.02),
    "cuda / moe / 25-50": (0.38, 2.9),
    "cuda / moe / <=12.5": (0.59, 5.69),
    "cuda / moe / >50": (0.46, 1.59),
    "cuda / moe / fp4 / 12.5-25": (0.53, 3.59),
    "cuda / moe / fp4 / 25-50": (0.33, 3.14),
    "cuda / moe / fp4 / <=12.5": (0.86, 6.09),
    "cuda / moe / fp4 / >50": (0.59, 1.67),
    "cuda / moe / fp8 / 12.5-25": (0.69, 3.13),
    "cuda / moe / fp8 / 25-50": (0.51, 2.75),
    "cuda / moe / fp8 / <=12.5": (0.65, 5.33),
    "cuda / moe / fp8 / >50": (0.4, 1.51),
    "rocm": (0.57, 3.64),
    "rocm / moe": (0.56, 3.78),
    "xla": (0.34, 2.48),
}


@dataclass(frozen=True)
class Theta:
    """Work per chip, `measured`, `vendor` or `modelled`; the band holds factors of the value."""

    value: float
    basis: str
    band: tuple | None = None


def throughput(work: dict, chip: dict, curves: list = ()) -> Theta:
    """Section 3: the first rule that applies. `curves` are rows of measured points, of any platform and model."""
    for row in work["throughput"]:
        if row["platform"] == chip["id"]:
            return Theta(row["value"], row["basis"])
    if work["unit"] == "PFLOP/s":
        return Theta(peak(work, chip) / 1000 * utilisation(work, chip), "modelled")
    if work["inference"] is None:
        return Theta(0.0, "modelled")
    model = INFERENCE | {name: v for name, v in work["inference"].items() if v is not None}
    limits = [v for v in (model["max_token_latency_ms"], work["max_token_latency_ms"]) if v is not None]
    latency = min(limits) / 1000 if limits else math.inf
    front = near_front(work, chip, model, curves)
    if front:
        return by_curve(front, work, chip, model, latency)
    value = formula(work, chip, model, latency)
    return Theta(value, "modelled", class_band(work, chip, model, latency) if value > 0 else None)


def peak(work: dict, chip: dict, fp4: float = 1.0) -> float:
    """The largest peak, in TFLOP/s, among the precisions that the work may run in."""
    rates = {"fp4": fp4, "fp8": 1.0, "bf16": 1.0}
    return max(rates[p] * (chip.get(PEAK[p]) or 0.0) for p in PRECISIONS[work["precision"]])


def utilisation(work: dict, chip: dict) -> float:
    u = work["utilisation"]
    return u.get(chip["id"], u.get("*", 0.4)) if isinstance(u, dict) else u


# Rule 3.


def near_front(work: dict, chip: dict, model: dict, curves: list) -> list:
    """The points (latency in s, tokens/s per chip) of the nearest front whose shape is near, by latency; or none."""
    if model["model"] is None or model["prefix_cache_fraction"] != 0 or model["speculative_gain"] != 1:
        return []
    fronts: dict = {}
    for row in curves:
        if (row["platform"], row["model"], row["precision"]) == (chip["id"], model["model"], work["precision"]):
            shape = row["prompt_tokens"], row["output_tokens"]
            fronts.setdefault(shape, []).append((row["token_latency_ms"] / 1000, row["tokens_s_chip"]))
    best, nearest = [], math.log(1.5)
    rho, context = model["prompt_tokens_per_output"], model["context_tokens"]
    if rho <= 0 or context <= 0:
        return []
    for (prompt, output), points in fronts.items():
        ratio = abs(math.log(prompt / output / rho))
        away = max(ratio, abs(math.log((prompt + output / 2) / context)))
        if away <= nearest * (1 + 1e-12) and (not best or away < nearest):
            best, nearest = sorted(points), away
    return best


def by_curve(front: list, work: dict, chip: dict, model: dict, latency: float) -> Theta:
    first_token = model["time_to_first_token_ms"]
    if first_token is not None and not any(answers_in_time(work, chip, model, g) for g in GROUPS):
        return Theta(0.0, "modelled")
    (fast, y_fast), (slow, y_slow) = front[0], front[-1]
    if fast <= latency <= slow:
        return Theta(interpolate(front, latency), "measured", (0.95, 1.22))
    f = formula(work, chip, model, latency)
    if latency > slow:
        x = latency / slow
        value = max(y_slow, min(f, y_slow * x**1.6))
        return Theta(value, "modelled", (0.95, 1.52) if x <= 1.5 else (0.76, 2.38) if x <= 3 else (0.73, 2.38))
    x = latency / fast
    if f == 0:
        return Theta(0.0, "modelled")
    value = min(y_fast * x, max(f, y_fast * x**1.6))
    return Theta(value, "modelled", (0.55, 1.33) if x >= 1 / 1.5 else (0.20, 1.47) if x >= 1 / 3 else (0.20, 2.33))


def interpolate(front: list, latency: float) -> float:
    """Straight in the logarithms of latency and throughput."""
    for (l0, y0), (l1, y1) in itertools.pairwise(front):
        if l0 <= latency <= l1:
            part = math.log(latency / l0) / math.log(l1 / l0) if l1 > l0 else 0.0
            return y0 * (y1 / y0) ** part
    return front[0][1]


# Rule 4.

GROUPS = [2**k for k in range(10)]


def formula(work: dict, chip: dict, model: dict, latency: float) -> float:
    """Output tokens per second and chip; 0 where no group can serve."""
    if not chip.get("memory_gb") or not chip.get("memory_bandwidth_gb_s") or peak(work, chip) == 0:
        return 0.0
    return max(of_group(work, chip, model, latency, g) for g in GROUPS)


def rates(work: dict, chip: dict, model: dict, group: int) -> tuple:
    """FLOP/s and bytes/s that a group of chips reaches."""
    sigma = chip.get("serving_efficiency")
    if sigma is None:
        sigma = SIGMA.get(chip.get("stack") or "", 0.5)
    domain = chip.get("scale_up_chips") or 8
    e = sigma * group**-0.22 * max(1.0, group / domain) ** -0.32
    r = sparsity(model)
    flops = group * peak(work, chip, fp4=0.6) * 1e12 * model["compute_efficiency"] * r**0.5 * e
    return flops, group * chip["memory_bandwidth_gb_s"] * 1e9 * model["bandwidth_efficiency"] * e


def sparsity(model: dict) -> float:
    return min(1.0, model["active_params_b"] / model["total_params_b"])


def overhead_s(model: dict) -> float:
    return 2.9e-3 * (model["active_params_b"] / 37) ** (1 / 3)


def answers_in_time(work: dict, chip: dict, model: dict, group: int) -> bool:
    """Whether a group runs one prompt on an empty queue within the limit for the first token."""
    limit = model["time_to_first_token_ms"]
    if limit is None:
        return True
    rho = model["prompt_tokens_per_output"]
    prompt = rho * model["context_tokens"] / (rho + 0.5)
    flops, _ = rates(work, chip, model, group)
    if flops == 0:
        return False
    work_left = 2 * model["active_params_b"] * 1e9 * prompt * (1 - model["prefix_cache_fraction"])
    return work_left / flops + overhead_s(model) <= limit / 1000


def of_group(work: dict, chip: dict, model: dict, latency: float, group: int) -> float:
    active, total = model["active_params_b"] * 1e9, model["total_params_b"] * 1e9
    r, g = sparsity(model), model["speculative_gain"]
    per_parameter = model["weight_bytes"]
    if per_parameter is None:
        per_parameter = {"bf16": 2, "fp8": 1, "fp4": 0.5}[work["precision"]]
    weights = total * per_parameter
    cache = model["context_tokens"] * model["kv_bytes_per_token"]
    flops, bandwidth = rates(work, chip, model, group)
    if flops == 0 or bandwidth == 0 or not answers_in_time(work, chip, model, group):
        return 0.0
    room = 0.9 * group * chip["memory_gb"] * 1e9 - weights
    n_mem = room / cache if cache > 0 else (math.inf if room >= 0 else -math.inf)
    if n_mem < 1:
        return 0.0
    t0 = overhead_s(model)
    q = 2 * active * model["prompt_tokens_per_output"] * (1 - model["prefix_cache_fraction"]) / flops
    slope = cache / bandwidth + 2 * active / flops
    touch = weights / bandwidth
    n = n_mem
    if latency < math.inf:
        spare = t0 - latency * g
        if spare >= 0:
            return 0.0
        b = slope + q * g
        n = min(n, positive_root(b * r, b * (1 - r) + (spare + touch) * r, spare * (1 - r), b, spare + touch))
    if n < 1:
        return 0.0
    if math.isinf(n):
        return 1 / (group * (slope / g + q))
    step = t0 + n * slope + touch * r * n / (1 - r + r * n)
    return 1 / (group * (step / (g * n) + q))


def positive_root(a: float, b: float, c: float, b_dense: float, c_dense: float) -> float:
    """The positive root of a n^2 + b n + c with c <= 0; of a dense model (c = 0) that of b_dense n + c_dense."""
    if c == 0:
        return -c_dense / b_dense
    d = math.sqrt(b * b - 4 * a * c)
    return (-b + d) / (2 * a) if b < 0 else -2 * c / (b + d)


# Bands.


def class_band(work: dict, chip: dict, model: dict, latency: float) -> tuple | None:
    """The wider end, at either side, of the two finest classes that stand in the table."""
    kind = "dense" if model["active_params_b"] / model["total_params_b"] >= 0.999 else "moe"
    ms = latency * 1000
    speed = "<=12.5" if ms <= 12.5 else "12.5-25" if ms <= 25 else "25-50" if ms <= 50 else ">50"
    stack = chip.get("stack") or ""
    keys = [f"{stack} / {kind} / {work['precision']} / {speed}", f"{stack} / {kind} / {speed}"]
    found = [CLASSES[key] for key in [*keys, f"{stack} / {kind}", stack] if key in CLASSES][:2]
    if not found:
        return None
    return min(1 / high for _, high in found), max(1 / low for low, _ in found)


def goodput(work: dict, chip: dict, theta: float, asked: float) -> float:
    """Section C: the part of the time in which a synchronous run that needs `asked` work units moves ahead."""
    checkpoint, restart = work["checkpoint_minutes"] / 60, work["restart_minutes"] / 60
    if chip["mtbf_hours"] is None or theta <= 0 or not (checkpoint > 0 or restart > 0):
        return 1.0
    between = chip["mtbf_hours"] / max(1.0, asked / theta)
    return 1 / (1 + math.sqrt(2 * checkpoint / between) + restart / between)
