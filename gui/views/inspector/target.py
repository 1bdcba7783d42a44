"""What the inspector edits: the chosen rows of a table, the plan's settings, or a row inside a row."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import msgspec

from gigaplan.engine.plan.annotations import Place, annotated
from gigaplan.engine.plan.bounds import NUMERIC
from gigaplan.engine.plan.fields import Field
from gigaplan.engine.plan.new_grid import on_grid
from gigaplan.engine.plan.plan import Plan, with_rows
from gigaplan.engine.plan.schema import ROW_TYPES, Settings
from gigaplan.gui.document.document import Document
from gigaplan.gui.document.row_edits import NOUNS, SCENARIOS, refused, row_name


class Editable(ABC):
    """Rows whose fields can be read and written together."""

    document: Document

    @property
    @abstractmethod
    def rows(self) -> tuple[Any, ...]:
        """The rows as the plan has them now."""

    def values(self, field: Field) -> tuple[Any, ...]:
        """The field's value in each row."""
        return tuple(getattr(row, field.name) for row in self.rows)

    @abstractmethod
    def places(self, field: Field) -> list[Place]:
        """Where the field stands in the plan, in each row."""

    @abstractmethod
    def put(
        self, field: Field, values: Sequence[Any], scrub: Hashable = None, formula: str = "",
        places: Sequence[Place] = (),
    ) -> str:  # fmt: skip
        """Makes these the field's values, one per row, as one undo step, or leaves the plan and says why not.

        Edits in a row with the same `scrub` are one undo step. With `formula`, the values are what it gives; it is kept
        in the base, a scenario keeps the values. `places` are where it stands, if that is within the field.
        """


class Target(Editable):
    """The chosen rows. `ids` moves with the choice; the table, and so the fields, stay."""

    def __init__(self, document: Document, table: str, ids: Sequence[str]) -> None:
        self.document = document
        self.table = table
        self.ids = tuple(ids)
        self._found: tuple[Any, tuple[str, ...], tuple[Any, ...]] = ((), (), ())
        """All rows of the table, the ids and the rows that were found: each field of a form asks for them."""
        self.converted = ""
        """What the last edit of the time grid did to series, in a sentence."""

    @property
    def row_type(self) -> type[msgspec.Struct]:
        """The struct that declares the fields."""
        return Settings if self.table == "plan" else ROW_TYPES[self.table]

    @property
    def rows(self) -> tuple[Any, ...]:
        """The rows as the plan has them now, in the order of the table."""
        if self.table == "plan":
            return (self.document.plan.settings,)
        if not self.table:  # rows of several tables, which have no field in common
            return ()
        everything = getattr(self.document.holder(self.table), self.table)
        if self._found[0] is not everything or self._found[1] != self.ids:
            wanted = set(self.ids)
            self._found = everything, self.ids, tuple(row for row in everything if row.id in wanted)
        return self._found[2]

    @property
    def name(self) -> str:
        """What a person calls it: Iowa; 3 sites; the plan."""
        rows = self.rows
        if self.table == "plan":
            return "the plan"
        return row_name(rows[0]) if len(rows) == 1 else f"{len(rows)} {self.table}"

    @property
    def noun(self) -> str:
        """The kind of thing it is: site, offer, plan."""
        return "plan" if self.table == "plan" else NOUNS.get(self.table, self.table)

    def places(self, field: Field) -> list[Place]:
        return [(self.table, None if self.table == "plan" else row.id, field.name) for row in self.rows]

    def put(
        self, field: Field, values: Sequence[Any], scrub: Hashable = None, formula: str = "",
        places: Sequence[Place] = (),
    ) -> str:  # fmt: skip
        rows = self.rows
        plan = self.document.holder(self.table)
        if text := next(filter(None, (refusal(field, value, plan) for value in values)), ""):
            return text
        key = None if scrub is None else ("field", self.table, self.ids, field.name, scrub)
        if self.table == "plan":
            settings = msgspec.structs.replace(plan.settings, **{field.name: values[0]})
            changed, self.converted = on_grid(plan, settings)
        else:
            given = {row.id: value for row, value in zip(rows, values, strict=True)}
            edit: Callable[[Any], Any] = lambda row: msgspec.structs.replace(row, **{field.name: given[row.id]})  # noqa: E731
            changed = with_rows(plan, self.table, list(given), edit)
        if formula and self.document.scenario is None:
            changed = annotated(changed, places or self.places(field), formula=formula)
        text = f"Change {lowered(field.label)} of {self.name}"
        self.document.apply(changed, text, key, in_base=self.table == SCENARIOS)
        return ""


