"""Scenarios in words: what one moves, and what that changes against the base."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gigaplan.engine.plan.fields import Growth, Steps, field_of
from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.scenarios import ON_PLATFORM, target, whole
from gigaplan.engine.plan.schema import ROW_TYPES, Override, Scenario, Settings, Uncertainty
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.status import STATUS
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.text import number_format
from gigaplan.gui.text.number_format import MINUS, THIN

SERVED_STEP = 0.005
"""From which change of the served part on it is told instead of the cost."""
MOST_LINES = 12
WHOLE = {
    "platforms": "all platforms",
    "sites": "all sites",
    "power_contracts": "all power contracts",
    "services": "all services",
    "offers": "all offers",
    "workloads": "all workloads",
    "agreements": "all agreements",
    "policies": "all policies",
}


@dataclass(frozen=True)
class OutcomeWords:
    """What a scenario comes to, in few words and in a sentence."""

    text: str
    sentence: str
    role: str = "muted"
    """muted, good, warning, error: how it is coloured."""


def outcome(result: Result, base: Result | None) -> OutcomeWords:
    """A scenario's result beside the base's."""
    if result.status != "optimal":
        status = STATUS[result.status]
        reason = " ".join(f"{p.text[0].upper()}{p.text[1:]}." for p in result.problems if p.severity == "error")
        return OutcomeWords(status.short, reason or f"{status.sentence}. {status.remedy}".rstrip(), status.tone)
    currency = result.plan.settings.currency
    cost = result.kpis["tco_usd"]
    if base is None or base.status != "optimal":
        total = number_format.money(cost, currency)
        return OutcomeWords(total, f"Total cost {total}; there is no base to compare with.")
    step = cost - base.kpis["tco_usd"]
    served, before = result.kpis["coverage_by_value"], base.kpis["coverage_by_value"]
    is_same = abs(step) <= 1e-6 * max(1.0, abs(base.kpis["tco_usd"]))  # what is left is the solver's rounding
    beside = "as in the base" if is_same else f"{signed_money(step, currency)} against the base"
    sentence = f"Total cost {number_format.money(cost, currency)}, {beside}."
    if served is not None and before is not None:
        now, then = number_format.percent(served), number_format.percent(before)
        sentence += f" Coverage by value: {now} (base {then})."
        moved = served - before
        if abs(moved) >= SERVED_STEP:
            points = number_format.plain(abs(moved) * 100, 2)
            sign = "+" if moved > 0 else MINUS
            return OutcomeWords(f"{sign}{points}{THIN}% served", sentence, "good" if moved > 0 else "warning")
    if is_same:
        return OutcomeWords("as base", sentence)
    return OutcomeWords(signed_money(step, currency, 2), sentence)


def description(plan: Plan, scenario: Scenario) -> str:
    """A scenario's notes and what it moves, one line each."""
    lines = [scenario.name or scenario.id]
    if scenario.notes:
        lines.append(scenario.notes)
    moves = moved(plan, scenario)
    lines += moves[:MOST_LINES]
    if len(moves) > MOST_LINES:
        lines.append(f"and {len(moves) - MOST_LINES} more")
    return "\n".join(lines if moves else [*lines, "It changes nothing yet."])


def moved(plan: Plan, scenario: Scenario) -> list[str]:
    """What a scenario moves, in words; the same move of several rows is one line."""
    scenario = whole(plan, scenario)
    return [move_words(plan, [scenario.overrides[k] for k in together]) for together in moves_of(scenario)]


def moves_of(scenario: Scenario) -> list[list[int]]:
    """The overrides of a scenario by position, those of one move of several rows together."""
    together: dict[tuple[Any, ...], list[int]] = {}
    for k, override in enumerate(scenario.overrides):
        key = (override.table, override.field, override.op, repr(override.value), override.from_, override.until)
        together.setdefault(key, []).append(k)
    return list(together.values())


def move_words(plan: Plan, overrides: list[Override]) -> str:
    """One move of one or several rows: Electricity price of all sites × 1.4, from 2027 Q1."""
    first = overrides[0]
    what, unit = field_words(plan, first)
    where = "" if first.table == "plan" else f" of {rows_words(plan, overrides)}"
    if first.op == "scale":
        move = f"× {value_words(first.value, '')}"
    elif first.op == "add":
        lower = isinstance(first.value, int | float) and first.value < 0
        move = f"{MINUS if lower else '+'} {value_words(abs(first.value) if lower else first.value, unit)}"
    else:
        move = f"= {value_words(first.value, unit)}"
    return f"{what}{where} {move}{when_words(plan, periods_of(plan, first))}"


def moves_words(plan: Plan, overrides: Sequence[Override]) -> str:
    """All moves of a step; the same move of several rows is one."""
    moves: dict[object, list[Override]] = {}
    for o in overrides:
        moves.setdefault((o.table, o.field, o.op, repr(o.value), o.from_, o.until), []).append(o)
    return " and ".join(move_words(plan, together) for together in moves.values())


