"""What a chart shows, as plain values: lines over columns of time, with names, colours and units."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.costs import COST_LABELS
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.series_names import IDLE, OFF, PLAN_WIDE
from gigaplan.gui.style.colours import GREY as GREY
from gigaplan.gui.style.colours import NO_HATCH, Look, looks
from gigaplan.gui.style.colours import mixed as mixed
from gigaplan.gui.text.clipboard import sheet_text
from gigaplan.gui.text.number_format import SYMBOLS, plain

Floats = NDArray[np.float64]

WORDS = {IDLE: "Idle", OFF: "Switched off", PLAN_WIDE: "Plan-wide"}
STACKED = ("area", "bar")
SUM = "sum"
CURVE = "curve"


@dataclass(frozen=True)
class Line:
    """One series of a picture; `style` is area (steps) or bar (both stacked), fill, step, dash or curve (each for
    itself), or sum (each for itself, on an axis of its own at the right)."""

    key: str
    label: str
    colour: str
    """#RRGGBB, or the name of a colour token."""
    style: str
    values: Floats
    hatch: int = NO_HATCH
    meaning: str = ""
    """What it is exactly, where its label leaves that open."""
    rim: str = ""
    """The colour of its edge, where its own is a tint."""
    band: tuple[Floats, Floats] | None = None
    """Of a curve: between which values it is, for each column."""
    dots: tuple[Floats, Floats] | None = None
    """Of a curve: the columns, between which a dot may lie, and the values of what was measured."""
    solid: NDArray[np.bool_] | None = None
    """Of a curve: the columns in which it is measured, and drawn in full."""


@dataclass(frozen=True)
class Picture:
    """Lines over columns of time. Each column is one period or several; all lines have one unit."""

    unit: str
    caption: str
    """What stands muted beside the title, without the currency."""
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
    spans: tuple[tuple[int, int], ...] = ()
    """The first and the last period of each column; empty where nobody asks."""
    head: str = ""
    """What each column is, where it is neither a period nor a year."""
    empty: str = ""
    """What is said where there is nothing to draw; empty for what the chart says."""
    sources: tuple[tuple[str, int], ...] = ()
    """The row of the plan that each column is about, and the period whose figures explain it; empty for its own."""
    ticks: tuple[str, ...] = ()
    """Shorter names of the columns for the axis, where there are any."""
    groups: tuple[tuple[str, int], ...] = ()
    """The name of each group of neighbouring columns, and how many they are; empty where there is one alone."""
    ceiling: float = math.inf
    """Where the axis at the left ends at the latest: what rises beyond would flatten all else."""
    mark: float | None = None
    """The column, or the place between two, of a limit that can be dragged; None where there is none."""
    mark_words: str = ""
    """What the limit is called."""

    @property
    def unit_text(self) -> str:
        """The unit with the plan's currency in it."""
        return self.unit.replace("USD", self.currency)

    @property
    def caption_with_currency(self) -> str:
        """The caption, for money with its currency before it."""
        return f"{self.currency} {self.caption}" if self.unit.startswith("USD") else self.caption

    @property
    def live_caption(self) -> str:
        """The caption of a chart whose figures have the sign of the currency, where it has one."""
        return self.caption if self.currency in SYMBOLS else self.caption_with_currency


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


SMALLEST = 1e-280
"""The size of what is drawn at least; less is drawn as nothing: the scale of a plot would be beyond all floats."""
PLAIN = 1e-6, 1e12
"""Between which sizes values are drawn as they are; those of other sizes are drawn as parts of a power of ten."""
FINEST = 1e-9
"""The part of a picture's height to which one can zoom in."""
HEADROOM, GROUPED = 1.06, 1.24
"""How much higher than its values a plot is; the second where names of groups stand at its top."""


def drawn(value: float) -> float:
    """A value as it can be drawn: 0 where it is not a number or too small."""
    return float(value) if SMALLEST <= abs(value) < np.inf else 0.0


def one_of(low: float, high: float) -> float:
    """The value that is drawn at a height of 1 where values reach from `low` to `high`."""
    size = max(-low, high)
    return 1.0 if not size or PLAIN[0] <= size <= PLAIN[1] else 10.0 ** math.floor(math.log10(size))


def _seen(shown: tuple[float, float] | None) -> slice:
    """The columns of which anything is in sight where the chart shows what lies between two places; else all."""
    if shown is None:
        return slice(None)
    return slice(max(0, math.floor(shown[0] + 0.5 + 1e-6)), max(1, math.ceil(shown[1] + 0.5 - 1e-6)))


def reach(
    picture: Picture, hidden: frozenset[str] | set[str], shown: tuple[float, float] | None = None
) -> tuple[float, float]:
    """The lowest and highest value at the left that a picture draws, with zero among them.

    A column k reaches from k - 0.5 to k + 0.5; `shown` is the part of the columns that is seen.
    """
    ends, seen = [0.0], _seen(shown)
    values = [end[seen] for pair in stacks(picture.lines, hidden, len(picture.columns)).values() for end in pair]
    others = [ln for ln in picture.lines if ln.style not in (*STACKED, SUM) and ln.key not in hidden]
    values += [np.where(np.isnan(ln.values[seen]), 0.0, ln.values[seen]) for ln in others]
    curves = [ln for ln in picture.lines if ln.key not in hidden]
    values += [ln.band[1][seen] for ln in curves if ln.band is not None]
    values += [ln.dots[1] for ln in curves if ln.dots is not None]
    ends += [float(end) for each in values if each.size for end in (each.min(), each.max())]
    low, high = drawn(min(ends)), drawn(max(ends))
    # The zeros of both axes lie at one height: what is above it at the right needs room.
    squeezed = high < -low / 100 and reach_right(picture, hidden, shown) > 0
    return (low, -low / 4) if squeezed else (low, high)


