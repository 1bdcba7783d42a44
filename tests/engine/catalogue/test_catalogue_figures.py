"""The figures of the catalogue agree with each other: units, quotients that notes state, sums, fronts, gigawatts."""

from __future__ import annotations

import itertools
import math
import re
from collections import defaultdict

import pytest

from gigaplan.engine.catalogue import load_catalogue

GIB = 2**30 / 1e9
CATALOGUE = load_catalogue()
PLATFORMS = CATALOGUE.platforms


def number(text: str) -> float:
    return float(text.replace(",", "").rstrip("."))


def test_platforms_are_within_what_chips_are() -> None:
    for p in PLATFORMS.values():
        for value, low, high in (
            (p.peak_bf16_dense_tflops, 50, 200_000),
            (p.peak_fp8_dense_tflops, 50, 200_000),
            (p.peak_fp4_dense_tflops, 50, 200_000),
            (p.memory_gb, 0.2, 2000),
            (p.memory_bandwidth_gb_s, 100, 3e7),
            (p.scale_up_chips, 1, 10_000),
            (p.tdp_w, 50, 30_000),
            (p.server_power_w_per_chip, 100, 30_000),
            (p.unit_price_usd, 500, 3e6),
            (p.lifetime_years, 2, 10),
            (p.mtbf_hours, 5000, 5e6),
            (p.embodied_kgco2e, 50, 5000),
        ):
            assert value is None or low <= value <= high, (p.id, value)


def test_a_narrower_precision_is_up_to_four_times_as_fast() -> None:
    for p in PLATFORMS.values():
        peaks = [v for v in (p.peak_bf16_dense_tflops, p.peak_fp8_dense_tflops, p.peak_fp4_dense_tflops) if v]
        assert all(1 <= b / a <= 4.01 for a, b in itertools.pairwise(peaks)), p.id


def test_memory_is_in_gb_of_ten_to_the_nine() -> None:
    for p in PLATFORMS.values():
        if p.memory_gb is None or p.memory_printed is None:
            continue
        of_printed = p.memory_gb / p.memory_printed
        measured = p.memory_confidence == "measured" and re.search("rocm-smi|nvidia-smi|bytes", p.memory_basis)
        as_printed, as_gib = abs(of_printed - 1) < 1e-6, abs(of_printed - GIB) < 1e-3
        assert measured or as_printed or as_gib or "GiB" in p.memory_basis, p.id
        assert as_printed == ("as printed" in p.memory_basis), p.id
        if (stated := re.match(r"(?:derived: )?(\d+) GiB", p.memory_basis)) and not measured:
            assert p.memory_gb == pytest.approx(int(stated[1]) * GIB, rel=1e-4), p.id
        for count, unit in re.findall(r"([\d,]{6,}) (MiB|bytes)", p.memory_basis):
            assert p.memory_gb == pytest.approx(number(count) * (2**20 if unit == "MiB" else 1) / 1e9, rel=1e-4), p.id


def test_power_of_a_server_is_that_of_its_chips_and_more() -> None:
    for p in PLATFORMS.values():
        if p.tdp_w and p.server_power_w_per_chip and p.id != "google_tpu_v4":  # its thermal power is Epoch's estimate
            assert 1 <= p.server_power_w_per_chip / p.tdp_w <= 3, p.id
        assert (p.rack_power_kw is None) == (p.chips_per_rack is None), p.id
        if p.rack_power_kw and p.chips_per_rack:
            assert p.server_power_w_per_chip == pytest.approx(p.rack_power_kw * 1000 / p.chips_per_rack, rel=1e-3), p.id


