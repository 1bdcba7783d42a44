"""What one input is, and how a table declares it: types, units, help and bounds, each stated once.

Forms, range checks, table headers, tooltips, SQLite columns and the JSON exchange all read `fields(row_type)`.
"""

from __future__ import annotations

import functools
import math
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec
from msgspec import Meta, Struct

from gigaplan.engine.plan.problems import Message, say

LONGEST_NAME = 200
"""Characters of a name, and of all that names something: a provider, a jurisdiction, a row that is referred to."""
LONGEST_TEXT = 100_000
"""Characters of notes and sources."""


class Growth(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"from_": "from"}):
    """A series that has a value in a month and grows by a fixed fraction a year."""

    start: float
    annual_growth: float = 0.0
    from_: str | None = None
    """The month in which its value is `start`; None is the plan's first."""


class Steps(Struct, frozen=True, forbid_unknown_fields=True):
    """A series that changes on dates: each value holds from its month on, the first one also before."""

    steps: tuple[tuple[str, float | None], ...]
    """(month, value), in the order of the months; None is no limit, where the field may be empty."""


Series = float | tuple[float, ...] | Growth | Steps
"""A number (constant), one number per period, a start with annual growth, or dated steps."""


def mapped(series: Series, edit: Callable[[float], float]) -> Series:
    """The series with `edit` of each of its values; of a growth, of its start."""
    if isinstance(series, Growth):
        return Growth(edit(series.start), series.annual_growth, series.from_)
    if isinstance(series, Steps):
        return Steps(tuple((month, None if value is None else edit(value)) for month, value in series.steps))
    return tuple(map(edit, series)) if isinstance(series, tuple) else edit(series)


class Field(Struct, frozen=True):
    """What one input is: everything that a form, a check, a file or a help page needs to know."""

    name: str
    label: str
    kind: str
    """text, identifier, number, integer, flag, choice, month, series, reference, references, texts, numbers, row,
    rows, any."""
    required: bool
    key: str = ""
    """What it is called in files and sheets: its name, but for words that Python keeps for itself (`from_`)."""
    default: Any = None
    optional: bool = False
    """True where null is allowed, and means "no limit" or "not given"."""
    unit: str | Mapping[str, str] = ""
    """The unit, or one unit per value of the field named by `unit_by`."""
    unit_by: str = ""
    help: str = ""
    empty: str = ""
    """What an empty field means: no limit."""
    group: str = ""
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    choices: tuple[str, ...] = ()
    """The values that may be chosen; for references, words that may stand in the place of a list."""
    letters: int | None = None
    """The most letters of a text that is made of letters alone, as a code is."""
    longest: int = LONGEST_NAME
    """The most characters of a text."""
    refers: str = ""
    """The table whose ids this field holds, for references."""
    opening: bool = False
    """Whether a period takes the value with which it opens; of all other series it takes the mean."""
    gaps: bool = False
    """Whether a dated step of it may be null, which is no limit; so it is of every field that may be empty."""
    row_type: Any = None
    """The struct of a nested row or rows."""

    @property
    def full_help(self) -> str:
        """The help, and what an empty field means."""
        return f"{self.help} Empty: {self.empty}.".strip() if self.empty else self.help

    def unit_in(self, row: Any) -> str:
        """The unit of this field in `row` (the unit of some fields depends on another field)."""
        if isinstance(self.unit, str):
            return self.unit
        return self.unit.get(getattr(row, self.unit_by), "")

    def text_refusal(self, value: str) -> Message | None:
        """Why the text `value` cannot stand in this field, None if it can."""
        if len(value) > self.longest:
            return say("too_long", count=len(value), longest=self.longest)
        if self.name == "name" and value.splitlines() not in ([], [value]):
            return say("several_lines")
        if self.letters is None or (value.isalpha() and len(value) <= self.letters):
            return None
        return say("not_a_code", value=value, letters=self.letters)

    def refusal(self, value: float) -> Message | None:
        """Why the number `value` cannot stand in this field; None if it can."""
        if not math.isfinite(value):
            return say("not_finite")
        if abs(value) > LARGEST:
            return say("too_large_to_compute", largest=LARGEST)
        if self.ge is not None and value < self.ge:
            return say("below_least", ge=self.ge)
        if self.gt is not None and value <= self.gt:
            return say("not_above", gt=self.gt)
        if self.le is not None and value > self.le:
            return say("not_below_most", le=self.le)
        if self.lt is not None and value >= self.lt:
            return say("not_less", lt=self.lt)
        if is_tiny(value):
            return say("too_small_to_compute", smallest=SMALLEST)
        return None


LARGEST = 1e15
SMALLEST = 1e-100
"""The least size of a number that is not 0: products of two smaller ones come near the end of what floats can hold."""


def is_tiny(value: float) -> bool:
    """Whether `value` is too small to compute with, and not 0."""
    return value != 0 and -SMALLEST < value < SMALLEST


def about(
    label: str,
    unit: str | dict[str, str] = "",
    help: str = "",
    *,
    empty: str = "",
    group: str = "",
    unit_by: str = "",
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    letters: int | None = None,
    longest: int = LONGEST_NAME,
    refers: str = "",
    kind: str = "",
    opening: bool = False,
    gaps: bool = False,
) -> Meta:
    """The annotation that declares a field. Bounds are in the field's unit."""
    extra = {
        "unit": unit,
        "unit_by": unit_by,
        "empty": empty,
        "group": group,
        "ge": ge,
        "gt": gt,
        "le": le,
        "lt": lt,
        "letters": letters,
        "longest": longest,
        "refers": refers,
        "kind": kind,
        "opening": opening,
        "gaps": gaps,
    }
    return Meta(title=label, description=help, extra=extra)


@functools.cache
def fields(row_type: type[Struct]) -> tuple[Field, ...]:
    """The declared fields of a row type, in order."""
    return tuple(_field(info) for info in msgspec.structs.fields(row_type))


@functools.cache
def field_of(row_type: type[Struct], name: str) -> Field:
    """The field called `name`. Raises KeyError where there is none."""
    return {f.name: f for f in fields(row_type)}[name]


def _field(info: msgspec.structs.FieldInfo) -> Field:
    bare, meta = typing.get_args(info.type)
    extra = dict(meta.extra)
    members = typing.get_args(bare) if typing.get_origin(bare) in (typing.Union, types.UnionType) else (bare,)
    optional = type(None) in members
    members = tuple(m for m in members if m is not type(None))
    choices: tuple[str, ...] = ()
    row_type = None
    if Growth in members:
        kind = "series"
    elif typing.get_origin(members[0]) is Literal:
        kind, choices = "choice", typing.get_args(members[0])
    elif typing.get_origin(members[0]) is tuple:
        element = typing.get_args(members[0])[0]
        nested = isinstance(element, type) and issubclass(element, Struct)
        kind, row_type = ("rows", element) if nested else ("numbers" if element is float else "texts", None)
    elif isinstance(members[0], type) and issubclass(members[0], Struct):
        kind, row_type = "row", members[0]
    else:
        kind = {str: "text", float: "number", int: "integer", bool: "flag"}.get(members[0], "any")
    kind = extra.pop("kind") or kind
    extra["gaps"] = extra["gaps"] or (optional and kind == "series")
    return Field(
        name=info.name,
        key=info.encode_name,
        label=meta.title,
        help=meta.description,
        kind=kind,
        required=info.required,
        default=None if info.required else info.default,
        optional=optional,
        choices=choices,
        row_type=row_type,
        **extra,
    )