def reach_right(picture: Picture, hidden: frozenset[str] | set[str], shown: tuple[float, float] | None = None) -> float:
    """The highest value of the lines on the axis at the right in the columns `shown`; 0 where none is drawn."""
    there = [ln.values[_seen(shown)] for ln in picture.lines if ln.style == SUM and ln.key not in hidden]
    return drawn(max((float(values.max()) for values in there if values.size), default=0.0))


def value_range(
    picture: Picture, hidden: frozenset[str] | set[str], shown: tuple[float, float] | None = None
) -> tuple[float, float]:
    """From where to where the axis at the left goes, so that what is seen fills the height."""
    low, high = reach(picture, hidden, shown)
    high = min(high, picture.ceiling)
    bottom, top = low * HEADROOM, high * (GROUPED if picture.groups else HEADROOM) if high > low else 1.0
    if shown is not None:
        least, most = reach(picture, hidden)
        top = max(top, bottom + FINEST * (most - least))
    return bottom, top


def line_at(picture: Picture, hidden: frozenset[str] | set[str], column: int, value: float) -> str | None:
    """The key of the stacked line that has a value in a column, or of the filled or stepped one nearest above it."""
    for key, (base, top) in stacks(picture.lines, hidden, len(picture.columns)).items():
        if min(base[column], top[column]) <= value <= max(base[column], top[column]) and base[column] != top[column]:
            return key
    above = [
        (float(line.values[column]), line.key)
        for line in picture.lines
        if line.style not in (*STACKED, SUM) and line.key not in hidden and line.values[column] >= value >= 0
    ]
    return min(above)[1] if above else None


def csv_text(picture: Picture, separator: str = ",") -> str:
    """The figures behind a picture: a header with units, then one row per column of time, in full precision."""
    head = picture.head or ("Period" if picture.by_period else "Year")
    lines: list[list[object]] = [[head, *(f"{ln.label} [{picture.unit_text}]" for ln in picture.lines)]]
    for k, column in enumerate(picture.columns):
        # Where there is no value, such as no limit, there is no cell.
        lines.append([column, *("" if np.isnan(ln.values[k]) else ln.values[k] for ln in picture.lines)])
    return sheet_text(lines, separator)


def split_lines(plan: Plan, by: str, values: dict[str, Floats], style: str) -> tuple[Line, ...]:
    """A line per key of a split series, named and coloured, in the order of the plan; vendors stay together."""
    look, labels = looks(plan, by), _labels(plan, by)
    order = {key: k for k, key in enumerate(look)} if by != "component" else {}
    plain, lines = Look(), []
    # What there is nothing of has no place in a legend, unless there is nothing of anything.
    shown = [key for key in values if values[key].any()] or list(values)
    for key in sorted(shown, key=lambda key: order.get(key, len(order))):
        its = look.get(key, plain)
        label = labels.get(key) or WORDS.get(key) or key
        lines.append(Line(key, label, its.colour, style, values[key], its.hatch, rim=its.rim))
    return tuple(lines)


def _labels(plan: Plan, by: str) -> dict[str, str]:
    if by in ("platform", "offer", "site", "workload"):
        names = {row.id: row.name or row.id for row in getattr(plan, f"{by}s")}
        return names | ({PLAN_WIDE: "No workload"} if by == "workload" else {})
    return COST_LABELS | {name: name.capitalize() for name in ("operational", "embodied")}


def by_year(result: Result, values: dict[str, Floats]) -> tuple[tuple[str, ...], dict[str, Floats]]:
    """Sums per plan year (12 months each from the plan's start), and the names of the years."""
    time = result.time
    years = int(time.year_of[-1]) + 1
    sums = {key: np.bincount(time.year_of, weights=line, minlength=years).astype(float) for key, line in values.items()}
    return tuple(_year_name(result, year) for year in range(years)), sums


def period_spans(time: Timeline) -> tuple[tuple[int, int], ...]:
    """The spans of columns that are one period each."""
    return tuple((t, t) for t in range(time.periods))


def year_spans(time: Timeline) -> tuple[tuple[int, int], ...]:
    """The spans of the columns of `by_year`."""
    ends = np.searchsorted(time.year_of, np.arange(int(time.year_of[-1]) + 2))
    return tuple((int(a), int(b) - 1) for a, b in pairwise(ends))


def _year_name(result: Result, year: int) -> str:
    time = result.time
    inside = np.flatnonzero(time.year_of == year)
    return year_words(time.dates[inside[0]], len(inside) * time.months)


def year_words(first: str, months: float) -> str:
    """2026; 2026-07 + for a year that begins within a calendar year; with its months where it is truncated."""
    name = first[:4] if first.endswith("-01") else f"{first} +"
    return name if months == 12 else f"{name} ({plain(months)} mo)"
