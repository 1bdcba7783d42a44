"""The tabs of charts, and the charts of each: adding one is adding a line to TABS."""

from __future__ import annotations

from dataclasses import dataclass

from gigaplan.engine.results.result import Result
from gigaplan.gui.present.chart_data import ALLOCATION, COST, EMISSIONS, ENERGY, POWER, WATER, Chart
from gigaplan.gui.present.commitment_charts import COMMITMENTS
from gigaplan.gui.present.compared_figures import (
    COMPUTE_COLUMN,
    COVERAGE_COLUMN,
    TOKEN_COLUMN,
    Column,
    Comparison,
    per_workload,
)
from gigaplan.gui.present.day_charts import DAY
from gigaplan.gui.present.latency_charts import CURVES


@dataclass(frozen=True)
class WorkloadTable:
    """A key figure per workload, as a table with bars."""

    kpi: str
    title: str
    caption: str
    column: Column
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


SERVING = WorkloadTable(
    "usd_per_million_tokens", "Serving", "per million tokens", TOKEN_COLUMN, "No workload is counted in tokens."
)
COMPUTE = WorkloadTable(
    "usd_per_pflop_day", "Compute", "per PFLOP-day", COMPUTE_COLUMN, "No workload is counted in PFLOP/s."
)
COVERAGE = WorkloadTable("coverage", "Coverage", "of demand", COVERAGE_COLUMN, "No workloads in this plan yet.")
TABS: dict[str, tuple[Chart | WorkloadTable | OffersTable, ...]] = {
    "Overview": (ALLOCATION, COST, POWER),
    "Carbon and energy": (EMISSIONS, ENERGY, WATER),
    "Unit cost": (SERVING, COMPUTE, COVERAGE),
    "Platforms": (OffersTable(),),
    "Commitments": COMMITMENTS,
    "Day": DAY,
    "Latency": CURVES,
}
"""The charts of each tab, side by side, by its title."""
