"""Writing down the edits that no file holds yet, so that they outlive the program.

Each window appends to one file in the app-data folder: the rows that changed, the order of the tables that changed,
and a check sum over all that stands before it. Only what a check sum closes counts, so that a write cut short by a
kill costs that write and nothing else. A living window holds a lock on its file; `crash_log_read` reads the others.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import json
import os
import secrets
import socket
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.storage.atomic_replace import close_and_remove, discard, flush_folder
from gigaplan.engine.storage.format import MAX_BYTES, TABLES
from gigaplan.engine.storage.load import FileStamp
from gigaplan.engine.storage.lock import try_lock

SUFFIX = ".recovery"
MAGIC = b"gigaplan recovery 1\n"
ROOM = 4 * 1024 * 1024
"""Bytes by which a file may outgrow twice the plan before it is written anew."""
_PIECE = 1024 * 1024
_TRIES = 10
"""How many new files in a row may be locked by somebody else; a disk may claim it of every one."""


class Origin(Struct, frozen=True, kw_only=True):
    """Which file a plan belongs to, and in which state that was when the plan was taken from it."""

    name: str
    """What the window calls the plan."""
    path: str | None = None
    """None for a plan that was never saved."""
    stamp: FileStamp | None = None
    uuid: str | None = None
    revision: int = 0


class Writer(Struct, frozen=True, kw_only=True):
    """Who writes a recovery file: the first entry in it."""

    process: int
    host: str
    boot: str
    """Which start of that computer; empty where the system does not say."""
    replaces: str = ""
    """The name of the file that this one makes superfluous."""


class Commit(Struct, frozen=True, kw_only=True):
    """What makes the rows before it count: the state of the plan as it then was."""

    at: str
    """When, as ISO 8601 in UTC."""
    dirty: bool
    """Whether there were edits that the plan's own file does not hold."""
    origin: Origin
    order: dict[str, list[int]]
    """For each table that changed, the numbers of its rows."""


