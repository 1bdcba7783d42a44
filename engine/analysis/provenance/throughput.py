"""Where throughput per chip comes from: stated, measured along a curve, or modelled (model.md section 3)."""

from __future__ import annotations

import dataclasses
import math

from gigaplan.engine.analysis.provenance.leaves import Given
from gigaplan.engine.analysis.provenance.node import Node, combined, constant, lazy
from gigaplan.engine.plan.schema import Workload
from gigaplan.engine.plan.serving import (
    BEYOND_EXPONENT,
    CONSTANTS,
    RUNS_AT,
    STACK_EFFICIENCY,
    UNMEASURED_STACK_EFFICIENCY,
    WEIGHT_BYTES,
    Chips,
    Front,
    TokenWork,
    groups,
)
from gigaplan.engine.plan.throughput import before_goodput, goodput, largest_demand, no_throughput, token_work
from gigaplan.engine.plan.throughput import given as stated_row

BILLION = constant("One billion", 1e9)
TWO = constant("Operations per parameter and token", 2, "FLOP")
ONE = constant("One", 1)
RATE = "tokens/s"
"""Of what a throughput is made of: work per chip is the throughput itself alone."""


def throughput(given: Given, w: int, p: int) -> Node:
    """Work per chip of workload `w` on platform `p`, both by place: as stated, measured or modelled, with goodput."""
    workload, platform = given.plan.workloads[w], given.plan.platforms[p]
    work = _before_goodput(given, w, p)
    demand = largest_demand(given.plan, workload)
    share = goodput(platform, workload, demand, work.value or 0.0)
    if share == 1.0:
        return work
    node = combined("product", work.label, work.unit, [work, _goodput(given, w, p, work, demand)], "× goodput")
    return dataclasses.replace(node, basis=work.basis, band=work.band)


def _before_goodput(given: Given, w: int, p: int) -> Node:
    workload, platform = given.plan.workloads[w], given.plan.platforms[p]
    label, unit = f"{workload.name} per chip of {platform.name}", f"{workload.unit} per chip"
    if stated_row(workload, platform.id) is not None:
        # The last row of a platform is the one that the model takes.
        last = [k for k, row in enumerate(workload.throughput) if row.platform == platform.id][-1]
        return given.throughput(w, last, platform.name)
    found = before_goodput(workload, platform)
    if not found.value > 0:
        return dataclasses.replace(constant(label, 0.0, unit, no_throughput(workload, platform)), basis="modelled")
    if workload.unit == "PFLOP/s":
        return dataclasses.replace(_by_peak(given, w, p, label, unit), basis="modelled")
    work = token_work(workload)
    if work is None:
        raise ValueError(f"{workload.name} serves no model")
    formula = _Formula(given, w, p, work)
    node = formula.rate(label, unit) if found.front is None else _by_front(formula, found.front, label, unit)
    return dataclasses.replace(node, basis=found.basis, band=found.band, source=found.source, as_of=found.as_of)


def _by_peak(given: Given, w: int, p: int, label: str, unit: str) -> Node:
    workload, platform = given.plan.workloads[w], given.plan.platforms[p]
    peaks = {name: getattr(platform, f"{name}_tflops") or 0.0 for name in RUNS_AT[workload.precision]}
    name = max(peaks, key=lambda name: peaks[name])
    peak = given.field("platforms", p, f"{name}_tflops")
    factors = [peak, constant("PFLOP/s per TFLOP/s", 1e-3), _utilisation(given, w, workload, platform.id)]
    return combined("product", label, unit, factors, f"peak at {name} × utilisation")


def _utilisation(given: Given, w: int, workload: Workload, platform: str) -> Node:
    rows = [k for k, row in enumerate(workload.mfu_by_platform) if row.platform == platform]
    return given.utilisation(w, rows[-1]) if rows else given.field("workloads", w, "utilisation")


def _goodput(given: Given, w: int, p: int, work: Node, demand: float) -> Node:
    """1 / (1 + sqrt(2 delta / M) + R / M), M the time between failures of the whole run."""
    unit = given.plan.workloads[w].unit
    wanted = constant("Work that the run is sized for", demand, unit, "the most at the peak; of flexible work the mean")
    chips = combined("max", "Chips of the run", "chips", [ONE, combined("quotient", "Chips", "chips", [wanted, work])])
    between = combined(
        "quotient", "Time between failures of the run", "h", [given.field("platforms", p, "mtbf_hours"), chips]
    )
    minutes = constant("Minutes per hour", 60, "min")
    delta = combined("quotient", "Checkpoint", "h", [given.field("workloads", w, "checkpoint_minutes"), minutes])
    restart = combined("quotient", "Restart", "h", [given.field("workloads", w, "restart_minutes"), minutes])
    twice = combined("product", "Twice the checkpoint", "h", [constant("Two", 2), delta])
    ratio = combined("quotient", "Twice the checkpoint over the time between failures", "ratio", [twice, between])
    lost = [
        ONE,
        combined("power", "Lost to checkpoints and to work done again", "ratio", [ratio, constant("Root", 0.5)]),
        combined("quotient", "Lost to restarts", "ratio", [restart, between]),
    ]
    whole = combined("sum", "Time taken over time that counts", "ratio", lost)
    return combined("quotient", "Goodput", "fraction", [ONE, whole], "1 ÷ (1 + √(2 × checkpoint ÷ M) + restart ÷ M)")


