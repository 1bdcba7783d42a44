"""A plan held in many draws: what it delivers, signs, contracts, ports and places stays, work is shared out anew.

With chips fixed, what is left of the program falls apart, into its periods where no work may wait and no limit spans
them. Each part is a small linear program whose limits and costs move with the draw, its matrix does not. The basis B
of its optimum in one draw is that of every draw in which `x_B = B^-1 b` keeps its bounds (the plan can be) and the
reduced costs `c - A' B^-T c_B` keep their signs (it is the best): the merit order is the same there. Both are sums over
the inputs, so one product of matrices tells which draws a basis is proven for, and another what they cost. Draws that
no known basis is proven for are solved, one at a time, by the simplex from the last one. That a draw has no plan is
told likewise, by the prices of one that has none (Farkas): they are a proof wherever what they find missing is more
than nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from gigaplan.engine.analysis.cases import each
from gigaplan.engine.analysis.decisions.program_of_inputs import Numbers, ProgramOfInputs, asked_work, program_of_inputs
from gigaplan.engine.analysis.decisions.two_stage import Decision, decision_of, held
from gigaplan.engine.analysis.decisions.worlds import World, WorldProgram, bare
from gigaplan.engine.analysis.uncertainty import Spread, case_of, cvar, drawn_turns, spread_of, under
from gigaplan.engine.optimization.highs import BASIC, Basis
from gigaplan.engine.optimization.linear_program import ColumnBlock, Family, LinearProgram
from gigaplan.engine.optimization.solution import Solution
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError, refused
from gigaplan.engine.validation.rules import check, errors

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MOST_DRAWS = 1_000_000
AT_ONCE = 8192
"""Draws whose features are worked on at once."""
MOST_ROWS = 1500
"""Rows of a part up to which its bases are inverted; of a larger one each draw is solved."""
KEPT = 1e-8
"""In the program's own units: a bound or a sign is kept if it is missed by less."""
MISSING = 1e-7
"""In the program's own units: a draw has no plan where more is missing."""
CHECKED = 4
"""Draws that are solved as a whole as well; if one of them costs anything else, all are."""
AGREES = 1e-7
"""Of a cost: what two ways to it may differ by."""


class Held(Struct, frozen=True):
    """What a held plan comes to over many draws."""

    decision: Decision
    draws: int
    without_plan: int
    """Draws in which no plan with these decisions meets every limit; the figures are of the others."""
    cost_usd: Spread | None
    """The objective of the planning model; None where no draw has a plan."""
    cvar_usd: float | None
    """The mean of its worst 1 - alpha."""
    coverage: dict[str, Spread | None]
    """Work served over work asked, by workload; None for one that asks for nothing."""
    below: dict[str, float]
    """The chance that less than `level` of a workload is served, over the draws that have a plan."""
    level: float
    parts: int
    """Parts into which the program falls; 0 where each draw was solved as a whole."""
    solved: int
    """Small programs, or whole ones, that were solved; all else follows from their bases."""


@dataclass(frozen=True)
class HeldValues:
    """Of each draw the cost, USD, NaN where it has no plan, and [n, W] the part of each workload that is served."""

    costs: Floats
    coverage: Floats
    parts: int = 0
    solved: int = 0


def held_draws(
    plan: Plan,
    scenario: str | None,
    count: int,
    seed: int = 0,
    *,
    level: float = 1.0,
    alpha: float = 0.95,
    jobs: int = 1,
    progress: Callable[[float, str], None] = lambda part, what: None,
) -> Held:
    """What the plan of a scenario, or as it stands, comes to in `count` draws of the uncertain inputs, held.

    `level` is the part of the work asked below which a workload counts as short. The same for any number of `jobs`.
    Raises PlanError where the plan has errors, no optimum or no uncertain inputs, or a draw cannot be.
    """
    if not 0 < count <= MOST_DRAWS:
        raise refused("draws_out_of_range", count=count, most=MOST_DRAWS)
    if not plan.uncertainties:
        raise refused("nothing_to_draw")
    if wrong := [p for p in errors(check(plan), what_if=True) if p.table == "uncertainties"]:
        raise PlanError(tuple(wrong))
    progress(0.0, "the plan")
    own = WorldProgram.of(World(scenario or "base", 1.0, bare(plan, scenario)))
    solution = Solver().solve(own.program)
    if solution.status != "optimal":
        raise refused("held_without_optimum", status=solution.status)
    decision = decision_of(own, solution, all_months(plan))
    turns = drawn_turns(plan, count, seed)
    found = held_values(plan, decision, turns, jobs=jobs, progress=progress)
    return _summary(plan, decision, found, level, alpha)