class RecoveryFile:
    """The recovery file of one window. Use it from one thread at a time."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = os.fspath(folder)
        self._log: _Log | None = None

    def write(self, plan: Plan, origin: Origin, dirty: bool) -> None:
        """Adds what changed since the last write, and returns once the disk has it. Raises OSError."""
        log = self._log
        if log is not None and not log.is_full() and not log.is_lost():
            log.add(plan, origin, dirty)
            return
        try:
            new = self._begun(plan, origin, dirty, replaces=os.path.basename(log.path) if log else "")
        except OSError:
            if log is None or log.is_lost():
                raise
            log.add(plan, origin, dirty)  # the disk may have no room for both
        else:
            self.close(remove=True)
            self._log = new

    def beat(self) -> None:
        """Shows, by the time of the file, that its window lives: for disks that know no locks."""
        if self._log is not None:
            with contextlib.suppress(OSError):
                os.utime(self._log.path)

    def close(self, *, remove: bool) -> None:
        """Ends the writing; `remove` where nothing is left to recover."""
        if self._log is not None:
            self._log.close(remove=remove)
            self._log = None

    def _begun(self, plan: Plan, origin: Origin, dirty: bool, replaces: str) -> _Log:
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        log = _Log(_new_file(self._folder), replaces)
        try:
            log.add(plan, origin, dirty)
            flush_folder(self._folder)
        except BaseException:
            log.close(remove=True)
            raise
        return log


class _Log:
    """One file, its check sum so far, and the rows that it holds."""

    def __init__(self, opened: tuple[int, str], replaces: str) -> None:
        self._handle, self.path = opened
        writer = Writer(process=os.getpid(), host=host(), boot=boot(), replaces=replaces)
        self._start = MAGIC + msgspec.json.encode(writer) + b"\n"
        self._sum = hashlib.sha256()
        self._size = 0
        self._first_size = 0
        self._is_torn = False
        self._next = 0
        self._plan: Plan | None = None
        self._numbers: dict[str, dict[int, int]] = {}
        """For each table, the number of each row of `_plan`, by the identity of the row: rows are immutable."""

    def is_full(self) -> bool:
        return self._size > min(2 * self._first_size + ROOM, MAX_BYTES)

    def is_lost(self) -> bool:
        """Whether nothing can be added: somebody removed the file, or a half-written entry stayed in it."""
        try:
            return self._is_torn or not os.path.samestat(os.fstat(self._handle), os.lstat(self.path))
        except FileNotFoundError:
            return True

    def add(self, plan: Plan, origin: Origin, dirty: bool) -> None:
        digest = self._sum.copy()
        numbers: dict[str, dict[int, int]] = {}
        size = 0
        try:
            for piece in _pieces(self._lines(plan, origin, dirty, numbers)):
                digest.update(piece)
                size += _write_all(self._handle, piece)
            seal = b"#" + digest.hexdigest().encode() + b"\n"
            digest.update(seal)
            size += _write_all(self._handle, seal)
            os.fsync(self._handle)
        except BaseException:
            # What is half written would be passed over, but the next entry must follow the last whole one.
            self._is_torn = True
            os.ftruncate(self._handle, self._size)
            self._is_torn = False
            raise
        self._sum = digest
        self._size += size
        self._first_size = self._first_size or self._size
        self._next = max([self._next, *(1 + max(now.values()) for now in numbers.values() if now)])
        self._numbers.update(numbers)
        self._plan = plan

    def _lines(self, plan: Plan, origin: Origin, dirty: bool, numbers: dict[str, dict[int, int]]) -> Iterator[bytes]:
        """The lines of one entry; the numbers of the rows of each table that changed go into `numbers`."""
        if not self._size:
            yield self._start
        order: dict[str, list[int]] = {}
        number = self._next
        for table in TABLES:
            rows = rows_of(plan, table)
            if self._plan is not None and _are_same(rows_of(self._plan, table), rows):
                continue
            known, now = self._numbers.get(table, {}), numbers.setdefault(table, {})
            for row in rows:
                if id(row) in now:
                    continue
                if id(row) in known:
                    now[id(row)] = known[id(row)]
                    continue
                now[id(row)] = number
                yield b"R%d " % number + msgspec.json.encode(row) + b"\n"
                number += 1
            order[table] = [now[id(row)] for row in rows]
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        commit = msgspec.to_builtins(Commit(at=at, dirty=dirty, origin=origin, order=order))
        # In ASCII, since the path of a file may hold bytes that are no UTF-8: Python knows them as halves of pairs.
        yield b"C" + json.dumps(commit, separators=(",", ":")).encode() + b"\n"

    def close(self, *, remove: bool) -> None:
        if remove:
            close_and_remove(self._handle, self.path)
        else:
            os.close(self._handle)


def _are_same(old: tuple[Struct, ...], new: tuple[Struct, ...]) -> bool:
    return old is new or (len(old) == len(new) and all(a is b for a, b in zip(old, new, strict=True)))


def rows_of(plan: Plan, table: str) -> tuple[Struct, ...]:
    """The rows of a table of a file: `plan` holds the settings alone."""
    return (plan.settings,) if table == "plan" else getattr(plan, table)


def _new_file(folder: str) -> tuple[int, str]:
    """A new file of a name of its own, open to append and locked, and its path. Raises OSError."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
    for _ in range(_TRIES):
        path = os.path.join(folder, secrets.token_hex(8) + SUFFIX)
        handle = os.open(path, flags, 0o600)
        if try_lock(handle) is not False:
            return handle, path
        os.close(handle)  # another window, looking for what was left behind, was quicker
        discard(path)
    raise OSError(errno.EAGAIN, "no file there can be locked")


def _pieces(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of about a megabyte: a lone row is one write, and no plan is in memory twice."""
    kept: list[bytes] = []
    size = 0
    for line in lines:
        kept.append(line)
        size += len(line)
        if size >= _PIECE:
            yield b"".join(kept)
            kept, size = [], 0
    yield b"".join(kept)


def _write_all(handle: int, data: bytes) -> int:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
    return len(data)


def host() -> str:
    """The name of this computer."""
    return socket.gethostname()


@functools.cache
def boot() -> str:
    """Which start of this computer it is; empty where the system does not say."""
    with contextlib.suppress(OSError), open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()
    return ""


def age(path: str) -> float:
    """Seconds since a file was last written to or shown to be alive. Raises OSError."""
    return time.time() - os.stat(path).st_mtime
