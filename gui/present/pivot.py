"""Any series of a result by any of its keys and by period, as a table of plain values."""

from __future__ import annotations

from dataclasses import dataclass

from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.series_names import DIMENSIONS, UNITS
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.present.picture import split_lines
from gigaplan.gui.text.clipboard import sheet_text
from gigaplan.gui.text.number_format import chips, plain

ADDS_UP = ("USD", "MWh", "tCO2e", "m3")
"""Units of which the periods add up to something; chips and megawatts do not."""
LABELS = {
    "chips": "Chips installed", "deliveries": "Chips delivered", "cost": "Cost", "it_power": "IT power",
    "facility_power": "Facility power", "it_energy": "IT energy", "facility_energy": "Facility energy",
    "emissions": "Emissions", "water": "Water", "served": "Work served", "demand": "Work demanded",
    "unmet": "Work not served", "power_headroom": "Power left", "supply_headroom": "Supply left",
}  # fmt: skip
TOTAL = "Total"


@dataclass(frozen=True)
class Pivot:
    """A table: a row for each key of which there is anything, a column for each period in which there is."""

    unit: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[float, ...]], ...]
    """Name and values of each row; the last is the total where the rows add up."""

    def text(self, value: float) -> str:
        """A value as it is shown: chips whole, else five figures."""
        return chips(value) if self.unit == "chips" else plain(value, 5)

    def sheet(self) -> str:
        """All of it with headers, for a spreadsheet."""
        head = [self.unit, *self.heads]
        return sheet_text([head, *([name, *values] for name, values in self.rows)])


def dimension_label(by: str) -> str:
    """A dimension in words: Offer × site."""
    return by.replace("|", " × ").capitalize()


def pivot(result: Result, series: str, by: str) -> Pivot:
    """A series by one of its dimensions. Raises KeyError for a dimension that it is not split by."""
    if by not in DIMENSIONS[series]:
        raise KeyError(by)
    plan, values = result.plan, result.series(series, by)
    if "|" in by:
        named = {key: _pair(plan, by, key) for key in values}
    else:
        named = {line.key: line.label for line in split_lines(plan, by, values, "bar")}
    there = [key for key in named if values[key].any()]
    shown = [t for t in range(result.time.periods) if any(values[key][t] for key in there)]
    unit = UNITS[series]
    rows = [(named[key], [float(values[key][t]) for t in shown]) for key in there]
    adds = unit != "average rate" and by != "total" and len(rows) > 1
    if adds:
        rows.append((TOTAL, [sum(column) for column in zip(*(line for _, line in rows), strict=True)]))
    heads = [result.time.labels[t] for t in shown]
    if unit in ADDS_UP and len(shown) > 1:
        heads.append(TOTAL)
        rows = [(name, [*line, sum(line)]) for name, line in rows]
    return Pivot(unit.replace("USD", plan.settings.currency), tuple(heads), tuple((n, tuple(v)) for n, v in rows))


def _pair(plan: Plan, by: str, key: str) -> str:
    """The names of both rows of a key such as `b200|iowa`."""
    rows = [find(plan, f"{table}s", id) for table, id in zip(by.split("|"), key.split("|"), strict=True)]
    return " · ".join(id if row is None else row_name(row) for row, id in zip(rows, key.split("|"), strict=True))
