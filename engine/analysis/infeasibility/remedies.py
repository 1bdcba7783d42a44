"""When no plan meets every limit: the smallest remedies, each an edit that can be applied."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Set
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from gigaplan.engine.analysis.infeasibility.conflicts import Limit, conflicting_limits, floors_short, limits_of
from gigaplan.engine.analysis.infeasibility.relaxation import Search, with_open_gates, with_relief
from gigaplan.engine.optimization.arrays import Inputs, inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.linear_program import LinearProgram
from gigaplan.engine.optimization.policies import POLICY_KINDS
from gigaplan.engine.plan.fields import Growth, Series, Steps, mapped
from gigaplan.engine.plan.plan import Plan, find, with_fields
from gigaplan.engine.plan.schema import Policy
from gigaplan.engine.plan.text import percent, rounded
from gigaplan.engine.plan.timeline import Timeline

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BISECTIONS = 40
NONE = 1e-9
"""Of a limit: one that gives way by less does not."""


class FieldChange(Struct, frozen=True):
    """One field of one row, with its new value."""

    table: str
    row: str
    field: str
    value: Any


class Remedy(Struct, frozen=True):
    """A change, or several at once, after which there is a plan that meets every limit."""

    text: str
    relative: float
    """How large the change is, relative to the limit (1 is all of it); the least comes first."""
    changes: tuple[FieldChange, ...]

    def apply(self, plan: Plan) -> Plan:
        """The plan with the changes made."""
        for change in self.changes:
            plan = with_fields(plan, change.table, change.row, **{change.field: change.value})
        return plan


class Diagnosis(Struct, frozen=True):
    """Why no plan meets every limit."""

    conflict: tuple[str, ...]
    """The limits of an irreducible conflict, in words; empty where the solver found none."""
    short: tuple[str, ...]
    """Which service-level floors fall short, from when."""
    remedies: tuple[Remedy, ...]


@dataclasses.dataclass(frozen=True)
class Item:
    """One limit that could be relaxed: by how much its rows move for each unit of the limit."""

    table: str
    row: str
    field: str
    rows: Ints
    per_unit: Floats
    """[rows] how much one unit of relaxation adds to an upper bound, or takes from a lower one."""
    size: float
    """The limit itself, to weigh a change against."""


def diagnose(
    plan: Plan, *, cancelled: Callable[[], bool] = lambda: False, told: Callable[[Remedy], object] = lambda remedy: None
) -> Diagnosis:
    """Why an infeasible plan has no solution, and the smallest remedies. Takes one solve without costs per limit.

    Each remedy is given to `told` as soon as it is found, in no order. Raises Cancelled soon after `cancelled` says so.
    """
    search = Search(cancelled)
    case = Case.of(search, plan)
    found = _remedies(search, case, told)
    alone = {(r.changes[0].table, r.changes[0].row) for r in found if len(r.changes) == 1}
    enough = {limit for limit in alone if limit[0] in ("sites", "offers", "policies")}
    conflict = conflicting_limits(search, plan, case.program, case.proven, enough)
    return Diagnosis(conflict, floors_short(search, plan, case.program), tuple(found))


@dataclasses.dataclass(frozen=True)
class Case:
    """An infeasible plan, its program, and the limits in it that could be relaxed."""

    plan: Plan
    program: LinearProgram
    wider: LinearProgram
    """The program in which each of them may give way, at the part of it that it gives way by."""
    items: list[Item]
    proven: Set[Limit] | None
    """Limits that conflict, so that no other one is enough by itself; None where none are known so soon."""

    @classmethod
    def of(cls, search: Search, plan: Plan) -> Case:
        """The case of a plan; takes one solve."""
        inputs = inputs_of(plan)
        program = with_open_gates(build(inputs), inputs)
        items = list(_items(inputs, program))
        relief = _all_at_once(items)
        wider = with_relief(program, relief) if relief else program
        rows = search.proof(wider) if relief else None
        return cls(plan, program, wider, items, None if rows is None else limits_of(program, rows, plan))


def smallest_remedies(search: Search, plan: Plan) -> list[Remedy]:
    """The smallest changes after each of which an infeasible plan meets every limit, the least first."""
    return _remedies(search, Case.of(search, plan), lambda remedy: None)


def _remedies(search: Search, case: Case, told: Callable[[Remedy], object]) -> list[Remedy]:
    remedies = []
    for remedy in _of_one_change(search, case):
        told(remedy)
        remedies.append(remedy)
    if not remedies:
        remedies = _together(search, case.plan, case.program, case.items) or _with_shares(search, case.plan)
    return sorted(remedies, key=lambda m: m.relative)


def _of_one_change(search: Search, case: Case) -> Iterator[Remedy]:
    """Remedies that change one thing each, in the order in which they are found."""
    yield from _enough_alone(search, case)
    for policy in _shares(case.plan):
        if case.proven is None or ("policies", policy.id) in case.proven:
            remedy = _lower_share(search, case.plan, policy)
            if remedy is not None:
                yield remedy
    yield from _elsewhere(search, case.plan)


def _items(i: Inputs, program: LinearProgram) -> Iterator[Item]:
    """Every limit whose rows move in proportion to it: all but shares."""
    plan = i.plan
    for name, table, field, unit in (
        ("power", "sites", "power_mw", 1e6),
        ("supply", "offers", "supply_chips_per_month", float(i.time.months)),
    ):
        limited = [f for f in program.families if f.name == name and f.size]
        rows = np.concatenate([np.arange(f.start, f.start + f.size) for f in limited] or [np.zeros(0, np.int64)])
        of = np.concatenate([f.index[0] for f in limited] or [np.zeros(0, np.int64)])
        for k, row in enumerate(getattr(plan, table)):
            mine = rows[of == k]
            if len(mine):
                size = _size(i.time, getattr(row, field))
                yield Item(table, row.id, field, mine, np.full(len(mine), unit), size)
    for policy in plan.policies:
        own = [f for f in program.families if f.label == policy.id]
        per_limit = POLICY_KINDS[policy.kind].per_limit
        if own and per_limit is not None:
            moved = [(np.arange(f.start, f.start + f.size), per_limit(i, policy, f)) for f in own]
            size = _size(i.time, policy.limit)
            yield Item("policies", policy.id, "limit", np.concatenate([m[0] for m in moved]),
                       np.concatenate([m[1] for m in moved]), size)  # fmt: skip


def _size(time: Timeline, limit: Series) -> float:
    """How much a limit is, in the mean of the periods that have one; 0 where none has."""
    values = time.values(limit, missing=np.nan)
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else 0.0


def _enough_alone(search: Search, case: Case) -> Iterator[Remedy]:
    """Of each limit that can end the conflict alone, the least change that does.

    All programs have the rows and columns of the case's own, so that each starts from the basis of the last one. One in
    which all else must give way as well proves a conflict without that limit: no limit outside of it is enough.
    """
    p, proven = case.wider, case.proven
    items = [item for item in case.items if item.per_unit.any()]
    if not items:
        return
    # The widest floor first: that it asks for less is most often enough, and a person has a remedy soon.
    widest = max((len(item.rows) for item in items if _gives_way(case.plan, item)), default=0)
    order = [(len(item.rows) == widest and _gives_way(case.plan, item), k, item) for k, item in enumerate(items)]
    for is_likely, mine, item in sorted(order, key=lambda each: not each[0]):
        if proven is not None and (item.table, item.row) not in proven:
            continue
        least = _least_alone(search, p, mine) if is_likely else None
        if least is None:
            cost = p.cost.copy()
            cost[p.blocks["relief"].start + mine] = 0.0
            rows = search.proof(dataclasses.replace(p, cost=cost))
            if rows is not None:
                found = limits_of(p, rows, case.plan)
                proven = found if proven is None else proven & found
                continue
            least = _least_alone(search, p, mine)
            least = _least_alone(search, p, mine, others=0.0) if least is None else least
        remedy = _remedy(search, case.plan, [(item, least)]) if least is not None else None
        if remedy is not None:
            yield remedy


SLIGHT = 1e-6
"""Of what another limit costs: so cheap, one limit gives way alone wherever that is enough, but for odd programs."""


def _least_alone(search: Search, p: LinearProgram, mine: int, others: float = np.inf) -> float | None:
    """By how much one limit must give way if no other one does, as far as they may, by `others`; None where others do,
    or where there is no such solution."""
    relief = p.blocks["relief"]
    cost, upper = p.cost.copy(), p.upper.copy()
    upper[relief.columns] = others
    upper[relief.start + mine] = np.inf
    if others:
        cost[relief.start + mine] *= SLIGHT
    program = dataclasses.replace(p, cost=cost, upper=upper)
    solution = search.solve(program, is_near=bool(others))  # with others as dear as before, a few pivots away
    if solution.status != "optimal":
        return None
    amounts = solution.values[relief.columns] * p.cost[relief.columns]
    least = float(solution.values[relief.start + mine])
    amounts[mine] = 0.0
    if amounts.max(initial=0.0) > NONE:
        return None
    search.keep(program, solution.values)
    return least


def _all_at_once(items: list[Item]) -> list[tuple[Ints, Floats, float]]:
    """Relief of each limit, which costs the part of the limit that it is."""
    return [(item.rows, item.per_unit, 1 / max(item.size, 1e-6)) for item in items if item.per_unit.any()]


def _together(search: Search, plan: Plan, program: LinearProgram, items: list[Item]) -> list[Remedy]:
    """The least changes of several limits at once, where no single one is enough."""
    items = [item for item in items if item.per_unit.any()]
    if not items:
        return []
    solution = search.solve(with_relief(program, _all_at_once(items)))
    if solution.status != "optimal":
        return []
    amounts = solution.values[-len(items) :]
    moved = [(item, float(v)) for item, v in zip(items, amounts, strict=True) if v > 1e-9 * max(item.size, 1.0)]
    remedy = _remedy(search, plan, moved) if moved else None
    return [remedy] if remedy is not None else []


def _remedy(search: Search, plan: Plan, moved: list[tuple[Item, float]]) -> Remedy | None:
    """The changes as a remedy, in numbers that people say; None where the solver does not agree that it is one."""
    for slack in (1e-7, -1.0):
        remedy = _moved(plan, moved, slack)
        if search.is_feasible(remedy.apply(plan)):
            return remedy
    return _remedy_with_more(search, plan, moved)


def _remedy_with_more(search: Search, plan: Plan, moved: list[tuple[Item, float]]) -> Remedy | None:
    """The least that is enough where a floor over the whole horizon differs by period: what it asks of a period
    cannot fall below nothing, so that others give the rest."""
    time = Timeline.of(plan.settings)
    limits = {policy.id: _all_of(policy.limit, time).max() for policy in plan.policies}
    most = [(item, limits[item.row] if _gives_way(plan, item) else amount) for item, amount in moved]
    low, high = 0.0, 1.0

    def between(part: float) -> Remedy:
        return _moved(plan, [(i, a + part * (b - a)) for (i, a), (_, b) in zip(moved, most, strict=True)], 1e-7)

    if most == moved or not search.is_feasible(between(high).apply(plan)):
        return None
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if search.is_feasible(between(middle).apply(plan)) else (middle, high)
        if high - low < 1e-3:
            break
    return between(high)


def _all_of(series: Series, time: Timeline) -> Floats:
    """The numbers by which a series is given: of dated steps those, of which a period may have a mean."""
    if isinstance(series, Steps):
        return np.array([value for _, value in series.steps if value is not None])
    return time.values(series)


def _gives_way(plan: Plan, item: Item) -> bool:
    """Whether a limit is a floor, which is relaxed by lowering it."""
    row: Any = find(plan, item.table, item.row)
    return item.table == "policies" and POLICY_KINDS[row.kind].is_floor


def _moved(plan: Plan, moved: list[tuple[Item, float]], slack: float) -> Remedy:
    """Limits that each move by an amount, rounded up; `slack` as in `_rounded_up`."""
    texts, changes, relative = [], [], 0.0
    for item, least in moved:
        amount = _rounded_up(least, slack)
        row: Any = find(plan, item.table, item.row)
        by = -amount if _gives_way(plan, item) else amount
        after = _shifted(getattr(row, item.field), by, Timeline.of(plan.settings))
        texts.append(_relaxed_in_words(plan, item, row, amount, after))
        changes.append(FieldChange(item.table, item.row, item.field, after))
        relative += amount / max(item.size, 1e-9)
    return Remedy(" and ".join(texts), relative, tuple(changes))


def _rounded_up(value: float, slack: float = 1e-7) -> float:
    """A value rounded up to three figures; what is over by no more than `slack` of the last figure is dropped."""
    if value <= 0:
        return 0.0
    scale = 10.0 ** (math.floor(math.log10(value)) - 2)
    return float(f"{math.ceil(value / scale - slack) * scale:.6g}")


def _shifted(series: Series, by: float, time: Timeline, most: float = math.inf) -> Series:
    """A series with `by` added in each period, never below 0 and, by what is added, never above `most`."""
    if not isinstance(series, Growth):
        return mapped(series, lambda value: _within(value, by, most))
    return tuple(_within(v, by, most) for v in time.values(series).tolist())


def _within(value: float, by: float, most: float) -> float:
    return max(value + by, 0.0) if by < 0 else max(value, min(value + by, most))


def _shares(plan: Plan) -> list[Policy]:
    return [p for p in plan.policies if p.enabled and p.kind == "share"]


def _raised(plan: Plan, policy: Policy, by: float) -> Plan:
    """The plan with the limit of a share higher by so much, but no higher than all of it."""
    limit = _shifted(policy.limit, by, Timeline.of(plan.settings), 1.0)
    return with_fields(plan, "policies", policy.id, limit=limit)


def _lower_share(search: Search, plan: Plan, policy: Policy) -> Remedy | None:
    """The least rise of a share's limit that makes the plan feasible, by bisection: its rows are not linear in it."""
    low, high = 0.0, max(0.0, 1.0 - float(_all_of(policy.limit, Timeline.of(plan.settings)).min()))
    if high == 0.0 or not search.is_feasible(_raised(plan, policy, high)):
        return None
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if search.is_feasible(_raised(plan, policy, middle)) else (middle, high)
        if high - low < 1e-4:
            break
    by = _rounded_up(low)  # 0.1 where the search ended at 0.10003
    by = by if search.is_feasible(_raised(plan, policy, by)) else _rounded_up(high)
    after = _shifted(policy.limit, by, Timeline.of(plan.settings), 1.0)
    text = f"accept {percent(_extreme(after, max))} for {policy.name or policy.id}"
    return Remedy(text, by / max(_extreme(policy.limit, max), 1e-9),
                (FieldChange("policies", policy.id, "limit", after),))  # fmt: skip


