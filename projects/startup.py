"""The plan `startup`: 64 to about 1,450 chips over three years, rented or bought, and tokens bought of others."""

from __future__ import annotations

import msgspec

from gigaplan.engine.catalogue import load_catalogue, platform_row, site_row, throughput_row
from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Block, Offer, Platform, Scenario, Service, Settings, Site, Workload
from gigaplan.projects.parts import moved, offered, spread, to_buy

UUID = "0f6f3f0a-8f0b-4c55-8f0e-6f2f5f3f6c02"
QUARTERS = 12
PLATFORMS = ("nvidia_h100_sxm", "nvidia_h200_sxm", "nvidia_b200", "amd_mi300x")
BOUGHT = ("h200_buy", "b200_buy", "mi300x_buy")
RESERVED = ("h100_3y", "h200_3y", "b200_3y", "mi300x_3y")
HOURS = (
    Block(name="Night, 0 to 8", share=8 / 24),
    Block(name="Day, 8 to 18", share=10 / 24),
    Block(name="Evening, 18 to 24", share=6 / 24),
)
EVENING = (0.5, 1.1, 1.5)
"""Product traffic in these hours over its mean: users who come after work. Assumed."""
PER_OUTPUT = 1.0
"""Prompt tokens per token of the answer."""
API_USD = (0.13, 0.40)
"""Per million tokens read and written."""
NOTES = """\
A young company serves a 70-billion-parameter model, trains its own and experiments: from 64 chips to about 1,450 \
within three years. Should it rent by the hour, sign for years, buy and house its own, or buy tokens of somebody who \
has the chips? All of it, each in its time. In its first half-year it buys a tenth of its tokens, for the evening, \
and experiments on spot capacity; then its first own chips arrive, and a token that they serve beside training costs \
less than one that is bought. At half the price, tokens are bought in every year.

The day has three parts. Users come in the evening: half the mean at night, half as much again after six. Training and \
experiments may run at any hour and fill the night. Compare the scenarios, and look at what is still owed after the \
horizon.

From the catalogue, with their sources: chips, powers, prices, regions. Serving throughput is measured on all four \
chips: Llama 2 70B, MLPerf Inference v5.1, server, output tokens (fp4 on B200, fp8 on the others). The token API has \
the list price of Llama 3.3 70B Turbo at DeepInfra, 0.13 USD per million tokens in and 0.40 out; with one prompt token \
for each token of the answer, a million tokens of the answer cost 0.53 USD.

Assumed: demand and growth, the day's profile, one prompt token for each token of the answer, bursts to 2.5 times \
the mean of the hours, the value of work not served, the most the API gives at a time, colocation at 160 USD per kW \
and month with power that grows to 1.4 MW, six months' wait for bought chips, that every chip sells used as an H100 \
does (one published curve: 0.625 of its price after a year, 0.425 after two) less a fifth for the sale, 12 % cost of \
capital, 15 % of the total for engineering, what can be had per quarter, and 10 USD/t on carbon, which decides between \
plans of equal cost. Three-year rentals ask for 1,024 chips, so they open to this company in its second year. Rent \
that is owed beyond the horizon is worth three quarters of what is owed: a quarter of it is a cost here."""


def build() -> Plan:
    """The plan, the same on every call."""
    return Plan(
        settings=Settings(
            name="startup",
            notes=NOTES,
            start="2026-07",
            periods=QUARTERS,
            months_per_period=3,
            discount_rate=0.12,
            carbon_price_usd_per_t=10.0,
            residual_fraction=0.8,
            overhead_fraction=0.15,
            contract_worth_fraction=0.75,
            blocks=HOURS,
        ),
        platforms=tuple(_platform(entry) for entry in PLATFORMS),
        sites=_sites(),
        offers=(*_rented(), *_reserved(), *_bought()),
        services=(_token_api(),),
        workloads=_workloads(),
        scenarios=_scenarios(),
    )


def _platform(entry: str) -> Platform:
    """A chip of the catalogue; where nobody published what it fetches used, what an H100 fetches."""
    row = platform_row(entry)
    if row.resale:
        return row
    return msgspec.structs.replace(
        row,
        resale=platform_row("nvidia_h100_sxm").resale,
        source=f"{row.source} Resale: assumed, as an H100 of the same age; nothing is published for this chip.",
    )


def _token_api() -> Service:
    return Service(
        id="token_api",
        name="Token API",
        provider="DeepInfra",
        workloads=("product",),
        price_usd=API_USD[0] * PER_OUTPUT + API_USD[1],
        limit=400e3,
        jurisdiction="US",
        sensitivity="confidential",
        source="List price of Llama 3.3 70B Instruct Turbo (fp8), 0.13 USD per million tokens in and 0.40 out: "
        "deepinfra.com/meta-llama/Llama-3.3-70B-Instruct-Turbo/api; per token of the answer, with one prompt token "
        "for each (assumed). Assumed: at most 400,000 tokens/s, a contract that confidential data allows, the US.",
        as_of="2025",
    )


