"""Throughput of a plan's chips: the rules in their order, what each figure rests on, goodput, and refusals in words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gigaplan.engine.analysis.provenance.leaves import Given
from gigaplan.engine.analysis.provenance.node import recompute
from gigaplan.engine.analysis.provenance.throughput import throughput as throughput_node
from gigaplan.engine.catalogue import load_catalogue
from gigaplan.engine.exchange.result_text import as_json
from gigaplan.engine.plan.decode import decode_plan, encode_plan
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.throughput import FORMULA, estimate, no_throughput, throughput
from gigaplan.engine.solve.solve import solve_plan
from tests.engine.plans import plan_of

CHIP = {"id": "nvidia_b200", "stack": "cuda", "bf16_tflops": 2250, "fp8_tflops": 4500, "fp4_tflops": 9000,
        "memory_gb": 193.274, "memory_bandwidth_gb_s": 7700}  # fmt: skip
CHAT = {"total_params_b": 671, "active_params_b": 37, "context_tokens": 8704, "prompt_tokens_per_output": 8,
        "kv_bytes_per_token": 35136, "max_token_latency_ms": 60}  # fmt: skip


def served(work: dict[str, Any] | None = None, chip: dict[str, Any] | None = None, **inference: Any) -> Plan:
    """A plan that serves DeepSeek-R1 on one B200-like chip."""
    row = {"unit": "tokens/s", "precision": "fp8", "inference": CHAT | inference} | (work or {})
    platform = CHIP | (chip or {})
    return plan_of(platforms=[platform], offers=[{"platform": platform["id"]}], workloads=[row])


def only(plan: Plan) -> Any:
    """The estimate of the only workload on the only chip."""
    found = estimate(plan, plan.workloads[0], plan.platforms[0])
    assert throughput(plan)[0, 0] == pytest.approx(found.value, rel=1e-12)
    return found


def test_each_rule_says_what_it_rests_on() -> None:
    row = {"platform": "nvidia_b200", "value": 700.0, "basis": "vendor", "source": "A sheet", "as_of": "2026-05"}
    given = only(served({"throughput": [row]}))
    assert (given.value, given.basis, given.band, given.source, given.as_of) == (
        700, "vendor", None, "A sheet", "2026-05")  # fmt: skip
    formula = only(served())
    assert (formula.basis, formula.source, formula.as_of) == ("modelled", FORMULA, "2026-11")
    assert formula.band[0] < 1 < formula.band[1]
    assert only(served(chip={"stack": "neuron"})).band is None, "nobody measured that stack"
    point = next(p for p in load_catalogue().serving_curves.values() if p.model == "deepseek_r1" and p.engine)
    size = {
        "model": point.model,
        "context_tokens": point.prompt_tokens + point.output_tokens / 2,
        "prompt_tokens_per_output": point.prompt_tokens / point.output_tokens,
        "max_token_latency_ms": point.token_latency_ms,
    }
    measured = only(served({"precision": point.precision}, {"id": point.platform}, **size))
    assert (measured.basis, measured.band) == ("measured", (0.95, 1.22))
    assert measured.value == pytest.approx(point.tokens_s_chip, rel=1e-9)
    assert point.engine in measured.source
    assert point.source in measured.source
    assert only(served({"precision": point.precision}, {"id": "mine"}, **size)).basis == "modelled"


def test_the_answer_for_programs_has_every_part_of_it() -> None:
    plan = served({"demand": 1000, "unmet_usd": 1})
    (found,) = json.loads(as_json(solve_plan(plan)))["theta"].values()
    assert set(found) == {"value", "basis", "band", "goodput", "source", "as_of"}
    assert found["value"] == pytest.approx(only(plan).value)
    assert (found["goodput"], len(found["band"])) == (1.0, 2)


def test_the_smaller_of_two_latency_limits_counts() -> None:
    tight, loose = (only(served(max_token_latency_ms=v)).value for v in (25, 60))
    assert tight < loose
    assert only(served({"max_token_latency_ms": 25})).value == tight


def test_utilisation_by_platform() -> None:
    chips = [{"id": id, "name": id} for id in ("a", "b")]
    plan = plan_of(platforms=chips, offers=[{"platform": "a"}], workloads=[{"utilisation": {"a": 0.31, "*": 0.4}}])
    assert throughput(plan)[0] == pytest.approx([0.31, 0.4])
    assert encode_plan(plan)["workloads"][0]["utilisation"] == {"a": 0.31, "*": 0.4}
    assert decode_plan(json.loads(json.dumps(encode_plan(plan)))) == plan
    only_one = plan_of(platforms=chips, offers=[{"platform": "a"}], workloads=[{"utilisation": {"a": 0.31}}])
    assert throughput(only_one)[0] == pytest.approx([0.31, 0.4]), "0.4 where nothing is said"


def test_a_utilisation_that_cannot_be_is_refused_by_its_path() -> None:
    with pytest.raises(PlanError) as caught:
        plan_of(workloads=[{"utilisation": {"chip": 31, "*": "x"}}])
    paths = [p.path for p in caught.value.problems]
    assert paths == ["workloads[0].utilisation.chip", "workloads[0].utilisation.*"]


def run(**work: Any) -> Plan:
    """1,000 PFLOP/s at 0.5 a chip, 50,000 h between failures of a chip, a checkpoint of 3 min, a restart of 15."""
    row = {"demand": 1000, "checkpoint_minutes": 3, "restart_minutes": 15,
           "throughput": [{"platform": "chip", "value": 0.5, "basis": "measured"}]}  # fmt: skip
    return plan_of(platforms=[{"mtbf_hours": 50_000}], workloads=[row | work])


def test_goodput_by_hand() -> None:
    """2,000 chips fail every 25 h: 1 / (1 + sqrt(2 x 0.05 / 25) + 0.25 / 25) = 0.93175."""
    found = only(run())
    assert found.goodput == pytest.approx(1 / (1 + 0.06324555320 + 0.01), rel=1e-9)
    assert found.value == pytest.approx(0.46587660997767566, rel=1e-12)
    assert only(run(peak_factor=2)).goodput < found.goodput, "more chips fail more often"
    assert only(run(checkpoint_minutes=0, restart_minutes=0)).goodput == 1
    late = only(run(demand=[0, 0, 1000, 3000], flexible=True))
    assert late.goodput == pytest.approx(only(run(demand=2000)).goodput), "flexible work: the mean where it is wanted"
    assert only(run(demand=0, flexible=True)).goodput == only(run(demand=0.1)).goodput, "one chip at the least"


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (served(max_token_latency_ms=3), "needs 3.16"),
        (served(time_to_first_token_ms=5), "gives the first token after"),
        (served(chip={"memory_gb": 1}), "has too little memory for one sequence on 512 chips: it takes 1.4"),
        (served({"inference": None}), "says of no model what it serves"),
        (served({"throughput": [{"platform": "nvidia_b200", "value": 0, "basis": "measured"}]}), "is given as 0"),
        (served(chip={"bf16_tflops": 0, "fp8_tflops": None}), "at none of the precisions that fp8 work"),
    ],
)
def test_a_refusal_says_which_limit_and_what_would_do(plan: Plan, words: str) -> None:
    assert only(plan).value == 0
    assert words in no_throughput(plan.workloads[0], plan.platforms[0])


@pytest.mark.parametrize(
    "plan",
    [
        served(),
        served(speculative_gain=1.7, prefix_cache_fraction=0.4, weight_bytes=0.6),
        served(max_token_latency_ms=None),
        served(max_token_latency_ms=15),
        served(active_params_b=671),
        served({"precision": "fp4"}, {"stack": "rocm", "scale_up_chips": 4}),
        served({"max_token_latency_ms": 40}, {"serving_efficiency": 0.9}),
        *(served(chip={"id": "nvidia_gb200_nvl72"}, model="deepseek_r1", max_token_latency_ms=v)
          for v in (None, 60, 20, 20.5, 15, 5)),
        run(),
        run(demand=[0, 0, 1000, 3000], flexible=True),
        plan_of(workloads=[{"utilisation": {"chip": 0.3}}]),
    ],
)  # fmt: skip
def test_the_explanation_of_a_throughput_adds_up(plan: Plan) -> None:
    node = throughput_node(Given(plan), 0, 0)
    assert recompute(node) == pytest.approx(only(plan).value, rel=1e-9)
    assert node.basis == only(plan).basis