def _with_shares(search: Search, plan: Plan) -> list[Remedy]:
    """Shares that must move together, or with other limits: those least with no share at all, then each share."""
    shares = _shares(plan)
    relaxed = plan
    for policy in shares:
        relaxed = _raised(relaxed, policy, 1.0)
    remedies: list[Remedy] = []
    if not search.is_feasible(relaxed):
        inputs = inputs_of(relaxed)
        program = with_open_gates(build(inputs), inputs)
        remedies = _together(search, relaxed, program, list(_items(inputs, program)))
        if not remedies:
            return []
        relaxed = remedies[0].apply(relaxed)
    for policy in shares:
        kept = with_fields(relaxed, "policies", policy.id, limit=policy.limit)
        if search.is_feasible(kept):
            relaxed = kept
        elif (remedy := _lower_share(search, kept, policy)) is not None:
            remedies.append(remedy)
            relaxed = remedy.apply(kept)
        else:
            return []
    changes = tuple(change for remedy in remedies for change in remedy.changes)
    return [Remedy(" and ".join(m.text for m in remedies), sum(m.relative for m in remedies), changes)]


def _elsewhere(search: Search, plan: Plan) -> Iterator[Remedy]:
    """Letting a workload with a floor run in one more jurisdiction, where that alone is enough."""
    wanted = {
        w.id
        for p in plan.policies
        if p.enabled and POLICY_KINDS[p.kind].is_floor
        for w in plan.workloads
        if p.scope in (None, "*", w.id)
    }
    for workload in plan.workloads:
        if workload.id not in wanted or not workload.jurisdictions:
            continue
        for jurisdiction in sorted({s.jurisdiction for s in plan.sites} - set(workload.jurisdictions)):
            wider = (*workload.jurisdictions, jurisdiction)
            remedy = Remedy(
                f"let {workload.name} run in {jurisdiction}",
                1.0,
                (FieldChange("workloads", workload.id, "jurisdictions", wider),),
            )
            if search.is_feasible(remedy.apply(plan)):
                yield remedy


def _relaxed_in_words(plan: Plan, item: Item, row: Any, amount: float, after: Series) -> str:
    if item.table == "sites":
        return f"+{rounded(amount)} MW at {row.name}"
    if item.table == "offers":
        return f"+{rounded(amount, 6)} chips a month of {row.name}"
    name = row.name or row.id
    kind = POLICY_KINDS[row.kind]
    if kind.is_floor:
        least, most = percent(_extreme(after, min)), percent(_extreme(after, max))
        return f"accept {least if least == most else f'{least} to {most}'} for {name}"
    unit = plan.settings.currency if kind.worth_unit == "USD" else kind.worth_unit
    return f"+{rounded(amount)} {unit} a {'year' if kind.is_yearly else 'period'} for {name}"


def _extreme(series: Series, of: Callable[[Any], float]) -> float:
    if isinstance(series, tuple):
        return of(series)
    if isinstance(series, Steps):
        return of([value for _, value in series.steps if value is not None])
    return series.start if isinstance(series, Growth) else float(series)