class _Formula:
    """The nodes of rule 4 for the size of group that does most, named as `engine.plan.serving.groups` names them."""

    def __init__(self, given: Given, w: int, p: int, work: TokenWork) -> None:
        self.given, self.w, self.p, self.work = given, w, p, work
        platform = given.plan.platforms[p]
        found = groups(work, Chips.of((platform,)))
        at = int(found.rate[0].argmax())
        best = f"the best of {CONSTANTS.groups[0]} to {CONSTANTS.groups[-1]}"
        self.chips = constant("Chips that serve one copy", found.chips[at], "chips", best)
        self.sequences_found = float(found.sequences[0, at])
        self.rate_found = float(found.rate[0, at])
        self.active = combined("product", "Active parameters", "", [self._model("active_params_b"), BILLION])
        whole = combined("product", "Parameters", "", [self._model("total_params_b"), BILLION])
        ratio = combined("quotient", "Active over all parameters", "ratio", [self.active, whole])
        self.share = combined("min", "Share of active parameters", "fraction", [ONE, ratio])
        self.weights = combined("product", "Weights", "B", [whole, self._width()])
        self.cache = combined(
            "product", "Cache per sequence", "B", [self._model("context_tokens"), self._model("kv_bytes_per_token")]
        )
        efficiency = self._efficiency()
        compute = self._compute(efficiency)
        traffic = self._traffic(efficiency)
        per_token = combined("product", "Operations per token", "FLOP", [TWO, self.active])
        each = [
            combined("quotient", "Its cache read", "s", [self.cache, traffic]),
            combined("quotient", "Its token computed", "s", [per_token, compute]),
        ]
        self.per_sequence = combined("sum", "Time that a sequence adds to a step", "s", each)
        self.weight_seconds = combined("quotient", "All weights read", "s", [self.weights, traffic])
        size = combined(
            "quotient", "Parameters against 37 billion", "ratio", [self.active, constant("37 billion", 37e9)]
        )
        grown = combined("power", "Their cube root", "ratio", [size, constant("One third", 1 / 3)])
        fixed = constant("Overhead of a step at 37 billion active parameters", CONSTANTS.step_seconds, "s", "fitted")
        self.overhead = combined("product", "Overhead of a step", "s", [fixed, grown])
        uncached = combined("difference", "Prompts not cached", "fraction", [ONE, self._model("prefix_cache_fraction")])
        prompt = [per_token, self._model("prompt_tokens_per_output"), uncached]
        operations = combined("product", "Operations on the prompt per output token", "FLOP", prompt)
        self.prefill = combined("quotient", "Prefill per output token", "s", [operations, compute])
        self.gain = self._model("speculative_gain")

    def _model(self, name: str) -> Node:
        return self.given.inference(self.w, name)

    def _platform(self, name: str) -> Node:
        return self.given.field("platforms", self.p, name)

    def _width(self) -> Node:
        if self.work.weight_bytes is not None:
            return self._model("weight_bytes")
        return constant(f"Bytes per parameter at {self.work.precision}", WEIGHT_BYTES[self.work.precision], "B")

    def _efficiency(self) -> Node:
        platform = self.given.plan.platforms[self.p]
        if platform.serving_efficiency is not None:
            stack = self._platform("serving_efficiency")
        else:
            known = STACK_EFFICIENCY.get(platform.stack)
            stack = constant(
                f"What {platform.stack} makes of the formula",
                UNMEASURED_STACK_EFFICIENCY if known is None else known,
                "ratio",
                "assumed: nobody measured it" if known is None else "fitted",
            )
        loss = constant("Exponent of the group's size", -CONSTANTS.group_exponent, "", "fitted")
        group = combined("power", "Loss by the size of the group", "ratio", [self.chips, loss])
        domains = combined("quotient", "Domains", "ratio", [self.chips, self._platform("scale_up_chips")])
        beyond = combined("max", "Domains of fast links, one at least", "ratio", [ONE, domains])
        far = constant("Exponent beyond the fast links", -CONSTANTS.domain_exponent, "", "fitted")
        links = combined("power", "Loss beyond the fast links", "ratio", [beyond, far])
        return combined("product", "Efficiency of a chip in the group", "ratio", [stack, group, links])

    def _compute(self, efficiency: Node) -> Node:
        platform = self.given.plan.platforms[self.p]
        share = {"fp4": CONSTANTS.fp4_efficiency}
        peaks = {
            name: (getattr(platform, f"{name}_tflops") or 0.0) * share.get(name, 1.0)
            for name in RUNS_AT[self.work.precision]
        }
        name = max(peaks, key=lambda name: peaks[name])
        factors = [self._platform(f"{name}_tflops"), constant("FLOP/s per TFLOP/s", 1e12)]
        if name in share:
            factors.append(constant("Part of the fp4 peak that serving reaches", share[name], "fraction", "fitted"))
        peak = combined("product", f"Peak compute at {name}", "FLOP/s", factors)
        root = constant("Exponent of sparsity", CONSTANTS.sparsity_exponent, "", "fitted")
        sparse = combined("power", "Speed of a mixture of experts", "ratio", [self.share, root])
        parts = [self.chips, peak, self._model("compute_efficiency"), sparse, efficiency]
        return combined("product", "Compute of the group", "FLOP/s", parts)

    def _traffic(self, efficiency: Node) -> Node:
        bandwidth = combined("product", "Memory bandwidth", "B/s", [self._platform("memory_bandwidth_gb_s"), BILLION])
        parts = [self.chips, bandwidth, self._model("bandwidth_efficiency"), efficiency]
        return combined("product", "Memory traffic of the group", "B/s", parts)

    def limit(self) -> Node:
        """The slowest token allowed, in ms."""
        workload = self.given.plan.workloads[self.w]
        limits = []
        if workload.inference is not None and workload.inference.max_token_latency_ms is not None:
            limits.append(self._model("max_token_latency_ms"))
        if workload.max_token_latency_ms is not None:
            limits.append(self.given.field("workloads", self.w, "max_token_latency_ms"))
        return limits[0] if len(limits) == 1 else combined("min", "Slowest token", "ms", limits)

    def rate(self, label: str, unit: str) -> Node:
        """Tokens a second and chip; its parts are made when they are asked for."""
        return lazy("quotient", label, unit, self.rate_found, self._rate_parts, "1 ÷ chip-seconds per token")

    def _rate_parts(self) -> list[Node]:
        n = self._sequences()
        if n is None:
            each = self.per_sequence
        else:
            several = combined("product", "Time that the sequences add", "s", [n, self.per_sequence])
            parts = [self.overhead, several, self._touched(n)]
            step = combined("sum", "Step time", "s", parts, "overhead + sequences + weights touched")
            each = combined("quotient", "Step time per sequence", "s", [step, n])
        decode = combined("quotient", "Decode per token", "s", [each, self.gain], "step time ÷ sequences ÷ gain")
        seconds = combined("sum", "Time of the group per token", "s", [decode, self.prefill], "decode + prefill")
        return [ONE, combined("product", "Chip-seconds per token", "chip-s", [self.chips, seconds])]

    def _touched(self, n: Node) -> Node:
        """Weights that n sequences touch: w r n / (1 - r + r n)."""
        active = combined("product", "Share of active parameters × sequences", "", [self.share, n])
        rest = combined("difference", "Share of idle parameters", "fraction", [ONE, self.share])
        of = combined("sum", "Idle share + active share × sequences", "", [rest, active])
        part = combined("quotient", "Share of the weights touched", "fraction", [active, of])
        return combined("product", "Weights touched, read", "s", [self.weight_seconds, part])

    def _sequences(self) -> Node | None:
        """The sequences served at once; None where nothing bounds them."""
        limits = []
        if self.work.cache > 0:
            limits.append(self._by_memory())
        if self.work.limit_ms is not None:
            limits.append(self._by_latency())
        if not limits or not math.isfinite(self.sequences_found):
            return None
        return combined("min", "Sequences at once", "sequences", limits, "the least of its limits")

    def _by_memory(self) -> Node:
        memory = combined("product", "Memory", "B", [self._platform("memory_gb"), BILLION])
        usable = constant("Usable part", CONSTANTS.memory_share, "fraction")
        whole = combined("product", "Usable memory of the group", "B", [self.chips, memory, usable])
        left = combined("difference", "Memory left for caches", "B", [whole, self.weights])
        return combined("quotient", "Sequences that fit in memory", "sequences", [left, self.cache])

    def _by_latency(self) -> Node:
        """The positive root of the quadratic in `engine.serving`, in the form that it uses."""
        seconds = combined("quotient", "Slowest token", "s", [self.limit(), constant("ms per s", 1000)])
        step = combined("product", "Slowest step", "s", [seconds, self.gain])
        spare = combined("difference", "Overhead less the slowest step", "s", [self.overhead, step])
        during = combined("product", "Prefill while it waits", "s", [self.prefill, self.gain])
        each = combined("sum", "Time per sequence, with prefill", "s", [self.per_sequence, during])
        idle = combined("difference", "Share of idle parameters", "fraction", [ONE, self.share])
        square = combined("product", "Coefficient of n²", "s", [each, self.share])
        fixed = combined("sum", "Overhead and weights less the slowest step", "s", [spare, self.weight_seconds])
        parts = [
            combined("product", "Of idle experts", "s", [each, idle]),
            combined("product", "Of active experts", "s", [fixed, self.share]),
        ]
        linear = combined("sum", "Coefficient of n", "s", parts)
        rest = combined("product", "Coefficient of 1", "s", [spare, idle])
        squared = combined("product", "Coefficient of n, squared", "s²", [linear, linear])
        product = combined("product", "4 × coefficients of n² and 1", "s²", [constant("Four", 4), square, rest])
        under = combined("difference", "Under the root", "s²", [squared, product])
        root = combined("power", "Root", "s", [under, constant("One half", 0.5)])
        label, formula = "Sequences within the slowest token", "the positive root of a quadratic"
        if (linear.value or 0.0) <= 0:
            above = combined("difference", "Root less the coefficient of n", "s", [root, linear])
            below = combined("product", "Twice the coefficient of n²", "s", [constant("Two", 2), square])
        else:
            above = combined("product", "Twice the coefficient of 1, turned", "s", [constant("Minus two", -2), rest])
            below = combined("sum", "Root and the coefficient of n", "s", [root, linear])
        return combined("quotient", label, "sequences", [above, below], formula)


