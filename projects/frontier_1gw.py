"""The plan `frontier-1gw`: one laboratory, several chip platforms, a gigawatt over three jurisdictions.

Figures of chips, prices, regions and models are read from the catalogue and keep their sources. What is
assumed here (demand, supply, ramps, trust) says so in the row's source or in the notes of the plan.
"""

from __future__ import annotations

from engine.catalogue import load_catalogue, offer_row, platform_row, throughput_row
from engine.fields import Growth
from engine.plan import Plan
from engine.schema import Inference, Installed, Offer, Override, Platform, Scenario, Settings, Site, Workload
from projects.parts import maintenance_per_year, mixture, moved, own_site, ramp, spread

CARBON_PRICE = 10.0
"""USD per tonne. Small: it decides between plans of equal cost, so that energy and emissions are well defined."""
UUID = "5b0c6f4e-5d0a-4c1e-9f57-1a6d2f0e7b01"
QUARTERS = 20
GOOGLE = ("ironwood_commitment", "ironwood_3y", "trillium_on_demand", "trillium_spot")
PLATFORMS = (
    "google_tpu_v7",
    "google_tpu_v6e",
    "aws_trainium2",
    "aws_trainium3",
    "nvidia_gb300_nvl72",
    "nvidia_gb200_nvl72",
    "nvidia_b200",
    "nvidia_h200_sxm",
    "nvidia_h100_sxm",
    "amd_mi355x",
    "amd_mi300x",
    "groq_lpu_v1",
)
NOTES = """\
One laboratory trains and serves its models on several chip platforms at once, in three jurisdictions, and grows \
to about 1.2 GW of facility power in five years. The optimum gives each workload its chips by cost, limits and law, \
not by decree: cheap Ironwood capacity is taken as fast as it is delivered, the rest of the demand shows what the \
second, third and fourth source are worth.

From the catalogue, with their sources: chips, powers, prices, regions. The published plan that this resembles has \
up to one million TPUs worth tens of billions of USD and over 1 GW on line from 2026, hundreds of thousands of \
Trainium chips in one cluster, and NVIDIA GPUs beside them (press reports of 2025 and 2026).

Chat, batch and post-training serve a mixture-of-experts model of 671 billion parameters (DeepSeek-V3 and R1), the \
largest with public measurements. Chat: 8 prompt tokens per output token; the two efficiencies are set so that the \
roofline gives 651 output tokens/s on a B200, as measured by InferenceX; only B200 and MI300X are measured, all \
others are modelled, which flatters chips whose software is less mature (measured MI300X: 81 tokens/s, modelled \
MI355X: about 600). Google's own recipe reports 263 tokens/s on Ironwood for a model of 480 billion parameters, \
against 747 modelled here. Batch: measured by MLPerf Inference v5.1 offline on B200, GB200, GB300 and H200, the \
roofline fitted to its B200 figure, 4,172 tokens/s.

Assumed: demand and its growth, peak factors, the value of work not served, supply per quarter, power ramps, trust, \
installed fleets, and a carbon price of 10 USD/t, which decides between plans of equal cost. Hosting and maintenance \
of bought chips follow from published costs of a gigawatt. Doubtful: the Ironwood commitment price (one analyst's \
estimate against a list price of 5.40 USD/h for three years), the Trainium3 price (derived, there is no public one), \
power and price of GB300 (scaled from GB200 in their source), Groq's throughput (modelled with a \
tenth of peak), Tokyo's electricity price."""


def build() -> Plan:
    """The plan, the same on every call."""
    return Plan(
        settings=Settings(
            name="frontier-1gw",
            notes=NOTES,
            start="2026-01",
            periods=QUARTERS,
            months_per_period=3,
            discount_rate=0.08,
            carbon_price_usd_per_t=CARBON_PRICE,
        ),
        platforms=_platforms(),
        sites=_sites(),
        offers=_offers(),
        workloads=_workloads(),
        scenarios=_scenarios(),
    )


def _platforms() -> tuple[Platform, ...]:
    return tuple(platform_row(entry) for entry in PLATFORMS)


