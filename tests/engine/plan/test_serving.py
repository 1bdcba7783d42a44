"""Throughput of a served model (model.md section 3): published cases, and that better chips never give less."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest

from gigaplan.engine.plan.serving import Chips, Front, TokenWork, groups, refused, served, token_rate

CASES = json.loads((Path(__file__).parents[2] / "cases" / "theta" / "cases.json").read_bytes())
SERVED = [case for case in CASES["cases"] if case["workload"]["inference"] and not case["workload"]["throughput"]]
PLATFORM = ("bf16_tflops", "fp8_tflops", "fp4_tflops", "memory_gb", "memory_bandwidth_gb_s")


def work_of(workload: dict[str, Any]) -> TokenWork:
    inference = dict(workload["inference"])
    limits = [inference.pop("max_token_latency_ms"), workload["max_token_latency_ms"]]
    limit = min((v for v in limits if v is not None), default=None)
    return TokenWork(precision=workload["precision"], limit_ms=limit, **inference)


def chip(**given: Any) -> Chips:
    defaults = {"stack": "cuda", "serving_efficiency": None, "scale_up_chips": None} | dict.fromkeys(PLATFORM)
    return Chips.of([SimpleNamespace(**(defaults | given))])


def fronts_of(case: dict[str, Any]) -> list[Front]:
    points = defaultdict(list)
    for p in case["curves"]:
        key = p["platform"], p["model"], p["precision"]
        if key == (case["platform"]["id"], case["workload"]["inference"]["model"], case["workload"]["precision"]):
            points[p["prompt_tokens"], p["output_tokens"]].append((p["token_latency_ms"], p["tokens_s_chip"]))
    return [Front(*shape, *np.array(sorted(found), dtype=float).T) for shape, found in points.items()]


@pytest.mark.parametrize("case", SERVED, ids=[f"{case['id']} {case['name']}" for case in SERVED])
def test_cases(case: dict[str, Any]) -> None:
    given = {k: v for k, v in case["platform"].items() if k != "id"}
    found = served(work_of(case["workload"]), chip(**given), case["platform"]["stack"], fronts_of(case))
    assert found.value == pytest.approx(case["value"], rel=1e-9, abs=0)
    assert found.basis == case["basis"]
    assert (found.band is None) == (case["band"] is None)
    if found.band is not None:
        assert found.band == pytest.approx(case["band"], rel=1e-9)


PAIRS = 20_000
WORKLOADS = 200


def random_work(rng: np.random.Generator) -> TokenWork:
    total = float(np.exp(rng.uniform(np.log(1), np.log(2000))))
    share = float(rng.choice([1.0, rng.uniform(0.02, 1.0)]))
    return TokenWork(
        precision=str(rng.choice(["bf16", "fp8", "fp4"])),
        total_params_b=total,
        active_params_b=total * share,
        context_tokens=float(rng.choice([0.0, np.exp(rng.uniform(np.log(10), np.log(200_000)))], p=[0.02, 0.98])),
        prompt_tokens_per_output=float(rng.choice([0.0, np.exp(rng.uniform(-5, 5))], p=[0.1, 0.9])),
        kv_bytes_per_token=float(np.exp(rng.uniform(np.log(3e3), np.log(3e6)))),
        limit_ms=float(np.exp(rng.uniform(np.log(2), np.log(300)))) if rng.random() < 0.75 else None,
        prefix_cache_fraction=float(rng.choice([0.0, rng.random()])),
        speculative_gain=float(rng.choice([1.0, 1 + rng.random()])),
        time_to_first_token_ms=float(np.exp(rng.uniform(np.log(20), np.log(2e4)))) if rng.random() < 0.4 else None,
    )


def random_chips(rng: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    """Chips as columns; some peaks are missing."""
    bf16 = np.exp(rng.uniform(np.log(100), np.log(10_000), count))
    fp8 = bf16 * rng.uniform(1, 2, count)
    fp4 = fp8 * rng.uniform(1, 4, count)
    return {
        "bf16": bf16,
        "fp8": np.where(rng.random(count) < 0.3, np.nan, fp8),
        "fp4": np.where(rng.random(count) < 0.5, np.nan, fp4),
        "memory_gb": np.exp(rng.uniform(np.log(10), np.log(1000), count)),
        "bandwidth": np.exp(rng.uniform(np.log(500), np.log(40_000), count)),
        "scale_up_chips": rng.choice([1.0, 8.0, 16.0, 64.0, 72.0, 144.0], count),
        "efficiency": rng.choice([1.0, 0.75, 0.33, 0.5], count),
    }


def as_chips(columns: dict[str, np.ndarray]) -> Chips:
    peaks = {name: columns[name] for name in ("bf16", "fp8", "fp4")}
    return Chips(peaks, *(columns[name] for name in ("memory_gb", "bandwidth", "scale_up_chips", "efficiency")))


def better_chips(rng: np.random.Generator, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same chips with some columns raised, by a hair or severalfold; a missing peak may appear."""
    raised = {}
    for name, values in columns.items():
        factor = np.where(
            rng.random(len(values)) < 0.5, 1 + rng.random(len(values)) * 1e-3, rng.uniform(1, 5, len(values))
        )
        known = np.where(np.isnan(values) & (rng.random(len(values)) < 0.5), columns["bf16"], values)
        raised[name] = np.where(rng.random(len(values)) < 0.4, known * factor, values)
    return raised