def _by_front(formula: _Formula, front: Front, label: str, unit: str) -> Node:
    """A measured curve at the limit; beyond its ends the formula between two power laws (rule 3)."""
    latencies, limit = front.latency_ms, formula.work.limit_ms
    if limit is not None and latencies[0] <= limit <= latencies[-1]:
        return _between_points(formula, front, label, unit)
    faster = limit is not None and limit < latencies[0]
    latency, rate = _point(front, 0 if faster else -1)
    if limit is None:
        return combined("max", label, unit, [rate, formula.rate("The formula", RATE)], "measured, or the formula above")
    times = combined("quotient", "Limit over the end of the curve", "ratio", [formula.limit(), latency])
    steep = combined("power", "Its power", "ratio", [times, constant("Exponent", BEYOND_EXPONENT, "", "chosen")])
    law = combined("product", "Power law from the end of the curve", RATE, [rate, steep])
    if faster:
        line = combined("product", "Proportion from the end of the curve", RATE, [rate, times])
        above = combined("max", "The formula, above the power law", RATE, [formula.rate("The formula", RATE), law])
        return combined("min", label, unit, [line, above], "the formula, held between two power laws")
    below = combined("min", "The formula, below the power law", RATE, [formula.rate("The formula", RATE), law])
    return combined("max", label, unit, [rate, below], "the formula, held between the curve's end and a power law")


