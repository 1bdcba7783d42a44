"""The plan `rainier`: one pre-training run on hundreds of thousands of Trainium2 at four sites that are being built."""

from __future__ import annotations

from gigaplan.engine.catalogue import load_catalogue
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Installed, Offer, Policy, Scenario, Settings, Site, Uncertainty, Workload
from gigaplan.projects.parts import (
    CHECKPOINT_MINUTES,
    RESTART_MINUTES,
    failing,
    moved,
    offered,
    own_site,
    ramp,
    spread,
    to_buy,
    triangular,
)

UUID = "4c2e7d90-5f61-4b3a-9d18-0e9f3a6b7c05"
MONTHS = 24
RUN = (6, 20)
"""The run may use these months: from the first, up to the second."""
RATE = 60_000.0
"""PFLOP/s on average over those months, after what failures take."""
SITES = {
    "ohio": ("us_oh_columbus", "Ohio", (90.0, 9.0, 200.0)),
    "virginia": ("us_va_ashburn", "Virginia", (60.0, 4.0, 100.0)),
    "oregon": ("us_or_dalles", "Oregon", (20.0, 7.0, 120.0)),
    "georgia": ("us_ga_atlanta", "Georgia", (0.0, 6.0, 90.0)),
}
"""Catalogue region, name, and MW at first, more a month, in the end."""
NOTES = """\
Project Rainier is one training cluster over several data centres in the United States: hundreds of thousands of \
Trainium2. Here one pre-training run of {flop:.1e} FLOP has fourteen months and four sites whose power comes on month \
by month. It is flexible: only its total counts, so each site works on it as soon as its power is there, and the \
optimum says how many chips stand where and when. What one more megawatt is worth at a site in a month is the figure \
to look at. Research beside the run cannot wait: rented GPUs take a part of it, and where both do not fit the run \
falls short. Scenarios: a site comes nine months late, all power is 15 % behind, chips come half a year late, the \
deadline moves by four months, and no GPU is rented. Before and after the run the chips that it needs are switched \
off.

The run is one machine of one kind of chip. It is work for 257,000 Trainium2, of which one fails every 12 minutes, so \
that 39 % of its time goes to checkpoints and restarts: half a million chips and half a gigawatt stand for it.

The chips are bought at their cost here, so that electricity, hosting, repair and resale stand beside the price of \
the chip. No more than 60 % of the power may be at one site.

From the catalogue: chips, powers, prices, regions. The cluster of hundreds of thousands of chips over several sites: \
press article on the TPU expansion of one laboratory, 2026; 400,000 chips and 350 MW: Epoch AI, GPU Clusters, \
2025-11; 500,000 chips in 2025-10 and 11 billion USD for a campus: press. The sites of Project Rainier other than its \
Indiana campus are not published; four US regions stand for them. The unit price, 15,000 USD, is the upper end of \
4,000 to 15,000.

Assumed: the size of the run and its months, power and its ramps, chips by month, 100,000 chips installed, \
utilisation of 35 % over several sites, that every chip fails as often as the H100 of Meta's Llama 3 run (one in \
50,676 chip-hours), a pause of 15 seconds for a checkpoint and five minutes to restart, that chips are worth 70 % of \
what is left of their price by the straight line when the horizon ends, research, the value of work not done, and 10 \
USD/t on carbon, which decides between plans of equal cost. Traffic between the sites is not counted: the model has \
no cost of distance."""


def build() -> Plan:
    """The plan, the same on every call."""
    return Plan(
        settings=Settings(
            name="rainier",
            notes=NOTES.format(flop=RATE * 1e15 * 730.5 * 3600 * (RUN[1] - RUN[0])),
            start="2025-07",
            periods=MONTHS,
            months_per_period=1,
            discount_rate=0.08,
            carbon_price_usd_per_t=10.0,
            residual_fraction=0.7,
        ),
        platforms=tuple(failing(entry) for entry in ("aws_trainium2", "nvidia_b200", "nvidia_h200_sxm")),
        sites=tuple(_site(id) for id in SITES),
        offers=_offers(),
        workloads=_workloads(),
        policies=(
            Policy(
                id="one_site",
                name="At most 60 % of power at one site",
                kind="share",
                dimension="site",
                metric="power",
                limit=0.6,
            ),
        ),
        scenarios=_scenarios(),
        uncertainties=_uncertainties(),
    )


