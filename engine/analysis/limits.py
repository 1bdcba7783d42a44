"""Every limit of a plan, in the order of the written model (section N), and the rows that one unit more of it moves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from msgspec.structs import replace as with_other
from numpy.typing import NDArray

from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.linear_program import Family, LinearProgram
from gigaplan.engine.optimization.moved_limits import LimitMove, together
from gigaplan.engine.optimization.policies import POLICY_KINDS
from gigaplan.engine.optimization.policies.members import members
from gigaplan.engine.optimization.warm_start import rows_from
from gigaplan.engine.plan.fields import Growth, Series, mapped
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Policy
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.results.allocation import Allocation
from gigaplan.engine.results.result import Result

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Key = tuple[str, str, str, int | str]
"""Kind, id, member and period of a limit."""
WHOLE = "*"

FLOORS = frozenset({"commitment", *(kind.name for kind in POLICY_KINDS.values() if kind.is_floor)})
"""Kinds that ask for at least so much: one more unit, in the sense of N, is one that they ask for less."""
POINTS = frozenset(kind.name for kind in POLICY_KINDS.values() if kind.is_fraction)
"""Kinds whose unit is a percentage point."""

FIELDS = {
    "power": ("sites", "power_mw", "MW"),
    "supply": ("offers", "supply_chips_per_month", "chips"),
    **{
        kind.name: ("policies", "limit", kind.worth_unit)
        for kind in sorted(POLICY_KINDS.values(), key=lambda kind: not kind.is_yearly)
    },
    "commitment": ("agreements", "commit_usd_per_year", "USD"),
}
"""The table and field of each kind of limit, and its unit; in the order in which limits are told."""


@dataclass(frozen=True)
class LimitRows:
    """One limit, or one in every period (or year) that has it, which is called a whole."""

    kind: str
    id: str
    member: str
    """What a policy's limit is about: a member, a workload, or `workload|member`; else `-`."""
    period: int | str
    """The period, plan year or contract year, counted from 0; `*` of a whole and of what holds over the horizon."""
    size: float
    """The limit itself, in its unit; of a whole the least."""
    least: float
    """How far it may be moved to less (not above 0) ..."""
    most: float
    """... and to more; infinite where there is no end."""
    move: LimitMove
    is_whole: bool = False

    @property
    def key(self) -> Key:
        """What tells it from others."""
        return self.kind, self.id, self.member, self.period


def limits_of(result: Result) -> list[LimitRows]:
    """Every limit of an optimal result, then each in all its periods at once."""
    a, program = result.allocation, result.program
    assert a is not None
    assert program is not None
    moved = _with_other_policies(result.plan, a, program)
    parts: dict[Key, list[LimitRows]] = {}
    for family in program.families:
        if family.name in FIELDS:
            for limit in _of_family(a, program, family, moved):
                parts.setdefault(limit.key, []).append(limit)
    # A floor has a row for each block of the day, which move as one.
    single = [replace(rows[0], move=together([r.move for r in rows])) for rows in parts.values()]
    single.sort(key=_order)
    return single + _wholes(single)


def _order(limit: LimitRows) -> tuple[int, str, str, int]:
    period = -1 if limit.period == WHOLE else int(limit.period)
    return tuple(FIELDS).index(limit.kind), limit.id, limit.member, period


def _wholes(limits: list[LimitRows]) -> list[LimitRows]:
    groups: dict[tuple[str, str, str], list[LimitRows]] = {}
    for limit in limits:
        groups.setdefault(limit.key[:3], []).append(limit)
    return [
        LimitRows(
            *key,
            WHOLE,
            min(part.size for part in parts),
            max(part.least for part in parts),
            min(part.most for part in parts),
            together([part.move for part in parts]),
            is_whole=True,
        )
        for key, parts in groups.items()
        if len(parts) > 1
    ]


def _of_family(a: Allocation, program: LinearProgram, family: Family, moved: _Moved) -> Iterator[LimitRows]:
    """One limit for each row of a family; rows of the same limit have the same key."""
    values, most = _values(a, family)
    if family.name == "share":
        policy = _policy(a, family)
        if family.member not in members(a.inputs, policy.dimension or "vendor"):
            return
    for k in range(family.size):
        size = float(values[k])
        if not math.isfinite(size) or (family.name == "commitment" and not a.signed[a.years[k].agreement]):
            continue
        move = _move(a, program, family, k, moved)
        down, up = _room(family.name, size, float(most[k]))
        yield LimitRows(family.name, *_name(program, family, k), size, down, up, move)


def _name(program: LinearProgram, family: Family, k: int) -> tuple[str, str, int | str]:
    """Id, member and period of a row."""
    at = {axis: int(index[k]) for axis, index in zip(family.axes, family.index, strict=True)}
    if family.name == "commitment":
        agreement, year = program.names["contract year"][at["contract year"]].split("|")
        return agreement, "-", int(year)
    period: int | str = at.get("period", at.get("year", WHOLE))
    if family.name in ("power", "supply"):
        axis = "site" if family.name == "power" else "offer"
        return program.names[axis][at[axis]], "-", period
    if POLICY_KINDS[family.name].is_floor:
        workload = program.names["workload"][at["workload"]]
        return family.label, f"{workload}|{family.member}" if family.member else workload, period
    return family.label, family.member or "-", period


