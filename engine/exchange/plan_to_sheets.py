"""A plan as sheets: one for each table, with the names of its fields and their units on top.

What hangs on a row (the installed fleet of an offer) has a sheet of its own, called offers.installed, whose first
column names the row. The workbook has sheets to read besides: key figures, results and sources.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gigaplan.engine.exchange.csv import to_csv
from gigaplan.engine.exchange.plan_cells import to_cell
from gigaplan.engine.exchange.sheets import Value
from gigaplan.engine.exchange.xlsx_out import BookPage, Told, to_xlsx
from gigaplan.engine.plan.fields import Field, fields
from gigaplan.engine.plan.plan import FORMAT, Plan
from gigaplan.engine.plan.schema import ROW_TYPES, Settings

PLAN_HEAD = ("field", "value", "unit", "meaning")
OWNER = "id"
"""The first column of a sheet of what hangs on rows: the id of the row."""


@dataclass(frozen=True)
class SheetColumn:
    """One column of a sheet: a field, or a field of a row within the row, called inference.context_tokens."""

    name: str
    field: Field
    inside: str = ""
    """The field that holds the row within; empty for the row itself."""

    def units(self) -> tuple[str, ...]:
        """The units that its figures may have."""
        unit = self.field.unit
        return ((unit,) if unit else ()) if isinstance(unit, str) else tuple(dict.fromkeys(unit.values()))


@dataclass(frozen=True)
class WorkbookSheet:
    """How a table is laid out: its own sheet, or that of one nested field of it."""

    table: str
    nested: str
    """The field whose rows the sheet holds; empty for the rows of the table."""
    columns: tuple[SheetColumn, ...]

    @property
    def owned(self) -> bool:
        """Whether each line names the row that it hangs on; what hangs on the plan itself does not."""
        return bool(self.nested) and self.table != "plan"

    @property
    def name(self) -> str:
        """The name of the sheet."""
        return f"{self.table}.{self.nested}" if self.nested else self.table


def table_sheets() -> Iterator[WorkbookSheet]:
    """Every sheet of rows, in file order: of the plan itself, those of what hangs on it alone."""
    for table, row_type in {"plan": Settings, **ROW_TYPES}.items():
        columns: list[SheetColumn] = []
        nested = []
        for field in fields(row_type):
            if field.kind == "rows":
                nested.append(
                    WorkbookSheet(table, field.name, tuple(SheetColumn(f.key, f) for f in fields(field.row_type)))
                )
            elif field.kind == "row":
                columns += [SheetColumn(f"{field.key}.{f.key}", f, field.name) for f in fields(field.row_type)]
            else:
                columns.append(SheetColumn(field.key, field))
        if table != "plan":
            yield WorkbookSheet(table, "", tuple(columns))
        yield from nested


def unit_text(column: SheetColumn, currency: str) -> str:
    """The units of a column as they stand beneath its name: USD/chip or USD/chip-h, in the plan's currency."""
    return " or ".join(column.units()).replace("USD", currency)


def to_workbook(plan: Plan, more: tuple[BookPage, ...] = (), told: Told = lambda cells: None) -> bytes:
    """The plan as an XLSX workbook, after the pages in `more`. Raises PlanError for what no cell can hold."""
    return to_xlsx([*more, *plan_pages(plan)], told)


def to_csv_folder(plan: Plan) -> bytes:
    """The plan as a zip archive of CSV files, one for each sheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for page in plan_pages(plan):
            # A moment of its own would make another file of the same plan each time.
            info = zipfile.ZipInfo(f"{page.name}.csv", (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, to_csv([*page.heads, *page.rows]))
    return out.getvalue()


def plan_pages(plan: Plan) -> Iterator[BookPage]:
    """The sheets that hold the plan, each with its heads and its lines; empty tables too, to be filled."""
    currency = plan.settings.currency
    yield BookPage("plan", [PLAN_HEAD], _settings(plan.settings), units=(), frozen=1, widths={3: 90})
    for sheet in table_sheets():
        names = [column.name for column in sheet.columns]
        units = [unit_text(column, currency) for column in sheet.columns]
        if sheet.owned:
            names, units = [OWNER, *names], ["", *units]
        rows = list(_rows(plan, sheet))
        if not rows and sheet.name == "layout":
            continue  # where cards lie is nothing that a person fills in
        heads: list[list[Value]] = [[*names]]
        if any(units):
            heads.append([unit or None for unit in units])
        yield BookPage(sheet.name, heads, rows, units=units, frozen=1)


def _settings(settings: Settings) -> Iterator[list[Value]]:
    yield ["format", FORMAT, None, "The form of these sheets"]
    for field in fields(Settings):
        if field.kind == "rows":
            continue  # they have a sheet of their own
        unit = field.unit_in(settings).replace("USD", settings.currency)
        meaning = f"{field.label}. {field.full_help}" if field.full_help else field.label
        yield [field.name, to_cell(field, getattr(settings, field.name)), unit or None, meaning]


def _rows(plan: Plan, sheet: WorkbookSheet) -> Iterator[list[Value]]:
    rows: Any = (plan.settings,) if sheet.table == "plan" else getattr(plan, sheet.table)
    for row in rows:
        if not sheet.nested:
            yield [_cell(row, column) for column in sheet.columns]
            continue
        for member in getattr(row, sheet.nested) or ():
            yield [*([row.id] if sheet.owned else []), *(_cell(member, column) for column in sheet.columns)]


def _cell(row: Any, column: SheetColumn) -> Value:
    if column.inside:
        row = getattr(row, column.inside)
        if row is None:
            return None
    return to_cell(column.field, getattr(row, column.field.name))
