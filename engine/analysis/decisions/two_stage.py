"""The two-stage plan: the here-and-now decisions that are best over all worlds at once, and what they cost in each.

    minimise (1 - lambda) * sum_w p_w * cost_w + lambda * CVaR_alpha(cost)

with CVaR as a linear program (Rockafellar and Uryasev, 2000): eta + sum_w p_w * s_w / (1 - alpha), where s_w >= 0 and
s_w >= cost_w - eta. cost_w is the objective of the planning model in world w.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from gigaplan.engine.analysis.cases import each
from gigaplan.engine.analysis.decisions.exits import LEFT, Exit
from gigaplan.engine.analysis.decisions.worlds import Name, World, WorldProgram
from gigaplan.engine.analysis.uncertainty import cvar
from gigaplan.engine.optimization.linear_program import Block, Family, LinearProgram
from gigaplan.engine.optimization.solution import Solution
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.results.allocation import allocation_of
from gigaplan.engine.results.kpi_registry import kpis_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Decision = Mapping[Name, float]
"""The value of each here-and-now column; those that it does not name are 0."""


class Risk(Struct, frozen=True):
    """How much the worst cases count: lambda of the objective is the CVaR of its worst 1 - alpha."""

    share: float = 0.0
    """lambda, 0 to 1."""
    alpha: float = 0.95
    """0 to below 1."""


class InWorld(Struct, frozen=True):
    """What a plan comes to in one world."""

    id: str
    weight: float
    status: str
    cost_usd: float | None
    """The objective of the planning model in that world; None where no plan meets every limit."""
    coverage: dict[str, float | None] = {}
    """Work served over work asked, by workload."""
    own_optimum_usd: float | None = None
    """The least cost where the world is known beforehand."""
    left: tuple[str, ...] = ()
    """The agreements that are left, of those that may be."""

    @property
    def regret_usd(self) -> float | None:
        """What it costs not to have known."""
        if self.cost_usd is None or self.own_optimum_usd is None:
            return None
        return self.cost_usd - self.own_optimum_usd


@dataclass(frozen=True)
class Hedge:
    """The answer to the two-stage program. Figures are None, and lists empty, unless `status` is optimal."""

    status: str
    expected_usd: float | None = None
    cvar_usd: float | None = None
    evpi_usd: float | None = None
    """Expected value of perfect information: expected cost, less that of each world's own optimum."""
    vss_usd: float | None = None
    """Value of the stochastic solution: what the plan for mean inputs, held, costs more, in the objective with its
    CVaR; None where it cannot be held in some world."""
    worlds: tuple[InWorld, ...] = ()
    decision: Decision | None = None


@dataclass(frozen=True)
class Joint:
    """One program over all worlds: shared columns first, then each world's own, then those of the CVaR."""

    program: LinearProgram
    places: tuple[Ints, ...]
    """Per world, [C of its program] the column of the joint program that stands for each of its columns."""
    shared: tuple[Name, ...]
    """What the first columns of the joint program stand for."""


def joint(worlds: Sequence[WorldProgram], months: float, risk: Risk, money: float) -> Joint:
    """The two-stage program. `months` is the decision date, from the plan's start; `money` a typical cost, USD.

    A here-and-now column that a world does not have, such as a delivery of a vendor who is late in it, is 0 in all.
    """
    now = [world.here_and_now(months) for world in worlds]
    early = [[world.names[k] for k in np.flatnonzero(mask).tolist()] for world, mask in zip(worlds, now, strict=True)]
    shared = list(dict.fromkeys(name for names in early for name in names))
    at = {name: k for k, name in enumerate(shared)}
    places, size = [], len(shared)
    for names, mask in zip(early, now, strict=True):
        place = np.empty(len(mask), dtype=np.int64)
        place[mask] = [at[name] for name in names]
        own = int((~mask).sum())
        place[~mask] = np.arange(size, size + own)
        size += own
        places.append(place)
    columns = _Columns(size, risk, len(worlds), money)
    for world, place in zip(worlds, places, strict=True):
        columns.take(world, place)
    everywhere = set.intersection(*map(set, early))
    for name, k in at.items():
        if name not in everywhere:
            columns.upper[k] = 0.0
    return Joint(columns.program(worlds, places), tuple(places), tuple(shared))