def _sites() -> tuple[Site, ...]:
    def site(entry: str, id: str, name: str, power: tuple[float, ...], **over: object) -> Site:
        return own_site(entry, power, id=id, name=name, **over)

    dublin = load_catalogue().sites["ie_dublin"]
    return (
        site("us_ia_council_bluffs", "iowa", "Iowa", ramp(QUARTERS, 130, 20, 420)),
        site("us_tx_dallas", "texas", "Texas", ramp(QUARTERS, 60, 20, 350)),
        site("us_va_ashburn", "virginia", "Virginia", ramp(QUARTERS, 150, 5, 180)),
        site("fi_hamina", "hamina", "Hamina", ramp(QUARTERS, 30, 6, 120)),
        site(
            "ie_dublin",
            "dublin",
            "Dublin",
            ramp(QUARTERS, 30, 3, 60),
            electricity_usd_per_mwh=120.0,
            source="Electricity: assumed power purchase agreement, the upper end of the 50 to 120 USD/MWh that large "
            f"buyers pay in Europe; the tariff with levies is {dublin.electricity_usd_per_mwh:g} USD/MWh. "
            f"{dublin.source}",
        ),
        site("jp_tokyo", "tokyo", "Tokyo", ramp(QUARTERS, 25, 4, 80)),
    )


def _offers() -> tuple[Offer, ...]:
    return (*_google(), *_aws(), *_nvidia(), *_others())


def _google() -> tuple[Offer, ...]:
    regions = ("iowa", "texas", "hamina", "tokyo")
    return (
        offer_row(
            "offer_112",
            id="ironwood_commitment",
            name="Ironwood · commitment",
            sites=regions,
            lead_months=3,
            supply_chips=spread(QUARTERS, {1: 12_000, 2: 18_000, 4: 24_000, 12: 20_000}),
        ),
        offer_row(
            "offer_109",
            id="ironwood_3y",
            name="Ironwood · 3-year",
            sites=(*regions, "virginia"),
            supply_chips=10_000.0,
        ),
        offer_row(
            "offer_102",
            id="trillium_on_demand",
            name="Trillium · on demand",
            sites=(*regions, "virginia"),
            supply_chips=20_000.0,
        ),
        offer_row(
            "offer_083",
            id="trillium_spot",
            name="Trillium · spot",
            sites=("iowa", "virginia"),
            supply_chips=10_000.0,
            sensitivity="internal",
            availability=0.8,
        ),
    )


def _aws() -> tuple[Offer, ...]:
    catalogue = load_catalogue()
    two, three = catalogue.platforms["aws_trainium2"], catalogue.platforms["aws_trainium3"]
    reserved = catalogue.offers["offer_051"]
    ratio = (three.unit_price_usd or 0) / (two.unit_price_usd or 1)
    regions = ("virginia", "dublin", "tokyo")
    return (
        offer_row(
            "offer_051",
            id="trainium2_3y",
            name="Trainium2 · reserved 3 y",
            sites=regions,
            supply_chips=15_000.0,
            installed=(
                Installed(site="virginia", chips=110_000, months_left=48),
                Installed(site="dublin", chips=12_000, months_left=48),
            ),
        ),
        offer_row(
            "offer_050", id="trainium2_block", name="Trainium2 · block", sites=("virginia",), supply_chips=20_000.0
        ),
        Offer(
            id="trainium3_3y",
            name="Trainium3 · reserved 3 y",
            platform="aws_trainium3",
            provider="AWS",
            kind="rental",
            price_usd=round((reserved.price_usd or 0) * ratio, 2),
            term_months=36,
            available_from="2026-07",
            supply_chips=15_000.0,
            sites=regions,
            as_of=three.as_of,
            source=f"Derived, no public price: Trainium2 for three years, {reserved.price_usd} USD/h "
            f"({reserved.confidence}), times {ratio:.2f}, the ratio of the unit prices ({three.price_confidence}).",
        ),
    )


