"""A number with the way it came about: a value, the operation that made it, and what went in."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from gigaplan.engine.plan.text import plain_figure

LEAVES = ("input", "decision", "constant")
"""The operations of nodes without parts: a field of the plan, what the solver chose, a number of nature or of units."""

NEGLIGIBLE = 1e-15
"""Parts of a sum that are smaller than this against its largest are rounding, and are not shown."""


def _quotient(values: Sequence[float]) -> float | None:
    return values[0] / values[1] if values[1] != 0 else None


OPERATIONS: dict[str, Callable[[Sequence[float]], float | None]] = {
    "sum": math.fsum,
    "product": math.prod,
    "quotient": _quotient,
    "difference": lambda values: math.fsum([values[0], *(-v for v in values[1:])]),
    "max": lambda values: max(values, default=0.0),
    "min": min,
    "mean": lambda values: math.fsum(values) / len(values) if values else None,
    "sum of squares": lambda values: math.fsum(v * v for v in values),
    "power": lambda values: values[0] ** values[1],
    "logarithm": lambda values: math.log(values[0]),
    "floor": lambda values: float(math.floor(values[0])),
    "ceiling": lambda values: float(math.ceil(values[0])),
}
"""What each operation makes of the values of the children, in their order. A quotient by zero and a mean of
nothing are None; a difference takes all the others from the first."""


class PartedLabel(str):
    """What a figure is called, in parts with commas between: below a line, a list leaves out the parts that it says."""

    parts: tuple[str, ...]


def parts_of(label: str) -> tuple[str, ...]:
    """The parts of a label; a plain text is one."""
    return label.parts if isinstance(label, PartedLabel) else (label,)


def parted(*parts: str) -> PartedLabel:
    """The label of these parts; one that is a label already stands for its own."""
    flat = tuple(inner for part in parts for inner in parts_of(part))
    made = PartedLabel(", ".join(flat))
    made.parts = flat
    return made


@dataclass(frozen=True)
class Node:
    """One figure and where it comes from. `children` are made when they are first asked for."""

    label: str
    value: float | None
    unit: str
    operation: str
    """A key of OPERATIONS, or one of LEAVES."""
    formula: str = ""
    """The operation in words."""
    period: int | None = None
    path: str = ""
    """Of an input: its field in the plan, as in `offers[3].price_usd`. A series has one value per `period`."""
    table: str = ""
    row: str = ""
    """The id of the row, where it has one."""
    field: str = ""
    """The field of the row that holds the value; of a nested row, the field that holds that row."""
    source: str = ""
    as_of: str = ""
    confidence: str = ""
    """The marks of confidence that the source itself states for this field, such as vendor; else empty."""
    basis: str = ""
    """Of work per chip: measured, vendor or modelled."""
    band: tuple[float, float] | None = None
    """Of work per chip: the factors between which eight cases of ten lie."""
    parts: Callable[[], tuple[Node, ...]] = dataclasses.field(default=tuple, repr=False, compare=False)

    @cached_property
    def children(self) -> tuple[Node, ...]:
        """What the operation is applied to; sums have their largest part first."""
        return self.parts()


def constant(label: str, value: float, unit: str = "", formula: str = "") -> Node:
    """A number that is no input: a unit, a month, a position in time."""
    return Node(label, float(value), unit, "constant", formula)


def combined(operation: str, label: str, unit: str, children: Iterable[Node], formula: str = "") -> Node:
    """A node whose value is what the operation makes of its children."""
    made = tuple(children)
    value = OPERATIONS[operation]([_number(child) for child in made])
    return Node(label, value, unit, operation, formula, parts=lambda: made)


def lazy(
    operation: str,
    label: str,
    unit: str,
    value: float | None,
    parts: Callable[[], Iterable[Node]],
    formula: str = "",
    period: int | None = None,
) -> Node:
    """A node whose value the results have already, and whose children are made on demand."""
    known = None if value is None else float(value)
    return Node(label, known, unit, operation, formula, period, parts=lambda: tuple(parts()))


def total(
    label: str,
    unit: str,
    value: float,
    parts: Callable[[], Iterable[Node]],
    formula: str = "sum of its parts",
    period: int | None = None,
) -> Node:
    """A sum whose children are made on demand, the largest first, without those that are nothing."""

    def sorted_parts() -> list[Node]:
        found = sorted(parts(), key=lambda node: -abs(_number(node)))
        least = NEGLIGIBLE * abs(_number(found[0])) if found else 0.0
        return [node for node in found if abs(_number(node)) > least]

    return lazy("sum", label, unit, value, sorted_parts, formula, period)


def recompute(node: Node) -> float | None:
    """The value of a node computed anew from its leaves, all the way down."""
    if node.operation in LEAVES:
        return node.value
    values = [recompute(child) for child in node.children]
    return OPERATIONS[node.operation]([math.nan if v is None else v for v in values])


def _number(node: Node) -> float:
    if node.value is None:
        raise ValueError(f"{node.label} has no value to compute with")
    return node.value


def as_text(node: Node, depth: int = 3, currency: str = "USD") -> str:
    """The tree as indented lines, `depth` levels below the node: figures, formulas, and the sources of inputs.

    Units of money are written with the plan's `currency`.
    """
    lines: list[str] = []
    _write(node, depth, 0, lines, currency)
    return "\n".join(lines)


def _write(node: Node, depth: int, level: int, lines: list[str], currency: str) -> None:
    indent = "  " * level
    figure = "—" if node.value is None else plain_figure(node.value)
    text = f"{indent}{node.label}: {figure} {node.unit.replace('USD', currency)}".rstrip()
    band = f"P10 to P90: {node.band[0]:.2g} to {node.band[1]:.2g} times it" if node.band else ""
    marks = [m for m in (node.basis, band, node.confidence) if m]
    formula = node.formula if node.operation != "input" or node.formula else "given"
    lines.append(text + (f" = {formula}" if formula else "") + (f" [{', '.join(marks)}]" if marks else ""))
    if node.path:
        dated = ", ".join(filter(None, [node.source, node.as_of and f"as of {node.as_of}"]))
        lines.append(f"{indent}  {node.path}" + (f": {dated}" if dated else ""))
    for child in node.children if level < depth else ():
        _write(child, depth, level + 1, lines, currency)
