"""A plan out of sheets as `plan_to_sheets` lays them out; problems name the cell: offers!C7."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import msgspec

from gigaplan.engine.exchange import number_forms
from gigaplan.engine.exchange.places import Places
from gigaplan.engine.exchange.plan_cells import MISSING, CellError, from_cell
from gigaplan.engine.exchange.plan_to_sheets import (
    OWNER,
    PLAN_HEAD,
    SheetColumn,
    WorkbookSheet,
    table_sheets,
    unit_text,
)
from gigaplan.engine.exchange.sandboxed_reader import read_book
from gigaplan.engine.exchange.sheets import Book, Cell, RawSheet, letters, numbers_of, place
from gigaplan.engine.plan import edition_1
from gigaplan.engine.plan.bounds import NUMERIC
from gigaplan.engine.plan.decode import MAX_PROBLEMS, decode_plan, suggestion
from gigaplan.engine.plan.fields import Field, field_of, fields
from gigaplan.engine.plan.plan import FORMAT, Plan
from gigaplan.engine.plan.problems import PlanError, message_of, say
from gigaplan.engine.plan.schema import Offer, Settings
from gigaplan.engine.plan.text import counted, listed, shown

SHEETS = {sheet.name: sheet for sheet in table_sheets()}
TO_READ = ("summary", "results", "throughput", "sources")
"""Sheets that an exported workbook has for people alone."""


@dataclass
class Imported:
    """What was read: the plan, what a person should know of how, and where each part of it stands."""

    plan: Plan
    notes: list[str]
    places: Places
    missing: dict[str, tuple[str, ...]]
    """By sheet, the fields that it has no column for; of the plan's own, no line."""
    absent: tuple[str, ...]
    """The sheets that there are not."""

    def onto(self, plan: Plan) -> Plan:
        """What was read, with what it does not hold as it is in `plan`: fields without a column, tables without a
        sheet, and where cards lie on the map."""
        made: dict[str, Any] = {"layout": plan.layout}
        if "plan" in self.absent:
            made["settings"] = plan.settings
        else:
            hung = [s.nested for s in SHEETS.values() if s.table == "plan" and s.nested and s.name in self.absent]
            made["settings"] = _keeping(self.plan.settings, plan.settings, (*self.missing.get("plan", ()), *hung))
        for layout in SHEETS.values():
            if layout.nested:
                continue
            table = layout.table
            if table in self.absent:
                made[table] = getattr(plan, table)
                continue
            inner = [s.nested for s in SHEETS.values() if s.table == table and s.nested and s.name in self.absent]
            old = {row.id: row for row in getattr(plan, table) if hasattr(row, "id")}
            names = (*self.missing.get(table, ()), *inner)
            made[table] = tuple(
                _keeping(row, old.get(getattr(row, "id", None)), names) for row in getattr(self.plan, table)
            )
        return msgspec.structs.replace(self.plan, **made)

    def notes_onto(self) -> list[str]:
        """The notes, where what is not given stays as it was."""
        kept = [name for name in self.absent if name in SHEETS and not SHEETS[name].nested]
        sheets = [f"There is no sheet for {listed(kept, 'and')}: kept as they were"] if kept else []
        return sheets + [note.replace(DEFAULT, KEPT).replace(DEFAULTS, KEPT_ALL) for note in self.notes]


DEFAULT, DEFAULTS = "it takes its default", "they take their defaults"
KEPT, KEPT_ALL = "it is kept as it was", "they are kept as they were"


def _keeping(row: Any, old: Any, names: Iterable[str]) -> Any:
    """A row with those fields as they were."""
    kept = {name: getattr(old, name) for name in names if old is not None and hasattr(old, name)}
    return msgspec.structs.replace(row, **kept) if kept else row


def read_sheets(path: str | os.PathLike[str], encoding: str = "") -> Imported:
    """The plan in a workbook or a zip archive of CSV files.

    Raises PlanError with every problem, each with its cell; and OSError.
    """
    return plan_of(read_book(path, ("plan", *SHEETS), encoding))


