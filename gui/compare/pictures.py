"""What the small charts show: cost, chips, power and emissions of one result."""

from __future__ import annotations

import numpy as np

from engine.results import Result
from gui.numbers import SYMBOLS
from gui.plots.picture import Line, Picture, by_year, split_lines


def cost_picture(result: Result) -> Picture:
    """Cost a year by component, undiscounted, without carbon price and residual value."""
    columns, values = by_year(result, result.series("cost", "component"))
    currency = result.plan.settings.currency
    caption = "a year, by component" if currency in SYMBOLS else f"{currency} a year, by component"
    values = {key: line for key, line in values.items() if line.any()}
    return Picture("USD", caption, columns, split_lines(result.plan, "component", values, "bar"), False, currency)


def chips_picture(result: Result) -> Picture:
    """Active chips by vendor."""
    values = {key: line for key, line in result.series("chips", "vendor").items() if line.any()}
    lines = split_lines(result.plan, "vendor", values, "area")
    return Picture("chips", "by vendor", result.time.labels, lines, True)


def power_picture(result: Result) -> Picture:
    """Facility power of all sites, and what they have together where each has a limit."""
    nothing = np.zeros(result.time.periods)
    drawn = result.series("facility_power").get("total", nothing)
    lines = [Line("drawn", "drawn", "accent", "fill", drawn)]
    if result.plan.sites and all(s.power_mw is not None for s in result.plan.sites):
        has = sum((result.time.values(s.power_mw) for s in result.plan.sites), nothing)
        lines.append(Line("available", "available", "warning", "step", has))
    return Picture("MW", "MW, all sites", result.time.labels, tuple(lines), True)


def emissions_picture(result: Result) -> Picture:
    """Emissions a year, operational and embodied."""
    columns, values = by_year(result, result.series("emissions", "component"))
    lines = split_lines(result.plan, "component", values, "bar")
    return Picture("tCO2e", "CO₂e a year", columns, lines, False)


KINDS = (
    ("Cost", cost_picture),
    ("Chips", chips_picture),
    ("Facility power", power_picture),
    ("Emissions", emissions_picture),
)
