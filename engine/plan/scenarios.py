"""Scenarios: named sets of moved assumptions, as functions from plan to plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from gigaplan.engine.plan.annotations import annotated, beneath
from gigaplan.engine.plan.bounds import NUMERIC, out_of_bounds, refusals, settings_out_of_bounds
from gigaplan.engine.plan.decode import decode_value, suggestion
from gigaplan.engine.plan.fields import Field, Growth, Series, Steps, field_of, fields, mapped
from gigaplan.engine.plan.formulas import recomputed
from gigaplan.engine.plan.plan import Plan, find, with_fields, with_settings
from gigaplan.engine.plan.problems import Message, PlanError, Problem, message_of, say
from gigaplan.engine.plan.schema import ROW_TYPES, Override, Scenario, Settings, Throughput, Workload
from gigaplan.engine.plan.text import shown
from gigaplan.engine.plan.throughput import before_goodput, given
from gigaplan.engine.plan.timeline import Timeline, is_month, month_number

_FACTOR = Field(name="value", label="Value", kind="series", required=True)
"""What scales a series or is added to it: any number or series, without bounds of its own."""
_AMOUNT = Field(name="value", label="Value", kind="number", required=True)
ON_PLATFORM = "throughput."
"""`throughput.b200` of a workload is what one B200 does of it, whether a row states it or it is modelled."""


Places = Mapping[str, Mapping[str, int]]
"""table -> id -> index of the row."""


class _Unfit(Exception):
    """An override that cannot be applied: where in it, and why."""

    def __init__(self, place: str, message: Message) -> None:
        super().__init__(message)
        self.place, self.message = place, message


MOST_ABOVE = 20
"""The most scenarios that one inherits from: what is looked at grows with the plan, not with its square."""


def apply_scenario(plan: Plan, scenario_id: str) -> Plan:
    """The plan under a scenario; it shares every row that the scenario leaves alone.

    Overrides apply in their order. Raises PlanError for an unknown scenario, and where an override names
    nothing in the plan or leaves a field with a value that it cannot have. Rules across fields are for
    `checks.check` of the plan that this gives.
    """
    index = next((k for k, s in enumerate(plan.scenarios) if s.id == scenario_id), None)
    if index is None:
        known = ", ".join(s.id for s in plan.scenarios)
        message = say("no_such_scenario" if known else "no_scenarios", scenario=scenario_id, known=known)
        raise PlanError((Problem(severity="error", path="scenarios", message=message, table="scenarios"),))
    unfit = settings_out_of_bounds(plan)
    moved, problems = (plan, unfit) if unfit else move(plan, index)
    if problems:
        raise PlanError(tuple(problems))
    return moved


_last: tuple[tuple[Scenario, ...], dict[str, tuple[int, Scenario]]] = ((), {})


def _at(scenarios: tuple[Scenario, ...]) -> dict[str, tuple[int, Scenario]]:
    """The first scenario of each id, with its place; remembered for those that were asked for last."""
    global _last
    known = _last
    if known[0] is not scenarios:
        known = _last = scenarios, {s.id: (k, s) for k, s in reversed([*enumerate(scenarios)])}
    return known[1]


def line_of(plan: Plan, scenario: Scenario) -> tuple[Scenario, ...]:
    """A scenario and those that it inherits from, the first of them first. Raises PlanError where the line ends in
    itself or in no scenario."""
    found, names = [scenario], [scenario.id]
    while (parent := found[0].parent) is not None:
        above = _at(plan.scenarios).get(parent, (0, None))[1]
        names.append(parent)
        if above is None or above in found or len(found) > MOST_ABOVE:
            k = _at(plan.scenarios)[scenario.id][0]
            message = say("parent_unknown", parent=parent)
            if above is not None and above not in found:
                message = say("parent_too_far", most_above=MOST_ABOVE)
            elif above is not None:
                message = say("parent_circle", circle=" is based on ".join(shown(name, quote=False) for name in names))
            problem = Problem(
                severity="error", path=f"scenarios[{k}].parent", message=message,
                table="scenarios", row=scenario.id, field="parent",
            )  # fmt: skip
            raise PlanError((problem,))
        found.insert(0, above)
    return tuple(found)


def whole(plan: Plan, scenario: Scenario) -> Scenario:
    """A scenario with what it inherits as overrides of its own; itself where it inherits nothing, or in a circle."""
    if scenario.parent is None:
        return scenario
    try:
        line = line_of(plan, scenario)
    except PlanError:
        return scenario
    overrides = tuple(override for each in line for override in each.overrides)
    return msgspec.structs.replace(scenario, parent=None, overrides=overrides)


def move(plan: Plan, index: int, places: Places | None = None) -> tuple[Plan, list[Problem]]:
    """The plan under its scenario at `index`, without the overrides that do not fit, and what is wrong with them.

    The settings of the plan must be fit (`settings_out_of_bounds`). Where the plan is a part of another, `places`
    has the index of each of its rows there.
    """
    scenario = plan.scenarios[index]
    try:
        line = line_of(plan, scenario)
    except PlanError as error:
        return plan, list(error.problems)
    moved, found = plan, []
    for each in line:
        at = index if each is scenario else _at(plan.scenarios)[each.id][0]
        for k, override in enumerate(each.overrides):
            path = f"scenarios[{at}].overrides[{k}]"
            try:
                with np.errstate(over="ignore", invalid="ignore"):  # the bounds refuse what overflows
                    moved = _moved(moved, override)
            except _Unfit as unfit:
                found.append((path + unfit.place, unfit.message))
    for problem in out_of_bounds(moved, plan):
        path = problem.path
        if places is not None and problem.row in places.get(problem.table, ()):
            path = f"{problem.table}[{places[problem.table][problem.row]}].{path.partition('.')[2]}"
        found.append((f"scenarios[{index}]", say("under_scenario", path=path, why=problem.message)))
    problems = [
        Problem(severity="error", path=at, message=message, table="scenarios", row=scenario.id, field="overrides")
        for at, message in found
    ]
    return moved, problems


class OnPlatform:
    """A workload on one platform, whose throughput has the name of a field."""

    def __init__(self, workload: Workload, name: str, value: float) -> None:
        self.id = workload.id
        setattr(self, name, value)


def target(plan: Plan, table: str, row: str | None, name: str) -> tuple[Any, Field]:
    """The row and the field that an override or an uncertainty names. Raises LookupError, in a person's words."""
    if table == "workloads" and name.startswith(ON_PLATFORM):
        return _on_platform(plan, row or "", name)
    found: Any
    row_type: type[Struct]
    if table == "plan":
        if row is not None:
            raise LookupError(say("plan_has_no_rows", row=row))
        found, row_type = plan.settings, Settings
    elif "id" not in (f.name for f in fields(ROW_TYPES[table])):
        raise LookupError(say("rows_have_no_id", table=table))
    else:
        found, row_type = find(plan, table, row or ""), ROW_TYPES[table]
        if found is None:
            raise LookupError(say("row_unknown", row=row or '', table=table))
    try:
        return found, field_of(row_type, name)
    except KeyError:
        near = suggestion(name, [f.name for f in fields(row_type)])
        raise LookupError(say("field_unknown_near", field=name, table=table, near=near)) from None


