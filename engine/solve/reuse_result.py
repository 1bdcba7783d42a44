"""The answer to a plan, told of another that differs only in what no figure depends on: nothing is solved again."""

from __future__ import annotations

import dataclasses
from typing import Any

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.results.result import Result
from gigaplan.engine.validation.rules import check, errors

WORDS = ("name", "notes", "source", "as_of")
"""Fields that people read, and no figure depends on."""
BESIDE = ("scenarios", "uncertainties", "parameters", "annotations", "layout")
"""Tables that the optimum of the plan itself does not depend on."""


def retold(result: Result, plan: Plan) -> Result | None:
    """An optimal result as that of `plan`, with its names and its problems; None where `plan` has to be solved."""
    if result.allocation is None or result.solution is None or not same_figures(result.plan, plan):
        return None
    problems = check(plan)
    if errors(problems):
        return None
    from gigaplan.engine.solve.solve import missed  # a window compares plans before it needs the solver

    inputs = dataclasses.replace(result.allocation.inputs, plan=plan)
    allocation = dataclasses.replace(result.allocation, inputs=inputs)
    return dataclasses.replace(
        result, plan=plan, problems=problems + missed(result.solution, result.kpis), allocation=allocation
    )


def same_figures(one: Plan, other: Plan) -> bool:
    """Whether two plans differ in nothing that their optimum depends on."""
    return all(
        _same(getattr(one, table), getattr(other, table)) for table in Plan.__struct_fields__ if table not in BESIDE
    )


def _same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return all(getattr(one, field) == getattr(other, field) for field in one.__struct_fields__ if field not in WORDS)