class _Columns:
    """The columns of a joint program, world by world."""

    def __init__(self, size: int, risk: Risk, worlds: int, money: float) -> None:
        self.risk, self.first_extra = risk, size
        self.money = 10.0 ** round(math.log10(max(abs(money), 1.0)))
        extra = 1 + worlds if risk.share > 0 else 0
        self.cost = np.zeros(size + extra)
        self.lower, self.upper = np.zeros(size + extra), np.full(size + extra, np.inf)
        self.unit = np.ones(size + extra)
        self.integer = np.zeros(size + extra, dtype=bool)
        if extra:
            self.unit[size:] = self.money
            self.lower[size] = -np.inf
            self.cost[size] = risk.share
        self._known = np.zeros(size + extra, dtype=bool)
        self.constant = 0.0
        self._count = 0

    def take(self, world: WorldProgram, place: Ints) -> None:
        """Adds the costs and bounds of a world's columns."""
        p, weight = world.program, world.world.weight
        np.add.at(self.cost, place, (1 - self.risk.share) * weight * p.cost)
        self.lower[place] = np.where(self._known[place], np.maximum(self.lower[place], p.lower), p.lower)
        self.upper[place] = np.where(self._known[place], np.minimum(self.upper[place], p.upper), p.upper)
        self.unit[place] = np.where(self._known[place], self.unit[place], p.column_unit)
        self.integer[place] |= p.integer
        self._known[place] = True
        self.constant += (1 - self.risk.share) * weight * p.constant
        if self.risk.share > 0:
            self.cost[self.first_extra + 1 + self._count] = self.risk.share * weight / (1 - self.risk.alpha)
        self._count += 1

    def program(self, worlds: Sequence[WorldProgram], places: Sequence[Ints]) -> LinearProgram:
        """The joint program, its rows those of all worlds and, with a CVaR, one for each world's cost."""
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
            blocks={"column": Block("column", 0, len(self.cost), ("column",), (np.arange(len(self.cost)),))},
            families=(Family("row", 0, len(start) - 1, ("row",), (np.arange(len(start) - 1),)),),
            energy=np.zeros(len(self.cost)),
            tie_break=np.zeros(len(self.cost)),
            names={"column": tuple(map(str, range(len(self.cost)))), "row": tuple(map(str, range(len(start) - 1)))},
        )


TOGETHER = 4
"""Worlds that one solver is kept warm for."""


@dataclass(frozen=True)
class Known:
    """Worlds with their programs, and the optimum of each where that world is known beforehand."""

    programs: list[WorldProgram]
    owns: list[Solution]

    @property
    def exits(self) -> tuple[Exit, ...]:
        """The agreements that may be left in all of them."""
        return self.programs[0].exits

    @property
    def without_plan(self) -> Hedge | None:
        """The first world that has no plan, as the answer to the two-stage program; None where all have one."""
        for program, own in zip(self.programs, self.owns, strict=True):
            world = program.world
            if own.status != "optimal":
                return Hedge(own.status, worlds=(InWorld(world.id, world.weight, own.status, None),))
        return None


def own_optima(
    worlds: Sequence[World],
    jobs: int = 1,
    progress: Callable[[float, str], None] = lambda part, what: None,
    exits: Sequence[Exit] = (),
) -> Known:
    """The program of each world, in which agreements may be left by `exits`, and its own optimum. Raises PlanError
    where a world's plan has errors, or an exit cannot be."""
    programs = [WorldProgram.of(world, exits) for world in worlds]
    found: list[Solution] = []
    for solution in each(_own, tuple(exits), worlds, jobs=jobs, block=TOGETHER):
        found.append(solution)
        progress(len(found) / len(worlds), f"the optimum of {worlds[len(found) - 1].id}")
    return Known(programs, found)


def _own(exits: tuple[Exit, ...], world: World, solver: Solver) -> Solution:
    return solver.solve(WorldProgram.of(world, exits).program).to_send()  # which stays in its process


def hedge(
    worlds: Sequence[World] | Known,
    months: float,
    *,
    risk: Risk | None = None,
    mean: World | None = None,
    jobs: int = 1,
    progress: Callable[[float, str], None] = lambda part, what: None,
) -> Hedge:
    """The two-stage plan over `worlds`, decided `months` after the plan's start.

    `mean` is the plan for mean inputs, against which the value of the stochastic solution is told. `progress` hears
    how far it is (0 to 1), and at what. Raises PlanError where a world's plan has errors.
    """
    if isinstance(worlds, Known):
        known = worlds
    else:
        known = own_optima(worlds, jobs, lambda part, what: progress(0.4 * part, what))
    if (none := known.without_plan) is not None:
        return none
    programs, owns = known.programs, known.owns
    risk = risk or Risk()
    progress(0.4, "all worlds together")
    money = float(np.mean([own.objective for own in owns]))
    both = joint(programs, months, risk, money)
    solution = Solver().solve(both.program)
    if solution.status != "optimal":
        return Hedge(solution.status)
    found = [
        _in_world(program, _of_world(program, solution, place), own.objective)
        for program, place, own in zip(programs, both.places, owns, strict=True)
    ]
    progress(0.8, "the plan for mean inputs")
    decision = dict(zip(both.shared, solution.values[: len(both.shared)].tolist(), strict=True))
    expected = sum(w.weight * w.cost_usd for w in found if w.cost_usd is not None)
    tail = cvar([(w.weight, w.cost_usd or 0.0) for w in found], risk.alpha)
    perfect = sum(w.weight * (w.own_optimum_usd or 0.0) for w in found)
    objective = (1 - risk.share) * expected + risk.share * tail
    vss = None if mean is None else _vss(known, mean, months, risk, objective)
    return Hedge("optimal", expected, tail, expected - perfect, vss, tuple(found), decision)


