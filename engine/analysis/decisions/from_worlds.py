"""The two-stage plan of many worlds, put together from the optima of its worlds, and proven.

The program over all worlds is large, but nearly falls apart. Where each world has here-and-now columns of its own, and
rows that say that they are the same, the optimal bases of the worlds, with those rows basic, are a basis whose prices
hold: what is left for the dual simplex is to drive out the differences. Worlds are joined two and two, then pairs and
pairs, so that most of the work is done in small programs. (Columns of their own for worlds that are joined could be
dropped, but not from the basis: what is then missing in it costs more than they do.)

Integers are decided by branch and bound over all worlds at once; what a world decides by 0 and 1 after the date is a
decision of that world alone. As no plan costs less than what each world could do alone, the optima of the worlds
between the same bounds tell how little a node could cost, without joining anything; only decisions that are left are
joined, until their parts cost more than the best known.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.analysis.cases import each
from gigaplan.engine.analysis.decisions.joint_program import Joint, Risk, Shared, joint, shared_by
from gigaplan.engine.analysis.decisions.worlds import OWN, WorldProgram
from gigaplan.engine.analysis.uncertainty import cvar
from gigaplan.engine.optimization.branching import Branching
from gigaplan.engine.optimization.highs import AT_LOWER, BASIC, Basis
from gigaplan.engine.optimization.linear_program import LinearProgram
from gigaplan.engine.optimization.solution import Solution, Status, failed, violation
from gigaplan.engine.optimization.solver import AGREES, Solver, short_of

Floats = NDArray[np.float64]
Statuses = NDArray[np.int8]
"""How columns or rows stand in a basis."""

GROUPS = 4
"""Parts of the proof that are done apart from each other."""
MOST_NODES = 2000
"""Nodes of the search over integers; each solves a world, or a few, from its last basis."""


@dataclass(frozen=True)
class Optima:
    """Worlds with their programs, and the optimum of each where that world is known beforehand."""

    programs: list[WorldProgram]
    owns: list[Solution]
    bases: list[Basis | None]
    """That of the program that each optimum was found in, a smaller one where the world's is large."""


@dataclass(frozen=True)
class OverAllWorlds:
    """What is best over all worlds at once. `values` is empty unless `status` is optimal."""

    status: Status
    shared: Shared
    decided: Floats
    """[S] the shared columns."""
    values: tuple[Floats, ...] = ()
    """Per world, [C of its program]."""


@dataclass(frozen=True)
class _Node:
    """What the worlds come to between bounds of the integers, each alone; at decisions that are joined, all of them."""

    status: Status
    values: Floats = field(default_factory=lambda: np.zeros(0))
    """[C of the joint program] its integer columns alone: the mean over the worlds that have them."""
    objective: float = float("nan")
    reduced_costs: Floats = field(default_factory=lambda: np.zeros(0))
    of_worlds: tuple[Solution | None, ...] = ()
    """The optimum of each world, there or where it was last found."""
    costs: tuple[float, ...] = ()
    whole: tuple[Joint, Solution] | None = None


