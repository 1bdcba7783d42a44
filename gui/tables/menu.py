"""The menu of a cell: what its keys do, for those who look for it with the right button."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from gui.tables.grid import Grid
from gui.theme import icon

ENTRIES = (
    ("&Copy", "Ctrl+C", "copy"),
    ("&Paste", "Ctrl+V", "clipboard-paste"),
    ("Paste rows as co&lumns", "Ctrl+Shift+V", ""),
    ("&Fill down", "Ctrl+Shift+D", "chevrons-up-down"),
    ("Fill &right", "Ctrl+R", ""),
    ("&Empty the cells", "Del", ""),
    None,
    ("&Add a row", "Ins", "plus"),
    ("D&uplicate the rows", "Ctrl+D", ""),
    ("&Delete the rows", "Ctrl+Del", "trash-2"),
    None,
    ("F&ind…", "Ctrl+F", ""),
    ("&Help on this column", "F1", ""),
)
"""(words, the key that does it, picture); None stands for a line between."""
OF_ROWS = ("Ins", "Ctrl+D", "Ctrl+Del")
"""What can be done in a table of rows alone."""


def cell_menu(grid: Grid) -> QMenu:
    """What can be done with the chosen cells of a grid, each with its key."""
    menu = QMenu(grid)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for entry in ENTRIES:
        if entry is None:
            menu.addSeparator()
            continue
        words, key, picture = entry
        if key in OF_ROWS and not grid.sheet_model.sheet.takes_rows:
            continue
        action = menu.addAction(words, key, grid.commands[key])
        if picture:
            action.setIcon(icon(picture))
    return menu
