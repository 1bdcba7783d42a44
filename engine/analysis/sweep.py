"""Every combination of values of some inputs, as cases of a plan whose inputs are uncertain."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from gigaplan.engine.analysis.uncertainty import Case
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import message_of, refused
from gigaplan.engine.plan.scenarios import target
from gigaplan.engine.plan.schema import ROW_TYPES, Uncertainty

MOST_CASES = 1_000_000


class Axis(Struct, frozen=True):
    """One input and the values that it is given."""

    table: str
    row: str | None
    field: str
    values: tuple[float, ...]

    @property
    def name(self) -> str:
        """It as it is named on the command line."""
        return ".".join(filter(None, (self.table, self.row, self.field)))


def axis_of(text: str) -> Axis:
    """An axis written as TABLE.ROW.FIELD=LOW:HIGH:COUNT, or with values apart by commas. Raises PlanError."""
    name, _, given = text.partition("=")
    table, *rest = name.split(".", 2)
    if len(rest) != (1 if table == "plan" else 2) or not given:
        raise refused("axis_unreadable", text=text)
    if table != "plan" and table not in ROW_TYPES:
        raise refused("axis_no_table", table=table)
    try:
        if ":" in given:
            low, high, count = given.split(":")
            values = tuple(np.linspace(float(low), float(high), int(count)).tolist())
        else:
            values = tuple(map(float, given.split(",")))
    except ValueError:
        raise refused("axis_values_unreadable", given=given) from None
    if not values or not all(abs(value) < 1e15 for value in values):
        raise refused("axis_no_values", given=given)
    return Axis(table, None if table == "plan" else rest[0], rest[-1], values)


def cases_of(plan: Plan, axes: Sequence[Axis], drawn: Sequence[Case] | None = None) -> tuple[Plan, list[Case]]:
    """The plan with the inputs of the axes as its uncertain ones, and a case for each combination of their values, the
    last axis first to move.

    With `drawn`, each of them with every one of these draws of the plan's own uncertain inputs, which come after those
    of the axes. Raises PlanError for an input that there is not, or that is no number, or too many cases.
    """
    rows = []
    for k, each in enumerate(axes):
        try:
            _, field = target(plan, each.table, each.row, each.field)
        except LookupError as error:
            raise refused("input_unknown", name=each.name, why=message_of(error)) from None
        if field.kind not in ("number", "integer", "series"):
            raise refused("holds_no_number", name=each.name)
        table: Any = each.table
        rows.append(
            Uncertainty(
                id=f"axis {k + 1}", table=table, row=each.row, field=each.field, distribution="uniform", relative=False
            )
        )
    many = 1 if drawn is None else len(drawn)
    count = int(np.prod([len(each.values) for each in axes], dtype=np.int64)) * many
    if count > MOST_CASES:
        raise refused("too_many_cases", count=count, most_cases=MOST_CASES)
    ids = [row.id for row in rows]
    points = itertools.product(*(each.values for each in axes))
    cases: list[Case] = [dict(zip(ids, point, strict=True)) for point in points]
    if drawn is not None:
        cases = [{**point, **draw} for point in cases for draw in drawn]
        rows += [row for row in plan.uncertainties if row.id not in ids]
    return msgspec.structs.replace(plan, uncertainties=tuple(rows)), cases
