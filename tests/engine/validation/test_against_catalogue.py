"""Figures that are the catalogue's in another unit are asked about, each with what to write; real ones are let pass."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gigaplan.engine.catalogue import load_catalogue, offer_row, platform_row, site_row
from gigaplan.engine.catalogue.new_rows import new_workload
from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import Measurement, Offer, Platform, Settings, Throughput, Workload
from gigaplan.engine.plan.text import rounded
from gigaplan.engine.plan.throughput import without_rows
from gigaplan.engine.validation.against_catalogue import catalogue_slips
from gigaplan.engine.validation.rules import check

SETTINGS = Settings(name="slips", start="2027-01", periods=2)
SITE = site_row("us_ia_council_bluffs", 100.0)


def plan_with(platform: Platform | None = None, offer: Offer | None = None, work: Workload | None = None) -> Plan:
    platform = platform or platform_row("nvidia_b200")
    plan = Plan(settings=SETTINGS, platforms=(platform,), sites=(SITE,), offers=(offer,) if offer else ())
    served = work or new_workload(plan, "chat_serving")
    return msgspec.structs.replace(plan, workloads=(served,))


def chat(**inference: Any) -> Workload:
    work = new_workload(Plan(settings=SETTINGS), "chat_serving")
    return msgspec.structs.replace(work, inference=msgspec.structs.replace(work.inference, **inference))  # type: ignore[type-var]


def chip(id: str = "nvidia_b200", **over: Any) -> Platform:
    return msgspec.structs.replace(platform_row(id), **over)


def rented(price: Any, **over: Any) -> Offer:
    return offer_row("offer_152", price_usd=price, **over)


SLIPS = [
    (plan_with(chip(bf16_tflops=4500.0)), "platforms[0].bf16_tflops", "counts sparsity", "2,250"),
    (plan_with(chip(fp8_tflops=9000.0)), "platforms[0].fp8_tflops", "counts sparsity", "4,500"),
    (plan_with(chip("nvidia_h100_sxm", memory_gb=80.0)), "platforms[0].memory_gb", "is GiB", "85.9"),
    (plan_with(offer=rented(8 * 5.0)), "offers[0].price_usd", "the price of 8 chips", "write 5"),
    (plan_with(offer=rented(Growth(start=40.0, annual_growth=-0.1))), "offers[0].price_usd", "8 chips", "write 5"),
    (plan_with(offer=rented(8 * 43_730.0, kind="purchase")), "offers[0].price_usd", "8 chips", "write 43,730"),
    (plan_with(work=chat(kv_bytes_per_token=70_272.0)), "workloads[0].inference.kv_bytes_per_token", "twice", "35,136"),
    (plan_with(work=chat(kv_bytes_per_token=17_568.0)), "workloads[0].inference.kv_bytes_per_token", "half", "35,136"),
    (
        plan_with(work=chat(model=None, kv_bytes_per_token=70_272.0)),
        "workloads[0].inference.kv_bytes_per_token",
        "twice what DeepSeek",
        "35,136",
    ),
    (plan_with(work=chat(model="deepseek_r2")), "workloads[0].inference.model", "no such model", "deepseek_r1"),
    (
        plan_with(work=msgspec.structs.replace(chat(), max_token_latency_ms=0.0)),
        "workloads[0].max_token_latency_ms",
        "no chip answers in no time",
        "Leave it empty",
    ),
    (
        plan_with(
            work=msgspec.structs.replace(
                chat(), throughput=(Throughput(platform="nvidia_b200", value=5856.9, basis="measured"),)
            )
        ),
        "workloads[0].throughput[0].value",
        "counts the tokens of the prompt",
        "650.8",
    ),
]


@pytest.mark.parametrize(("plan", "path", "text", "remedy"), SLIPS, ids=[path for _, path, _, _ in SLIPS])
def test_a_figure_in_another_unit_is_asked_about(plan: Plan, path: str, text: str, remedy: str) -> None:
    (found,) = catalogue_slips(plan)
    assert (found.path, found.severity) == (path, "warning")
    assert text in found.text
    assert remedy in found.remedy
    assert found in check(plan)


def test_a_chip_is_known_by_its_name_too() -> None:
    mine = msgspec.structs.replace(chip(bf16_tflops=4500.0), id="our_b200", name="b200 ")
    offer = rented(8 * 5.0, platform="our_b200")
    found = {p.path: p.text for p in catalogue_slips(plan_with(mine, offer))}
    assert "counts sparsity" in found["platforms[0].bf16_tflops"]
    assert "8 chips" in found["offers[0].price_usd"]


def test_a_throughput_that_is_likely_only_without_the_prompt_is_asked_about() -> None:
    work = chat(model=None)
    likely = without_rows(work, chip()).value
    ratio = work.inference.prompt_tokens_per_output  # type: ignore[union-attr]

    def stated(value: float) -> list[str]:
        rows = (Throughput(platform="nvidia_b200", value=value, basis="measured"),)
        return [p.remedy for p in catalogue_slips(plan_with(work=msgspec.structs.replace(work, throughput=rows)))]

    (remedy,) = stated(likely * (1 + ratio))
    assert f"at this traffic {rounded(likely)}" in remedy
    assert stated(likely) == []
    assert stated(likely * 1.5) == []


def point(latency: float, rate: float, model: str = "deepseek_r1") -> Measurement:
    shape = {"model": model, "precision": "fp8", "prompt_tokens": 8192.0, "output_tokens": 1024.0}
    return msgspec.convert(shape | {"token_latency_ms": latency, "tokens_s_chip": rate}, Measurement)


def test_a_curve_that_is_not_monotone_and_a_model_nobody_knows_are_named() -> None:
    curve = chip(measurements=(point(20, 500), point(40, 450), point(60, 900)))
    (found,) = catalogue_slips(plan_with(curve))
    assert found.path == "platforms[0].measurements[1].tokens_s_chip"
    assert "450 tokens/s at 40 ms, no more than 500 at 20 ms: the curve is not monotone" in found.text
    assert list(catalogue_slips(plan_with(chip(measurements=(point(20, 500), point(40, 550)))))) == []
    (found,) = catalogue_slips(plan_with(chip(measurements=(point(20, 500, "deepseek_r2"),))))
    assert (found.path, found.field) == ("platforms[0].measurements[0].model", "measurements")
    assert "deepseek_r1" in found.remedy


def test_the_catalogue_itself_draws_none() -> None:
    catalogue = load_catalogue()

    def rows(table: str, make: Any) -> tuple[Any, ...]:
        found = []
        for id in getattr(catalogue, table):
            try:
                found.append(make(id))
            except PlanError:
                continue  # an entry without a figure that nobody published
        return tuple(found)

    plan = Plan(settings=SETTINGS, platforms=rows("platforms", platform_row), offers=rows("offers", offer_row))
    assert len(plan.platforms) > 25
    assert len(plan.offers) > 200
    assert list(catalogue_slips(plan)) == []


@pytest.mark.parametrize("precision", ["bf16", "fp8", "fp4"])
def test_each_width_of_the_cache_is_right_for_its_precision(precision: str) -> None:
    for entry in load_catalogue().models.values():
        own = entry.kv_bytes_per_token(precision)
        if own and entry.total_params_b and entry.active_params_b:
            work = chat(
                model=entry.id,
                kv_bytes_per_token=own,
                total_params_b=entry.total_params_b,
                active_params_b=entry.active_params_b,
            )
            assert list(catalogue_slips(plan_with(work=msgspec.structs.replace(work, precision=precision)))) == []


@pytest.mark.parametrize("entry", ["groq_lpu_v1", "aws_inferentia2"])
def test_a_chip_for_inference_that_counts_as_a_training_chip_is_asked_about(entry: str) -> None:
    sold = Offer(id="sold", name="Sold", platform=entry, provider="p", kind="purchase", price_usd=20_000.0, sites="*")
    run = Workload(id="run", name="Run", kind="pretraining", unit="PFLOP/s", demand=100.0, unmet_usd=10.0)

    def asked(**over: Any) -> list[tuple[str, str]]:
        plan = plan_with(platform_row(entry), sold, msgspec.structs.replace(run, **over))
        return [(p.path, p.remedy) for p in check(plan) if "a chip that trains" in p.text]

    told = "State its throughput on that chip, 0 if none, or forbid the offers of it."
    assert asked() == [("workloads[0].throughput", told)]
    assert asked(kind="inference") == []
    assert asked(forbidden_offers=("sold",)) == []
    none = Throughput(platform=entry, value=0.0, basis="vendor", source="made for inference")
    assert asked(throughput=(none,)) == []


def test_a_chip_of_ones_own_and_another_currency_are_left_alone() -> None:
    mine = chip(bf16_tflops=4500.0, memory_gb=180.0)
    assert list(catalogue_slips(plan_with(msgspec.structs.replace(mine, id="mine", name="Mine")))) == []
    yen = msgspec.structs.replace(
        plan_with(offer=rented(800.0)), settings=msgspec.structs.replace(SETTINGS, currency="JPY")
    )
    assert list(catalogue_slips(yen)) == []


def test_eight_times_any_price_on_record_is_asked_about() -> None:
    asked = 0
    for id, entry in load_catalogue().offers.items():
        chip = load_catalogue().platforms[entry.platform_id]
        if entry.price_usd is None or chip.chips_per_system != 8:
            continue
        row = offer_row(id, price_usd=8 * entry.price_usd)
        asked += bool(list(catalogue_slips(plan_with(offer=row))))
    assert asked > 150


def test_a_price_that_is_merely_high_is_let_pass() -> None:
    assert list(catalogue_slips(plan_with(offer=rented(20.0)))) == []
