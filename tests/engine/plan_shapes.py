"""Plans of every shape that the schema allows, for tests over generated plans."""

from __future__ import annotations

import functools
import string
from typing import Any

from hypothesis import strategies as st
from msgspec import structs

from gigaplan.engine.plan.fields import Field, Growth, Steps, fields, is_tiny
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import ROW_TYPES, Settings


def numbers(field: Field) -> st.SearchStrategy[float]:
    low = field.ge if field.ge is not None else field.gt if field.gt is not None else -1e6
    high = field.le if field.le is not None else field.lt if field.lt is not None else 1e6
    return _floats(low, high, exclude_min=field.gt is not None, exclude_max=field.lt is not None)


def _floats(low: float, high: float, **ends: bool) -> st.SearchStrategy[float]:
    return st.floats(low, high, **ends).filter(lambda value: not is_tiny(value))


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
names = words.filter(lambda text: text.splitlines() in ([], [text]))
identifiers = st.text("a_9", min_size=1, max_size=2)
"""Few, so that references often hit."""
months = st.builds("{:04d}-{:02d}".format, st.integers(1, 9900), st.integers(1, 12))
anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | _floats(-1e15, 1e15) | words,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)


def steps_of(value: st.SearchStrategy[Any]) -> st.SearchStrategy[Steps]:
    """Dated steps with these values."""
    some = st.lists(months, min_size=1, max_size=3, unique=True).map(sorted)
    return some.flatmap(lambda dates: st.tuples(*(st.tuples(st.just(date), value) for date in dates))).map(Steps)


def values(field: Field, periods: int) -> st.SearchStrategy[Any]:
    """Any value that the field can have."""
    number = numbers(field)
    text = names if field.name == "name" else words
    made: dict[str, Any] = {
        "text": text, "reference": identifiers, "identifier": identifiers, "number": number, "flag": st.booleans(),
        "month": months, "any": anything, "texts": st.lists(words, max_size=3).map(tuple),
        "numbers": st.lists(number, min_size=1, max_size=3).map(tuple),
        "choice": st.sampled_from(field.choices or [0]),
        "series": number | st.lists(number, min_size=periods, max_size=periods).map(tuple)
        | st.builds(Growth, number, _floats(-1, 100, exclude_min=True), st.none() | months)
        | steps_of(st.none() | number if field.gaps else number),
    }  # fmt: skip
    if field.kind == "integer":
        some: Any = st.integers(int(field.ge or 0), int(field.le or 99))
    elif field.kind == "references":
        some = st.lists(identifiers, max_size=3).map(tuple)
        some = some | st.sampled_from(field.choices) if field.choices else some
    elif field.kind == "row":
        some = rows(field.row_type, periods)
    elif field.kind == "rows":
        some = st.lists(rows(field.row_type, periods), min_size=int(field.optional), max_size=2).map(tuple)
    elif field.letters:
        some = st.text(string.ascii_letters, min_size=1, max_size=field.letters)
    else:
        some = made[field.kind]
    return st.none() | some if field.optional else some


@functools.cache  # building a strategy takes longer than drawing from it
def rows(row_type: Any, periods: int) -> st.SearchStrategy[Any]:
    return st.builds(row_type, **{f.name: values(f, periods) for f in fields(row_type)})


@functools.cache
def settings_of(periods: int) -> st.SearchStrategy[Settings]:
    return rows(Settings, periods).map(lambda row: structs.replace(row, periods=periods))


@functools.cache
def lists(row_type: Any, periods: int) -> st.SearchStrategy[list[Any]]:
    has_id = any(f.name == "id" for f in fields(row_type))
    return st.lists(rows(row_type, periods), max_size=2, unique_by=(lambda r: r.id) if has_id else None)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    periods = draw(st.integers(1, 3))
    tables = {table: tuple(draw(lists(row_type, periods))) for table, row_type in ROW_TYPES.items()}
    return Plan(settings=draw(settings_of(periods)), **tables)
