"""Scenarios beside the plan: what each moves, and what that changes, as far as it is solved."""

from __future__ import annotations

from collections.abc import Iterator

from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.present.compare_figures import Compared, ComparedRow, kpi_rows, part, part_words, step, step_words
from gigaplan.gui.present.differing_inputs import differing
from gigaplan.gui.present.scenario_words import OutcomeWords, outcome
from gigaplan.gui.text.kpi_text import kpi_text
from gigaplan.gui.views.report.blocks import Block, Heading, Table, TableColumn, TableRow, Words
from gigaplan.gui.views.report.material import Material

AT_ONCE = 2
"""Scenarios that stand beside the base in one table."""
WAITING = OutcomeWords("not solved yet", "Not solved yet.")


def scenarios(material: Material) -> Iterator[Block]:
    """The scenarios of a plan, in its order; nothing where it has none."""
    plan, result = material.plan, material.result
    if not plan.scenarios:
        return
    base = Compared("", "Base", result, True, outcome(result, None))
    entries = []
    for scenario in plan.scenarios:
        own = material.scenarios.get(scenario.id)
        about = WAITING if own is None else outcome(own, result)
        entries.append(Compared(scenario.id, row_name(scenario), own, own is not None, about))
    yield Heading("Scenarios")
    notes = {s.id: s.notes for s in plan.scenarios}
    rows = tuple(TableRow((e.name, notes[e.id], e.outcome.sentence)) for e in entries)
    yield Table((TableColumn("Scenario"), TableColumn("What it is"), TableColumn("Outcome")), rows)
    yield from _inputs(material, entries)
    solved = [e for e in entries if e.solved]
    if not base.solved or not solved:
        return
    yield Heading("Key figures by scenario", 2)
    for first in range(0, len(solved), AT_ONCE):
        yield _figures(material, [base, *solved[first : first + AT_ONCE]])
    missing = [e.name for e in entries if not e.solved]
    if missing:
        yield Words(f"Without figures: {', '.join(missing)}.", "muted")


def _inputs(material: Material, entries: list[Compared]) -> Iterator[Block]:
    """What each scenario moves, from what to what."""
    rows: list[TableRow] = []
    for entry in entries:
        found = differing(material.plan, ["", entry.id])
        if found:
            rows.append(TableRow((entry.name, "", ""), "group"))
        for moved in found:
            name = moved.label if moved.table == "plan" else f"{moved.label}, {moved.where}"
            rows.append(TableRow((name, *moved.cells), "part"))
    if rows:
        yield Heading("Inputs that differ", 2)
        yield Table((TableColumn("Input"), TableColumn("Base"), TableColumn("Under the scenario")), tuple(rows))


def _figures(material: Material, entries: list[Compared]) -> Table:
    columns = [TableColumn("Key figure"), TableColumn("Base", is_figure=True)]
    for entry in entries[1:]:
        columns += [
            TableColumn("Figure", is_figure=True, group=entry.name),
            TableColumn("Difference", is_figure=True, group=entry.name),
            TableColumn("in %", is_figure=True, group=entry.name),
        ]
    rows: list[TableRow] = []
    for row in kpi_rows(material.plan, entries):
        if row.children:
            rows.append(TableRow((row.label, *[""] * (len(columns) - 1)), "group"))
        rows += [_figures_row(material, each, "part") for each in row.children]
        if not row.children:
            rows.append(_figures_row(material, row, ""))
    return Table(tuple(columns), tuple(rows))


def _figures_row(material: Material, row: ComparedRow, style: str) -> TableRow:
    first, currency = row.values[0], material.currency
    cells = [row.label, kpi_text(first, row.kpi, currency)]
    for value in row.values[1:]:
        cells.append(kpi_text(value, row.kpi, currency))
        cells += [step_words(step(value, first), row.kpi, currency), part_words(part(value, first))]
    return TableRow(tuple(cells), style)
