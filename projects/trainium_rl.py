"""The plan `trainium-rl`: learning bound by memory more than by arithmetic, on nearly a million Trainium chips."""

from __future__ import annotations

import msgspec

from gigaplan.engine.catalogue import load_catalogue, site_row
from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import (
    Installed,
    Offer,
    Platform,
    Policy,
    Port,
    Scenario,
    Settings,
    Site,
    Uncertainty,
    Workload,
)
from gigaplan.projects.parts import (
    CHECKPOINT_MINUTES,
    RESTART_MINUTES,
    a_quarter,
    derived_rental,
    failing,
    mixture,
    moved,
    offered,
    ramp,
    rent_by_unit_price,
    spread,
    triangular,
)

UUID = "3a7c9e12-1b5d-4e8a-8c42-6d0e7b1a2c04"
QUARTERS = 12
CORE, MARKET = 40e6, 13e6
"""Served tokens per second when the plan starts."""
GROWTH = 5**0.5 - 1
"""Per year, in the first year: half way, in ratios, between no growth and five times."""
PLATFORMS = (
    "aws_trainium2",
    "aws_trainium3",
    "nvidia_h100_sxm",
    "nvidia_b200",
    "nvidia_gb200_nvl72",
    "nvidia_gb300_nvl72",
    "amd_mi355x",
)

NOTES = """\
A laboratory bets on Trainium: nearly a million chips, each weaker than a GPU, because reinforcement learning is \
bound by memory more than by arithmetic. Its rollouts write long answers with a cache of 24,000 tokens a sequence: \
twice the memory bandwidth would give 1.4 to 1.6 times the tokens, twice the arithmetic 1.1 to 1.2 times. What counts \
is USD per million tokens. At the rents assumed here, and if Trainium's software serves as well as CUDA's, that is \
0.35 for Trainium3, 0.44 for MI355X, 0.51 for Trainium2, 0.57 to 0.98 for NVIDIA: compare the platforms. At AWS's \
list price, 1.31 for Trainium2, the bet is lost: see the scenario "Trainium at list price". MI355X does as well, once \
it is ported to.

The updates of the policy are one synchronous run, on one platform for all three years. At its largest it is work \
for 232,000 Trainium2, of which one fails every 13 minutes, so that 37 % of its time goes to checkpoints and \
restarts; 62,000 GB300 would lose 17 %.

Demand is the other bet. The press article behind this plan has revenue going from 1 to 5 billion USD within a year, \
and a market left so that its capacity serves core customers. The base grows by the square root of five in the first \
year; two scenarios and the uncertainties span flat to fivefold. Where capacity is short, leaving the market frees \
its chips, and the coverage of core customers shows it; while it is served, a contract asks for nine tenths of its \
demand.

From the catalogue: chips, powers, regions, market rents, the model (DeepSeek-R1). "Nearly one million chips" and the \
case for bandwidth: press article on the bet, 2026; 500,000 at the end of 2025 and over a million planned: press, \
2025-10. Trainium2's unit price is 4,000 to 15,000 USD, depending on the source; the higher one is used, and the \
uncertainty of its rent goes down to a third.

Assumed: demand, its growth and peak factors, the value of work not served, supply and power by quarter, the rents of \
Trainium (in the ratio of unit prices, see the offers), that its software makes of the serving formula what CUDA's \
makes of it (nobody measured it; without that assumption a chip counts for half), 60 million USD and six months to \
port the rollouts to ROCm, that every chip fails as often as the H100 of Meta's Llama 3 run (one in 50,676 \
chip-hours), a pause of 15 seconds for a checkpoint and five minutes to restart, and 10 USD/t on carbon, which \
decides between plans of equal cost."""


