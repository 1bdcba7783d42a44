"""A linear program as arrays, put together block by block and family by family.

A block is a set of columns of one kind (chips delivered), a family a set of rows of one kind (site power).
Each carries a unit: the solver sees value / unit, so that its numbers lie near one.
"""

from __future__ import annotations

import dataclasses
import functools
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypedDict

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Columns = NDArray[np.int32]
Bools = NDArray[np.bool_]
Index = NDArray[np.integer[Any]]
Entries = tuple[Index, Index, Floats]
"""Entries of a matrix: row, column and value of each."""

LARGEST = 1e15
"""No cost or coefficient may be larger: beyond it, sums lose the dollars that they are about."""


@dataclass(frozen=True)
class ColumnBlock:
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
    columns: Columns
    values: Floats
    constant: float
    cost_unit: float
    blocks: dict[str, ColumnBlock]
    families: tuple[Family, ...]
    energy: Floats
    """[C] facility energy of a unit of each column, of the largest: of plans that cost the same, that of least energy
    is taken."""
    tie_break: Floats
    """[C] what is least, in the program's own units, of the plan that is taken among those that cost the same and draw
    the same energy: always the same one."""
    names: dict[str, tuple[str, ...]]
    """What the entries of each axis are called, the same from plan to plan: `offer|site`, `2027-01` ..."""

    def activity(self, x: Floats) -> Floats:
        """A @ x, [R], in the rows' own units."""
        products = np.append(self.values * x[self.columns], 0.0)
        sums = np.add.reduceat(products, self.row_start[:-1]) if len(self.row_upper) else np.zeros(0)
        return np.where(np.diff(self.row_start) > 0, sums, 0.0)


class Ceiling(NamedTuple):
    """A row: the sum of values times columns is at most `upper`."""

    columns: Index
    values: Floats
    upper: float
    unit: float


def with_rows(p: LinearProgram, rows: Sequence[Ceiling]) -> LinearProgram:
    """The program with rows more."""
    if not rows:
        return p
    sizes = np.cumsum([len(row.columns) for row in rows])
    name = f"ceiling {len(p.families)}"
    family = Family(name, len(p.row_upper), len(rows), (name,), (np.arange(len(rows)),))
    return replace(
        p,
        row_lower=np.append(p.row_lower, np.full(len(rows), -np.inf)),
        row_upper=np.append(p.row_upper, [row.upper for row in rows]),
        row_unit=np.append(p.row_unit, [row.unit for row in rows]),
        row_start=np.append(p.row_start, p.row_start[-1] + sizes),
        columns=np.concatenate([p.columns, *(row.columns.astype(np.int32) for row in rows)]),
        values=np.concatenate([p.values, *(row.values for row in rows)]),
        families=(*p.families, family),
        names=p.names | {family.name: tuple(map(str, range(len(rows))))},
    )


class About(TypedDict, total=False):
    """What is said of a family of rows besides its entries: see `Assembler.add_family`."""

    lower: Floats | float
    upper: Floats | float
    unit: Floats | float
    label: str
    member: str


@dataclass
class Assembler:
    """Collects blocks and families; `finish` gives the program."""

    cost: list[Floats] = field(default_factory=list)
    energy: list[Floats] = field(default_factory=list)
    lower: list[Floats] = field(default_factory=list)
    upper: list[Floats] = field(default_factory=list)
    integer: list[Bools] = field(default_factory=list)
    column_unit: list[Floats] = field(default_factory=list)
    row_lower: list[Floats] = field(default_factory=list)
    row_upper: list[Floats] = field(default_factory=list)
    row_unit: list[Floats] = field(default_factory=list)
    row_sizes: list[Ints] = field(default_factory=list)
    columns: Columns = field(default_factory=lambda: np.zeros(0, np.int32))
    values: Floats = field(default_factory=lambda: np.zeros(0))
    """The entries, row after row, and room for more: memory that is used for the first time costs more than the sum."""
    entry_count: int = 0
    blocks: dict[str, ColumnBlock] = field(default_factory=dict)
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
        integer: Bools | bool = False,
        energy: Floats | float = 0.0,
    ) -> ColumnBlock:
        """Adds columns, one per entry of `index`; of plans of the same cost, that of least `energy` is taken."""
        size = len(index[0])
        block = ColumnBlock(name, self.column_count, size, axes, index)
        self.cost.append(cost)
        self.energy.append(_each(energy, size))
        self.lower.append(_each(lower, size))
        self.upper.append(_each(upper, size))
        self.column_unit.append(_each(unit, size))
        self.integer.append(integer if isinstance(integer, np.ndarray) else np.full(size, integer))
        self.blocks[name] = block
        self.column_count += size
        return block

    def add_family(
        self,
        name: str,
        axes: tuple[str, ...],
        index: tuple[Ints, ...],
        entries: Sequence[Entries],
        *,
        lower: Floats | float = -np.inf,
        upper: Floats | float = np.inf,
        unit: Floats | float = 1.0,
        label: str = "",
        member: str = "",
    ) -> Family:
        """Adds rows, one per entry of `index`. The rows of `entries` are counted within the family, and no two of
        them may be at the same place: `merged` sees to that where they could be."""
        size = len(index[0])
        family = Family(name, self.row_count, size, axes, index, label, member)
        self.row_lower.append(_each(lower, size))
        self.row_upper.append(_each(upper, size))
        self.row_unit.append(_each(unit, size))
        self._add_entries(entries, size)
        self.families.append(family)
        self.row_count += size
        return family

    def _add_entries(self, entries: Sequence[Entries], size: int) -> None:
        """Adds the entries of `size` rows, row after row; zeros are left out."""
        # numpy sorts numbers of 8 or 16 bits by counting them, many times faster than longer ones.
        short = np.uint8 if size <= 1 << 8 else np.uint16 if size <= 1 << 16 else np.int64
        rows, columns, values = (
            np.concatenate([entry[k] for entry in entries] or [np.zeros(0)], dtype=dtype, casting="unsafe")
            for k, dtype in enumerate((short, np.int32, np.float64))
        )
        if not values.all():
            keep = values != 0
            rows, columns, values = rows[keep], columns[keep], values[keep]
        order = np.argsort(rows, kind="stable")
        first, last = self.entry_count, self.entry_count + len(rows)
        if last > len(self.values):
            room = max(2 * last, 8 * self.column_count)
            self.columns, self.values = (_extended(a, first, room) for a in (self.columns, self.values))
        columns.take(order, out=self.columns[first:last], mode="clip")
        values.take(order, out=self.values[first:last], mode="clip")
        self.row_sizes.append(np.bincount(rows, minlength=size))
        self.entry_count = last

    def finish(self, *, constant: float, cost_unit: float, names: dict[str, tuple[str, ...]]) -> LinearProgram:
        """The program."""
        energy = _of_largest(_joined(self.energy) * _joined(self.column_unit))
        row_start = np.zeros(self.row_count + 1, dtype=np.int64)
        if self.row_sizes:
            np.cumsum(np.concatenate(self.row_sizes), out=row_start[1:])
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
            columns=self.columns[: self.entry_count],
            values=self.values[: self.entry_count],
            constant=constant,
            cost_unit=cost_unit,
            blocks=self.blocks,
            families=tuple(self.families),
            energy=energy,
            tie_break=_tie_break(self.blocks, names, self.column_count),
            names=names,
        )