def _on_platform(plan: Plan, row: str, name: str) -> tuple[OnPlatform, Field]:
    id = name.removeprefix(ON_PLATFORM)
    workload, platform = find(plan, "workloads", row), find(plan, "platforms", id)
    if workload is None:
        raise LookupError(say("workload_unknown", row=row))
    if platform is None:
        raise LookupError(say("platform_unknown", id=id))
    value = before_goodput(workload, platform).value
    if not value > 0:
        raise LookupError(say("cannot_run", platform=platform.name, workload=workload.name or row))
    label = f"Throughput on {platform.name or id}"
    return OnPlatform(workload, name, value), Field(
        name=name, label=label, kind="number", required=True, unit=workload.unit, ge=0
    )


def with_target(plan: Plan, table: str, row: str | None, name: str, value: Any) -> Plan:
    """The plan with another value in a field that `target` finds, in the place of its formula; the formulas of other
    fields follow."""
    plan = _with_target(plan, table, row, name, value)
    if not plan.annotations:
        return plan
    places = beneath(plan, (table, row, name))
    if name.startswith(ON_PLATFORM) and (workload := find(plan, table, row or "")) is not None:
        id = name.removeprefix(ON_PLATFORM)
        places = [(table, row, f"throughput.{k}.value") for k, each in enumerate(workload.throughput)
                  if each.platform == id]  # fmt: skip
    return recomputed(annotated(plan, places, formula=""))


def _with_target(plan: Plan, table: str, row: str | None, name: str, value: Any) -> Plan:
    if table == "plan":
        return with_settings(plan, **{name: value})
    if not name.startswith(ON_PLATFORM):
        return with_fields(plan, table, row or "", **{name: value})
    id = name.removeprefix(ON_PLATFORM)
    workload, platform = find(plan, table, row or ""), find(plan, "platforms", id)
    if workload is None or platform is None:
        raise KeyError(f"no {row} on {id}")
    stated = given(workload, id)
    if stated is None:
        rests_on = before_goodput(workload, platform)
        stated = Throughput(platform=id, value=value, basis="modelled", source=rests_on.source, as_of=rests_on.as_of)
    others = tuple(each for each in workload.throughput if each.platform != id)
    moved = (*others, msgspec.structs.replace(stated, value=value))
    return with_fields(plan, table, workload.id, throughput=moved)