def all_months(plan: Plan) -> float:
    """The plan's months: decided by then, all is."""
    return float(plan.settings.periods * plan.settings.months_per_period)


def held_values(
    plan: Plan,
    decision: Decision,
    turns: Floats,
    *,
    jobs: int = 1,
    progress: Callable[[float, str], None] = lambda part, what: None,
) -> HeldValues:
    """Cost and coverage in draws [n, columns of `columns_of`] of the uncertain inputs, all decisions held.

    Draw by draw as a whole where the inputs move the program otherwise than evenly, or for a few draws. Raises
    PlanError for a draw that cannot be.
    """
    plain = msgspec.structs.replace(plan, scenarios=())
    learned = program_of_inputs(plain, turns, lambda part: progress(0.05 + 0.1 * part, "how the inputs move the plan"))
    if learned is not None:
        found = _by_parts(learned, decision, turns, jobs, lambda part: progress(0.15 + 0.8 * part, "the draws"))
        if _is_confirmed(plain, decision, turns, found):
            return found
    return _as_wholes(plain, decision, turns, jobs, lambda part: progress(0.15 + 0.85 * part, "draws one by one"))


def _is_confirmed(plan: Plan, decision: Decision, turns: Floats, found: HeldValues) -> bool:
    """Whether a few draws, the cheapest and the dearest with them, cost the same solved as a whole."""
    order = np.argsort(found.costs)  # those without a plan come last
    some = np.unique(np.linspace(0, len(order) - 1, min(CHECKED, len(order))).astype(int))
    solver = Solver()
    for k in order[some].tolist():
        cost, _ = _as_whole((plan, decision), turns[k].tolist(), solver)
        if np.isnan(cost) != np.isnan(found.costs[k]) or abs(cost - found.costs[k]) > AGREES * abs(cost):
            return False
    return True


def _as_wholes(
    plan: Plan, decision: Decision, turns: Floats, jobs: int, progress: Callable[[float], None]
) -> HeldValues:
    costs, coverage = np.empty(len(turns)), np.empty((len(turns), len(plan.workloads)))
    found = each(_as_whole, (plan, decision), (turn.tolist() for turn in turns), jobs=jobs)
    for k, (cost, covered) in enumerate(found):
        costs[k], coverage[k] = cost, covered
        progress((k + 1) / len(turns))
    return HeldValues(costs, coverage, 0, len(turns))


def _as_whole(given: tuple[Plan, Decision], turn: list[float], solver: Solver) -> tuple[float, Floats]:
    """One draw, solved as a whole: its cost, NaN without a plan, and [W] what is served."""
    plan, decision = given
    world = WorldProgram.of(World("draw", 1.0, under(plan, case_of(plan, turn))))
    solution = held(world, decision, all_months(plan), solver)
    if solution.status == "infeasible":
        return np.nan, np.full(len(plan.workloads), np.nan)
    if solution.status != "optimal":
        raise refused("draw_without_optimum", status=solution.status)
    missing = _missing(world.program, world.inputs.shares, len(plan.workloads)) @ solution.values
    return solution.objective, _served(missing, asked_work(world.inputs))


def _served(missing: Floats, asked: Floats) -> Floats:
    part = np.divide(
        missing, asked, out=np.full(np.broadcast_shapes(missing.shape, asked.shape), np.nan), where=asked > 0
    )
    return np.asarray(np.clip(1.0 - part, 0.0, 1.0))


def _missing(p: LinearProgram, shares: Floats, workloads: int) -> Floats:
    """[W, C] what each column adds to the work of each workload that is not served."""
    found = np.zeros((workloads, len(p.cost)))
    for name in ("unmet", "unmet_flexible", "unmet_deferrable"):
        block = p.blocks[name]
        by_block = name == "unmet" and len(block.index) == 3
        share = np.append(shares, 1.0)[block.index[1]] if by_block else 1.0
        found[block.index[0], np.arange(block.start, block.start + block.size)] = share
    return found