class WorldsSearch:
    """Finds and proves the two-stage plan of worlds, `months` after the plan's start, from the optimum of each."""

    def __init__(
        self,
        known: Optima,
        months: float,
        risk: Risk,
        jobs: int = 1,
        progress: Callable[[float, str], None] = lambda part, what: None,
    ) -> None:
        self._months, self._risk, self._jobs, self._progress = months, risk, jobs, progress
        worlds, owns, bases = known.programs, known.owns, known.bases
        self._order = _spread([own.objective for own in owns])
        worlds = [worlds[k] for k in self._order]
        owns, bases = [owns[k] for k in self._order], [bases[k] for k in self._order]
        self._given = worlds
        self._shorts = [short_of(world.program) for world in worlds]
        programs = [
            world.program if short is None else short.program for world, short in zip(worlds, self._shorts, strict=True)
        ]
        self._worlds = [
            replace(world, program=replace(p, tie_break=np.zeros(len(p.cost))))
            for world, p in zip(worlds, programs, strict=True)
        ]
        self._weights = [world.world.weight for world in worlds]
        self._least = tuple(own.objective for own in owns)
        self._shared = shared_by(self._worlds, months)
        self._places = [self._shared.places(world, months) for world in self._worlds]
        self._decisions: dict[bytes, tuple[float, Floats]] = {}
        """[integers] what the worlds decide for themselves, each once, with the weight of the worlds that do."""
        alone = np.zeros(len(self._shared.names))
        is_own = np.array([name[0] == OWN for name in self._shared.names], dtype=bool)
        for world, own in zip(worlds, owns, strict=True):
            own_at, which = self._shared.places(world, months)
            alone[which] = np.round(own.values[own_at])
        self._alone_decided = np.where(is_own, alone, 0.0)
        self._solvers = [Solver() for _ in worlds]
        for solver, program, world, own, basis in zip(self._solvers, programs, worlds, owns, bases, strict=True):
            self._begin(solver, program, world, own, basis)
        self._last: list[Solution | None] = [None] * len(worlds)
        self._tried: dict[bytes, _Node] = {}
        """What decisions came to that were joined."""
        self._all = joint(self._worlds, months, shared=self._shared).program

    def _begin(
        self, solver: Solver, program: LinearProgram, world: WorldProgram, own: Solution, basis: Basis | None
    ) -> None:
        """Takes up what a world decides for itself, and has its solver begin there."""
        own_at, which = self._shared.places(world, self._months)
        for others in (self._alone_decided, np.zeros(len(self._shared.names))):
            values = others.copy()
            values[which] = np.round(own.values[own_at])
            hold = values[self._shared.integer]
            weight, _ = self._decisions.get(hold.tobytes(), (0.0, hold))
            self._decisions[hold.tobytes()] = weight + world.world.weight, hold
        if basis is not None:
            lower, upper = program.lower.copy(), program.upper.copy()
            lower[program.integer] = upper[program.integer] = np.round(own.values[world.program.integer])
            solver.start_from(replace(program, lower=lower, upper=upper), basis)

    def run(self) -> OverAllWorlds:
        """The best plan, and the proof that it is."""
        self._progress(0.0, "all worlds together")
        near = self._likeliest()
        best = None if near is None else self._joined(near, np.inf)
        if best is not None and best.status != "optimal":
            best = None
        integer = self._shared.integer
        if best is None or near is None:
            search = self.searched(self._shared.lower[integer], self._shared.upper[integer], np.inf)
            if search.stopped not in ("", "infeasible"):
                return self._answer(None, _failure(search))
            return self._answer(search.found, "infeasible")
        others = self._others(best)
        given = self._as_given(near), best.objective
        cases = [some for k in range(GROUPS) if (some := others[k::GROUPS])]
        for k, found in enumerate(each(_searched_all, given, cases, jobs=self._jobs, block=1)):
            self._progress(0.5 + 0.5 * k / len(cases), "other decisions")
            if isinstance(found, str):
                return self._answer(None, found)  # type: ignore[arg-type]
            if found is not None and found[0] < best.objective:
                best = self._joined(self._alone(found[1], found[1], near, np.inf), np.inf)
        return self._answer(best, "infeasible")

    def _as_given(self, near: _Node) -> Any:
        """What another search is begun with, at a node: as this one, in the order in which that was given."""
        back = [self._order.index(k) for k in range(len(self._order))]
        worlds, owns = [self._given[k] for k in back], []
        bases: list[Basis | None] = [Basis.of(s) for k in back if (s := near.of_worlds[k]) is not None]
        for k in back:
            solution, short = near.of_worlds[k], self._shorts[k]
            assert solution is not None
            values = solution.values if short is None else short.values(solution.values)
            owns.append(dataclasses.replace(failed("optimal", ""), values=values, objective=self._least[k]))
        return Optima(worlds, owns, bases), self._months, self._risk

    def _likeliest(self) -> _Node | None:
        """Of the decisions of the worlds those with which the worlds, each alone, cost least."""
        best: _Node | None = None
        for _, hold in sorted(self._decisions.values(), key=lambda one: -one[0]):
            node = self._alone(hold, hold, None, np.inf if best is None else best.objective)
            best = node if node.status == "optimal" else best
        return best

    def searched(self, lower: Floats, upper: Floats, best: float) -> Branching[_Node]:
        """The search for decisions between bounds [integers] that are better than the best."""
        all_lower, all_upper = self._all.lower.copy(), self._all.upper.copy()
        all_lower[self._all.integer], all_upper[self._all.integer] = lower, upper
        bounded = replace(self._all, lower=all_lower, upper=all_upper)
        search = Branching(bounded, self._node, lambda *_: None, MOST_NODES, best=best)
        search.run()
        return search

    def _others(self, best: _Node) -> list[tuple[Floats, Floats]]:
        """Bounds between which lie all decisions but those of a node: with the first one otherwise, with that one as it
        is and the second one otherwise, and so on.

        What is done comes before what is not, and first what costs most where it alone is not done: with that held,
        all that follows is near to the plan.
        """
        integer = self._shared.integer
        hold = self.decision(best)
        dear = []
        for k in range(len(hold)):
            other = hold.copy()
            other[k] = 0.0
            alone = self._first_alone(other, best) if hold[k] > 0 else -np.inf
            dear.append(alone)
        lower, upper = self._shared.lower[integer].copy(), self._shared.upper[integer].copy()
        found = []
        for k in sorted(range(len(hold)), key=lambda k: -dear[k]):
            if hold[k] > lower[k]:
                less = upper.copy()
                less[k] = hold[k] - 1
                found.append((lower.copy(), less))
            if hold[k] < upper[k]:
                more = lower.copy()
                more[k] = hold[k] + 1
                found.append((more, upper.copy()))
            lower[k] = upper[k] = hold[k]
        return found

    def decision(self, node: _Node) -> Floats:
        """[integers] what is decided in a node that has one decision."""
        return np.round(node.values[: len(self._shared.names)][self._shared.integer])

    def _first_alone(self, hold: Floats, near: _Node) -> float:
        """What the first world alone comes to with these decisions."""
        solution = self._in_world(0, hold, hold, near.of_worlds[0])
        return solution.objective if solution.status == "optimal" else np.inf

    def _in_world(self, k: int, lower: Floats, upper: Floats, near: Solution | None) -> Solution:
        """A world alone with the integers between these bounds."""
        low, high = self._shared.lower.copy(), self._shared.upper.copy()
        low[self._shared.integer], high[self._shared.integer] = lower, upper
        own, which = self._places[k]
        p = self._worlds[k].program
        below, above = p.lower.copy(), p.upper.copy()
        below[own], above[own] = low[which], high[which]
        return self._solvers[k].relax(p, (below, above), near)

    def _node(self, lower: Floats, upper: Floats, start: _Node | None, cutoff: float) -> _Node:
        is_decided = np.array_equal(lower, upper)
        if is_decided and (known := self._tried.get(lower.tobytes())) is not None:
            return known if known.objective < cutoff else _Node("infeasible")
        node = self._alone(lower, upper, start, cutoff)
        if node.status != "optimal" or not is_decided:
            return node
        return self._joined(node, cutoff)

    def _cost(self, costs: Sequence[float]) -> float:
        """What is minimised, where the worlds cost so much."""
        weighted = list(zip(self._weights, costs, strict=True))
        found = (1 - self._risk.share) * sum(weight * cost for weight, cost in weighted)
        return found + (self._risk.share * cvar(weighted, self._risk.alpha) if self._risk.share > 0 else 0.0)

    def _alone(self, lower: Floats, upper: Floats, start: _Node | None, cutoff: float) -> _Node:
        """Each world alone with the integers between these bounds: one after the other, as long as that tells more than
        is known of it already."""
        costs = list(self._least if start is None else start.costs)
        near = list(self._last if start is None else start.of_worlds)
        is_leaf, solved = np.array_equal(lower, upper), 0
        for k in range(len(self._worlds)):
            solution = self._in_world(k, lower, upper, near[k])
            if solution.status != "optimal":
                return _Node(solution.status)
            self._last[k] = near[k] = solution
            solved += 1
            if solution.objective <= costs[k] and not is_leaf:
                break
            costs[k] = max(costs[k], solution.objective)
            if self._cost(costs) >= cutoff:
                return _Node("infeasible")
        return self._as_node(near, solved, tuple(costs))

    def _as_node(self, near: list[Solution | None], solved: int, costs: tuple[float, ...]) -> _Node:
        size = len(self._shared.names)
        total, count, dear = np.zeros(size), np.zeros(size), np.zeros(size)
        tails = _tail_weights(self._weights, costs, self._risk)
        objective = self._cost(costs)
        over = objective  # prices are those of relaxed worlds, which may cost less than what is known of them
        for k, (solution, weight, (own, which)) in enumerate(zip(near, tails, self._places, strict=True)):
            if k >= solved or solution is None:
                over -= weight * costs[k]
                continue
            total[which] += solution.values[own]
            count[which] += 1
            dear[which] += weight * solution.reduced_costs[own]
            over -= weight * solution.objective
        values, prices = np.zeros(len(self._all.cost)), np.zeros(len(self._all.cost))
        mine = np.flatnonzero(self._shared.integer)
        values[mine] = total[mine] / np.maximum(count[mine], 1)
        prices[mine] = np.sign(dear[mine]) * np.maximum(np.abs(dear[mine]) - max(over, 0.0), 0.0)
        return _Node("optimal", values, objective, prices, tuple(near), costs)

    def _joined(self, node: _Node, cutoff: float) -> _Node:
        """The best plan for all worlds with the decisions of a node, which all worlds have; `infeasible` where there
        is none below the cut-off."""
        hold = self.decision(node)
        found = self._tried[hold.tobytes()] = self._join_worlds(node, hold, cutoff)
        return found

    def _join_worlds(self, node: _Node, hold: Floats, cutoff: float) -> _Node:
        shared = self._shared.held(hold)
        weights = _tail_weights(self._weights, node.costs, self._risk)
        parts = [
            _part_of(replace(world, world=msgspec.structs.replace(world.world, weight=weight)), solution, place, shared)
            for world, solution, weight, place in zip(self._worlds, node.of_worlds, weights, self._places, strict=True)
            if solution is not None
        ]
        middle = 2 ** max(0, (len(parts) - 1).bit_length() - 1)
        halves = [half for half in (parts[:middle], parts[middle:]) if half]
        alone = [sum(part.cost for part in half) for half in halves]
        cases = [(tuple(half), cutoff - sum(alone) + mine) for half, mine in zip(halves, alone, strict=True)]
        joined: list[_Part] = []
        for done in each(_join_all, (self._months, shared), cases, jobs=self._jobs, block=1):
            if isinstance(done, str):
                return _Node(done)  # type: ignore[arg-type]
            joined.append(done)
            self._progress(0.4 * len(joined) / len(halves), "all worlds together")
        last = _join_all((self._months, shared), (tuple(joined), cutoff), Solver())
        if isinstance(last, str):
            return _Node(last)  # type: ignore[arg-type]
        return self._whole(node, last, shared, hold, cutoff)

    def _whole(self, node: _Node, last: _Part, shared: Shared, hold: Floats, cutoff: float) -> _Node:
        """The program over all worlds, with its CVaR, from the basis of all that was joined."""
        money = float(np.mean(np.abs(node.costs)))
        both = joint(self._worlds, self._months, self._risk, money, shared=shared, linked=True)
        basis = last.basis
        if self._risk.share > 0:
            basis = last.with_tail(self._weights, node.costs, self._risk)
        solver = Solver()
        solver.start_from(both.program, basis)
        solution = solver.relax(both.program, below=cutoff)
        if solution.status != "optimal":
            return _Node(solution.status)
        decided = solution.values[: len(shared.names)].copy()
        decided[shared.integer] = hold
        values = solution.values.copy()
        values[: len(self._worlds) * len(decided)] = np.tile(decided, len(self._worlds))
        if violation(both.program, values) > AGREES:
            return _Node("error")
        solution = dataclasses.replace(solution, values=values)
        return dataclasses.replace(node, objective=solution.objective, whole=(both, solution))

    def _answer(self, best: _Node | None, status: Status) -> OverAllWorlds:
        if best is None or best.whole is None:
            return OverAllWorlds(status, self._shared, np.zeros(0))
        both, solution = best.whole
        parts = [solution.values[place] for place in both.places]
        whole = tuple(
            values if short is None else short.values(values) for values, short in zip(parts, self._shorts, strict=True)
        )
        given = tuple(whole[self._order.index(k)] for k in range(len(whole)))
        return OverAllWorlds("optimal", self._shared, solution.values[: len(self._shared.names)], given)


