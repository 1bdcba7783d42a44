"""A smaller program with the same optimum: assignments of work to chips are factored, and chips that are alike pooled.

The coefficients of an assignment `x[w, o, s, t]` are of two kinds: those of the work that it does, which are the same
wherever the chips stand, and those of the place, which are the same for all work that comes as evenly.

- **Pooled.** Rows of capacity that the same assignments may use become one row, their sum. What keeps the sum can be
  shared out over the rows, as none of them ever has less than 0 to give.
- **Factored.** Where each work `a` of a group can be done at each place `b` of it, the assignments `x[a, b]` become
  `y[a] = sum over b of x[a, b]` and `z[b] = sum over a of x[a, b]`, with `sum y = sum z`. Any such y and z are the
  sums of some x, and no row or cost knows more of x than they say.

So each solution of the one program is one of the other, at the same cost; rows have the same duals, those of a pool
that of their sum. Only what is the same to the last bit counts as alike; all else stays as it is.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.linear_program import ColumnBlock, Family, LinearProgram

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Hashes = NDArray[np.uint64]

USES = "uses"
"""The block of assignments, and the first word of those after a loss."""
CAPACITY = ("capacity", "capacity after a loss")
PLACES = frozenset({*CAPACITY, "power", "carbon", "budget", "share", "commitment", "cost"})
"""Families in which an assignment counts by its place; in all others by its work."""
DUST = 1e-13
"""Of what a group does: an overlap below it is rounding."""


@dataclass(frozen=True)
class _Cells:
    """Assignments that differ in nothing but the row of their pool, and how they are factored."""

    uses: Ints
    """[U] the columns that are assignments, block after block."""
    cell: Ints
    """[U] the cell of each."""
    row: Ints
    """[U] its row of capacity."""
    pool: Ints
    """[U] the first row of its pool."""
    first: Ints
    """[cells] the first assignment of each, a place in `uses`."""
    group: Ints
    """[cells] -1 where a cell is not factored."""
    work: Ints
    """[cells] of y, counted over all groups; -1 likewise."""
    place: Ints
    """[cells] of z."""


@dataclass(frozen=True)
class Reduction:
    """A program made smaller, and the way back."""

    whole: LinearProgram
    program: LinearProgram
    """The smaller one: the columns that are no assignments, y, z, and the cells that are not factored."""
    kept: Ints
    """The columns of the whole that are no assignments."""
    row_of: Ints
    """[R of the whole] the row of the smaller one that has its dual."""
    cells: _Cells
    y_start: int
    z_start: int
    plain: Ints
    """[cells] the column of each that is not factored, else -1."""

    def values(self, found: Floats) -> Floats:
        """[C of the whole] a solution, from one of the smaller program."""
        cells = self.cells
        whole = np.zeros(len(self.whole.cost))
        whole[self.kept] = found[: len(self.kept)]
        each = np.where(self.plain >= 0, found[self.plain], 0.0)
        mine = np.flatnonzero(self.plain < 0)
        if len(mine):
            works = np.maximum(found[self.y_start : self.z_start], 0.0)
            places = np.maximum(found[self.z_start : self.z_start + int(cells.place.max()) + 1], 0.0)
            work, place, group = cells.work[mine], cells.place[mine], cells.group[mine]
            each[mine] = _overlap(_stretches(works, work, group), _stretches(places, place, group), work, place)
        whole[cells.uses] = self._over_rows(whole, each)
        return whole

    def _over_rows(self, whole: Floats, each: Floats) -> Floats:
        """[U] what is assigned in each cell, over the rows of its pool."""
        cells = self.cells
        pooled = np.flatnonzero(self._is_pooled[cells.pool])
        found = each[cells.cell]
        if len(pooled):
            room = np.maximum(self.whole.row_upper - self.whole.activity(whole), 0.0)
            cell, row, pool = cells.cell[pooled], cells.row[pooled], cells.pool[pooled]
            by_cell = _stretches(each, cell, pool)
            by_row = _stretches(room, row, pool, endless=True)
            found[pooled] = _overlap(by_cell, by_row, cell, row)
        return found

    @property
    def _is_pooled(self) -> Bools:
        """[R of the whole] whether a pool that begins with this row has another one."""
        many = np.zeros(len(self.row_of), dtype=bool)
        many[self.cells.pool[self.cells.row != self.cells.pool]] = True
        return many

    def reduced_costs(self, row_duals: Floats) -> Floats:
        """[C of the whole]"""
        p = self.whole
        each = p.values * np.repeat(row_duals, np.diff(p.row_start))
        return np.asarray(p.cost - np.bincount(p.columns, each, len(p.cost)))


def _stretches(values: Floats, item: Ints, group: Ints, *, endless: bool = False) -> tuple[Floats, Floats]:
    """[items] where each begins and ends when those of its group are laid end to end; of one that is `endless` the last
    of a group never ends."""
    count = len(values)
    items, first = np.unique(item, return_index=True)
    of = group[first]
    order = np.lexsort((items, of))
    items, of = items[order], of[order]
    ends = np.cumsum(values[items])
    starts_group = np.concatenate([[True], of[1:] != of[:-1]])
    base = np.where(starts_group, ends - values[items], 0.0)
    base = np.maximum.accumulate(np.where(starts_group, base, -np.inf))
    high = ends - base
    low = np.where(starts_group, 0.0, np.concatenate([[0.0], high[:-1]]))
    if endless:
        high = np.where(np.concatenate([starts_group[1:], [True]]), np.inf, high)
    begin, end = np.zeros(count), np.zeros(count)
    begin[items], end[items] = low, high
    return begin, end


def _overlap(a: tuple[Floats, Floats], b: tuple[Floats, Floats], at: Ints, by: Ints) -> Floats:
    """The length that stretch `at` of one line and stretch `by` of another have in common."""
    high = np.minimum(a[1][at], b[1][by])
    common = high - np.maximum(a[0][at], b[0][by])
    return np.where(common > DUST * np.where(np.isfinite(high), high, 0.0), common, 0.0)


def reduced(p: LinearProgram) -> Reduction | None:
    """A program with fewer columns of the same optimum; None where assignments are not what they usually are."""
    blocks = [b for name, b in p.blocks.items() if name.split(" ")[0] == USES and b.size]
    if not blocks:
        return None
    cells = _cells(p, blocks)
    if cells is None:
        return None
    return _smaller(p, blocks, cells)


def _cells(p: LinearProgram, blocks: list[ColumnBlock]) -> _Cells | None:
    """What is alike among the assignments; None where one is in no row of capacity or in several. Those that are
    bounded, as after a loss, are left out."""
    uses = np.concatenate([np.arange(b.start, b.start + b.size) for b in blocks])
    of_block = np.repeat(np.arange(len(blocks)), [b.size for b in blocks]).astype(np.uint64)
    is_free = (p.lower[uses] == 0) & np.isposinf(p.upper[uses])
    uses, of_block = uses[is_free], of_block[is_free]
    if not len(uses):
        return None
    place_of = np.full(len(p.cost), -1, dtype=np.int64)
    place_of[uses] = np.arange(len(uses))
    row_of = np.repeat(np.arange(len(p.row_upper)), np.diff(p.row_start))
    by_place, capacity = np.zeros(len(p.row_upper), dtype=bool), np.zeros(len(p.row_upper), dtype=bool)
    for family in p.families:
        by_place[family.rows] = family.name in PLACES
        capacity[family.rows] = family.name in CAPACITY
    use = place_of[p.columns]
    mine = np.flatnonzero(use >= 0)
    use, rows, values = use[mine], row_of[mine], p.values[mine]
    numbers = _mixed(_bits(values) ^ _mixed(rows.astype(np.uint64)))
    works = _summed(numbers, use, ~by_place[rows], len(uses))
    own = capacity[rows]
    places = _summed(numbers, use, by_place[rows] & ~own, len(uses))
    for part in (_bits(p.cost[uses]), _bits(p.energy[uses]), _bits(p.column_unit[uses]), of_block):
        places = _mixed(places ^ _mixed(part))
    row = np.full(len(uses), -1, dtype=np.int64)
    row[use[own]] = rows[own]
    if (row < 0).any() or (np.bincount(use[own], minlength=len(uses)) != 1).any() or (values[own] != 1).any():
        return None
    pool = _pools(p, row, _mixed(works ^ _mixed(places)))[row]
    place = _mixed(places ^ _mixed(pool.astype(np.uint64)))
    work_id, place_id = _numbers(works), _numbers(place)
    cell = _numbers(work_id * len(uses) + place_id)
    _, first = np.unique(cell, return_index=True)
    group, work, at = _factored(work_id[first], place_id[first])
    return _Cells(uses, cell, row, pool, first, group, work, at)


def _pools(p: LinearProgram, row: Ints, use: Hashes) -> Ints:
    """[R] the first row of the pool of each row of capacity: of those that the same assignments may use."""
    rows = len(p.row_upper)
    first = np.arange(rows)
    key = _summed(_mixed(use), row, np.ones(len(row), dtype=bool), rows)
    here = np.zeros(rows, dtype=bool)
    here[row] = True
    # What a row has to give is never below 0: no column of it takes away but assignments.
    row_of = np.repeat(np.arange(rows), np.diff(p.row_start))
    takes = (p.values > 0) & here[row_of]
    counts = np.bincount(row_of[takes], minlength=rows)
    poolable = here & (counts == np.bincount(row, minlength=rows)) & (p.row_upper >= 0) & np.isneginf(p.row_lower)
    poolable &= np.isfinite(p.row_upper)
    (at,) = np.nonzero(poolable)
    _, begin, which = np.unique(key[at], return_index=True, return_inverse=True)
    first[at] = at[begin[which]]
    return first


def _factored(work: Ints, place: Ints) -> tuple[Ints, Ints, Ints]:
    """[cells] the group of each cell, its y and its z; -1 where it is not factored. Groups are of works that can be
    done at the same places, or of places at which the same works can be done: whichever leaves fewer columns."""
    by_work, by_place = _grouped(work, place), _grouped(place, work)
    if by_work[3] <= by_place[3]:
        return by_work[:3]
    group, at, of, _ = by_place
    return group, of, at


def _grouped(a: Ints, b: Ints) -> tuple[Ints, Ints, Ints, int]:
    """[cells] the group of each, of those `a` that meet the same `b`; its place among all `a` and `b` of groups; and
    how many columns that leaves."""
    kinds, others = int(a.max()) + 1, int(b.max()) + 1
    met = _summed(_mixed(b.astype(np.uint64)), a, np.ones(len(a), dtype=bool), kinds)
    group = _numbers(met)
    many, each = np.bincount(group), np.bincount(a, minlength=kinds)
    is_factored = ((many[group] - 1) * (each - 1) > 2)[a]
    cells = np.flatnonzero(is_factored)
    own, at, of = (np.full(len(a), -1, dtype=np.int64) for _ in range(3))
    if not len(cells):
        return own, at, of, len(a)
    mine = group[a[cells]]
    own[cells] = _numbers(mine)
    at[cells] = _numbers(mine * kinds + a[cells])
    of[cells] = _numbers(mine * others + b[cells])
    return own, at, of, len(a) - len(cells) + int(at.max()) + int(of.max()) + 2


def _smaller(p: LinearProgram, blocks: list[ColumnBlock], cells: _Cells) -> Reduction:
    """The program with the columns and rows that the cells leave."""
    rows = len(p.row_upper)
    is_use = np.zeros(len(p.cost), dtype=bool)
    is_use[cells.uses] = True
    kept = np.flatnonzero(~is_use)
    first_of = cells.uses[cells.first]
    y_first = _firsts(cells.work, first_of)
    z_first = _firsts(cells.place, first_of)
    alone = np.flatnonzero(cells.group < 0)
    y_start, z_start = len(kept), len(kept) + len(y_first)
    plain_start = z_start + len(z_first)
    plain = np.full(len(cells.first), -1, dtype=np.int64)
    plain[alone] = plain_start + np.arange(len(alone))
    columns = np.concatenate([kept, y_first, z_first, first_of[alone]])

    dropped = np.zeros(rows, dtype=bool)
    dropped[cells.row] = cells.row != cells.pool
    own_row = np.full(rows, -1, dtype=np.int64)
    own_row[~dropped] = np.arange(rows - int(dropped.sum()))
    pool = np.arange(rows)
    pool[cells.row] = cells.pool
    row_of = own_row[pool]
    links = int(cells.group.max(initial=-1)) + 1
    row_start, at, values = _entries(p, cells, kept, y_first, z_first, first_of[alone], row_of, own_row, links)

    cost, energy, tie = p.cost[columns], p.energy[columns], p.tie_break[columns]
    ys = slice(y_start, z_start)
    cost[ys] = energy[ys] = 0.0
    upper = np.bincount(row_of, np.where(np.isfinite(p.row_upper), p.row_upper, 0.0), len(own_row[~dropped]))
    still = p.row_upper[~dropped]
    upper = np.where(np.isfinite(still), upper, still)
    unit = _link_units(p, cells, first_of, links)
    program = dataclasses.replace(
        p,
        cost=cost,
        lower=p.lower[columns],
        upper=p.upper[columns],
        integer=p.integer[columns],
        column_unit=p.column_unit[columns],
        row_lower=np.append(p.row_lower[~dropped], np.zeros(links)),
        row_upper=np.append(upper, np.zeros(links)),
        row_unit=np.append(p.row_unit[~dropped], unit),
        row_start=row_start,
        columns=at,
        values=values,
        energy=energy,
        tie_break=tie,
        blocks=_blocks(p, blocks, kept, y_first, z_first, first_of[alone]),
        families=_families(p, dropped, links),
        names=p.names | {"link": tuple(map(str, range(links)))},
    )
    return Reduction(p, program, kept, row_of, cells, y_start, z_start, plain)


def _firsts(which: Ints, first_of: Ints) -> Ints:
    """The first assignment of each y or z."""
    mine = np.flatnonzero(which >= 0)
    _, first = np.unique(which[mine], return_index=True)
    return first_of[mine[first]]


def _link_units(p: LinearProgram, cells: _Cells, first_of: Ints, links: int) -> Floats:
    unit = np.ones(links)
    mine = cells.group >= 0
    unit[cells.group[mine]] = p.column_unit[first_of[mine]]
    return unit


def _entries(
    p: LinearProgram, cells: _Cells, kept: Ints, y_first: Ints, z_first: Ints, plain: Ints,
    row_of: Ints, own_row: Ints, links: int,
) -> tuple[Ints, NDArray[np.int32], Floats]:  # fmt: skip
    """Where rows start, and their columns and values: of y only those of its work, of z only those of its place."""
    rows = len(p.row_upper)
    by_place = np.zeros(rows, dtype=bool)
    for family in p.families:
        by_place[family.rows] = family.name in PLACES
    row_at = np.repeat(np.arange(rows), np.diff(p.row_start))
    side = by_place[row_at]
    found = []
    start = 0
    for chosen, keep in ((kept, None), (y_first, ~side), (z_first, side), (plain, None)):
        column_at = np.full(len(p.cost), -1, dtype=np.int64)
        column_at[chosen] = start + np.arange(len(chosen))
        here = column_at[p.columns] >= 0
        if keep is not None:
            here &= keep
        mine = np.flatnonzero(here)
        found.append((row_of[row_at[mine]], column_at[p.columns[mine]], p.values[mine]))
        start += len(chosen)
    stay = int((own_row >= 0).sum())
    if links:
        group_of_y, group_of_z = np.zeros(len(y_first), np.int64), np.zeros(len(z_first), np.int64)
        factored = cells.group >= 0
        group_of_y[cells.work[factored]] = cells.group[factored]
        group_of_z[cells.place[factored]] = cells.group[factored]
        found.append((stay + group_of_y, len(kept) + np.arange(len(y_first)), np.ones(len(y_first))))
        found.append((stay + group_of_z, len(kept) + len(y_first) + np.arange(len(z_first)), -np.ones(len(z_first))))
    row, column, value = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(row * (len(kept) + len(y_first) + len(z_first) + len(plain)) + column, kind="stable")
    row, column, value = row[order], column[order], value[order]
    new = np.concatenate([[True], (row[1:] != row[:-1]) | (column[1:] != column[:-1])])
    if not new.all():
        at = np.flatnonzero(new)
        row, column, value = row[at], column[at], np.add.reduceat(value, at)
    row_start = np.zeros(stay + links + 1, dtype=np.int64)
    np.cumsum(np.bincount(row, minlength=stay + links), out=row_start[1:])
    return row_start, column.astype(np.int32), value


def _blocks(
    p: LinearProgram, blocks: list[ColumnBlock], kept: Ints, y_first: Ints, z_first: Ints, plain: Ints
) -> dict[str, ColumnBlock]:
    """The blocks of the smaller program; y, z and cells are called by the first assignment of each."""
    stays = np.zeros(len(p.cost) + 1, dtype=np.int64)
    stays[kept + 1] = 1
    before = np.cumsum(stays)
    found = {}
    for name, b in p.blocks.items():
        start, size = int(before[b.start]), int(before[b.start + b.size] - before[b.start])
        stay = stays[b.start + 1 : b.start + b.size + 1] > 0
        found[name] = dataclasses.replace(b, start=start, size=size, index=tuple(axis[stay] for axis in b.index))
    axes = blocks[0].axes
    index = tuple(np.concatenate([b.index[k] for b in blocks]) for k in range(len(axes)))
    start_of = np.full(len(p.cost), -1, dtype=np.int64)
    start_of[np.concatenate([np.arange(b.start, b.start + b.size) for b in blocks])] = np.arange(len(index[0]))
    start = len(kept)
    for name, firsts in (("work", y_first), ("place", z_first), ("cell", plain)):
        at = start_of[firsts]
        found[name] = ColumnBlock(name, start, len(firsts), axes, tuple(axis[at] for axis in index))
        start += len(firsts)
    return found


def _families(p: LinearProgram, dropped: Bools, links: int) -> tuple[Family, ...]:
    found, start = [], 0
    for family in p.families:
        stays = ~dropped[family.rows]
        size = int(stays.sum())
        index = family.index if size == family.size else tuple(axis[stays] for axis in family.index)
        found.append(dataclasses.replace(family, start=start, size=size, index=index))
        start += size
    if links:
        found.append(Family("link", start, links, ("link",), (np.arange(links),)))
    return tuple(found)


def _numbers(keys: NDArray[Any]) -> Ints:
    """The keys as numbers from 0, in the order in which they first occur: the same from edit to edit, so that a basis
    can be carried on."""
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[which]


def _bits(values: Floats) -> Hashes:
    return np.ascontiguousarray(values + 0.0).view(np.uint64)


def _mixed(x: Hashes) -> Hashes:
    """Numbers that look like chance, the same ones for the same (Steele, Lea and Flood, 2014: SplitMix64)."""
    with np.errstate(over="ignore"):
        x = x + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def _summed(numbers: Hashes, at: Ints, which: Bools, count: int) -> Hashes:
    """[count] the sum of the numbers at each place, which is the same in any order."""
    numbers, at = numbers[which], at[which]
    low = np.bincount(at, (numbers & np.uint64(0xFFFFFFFF)).astype(float), count)
    high = np.bincount(at, (numbers >> np.uint64(32)).astype(float), count)
    many = np.bincount(at, minlength=count).astype(np.uint64)
    return _mixed(_mixed(low.astype(np.uint64)) ^ (high.astype(np.uint64) << np.uint64(20)) ^ many)
