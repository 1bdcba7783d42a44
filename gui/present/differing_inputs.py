"""Which inputs scenarios move, and from what to what, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gigaplan.engine.plan.bounds import NUMERIC
from gigaplan.engine.plan.fields import Field, field_of
from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.scenarios import apply_scenario, whole
from gigaplan.engine.plan.schema import ROW_TYPES, Override, Settings
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.gui.present.scenario_words import moves_of, rows_words, value_words, when_words
from gigaplan.gui.text import number_format
from gigaplan.gui.text.number_format import THIN
from gigaplan.gui.text.quantities import unit_shown

AS_BASE = "as base"
NOT_APPLIED = "cannot be applied"


@dataclass(frozen=True)
class DifferingInput:
    """One input, perhaps of several rows at once: its words, and its value under each entry."""

    table: str
    field: str
    rows: tuple[str, ...]
    label: str
    where: str
    cells: tuple[str, ...]
    """For each entry: the base's value first, then what it becomes, or AS_BASE."""


def moved_plan(plan: Plan, scenario: str) -> Plan | PlanError:
    """The plan under a scenario, the plan itself for the base, or why it cannot be had."""
    if not scenario:
        return plan
    try:
        return apply_scenario(plan, scenario)
    except PlanError as error:
        return error


def differing(plan: Plan, ids: list[str]) -> list[DifferingInput]:
    """The inputs that the chosen scenarios move, in their order; `ids` has "" for the base."""
    plans = {id: moved_plan(plan, id) for id in ids}
    found: dict[tuple[str, str, tuple[str, ...]], list[Override]] = {}
    for id in ids:
        scenario = find(plan, "scenarios", id) if id else None
        if scenario is None:
            continue
        scenario = whole(plan, scenario)
        for together in moves_of(scenario):
            overrides = [scenario.overrides[k] for k in together]
            rows = tuple(sorted({o.row or "" for o in overrides}))
            found.setdefault((overrides[0].table, overrides[0].field, rows), overrides)
    inputs = []
    for (table, name, rows), overrides in found.items():
        field = _field(table, name)
        where = "the plan" if table == "plan" else rows_words(plan, overrides)
        label = name if field is None else field.label
        cells = tuple(_cell(plan, plans[id], table, field, rows, bool(id)) for id in ids)
        inputs.append(DifferingInput(table, name, rows, label, where, cells))
    return inputs


def _field(table: str, name: str) -> Field | None:
    try:
        return field_of(Settings if table == "plan" else ROW_TYPES[table], name)
    except KeyError:
        return None


def _row(plan: Plan, table: str, id: str) -> Any:
    return plan.settings if table == "plan" else find(plan, table, id)


def _cell(
    plan: Plan, moved: Plan | PlanError, table: str, field: Field | None, ids: tuple[str, ...], against: bool
) -> str:
    if isinstance(moved, PlanError):
        return NOT_APPLIED
    before = [row for id in ids if (row := _row(plan, table, id)) is not None]
    after = [row for id in ids if (row := _row(moved, table, id)) is not None]
    if field is None or not before or len(before) != len(after):
        return number_format.DASH
    old, new = [getattr(r, field.name) for r in before], [getattr(r, field.name) for r in after]
    if against and old == new:
        return AS_BASE
    unit = field.unit_in(after[0])
    currency = plan.settings.currency
    if field.kind not in NUMERIC or any(v is None for v in new):
        return " / ".join(dict.fromkeys(_plain(v, field, unit, currency) for v in new))
    times = Timeline.of(moved.settings)
    now = np.array([times.values(v) for v in new])
    if not against or any(v is None for v in old) or Timeline.of(plan.settings) != times:
        return spread_words(now, unit, currency)
    was = np.array([times.values(v) for v in old])
    changed = ~np.isclose(now, was, rtol=1e-12, atol=0).all(axis=0)
    if not changed.any():
        return AS_BASE
    words = spread_words(now[:, changed], unit, currency)
    when = "" if changed.all() or field.kind != "series" else when_words(plan, tuple(np.flatnonzero(changed).tolist()))
    return f"{words}{_factor(was[:, changed], now[:, changed])}{when}"


def _plain(value: Any, field: Field, unit: str, currency: str) -> str:
    if value is None:
        return field.empty or "none"
    if field.kind in NUMERIC:
        return spread_words(np.array([[value]]), unit, currency) if isinstance(value, float | int) else str(value)
    return value_words(value, unit)


def spread_words(values: np.ndarray, unit: str, currency: str) -> str:
    """Values [rows, periods] with their unit: 70 USD/MWh; 38 – 96 USD/MWh of several rows; 20 to 400 MW over time."""
    tail = unit_shown(unit, currency)
    fraction = unit in ("fraction", "fraction/year", "/year")

    def shown(value: float) -> str:
        return number_format.plain(round(value * 100, 9)) if fraction else number_format.short(value, 4)

    low, high = float(values.min()), float(values.max())
    if low == high:
        text = shown(low)
    elif len(values) == 1 or (values == values[0]).all():
        first, last = float(values[0, 0]), float(values[0, -1])
        ends = f"{shown(first)} to {shown(last)}"
        text = ends if {first, last} == {low, high} else f"{shown(low)} {number_format.DASH} {shown(high)}"
    else:
        text = f"{shown(low)} {number_format.DASH} {shown(high)}"
    return (f"{text}{THIN}%" if fraction else text) + (f" {tail}" if tail else "")


def _factor(was: np.ndarray, now: np.ndarray) -> str:
    """× 1.4 where every value is that many times what it was."""
    if (was == 0).any():
        return ""
    ratios = now / was
    factor = float(ratios.flat[0])
    if factor == 0 or not np.allclose(ratios, factor, rtol=1e-9):
        return ""
    return f"  × {number_format.plain(factor, 4)}"