def test_prices_and_carbon_add_up_and_have_a_basis() -> None:
    for p in PLATFORMS.values():
        if p.price_low_usd and p.price_high_usd:
            assert p.price_low_usd <= p.price_high_usd, p.id
            price = p.unit_price_usd or p.price_low_usd
            assert p.price_low_usd * 0.999 <= price <= p.price_high_usd * 1.001, p.id
        if p.embodied_chip_kgco2e is not None and p.embodied_host_share_kgco2e is not None:
            whole = p.embodied_chip_kgco2e + p.embodied_host_share_kgco2e
            assert p.embodied_kgco2e == pytest.approx(whole, rel=1e-3), p.id
        for value, basis, confidence in (
            (p.server_power_w_per_chip, p.power_basis, p.power_confidence),
            (p.unit_price_usd, p.price_basis, p.price_confidence),
            (p.embodied_kgco2e, p.embodied_basis, p.embodied_confidence),
        ):
            assert value is None or (basis and confidence), p.id
        assert (p.mtbf_hours is None) == (p.mtbf_basis == ""), p.id


def test_quotients_that_a_basis_states_are_the_figure() -> None:
    scale = {"kW": 1000, "M$": 1e6, "k$": 1e3}
    found = 0
    for p in PLATFORMS.values():
        for text, value in ((p.price_basis, p.unit_price_usd), (p.power_basis, p.server_power_w_per_chip)):
            for a, unit, b in re.findall(r"([\d.,]+) ?(kW|M\$|k\$) / (\d+)(?![\d,])", text):
                if value and int(b) > 1:
                    assert value == pytest.approx(number(a) * scale[unit] / int(b), rel=0.02), p.id
                    found += 1
    assert found > 5


def test_the_time_between_failures_is_that_of_a_published_run() -> None:
    interruptions = CATALOGUE.demand_and_costs["dem_103"].value_min
    assert PLATFORMS["nvidia_h100_sxm"].mtbf_hours == pytest.approx(16_384 * 54 * 24 / (interruptions or 0), rel=1e-3)


def test_prices_of_chips_are_those_of_their_racks() -> None:
    for platform, rack in (("nvidia_gb200_nvl72", "dem_079"), ("nvidia_gb300_nvl72", "dem_099")):
        price = CATALOGUE.demand_and_costs[rack].value_max
        assert PLATFORMS[platform].unit_price_usd == pytest.approx((price or 0) / 72, rel=1e-3)
    assert PLATFORMS["nvidia_vr200_nvl144"].unit_price_usd == pytest.approx(7_803_148 / 72, rel=1e-3)


def test_offers_are_prices_of_known_chips_for_a_known_term() -> None:
    for o in CATALOGUE.offers.values():
        assert o.platform_id in PLATFORMS, o.id
        assert o.kind in ("on_demand", "spot", "reserved_1y", "reserved_3y", "committed", "purchase"), o.id
        assert o.price_usd_per_chip_hour is None or 0.05 <= o.price_usd_per_chip_hour <= 60, o.id
        assert o.purchase_usd_per_chip is None or (o.kind == "purchase" and 500 <= o.purchase_usd_per_chip <= 3e6), o.id
        wanted = {"reserved_1y": 12, "reserved_3y": 36}.get(o.kind)
        stated = o.term_months == wanted or re.search("not stated|taken as 1-year", o.notes)
        assert wanted is None or stated, o.id
        assert o.min_quantity is None or o.min_quantity >= 1, o.id


def test_prices_per_chip_are_prices_of_instances_over_their_chips() -> None:
    found = 0
    for o in CATALOGUE.offers.values():
        paid = o.price_usd_per_chip_hour if o.price_usd_per_chip_hour is not None else o.purchase_usd_per_chip
        whole = re.search(r"([\d,]+(?:\.\d+)?) \$ per VM for (\d+) months / (\d+) / (\d+) h", o.notes)
        if whole:
            months, chips, hours = (int(whole[k]) for k in (2, 3, 4))
            assert hours == months * 730, o.id
            assert months == o.term_months, o.id
            assert paid == pytest.approx(number(whole[1]) / chips / hours, rel=1e-4), o.id
        elif part := re.search(r"(?<![\d-])([\d,]*\d(?:\.\d+)?) ?(M\$)? / (\d+)\b(?! ?h)", o.notes):
            wanted = number(part[1]) * (1e6 if part[2] else 1) / int(part[3])
            assert paid == pytest.approx(wanted, rel=1e-3), o.id
            found += 1
    assert found > 20


