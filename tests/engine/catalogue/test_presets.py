"""Served models of the catalogue, and the KV cache of a model of one's own, by hand."""

import pytest

from gigaplan.engine.catalogue import load_catalogue
from gigaplan.engine.catalogue.presets import kv_cache, model_presets, served_model
from gigaplan.engine.plan.bounds import row_refusals
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import Settings


def test_every_preset_can_be_served_at_every_precision() -> None:
    presets = model_presets()
    assert len(presets) > 25
    sizes = [m.total_params_b or 0 for m in presets]
    assert sizes == sorted(sizes)
    for entry in presets:
        for precision in ("bf16", "fp8", "fp4"):
            row = served_model(entry.id, precision, context_tokens=1000, prompt_tokens_per_output=1)
            assert row.model == entry.id
            assert not list(row_refusals(row, Settings(name="", start="2027-01", periods=1)))


def test_a_model_of_four_bits_keeps_them() -> None:
    def weights(id: str, precision: str) -> float | None:
        return served_model(id, precision, context_tokens=1000, prompt_tokens_per_output=1).weight_bytes

    assert [weights("gpt_oss_120b", p) for p in ("bf16", "fp8", "fp4")] == [0.5, 0.5, None]
    assert [weights("llama31_70b", p) for p in ("bf16", "fp8", "fp4")] == [None, None, None]


def test_what_nobody_published_is_named() -> None:
    with pytest.raises(PlanError, match="kv_values_per_token"):
        served_model("gpt3_175b", "fp8", context_tokens=1000, prompt_tokens_per_output=1)
    with pytest.raises(PlanError, match="no entry 'gpt9'"):
        served_model("gpt9", "fp8", context_tokens=1000, prompt_tokens_per_output=1)


def test_the_cache_by_hand() -> None:
    grouped = kv_cache("bf16", 80, kv_heads=8, head_size=128)
    assert grouped.bytes_per_token == 80 * 2 * 8 * 128 * 2 == 327_680
    assert grouped.arithmetic == "80 layers × 2 × 8 heads × 128 = 163,840 values × 2 B = 327,680 B"
    latent = kv_cache("fp8", 61, latent_size=512, rope_size=64)
    assert latent.bytes_per_token == 61 * 576 == 35_136
    assert latent.arithmetic == "61 layers × (512 + 64) = 35,136 values × 1 B = 35,136 B"


def test_the_cache_of_each_model_of_the_catalogue() -> None:
    asked = 0
    for m in load_catalogue().models.values():
        if m.kv_values_per_token is None or not m.kv_layers or "K = V" in m.attention:
            continue
        if m.kv_lora_rank:
            found = kv_cache("fp8", m.kv_layers, latent_size=m.kv_lora_rank, rope_size=m.qk_rope_dim or 0)
        elif m.kv_heads and m.head_dim:
            found = kv_cache("fp8", m.kv_layers, kv_heads=m.kv_heads, head_size=m.head_dim)
        else:
            continue
        assert found.bytes_per_token == m.kv_bytes_per_token("fp8"), m.id
        asked += 1
    assert asked > 20


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"kv_heads": 8},
        {"kv_heads": 8, "head_size": 128, "latent_size": 512},
        {"latent_size": 0},
        {"latent_size": -1},
    ],
)
def test_what_makes_no_cache_is_refused(given: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"give|more than 0"):
        kv_cache("fp8", 60, **given)
