"""Plans with one limit or price moved, solved anew from nothing: what worths and prices are confirmed by."""

from __future__ import annotations

import math

import numpy as np

from gigaplan.engine.analysis.limits import limits_of
from gigaplan.engine.analysis.shadow_prices import Worth
from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.plan.fields import LARGEST, Steps
from gigaplan.engine.plan.plan import Plan, find, with_fields
from gigaplan.engine.plan.timeline import month_text
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.integer_decisions import decisions_of
from gigaplan.engine.solve.solve import solve_plan


def moved(result: Result, worth: Worth, delta: float) -> Plan | None:
    """The plan in which a limit is relaxed by so many units; None where no field says so."""
    plan, time = result.plan, result.time
    alike = {limit.member for limit in limits_of(result) if (limit.kind, limit.id) == (worth.kind, worth.id)}
    if len(alike) > 1:
        return None  # one field for several members
    row = find(plan, worth.table, worth.id)
    assert row is not None
    values = getattr(row, worth.field)
    if worth.kind == "commitment":
        years = [y for y in result.allocation.years if plan.agreements[y.agreement].id == worth.id]
        if (
            not values
            or not all(math.isclose(y.commitment_usd, values) for y in years)
            or not (worth.is_whole or len(years) == 1)
        ):
            return None  # one year alone, or a part of a year, has no field
        return with_fields(plan, "agreements", worth.id, commit_usd_per_year=values - delta)
    series = np.array(time.values(values), dtype=float)
    at = np.isfinite(series)
    if worth.period != "*":
        at &= (time.year_of if worth.kind in ("budget", "carbon") else np.arange(time.periods)) == worth.period
    if worth.kind in ("budget", "carbon"):
        years = np.bincount(time.year_of)[time.year_of]
        by = delta * 12 / time.months / years
    elif worth.unit == "percentage point":
        by = np.full(time.periods, delta / 100 * (-1 if worth.is_floor else 1))
    else:
        by = np.full(time.periods, delta / time.months if worth.kind == "supply" else delta)
    after = np.where(at, series + by, series)
    if np.any(after < -1e-9 * np.abs(series)) or (worth.unit == "percentage point" and np.any(after > 1 + 1e-9)):
        return None
    after = np.maximum(after, 0.0)
    if worth.unit == "percentage point":
        after = np.minimum(after, 1.0)
    if np.any(after[at] > LARGEST):
        return None  # refused in any field
    if np.isfinite(after).all():
        return with_fields(plan, worth.table, worth.id, **{worth.field: tuple(after.tolist())})
    # Only steps can say that there is no limit in some periods.
    months = [month_text(time.first_month + t * time.months) for t in range(time.periods)]
    steps = zip(months, (v if math.isfinite(v) else None for v in after.tolist()), strict=True)
    return with_fields(plan, worth.table, worth.id, **{worth.field: Steps(steps=tuple(steps))})


def least_cost(result: Result, plan: Plan) -> float:
    """The least objective of another plan with the integers of a result; infinite where there is no plan."""
    held = decisions_of(build(inputs_of(result.plan)), result.solution.values)
    found = solve_plan(plan, hold=held)
    assert found.status in ("optimal", "infeasible"), found.status
    return found.solution.objective if found.solution is not None else math.inf


def drop(result: Result, worth: Worth, delta: float) -> float | None:
    """USD by which the least cost falls when a limit is relaxed by so many units; None where no field says so."""
    plan = moved(result, worth, delta)
    return None if plan is None else result.solution.objective - least_cost(result, plan)
