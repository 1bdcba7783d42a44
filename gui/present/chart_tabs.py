"""The tabs of charts, and the charts of each: adding one is adding a line to TABS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.results.result import Result
from gigaplan.gui.present.bar_comparison import (
    COMPUTE_COLUMN,
    COVERAGE_COLUMN,
    TOKEN_COLUMN,
    Comparison,
    Measure,
    per_workload,
)
from gigaplan.gui.present.chart_data import ALLOCATION, COST, EMISSIONS, ENERGY, POWER, SITES, WATER, Chart, Choices
from gigaplan.gui.present.commitment_charts import COMMITMENTS
from gigaplan.gui.present.day_charts import DAY, NO_BLOCKS
from gigaplan.gui.present.drawing import Drawing
from gigaplan.gui.present.latency_charts import CURVES
from gigaplan.gui.present.load_duration import load_duration
from gigaplan.gui.present.merit_order import NONE_ABLE, merit_order, workloads_of
from gigaplan.gui.present.money_drawings import NO_CHANGE, NOTHING_PAID, change, sankey


@dataclass(frozen=True)
class WorkloadTable:
    """A key figure per workload, as a table with bars."""

    kpi: str
    title: str
    caption: str
    column: Measure
    empty: str
    """What is said where there is nothing to show."""

    def make(self, result: Result, _period: int) -> Comparison:
        """The rows of an optimal result."""
        return per_workload(result, self.kpi, self.column)


@dataclass(frozen=True)
class OffersTable:
    """Offers by what a chip's hour buys, for a workload that is chosen in its head."""

    title: str = "Offers compared"
    empty: str = "No offers in this plan yet."


@dataclass(frozen=True)
class DrawingChart:
    """A chart that has no columns of time: its name, and how its drawing is made of an optimal result and the first
    one since the plan was opened."""

    name: str
    title: str
    make: Callable[[Result, Result | None, dict[str, str]], Drawing]
    empty: str
    """What is said where there is nothing to draw."""
    rows: Callable[[Plan], Choices] | None = None
    """The workloads to choose from, where it is about one in the period that the plan map shows."""
    joins: bool = False
    """Whether it comes to its neighbours only once there is something to draw, and where there is room for it."""


SANKEY = DrawingChart("money", "Where the money goes", sankey, NOTHING_PAID)
CHANGE = DrawingChart("change", "Change of cost", change, NO_CHANGE)
LATEST = replace(CHANGE, joins=True)
MERIT = DrawingChart("merit-order", "Merit order", merit_order, NONE_ABLE, workloads_of)
DURATION = DrawingChart("load-duration", "Load duration", load_duration, NO_BLOCKS)
SERVING = WorkloadTable(
    "usd_per_million_tokens", "Serving", "per million tokens", TOKEN_COLUMN, "No workload is counted in tokens."
)
COMPUTE = WorkloadTable(
    "usd_per_pflop_day", "Compute", "per PFLOP-day", COMPUTE_COLUMN, "No workload is counted in PFLOP/s."
)
COVERAGE = WorkloadTable("coverage", "Coverage", "of demand", COVERAGE_COLUMN, "No workloads in this plan yet.")
TABS: dict[str, tuple[Chart | WorkloadTable | OffersTable | DrawingChart, ...]] = {
    "Overview": (ALLOCATION, COST, POWER, LATEST),
    "Money": (SANKEY, CHANGE),
    "Carbon and energy": (EMISSIONS, ENERGY, WATER),
    "Unit cost": (SERVING, COMPUTE, COVERAGE),
    "Platforms": (OffersTable(),),
    "Merit and load": (MERIT, DURATION),
    "Sites": (SITES,),
    "Commitments": COMMITMENTS,
    "Day": DAY,
    "Latency": CURVES,
}
"""The charts of each tab, side by side, by its title."""
