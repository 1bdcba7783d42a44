"""The series of a table, one line each, with a column per period."""

from __future__ import annotations

import copy
from typing import Any

import msgspec

from gigaplan.engine.exchange.csv import guarded, unguarded
from gigaplan.engine.plan.annotations import Place, annotated
from gigaplan.engine.plan.fields import Field, Growth, Steps, fields
from gigaplan.engine.plan.formulas import computed
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import ROW_TYPES, Annotation
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.present.cell_text import Context, empty_word
from gigaplan.gui.text.clipboard import is_bare, number_text, period_named, read_number
from gigaplan.gui.text.number_format import plain
from gigaplan.gui.text.quantities import (
    PERCENT_UNITS,
    Formula,
    NotRead,
    formula_shown,
    read_formula,
    read_relative,
    show,
    unit_shown,
)
from gigaplan.gui.views.tables.reading import month_text
from gigaplan.gui.views.tables.sheets import Column, Edits

SERIES_TABLES = ("workloads", "sites", "offers", "services", "power_contracts", "policies")
KEYS = (
    Column("name", "Name", help="The row that the series belongs to."),
    Column("series", "Series", help="Which of its figures."),
    Column("unit", "Unit", help="The unit of every value of the line."),
)
FORMS = "A line that is constant or grows becomes one value per period when a single value is changed."


