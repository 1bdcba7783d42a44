"""Figures that stand side by side, such as what work costs per workload."""

from __future__ import annotations

from dataclasses import dataclass

from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.results.result import Result
from gigaplan.gui.style.colours import looks
from gigaplan.gui.text.clipboard import sheet_text


@dataclass(frozen=True)
class Measure:
    """One measure: its heading, unit and the exact meaning."""

    heading: str
    unit: str
    meaning: str
    beside: str = ""
    """What the notes beside its bars say, as the heading of a column of them."""


@dataclass(frozen=True)
class Cell:
    """One thing in one measure."""

    value: float | None
    """None where the measure has no meaning for it."""
    note: str = ""
    """What stands beside its bar, or in the place of one that there is not."""
    tip: str = ""
    """How the value comes about; empty where the heading says it."""
    caution: str = ""
    """Why it is of no use to the plan; its bar is hollow then."""


@dataclass(frozen=True)
class MeasuredRow:
    """One thing in all measures."""

    key: str
    label: str
    colour: str
    cells: tuple[Cell, ...]

    @property
    def values(self) -> tuple[float | None, ...]:
        """Its value in each measure."""
        return tuple(cell.value for cell in self.cells)


@dataclass(frozen=True)
class Comparison:
    """Rows measured in several ways."""

    what: str
    columns: tuple[Measure, ...]
    rows: tuple[MeasuredRow, ...]
    currency: str
    table: str = ""
    """The table of the plan that the keys of rows are ids of."""

    def heading(self, column: int) -> str:
        """A measure with its unit in the plan's currency."""
        measure = self.columns[column]
        return f"{measure.heading} [{measure.unit.replace('USD', self.currency)}]"

    def has_notes(self, column: int) -> bool:
        """Whether any bar of a column has something beside it."""
        return any(row.cells[column].note for row in self.rows)


def kpi_column(kpi: str, heading: str) -> Measure:
    """A key figure as a column."""
    return Measure(heading, KPIS[kpi].unit, KPIS[kpi].help)


TOKEN_COLUMN = kpi_column("usd_per_million_tokens", "Cost")
COMPUTE_COLUMN = kpi_column("usd_per_pflop_day", "Cost")
COVERAGE_COLUMN = kpi_column("coverage", "Served")


def per_workload(result: Result, kpi: str, column: Measure) -> Comparison:
    """A KPI that has one figure per workload."""
    plan, values, look = result.plan, result.kpis[kpi], looks(result.plan, "workload")
    rows = tuple(
        MeasuredRow(w.id, w.name or w.id, look[w.id].colour, (Cell(values[w.id]),))
        for w in plan.workloads
        if w.id in values
    )
    return Comparison("Workload", (column,), rows, plan.settings.currency, "workloads")


def comparison_text(comparison: Comparison, separator: str = ",") -> str:
    """The figures with a header and units, in full precision, as CSV; empty where there is none."""
    heads = [comparison.what]
    for c, column in enumerate(comparison.columns):
        heads += [comparison.heading(c)] + ([f"{column.heading}: {column.beside}"] if comparison.has_notes(c) else [])
    lines: list[list[object]] = [[*heads]]
    for row in comparison.rows:
        cells: list[object] = [row.label]
        for c, cell in enumerate(row.cells):
            note = f"{cell.note}; {cell.caution}" if cell.caution else cell.note
            cells.append(cell.value)
            if comparison.has_notes(c):
                cells.append(note)
        lines.append(cells)
    return sheet_text(lines, separator)
