"""What a difference between two results is made of: by part of the cost, or by each assumption that was moved."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import Struct

from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.problems import Message, PlanError, Problem, say
from gigaplan.engine.plan.scenarios import apply_scenario, whole
from gigaplan.engine.plan.schema import Override, Scenario
from gigaplan.engine.results.money import discounted_components, end_components
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.status import STATUS

MEASURES = ("tco_usd", "npv_usd", "objective_usd")
"""The KPIs that are sums of parts."""


class WaterfallStep(Struct, frozen=True):
    """One part of a difference."""

    key: str
    """The part of the cost; empty for a step that overrides make."""
    value: float
    """USD."""
    overrides: tuple[int, ...] = ()
    """The overrides of the scenario, by position, that make this step."""


def parts_of(result: Result, measure: str = "tco_usd") -> dict[str, float]:
    """The parts of a KPI of MEASURES, in USD, that add up to it (model.md sections 7 and 8).

    Residual value counts below zero. Raises ValueError for a result without an optimum or another KPI.
    """
    a = result.allocation
    if a is None:
        raise ValueError("only an optimum has parts")
    if measure not in MEASURES:
        raise ValueError(f"{measure} is no sum of parts")
    if measure == "tco_usd":
        spent = {name: float(cost.sum()) for name, cost in a.component_cost.items()}
        return spent | end_components(a, discounted=False)
    time = a.inputs.time
    parts = discounted_components(a) | end_components(a, discounted=True)
    if measure == "objective_usd":
        emitted = (a.operational_t + a.embodied_t).sum(axis=0)
        parts["carbon_price"] = a.inputs.plan.settings.carbon_price_usd_per_t * float(emitted @ time.discount)
        parts["unmet"] = float((a.unmet_usd * time.discount).sum())
    return parts


def by_component(base: Result, other: Result, measure: str = "tco_usd") -> tuple[WaterfallStep, ...]:
    """How much each part of the cost adds to `other` less `base`, in USD, in the order in which charts stack them.

    The steps add up to the difference of the KPI. Raises ValueError as `parts_of`.
    """
    before, after = parts_of(base, measure), parts_of(other, measure)
    return tuple(WaterfallStep(key, after[key] - before[key]) for key in before)


def by_override(
    plan: Plan, scenario_id: str, solve: Callable[[Plan], Result], measure: str = "tco_usd"
) -> tuple[WaterfallStep, ...]:
    """How much each move of a scenario changes a KPI, in USD, when they are made one after another in their order.

    The order matters: what two moves do together falls to the later one. The same move of several rows in a
    row is one step, and so are moves between which there is no optimum. The steps add up to the difference
    of the KPI. Raises PlanError where the base or the whole scenario has no optimum, or cannot be applied.
    """
    scenario = find(plan, "scenarios", scenario_id)
    if scenario is None:
        known = ", ".join(s.id for s in plan.scenarios)
        raise _refused(scenario_id, say("no_such_scenario", scenario=scenario_id, known=known))
    moved = apply_scenario(plan, scenario_id)
    scenario = whole(plan, scenario)
    start, end = solve(plan), solve(moved) if scenario.overrides else None
    if start.status != "optimal":
        raise _refused(scenario_id, say("base_without_optimum", status=STATUS[start.status].short))
    if end is not None and end.status != "optimal":
        raise _refused(scenario_id, say("scenario_without_optimum", status=STATUS[end.status].short))
    last, steps = float(start.kpis[measure]), []
    waiting: list[int] = []
    for move in moves(scenario):
        waiting += move
        made = waiting[-1] + 1 == len(scenario.overrides)
        result = end if made else _after(plan, scenario, waiting[-1] + 1, solve)
        if result is not None and result.status == "optimal":
            now = float(result.kpis[measure])
            steps.append(WaterfallStep("", now - last, tuple(waiting)))
            last, waiting = now, []
    return tuple(steps)


def moves(scenario: Scenario) -> tuple[tuple[int, ...], ...]:
    """The overrides of a scenario by position; the same move of several rows, one after another, together."""
    together: list[list[int]] = []
    for k, override in enumerate(scenario.overrides):
        if together and _same_move(scenario.overrides[together[-1][-1]], override):
            together[-1].append(k)
        else:
            together.append([k])
    return tuple(map(tuple, together))


def _same_move(one: Override, other: Override) -> bool:
    return msgspec.structs.replace(one, row=None) == msgspec.structs.replace(other, row=None)


def _after(plan: Plan, scenario: Scenario, count: int, solve: Callable[[Plan], Result]) -> Result | None:
    """The result under the first so many overrides; None where they cannot be applied without the rest."""
    part = msgspec.structs.replace(scenario, overrides=scenario.overrides[:count])
    try:
        return solve(apply_scenario(msgspec.structs.replace(plan, scenarios=(part,)), scenario.id))
    except PlanError:
        return None


def _refused(scenario: str, message: Message) -> PlanError:
    return PlanError((Problem(severity="error", path="scenarios", message=message, table="scenarios", row=scenario),))
