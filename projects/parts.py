"""What several plans share: series, and unit costs derived from the catalogue."""

from __future__ import annotations

from engine.catalogue import load_catalogue


def spread(periods: int, steps: dict[int, float]) -> tuple[float, ...]:
    """One value per period: 0 at first, then each value from its period on."""
    values = [0.0] * periods
    for first, value in sorted(steps.items()):
        values[first:] = [float(value)] * (periods - first)
    return tuple(values)


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


def maintenance_per_year() -> float:
    """Operation other than electricity, as a fraction of the hardware price a year.

    Operating cost of a GW (dem_091) less its electricity at 70 USD/MWh, over its hardware (dem_090).
    """
    electricity = 1000 * 8766 * 70
    return round((middle("dem_091") - electricity) / middle("dem_090"), 3)
