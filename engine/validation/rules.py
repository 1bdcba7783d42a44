"""Rules across the fields of a plan. They report problems and never raise: a half-finished plan can be kept.

An error cannot be computed with; a warning can, and deserves a look.
"""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec
import numpy as np
from msgspec import Struct

from gigaplan.engine.optimization.policies import POLICY_KINDS
from gigaplan.engine.plan.bounds import out_of_bounds, settings_out_of_bounds
from gigaplan.engine.plan.correlations import correlations_of, is_correlation, with_nearest_correlations
from gigaplan.engine.plan.decode import duplicate, is_identifier
from gigaplan.engine.plan.fields import Field, field_of, fields
from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.problems import Message, Problem, message_of, say
from gigaplan.engine.plan.scenarios import Places, move, target, whole
from gigaplan.engine.plan.schema import ROW_TYPES, Policy, Scenario, Uncertainty
from gigaplan.engine.plan.timeline import Timeline, month_number
from gigaplan.engine.validation.against_catalogue import catalogue_slips
from gigaplan.engine.validation.contradictions import annotation_problems, contradictions, misplaced_runs
from gigaplan.engine.validation.price_marks import assumed_figures
from gigaplan.engine.validation.servability import capacity_problems
from gigaplan.engine.validation.unit_slips import implausible, implausible_moves

Ids = dict[str, set[str]]
"""The ids that each table has."""
_WHAT_IF = ("scenarios", "uncertainties")
MOST_ALIKE = 100
"""How many problems of a kind are told one by one: nobody reads two million of them."""
MOST_ROWS = 200_000
"""How many rows are looked at for scenarios that move the settings, to which every row must fit."""


_last: tuple[Plan | None, tuple[Problem, ...]] = (None, ())
"""What was found last: after an edit, the solver and several views ask about the same plan."""
_fit: Plan | None = None
"""The last plan in which every number was within its bounds: rows that an edit leaves alone still are."""


def check(plan: Plan) -> tuple[Problem, ...]:
    """Every problem of a plan, errors first, in the order of its tables."""
    global _last
    known, found = _last
    if known is not plan:
        found = _check(plan)
        _last = (plan, found)
    return found


def checked(plan: Plan) -> tuple[Problem, ...] | None:
    """What `check` found of a plan if it was the last one that was asked about, else None."""
    known, found = _last
    return found if known is plan else None


def _check(plan: Plan) -> tuple[Problem, ...]:
    global _fit
    if unfit := settings_out_of_bounds(plan):
        return tuple(unfit)  # without a time grid nothing else can be looked at
    ids = {table: {row.id for row in getattr(plan, table)} for table in ROW_TYPES if _has_id(table)}
    unfit = _few(out_of_bounds(plan, _fit))
    if not unfit:
        _fit = plan
    found = [
        *_horizon(plan),
        *unfit,
        *_few(_ids(plan)),
        *_references(plan, ids),
        *_few(_repetitions(plan)),
        *_few(_policies(plan, ids)),
        *_few(_agreements(plan)),
        *_few(_ports(plan)),
        *(_few(_scenarios(plan, ids)) if not unfit else ()),  # they would say of each what is said of the plan
        *_few(_uncertainties(plan)),
        *_few(annotation_problems(plan)),
        *(_few(contradictions(plan)) if not unfit else ()),
        *(_few(implausible(plan)) if not unfit else ()),
        *(_few(catalogue_slips(plan)) if not unfit else ()),
        *_few(assumed_figures(plan)),
        *_empty(plan),
    ]
    if not errors(found):
        found += _few([*capacity_problems(plan), *misplaced_runs(plan)])
    return tuple(sorted(found, key=lambda p: p.severity != "error"))


def _few(problems: Iterable[Problem]) -> list[Problem]:
    """Of each kind, which is what one rule says of one field, the first problems, and how many more there are."""
    few, counts = [], Counter[tuple[str, str, str]]()
    for problem in problems:
        kind = (problem.severity, problem.table, problem.field)
        counts[kind] += 1
        if counts[kind] <= MOST_ALIKE:
            few.append(problem)
    return few + [_more(*kind, count - MOST_ALIKE) for kind, count in counts.items() if count > MOST_ALIKE]


def _more(severity: Any, table: str, field: str, count: int) -> Problem:
    text = say("more_alike", count=count)
    return Problem(severity=severity, path=".".join(filter(None, (table, field))), message=text, table=table)


def errors(problems: Iterable[Problem], what_if: bool = False) -> tuple[Problem, ...]:
    """The problems that keep a plan from being computed; with `what_if`, its scenarios and uncertainties too."""
    return tuple(p for p in problems if p.severity == "error" and (what_if or p.table not in _WHAT_IF))


