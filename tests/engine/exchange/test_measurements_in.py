"""Measurements from elsewhere: they win over the catalogue's curves, and say what they rest on."""

import msgspec
import pytest

from gigaplan.engine.exchange.json import parse_json, to_json
from gigaplan.engine.exchange.measurements_in import read_measurements, with_measurements
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.throughput import before_goodput
from gigaplan.engine.results.latency_curves import with_limit
from tests.gui.views.charts.test_latency_curves import serving_plan

HEAD = "platform,model,precision,prompt_tokens,output_tokens,token_latency_ms,tokens_s_chip,engine,as_of,source\n"
ROWS = HEAD + (
    "nvidia_b300,deepseek_r1,fp8,8192,1024,20,1000,vllm 1.0,2026-11,our bench\n"
    "B300,DeepSeek-R1,fp8,8192,1024,80,4000,vllm 1.0,2026-11,our bench\n"
    "B300,DeepSeek-R1,fp8,8192,1024,90,3000,vllm 1.0,2026-11,our bench\n"
)


def estimate_at(plan, limit):
    return before_goodput(with_limit(plan.workloads[-1], limit), plan.platforms[1])


def test_rows_of_ones_own_win_over_the_catalogue_and_are_measured() -> None:
    plan = serving_plan()
    read = read_measurements(ROWS, plan)
    assert [id for id, _ in read.rows] == ["nvidia_b300"] * 3
    made = with_measurements(plan, read.rows)
    found = estimate_at(made, 40.0)
    # Halfway in the logarithms of 20 and 80 ms: halfway in those of 1000 and 4000.
    assert (found.value, found.basis) == (pytest.approx(2000.0), "measured")
    assert found.source == "vllm 1.0: our bench"
    assert found.as_of == "2026-11"
    assert estimate_at(made, 85.0).value >= 4000.0, "a slower point with fewer tokens is on no front"
    assert with_measurements(made, read.rows) == made, "what is there is not added again"
    assert parse_json(to_json(made)) == made


def test_results_of_aiconfigurator_are_modelled_and_yield_to_what_was_measured() -> None:
    plan = serving_plan()
    text = (
        "model,isl,osl,concurrency,ttft,tpot,tokens/s/gpu,tokens/s/user,gemm,backend,version,system\n"
        "deepseek-ai/DeepSeek-R1,8192,1024,64,500,20,900,50,fp8_block,trtllm,1.2.0,b300_sxm\n"
        "Qwen/Qwen3-32B,8192,1024,64,500,20,700,50,fp8_block,trtllm,1.2.0,b300_sxm\n"
    )
    read = read_measurements(text, plan)
    made = with_measurements(plan, read.rows)
    assert [m.basis for _, m in read.rows] == ["modelled", "modelled"]
    assert [m.model for _, m in read.rows] == ["deepseek_r1", "qwen3_32b"]
    assert read.rows[0][1].engine == "trtllm 1.2.0"
    assert estimate_at(made, 20.0) == estimate_at(plan, 20.0), "the catalogue has measured this model on this chip"
    work = made.workloads[-1]
    other = msgspec.structs.replace(work, inference=msgspec.structs.replace(work.inference, model="qwen3_32b"))
    found = before_goodput(with_limit(other, 20.0), made.platforms[1])
    assert (found.value, found.basis, found.band) == (pytest.approx(700.0), "modelled", None)


def test_points_of_inferencex_count_output_tokens_of_all_chips() -> None:
    plan = serving_plan()
    heads = "Model,ISL,OSL,Hardware,Hardware Key,Framework,Precision,TP,Concurrency,Date,Throughput/GPU (tok/s)"
    heads += ",Output Throughput/GPU (tok/s),Median TPOT (ms),Median Interactivity (tok/s/user)\n"
    row = "DeepSeek R1 0528,8192,1024,B300,{key},SGLANG,FP8,8,64,2026-10-02,9000,1000,0.02,50\n"
    read = read_measurements(
        heads + row.format(key="b300") + row.format(key="b300_mtp") + row.format(key="mi355x"), plan
    )
    ((platform, point),) = read.rows
    assert platform == "nvidia_b300"
    assert (point.token_latency_ms, point.tokens_s_chip) == (20.0, pytest.approx(1000.0))
    assert (point.model, point.basis, point.as_of) == ("deepseek_r1", "measured", "2026-10")
    assert [p.path for p in read.skipped] == ["line 3", "line 4"]
    assert "speculative" in read.skipped[0].text
    assert "no platform of this plan" in read.skipped[1].text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n", "has no headings of measurements"),
        (
            HEAD + "nvidia_b300,deepseek_r1,fp8,8192,1024,0,1000,,,\n",
            "as token_latency_ms; it must be a number above 0",
        ),
        (HEAD + "nvidia_b300,deepseek_r1,int3,8192,1024,20,1000,,,\n", "it must be bf16, fp8 or fp4"),
        ("", "has no headings of measurements"),
    ],
)
def test_what_holds_no_measurement_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(PlanError) as error:
        read_measurements(text, serving_plan())
    assert words in error.value.problems[0].text
