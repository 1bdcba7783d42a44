"""Other plans that cost nearly as little: within a part of the optimum, those that differ most from it, and what all
of them have in common.

Each is the optimum of another aim under one row more: the objective of the planning model is at most (1 + slack) times
its least value (epsilon-constraint; DeCarolis, 2011, on modelling to generate alternatives).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from gigaplan.engine.analysis.cases import each
from gigaplan.engine.optimization.arrays import Inputs, inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.linear_program import Ceiling, LinearProgram, with_rows
from gigaplan.engine.optimization.policies.members import member_of_pairs
from gigaplan.engine.optimization.solution import Solution
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.plan.plan import Plan, fresh_id
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import Override, Scenario
from gigaplan.engine.validation.rules import check, errors

Floats = NDArray[np.float64]


COST_BESIDE = 1e-4
"""Of the cost, beside an aim: enough for the solver to see, too little to move the aim."""


TOGETHER = 8
"""Aims that one solver is kept warm for."""


class Alternative(Struct, frozen=True):
    """A plan that costs at most `slack` more than the optimum, and is least in something."""

    aim: str
    """What it has least of: `chips of NVIDIA`, `power`, `chips rented`."""
    status: str
    cost_usd: float | None
    chips: dict[str, float]
    """Chips delivered over the horizon, by `offer|site`; what is nothing is left out."""
    supply: dict[str, tuple[float, ...]] = {}
    """Chips delivered in each period, by offer; of every offer."""

    def scenario(self, plan: Plan, name: str) -> Scenario:
        """A scenario of the plan in which no offer delivers more, in any period, than it does in this one: its optimum
        is this plan, or one that costs less still."""
        months = plan.settings.months_per_period
        overrides = tuple(
            Override(table="offers", row=id, field="supply_chips_per_month", op="set", value=[n / months for n in each])
            for id, each in self.supply.items()
        )
        return Scenario(id=fresh_id(plan, "scenarios", name), name=name, overrides=overrides)


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

    The aims are least of each vendor, of all power, of what is bought and of what is rented, in MW times periods. The
    optimum comes first. Raises ValueError where slack is below 0.
    """
    if slack < 0:
        raise ValueError("slack is below 0")
    ceiling = solution.objective + slack * abs(solution.objective) - program.constant
    given = (inputs, _near(program, solution, ceiling), program, solution.to_send())
    found = [_told(inputs, program, "cost", solution)]
    delivered = [_deliveries(inputs, program, solution.values)]
    aims = _aims(inputs)
    for aimed in each(_least, given, aims, jobs=jobs, block=TOGETHER):
        name = aims[len(found) - 1][0]
        progress(len(found) / len(aims), name)
        found.append(_told(inputs, program, name, aimed))
        if aimed.status == "optimal":
            delivered.append(_deliveries(inputs, program, aimed.values))
    return found, _common(inputs, delivered)


def _least(
    given: tuple[Inputs, LinearProgram, LinearProgram, Solution], aim: tuple[str, Floats], solver: Solver
) -> Solution:
    """The near-optimal plan that has least of something, its objective that of the planning model."""
    inputs, near, program, solution = given
    cost = _aim(inputs, program, aim[1])
    size = float((cost * solution.values).sum())
    # Of the plans that have least of it, the cheapest: a little of the cost beside the aim as a part of today
    cost = cost / size + COST_BESIDE * program.cost / max(abs(solution.objective), 1.0) if size > 0 else program.cost
    aimed = solver.solve(replace(near, cost=cost, constant=0.0, cost_unit=1.0)).to_send()
    if aimed.status != "optimal":
        return aimed
    return replace(aimed, objective=float((program.cost * aimed.values).sum()) + program.constant)


class Near(Struct, frozen=True):
    """The optimum of a plan and the plans near it; without plans unless `status`, that of the plan, is optimal."""

    status: str
    plans: tuple[Alternative, ...] = ()
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
    return Near("optimal", tuple(found), tuple(common))


def _aim(i: Inputs, p: LinearProgram, weight: Floats) -> Floats:
    """[C] the weight [N] of each delivery, times the periods in which its chips stand inside the horizon."""
    cost = np.zeros(len(p.cost))
    block = p.blocks["deliveries"]
    pair, period = block.index
    cost[block.columns] = weight[pair] * np.minimum(i.time.periods - period, i.life[i.pair_offer[pair]])
    return cost


def _near(p: LinearProgram, solution: Solution, ceiling: float) -> LinearProgram:
    """The program with one row more: what it costs is at most `ceiling`; integers held."""
    lower, upper = p.lower.copy(), p.upper.copy()
    lower[p.integer] = upper[p.integer] = np.round(solution.values[p.integer])
    priced = np.flatnonzero(p.cost)
    bounded = replace(p, lower=lower, upper=upper, integer=np.zeros_like(p.integer))
    return with_rows(bounded, [Ceiling(priced, p.cost[priced], ceiling, max(abs(ceiling), 1.0))])


def _aims(i: Inputs) -> list[tuple[str, Floats]]:
    """What a plan may have least of, with its weight [N] per chip and period."""
    power = (i.power_w[i.pair_offer] * i.pue[i.pair_site]) / 1e6
    bought = i.purchase[i.pair_offer]
    owner = np.array(member_of_pairs(i, "vendor"))
    aims = [(f"chips of {name}", power * (owner == name)) for name in sorted(set(owner.tolist()))]
    aims += [("power", power), ("chips bought", power * bought), ("chips rented", power * ~bought)]
    return [(name, weight) for name, weight in aims if weight.any()]


def _deliveries(i: Inputs, p: LinearProgram, values: Floats) -> Floats:
    """[N, T] chips delivered."""
    found = np.zeros(i.can_deliver.shape)
    block = p.blocks["deliveries"]
    found[block.index] = values[block.columns]
    return found


def _told(i: Inputs, p: LinearProgram, aim: str, solution: Solution) -> Alternative:
    if solution.status != "optimal":
        return Alternative(aim, solution.status, None, {})
    values = solution.values
    return Alternative(aim, "optimal", solution.objective, chips_delivered(i, p, values), _supply(i, p, values))


def _supply(i: Inputs, p: LinearProgram, values: Floats) -> dict[str, tuple[float, ...]]:
    """Chips delivered in each period by every offer, to nine digits: what is beyond is the solver's tolerance."""
    chips = np.zeros((len(i.plan.offers), i.time.periods))
    np.add.at(chips, i.pair_offer, np.maximum(_deliveries(i, p, values), 0.0))
    chips[chips <= 1e-6 * max(float(chips.max(initial=0.0)), 1.0)] = 0.0
    written = [tuple(float(f"{n:.9g}") for n in row) for row in chips.tolist()]
    return {offer.id: row for offer, row in zip(i.plan.offers, written, strict=True)}


def chips_delivered(i: Inputs, p: LinearProgram, values: Floats) -> dict[str, float]:
    """Chips delivered over the horizon, by `offer|site`; what is nothing to the solver's tolerance is left out."""
    chips = _deliveries(i, p, values).sum(axis=1)
    dust = 1e-6 * max(float(chips.max(initial=0.0)), 1.0)
    pairs = zip(i.pair_offer.tolist(), i.pair_site.tolist(), chips.tolist(), strict=True)
    return {f"{i.plan.offers[o].id}|{i.plan.sites[s].id}": c for o, s, c in pairs if c > dust}


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
