"""What the small charts show: charts of the window, each with what is chosen in it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gigaplan.engine.results.result import Result
from gigaplan.gui.present.chart_data import ALLOCATION, COST, EMISSIONS, POWER, Chart, source_of
from gigaplan.gui.present.picture import SUM, Picture


@dataclass(frozen=True)
class Kind:
    """A measure: its title, and the chart that draws it, with its choices."""

    title: str
    chart: Chart
    chosen: tuple[tuple[str, str], ...]

    def make(self, result: Result) -> Picture:
        """The chart of a result, with the lines that have room: none that are nil, sums to date or dashed."""
        picture = self.chart.make(result, dict(self.chosen))
        lines = tuple(ln for ln in picture.lines if ln.values.any() and ln.style not in (SUM, "dash"))
        by = dict(self.chosen).get("by")
        return replace(picture, lines=lines, caption=f"{picture.caption}, by {by}" if by else picture.caption)

    def source_of(self, line: str) -> tuple[str, str, str]:
        """The series, split and key of a line of the picture; of all lines together where none is named."""
        return source_of(self.chart, dict(self.chosen), line) if line else (self.chart.series, "total", "total")


KINDS = (
    Kind("Cost", COST, (("span", "year"), ("by", "component"))),
    Kind("Chips", ALLOCATION, (("by", "vendor"),)),
    Kind("Facility power", POWER, (("site", ""),)),
    Kind("Emissions", EMISSIONS, (("span", "year"), ("by", "component"))),
)
