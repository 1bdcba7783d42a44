"""The plan `startup`: 64 to about 2,000 chips over three years, rented or bought, in a colocation or a cloud region."""

from __future__ import annotations

from gigaplan.engine.catalogue import load_catalogue, platform_row, site_row, throughput_row
from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Offer, Scenario, Settings, Site, Workload
from gigaplan.projects.parts import a_quarter, maintenance_per_year, moved, offered, spread

UUID = "0f6f3f0a-8f0b-4c55-8f0e-6f2f5f3f6c02"
QUARTERS = 12
PLATFORMS = ("nvidia_h100_sxm", "nvidia_h200_sxm", "nvidia_b200", "amd_mi300x")
BOUGHT = ("h200_buy", "b200_buy", "mi300x_buy")
RESERVED = ("h100_3y", "h200_3y", "b200_3y", "mi300x_3y")
NOTES = """\
A young company serves a 70-billion-parameter model, trains its own and experiments: from 64 chips to about 2,000 \
within three years. Should it rent by the hour, sign for years, or buy and house its own? The answer depends on how \
sure the growth is: compare the scenarios, and look at what is still owed after the horizon.

From the catalogue, with their sources: chips, powers, prices, regions. Serving throughput is measured on all four \
chips: Llama 2 70B, MLPerf Inference v5.1, server, output tokens (fp4 on B200, fp8 on the others).

Assumed: demand and growth, the value of work not served, colocation at 160 USD per kW and month with power that \
grows to 1.4 MW, six months' wait for bought chips, a resale value of 60 % of the book value, 12 % cost of capital, \
15 % of the total for engineering, what can be had per quarter, and 10 USD/t on carbon, which decides between plans of \
equal cost. Three-year rentals ask for 1,024 chips, so they open \
to this company in its second year. A rental that runs past the horizon is counted only up to it; the rest is shown \
as a liability."""


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
            residual_fraction=0.6,
            overhead_fraction=0.15,
        ),
        platforms=tuple(platform_row(entry) for entry in PLATFORMS),
        sites=_sites(),
        offers=(*_rented(), *_reserved(), *_bought()),
        workloads=_workloads(),
        scenarios=_scenarios(),
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
        offered(
            "offer_150",
            id="h100_on_demand",
            name="H100 · on demand",
            sites=("cloud",),
            supply_chips_per_month=a_quarter(96.0),
        ),
        offered(
            "offer_147",
            id="h200_on_demand",
            name="H200 · on demand",
            sites=("cloud",),
            supply_chips_per_month=a_quarter(64.0),
        ),
        offered(
            "offer_148",
            id="h200_spot",
            name="H200 · spot",
            sites=("cloud",),
            supply_chips_per_month=a_quarter(64.0),
            availability=0.7,
            sensitivity="internal",
        ),
        offered(
            "offer_152",
            id="b200_on_demand",
            name="B200 · on demand",
            sites=("cloud",),
            supply_chips_per_month=a_quarter(64.0),
        ),
        offered(
            "offer_135",
            id="mi300x_on_demand",
            name="MI300X · on demand",
            sites=("cloud",),
            supply_chips_per_month=a_quarter(96.0),
        ),
        offered(
            "offer_167",
            id="b200_1y",
            name="B200 · reserved 1 y",
            sites=("cloud",),
            supply_chips_per_month=a_quarter(48.0),
            term_months=12.0,
        ),
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
        offered(
            entry,
            id=id,
            name=f"{chip} · reserved 3 y",
            sites=("cloud",),
            lead_months=3,
            available_from="2027-07",
            supply_chips_per_month=a_quarter(supply),
        )
        for id, entry, chip, supply in entries
    )


def _bought() -> tuple[Offer, ...]:
    catalogue = load_catalogue()
    entries = zip(BOUGHT, ("nvidia_h200_sxm", "nvidia_b200", "amd_mi300x"), (96.0, 64.0, 64.0), strict=True)
    return tuple(
        Offer(
            id=id,
            name=f"{platform.short_name} · buy",
            platform=platform.id,
            provider=platform.vendor,
            kind="purchase",
            price_usd=platform.unit_price_usd or 0.0,
            lead_months=6,
            supply_chips_per_month=a_quarter(supply),
            sites=("colo",),
            maintenance_per_year=maintenance_per_year(),
            availability=0.97,
            source=platform.price_source,
            as_of=platform.as_of,
        )
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
            peak_factor=2.0,
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