def _failure(search: Branching[_Node]) -> Status:
    return "not_proven" if search.stopped == "nodes" else "error"


def _searched_all(
    given: tuple[Any, float], between: list[tuple[Floats, Floats]], solver: Solver
) -> tuple[float, Floats] | Status | None:
    """The best decisions of several ranges [integers] that cost less than is given, with their cost; else None."""
    begin, best = given
    search = WorldsSearch(*begin)
    decided = None
    for lower, upper in between:
        found = search.searched(lower, upper, best)
        if found.stopped not in ("", "infeasible"):
            return _failure(found)
        if found.found is not None:
            best, decided = found.found.objective, search.decision(found.found)
    return None if decided is None else (best, decided)


def _spread(costs: Sequence[float]) -> list[int]:
    """An order of worlds in which both halves, and both halves of each of them, are as mixed in their costs as can be:
    so the largest programs, which join halves, have least to change."""

    def parted(some: list[int]) -> list[int]:
        return some if len(some) < 3 else [*parted(some[0::2]), *parted(some[1::2])]

    return parted(sorted(range(len(costs)), key=lambda k: costs[k]))


def _tail_weights(weights: Sequence[float], costs: Sequence[float], risk: Risk) -> list[float]:
    """How much each world's cost weighs at the margin, the worst ones more: no plan's objective is below the sum of its
    costs with any such weights."""
    found = [(1 - risk.share) * weight for weight in weights]
    left = 1 - risk.alpha
    for k in sorted(range(len(weights)), key=lambda k: -costs[k]) if risk.share > 0 else ():
        part = min(weights[k], left)
        found[k] += risk.share * part / (1 - risk.alpha)
        left -= part
    return found


