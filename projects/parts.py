"""What several plans share: series, overrides, a served model, and unit costs derived from the catalogue."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from gigaplan.engine.catalogue import load_catalogue, offer_row, platform_row, site_row
from gigaplan.engine.catalogue.entries import PlatformEntry
from gigaplan.engine.catalogue.presets import served_model
from gigaplan.engine.plan.fields import Series, mapped
from gigaplan.engine.plan.schema import Inference, Offer, Override, Platform, Site, Table, Uncertainty

CHECKPOINT_MINUTES, RESTART_MINUTES = 0.25, 5.0
"""Of a synchronous run: the pause for a checkpoint that is written behind the work, and from a failure until the run
goes on. Assumed, so that a run like that of Llama 3 405B, with its 16,384 H100 and 419 interruptions in 54 days, would
be effective 93 % of the time; Meta says more than 90 % (The Llama 3 Herd of Models, 2024)."""


def failing(entry: str) -> Platform:
    """A chip of the catalogue that fails as often as an H100 did in the one run that was published in full."""
    row, known = platform_row(entry), platform_row("nvidia_h100_sxm")
    if row.mtbf_hours is not None:
        return row
    return msgspec.structs.replace(
        row,
        mtbf_hours=known.mtbf_hours,
        source=f"{row.source} Time between failures: assumed, that of an H100; nothing is published for this chip.",
    )


def spread(periods: int, steps: dict[int, float]) -> tuple[float, ...]:
    """One value per period: 0 at first, then each value from its period on."""
    values = [0.0] * periods
    for first, value in sorted(steps.items()):
        values[first:] = [float(value)] * (periods - first)
    return tuple(values)


def ramp(periods: int, start: float, step: float, end: float) -> tuple[float, ...]:
    """One value per period: from `start`, by `step` each period, up to `end`."""
    return tuple(float(min(end, start + step * t)) for t in range(periods))


def moved(
    table: str,
    rows: tuple[str, ...],
    field: str,
    op: Literal["set", "scale", "add"],
    value: Any,
    first: str | None = None,
    until: str | None = None,
) -> tuple[Override, ...]:
    """The same override of one field in each of several rows, from a month on and until a month."""
    return tuple(
        Override(table=table, row=row, field=field, op=op, value=value, from_=first, until=until)  # type: ignore[arg-type]
        for row in rows
    )


def a_quarter(supply: Series) -> Series:
    """So many chips a quarter, by the month."""
    return mapped(supply, lambda chips: chips / 3)


def triangular(id: str, table: Table, row: str | None, field: str, low: float, high: float) -> Uncertainty:
    """A field that may be `low` to `high` times what the plan has, most likely just that."""
    return Uncertainty(
        id=id, table=table, row=row, field=field, distribution="triangular", low=low, mode=1.0, high=high
    )


def mixture(context: float, prompts: float, latency: float | None, precision: str = "fp8") -> Inference:
    """A served mixture of experts, DeepSeek-R1, with the traffic of one use at the precision of its workload."""
    return served_model(
        "deepseek_r1", precision, context_tokens=context, prompt_tokens_per_output=prompts, max_token_latency_ms=latency
    )


def offered(entry: str, id: str, name: str, sites: Any = "*", *, supply: Series | None = None, **over: Any) -> Offer:
    """A price of the catalogue as an offer, of `supply` chips a quarter, without its least order: where thousands of
    chips are bought, an order of 1,024 decides nothing, and each would be one more yes or no in every quarter."""
    if supply is not None:
        over["supply_chips_per_month"] = a_quarter(supply)
    return offer_row(entry, **({"min_order_chips": None} | over), id=id, name=name, sites=sites)


def to_buy(
    chip: PlatformEntry, id: str, name: str, sites: Any = "*", *, supply: Series | None = None, **over: Any
) -> Offer:
    """A chip at the unit price of the catalogue, with the maintenance of hardware; `supply` chips a quarter."""
    if supply is not None:
        over["supply_chips_per_month"] = a_quarter(supply)
    given = {"provider": chip.vendor, "source": chip.price_source, "as_of": chip.as_of} | over
    return Offer(
        id=id, name=name, platform=chip.id, kind="purchase", price_usd=chip.unit_price_usd or 0.0, sites=sites,
        maintenance_per_year=maintenance_per_year(), **given,
    )  # fmt: skip


def middle(entry_id: str) -> float:
    """The middle of a range in the table of demand and costs, in the unit of that entry."""
    entry = load_catalogue().demand_and_costs[entry_id]
    if entry.value_min is None or entry.value_max is None:
        raise ValueError(f"{entry_id} ({entry.item}) has no range")
    return (entry.value_min + entry.value_max) / 2


def hosting_usd_per_kw_month(pue: float) -> float:
    """Buildings, cooling and power as a straight line over their life, per kW of IT power and month.

    USD per GW of facility (dem_089) over years of life (dem_093), times PUE; without cost of capital.
    """
    return round(middle("dem_089") / 1e6 / (middle("dem_093") * 12) * pue, 1)


def own_site(entry: str, power_mw: Series, **over: Any) -> Site:
    """A region of the catalogue where one builds for oneself: it costs the hosting that follows from its PUE."""
    pue = load_catalogue().sites[entry].typical_pue or 1.0
    return site_row(entry, power_mw, hosting_usd_per_kw_month=hosting_usd_per_kw_month(pue), **over)


def maintenance_per_year() -> float:
    """Operation other than electricity, as a fraction of the hardware price a year.

    Operating cost of a GW (dem_091) less its electricity at 70 USD/MWh, over its hardware (dem_090).
    """
    electricity = 1000 * 8766 * 70
    return round((middle("dem_091") - electricity) / middle("dem_090"), 3)


def rent_by_unit_price(platform: str, like: str = "offer_183") -> tuple[float, str]:
    """What a chip without a public contract price would rent for, USD per chip-hour, and the words for its source.

    The rent of the offer `like` (a GB200 for three years) in the ratio of the two unit prices per year of life:
    the same margin over the cost of the chip.
    """
    catalogue = load_catalogue()
    offer = catalogue.offers[like]
    chip, known = catalogue.platforms[platform], catalogue.platforms[offer.platform_id]
    ratio = (chip.unit_price_usd or 0) / (chip.lifetime_years or 1) * (known.lifetime_years or 1)
    ratio /= known.unit_price_usd or 1
    words = (
        f"Derived, no public contract price: {known.short_name} for three years, {offer.price_usd} USD/h "
        f"({offer.confidence}), times {ratio:.3f}, the ratio of the unit prices per year of life "
        f"({chip.unit_price_usd:,.0f} USD, {chip.price_basis}, {chip.price_confidence})."
    )
    return round((offer.price_usd or 0) * ratio, 3), words


def derived_rental(id: str, name: str, platform: str, provider: str, note: str = "", **over: Any) -> Offer:
    """A rental for three years at what the chip would rent for by its unit price; `note` is added to its source."""
    price, words = rent_by_unit_price(platform)
    return Offer(
        id=id,
        name=name,
        platform=platform,
        provider=provider,
        kind="rental",
        price_usd=price,
        term_months=36,
        source=words + note,
        as_of="2026-07",
        **over,
    )
