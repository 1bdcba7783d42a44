"""Opening a plan file: read once, its tables taken out by `guard`, every row and the check sum verified."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import sys
import uuid as uuids
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gigaplan.engine.plan.decode import MAX_PROBLEMS, decode_row, duplicate
from gigaplan.engine.plan.fields import fields
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError, Problem, message_of, say
from gigaplan.engine.plan.schema import ROW_TYPES
from gigaplan.engine.storage.format import MAX_BYTES, META_KEYS, TABLES, Cell, content_hash, signed, value_of
from gigaplan.engine.storage.guard import FileContents, Rows, cells_in, history_rows, opened, problem, refuse, words
from gigaplan.engine.storage.history import Version, versions_in
from gigaplan.engine.storage.migrations import migrated

_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class FileStamp(Struct, frozen=True, eq=False):
    """Which file it is, and in which state. Stamps are equal by what the system says of the file; another program can
    write a file and set its time back, so that where it counts, the digests are compared too."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    digest: str = ""
    """Of the bytes that were read, or written; empty where only the system was asked."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FileStamp) and self._told() == other._told()

    def __ne__(self, other: object) -> bool:  # a Struct has one of its own
        return not self == other

    def __hash__(self) -> int:
        return hash(self._told())

    def _told(self) -> tuple[int, int, int, int]:
        return self.device, self.inode, self.size, self.mtime_ns

    @classmethod
    def of(cls, info: os.stat_result) -> FileStamp:
        """The stamp in what the system says about a file."""
        # Of the number of a volume, Windows tells all 64 bits or 32, by which of its calls is asked.
        device = info.st_dev & 0xFFFF_FFFF if sys.platform == "win32" else info.st_dev
        return cls(device, info.st_ino, info.st_size, info.st_mtime_ns)


class StoredPlan(Struct, frozen=True, kw_only=True):
    """A plan as a file holds it."""

    plan: Plan
    uuid: str
    """The same for every revision of one plan, wherever it is copied."""
    revision: int
    stamp: FileStamp
    version: int
    """The version of the file's format; an older one than today's was migrated in memory, the file is as it was."""
    saved_by: str
    """The Gigaplan that saved it."""
    saved_at: str
    """When, as ISO 8601 in UTC."""
    history: tuple[Version, ...] = ()
    """Earlier saves, the newest first."""
    warnings: tuple[Problem, ...] = ()
    """What is wrong with the history, or with the backup that a save made. It keeps nobody from using the plan."""
    kept: str = ""
    """The name under which a save kept the file that it replaced, where that was of an older format."""


def open_plan(path: str | os.PathLike[str]) -> StoredPlan:
    """The plan in a file.

    Raises PlanError, with a problem for each thing wrong, where the file holds no plan that can be trusted; and
    OSError, as the system gives it, where there is not a file or it cannot be read.
    """
    if beside := side_file(path):
        refuse(say("file_being_changed", beside=beside))
    data, stamp = read_file(path)
    return read_plan(data, stamp)


def read_file(path: str | os.PathLike[str]) -> tuple[bytes, FileStamp]:
    """The bytes of a regular file, read once, and its stamp. Raises PlanError and OSError as `open_plan`."""
    if os.path.islink(path):
        real = os.path.realpath(path)
        if not os.path.exists(real):
            refuse(say("link_to_nothing"))
        refuse(say("link_to_file", real=real))
    mode = os.lstat(path).st_mode
    if not stat.S_ISREG(mode):
        refuse(say("not_a_file", kind="folder" if stat.S_ISDIR(mode) else "device"))
    with open(path, "rb", opener=lambda name, _: os.open(name, _FLAGS)) as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            refuse(say("not_a_file", kind="device"))
        if before.st_size > MAX_BYTES:
            refuse(say("file_too_large", max_bytes=MAX_BYTES // 2**20))
        data = file.read(before.st_size + 1)
        stamp = FileStamp.of(os.fstat(file.fileno()))
    if stamp != FileStamp.of(before) or len(data) != stamp.size:
        refuse(say("file_changed"))
    return data, replace(stamp, digest=digest_of(data))


def digest_of(data: bytes) -> str:
    """What tells the bytes of a file from others."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def unreadable(error: OSError) -> str:
    """Why a file could not be read, and what to do, for a person."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EINVAL):
        return "It is not there: it was moved, renamed or deleted. Choose it where it is now."
    if error.errno in (errno.EACCES, errno.EPERM):
        return "You may not read it, or another program holds it. Ask its owner, or open a copy."
    return f"The system cannot read it ({error.strerror or error}). Try again, or open another copy."


def side_file(path: str | os.PathLike[str]) -> str:
    """The name of the journal that lies beside a plan, if one does: SQLite would act on it. Plans have none."""
    names = (f"{os.fspath(path)}{suffix}" for suffix in ("-journal", "-wal"))
    return next((os.path.basename(name) for name in names if os.path.lexists(name)), "")


def read_plan(data: bytes, stamp: FileStamp) -> StoredPlan:
    """The plan in the bytes of a file. Raises PlanError with a problem for each thing wrong."""
    found = cells_in(data)
    known, problems = known_meta(found.meta)
    tables = migrated(found.version, found.columns, found.tables)
    rows: dict[str, list[Any]] = {}
    for table in TABLES:
        rows[table], wrong = _decoded(table, tables[table])
        problems += wrong
    if len(tables["plan"]) != 1:
        problems.append(problem("plan", say("plan_rows", count=len(tables["plan"])), table="plan"))
    if not is_sound(known, found):
        problems.append(problem("", say("checksum_wrong")))
    if problems:
        raise PlanError(tuple(problems))
    plan = Plan(settings=rows.pop("plan")[0], **{table: tuple(rows[table]) for table in ROW_TYPES})
    versions, warnings = versions_in(found.history)
    return StoredPlan(
        plan=plan,
        uuid=known["uuid"],
        revision=int(known["revision"]),
        stamp=stamp,
        version=found.version,
        saved_by=known["saved_by"],
        saved_at=known["saved_at"],
        history=versions,
        warnings=warnings,
    )


def is_sound(known: Mapping[str, str], found: FileContents) -> bool:
    """Whether the cells of a file, as they stand in it, are those that its check sum was made of."""
    return known.get("content_hash") == content_hash(signed(found.version, found.meta, found.columns, found.tables))


def read_history(path: str | os.PathLike[str]) -> tuple[tuple[Version, ...], tuple[Problem, ...]]:
    """The earlier saves in a file, the newest first, and what is wrong with others, without reading the plan itself.

    Raises PlanError and OSError as `open_plan`.
    """
    data, _ = read_file(path)
    with opened(data) as database:
        return versions_in(history_rows(database))


def _decoded(table: str, rows: Rows) -> tuple[list[Any], list[Problem]]:
    """The rows of a table, and every problem in them."""
    decoded: list[Any] = []
    problems: list[Problem] = []
    first: dict[str, str] = {}
    for k, cells in enumerate(rows):
        if len(problems) >= MAX_PROBLEMS:
            break
        path = "plan" if table == "plan" else f"{table}[{k}]"
        values, found = _values(table, path, cells)
        if not found:
            row, found = decode_row(TABLES[table], values, path, table)
            decoded.append(row)
        id = values.get("id")
        if isinstance(id, str) and first.setdefault(id, path) != path:
            found.append(duplicate(table, id, first[id], path))
        problems += found
    return decoded, problems


def _values(table: str, path: str, cells: tuple[Cell, ...]) -> tuple[dict[str, Any], list[Problem]]:
    values: dict[str, Any] = {}
    problems = []
    for field, cell in zip(fields(TABLES[table]), cells, strict=True):
        try:
            values[field.name] = value_of(field, cell)
        except ValueError as error:
            id = values.get("id", "")
            place = f"{path}.{field.name}"
            problems.append(problem(place, message_of(error), table=table, row=id, field=field.name))
    return values, problems


def known_meta(meta: Rows) -> tuple[dict[str, str], list[Problem]]:
    """The entries of `meta` as text, and every problem in them."""
    known = {words(key): words(value) for key, value in meta}
    problems = [problem(f"meta.{key}", say("meta_unknown")) for key in known if key not in META_KEYS]
    problems += [problem(f"meta.{key}", say("meta_missing")) for key in META_KEYS if key not in known]
    for key, is_right in _META_FORMS.items():
        if key in known and not is_right(known[key]):
            problems.append(problem(f"meta.{key}", say("meta_wrong", value=known[key][:60])))
    return known, problems


def _is_uuid(text: str) -> bool:
    try:
        return str(uuids.UUID(text)) == text
    except ValueError:
        return False


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


_META_FORMS: dict[str, Callable[[str], bool]] = {
    "uuid": _is_uuid,
    "revision": lambda text: re.fullmatch(r"0|[1-9][0-9]{0,15}", text) is not None,
    "saved_at": _is_moment,
    "saved_by": lambda text: 0 < len(text) <= 100 and text.isprintable(),
    "content_hash": lambda text: re.fullmatch(r"[0-9a-f]{64}", text) is not None,
}
