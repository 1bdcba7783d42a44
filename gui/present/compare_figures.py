"""The key figures of several scenarios side by side, as plain values and in words."""

from __future__ import annotations

from dataclasses import dataclass

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.results.result import Result
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.present.scenario_words import OutcomeWords
from gigaplan.gui.text import number_format
from gigaplan.gui.text.clipboard import sheet_text
from gigaplan.gui.text.kpi_text import kpi_text as figure
from gigaplan.gui.text.number_format import MINUS, THIN

Value = float | None
ROUNDING = 1e-9
"""How far, relatively, the figures of one plan may lie apart when it is solved twice."""
MANY = 1e6
"""How many times as much still says something."""
SAME = 1e-3
"""Up to which relative difference of served or demanded work two plans do the same work."""


@dataclass(frozen=True, eq=False)
class Compared:
    """One column: the base (`id` is empty) or a scenario."""

    id: str
    name: str
    result: Result | None
    """The newest there is; None before the first."""
    fresh: bool
    """Whether the result belongs to the plan as it stands."""
    outcome: OutcomeWords

    def __eq__(self, other: object) -> bool:
        # Results are compared as objects: their figures are large.
        if not isinstance(other, Compared) or self.result is not other.result:
            return False
        return (self.id, self.name, self.fresh, self.outcome) == (other.id, other.name, other.fresh, other.outcome)

    @property
    def solved(self) -> bool:
        """Whether there are figures to show."""
        return self.result is not None and self.result.status == "optimal"


@dataclass(frozen=True)
class ComparedRow:
    """One figure of every column; None where there is none."""

    kpi: str
    workload: str
    label: str
    values: tuple[Value, ...]
    senses: tuple[int, ...]
    """Of every column against the first: 1 better, -1 worse, 0 unsaid."""
    children: tuple[ComparedRow, ...] = ()


def kpi_rows(plan: Plan, entries: list[Compared]) -> list[ComparedRow]:
    """Every KPI of every entry; those that are one figure per workload have a row of each inside."""
    served, demand = [same_work(entries, name) for name in ("served", "demand")]
    alike = {"served": served, "demand": demand, "": [True] * len(entries)}
    rows = []
    for kpi, about in KPIS.items():
        found = [e.result.kpis.get(kpi) if e.result is not None and e.solved else None for e in entries]
        fair = alike[about.given]
        if not any(isinstance(v, dict) for v in found):
            if about.per_workload:
                continue
            rows.append(_row(kpi, "", about.plan_label, tuple(found), fair))
            continue
        each = [v if isinstance(v, dict) else {} for v in found]
        inside = [w for w in plan.workloads if any(w.id in v for v in each)]
        if not inside:
            continue
        children = [_row(kpi, w.id, row_name(w), tuple(v.get(w.id) for v in each), fair) for w in inside]
        lowest = tuple(min((x for x in v.values() if x is not None), default=None) for v in each)
        top = _row(kpi, "", about.plan_label, lowest if about.lowest else (None,) * len(entries), fair)
        rows.append(ComparedRow(top.kpi, "", top.label, top.values, top.senses, tuple(children)))
    return rows


def _row(kpi: str, workload: str, label: str, values: tuple[Value, ...], fair: list[bool]) -> ComparedRow:
    better, first = KPIS[kpi].better, values[0] if values else None
    senses = []
    for value, same in zip(values, fair, strict=True):
        more = step(value, first) if same else None
        senses.append(0 if not more else better if more > 0 else -better)
    return ComparedRow(kpi, workload, label, values, tuple(senses))


def same_work(entries: list[Compared], name: str) -> list[bool]:
    """Whether each entry serves (or demands) the work that the first one does, workload by workload."""
    sums = [
        {key: float(line.sum()) for key, line in e.result.series(name, "workload").items()}
        if e.result is not None and e.solved
        else {}
        for e in entries
    ]
    first = sums[0] if sums else {}
    return [
        own.keys() == first.keys() and all(abs(own[k] - v) <= SAME * max(abs(v), 1e-12) for k, v in first.items())
        for own in sums
    ]


def step(value: Value, first: Value) -> Value:
    """How much more than the first column a figure is; 0 where they differ by no more than two solves of one plan."""
    if value is None or first is None:
        return None
    return 0.0 if abs(value - first) <= ROUNDING * max(abs(first), 1e-9) else value - first


def part(value: Value, first: Value) -> Value:
    """That as a fraction of the first column's; None of nothing."""
    more = step(value, first)
    return None if more is None or first is None or first == 0 else more / abs(first)


def step_words(value: Value, kpi: str, currency: str) -> str:
    """A difference with its sign; of fractions in points."""
    if value is None:
        return ""
    if abs(value) < 1e-12:
        return "="
    sign = "+" if value > 0 else MINUS
    if KPIS[kpi].unit == "fraction":
        return f"{sign}{number_format.plain(abs(value) * 100, 3)}{THIN}pt"
    return sign + figure(abs(value), kpi, currency, 3 if abs(value) >= 0.01 else 2)


def part_words(value: Value) -> str:
    """A relative difference: +4.2 %; × 40 for what is many times as much."""
    if value is None or abs(value) < 1e-12:
        return ""
    sign = "+" if value > 0 else MINUS
    if value >= MANY:
        return ""  # of next to nothing
    if value >= 9.995:
        return f"×{THIN}{number_format.short(value + 1, 3)}"
    if abs(value) < 0.0005:
        return f"{sign}0{THIN}%" if abs(value) < 0.00005 else f"{sign}{number_format.plain(abs(value) * 100, 1)}{THIN}%"
    return f"{sign}{number_format.plain(abs(value) * 100, 3 if abs(value) >= 0.01 else 2)}{THIN}%"


def table_text(rows: list[ComparedRow], entries: list[Compared], currency: str, separator: str) -> str:
    """The figures with headers and units, in full precision: for a sheet (tab) or a CSV file (comma)."""
    heads = ["Key figure", "Workload", "Unit"]
    first = entries[0].name if entries else ""
    for k, entry in enumerate(entries):
        state = "" if entry.solved else f" ({entry.outcome.text})" if entry.result is not None else " (not solved yet)"
        heads.append(entry.name + state)
        if k:
            heads += [f"{entry.name} less {first}", f"{entry.name} less {first}, fraction"]
    lines: list[list[object]] = [[*heads]]
    for row in rows:
        for each in (row, *row.children):
            if any(v is not None for v in each.values) or not each.children:
                label = KPIS[each.kpi].label if each.workload else KPIS[each.kpi].plan_label
                lines.append([label, each.workload and each.label, *_cells(each, currency)])
    return sheet_text(lines, separator)


def _cells(row: ComparedRow, currency: str) -> list[object]:
    cells: list[object] = [KPIS[row.kpi].unit_in(currency)]
    for k, value in enumerate(row.values):
        cells.append(value)
        if k:
            cells += [step(value, row.values[0]), part(value, row.values[0])]
    return cells
