"""What a chart shows, as plain values: lines over columns of time, with names, colours and units."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.plan import Plan
from engine.results import IDLE, PLAN_WIDE, Result
from gui import theme

Floats = NDArray[np.float64]

CATEGORY_COLOURS = (
    "#3B76E0", "#E08A00", "#1B9E77", "#B65FA5", "#C4624A", "#4AA8C9",
    "#8A9A2B", "#8767DB", "#D8738F", "#8C6D54", "#5F7A8C", "#A0842B",
)  # fmt: skip
GREY = "#929BA9"
SHADES = (0.0, 0.34, -0.26, 0.55, -0.42, 0.18)
"""How far the second and further members of a vendor are lightened (or darkened) from its colour."""
WORDS = {IDLE: "Idle", PLAN_WIDE: "Plan-wide"}
STACKED = ("area", "bar")


@dataclass(frozen=True)
class Line:
    """One series of a picture; `style` is area or bar (stacked), fill, step or dash (each for itself)."""

    key: str
    label: str
    colour: str
    """#RRGGBB, or the name of a colour token."""
    style: str
    values: Floats


@dataclass(frozen=True)
class Picture:
    """Lines over columns of time. Each column is one period or several; all lines have one unit."""

    unit: str
    caption: str
    """What stands muted beside the title."""
    columns: tuple[str, ...]
    """The name of each column."""
    lines: tuple[Line, ...]
    by_period: bool
    """Whether each column is one period."""
    currency: str = "USD"
    note: str = ""
    """What a person must know to read it right; empty if nothing."""
    subject: str = ""
    """What the title names beside the chart, such as a site."""

    @property
    def unit_text(self) -> str:
        """The unit with the plan's currency in it."""
        return self.unit.replace("USD", self.currency)


def stacks(
    lines: tuple[Line, ...], hidden: frozenset[str] | set[str], columns: int
) -> dict[str, tuple[Floats, Floats]]:
    """Bottom and top [columns] of every stacked line that is not hidden; what is negative hangs below zero."""
    above, below = np.zeros(columns), np.zeros(columns)
    found = {}
    for line in lines:
        if line.style not in STACKED or line.key in hidden:
            continue
        base = np.where(line.values >= 0, above, below)
        top = base + line.values
        above, below = np.where(line.values >= 0, top, above), np.where(line.values >= 0, below, top)
        found[line.key] = (base, top)
    return found


def reach(picture: Picture, hidden: frozenset[str] | set[str]) -> tuple[float, float]:
    """The lowest and highest value that a picture draws, with zero among them."""
    ends = [0.0]
    for base, top in stacks(picture.lines, hidden, len(picture.columns)).values():
        ends += [float(top.min(initial=0.0)), float(top.max(initial=0.0)), float(base.min(initial=0.0))]
    for line in picture.lines:
        if line.style not in STACKED and line.key not in hidden and line.values.size:
            ends += [float(line.values.min()), float(line.values.max())]
    return min(ends), max(ends)


def csv_text(picture: Picture) -> str:
    """The figures behind a picture: a header with units, then one row per column of time, in full precision."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["Period" if picture.by_period else "Year", *(f"{ln.label} [{picture.unit_text}]" for ln in picture.lines)]
    )
    for k, column in enumerate(picture.columns):
        writer.writerow([column, *(repr(float(ln.values[k])) for ln in picture.lines)])
    return out.getvalue()


def mixed(colour: str, other: str, part: float) -> str:
    """A colour between two, `part` (0..1) of the way from the first to the other."""
    a, b = theme.colour(colour), theme.colour(other)
    ends = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return "#" + "".join(f"{round(x + (y - x) * part):02X}" for x, y in ends)


def _shade(colour: str, rank: int) -> str:
    step = SHADES[rank % len(SHADES)]
    return mixed(colour, "#FFFFFF" if step > 0 else "#000000", abs(step))


def split_lines(plan: Plan, by: str, values: dict[str, Floats], style: str) -> tuple[Line, ...]:
    """A line per key of a split series, named and coloured, in the order of the plan; vendors stay together."""
    order = {key: k for k, key in enumerate(_order(plan, by))}
    known = sorted(values, key=lambda key: order.get(key, len(order)))
    labels, colours = _labels(plan, by), _colours(plan, by)
    return tuple(
        Line(key, labels.get(key) or WORDS.get(key) or key, colours.get(key, GREY), style, values[key]) for key in known
    )


def _vendor_of(plan: Plan, by: str) -> dict[str, str]:
    """The vendor of each member of a dimension that has vendors, in plan order."""
    vendors = {p.id: p.vendor for p in plan.platforms}
    if by == "platform":
        return vendors
    if by == "offer":
        return {o.id: vendors.get(o.platform, "") for o in plan.offers}
    return {v: v for v in vendors.values()}


def _order(plan: Plan, by: str) -> list[str]:
    if by in ("platform", "offer", "vendor"):
        vendor = _vendor_of(plan, by)
        rank = {v: k for k, v in enumerate(dict.fromkeys(vendor.values()))}
        return sorted(vendor, key=lambda key: rank[vendor[key]])
    if by in ("site", "workload"):
        return [row.id for row in (plan.sites if by == "site" else plan.workloads)]
    return []


def _labels(plan: Plan, by: str) -> dict[str, str]:
    tables = {"platform": plan.platforms, "offer": plan.offers, "site": plan.sites, "workload": plan.workloads}
    if by in tables:
        return {row.id: row.name or row.id for row in tables[by]}
    return {name: name.capitalize() for name in ("operational", "embodied", *theme.COMPONENT_COLOURS)}


def _colours(plan: Plan, by: str) -> dict[str, str]:
    if by == "component":
        return {**theme.COMPONENT_COLOURS, "operational": "#5F7A8C", "embodied": "#C4624A"}
    if by in ("platform", "offer", "vendor"):
        seen: dict[str, int] = {}
        found = {}
        for key, vendor in _vendor_of(plan, by).items():
            seen[vendor] = seen.get(vendor, -1) + 1
            found[key] = _shade(theme.vendor_colour(vendor), seen[vendor])
        return found
    return {key: CATEGORY_COLOURS[k % len(CATEGORY_COLOURS)] for k, key in enumerate(_order(plan, by))}


def by_year(result: Result, values: dict[str, Floats]) -> tuple[tuple[str, ...], dict[str, Floats]]:
    """Sums per plan year (12 months each from the plan's start), and the names of the years."""
    time = result.time
    years = int(time.year_of[-1]) + 1
    sums = {key: np.bincount(time.year_of, weights=line, minlength=years).astype(float) for key, line in values.items()}
    return tuple(_year_name(result, year) for year in range(years)), sums


def _year_name(result: Result, year: int) -> str:
    """2026; 2026-07 + for a year that begins within a calendar year; with its months where it is cut short."""
    time = result.time
    inside = [t for t, y in enumerate(time.year_of) if y == year]
    first = time.dates[inside[0]]
    months = len(inside) * time.months
    name = first[:4] if first.endswith("-01") else f"{first} +"
    return name if months == 12 else f"{name} ({months} mo)"