def _summary(plan: Plan, decision: Decision, found: HeldValues, level: float, alpha: float) -> Held:
    there = ~np.isnan(found.costs)
    coverage: dict[str, Spread | None] = {}
    below: dict[str, float] = {}
    for w, workload in enumerate(plan.workloads):
        values = found.coverage[there, w]
        known = values[~np.isnan(values)]
        coverage[workload.id] = spread_of(known, True) if known.size else None
        if known.size:
            below[workload.id] = float((known < level - 1e-9).mean())
    costs = found.costs[there]
    return Held(
        decision=decision,
        draws=len(there),
        without_plan=len(there) - len(costs),
        cost_usd=spread_of(costs, False) if costs.size else None,
        cvar_usd=cvar([(1 / len(costs), cost) for cost in costs.tolist()], alpha) if costs.size else None,
        coverage=coverage,
        below=below,
        level=level,
        parts=found.parts,
        solved=found.solved,
    )


@dataclass(frozen=True)
class _Part:
    """A part of the program that no free column and no row ties to another, in the program's own units."""

    program: LinearProgram
    """As it is in the middle of all draws, what is held taken off its limits."""
    features: Ints
    """[K] the features that move it, the constant 1 first; all else is [.., K]."""
    cost: Floats
    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats
    values: Floats
    """[entries, K]"""
    missing: Floats
    """[W, C of the part], in real units for a column of one unit."""

    @cached_property
    def matrix(self) -> Floats:
        """[R, C]"""
        p = self.program
        found = np.zeros((len(p.row_upper), len(p.cost)))
        found[np.repeat(np.arange(len(p.row_upper)), np.diff(p.row_start)), p.columns] = self.values[:, 0]
        return found

    @property
    def has_bases(self) -> bool:
        """Whether a basis may serve more draws than its own."""
        return len(self.row_upper) <= MOST_ROWS and not self.values[:, 1:].any()

    def at(self, features: Floats) -> LinearProgram:
        """The program of one draw."""
        now = {name: getattr(self, name) @ features for name in ("cost", "row_lower", "row_upper", "values")}
        return replace(self.program, lower=self.lower @ features, upper=self.upper @ features, **now)

    def short_of_plan(self) -> _Part:
        """The part in which rows may be missed at a cost, which alone is to be least."""
        p, rows = self.program, len(self.row_upper)
        miss = np.arange(rows)
        sizes = np.diff(p.row_start)
        start = p.row_start + 2 * np.arange(rows + 1)
        columns, values = np.empty(start[-1], dtype=p.columns.dtype), np.empty((start[-1], self.values.shape[1]))
        own = np.arange(len(p.columns)) + 2 * np.repeat(miss, sizes)
        columns[own], values[own] = p.columns, self.values
        for k, sign in enumerate((1.0, -1.0)):
            columns[start[1:] - 2 + k] = len(p.cost) + 2 * miss + k
            values[start[1:] - 2 + k] = sign * _constant(np.ones(rows), self.values.shape[1])
        free, width = np.zeros(2 * rows), self.cost.shape[1]
        cost = np.concatenate([np.zeros_like(self.cost), _constant(free + 1.0, width)])
        lower = np.concatenate([self.lower, _constant(free, width)])
        upper = np.concatenate([self.upper, _constant(free + np.inf, width)])
        program = _small(len(cost), start, columns, values[:, 0])
        return replace(
            self, program=program, cost=cost, lower=lower, upper=upper, values=values,
            missing=np.zeros((len(self.missing), len(cost))),
        )  # fmt: skip


def _constant(values: Floats, width: int) -> Floats:
    found = np.zeros((len(values), width))
    found[:, 0] = values
    return found


def _small(columns: int, start: Ints, places: NDArray[np.int32], values: Floats) -> LinearProgram:
    """A program of which only the matrix is said, units being 1."""
    rows = len(start) - 1
    block = ColumnBlock("column", 0, columns, ("column",), (np.arange(columns),))
    family = Family("row", 0, rows, ("row",), (np.arange(rows),))
    return LinearProgram(
        cost=np.zeros(columns), lower=np.zeros(columns), upper=np.zeros(columns),
        integer=np.zeros(columns, dtype=bool), column_unit=np.ones(columns),
        row_lower=np.zeros(rows), row_upper=np.zeros(rows), row_unit=np.ones(rows),
        row_start=start, columns=places, values=values, constant=0.0, cost_unit=1.0,
        blocks={"column": block}, families=(family,), energy=np.zeros(columns), tie_break=np.zeros(columns),
        names={"column": tuple(map(str, range(columns))), "row": tuple(map(str, range(rows)))},
    )  # fmt: skip