def _between_points(formula: _Formula, front: Front, label: str, unit: str) -> Node:
    limit = formula.work.limit_ms or 0.0
    after = next(k for k, x in enumerate(front.latency_ms) if x >= limit)
    if front.latency_ms[after] == limit:
        rate = _point(front, after)[1]
        return combined("product", label, unit, [rate, ONE], "a measured point")
    (x0, y0), (x1, y1) = _point(front, after - 1), _point(front, after)
    part = _logarithm("Limit over the faster point", formula.limit(), x0)
    whole = _logarithm("Slower point over the faster one", x1, x0)
    position = combined("quotient", "Position between the points", "fraction", [part, whole])
    rise = combined("quotient", "Throughput of the slower over the faster point", "ratio", [y1, y0])
    factor = combined("power", "Rise up to the limit", "ratio", [rise, position])
    return combined("product", label, unit, [y0, factor], "between two measured points, on logarithmic scales")


def _logarithm(label: str, above: Node, below: Node) -> Node:
    ratio = combined("quotient", label, "ratio", [above, below])
    return combined("logarithm", f"Logarithm: {label.lower()}", "", [ratio])


def _point(front: Front, k: int) -> tuple[Node, Node]:
    """Latency and throughput of a measured point, with where it was measured."""
    about = f"measured with {front.engine}" if front.engine else "measured"
    at = f"{front.latency_ms[k]:.4g} ms"
    return tuple(  # type: ignore[return-value]
        Node(label, float(value), unit, "constant", about, source=front.source, as_of=front.as_of)
        for label, value, unit in (
            (f"Token latency of the point at {at}", front.latency_ms[k], "ms"),
            (f"Throughput at {at}", front.rate[k], RATE),
        )
    )
