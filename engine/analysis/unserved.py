"""Work that an optimal plan does not serve: how much, what it is worth, and what would serve it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from gigaplan.engine.analysis.infeasibility.relaxation import Search
from gigaplan.engine.analysis.infeasibility.remedies import FieldChange, Remedy, smallest_remedies
from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.schema import Policy
from gigaplan.engine.plan.text import rounded
from gigaplan.engine.results.allocation import allocation_of
from gigaplan.engine.results.kpi_registry import coverage
from gigaplan.engine.results.result import Result

SERVED = 1e-6
"""Of a demand: less than this unserved is what the solver leaves of nothing."""
MOST = 6
"""How many remedies are tried, the smallest first."""
TRIES = 12


class Unserved(Struct, frozen=True):
    """A workload that is not served in full."""

    workload: str
    part: float
    """Of its demand over the horizon."""
    value_usd: float
    """Its value if not served, discounted."""


class Serving(Struct, frozen=True):
    """What would serve the rest of a workload."""

    remedies: tuple[Remedy, ...]
    """Changes after each of which the best plan serves all of it, and no less of other work."""
    cost_usd: float | None = None
    """What serving it would cost more than it does, where no limit (or only `needs`) is in the way; discounted."""
    value_usd: float = 0.0
    """What it is worth then, discounted."""
    needs: str = ""
    """The change without which it cannot be served at all, where it is not worth serving even then."""


def unserved(result: Result) -> list[Unserved]:
    """The workloads that an optimal result does not serve in full, what is worth most first."""
    a = result.allocation
    if a is None:
        return []
    lost = (a.unmet_usd * a.inputs.time.discount).sum(axis=1)
    covered = result.kpis["coverage"]
    found = [
        Unserved(w.id, 1 - covered[w.id], float(lost[k]))
        for k, w in enumerate(result.plan.workloads)
        if covered[w.id] is not None and covered[w.id] < 1 - SERVED
    ]
    return sorted(found, key=lambda u: (-u.value_usd, -u.part))


def serving(result: Result, workload: str, *, cancelled: Callable[[], bool] = lambda: False) -> Serving:
    """What would serve the rest of a workload of an optimal result. Takes a solve for each limit of the plan.

    Raises Cancelled soon after `cancelled` says so, and KeyError for a workload that is served in full.
    """
    short = {u.workload: u for u in unserved(result)}[workload]
    search, plan = Search(cancelled), result.plan
    promised, own = _promised(result, workload)
    cost = _cost(search, promised)
    if cost is not None:
        extra = cost - result.kpis["objective_usd"] + short.value_usd
        return Serving(_worth_more(search, plan, workload, extra / short.value_usd if short.value_usd > 0 else 0.0),
                       extra, short.value_usd)  # fmt: skip
    tried = [m for m in smallest_remedies(search, promised) if not any(change.row in own for change in m.changes)][
        :MOST
    ]
    remedies = tuple(m for m in tried if _serves(search, m.apply(plan), workload))
    if remedies or not tried:
        return Serving(remedies)
    first = tried[0]
    then = _optimum(search, first.apply(plan))
    forced = _cost(search, first.apply(promised))
    if then is None or forced is None:
        return Serving(())
    value = _lost(then, workload)
    return Serving((), forced - then.kpis["objective_usd"] + value, value, first.text)


def _promised(result: Result, workload: str) -> tuple[Plan, set[str]]:
    """The plan with a promise to serve all of a workload and as much of each other as now, and the promises' ids."""
    plan, a = result.plan, result.allocation
    assert a is not None
    taken = {policy.id for policy in plan.policies}
    promises = []
    for k, (work, demand, unmet) in enumerate(zip(plan.workloads, a.inputs.demand, a.unmet, strict=True)):
        limit: tuple[float, ...] | float = 1.0
        if work.id != workload:
            part = 1 - np.divide(unmet / a.inputs.peak[k], demand, out=np.zeros(demand.shape), where=demand > 0)
            part = np.clip(np.where(part >= 1 - SERVED, 1.0, part) - SERVED, 0.0, 1.0)
            if a.inputs.by_block[k] and part.min() < 1 - 2 * SERVED:
                continue  # which hours it is served in is not told by the mean of the day
            limit = tuple(part.tolist())
        id = next(name for n in range(len(taken) + 1) if (name := f"serve_{k}_{n}") not in taken)
        promises.append(Policy(id=id, kind="coverage", scope=work.id, limit=limit))
    return replace(plan, policies=(*plan.policies, *promises)), {p.id for p in promises}


def _cost(search: Search, plan: Plan) -> float | None:
    """The least objective of a plan, USD; None where there is none."""
    solution = search.solve(build(inputs_of(plan)))
    return solution.objective if solution.status == "optimal" else None


def _optimum(search: Search, plan: Plan) -> Result | None:
    from gigaplan.engine.results.kpi_registry import kpis_of

    inputs = inputs_of(plan)
    program = build(inputs)
    solution = search.solve(program)
    if solution.status != "optimal":
        return None
    allocation = allocation_of(inputs, program, solution)
    return Result(plan, "optimal", (), kpis_of(allocation), allocation, program, solution)


def _serves(search: Search, plan: Plan, workload: str) -> bool:
    """Whether the best plan serves all of a workload."""
    inputs = inputs_of(plan)
    program = build(inputs)
    solution = search.solve(program)
    if solution.status != "optimal":
        return False
    covered = coverage(allocation_of(inputs, program, solution))[workload]
    return covered is not None and covered >= 1 - SERVED


def _lost(result: Result, workload: str) -> float:
    return next((u.value_usd for u in unserved(result) if u.workload == workload), 0.0)


def _worth_more(search: Search, plan: Plan, workload: str, times: float) -> tuple[Remedy, ...]:
    """The value from which on the workload is served: at least so many times what it is now."""
    row: Any = find(plan, "workloads", workload)
    now = row.unmet_usd
    if now <= 0 or not math.isfinite(times) or times <= 0:
        return ()
    low, high = 1.0, max(times, 1.0) * 1.001

    def valued(by: float) -> Plan:
        return Remedy("", 0.0, (FieldChange("workloads", workload, "unmet_usd", _up(now * by)),)).apply(plan)

    for _ in range(TRIES):
        if _serves(search, valued(high), workload):
            break
        low, high = high, high * 2
    else:
        return ()
    for _ in range(TRIES):
        if high - low < 0.01 * low:
            break
        middle = (low + high) / 2
        low, high = (low, middle) if _serves(search, valued(middle), workload) else (middle, high)
    value = _up(now * high)
    per = "PFLOP/s" if row.unit == "PFLOP/s" else "token/s"
    text = f"value {row.name} at {rounded(value)} {plan.settings.currency} per {per} and hour"
    return (Remedy(text, value / now - 1, (FieldChange("workloads", workload, "unmet_usd", value),)),)


def _up(value: float) -> float:
    """A value rounded up to three figures."""
    scale = 10.0 ** (math.floor(math.log10(value)) - 2)
    return float(f"{math.ceil(value / scale - 1e-7) * scale:.6g}")
