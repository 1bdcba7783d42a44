"""Why no plan meets every limit: the limits that conflict, and the service-level floors that fall short."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.analysis.infeasibility.relaxation import Search, with_relief
from gigaplan.engine.optimization.linear_program import Family, LinearProgram
from gigaplan.engine.optimization.policies import POLICY_KINDS
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Policy
from gigaplan.engine.plan.text import percent
from gigaplan.engine.plan.timeline import Timeline

Ints = NDArray[np.int64]


def floors_short(search: Search, plan: Plan, program: LinearProgram) -> tuple[str, ...]:
    """Which floors (coverage, resilience) cannot be met whatever the other policies are, and from when."""
    found: list[str] = []
    for policy in plan.policies:
        families = [f for f in program.families if f.label == policy.id and f.size]
        if families and POLICY_KINDS[policy.kind].is_floor:
            found += _short_of(search, plan, _without_others(program, policy.id), policy, families)
    return tuple(found)


def _without_others(program: LinearProgram, policy: str) -> LinearProgram:
    """The program with the rows of every other policy made free."""
    lower, upper = program.row_lower.copy(), program.row_upper.copy()
    for family in program.families:
        if family.label and family.label != policy:
            lower[family.rows], upper[family.rows] = -np.inf, np.inf
    return dataclasses.replace(program, row_lower=lower, row_upper=upper)


def _short_of(
    search: Search, plan: Plan, program: LinearProgram, policy: Policy, families: list[Family]
) -> Iterator[str]:
    """The floors of one policy that fall short when each of its rows is given slack of its own."""
    rows = np.concatenate([np.arange(f.start, f.start + f.size) for f in families])
    sizes = np.maximum(program.row_lower[rows], program.row_unit[rows])
    relief = [(rows[k : k + 1], np.ones(1), 1 / float(sizes[k])) for k in range(len(rows))]
    solution = search.solve(with_relief(program, relief))
    if solution.status != "optimal":
        return
    labels = Timeline.of(plan.settings).labels
    missing = np.split(solution.values[-len(rows) :] / sizes, np.cumsum([f.size for f in families])[:-1])
    for family, mine in zip(families, missing, strict=True):
        if not (mine > 1e-6).any():
            continue
        workload = plan.workloads[int(family.index[0][0])].name
        first = int(np.argmax(mine > 1e-6))
        since = f" from {labels[int(family.index[1][first])]}" if len(family.index) == 2 else ""
        without = f" without {family.member}" if family.member else ""
        name, most = policy.name or policy.id, percent(float(mine.max()))
        yield f"{name} cannot be met for {workload}{without}{since}: short by up to {most} of it"


def conflicting_limits(search: Search, plan: Plan, program: LinearProgram) -> tuple[str, ...]:
    """The limits of a conflict of which none can be left out, in words."""
    named = _limits_among(plan, program, search.conflict(program))
    needed = dict(named)
    for name in named:
        rest = np.concatenate([rows for other, rows in needed.items() if other != name] or [np.zeros(0, np.int64)])
        if not search.has_solution(_only(program, rest)):
            del needed[name]
    return tuple(needed)


def _only(program: LinearProgram, rows: Ints) -> LinearProgram:
    """The program in which, of the rows that are limits, only some hold."""
    free = np.zeros(len(program.row_upper), dtype=bool)
    for family in program.families:
        free[family.rows] = bool(family.label) or family.name in ("power", "supply")
    free[rows] = False
    lower = np.where(free, -np.inf, program.row_lower)
    return dataclasses.replace(program, row_lower=lower, row_upper=np.where(free, np.inf, program.row_upper))


def _limits_among(plan: Plan, program: LinearProgram, rows: Ints) -> dict[str, Ints]:
    """The limits among some rows, by their name in words, each with all of its rows in the program."""
    found: dict[str, list[Ints]] = {}
    hit = np.zeros(len(program.row_upper), dtype=bool)
    hit[rows] = True
    policies = {family.label for family in program.families if family.label and hit[family.rows].any()}
    for family in program.families:
        every = np.arange(family.start, family.start + family.size)
        if family.label in policies:
            policy = next(p for p in plan.policies if p.id == family.label)
            found.setdefault(policy.name or policy.id, []).append(every)
        elif family.name in ("power", "supply"):
            table = plan.sites if family.name == "power" else plan.offers
            for k in np.unique(family.index[0][hit[family.rows]]).tolist():
                name = f"{family.name} {'at' if family.name == 'power' else 'of'} {table[k].name}"
                found.setdefault(name, []).append(every[family.index[0] == k])
    return {name: np.concatenate(parts) for name, parts in found.items()}