def build() -> Plan:
    """The plan, the same on every call."""
    return Plan(
        settings=Settings(
            name="trainium-rl",
            notes=NOTES,
            start="2026-01",
            periods=QUARTERS,
            months_per_period=3,
            discount_rate=0.08,
            carbon_price_usd_per_t=10.0,
        ),
        platforms=tuple(_platform(entry) for entry in PLATFORMS),
        sites=_sites(),
        offers=(*_trainium(), *_others()),
        workloads=_workloads(),
        ports=(
            Port(workload="rl_rollouts", stack="rocm", cost_usd=60e6, months=6),
            Port(workload="serving_core", stack="rocm", cost_usd=40e6, months=6),
            Port(workload="serving_market", stack="rocm", cost_usd=5e6, months=6),
        ),
        policies=(
            Policy(
                id="market_contract",
                name="Nine tenths of the market",
                kind="coverage",
                scope="serving_market",
                limit=0.9,
            ),
        ),
        scenarios=_scenarios(),
        uncertainties=_uncertainties(),
    )


def _platform(entry: str) -> Platform:
    row = failing(entry)
    if row.stack != "neuron":
        return row
    source = (
        f"{row.source} Serving efficiency: assumed to be that of CUDA; nobody measured it, and the default is a half."
    )
    return msgspec.structs.replace(row, serving_efficiency=1.0, source=source)


def _sites() -> tuple[Site, ...]:
    def site(entry: str, id: str, name: str, start: float, step: float, end: float) -> Site:
        return site_row(entry, ramp(QUARTERS, start, step, end), id=id, name=name)

    return (
        site("us_oh_columbus", "ohio", "Ohio", 450, 50, 900),
        site("us_va_ashburn", "virginia", "Virginia", 180, 30, 420),
        site("us_tx_dallas", "texas", "Texas", 60, 15, 200),
    )


def _trainium() -> tuple[Offer, ...]:
    def offer(id: str, name: str, platform: str, supply: tuple[float, ...], installed: tuple[Installed, ...]) -> Offer:
        note = " The installed fleet: press, 2025-10; its places are assumed." if installed else ""
        return derived_rental(
            id,
            name,
            platform,
            "AWS",
            note,
            supply_chips_per_month=a_quarter(supply),
            sites=("ohio", "virginia"),
            installed=installed,
        )

    return (
        offer(
            "trainium2_3y",
            "Trainium2 · reserved 3 y",
            "aws_trainium2",
            spread(QUARTERS, {0: 50_000, 5: 0}),
            (
                Installed(site="ohio", chips=400_000, months_left=48),
                Installed(site="virginia", chips=100_000, months_left=48),
            ),
        ),
        offer(
            "trainium3_3y", "Trainium3 · reserved 3 y", "aws_trainium3", spread(QUARTERS, {2: 20_000, 4: 35_000}), ()
        ),
    )


def _others() -> tuple[Offer, ...]:
    def rented(entry: str, id: str, name: str, supply: float) -> Offer:
        return offered(entry, id, name, ("texas", "virginia"), supply=supply)

    return (
        rented("offer_171", "h100_3y", "H100 · reserved 3 y", 8_000.0),
        rented("offer_177", "b200_3y", "B200 · reserved 3 y", 6_000.0),
        rented("offer_183", "gb200_3y", "GB200 · reserved 3 y", 6_000.0),
        rented("offer_186", "gb300_3y", "GB300 · reserved 3 y", 6_000.0),
        rented("offer_195", "mi355x_3y", "MI355X · reserved 3 y", 5_000.0),
        offered("offer_149", "b200_on_demand", "B200 · on demand", ("texas",), supply=10_000.0),
    )


