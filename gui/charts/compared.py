"""Figures that stand side by side: what work costs per workload, and what a chip's hour buys per offer."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import numpy as np

from engine.allocation import Allocation
from engine.results import Result
from gui import theme
from gui.plots.picture import CATEGORY_COLOURS, Floats


@dataclass(frozen=True)
class Column:
    """One measure: its heading, unit and the exact meaning."""

    heading: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Row:
    """One thing measured; a value is None where the measure has no meaning for it."""

    key: str
    label: str
    colour: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Comparison:
    """Rows measured in several ways."""

    what: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    currency: str


TOKEN_COLUMN = Column(
    "Per million tokens", "USD/million tokens",
    "What the chips that serve it cost over the horizon, undiscounted, with overhead, less their residual value, "
    "shared by chip-hours, per million output tokens served.",
)  # fmt: skip
COMPUTE_COLUMN = Column(
    "Per PFLOP-day", "USD/PFLOP-day",
    "What the chips that do it cost over the horizon, undiscounted, with overhead, less their residual value, "
    "shared by chip-hours, per PFLOP/s of work done for a day (at its utilisation, not at peak).",
)  # fmt: skip
COVERAGE_COLUMN = Column("Served", "fraction", "Work served over work demanded, over the horizon.")


def per_workload(result: Result, kpi: str, column: Column) -> Comparison:
    """A KPI that has one figure per workload."""
    plan, values = result.plan, result.kpis[kpi]
    rows = tuple(
        Row(w.id, w.name or w.id, CATEGORY_COLOURS[k % len(CATEGORY_COLOURS)], (values[w.id],))
        for k, w in enumerate(plan.workloads)
        if w.id in values
    )
    return Comparison("Workload", (column,), rows, plan.settings.currency)


HOUR = "an hour of one chip, delivered in the period shown, at full load, averaged over the sites of its offer"
PLATFORM_COLUMNS = (
    Column("Chip-hour", "USD/chip-h",
           "Price (a purchase spread over the life of the chip), maintenance, hosting and electricity of " + HOUR
           + "; without overhead and cost of capital."),
    Column("bf16 PFLOP-h", "USD/PFLOP-h",
           "The chip-hour over its dense bf16 peak times the offer's availability; work reaches a part of peak."),
    Column("fp8 PFLOP-h", "USD/PFLOP-h",
           "The chip-hour over its dense fp8 peak times the offer's availability; bf16 where it has no fp8."),
    Column("TB/s-hour", "USD/TB/s-h", "The chip-hour over its memory bandwidth times the offer's availability."),
    Column("100 GB-hour", "USD/100 GB-h", "The chip-hour over its memory times the offer's availability."),
    Column("kW-hour", "USD/kWh", "The chip-hour over its all-in IT power: what a scarce kilowatt must earn."),
)  # fmt: skip


def chip_hour_usd(a: Allocation, period: int) -> Floats:
    """[O] USD per chip-hour of each offer for chips delivered in `period`, at full load, mean over its sites.

    The engine's own rates (model.md section 7); NaN for an offer that can stand nowhere.
    """
    i, r = a.inputs, a.rates
    offer = i.pair_offer
    hours = i.time.hours
    once = r.purchase[:, period] / (i.life[offer] * hours)
    each = (r.rental[:, period] + r.maintenance[:, period] + r.hosting[:, period]) / hours
    energy = i.power_w[offer] / 1e6 * r.facility * r.electricity[:, period]
    count = np.bincount(offer, minlength=len(i.plan.offers)).astype(float)
    total = np.bincount(offer, weights=once + each + energy, minlength=len(i.plan.offers))
    return np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)


def offers_compared(result: Result, period: int) -> Comparison:
    """Every offer by what its chip-hour costs per unit of compute, bandwidth, memory and power, in one period."""
    plan = result.plan
    assert result.allocation is not None
    hourly = chip_hour_usd(result.allocation, min(period, result.time.periods - 1))
    platforms = {p.id: p for p in plan.platforms}
    rows = []
    for offer, usd in zip(plan.offers, hourly.tolist(), strict=True):
        p = platforms[offer.platform]
        fp8 = p.bf16_tflops if p.fp8_tflops is None else p.fp8_tflops
        up = offer.availability
        amounts = (1.0, p.bf16_tflops / 1e3 * up, fp8 / 1e3 * up, p.memory_bandwidth_gb_s / 1e3 * up,
                   p.memory_gb / 100 * up, p.power_w / 1e3)  # fmt: skip
        values = tuple(usd / x if x > 0 and np.isfinite(usd) else None for x in amounts)
        rows.append(Row(offer.id, offer.name or offer.id, theme.vendor_colour(p.vendor), values))
    return Comparison("Offer", PLATFORM_COLUMNS, tuple(rows), plan.settings.currency)


def comparison_text(comparison: Comparison, separator: str = ",") -> str:
    """The figures with a header and units, in full precision, as CSV; empty where there is none."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    heads = (f"{c.heading} [{c.unit.replace('USD', comparison.currency)}]" for c in comparison.columns)
    writer.writerow([comparison.what, *heads])
    for row in comparison.rows:
        writer.writerow([row.label, *("" if v is None else repr(v) for v in row.values)])
    return out.getvalue()
