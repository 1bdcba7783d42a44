"""The charts there are: which choices each offers, and how it is made from a result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gigaplan.engine.optimization.costs import END_COMPONENTS
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Site
from gigaplan.engine.results.money import end_components
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.series import contracted_there
from gigaplan.engine.results.series_names import FULL_POWER, OFF
from gigaplan.gui.present.picture import SUM, Line, Picture, by_year, period_spans, split_lines, year_spans
from gigaplan.gui.text.number_format import percent

Choices = tuple[tuple[str, str], ...]
"""(key, words) of each value that can be chosen."""
ALL_SITES = ""
EACH_SITE = "*"
"""Not a site's id: ids have no asterisk."""
TO_DATE = "(to date)"
"""Not an id either: the key of the line of what was paid so far."""
MODE = "mode"
"""How chips run: no dimension of a series, whose keys are rows."""
OWED, OWED_LABEL = "owed", "Rent owed after the horizon, the rest"
"""The key of what rentals owe after the horizon and are taken to be worth."""
PERIOD_WORDS = {1: "a month", 3: "a quarter", 12: "a year"}
WRITTEN = {"tCO2e": "CO\u2082e", "MWh": "", "m3": "m\u00b3"}
"""How units stand beside a title, where not all of them stands at the axis."""
_BY = {
    "component": "By component", "platform": "By platform", "vendor": "By vendor", "offer": "By offer",
    "workload": "By workload", "site": "By site", "jurisdiction": "By jurisdiction", MODE: "By how they run",
}  # fmt: skip


@dataclass(frozen=True)
class ChartChoice:
    """One thing that a person may choose about a chart; the first value is the one it begins with."""

    name: str
    values: Callable[[Plan], Choices]


@dataclass(frozen=True)
class Chart:
    """A chart: its name, what can be chosen, and how its picture is made of an optimal result."""

    name: str
    title: str
    choices: tuple[ChartChoice, ...]
    make: Callable[[Result, dict[str, str]], Picture]
    empty: str
    """What is said where there is nothing to draw."""
    follows: str = ""
    """The table whose selection it follows: `sites`."""
    series: str = ""
    """The engine's series that its lines are split from; empty where each line is a figure of its own."""
    selects: str = ""
    """The table whose rows its lines are, where a click chooses one and explains nothing."""
    drag: Callable[[Plan, dict[str, str], float], tuple[Plan, str]] | None = None
    """The plan with the limit that it marks at another place among its columns, and what the step is called."""
    dated: bool = False
    """Whether it is of the period that the plan map shows, which is then among what was chosen: `period`."""


def source_of(chart: Chart, chosen: dict[str, str], line: str) -> tuple[str, str, str]:
    """(series, by, key) that a line of a chart shows, of the engine or as the explanation knows it."""
    if chosen.get("by") == MODE:
        return MODE, "total", line
    if chart.series == "cost" and line in (OWED, *(part.name for part in END_COMPONENTS)):
        return "end", "component", line
    if not chart.series:
        return "commitment", line, ""  # of the agreement that a column is about
    if chart.series != "facility_power":
        return chart.series, chosen["by"], line
    if chosen["site"] == EACH_SITE:
        return "part_of_power", "site", line
    series = {"drawn": "facility_power", "it": "it_power", "available": "available_power",
              "contracted": "contracted_power"}[line]  # fmt: skip
    return (series, "total", "total") if chosen["site"] == ALL_SITES else (series, "site", chosen["site"])


def _splits(*names: str) -> ChartChoice:
    return ChartChoice("by", lambda _: tuple((name, _BY[name]) for name in names))


_SPAN = ChartChoice("span", lambda _: (("year", "Per year"), ("period", "Per period")))
_END = ChartChoice("end", lambda _: (("after", "With what comes after, by component"), ("", "Within the horizon")))
_SITES = ChartChoice(
    "site",
    lambda plan: (
        (ALL_SITES, "All sites together"),
        (EACH_SITE, "Each site, of its capacity"),
        *((s.id, s.name or s.id) for s in plan.sites),
    ),
)


def allocation(result: Result, chosen: dict[str, str]) -> Picture:
    """Active chips per period, stacked."""
    if chosen["by"] == MODE:
        return Picture("chips", "chips", result.time.labels, modes(result), True, spans=period_spans(result.time))
    lines = split_lines(result.plan, chosen["by"], result.series("chips", chosen["by"]), "area")
    return Picture("chips", "chips", result.time.labels, lines, True, spans=period_spans(result.time))


