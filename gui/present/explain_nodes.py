"""Figures that a view shows and the engine has no name for, as nodes put together of those that it has."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from gigaplan.engine.analysis.limits import SPANS
from gigaplan.engine.analysis.provenance import Node, explain_kpi, explain_value
from gigaplan.engine.analysis.provenance.cost_trees import Money
from gigaplan.engine.analysis.provenance.kpi_trees import objective_parts
from gigaplan.engine.analysis.provenance.leaves import Given
from gigaplan.engine.analysis.provenance.node import combined, constant, parted, total
from gigaplan.engine.analysis.provenance.series import contract_nodes, power_node, value_label
from gigaplan.engine.analysis.shadow_prices import Worth, known
from gigaplan.engine.analysis.worth_words import Binding, bindings, limit_name, sentence
from gigaplan.engine.optimization.costs import END_COMPONENTS
from gigaplan.engine.plan.annotations import Place, field_at
from gigaplan.engine.plan.bounds import NUMERIC
from gigaplan.engine.plan.fields import field_of
from gigaplan.engine.plan.formulas import formula_of, needs
from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.scenarios import whole
from gigaplan.engine.plan.schema import ROW_TYPES, Override, Settings
from gigaplan.engine.results.commitments import year_uses
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.series_names import FULL_POWER, OFF, UNITS
from gigaplan.engine.results.status import STATUS
from gigaplan.gui.present.chart_data import MODE, OWED, OWED_LABEL
from gigaplan.gui.present.scenario_words import periods_of
from gigaplan.gui.text.explain_request import Asked, CauseOfMove, Drawn, Key, Part

COMMITMENT, AVAILABLE, CAPACITY, END = "commitment", "available_power", "part_of_power", "end"
CONTRACTED = "contracted_power"
"""What stands for a series in a question about an agreement, about the power that sites have, and the part drawn."""
LIMITS, LIMIT = "limits", "limit"
"""The operations of nodes that name limits; they are no part of a figure."""


def explain_drawn(result: Result, series: str, by: str, key: str, first: int, last: int) -> Node:
    """What a chart draws: a value of a series, or of what stands for one. Raises LookupError for what there is not."""
    if series == END:
        return of_the_end(result, key)
    if last >= result.time.periods:
        raise LookupError("The plan no longer has this period.")
    if series == MODE:
        return of_mode(result, key, last)
    if series == COMMITMENT:
        return of_agreement(result, by, key, last)
    if series == AVAILABLE:
        return available_power(result, key if by == "site" else "", last)
    if series == CONTRACTED:
        return contracted_power(result, key if by == "site" else "", last)
    if series == CAPACITY:
        return part_of_power(result, key, last)
    return over_periods(result, series, by, key, first, last)


def of_input(plan: Plan, place: Place, period: int) -> Node:
    """A field of the plan: its value (of a series that in a period), source, formula, and what that needs.

    Raises LookupError for what there is not.
    """
    table, id, name = place
    row = plan.settings if table == "plan" else find(plan, table, id or "")
    if row is None:
        raise LookupError("The plan no longer has this row.")
    if field_at(place).kind not in NUMERIC or getattr(row, name) is None:
        raise LookupError("This field holds no number.")
    given = Given(plan)
    node = given.setting(name) if table == "plan" else given.field(table, getattr(plan, table).index(row), name, period)
    formula = formula_of(plan, place)
    if not formula:
        return node
    named = needs(plan, formula)
    parts = lambda: tuple(of_input(plan, each, period) for each in named)  # noqa: E731
    return dataclasses.replace(node, operation="formula", formula=formula, parts=parts)


def of_the_end(result: Result, part: str) -> Node:
    """What the end of the horizon adds to the cost or takes off it, undiscounted; what rentals owe after it."""
    assert result.allocation is not None
    money = Money(result.allocation)
    if part == OWED:
        owed = explain_kpi(result, "liability_beyond_horizon_usd", None)
        at_risk = money.end("owed_at_risk", discounted=False)
        return combined("difference", OWED_LABEL, "USD", [owed, at_risk], "what is owed less what of it is at risk")
    node = money.end(part, discounted=False)
    sign = next(end.sign for end in END_COMPONENTS if end.name == part)
    if (node.value or 0.0) * sign >= 0:
        return node
    taken = constant("Taken off the cost", -1.0, "", "it lessens the cost")
    return combined("product", parted(node.label, "taken off the cost"), "USD", [node, taken], "what it is worth × −1")


def of_mode(result: Result, mode: str, period: int) -> Node:
    """The chips that run in a way in a period: those of each offer at each site."""
    a, plan = result.allocation, result.plan
    assert a is not None
    pairs = a.by_mode[mode][:, period]
    names = [
        f"{plan.offers[o].name} at {plan.sites[s].name}"
        for o, s in zip(a.inputs.pair_offer.tolist(), a.inputs.pair_site.tolist(), strict=True)
    ]
    words = {FULL_POWER: "at full power", OFF: "switched off"}.get(mode, f"at {mode} of full power")

    def parts() -> list[Node]:
        there = [(name, float(chips)) for name, chips in zip(names, pairs, strict=True) if chips]
        return [constant(name, chips, "chips", "as the optimum runs them") for name, chips in there]

    label = parted(f"Chips {words}", result.time.labels[period])
    return total(label, "chips", float(pairs.sum()), parts, "sum over offers at sites")


def available_power(result: Result, site: str, period: int) -> Node:
    """The power that a site has in a period; of every site together, where none is named. Raises LookupError."""
    assert result.allocation is not None
    money, sites = Money(result.allocation), result.plan.sites
    there = [k for k, s in enumerate(sites) if site in ("", s.id) and s.power_mw is not None]
    if not there:
        raise LookupError("No limit is set on the power there.")
    nodes = [power_node(money, k, period) for k in there]
    if site:
        return nodes[0]
    value = sum(node.value or 0.0 for node in nodes)
    return total(parted("Power of all sites", result.time.labels[period]), "MW", value, lambda: nodes, "sum over sites")


def contracted_power(result: Result, site: str, period: int) -> Node:
    """The power of the contracts that are taken up at a site in a period; at all, where none is named."""
    assert result.allocation is not None
    money = Money(result.allocation)
    places = [k for k, s in enumerate(result.plan.sites) if site in ("", s.id)]
    nodes = [node for k in places for node in contract_nodes(money, k, period)]
    value = sum(node.value or 0.0 for node in nodes)
    label = parted("Contracted power", result.time.labels[period])
    return total(label, "MW", value, lambda: nodes, "sum over contracts taken up, while they run")


def part_of_power(result: Result, site: str, period: int) -> Node:
    """The part of a site's power that its chips draw in a period. Raises LookupError where it has no limit."""
    has = available_power(result, site, period)
    drawn = explain_value(result, "facility_power", "site", site, period)
    name = next(s.name or s.id for s in result.plan.sites if s.id == site)
    label = parted(f"Part of the power of {name}", result.time.labels[period])
    return combined("quotient", label, "fraction", [drawn, has], "facility power drawn \u00f7 what the site has")