def _at(
    table: str,
    index: int,
    row: Any,
    place: str,
    message: Message,
    severity: Literal["error", "warning"] = "error",
) -> Problem:
    """A problem in a row; `place` starts with the name of the field."""
    return Problem(
        severity=severity,
        path=f"{table}[{index}].{place}",
        message=message,
        table=table,
        row=getattr(row, "id", ""),
        field=place.split("[")[0].split(".")[0],
    )


@functools.cache
def _has_id(table: str) -> bool:
    return any(f.name == "id" for f in fields(ROW_TYPES[table]))


def _empty(plan: Plan) -> Iterator[Problem]:
    for table, what in (
        ("workloads", "work to be done"),
        ("offers", "chips to be had"),
        ("sites", "a place for chips"),
    ):
        if not getattr(plan, table) and not (plan.services and table != "workloads"):
            text = say("nothing_there", table=table, what=what)
            yield Problem(severity="warning", path=table, message=text, table=table)


def _horizon(plan: Plan) -> Iterator[Problem]:
    s = plan.settings
    if month_number(s.start) + s.periods * s.months_per_period > 10_000 * 12:
        text = say("horizon_too_long")
        yield Problem(severity="error", path="plan.periods", message=text, table="plan", field="periods")


def _ids(plan: Plan) -> Iterator[Problem]:
    for table in ROW_TYPES:
        if not _has_id(table):
            continue
        first: dict[str, int] = {}
        for i, row in enumerate(getattr(plan, table)):
            if not is_identifier(row.id):
                yield _at(table, i, row, "id", say("not_an_id", text=row.id))
            if first.setdefault(row.id, i) != i:
                yield duplicate(table, row.id, f"{table}[{first[row.id]}]", f"{table}[{i}]")


@functools.cache
def _referring(row_type: type[Struct]) -> tuple[Field, ...]:
    """The fields that hold ids of other rows, or rows that do."""
    return tuple(f for f in fields(row_type) if f.refers or (f.kind == "rows" and _referring(f.row_type)))


Wrong = tuple[str, str, str, bool]
"""An id that no row has, or that a list has twice: (path from the row on, id, table, is twice)."""


def _dangling(row: Any, ids: Ids) -> Iterator[Wrong]:
    """Ids in a row that no row has, and ids that a list has twice."""
    row_type: type[Struct] = type(row)
    for field in _referring(row_type):
        yield from _dangling_in(field, getattr(row, field.name), ids)


def _dangling_in(field: Field, value: Any, ids: Ids) -> Iterator[Wrong]:
    if value is None or value in field.choices:
        return
    if field.kind == "reference":
        if value not in ids[field.refers]:
            yield field.name, value, field.refers, False
        return
    seen = set()
    for k, member in enumerate(value):
        place = f"{field.name}[{k}]"
        if field.kind == "rows":
            for inner, id, table, is_twice in _dangling(member, ids):
                yield f"{place}.{inner}", id, table, is_twice
        elif member not in ids[field.refers]:
            yield place, member, field.refers, False
        elif member in seen:
            yield place, member, field.refers, True
        else:
            seen.add(member)


def _said_of(id: str, table: str, is_twice: bool) -> Message:
    return say("reference_twice", id=id) if is_twice else say("reference_unknown", id=id, table=table)


def _references(plan: Plan, ids: Ids) -> Iterator[Problem]:
    """As `_few` of them would be; what is not told one by one is only counted, without words made for it."""
    for table, row_type in ROW_TYPES.items():
        for field in _referring(row_type):
            count = 0
            for i, row in enumerate(getattr(plan, table)):
                value = getattr(row, field.name)
                if count > MOST_ALIKE and field.kind == "references" and isinstance(value, tuple):
                    count += len(value) - len(ids[field.refers].intersection(value))
                    continue
                for place, id, referred, is_twice in _dangling_in(field, value, ids):
                    count += 1
                    if count <= MOST_ALIKE:
                        yield _at(table, i, row, place, _said_of(id, referred, is_twice))
            if count > MOST_ALIKE:
                yield _more("error", table, field.name, count - MOST_ALIKE)


def _repetitions(plan: Plan) -> Iterator[Problem]:
    """Rows that say the same thing twice, and could contradict each other."""
    for w, work in enumerate(plan.workloads):
        platforms = set()
        for k, row in enumerate(work.throughput):
            if row.platform in platforms:
                text = say("throughput_twice", platform=row.platform)
                yield _at("workloads", w, work, f"throughput[{k}].platform", text)
            platforms.add(row.platform)
    seen: dict[tuple[str, str], int] = {}
    for k, port in enumerate(plan.ports):
        first = seen.setdefault((port.workload, port.stack), k)
        if first != k:
            text = say("port_twice", workload=port.workload, stack=port.stack, first=first)
            yield _at("ports", k, port, "stack", text)


