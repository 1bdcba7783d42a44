"""Why no plan meets every limit: the limits that conflict, and the service-level floors that fall short."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.analysis.infeasibility.relaxation import Search, with_relief
from gigaplan.engine.optimization.linear_program import Family, LinearProgram
from gigaplan.engine.optimization.policies import POLICY_KINDS
from gigaplan.engine.plan.plan import Plan, find, with_fields
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
            alone = _without_others(program, policy.id)
            if not search.is_met(alone):
                found += _short_of(search, plan, alone, policy, families)
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


Limit = tuple[str, str]
"""A limit that a conflict may hold: its table (sites, offers, policies) and the id of its row."""


def conflicting_limits(
    search: Search, plan: Plan, program: LinearProgram, proven: Set[Limit] | None, enough: Set[Limit]
) -> tuple[str, ...]:
    """The limits of a conflict of which none can be left out, in words.

    `proven` are limits that conflict, if such are known, and `enough` those that end every conflict by giving way. The
    solver's own conflict is one of the program with fractions for decisions, and may be none of the plan.
    """
    needed = set(proven) if proven is not None else limits_of(program, search.conflict(program), plan)
    if not enough <= needed or (needed - enough and search.is_feasible(_only(plan, needed))):
        needed = limits_of(program, np.arange(len(program.row_upper)), plan)
    for limit in _in_order(plan, needed - enough):
        rest = needed - {limit}
        if not search.is_feasible(_only(plan, rest)):
            needed = rest
    return tuple(_in_words(plan, limit) for limit in _in_order(plan, needed))


def _only(plan: Plan, kept: Set[Limit]) -> Plan:
    """The plan in which, of its limits, only some hold: also where a limit bounds what a decision allows."""
    for site in plan.sites:
        if ("sites", site.id) not in kept:
            plan = with_fields(plan, "sites", site.id, power_mw=None)
    for offer in plan.offers:
        if ("offers", offer.id) not in kept:
            plan = with_fields(plan, "offers", offer.id, supply_chips_per_month=None)
    for policy in plan.policies:
        if ("policies", policy.id) not in kept:
            plan = with_fields(plan, "policies", policy.id, enabled=False)
    return plan


def limits_of(program: LinearProgram, rows: Ints, plan: Plan) -> set[Limit]:
    """The limits that some rows are of."""
    found: set[Limit] = set()
    hit = np.zeros(len(program.row_upper), dtype=bool)
    hit[rows] = True
    for family in program.families:
        if not hit[family.rows].any():
            continue
        if family.label:
            found.add(("policies", family.label))
        elif family.name in ("power", "supply"):
            table = "sites" if family.name == "power" else "offers"
            for k in np.unique(family.index[0][hit[family.rows]]).tolist():
                found.add((table, getattr(plan, table)[k].id))
    return found


def _in_order(plan: Plan, limits: Set[Limit]) -> list[Limit]:
    tables = ("sites", "offers", "policies")
    return [(t, row.id) for t in tables for row in getattr(plan, t) if (t, row.id) in limits]


def _in_words(plan: Plan, limit: Limit) -> str:
    row: Any = find(plan, *limit)
    if limit[0] == "policies":
        return str(row.name or row.id)
    return f"power at {row.name}" if limit[0] == "sites" else f"supply of {row.name}"