def easier(rng: np.random.Generator, work: TokenWork) -> TokenWork:
    """The same work with looser limits, more of its prompts cached, more tokens a step."""
    changes: dict[str, Any] = {}
    for name in ("limit_ms", "time_to_first_token_ms"):
        value = getattr(work, name)
        if value is not None and rng.random() < 0.5:
            changes[name] = None if rng.random() < 0.2 else value * rng.uniform(1, 4)
    if rng.random() < 0.3:
        changes["prefix_cache_fraction"] = work.prefix_cache_fraction + rng.random() * (1 - work.prefix_cache_fraction)
    if rng.random() < 0.3:
        changes["speculative_gain"] = work.speculative_gain * rng.uniform(1, 2)
    return msgspec.structs.replace(work, **changes)


def test_better_chips_and_looser_limits_never_give_less() -> None:
    rng = np.random.default_rng(20261130)
    rose = 0
    for _ in range(WORKLOADS):
        work, columns = random_work(rng), random_chips(rng, PAIRS // WORKLOADS)
        before = token_rate(work, as_chips(columns))
        after = token_rate(easier(rng, work), as_chips(better_chips(rng, columns)))
        assert (after >= before * (1 - 1e-12)).all()
        rose += int((after > before * 1.001).sum())
    assert rose > PAIRS // 3, "the pairs hardly differ: the test shows nothing"


def random_front(rng: np.random.Generator, work: TokenWork) -> Front:
    """A front of the very shape of `work`."""
    count = int(rng.integers(1, 8))
    latency = np.sort(np.exp(rng.uniform(np.log(3), np.log(100), count)))
    rate = np.sort(np.exp(rng.uniform(np.log(10), np.log(10_000), count)))
    return Front(work.prompt_tokens, work.context_tokens / (work.prompt_tokens_per_output + 0.5), latency, rate)


def test_nor_do_they_where_a_curve_was_measured() -> None:
    rng = np.random.default_rng(14)
    beyond = 0
    for _ in range(WORKLOADS):
        work = random_work(rng)
        work = msgspec.structs.replace(
            work, prefix_cache_fraction=0.0, speculative_gain=1.0, time_to_first_token_ms=None, context_tokens=1000.0
        )
        looser = msgspec.structs.replace(work, limit_ms=work.limit_ms and work.limit_ms * rng.uniform(1, 3))
        front, columns = random_front(rng, work), random_chips(rng, PAIRS // WORKLOADS)
        better = better_chips(rng, columns)
        one = as_chips({name: values[:1] for name, values in columns.items()})
        for low, high in zip(token_rate(work, as_chips(columns)), token_rate(looser, as_chips(better)), strict=True):
            first = served(work, one, "cuda", [front], float(low))
            second = served(looser, one, "cuda", [front], float(high))
            assert second.value >= first.value * (1 - 1e-12)
            beyond += first.basis == "modelled"
    assert beyond > PAIRS // 10


CHAT = {
    "precision": "fp8",
    "total_params_b": 671.0,
    "active_params_b": 37.0,
    "context_tokens": 8704.0,
    "prompt_tokens_per_output": 8.0,
    "kv_bytes_per_token": 35_136.0,
}
B200 = {
    "bf16_tflops": 2250.0,
    "fp8_tflops": 4500.0,
    "fp4_tflops": 9000.0,
    "memory_gb": 193.274,
    "memory_bandwidth_gb_s": 7700.0,
}


def test_a_refusal_names_the_limit_and_the_nearest_value_that_would_do() -> None:
    for limit, field, given, work in (
        ("latency", "limit_ms", {}, CHAT | {"limit_ms": 3.0}),
        ("first token", "time_to_first_token_ms", {}, CHAT | {"time_to_first_token_ms": 10.0}),
        ("memory", "memory_gb", {"memory_gb": 1.0}, CHAT | {"limit_ms": 100.0}),
    ):
        why = refused(TokenWork(**work), chip(**(B200 | given)))
        assert why.limit == limit
        assert why.nearest is not None

        def rate(value: float, field: str = field, given: Any = given, work: Any = work) -> float:
            if field == "memory_gb":
                return float(token_rate(TokenWork(**work), chip(**(B200 | given | {field: value})))[0])
            return float(token_rate(TokenWork(**(work | {field: value})), chip(**(B200 | given)))[0])

        assert rate(why.nearest * (1 + 1e-9)) > 0
        assert rate(why.nearest * (1 - 1e-9)) == 0


def test_a_chip_without_the_precision_is_refused_for_it() -> None:
    none = dict.fromkeys(("bf16_tflops", "fp8_tflops", "fp4_tflops"))
    why = refused(TokenWork(**CHAT), chip(**(B200 | none)))
    assert (why.limit, why.nearest) == ("precision", None)
    only_fp4 = chip(**(B200 | {"bf16_tflops": None, "fp8_tflops": None}))
    assert refused(TokenWork(**CHAT), only_fp4).limit == "precision", "fp8 work does not run at fp4"


def test_memory_that_nobody_knows_is_refused_for_it() -> None:
    why = refused(TokenWork(**CHAT), chip(**(B200 | {"memory_gb": None})))
    assert why.limit == "memory"


def test_by_hand() -> None:
    """One dense model on one group of one chip, no prompt, where the arithmetic is short.

    8e9 parameters at 1 byte; 10 GB beyond the weights in 0.9 x 20 GB; 1 GB of cache a sequence: n = 10.
    Traffic 1000 GB/s x 0.6: weights 13.333 ms, each cache 1.6667 ms. Compute 100 TFLOP/s x 0.67: 0.23881 ms each.
    t0 = 2.9 ms x (8/37)^(1/3) = 1.74053 ms. Step = 1.74053 + 13.3333 + 10 x 1.905473 = 34.1286 ms.
    """
    work = TokenWork(precision="fp8", total_params_b=8.0, active_params_b=8.0, context_tokens=1000.0,
                     prompt_tokens_per_output=0.0, kv_bytes_per_token=1e6)  # fmt: skip
    one = chip(bf16_tflops=100.0, memory_gb=20.0, memory_bandwidth_gb_s=1000.0)
    found = groups(work, one)
    assert found.memory_sequences[0, 0] == pytest.approx(10.0, rel=1e-12)
    assert found.rate[0, 0] == pytest.approx(10 / 34.12858e-3, rel=1e-5)