def over_periods(result: Result, series: str, by: str, key: str, first: int, last: int) -> Node:
    """A value of a series, added up from the period `first` to `last`. Raises LookupError for what there is not."""
    node = explain_value(result, series, by, key, first)
    if first == last or result.allocation is None:
        return node
    when = f"{result.time.labels[first]} \u2013 {result.time.labels[last]}"
    value = float(result.series(series, by)[key][first : last + 1].sum())
    return total(
        value_label(Money(result.allocation), series, by, key, when),
        UNITS[series],
        value,
        lambda: [explain_value(result, series, by, key, t) for t in range(first, last + 1)],
        "sum over periods",
    )


def explain_figure(result: Result, name: str, workload: str | None) -> Node:
    """A key figure, or one of `OF_ALL`. Raises LookupError for what there is not."""
    return OF_ALL[name](result) if name in OF_ALL else explain_kpi(result, name, workload)


def _cost_of_kind(kpi: str, kind: str, name: str, work: str) -> Callable[[Result], Node]:
    """What all workloads of a kind cost together per unit of their work."""

    def node(result: Result) -> Node:
        of_kind = {w.id for w in result.plan.workloads if w.kind == kind}
        there = [w for w, value in result.kpis[kpi].items() if w in of_kind and value is not None]
        if not there:
            raise LookupError(f"No {name} workload is served in this plan.")
        costs, amounts = zip(*(explain_kpi(result, kpi, w).children for w in there), strict=True)
        cost, amount = (
            total(words, unit, sum(n.value or 0.0 for n in nodes), partial(tuple, nodes), "sum over workloads")
            for words, unit, nodes in ((f"Cost of all {name}", "USD", costs), (f"Work of all {name}", work, amounts))
        )
        formula = "cost of their parts of the chips \u00f7 work served"
        return combined("quotient", f"Cost of {name}", KPIS[kpi].unit, [cost, amount], formula)

    return node


