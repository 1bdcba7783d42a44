"""The plan `commitment-200b`: 40 billion USD a year to one cloud for five years, and what it is worth."""

from __future__ import annotations

from typing import Literal

import msgspec

from gigaplan.engine.catalogue import load_catalogue, platform_row
from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import (
    Agreement,
    Block,
    Installed,
    Offer,
    Platform,
    Policy,
    Scenario,
    Settings,
    Site,
    Uncertainty,
    Workload,
)
from gigaplan.projects.parts import (
    a_quarter,
    derived_rental,
    mixture,
    moved,
    offered,
    own_site,
    ramp,
    spread,
    to_buy,
    triangular,
)

UUID = "2f1d8b54-7c3e-4f0a-9a61-8f4c5f9d0b03"
QUARTERS = 20
COMMIT = 40e9
DISCOUNT = 0.2
PLATFORMS = ("google_tpu_v7", "google_tpu_v6e", "aws_trainium2", "aws_trainium3", "nvidia_gb300_nvl72", "amd_mi355x")
AGREED = ("ironwood_agreed", "trillium_agreed", "gb300_agreed")
TIERS = {"100": (20e9, 0.14), "300": (60e9, 0.23)}
"""Other sizes of the promise, billions of USD over five years: USD a year, and the discount."""
LADDER = {size: tuple(f"{offer.removesuffix('agreed')}{size}b" for offer in AGREED) for size in TIERS}
"""The offers of each other size."""
RENTED_ELSEWHERE = ("trainium2_3y", "trainium3_3y", "gb300_3y", "mi355x_3y")
ELSEWHERE = (*RENTED_ELSEWHERE, "gb300_buy")
WORK = ("chat", "chat_eu", "rl_post_training", "pretraining_2028", "pretraining_2031", "research")
NOTES = """\
A laboratory promises one cloud 200 billion USD: 40 billion a year for five years from 2027, for TPUs and other \
capacity, used or not. In return it pays 20 % less and its chips are reserved. The plan shows what the promise is \
worth and what it risks: in the base it is signed and, but for the ramp of two years and a seventieth of the last, \
used up; beside it stand the same laboratory without the agreement, with half of it elsewhere, with half the demand \
(what is owed and not spent is \
the exposure: the cost component "commitment"), and with prices that fall by a fifth a year at every other provider, \
which help little: what is promised holds the work where it is. In "Free to sign" the optimum itself decides, and \
which of three sizes: 100, 200 or 300 billion, at 14, 20 and 23 % less. It takes the smallest, 3.5 % cheaper than \
what is signed. (Chips that stand keep their price, whatever is signed.) At most 80 % of the power may be with one \
provider, and a fifth of the chat must be served if any one provider fails: the GPUs and Trainium kept as an \
alternative. TPUs do the training and the research, where they are cheapest; chat goes to GPUs, which the formula has \
serve far more.

The 200 billion, the five years, the lock-in and the tranches are claims of a press article on the commitment (2026); \
it puts them at 18 to 20 % of that cloud's capital spending of 2026, but 40 billion a year is 36 to 40 % of the 100 \
to 110 billion it states. Another report has 3.5 GW of TPU capacity from 2027 (Broadcom 8-K, 2026-04). The two fit: \
40 billion a year at 1.60 USD/h pay for 2.85 million Ironwood, which draw 3.4 GW. From the catalogue: chips, powers, \
regions, market rents, the model (DeepSeek-R1 at fp8) and its measured curve on GB300; every other chip is modelled, \
TPUs on eleven figures of their vendor, Trainium on none.

Assumed: demand and its growth, peak factors, the value of work not served, supply per quarter, sites' power and \
ramps, installed fleets, the discount of 20 % and those of other sizes (the price before it is set so that Ironwood \
comes to one analyst's estimate, 1.60 USD/h), GB300 at this cloud at the market's rent after the discount, rents of \
Trainium in the ratio of unit prices, and a carbon price of 10 USD/t, which decides between plans of equal cost. Rent \
that is owed past 2031 is worth three quarters of what is owed: a quarter of it is a cost here. Pre-training is \
several runs side by side, all of a generation on one platform, and none so large that its failures count. Chat \
follows the day, in two halves (assumed); post-training and research fill the hours that it leaves."""


HOURS = tuple(Block(name=name, share=0.5) for name in ("0 to 12 UTC", "12 to 24 UTC"))
WORLD_HOURS, EU_HOURS = (0.9, 1.1), (0.75, 1.25)
"""Chat over its mean in these hours: of all the world, most of it in American days; of the EU. Assumed."""


def build() -> Plan:
    """The plan, the same on every call."""
    return Plan(
        settings=Settings(
            name="commitment-200b",
            notes=NOTES,
            start="2027-01",
            periods=QUARTERS,
            months_per_period=3,
            discount_rate=0.08,
            carbon_price_usd_per_t=10.0,
            blocks=HOURS,
        ),
        platforms=_platforms(),
        sites=_sites(),
        offers=(*_cloud(), *(tier for size in TIERS for tier in _tier(size)), *_elsewhere()),
        workloads=_workloads(),
        agreements=(
            _promise("cloud_200b", "200 B USD over five years", COMMIT, DISCOUNT, "signed"),
            *(
                _promise(f"cloud_{size}b", f"{size} B USD over five years", usd, discount, "optional")
                for size, (usd, discount) in TIERS.items()
            ),
        ),
        policies=_policies(),
        scenarios=_scenarios(),
        uncertainties=_uncertainties(),
    )


