"""Every input of a plan, by table, with its unit, and the source of each row."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QLocale

from gigaplan.engine.exchange.plan_to_sheets import SheetColumn, WorkbookSheet, table_sheets
from gigaplan.engine.plan.fields import Growth, Steps, fields, mapped
from gigaplan.engine.plan.schema import Settings
from gigaplan.engine.plan.text import counted
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.validation.price_marks import doubtful_prices
from gigaplan.gui.present.cell_text import Context, displayed, empty_word
from gigaplan.gui.text.number_format import DASH, plain
from gigaplan.gui.text.quantities import PERCENT_UNITS, show
from gigaplan.gui.views.report.blocks import Block, Heading, Notice, Points, Table, TableColumn, TableRow, Words
from gigaplan.gui.views.report.material import Material
from gigaplan.gui.views.report.sources import Sources

TITLES = {
    "plan.blocks": "Hours of the day", "platforms": "Platforms", "platforms.power_caps": "Power caps",
    "platforms.resale": "Resale curves", "sites": "Sites", "power_contracts": "Power contracts", "offers": "Offers",
    "offers.installed": "Installed fleets", "services": "Services",
    "workloads": "Workloads", "workloads.throughput": "Stated throughputs", "agreements": "Agreements",
    "ports": "Ports to a software stack", "policies": "Policies", "uncertainties": "Uncertainties",
    "parameters": "Parameters", "annotations": "Formulas, locks and comments",
}  # fmt: skip
"""The sheets of a plan that are told here: scenarios have a section of their own, where cards lie is no assumption."""
WIDE = 9
"""From how many fields on rows stand beside each other, a column each."""
BESIDE = 5
SERIES_BESIDE = 6
DIGITS = 6
KEPT_APART = ("source", "as_of")
FIGURES = ("number", "integer", "series")
"""The kinds of fields that are set flush right."""
Pair = tuple[Any, Any]
"""A row of a table, and the row within it that a sheet has a line for; the row itself where there is none."""


def assumptions(material: Material, sources: Sources) -> Iterator[Block]:
    """Every input of the plan, then its sources."""
    context = Context(material.plan, QLocale())
    yield Heading("Assumptions", new_page=True)
    yield Words(
        "Every input of the plan, in the units of its fields. A number in brackets refers to the list of sources. An "
        "input that no row of a table states is left out; what an empty one means is said in its place. Figures are "
        f"printed with six digits. The plan as JSON, in which they have all, has the SHA-256 {material.fingerprint}."
    )
    settings = tuple(_settings(material, context))
    yield Heading("Plan", 2)
    yield Table((TableColumn("Input"), TableColumn("Value")), settings)
    for sheet in table_sheets():
        if sheet.name in TITLES:
            yield from _sheet(material, sheet, context, sources)
    yield from _listed(material, sources)


def _listed(material: Material, sources: Sources) -> Iterator[Block]:
    yield Heading("Sources")
    lines = sources.lines()
    doubtful = doubtful_prices(material.plan, material.made.date())
    if doubtful:
        told = tuple(f"{offer.name or offer.id}: {', '.join(marks)}" for offer, marks in doubtful)
        yield Notice(f"{counted(len(doubtful), 'price')} to look at", told)
    if sources.missing:
        some = ", ".join(sources.missing[:20]) + (" \u2026" if len(sources.missing) > 20 else "")
        yield Notice(f"{counted(len(sources.missing), 'row')} without a source", (some,))
    if lines:
        yield Points(lines, numbered=True)
    else:
        yield Words("This plan names no sources.")


def _settings(material: Material, context: Context) -> Iterator[TableRow]:
    for field in fields(Settings):
        if field.name == "notes" or field.kind == "rows":
            continue  # they stand on the first page, and in tables of their own
        unit = field.unit_in(material.plan.settings)
        value = displayed(field, rounded(getattr(material.plan.settings, field.name)), unit, context)
        yield TableRow((field.label, f"{value} {_unit(unit, material.currency)}".strip()))


def _unit(unit: str, currency: str) -> str:
    """The unit as a heading says it; a percentage says itself."""
    if unit in PERCENT_UNITS:
        return "a year" if unit.endswith("/year") else ""
    return "" if unit == "ratio" else unit.replace("USD", currency)


def _sheet(material: Material, sheet: WorkbookSheet, context: Context, sources: Sources) -> Iterator[Block]:
    rows = (material.plan.settings,) if sheet.table == "plan" else getattr(material.plan, sheet.table)
    if sheet.nested:
        pairs: list[Pair] = [(row, member) for row in rows for member in getattr(row, sheet.nested) or ()]
    else:
        pairs = [(row, row) for row in rows]
    if not pairs:
        return
    yield Heading(f"{TITLES[sheet.name]} ({plain(len(pairs), 9)})", 2)
    columns = [c for c in sheet.columns if c.field.name not in KEPT_APART]
    if len(columns) < WIDE:
        yield _along(material, sheet, columns, pairs, context, sources)
    else:
        tables = -(-len(pairs) // BESIDE)
        each = -(-len(pairs) // tables)  # as many in each table, as far as that goes
        for first in range(0, len(pairs), each):
            yield _beside(material, sheet, columns, pairs[first : first + each], each, context, sources)
    yield from _over_time(material, sheet.table, columns, pairs)


def _value(pair: Pair, column: SheetColumn, context: Context) -> str:
    """One cell as it is shown, with its unit where those of a column differ; empty for nothing."""
    row, member = pair
    owner = getattr(member, column.inside) if column.inside else member
    value = None if owner is None else getattr(owner, column.field.name)
    if value is None or value == "" or value == ():
        return ""
    if column.field.kind == "any":
        return str(value)
    by = column.field.unit_by
    unit = column.field.unit_in(owner if not by or hasattr(owner, by) else row)
    return displayed(column.field, rounded(value), unit, context, full_unit=len(column.units()) > 1)


def rounded(value: Any) -> Any:
    """A figure with six digits, or with all of those before its decimal sign; a series of such; else the value."""
    if isinstance(value, float) and value and math.isfinite(value):
        return round(value, max(0, DIGITS - 1 - math.floor(math.log10(abs(value)))))
    if isinstance(value, Growth):
        return Growth(rounded(value.start), rounded(value.annual_growth), value.from_)
    if isinstance(value, Steps):
        return mapped(value, rounded)
    if isinstance(value, tuple):
        return tuple(map(rounded, value))
    return value


def _cells(pair: Pair, columns: list[SheetColumn], context: Context) -> list[str]:
    return [_value(pair, c, context) or _empty(pair, c) for c in columns]


def _empty(pair: Pair, column: SheetColumn) -> str:
    """What an empty cell stands for; a dash where the row has nothing to say."""
    if column.inside and getattr(pair[1], column.inside) is None:
        return DASH
    return empty_word(column.field) or DASH


def _source_of(row: Any, sources: Sources) -> str:
    as_of = getattr(row, "as_of", "")
    return " ".join(filter(None, (sources.mark(row.source, as_of), as_of))) or "none"


def _stated(columns: list[SheetColumn], pairs: list[Pair], context: Context) -> list[SheetColumn]:
    """The columns in which any of these rows has something."""
    return [c for c in columns if any(_value(pair, c, context) for pair in pairs)]


def _along(
    material: Material, sheet: WorkbookSheet, columns: list[SheetColumn], pairs: list[Pair], context: Context,
    sources: Sources,
) -> Table:  # fmt: skip
    """A line for each row of the plan."""
    shown = _stated(columns, pairs, context)
    has_source = any(c.field.name == "source" for c in sheet.columns)
    names = material.names(sheet.table) if sheet.owned else {}
    heads = [TableColumn(TITLES[sheet.table].removesuffix("s"))] if sheet.owned else []
    for c in shown:
        unit = _unit(c.units()[0], material.currency) if len(c.units()) == 1 else ""
        heads.append(TableColumn(c.field.label, unit, c.field.kind in FIGURES))
    heads += [TableColumn("Source")] if has_source else []
    lines = []
    for pair in pairs:
        cells = [names[pair[0].id]] if sheet.owned else []
        cells += _cells(pair, shown, context) + ([_source_of(pair[1], sources)] if has_source else [])
        lines.append(TableRow(tuple(cells)))
    return Table(tuple(heads), tuple(lines))


def _beside(
    material: Material, sheet: WorkbookSheet, columns: list[SheetColumn], pairs: list[Pair], wide: int,
    context: Context, sources: Sources,
) -> Table:  # fmt: skip
    """A column for each row of the plan, a line for each field; room for `wide` columns."""
    heads = [TableColumn("")] + [TableColumn(getattr(row, "name", "") or row.id, is_figure=True) for row, _ in pairs]
    gap = [""] * (wide - len(pairs))
    heads += [TableColumn("", is_figure=True)] * len(gap)
    lines = []
    for c in _stated(columns, pairs, context):
        if c.field.name == "name":
            continue
        unit = _unit(c.units()[0], material.currency) if len(c.units()) == 1 else ""
        label = f"{c.field.label}, {unit}" if unit else c.field.label
        cells = [_value(pair, c, context) or _empty(pair, c) for pair in pairs]
        lines.append(TableRow((label, *cells, *gap)))
    if any(c.field.name == "source" for c in sheet.columns):
        lines.append(TableRow(("Source", *(_source_of(row, sources) for row, _ in pairs), *gap)))
    return Table(tuple(heads), tuple(lines), is_even=True)


def _over_time(material: Material, table: str, columns: list[SheetColumn], pairs: list[Pair]) -> Iterator[Block]:
    """Every value of what differs from period to period."""
    found = [
        (row, c, getattr(row, c.field.name))
        for row, _ in pairs
        for c in columns
        if c.field.kind == "series" and not c.inside and isinstance(getattr(row, c.field.name), tuple)
    ]
    if found:
        yield Heading(f"{TITLES[table]}: values by period", 2)
    labels = Timeline.of(material.plan.settings).labels
    for first in range(0, len(found), SERIES_BESIDE):
        some = found[first : first + SERIES_BESIDE]
        heads = [TableColumn("Period")]
        for row, c, _ in some:
            unit = c.field.unit_in(row)
            shown = f"{c.field.label}, {_unit(unit, material.currency) or '%'}"
            heads.append(TableColumn(getattr(row, "name", "") or row.id, shown, True))
        heads += [TableColumn("", is_figure=True)] * (SERIES_BESIDE - len(some))
        lines, here = [], QLocale()
        for t, label in enumerate(labels):
            cells = [show(rounded(v[t]), c.field.unit_in(row), here) if t < len(v) else DASH for row, c, v in some]
            lines.append(TableRow((label, *cells, *[""] * (SERIES_BESIDE - len(some)))))
        yield Table(tuple(heads), tuple(lines), is_even=True)
