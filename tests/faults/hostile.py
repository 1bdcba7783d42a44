"""Files made to do harm: values that no field takes, schemas that act, and files beside them that SQLite acts on."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random

from gigaplan.engine.plan.fields import Field, fields
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.storage.format import JSON_KINDS, TABLES
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.save import SaveError, save_plan
from tests.engine.storage_samples import tamper
from tests.faults.fault import Tally, check
from tests.faults.samples import NAME, named, saved

CANARY = b"alive"


def _refusal(tally: Tally, folder: Path, path: Path) -> PlanError:
    """Opens a file, which must be refused, with everything in the folder as it was, the canary too."""
    canary = folder / "canary"
    canary.write_bytes(CANARY)
    before = {entry.name: Path(entry.path).read_bytes() for entry in os.scandir(folder) if entry.is_file()}
    try:
        open_plan(path)
    except PlanError as error:
        refusal = error
    else:
        raise AssertionError("it was opened")
    after = {entry.name: Path(entry.path).read_bytes() for entry in os.scandir(folder) if entry.is_file()}
    check(after == before, "opening it changed something in its folder")
    check(canary.read_bytes() == CANARY, "the canary is dead")
    for problem in refusal.problems:
        check(problem.text and "Traceback" not in problem.text, f"says {problem.text!r}")
    return refusal


# Values


def _bad_values(field: Field) -> Iterator[tuple[str, str]]:
    """SQL values that a field does not take, and what each is."""
    yield "CAST(x'41ff' AS TEXT)", "text that is no UTF-8"
    yield "x'00'", "bytes"
    if field.kind in JSON_KINDS:
        yield "'{'", "broken JSON"
        yield "'[1.0, NaN]'", "NaN in JSON"
        yield "'[1e999]'", "an infinity in JSON"
        yield f"'{'[' * 5000}'", "deep JSON"
        return
    if field.kind == "flag":
        yield "2", "a flag of 2"
    elif field.kind in ("number", "integer"):
        yield "'one'", "text for a number"
        yield "9e999", "an infinity"
        yield "-9e999", "an infinity"
        yield "1e16", "too large a number"
        if field.ge is not None or field.gt is not None:
            yield str((field.ge or field.gt or 0) - 1), "too small a number"
    else:
        yield "CAST(x'410042' AS TEXT)", "NUL in text"
        if field.kind in ("choice", "month", "identifier"):
            yield "'No Such Thing!'", "no such choice"


def _value_cases() -> list[tuple[str, Field, str, str]]:
    return [(t, f, value, what) for t, row in TABLES.items() for f in fields(row) for value, what in _bad_values(f)]


def values(tally: Tally, count: int) -> None:
    """A value of every field that it does not take, with a check sum that is right: refused by table and field."""
    cases = _value_cases()
    chosen = cases if count >= len(cases) else tally.chance.sample(cases, count)
    for table, field, value, what in chosen:
        folder = tally.new_folder()
        path = saved(folder)
        with tally.trial(f"{table}.{field.name}: {what}", timed=False):
            tamper(path, f'UPDATE "{table}" SET "{field.name}" = {value} WHERE position = 0', loose=table)
            with tally.timing():
                refusal = _refusal(tally, folder, path)
            named_so = [p for p in refusal.problems if p.path.startswith(table) and f".{field.name}" in p.path]
            check(named_so, f"not by name: {refusal}")
        shutil.rmtree(folder)


# Schemas


def _virtual(module: str) -> str:
    sql = f"CREATE VIRTUAL TABLE v USING {module}"
    return f"INSERT INTO sqlite_schema VALUES ('table', 'v', 'v', 0, '{sql}')"


def _schemas(table: str, column: str) -> Iterator[tuple[str, str]]:
    """Statements that put something into a schema which might act when the file is opened, and its name."""
    yield f"CREATE TRIGGER bomb AFTER INSERT ON {table} BEGIN DELETE FROM {table}; END", "bomb"
    yield f"CREATE TRIGGER bomb BEFORE DELETE ON {table} BEGIN SELECT load_extension('x'); END", "bomb"
    yield f"CREATE VIEW spy AS SELECT load_extension('x') FROM {table}", "spy"
    yield (
        f"CREATE VIEW spy AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM {table}, r",
        "spy",
    )
    yield f"CREATE INDEX liar ON {table}({column})", "liar"
    yield f"CREATE INDEX liar ON {table}(abs({column})) WHERE {column} IS NOT NULL", "liar"
    yield f"ALTER TABLE {table} ADD COLUMN made TEXT AS (printf('%1000000s', 1))", table
    yield f"ALTER TABLE {table} ADD COLUMN made TEXT DEFAULT 'x'", table
    yield f"ALTER TABLE {table} RENAME COLUMN {column} TO other", table
    # A file may lack tables of a later Gigaplan's: then the check sum tells what is gone.
    yield f"DROP TABLE {table}", table if table == "plan" else "checksum"
    yield f"UPDATE sqlite_schema SET sql = sql || ' ' WHERE name = '{table}'", table
    yield f"UPDATE sqlite_schema SET sql = 'CREATE TABLE {table}(x)' WHERE name = '{table}'", table
    yield f"UPDATE sqlite_schema SET rootpage = 1 WHERE name = '{table}'", ""
    yield f"UPDATE sqlite_schema SET rootpage = 0 WHERE name = '{table}'", ""
    yield f"UPDATE sqlite_schema SET rootpage = 99999 WHERE name = '{table}'", ""
    yield f"UPDATE sqlite_schema SET type = 'view' WHERE name = '{table}'", ""
    yield f"UPDATE sqlite_schema SET name = upper(name) WHERE name = '{table}'", ""
    for module in ("fts5(x)", "rtree(i, a, b)", "dbstat", "csv(filename=canary)", "fsdir", "generate_series"):
        yield _virtual(module), "v"


def schemas(tally: Tally, count: int) -> None:
    """Triggers, views, indexes, virtual and generated tables, and schemas that lie: refused, mostly by their name."""
    cases = [(t, case) for t, row in TABLES.items() for case in _schemas(t, f'"{fields(row)[0].name}"')]
    for table, (statement, name) in cases if count >= len(cases) else tally.chance.sample(cases, count):
        folder = tally.new_folder()
        path = saved(folder)
        with tally.trial(f"{statement[:70]} on {table}"):
            tamper(path, "PRAGMA writable_schema=ON", statement, sign=False)
            refusal = _refusal(tally, folder, path)
            check(name in str(refusal), f"not by name: {refusal}")
        shutil.rmtree(folder)


# Files beside it


def _hot_journal(path: Path, victim: Path) -> bytes:
    """A journal that names a file as its super-journal: SQLite may delete that."""
    name = os.fsencode(victim)
    head = (
        bytes.fromhex("d9d505f920a163d7") + bytes(4) + bytes(8) + (512).to_bytes(4, "big") + (4096).to_bytes(4, "big")
    )
    tail = len(name).to_bytes(4, "big") + sum(name).to_bytes(4, "big") + bytes.fromhex("d9d505f920a163d7")
    return head.ljust(512, b"\0") + name + tail


def _real_journal(path: Path) -> bytes:
    """The journal of another program that stopped in the middle of a change."""
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    with closing(sqlite3.connect(copy, isolation_level=None)) as database:
        database.execute("PRAGMA cache_size=1")
        database.execute("BEGIN EXCLUSIVE")
        database.execute("UPDATE sites SET pue = 9")
        database.execute("CREATE TABLE large AS SELECT randomblob(100000) AS x")
        journal = copy.with_name("copy-journal").read_bytes()
        database.execute("ROLLBACK")
    copy.unlink()
    return journal


def _real_log(path: Path) -> bytes:
    """A write-ahead log with other figures."""
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    with closing(sqlite3.connect(copy, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("UPDATE sites SET pue = 9")
        log = copy.with_name("copy-wal").read_bytes()
    for suffix in ("", "-wal", "-shm"):
        copy.with_name(f"copy{suffix}").unlink(missing_ok=True)
    return log


SIDE_FILES: tuple[tuple[str, Callable[[Path, Path, Random], bytes]], ...] = (
    ("-journal", lambda path, canary, chance: _hot_journal(path, canary)),
    ("-journal", lambda path, canary, chance: _real_journal(path)),
    ("-wal", lambda path, canary, chance: _real_log(path)),
    ("-journal", lambda path, canary, chance: b""),
    ("-wal", lambda path, canary, chance: chance.randbytes(5000)),
    ("-journal", lambda path, canary, chance: chance.randbytes(5000)),
)
"""What may lie beside a file, and how it is made."""


def side_files(tally: Tally, count: int) -> None:
    """A journal or a log beside the file: reported, and neither obeyed nor touched, by an opening or by a save."""
    for k in range(count):
        folder = tally.new_folder()
        path = saved(folder)
        stored = open_plan(path)
        canary = folder / "canary"
        canary.write_bytes(CANARY)
        suffix, make = SIDE_FILES[k % len(SIDE_FILES)]
        with tally.trial(f"{suffix} {k % len(SIDE_FILES)}"):
            beside = path.with_name(NAME + suffix)
            content = make(path, canary, tally.chance)
            beside.write_bytes(content)
            check(NAME + suffix in str(_refusal(tally, folder, path)), "not by its name")
            before = path.read_bytes()
            try:
                save_plan(named(2), path, expected=stored.stamp, uuid=stored.uuid, revision=2)
            except SaveError as error:
                check(error.reason == "side_file", error.reason)
            else:
                check(False, "it was saved beside a journal")
            check(path.read_bytes() == before and beside.read_bytes() == content, "a file was changed")
            check(canary.read_bytes() == CANARY, "the canary is dead")
            beside.unlink()
            check(open_plan(path).plan == stored.plan, "without it, the plan is another")
        shutil.rmtree(folder)