@dataclass(frozen=True)
class _Whole:
    """What is the same in all parts, and what no part has: of features [.., F]."""

    parts: list[_Part]
    constant: Floats
    """[F] the cost of what is held, USD."""
    rows: Floats
    """[N, F] of rows without free columns: at least 0 where they are kept."""
    missing: Floats
    """[W] of what is held; nothing but zeros where all work that is not served is free."""
    money: float
    """USD for one of the program's own units of cost."""


def _apart(learned: ProgramOfInputs, decision: Decision) -> _Whole:
    """The parts into which the program of a plan falls once its decisions are held."""
    world, numbers = learned.program, learned.parts
    p = world.program
    fixed = world.here_and_now(all_months(world.world.plan))
    hold = np.zeros(len(p.cost))
    for k in np.flatnonzero(fixed).tolist():
        value = decision.get(world.names[k], 0.0)
        hold[k] = round(value) if p.integer[k] else max(value, 0.0)
    every, row_of = np.arange(len(p.columns)), np.repeat(np.arange(len(p.row_upper)), np.diff(p.row_start))
    is_free = ~fixed[p.columns]
    taken = _added_up(numbers["values"].some(every[~is_free]) * hold[p.columns[~is_free], None], row_of[~is_free], p)
    cost = numbers["cost"].some(np.flatnonzero(fixed))
    constant = numbers["constant"].some(np.zeros(1, dtype=np.int64))[0] + hold[fixed] @ cost
    limits = {}
    for name in ("row_lower", "row_upper"):
        limits[name] = (numbers[name].some(np.arange(len(p.row_upper))) - taken) / p.row_unit[:, None]
    label = _components(p, is_free, row_of)
    alone = np.bincount(row_of[is_free], minlength=len(p.row_upper)) == 0
    kept = np.concatenate([-limits["row_lower"][alone], limits["row_upper"][alone]])
    missing = _missing(p, world.inputs.shares, len(world.inputs.demand))
    members = _members(np.where(alone, -1, label[: len(alone)]), np.where(fixed, -1, label[len(alone) :]))
    parts = [_part(numbers, p, limits, missing, rows, columns) for rows, columns in members]
    return _Whole(parts, constant, kept[np.isfinite(kept[:, 0])], missing @ hold, p.cost_unit)


def _added_up(entries: Floats, rows: Ints, p: LinearProgram) -> Floats:
    found = np.zeros((len(p.row_upper), entries.shape[1]))
    np.add.at(found, rows, entries)
    return found


def _components(p: LinearProgram, is_free: Bools, row_of: Ints) -> Ints:
    """[R + C] for each row and each column the least of those that it is tied to, rows counted first."""
    label = np.arange(len(p.row_upper) + len(p.cost))
    rows, columns = row_of[is_free], p.columns[is_free].astype(np.int64) + len(p.row_upper)
    while True:
        least = np.minimum(label[rows], label[columns])
        new = label.copy()
        np.minimum.at(new, rows, least)
        np.minimum.at(new, columns, least)
        new = new[new]
        if np.array_equal(new, label):
            return label
        label = new


def _members(rows: Ints, columns: Ints) -> Iterator[tuple[Ints, Ints]]:
    """The rows and columns of each component; -1 is none."""
    for label in np.unique(np.concatenate([rows, columns])).tolist():
        if label >= 0:
            yield np.flatnonzero(rows == label), np.flatnonzero(columns == label)


def _part(
    numbers: dict[str, Numbers], p: LinearProgram, limits: dict[str, Floats], missing: Floats, rows: Ints, columns: Ints
) -> _Part:
    starts, ends = p.row_start[rows], p.row_start[rows + 1]
    entries = np.concatenate([np.arange(a, b) for a, b in zip(starts, ends, strict=True)] or [np.zeros(0, dtype=int)])
    sizes_of = np.repeat(np.arange(len(rows)), ends - starts)
    place = np.full(len(p.cost), -1)
    place[columns] = np.arange(len(columns))
    mine = place[p.columns[entries]] >= 0
    entries, sizes_of = entries[mine], sizes_of[mine]
    unit, row_unit = p.column_unit[columns], p.row_unit[rows]
    at = place[p.columns[entries]]
    whole = {
        "cost": numbers["cost"].some(columns) * unit[:, None] / p.cost_unit,
        "lower": numbers["lower"].some(columns) / unit[:, None],
        "upper": numbers["upper"].some(columns) / unit[:, None],
        "row_lower": limits["row_lower"][rows],
        "row_upper": limits["row_upper"][rows],
        "values": numbers["values"].some(entries) * (unit[at] / row_unit[sizes_of])[:, None],
    }
    moving = np.zeros(whole["cost"].shape[1], dtype=bool)
    moving[0] = True
    for found in whole.values():
        moving |= np.nan_to_num(found, posinf=0.0, neginf=0.0).any(axis=0)
    start = np.concatenate([[0], np.cumsum(np.bincount(sizes_of, minlength=len(rows)))]).astype(np.int64)
    small = _small(len(columns), start, at.astype(np.int32), whole["values"][:, 0])
    program = replace(small, tie_break=p.tie_break[columns])
    few = {name: np.ascontiguousarray(found[:, moving]) for name, found in whole.items()}
    return _Part(program, np.flatnonzero(moving), missing=missing[:, columns] * unit, **few)


