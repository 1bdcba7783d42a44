"""What a person does with a grid. Each act gives what to say: (text, role)."""

from __future__ import annotations

from engine.defaults import why_not_new
from engine.plan import Plan
from gui.document import Document
from gui.rows import NOUNS, add_row, delete_port, delete_rows, duplicate_rows
from gui.tables import editing
from gui.tables.editing import empty, type_into
from gui.tables.grid import Grid
from gui.tables.model import Index
from gui.tables.uncertain import with_next

Said = tuple[str, str]
ELSEWHERE = "Rows are added, copied and deleted in their own table.", "warning"
NONE_CHOSEN = "Select a cell of the rows that are meant.", "warning"


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
    why = editing.fill(document, grid.sheet_model, [(shown[row], column) for row, column in cells], down=down)
    if not why and document.plan is before:
        return "The cells hold that already.", "muted"
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
    return f"Added a new {NOUNS[table]} with starting figures. Ctrl+Z takes it back.", "muted"


def _said(document: Document, before: Plan, why: str) -> Said:
    if why:
        return why, "error"
    done = document.plan is not before
    return (f"{document.undo_stack.undoText()}. Ctrl+Z takes it back." if done else ""), "muted"