def _policies(plan: Plan, ids: Ids) -> Iterator[Problem]:
    members: dict[str, set[str]] = {
        "vendor": {p.vendor for p in plan.platforms},
        "stack": {p.stack for p in plan.platforms},
        "provider": {o.provider for o in plan.offers} | {k.provider for k in plan.services},
        "site": ids["sites"],
        "jurisdiction": {s.jurisdiction for s in plan.sites}
        | {k.jurisdiction or "" for k in plan.services}
        | {k.jurisdiction for k in plan.services if k.jurisdiction},
        "kind": {o.kind for o in plan.offers},
    }
    for i, policy in enumerate(plan.policies):
        if policy.enabled:
            yield from _policy(plan, i, policy, members, ids["workloads"])


def _may_name(plan: Plan, policy: Policy, members: Ids) -> set[str]:
    """What the scope of a policy may name."""
    assert policy.dimension is not None
    if POLICY_KINDS[policy.kind].is_yearly and policy.dimension == "provider":
        paid = (*(c.provider for c in plan.power_contracts), *(g.provider for g in plan.agreements))
        return {*members["provider"], *paid}
    return members[policy.dimension]


def _policy(plan: Plan, i: int, policy: Policy, members: Ids, workloads: set[str]) -> Iterator[Problem]:
    kind, scope = policy.kind, policy.scope
    about = POLICY_KINDS[kind]
    if "dimension" in about.requires and policy.dimension is None:
        yield _at("policies", i, policy, "dimension", say("policy_no_dimension", kind=kind, members=tuple(members)))
    if "metric" in about.requires and policy.metric is None:
        yield _at("policies", i, policy, "metric", say("policy_no_metric", kind=kind))
    if scope in (None, "*"):
        pass
    elif not about.is_floor and policy.dimension and scope not in _may_name(plan, policy, members):
        yield _at("policies", i, policy, "scope", say("policy_scope_unknown", scope=scope, dimension=policy.dimension))
    elif about.is_floor and scope not in workloads:
        yield _at("policies", i, policy, "scope", say("policy_workload_unknown", scope=scope))
    if about.is_fraction:
        highest = _highest(plan, policy.limit)
        if highest > 1:
            text = say("floor_above_demand", times=highest)
            if not about.is_floor:
                text = say("share_above_all", times=highest)
            yield _at("policies", i, policy, "limit", text, "warning")


def _highest(plan: Plan, limit: Any) -> float:
    if isinstance(limit, float | int):
        return limit
    if isinstance(limit, tuple):
        return max(limit, default=0.0)
    with np.errstate(all="ignore"):  # what is out of bounds is reported as such
        return float(Timeline.of(plan.settings).values(limit).max())


def _agreements(plan: Plan) -> Iterator[Problem]:
    provider = {g.id: g.provider for g in plan.agreements}
    for i, offer in enumerate(plan.offers):
        if offer.agreement in provider and provider[offer.agreement] != offer.provider:
            text = say("agreement_of_other", agreement=provider[offer.agreement], offer=offer.provider)
            yield _at("offers", i, offer, "agreement", text, "warning")


def _ports(plan: Plan) -> Iterator[Problem]:
    stacks = {p.stack for p in plan.platforms}
    for k, port in enumerate(plan.ports):
        if port.stack not in stacks:
            yield _at("ports", k, port, "stack", say("stack_unused", stack=port.stack), "warning")


def _scenarios(plan: Plan, ids: Ids) -> Iterator[Problem]:
    places = {table: {row.id: i for i, row in enumerate(getattr(plan, table))} for table in ids}
    rows, looked_at = sum(len(getattr(plan, table)) for table in ROW_TYPES), 0
    nowhere = any(s.parent is not None and s.parent not in ids["scenarios"] for s in plan.scenarios)
    for k, scenario in enumerate(plan.scenarios):
        part = _part(plan, scenario, places)
        if part is plan:
            looked_at += rows
        if looked_at > MOST_ROWS:
            yield _at("scenarios", k, scenario, "overrides", say("scenario_not_checked"), "warning")
            return
        moved, problems = move(part, k, places)
        # What it inherits is told of where it stands; that its line leads nowhere, by the references.
        mine = [p for p in problems if p.path.startswith(f"scenarios[{k}]")]
        yield from (p for p in mine if p.field != "parent" or not nowhere)
        if len(mine) < len(problems):
            continue
        yield from implausible_moves(part, moved, k)
        for j, override in enumerate(scenario.overrides):
            if override.op != "set" or override.field not in _reference_names(override.table):
                continue
            row = find(moved, override.table, override.row or "")
            if row is not None:
                row_type: type[Struct] = type(row)
                field = field_of(row_type, override.field)
                for _, id, referred, is_twice in _dangling_in(field, getattr(row, field.name), ids):
                    yield _at("scenarios", k, scenario, f"overrides[{j}].value", _said_of(id, referred, is_twice))