OF_ALL = {
    "serving_cost": _cost_of_kind("usd_per_million_tokens", "inference", "serving", "million tokens"),
    "pretraining_cost": _cost_of_kind("usd_per_pflop_day", "pretraining", "pre-training", "PFLOP-days"),
}
"""The figures of the strip that are of several workloads together."""


def of_agreement(result: Result, what: str, agreement: str, period: int) -> Node:
    """What is `owed`, `used`, `stranded` or `beyond` in the contract year of an agreement that is settled in a period.

    Of every agreement together, where none is named: in the contract years that hold the period. Raises LookupError.
    """
    assert result.allocation is not None
    money, uses = Money(result.allocation), year_uses(result.allocation)
    if agreement:
        years = [k for k, u in enumerate(uses) if u.agreement == agreement and u.span[1] == period]
    else:
        years = [k for k, u in enumerate(uses) if u.span[0] <= period <= u.span[1]]
    nodes = [_of_year(money, k, what) for k in years]
    if not nodes:
        raise LookupError("No agreement owes anything in this period.")
    if len(nodes) == 1:
        return nodes[0]
    value = sum(node.value or 0.0 for node in nodes)
    return total(f"{what.capitalize()} in {money.labels[period]}", "USD", value, lambda: nodes, "sum over agreements")


def _of_year(money: Money, year: int, what: str) -> Node:
    short = money.shortfall(year)
    owed, spent = short.children
    name = money.contract_year(year)
    used = combined("min", parted(name, "used"), "USD", [owed, spent], "what was spent, up to the commitment")
    if what == "owed":
        return owed
    if what == "used":
        return used
    if what == "stranded":
        return short
    return combined("difference", parted(name, "beyond what is owed"), "USD", [spent, used], "spent less used")


def limits_that_bind(result: Result, span: tuple[int, int] | None = None, about: tuple[str, str] = ("", "")) -> Node:
    """The limits that bind in the periods of `span`, or in any, the dearest first, and what one more of each saves,
    or one less of a floor or a commitment.

    Those of the row `about` (table, id) alone, where it has any.
    """
    there = [worth for worth in known(result) if span is None or _holds_in(result, worth, span)]
    there = [worth for worth in there if (worth.table, worth.id) == about] or there
    parts = tuple(_limit(result, binding) for binding in bindings(there))
    count = "limit" if len(parts) == 1 else "limits"
    if not result.worths.is_complete:
        count += ", and more are being looked for"
    return Node(
        "Limits that bind" if span is None else "Limits that bind then",
        float(len(parts)),
        count,
        LIMITS,
        parts=lambda: parts,
    )


def _holds_in(result: Result, worth: Worth, span: tuple[int, int]) -> bool:
    """Whether a limit holds in any of some periods; what holds over the horizon does in each of them."""
    if worth.period == "*":
        return not worth.is_whole
    if worth.kind == "commitment":
        assert result.allocation is not None
        years = [y for y in result.allocation.years if y.year == worth.period]
        ids = [y for y in years if result.plan.agreements[y.agreement].id == worth.id]
        return any(span[0] <= t <= span[1] for y in ids for t in (*y.periods, y.settled_in))
    at = result.time.year_of if SPANS.get(worth.kind) == "plan year" else np.arange(result.time.periods)
    return bool((at[span[0] : span[1] + 1] == worth.period).any())


