"""Checks of the trees that say where a number comes from, for tests."""

import random
import re
from functools import cache
from pathlib import Path

from gigaplan.engine.analysis.provenance import Node, explain_kpi
from gigaplan.engine.analysis.provenance.node import LEAVES, OPERATIONS
from gigaplan.engine.exchange.json import read_json
from gigaplan.engine.plan.fields import Growth, Steps, field_of
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.throughput import before_goodput
from gigaplan.engine.plan.throughput import given as stated_row
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.templates import load_template, template_names

CASES = Path(__file__).parent.parent / "cases" / "1"
SMALL = sorted({path.stem for path in CASES.glob("*.json")} - {"synthetic-5"})
"""Every case of edition 1 that has an answer; synthetic-5 is infeasible."""
TEMPLATES = [template.name for template in template_names()]
RELATIVE = 1e-9


@cache
def solved(name: str) -> Result:
    plan = load_template(name) if name in TEMPLATES else read_json(CASES / f"{name}.json")
    result = solve_plan(plan)
    assert result.status == "optimal", result.problems
    return result


def resolve(plan: Plan, path: str) -> object:
    """What lies at a path of the plan, as `offers[3].installed[0].chips`."""
    found: object = plan
    for name, place in re.findall(r"\.?(\w+)(?:\[(\d+)\])?", path):
        found = getattr(found, "settings" if found is plan and name == "plan" else name)
        if place:
            found = found[int(place)]  # type: ignore[index]
    return found


def kpi_nodes(result: Result) -> list[tuple[Node, float | None]]:
    """Every KPI of a result, explained, with the figure that it must have."""
    found = []
    for name in KPIS:
        value = result.kpis[name]
        if isinstance(value, dict):
            found += [(explain_kpi(result, name, w), each) for w, each in value.items()]
        else:
            found.append((explain_kpi(result, name), value))
    return found


def everything(node: Node) -> list[Node]:
    """The nodes of a tree, each before those below it."""
    found, open_ = [], [node]
    while open_:
        found.append(open_.pop())
        open_ += reversed(found[-1].children)
    return found


def descent(node: Node, dice: random.Random) -> list[Node]:
    """The nodes of one way down, with the leaves beside it."""
    found = [node]
    while node.children:
        found += [child for child in node.children if not child.children]
        node = dice.choice(node.children)
        found.append(node)
    return found


def check_step(node: Node) -> None:
    """A node is what its operation makes of its children's values, to 1e-9 of the sizes that go into it."""
    if node.operation in LEAVES:
        assert not node.children, node.label
        return
    values = [child.value for child in node.children]
    assert all(v is not None for v in values), node.label
    expected = OPERATIONS[node.operation](values)
    if expected is None or node.value is None:
        assert expected is None, node.label
        assert node.value is None, node.label
        return
    size = max(abs(node.value), abs(expected))
    if node.operation in ("sum", "difference"):
        size = max([size, *map(abs, values)])
    assert abs(node.value - expected) <= RELATIVE * size, (node.label, node.operation, node.value, expected)
    assert node.formula or all(child.operation in LEAVES or child.children for child in node.children)


def check_leaf(plan: Plan, node: Node) -> None:
    """An input has the value that stands at its path in the plan, with the source of its row."""
    if node.operation != "input":
        assert node.operation != "decision" or node.period is not None or node.table or node.unit == "", node.label
        return
    raw = resolve(plan, node.path)
    table = re.match(r"\w+", node.path)[0]  # type: ignore[index]
    holder = plan.settings if table == "plan" else resolve(plan, re.match(r"\w+\[\d+\]", node.path)[0])  # type: ignore[index]
    if node.period is not None:
        of_period = Timeline.of(plan.settings).of_field(field_of(type(holder), node.field), raw)  # type: ignore[arg-type]
        raw = of_period[node.period]
    assert node.value is not None, node.path
    assert abs(node.value - raw) <= 1e-12 * abs(raw), node.path  # type: ignore[operator, arg-type]
    assert node.table == table
    assert node.row == getattr(holder, "id", "")
    assert field_of(type(holder), node.field)
    assert isinstance(resolve(plan, node.path), float | int | tuple | Growth | Steps)
    if node.field not in ("throughput", "inference"):
        assert (node.source, node.as_of) == (getattr(holder, "source", ""), getattr(holder, "as_of", ""))


def check_basis(plan: Plan, node: Node) -> None:
    """A measured throughput is never shown as modelled, nor the reverse."""
    if node.unit not in ("PFLOP/s per chip", "tokens/s per chip"):
        assert not node.basis
        return
    work, chip = next(
        (w, p) for w in plan.workloads for p in plan.platforms if node.label == f"{w.name} per chip of {p.name}"
    )
    row = stated_row(work, chip.id)
    assert node.basis == before_goodput(work, chip).basis
    if node.operation == "product":  # with goodput
        return
    assert (node.operation == "input") == (row is not None)
    if row:
        assert node.source == row.source


def check_all(plan: Plan, nodes: list[Node]) -> None:
    seen: set[Node] = set()
    for node in nodes:
        check_step(node)
        if node.operation not in LEAVES or node not in seen:  # a price is a leaf of hundreds of sums
            check_leaf(plan, node)
            check_basis(plan, node)
        if node.operation in LEAVES:
            seen.add(node)
        if node.operation not in LEAVES and not node.children:
            assert node.value in (0.0, None), node.label


def size_of(node: Node) -> float:
    """What goes into a node, without sign: what its rounding is to be measured against."""
    if node.operation in LEAVES:
        return abs(node.value or 0.0)
    sizes = [size_of(child) for child in node.children]
    if node.operation in ("sum", "difference"):
        return float(sum(sizes))
    return abs(OPERATIONS[node.operation](sizes) or 0.0) if sizes else 0.0
