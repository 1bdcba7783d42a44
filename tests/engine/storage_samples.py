"""Plans and files for the tests of the plan file, made from the declared fields, and files that were tampered with."""

from __future__ import annotations

import contextlib
import functools
import os
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st

from gigaplan.engine.plan.fields import LARGEST, Field, Growth, Steps, fields, is_tiny
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import ROW_TYPES, Settings
from gigaplan.engine.storage.format import TABLES, content_hash, signed
from gigaplan.engine.storage.save import save_plan

EXACT = (0.1 + 0.2, 1 / 3, 1e-100, 1.7976931348623157e-99, 1e15, 123456789.123456789)
"""Numbers that a careless writer rounds; each is within the bounds of a price."""


def full_plan() -> Plan:
    """A plan with two rows in every table, no field left at its default, and every form that a series has."""
    tables = {table: tuple(_row(row_type, k) for k in (1, 2)) for table, row_type in ROW_TYPES.items()}
    plan = Plan(settings=_row(Settings, 2), **tables)
    first, second = plan.offers
    first = msgspec.structs.replace(first, price_usd=EXACT, supply_chips_per_month=Growth(0.1 + 0.2, -1 / 3, "2029-11"))
    second = msgspec.structs.replace(
        second, sites="*", supply_chips_per_month=None, term_months=None, energy_included=None
    )
    site = msgspec.structs.replace(plan.sites[0], power_mw=Steps((("2031-02", 1 / 3), ("2031-04", None))))
    return msgspec.structs.replace(plan, offers=(first, second), sites=(site, plan.sites[1]))


def _row(row_type: type[msgspec.Struct], k: int) -> Any:
    return row_type(**{field.name: _value(field, k) for field in fields(row_type)})


def _value(field: Field, k: int) -> Any:
    low = max(x for x in (field.ge, field.gt, 0.0) if x is not None)
    number = low + k / 7 * min(1.0, *(x - low for x in (field.le, field.lt) if x is not None), 1.0)
    lines = "\n\té" if field.name != "name" else "é"
    return {
        "text": lambda: "EUR" if field.letters else f"{field.label} “{k}” Ж 数" + lines,
        "identifier": lambda: f"row-{k}",
        "reference": lambda: f"row-{k}",
        "number": lambda: number,
        "integer": lambda: int(low) + k,
        "flag": lambda: not field.default,
        "choice": lambda: field.choices[-1 if k == 1 else 0],
        "month": lambda: f"203{k}-1{k}",
        "series": lambda: (number, number / 3, number) if k == 1 else number,
        "references": lambda: ("row-1", "row-2"),
        "texts": lambda: ("US", "Österreich"),
        "numbers": lambda: (number, number / 3),
        "row": lambda: _row(field.row_type, k),
        "rows": lambda: (_row(field.row_type, 1), _row(field.row_type, 2)),
        "any": lambda: {"start": number, "annual_growth": 0.25} if k == 1 else number,
    }[field.kind]()


@functools.cache
def plans() -> st.SearchStrategy[Plan]:
    """Any plan that a file may hold: every table, every kind of field, within its bounds."""
    tables = {table: _rows(row_type) for table, row_type in ROW_TYPES.items()}
    return st.builds(Plan, settings=_any_row(Settings), **tables)


def _rows(row_type: type[msgspec.Struct]) -> st.SearchStrategy[tuple[Any, ...]]:
    unique = (lambda row: row.id) if "id" in {field.name for field in fields(row_type)} else None
    return st.lists(_any_row(row_type), max_size=2, unique_by=unique).map(tuple)


