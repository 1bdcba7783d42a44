"""Formulas of one sheet that are mere arithmetic, worked out again: a saved value may be another than its formula's."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from gigaplan.engine.exchange.sheets import Cell, Mark, numbers_of

LONGEST, DEEPEST = 500, 20
_TOKEN = re.compile(r"\s*([0-9]+\.?[0-9]*(?:[eE][-+]?[0-9]+)?|\.[0-9]+|\$?[A-Z]{1,3}\$?[0-9]{1,7}|[-+*/^%()])")
SAME = 1e-9
"""Values that differ by less, relative to the larger, are one."""


def contradicted(formula: str, saved: Cell, rows: Sequence[Sequence[Cell]]) -> float | None:
    """What a formula gives where that is not the value that was saved with it; None where it is, or cannot be told."""
    value = _number(saved)
    found = worked_out(formula, rows)
    if value is None or found is None or math.isclose(found, value, rel_tol=SAME, abs_tol=1e-300):
        return None
    return found


def worked_out(formula: str, rows: Sequence[Sequence[Cell]]) -> float | None:
    """The number that a formula gives from the saved values of its sheet; None where it is more than arithmetic."""
    if len(formula) > LONGEST:
        return None
    tokens, at = [], 0
    while formula[at:].strip():
        match = _TOKEN.match(formula, at)
        if match is None:
            return None
        tokens.append(match[1])
        at = match.end()
    try:
        found, rest = _sum([*tokens, ""], 0, rows, 0)
        return found if tokens[rest:] == [] and math.isfinite(found) else None
    except (_Untold, ArithmeticError):
        return None


class _Untold(Exception):
    """It is more than arithmetic."""


Found = tuple[float, int]
"""A value, and the token after it."""


def _sum(tokens: list[str], at: int, rows: Sequence[Sequence[Cell]], depth: int) -> Found:
    value, at = _product(tokens, at, rows, depth)
    while tokens[at] in ("+", "-"):
        sign = 1 if tokens[at] == "+" else -1
        other, at = _product(tokens, at + 1, rows, depth)
        value += sign * other
    return value, at


def _product(tokens: list[str], at: int, rows: Sequence[Sequence[Cell]], depth: int) -> Found:
    value, at = _power(tokens, at, rows, depth)
    while tokens[at] in ("*", "/"):
        is_times = tokens[at] == "*"
        other, at = _power(tokens, at + 1, rows, depth)
        value = value * other if is_times else value / other
    return value, at


def _power(tokens: list[str], at: int, rows: Sequence[Sequence[Cell]], depth: int) -> Found:
    value, at = _signed(tokens, at, rows, depth)
    while tokens[at] == "^":  # from left to right, and after a sign: as spreadsheets do, -2^2 is 4
        other, at = _signed(tokens, at + 1, rows, depth)
        found = value**other
        if isinstance(found, complex):
            raise _Untold
        value = found
    return value, at


def _signed(tokens: list[str], at: int, rows: Sequence[Sequence[Cell]], depth: int) -> Found:
    sign = 1.0
    while tokens[at] in ("+", "-"):
        sign = -sign if tokens[at] == "-" else sign
        at += 1
    value, at = _part(tokens, at, rows, depth)
    while tokens[at] == "%":
        value, at = value / 100, at + 1
    return sign * value, at


def _part(tokens: list[str], at: int, rows: Sequence[Sequence[Cell]], depth: int) -> Found:
    token = tokens[at]
    if token == "(" and depth < DEEPEST:
        value, at = _sum(tokens, at + 1, rows, depth + 1)
        if tokens[at] != ")":
            raise _Untold
        return value, at + 1
    if token[:1].isdigit() or token[:1] == ".":
        return float(token), at + 1
    place = numbers_of(token.replace("$", ""))
    if place is None:
        raise _Untold
    row, column = place
    cell = rows[row][column] if row < len(rows) and column < len(rows[row]) else None
    given = 0.0 if cell is None else _number(cell)
    if given is None:
        raise _Untold
    return given, at + 1


def _number(cell: Cell) -> float | None:
    if isinstance(cell, Mark):
        return cell.number if cell.kind == "percent" else None
    return float(cell) if isinstance(cell, bool | int | float) else None