@dataclass(frozen=True)
class _Known:
    """A basis: where it is proven, and what the part comes to there, features [K]."""

    kept: Floats
    """[N, K] at least 0 (less KEPT) where the basis is proven."""
    cost: Floats
    """[K, K] the cost, in the program's own units, is features @ cost @ features."""
    missing: Floats
    """[W, K]"""

    def proven(self, features: Floats) -> Bools:
        """[n] of draws [n, K]."""
        return np.asarray((features @ self.kept.T >= -KEPT).all(axis=1))


@dataclass
class _Solved:
    """The bases of one part that are known."""

    part: _Part
    solver: Solver = field(default_factory=Solver)
    phase: Solver = field(default_factory=Solver)
    known: list[_Known] = field(default_factory=list)
    never: list[Floats] = field(default_factory=list)
    """[K] each: what is missing to a plan, at least."""
    runs: int = 0

    @cached_property
    def _short(self) -> _Part:
        return self.part.short_of_plan()

    def values(self, features: Floats) -> tuple[Floats, Floats]:
        """Of draws [n, K] the cost [n], NaN without a plan, and [n, W] what is not served."""
        costs = np.full(len(features), np.nan)
        missing = np.zeros((len(features), len(self.part.missing)))
        left = np.arange(len(features))
        for known in self.known:
            if not len(left):
                return costs, missing
            left = self._take(known, features, left, costs, missing)
        for lack in self.never:
            left = left[features[left] @ lack <= MISSING]
        while len(left):
            k, left = left[0], left[1:]
            found = self._solve(features[k])
            if found is None:
                if (lacks := self._lacking(features[k])) is not None:
                    self.never.append(lacks)
                    left = left[features[left] @ lacks <= MISSING]
                continue
            costs[k], missing[k] = found.objective, self.part.missing @ found.values
            new = _known(self.part, found, features[k]) if self.part.has_bases else None
            if new is not None:
                self.known.append(new)
                left = self._take(new, features, left, costs, missing)
        return costs, missing

    def _take(self, known: _Known, features: Floats, left: Ints, costs: Floats, missing: Floats) -> Ints:
        """What follows from a basis for the draws it is proven for; the draws that are left."""
        mine = features if len(left) == len(features) else features[left]
        proven = known.proven(mine)
        if proven.all():
            some, there, rest = left, mine, left[:0]
        else:
            some, there, rest = left[proven], mine[proven], left[~proven]
        costs[some] = np.einsum("nk,nk->n", there @ known.cost, there)
        missing[some] = there @ known.missing.T
        return np.asarray(rest)

    def _solve(self, features: Floats) -> Solution | None:
        """The optimum of one draw [K]; None where it has no plan."""
        self.runs += 1
        found = self.solver.relax(self.part.at(features))
        if found.status not in ("optimal", "infeasible"):
            raise refused("draw_without_optimum", status=found.status)
        return found if found.status == "optimal" else None

    def _lacking(self, features: Floats) -> Floats | None:
        """[K] what is missing to a plan at least, in any draw, by the prices of one that has none."""
        if not self.part.has_bases:
            return None
        found = self.phase.relax(self._short.at(features))
        return _lower_bound(self._short, found, features) if found.status == "optimal" else None


class _AtBasis(NamedTuple):
    """How columns, and then the sums of rows, move in a basis: [C + R, K] each."""

    values: Floats
    lower: Floats
    upper: Floats
    reduced_costs: Floats
    is_basic: Bools
    """[C + R]"""
    at_upper: Bools
    """[C + R]"""


