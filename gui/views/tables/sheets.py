"""What a grid shows: lines and columns of a plan, each cell with its value, and the plan with cells changed.

A sheet is made of one plan and never changes; an edit gives another plan. `TableSheet` has a line per row of a
table; `gigaplan.gui.views.tables.series_sheet` has a line per series and a column per period.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from gigaplan.engine.plan.annotations import Place, annotated
from gigaplan.engine.plan.bounds import NUMERIC
from gigaplan.engine.plan.fields import Field, fields
from gigaplan.engine.plan.formulas import computed
from gigaplan.engine.plan.plan import Plan, fresh_id
from gigaplan.engine.plan.schema import ROW_TYPES, Annotation
from gigaplan.gui.document.row_edits import NOUNS, refused, row_name
from gigaplan.gui.present.cell_text import NESTED, Context, choice_word, copied, displayed, empty_word, typed
from gigaplan.gui.text.clipboard import written_unit
from gigaplan.gui.text.quantities import Formula, NotRead, formula_shown, read_formula, unit_shown
from gigaplan.gui.views.tables.reading import read_cell, read_change

Edits = Mapping[tuple[int, int], Any]
"""(line, column) -> the value that the cell gets."""
STAYS = "an id stays the same: other rows refer to it"
INSIDE = "holds rows of its own: it is edited in the inspector"


@dataclass(frozen=True)
class Column:
    """One column: its header, and the unit as it is shown and as it is copied."""

    key: str
    label: str
    unit: str = ""
    copied_unit: str = ""
    help: str = ""
    numeric: bool = False

    @property
    def copied_header(self) -> str:
        """The header for a spreadsheet: Facility power [MW]."""
        return f"{self.label} [{self.copied_unit}]" if self.copied_unit else self.label


class Sheet(Protocol):
    """What a grid needs to know of lines and cells."""

    title: str
    table: str
    context: Context
    columns: tuple[Column, ...]
    takes_rows: bool

    @property
    def lines(self) -> tuple[Any, ...]: ...
    def on(self, plan: Plan) -> Sheet: ...
    def key(self, line: int) -> Any: ...
    def row_id(self, line: int) -> str: ...
    def name(self, line: int) -> str: ...
    def field(self, line: int, column: int) -> Field | None: ...
    def unit(self, line: int, column: int) -> str: ...
    def value(self, line: int, column: int) -> Any: ...
    def shown(self, line: int, column: int) -> str: ...
    def copied(self, line: int, column: int) -> str: ...
    def typed(self, line: int, column: int) -> str: ...
    def locked(self, line: int, column: int) -> str: ...
    def annotation(self, line: int, column: int) -> Annotation | None: ...
    def options(self, line: int, column: int) -> list[tuple[str, str]]: ...
    def named_tables(self) -> set[str]: ...
    def hangs_on(self, line: int) -> Any: ...
    def read_typed(self, line: int, column: int, text: str) -> Any: ...
    def refusal(self, line: int, column: int, value: Any) -> str: ...
    def with_cells(self, edits: Edits) -> Plan | NotRead: ...


class TableSheet:
    """One line per row of a table, one column per field, the name first."""

    takes_rows = True

    def __init__(self, context: Context, table: str) -> None:
        self.context = context
        self.table = table
        self.title = table.capitalize()
        self.lines: tuple[Any, ...] = getattr(context.plan, table)
        self.fields = self._ordered(fields(ROW_TYPES[table]))
        self._mixed = {f.name for f in self.fields if len(self._units(f)) > 1}
        self.columns = tuple(self._column(field) for field in self.fields)
        self.deciding = tuple({field.unit_by: None for field in self.fields if field.unit_by})
        """The fields that others of a row hang on: they are read first."""

    def _ordered(self, declared: tuple[Field, ...]) -> tuple[Field, ...]:
        return tuple(sorted(declared, key=lambda f: (f.name != "name", f.name != "id")))

    def on(self, plan: Plan) -> TableSheet:
        """The same sheet of another plan."""
        context = Context(plan, self.context.locale)
        if getattr(plan, self.table) is self.lines and plan.settings is self.context.plan.settings:
            same = copy.copy(self)
            same.context = context
            return same
        return type(self)(context, self.table)

    def _units(self, field: Field) -> list[str]:
        if isinstance(field.unit, str):
            return [field.unit]
        used = {getattr(row, field.unit_by) for row in self.lines}
        units = [unit for choice, unit in field.unit.items() if choice in used]
        return list(dict.fromkeys(units or field.unit.values()))

    def _column(self, field: Field) -> Column:
        units, currency = self._units(field), self.context.currency
        shown = [unit_shown(u, currency) if u != "fraction" else "%" for u in units]
        written = [w for u in units if (w := written_unit(u, currency))]
        label = field.label
        # Two columns of one name could not be told apart when they are pasted.
        same = [f for f in self.fields if f.label == label]
        label = label if len(same) < 2 else f"{label} ({field.name})"
        numeric = field.kind in NUMERIC
        return Column(field.name, label, " or ".join(shown), " or ".join(written), field.full_help, numeric)

    def key(self, line: int) -> Any:
        """What stays of a line when it is edited."""
        return line if self.table == "ports" else self.lines[line].id

    def row_id(self, line: int) -> str:
        """The id of the row of a line; empty where rows have none."""
        return getattr(self.lines[line], "id", "")

    def name(self, line: int) -> str:
        """What a person calls the line."""
        row = self.lines[line]
        return f"{row.workload} to {row.stack}" if self.table == "ports" else row_name(row)

    def field(self, line: int, column: int) -> Field:
        """What the cell holds."""
        return self.fields[column]

    def named_tables(self) -> set[str]:
        """The tables whose rows the cells refer to."""
        return {field.refers for field in self.fields if field.refers}

    def hangs_on(self, line: int) -> Any:
        """What else of a line decides which values its cells may have."""
        return None

    def options(self, line: int, column: int) -> list[tuple[str, str]]:
        """What a cell that is chosen from a list may hold: (text to commit, text to read) pairs."""
        field = self.field(line, column)
        if field.kind == "flag":
            found = [("yes", "yes"), ("no", "no")]
        elif field.kind == "choice":
            found = [(choice, choice_word(choice)) for choice in field.choices]
        else:
            found = list(self.context.names(field.refers).items())
        return [("", empty_word(field)), *found] if field.optional else found

    def unit(self, line: int, column: int) -> str:
        """The unit of the value of a cell."""
        field = self.fields[column]
        return field.unit if isinstance(field.unit, str) else field.unit_in(self.lines[line])

    def value(self, line: int, column: int) -> Any:
        """The value of a cell."""
        return getattr(self.lines[line], self.fields[column].name)

    def shown(self, line: int, column: int) -> str:
        """The text of a cell."""
        field = self.field(line, column)
        unit = self.unit(line, column)
        return displayed(field, self.value(line, column), unit, self.context, field.name in self._mixed)

    def copied(self, line: int, column: int) -> str:
        """The text of a cell for the clipboard."""
        return copied(self.field(line, column), self.value(line, column), self.context)

    def typed(self, line: int, column: int) -> str:
        """The text that an editor of the cell begins with: its formula, where it has one."""
        annotation = self.annotation(line, column)
        if annotation is not None and annotation.formula:
            return formula_shown(annotation.formula, self.context.locale)
        return typed(self.field(line, column), self.value(line, column), self.unit(line, column), self.context)

    def locked(self, line: int, column: int) -> str:
        """Why a cell cannot be edited; empty where it can."""
        field = self.fields[column]
        if field.kind == "identifier" or field.kind in NESTED:
            return STAYS if field.kind == "identifier" else INSIDE
        return self.context.locked(self.table, self.row_id(line), field.name)

    def annotation(self, line: int, column: int) -> Annotation | None:
        """What is said of a cell beside its value."""
        return self.context.annotation(self.table, self.row_id(line), self.fields[column].name)

    def read_typed(self, line: int, column: int, text: str) -> Any:
        """The value that a typed text gives the cell, or a Refusal."""
        if text.strip() == self.typed(line, column):
            return self.value(line, column)
        if why := self.locked(line, column):
            return NotRead(why)
        field = self.field(line, column)
        if text.lstrip().startswith("=") and field.kind in NUMERIC and self.row_id(line):
            place = (self.table, self.row_id(line), field.name)
            context = self.context
            return read_formula(
                text, self.unit(line, column), lambda formula: computed(context.plan, place, formula),
                locale=context.locale, currency=context.currency,
            )  # fmt: skip
        value = read_change(field, text, self.unit(line, column), self.value(line, column), self.context)
        return value if isinstance(value, NotRead) else self._or_refusal(line, column, value)

    def read_pasted(
        self, line: int | None, column: int, text: str, given_unit: str | None, beside: dict[str, Any]
    ) -> Any:
        """The value that a pasted text gives a cell, or a Refusal; `line` is None for a new row.

        `beside` holds what the same line of the clipboard gives to other fields, by name.
        """
        field = self.fields[column]
        if line is not None and text == self.copied(line, column):
            return self.value(line, column)
        if line is not None and field.kind == "identifier":
            return NotRead(STAYS)
        unit = field.unit if isinstance(field.unit, str) else ""
        if not isinstance(field.unit, str):
            kind = beside.get(field.unit_by, None if line is None else getattr(self.lines[line], field.unit_by))
            unit = field.unit.get(str(kind), "")
        if given_unit == self.columns[column].copied_unit:
            given_unit = unit
        return read_cell(field, text, unit, self.context, given_unit=given_unit)

    def _or_refusal(self, line: int, column: int, value: Any) -> Any:
        why = self.refusal(line, column, value)
        return NotRead(why) if why else value

    def refusal(self, line: int, column: int, value: Any) -> str:
        """Why a value cannot stand in a cell; empty where it can."""
        field = self.field(line, column)
        if value == self.value(line, column):
            return ""
        if field.kind == "identifier":
            return STAYS
        if field.name == "name" and field.required and not value:
            return "is empty; a name is needed"
        return refused(field, value, self.context.plan)

    def with_cells(self, edits: Edits) -> Plan:
        """The plan with cells changed."""
        by_line: dict[int, dict[str, Any]] = {}
        formulas: dict[str, list[Place]] = {}
        for (line, column), value in edits.items():
            name = self.fields[column].name
            if isinstance(value, Formula):
                formulas.setdefault(value.formula, []).append((self.table, self.row_id(line), name))
                value = value.value
            by_line.setdefault(line, {})[name] = value
        plan = self.with_rows(by_line, ())
        for formula, places in formulas.items():
            plan = annotated(plan, places, formula=formula)
        return plan

    def with_rows(self, changes: Mapping[int, dict[str, Any]], new: Iterable[Any]) -> Plan:
        """The plan with fields of lines changed, and rows added at the end."""
        rows = list(self.lines)
        for line, values in changes.items():
            row = msgspec.structs.replace(rows[line], **values)
            rows[line] = rows[line] if row == rows[line] else row
        return msgspec.structs.replace(self.context.plan, **{self.table: (*rows, *new)})

    def needed(self) -> list[Field]:
        """The fields that a new row must be given; an id is made of its name."""
        return [f for f in self.fields if f.required and f.kind != "identifier"]

    def _called(self, values: dict[str, Any]) -> str:
        """What the id of a new row is made of."""
        return values.get("name") or NOUNS[self.table]

    def misfit(self, line: int | None, values: dict[str, Any]) -> tuple[str, str]:
        """The field, and why, where pasted values cannot stand together in a row; `line` is None for a new one."""
        return "", ""

    def new_rows(self, given: list[dict[str, Any]]) -> list[Any]:
        """Rows of these values; their ids are made of their names where none are given."""
        row_type = ROW_TYPES[self.table]
        if self.table == "ports":
            return [row_type(**values) for values in given]
        taken = {row.id for row in self.lines} | {values["id"] for values in given if "id" in values}
        nothing = msgspec.structs.replace(self.context.plan, **{self.table: ()})
        counts: dict[str, int] = {}
        rows = []
        for values in given:
            if "id" not in values:
                base = id = fresh_id(nothing, self.table, self._called(values))
                while id in taken:
                    counts[base] = counts.get(base, 1) + 1
                    id = f"{base}_{counts[base]}"
                taken.add(id)
                values = {**values, "id": id}
            rows.append(row_type(**values))
        return rows