@dataclass(frozen=True)
class _Part:
    """Worlds that are joined, and how things stand in the optimal basis of their program."""

    worlds: tuple[WorldProgram, ...]
    """With the weights that they have at the margin."""
    shared: Statuses
    """World by world, the shared columns of each."""
    own: Statuses
    rows: Statuses
    links: Statuses
    """The rows that say that shared columns are the same."""
    cost: float

    @property
    def basis(self) -> Basis:
        """It as that of a linked joint program."""
        return Basis(np.concatenate([self.shared, self.own]), np.concatenate([self.rows, self.links]))

    def with_tail(self, weights: Sequence[float], costs: Sequence[float], risk: Risk) -> Basis:
        """It with the columns and rows of the CVaR: of worlds beyond the tail the row is slack, of those within it s is
        more than nothing, and the world on its edge tells eta."""
        order = sorted(range(len(weights)), key=lambda k: -costs[k])
        left, edge = 1 - risk.alpha, order[-1]
        extra = np.full(1 + len(weights), AT_LOWER, dtype=np.int8)
        tail = np.full(len(weights), BASIC, dtype=np.int8)
        extra[0] = BASIC
        for k in order:
            tail[k] = AT_LOWER
            if weights[k] >= left:
                edge = k
                break
            extra[1 + k] = BASIC
            left -= weights[k]
        tail[edge], extra[1 + edge] = AT_LOWER, AT_LOWER
        return Basis(np.concatenate([self.shared, self.own, extra]), np.concatenate([self.rows, tail, self.links]))