def _of_basis(part: _Part, found: Solution, features: Floats) -> _AtBasis:
    """The basis of the optimum of one draw [K]. Raises LinAlgError where it cannot be inverted."""
    rows, basis = len(part.row_upper), Basis.of(found)
    is_basic = np.concatenate([basis.columns, basis.rows]) == BASIC
    lower = np.concatenate([part.lower, part.row_lower])
    upper = np.concatenate([part.upper, part.row_upper])
    # At which of its bounds something is, its value tells: after the tie-break's run HiGHS may name the other one.
    here = np.concatenate([found.values, part.matrix @ found.values])
    above, below = np.abs(here - lower @ features), np.abs(here - upper @ features)
    at_upper = below < above
    values = np.where(at_upper[:, None], upper, lower)
    values[~np.isfinite(values[:, 0])] = 0.0
    values[is_basic] = 0.0
    wide = np.concatenate([part.matrix, -np.eye(rows)], axis=1)
    inverse = np.linalg.inv(wide[:, is_basic])
    values[is_basic] = -inverse @ (wide[:, ~is_basic] @ values[~is_basic])
    cost = np.concatenate([part.cost, np.zeros((rows, part.cost.shape[1]))])
    duals = inverse.T @ cost[is_basic]
    reduced = cost - wide.T @ duals
    reduced[is_basic] = 0.0
    return _AtBasis(values, lower, upper, reduced, is_basic, at_upper)


def _known(part: _Part, found: Solution, features: Floats) -> _Known | None:
    """Where the basis of an optimum is proven; None where it cannot be inverted."""
    try:
        b = _of_basis(part, found, features)
    except np.linalg.LinAlgError:
        return None
    above, below = (b.values - b.lower)[b.is_basic], (b.upper - b.values)[b.is_basic]
    free = ~b.is_basic & (b.lower != b.upper).any(axis=1)
    signed = np.where(b.at_upper[:, None], -b.reduced_costs, b.reduced_costs)[free]
    kept = np.concatenate([above[np.isfinite(above[:, 0])], below[np.isfinite(below[:, 0])], signed])
    # Features lie between -1 and 1: what holds at any corner of these need not be asked of each draw.
    least = kept[:, 0] - np.abs(kept[:, 1:]).sum(axis=1)
    columns = b.values[: len(part.cost)]
    return _Known(kept[least < -KEPT], part.cost.T @ columns, part.missing @ columns)


def _lower_bound(short: _Part, found: Solution, features: Floats) -> Floats | None:
    """[K] what is missing at least, by the prices of one draw, which hold in all: their costs are the same."""
    try:
        b = _of_basis(short, found, features)
    except np.linalg.LinAlgError:
        return None
    return np.asarray((b.reduced_costs[~b.is_basic, :1] * b.values[~b.is_basic]).sum(axis=0))


def _by_parts(
    learned: ProgramOfInputs, decision: Decision, turns: Floats, jobs: int, progress: Callable[[float], None]
) -> HeldValues:
    whole = _apart(learned, decision)
    count, workloads = len(turns), len(learned.parts["asked"].base)
    costs, missing = np.zeros(count), np.zeros((count, workloads))
    asked = learned.parts["asked"].some(np.arange(workloads))
    for at in _chunks(count):
        features = learned.features(turns[at])
        costs[at] = features @ whole.constant
        costs[at][~(features @ whole.rows.T >= -KEPT).all(axis=1)] = np.nan
    missing += whole.missing
    runs = 0
    cases = [part for part in whole.parts if len(part.cost)]
    for done, (cost, short, solved) in enumerate(each(_over_draws, (learned, turns), cases, jobs=jobs, block=1)):
        costs += cost * whole.money
        missing += short
        runs += solved
        progress((done + 1) / len(cases))
    coverage = np.empty((count, workloads))
    for at in _chunks(count):
        coverage[at] = _served(missing[at], learned.features(turns[at]) @ asked.T)
    coverage[np.isnan(costs)] = np.nan
    return HeldValues(costs, coverage, len(cases), runs)


def _chunks(count: int) -> Iterator[slice]:
    return (slice(k, min(k + AT_ONCE, count)) for k in range(0, count, AT_ONCE))


def _over_draws(given: tuple[ProgramOfInputs, Floats], part: _Part, _: Solver) -> tuple[Floats, Floats, int]:
    """One part in all draws: [n] costs in the program's own units, [n, W] what is not served, and how often a program
    was solved."""
    learned, turns = given
    solved = _Solved(part)
    costs, missing = np.empty(len(turns)), np.empty((len(turns), len(part.missing)))
    for at in _chunks(len(turns)):
        costs[at], missing[at] = solved.values(learned.features(turns[at], part.features))
    return costs, missing, solved.runs
