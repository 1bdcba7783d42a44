"""What `tiered-portfolio` can be built of: five processors by one article's table, three sites, offers, throughput."""

from __future__ import annotations

from gigaplan.engine.catalogue import load_catalogue, platform_row
from gigaplan.engine.plan.schema import Installed, Offer, Platform, Site, Throughput, Tier
from gigaplan.projects.parts import a_quarter, maintenance_per_year, own_site, ramp

QUARTERS = 12
OPERATIONS_PER_TOKEN = 2 * 70e9
UTILISATION = 0.3
ARTICLE = "Claim of a press article on processor portfolios (undated, read 2026)"
TABLE = {
    # catalogue entry: own id, name, cost per FLOP and FLOPS/W relative to H100, ms a token, words for the latency
    "nvidia_h100_sxm": ("h100_rel", "H100 (relative)", 1.0, 1.0, 50.0, "5 to 50 ms, variable"),
    "groq_lpu_v1": ("groq_rel", "Groq LPU (relative)", 0.7, 2.75, 1.0, "under 1 ms, fixed"),
    "cerebras_wse3": ("cs3_rel", "Cerebras CS-3 (relative)", 0.9, 1.75, 1000.0, "batch, no figure: 1,000 ms assumed"),
    "aws_inferentia2": ("inferentia2_rel", "Inferentia2 (relative)", 0.5, 2.25, 10.0, "2 to 10 ms"),
    "google_tpu_v5e": ("tpu_v5e_rel", "TPU v5e (relative)", 0.8, 2.0, 15.0, "3 to 15 ms"),
}
RENTED = ("h100_3y", "aws_h100", "groq_cloud", "inferentia2_1y", "tpu_v5e_3y", "tpu_v5e_spot")
BOUGHT = ("h100_buy", "groq_buy", "cs3_buy")
AWS = ("aws_h100", "inferentia2_1y")


def platforms() -> tuple[Platform, ...]:
    """The processors of the table, each as much as does the arithmetic of one H100, and one's own."""
    catalogue = load_catalogue()
    h100 = catalogue.platforms["nvidia_h100_sxm"]
    mtbf = platform_row("nvidia_h100_sxm").mtbf_hours
    peak, power = h100.peak_bf16_dense_tflops or 1.0, h100.server_power_w_per_chip or 1.0

    def relative(entry: str) -> Platform:
        id, name, cost, efficiency, latency, words = TABLE[entry]
        real = catalogue.platforms[entry]
        scale = peak / (real.peak_bf16_dense_tflops or peak)
        return Platform(
            id=id,
            name=name,
            vendor=real.vendor,
            stack=real.stack,
            bf16_tflops=peak,
            memory_gb=round((real.memory_gb or 0) * scale, 3),
            memory_bandwidth_gb_s=round((real.memory_bandwidth_gb_s or 0) * scale, 1),
            power_w=round(power / efficiency, 1),
            mtbf_hours=mtbf,
            lifetime_months=48,
            token_latency_ms=latency,
            source=f"{ARTICLE}: cost per FLOP {cost:g} (H100 = 1), FLOPS/W {efficiency:g} times the H100 (middle of "
            f"its range), latency {words}. Relative: one unit is {peak:g} TFLOP/s of bf16, as one H100; power is "
            f"{power:g} W over {efficiency:g}; memory is that of {scale:.3g} real chips. Life of 4 years "
            "and the H100's time between failures: assumed.",
            as_of="2026-04",
        )

    own = Platform(
        id="own_rel",
        name="Own design (assumed)",
        vendor="Own",
        stack="own",
        bf16_tflops=peak,
        memory_gb=h100.memory_gb or 0,
        memory_bandwidth_gb_s=h100.memory_bandwidth_gb_s or 0,
        power_w=round(power / 2, 1),
        mtbf_hours=mtbf,
        lifetime_months=48,
        token_latency_ms=15.0,
        source="Assumed: not in the article's table. Twice the FLOPS/W of the H100, latency as TPU v5e, time between "
        "failures as H100.",
        as_of="2026-04",
    )
    return (*(relative(entry) for entry in TABLE), own)


def sites() -> tuple[Site, ...]:
    """One on each of three continents."""

    def site(entry: str, id: str, name: str, start: float, step: float, end: float, **over: object) -> Site:
        return own_site(entry, ramp(QUARTERS, start, step, end), id=id, name=name, **over)

    return (
        site("us_va_ashburn", "north_america", "North America, Virginia", 9, 0.5, 14),
        site("fi_hamina", "europe", "EU, Hamina", 4, 0.25, 6.5),
        site("jp_tokyo", "asia_pacific", "Asia-Pacific, Tokyo", 3.5, 0.2, 5.5),
    )


def _offer(id: str, name: str, entry: str, provider: str, price: float, words: str, **over: object) -> Offer:
    """An offer at the price of an H100, USD, times the table's cost per FLOP."""
    platform, _, cost, *_ = TABLE[entry]
    values: dict[str, object] = {
        "id": id,
        "name": name,
        "platform": platform,
        "provider": provider,
        "kind": "rental",
        "price_usd": round(price * cost, 4),
        "sites": "*",
        "source": f"Derived: {words}, times {cost:g}, the cost per FLOP relative to H100. {ARTICLE}.",
        "as_of": "2026-04",
    }
    return Offer(**(values | over))  # type: ignore[arg-type]