LATER = (3.0, 6.0, 12.0)
"""Months by which the decision date is moved for the value of waiting."""


def waiting(
    worlds: Sequence[World] | Known,
    months: float,
    *,
    risk: Risk | None = None,
    jobs: int = 1,
    progress: Callable[[float, str], None] = lambda part, what: None,
) -> list[tuple[float, Hedge]]:
    """The two-stage plan where it is known so much later which world comes: (months later, plan), `LATER` each.

    What the expected cost rises by is what it is worth to learn it by the first date. Raises PlanError.
    """
    known = worlds if isinstance(worlds, Known) else own_optima(worlds, jobs)
    if known.without_plan is not None:
        return []
    found = []
    for k, later in enumerate(LATER):
        progress(k / len(LATER), f"decided {later:g} months later")
        found.append((later, hedge(known, months + later, risk=risk)))
    return found


def _of_world(program: WorldProgram, solution: Solution, place: Ints) -> Solution:
    """A world's part of the joint solution, as a solution of its own program."""
    values = solution.values[place]
    p = program.program
    nothing = np.zeros(0)
    return Solution("optimal", values, nothing, nothing, float((p.cost * values).sum()) + p.constant, 0.0)


def _in_world(program: WorldProgram, solution: Solution, own: float | None) -> InWorld:
    world = program.world
    if solution.status != "optimal":
        return InWorld(world.id, world.weight, solution.status, None, own_optimum_usd=own)
    covered = kpis_of(allocation_of(program.inputs, program.program, solution))["coverage"]
    left = (
        tuple(
            name[1]
            for name, value in zip(program.names, solution.values.tolist(), strict=True)
            if name[0] == LEFT and value > 0.5
        )
        if program.exits
        else ()
    )
    return InWorld(world.id, world.weight, "optimal", solution.objective, covered, own, left)


def decision_of(program: WorldProgram, solution: Solution, months: float) -> Decision:
    """The here-and-now decisions of one world's own plan."""
    mask = program.here_and_now(months)
    return {program.names[k]: float(solution.values[k]) for k in np.flatnonzero(mask).tolist()}


def held(program: WorldProgram, decision: Decision, months: float, solver: Solver | None = None) -> Solution:
    """The best recourse in one world with these here-and-now decisions fixed; infeasible where they cannot be held."""
    mask = program.here_and_now(months)
    names = {program.names[k] for k in np.flatnonzero(mask).tolist()}
    if any(value > 1e-6 for name, value in decision.items() if name not in names):
        return Solution("infeasible", np.zeros(0), np.zeros(0), np.zeros(0), math.nan, 0.0, "cannot be held")
    p = program.program
    lower, upper = p.lower.copy(), p.upper.copy()
    for k in np.flatnonzero(mask).tolist():
        value = decision.get(program.names[k], 0.0)
        lower[k] = upper[k] = round(value) if p.integer[k] else max(value, 0.0)
    return (solver or Solver()).solve(replace(p, lower=lower, upper=upper))


def held_in(
    worlds: Sequence[WorldProgram], decision: Decision, months: float, owns: Sequence[float | None], jobs: int = 1
) -> tuple[InWorld, ...]:
    """What a plan whose here-and-now decisions are held comes to in each world."""
    found = each(_held, (decision, months), worlds, jobs=jobs, block=TOGETHER)
    return tuple(_in_world(world, solution, own) for world, solution, own in zip(worlds, found, owns, strict=True))


def _held(given: tuple[Decision, float], world: WorldProgram, solver: Solver) -> Solution:
    return held(world, *given, solver).to_send()


def _vss(known: Known, mean: World, months: float, risk: Risk, objective: float) -> float | None:
    programs, middle = known.programs, WorldProgram.of(mean, known.exits)
    solution = Solver().solve(middle.program)
    if solution.status != "optimal":
        return None
    found = held_in(programs, decision_of(middle, solution, months), months, [None] * len(programs))
    costs = [(w.weight, w.cost_usd) for w in found if w.cost_usd is not None]
    if len(costs) < len(programs):
        return None
    expected = sum(weight * cost for weight, cost in costs)
    return (1 - risk.share) * expected + risk.share * cvar(costs, risk.alpha) - objective
