"""Where the keys of a spreadsheet lead in a grid."""

from __future__ import annotations

from PySide6.QtCore import Qt

from gui.tables.model import SheetModel

MOVES = (
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End,
    Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
)  # fmt: skip
"""Keys that lead to another cell."""


def edge_of_filled(model: SheetModel, row: int, column: int, down: int, right: int) -> tuple[int, int]:
    """The cell (row, column of the view) that Ctrl and an arrow lead to from a cell.

    It is the last one before an empty cell, from there the next that is not empty, else the last of the grid.
    """
    rows, columns, sheet = model.rowCount(), model.columnCount(), model.sheet

    def is_there(r: int, c: int) -> bool:
        return 0 <= r < rows and 0 <= c < columns

    def is_filled(r: int, c: int) -> bool:
        return is_there(r, c) and sheet.value(model.shown[r], c) not in (None, "", ())

    def on(r: int, c: int) -> tuple[int, int]:
        return r + down, c + right

    here = row, column
    if is_filled(*here) and is_filled(*on(*here)):
        while is_filled(*on(*here)):
            here = on(*here)
        return here
    while is_there(*on(*here)):
        here = on(*here)
        if is_filled(*here):
            break
    return here
