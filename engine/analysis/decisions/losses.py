"""The loss of one member: a vendor, provider, stack, site, jurisdiction or agreement that is gone for a while.

What was delivered before stays where it is, and what was decided stays decided; the work is shared out anew over what
is left, and more may be delivered of it. Service-level floors (coverage, resilience) and shares ask nothing of a plan
in that state: what is served is what one wants to know.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from gigaplan.engine.analysis.cases import each
from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.highs import Basis
from gigaplan.engine.optimization.linear_program import LinearProgram
from gigaplan.engine.optimization.policies import POLICY_KINDS
from gigaplan.engine.optimization.policies.members import member_of_pairs, member_of_services
from gigaplan.engine.optimization.solution import Solution
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.plan.schema import Workload
from gigaplan.engine.results.allocation import Allocation, allocation_of
from gigaplan.engine.results.kpi_registry import kpis_of

Bools = NDArray[np.bool_]

DIMENSIONS = ("vendor", "provider", "stack", "site", "jurisdiction", "agreement")
WAIVED = tuple(kind.name for kind in POLICY_KINDS.values() if kind.is_fraction)
"""Families of rows that ask nothing of a plan which has lost a member."""


class Loss(Struct, frozen=True):
    """What is left when a member is gone."""

    dimension: str
    member: str
    """Its name; several that are gone together with + between."""
    start: int
    """The period from which it is gone."""
    until: int
    """The period from which it is back; that after the last one where it stays away."""
    status: str
    served: dict[str, float | None]
    """Work served over work asked in the periods in which it is gone; of work that may wait, over the horizon."""
    cost_usd: float | None
    """The objective of the planning model then."""


TOGETHER = 8
"""Losses that one solver is kept warm for."""


def losses(
    inputs: Inputs,
    program: LinearProgram,
    solution: Solution,
    *,
    dimensions: Sequence[str] = DIMENSIONS,
    start: int = 0,
    periods: int | None = None,
    at_once: int = 1,
    jobs: int = 1,
    progress: Callable[[float, str], None] = lambda part, what: None,
) -> list[Loss]:
    """The loss of each member, the worst first: by the value left unserved.

    One at a time (N-1), or each `at_once` of a dimension together: 2 is N-2. `start` is the period from which they are
    gone, for `periods` of them or for good.
    """
    until = inputs.time.periods if periods is None else min(start + periods, inputs.time.periods)
    gone = [
        (dimension, some)
        for dimension in dimensions
        for some in itertools.combinations([name for name, *_ in _members(inputs, dimension)], at_once)
    ]
    alike: dict[bytes, list[tuple[str, tuple[str, ...]]]] = {}  # a vendor with one stack, sold by one provider
    for one in gone:
        alike.setdefault(b"".join(mask.tobytes() for mask in _masks(inputs, *one)), []).append(one)
    found: list[tuple[float, Loss]] = []
    basis = None if solution.basis is None or solution.reduction is not None else Basis.of(solution)
    given = (inputs, program, solution.to_send(), basis, start, until)
    firsts = [each_of[0] for each_of in alike.values()]
    for same, (unserved, loss) in zip(
        alike.values(), each(_lost, given, firsts, jobs=jobs, block=TOGETHER), strict=True
    ):
        progress(len(found) / len(gone), loss.member)
        found += [(unserved, structs.replace(loss, dimension=d, member=" + ".join(names))) for d, names in same]
    order = {(d, " + ".join(names)): k for k, (d, names) in enumerate(gone)}
    return [loss for _, loss in sorted(found, key=lambda one: (-one[0], order[one[1].dimension, one[1].member]))]


def _lost(
    given: tuple[Inputs, LinearProgram, Solution, Basis | None, int, int],
    gone: tuple[str, tuple[str, ...]],
    solver: Solver,
) -> tuple[float, Loss]:
    """The value left unserved without some members, USD, and what that comes to."""
    inputs, program, solution, basis, start, until = given
    dimension, names = gone
    if basis is not None:  # each loss is nearer to the plan than to another loss
        solver.start_from(program, basis)
    left = solver.solve(_without(inputs, program, solution, *_masks(inputs, dimension, names), start, until))
    member = " + ".join(names)
    if left.status != "optimal":
        return float("inf"), Loss(dimension, member, start, until, left.status, {}, None)
    allocation = allocation_of(inputs, program, left)
    part = _served(inputs, allocation, start, until)
    unserved = float((allocation.unmet_usd * inputs.time.discount).sum())
    return unserved, Loss(dimension, member, start, until, "optimal", part, left.objective)


def _served(i: Inputs, a: Allocation, start: int, until: int) -> dict[str, float | None]:
    whole = kpis_of(a)["coverage"]
    day = np.where(i.by_block, i.profile @ i.shares, 1.0)
    asked, served = i.demand[:, start:until].sum(axis=1) * day, a.served[:, start:until].sum(axis=1)
    return {
        w.id: whole[w.id] if may_wait(w) else float(served[n] / asked[n]) if asked[n] > 0 else None
        for n, w in enumerate(i.plan.workloads)
    }


def may_wait(workload: Workload) -> bool:
    """Whether work of one period may be done in another."""
    return workload.flexible or workload.max_delay_months is not None


def _members(i: Inputs, dimension: str) -> list[tuple[str, Bools, Bools]]:
    """Each member of a dimension, with the pairs [N] and the services that are its own."""
    if dimension == "agreement":
        owner = [i.plan.offers[o].agreement or "" for o in i.pair_offer.tolist()]
        seller = [service.agreement or "" for service in i.plan.services]
    else:
        owner = member_of_pairs(i, dimension)
        seller = [name or "" for name in member_of_services(i, dimension)]
    pairs, services = np.array(owner, dtype=object), np.array(seller, dtype=object)
    return [(name, pairs == name, services == name) for name in sorted({*owner, *seller}) if name]


def _masks(i: Inputs, dimension: str, names: Sequence[str]) -> tuple[Bools, Bools]:
    """The pairs [N] and the services that are of any of these members."""
    own = [(pairs, services) for name, pairs, services in _members(i, dimension) if name in names]
    return np.any([mine for mine, _ in own], axis=0), np.any([mine for _, mine in own], axis=0)


def _without(
    i: Inputs, p: LinearProgram, solution: Solution, pairs: Bools, services: Bools, start: int, until: int
) -> LinearProgram:
    """The program in which these pairs and services do nothing from `start` to `until`; what came before is held."""
    lower, upper = p.lower.copy(), p.upper.copy()
    for block in p.blocks.values():
        if not block.size:
            continue
        columns = np.arange(block.start, block.start + block.size)
        if "period" in block.axes:
            period = block.index[block.axes.index("period")]
            if block.name == "deliveries":
                old = columns[period < start]
                lower[old] = upper[old] = np.maximum(solution.values[old], 0.0)
                upper[columns[pairs[block.index[0]] & (period >= start) & (period < until)]] = 0.0
            elif "use" in block.axes:
                own = pairs[i.use_pair[block.index[block.axes.index("use")]]]
                upper[columns[own & (period >= start) & (period < until)]] = 0.0
            elif "buy" in block.axes:
                own = services[i.buy_service[block.index[block.axes.index("buy")]]]
                upper[columns[own & (period >= start) & (period < until)]] = 0.0
        if p.integer[columns].any() and block.axes != ("offer", "period"):
            lower[columns] = upper[columns] = np.round(solution.values[columns])
    row_lower, row_upper = p.row_lower.copy(), p.row_upper.copy()
    for family in p.families:
        if family.name in WAIVED:
            row_lower[family.rows], row_upper[family.rows] = -np.inf, np.inf
    return replace(p, lower=lower, upper=upper, row_lower=row_lower, row_upper=row_upper)