def _nvidia() -> tuple[Offer, ...]:
    catalogue = load_catalogue()
    gb300, h200 = catalogue.platforms["nvidia_gb300_nvl72"], catalogue.platforms["nvidia_h200_sxm"]
    care = maintenance_per_year()
    own = ("texas", "virginia", "hamina", "dublin")
    return (
        Offer(
            id="gb300_buy",
            name="GB300 NVL72 · buy",
            platform=gb300.id,
            provider="NVIDIA",
            kind="purchase",
            price_usd=gb300.unit_price_usd or 0.0,
            lead_months=6,
            supply_chips=12_000.0,
            maintenance_per_year=care,
            sites=own,
            source=gb300.price_source,
            as_of=gb300.as_of,
        ),
        offer_row(
            "offer_201",
            id="gb200_buy",
            name="GB200 NVL72 · buy",
            provider="NVIDIA",
            lead_months=3,
            available_until="2027-07",
            supply_chips=9_000.0,
            maintenance_per_year=care,
            sites=own,
        ),
        offer_row(
            "offer_177",
            id="b200_3y",
            name="B200 · reserved 3 y",
            sensitivity="confidential",
            supply_chips=8_000.0,
            sites=own,
        ),
        offer_row(
            "offer_167",
            id="b200_1y",
            name="B200 · reserved 1 y",
            sensitivity="confidential",
            term_months=12.0,
            supply_chips=5_000.0,
            sites=("texas", "dublin", "tokyo"),
        ),
        offer_row(
            "offer_161",
            id="b200_spot",
            name="B200 · spot",
            sensitivity="internal",
            availability=0.8,
            supply_chips=4_000.0,
            sites=("hamina",),
        ),
        Offer(
            id="h200_own",
            name="H200 · installed",
            platform=h200.id,
            provider="NVIDIA",
            kind="purchase",
            price_usd=h200.unit_price_usd or 0.0,
            supply_chips=0.0,
            maintenance_per_year=care,
            sites=("texas", "iowa", "virginia", "dublin"),
            installed=(
                Installed(site="texas", chips=14_000, months_left=36),
                Installed(site="iowa", chips=8_000, months_left=36),
                Installed(site="virginia", chips=6_000, months_left=36),
                Installed(site="dublin", chips=6_000, months_left=36),
            ),
            source=f"{h200.price_source}. Assumed fleet of 34,000 chips; no more are bought.",
            as_of=h200.as_of,
        ),
        offer_row(
            "offer_171",
            id="h100_3y",
            name="H100 · reserved 3 y",
            sensitivity="confidential",
            supply_chips=8_000.0,
            sites=("iowa", "hamina", "dublin"),
            installed=(Installed(site="iowa", chips=50_000, months_left=18),),
        ),
    )


def _others() -> tuple[Offer, ...]:
    return (
        offer_row(
            "offer_195",
            id="mi355x_3y",
            name="MI355X · reserved 3 y",
            sensitivity="confidential",
            supply_chips=4_000.0,
            sites=("texas", "hamina"),
        ),
        offer_row(
            "offer_136",
            id="mi355x_on_demand",
            name="MI355X · on demand",
            sensitivity="confidential",
            supply_chips=2_000.0,
            sites=("tokyo", "dublin"),
        ),
        offer_row(
            "offer_189",
            id="mi300x_3y",
            name="MI300X · reserved 3 y",
            sensitivity="confidential",
            supply_chips=6_000.0,
            sites=("texas", "virginia", "dublin"),
        ),
        offer_row(
            "offer_206",
            id="groq_buy",
            name="Groq LPU · buy",
            provider="Groq",
            lead_months=3,
            supply_chips=6_000.0,
            maintenance_per_year=maintenance_per_year(),
            sites=("virginia", "dublin"),
        ),
    )


def _workloads() -> tuple[Workload, ...]:
    return (*_training(), *_chat(), *_serving(), _research())


def _training() -> tuple[Workload, ...]:
    return (
        Workload(
            id="pretraining_2027",
            name="Pre-training 2027",
            kind="pretraining",
            unit="PFLOP/s",
            flexible=True,
            demand=spread(QUARTERS, {3: 60_000, 8: 0}),
            utilisation=0.40,
            unmet_usd=12,
            sensitivity="restricted",
            jurisdictions=("US",),
        ),
        Workload(
            id="pretraining_2029",
            name="Pre-training 2029",
            kind="pretraining",
            unit="PFLOP/s",
            flexible=True,
            demand=spread(QUARTERS, {11: 120_000, 16: 0}),
            utilisation=0.40,
            unmet_usd=12,
            sensitivity="restricted",
            jurisdictions=("US",),
        ),
        Workload(
            id="rl_post_training",
            name="RL post-training",
            kind="post_training",
            unit="tokens/s",
            demand=Growth(start=45e6, annual_growth=0.5),
            peak_factor=1.1,
            precision="fp8",
            unmet_usd=0.02,
            inference=mixture(6_000, 0.25, None, 0.216, 0.5),
            sensitivity="restricted",
            forbidden_offers=("groq_buy",),
        ),
    )


