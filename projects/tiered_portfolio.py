"""The plan `tiered-portfolio`: five processors, as one article compares them, matched to work by latency and trust."""

from __future__ import annotations

from engine.catalogue import load_catalogue
from engine.fields import Growth
from engine.plan import Plan
from engine.schema import (
    Installed,
    Offer,
    Override,
    Platform,
    Policy,
    Port,
    Scenario,
    Settings,
    Site,
    Throughput,
    Tier,
    Uncertainty,
    Workload,
)
from projects.parts import maintenance_per_year, moved, own_site, ramp, spread, triangular

UUID = "5e9b1f36-8d27-4a64-b3f5-2c7d9e0f1a06"
QUARTERS = 12
REGIONS = {"na": "US", "eu": "EU", "apac": "JP"}
"""The three configurations, and the jurisdiction whose data each holds."""
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
NOTES = """\
A press article proposes a tiered "computational portfolio": each kind of work on the processor that fits its need \
for latency, its sensitivity and its cost, from several vendors, in three configurations for North America, the EU \
and Asia-Pacific. This plan takes the article's own table of five processors at its word and shows what follows: real \
time on the LPU, chat on Inferentia2, documents that may not leave the house on bought chips, training on the chip \
with the cheapest operations that it was made for. The scenarios are the article's strategies: one cloud, own chips \
for everything, a chip of one's own design beside the bought ones, a federation across clouds; and a supply shock, \
and orchestration that takes 30 % of the total.

Read the platforms as relative, not as chips: one "chip" here is as much as does the bf16 arithmetic of one H100 \
(989.4 TFLOP/s, 1,384 W with server and rack). Its price is that of the H100 times the table's cost per FLOP; its \
power is that of the H100 over the middle of the table's FLOPS/W, H100 = 1; its latency is the upper end of the \
table's range; its memory is that of the real chip, scaled to the same arithmetic. The table prints FLOPS/W of about \
1, which can only be TFLOPS/W or a ratio; published chips do not bear it out (Groq LPU 0.38, Inferentia2 0.60, TPU \
v5e 0.75 TFLOPS/W with server against 0.71 for H100). So these figures are the article's, and a plan to buy by should \
start from the catalogue: see frontier-1gw.

Inference is counted in tokens of a dense model of 70 billion parameters, two operations per parameter and token, at \
30 % of peak on every chip: a cost per FLOP says no more than that.

Assumed: demand and growth, peak factors, what stands at the start, the value of work not served, supply, sites and \
their power, who is trusted how far, which rents follow the H100's three-year market rent and which its list price at \
a cloud, ports, 20 % for engineering and orchestration (the article's figure for 2024), the chip of one's own design \
(the table has none: 0.6 of the cost per FLOP, twice the FLOPS/W, from the second year, 15 to 60 million USD for each \
kind of work ported to it, its development not counted), and 10 USD/t on carbon, which decides between plans of equal \
cost."""


def build() -> Plan:
    """The plan, the same on every call."""
    return Plan(
        settings=Settings(
            name="tiered-portfolio",
            notes=NOTES,
            start="2026-01",
            periods=QUARTERS,
            months_per_period=3,
            discount_rate=0.1,
            carbon_price_usd_per_t=10.0,
            residual_fraction=0.7,
            overhead_fraction=0.20,
        ),
        platforms=_platforms(),
        sites=_sites(),
        offers=(*_rented(), *_bought()),
        workloads=(*_training(), *_tiers()),
        ports=_ports(),
        policies=_policies(),
        scenarios=_scenarios(),
        uncertainties=_uncertainties(),
    )


def _platforms() -> tuple[Platform, ...]:
    catalogue = load_catalogue()
    h100 = catalogue.platforms["nvidia_h100_sxm"]
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
            lifetime_months=48,
            token_latency_ms=latency,
            source=f"{ARTICLE}: cost per FLOP {cost:g} (H100 = 1), FLOPS/W {efficiency:g} times the H100 (middle of "
            f"its range), latency {words}. Relative: one unit is {peak:g} TFLOP/s of bf16, as one H100; power is "
            f"{power:g} W over {efficiency:g}; memory is that of {scale:.3g} real chips. Life of 4 years assumed.",
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
        lifetime_months=48,
        token_latency_ms=15.0,
        source="Assumed: not in the article's table. Twice the FLOPS/W of the H100, latency as TPU v5e.",
        as_of="2026-04",
    )
    return (*(relative(entry) for entry in TABLE), own)


def _sites() -> tuple[Site, ...]:
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