def plan_of(book: Book) -> Imported:
    """The plan in a book of sheets. Raises PlanError with every problem, each with its cell."""
    places = Places()
    notes = _unread(book, places)
    if places.problems:
        raise PlanError(tuple(places.problems))
    raw: dict[str, Any] = {"format": FORMAT}
    if (sheet := book.sheet("plan")) is not None:
        raw |= _settings(sheet, places)
    missing: dict[str, tuple[str, ...]] = {}
    if "plan" in raw:
        missing["plan"] = tuple(f.name for f in fields(Settings) if f.kind != "rows" and f.name not in raw["plan"])
    given = raw.get("plan", {}).get("currency")
    currency = given if isinstance(given, str) else "USD"
    for layout in _of_edition_1() if raw["format"] == edition_1.FORMAT else SHEETS.values():
        sheet = book.sheet(layout.name)
        if sheet is None:
            continue
        table = _Table(sheet, layout, currency, places)
        rows = table.rows()
        notes += table.notes()
        missing[layout.name] = table.missing()
        if layout.nested:
            _hang(rows, layout, sheet.name, raw, places)
        else:
            raw[layout.table] = [line.values for line in rows]
        if sheet.hidden_rows:
            notes.append(f"{sheet.name}: {counted(sheet.hidden_rows, 'hidden row')} of it were read too")
        notes += [f"{sheet.name}: {remark}" for remark in sheet.remarks]
    if places.problems:
        raise PlanError(tuple(places.problems[:MAX_PROBLEMS]))
    try:
        absent = tuple(name for name in ("plan", *SHEETS) if book.sheet(name) is None)
        return Imported(decode_plan(raw), notes, places, missing, absent)
    except PlanError as error:
        raise PlanError(places.located(error.problems)) from None


def _of_edition_1() -> Iterator[WorkbookSheet]:
    """The sheets with the columns that edition 1 had in the place of today's."""
    supply = msgspec.structs.replace(field_of(Offer, edition_1.SUPPLY_NOW), unit="chips/period")
    periods = Field(name="periods", key="periods", label="Periods", kind="numbers", required=False, optional=True)
    older = {"offers": SheetColumn(edition_1.SUPPLY, supply), "scenarios.overrides": SheetColumn("periods", periods)}
    for layout in SHEETS.values():
        extra = (older[layout.name],) if layout.name in older else ()
        yield replace(layout, columns=(*layout.columns, *extra))


def _unread(book: Book, places: Places) -> list[str]:
    """What to say of sheets that are no table. One that may be meant for a table is a problem."""
    known = ("plan", *SHEETS)
    notes, seen = [], set()
    for name in book.names:
        low = name.strip().casefold()
        if low in seen and low in known:
            places.add(name, say("sheet_twice"))
        seen.add(low)
        if low in known or low in TO_READ:
            continue
        if near := suggestion(low, known):
            places.add(name, say("sheet_no_table", near=near))
        else:
            notes.append(f"{name}: this sheet is not a table of a plan, and was not read")
    return notes


class _Line(NamedTuple):
    """One row that was read."""

    number: int
    """Which line of the sheet."""
    owner: str
    """The id of the row that it hangs on; empty for a row of the table."""
    values: dict[str, Any]
    """By field."""


