"""What uncertain inputs do to a key figure, as plain values and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gigaplan.engine.analysis.uncertainty import HIGH, LOW, Case, CaseOutcome, figure, outcome_of, quantile
from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.schema import Uncertainty
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.status import STATUS
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.present.scenario_words import field_words, value_words
from gigaplan.gui.text.clipboard import sheet_text
from gigaplan.gui.text.number_format import plain

RISK_KPIS = tuple(kpi.name for kpi in KPIS.values() if not kpi.per_workload or kpi.lowest)
"""The key figures that are one figure of the whole plan, or, as the coverage, have a lowest that counts."""


@dataclass(frozen=True)
class End:
    """One input at one end of its spread."""

    words: str
    """What the input turns out to be: × 0.67."""
    value: float | None
    """The key figure then."""
    failure: str = ""
    """Why there is none: in few words, and perhaps in a sentence."""
    text: str = ""


@dataclass(frozen=True)
class Swing:
    """What one input does alone: at its P10, and at its P90."""

    id: str
    what: str
    """What of it is uncertain: Demand."""
    of: str
    """Of which row: Chat; empty for the plan itself."""
    ends: tuple[End, End]

    @property
    def label(self) -> str:
        """Both: Demand of Chat."""
        return f"{self.what} of {self.of}" if self.of else self.what

    def reach(self, base: float) -> float:
        """How far it moves the figure; where it leaves none, farther than anything."""
        values = [end.value for end in self.ends if end.value is not None]
        if len(values) < len(self.ends):
            return float("inf")
        return max(abs(value - base) for value in values)


def _owner(plan: Plan, row: Uncertainty) -> str:
    """The row that has an uncertain input."""
    found = find(plan, row.table, row.row or "") if row.table != "plan" else None
    return "" if found is None else row_name(found)


def input_words(plan: Plan, row: Uncertainty) -> str:
    """An uncertain input in words: Demand of Chat; Discount rate."""
    what, owner = field_words(plan, row)[0], _owner(plan, row)
    return f"{what} of {owner}" if owner else what


def base_of(result: Result | None, kpi: str) -> float | None:
    """The key figure of the plan with every input as it is; None without an optimum."""
    return None if result is None else figure(outcome_of(result), kpi)


def swings(plan: Plan, found: Mapping[str, tuple[CaseOutcome, CaseOutcome]], base: float, kpi: str) -> list[Swing]:
    """What each input that was tried does, the one that moves the figure farthest first."""
    made = []
    for row in plan.uncertainties:
        if row.id in found:
            low, high = (_end(plan, row, p, o, kpi) for p, o in zip((LOW, HIGH), found[row.id], strict=True))
            made.append(Swing(row.id, field_words(plan, row)[0], _owner(plan, row), (low, high)))
    return sorted(made, key=lambda swing: -swing.reach(base))


def _end(plan: Plan, row: Uncertainty, p: float, found: CaseOutcome, kpi: str) -> End:
    try:
        value = quantile(row, p)
    except ValueError:
        return End("", None, STATUS["error"].short)
    words = f"× {plain(value, 3)}" if row.relative else value_words(value, field_words(plan, row)[1])
    got = figure(found, kpi)
    if got is None and found.status == "optimal":
        return End(words, None, "no such figure")
    return End(words, got, "" if got is not None else STATUS[found.status].short, found.text)


def misses(found: Sequence[CaseOutcome]) -> dict[str, int]:
    """How many cases have no figures, by why."""
    counts: dict[str, int] = {}
    for outcome in found:
        if outcome.status != "optimal":
            counts[outcome.status] = counts.get(outcome.status, 0) + 1
    return counts


def swings_text(made: Sequence[Swing], base: float, kpi: str, separator: str) -> str:
    """The swings with headers and units, in full precision: for a sheet (tab) or a CSV file (comma)."""
    figure_then = f"{KPIS[kpi].plan_label} then, {KPIS[kpi].unit}"
    lines: list[list[object]] = [["Input", "At P10", figure_then, "At P90", figure_then, "As planned"]]
    for swing in made:
        cells: list[object] = []
        for end in swing.ends:
            cells += [end.words, end.failure if end.value is None else end.value]
        lines.append([swing.label, *cells, base])
    return sheet_text(lines, separator)


def drawn_text(plan: Plan, cases: Sequence[Case], found: Sequence[CaseOutcome], separator: str) -> str:
    """Every case drawn: what each input turned out to be, and every key figure, in full precision."""
    heads = []
    for row in plan.uncertainties:
        unit = "factor" if row.relative else field_words(plan, row)[1]
        heads.append(f"{input_words(plan, row)}, {unit}".removesuffix(", "))
    figures = (f"{KPIS[k].plan_label}, {KPIS[k].unit}" for k in RISK_KPIS)
    lines: list[list[object]] = [["Case", *heads, "Status", *figures]]
    for k, (case, outcome) in enumerate(zip(cases, found, strict=False), 1):
        inputs = (case[row.id] for row in plan.uncertainties)
        lines.append([k, *inputs, outcome.status, *(figure(outcome, kpi) for kpi in RISK_KPIS)])
    return sheet_text(lines, separator)