def _limit(result: Result, binding: Binding) -> Node:
    first = binding.dearest
    unit = f"{result.plan.settings.currency}/{first.unit.removesuffix('s')}"
    name, words, (table, row, field) = limit_name(result, first.key), sentence(result, binding), first.place
    return Node(name, first.one_more, unit, LIMIT, words, table=table, row=row, field=field)


# Figures of scenarios beside the base, as nodes put together of those of the engine.


MOST = 40


def explain_asked(asked: Asked, base: Result, other: Result) -> Node:
    """Where a figure of `other`, the result of the scenario, comes from, or its difference to `base`.

    Raises LookupError for what there is not.
    """
    if isinstance(asked.figure, CauseOfMove):
        return _move(asked.figure, asked, base, other)
    node = _figure(asked.figure, other)
    if not asked.is_step:
        return _under(asked, base, node)
    pair = (_under(asked, base, node), _in(_figure(asked.figure, base)))
    if any(each.value is None for each in pair):
        raise LookupError("One of the two has no such figure, so there is no difference.")
    words = f"under {asked.name} less in the base"
    if isinstance(asked.figure, Part) and asked.figure.part in ("residual", "paid_ahead"):
        pair, words = pair[::-1], f"what it takes off in the base less under {asked.name}"
    return combined("difference", parted(node.label, "change"), node.unit, pair, words)


def _in(node: Node) -> Node:
    return dataclasses.replace(node, label=parted("In the base", node.label))


def _under(asked: Asked, base: Result, node: Node) -> Node:
    """A figure of a scenario: what that moves is not what its source says, down to the last input."""
    scenario = find(base.plan, "scenarios", asked.scenario)
    if scenario is None:
        return node if asked.scenario else _in(node)
    moved = frozenset((o.table, o.row or "", o.field) for o in whole(base.plan, scenario).overrides)
    return _marked(dataclasses.replace(node, label=parted(f"Under {asked.name}", node.label)), asked.name, moved)


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
        raise LookupError(f"There is no figure to explain: the plan is {STATUS[result.status].short}.")
    if part in {end.name for end in END_COMPONENTS}:
        return Money(result.allocation).end(part, discounted=measure != "tco_usd")
    money = Money(result.allocation)
    if part in ("carbon_price", "unmet"):
        return objective_parts(money)[part]
    whole = money.component(part, money.all)
    if measure == "tco_usd":
        return whole
    return money.discounted_component(part)


def _move(move: CauseOfMove, asked: Asked, base: Result, other: Result) -> Node:
    scenario = find(base.plan, "scenarios", asked.scenario)
    if scenario is None:
        raise LookupError("The plan no longer has this scenario.")
    overrides = whole(base.plan, scenario).overrides
    moved = [overrides[k] for k in move.overrides if k < len(overrides)]
    formula = f"{KPIS[move.kpi].label} with it less without it, each at its optimum, after the moves before it"

    def inputs() -> tuple[Node, ...]:
        return tuple(node for override in moved[:MOST] for node in _inputs(override, asked, base, other))

    return Node(parted(f"Under {asked.name}", move.words), move.value, "USD", "difference", formula, parts=inputs)


def _inputs(override: Override, asked: Asked, base: Result, other: Result) -> Iterator[Node]:
    """By how much an override moves its input; nothing of what is not a number."""
    was, now = _input(override, base), _input(override, other)
    if was is not None and now is not None:
        words = "as the scenario has it less in the base"
        yield combined("difference", was.label, was.unit, [_under(asked, base, now), _in(was)], words)
    elif was is not None:
        yield _in(was)
    elif now is not None:
        yield _under(asked, base, now)


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
    return given.field(override.table, k, override.field, (periods_of(plan, override) or (0,))[0])
