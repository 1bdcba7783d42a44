"""Saving a plan: a whole new file beside the old one, verified, then put in its place in one step.

SQLite builds the database in memory, so that only plain writes touch the disk. Whatever fails, and whenever the
program dies, the file is the old one or the new one, whole.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import uuid as uuids
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from gigaplan.engine import __version__
from gigaplan.engine.plan.decode import decode_row
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError, Problem, say
from gigaplan.engine.storage.atomic_replace import (
    ChangedOutside,
    SaveError,
    SaveFailed,
    SaveRefused,
    discard,
    failures_in_words,
    flush_folder,
    folder_lock,
    put_in_place,
    remove_leftovers,
    replaceable,
    still_replaceable,
    target_of,
    write_beside,
)
from gigaplan.engine.storage.backups import keep_older, make_backup, second_name
from gigaplan.engine.storage.format import (
    APPLICATION_ID,
    LAST_REVISION,
    MAX_VERSION_BYTES,
    PAGE_SIZE,
    TABLES,
    VERSION,
    Cell,
    cells_of,
    columns_of,
    content_hash,
    schema_sql,
    signed,
)
from gigaplan.engine.storage.guard import contents, format_of, history_rows, meta_rows, opened, problem
from gigaplan.engine.storage.history import Version, bounded, packed, versions_in
from gigaplan.engine.storage.load import FileStamp, StoredPlan, is_sound, known_meta, read_file, read_plan
from gigaplan.engine.storage.migrations import migrated

__all__ = ["ChangedOutside", "SaveError", "SaveFailed", "SaveRefused", "database_of", "save_plan"]

_NOWHERE = FileStamp(0, 0, 0, 0)


def save_plan(
    plan: Plan,
    path: str | os.PathLike[str],
    *,
    expected: FileStamp | None,
    uuid: str | None,
    revision: int,
    history: tuple[Version, ...] | None = None,
) -> StoredPlan:
    """Saves a plan as revision `revision`, and gives what is now in the file, with its stamp.

    `expected` is the stamp of the file that was opened or saved last; None writes a new file, or over any file.
    `uuid` is that of the plan; None makes a new one. The file that was there becomes `<name>.bak`; one of an older
    format is kept for good as `<name>.v<format>.bak`, too.
    `history` is what the file keeps of earlier saves; None keeps those of the expected file and that file's plan,
    where `uuid` is the same, and nothing otherwise: a copy carries none.
    Raises PlanError where the plan holds what no file may, and SaveError: ChangedOutside, SaveRefused, SaveFailed.
    """
    revision = min(revision, LAST_REVISION)
    if history is None:
        history = _kept(plan, path, expected, uuid, revision)
    data = database_of(plan, uuid or str(uuids.uuid4()), revision, history)
    stored = _verified(data, plan)
    name = os.path.basename(os.fspath(path))
    with failures_in_words(name):
        target = target_of(path)
        folder = os.path.dirname(target)
        with folder_lock(folder) as locked:
            if locked:
                remove_leftovers(target)
            old = replaceable(target, expected)
            new = write_beside(target, data, old)
            kept = spare = trouble = ""
            try:
                stamp = _read_back(new, data)
                if old is not None:
                    kept, spare = keep_older(target, old), second_name(target, old)
                still_replaceable(target, old, spare)
                put_in_place(new, target)
            except BaseException:
                discard(new)
                if spare:
                    discard(spare)
                raise
            if spare:
                trouble = make_backup(spare, target)
    stored = msgspec.structs.replace(stored, plan=plan, stamp=stamp, kept=kept)
    if trouble:
        stale = Problem(severity="warning", message=say("backup_failed", why=trouble))
        stored = msgspec.structs.replace(stored, warnings=(*stored.warnings, stale))
    _flush(folder, name, stored)
    return stored


def _flush(folder: str, name: str, stored: StoredPlan) -> None:
    try:
        flush_folder(folder)
    except OSError as error:
        text = f"“{name}” is written, but the disk did not confirm it ({error.strerror}). Save it elsewhere as well."
        raise SaveFailed("not_confirmed", text, stored) from error


def _kept(
    plan: Plan, path: str | os.PathLike[str], expected: FileStamp | None, uuid: str | None, revision: int
) -> tuple[Version, ...]:
    """The versions that the next save of a file keeps: its plan, where `plan` is another, and its history."""
    if expected is None or uuid is None:
        return ()
    try:
        data, stamp = read_file(path)
        if stamp != expected:
            return ()  # the save will be refused
        with opened(data) as database:
            known, wrong = known_meta(meta_rows(database))
            if wrong or known["uuid"] != uuid:
                return ()
            versions, _ = versions_in(history_rows(database))
            if len(data) - sum(len(version.packed) for version in versions) <= MAX_VERSION_BYTES:
                found = contents(database, format_of(data))
                tables = migrated(found.version, found.columns, found.tables)
                if is_sound(known, found) and content_hash(tables.items()) != content_hash(_cells(plan)):
                    replaced = packed(known, tables)
                    versions = (replaced, *versions) if replaced else versions
    except (OSError, PlanError, msgspec.MsgspecError, OverflowError, TypeError, ValueError):
        return ()  # of a file that cannot be read, or for a plan that cannot be written: the save says so
    return bounded(version for version in versions if version.revision < revision)


def database_of(plan: Plan, uuid: str, revision: int, history: tuple[Version, ...] = ()) -> bytes:
    """The bytes of a plan file. Raises PlanError where the plan holds what no file may."""
    try:
        tables = _cells(plan)
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        meta: list[list[Cell]] = [
            ["revision", str(revision)],
            ["saved_at", moment],
            ["saved_by", __version__],
            ["uuid", uuid],
        ]
        columns = {table: columns_of(TABLES[table]) for table, _ in tables}
        meta.insert(0, ["content_hash", content_hash(signed(VERSION, meta, columns, dict(tables)))])
        earlier = [version.cells() for version in history]
        numbered = ((table, _numbered(rows)) for table, rows in tables)
        return _serialized([("meta", meta), *numbered, ("history", earlier)])
    except (sqlite3.Error, msgspec.MsgspecError, OverflowError, TypeError, ValueError) as error:
        raise PlanError(_faults(plan) or (problem("", say("plan_not_written", why=error)),)) from error


def _cells(plan: Plan) -> list[tuple[str, list[list[Cell]]]]:
    return [(table, [cells_of(row) for row in rows]) for table, rows in _tables(plan)]


def _tables(plan: Plan) -> Iterator[tuple[str, tuple[msgspec.Struct, ...]]]:
    for table in TABLES:
        yield table, (plan.settings,) if table == "plan" else getattr(plan, table)


def _numbered(rows: list[list[Cell]]) -> list[list[Cell]]:
    return [[position, *cells] for position, cells in enumerate(rows)]


def _serialized(tables: list[tuple[str, list[list[Cell]]]]) -> bytes:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        database.execute(f"PRAGMA page_size={PAGE_SIZE}")
        database.execute(f"PRAGMA application_id={APPLICATION_ID}")
        database.execute(f"PRAGMA user_version={VERSION}")
        database.execute("BEGIN")
        for sql in schema_sql():
            database.execute(sql)
        for table, rows in tables:
            if rows:
                places = ",".join("?" * len(rows[0]))
                database.executemany(f'INSERT INTO "{table}" VALUES ({places})', rows)
        database.execute("COMMIT")
        return database.serialize()


def _verified(data: bytes, plan: Plan) -> StoredPlan:
    """What the bytes of a file hold, opened as a stranger's file would be. Raises PlanError if it is not the plan."""
    try:
        stored = read_plan(data, _NOWHERE)
    except PlanError as error:
        raise PlanError(_faults(plan) or error.problems) from error
    # A scenario's value may be a list or a growing series, which plain JSON gives back in another form.
    if stored.plan != plan and _plain(stored.plan) != _plain(plan):
        whole = problem("", say("plan_reads_back_differently"))
        raise PlanError(_faults(plan) or (whole,))
    return stored


def _plain(plan: Plan) -> object:
    return msgspec.json.decode(msgspec.json.encode(plan))


def _faults(plan: Plan) -> tuple[Problem, ...]:
    """What in the rows of a plan no file may hold, each with its path."""
    problems: list[Problem] = []
    for table, rows in _tables(plan):
        for k, row in enumerate(rows):
            path = "plan" if table == "plan" else f"{table}[{k}]"
            problems += decode_row(TABLES[table], msgspec.to_builtins(row), path, table)[1]
    return tuple(problems)


def _read_back(path: str, data: bytes) -> FileStamp:
    """The stamp of a file that was just written. Raises SaveFailed where the disk gives other bytes back."""
    written, stamp = read_file(path)
    if written != data:
        raise SaveFailed("not_verified", "The disk returned other bytes than were written. Save elsewhere.")
    return stamp
