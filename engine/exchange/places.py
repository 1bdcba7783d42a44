"""Where in the sheets of a workbook each part of a plan stands, so that a problem can name its cell."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import msgspec

from gigaplan.engine.exchange.sheets import place
from gigaplan.engine.plan.decode import MAX_PROBLEMS
from gigaplan.engine.plan.fields import fields
from gigaplan.engine.plan.problems import Message, Problem
from gigaplan.engine.plan.schema import Settings

_PATH = re.compile(r"(\w+)(?:\[(\d+)\])?(?:\.(\w+))?(?:\[(\d+)\])?(?:\.(\w+))?")


@dataclass
class Places:
    """Where in the sheets each part of a plan stands, and the problems found so far."""

    problems: list[Problem] = field(default_factory=list)
    _lines: dict[tuple[str, int, int], int] = field(default_factory=dict)
    """(sheet, position of the row, position in what hangs on it) -> line."""
    _columns: dict[tuple[str, str], int] = field(default_factory=dict)
    """(sheet, field) -> column."""
    _names: dict[str, str] = field(default_factory=dict)
    """How a sheet writes its own name."""

    def add(self, path: str, message: Message) -> None:
        """Notes a problem."""
        if len(self.problems) <= MAX_PROBLEMS:
            self.problems.append(Problem(severity="error", path=path, message=message))

    def column(self, sheet: str, name: str, column: int) -> None:
        """Notes which column a field has."""
        self._columns[sheet, name] = column

    def line(self, sheet: str, own_name: str, line: int, row: int, member: int = 0) -> None:
        """Notes which line a row has, or a member of what hangs on a row."""
        self._lines[sheet, row, member] = line
        self._names[sheet] = own_name

    def located(self, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
        """The same problems, each at its cell where it has one."""
        return tuple(msgspec.structs.replace(p, path=self._cell(p.path)) for p in problems)

    def _cell(self, path: str) -> str:
        found = _PATH.match(path)
        if found is None:
            return path
        table, row, name, member, inner = found.groups()
        sheet, index, position = table, int(row or 0), 0
        if table == "plan" and name and (f"{table}.{name}", 0, int(member or 0)) in self._lines:
            sheet, position, name = f"{table}.{name}", int(member or 0), inner
        elif table == "plan" and name:
            index, name = next((k for k, f in enumerate(fields(Settings)) if f.name == name), -1), "value"
        elif member is not None and (f"{table}.{name}", index, int(member)) in self._lines:
            sheet, position, name = f"{table}.{name}", int(member), inner
        elif name and inner and (sheet, f"{name}.{inner}") in self._columns:
            name = f"{name}.{inner}"
        line = self._lines.get((sheet, index, position))
        if line is None:
            return path
        own = self._names[sheet]
        column = self._columns.get((sheet, name or ""))
        field_name = found[3] if table == "plan" else name
        where = place(line, column) if column is not None else f"line {line + 1}"
        return f"{own}!{where} ({field_name})" if field_name else f"{own}!{where}"
