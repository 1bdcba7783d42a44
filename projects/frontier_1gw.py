"""The plan `frontier-1gw`: one laboratory, several chip platforms, a gigawatt over three jurisdictions.

Figures of chips, prices, regions and models are read from the catalogue and keep their sources. What is
assumed here (demand, supply, ramps, trust) says so in the row's source or in the notes of the plan.
"""

from __future__ import annotations

from gigaplan.engine.catalogue import load_catalogue, throughput_row
from gigaplan.engine.catalogue.presets import served_model
from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Override, Scenario, Settings, Uncertainty, Workload
from gigaplan.projects.frontier_1gw_supply import GOOGLE, QUARTERS, offers, platforms, sites
from gigaplan.projects.parts import mixture, moved, spread, triangular

CARBON_PRICE = 10.0
"""USD per tonne. Small: it decides between plans of equal cost, so that energy and emissions are well defined."""
UUID = "5b0c6f4e-5d0a-4c1e-9f57-1a6d2f0e7b01"
NOTES = """\
One laboratory trains and serves its models on several chip platforms at once, in three jurisdictions, and grows to \
more than a gigawatt of facility power in five years. The optimum gives each workload its chips by cost, limits and \
law, not by decree: cheap Ironwood capacity is taken as fast as it is delivered, the rest of the demand shows what \
the second, third and fourth source are worth.

From the catalogue, with their sources: chips, powers, prices, regions. The published plan that this resembles has up \
to one million TPUs worth tens of billions of USD and over 1 GW on line from 2026, hundreds of thousands of Trainium \
chips in one cluster, and NVIDIA GPUs beside them (press reports of 2025 and 2026).

Chat, batch and post-training serve a mixture-of-experts model of 671 billion parameters (DeepSeek-R1), the one with \
the most public measurements. Chat: 8,192 tokens in and 1,024 out, a token every 80 ms at the slowest. GB200, GB300 \
and MI300X take their throughput from measured curves of InferenceX, which end below 80 ms and are held to the \
formula beyond; all others are modelled, with a band of 0.6 to 2.5 and more: the order of chips within it is open (on \
a B200, 395 tokens/s are modelled and 651 were measured). Google's own recipe reports 263 tokens/s on Ironwood for a \
model of 480 billion parameters, against 100 modelled here for a larger one. Trainium is modelled at half of what \
CUDA reaches, which nobody measured. Batch: measured by MLPerf Inference v5.1 offline on B200, GB200, GB300 and H200.

Assumed: demand and its growth, peak factors, the value of work not served, supply per quarter, power ramps, trust, \
installed fleets, how uncertain the inputs are, and a carbon price of 10 USD/t, which decides between plans of equal \
cost. Hosting and maintenance of bought chips follow from published costs of a gigawatt. Doubtful: the Ironwood \
commitment price (one analyst's estimate against a list price of 5.40 USD/h for three years), the Trainium3 price \
(derived, there is no public one), Groq's throughput (modelled, and next to nothing), Tokyo's electricity price."""


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
        platforms=platforms(),
        sites=sites(),
        offers=offers(),
        workloads=_workloads(),
        scenarios=_scenarios(),
        uncertainties=_uncertainties(),
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
            inference=mixture(6_000, 0.25, None),
            sensitivity="restricted",
            forbidden_offers=("groq_buy",),
        ),
    )


def _chat() -> tuple[Workload, ...]:
    model = mixture(8_704, 8, 80)

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
            unmet_usd=0.08,
            sensitivity="confidential",
            jurisdictions=where,
            forbidden_offers=("groq_buy",),
        )

    return (
        chat("chat_us", "Chat serving, US", 6.0e6, 0.65, 1.6, ("US",)),
        chat("chat_eu", "Chat serving, EU", 1.5e6, 0.70, 1.8, ("EU",)),
        chat("chat_apac", "Chat serving, APAC", 0.5e6, 0.60, 1.7, ("JP",)),
    )


def _serving() -> tuple[Workload, ...]:
    return (
        Workload(
            id="voice",
            name="Voice, real time",
            kind="inference",
            unit="tokens/s",
            demand=Growth(start=150e3, annual_growth=0.5),
            peak_factor=2.0,
            precision="fp8",
            unmet_usd=0.1,
            inference=served_model(
                "llama33_70b", "fp8", context_tokens=2_000, prompt_tokens_per_output=1, max_token_latency_ms=8
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
            inference=mixture(2_740, 0.2, None, "fp4"),
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
            overrides=moved("offers", GOOGLE, "supply_chips_per_month", "set", 0),
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


def _uncertainties() -> tuple[Uncertainty, ...]:
    """What the notes call doubtful, the largest demands, and a site that may come late. How far is assumed, but for
    Ironwood, which may cost what the list says."""
    known = load_catalogue().offers
    dearest = (known["offer_109"].price_usd or 0.0) / (known["offer_112"].price_usd or 1.0)
    return (
        triangular("ironwood_price", "offers", "ironwood_commitment", "price_usd", 0.9, dearest),
        triangular("trainium3_price", "offers", "trainium3_3y", "price_usd", 0.75, 1.5),
        triangular("gb300_price", "offers", "gb300_buy", "price_usd", 0.9, 1.25),
        triangular("us_chat_demand", "workloads", "chat_us", "demand", 0.6, 1.7),
        triangular("batch_demand", "workloads", "batch", "demand", 0.6, 1.5),
        triangular("texas_power", "sites", "texas", "power_mw", 0.6, 1.05),
        triangular("tokyo_electricity", "sites", "tokyo", "electricity_usd_per_mwh", 0.7, 1.4),
    )
