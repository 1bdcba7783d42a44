"""The catalogue: every entry becomes a sound row or is refused by name, and every figure has its source."""

import re
from importlib.resources import files

import msgspec
import pytest

from gigaplan.engine.catalogue import load_catalogue, offer_row, output_tokens, platform_row, site_row, throughput_row
from gigaplan.engine.plan.decode import decode_row
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import Offer, Platform, Site

CONFIDENCE = {"measured", "vendor", "press", "derived", "unsourced"}
FILES = {
    "platforms": 43,
    "offers": 280,
    "sites": 52,
    "models": 74,
    "inference_throughput": 282,
    "demand_and_costs": 104,
    "resale": 7,
    "serving_curves": 740,
}
INCOMPLETE = {
    "amd_mi430x", "amd_mi440x", "amd_mi455x", "aws_trainium1", "aws_trainium4", "google_tpu_v8i", "google_tpu_v8t",
    "groq_3_lpu", "microsoft_maia_200", "nvidia_rubin_cpx", "nvidia_rubin_ultra", "nvidia_vr200_nvl144",
    "sambanova_sn40l",
}  # fmt: skip


def plain(row: object) -> dict[str, object]:
    return msgspec.to_builtins(row)  # type: ignore[no-any-return]


def test_it_holds_what_the_files_hold() -> None:
    catalogue = load_catalogue()
    assert {table: len(getattr(catalogue, table)) for table in FILES} == FILES
    assert load_catalogue() is catalogue


def test_every_entry_has_an_id_a_source_a_date_and_a_known_confidence() -> None:
    catalogue = load_catalogue()
    for table in FILES:
        for entry in getattr(catalogue, table).values():
            assert re.fullmatch(r"[a-z0-9_-]+", entry.id)
            assert entry.source, entry.id
            assert entry.as_of == "undated" or re.match(r"20\d\d(-\d\d)?", entry.as_of), entry.id
            assert table == "serving_curves" or entry.confidence in CONFIDENCE, entry.id
    for site in catalogue.sites.values():
        assert site.electricity_confidence in CONFIDENCE | {""}


def test_references_between_the_files_hold() -> None:
    catalogue = load_catalogue()
    for table in (catalogue.offers, catalogue.inference_throughput):
        assert {entry.platform_id for entry in table.values()} <= set(catalogue.platforms)


def test_a_platform_becomes_a_row_with_its_figures_and_sources() -> None:
    row = platform_row("google_tpu_v7")
    assert (row.vendor, row.stack, row.bf16_tflops, row.fp8_tflops, row.fp4_tflops) == (
        "Google",
        "xla",
        2307,
        4614,
        None,
    )
    assert (row.memory_gb, row.memory_bandwidth_gb_s, row.power_w, row.lifetime_months) == (206.158, 7370, 1085, 72)
    assert row.scale_up_chips == 64
    assert "(vendor)" in row.source
    assert "Memory: 192 GiB" in row.source
    assert "(derived)" in row.source
    assert "not published, counted as 0" in row.source
    assert row.as_of == "2026-04"


def test_every_complete_platform_is_a_valid_row_and_the_others_are_refused_by_name() -> None:
    refused = {}
    for id in load_catalogue().platforms:
        try:
            row, problems = decode_row(Platform, plain(platform_row(id)), id, "platforms")
            assert not problems
            assert row is not None
        except PlanError as error:
            refused[id] = str(error)
    assert set(refused) == INCOMPLETE
    assert "server_power_w_per_chip" in refused["aws_trainium1"]
    assert "peak_bf16_dense_tflops" in refused["microsoft_maia_200"]


def test_every_offer_and_site_is_a_valid_row() -> None:
    for id, entry in load_catalogue().offers.items():
        if entry.price_usd is None:
            with pytest.raises(PlanError, match="has no published price"):
                offer_row(id)
            assert re.search("no on-demand price|no public number|ownership cost", entry.notes), id
            continue
        values = plain(offer_row(id))
        row, problems = decode_row(Offer, values, id, "offers")
        assert not problems
        assert row is not None
        assert any(f"({level})" in row.source for level in CONFIDENCE)
        assert row.price_usd > 0  # type: ignore[operator]
    for id, site in load_catalogue().sites.items():
        if None in (site.electricity_usd_per_mwh, site.typical_pue, site.grid_carbon_g_per_kwh):
            with pytest.raises(PlanError, match="has no published"):
                site_row(id, 100.0)
            continue
        row_, problems = decode_row(Site, plain(site_row(id, 100.0)), id, "sites")
        assert not problems
        assert row_ is not None


@pytest.mark.parametrize(
    ("id", "kind", "price", "term", "interruptible"),
    [
        ("offer_112", "rental", 1.6, 60, False),
        ("offer_102", "rental", 2.7, None, False),
        ("offer_083", "rental", 0.5442, None, True),
        ("offer_171", "rental", 1.3, 36, False),
        ("offer_201", "purchase", 47222, None, False),
    ],
)
def test_kinds_of_offers(id: str, kind: str, price: float, term: float | None, interruptible: bool) -> None:
    row = offer_row(id)
    assert (row.kind, row.price_usd, row.term_months, row.interruptible) == (kind, price, term, interruptible)


def test_an_offer_can_be_adapted() -> None:
    row = offer_row("offer_112", id="mine", sites=("iowa",), supply_chips_per_month=5.0)
    assert (row.id, row.sites, row.supply_chips_per_month, row.price_usd) == ("mine", ("iowa",), 5.0, 1.6)


def test_an_unknown_entry_is_named() -> None:
    with pytest.raises(PlanError, match="no entry 'h1000'"):
        platform_row("h1000")


def test_total_tokens_count_by_their_output_share() -> None:
    entry = load_catalogue().inference_throughput["thr_255"]
    assert (entry.token_basis, entry.input_len, entry.output_len) == ("input+output", 8192, 1024)
    assert output_tokens(entry) == pytest.approx(5856.9 / 9)
    row = throughput_row("thr_255")
    assert (row.platform, row.basis) == ("nvidia_b200", "measured")
    assert row.value == pytest.approx(650.7667, rel=1e-6)
    assert throughput_row("thr_001").value == 4172.4


@pytest.mark.parametrize("id", ["thr_213", "thr_214", "thr_203", "thr_241", "thr_249", "thr_280"])
def test_what_is_no_capacity_of_a_chip_is_refused(id: str) -> None:
    with pytest.raises(PlanError):
        throughput_row(id)


def test_measured_and_vendor_stay_apart() -> None:
    assert throughput_row("thr_220").basis == "vendor"
    assert throughput_row("thr_002").basis == "measured"


def test_the_files_speak_of_figures_alone() -> None:
    for name in FILES:
        text = (files("gigaplan.resources") / "catalogue" / f"{name}.csv").read_text(encoding="utf-8")
        assert "\r" not in text
        assert not re.search(r"recalled|stored material|index id|file id|/work/|seed doc", text)