@functools.cache
def _any_row(row_type: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    return st.builds(row_type, **{field.name: _any_value(field) for field in fields(row_type)})


def _any_value(field: Field) -> st.SearchStrategy[Any]:
    low, high = (field.gt if field.ge is None else field.ge), (field.lt if field.le is None else field.le)
    low, high = -LARGEST if low is None else low, LARGEST if high is None else high
    number = st.floats(low, high, exclude_min=field.gt is not None, exclude_max=field.lt is not None)
    number = number.map(lambda v: v + 0.0).filter(lambda v: not is_tiny(v))  # SQLite has no -0.0
    odd = ("Cc", "Zl", "Zp") if field.name == "name" else ()  # it has one line
    text = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=odd), max_size=8)
    month = st.builds(lambda y, m: f"{y:04d}-{m:02d}", st.integers(1990, 2100), st.integers(1, 12))
    rate = st.floats(-0.99, 10).filter(lambda v: not is_tiny(v))
    growth = st.builds(Growth, start=number, annual_growth=rate, from_=st.none() | month)
    months = st.lists(month, min_size=1, max_size=4, unique=True).map(sorted)
    step = st.none() | number if field.gaps else number
    steps = months.flatmap(lambda ms: st.tuples(*(st.tuples(st.just(m), step) for m in ms))).map(Steps)
    strategy = {
        "text": lambda: st.text("AEUZéж数", min_size=1, max_size=8) if field.letters else text,
        "reference": lambda: text,
        "identifier": lambda: st.text("abcxyz019-_", min_size=1, max_size=8),
        "number": lambda: number,
        "integer": lambda: st.integers(int(max(low, -(2**40))), int(min(high, 2**40))),
        "flag": st.booleans,
        "choice": lambda: st.sampled_from(field.choices),
        "month": lambda: month,
        "series": lambda: st.one_of(number, st.lists(number, min_size=1, max_size=5).map(tuple), growth, steps),
        "references": lambda: st.one_of(st.lists(text, max_size=3).map(tuple), *map(st.just, field.choices)),
        "texts": lambda: st.lists(text, max_size=3).map(tuple),
        "numbers": lambda: st.lists(number, min_size=1, max_size=3).map(tuple),
        "row": lambda: _any_row(field.row_type),
        "rows": lambda: st.lists(_any_row(field.row_type), min_size=int(field.optional), max_size=2).map(tuple),
        "any": lambda: st.one_of(number, text, st.booleans(), st.lists(number, max_size=3).map(tuple)),
    }[field.kind]()
    return st.none() | strategy if field.optional else strategy


def saved(folder: Path, plan: Plan | None = None) -> Path:
    """A good file in `folder`."""
    path = folder / "plan.gigaplan"
    save_plan(plan or full_plan(), path, expected=None, uuid=None, revision=1)
    return path


def tamper(path: Path, *statements: str, loose: str = "", sign: bool = True) -> None:
    """Runs SQL on a file as an attacker who knows the format would: with a check sum that is right again.

    `loose` names a table that takes values of any type meanwhile.
    """
    with _database(path) as database:
        if loose:
            _retype(database, loose, ") STRICT", ")")
    with _database(path) as database:
        for statement in statements:
            database.execute(statement)
        if sign:
            _sign(database)
    with _database(path) as database:
        if loose:
            _retype(database, loose, ")", ") STRICT")


def names_in(folder: Path) -> set[str]:
    """What lies in a folder."""
    return set(os.listdir(folder))


@contextlib.contextmanager
def _database(path: Path) -> Any:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.text_factory = bytes
        yield database


def _retype(database: sqlite3.Connection, table: str, old: str, new: str) -> None:
    database.execute("PRAGMA writable_schema=ON")
    change = "UPDATE sqlite_schema SET sql = substr(sql, 1, length(sql) - length(?1)) || ?2 WHERE name = ?3"
    database.execute(change, (old, new, table))


def _sign(database: sqlite3.Connection) -> None:
    meta = database.execute("SELECT * FROM meta WHERE key <> 'content_hash' ORDER BY key").fetchall()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    columns, rows = {}, {}
    for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid").fetchall():
        table = name.decode()
        if table in TABLES:
            columns[table] = [row[1] for row in database.execute(f"PRAGMA table_info({table})")][1:]
            found = database.execute(f"SELECT * FROM {table} ORDER BY position").fetchall()
            rows[table] = [row[1:] for row in found]
    total = content_hash(signed(version, meta, columns, rows))
    database.execute("UPDATE meta SET value = ? WHERE key = 'content_hash'", (total,))
