"""The table of uncertain inputs: which row and field each is of is chosen from what the plan has."""

from __future__ import annotations

from typing import Any

import msgspec

from gigaplan.engine.analysis.uncertainty import with_uncertain
from gigaplan.engine.plan.decode import suggestion
from gigaplan.engine.plan.fields import Field, fields
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.scenarios import ON_PLATFORM, target
from gigaplan.engine.plan.schema import ROW_TYPES, Uncertainty
from gigaplan.gui.present.cell_text import Context, displayed
from gigaplan.gui.present.uncertain_inputs import QUANTITIES, field_label, next_inputs, quantities
from gigaplan.gui.text.quantities import NotRead
from gigaplan.gui.views.tables.reading import read_cell
from gigaplan.gui.views.tables.sheets import Edits, TableSheet

INPUT = ("table", "row", "field")
ORDER = ("row", "field", "table", "distribution", "low", "mode", "high", "mean", "sd", "relative", "values",
         "volatility", "reversion", "correlations", "id")  # fmt: skip
"""Rows of this table have no name: what they are of comes first."""
SPREAD = ("low", "mode", "high", "mean", "sd", "values")
TABLES = ("plan", *(name for name, kind in ROW_TYPES.items() if name not in ("scenarios", "uncertainties", "layout")
                    and any(field.name == "id" for field in fields(kind))))  # fmt: skip
"""The tables whose rows can be named: the plan itself, and those with ids."""
NO_ROW = "the plan itself has no rows"


def with_next(plan: Plan) -> tuple[Plan | None, str]:
    """The plan with the next usual input made uncertain; or why there is none."""
    found = next(next_inputs(plan), None)
    if found is None:
        return None, "Every usual input is uncertain already, or there is none yet: copy a row and change its input."
    return with_uncertain(plan, [found]), ""


