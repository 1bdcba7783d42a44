"""Reading what a person types for an override: a quantity in the unit of the field, a factor, a date, names of rows."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import QLocale

from engine.bounds import NUMERIC
from engine.fields import Field, fields
from engine.plan import Plan, with_fields
from engine.scenarios import move
from engine.schema import ROW_TYPES, Override, Settings
from engine.timeline import is_month
from gui.quantities import Quantity, Refusal, read, read_relative
from gui.rows import row_name

TABLE_WORDS = {
    "plan": "The plan",
    "sites": "Sites",
    "offers": "Offers",
    "workloads": "Workloads",
    "platforms": "Platforms",
    "agreements": "Agreements",
    "policies": "Policies",
}
"""The tables whose inputs a scenario can move; ports have no id to be named by."""
KINDS = (*NUMERIC, "flag", "choice", "month", "reference", "references", "texts")


def movable(table: str) -> tuple[Field, ...]:
    """The fields of a table that the editor can move."""
    row_type = Settings if table == "plan" else ROW_TYPES[table]
    return tuple(f for f in fields(row_type) if f.kind in KINDS and not (f.group == "Source" or f.kind == "identifier"))


def operations(field: Field) -> tuple[tuple[str, str], ...]:
    """What can be done with a field, and its words."""
    if field.kind in NUMERIC:
        return (("set", "set to"), ("scale", "multiply by"), ("add", "add"))
    return (("set", "set to"),)


def choices(field: Field, plan: Plan) -> list[tuple[str, Any]]:
    """The values to choose from, with their words; empty where a value is typed."""
    found: list[tuple[str, Any]] = []
    if field.kind == "flag":
        found = [("yes", True), ("no", False)]
    elif field.kind == "choice":
        found = [(c.replace("_", " "), c) for c in field.choices]
    elif field.kind == "reference":
        found = [(row_name(row)[:80], row.id) for row in getattr(plan, field.refers)]
    if found and field.optional:
        found.append(("none", None))
    return found


def value_typed(text: str, field: Field, op: str, units: set[str], plan: Plan) -> tuple[Any, str] | Refusal:
    """The value that was typed and how it was understood, or why it says nothing."""
    text = text.strip()
    if not text:
        if op == "set" and field.optional:
            return None, "no limit"
        return Refusal("Type a value.")
    if field.kind in ("references", "texts"):
        return _names(text, field, plan)
    if field.kind == "month":
        return (text, "") if is_month(text) else Refusal("A month is written as 2027-04.")
    found: Quantity | Refusal
    if op == "scale":
        relative = read_relative(text, "ratio", locale=QLocale())
        if isinstance(relative, Refusal):
            return relative
        if relative is not None:
            return relative.factor, relative.text
        found = read(text, "ratio", locale=QLocale())
    elif len(units) > 1:
        return Refusal("The chosen rows have different units: multiply them, or choose one.")
    else:
        typed = text.removeprefix("+").strip() if op == "add" else text
        found = read(typed, next(iter(units), ""), locale=QLocale(), currency=plan.settings.currency)
    return found if isinstance(found, Refusal) else (found.value, found.text)


def _names(text: str, field: Field, plan: Plan) -> tuple[Any, str] | Refusal:
    words = [w.strip() for w in text.split(",") if w.strip()]
    if field.kind == "texts":
        return tuple(words), ""
    if text in field.choices:
        return text, "everywhere" if text == "*" else ""
    rows = {key: row.id for row in getattr(plan, field.refers) for key in (row_name(row).casefold(), row.id)}
    unknown = next((w for w in words if w.casefold() not in rows), None)
    if unknown is not None:
        return Refusal(f"There is no {field.refers[:-1]} called {unknown[:60]}.")
    return tuple(dict.fromkeys(rows[w.casefold()] for w in words)), ""


def why_not(plan: Plan, scenario: str, overrides: tuple[Override, ...]) -> str:
    """Why a scenario cannot have these overrides; empty where it can. What was wrong before is not asked about."""
    index = next(k for k, s in enumerate(plan.scenarios) if s.id == scenario)
    before = {p.text for p in move(plan, index)[1]}
    moved = move(with_fields(plan, "scenarios", scenario, overrides=overrides), index)[1]
    new = next((p for p in moved if p.text not in before), None)
    if new is None:
        return ""
    return f"It {new.text}. {new.mend}".strip() if not new.text.startswith("under") else f"{new.text.capitalize()}."


def override(table: str, row: str | None, field: str, op: str, value: Any, periods: tuple[int, ...] | None) -> Override:
    """An override of plain values, as a file would have it."""
    return Override(table=table, row=row, field=field, op=op, value=msgspec.to_builtins(value), periods=periods)
