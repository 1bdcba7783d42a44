"""One row of a damaged file: what of it is fit, what its default stands in for, and why it is left out."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Literal

from gigaplan.engine.plan.decode import decode_row, decode_value
from gigaplan.engine.plan.fields import Field, fields
from gigaplan.engine.plan.problems import Message, Problem, message_of, say
from gigaplan.engine.plan.text import shown
from gigaplan.engine.storage.format import TABLES, Columns, column_type, value_of
from gigaplan.engine.storage.pages import Blob, PageCell, Torn


def typed(columns: Columns, cells: list[PageCell]) -> list[PageCell]:
    """The cells of a row after its position, whole numbers as numbers where the column is REAL, as SQLite gives them.

    Cells that its page lacks are torn.
    """
    made: list[PageCell] = []
    kinds = [kind for kind, _ in columns.values()]
    for kind, cell in zip(kinds, [*cells[1:], *itertools.repeat(Torn.TORN, len(kinds))], strict=False):
        made.append(float(cell) if kind == "REAL" and isinstance(cell, int) else cell)
    return made if len(cells) <= len(made) + 1 else [Torn.TORN] * len(made)


def repaired(table: str, position: int, cells: Sequence[PageCell]) -> tuple[Any, list[Problem]]:
    """A row with defaults in the place of what is unfit, or None, and what was wrong with it."""
    path = f"{table}[{position}]"
    fit, unfit, changed = values(table, path, cells)
    id = fit.get("id", "")
    notes = [warning(place, message, table, id, field.name) for field, place, message in changed]
    if unfit:
        why = "; ".join(f"{place.removeprefix(path + '.')} {message}" for _, place, message in unfit)
        return None, [error(path, say("row_left_out", why=why), table, id, unfit[0][0].name)]
    row, problems = decode_row(TABLES[table], fit, path, table)
    if row is None:
        return None, [error(path, say("row_left_out", why=problems[0].message), table, id)]
    return row, notes


_WANTED: dict[str, type | tuple[type, ...]] = {"REAL": float, "INTEGER": int, "TEXT": bytes, "ANY": (float, int, bytes)}
Faults = list[tuple[Field, str, Message]]
"""(field, path, what is wrong)"""


def values(table: str, path: str, cells: Sequence[PageCell]) -> tuple[dict[str, Any], Faults, Faults]:
    """The fit values of a row; the unfit fields that it cannot do without; and those that it can."""
    found: dict[str, Any] = {}
    unfit: Faults = []
    changed: Faults = []
    for field, cell in zip(fields(TABLES[table]), cells, strict=True):
        place = f"{path}.{field.name}"
        value, wrong = _value(field, cell, place)
        if not wrong:
            found[field.name] = value
        elif field.kind == "rows" and isinstance(value, list):
            fit = [member for k, member in enumerate(value) if not decode_row(field.row_type, member, f"[{k}]")[1]]
            found[field.name] = fit
            message = say("some_rows_kept", why=wrong[0][1], kept=len(fit), count=len(value))
            changed.append((field, wrong[0][0], message))
        elif field.required:
            unfit.append((field, *wrong[0]))
        else:
            default = "nothing" if field.default is None or field.default == () else shown(field.default)
            changed.append((field, wrong[0][0], say("default_used", why=wrong[0][1], default=default)))
    return found, unfit, changed


def _value(field: Field, cell: PageCell, place: str) -> tuple[Any, list[tuple[str, Message]]]:
    """The plain value of a cell, and what is wrong with it: (path, message)."""
    if isinstance(cell, Torn):
        return None, [(place, say("cell_unreadable"))]
    if cell is not None and (not isinstance(cell, _WANTED[column_type(field)]) or isinstance(cell, Blob)):
        kind = column_type(field)
        return None, [(place, say("cell_of_no_kind" if kind == "ANY" else "cell_of_other_kind", kind=kind))]
    try:
        value = value_of(field, cell)
    except ValueError as error:
        return None, [(place, message_of(error))]
    return value, [(problem.path, problem.message) for problem in decode_value(field, value, place)[1]]


def _note(
    severity: Literal["error", "warning"], path: str, message: Message, table: str, row: Any, field: str
) -> Problem:
    row = row if isinstance(row, str) else ""
    return Problem(severity=severity, path=path, message=message, table=table, row=row[:100], field=field)


def error(path: str, message: Message, table: str = "", row: Any = "", field: str = "") -> Problem:
    """Something that is lost."""
    return _note("error", path, message, table, row, field)


def warning(path: str, message: Message, table: str = "", row: Any = "", field: str = "") -> Problem:
    """Something that was changed, or is in doubt."""
    return _note("warning", path, message, table, row, field)