def _promise(
    id: str, name: str, usd_per_year: float, discount: float, status: Literal["signed", "optional"]
) -> Agreement:
    return Agreement(
        id=id,
        name=name,
        provider="Google Cloud",
        start="2027-01",
        months=60,
        commit_usd_per_year=usd_per_year,
        discount=discount,
        status=status,
        group="cloud",
    )


def _platforms() -> tuple[Platform, ...]:
    return tuple(platform_row(entry) for entry in PLATFORMS)


def _sites() -> tuple[Site, ...]:
    def site(entry: str, id: str, name: str, start: float, step: float, end: float) -> Site:
        return own_site(entry, ramp(QUARTERS, start, step, end), id=id, name=name)

    return (
        site("us_ia_council_bluffs", "iowa", "Iowa", 1500, 150, 2600),
        site("us_tx_dallas", "texas", "Texas", 900, 125, 2000),
        site("fi_hamina", "hamina", "Hamina", 400, 50, 1000),
        site("us_oh_columbus", "ohio", "Ohio", 700, 120, 2400),
        site("us_va_ashburn", "virginia", "Virginia", 500, 80, 1600),
    )


def _cloud() -> tuple[Offer, ...]:
    catalogue = load_catalogue()
    regions = ("iowa", "texas", "hamina")
    estimate, gb300 = catalogue.offers["offer_112"], catalogue.offers["offer_186"]
    before = f"Derived: before the discount of {DISCOUNT:.0%} of the agreement, which is assumed; after it,"
    return (
        offered(
            "offer_112",
            "ironwood_agreed",
            "Ironwood · agreement",
            regions,
            supply=spread(QUARTERS, {0: 600_000, 4: 200_000}),
            price_usd=(estimate.price_usd or 0) / (1 - DISCOUNT),
            agreement="cloud_200b",
            installed=(
                Installed(site="iowa", chips=800_000, months_left=60),
                Installed(site="texas", chips=200_000, months_left=60),
            ),
            source=f"{before} {estimate.price_usd} USD/h: {estimate.source} ({estimate.confidence}); {estimate.notes}. "
            "The installed million (up to which press reports go for 2026) is assumed.",
        ),
        offered(
            "offer_105", "trillium_agreed", "Trillium · agreement", regions, supply=100_000.0, agreement="cloud_200b"
        ),
        offered(
            "offer_186",
            "gb300_agreed",
            "GB300 · agreement",
            regions,
            supply=60_000.0,
            provider="Google Cloud",
            price_usd=round((gb300.price_usd or 0) / (1 - DISCOUNT), 4),
            agreement="cloud_200b",
            source=f"{before} the market's rent, {gb300.price_usd} USD/h ({gb300.source}, {gb300.confidence}).",
        ),
        offered("offer_109", "ironwood_list", "Ironwood · list, 3-year", regions, supply=100_000.0),
    )


def _tier(size: str) -> tuple[Offer, ...]:
    """The chips of the agreement at the discount of another size of it; those that stand belong to the signed one."""
    return tuple(
        msgspec.structs.replace(
            offer,
            id=id,
            name=offer.name.replace("agreement", f"{size} B"),
            agreement=f"cloud_{size}b",
            installed=(),
            source=f"Derived: before the discount of {TIERS[size][1]:.0%}, which is assumed; as {offer.id}.",
        )
        for offer, id in zip(_cloud(), LADDER[size], strict=False)
    )


def _elsewhere() -> tuple[Offer, ...]:
    gb300 = load_catalogue().platforms["nvidia_gb300_nvl72"]
    own = ("virginia", "ohio", "texas", "hamina")
    return (
        derived_rental(
            "trainium2_3y",
            "Trainium2 · reserved 3 y",
            "aws_trainium2",
            "AWS",
            " The installed fleet is assumed.",
            supply_chips_per_month=a_quarter(60_000.0),
            sites=("ohio", "virginia", "hamina"),
            installed=(Installed(site="ohio", chips=400_000, months_left=30),),
        ),
        derived_rental(
            "trainium3_3y",
            "Trainium3 · reserved 3 y",
            "aws_trainium3",
            "AWS",
            supply_chips_per_month=a_quarter(200_000.0),
            sites=("ohio", "virginia", "hamina"),
        ),
        offered("offer_186", "gb300_3y", "GB300 · reserved 3 y", own, supply=100_000.0),
        offered("offer_195", "mi355x_3y", "MI355X · reserved 3 y", own, supply=40_000.0),
        to_buy(gb300, "gb300_buy", "GB300 NVL72 · buy", own, supply=20_000.0, lead_months=6),
    )


