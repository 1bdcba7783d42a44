"""Which lines of a sheet a grid shows, and in which order: sorted and filtered, while the plan keeps its own order."""

from __future__ import annotations

import re
import time
from typing import Any

from engine.fields import Growth
from gui.numbers import THIN
from gui.tables.sheets import Sheet


def arranged(sheet: Sheet, texts: LineTexts, column: int | None, descending: bool, text: str) -> list[int]:
    """The lines that hold every word of `text`, in the order of a column; in the plan's order without one.

    Empty cells come last in both directions.
    """
    lines = list(range(len(sheet.lines)))
    if words := text.lower().split():
        lines = [line for line in lines if all(word in texts.of(sheet, line) for word in words)]
    if column is None:
        return lines
    keys = {line: _key(sheet, line, column) for line in lines}
    empty = [line for line in lines if keys[line] is None]
    full = [line for line in lines if keys[line] is not None]
    full.sort(key=keys.__getitem__, reverse=descending)
    return full + empty


class LineTexts:
    """What lines say, kept while they do not change: a filter looks at all of them at every key."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[Any, str]] = {}
        self._ahead = 0

    def clear(self) -> None:
        """Forgets all texts."""
        self._kept.clear()

    def look_again(self) -> None:
        """Lets `read_ahead` begin anew: other lines are shown, or others of them."""
        self._ahead = 0

    def read_ahead(self, sheet: Sheet, seconds: float) -> bool:
        """Reads lines before they are asked for, for so long at most; whether some are still to be read."""
        until = time.perf_counter() + seconds
        while self._ahead < len(sheet.lines) and time.perf_counter() < until:
            self.of(sheet, self._ahead)
            self._ahead += 1
        return self._ahead < len(sheet.lines)

    def of(self, sheet: Sheet, line: int) -> str:
        """All that a line says, in small letters, its figures also without spaces between thousands."""
        content = sheet.lines[line]
        row = content[0] if isinstance(content, tuple) else content
        kept = self._kept.get(line)
        if kept is None or kept[0] is not row:
            shown = "\n".join([sheet.shown(line, column) for column in range(len(sheet.columns))])
            kept = self._kept[line] = (row, f"{shown}\n{shown.replace(THIN, '')}".lower())
        return kept[1]


def _key(sheet: Sheet, line: int, column: int) -> Any:
    value = sheet.value(line, column)
    if isinstance(value, Growth):
        value = value.start
    if isinstance(value, tuple) and value and isinstance(value[0], float):
        value = value[0]
    if isinstance(value, bool | int | float):
        return (0, value, ())
    if value is None or value == "":
        return None
    # Chip 9 before chip 10.
    parts = re.split(r"(\d+)", sheet.shown(line, column).lower())
    return (1, 0, [(int(p), "") if p.isdigit() else (-1, p) for p in parts])
