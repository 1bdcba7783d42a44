"""Carrying a basis from one program to the next, also where columns or rows have come or gone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.linear_program import ColumnBlock, Family, LinearProgram

Ints = NDArray[np.int64]


def same_structure(old: LinearProgram, new: LinearProgram) -> bool:
    """Whether each column and row of the two programs stands for the same thing, in the same order."""
    if old.names != new.names or len(old.families) != len(new.families) or old.blocks.keys() != new.blocks.keys():
        return False
    return all(_alike(old.blocks[name], block) for name, block in new.blocks.items()) and all(
        _alike(a, b) and (a.label, a.member) == (b.label, b.member)
        for a, b in zip(old.families, new.families, strict=True)
    )


def _alike(a: ColumnBlock | Family, b: ColumnBlock | Family) -> bool:
    return (
        a.name == b.name
        and a.size == b.size
        and a.axes == b.axes
        and all(np.array_equal(x, y) for x, y in zip(a.index, b.index, strict=True))
    )


def columns_from(old: LinearProgram, new: LinearProgram) -> Ints:
    """For each column of `new`, the column of `old` that stands for the same thing, or -1."""
    found = np.full(len(new.cost), -1, dtype=np.int64)
    for name, block in new.blocks.items():
        if name in old.blocks:
            found[block.columns] = _positions(old, old.blocks[name], new, block)
    return found


def rows_from(old: LinearProgram, new: LinearProgram) -> Ints:
    """For each row of `new`, the row of `old` that stands for the same thing, or -1."""
    found = np.full(len(new.row_upper), -1, dtype=np.int64)
    known = {_key(old, family): family for family in old.families}
    for family in new.families:
        before = known.get(_key(new, family))
        if before is not None:
            found[family.rows] = _positions(old, before, new, family)
    return found


FEW_AXES = ("port", "agreement", "workload")
"""Axes of which a family may be about one entry alone: families of one name are told apart by it."""


def _key(program: LinearProgram, family: Family) -> tuple[str, ...]:
    """What tells the families of a program apart, the same from plan to plan."""
    one_of_many = family.size > 0 and family.axes[0] in FEW_AXES and bool((family.index[0] == family.index[0][0]).all())
    about = program.names[family.axes[0]][int(family.index[0][0])] if one_of_many else ""
    return family.name, family.label, family.member, about, *family.axes


def _positions(
    old: LinearProgram, before: ColumnBlock | Family, new: LinearProgram, after: ColumnBlock | Family
) -> Ints:
    """For each entry of `after`, the place among all columns or rows of the same entry of `before`, or -1."""
    if before.axes != after.axes or not before.size or not after.size:
        return np.full(after.size, -1, dtype=np.int64)
    width = 1
    old_key, new_key = np.zeros(before.size, dtype=np.int64), np.zeros(after.size, dtype=np.int64)
    known = np.ones(after.size, dtype=bool)
    for axis, old_index, new_index in zip(before.axes, before.index, after.index, strict=True):
        place = {name: k for k, name in enumerate(old.names[axis])}
        where = np.array([place.get(name, -1) for name in new.names[axis]], dtype=np.int64)[new_index]
        known &= where >= 0
        old_key += old_index * width
        new_key += where * width
        width *= max(1, len(place))
    order = np.argsort(old_key)
    at = np.minimum(np.searchsorted(old_key[order], new_key), before.size - 1)
    found = order[at]
    return np.where(known & (old_key[found] == new_key), found + before.start, -1)