class UncertainSheet(TableSheet):
    """One line per uncertain input. Figures of a spread are factors, or in the unit of the input that they replace."""

    lines: tuple[Uncertainty, ...]

    def __init__(self, context: Context, table: str) -> None:
        super().__init__(context, table)
        self.deciding = (*INPUT, "relative")

    def _ordered(self, declared: tuple[Field, ...]) -> tuple[Field, ...]:
        return tuple(sorted(declared, key=lambda field: ORDER.index(field.name)))

    def name(self, line: int) -> str:
        """What a person calls the line: Price of B200, 1 year."""
        row, owner = self.lines[line], self.lines[line].row or ""
        if row.table in TABLES[1:]:
            owner = self.context.names(row.table).get(owner, owner)
        label = field_label(row.table, row.field)
        return f"{label} of {owner}" if owner else label

    def field(self, line: int, column: int) -> Field:
        """What the cell holds: the row and the field are chosen from those of the table that the line names."""
        return self._field(self.fields[column], self.lines[line].table)

    def _field(self, field: Field, table: str) -> Field:
        if field.name == "table":
            return msgspec.structs.replace(field, choices=TABLES)
        if field.name == "row" and table in TABLES[1:]:
            return msgspec.structs.replace(field, kind="reference", refers=table, optional=False)
        if field.name == "field":
            on = (f"{ON_PLATFORM}{p.id}" for p in self.context.plan.platforms if table == "workloads")
            names = (*(f.name for f in quantities(table)), *on)
            return msgspec.structs.replace(field, kind="choice", choices=names)
        return field

    def named_tables(self) -> set[str]:
        """The tables whose rows the cells refer to."""
        return {row.table for row in self.lines if row.table in TABLES[1:]}

    def hangs_on(self, line: int) -> Any:
        """The input that the line is of."""
        row = self.lines[line]
        return row.table, row.row, row.field, row.relative

    def options(self, line: int, column: int) -> list[tuple[str, str]]:
        """As those of a table; a field is read by its label."""
        found = super().options(line, column)
        if self.fields[column].name == "field":
            return [(name, field_label(self.lines[line].table, name)) for name, _ in found]
        return found

    def unit(self, line: int, column: int) -> str:
        """Of a spread that replaces the input: the unit of that."""
        row = self.lines[line]
        if self.fields[column].name not in SPREAD or row.relative:
            return ""
        try:
            owner, field = target(self.context.plan, row.table, row.row, row.field)
        except LookupError:
            return ""
        return field.unit_in(owner)

    def shown(self, line: int, column: int) -> str:
        """The text of a cell: a factor behind its sign, another figure of a spread with its unit."""
        row, field, value = self.lines[line], self.field(line, column), self.value(line, column)
        if field.name == "field":
            return field_label(row.table, row.field)
        if field.name == "row" and row.table == "plan":
            return "the plan" if row.row is None else f"{row.row} (missing)"
        if field.name in SPREAD:
            if value is None:
                return ""
            text = displayed(field, value, self.unit(line, column), self.context, full_unit=not row.relative)
            return f"× {text}" if row.relative else text
        return super().shown(line, column)

    def locked(self, line: int, column: int) -> str:
        """Why a cell cannot be edited; empty where it can."""
        if self.fields[column].name == "row" and self.lines[line].table == "plan":
            return NO_ROW
        return super().locked(line, column)

    def refusal(self, line: int, column: int, value: Any) -> str:
        """Why a value cannot stand in a cell; empty where it can."""
        name, row = self.fields[column].name, self.lines[line]
        if value != self.value(line, column) and name in INPUT:
            moved = self._moved(row, {name: value})
            return "there is no row with such an input" if moved is None else self._unfit(moved)
        return super().refusal(line, column, value)

    def read_pasted(
        self, line: int | None, column: int, text: str, given_unit: str | None, beside: dict[str, Any]
    ) -> Any:
        """As that of a table. Figures are those of the file: a percentage is a fraction of 1."""
        if line is not None and text == self.copied(line, column):
            return self.value(line, column)
        field = self.fields[column]
        table = beside.get("table", "plan" if line is None else self.lines[line].table)
        if field.name == "row" and table == "plan":
            return NotRead(NO_ROW) if text.strip() else None
        if field.name == "field":
            return self._field_named(table, text.strip())
        if field.name in ("table", "row"):
            return read_cell(self._field(field, table), text, "", self.context)
        return super().read_pasted(line, column, text, given_unit, beside)

    def _field_named(self, table: str, text: str) -> str | NotRead:
        """A field by its name, or by its label where one alone has it."""
        if table == "workloads" and text.startswith(ON_PLATFORM):
            return text
        known = quantities(table)
        found = [f.name for f in known if text.lower() in (f.name, f.label.lower())]
        if len(found) == 1:
            return found[0]
        near = suggestion(text, [f.label for f in known])
        return NotRead(f"{text[:40] or 'nothing'} is no figure of {table} that can be uncertain. {near}".strip())

    def misfit(self, line: int | None, values: dict[str, Any]) -> tuple[str, str]:
        """The field, and why, where table, row and field name no input; `line` is None for a new row."""
        if not any(name in values for name in INPUT):
            return "", ""
        known = {} if line is None else {name: getattr(self.lines[line], name) for name in INPUT}
        table, row, field = ({**known, **values}.get(name) for name in INPUT)
        if table is None or field is None:
            return "", ""  # one of them was refused already
        given = next(name for name in ("row", "field", "table") if name in values)
        return given, self._unfit(Uncertainty(id="x", table=table, row=row, field=field, distribution="uniform"))

    def _unfit(self, row: Uncertainty) -> str:
        """Why a row names no input that can be uncertain; empty where it does."""
        try:
            owner, field = target(self.context.plan, row.table, row.row, row.field)
        except LookupError as error:
            return str(error)
        if field.kind not in QUANTITIES:
            return f"{field.label} is no figure that can be uncertain"
        if getattr(owner, row.field) is None:
            return f"{field.label} is empty there: there is nothing to be uncertain about"
        return ""

    def _moved(self, row: Uncertainty, values: dict[str, Any]) -> Uncertainty | None:
        """A row with fields changed. Another table has other rows and fields: those that it had are then replaced by
        the first that there are, None where there are none."""
        moved = msgspec.structs.replace(row, **values)
        if moved.table == row.table or not self._unfit(moved):
            return moved
        owners = [None] if moved.table == "plan" else [r.id for r in getattr(self.context.plan, moved.table)]
        names = [row.field, *(field.name for field in quantities(moved.table) if field.name != row.field)]
        tried = (msgspec.structs.replace(moved, row=owner, field=name) for name in names for owner in owners)
        return next((one for one in tried if not self._unfit(one)), None)

    def with_cells(self, edits: Edits) -> Plan:
        """The plan with cells changed; with the table of an input go its row and its field."""
        by_line: dict[int, dict[str, Any]] = {}
        for (line, column), value in edits.items():
            by_line.setdefault(line, {})[self.fields[column].name] = value
        for line, values in by_line.items():
            moved = self._moved(self.lines[line], values)
            if moved is not None:
                values.update(table=moved.table, row=moved.row, field=moved.field)
        return self.with_rows(by_line, ())

    def _called(self, values: dict[str, Any]) -> str:
        return f"{values.get('row') or 'plan'} {values.get('field', '')}"


def sheet_of(context: Context, table: str) -> TableSheet:
    """The sheet of a table of the plan."""
    return (UncertainSheet if table == "uncertainties" else TableSheet)(context, table)
