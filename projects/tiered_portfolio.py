"""The plan `tiered-portfolio`: five processors, as one article compares them, matched to work by latency and trust."""

from __future__ import annotations

from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Block, Override, Policy, Port, Scenario, Settings, Tier, Uncertainty, Workload
from gigaplan.projects.parts import CHECKPOINT_MINUTES, RESTART_MINUTES, a_quarter, moved, spread, triangular
from gigaplan.projects.tiered_portfolio_supply import (
    AWS,
    BOUGHT,
    QUARTERS,
    RENTED,
    offers,
    platforms,
    sites,
    throughput,
)

UUID = "5e9b1f36-8d27-4a64-b3f5-2c7d9e0f1a06"
REGIONS = {"na": "US", "eu": "EU", "apac": "JP"}
"""The three configurations, and the jurisdiction whose data each holds."""
NOTES = """\
A press article proposes a tiered "computational portfolio": each kind of work on the processor that fits its need \
for latency, its sensitivity and its cost, from several vendors, in three configurations for North America, the EU \
and Asia-Pacific. This plan takes the article's own table of five processors at its word and shows what follows: real \
time on the LPU, chat on TPU v5e and Inferentia2, documents that may not leave the house on bought chips, training on \
the chip with the cheapest operations that it was made for, TPU v5e. People ask by day and in the evening of their \
region; batch may wait three months, documents and fine-tuning any hour of the day, and they take the nights. \
Training is one machine of one kind of chip, of whose time failures take 3 %. The scenarios are the article's \
strategies: one cloud, own chips for everything, a chip of one's own design beside the bought ones, a federation \
across clouds; and a supply shock, and orchestration that takes 30 % of the total.

Read the platforms as relative, not as chips: one "chip" here is as much as does the bf16 arithmetic of one H100 \
(989.4 TFLOP/s, 1,384 W with server and rack). Its price is that of the H100 times the table's cost per FLOP; its \
power is that of the H100 over the middle of the table's FLOPS/W, H100 = 1; its latency is the upper end of the \
table's range; its memory is that of the real chip, scaled to the same arithmetic. The table prints FLOPS/W of about \
1, which can only be TFLOPS/W or a ratio; published chips do not bear it out (Groq LPU 0.38, Inferentia2 0.60, TPU \
v5e 0.75 TFLOPS/W with server against 0.71 for H100). So these figures are the article's, and a plan to buy by should \
start from the catalogue: see frontier-1gw.

Inference is counted in tokens of a dense model of 70 billion parameters, two operations per parameter and token, at \
30 % of peak on every chip: a cost per FLOP says no more than that.

Assumed: demand and growth, peak factors, use by hour, that every chip fails as often as the H100 of Meta's Llama 3 \
run (one in 50,676 chip-hours), a pause of 15 seconds for a checkpoint and five minutes to restart, what stands at \
the start, the value of work not served, supply, sites and their power, who is trusted how far, which rents follow \
the H100's three-year market rent and which its list price at a cloud, ports, 20 % for engineering and orchestration \
(the article's figure for 2024), the chip of one's own design (the table has none: 0.6 of the cost per FLOP, twice \
the FLOPS/W, from the second year, 15 to 60 million USD for each kind of work ported to it, its development not \
counted), and 10 USD/t on carbon, which decides between plans of equal cost."""


HOURS = tuple(Block(name=name, share=1 / 3) for name in ("0 to 8 UTC", "8 to 16 UTC", "16 to 24 UTC"))
DAYS = {"na": (1.1, 0.5, 1.4), "eu": (0.4, 1.3, 1.3), "apac": (1.2, 1.3, 0.5)}
"""Use by people over its mean in these hours: evening, night and day in America; night, day and evening in the EU; day,
evening and night in Asia-Pacific. Assumed."""


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
            blocks=HOURS,
        ),
        platforms=platforms(),
        sites=sites(),
        offers=offers(),
        workloads=(*_training(), *_tiers()),
        ports=_ports(),
        policies=_policies(),
        scenarios=_scenarios(),
        uncertainties=_uncertainties(),
    )


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
            placement="one_cluster",
            checkpoint_minutes=CHECKPOINT_MINUTES,
            restart_minutes=RESTART_MINUTES,
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
            day_flexible=True,
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
            max_delay_months=3,
            throughput=throughput(),
            unmet_usd=0.004,
            accepts_interruptible=True,
        ),
    )


def _tiers() -> tuple[Workload, ...]:
    """Real time, chat and documents in each of the three configurations."""
    labels = {"na": "North America", "eu": "EU", "apac": "Asia-Pacific"}
    share = {"na": 1.0, "eu": 0.5, "apac": 0.4}
    tiers: tuple[tuple[str, str, float, float, float, float, Tier], ...] = (
        ("realtime", "Real time", 0.5e6, 1.5, 2.0, 0.02, "internal"),
        ("chat", "Chat", 4.0e6, 1.2, 15.0, 0.01, "confidential"),
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
            profile=DAYS[region] if tier != "documents" else None,
            day_flexible=tier == "documents",
            throughput=throughput(),
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
            name="At most 40 % with one provider",
            enabled=False,
            kind="share",
            dimension="provider",
            metric="compute",
            limit=spread(QUARTERS, {0: 1.0, 2: 0.4}),
        ),
    )


def _without(offers: tuple[str, ...], first: str | None = None, until: str | None = None) -> tuple[Override, ...]:
    return moved("offers", offers, "supply_chips_per_month", "set", 0, first, until)


def _overhead(value: float) -> tuple[Override, ...]:
    return (Override(table="plan", row=None, field="overhead_fraction", op="set", value=value),)


def _scenarios() -> tuple[Scenario, ...]:
    """The strategies of the article, and what could eat their savings."""
    every = (*RENTED, *BOUGHT)
    rules = ("one_vendor", *(f"chat_{region}_safe" for region in REGIONS))

    off = moved("policies", rules, "enabled", "set", False)
    build = moved("offers", ("own_design",), "supply_chips_per_month", "set", a_quarter(3_000))

    return (
        Scenario(
            id="one_cloud",
            name="One cloud",
            notes="Everything from AWS, and 15 % for engineering and orchestration instead of 20 %. What stands stays; "
            "nobody there serves in real time, and restricted work has no place.",
            overrides=(*_without(tuple(o for o in every if o not in AWS)), *off, *_overhead(0.15)),
        ),
        Scenario(
            id="own_everything",
            name="Full vertical integration",
            notes="Nothing is rented: bought chips, and a design of one's own from the second year.",
            overrides=(*_without(RENTED), *off, *build),
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
            notes="No provider has more than 40 % of the compute, and orchestration takes 25 %.",
            overrides=(*moved("policies", ("federation",), "enabled", "set", True), *_overhead(0.25)),
        ),
        Scenario(
            id="supply_shock",
            name="Supply shock",
            notes="For a year from the fourth quarter, neither Groq nor Inferentia2 delivers. The rules of resilience "
            "cannot be kept then, and are lifted.",
            overrides=(*_without(("groq_buy", "groq_cloud", "inferentia2_1y"), "2026-10", "2027-10"), *off),
        ),
        Scenario(
            id="costly_orchestration",
            name="Orchestration at 30 %",
            notes="Several stacks cost more people than planned.",
            overrides=_overhead(0.30),
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
