"""Which inputs of a plan can be called uncertain: what the page Risk and the table of such rows offer."""

from __future__ import annotations

from collections.abc import Iterator

from gigaplan.engine.plan.fields import Field, field_of, fields
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.scenarios import ON_PLATFORM
from gigaplan.engine.plan.schema import ROW_TYPES, Settings, Table

QUANTITIES = ("number", "series")
"""The kinds of field that can be uncertain."""
USUAL: tuple[tuple[Table, str], ...] = (
    ("workloads", "demand"),
    ("workloads", "utilisation"),
    ("offers", "price_usd"),
    ("offers", "supply_chips_per_month"),
    ("sites", "power_mw"),
    ("sites", "electricity_usd_per_mwh"),
)
"""The inputs that are uncertain in most plans; any other can be named where one of them is edited."""
SETTINGS = ("discount_rate", "overhead_fraction", "carbon_price_usd_per_t")
Input = tuple[Table, str | None, str]
"""(table, id of the row, name of the field); the plan itself has no row."""


def quantities(table: str) -> tuple[Field, ...]:
    """The fields of a table that can be uncertain."""
    row_type = Settings if table == "plan" else ROW_TYPES[table]
    return tuple(field for field in fields(row_type) if field.kind in QUANTITIES)


def field_label(table: str, name: str) -> str:
    """What a field is called: Price. The name itself where the table has no such field."""
    if table == "workloads" and name.startswith(ON_PLATFORM):
        return f"Throughput on {name.removeprefix(ON_PLATFORM)}"
    try:
        return field_of(Settings if table == "plan" else ROW_TYPES[table], name).label
    except KeyError:
        return name


def not_yet(plan: Plan, table: Table, field: str) -> list[Input]:
    """The inputs of a kind that have a value other than zero and are not uncertain yet."""
    known = {(row.table, row.row, row.field) for row in plan.uncertainties}
    rows = [(None, plan.settings)] if table == "plan" else [(row.id, row) for row in getattr(plan, table)]
    return [
        (table, id, field)
        for id, row in rows
        if getattr(row, field) not in (None, 0.0) and (table, id, field) not in known
    ]


def next_inputs(plan: Plan) -> Iterator[Input]:
    """Inputs that are not uncertain yet, the usual ones first."""
    for table, field in USUAL:
        yield from not_yet(plan, table, field)
    for field in SETTINGS:
        yield from not_yet(plan, "plan", field)
