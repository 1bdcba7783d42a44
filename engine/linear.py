"""A linear program as arrays, put together block by block and family by family.

A block is a set of columns of one kind (chips delivered), a family a set of rows of one kind (site power).
Each carries a unit: the solver sees value / unit, so that its numbers lie near one.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LARGEST = 1e15
"""No cost or coefficient may be larger: beyond it, sums lose the dollars that they are about."""


@dataclass(frozen=True)
class Block:
    """Columns of one kind: where they start, and what each stands for."""

    name: str
    start: int
    size: int
    axes: tuple[str, ...]
    """What each axis counts: pair and period for a delivery. `LinearProgram.names` has the names."""
    index: tuple[Ints, ...]
    """One array per axis, [size]."""

    @property
    def columns(self) -> slice:
        """Their place among all columns."""
        return slice(self.start, self.start + self.size)


@dataclass(frozen=True)
class Family:
    """Rows of one kind: where they start, and what each stands for."""

    name: str
    start: int
    size: int
    axes: tuple[str, ...]
    index: tuple[Ints, ...]
    label: str = ""
    """The id of the policy that it belongs to, where it is one."""
    member: str = ""
    """The vendor, site ... that a policy's rows are about."""

    @property
    def rows(self) -> slice:
        """Their place among all rows."""
        return slice(self.start, self.start + self.size)


@dataclass(frozen=True)
class LinearProgram:
    """Minimise cost @ x + constant; row_lower <= A x <= row_upper; lower <= x <= upper. A is stored by rows."""

    cost: Floats
    lower: Floats
    upper: Floats
    integer: Bools
    column_unit: Floats
    row_lower: Floats
    row_upper: Floats
    row_unit: Floats
    row_start: Ints
    """[R + 1] where each row starts in `columns` and `values`."""
    columns: Ints
    values: Floats
    constant: float
    cost_unit: float
    blocks: dict[str, Block]
    families: tuple[Family, ...]
    tie_break: Floats
    """[C] added to the scaled costs that the solver sees, never to the objective: among plans that cost the same,
    it always takes the same one."""
    names: dict[str, tuple[str, ...]]
    """What the entries of each axis are called, the same from plan to plan: `offer|site`, `2027-01` ..."""

    def activity(self, x: Floats) -> Floats:
        """A @ x, [R], in the rows' own units."""
        products = np.append(self.values * x[self.columns], 0.0)
        sums = np.add.reduceat(products, self.row_start[:-1]) if len(self.row_upper) else np.zeros(0)
        return np.where(np.diff(self.row_start) > 0, sums, 0.0)


@dataclass
class Assembler:
    """Collects blocks and families; `finish` gives the program."""

    cost: list[Floats] = field(default_factory=list)
    lower: list[Floats] = field(default_factory=list)
    upper: list[Floats] = field(default_factory=list)
    integer: list[Bools] = field(default_factory=list)
    column_unit: list[Floats] = field(default_factory=list)
    row_lower: list[Floats] = field(default_factory=list)
    row_upper: list[Floats] = field(default_factory=list)
    row_unit: list[Floats] = field(default_factory=list)
    entries: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)
    blocks: dict[str, Block] = field(default_factory=dict)
    families: list[Family] = field(default_factory=list)
    column_count: int = 0
    row_count: int = 0

    def add_block(
        self,
        name: str,
        axes: tuple[str, ...],
        index: tuple[Ints, ...],
        cost: Floats,
        *,
        lower: Floats | float = 0.0,
        upper: Floats | float = np.inf,
        unit: Floats | float = 1.0,
        integer: bool = False,
    ) -> Block:
        """Adds columns, one per entry of `index`."""
        size = len(index[0])
        block = Block(name, self.column_count, size, axes, index)
        self.cost.append(np.broadcast_to(cost, size))
        self.lower.append(np.broadcast_to(lower, size))
        self.upper.append(np.broadcast_to(upper, size))
        self.column_unit.append(np.broadcast_to(unit, size))
        self.integer.append(np.full(size, integer))
        self.blocks[name] = block
        self.column_count += size
        return block

    def add_family(
        self,
        name: str,
        axes: tuple[str, ...],
        index: tuple[Ints, ...],
        entries: list[tuple[Ints, Ints, Floats]],
        *,
        lower: Floats | float = -np.inf,
        upper: Floats | float = np.inf,
        unit: Floats | float = 1.0,
        label: str = "",
        member: str = "",
    ) -> Family:
        """Adds rows, one per entry of `index`; each of `entries` is (row within the family, column, value)."""
        size = len(index[0])
        family = Family(name, self.row_count, size, axes, index, label, member)
        self.row_lower.append(np.broadcast_to(lower, size))
        self.row_upper.append(np.broadcast_to(upper, size))
        self.row_unit.append(np.broadcast_to(unit, size))
        self.entries += [
            (row + self.row_count, column, np.broadcast_to(value, len(row))) for row, column, value in entries
        ]
        self.families.append(family)
        self.row_count += size
        return family

    def finish(self, *, constant: float, cost_unit: float, names: dict[str, tuple[str, ...]]) -> LinearProgram:
        """The program; entries at the same place add up, zeros are left out."""
        rows, columns, values = (
            (np.concatenate(part) for part in zip(*self.entries, strict=True))
            if self.entries
            else (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
        )
        keep = values != 0
        rows, columns, values = _summed(rows[keep], columns[keep], values[keep], self.column_count)
        row_start = np.zeros(self.row_count + 1, dtype=np.int64)
        np.cumsum(np.bincount(rows, minlength=self.row_count), out=row_start[1:])
        return LinearProgram(
            cost=_joined(self.cost),
            lower=_joined(self.lower),
            upper=_joined(self.upper),
            integer=np.concatenate(self.integer) if self.integer else np.zeros(0, dtype=bool),
            column_unit=_joined(self.column_unit),
            row_lower=_joined(self.row_lower),
            row_upper=_joined(self.row_upper),
            row_unit=_joined(self.row_unit),
            row_start=row_start,
            columns=columns,
            values=values,
            constant=constant,
            cost_unit=cost_unit,
            blocks=self.blocks,
            families=tuple(self.families),
            tie_break=_tie_break(self.blocks, names, self.column_count),
            names=names,
        )


TIED = ("deliveries", "uses", "unmet", "unmet_flexible")
TIE_BREAK = 1e-7
"""The largest addition to a cost of about one: what it can cost is below what anybody would call a difference."""
GOLDEN = 0.6180339887498949


def _tie_break(blocks: dict[str, Block], names: dict[str, tuple[str, ...]], size: int) -> Floats:
    """Small different costs for columns that may tie, told by their names alone, so that they survive any edit."""
    found = np.zeros(size)
    for block in blocks.values():
        if block.name in TIED:
            key = np.zeros(block.size)
            for axis, index in zip(block.axes, block.index, strict=True):
                place = np.array([zlib.crc32(name.encode()) for name in names[axis]], dtype=float)
                key = key * math.e + place[index] * GOLDEN
            found[block.columns] = TIE_BREAK * (key % 1.0)
    return found


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)


def _summed(rows: Ints, columns: Ints, values: Floats, width: int) -> tuple[Ints, Ints, Floats]:
    """The entries in row order, with those at the same place added up."""
    key = rows * max(width, 1) + columns
    order = np.argsort(key, kind="stable")
    key, rows, columns, values = key[order], rows[order], columns[order], values[order]
    again = key[1:] == key[:-1]
    if again.any():
        first = np.flatnonzero(np.concatenate([[True], ~again]))
        rows, columns, values = rows[first], columns[first], np.add.reduceat(values, first)
    return rows, columns, values
