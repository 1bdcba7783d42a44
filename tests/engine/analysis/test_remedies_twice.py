"""Remedies of random plans that nobody can keep, by solving again on both sides, here and in the second implementation.

GIGAPLAN_WORTH_PLANS is how many plans are drawn (8 if it is not set; `make random` draws more).
"""

from __future__ import annotations

import json
import os
from random import Random
from typing import Any

import numpy as np
import pytest
from reference.model import Model
from reference.random_plans import random_plan
from reference.solving import solve

from gigaplan.engine.analysis.infeasibility.remedies import Remedy, diagnose
from gigaplan.engine.plan.decode import decode_plan, encode_plan
from gigaplan.engine.plan.plan import Plan, find, with_fields
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.solve.solve import solve_plan

PLANS = int(os.environ.get("GIGAPLAN_WORTH_PLANS", "8"))


def asking_too_much(seed: int) -> dict[str, Any]:
    """A random plan that promises nearly all of its work, with less power and supply than it was drawn for."""
    document, r = random_plan(500_000 + seed), Random(seed)
    promise = {"id": "promise", "name": "Promise", "kind": "coverage", "scope": "*", "limit": r.uniform(0.8, 1.0)}
    document["policies"].append(promise)
    document["sites"][0]["power_mw"] = 10 ** r.uniform(-3, 1)
    if document["offers"]:
        document["offers"][0]["supply_chips_per_month"] = 10 ** r.uniform(-1, 3)
    return document


def less(plan: Plan, remedy: Remedy) -> Plan | None:
    """The plan with 3 % less of a remedy of one number; None of any other, or where some periods have no limit."""
    change = remedy.changes[0]
    if len(remedy.changes) > 1 or change.field == "jurisdictions":
        return None
    time = Timeline.of(plan.settings)
    old, new = (time.values(v) for v in (getattr(find(plan, change.table, change.row), change.field), change.value))
    if not (np.isfinite(old).all() and np.isfinite(new).all()):
        return None
    return with_fields(plan, change.table, change.row, **{change.field: tuple((new - 0.03 * (new - old)).tolist())})


def by_both(plan: Plan) -> set[str]:
    return {solve_plan(plan).status, solve(Model(json.loads(json.dumps(encode_plan(plan))))).status}


@pytest.mark.parametrize("seed", range(PLANS))
def test_a_remedy_is_enough_and_less_is_not_by_both(seed: int) -> None:
    plan = decode_plan(asking_too_much(seed))
    if solve_plan(plan).status != "infeasible":
        return
    assert solve(Model(json.loads(json.dumps(encode_plan(plan))))).status == "infeasible"
    for remedy in diagnose(plan).remedies:
        assert by_both(remedy.apply(plan)) == {"optimal"}, remedy.text
        smaller = less(plan, remedy)
        assert smaller is None or by_both(smaller) == {"infeasible"}, remedy.text
