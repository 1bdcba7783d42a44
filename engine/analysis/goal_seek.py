"""Goal seek: the value of one input at which a key figure reaches what is asked of it, by solving again and again."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import msgspec
from msgspec import Struct

from gigaplan.engine.optimization.solution import Cancelled
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.scenarios import apply_scenario, target
from gigaplan.engine.plan.schema import Override, Scenario
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.solve import solve_plan

LOOKS = 8
"""The range is looked at in so many parts before one of them is halved."""
HALVINGS = 40
CLOSE = 1e-6
"""Of the goal, or of what the figure moves over the range: it is met when it is missed by no more."""
NARROW = 1e-9
"""Of the range: a jump is not followed any closer."""


class SoughtInput(Struct, frozen=True):
    """The field that is varied."""

    table: str
    row: str | None
    name: str


class Goal(Struct, frozen=True):
    """What a key figure is to be; of one of several workloads, whose."""

    kpi: str
    value: float
    workload: str | None = None

    def of(self, result: Result) -> float | None:
        """The figure of a result; None where it has none."""
        found = result.kpis.get(self.kpi) if result.status == "optimal" else None
        return found.get(self.workload or "") if isinstance(found, dict) else found


class SoughtValue(Struct, frozen=True):
    """The value that was sought."""

    value: float | None
    """None where the figure comes nowhere to the goal within the range."""
    reached: float | None
    """The figure there; beside a jump, on the side that is nearer."""
    is_jump: bool = False
    """Whether the figure jumps over the goal there, so that it is met by no value."""
    least: float | None = None
    """The least and the most that the figure was seen to be; None where no plan meets every limit."""
    most: float | None = None
    plan: Plan | None = None
    """The plan with the value."""


def is_scaled(plan: Plan, what: SoughtInput) -> bool:
    """Whether an input changes over time, so that it is multiplied and not set. Raises LookupError for none."""
    row, field = target(plan, what.table, what.row, what.name)
    return field.kind == "series" and not isinstance(getattr(row, what.name), int | float | None)


def with_input(plan: Plan, what: SoughtInput, value: float) -> Plan:
    """The plan with another value of an input: a number is set, what changes over time is multiplied by it."""
    how: Any = "scale" if is_scaled(plan, what) else "set"
    override = Override(table=what.table, row=what.row, field=what.name, op=how, value=value)  # type: ignore[arg-type]
    moved = msgspec.structs.replace(plan, scenarios=(Scenario(id="goal", name="", overrides=(override,)),))
    return msgspec.structs.replace(apply_scenario(moved, "goal"), scenarios=plan.scenarios)


def goal_seek(
    plan: Plan,
    what: SoughtInput,
    goal: Goal,
    low: float,
    high: float,
    *,
    solver: Solver | None = None,
    told: Callable[[float], object] = lambda part: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> SoughtValue:
    """The value of an input from `low` to `high` at which a key figure is what is asked, nearest to the lower end.

    A range in which the figure passes the goal is found in equal parts and halved: 8 solves and some 30 more. `told`
    hears how far it is, 0 to 1. Raises Cancelled soon after `cancelled` says so, PlanError where a value cannot stand
    in the field, and LookupError for an input that there is not.
    """
    assert low < high
    assert goal.kpi in KPIS
    search = _Search(plan, what, goal, solver or Solver(interrupt=cancelled), cancelled)
    values = [low + (high - low) * k / LOOKS for k in range(LOOKS + 1)]
    seen: list[tuple[float, float | None]] = []
    for k, value in enumerate(values):
        seen.append((value, search.figure(value)))
        told(0.4 * (k + 1) / len(values))
        ends = [figure for _, figure in seen[-2:]]
        if len(ends) == 2 and _is_between(goal.value, *ends):
            break
    figures = [figure for _, figure in seen if figure is not None]
    spread = max(figures) - min(figures) if figures else 0.0
    close = CLOSE * max(abs(goal.value), spread)
    met = next((value for value, figure in seen if figure is not None and abs(figure - goal.value) <= close), None)
    if met is not None:
        return search.found(met, figures)
    for (left, at_left), (right, at_right) in pairwise(seen):
        if at_left is not None and at_right is not None and _is_between(goal.value, at_left, at_right):
            return search.halved(left, right, at_left, close, NARROW * (high - low), figures, told)
    return SoughtValue(None, None, least=min(figures, default=None), most=max(figures, default=None))


def _is_between(goal: float, a: float | None, b: float | None) -> bool:
    return a is not None and b is not None and min(a, b) <= goal <= max(a, b)


class _Search:
    """Solves at values of the input, each once."""

    def __init__(
        self, plan: Plan, what: SoughtInput, goal: Goal, solver: Solver, cancelled: Callable[[], bool]
    ) -> None:
        self._plan, self._what, self._goal = plan, what, goal
        self._solver, self._cancelled = solver, cancelled
        self._known: dict[float, float | None] = {}

    def figure(self, value: float) -> float | None:
        """The key figure with that value; None where there is no plan."""
        if value not in self._known:
            if self._cancelled():
                raise Cancelled
            result = solve_plan(with_input(self._plan, self._what, value), solver=self._solver)
            if result.status == "cancelled":
                raise Cancelled
            self._known[value] = self._goal.of(result)
        return self._known[value]

    def halved(
        self,
        left: float,
        right: float,
        at_left: float,
        close: float,
        narrow: float,
        figures: list[float],
        told: Callable[[float], object],
    ) -> SoughtValue:
        """The value between two, of which the figure is on one side of the goal at the first, and on the other at the
        second."""
        is_below = at_left < self._goal.value
        for k in range(HALVINGS):
            middle = (left + right) / 2
            figure = self.figure(middle)
            told(0.4 + 0.6 * (k + 1) / HALVINGS)
            if figure is None:
                break  # there is no plan between the two
            if abs(figure - self._goal.value) <= close:
                return self.found(middle, figures)
            if (figure < self._goal.value) == is_below:
                left = middle
            else:
                right = middle
            if right - left <= narrow:
                break
        nearer = min((left, right), key=lambda value: abs((self.figure(value) or 0.0) - self._goal.value))
        return msgspec.structs.replace(self.found(nearer, figures), is_jump=True)

    def found(self, value: float, figures: list[float]) -> SoughtValue:
        """A value with what comes of it, in as few digits as meet the goal as well."""
        reached = self.figure(value)
        for digits in range(3, 9):
            short = float(f"{value:.{digits}g}")
            other = self.figure(short)
            if other is not None and reached is not None:
                miss, allowed = abs(other - self._goal.value), 1e-4 * max(abs(self._goal.value), 1e-12)
                if miss <= max(allowed, abs(reached - self._goal.value)):
                    value, reached = short, other
                    break
        plan = with_input(self._plan, self._what, value)
        return SoughtValue(value, reached, least=min(figures), most=max(figures), plan=plan)