def _moved(plan: Plan, override: Override) -> Plan:
    """The plan with one override applied. Raises _Unfit."""
    try:
        row, field = target(plan, override.table, override.row, override.field)
    except LookupError as error:
        raise _Unfit("", message_of(error)) from None
    if field.kind == "identifier":
        raise _Unfit(".field", say("override_of_id"))
    if (override.from_ or override.until) and field.kind != "series":
        place = ".from" if override.from_ else ".until"
        raise _Unfit(place, say("override_of_periods", name=field.name))
    value = _new_value(override, field, getattr(row, field.name), Timeline.of(plan.settings))
    return with_target(plan, override.table, override.row, field.name, value)


def _new_value(override: Override, field: Field, before: Any, time: Timeline) -> Any:
    if override.op == "set":
        value = _decoded(field, override.value, time)
    elif field.kind not in NUMERIC:
        raise _Unfit(".op", say("override_sets_only", name=field.name))
    elif before is None:
        raise _Unfit(".op", say("override_of_nothing", name=field.name))
    elif field.kind == "series":
        value = _combined(override.op, field, before, _decoded(_FACTOR, override.value, time), time)
    else:
        by = _decoded(_AMOUNT, override.value, time)
        value = before * by if override.op == "scale" else before + by
        if field.kind == "integer":
            if not float(value).is_integer():
                raise _Unfit(".value", say("override_not_whole", name=field.name, value=value))
            value = int(value)
    if field.kind == "series":
        if field.opening and isinstance(value, Growth | Steps) and override.op == "set":
            value = _listed(time.values(value))  # what a scenario moves is the values of periods: their means
        if override.from_ or override.until:
            value = _in_some_periods(field, before, value, override, time)
    if field.kind in (*NUMERIC, "numbers"):
        for suffix, why in refusals(field, value, time.periods):
            raise _Unfit(".value", say("override_refused", name=field.name, suffix=suffix, why=why))
    return value


def _decoded(field: Field, value: Any, time: Timeline) -> Any:
    """The override's value as the field has it, whether it came from a file or was set in the window."""
    decoded, problems = decode_value(field, msgspec.to_builtins(value), ".value", periods=time.periods)
    for problem in problems:
        raise _Unfit(problem.path, problem.message)
    return decoded


def _combined(op: str, field: Field, before: Series, by: Series, time: Timeline) -> Series | None:
    """`before` scaled by `by`, or with it added, in every period."""
    if isinstance(by, float):

        def moved(value: float) -> float:
            return value * by if op == "scale" else value + by

        if isinstance(before, Steps | float) or (isinstance(before, Growth) and op == "scale"):
            return mapped(before, moved)
    old, change = _spread(field, before, time), time.values(by)
    return _whole(old * change if op == "scale" else old + change, time)


def _in_some_periods(
    field: Field, before: Series | None, after: Series | None, override: Override, time: Timeline
) -> Series | None:
    """`after` in the periods that an override names, and `before` in all others."""
    for place, month in ((".from", override.from_), (".until", override.until)):
        if month is not None and not is_month(month):
            raise _Unfit(place, say("not_a_month", text=month))
    if override.from_ and override.until and month_number(override.until) <= month_number(override.from_):
        raise _Unfit(".until", say("override_no_month", until=override.until, first=override.from_))
    chosen = time.starting_in(override.from_, override.until)
    if chosen.all():
        return after
    if not chosen.any():
        return before
    return _whole(np.where(chosen, _spread(field, after, time), _spread(field, before, time)), time)


def _spread(field: Field, series: Series | None, time: Timeline) -> NDArray[np.float64]:
    """The value of each period, [T]; NaN where there is no limit."""
    if isinstance(series, tuple) and len(series) != time.periods:
        raise _Unfit("", say("override_wrong_count", count=len(series), periods=time.periods))
    return time.of_field(field, series, missing=np.nan)


def _whole(values: NDArray[np.float64], time: Timeline) -> Series | None:
    """One value for each period as a series; as steps, where in some there is no limit."""
    none = np.isnan(values)
    if not none.any():
        return _listed(values)
    if none.all():
        return None
    pairs = zip(time.dates, values.tolist(), none.tolist(), strict=True)
    return Steps(tuple((date, None if is_none else value) for date, value, is_none in pairs))


def _listed(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(values.tolist())