class _Table:
    """Reads the lines of one sheet."""

    def __init__(self, sheet: RawSheet, layout: WorkbookSheet, currency: str, places: Places) -> None:
        self.sheet, self.layout, self.places = sheet, layout, places
        self.columns = {column.name: column for column in layout.columns}
        self.at: dict[int, str] = {}
        """Column of the sheet -> name of the field."""
        self.refused: set[int] = set()
        """Columns whose head was refused: nothing more is said of them."""
        self.start = 0
        self._read_head(currency)
        self.forms = {
            column: _decimal_sign(sheet, column, self.start)
            for column, name in self.at.items()
            if name in self.columns and self.columns[name].field.kind in NUMERIC
        }
        """The decimal sign of the texts in each column of numbers; empty where it is open."""

    def rows(self) -> list[_Line]:
        """The rows of the sheet, with what could be read of them."""
        found: list[_Line] = []
        for number in range(self.start, len(self.sheet.rows)):
            cells = self.sheet.rows[number]
            if all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in cells):
                continue
            if not self.layout.nested:
                self.places.line(self.layout.name, self.sheet.name, number, len(found))
            found.append(_Line(number, *self._values(number, cells)))
        self._check_merged()
        return found

    def missing(self) -> tuple[str, ...]:
        """The fields that have no column, of those that may be left out."""
        there = set(self.at.values())
        absent = [c for c in self.columns.values() if not c.inside and c.name not in there]
        return tuple(c.name for c in absent if not c.field.required)

    def notes(self) -> list[str]:
        """What was not given: a column that is missing is named, as its default may be another value than meant."""
        missing = self.missing()
        if not self.at or not missing:
            return []
        one = len(missing) == 1
        them = f"is not a column of this sheet: {DEFAULT}" if one else f"are not columns of this sheet: {DEFAULTS}"
        return [f"{self.sheet.name}: {listed(missing, 'and')} {them}"]

    def _read_head(self, currency: str) -> None:
        rows = self.sheet.rows
        first = next((k for k, row in enumerate(rows) if any(cell is not None for cell in row)), None)
        if first is None or not self.columns:
            return
        self.start = first + 1
        known = (*([OWNER] if self.layout.owned else []), *self.columns)
        for column, cell in enumerate(rows[first]):
            if cell is None:
                continue
            name = cell.strip() if isinstance(cell, str) else ""
            where = f"{self.sheet.name}!{place(first, column)}"
            self.refused.add(column)
            if name not in known:
                said = shown(name) if name else "it"
                self.places.add(where, say("column_unknown", said=said, remedy=suggestion(name, known)))
            elif name in self.at.values():
                other = next(letters(c) for c, n in self.at.items() if n == name)
                self.places.add(f"{where} ({name})", say("column_twice", other=other))
            else:
                self.refused.discard(column)
                self.at[column] = name
                self.places.column(self.layout.name, name, column)
        if self._is_units(self.start):
            self._check_units(self.start, currency)
            self.start += 1

    def _is_units(self, line: int) -> bool:
        """Whether a line says the units of the columns: it has texts, and only where there can be a unit."""
        cells = self.sheet.rows[line] if line < len(self.sheet.rows) else []
        said = [(column, cell) for column, cell in enumerate(cells) if cell is not None and cell != ""]
        return bool(said) and all(
            isinstance(cell, str)
            and column in self.at
            and self.at[column] in self.columns
            and bool(self.columns[self.at[column]].units())
            for column, cell in said
        )

    def _check_units(self, line: int, currency: str) -> None:
        for column, cell in enumerate(self.sheet.rows[line]):
            if cell is None:
                continue
            name = self.at[column]
            spec = self.columns[name]
            wanted = unit_text(spec, currency)
            if cell not in (wanted, unit_text(spec, "USD")):
                where = f"{self.sheet.name}!{place(line, column)} ({name})"
                self.places.add(where, say("column_unit", cell=cell, wanted=wanted))  # fmt: skip

    def _values(self, line: int, cells: list[Cell]) -> tuple[str, dict[str, Any]]:
        owner = ""
        values: dict[str, Any] = {}
        inside: dict[str, dict[str, Any]] = {c.inside: {} for c in self.columns.values() if c.inside}
        for column, cell in enumerate(cells):
            name = self.at.get(column)
            where = f"{self.sheet.name}!{place(line, column)}"
            if name is None:
                if cell is not None and column not in self.refused:
                    self.places.add(where, say("column_unnamed"))
                continue
            if self.layout.owned and name == OWNER and name not in self.columns:
                owner = cell if isinstance(cell, str) else ""
                continue
            spec = self.columns[name]
            try:
                value = from_cell(spec.field, _plain(cell, self.forms.get(column)))
            except CellError as error:
                self.places.add(f"{where} ({name})", message_of(error))
                value = MISSING
            if spec.inside:
                if cell is not None:
                    inside[spec.inside][spec.field.key] = value
            elif value is not MISSING:
                values[name] = value
        # Columns that end before the last one are empty cells, too.
        for column in range(len(cells), max(self.at, default=-1) + 1):
            spec_ = self.columns.get(self.at.get(column, ""))
            if spec_ is not None and not spec_.inside and (value := from_cell(spec_.field, None)) is not MISSING:
                values[spec_.name] = value
        for name, row in inside.items():
            if row:
                values[name] = {k: v for k, v in row.items() if v is not MISSING}
        return owner, values

    def _check_merged(self) -> None:
        for area in self.sheet.merged:
            ends = [numbers_of(end) for end in area.split(":")]
            if any(end is not None and end[0] >= self.start for end in ends):
                self.places.add(f"{self.sheet.name}!{area[:40]}", say("cells_merged"))