def _chat() -> tuple[Workload, ...]:
    measured = tuple(throughput_row(entry) for entry in ("thr_255", "thr_258"))
    model = mixture(8_704, 8, 80, 0.216, 0.5)

    def chat(id: str, name: str, start: float, growth: float, peak: float, where: tuple[str, ...]) -> Workload:
        return Workload(
            id=id,
            name=name,
            kind="inference",
            unit="tokens/s",
            demand=Growth(start=start, annual_growth=growth),
            peak_factor=peak,
            precision="fp8",
            inference=model,
            throughput=measured,
            unmet_usd=0.042,
            sensitivity="confidential",
            jurisdictions=where,
            forbidden_offers=("groq_buy",),
        )

    return (
        chat("chat_us", "Chat serving, US", 8.0e6, 0.75, 1.6, ("US",)),
        chat("chat_eu", "Chat serving, EU", 3.6e6, 0.80, 1.8, ("EU",)),
        chat("chat_apac", "Chat serving, APAC", 2.0e6, 0.70, 1.7, ("JP",)),
    )


def _serving() -> tuple[Workload, ...]:
    dense = load_catalogue().models["llama33_70b"]
    return (
        Workload(
            id="voice",
            name="Voice, real time",
            kind="inference",
            unit="tokens/s",
            demand=Growth(start=150e3, annual_growth=0.5),
            peak_factor=2.0,
            precision="bf16",
            unmet_usd=0.1,
            inference=Inference(
                total_params_b=dense.total_params_b or 0,
                active_params_b=dense.active_params_b or 0,
                context_tokens=2_000,
                prompt_tokens_per_output=1,
                kv_bytes_per_token=dense.kv_bytes_per_token or 0,
                max_token_latency_ms=4,
                compute_efficiency=0.1,
                bandwidth_efficiency=0.5,
            ),
            sensitivity="confidential",
            jurisdictions=("US", "EU"),
        ),
        Workload(
            id="batch",
            name="Batch inference",
            kind="inference",
            unit="tokens/s",
            demand=Growth(start=25e6, annual_growth=0.6),
            precision="fp4",
            unmet_usd=0.006,
            accepts_interruptible=True,
            inference=mixture(2_740, 0.2, None, 0.216, 0.35),
            throughput=tuple(throughput_row(entry) for entry in ("thr_001", "thr_003", "thr_005", "thr_007")),
            forbidden_offers=("groq_buy",),
        ),
    )


def _research() -> Workload:
    return Workload(
        id="research",
        name="Research",
        kind="research",
        unit="PFLOP/s",
        demand=Growth(start=14_000, annual_growth=0.35),
        peak_factor=1.2,
        utilisation=0.3,
        unmet_usd=18,
        sensitivity="internal",
        jurisdictions=("US", "EU"),
        accepts_interruptible=True,
        forbidden_offers=("groq_buy",),
    )


def _scenarios() -> tuple[Scenario, ...]:
    return (
        Scenario(
            id="energy_40",
            name="Energy +40 %",
            notes="Every site pays 40 % more for electricity.",
            overrides=moved(
                "sites",
                ("iowa", "texas", "virginia", "hamina", "dublin", "tokyo"),
                "electricity_usd_per_mwh",
                "scale",
                1.4,
            ),
        ),
        Scenario(
            id="without_google",
            name="Without Google",
            notes="No TPU is delivered.",
            overrides=moved("offers", GOOGLE, "supply_chips", "set", 0),
        ),
        Scenario(
            id="eu_double",
            name="Demand doubled in EU",
            notes="European users ask for twice the tokens.",
            overrides=moved("workloads", ("chat_eu",), "demand", "scale", 2),
        ),
        Scenario(
            id="ironwood_late",
            name="Ironwood a year late",
            notes="The committed TPUs come twelve months later.",
            overrides=moved("offers", ("ironwood_commitment",), "lead_months", "add", 12),
        ),
        Scenario(
            id="leave_apac",
            name="Leave APAC",
            notes="A market is given up; its chips serve no one else's data.",
            overrides=moved("workloads", ("chat_apac",), "demand", "scale", 0),
        ),
        Scenario(
            id="carbon_100",
            name="Carbon at 100 USD/t",
            notes="A price on operational and embodied carbon.",
            overrides=(Override(table="plan", row=None, field="carbon_price_usd_per_t", op="set", value=100),),
        ),
    )
