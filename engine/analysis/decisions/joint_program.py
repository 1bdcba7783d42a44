"""One program over all worlds: here-and-now columns that they share, recourse of each world's own, and the CVaR.

    minimise (1 - lambda) * sum_w p_w * cost_w + lambda * CVaR_alpha(cost)

with CVaR as a linear program (Rockafellar and Uryasev, 2000): eta + sum_w p_w * s_w / (1 - alpha), where s_w >= 0 and
s_w >= cost_w - eta. cost_w is the objective of the planning model in world w.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from gigaplan.engine.analysis.decisions.worlds import OWN, Name, WorldProgram
from gigaplan.engine.optimization.linear_program import ColumnBlock, Family, LinearProgram

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Risk(Struct, frozen=True):
    """How much the worst cases count: lambda of the objective is the CVaR of its worst 1 - alpha."""

    share: float = 0.0
    """lambda, 0 to 1."""
    alpha: float = 0.95
    """0 to below 1."""


@dataclass(frozen=True)
class Shared:
    """The columns of all worlds that are `decided_together`, [S] each, and their bounds over all of them.

    One that a world does not have, such as a delivery of a vendor who is late in it, is 0 in all; one that is of a
    world of its own keeps the bounds that it has there.
    """

    names: tuple[Name, ...]
    lower: Floats
    upper: Floats
    unit: Floats
    integer: NDArray[np.bool_]

    def held(self, hold: Floats) -> Shared:
        """With its integer columns at these values."""
        lower, upper = self.lower.copy(), self.upper.copy()
        lower[self.integer] = upper[self.integer] = hold
        return replace(self, lower=lower, upper=upper)

    def places(self, world: WorldProgram, months: float) -> tuple[Ints, Ints]:
        """The columns of a world that are shared, and which of the shared ones each of them is."""
        at = {name: k for k, name in enumerate(self.names)}
        own, names = world.decided_together(months)
        return own, np.array([at[name] for name in names], dtype=np.int64)


def shared_by(worlds: Sequence[WorldProgram], months: float) -> Shared:
    """What is decided `months` after the plan's start, over all worlds."""
    found = [world.decided_together(months) for world in worlds]
    names = tuple(dict.fromkeys(name for _, some in found for name in some))
    at = {name: k for k, name in enumerate(names)}
    size = len(names)
    lower, upper, unit = np.full(size, -np.inf), np.full(size, np.inf), np.ones(size)
    integer, count = np.zeros(size, dtype=bool), np.zeros(size, dtype=int)
    for world, (own, some) in zip(worlds, found, strict=True):
        p, place = world.program, np.array([at[name] for name in some], dtype=np.int64)
        lower[place] = np.maximum(lower[place], p.lower[own])
        upper[place] = np.minimum(upper[place], p.upper[own])
        unit[place] = np.where(count[place] == 0, p.column_unit[own], unit[place])
        integer[place] |= p.integer[own]
        count[place] += 1
    upper[(count < len(worlds)) & ~np.array([name[0] == OWN for name in names], dtype=bool)] = 0.0
    return Shared(names, lower, upper, unit, integer)


@dataclass(frozen=True)
class Joint:
    """One program over all worlds: shared columns first, then each world's own, then those of the CVaR."""

    program: LinearProgram
    places: tuple[Ints, ...]
    """Per world, [C of its program] the column of the joint program that stands for each of its columns."""
    shared: tuple[Name, ...]
    """What the first columns of the joint program stand for."""


def joint(
    worlds: Sequence[WorldProgram],
    months: float,
    risk: Risk | None = None,
    money: float = 1.0,
    *,
    shared: Shared | None = None,
    linked: bool = False,
) -> Joint:
    """The two-stage program. `months` is the decision date, from the plan's start; `money` a typical cost, USD.

    `shared` is what more worlds than these share. With `linked` each world has shared columns of its own, those of the
    first world first, and the last rows say that they are the same as those of the world before.
    """
    shared = shared or shared_by(worlds, months)
    risk = risk or Risk()
    size = len(shared.names)
    copies = len(worlds) if linked else 1
    places, end = [], copies * size
    for k, world in enumerate(worlds):
        own, which = shared.places(world, months)
        place = np.full(len(world.program.cost), -1, dtype=np.int64)
        place[own] = which + (k * size if linked else 0)
        rest = np.flatnonzero(place < 0)
        place[rest] = np.arange(end, end + len(rest))
        end += len(rest)
        places.append(place)
    columns = _Columns(end, risk, worlds, money)
    for world, place in zip(worlds, places, strict=True):
        columns.take(world, place)
    for k in range(copies):
        mine = slice(k * size, (k + 1) * size)
        columns.lower[mine], columns.upper[mine], columns.unit[mine] = shared.lower, shared.upper, shared.unit
        columns.integer[mine] = shared.integer
    first = np.arange((copies - 1) * size)
    links = np.stack([first, first + size], axis=1), np.tile(shared.unit, copies - 1)
    return Joint(columns.program(worlds, places, links), tuple(places), shared.names)