class SeriesSheet:
    """A line per series of a table (demand, price, power ...), a column per period."""

    takes_rows = False

    def __init__(self, context: Context, table: str) -> None:
        self.context = context
        self.table = table
        self.title = "Series"
        self.rows = getattr(context.plan, table)
        self.series = tuple(f for f in fields(ROW_TYPES[table]) if f.kind == "series")
        self.lines: tuple[Any, ...] = tuple((row, field) for row in self.rows for field in self.series)
        self.time = Timeline.of(context.plan.settings)
        periods = (Column(f"t{t}", label, help=FORMS, numeric=True) for t, label in enumerate(self.time.labels))
        self.columns = (*KEYS, *periods)
        self._values: dict[int, tuple[float, ...] | None] = {}

    def on(self, plan: Plan) -> SeriesSheet:
        """The same sheet of another plan."""
        context = Context(plan, self.context.locale)
        if getattr(plan, self.table) is self.rows and plan.settings is self.context.plan.settings:
            same = copy.copy(self)
            same.context = context
            return same
        return SeriesSheet(context, self.table)

    def key(self, line: int) -> Any:
        """What stays of a line when it is edited."""
        row, field = self.lines[line]
        return row.id, field.name

    def row_id(self, line: int) -> str:
        """The id of the row that the line belongs to."""
        return str(self.lines[line][0].id)

    def name(self, line: int) -> str:
        """What a person calls the line."""
        row, field = self.lines[line]
        return row_name(row) if len(self.series) == 1 else f"{row_name(row)}, {field.label}"

    def field(self, line: int, column: int) -> Field | None:
        """What the cell holds; None for the columns that say what the line is."""
        return self.lines[line][1] if column >= len(KEYS) else None

    def unit(self, line: int, column: int) -> str:
        """The unit of the values of a line."""
        row, field = self.lines[line]
        return str(field.unit_in(row))

    def values(self, line: int) -> tuple[float, ...] | None:
        """One value per period; None where the series is empty."""
        if line not in self._values:
            row, field = self.lines[line]
            series = getattr(row, field.name)
            fits = not isinstance(series, tuple) or len(series) == self.time.periods
            spread = None if series is None or not fits else tuple(map(float, self.time.of_field(field, series)))
            self._values[line] = spread
        return self._values[line]

    def value(self, line: int, column: int) -> Any:
        """The value of a cell."""
        row, field = self.lines[line]
        if column < len(KEYS):
            return (row_name(row), field.label, self.unit(line, column))[column]
        values = self.values(line)
        return None if values is None else values[column - len(KEYS)]

    def shown(self, line: int, column: int) -> str:
        """The text of a cell."""
        value = self.value(line, column)
        if column == 2:
            return unit_shown(value, self.context.currency) or {"fraction": "%"}.get(value, "")
        if column < len(KEYS):
            return str(value)
        row, field = self.lines[line]
        if value is None:
            return empty_word(field)
        # What grew by a rate has dust behind it; the cell's editor shows every digit.
        grew = isinstance(getattr(row, field.name), Growth | Steps)
        return self._figure(float(f"{value:.6g}") if grew else value, line)

    def _figure(self, value: float, line: int) -> str:
        """A value without a scale letter, so that the figures of a line can be compared at a glance."""
        unit = self.unit(line, len(KEYS))
        return show(value, unit if unit in PERCENT_UNITS else "", self.context.locale)

    def copied(self, line: int, column: int) -> str:
        """The text of a cell for the clipboard."""
        value = self.value(line, column)
        if column == 2:
            return guarded(str(value).replace("USD", self.context.currency))
        if column < len(KEYS):
            return guarded(value)
        return "" if value is None else number_text(value, self.context.locale)

    def typed(self, line: int, column: int) -> str:
        """The text that an editor of the cell begins with."""
        value, said = self.value(line, column), self.annotation(line, column)
        if said is not None and said.formula and "." in said.field:
            return formula_shown(said.formula, self.context.locale)
        return str(value) if column < len(KEYS) else "" if value is None else self._figure(value, line)

    def locked(self, line: int, column: int) -> str:
        """Why a cell cannot be edited; empty where it can."""
        if column < len(KEYS):
            return "names the line: rename the row in its own table"
        row, field = self.lines[line]
        return self.context.locked(self.table, row.id, field.name)

    def annotation(self, line: int, column: int) -> Annotation | None:
        """What is said of a value, or of the whole series of a line, beside the values."""
        if column < len(KEYS):
            return None
        of_period = self.context.annotation(*self._place(line, column))
        return of_period or self.context.annotation(self.table, self.row_id(line), self.lines[line][1].name)

    def _place(self, line: int, column: int) -> tuple[str, str, str]:
        """Where the value of one period stands."""
        row, field = self.lines[line]
        return self.table, row.id, f"{field.name}.{self.time.dates[column - len(KEYS)]}"

    def options(self, line: int, column: int) -> list[tuple[str, str]]:
        """No cell here is chosen from a list."""
        return []

    def named_tables(self) -> set[str]:
        """No cell here refers to a row, other than the one that its line is of."""
        return set()

    def hangs_on(self, line: int) -> Any:
        """Nothing: all values of a line are of one kind."""
        return None

    def read_typed(self, line: int, column: int, text: str) -> Any:
        """The value that a typed text gives the cell, or a Refusal."""
        if text.strip() == self.typed(line, column):
            return self.value(line, column)
        if why := self.locked(line, column):
            return NotRead(why)
        unit, current = self.unit(line, column), self.value(line, column)
        if text.lstrip().startswith("="):
            place, context = self._place(line, column), self.context
            return read_formula(
                text, unit, lambda formula: computed(context.plan, place, formula), locale=context.locale,
                currency=context.currency,
            )  # fmt: skip
        if unit in PERCENT_UNITS and is_bare(text.strip()):
            text = f"{text.strip()} %"
        change = read_relative(text, unit, locale=self.context.locale) if text.strip() else None
        if isinstance(change, NotRead):
            return change
        if change is not None and current is not None:
            return self._fit(line, column, change.of(current))
        return self.read_pasted(line, column, text, None)

    def read_pasted(self, line: int, column: int, text: str, given_unit: str | None) -> Any:
        """The value that a pasted text gives a cell, or a Refusal."""
        if text == self.copied(line, column):
            return self.value(line, column)
        if why := self.locked(line, column):
            return NotRead(why)
        if not text.strip():
            field = self.lines[line][1]
            return None if field.optional else NotRead("is empty; a number is needed")
        context = self.context
        value = read_number(
            unguarded(text.strip()), self.unit(line, column), context.locale, context.currency, given_unit
        )
        return value if isinstance(value, NotRead) else self._fit(line, column, value)

    def _fit(self, line: int, column: int, value: float) -> Any:
        why = self.refusal(line, column, value)
        return NotRead(why) if why else value

    def refusal(self, line: int, column: int, value: Any) -> str:
        """Why a value cannot stand in a cell; empty where it can."""
        if column < len(KEYS):
            return "" if value == self.value(line, column) else self.locked(line, column)
        field = self.lines[line][1]
        if value is None:
            return "" if field.optional else "is empty; a number is needed"
        why = field.refusal(value)
        return f"{why}; it is {plain(value, 15)}" if why else ""

    def with_cells(self, edits: Edits) -> Plan | NotRead:
        """The plan with cells changed, or why a series cannot become what they make of it.

        A series that keeps all its values keeps its form: constant, growing, or one value per period.
        """
        by_line: dict[int, dict[int, Any]] = {}
        formulas: dict[Place, str] = {}
        for (line, column), value in edits.items():
            if column >= len(KEYS):
                if isinstance(value, Formula):
                    formulas[self._place(line, column)] = value.formula
                    value = value.value
                by_line.setdefault(line, {})[column - len(KEYS)] = value
        changes: dict[str, dict[str, Any]] = {}
        for line, cells in by_line.items():
            row, field = self.lines[line]
            series = self.series_with(line, cells)
            if isinstance(series, NotRead):
                return NotRead(f"{self.name(line)} {series.text}")
            if any(place[1] == row.id and place[2].startswith(f"{field.name}.") for place in formulas):
                series = series if isinstance(series, tuple) else tuple(self.time.of_field(field, series).tolist())
            changes.setdefault(row.id, {})[field.name] = series
        rows = tuple(msgspec.structs.replace(r, **changes[r.id]) if r.id in changes else r for r in self.rows)
        plan = msgspec.structs.replace(self.context.plan, **{self.table: rows})
        for place, formula in formulas.items():
            table, id, field = place
            plan = annotated(plan, [(table, id, field.split(".")[0])], formula="")  # the whole series has none any more
            plan = annotated(plan, [place], formula=formula)
        return plan

    def series_with(self, line: int, cells: dict[int, Any]) -> Any:
        """The series of a line with the values of some periods changed, or a Refusal."""
        row, field = self.lines[line]
        old = self.values(line)
        values = list(old) if old is not None else [None] * self.time.periods
        for t, value in cells.items():
            values[t] = value
        missing = sum(value is None for value in values)
        series = getattr(row, field.name)
        if old is not None and tuple(values) == old:
            return series
        if missing == len(values):
            return None
        if missing:
            word = "is empty now" if old is None else "would be half empty"
            return NotRead(f"{word}: give all {len(values)} periods a value, or none")
        if not isinstance(series, tuple | Growth | Steps) and len(set(values)) == 1:
            return values[0]
        return tuple(values)

    def period_column(self, text: str) -> int | None:
        """The column of the period that a header names: 2027 Q3, Q3 2027, 2027-07, Jul 2027, Jul-27."""
        locale = self.context.locale
        period = period_named(month_text(" ".join(text.split()), locale), self.time, locale)
        return None if period is None else len(KEYS) + period
