"""The plan `frontier-1gw`: one laboratory, several chip platforms, a gigawatt over three jurisdictions.

Figures of chips, prices, regions and models are read from the catalogue and keep their sources. What is
assumed here (demand, supply, ramps, trust) says so in the row's source or in the notes of the plan.
"""

from __future__ import annotations

from gigaplan.engine.catalogue import load_catalogue, throughput_row
from gigaplan.engine.catalogue.presets import served_model
from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Block, Override, Scenario, Settings, Uncertainty, Workload
from gigaplan.projects.frontier_1gw_supply import GOOGLE, MACHINES, QUARTERS, offers, platforms, power_contracts, sites
from gigaplan.projects.parts import CHECKPOINT_MINUTES, RESTART_MINUTES, mixture, moved, spread, triangular

CARBON_PRICE = 10.0
"""USD per tonne. Small: it decides between plans of equal cost, so that energy and emissions are well defined."""
UUID = "5b0c6f4e-5d0a-4c1e-9f57-1a6d2f0e7b01"
NOTES = """\
One laboratory trains and serves its models on several chip platforms at once, in three jurisdictions, and grows to \
more than a gigawatt of facility power in five years. The optimum gives each workload its chips by cost, limits and \
law, not by decree: Ironwood does the pre-training and half of the research; GB300, taken as fast as it is delivered, \
two thirds of the post-training and half of the chat of America and Europe; B200 the chat of Asia, MI355X a third of \
the batch. What is left shows what the second, third and fourth source are worth.

Each pre-training run is one machine: one platform at one site. At 60,000 PFLOP/s it is work for 65,000 Ironwood, of \
which one fails every 47 minutes, and 17 % of its time goes to checkpoints and restarts; at twice the size, 26 %. \
Chat follows the hours of its region, so that the night in Europe is the evening in America; post-training and \
research need only their total of a day, batch may wait three months, and chips with nothing to do are switched off. \
Texas and Hamina grow by phases of grid power: the first is signed, and the optimum signs the second as well.

A gigawatt that stands for a year costs 12.6 billion USD here. One analyst has 9 to 11 for a gigawatt of NVIDIA chips \
that one owns (dem_092 of the catalogue). Bought GB300 and GB200 come to 9.4 together, with buildings, care and \
electricity, 487,000 of them to the gigawatt where that analyst counts 400,000. What is above is rent: Trainium2 at \
its list price comes to 21 billion for a gigawatt-year, B200 by the year to 22, committed Ironwood to 12.

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

Assumed: demand and its growth, peak factors, chat by hour, how long work may wait, the value of work not served, \
supply per quarter, power ramps, the phases and their price, trust, installed fleets, that Ironwood and GB300 fail as \
often as the H100 of Meta's Llama 3 run (419 interruptions in 54 days on 16,384 chips: one in 50,676 chip-hours), a \
pause of 15 seconds for a checkpoint and five minutes to restart (with which that run would be effective 93 % of the \
time; Meta says more than 90 %), that rent owed beyond the horizon is worth three quarters of what is owed, how \
uncertain the inputs are, and a carbon price of 10 USD/t, which decides between plans of equal cost. Hosting and \
maintenance of bought chips follow from published costs of a gigawatt. Doubtful: the Ironwood commitment price (one \
analyst's estimate against a list price of 5.40 USD/h for three years), the Trainium3 price (derived, there is no \
public one), Groq's throughput (modelled, and next to nothing), Tokyo's electricity price."""


HOURS = tuple(Block(name=name, share=1 / 3) for name in ("0 to 8 UTC", "8 to 16 UTC", "16 to 24 UTC"))
US_HOURS, EU_HOURS, JP_HOURS = (1.1, 0.5, 1.4), (0.4, 1.3, 1.3), (1.2, 1.3, 0.5)
"""Chat over its mean in these hours: evening, night and day in the US; night, day and evening in the EU; day,
evening and night in Japan. Assumed."""


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
            contract_worth_fraction=0.75,
            blocks=HOURS,
        ),
        platforms=platforms(),
        sites=sites(),
        power_contracts=power_contracts(),
        offers=offers(),
        workloads=_workloads(),
        scenarios=_scenarios(),
        uncertainties=_uncertainties(),
    )


def _workloads() -> tuple[Workload, ...]:
    return (*_training(), *_chat(), *_serving(), _research())


def too_small() -> tuple[str, ...]:
    """The offers that no pre-training run can be on."""
    return tuple(o.id for o in offers() if o.id not in MACHINES)


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
            placement="one_cluster",
            checkpoint_minutes=CHECKPOINT_MINUTES,
            restart_minutes=RESTART_MINUTES,
            unmet_usd=12,
            sensitivity="restricted",
            jurisdictions=("US",),
            forbidden_offers=too_small(),
        ),
        Workload(
            id="pretraining_2029",
            name="Pre-training 2029",
            kind="pretraining",
            unit="PFLOP/s",
            flexible=True,
            demand=spread(QUARTERS, {11: 120_000, 16: 0}),
            utilisation=0.40,
            placement="one_cluster",
            checkpoint_minutes=CHECKPOINT_MINUTES,
            restart_minutes=RESTART_MINUTES,
            unmet_usd=12,
            sensitivity="restricted",
            jurisdictions=("US",),
            forbidden_offers=too_small(),
        ),
        Workload(
            id="rl_post_training",
            name="RL post-training",
            kind="post_training",
            unit="tokens/s",
            demand=Growth(start=48e6, annual_growth=0.5),
            peak_factor=1.1,
            day_flexible=True,
            precision="fp8",
            unmet_usd=0.02,
            inference=mixture(6_000, 0.25, None),
            sensitivity="restricted",
            forbidden_offers=("groq_buy",),
        ),
    )


def _chat() -> tuple[Workload, ...]:
    model = mixture(8_704, 8, 80)

    def chat(
        id: str, name: str, start: float, growth: float, peak: float, hours: tuple[float, ...], where: tuple[str, ...]
    ) -> Workload:
        return Workload(
            id=id,
            name=name,
            kind="inference",
            unit="tokens/s",
            demand=Growth(start=start, annual_growth=growth),
            peak_factor=peak,
            profile=hours,
            precision="fp8",
            inference=model,
            unmet_usd=0.08,
            sensitivity="confidential",
            jurisdictions=where,
            forbidden_offers=("groq_buy",),
        )

    return (
        chat("chat_us", "Chat serving, US", 6.8e6, 0.65, 1.15, US_HOURS, ("US",)),
        chat("chat_eu", "Chat serving, EU", 1.5e6, 0.70, 1.35, EU_HOURS, ("EU",)),
        chat("chat_apac", "Chat serving, APAC", 0.5e6, 0.60, 1.3, JP_HOURS, ("JP",)),
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
            demand=Growth(start=28e6, annual_growth=0.6),
            max_delay_months=3,
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
        day_flexible=True,
        utilisation=0.3,
        unmet_usd=18,
        sensitivity="internal",
        jurisdictions=("US", "EU"),
        accepts_interruptible=True,
        forbidden_offers=("groq_buy",),
    )


def _scenarios() -> tuple[Scenario, ...]:
    small = too_small()
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
            notes="The committed TPUs come twelve months later; the run of 2027 is moved to GB300.",
            overrides=(
                *moved("offers", ("ironwood_commitment",), "lead_months", "add", 12),
                *moved("workloads", ("pretraining_2027",), "forbidden_offers", "set", (*small, "ironwood_commitment")),
                *moved("workloads", ("pretraining_2029",), "forbidden_offers", "set", (*small, "gb300_buy")),
            ),
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
