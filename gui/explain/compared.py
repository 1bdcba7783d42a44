"""Figures of scenarios beside the base, as nodes put together of those of the engine."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from engine.bounds import NUMERIC
from engine.fields import field_of
from engine.plan import find
from engine.provenance import Node, explain_kpi
from engine.provenance.explained import WORDS
from engine.provenance.money import Money
from engine.provenance.node import combined, constant
from engine.results import Result
from engine.schema import ROW_TYPES, Override, Settings
from gui.asked import Asked, Drawn, Key, Move, Part
from gui.explain.composed import explain_drawn

INSIDE = {"carbon_price": "Carbon price", "unmet": WORDS["unmet_usd"]}
"""The parts of the objective that its own explanation has."""
MOST = 40


def explain_asked(asked: Asked, base: Result, other: Result) -> Node:
    """Where a figure of `other`, the result of the scenario, comes from, or its difference to `base`.

    Raises LookupError for what there is not.
    """
    if isinstance(asked.figure, Move):
        return _move(asked.figure, asked, base, other)
    node = _figure(asked.figure, other)
    if not asked.is_step:
        return _under(asked, base, node)
    pair = (_under(asked, base, node), _in(_figure(asked.figure, base)))
    if any(each.value is None for each in pair):
        raise LookupError("One of the two has no such figure, so there is no difference.")
    words = f"under {asked.name} less in the base"
    if isinstance(asked.figure, Part) and asked.figure.part == "residual":
        pair, words = pair[::-1], f"what it takes off in the base less under {asked.name}"
    return combined("difference", f"{node.label}, change", node.unit, pair, words)


def _in(node: Node) -> Node:
    return dataclasses.replace(node, label=f"In the base, {node.label}")


def _under(asked: Asked, base: Result, node: Node) -> Node:
    """A figure of a scenario: what that moves is not what its source says, down to the last input."""
    scenario = find(base.plan, "scenarios", asked.scenario)
    if scenario is None:
        return node if asked.scenario else _in(node)
    moved = frozenset((o.table, o.row or "", o.field) for o in scenario.overrides)
    return _marked(dataclasses.replace(node, label=f"Under {asked.name}, {node.label}"), asked.name, moved)


def _marked(node: Node, name: str, moved: frozenset[tuple[str, str, str]]) -> Node:
    if node.operation != "input":
        return dataclasses.replace(node, parts=lambda: tuple(_marked(part, name, moved) for part in node.children))
    if (node.table, node.row, node.field) not in moved:
        return node
    source = f"moved by the scenario {name}" + (f"; of what it was: {node.source}" if node.source else "")
    return dataclasses.replace(node, source=source, confidence="")


def _figure(figure: Key | Drawn | Part, result: Result) -> Node:
    if isinstance(figure, Drawn):
        return explain_drawn(result, *figure)
    if isinstance(figure, Key):
        return explain_kpi(result, figure.kpi, figure.workload or None)
    return part_of(result, figure.kpi, figure.part)


def part_of(result: Result, measure: str, part: str) -> Node:
    """A part of a key figure that is a sum of parts; the residual value as what it takes off. Raises LookupError."""
    if result.allocation is None:
        raise LookupError(f"There is no figure to explain: the answer is {result.status}.")
    if part == "residual":
        kpi = "tco_usd" if measure == "tco_usd" else "npv_usd"
        return explain_kpi(result, kpi).children[1]
    if part in INSIDE:
        inside = explain_kpi(result, measure).children
        return next((node for node in inside if node.label == INSIDE[part]), constant(INSIDE[part], 0.0, "USD"))
    money = Money(result.allocation)
    whole = money.component(part, money.all)
    if measure == "tco_usd":
        return whole
    discount = result.time.discount

    def at(t: int) -> Node:
        name = f"{whole.label} in {money.labels[t]}"
        factors = [money.component(part, (t,)), money.given.discount(t)]
        return combined("product", name, "USD", factors, "cost \N{MULTIPLICATION SIGN} discount factor")

    values = result.allocation.component_cost[part] * discount
    return money.over_periods(f"{whole.label}, discounted", "USD", values, at)


def _move(move: Move, asked: Asked, base: Result, other: Result) -> Node:
    scenario = find(base.plan, "scenarios", asked.scenario)
    if scenario is None:
        raise LookupError("The plan no longer has this scenario.")
    moved = [scenario.overrides[k] for k in move.overrides if k < len(scenario.overrides)]
    formula = f"{WORDS[move.kpi]} with it less without it, each at its optimum, after the moves before it"

    def inputs() -> tuple[Node, ...]:
        return tuple(node for override in moved[:MOST] for node in _inputs(override, asked, base, other))

    return Node(f"Under {asked.name}, {move.words}", move.value, "USD", "difference", formula, parts=inputs)


def _inputs(override: Override, asked: Asked, base: Result, other: Result) -> Iterator[Node]:
    """By how much an override moves its input; nothing of what is no number."""
    was, now = _input(override, base), _input(override, other)
    if was is not None and now is not None:
        words = "as the scenario has it less in the base"
        yield combined("difference", was.label, was.unit, [_under(asked, base, now), _in(was)], words)
    elif was is not None or now is not None:
        yield _in(was) if was is not None else _under(asked, base, now)


def _input(override: Override, result: Result) -> Node | None:
    """The input that an override moves, as a result has it."""
    assert result.allocation is not None
    plan, given = result.plan, Money(result.allocation).given
    row = plan.settings if override.table == "plan" else find(plan, override.table, override.row or "")
    kind = field_of(Settings if override.table == "plan" else ROW_TYPES[override.table], override.field).kind
    if row is None or kind not in NUMERIC or getattr(row, override.field) is None:
        return None
    if override.table == "plan":
        return given.setting(override.field)
    k = getattr(plan, override.table).index(row)
    return given.field(override.table, k, override.field, (override.periods or (0,))[0])