def _fleet(chips: tuple[int, int, int]) -> tuple[Installed, ...]:
    """What stands in North America, the EU and Asia-Pacific when the plan begins: assumed."""
    places = ("north_america", "europe", "asia_pacific")
    return tuple(Installed(site=s, chips=n, months_left=30) for s, n in zip(places, chips, strict=True) if n)


def offers() -> tuple[Offer, ...]:
    """Rented and bought chips, and a design of one's own."""
    return (*_rented(), *_bought())


def _rented() -> tuple[Offer, ...]:
    offers = load_catalogue().offers

    def at(entry: str) -> tuple[float, str]:
        row = offers[entry]
        return row.price_usd or 0.0, f"H100 {row.price_usd} USD/h ({row.provider}, {row.confidence}, {row.as_of})"

    market, block, spot = at("offer_171"), at("offer_040"), at("offer_146")
    confidential: Tier = "confidential"
    h100, groq, inf, tpu = "nvidia_h100_sxm", "groq_lpu_v1", "aws_inferentia2", "google_tpu_v5e"
    return (
        _offer("h100_3y", "H100 rel. · 3 y", h100, "Neocloud market", *market, term_months=36.0,
               supply_chips_per_month=a_quarter(2_000.0), sensitivity=confidential),
        _offer("aws_h100", "H100 rel. · AWS block", h100, "AWS", *block, supply_chips_per_month=a_quarter(8_000.0),
               sensitivity=confidential),
        _offer("groq_cloud", "Groq rel. · cloud 1 y", groq, "Groq", market[0] * 1.6,
               f"{market[1]}, 1.6 times that for one year (assumed)", term_months=12.0,
               supply_chips_per_month=a_quarter(800.0), sensitivity="internal", sites=("north_america", "europe")),
        _offer("inferentia2_1y", "Inferentia2 rel. · 1 y", inf, "AWS", market[0] * 1.6,
               f"{market[1]}, 1.6 times that for one year (assumed)", term_months=12.0,
               supply_chips_per_month=a_quarter(3_000.0), sensitivity=confidential),
        _offer("tpu_v5e_3y", "TPU v5e rel. · 3 y", tpu, "Google Cloud", *market, term_months=36.0,
               supply_chips_per_month=a_quarter(6_500.0), sensitivity=confidential),
        _offer("tpu_v5e_spot", "TPU v5e rel. · spot", tpu, "Google Cloud", *spot,
               supply_chips_per_month=a_quarter(3_000.0), availability=0.8, interruptible=True, sensitivity="public")
    )  # fmt: skip


def _bought() -> tuple[Offer, ...]:
    h100 = load_catalogue().platforms["nvidia_h100_sxm"]
    price, words = h100.unit_price_usd or 0.0, f"H100 {h100.unit_price_usd:,.0f} USD ({h100.price_confidence})"
    care = maintenance_per_year()

    def bought(id: str, name: str, entry: str, provider: str, supply: float, **over: object) -> Offer:
        return _offer(id, name, entry, provider, price, words, kind="purchase", lead_months=3.0,
                      supply_chips_per_month=a_quarter(supply), maintenance_per_year=care, availability=0.97,
                      **over)  # fmt: skip

    return (
        bought("h100_buy", "H100 rel. · buy", "nvidia_h100_sxm", "NVIDIA", 2_000.0, installed=_fleet((800, 400, 350))),
        bought("groq_buy", "Groq rel. · buy", "groq_lpu_v1", "Groq", 1_000.0, installed=_fleet((0, 0, 200))),
        bought("cs3_buy", "CS-3 rel. · buy", "cerebras_wse3", "Cerebras", 1_500.0, sites=("north_america",)),
        Offer(
            id="own_design",
            name="Own design · build",
            platform="own_rel",
            provider="Own",
            kind="purchase",
            price_usd=round(price * 0.6, 2),
            available_from="2027-01",
            supply_chips_per_month=0.0,
            maintenance_per_year=care,
            availability=0.97,
            sites="*",
            source=f"Derived: {words}, times 0.6, assumed. None are built unless a scenario says so.",
            as_of="2026-04",
        ),
    )


def throughput() -> tuple[Throughput, ...]:
    """Tokens per second and chip: the same on every platform, for the table compares by FLOP alone."""
    peak = load_catalogue().platforms["nvidia_h100_sxm"].peak_bf16_dense_tflops or 0.0
    value = round(peak * 1e12 * UTILISATION / OPERATIONS_PER_TOKEN, 1)
    words = (
        f"{peak:g} TFLOP/s of bf16 at {UTILISATION:.0%} over two operations for each of 70 billion parameters and token"
    )
    ids = [row[0] for row in TABLE.values()] + ["own_rel"]
    return tuple(Throughput(platform=id, value=value, basis="modelled", source=words) for id in ids)