def modes(result: Result) -> tuple[Line, ...]:
    """Chips by how they run: at full power, at each power cap, and switched off."""
    assert result.allocation is not None
    found = []
    for key, pairs in result.allocation.by_mode.items():
        chips = pairs.sum(axis=0)
        if key == FULL_POWER:
            found.append(Line(key, "At full power", "accent", "area", chips, meaning="Idle ones are among them."))
        elif chips.any() and key == OFF:
            found.append(Line(key, "Switched off", "track", "area", chips))
        elif chips.any():
            found.append(Line(key, f"At {percent(float(key))} power", "good", "area", chips, len(found)))
    return tuple(found)


def flow(name: str, unit: str) -> Callable[[Result, dict[str, str]], Picture]:
    """The maker of stacked bars, per year or period, of a series that adds up over time."""

    def make(result: Result, chosen: dict[str, str]) -> Picture:
        values = result.series(name, chosen["by"])
        months = result.time.months
        every = PERIOD_WORDS.get(months, f"per {months} months")
        columns, spans = result.time.labels, period_spans(result.time)
        if chosen["span"] == "year":
            every = "a year"
            columns, values = by_year(result, values)
            spans = year_spans(result.time)
        currency = result.plan.settings.currency
        caption = every if unit == "USD" else f"{WRITTEN.get(unit, unit)} {every}".strip()
        lines = split_lines(result.plan, chosen["by"], values, "bar")
        if name == "cost" and lines:
            lines += (to_date(lines),)
        picture = Picture(unit, caption, columns, lines, chosen["span"] == "period", currency, spans=spans)
        is_whole = (chosen.get("end"), chosen["span"], chosen["by"]) == ("after", "year", "component")
        return with_end(result, picture) if name == "cost" and lines and is_whole else picture

    return make