def _sites() -> tuple[Site, ...]:
    texas = load_catalogue().sites["us_tx_dallas"]
    return (
        site_row("us_va_ashburn", None, id="cloud", name="Cloud region, Virginia"),
        site_row(
            "us_tx_dallas",
            spread(QUARTERS, {0: 0.2, 3: 0.5, 6: 1.0, 9: 1.4}),
            id="colo",
            name="Colocation, Dallas",
            pue=1.35,
            hosting_usd_per_kw_month=160.0,
            source="Hosting 160 USD/kW-month and PUE 1.35 (a shared hall; a hyperscaler has "
            f"{texas.typical_pue}): assumed. {texas.source}",
        ),
    )


def _rented() -> tuple[Offer, ...]:
    return (
        offered("offer_150", "h100_on_demand", "H100 · on demand", ("cloud",), supply=96.0),
        offered("offer_147", "h200_on_demand", "H200 · on demand", ("cloud",), supply=64.0),
        offered(
            "offer_148", "h200_spot", "H200 · spot", ("cloud",), supply=64.0, availability=0.7, sensitivity="internal"
        ),
        offered("offer_152", "b200_on_demand", "B200 · on demand", ("cloud",), supply=64.0),
        offered("offer_135", "mi300x_on_demand", "MI300X · on demand", ("cloud",), supply=96.0),
        offered("offer_167", "b200_1y", "B200 · reserved 1 y", ("cloud",), supply=48.0, term_months=12.0),
    )


def _reserved() -> tuple[Offer, ...]:
    entries = zip(
        RESERVED,
        ("offer_171", "offer_174", "offer_177", "offer_189"),
        ("H100", "H200", "B200", "MI300X"),
        (96.0, 64.0, 48.0, 64.0),
        strict=True,
    )
    return tuple(
        offered(entry, id, f"{chip} · reserved 3 y", ("cloud",), supply=supply, lead_months=3, available_from="2027-07")
        for id, entry, chip, supply in entries
    )


def _bought() -> tuple[Offer, ...]:
    catalogue = load_catalogue()
    entries = zip(BOUGHT, ("nvidia_h200_sxm", "nvidia_b200", "amd_mi300x"), (96.0, 64.0, 64.0), strict=True)
    return tuple(
        to_buy(platform, id, f"{platform.short_name} · buy", ("colo",), supply=supply, lead_months=6, availability=0.97)
        for id, entry, supply in entries
        for platform in (catalogue.platforms[entry],)
    )


def _workloads() -> tuple[Workload, ...]:
    return (
        Workload(
            id="product",
            name="Product serving",
            kind="inference",
            unit="tokens/s",
            demand=Growth(start=90e3, annual_growth=2.0),
            peak_factor=2.5,
            profile=EVENING,
            precision="fp4",
            unmet_usd=0.006,
            throughput=tuple(throughput_row(entry) for entry in ("thr_023", "thr_026", "thr_017", "thr_010")),
            sensitivity="confidential",
        ),
        Workload(
            id="training",
            name="Model training",
            kind="pretraining",
            unit="PFLOP/s",
            flexible=True,
            demand=spread(QUARTERS, {1: 60, 3: 0, 4: 150, 6: 0, 8: 600, 11: 0}),
            utilisation=0.4,
            unmet_usd=25.0,
            sensitivity="confidential",
        ),
        Workload(
            id="experiments",
            name="Experiments",
            kind="research",
            unit="PFLOP/s",
            demand=Growth(start=8.0, annual_growth=1.2),
            peak_factor=1.3,
            day_flexible=True,
            utilisation=0.3,
            unmet_usd=20.0,
            sensitivity="internal",
            accepts_interruptible=True,
        ),
    )


def _scenarios() -> tuple[Scenario, ...]:
    later = "2027-07"
    rentals = ("h100_on_demand", "h200_on_demand", "h200_spot", "b200_on_demand", "mi300x_on_demand", "b200_1y")
    return (
        Scenario(
            id="double",
            name="Growth twice as good",
            notes="Users ask for twice the tokens all along.",
            overrides=moved("workloads", ("product",), "demand", "scale", 2),
        ),
        Scenario(
            id="flop",
            name="Half the users from year 2",
            notes="Growth breaks after a year; the contracts stay.",
            overrides=moved("workloads", ("product",), "demand", "scale", 0.5, later),
        ),
        Scenario(
            id="rent_only",
            name="Rent only",
            notes="Nothing is bought.",
            overrides=moved("offers", BOUGHT, "supply_chips_per_month", "set", 0),
        ),
        Scenario(
            id="own_only",
            name="No tokens bought",
            notes="The evening, too, is served on the company's own chips.",
            overrides=moved("services", ("token_api",), "limit", "set", 0),
        ),
        Scenario(
            id="api_half_price",
            name="Tokens at half the price",
            notes="What the API has to cost for more of the work to move to it.",
            overrides=moved("services", ("token_api",), "price_usd", "scale", 0.5),
        ),
        Scenario(
            id="no_contracts",
            name="No long contracts",
            notes="No three-year reservation is signed.",
            overrides=moved("offers", RESERVED, "supply_chips_per_month", "set", 0),
        ),
        Scenario(
            id="rents_fall",
            name="Rents -30 % from year 2",
            notes="On-demand, spot and one-year prices only.",
            overrides=moved("offers", rentals, "price_usd", "scale", 0.7, later),
        ),
    )