def _chat(id: str, name: str, start: float, hours: tuple[float, ...], where: tuple[str, ...]) -> Workload:
    return Workload(
        id=id,
        name=name,
        kind="inference",
        unit="tokens/s",
        demand=Growth(start=start, annual_growth=0.12),
        peak_factor=1.4,
        profile=hours,
        precision="fp8",
        inference=mixture(8_704, 8, 80),
        unmet_usd=0.02,
        sensitivity="confidential",
        jurisdictions=where,
    )


def _pretraining(id: str, name: str, steps: dict[int, float]) -> Workload:
    return Workload(
        id=id,
        name=name,
        kind="pretraining",
        unit="PFLOP/s",
        flexible=True,
        demand=spread(QUARTERS, steps),
        utilisation=0.4,
        placement="one_platform",
        unmet_usd=12,
        sensitivity="restricted",
        jurisdictions=("US",),
    )


def _workloads() -> tuple[Workload, ...]:
    return (
        _chat("chat", "Chat and agents", 68e6, WORLD_HOURS, ()),
        _chat("chat_eu", "Chat and agents, EU", 8.4e6, EU_HOURS, ("EU",)),
        Workload(
            id="rl_post_training",
            name="RL post-training",
            kind="post_training",
            unit="tokens/s",
            demand=Growth(start=320e6, annual_growth=0.1),
            peak_factor=1.1,
            day_flexible=True,
            precision="fp8",
            inference=mixture(6_000, 0.25, None),
            unmet_usd=0.01,
            sensitivity="restricted",
        ),
        _pretraining("pretraining_2028", "Pre-training 2028", {1: 750_000, 7: 0}),
        _pretraining("pretraining_2031", "Pre-training 2031", {10: 750_000, 18: 0}),
        Workload(
            id="research",
            name="Research",
            kind="research",
            unit="PFLOP/s",
            demand=Growth(start=720_000, annual_growth=0.1),
            peak_factor=1.2,
            day_flexible=True,
            utilisation=0.3,
            unmet_usd=18,
            sensitivity="internal",
        ),
    )


def _policies() -> tuple[Policy, ...]:
    return (
        Policy(
            id="one_provider",
            name="At most 80 % with one provider",
            kind="share",
            dimension="provider",
            metric="power",
            limit=0.8,
        ),
        Policy(
            id="alternative",
            name="A fifth of chat without any one",
            kind="resilience",
            dimension="provider",
            scope="chat",
            limit=0.2,
        ),
    )


def _scenarios() -> tuple[Scenario, ...]:
    not_signed = (
        *moved("agreements", ("cloud_200b",), "status", "set", "optional"),
        *moved("offers", (*AGREED, *(o for ids in LADDER.values() for o in ids)), "supply_chips_per_month", "set", 0),
    )
    half_demand = moved("workloads", WORK, "demand", "scale", 0.5)
    falling = {"start": 1.0, "annual_growth": -0.2}
    return (
        Scenario(
            id="not_signed",
            name="Not signed",
            notes="No agreement and none of its chips but the installed ones, whose price stays; the cloud's list "
            "price is open, and so is every other provider.",
            overrides=not_signed,
        ),
        Scenario(
            id="free_to_sign",
            name="Free to sign",
            notes="The optimum decides whether it signs, and which of three sizes: 100 B at 14 %, 200 B at 20 %, 300 B "
            "at 23 %.",
            overrides=moved("agreements", ("cloud_200b",), "status", "set", "optional"),
        ),
        Scenario(
            id="half_elsewhere",
            name="Half of it elsewhere",
            notes="20 billion a year to the cloud, half of its chips, and twice as many from everyone else.",
            overrides=(
                *moved("agreements", ("cloud_200b",), "commit_usd_per_year", "scale", 0.5),
                *moved("offers", AGREED, "supply_chips_per_month", "scale", 0.5),
                *moved("offers", ELSEWHERE, "supply_chips_per_month", "scale", 2),
            ),
        ),
        Scenario(
            id="half_demand",
            name="Half the demand",
            notes="The exposure: what is owed and not spent stands in the cost as commitment.",
            overrides=half_demand,
        ),
        Scenario(
            id="half_demand_not_signed",
            name="Half, and not signed",
            notes="What half the demand would cost without the promise.",
            overrides=(*not_signed, *half_demand),
        ),
        Scenario(
            id="falling_elsewhere",
            name="Elsewhere -20 % a year",
            notes="Rents and prices of every other provider fall by a fifth a year; the agreement's do not.",
            overrides=moved("offers", ELSEWHERE, "price_usd", "scale", falling),
        ),
    )


def _uncertainties() -> tuple[Uncertainty, ...]:
    return (
        triangular("chat_demand", "workloads", "chat", "demand", 0.4, 1.6),
        Uncertainty(
            id="rl_demand",
            table="workloads",
            row="rl_post_training",
            field="demand",
            distribution="lognormal",
            mean=1.0,
            sd=0.3,
        ),
        triangular("trainium3_rent", "offers", "trainium3_3y", "price_usd", 0.6, 2.0),
    )
