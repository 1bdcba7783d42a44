"""Other plans that cost nearly as little: within a part of the optimum, those that differ most from it, and what all
of them have in common.

Each is the optimum of another aim under one row more: the objective of the planning model is at most (1 + slack) times
its least value (epsilon-constraint; DeCarolis, 2011, on modelling to generate alternatives). Decisions by 0 and 1 are
those of the optimum, but for what is signed where the aim is least commitment.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from gigaplan.engine.analysis.cases import each
from gigaplan.engine.analysis.decisions.frontier import (
    Concentration,
    PowerLimit,
    Solved,
    chips_delivered,
    deliveries_of,
    no_less,
    policy_for,
    signed_as,
    with_scenario,
)
from gigaplan.engine.optimization.arrays import Inputs, inputs_of
from gigaplan.engine.optimization.contract_years import contract_years
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.linear_program import Ceiling, LinearProgram, with_rows
from gigaplan.engine.optimization.policies.members import member_of_pairs
from gigaplan.engine.optimization.solution import Solution
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import Override, Policy
from gigaplan.engine.results.allocation import allocation_of
from gigaplan.engine.validation.rules import check, errors

Floats = NDArray[np.float64]


COST_BESIDE = 1e-4
"""Of the cost, beside an aim: enough for the solver to see, too little to move the aim."""


TOGETHER = 8
"""Aims that one solver is kept warm for."""
VENDORS, POWER, CARBON, COMMITMENTS, CONCENTRATION = "vendors", "power", "carbon", "commitments", "concentration"
MOST_SETS = 64
"""Sets of vendors that are tried for the fewest: all of those of six."""


class Alternative(Struct, frozen=True):
    """A plan that costs at most `slack` more than the optimum, and is least in something."""

    aim: str
    """What it has least of: `chips of NVIDIA`, `vendors`, `power`, `carbon`, `commitments`, `concentration`."""
    status: str
    cost_usd: float | None
    chips: dict[str, float]
    """Chips delivered over the horizon, by `offer|site`; what is nothing is left out."""
    supply: dict[str, tuple[float, ...]] = {}
    """Chips delivered in each period, by offer; of every offer."""
    signed: tuple[str, ...] = ()
    """The agreements that are signed, of those that are optional."""
    overrides: tuple[Override, ...] = ()
    """What keeps it as low in its aim, in a scenario, where fewer chips alone do not,"""
    policies: tuple[Policy, ...] = ()
    """and policies that do so beside them."""

    @property
    def words(self) -> str:
        """What it is, in words."""
        return "fewest vendors" if self.aim == VENDORS else f"least {self.aim}"

    def opened(self, plan: Plan, name: str) -> tuple[Plan, str]:
        """The plan with a scenario in which no offer delivers more, in any period, than it does in this one, and that
        is as low in its aim: its optimum is this plan, or one that costs less still. And the id of that scenario."""
        months = plan.settings.months_per_period
        supply = [
            Override(
                table="offers", row=id, field="supply_chips_per_month", op="set",
                value=[no_less(n / months) if n else 0.0 for n in each],
            )
            for id, each in self.supply.items()
        ]  # fmt: skip
        return with_scenario(plan, name, (*supply, *self.overrides), self.policies)


class Common(Struct, frozen=True):
    """What every near-optimal plan that was found delivers: at least so many chips, up to a period."""

    offer: str
    site: str
    until: int
    chips: float


def alternatives(
    inputs: Inputs,
    program: LinearProgram,
    solution: Solution,
    slack: float,
    *,
    jobs: int = 1,
    progress: Callable[[float, str], None] = lambda part, what: None,
) -> tuple[list[Alternative], list[Common]]:
    """Near-optimal plans within `slack` (0.03: 3 %) of an optimum, integers held at those of the optimum.

    The aims are least of each vendor, of all power, of what is bought and of what is rented, in MW times periods, least
    carbon and least commitments over the horizon, fewest vendors, and least concentration of vendors, mean over the
    periods. The optimum comes first. Raises ValueError where slack is below 0.
    """
    if slack < 0:
        raise ValueError("slack is below 0")
    even = Concentration(inputs.plan, Solver())
    if len(even.program.cost) != len(program.cost):  # it has columns for power that the plan itself did not need
        held = np.round(solution.values[program.integer])
        inputs, program = even.inputs, even.program
        solution = Solver().solve(program, hold=held)
    given = _Given(inputs, program, solution.to_send(), slack)
    aims = _aims(inputs, program)
    count = len(aims) + 2
    plans = [("cost", solution)]
    for aimed in each(_least, given, aims, jobs=jobs, block=TOGETHER):
        name = aims[len(plans) - 1][0]
        progress(len(plans) / count, name)
        plans.append((name, aimed))
    progress((count - 1) / count, VENDORS)
    plans.append((VENDORS, _fewest_vendors(given, dict(plans))))
    progress(1.0, CONCENTRATION)
    if len(even.vendors) > 1:
        beside = COST_BESIDE * program.cost / max(abs(solution.objective), 1.0)
        plans.append((CONCENTRATION, given.priced(even.most_even(given.near(), solution, beside))))
    optimal = [aimed for _, aimed in plans if aimed.status == "optimal"]
    delivered = [deliveries_of(inputs, program, aimed.values) for aimed in optimal]
    kept = _Kept(inputs, program, even)
    found = [kept.told(name, aimed) for name, aimed in plans]
    return found, _common(inputs, delivered)


@dataclass(frozen=True)
class _Given:
    """A plan, its optimum and how much more of its cost is allowed."""

    inputs: Inputs
    program: LinearProgram
    solution: Solution
    slack: float

    @property
    def ceiling(self) -> float:
        """The objective that is allowed."""
        least = self.solution.objective
        return least + self.slack * abs(least)

    def near(self, free: str = "") -> LinearProgram:
        """The program with one row more: what it costs is at most the ceiling; integers held, but those of a block."""
        p = self.program
        lower, upper, integer = p.lower.copy(), p.upper.copy(), np.zeros_like(p.integer)
        lower[p.integer] = upper[p.integer] = np.round(self.solution.values[p.integer])
        if free:
            columns = p.blocks[free].columns
            lower[columns], upper[columns], integer[columns] = p.lower[columns], p.upper[columns], p.integer[columns]
        priced = np.flatnonzero(p.cost)
        most = self.ceiling - p.constant
        bounded = replace(p, lower=lower, upper=upper, integer=integer)
        return with_rows(bounded, [Ceiling(priced, p.cost[priced], most, max(abs(most), 1.0))])

    def priced(self, aimed: Solution) -> Solution:
        """A plan with the objective of the planning model."""
        if aimed.status != "optimal":
            return aimed
        return replace(aimed, objective=float((self.program.cost * aimed.values).sum()) + self.program.constant)


def _least(given: _Given, aim: tuple[str, Floats], solver: Solver) -> Solution:
    """The near-optimal plan that has least of something, its objective that of the planning model."""
    name, cost = aim
    program, solution = given.program, given.solution
    size = float((cost * solution.values).sum())
    # Of the plans that have least of it, the cheapest: a little of the cost beside the aim as a part of today
    beside = COST_BESIDE * program.cost / max(abs(solution.objective), 1.0)
    cost = cost / size + beside if size > 0 else program.cost
    near = given.near("signed" if name == COMMITMENTS else "")
    return given.priced(solver.solve(replace(near, cost=cost, constant=0.0, cost_unit=1.0)).to_send())


def _fewest_vendors(given: _Given, plans: Mapping[str, Solution]) -> Solution:
    """The cheapest near-optimal plan that buys of fewest vendors; where too many sets of them would have to be tried,
    of the fewest that the other plans buy of."""
    i, p = given.inputs, given.program
    owner = np.array(member_of_pairs(i, "vendor"))
    vendors = sorted(set(owner.tolist()))

    def used(solution: Solution) -> frozenset[str]:
        chips = deliveries_of(i, p, solution.values).sum(axis=1)
        dust = 1e-6 * max(float(chips.max(initial=0.0)), 1.0)
        return frozenset(v for v in vendors if float(chips[owner == v].sum()) > dust)

    known = [s for s in plans.values() if s.status == "optimal"]
    fewest = min(known, key=lambda s: (len(used(s)), s.objective))
    # Who is needed by the plan that has least of him is needed by all.
    without = {v: plans.get(f"chips of {v}") for v in vendors}
    needed = {v for v, s in without.items() if s is not None and s.status == "optimal" and v in used(s)}
    others = [v for v in vendors if v not in needed]
    solver, tried = Solver(), 0
    block = p.blocks["deliveries"]
    columns, pair = np.arange(block.start, block.start + block.size), block.index[0]
    held = given.near()
    for count in range(len(used(fewest)) - len(needed) + 1):
        best: Solution | None = None
        for some in itertools.combinations(others, count):
            if (tried := tried + 1) > MOST_SETS:
                return fewest
            upper = held.upper.copy()
            upper[columns[~np.isin(owner[pair], [*needed, *some])]] = 0.0
            solved = solver.solve(replace(held, upper=upper))
            if solved.status == "optimal" and (best is None or solved.objective < best.objective):
                best = solved
        if best is not None:
            return best
    return fewest


def signed_in_all(found: Sequence[Alternative]) -> list[str]:
    """The optional agreements that are signed in every plan that was found."""
    plans = [a.signed for a in found if a.status == "optimal"]
    return [id for id in plans[0] if all(id in signed for signed in plans)] if plans else []


class Near(Struct, frozen=True):
    """The optimum of a plan and the plans near it; without plans unless `status`, that of the plan, is optimal."""

    status: str
    plans: tuple[Alternative, ...] = ()
    slack: float = 0.0
    common: tuple[Common, ...] = ()


def near(plan: Plan, slack: float, progress: Callable[[float, str], None]) -> Near:
    """The plans within `slack` of the optimum; see `alternatives`. Raises PlanError where the plan has errors."""
    if wrong := errors(check(plan)):
        raise PlanError(tuple(wrong))
    inputs = inputs_of(plan)
    program = build(inputs)
    solution = Solver().solve(program)
    if solution.status != "optimal":
        return Near(solution.status)
    found, common = alternatives(inputs, program, solution, slack, progress=progress)
    return Near("optimal", tuple(found), slack, tuple(common))


def _aims(i: Inputs, p: LinearProgram) -> list[tuple[str, Floats]]:
    """What a plan may have least of, with its weight [C] per unit of each column."""
    power = (i.power_w[i.pair_offer] * i.pue[i.pair_site]) / 1e6
    bought = i.purchase[i.pair_offer]
    owner = np.array(member_of_pairs(i, "vendor"))
    chips = [(f"chips of {name}", power * (owner == name)) for name in sorted(set(owner.tolist()))]
    chips += [(POWER, power), ("chips bought", power * bought), ("chips rented", power * ~bought)]
    aims = [(name, _standing(i, p, weight)) for name, weight in chips if weight.any()]
    aims += [(CARBON, _emitted(i, p)[0]), (COMMITMENTS, _committed(i, p))]
    return [(name, weight) for name, weight in aims if weight.any()]


def _standing(i: Inputs, p: LinearProgram, weight: Floats) -> Floats:
    """[C] the weight [N] of each delivery, times the periods in which its chips stand inside the horizon."""
    cost = np.zeros(len(p.cost))
    block = p.blocks["deliveries"]
    pair, period = block.index
    cost[block.columns] = weight[pair] * np.minimum(i.time.periods - period, i.life[i.pair_offer[pair]])
    return cost


def _emitted(i: Inputs, p: LinearProgram) -> tuple[Floats, list[tuple[int, Floats, float]]]:
    """[C] tCO2e over the horizon of each column, and by plan year: (year, [C], what is emitted whatever is done). They
    are those of the rows of a cap of 0."""
    policy = policy_for(i.plan, "carbon", 0.0)
    assert policy is not None
    capped = build(inputs_of(structs.replace(i.plan, policies=(*i.plan.policies, policy))))
    years = []
    for family in capped.families:
        if family.label != policy.id:
            continue
        for row, year in zip(range(family.rows.start, family.rows.stop), family.index[0].tolist(), strict=True):
            own = slice(capped.row_start[row], capped.row_start[row + 1])
            tonnes = np.zeros(len(p.cost))
            tonnes[capped.columns[own]] = capped.values[own]
            years.append((year, tonnes, -float(capped.row_upper[row])))
    return np.sum([tonnes for _, tonnes, _ in years] or [np.zeros(len(p.cost))], axis=0), years


def _committed(i: Inputs, p: LinearProgram) -> Floats:
    """[C] USD that each signature commits to over the contract years in the horizon."""
    cost = np.zeros(len(p.cost))
    if (block := p.blocks.get("signed")) is not None:
        place = {int(a): block.start + k for k, a in enumerate(block.index[0].tolist())}
        for year in contract_years(i):
            if year.agreement in place:
                cost[place[year.agreement]] += year.commitment_usd
    return cost


@dataclass(frozen=True)
class _Kept:
    """Tells plans, with what keeps each of them as low in its aim where it is opened as a scenario."""

    inputs: Inputs
    program: LinearProgram
    even: Concentration

    def told(self, aim: str, solution: Solution) -> Alternative:
        """A plan that was found."""
        i, p = self.inputs, self.program
        if solution.status != "optimal":
            return Alternative(aim, solution.status, None, {})
        signed = allocation_of(i, p, solution).signed > 0.5
        names = tuple(
            row.id for row, is_signed in zip(i.plan.agreements, signed.tolist(), strict=True)
            if is_signed and row.status == "optional"
        )  # fmt: skip
        overrides: tuple[Override, ...] = ()
        policies: tuple[Policy, ...] = ()
        if aim == POWER:
            overrides, _ = PowerLimit(i.plan, Solver()).kept_by(Solved(i, p, solution))
        elif aim == CONCENTRATION:
            _, policies = self.even.kept_by(Solved(i, p, solution))
        elif aim == COMMITMENTS:
            overrides = signed_as(i.plan, signed.astype(float).tolist())
        elif aim == CARBON:
            policies = self._capped(solution)
        chips, supply = chips_delivered(i, p, solution.values), _supply(i, p, solution.values)
        return Alternative(aim, "optimal", solution.objective, chips, supply, names, overrides, policies)

    def _capped(self, solution: Solution) -> tuple[Policy, ...]:
        """A carbon cap at what a plan emits in each plan year; caps are by the year, also where one is cut short."""
        time = self.inputs.time
        limit = np.zeros(time.periods)
        for year, tonnes, anyway in _emitted(self.inputs, self.program)[1]:
            own = time.year_of == year
            emitted = float((tonnes * solution.values).sum()) + anyway
            limit[own] = no_less(emitted / (own.sum() * time.months / 12))
        policy = policy_for(self.inputs.plan, "carbon", 0.0)
        assert policy is not None
        return (structs.replace(policy, limit=tuple(limit.tolist())),)


def _supply(i: Inputs, p: LinearProgram, values: Floats) -> dict[str, tuple[float, ...]]:
    """Chips delivered in each period by every offer, to nine digits: what is beyond is the solver's tolerance."""
    chips = np.zeros((len(i.plan.offers), i.time.periods))
    np.add.at(chips, i.pair_offer, np.maximum(deliveries_of(i, p, values), 0.0))
    chips[chips <= 1e-9 * max(float(chips.max(initial=0.0)), 1.0)] = 0.0
    written = [tuple(float(f"{n:.9g}") for n in row) for row in chips.tolist()]
    return {offer.id: row for offer, row in zip(i.plan.offers, written, strict=True)}


def _common(i: Inputs, delivered: Sequence[Floats]) -> list[Common]:
    """What all of the plans deliver by some period, as large as it is, at the first period that has most of it."""
    least = np.min([np.cumsum(d, axis=1) for d in delivered], axis=0)
    dust = 1e-3 * max(float(least.max(initial=0.0)), 1.0)
    found = []
    for n in np.flatnonzero(least[:, -1] > dust).tolist():
        until = int(np.flatnonzero(least[n] >= 0.999 * least[n, -1])[0])
        offer, site = i.plan.offers[int(i.pair_offer[n])], i.plan.sites[int(i.pair_site[n])]
        found.append(Common(offer.id, site.id, until, float(least[n, until])))
    return found