def no_dearer(program: LinearProgram, most: float, goal: Floats) -> LinearProgram:
    """The program in which `goal` [C], per unit of each column, is to be least, and the objective is no more than
    `most`: one row more."""
    priced = np.flatnonzero(program.cost)
    cap = Family("cost", len(program.row_upper), 1, ("period",), (np.zeros(1, dtype=np.int64),))
    unit = program.cost_unit
    return dataclasses.replace(
        program,
        cost=goal,
        constant=0.0,
        cost_unit=float(np.abs(goal * program.column_unit).max(initial=0.0)) / 10 or 1.0,
        tie_break=np.zeros(len(goal)),
        lower=program.lower.copy(),
        upper=program.upper.copy(),
        row_lower=np.append(program.row_lower, -np.inf),
        row_upper=np.append(program.row_upper, most - program.constant),
        row_unit=np.append(program.row_unit, unit),
        row_start=np.append(program.row_start, len(program.values) + len(priced)),
        columns=np.append(program.columns, priced.astype(np.int32)),
        values=np.append(program.values, program.cost[priced]),
        families=(*program.families, cap),
    )


TIED = ("deliveries", "running", "uses", "bought", "unmet", "unmet_flexible", "unmet_deferrable", "waiting")
GOLDEN = 0.6180339887498949
SPREAD = 997.0
"""Makes numbers that differ a little differ in all their digits behind the point."""


def _tie_break(blocks: dict[str, ColumnBlock], names: dict[str, tuple[str, ...]], columns: int) -> Floats:
    """A number from 0 to 1 for each column that may tie, told by its names alone, so that it survives any edit."""
    found = np.zeros(columns)
    for block in blocks.values():
        if block.name in TIED:
            # A product, not a sum: two columns and their periods swapped would tie again.
            key = np.full(block.size, SPREAD)
            for axis, index in zip(block.axes, block.index, strict=True):
                key *= 1 + _places(names[axis])[index]
            key -= np.floor(key)
            found[block.columns] = key
    return found


@functools.lru_cache(maxsize=16)
def _places(names: tuple[str, ...]) -> Floats:
    """A number from 0 to 1 for each name, the same in every plan; kept, as an edit of figures leaves names alone."""
    found = np.fromiter(map(zlib.crc32, map(str.encode, names)), float, len(names)) * GOLDEN
    return np.asarray(found - np.floor(found))


def _of_largest(values: Floats) -> Floats:
    largest = float(np.abs(values).max(initial=0.0))
    return values / largest if largest > 0 else values


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)


def _each(value: Floats | float, size: int) -> Floats:
    return value if isinstance(value, np.ndarray) else np.full(size, value)


def _extended(array: Any, size: int, room: int) -> Any:
    longer = np.empty(room, array.dtype)
    longer[:size] = array[:size]
    return longer


def numbered(there: Bools) -> Columns:
    """The places that there are, numbered in order; -1 where there is none."""
    table = np.full(there.shape, -1, dtype=np.int32)
    table[there] = np.arange(np.count_nonzero(there), dtype=np.int32)
    return table


def merged(entries: Entries) -> Entries:
    """Entries of which those in a row that are at the same place are added up."""
    row, column, value = entries
    if not len(row):
        return entries
    first = np.flatnonzero(np.concatenate([[True], (row[1:] != row[:-1]) | (column[1:] != column[:-1])]))
    return row[first], column[first], np.add.reduceat(value, first)
