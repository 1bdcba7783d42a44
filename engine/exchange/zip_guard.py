"""The parts of a zip archive, counted before anything reads them: what would fill the memory is refused."""

from __future__ import annotations

import io
import zipfile
import zlib
from xml.parsers import expat

from gigaplan.engine.exchange.sheets import MAX_BYTES, refuse
from gigaplan.engine.plan.problems import say

MAX_INFLATED = 200 * 2**20
MAX_RATIO = 100
FREE = 2**20
"""Bytes that any archive may unpack to, whatever its own size: a small sheet of zeros is no attack."""
MAX_PARTS = 5000
_PIECE = 2**16


class _Doctype(Exception):
    """It holds a DOCTYPE: with it come entities, which grow, and addresses, which are fetched."""


class _Prolog:
    """Looks at what comes before the first element of a part, in whatever encoding; a part that is no XML has none."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._root
        self.is_over = False

    def feed(self, piece: bytes) -> None:
        """Reads on. Raises _Doctype."""
        try:
            self._parser.Parse(piece, False)
        except expat.ExpatError:
            self.is_over = True

    def _doctype(self, *_: object) -> None:
        raise _Doctype

    def _root(self, *_: object) -> None:
        self.is_over = True
        self._parser.StartElementHandler = None


def opened(data: bytes, name: str) -> zipfile.ZipFile:
    """The archive in `data`, every part of it unpacked once and counted. Raises PlanError with one problem."""
    if len(data) > MAX_BYTES:
        refuse(say("too_many_bytes", max_bytes=MAX_BYTES // 2**20), path=name)
    if data[:8] == bytes.fromhex("d0cf11e0a1b11ae1"):
        refuse(say("workbook_old_or_locked"), path=name)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        if len(archive.infolist()) > MAX_PARTS:
            refuse(say("archive_too_many_parts", max_parts=MAX_PARTS), path=name)
        total = 0
        for info in archive.infolist():
            if info.flag_bits & 1:
                refuse(say("archive_locked"), path=name)
            total = _counted(archive, info, total, len(data), name)
    except _Doctype:
        refuse(say("archive_doctype"), path=name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError):
        if name.lower().endswith(".zip"):
            refuse(say("archive_not_zip"), path=name)
        refuse(say("archive_not_workbook"), path=name)
    return archive


def _counted(archive: zipfile.ZipFile, info: zipfile.ZipInfo, total: int, size: int, name: str) -> int:
    """The bytes unpacked so far with those of one more part, which must not be too many nor declare a DOCTYPE."""
    with archive.open(info) as part:
        prolog = _Prolog()
        for piece in iter(lambda: part.read(_PIECE), b""):
            total += len(piece)
            if total > MAX_INFLATED:
                refuse(say("archive_too_large", max_inflated=MAX_INFLATED // 2**20), path=name)
            if total > max(FREE, MAX_RATIO * size):
                refuse(say("archive_ratio", max_ratio=MAX_RATIO), path=name)  # fmt: skip
            if not prolog.is_over:
                prolog.feed(piece)
    return total