def beside_base(base: Plan, scenario: Scenario, table: str, ids: tuple[str, ...], field: str) -> str:
    """Beside a field that a scenario changes: how, where that is relative, and what the base has; else empty."""
    own = [o for o in whole(base, scenario).overrides if (o.table, o.field) == (table, field)]
    moves = [o for o in own if (o.row or "") in (ids or ("",))]
    if not moves:
        return ""
    rows = [base.settings if table == "plan" else find(base, table, id) for id in ids or ("",)]
    _, unit = field_words(base, moves[0])
    values = {value_words(getattr(row, field), unit) for row in rows if row is not None}
    was = f"Base: {values.pop()}" if len(values) == 1 else "Base: several values"
    if len(moves) > 1 or moves[0].op != "scale":
        return was
    return f"{was}, here × {value_words(moves[0].value, '')}{when_words(base, periods_of(base, moves[0]))}"


def field_words(plan: Plan, of: Override | Uncertainty) -> tuple[str, str]:
    """What the field is called that is moved, or is uncertain, and its unit."""
    if of.field.startswith(ON_PLATFORM):
        try:
            _, named = target(plan, of.table, of.row, of.field)
        except LookupError:
            return of.field, ""
        return named.label, str(named.unit)
    row_type = Settings if of.table == "plan" else ROW_TYPES[of.table]
    row = plan.settings if of.table == "plan" else find(plan, of.table, of.row or "")
    try:
        field = field_of(row_type, of.field)
    except KeyError:
        return of.field, ""
    unit = field.unit_in(row) if row is not None else ""
    return field.label, "" if unit == "ratio" else unit.replace("USD", plan.settings.currency)


def rows_words(plan: Plan, overrides: list[Override]) -> str:
    """The rows that overrides name: Iowa, Dublin; all sites."""
    table = overrides[0].table
    ids = list(dict.fromkeys(o.row or "" for o in overrides))
    rows = getattr(plan, table)
    if len(rows) > 1 and {row.id for row in rows} == set(ids):
        return WHOLE[table]
    names = [row_name(row) if (row := find(plan, table, id)) else f"“{id}” (gone)" for id in ids]
    return ", ".join(names) if len(names) <= 4 else f"{', '.join(names[:3])} and {len(names) - 3} more"


def value_words(value: Any, unit: str) -> str:
    """A value of a field with its unit."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number_format.percent(value) if unit == "fraction" else f"{number_format.plain(value)} {unit}".rstrip()
    if isinstance(value, Growth):
        start = f"{number_format.plain(value.start)} {unit}".rstrip()
        since = f" from {value.from_}" if value.from_ else ""
        return f"{start}, {number_format.percent(value.annual_growth)} a year{since}"
    if isinstance(value, Steps):
        steps = [f"{'none' if v is None else number_format.plain(v)} from {month}" for month, v in value.steps]
        return f"{', '.join(steps)} {unit}".rstrip()
    if isinstance(value, list | tuple) and all(isinstance(v, int | float) for v in value) and value:
        return f"{number_format.plain(value[0])} to {number_format.plain(value[-1])} {unit}".rstrip()
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, dict) and "start" in value:
        growth = Growth(value["start"], value.get("annual_growth", 0.0), value.get("from"))
        return value_words(growth, unit)
    if isinstance(value, dict) and "steps" in value:
        return value_words(Steps(tuple((month, v) for month, v in value["steps"])), unit)
    return str(value).replace("_", " ")


def periods_of(plan: Plan, override: Override) -> tuple[int, ...] | None:
    """The periods that an override moves; None for all of them, as for an override of a field that is one value."""
    if not (override.from_ or override.until):
        return None
    from gigaplan.engine.plan.timeline import Timeline

    chosen = Timeline.of(plan.settings).starting_in(override.from_, override.until)
    return None if chosen.all() else tuple(chosen.nonzero()[0].tolist())


def when_words(plan: Plan, periods: tuple[int, ...] | None) -> str:
    """Behind a move, the periods that it is of: ", from 2027 Q1"; empty for all."""
    if periods is None:
        return ""
    if not periods:
        return ", in no period of the plan"
    from gigaplan.engine.plan.timeline import Timeline

    labels = Timeline.of(plan.settings).labels
    inside = [labels[k] for k in sorted(periods) if 0 <= k < len(labels)]
    if not inside:
        return ""
    ordered = sorted(periods)
    if len(ordered) > 1 and ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f", from {inside[0]}" if ordered[-1] == len(labels) - 1 else f", {inside[0]} to {inside[-1]}"
    return f", in {', '.join(inside[:4])}{' …' if len(inside) > 4 else ''}"


def signed_money(step: float, currency: str, digits: int = 3) -> str:
    """An amount more or less: +$1.2 B."""
    return ("+" if step > 0 else "") + number_format.money(step, currency, digits)
