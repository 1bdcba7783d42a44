"""Plans with one thing planted in them that cannot be: the answer names it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec

from gigaplan.engine.analysis.infeasibility.remedies import Remedy, diagnose
from gigaplan.engine.exchange.json import parse_json
from gigaplan.engine.plan.decode import decode_plan, encode_plan
from gigaplan.engine.plan.fields import fields
from gigaplan.engine.plan.plan import Plan, find, with_fields, with_row
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import ROW_TYPES, Policy
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.solve.solve import solve_plan
from tests.engine.plans import plan_of
from tests.faults.fault import Tally, check
from tests.faults.samples import PLAN
from tests.reference.random_plans import random_plan

FLOOR = "Promised"
CULPRIT = "Planted"


def _bases(chance: Random) -> Iterator[Plan]:
    """Random plans that keep a floor to some workload, and can be met."""
    seed = chance.randrange(10**6)
    while True:
        seed += 1
        try:
            plan = decode_plan(random_plan(seed))
        except PlanError:
            continue
        workload = chance.choice(plan.workloads)
        floor = Policy(id="floor", name=FLOOR, kind="coverage", scope=workload.id, limit=chance.uniform(0.05, 0.5))
        plan = with_row(plan, "policies", floor)
        result = solve_plan(plan)
        if result.status == "optimal" and (result.kpis["coverage"][workload.id] or 0) > 0:
            yield plan


def _plants(plan: Plan, chance: Random) -> Iterator[tuple[Plan, set[str]]]:
    """A plan with one limit that may make it impossible, and the words for that limit."""
    policy = lambda **more: with_row(plan, "policies", Policy(id="planted", name=CULPRIT, **more))  # noqa: E731
    made: list[tuple[Plan, set[str]]] = [
        (policy(kind="budget", limit=chance.uniform(0, 1000)), {CULPRIT}),
        (policy(kind="carbon", limit=chance.uniform(0, 0.01)), {CULPRIT}),
        (policy(kind="share", dimension=chance.choice(("vendor", "stack", "site")), metric="power", scope="*",
                limit=chance.uniform(0, 0.02)), {CULPRIT}),
        (policy(kind="coverage", scope="*", limit=1.0), {CULPRIT}),
        (policy(kind="resilience", dimension=chance.choice(("vendor", "site", "provider")), scope="*", limit=0.9),
         {CULPRIT}),
    ]  # fmt: skip
    dark = scarce = plan
    for site in plan.sites:
        dark = with_fields(dark, "sites", site.id, power_mw=chance.uniform(0, 1e-4))
    for offer in plan.offers:
        scarce = with_fields(scarce, "offers", offer.id, supply_chips_per_month=0.0)
    made.append((dark, {f"power at {site.name}" for site in plan.sites}))
    made.append((scarce, {f"supply of {offer.name}" for offer in plan.offers}))
    chance.shuffle(made)
    yield from made


def infeasible(tally: Tally, count: int) -> None:
    """A limit that makes a plan impossible, which without it is possible: the conflict that is told holds it, is one
    and no larger than it must be; each remedy works and does no more than it must."""
    bases = _bases(tally.chance)
    while tally.tried < count:
        for plan, culprits in _plants(next(bases), tally.chance):
            if not _is_impossible(plan):
                continue
            with tally.trial(f"{sorted(culprits)[0]} in {msgspec.json.encode(plan).decode()}"[:200]):
                found = diagnose(plan)
                check(_is_conflict(plan, set(found.conflict), culprits), f"it is no conflict: {found.conflict}")
                check(found.remedies, "there is no remedy")
                for remedy in found.remedies:
                    check(solve_plan(remedy.apply(plan)).status == "optimal", f"it is no remedy: {remedy.text}")
                    check(len(remedy.changes) > 1 or _is_least(plan, remedy), f"less would do: {remedy.text}")
                own = [remedy for remedy in found.remedies if {c.row for c in remedy.changes} == {"planted"}]
                check(own or CULPRIT not in culprits, "no remedy is of what was planted")
            break


def _is_conflict(plan: Plan, named: set[str], culprits: set[str]) -> bool:
    """Whether some limits hold the culprit, cannot be met together, and can without any one of them."""
    return (
        bool(culprits & named)
        and _is_impossible(_with_limits(plan, named))
        and not any(_is_impossible(_with_limits(plan, named - {name})) for name in named)
    )


def _is_impossible(plan: Plan) -> bool:
    return solve_plan(plan).status == "infeasible"


def _with_limits(plan: Plan, named: set[str]) -> Plan:
    """The plan in which no limits hold but those."""
    for site in plan.sites:
        if f"power at {site.name}" not in named:
            plan = with_fields(plan, "sites", site.id, power_mw=None)
    for offer in plan.offers:
        if f"supply of {offer.name}" not in named:
            plan = with_fields(plan, "offers", offer.id, supply_chips_per_month=None)
    for policy in plan.policies:
        if (policy.name or policy.id) not in named:
            plan = with_fields(plan, "policies", policy.id, enabled=False)
    return plan


def _is_least(plan: Plan, remedy: Remedy) -> bool:
    """Whether a remedy of one limit no longer works when it is 3 % smaller; what is not a number has no size."""
    change = remedy.changes[0]
    before = getattr(find(plan, change.table, change.row), change.field)
    if change.field == "jurisdictions":
        return True
    time = Timeline.of(plan.settings)
    old, new = time.values(before), time.values(change.value)
    smaller = tuple((new - 0.03 * (new - old)).tolist())
    return _is_impossible(with_fields(plan, change.table, change.row, **{change.field: smaller}))


def unbounded(tally: Tally, count: int) -> None:
    """A field that makes more and more chips earn more and more: the problem is at that field."""
    for _ in range(count):
        sites = tally.chance.randint(1, 4)
        k = tally.chance.randrange(sites)
        price = -tally.chance.uniform(100, 5000)
        rows: list[dict[str, Any]] = [{"id": f"s{n}", "name": f"S{n}"} for n in range(sites)]
        rows[k] |= {"power_mw": None, "electricity_usd_per_mwh": price}
        offer = {"price_usd": 0.0, "energy_included": False}
        with tally.trial(f"{price} at site {k}"):
            result = solve_plan(plan_of(sites=rows, offers=[offer], plan={"periods": tally.chance.randint(1, 6)}))
            check(result.status == "unbounded", result.status)
            paths = [p.path for p in result.problems if p.severity == "error"]
            check(paths == [f"sites[{k}].electricity_usd_per_mwh"], paths)


def no_number(tally: Tally, count: int) -> None:
    """NaN or an infinity in any field that holds a number: refused at its path, in a plan and in JSON."""
    places = [(t, f.name) for t, row in ROW_TYPES.items() for f in fields(row) if f.kind in ("number", "series")]
    for k in range(count):
        table, field = places[k % len(places)]
        value, word = tally.chance.choice(((math.nan, "NaN"), (math.inf, "1e999"), (-math.inf, "-1e999")))
        first, *others = getattr(PLAN, table)
        plan = msgspec.structs.replace(PLAN, **{table: (msgspec.structs.replace(first, **{field: value}), *others)})
        with tally.trial(f"{word} in {table}.{field}"):
            result = solve_plan(plan)
            check(result.status == "error", result.status)
            check(any(p.path.startswith(f"{table}[0].{field}") for p in result.problems), result.problems[:3])
            body: Any = encode_plan(PLAN)
            body[table][0][field] = "@"
            try:
                parse_json(json.dumps(body).replace('"@"', word))
            except PlanError as error:
                check(f"{table}[0].{field}" in str(error), error)
            else:
                check(False, "it was taken from JSON")