def _values(a: Allocation, family: Family) -> tuple[Floats, Floats]:
    """[size] the limit that each row stands for, in its unit; the least and the largest of its periods."""
    i = a.inputs
    if family.name in ("power", "supply"):
        each = i.site_power_mw if family.name == "power" else i.supply
        values = np.asarray(each[family.index[0], family.index[1]], dtype=float)
    elif family.name == "commitment":
        values = np.array([year.commitment_usd for year in a.years])
    else:
        asked = i.time.values(_policy(a, family).limit)
        at = dict(zip(family.axes, family.index, strict=True))
        if POLICY_KINDS[family.name].is_yearly:
            values = np.asarray(np.bincount(i.time.year_of, asked * i.time.months / 12)[at["year"]], dtype=float)
        elif "period" in at:
            values = np.asarray(asked[at["period"]] * (100 if family.name in POINTS else 1), dtype=float)
        else:
            finite = asked[np.isfinite(asked)] * 100
            return np.full(family.size, finite.min(initial=np.inf)), np.full(family.size, finite.max(initial=0.0))
    return values, values


def _room(kind: str, size: float, largest: float) -> tuple[float, float]:
    """How far a limit may be moved to less and to more: not below 0, and fractions not above 1."""
    if kind == "commitment":
        return -math.inf, size
    if kind == "share":
        return -size, 100 - largest
    if kind in POINTS:
        return largest - 100, size
    return -size, math.inf


# What one unit more does to the rows.


@dataclass(frozen=True)
class _Moved:
    """The program of the same plan with every policy's limit a `SHIFT` higher, and where its rows are."""

    program: LinearProgram
    row_of: Ints
    shift: dict[str, float]


SHIFT = 0.25
"""Of all: by so much the limits of policies in fractions are moved to see what that does to their rows."""


def _with_other_policies(plan: Plan, a: Allocation, program: LinearProgram) -> _Moved:
    """What a policy's limit stands before is told by building the program anew with others: rows are linear in it."""
    shift: dict[str, float] = {}
    policies = []
    for policy in plan.policies:
        if policy.enabled and policy.kind in POINTS:
            values = a.inputs.time.values(policy.limit)
            by = SHIFT if values[np.isfinite(values)].max(initial=0.0) <= 1 - SHIFT else -SHIFT
            shift[policy.id] = by
            policies.append(with_other(policy, limit=_shifted(policy.limit, by, a.inputs.time)))
        else:
            policies.append(policy)
    if not shift:
        return _Moved(program, np.arange(len(program.row_upper)), shift)
    other = build(inputs_of(with_other(plan, policies=tuple(policies))))
    return _Moved(other, rows_from(other, program), shift)


def _shifted(limit: Series, by: float, time: Timeline) -> Series:
    if isinstance(limit, Growth):
        return tuple((time.values(limit) + by).tolist())
    return mapped(limit, lambda value: value + by)


def _move(a: Allocation, program: LinearProgram, family: Family, k: int, moved: _Moved) -> LimitMove:
    row = family.start + k
    nothing: Any = (np.zeros(0, np.int64), np.zeros(0, np.int64))
    none = np.zeros(0)
    if family.name not in POINTS:
        per_unit = {"power": 1e6, "supply": 1.0, "commitment": -1.0}
        unit = per_unit.get(family.name) or POLICY_KINDS[family.name].bound_per_unit(a.inputs)
        return LimitMove(np.array([row]), np.array([unit]), nothing, none, none)
    there, by = int(moved.row_of[row]), moved.shift[family.label]
    bound = _bound(moved.program, there) - _bound(program, row)
    # A point more of a floor, in the sense of N, is one that it asks for less.
    point = 0.01 / by * (-1.0 if family.name in FLOORS else 1.0)
    at, change, now = nothing, none, none
    if family.name == "share":
        at, change, now = _difference(program, row, moved.program, there)
    return LimitMove(np.array([row]), np.array([bound * point]), at, change * point, now)


def _bound(program: LinearProgram, row: int) -> float:
    return float(program.row_upper[row] if np.isfinite(program.row_upper[row]) else program.row_lower[row])


def _difference(program: LinearProgram, row: int, other: LinearProgram, there: int) -> tuple[Any, Floats, Floats]:
    """Where the coefficients of a row differ in two programs of the same columns, by how much, and what they are."""
    mine, its = (slice(p.row_start[r], p.row_start[r + 1]) for p, r in ((program, row), (other, there)))
    columns = np.unique(np.concatenate([program.columns[mine], other.columns[its]])).astype(np.int64)
    now, then = np.zeros(len(columns)), np.zeros(len(columns))
    now[np.searchsorted(columns, program.columns[mine])] = program.values[mine]
    then[np.searchsorted(columns, other.columns[its])] = other.values[its]
    differ = np.flatnonzero(now != then)
    return (np.full(len(differ), row), columns[differ]), (then - now)[differ], now[differ]


def _policy(a: Allocation, family: Family) -> Policy:
    return next(p for p in a.inputs.plan.policies if p.id == family.label)


SPANS = {**{kind.name: "plan year" for kind in POLICY_KINDS.values() if kind.is_yearly}, "commitment": "contract year"}
"""What a limit of each kind counts its time in, where that is not the periods of the plan."""


def label_of(time: Timeline, limit: LimitRows) -> str:
    """When a limit holds, in words."""
    if limit.period == WHOLE:
        return "every period" if limit.is_whole else "the horizon"
    span = SPANS.get(limit.kind)
    return time.labels[int(limit.period)] if span is None else f"{span} {int(limit.period) + 1}"