def _decimal_sign(sheet: RawSheet, column: int, start: int) -> str:
    """The decimal sign that the texts of a column show; empty where nothing tells."""
    texts = [row[column] for row in sheet.rows[start:] if column < len(row)]
    return number_forms.decimal_sign((t.strip() for t in texts if isinstance(t, str)), sheet.separator or "")


def _plain(cell: Cell, sign: str | None) -> Cell:
    """A number that is text in its plain form, with the decimal sign of its column. Raises CellError where that leaves
    it two readings; `sign` is None where no number is expected."""
    if sign is None or not isinstance(cell, str):
        return cell
    if not sign and number_forms.has_two_readings(cell):
        said = number_forms.readings(cell)
        raise CellError(say("number_ambiguous", cell=cell, readings=said))
    found = number_forms.plain(cell, sign or ".")
    return cell if found is None else found


def _hang(lines: list[_Line], layout: WorkbookSheet, own_name: str, raw: dict[str, Any], places: Places) -> None:
    """Gives each row what hangs on it; the plan itself is one row."""
    if not layout.owned:
        for line in lines:
            members = raw.setdefault(layout.table, {}).setdefault(layout.nested, [])
            places.line(layout.name, own_name, line.number, 0, len(members))
            members.append(line.values)
        return
    rows = raw.get(layout.table, [])
    positions = {row.get("id"): k for k, row in reversed(list(enumerate(rows)))}
    for line in lines:
        position = positions.get(line.owner)
        if position is None:
            noun = layout.table.removesuffix("s")
            text = say("owner_unknown", noun=noun, owner=line.owner) if line.owner else say("owner_missing", noun=noun)
            places.add(f"{own_name}!{place(line.number, 0)} ({OWNER})", text)
            continue
        members = rows[position].setdefault(layout.nested, [])
        places.line(layout.name, own_name, line.number, position, len(members))
        members.append(line.values)


def _settings(sheet: RawSheet, places: Places) -> dict[str, Any]:
    """The format and the settings, under `format` and `plan`."""
    rows = sheet.rows
    first = next((k for k, row in enumerate(rows) if any(cell is not None for cell in row)), 0)
    head = [cell.strip() if isinstance(cell, str) else cell for cell in rows[first]] if rows else []
    if head[:2] != list(PLAN_HEAD[:2]):
        places.add(f"{sheet.name}!{place(first, 0)}", say("plan_sheet_head"))
        return {}
    known = {f.name: (k, f) for k, f in enumerate(fields(Settings)) if f.kind != "rows"}
    places.column("plan", "value", 1)
    found: dict[str, Any] = {"plan": {}}
    sign = _decimal_sign(sheet, 1, first + 1)
    seen: set[str] = set()
    for line in range(first + 1, len(rows)):
        cells = [*rows[line], None, None][:2]
        name = cells[0].strip() if isinstance(cells[0], str) else ""
        where = f"{sheet.name}!{place(line, 1)}"
        if name and name in seen:
            places.add(f"{where} ({name})", say("given_twice"))
        seen.add(name)
        if name == "format":
            found["format"] = cells[1]
            places.line("format", sheet.name, line, 0)
            places.column("format", "", 1)
        elif name in known:
            position, declared = known[name]
            places.line("plan", sheet.name, line, position)
            try:
                is_number = declared.kind in NUMERIC
                value = from_cell(declared, _plain(cells[1], sign if is_number else None))
            except CellError as error:
                places.add(f"{where} ({name})", message_of(error))
                continue
            if value is not MISSING:
                found["plan"][name] = value
        elif cells[0] is not None or cells[1] is not None:
            said = shown(name) if name else "it"
            message = say("line_unknown", said=said, remedy=suggestion(name, list(known)))
            places.add(f"{sheet.name}!{place(line, 0)}", message)
    return found
