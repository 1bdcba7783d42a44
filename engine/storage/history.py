"""Earlier saves of a plan, kept in its file: packed, bounded in number and size, unpacked only when asked for.

A version is the plan as JSON, in the interchange form, compressed by zlib. Each has a digest of its own, so that a
damaged version never keeps the plan itself from being opened.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.plan.fields import Field, fields
from gigaplan.engine.plan.plan import FORMAT, Plan
from gigaplan.engine.plan.problems import Message, PlanError, Problem, message_of, say
from gigaplan.engine.plan.schema import ROW_TYPES
from gigaplan.engine.storage.format import (
    JSON_KINDS,
    MAX_HISTORY_BYTES,
    MAX_VERSION_BYTES,
    MAX_VERSIONS,
    TABLES,
    Cell,
    content_hash,
    value_of,
)
from gigaplan.engine.storage.guard import Rows, words

_LEVEL = 1  # a save waits for it


class Version(Struct, frozen=True, kw_only=True):
    """One earlier save of a plan."""

    revision: int
    saved_at: str
    """When, as ISO 8601 in UTC."""
    saved_by: str
    """The Gigaplan that saved it."""
    packed: bytes

    def cells(self) -> list[Cell]:
        """Its row in a file, in the order of HISTORY_COLUMNS."""
        return [self.revision, self.saved_at, self.saved_by, _digest(self), self.packed]

    def plan(self) -> Plan:
        """The plan as it was saved then. Raises PlanError where what is packed is no plan, or unpacks to too much."""
        try:
            return decode_plan(msgspec.json.decode(_unpacked(self.packed)), half_finished=True)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            why = say("version_no_json", why=error)
        except PlanError as error:
            more = len(error.problems) - 1
            first = str(error.problems[0]).rstrip(".")
            why = say("version_problems" if more else "in_other_words", why=first, more=more)
        except ValueError as error:
            why = message_of(error)
        raise PlanError((_problem("error", self.revision, say("version_not_unpacked", why=why)),))


def packed(meta: Mapping[str, str], tables: Mapping[str, Rows]) -> Version | None:
    """The version that the entries of `meta` and the rows of a file make; None where it would be too large.

    Raises ValueError where a cell holds no text; whether its JSON is right is found when it is unpacked.
    """
    plan: dict[str, Any] = {"format": FORMAT, "plan": _plain("plan", tables["plan"][0])}
    plan |= {table: [_plain(table, row) for row in tables[table]] for table in ROW_TYPES}
    text = msgspec.json.encode(plan)
    if len(text) > MAX_VERSION_BYTES:
        return None
    return Version(
        revision=int(meta["revision"]),
        saved_at=meta["saved_at"],
        saved_by=meta["saved_by"],
        packed=zlib.compress(text, _LEVEL),
    )


def _plain(table: str, row: tuple[Cell, ...]) -> dict[str, Any]:
    return {field.name: _value(field, cell) for field, cell in zip(fields(TABLES[table]), row, strict=True)}


def _value(field: Field, cell: Cell) -> Any:
    # A cell that is JSON goes in as it stands: reading a million numbers to write them again takes long.
    return msgspec.Raw(cell) if field.kind in JSON_KINDS and isinstance(cell, bytes) else value_of(field, cell)


def _unpacked(data: bytes) -> bytes:
    """What is packed. Raises ValueError where it is damaged, or more than a version may be."""
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(data, MAX_VERSION_BYTES + 1)
    except zlib.error:
        raise ValueError("it is damaged") from None
    if len(text) > MAX_VERSION_BYTES:
        raise ValueError(f"it is more than {MAX_VERSION_BYTES // 2**20} MB unpacked")
    if not inflater.eof:
        raise ValueError("it is truncated")
    if inflater.unused_data:
        raise ValueError("there is data after its end")
    return text


def bounded(versions: Iterable[Version]) -> tuple[Version, ...]:
    """The newest of the versions, as many as a file may hold, the newest first."""
    kept: list[Version] = []
    size = 0
    for version in sorted(versions, key=lambda v: -v.revision)[:MAX_VERSIONS]:
        size += len(version.packed)
        if size > MAX_HISTORY_BYTES:
            break
        kept.append(version)
    return tuple(kept)


def versions_in(rows: Rows) -> tuple[tuple[Version, ...], tuple[Problem, ...]]:
    """The versions in the rows of `history`, and a warning for each that is left out. Nothing is unpacked."""
    versions: list[Version] = []
    warnings: list[Problem] = []
    size = 0
    for row in rows:
        message = _refusal(row)
        if message is None:
            size += len(row[4])  # type: ignore[arg-type]
            if len(versions) == MAX_VERSIONS:
                message = say("version_beyond_count", max_versions=MAX_VERSIONS)
            elif size > MAX_HISTORY_BYTES:
                message = say("version_beyond_size", max_history_bytes=MAX_HISTORY_BYTES // 2**20)
        if message is not None:
            warnings.append(_problem("warning", row[0], message))
        else:
            versions.append(_version(row))
    return tuple(versions), tuple(warnings)


def _refusal(row: tuple[Cell, ...]) -> Message | None:
    """Why a row is not a version of a plan; None if it is one."""
    revision, saved_at, saved_by, digest, data = row
    if not isinstance(revision, int) or not isinstance(data, bytes) or revision < 0:
        return say("version_none")
    if not all(isinstance(cell, bytes) and len(cell) <= 100 for cell in (saved_at, saved_by, digest)):
        return say("version_no_description")
    if not words(saved_at).isprintable() or not words(saved_by).isprintable():
        return say("version_description_not_text")
    return None if words(digest) == _digest(_version(row)) else say("version_checksum")


def _version(row: tuple[Cell, ...]) -> Version:
    revision, saved_at, saved_by, _, data = row
    assert isinstance(revision, int)
    assert isinstance(data, bytes)
    return Version(revision=revision, saved_at=words(saved_at), saved_by=words(saved_by), packed=data)


def _digest(version: Version) -> str:
    return content_hash([("history", [[version.revision, version.saved_at, version.saved_by, version.packed]])])


def _problem(severity: Any, revision: Cell, message: Message) -> Problem:
    row = str(revision) if isinstance(revision, int) else ""
    path = f"history[{row}]"
    return Problem(severity=severity, path=path, message=message, table="history", row=row)