def _rented() -> tuple[Offer, ...]:
    offers = load_catalogue().offers

    def at(entry: str) -> tuple[float, str]:
        row = offers[entry]
        return row.price_usd or 0.0, f"H100 {row.price_usd} USD/h ({row.provider}, {row.confidence}, {row.as_of})"

    market, block, spot = at("offer_171"), at("offer_040"), at("offer_146")
    confidential: Tier = "confidential"
    h100, groq, inf, tpu = "nvidia_h100_sxm", "groq_lpu_v1", "aws_inferentia2", "google_tpu_v5e"
    return (
        _offer("h100_3y", "H100 rel. · 3 y", h100, "Neocloud market", *market, term_months=36.0, supply_chips=2_000.0,
               sensitivity=confidential),
        _offer("aws_h100", "H100 rel. · AWS block", h100, "AWS", *block, supply_chips=8_000.0,
               sensitivity=confidential),
        _offer("groq_cloud", "Groq rel. · cloud 1 y", groq, "Groq", market[0] * 1.6,
               f"{market[1]}, 1.6 times that for one year (assumed)", term_months=12.0, supply_chips=800.0,
               sensitivity="internal", sites=("north_america", "europe")),
        _offer("inferentia2_1y", "Inferentia2 rel. · 1 y", inf, "AWS", market[0] * 1.6,
               f"{market[1]}, 1.6 times that for one year (assumed)", term_months=12.0, supply_chips=3_000.0,
               sensitivity=confidential),
        _offer("tpu_v5e_3y", "TPU v5e rel. · 3 y", tpu, "Google Cloud", *market, term_months=36.0,
               supply_chips=6_500.0, sensitivity=confidential),
        _offer("tpu_v5e_spot", "TPU v5e rel. · spot", tpu, "Google Cloud", *spot, supply_chips=3_000.0,
               availability=0.8, interruptible=True, sensitivity="public"),
    )  # fmt: skip


def _bought() -> tuple[Offer, ...]:
    h100 = load_catalogue().platforms["nvidia_h100_sxm"]
    price, words = h100.unit_price_usd or 0.0, f"H100 {h100.unit_price_usd:,.0f} USD ({h100.price_confidence})"
    care = maintenance_per_year()

    def bought(id: str, name: str, entry: str, provider: str, supply: float, **over: object) -> Offer:
        return _offer(id, name, entry, provider, price, words, kind="purchase", lead_months=3.0, supply_chips=supply,
                      maintenance_per_year=care, availability=0.97, **over)  # fmt: skip

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
            supply_chips=0.0,
            maintenance_per_year=care,
            availability=0.97,
            sites="*",
            source=f"Derived: {words}, times 0.6, assumed. None are built unless a scenario says so.",
            as_of="2026-04",
        ),
    )


def _throughput() -> tuple[Throughput, ...]:
    """Tokens per second and chip: the same on every platform, for the table compares by FLOP alone."""
    peak = load_catalogue().platforms["nvidia_h100_sxm"].peak_bf16_dense_tflops or 0.0
    value = round(peak * 1e12 * UTILISATION / OPERATIONS_PER_TOKEN, 1)
    words = (
        f"{peak:g} TFLOP/s of bf16 at {UTILISATION:.0%} over two operations for each of 70 billion parameters and token"
    )
    ids = [row[0] for row in TABLE.values()] + ["own_rel"]
    return tuple(Throughput(platform=id, value=value, basis="modelled", source=words) for id in ids)


def _training() -> tuple[Workload, ...]:
    return (
        Workload(
            id="training",
            name="Large-model training",
            kind="pretraining",
            unit="PFLOP/s",
            flexible=True,
            demand=spread(QUARTERS, {1: 1_500, 5: 0, 6: 2_200, 10: 0}),
            utilisation=0.4,
            unmet_usd=25,
            sensitivity="confidential",
            jurisdictions=("US",),
            forbidden_offers=("groq_buy", "groq_cloud", "inferentia2_1y"),
        ),
        Workload(
            id="tuning",
            name="Fine-tuning",
            kind="post_training",
            unit="PFLOP/s",
            demand=Growth(start=350, annual_growth=0.4),
            peak_factor=1.2,
            utilisation=0.35,
            unmet_usd=25,
            sensitivity="confidential",
            forbidden_offers=("groq_buy", "groq_cloud", "inferentia2_1y"),
        ),
        Workload(
            id="batch",
            name="Batch, any time and place",
            kind="inference",
            unit="tokens/s",
            demand=Growth(start=2.5e6, annual_growth=0.5),
            throughput=_throughput(),
            unmet_usd=0.004,
            accepts_interruptible=True,
        ),
    )