def test_a_longer_contract_of_the_same_instance_is_not_dearer() -> None:
    def of(kind: str) -> dict[tuple[str, ...], float]:
        return {
            (o.platform_id, o.provider, o.instance_or_sku, o.region_scope, o.source): o.price_usd_per_chip_hour
            for o in CATALOGUE.offers.values()
            if o.kind == kind and o.instance_or_sku and o.price_usd_per_chip_hour
        }

    pairs = 0
    for longer, shorter in (("reserved_1y", "on_demand"), ("reserved_3y", "reserved_1y")):
        dear, known = of(shorter), of(longer)
        for key in known.keys() & dear.keys():
            assert known[key] <= dear[key] * 1.001, key
            pairs += 1
    assert pairs > 10


def test_sites_are_places_with_plausible_power() -> None:
    members = {"DE", "FR", "IE", "NL", "ES", "FI", "SE", "DK", "IT", "BE", "PL"}
    for s in CATALOGUE.sites.values():
        for value, low, high in (
            (s.electricity_usd_per_mwh, 20, 400),
            (s.grid_carbon_g_per_kwh, 1, 900),
            (s.typical_pue, 1.02, 1.7),
            (s.water_l_per_kwh, 0, 5),
        ):
            assert value is None or low <= value <= high, (s.id, value)
        assert re.fullmatch("[A-Z]{2,3}", s.country), s.id
        assert re.fullmatch("[A-Z]{2,3}", s.jurisdiction), s.id
        pair = {s.country, s.jurisdiction}
        assert "EU" not in pair or pair & members, s.id
        assert (s.electricity_usd_per_mwh is None) == (s.electricity_source == ""), s.id
        assert s.grid_carbon_g_per_kwh is None or s.environment_source, s.id
    for id in ("fi_hamina", "se_lulea_stockholm", "no_narvik_oslo", "ca_qc_montreal", "fr_paris"):
        assert (CATALOGUE.sites[id].grid_carbon_g_per_kwh or 0) < 60, f"{id}: a grid of water and nuclear power"


def test_the_cache_of_a_model_follows_from_its_layers_and_heads() -> None:
    found = 0
    for m in CATALOGUE.models.values():
        values = m.kv_values_per_token
        if values is None:
            continue
        layers = m.kv_layers or 0
        assert layers <= (m.layers or 0), m.id
        assert m.native_weight_bits in (4, 8, 16), m.id
        assert m.config_source, m.id
        if m.kv_lora_rank:
            assert values == layers * (m.kv_lora_rank + (m.qk_rope_dim or 0)), m.id
        elif m.kv_heads and m.head_dim:
            one = layers * m.kv_heads * m.head_dim
            assert values in ((2 * one, one) if "K = V" in m.attention else (2 * one,)), m.id
        found += 1
    assert found > 30


def test_training_runs_add_up() -> None:
    for m in CATALOGUE.models.values():
        if m.active_params_b and m.total_params_b:
            assert 0.05 <= m.active_params_b <= m.total_params_b <= 20_000, m.id
        if m.training_flop and m.training_tokens_t and m.active_params_b:
            six = 6 * m.active_params_b * 1e9 * m.training_tokens_t * 1e12
            times = m.training_flop / six
            assert 0.5 <= times <= 2 or (times > 1 and "times 6ND" in m.notes), m.id
        assert m.mfu_if_published is None or 0.05 <= m.mfu_if_published <= 0.65, m.id
        # Two cards count the hours of more than the run itself.
        counted = m.gpu_hours and m.hardware_quantity and m.training_hours
        if counted and m.id not in ("llama31_405b", "llama2_70b"):
            whole = (m.hardware_quantity or 0) * (m.training_hours or 0)
            assert 0.5 <= (m.gpu_hours or 0) / whole <= 2, m.id
        if m.energy_mwh and m.gpu_hours:
            assert 50 <= m.energy_mwh * 1e6 / m.gpu_hours <= 2500, m.id


