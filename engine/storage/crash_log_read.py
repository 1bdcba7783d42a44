"""The edits of windows that died, read from what `crash_log_write` wrote.

A recovery file is read as warily as a plan file: a regular file of bounded size, a check sum, and every row
decoded by the rules of its table. What is damaged is said; what stands before the damage can still be had.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gigaplan.engine.plan.decode import MAX_PROBLEMS, MAX_ROWS, decode_row, duplicate
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError, Problem, say
from gigaplan.engine.plan.schema import ROW_TYPES
from gigaplan.engine.storage.atomic_replace import close_and_remove, discard
from gigaplan.engine.storage.crash_log_write import MAGIC, SUFFIX, Commit, Origin, Writer, age, boot, host
from gigaplan.engine.storage.format import TABLES
from gigaplan.engine.storage.guard import problem, refuse
from gigaplan.engine.storage.load import read_file
from gigaplan.engine.storage.lock import try_lock

SILENCE = 120.0
"""Seconds without a sign of life after which a window elsewhere counts as dead, on a disk that knows no locks."""
_ROW = re.compile(rb"R(0|[1-9][0-9]{0,11}) (.*)", re.DOTALL)


@dataclass
class LeftBehind:
    """Unsaved edits of a window that died. No other window is offered them until `release` or `discard`."""

    file: str
    """The recovery file."""
    origin: Origin
    at: str
    """When the last edit was written down, as ISO 8601 in UTC; empty where that cannot be read."""
    damage: str
    """What of it cannot be had, in a person's words; empty where all is well."""
    can_recover: bool
    _content: _Content
    _handle: int

    def plan(self) -> Plan:
        """The plan as it was edited. Raises PlanError with a problem for each thing wrong."""
        return self._content.plan()

    def discard(self) -> None:
        """Removes the edits."""
        if self._handle >= 0:
            close_and_remove(self._handle, self.file)
            self._handle = -1
        else:
            discard(self.file)

    def release(self) -> None:
        """Leaves the edits for the next start."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def left_behind(folder: str | os.PathLike[str]) -> list[LeftBehind]:
    """The edits in an app-data folder whose windows died, newest first; empty where there is no such folder.

    Files without unsaved edits are removed on the way.
    """
    found: list[LeftBehind] = []
    replaced: set[str] = set()
    for path in _recovery_files(os.fspath(folder)):
        left = _claimed(path)
        if left is None:
            continue
        if left.can_recover:
            replaced.add(left._content.writer.replaces)
        if left.can_recover or left.damage:
            found.append(left)
        else:
            left.discard()
    kept = []
    for left in found:
        if os.path.basename(left.file) in replaced or (left._content.is_clean and not left.damage):
            left.discard()
        else:
            kept.append(left)
    return sorted(kept, key=lambda left: left.at, reverse=True)


def _recovery_files(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.path for entry in entries if entry.name.endswith(SUFFIX))
    except OSError:
        return []


def _claimed(path: str) -> LeftBehind | None:
    """What one file holds, under its lock; None where a living window writes it, or it went away."""
    content = _Content()
    handle = -1
    try:
        if os.path.isfile(path) and not os.path.islink(path):
            handle = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
            held = try_lock(handle)
            if held is False:
                os.close(handle)
                return None
            content.read(read_file(path)[0])
            if held is None and _may_live(path, content.writer):
                os.close(handle)
                return None
        else:
            content.damage = "is not a file"
    except FileNotFoundError:
        return None
    except PlanError as error:
        why = error.problems[0].text
        content.damage = f"cannot be read: {why[:1].lower()}{why[1:]}"
    except OSError as error:
        content.damage = f"cannot be read ({error.strerror or error})"
    name = os.path.basename(path)
    origin = content.last.origin if content.last else Origin(name=name)
    at = content.last.at if content.last else ""
    return LeftBehind(path, origin, at, content.damage, content.last is not None, content, handle)


def _may_live(path: str, writer: Writer) -> bool:
    """Whether the window of a file may still be there, judged by what it wrote of itself: there are no locks here."""
    if writer.host != host() or os.name == "nt":
        return age(path) < SILENCE
    if writer.boot != boot():
        return False
    try:
        os.kill(writer.process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


@dataclass
class _Content:
    """What the bytes of a recovery file hold, up to its last whole entry."""

    writer: Writer = field(default_factory=lambda: Writer(process=0, host="", boot=""))
    last: Commit | None = None
    damage: str = ""
    rows: dict[int, bytes] = field(default_factory=dict)
    order: dict[str, list[int]] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        return self.last is None or not self.last.dirty

    def read(self, data: bytes) -> None:
        """Takes up every entry that a check sum closes; says in `damage` what is wrong with the first that is not."""
        if not data.startswith(MAGIC):
            if data.startswith(MAGIC[:-2]) and not MAGIC.startswith(data):
                self.damage = "was written by a newer Gigaplan, which can recover its edits"
            elif not MAGIC.startswith(data):
                self.damage = "was not written by Gigaplan"
            return
        digest = hashlib.sha256(MAGIC)
        rows: dict[int, bytes] = {}
        commit: Commit | None = None
        for k, line in enumerate(_whole_lines(data, len(MAGIC))):
            if line.startswith(b"#"):
                if line[1:] != digest.hexdigest().encode() or commit is None:
                    self.damage = "is damaged: its checksum does not match its content"
                    return
                self.rows |= rows
                self.order |= commit.order
                self.last, rows, commit = commit, {}, None
            elif (row := _ROW.fullmatch(line)) is not None:
                rows[int(row[1])] = row[2]
            else:
                try:
                    if k == 0:
                        self.writer = msgspec.json.decode(line, type=Writer)
                    elif line.startswith(b"C"):
                        commit = msgspec.convert(json.loads(line[1:]), Commit)
                    else:
                        raise ValueError
                except (ValueError, RecursionError):
                    self.damage = "is damaged"
                    return
            digest.update(line + b"\n")

    def plan(self) -> Plan:
        """The plan of the last whole entry. Raises PlanError."""
        problems: list[Problem] = []
        tables: dict[str, tuple[Any, ...]] = {}
        for table in TABLES:
            tables[table], found = self._decoded(table)
            problems += found
        if problems:
            raise PlanError(tuple(problems))
        return Plan(settings=tables["plan"][0], **{table: tables[table] for table in ROW_TYPES})

    def _decoded(self, table: str) -> tuple[tuple[Any, ...], list[Problem]]:
        numbers = self.order.get(table)
        if numbers is None or len(numbers) > MAX_ROWS or (table == "plan" and len(numbers) != 1):
            refuse(say("recovery_damaged"))
        rows: list[Any] = []
        problems: list[Problem] = []
        first: dict[str, str] = {}
        for k, number in enumerate(numbers):
            if len(problems) >= MAX_PROBLEMS:
                break
            path = "plan" if table == "plan" else f"{table}[{k}]"
            row, found = self._row(number, table, path)
            problems += found
            rows.append(row)
            id = getattr(row, "id", None)
            if id is not None and first.setdefault(id, path) != path:
                problems.append(duplicate(table, id, first[id], path))
        return tuple(rows), problems

    def _row(self, number: int, table: str, path: str) -> tuple[Any, list[Problem]]:
        try:
            value = msgspec.json.decode(self.rows[number])
        except (KeyError, ValueError, RecursionError):
            return None, [problem(path, say("recovery_row"), table=table)]
        return decode_row(TABLES[table], value, path, table)


def _whole_lines(data: bytes, start: int) -> Iterator[bytes]:
    """The lines of `data` from `start` on, without their ends; what follows the last end is left out."""
    while (end := data.find(b"\n", start)) >= 0:
        yield data[start:end]
        start = end + 1