class _Columns:
    """The columns of a joint program, world by world."""

    def __init__(self, size: int, risk: Risk, worlds: Sequence[WorldProgram], money: float) -> None:
        self.risk, self.first_extra = risk, size
        self.money = 10.0 ** round(math.log10(max(abs(money), 1.0)))
        extra = 1 + len(worlds) if risk.share > 0 else 0
        self.cost = np.zeros(size + extra)
        self.lower, self.upper = np.zeros(size + extra), np.full(size + extra, np.inf)
        self.unit = np.ones(size + extra)
        self.integer = np.zeros(size + extra, dtype=bool)
        if extra:
            self.unit[size:] = self.money
            self.lower[size] = -np.inf
            self.cost[size] = risk.share
            self.cost[size + 1 :] = [risk.share * w.world.weight / (1 - risk.alpha) for w in worlds]
        self.constant = 0.0

    def take(self, world: WorldProgram, place: Ints) -> None:
        """Adds the costs of a world's columns, and takes the bounds of those that are its own."""
        p, weight = world.program, (1 - self.risk.share) * world.world.weight
        np.add.at(self.cost, place, weight * p.cost)
        self.lower[place], self.upper[place], self.unit[place] = p.lower, p.upper, p.column_unit
        self.integer[place] |= p.integer
        self.constant += weight * p.constant

    def program(
        self, worlds: Sequence[WorldProgram], places: Sequence[Ints], links: tuple[Ints, Floats]
    ) -> LinearProgram:
        """The joint program: its rows are those of all worlds; with a CVaR, one for each world's cost; and links [n, 2]
        of columns that are the same, with their units."""
        parts = [w.program for w in worlds]
        columns = [place[p.columns] for p, place in zip(parts, places, strict=True)]
        values = [p.values for p in parts]
        sizes = [np.diff(p.row_start) for p in parts]
        row_lower, row_upper = [p.row_lower for p in parts], [p.row_upper for p in parts]
        row_unit = [p.row_unit for p in parts]
        if self.risk.share > 0:
            eta = self.first_extra
            for k, (p, place) in enumerate(zip(parts, places, strict=True)):
                priced = np.flatnonzero(p.cost)
                columns.append(np.concatenate([place[priced], [eta, eta + 1 + k]]))
                values.append(np.concatenate([-p.cost[priced], [1.0, 1.0]]))
                sizes.append(np.array([len(priced) + 2]))
                row_lower.append(np.array([p.constant]))
                row_upper.append(np.array([np.inf]))
                row_unit.append(np.array([self.money]))
        pairs, unit = links
        columns.append(pairs.ravel())
        values.append(np.tile([1.0, -1.0], len(unit)))
        sizes.append(np.full(len(unit), 2))
        row_lower.append(np.zeros(len(unit)))
        row_upper.append(np.zeros(len(unit)))
        row_unit.append(unit)
        start = np.concatenate([[0], np.cumsum(np.concatenate(sizes))]).astype(np.int64)
        return replace(
            parts[0],
            cost=self.cost,
            lower=self.lower,
            upper=self.upper,
            integer=self.integer,
            column_unit=self.unit,
            row_lower=np.concatenate(row_lower),
            row_upper=np.concatenate(row_upper),
            row_unit=np.concatenate(row_unit),
            row_start=start,
            columns=np.concatenate(columns).astype(np.int32),
            values=np.concatenate(values),
            constant=self.constant,
            blocks={"column": ColumnBlock("column", 0, len(self.cost), ("column",), (np.arange(len(self.cost)),))},
            families=(Family("row", 0, len(start) - 1, ("row",), (np.arange(len(start) - 1),)),),
            energy=np.zeros(len(self.cost)),
            tie_break=np.zeros(len(self.cost)),
            names={"column": tuple(map(str, range(len(self.cost)))), "row": tuple(map(str, range(len(start) - 1)))},
        )
