"""The rows in the pages of a database that may be damaged, read without SQLite.

SQLite gives up a table at its first broken page. Here every page is looked at by itself: nothing of a file runs, every
offset is checked, and no page is read twice, so that any bytes at all come to an end. The layout is that of
https://www.sqlite.org/fileformat2.html, sections 1.6 and 2.1.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterator
from typing import NamedTuple

from gigaplan.engine.storage.format import MAX_CELL_BYTES, PAGE_SIZE

_TABLE_LEAF, _TABLE_INNER, _INDEX_LEAF, _INDEX_INNER = 0x0D, 0x05, 0x0A, 0x02
_MAX_COLUMNS = 100
_INTEGER_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


class Torn(enum.Enum):
    """Stands for a cell whose bytes are gone."""

    TORN = 0


class Blob(bytes):
    """Bytes that are no text."""


PageCell = None | int | float | bytes | Torn


class PageRow(NamedTuple):
    """One row as a page holds it."""

    key: int
    """Its rowid; 0 in a table that has none."""
    cells: list[PageCell]


class Pages:
    """The pages of a file. What a tree has claimed is not read again."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._claimed: set[int] = set()
        self.count = -(-len(data) // PAGE_SIZE)
        self.broken: set[int] = set()
        """Pages that a tree refers to and that hold no part of it, and pages with rows that cannot be read."""

    def tree(self, root: int) -> Iterator[PageRow]:
        """The rows under a root page, as far as its pages can be read."""
        todo = [root]
        while todo:
            number = todo.pop()
            page = self._claim(number)
            if page is None:
                continue
            kind = page[100 if number == 1 else 0]
            if kind not in (_TABLE_LEAF, _TABLE_INNER, _INDEX_LEAF, _INDEX_INNER):
                self.broken.add(number)
                continue
            inner = kind in (_TABLE_INNER, _INDEX_INNER)
            children = []
            for at in self._places(number, page, 12 if inner else 8):
                if inner:
                    children.append(int.from_bytes(page[at : at + 4], "big"))
                if kind != _TABLE_INNER:
                    yield from self._row(number, page, at + 4 * inner, table=kind == _TABLE_LEAF)
            if inner:
                start = 100 if number == 1 else 0
                children.append(int.from_bytes(page[start + 8 : start + 12], "big"))
            todo += reversed(children)

    def loose(self) -> Iterator[tuple[int, list[PageRow]]]:
        """The pages with rows of a table that no tree has claimed, each with its rows."""
        for number in range(2, self.count + 1):
            page = None if number in self._claimed else self._page(number)
            if page is not None and page[0] == _TABLE_LEAF:
                places = self._places(number, page, 8)
                yield number, [row for at in places for row in self._row(number, page, at, table=True)]

    def _page(self, number: int) -> bytes | None:
        """The bytes of a page, fewer where the file is cut; None where not even its head is there."""
        page = self._data[(number - 1) * PAGE_SIZE : number * PAGE_SIZE] if number >= 1 else b""
        return page if len(page) >= (112 if number == 1 else 12) else None

    def _claim(self, number: int) -> bytes | None:
        page = None if number in self._claimed else self._page(number)
        if page is None:
            self.broken.add(number)
        else:
            self._claimed.add(number)
        return page

    def _places(self, number: int, page: bytes, header: int) -> list[int]:
        """Where the cells of a page begin."""
        start = 100 if number == 1 else 0
        count = int.from_bytes(page[start + 3 : start + 5], "big")
        first = start + header
        if first + 2 * count > len(page):
            self.broken.add(number)
            count = 0
        places = [int.from_bytes(page[first + 2 * k : first + 2 * k + 2], "big") for k in range(count)]
        inside = [at for at in dict.fromkeys(places) if first + 2 * count <= at < len(page) - 3]
        if len(inside) < count:
            self.broken.add(number)
        return inside

    def _row(self, number: int, page: bytes, at: int, *, table: bool) -> Iterator[PageRow]:
        """The row whose cell begins at a place of a page, if it can be read."""
        size, at = _varint(page, at)
        key = 0
        if table:
            key, at = _varint(page, at)
        is_there = 0 < size <= MAX_CELL_BYTES and at < len(page)
        cells = _record(self._payload(page, at, size, table)) if is_there else None
        if cells is None:
            self.broken.add(number)
        else:
            yield PageRow(key, cells)

    def _payload(self, page: bytes, at: int, size: int, table: bool) -> bytes:
        """What a cell holds, with what of it overflows to other pages; shorter where a page of it is gone."""
        most = PAGE_SIZE - 35 if table else (PAGE_SIZE - 12) * 64 // 255 - 23
        if size <= most:
            return page[at : at + size]
        least = (PAGE_SIZE - 12) * 32 // 255 - 23
        here = least + (size - least) % (PAGE_SIZE - 4)
        here = here if here <= most else least
        parts = [page[at : at + here]]
        following, left = int.from_bytes(page[at + here : at + here + 4], "big"), size - here
        while left > 0:
            more = self._claim(following) if following else None
            if more is None:
                break
            parts.append(more[4 : 4 + left])
            left -= PAGE_SIZE - 4
            following = int.from_bytes(more[:4], "big")
        if left <= 0 and following:
            parts.pop()  # the last page of a chain has none after it: this one is of another
        return b"".join(parts)


def _record(payload: bytes) -> list[PageCell] | None:
    """The cells of a record; None where not even its header can be read."""
    head, at = _varint(payload, 0)
    if not at < head <= len(payload):
        return None
    kinds: list[int] = []
    while at < head and len(kinds) <= _MAX_COLUMNS:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    if at != head or any(kind in (10, 11) or kind < 0 for kind in kinds):
        return None
    cells: list[PageCell] = []
    for kind in kinds:
        size = _INTEGER_BYTES.get(kind, 8 if kind == 7 else (kind - 12) // 2 if kind >= 12 else 0)
        part = payload[at : at + size]
        at += size
        cells.append(_cell(kind, part) if len(part) == size else Torn.TORN)
    return cells


def _cell(kind: int, part: bytes) -> PageCell:
    if kind == 0:
        return None
    if kind in _INTEGER_BYTES:
        return int.from_bytes(part, "big", signed=True)
    if kind == 7:
        number: float = struct.unpack(">d", part)[0]
        return number
    if kind in (8, 9):
        return kind - 8
    return part if kind % 2 else Blob(part)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where the next begins; what lies past the end counts as 0."""
    value = 0
    for k in range(9):
        byte = data[at + k] if at + k < len(data) else 0
        if k == 8:
            value = value << 8 | byte
            break
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return (value - 2**64 if value >= 2**63 else value), at + k + 1