class Nested(Editable):
    """The row inside a field of the chosen row, such as the model that a workload serves."""

    def __init__(self, outer: Editable, field: Field) -> None:
        self.document = outer.document
        self._outer = outer
        self._field = field

    @property
    def rows(self) -> tuple[Any, ...]:
        """The inner rows; none where a chosen row has none."""
        inner = self._outer.values(self._field)
        return inner if inner and None not in inner else ()

    def places(self, field: Field) -> list[Place]:
        return [(table, row, f"{path}.{field.name}") for table, row, path in self._outer.places(self._field)]

    def put(
        self, field: Field, values: Sequence[Any], scrub: Hashable = None, formula: str = "",
        places: Sequence[Place] = (),
    ) -> str:  # fmt: skip
        if text := next(filter(None, (refusal(field, v, self.document.plan) for v in values)), ""):
            return text
        pairs = zip(self.rows, values, strict=True)
        rows = [msgspec.structs.replace(row, **{field.name: value}) for row, value in pairs]
        run = None if scrub is None else (field.name, scrub)
        return self._outer.put(self._field, rows, run, formula, places or self.places(field))


class Member(Editable):
    """One row of a list of rows inside the chosen row, such as an installed lot."""

    def __init__(self, outer: Editable, field: Field, position: int) -> None:
        self.document = outer.document
        self._outer = outer
        self._field = field
        self._position = position

    @property
    def rows(self) -> tuple[Any, ...]:
        """The row, while it is there."""
        given = [rows or () for rows in self._outer.values(self._field)]
        return tuple(rows[self._position] for rows in given if self._position < len(rows))

    def places(self, field: Field) -> list[Place]:
        return [(t, row, f"{path}.{self._position}.{field.name}") for t, row, path in self._outer.places(self._field)]

    def put(
        self, field: Field, values: Sequence[Any], scrub: Hashable = None, formula: str = "",
        places: Sequence[Place] = (),
    ) -> str:  # fmt: skip
        if not self.rows:  # gone meanwhile, and with it what was typed for it
            return ""
        if text := refusal(field, values[0], self.document.plan):
            return text
        rows = list(self._outer.values(self._field)[0])
        rows[self._position] = msgspec.structs.replace(rows[self._position], **{field.name: values[0]})
        run = None if scrub is None else (self._position, field.name, scrub)
        return self._outer.put(self._field, [tuple(rows)], run, formula, places or self.places(field))


def refusal(field: Field, value: Any, plan: Plan) -> str:
    """Why a value cannot stand in a field of this plan; empty where it can."""
    if value is None or field.kind in (*NUMERIC, "numbers"):
        return refused(field, value, plan)
    if field.kind == "text" and field.name in ("name", "currency") and field.required and not value:
        return "is empty; a name is needed"
    texts = value if field.kind == "texts" else (value,) if field.kind == "text" else ()
    return str(next(filter(None, map(field.text_refusal, texts)), ""))


def unit_of(target: Editable, field: Field) -> str | None:
    """The unit of a field in the chosen rows; None where they differ."""
    units = {field.unit_in(row) for row in target.rows}
    return units.pop() if len(units) == 1 else None if units else ""


def lowered(label: str) -> str:
    """A label inside a sentence: Facility power -> facility power, PUE -> PUE."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def stepped(value: float, steps: float, field: Field) -> float:
    """The value moved by steps of about a hundredth of it, rounded to them and kept within the field's bounds."""
    step = step_of(value, field)
    fine = step if abs(steps) >= 1 else step / 10
    if field.kind == "integer":
        step, fine = max(1.0, round(step)), 1.0
        steps = math.copysign(max(1.0, abs(steps)), steps) if steps else 0.0
    moved = float(f"{round((value + steps * step) / fine) * fine:.12g}")
    if field.ge is not None:
        moved = max(moved, field.ge)
    if field.le is not None:
        moved = min(moved, field.le)
    return value if field.refusal(moved) else moved


def step_of(value: float, field: Field) -> float:
    """A step of 1, 2 or 5 times a power of ten, a hundredth of the value or a little less."""
    if value == 0:
        return 0.01 if (field.le is not None and field.le <= 1) or "fraction" in str(field.unit) else 1.0
    hundredth = abs(value) / 100
    power = 10.0 ** math.floor(math.log10(hundredth) + 1e-9)
    return next(m * power for m in (5, 2, 1) if m * power <= hundredth * (1 + 1e-9))