def test_measurements_count_their_output_tokens() -> None:
    for t in CATALOGUE.inference_throughput.values():
        assert t.platform_id in PLATFORMS, t.id
        assert t.model_id == "" or t.model_id in CATALOGUE.models, t.id
        raw, out = t.tokens_per_second_per_chip, t.output_tokens_per_second_per_chip
        assert raw is None or 0.01 <= raw <= 2e5, t.id
        assert raw is not None or t.interactivity_tok_s_user, t.id
        if out is None:
            assert raw is None or t.token_basis != "output", t.id
        elif t.token_basis == "output":
            assert out == pytest.approx(raw, rel=0.01), t.id
        elif t.token_basis == "input+output" and t.input_len and t.output_len and raw:
            assert out == pytest.approx(raw * t.output_len / (t.input_len + t.output_len), rel=0.01), t.id
        if t.interactivity_tok_s_user and t.tpot_ms and "limit" not in t.latency_kind:
            assert 0.8 <= t.interactivity_tok_s_user * t.tpot_ms / 1000 <= 1.25, t.id


def test_curves_are_fronts_with_a_source() -> None:
    fronts = defaultdict(list)
    for p in CATALOGUE.serving_curves.values():
        assert p.platform in PLATFORMS, p.id
        assert p.model in CATALOGUE.models, p.id
        assert p.precision in ("bf16", "fp8", "fp4"), p.id
        assert p.mode in ("", "aggregated", "disaggregated"), p.id
        assert 0.5 <= p.token_latency_ms <= 2000, p.id
        assert 0.1 <= p.tokens_s_chip <= 1e5, p.id
        assert p.source, p.id
        assert p.source_row, p.id
        assert p.licence, p.id
        if p.chips and p.concurrency:
            spoken = p.tokens_s_chip * p.chips * p.token_latency_ms / 1000
            assert spoken <= p.concurrency * 1.25, f"{p.id}: more tokens than users at their speed"
        shape = (p.platform, p.model, p.precision, p.prompt_tokens, p.output_tokens)
        fronts[shape].append((p.token_latency_ms, p.tokens_s_chip))
    for shape, points in fronts.items():
        points.sort()
        assert all(a[0] < b[0] and a[1] < b[1] for a, b in itertools.pairwise(points)), shape


def test_resale_and_costs_are_ranges() -> None:
    for r in CATALOGUE.resale.values():
        assert r.platform_id in PLATFORMS, r.id
        assert 0 < r.fraction_low <= r.fraction_high <= 1, r.id
    for d in CATALOGUE.demand_and_costs.values():
        assert d.unit, d.id
        assert d.value_min is None or d.value_max is None or d.value_min <= d.value_max, d.id


def cost(id: str) -> float:
    entry = CATALOGUE.demand_and_costs[id]
    return entry.value_max if entry.value_max is not None else entry.value_min or math.nan


def test_gigawatts_hold_the_chips_that_are_reported() -> None:
    """Reported power per chip is what the rack draws, and up to 60 % more for cooling and all else."""
    racks = cost("dem_077") / (cost("dem_079") + cost("dem_080"))
    assert cost("dem_095") == pytest.approx(racks * 72, rel=0.10)
    for platform, watts, least in (
        ("nvidia_gb200_nvl72", 1e9 / (racks * 72), 1.1),
        ("nvidia_gb200_nvl72", 1e9 / cost("dem_095"), 1.1),
        ("aws_trainium2", cost("dem_081") * 1e6 / 400_000, 1.0),
        ("aws_trainium2", cost("dem_085") * 1e6 / 1e6, 1.0),
        ("nvidia_h100_sxm", cost("dem_086") * 1e6 / 200_000, 1.0),
        ("google_tpu_v7", cost("dem_054") * 1e9 / 1e6, 0.85),
    ):
        power = PLATFORMS[platform].server_power_w_per_chip or math.nan
        assert least <= watts / power <= (1.7 if platform == "nvidia_h100_sxm" else 1.6), (platform, watts)
    buildings, hardware = cost("dem_089"), CATALOGUE.demand_and_costs["dem_090"]
    assert buildings + (hardware.value_min or 0) == pytest.approx(47.5e9, rel=0.1)
    claimed = CATALOGUE.demand_and_costs["dem_078"]
    assert (claimed.value_min or 0) <= buildings + (hardware.value_max or 0) <= (claimed.value_max or 0)
