"""Edits of cells: typed, filled down, emptied, and copied. Each is one undo step, or a sentence that says why not."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from gigaplan.engine.catalogue.new_rows import why_not_new
from gigaplan.engine.exchange.csv import Written
from gigaplan.engine.plan.plan import Plan
from gigaplan.gui.document.document import Document
from gigaplan.gui.document.row_edits import NOUNS, add_row, delete_port, delete_rows, duplicate_rows
from gigaplan.gui.jobs.worker import Tell
from gigaplan.gui.text.clipboard import sheet_text
from gigaplan.gui.text.number_format import plain
from gigaplan.gui.text.quantities import NotRead, Relative, read_relative
from gigaplan.gui.views.tables.grid import Grid
from gigaplan.gui.views.tables.model import Index, SheetModel
from gigaplan.gui.views.tables.sheets import Sheet
from gigaplan.gui.views.tables.uncertain import with_next

# What a person does with a grid. Each act gives what to say: (text, role).


Said = tuple[str, str]
ELSEWHERE = "Rows are added, copied and deleted in their own table.", "warning"
NONE_CHOSEN = "Select a cell in the rows first.", "warning"


def take_typed(document: Document, grid: Grid, index: Index, text: str, everywhere: bool) -> Said:
    """Gives a cell what was typed; with `everywhere` all selected cells of its column, or of a grid of series."""
    model = grid.sheet_model
    cells = [(index.row(), index.column())]
    if everywhere:
        chosen = [c for c in grid.chosen_cells() if not model.sheet.takes_rows or c[1] == index.column()]
        cells += [cell for cell in chosen if cell != cells[0]]
    before = document.plan
    why = type_into(document, model, [(model.shown[row], column) for row, column in cells], text)
    return _said(document, before, why)


def draft_typed(document: Document, model: SheetModel, index: Index, text: str) -> None:
    """Takes note of what is being typed in a cell; a text that would be refused leaves no mark yet."""
    sheet, cell = model.sheet, (model.shown[index.row()], index.column())
    value = sheet.read_typed(*cell, text)
    plan = value if isinstance(value, NotRead) else sheet.with_cells({cell: value})
    document.type(None if isinstance(plan, NotRead) else lambda: document.apply(plan, ""))


def fill(document: Document, grid: Grid, *, down: bool = True) -> Said:
    """Gives the first selected cell of each column to those below, or of each row to those right of it.

    A single cell takes the one above it, or left of it.
    """
    shown = grid.sheet_model.shown
    cells = grid.chosen_cells() if down else sorted(grid.chosen_cells())
    if len(cells) == 1:
        row, column = cells[0]
        before_it = (row - 1, column) if down else (row, column - 1)
        cells = [before_it, *cells] if min(before_it) >= 0 else cells
    before = document.plan
    why = fill_cells(document, grid.sheet_model, [(shown[row], column) for row, column in cells], down=down)
    if not why and document.plan is before:
        return "The cells already have this value.", "muted"
    return _said(document, before, why)


def delete(document: Document, grid: Grid) -> Said:
    """Deletes the rows that are selected whole; empties the cells that are selected."""
    shown = grid.sheet_model.shown
    if grid.sheet_model.sheet.takes_rows and grid.whole_rows_are_chosen():
        return remove_rows(document, grid)
    cells = [(shown[row], column) for row, column in grid.chosen_cells()]
    before = document.plan
    return _said(document, before, empty(document, grid.sheet_model, cells) if cells else "")


def remove_rows(document: Document, grid: Grid) -> Said:
    """Deletes the rows of the selected cells."""
    model, before = grid.sheet_model, document.plan
    lines = [model.shown[row] for row in grid.chosen_rows()]
    if not model.sheet.takes_rows:
        return ELSEWHERE
    if not lines:
        return NONE_CHOSEN
    if model.sheet.table != "ports":
        delete_rows(document, [(model.sheet.table, model.sheet.row_id(line)) for line in lines])
    elif len(lines) == 1:
        delete_port(document, lines[0])
    else:
        return "Ports are deleted one by one.", "warning"
    return _said(document, before, "")


def duplicate(document: Document, grid: Grid) -> Said:
    """Puts a copy after each row with a selected cell, and chooses the copies."""
    model, before = grid.sheet_model, document.plan
    if not model.sheet.takes_rows:
        return ELSEWHERE
    ids = [id for row in grid.chosen_rows() if (id := model.sheet.row_id(model.shown[row]))]
    if not ids:
        return NONE_CHOSEN
    duplicate_rows(document, [(model.sheet.table, id) for id in ids])
    return _said(document, before, "")


def add(document: Document, grid: Grid) -> Said:
    """Adds a row with starting figures and chooses it."""
    model = grid.sheet_model
    table = model.sheet.table
    if not model.sheet.takes_rows:
        return ELSEWHERE
    if table == "uncertainties":
        plan, why = with_next(document.plan)
        if plan is None:
            return why, "warning"
        document.apply(plan, f"Add {NOUNS[table]}")
        document.select(table, (plan.uncertainties[-1].id,))
    elif why := why_not_new(document.plan, table):
        return why, "warning"
    else:
        add_row(document, table)
    grid.choose_block([model.rowCount() - 1], [0])
    grid.setFocus()
    return f"Added a new {NOUNS[table]} with default values. Ctrl+Z undoes it.", "muted"


def _said(document: Document, before: Plan, why: str) -> Said:
    if why:
        return why, "error"
    done = document.plan is not before
    return (f"{document.undo_stack.undoText()}. Ctrl+Z undoes it." if done else ""), "muted"


TOLD_EVERY = 50
"""Lines."""
Cells = Sequence[tuple[int, int]]
"""(line of the sheet, column) pairs."""


def type_into(document: Document, model: SheetModel, cells: Cells, text: str) -> str:
    """Gives cells what a person typed; says why not. A refused text stays in its cell, in red."""
    sheet = model.sheet
    edits: dict[tuple[int, int], Any] = {}
    known: dict[Any, Any] = {}
    for line, column in cells:
        # A text is read once for cells that hold the same: all of a column of 10,000, more often than not.
        cell = column, sheet.unit(line, column), sheet.value(line, column), sheet.hangs_on(line)
        value = known[cell] if cell in known else sheet.read_typed(line, column, text)
        known[cell] = value
        if isinstance(value, NotRead):
            model.refuse(line, column, text, value.text)
            return f"{_place(sheet, line, column)}: {value.text}"
        edits[line, column] = value
    for line, column in cells:
        model.wrong.pop((sheet.key(line), sheet.columns[column].key), None)
    with _scaling(document, sheet, cells[0], text):
        why = _apply(document, sheet, edits, f"Change {_what(sheet, cells)}")
    if why:
        model.refuse(*cells[0], text, why)
    return why


def _scaling(
    document: Document, sheet: Sheet, cell: tuple[int, int], text: str
) -> contextlib.AbstractContextManager[None]:
    """Where a text multiplies, as *2 does, a scenario keeps the factor."""
    change = read_relative(text, sheet.unit(*cell), locale=sheet.context.locale) if text.strip() else None
    return document.scaling(change.factor) if isinstance(change, Relative) else contextlib.nullcontext()


def fill_cells(document: Document, model: SheetModel, cells: Cells, *, down: bool = True) -> str:
    """Gives the first cell of each column to the others below it, or of each line to those right of it.

    `cells` come in the order in which they are filled, as they are seen. Says why not.
    """
    sheet = model.sheet
    edits: dict[tuple[int, int], Any] = {}
    first: dict[int, tuple[int, int]] = {}
    known: dict[Any, str] = {}
    for line, column in cells:
        source = first.setdefault(column if down else line, (line, column))
        if source == (line, column):
            continue
        value, unit = sheet.value(*source), sheet.unit(line, column)
        # All that a refusal hangs on.
        cell = source[1], column, unit, sheet.value(line, column) == value, sheet.hangs_on(line)
        why = known[cell] if down and cell in known else _cannot_be_filled(sheet, source, (line, column))
        known[cell] = why
        if why:
            return f"{_place(sheet, line, column)}: {why}"
        edits[line, column] = value
    if not edits:
        where = "below the one" if down else "right of the one"
        return f"select the cells to fill, {where} to fill them with"
    return _apply(document, sheet, edits, f"Fill {'down' if down else 'right'} {_what(sheet, list(edits))}")


def _cannot_be_filled(sheet: Sheet, source: tuple[int, int], place: tuple[int, int]) -> str:
    """Why the value of one cell cannot stand in another; empty where it can."""
    ours, theirs = sheet.field(*place), sheet.field(*source)
    if source[1] != place[1] and (ours is None or theirs is None or ours.kind != theirs.kind):
        return "holds another kind of value than the first cell"
    if why := sheet.refusal(*place, sheet.value(*source)):
        return why
    unit, given = sheet.unit(*place), sheet.unit(*source)
    return "" if unit == given else f"is in {unit or 'no unit'}, the first cell in {given or 'no unit'}"


def empty(document: Document, model: SheetModel, cells: Cells) -> str:
    """Empties cells; says why not."""
    sheet = model.sheet
    edits: dict[tuple[int, int], Any] = {}
    for line, column in cells:
        value = sheet.read_typed(line, column, "")
        if isinstance(value, NotRead):
            return f"{_place(sheet, line, column)}: {value.text}"
        edits[line, column] = value
    return _apply(document, sheet, edits, f"Empty {_what(sheet, cells)}")


def copied_text(sheet: Sheet, lines: Sequence[int], columns: Sequence[int], told: Tell) -> str:
    """Cells of a sheet as text for a spreadsheet, under their headers. `told` may raise to stop."""
    cells = [[Written(sheet.columns[column].copied_header) for column in columns]]
    for k, line in enumerate(lines):
        if k % TOLD_EVERY == 0:
            told(f"{plain(k, 9)} of {plain(len(lines), 9)} lines")
        cells.append([Written(sheet.copied(line, column)) for column in columns])
    return sheet_text(cells)


def _apply(document: Document, sheet: Sheet, edits: dict[tuple[int, int], Any], text: str) -> str:
    plan = sheet.with_cells(edits)
    if isinstance(plan, NotRead):
        return plan.text
    document.apply(plan, text)
    return ""


def _place(sheet: Sheet, line: int, column: int) -> str:
    return f"{sheet.columns[column].label} of {sheet.name(line)}"


def _what(sheet: Sheet, cells: Cells) -> str:
    """The label of a column inside a sentence, and whose it is: pue of Iowa, price of 4 offers, 12 cells."""
    columns, lines = {column for _, column in cells}, {line for line, _ in cells}
    if len(columns) > 1:
        return f"{len(cells)} cells" if len(lines) > 1 else f"{len(cells)} cells of {sheet.name(next(iter(lines)))}"
    label = sheet.columns[columns.pop()].label
    label = label if label[1:2].isupper() or label[:1].isdigit() else label[:1].lower() + label[1:]
    return f"{label} of {sheet.name(lines.pop())}" if len(lines) == 1 else f"{label} of {len(lines)} {sheet.table}"