def _part(plan: Plan, scenario: Scenario, places: Places) -> Plan:
    """The plan with no other rows in the tables that a scenario moves than those that it names: what is looked at
    grows with the overrides, not with the plan. All of it where the settings are moved, to which every row must fit."""
    named: dict[str, set[str]] = {}
    for override in whole(plan, scenario).overrides:
        if override.table in ("plan", "scenarios"):
            return plan
        if override.table in places:
            named.setdefault(override.table, set()).add(override.row or "")
    part = {}
    for table, ids in named.items():
        at, rows = places[table], getattr(plan, table)
        part[table] = tuple(rows[k] for k in sorted(at[id] for id in ids if id in at))
    return msgspec.structs.replace(plan, **part)


@functools.cache
def _reference_names(table: str) -> tuple[str, ...]:
    return tuple(f.name for f in _referring(ROW_TYPES[table])) if table in ROW_TYPES else ()


_PARAMETERS = {
    "triangular": ("low", "mode", "high"),
    "uniform": ("low", "high"),
    "normal": ("mean", "sd"),
    "lognormal": ("mean", "sd"),
    "empirical": ("values",),
    "path": ("volatility",),
}


def _uncertainties(plan: Plan) -> Iterator[Problem]:
    seen: dict[tuple[str, str | None, str], int] = {}
    for k, row in enumerate(plan.uncertainties):
        for place, message in _uncertainty(plan, row):
            yield _at("uncertainties", k, row, place, message)
        first = seen.setdefault((row.table, row.row, row.field), k)
        if first != k:
            text = say("uncertain_twice", field=row.field, row=row.row or "the plan", first=first)
            yield _at("uncertainties", k, row, "field", text, "warning")
    yield from _correlations(plan)


def _correlations(plan: Plan) -> Iterator[Problem]:
    """Pairs that are named twice, with themselves, or with what cannot hold at once."""
    pairs: dict[frozenset[str], int] = {}
    found = 0
    for k, row in enumerate(plan.uncertainties):
        for n, each in enumerate(row.correlations):
            pair, message = frozenset((row.id, each.other)), None
            if each.other == row.id:
                message = say("correlation_with_itself")
            elif pairs.setdefault(pair, k) != k or sum(c.other == each.other for c in row.correlations[: n + 1]) > 1:
                message = say("correlation_twice", other=each.other)
            if message is not None:
                found += 1
                yield _at("uncertainties", k, row, f"correlations[{n}].other", message)
    if not pairs or found:
        return
    with np.errstate(all="ignore"):
        if is_correlation(correlations_of(plan)):
            return
        nearest = correlations_of(with_nearest_correlations(plan))
    at = {row.id: k for k, row in enumerate(plan.uncertainties)}
    for k, row in enumerate(plan.uncertainties):
        if row.correlations:
            near = [f"{c.other} {nearest[k, at[c.other]]:.3g}" for c in row.correlations if c.other in at]
            yield _at("uncertainties", k, row, "correlations", say("correlations_impossible", near=near))


def _uncertainty(plan: Plan, row: Uncertainty) -> Iterator[tuple[str, Message]]:
    try:
        target_row, field = target(plan, row.table, row.row, row.field)
    except LookupError as error:
        yield "field", message_of(error)
    else:
        if field.kind not in ("number", "series"):
            yield "field", say("not_a_quantity", field=row.field)
        elif getattr(target_row, row.field) is None:
            yield "field", say("quantity_empty", field=row.field)
        elif row.distribution == "path" and not (row.relative and field.kind == "series"):
            yield "distribution", say("path_of_no_series")
    given = [(name, getattr(row, name)) for name in _PARAMETERS[row.distribution]]
    missing = [name for name, value in given if value is None]
    for name in missing:
        yield name, say("spread_incomplete", distribution=row.distribution, needed=_PARAMETERS[row.distribution])
    if missing:
        return
    if given[0][0] == "low":
        for (lower, a), (upper, b) in itertools.pairwise(given):
            if a > b:
                yield upper, say("spread_out_of_order", value=b, lower=lower, below=a)
    elif row.distribution == "lognormal" and row.mean is not None and row.mean <= 0:
        yield "mean", say("lognormal_mean", mean=row.mean)