def _site(id: str) -> Site:
    entry, name, power = SITES[id]
    return own_site(entry, ramp(MONTHS, *power), id=id, name=name)


def _offers() -> tuple[Offer, ...]:
    trainium = load_catalogue().platforms["aws_trainium2"]
    return (
        to_buy(
            trainium,
            "trainium2_own",
            "Trainium2 · at cost",
            tuple(SITES),
            supply_chips_per_month=spread(MONTHS, {1: 35_000}),
            availability=0.96,
            installed=(
                Installed(site="ohio", chips=55_000, months_left=54),
                Installed(site="virginia", chips=45_000, months_left=54),
            ),
            source=f"{trainium.price_source}. The installed fleet and what comes by month are assumed.",
        ),
        offered(
            "offer_174",
            "h200_3y",
            "H200 · reserved 3 y",
            ("virginia", "georgia"),
            supply_chips_per_month=4_000.0,
            availability=0.97,
        ),
        offered(
            "offer_149",
            "b200_on_demand",
            "B200 · on demand",
            ("virginia", "oregon"),
            supply_chips_per_month=6_000.0,
            availability=0.97,
        ),
    )


def _workloads() -> tuple[Workload, ...]:
    return (
        Workload(
            id="run",
            name="The pre-training run",
            kind="pretraining",
            unit="PFLOP/s",
            flexible=True,
            demand=spread(MONTHS, {RUN[0]: RATE, RUN[1]: 0}),
            utilisation=0.35,
            placement="one_platform",
            checkpoint_minutes=CHECKPOINT_MINUTES,
            restart_minutes=RESTART_MINUTES,
            unmet_usd=30,
            sensitivity="restricted",
            jurisdictions=("US",),
        ),
        Workload(
            id="research",
            name="Research",
            kind="research",
            unit="PFLOP/s",
            demand=ramp(MONTHS, 6_000, 500, 14_000),
            peak_factor=1.2,
            utilisation=0.3,
            unmet_usd=40,
            sensitivity="confidential",
            jurisdictions=("US",),
        ),
    )


def _scenarios() -> tuple[Scenario, ...]:
    start, step, end = SITES["oregon"][2]
    late = (0.0,) * 9 + ramp(MONTHS - 9, start, step, end)
    return (
        Scenario(
            id="site_late",
            name="Oregon nine months late",
            notes="Its power comes on nine months after plan.",
            overrides=moved("sites", ("oregon",), "power_mw", "set", late),
        ),
        Scenario(
            id="power_slower",
            name="Power 15 % behind",
            notes="Every site has 15 % less power than planned, throughout.",
            overrides=moved("sites", tuple(SITES), "power_mw", "scale", 0.85),
        ),
        Scenario(
            id="chips_late",
            name="Chips half a year late",
            notes="The first chips come six months later.",
            overrides=moved("offers", ("trainium2_own",), "lead_months", "add", 6),
        ),
        Scenario(
            id="later_deadline",
            name="Four months more",
            notes="The same run over eighteen months.",
            overrides=moved(
                "workloads",
                ("run",),
                "demand",
                "set",
                spread(MONTHS, {RUN[0]: RATE * (RUN[1] - RUN[0]) / (MONTHS - RUN[0])}),
            ),
        ),
        Scenario(
            id="trainium_only",
            name="Trainium2 alone",
            notes="No GPU is rented.",
            overrides=moved("offers", ("h200_3y", "b200_on_demand"), "supply_chips_per_month", "set", 0),
        ),
    )


def _uncertainties() -> tuple[Uncertainty, ...]:
    return (
        triangular("size_of_run", "workloads", "run", "demand", 0.8, 1.3),
        triangular("utilisation", "workloads", "run", "utilisation", 0.8, 1.15),
        triangular("trainium2_price", "offers", "trainium2_own", "price_usd", 0.27, 1.0),
        triangular("ohio_power", "sites", "ohio", "power_mw", 0.7, 1.05),
    )