def _part_of(
    world: WorldProgram, solution: Solution, place: tuple[NDArray[np.int64], NDArray[np.int64]], shared: Shared
) -> _Part:
    """A world alone, from its optimum."""
    basis, (own, which) = Basis.of(solution), place
    first = np.full(len(shared.names), AT_LOWER, dtype=np.int8)
    first[which] = basis.columns[own]
    rest = np.ones(len(basis.columns), dtype=bool)
    rest[own] = False
    cost = world.world.weight * solution.objective
    return _Part((world,), first, basis.columns[rest], basis.rows, np.zeros(0, dtype=np.int8), cost)


def _join_all(given: tuple[float, Shared], case: tuple[tuple[_Part, ...], float], solver: Solver) -> _Part | str:
    """Parts joined two and two, until there is one; the status where there is no plan below a cost."""
    months, shared = given
    parts, below = list(case[0]), case[1]
    while len(parts) > 1:
        joined: list[_Part] = []
        for k in range(0, len(parts), 2):
            some = parts[k : k + 2]
            rest = sum(part.cost for part in (*joined, *parts[k + 2 :]))
            done = some[0] if len(some) == 1 else _join(some[0], some[1], months, shared, below - rest, solver)
            if isinstance(done, str):
                return done
            joined.append(done)
        parts = joined
    return parts[0]


def _join(a: _Part, b: _Part, months: float, shared: Shared, below: float, solver: Solver) -> _Part | str:
    both = joint((*a.worlds, *b.worlds), months, shared=shared, linked=True)
    shares = np.concatenate([a.shared, b.shared])
    links = np.concatenate([a.links, np.full(len(shared.names), BASIC, dtype=np.int8), b.links])
    rows, own = np.concatenate([a.rows, b.rows]), np.concatenate([a.own, b.own])
    part = _Part((*a.worlds, *b.worlds), shares, own, rows, links, 0.0)
    solver.start_from(both.program, part.basis)
    solution = solver.relax(both.program, below=below)
    if solution.status != "optimal":
        return solution.status
    found = Basis.of(solution)
    shares, own = np.split(found.columns, [len(shares)])
    rows, links = np.split(found.rows, [len(rows)])
    return replace(part, shared=shares, own=own, rows=rows, links=links, cost=solution.objective)
