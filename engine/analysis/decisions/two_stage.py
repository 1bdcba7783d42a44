"""The two-stage plan: the here-and-now decisions that are best over all worlds at once, and what they cost in each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from gigaplan.engine.analysis.cases import each
from gigaplan.engine.analysis.decisions.exits import LEFT, Exit
from gigaplan.engine.analysis.decisions.from_worlds import Optima, WorldsSearch
from gigaplan.engine.analysis.decisions.joint_program import Risk
from gigaplan.engine.analysis.decisions.worlds import OWN, Name, World, WorldProgram
from gigaplan.engine.analysis.uncertainty import cvar
from gigaplan.engine.optimization.highs import Basis
from gigaplan.engine.optimization.solution import Solution
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.plan.text import listed
from gigaplan.engine.results.allocation import allocation_of
from gigaplan.engine.results.kpi_registry import kpis_of

Floats = NDArray[np.float64]
Decision = Mapping[Name, float]
"""The value of each here-and-now column; those that it does not name are 0."""


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
    CVaR; None where that was not asked for, and where `vss_text` says why."""
    worlds: tuple[InWorld, ...] = ()
    decision: Decision | None = None
    vss_text: str = ""
    """Why the plan for mean inputs cannot be compared, in words."""


TOGETHER = 4
"""Worlds that one solver is kept warm for."""


@dataclass(frozen=True)
class Known(Optima):
    """Worlds with their optima, where each is known beforehand."""

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
    found: list[tuple[Solution, Basis | None]] = []
    for one in each(_own, tuple(exits), worlds, jobs=jobs, block=TOGETHER):
        found.append(one)
        progress(len(found) / len(worlds), f"the optimum of {worlds[len(found) - 1].id}")
    return Known(programs, [solution for solution, _ in found], [basis for _, basis in found])


def _own(exits: tuple[Exit, ...], world: World, solver: Solver) -> tuple[Solution, Basis | None]:
    found = solver.solve(WorldProgram.of(world, exits).program)
    return found.to_send(), None if found.basis is None else Basis.of(found)  # what it is stays in its process


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
    best = WorldsSearch(known, months, risk, jobs, lambda part, what: progress(0.4 + 0.4 * part, what)).run()
    if best.status != "optimal":
        return Hedge(best.status)
    found = [
        _in_world(program, _of_world(program, values), own.objective)
        for program, values, own in zip(programs, best.values, owns, strict=True)
    ]
    progress(0.8, "the plan for mean inputs")
    shared = zip(best.shared.names, best.decided.tolist(), strict=True)
    decision = {name: value for name, value in shared if name[0] != OWN}
    expected = sum(w.weight * w.cost_usd for w in found if w.cost_usd is not None)
    tail = cvar([(w.weight, w.cost_usd or 0.0) for w in found], risk.alpha)
    perfect = sum(w.weight * (w.own_optimum_usd or 0.0) for w in found)
    objective = (1 - risk.share) * expected + risk.share * tail
    vss, why = (None, "") if mean is None else _vss(known, mean, months, risk, objective)
    return Hedge("optimal", expected, tail, expected - perfect, vss, tuple(found), decision, why)


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


def _of_world(program: WorldProgram, values: Floats) -> Solution:
    """A world's part of the plan over all worlds, as a solution of its own program."""
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


def _vss(known: Known, mean: World, months: float, risk: Risk, objective: float) -> tuple[float | None, str]:
    """What the plan for mean inputs, held, costs more; or None, and why."""
    programs, middle = known.programs, WorldProgram.of(mean, known.exits)
    solution = Solver().solve(middle.program)
    if solution.status != "optimal":
        return None, f"there is no plan for mean inputs ({solution.status})"
    found = held_in(programs, decision_of(middle, solution, months), months, [None] * len(programs))
    costs = [(w.weight, w.cost_usd) for w in found if w.cost_usd is not None]
    if len(costs) < len(programs):
        lost = listed([w.id for w in found if w.cost_usd is None], "and")
        return None, f"what the plan for mean inputs decides now cannot be held in {lost}"
    expected = sum(weight * cost for weight, cost in costs)
    return (1 - risk.share) * expected + risk.share * cvar(costs, risk.alpha) - objective, ""