def _tiers() -> tuple[Workload, ...]:
    """Real time, chat and documents in each of the three configurations."""
    labels = {"na": "North America", "eu": "EU", "apac": "Asia-Pacific"}
    share = {"na": 1.0, "eu": 0.5, "apac": 0.4}
    tiers: tuple[tuple[str, str, float, float, float, float, Tier], ...] = (
        ("realtime", "Real time", 0.5e6, 2.0, 2.0, 0.02, "internal"),
        ("chat", "Chat", 4.0e6, 1.6, 15.0, 0.01, "confidential"),
        ("documents", "Documents", 1.2e6, 1.2, 50.0, 0.01, "restricted"),
    )
    return tuple(
        Workload(
            id=f"{tier}_{region}",
            name=f"{name}, {labels[region]}",
            kind="inference",
            unit="tokens/s",
            demand=Growth(start=start * share[region], annual_growth=0.5),
            peak_factor=peak,
            throughput=_throughput(),
            unmet_usd=value,
            sensitivity=trust,
            jurisdictions=(law,),
            max_token_latency_ms=latency,
        )
        for tier, name, start, peak, latency, value, trust in tiers
        for region, law in REGIONS.items()
    )


def _ports() -> tuple[Port, ...]:
    chat = tuple(f"chat_{region}" for region in REGIONS)
    return (
        Port(workload="training", stack="xla", cost_usd=12e6, months=6),
        Port(workload="training", stack="cerebras", cost_usd=8e6, months=6),
        Port(workload="tuning", stack="xla", cost_usd=4e6, months=3),
        *(Port(workload=id, stack="neuron", cost_usd=2e6, months=3) for id in chat),
        *(Port(workload=id, stack="own", cost_usd=15e6, months=12) for id in chat),
        Port(workload="training", stack="own", cost_usd=60e6, months=12),
        Port(workload="tuning", stack="own", cost_usd=20e6, months=12),
    )


def _policies() -> tuple[Policy, ...]:
    return (
        Policy(
            id="one_vendor",
            name="At most 60 % with one vendor",
            kind="share",
            dimension="vendor",
            metric="compute",
            limit=spread(QUARTERS, {0: 1.0, 2: 0.6}),
        ),
        *(
            Policy(
                id=f"chat_{region}_safe",
                name=f"Half of chat {region.upper()} without any vendor",
                kind="resilience",
                dimension="vendor",
                scope=f"chat_{region}",
                limit=spread(QUARTERS, {4: 0.5}),
            )
            for region in REGIONS
        ),
        Policy(
            id="federation",
            name="At most 35 % with one provider",
            enabled=False,
            kind="share",
            dimension="provider",
            metric="compute",
            limit=spread(QUARTERS, {0: 1.0, 2: 0.35}),
        ),
    )


def _scenarios() -> tuple[Scenario, ...]:
    """The strategies of the article, and what could eat their savings."""
    every = (*RENTED, *BOUGHT)
    rules = ("one_vendor", *(f"chat_{region}_safe" for region in REGIONS))

    def without(offers: tuple[str, ...]) -> tuple[Override, ...]:
        return moved("offers", offers, "supply_chips", "set", 0)

    off = moved("policies", rules, "enabled", "set", False)
    build = moved("offers", ("own_design",), "supply_chips", "set", 3_000)

    def overhead(value: float) -> tuple[Override, ...]:
        return (Override(table="plan", row=None, field="overhead_fraction", op="set", value=value),)

    return (
        Scenario(
            id="one_cloud",
            name="One cloud",
            notes="Everything from AWS, and 15 % for engineering and orchestration instead of 20 %. What stands stays; "
            "nobody there serves in real time, and restricted work has no place.",
            overrides=(*without(tuple(o for o in every if o not in AWS)), *off, *overhead(0.15)),
        ),
        Scenario(
            id="own_everything",
            name="Full vertical integration",
            notes="Nothing is rented: bought chips, and a design of one's own from the second year.",
            overrides=(*without(RENTED), *off, *build),
        ),
        Scenario(
            id="own_beside",
            name="Own design beside bought",
            notes="A chip of one's own from the second year, beside all others.",
            overrides=build,
        ),
        Scenario(
            id="federation",
            name="Cross-cloud federation",
            notes="No provider has more than 35 % of the compute, and orchestration takes 25 %.",
            overrides=(*moved("policies", ("federation",), "enabled", "set", True), *overhead(0.25)),
        ),
        Scenario(
            id="supply_shock",
            name="Supply shock",
            notes="For a year from the fourth quarter, neither Groq nor Inferentia2 delivers. The rules of resilience "
            "cannot be kept then, and are lifted.",
            overrides=(
                *moved("offers", ("groq_buy", "groq_cloud", "inferentia2_1y"), "supply_chips", "set", 0, (3, 4, 5, 6)),
                *off,
            ),
        ),
        Scenario(
            id="costly_orchestration",
            name="Orchestration at 30 %",
            notes="Several stacks cost more people than planned.",
            overrides=overhead(0.30),
        ),
    )


def _uncertainties() -> tuple[Uncertainty, ...]:
    return (
        Uncertainty(
            id="chat_na", table="workloads", row="chat_na", field="demand", distribution="lognormal", mean=1.0, sd=0.3
        ),
        triangular("inferentia2_rent", "offers", "inferentia2_1y", "price_usd", 0.8, 2.5),
        triangular("groq_price", "offers", "groq_buy", "price_usd", 0.8, 3.0),
    )
