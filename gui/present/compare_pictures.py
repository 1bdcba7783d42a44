"""What the small charts show: cost, chips, power and emissions of one result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gigaplan.engine.results.result import Result
from gigaplan.gui.present.picture import Line, Picture, by_year, period_spans, split_lines, year_spans
from gigaplan.gui.text.number_format import SYMBOLS


def cost_picture(result: Result) -> Picture:
    """Cost a year by component, undiscounted, without carbon price and residual value."""
    columns, values = by_year(result, result.series("cost", "component"))
    currency = result.plan.settings.currency
    caption = "a year, by component" if currency in SYMBOLS else f"{currency} a year, by component"
    values = {key: line for key, line in values.items() if line.any()}
    lines = split_lines(result.plan, "component", values, "bar")
    return Picture("USD", caption, columns, lines, False, currency, spans=year_spans(result.time))


def chips_picture(result: Result) -> Picture:
    """Active chips by vendor."""
    values = {key: line for key, line in result.series("chips", "vendor").items() if line.any()}
    lines = split_lines(result.plan, "vendor", values, "area")
    return Picture("chips", "by vendor", result.time.labels, lines, True, spans=period_spans(result.time))


def power_picture(result: Result) -> Picture:
    """Facility power of all sites, and what they have together where each has a limit."""
    nothing = np.zeros(result.time.periods)
    drawn = result.series("facility_power").get("total", nothing)
    lines = [Line("drawn", "drawn", "accent", "fill", drawn)]
    if result.plan.sites and all(s.power_mw is not None for s in result.plan.sites):
        has = sum((result.time.values(s.power_mw) for s in result.plan.sites), nothing)
        lines.append(Line("available", "available", "warning", "step", has))
    spans = period_spans(result.time)
    return Picture("MW", "MW, all sites", result.time.labels, tuple(lines), True, spans=spans)


def emissions_picture(result: Result) -> Picture:
    """Emissions a year, operational and embodied."""
    columns, values = by_year(result, result.series("emissions", "component"))
    lines = split_lines(result.plan, "component", values, "bar")
    return Picture("tCO2e", "CO₂e a year", columns, lines, False, spans=year_spans(result.time))


@dataclass(frozen=True)
class Kind:
    """A measure: its title, what makes its picture, and the series that it draws, split by what."""

    title: str
    make: Callable[[Result], Picture]
    series: str
    by: str

    def source_of(self, line: str) -> tuple[str, str, str]:
        """The series, split and key of a line of the picture; of all lines together where none is named."""
        if line == "available":
            return "available_power", "", ""
        return (self.series, self.by, line) if line and self.by != "total" else (self.series, "total", "total")


KINDS = (
    Kind("Cost", cost_picture, "cost", "component"),
    Kind("Chips", chips_picture, "chips", "vendor"),
    Kind("Facility power", power_picture, "facility_power", "total"),
    Kind("Emissions", emissions_picture, "emissions", "component"),
)