def with_end(result: Result, picture: Picture) -> Picture:
    """The cost with a column for what the end of the horizon adds and takes off, and what rentals owe beyond it."""
    assert result.allocation is not None
    ends = end_components(result.allocation, discounted=False)
    rest = result.kpis["liability_beyond_horizon_usd"] - ends["owed_at_risk"]
    figures = (
        ("owed_at_risk", "warning", ends["owed_at_risk"], "What it may not be worth: it counts in the total cost."),
        (OWED, "muted", rest, "The rest of what is owed, which it is taken to be worth: it counts in no cost."),
        ("paid_ahead", "good", ends["paid_ahead"], "Paid within the horizon for time after it: taken off the cost."),
        ("residual", "accent", ends["residual"], "Of bought chips and of investments in power: taken off the cost."),
    )
    if not any(abs(value) > 0.5 for *_, value, _ in figures):
        return picture
    within = len(picture.columns)
    lines = tuple(replace(line, values=np.append(line.values, 0.0)) for line in picture.lines if line.key != TO_DATE)
    labels = {part.name: part.label for part in END_COMPONENTS} | {OWED: OWED_LABEL}
    lines += tuple(
        Line(key, labels[key], colour, "bar", np.append(np.zeros(within), value), 1 + k, meaning)
        for k, (key, colour, value, meaning) in enumerate(figures)
        if abs(value) > 0.5
    )
    paid = next(line for line in picture.lines if line.key == TO_DATE)
    whole = np.append(paid.values, paid.values[-1] + sum(ends.values()))
    meaning = "All costs from the start to the end of a column, undiscounted; after the horizon, the total cost."
    last = picture.spans[-1][1] + 1
    return replace(
        picture,
        columns=(*picture.columns, f"after {result.time.labels[-1]}"),
        ticks=(*(picture.ticks or picture.columns), "after"),
        lines=(*lines, replace(paid, values=whole, meaning=meaning)),
        spans=(*picture.spans, (last, last + max(1, 12 // result.time.months) - 1)),
    )


def to_date(lines: tuple[Line, ...]) -> Line:
    """The sum of all lines from the first column on: what has been paid by the end of each."""
    total = np.cumsum(np.sum([line.values for line in lines], axis=0))
    meaning = "All costs from the start to the end of a column, undiscounted; values at the horizon's end are left out."
    return Line(TO_DATE, "Total to date, undiscounted", "text", SUM, total, meaning=meaning)


def power(result: Result, chosen: dict[str, str]) -> Picture:
    """Facility power drawn, IT power, and what the chosen sites have, in MW of nameplate power."""
    if chosen["site"] == EACH_SITE:
        return power_of_each(result)
    plan, periods = result.plan, result.time.periods
    site = next((s for s in plan.sites if s.id == chosen["site"]), None)
    sites = plan.sites if site is None else (site,)
    nothing = np.zeros(periods)

    def drawn(name: str) -> np.ndarray:
        split = result.series(name, "site")
        return sum((split.get(s.id, nothing) for s in sites), nothing)

    lines = [
        Line("drawn", "drawn", "accent", "fill", drawn("facility_power")),
        Line("it", "IT", "accent", "dash", drawn("it_power")),
    ]
    contracted = contracted_mw(result, sites)
    if contracted.any():
        meaning = "Power of the contracts that are taken up, while they run; part of what is available."
        lines.append(Line("contracted", "by contract", "good", "step", contracted, meaning=meaning))
    unlimited = [s.name or s.id for s in sites if s.power_mw is None]
    if sites and not unlimited:
        has = result.available_mw(sites)  # of dated steps some may be "no limit"
        lines.append(Line("available", "available", "warning", "step", np.where(np.isfinite(has), has, np.nan)))
    note = f"No limit is set at {', '.join(unlimited)}, so none is drawn." if unlimited else ""
    subject = "" if site is None else site.name or site.id
    spans = period_spans(result.time)
    return Picture("MW", "MW", result.time.labels, tuple(lines), True, note=note, subject=subject, spans=spans)


def power_of_each(result: Result) -> Picture:
    """Facility power of every site as a fraction of what it has; 0 where it has none."""
    drawn = result.series("facility_power", "site")
    shares = {}
    for site in result.plan.sites:
        if site.power_mw is not None:
            has = result.available_mw((site,))
            mw = drawn.get(site.id, np.zeros_like(has))
            shares[site.id] = np.divide(mw, has, out=np.zeros_like(has), where=has > 0)
    unlimited = [s.name or s.id for s in result.plan.sites if s.power_mw is None]
    note = f"No limit is set at {', '.join(unlimited)}." if unlimited else ""
    lines = split_lines(result.plan, "site", shares, "step")
    spans, caption = period_spans(result.time), "each site, of capacity"
    return Picture("fraction", caption, result.time.labels, lines, True, note=note, spans=spans)


def contracted_mw(result: Result, sites: tuple[Site, ...]) -> np.ndarray:
    """[T] MW that the sites have by power contracts that are taken up."""
    if result.allocation is None:
        return np.zeros(result.time.periods)
    wanted = {s.id for s in sites}
    chosen = [s.id in wanted for s in result.plan.sites]
    return np.asarray(contracted_there(result.allocation)[chosen].sum(axis=0))


def sites_side_by_side(result: Result, _chosen: dict[str, str]) -> Picture:
    """Facility MW of every site over time, beside each other on one axis, and what each has."""
    time, plan = result.time, result.plan
    drawn, count = result.series("facility_power", "site"), result.time.periods
    places = {site.id: slice(k * count, (k + 1) * count) for k, site in enumerate(plan.sites)}
    spread, there = dict[str, np.ndarray](), np.zeros(count * len(plan.sites))
    for site in plan.sites:
        spread[site.id] = np.zeros(len(there))
        spread[site.id][places[site.id]] = drawn.get(site.id, 0.0)
        has = result.available_mw((site,))
        there[places[site.id]] = np.where(np.isfinite(has), has, np.nan)
    unlimited = [s.name or s.id for s in plan.sites if s.power_mw is None]
    note = f"No limit is set at {', '.join(unlimited)}." if unlimited else ""
    lines = split_lines(plan, "site", spread, "bar") if any(v.any() for v in spread.values()) else ()
    if lines and np.isfinite(there).any():
        lines += (Line("available", "available", "warning", "step", there),)
    names = [s.name or s.id for s in plan.sites]
    columns = tuple(f"{name}, {label}" for name in names for label in time.labels)
    return Picture(
        "MW", "MW", columns, lines, False, note=note, spans=period_spans(time) * len(names), head="Site and period",
        ticks=time.labels * len(names), groups=tuple((name, count) for name in names) if len(names) > 1 else (),
    )  # fmt: skip


ALLOCATION = Chart(
    "allocation", "Allocation", (_splits("platform", "vendor", "offer", "workload", "site", MODE),), allocation,
    "No chips in this plan yet.", series="chips",
)  # fmt: skip
COST = Chart(
    "cost", "Cost", (_SPAN, _splits("component", "vendor", "offer", "workload", "site"), _END), flow("cost", "USD"),
    "Nothing costs anything yet.", series="cost",
)  # fmt: skip
POWER = Chart("power", "Power", (_SITES,), power, "No power is drawn yet.", "sites", "facility_power")
SITES = Chart("sites", "Sites", (), sites_side_by_side, "No power is drawn yet.", selects="sites")
EMISSIONS = Chart(
    "emissions", "Emissions",
    (_SPAN, _splits("component", "site", "workload", "vendor", "jurisdiction")), flow("emissions", "tCO2e"),
    "Nothing is emitted yet.", series="emissions",
)  # fmt: skip
ENERGY = Chart(
    "energy", "Energy", (_SPAN, _splits("site", "workload", "vendor", "jurisdiction")),
    flow("facility_energy", "MWh"), "No energy is used yet.", series="facility_energy",
)  # fmt: skip
WATER = Chart(
    "water", "Water", (_SPAN, _splits("site", "workload", "vendor")), flow("water", "m3"), "No water is used.",
    series="water",
)  # fmt: skip
