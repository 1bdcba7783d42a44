"""What `frontier-1gw` can be built of: its chip platforms, its sites, and the offers of chips."""

from __future__ import annotations

from gigaplan.engine.catalogue import load_catalogue, platform_row
from gigaplan.engine.plan.schema import Installed, Offer, Platform, PowerContract, Site
from gigaplan.projects.parts import a_quarter, failing, maintenance_per_year, offered, own_site, ramp, spread, to_buy

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
MACHINES = {"ironwood_commitment": "google_tpu_v7", "gb300_buy": "nvidia_gb300_nvl72"}
"""The offers, with their platforms, that come in the numbers of a pre-training run and at the price of one."""


def platforms() -> tuple[Platform, ...]:
    """Chips of five vendors, as the catalogue has them; those that a pre-training run can be on may fail."""
    return tuple(failing(entry) if entry in MACHINES.values() else platform_row(entry) for entry in PLATFORMS)


def sites() -> tuple[Site, ...]:
    """Six regions in three jurisdictions; the power of each grows."""

    def site(entry: str, id: str, name: str, power: tuple[float, ...], **over: object) -> Site:
        return own_site(entry, power, id=id, name=name, **over)

    dublin = load_catalogue().sites["ie_dublin"]
    return (
        site("us_ia_council_bluffs", "iowa", "Iowa", ramp(QUARTERS, 130, 20, 420)),
        site("us_tx_dallas", "texas", "Texas", ramp(QUARTERS, 60, 20, 200)),
        site("us_va_ashburn", "virginia", "Virginia", ramp(QUARTERS, 150, 5, 180)),
        site("fi_hamina", "hamina", "Hamina", ramp(QUARTERS, 30, 6, 60)),
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


def power_contracts() -> tuple[PowerContract, ...]:
    """Two sites grow by phases: the first of each is signed, the second is to be decided."""

    def phase(site: str, name: str, number: int, provider: str, mw: float, start: str) -> PowerContract:
        return PowerContract(
            id=f"{site}_{number}",
            name=f"{name}, phase {number}",
            site=site,
            provider=provider,
            mw=mw,
            start=start,
            usd_per_mw_month=8_000.0,
            capex_usd_per_mw=250_000.0,
            status="signed" if number == 1 else "optional",
            source="Assumed: the phases, 8 USD per kW and month for capacity of the grid, used or not, and 0.25 M USD "
            "per MW for the substation. Buildings and cooling are in the site's hosting.",
            as_of="2026-01",
        )

    return (
        phase("texas", "Texas", 1, "Grid operator, Texas", 75, "2028-01"),
        phase("texas", "Texas", 2, "Grid operator, Texas", 75, "2029-07"),
        phase("hamina", "Hamina", 1, "Grid operator, Finland", 30, "2028-01"),
        phase("hamina", "Hamina", 2, "Grid operator, Finland", 30, "2029-07"),
    )


def offers() -> tuple[Offer, ...]:
    """What each vendor sells or rents out."""
    return (*_google(), *_aws(), *_nvidia(), *_others())


def _google() -> tuple[Offer, ...]:
    regions = ("iowa", "texas", "hamina", "tokyo")
    return (
        offered(
            "offer_112",
            "ironwood_commitment",
            "Ironwood · commitment",
            regions,
            supply=spread(QUARTERS, {1: 12_000, 2: 18_000, 4: 24_000, 12: 20_000}),
            lead_months=3,
        ),
        offered("offer_109", "ironwood_3y", "Ironwood · 3-year", (*regions, "virginia"), supply=10_000.0),
        offered("offer_102", "trillium_on_demand", "Trillium · on demand", (*regions, "virginia"), supply=20_000.0),
        offered(
            "offer_083",
            "trillium_spot",
            "Trillium · spot",
            ("iowa", "virginia"),
            supply=10_000.0,
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
        offered(
            "offer_051",
            "trainium2_3y",
            "Trainium2 · reserved 3 y",
            regions,
            supply=15_000.0,
            installed=(
                Installed(site="virginia", chips=110_000, months_left=48),
                Installed(site="dublin", chips=12_000, months_left=48),
            ),
        ),
        offered("offer_050", "trainium2_block", "Trainium2 · block", ("virginia",), supply=20_000.0),
        Offer(
            id="trainium3_3y",
            name="Trainium3 · reserved 3 y",
            platform="aws_trainium3",
            provider="AWS",
            kind="rental",
            price_usd=round((reserved.price_usd or 0) * ratio, 2),
            term_months=36,
            available_from="2026-07",
            supply_chips_per_month=a_quarter(15_000.0),
            sites=regions,
            as_of=three.as_of,
            source=f"Derived, no public price: Trainium2 for three years, {reserved.price_usd} USD/h "
            f"({reserved.confidence}), times {ratio:.2f}, the ratio of the unit prices ({three.price_confidence}).",
        ),
    )


def _nvidia() -> tuple[Offer, ...]:
    catalogue = load_catalogue()
    gb300, h200 = catalogue.platforms["nvidia_gb300_nvl72"], catalogue.platforms["nvidia_h200_sxm"]
    own = ("texas", "virginia", "hamina", "dublin")
    return (
        to_buy(gb300, "gb300_buy", "GB300 NVL72 · buy", own, supply=12_000.0, lead_months=6),
        offered(
            "offer_201",
            "gb200_buy",
            "GB200 NVL72 · buy",
            own,
            supply=9_000.0,
            provider="NVIDIA",
            lead_months=3,
            available_until="2027-07",
            maintenance_per_year=maintenance_per_year(),
        ),
        offered("offer_177", "b200_3y", "B200 · reserved 3 y", own, supply=8_000.0, sensitivity="confidential"),
        offered(
            "offer_167",
            "b200_1y",
            "B200 · reserved 1 y",
            ("texas", "dublin", "tokyo"),
            supply=5_000.0,
            sensitivity="confidential",
            term_months=12.0,
        ),
        offered(
            "offer_161",
            "b200_spot",
            "B200 · spot",
            ("hamina",),
            supply=4_000.0,
            sensitivity="internal",
            availability=0.8,
        ),
        to_buy(
            h200,
            "h200_own",
            "H200 · installed",
            ("texas", "iowa", "virginia", "dublin"),
            supply_chips_per_month=0.0,
            installed=(
                Installed(site="texas", chips=14_000, months_left=36),
                Installed(site="iowa", chips=8_000, months_left=36),
                Installed(site="virginia", chips=6_000, months_left=36),
                Installed(site="dublin", chips=6_000, months_left=36),
            ),
            source=f"{h200.price_source}. Assumed fleet of 34,000 chips; no more are bought.",
        ),
        offered(
            "offer_171",
            "h100_3y",
            "H100 · reserved 3 y",
            ("iowa", "hamina", "dublin"),
            supply=8_000.0,
            sensitivity="confidential",
            installed=(Installed(site="iowa", chips=50_000, months_left=18),),
        ),
    )


def _others() -> tuple[Offer, ...]:
    return (
        offered(
            "offer_195",
            "mi355x_3y",
            "MI355X · reserved 3 y",
            ("texas", "hamina"),
            supply=4_000.0,
            sensitivity="confidential",
        ),
        offered(
            "offer_136",
            "mi355x_on_demand",
            "MI355X · on demand",
            ("tokyo", "dublin"),
            supply=2_000.0,
            sensitivity="confidential",
        ),
        offered(
            "offer_189",
            "mi300x_3y",
            "MI300X · reserved 3 y",
            ("texas", "virginia", "dublin"),
            supply=6_000.0,
            sensitivity="confidential",
        ),
        offered(
            "offer_206",
            "groq_buy",
            "Groq LPU · buy",
            ("virginia", "dublin"),
            supply=6_000.0,
            provider="Groq",
            lead_months=3,
            maintenance_per_year=maintenance_per_year(),
        ),
    )