def _workloads() -> tuple[Workload, ...]:
    serving = mixture(12_000, 3, 60)

    def served(id: str, name: str, demand: tuple[float, ...], value: float) -> Workload:
        return Workload(
            id=id,
            name=name,
            kind="inference",
            unit="tokens/s",
            demand=demand,
            peak_factor=1.5,
            precision="fp8",
            inference=serving,
            unmet_usd=value,
            sensitivity="confidential",
        )

    return (
        Workload(
            id="rl_rollouts",
            name="RL rollouts",
            kind="post_training",
            unit="tokens/s",
            demand=Growth(start=26e6, annual_growth=0.6),
            precision="fp8",
            inference=mixture(24_000, 0.05, None),
            unmet_usd=0.04,
            sensitivity="restricted",
        ),
        Workload(
            id="rl_updates",
            name="RL updates",
            kind="post_training",
            unit="PFLOP/s",
            demand=Growth(start=14_000, annual_growth=0.6),
            utilisation=0.35,
            placement="one_platform",
            checkpoint_minutes=CHECKPOINT_MINUTES,
            restart_minutes=RESTART_MINUTES,
            unmet_usd=40,
            sensitivity="restricted",
        ),
        served("serving_core", "Serving, core customers", growing(CORE, GROWTH), 0.03),
        served("serving_market", "Serving, one more market", growing(MARKET, GROWTH), 0.012),
    )


def growing(start: float, first_year: float, later: float = 0.4) -> tuple[float, ...]:
    """Demand by quarter: by `first_year` over the first four, by `later` a year after that."""
    quarters = range(QUARTERS)
    return tuple(
        float(round(start * (1 + first_year) ** (min(t, 4) / 4) * (1 + later) ** (max(t - 4, 0) / 4))) for t in quarters
    )


def _scenarios() -> tuple[Scenario, ...]:
    starts = {"serving_core": CORE, "serving_market": MARKET}
    list_price = load_catalogue().offers["offer_051"].price_usd

    def growth(factor: float) -> tuple:  # type: ignore[type-arg]
        return tuple(
            override
            for id, start in starts.items()
            for override in moved("workloads", (id,), "demand", "set", growing(start, factor - 1))
        )

    leave = moved("workloads", ("serving_market",), "demand", "scale", 0)
    return (
        Scenario(
            id="leave_market",
            name="Leave the market",
            notes="Its users are switched off; their chips serve the core customers.",
            overrides=leave,
        ),
        Scenario(
            id="fivefold",
            name="1 to 5 B USD in a year",
            notes="Demand follows revenue: five times within the first year. The market's contract holds.",
            overrides=growth(5),
        ),
        Scenario(
            id="fivefold_leave",
            name="Fivefold, market left",
            notes="Five times within the year, and the market left for the core customers.",
            overrides=(*growth(5), *leave),
        ),
        Scenario(
            id="flat",
            name="Stays at 1 B USD",
            notes="No growth in the first year: chips stand idle, and are paid for.",
            overrides=growth(1),
        ),
        Scenario(
            id="list_price",
            name="Trainium at list price",
            notes="Trainium2 at AWS's three-year price, Trainium3 dearer in the same ratio.",
            overrides=moved(
                "offers",
                ("trainium2_3y", "trainium3_3y"),
                "price_usd",
                "scale",
                round((list_price or 0) / rent_by_unit_price("aws_trainium2")[0], 4),
            ),
        ),
        Scenario(
            id="no_trainium3",
            name="Trainium3 a year late",
            notes="The first ones come in the middle of 2027, a year later than planned.",
            overrides=moved("offers", ("trainium3_3y",), "lead_months", "add", 18),
        ),
    )


def _uncertainties() -> tuple[Uncertainty, ...]:
    """Growth of 1 to 5 times within a year about a middle of the square root of 5: 0.45 to 2.24 times."""
    return (
        triangular("core_demand", "workloads", "serving_core", "demand", 0.45, 2.24),
        triangular("market_demand", "workloads", "serving_market", "demand", 0.45, 2.24),
        Uncertainty(
            id="rollouts",
            table="workloads",
            row="rl_rollouts",
            field="demand",
            distribution="lognormal",
            mean=1.0,
            sd=0.35,
        ),
        triangular("trainium2_rent", "offers", "trainium2_3y", "price_usd", 0.33, 2.7),
    )
