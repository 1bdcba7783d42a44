"""A table as pieces: its headings, then a piece for each row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from PySide6.QtGui import QPainter

from gigaplan.gui.views.report.blocks import Table, TableColumn, TableRow
from gigaplan.gui.views.report.paper import Face, broken, clean, fill, rule
from gigaplan.gui.views.report.pieces import PagePiece

BODY, BOLD, HEAD, UNIT = Face(7.6), Face(7.6, is_bold=True), Face(7.6, "text", True), Face(7.2, "muted")
PART = Face(7.6, "muted")
GAP, PAD, INDENT = 70, 20, 70
"""Between columns, above and below the words of a row, and before the rows of a group."""
AFTER = 110
"""Room below a table."""
SMALL = 12
"""A table of no more rows stands on one page."""
MOST_LINES = 40
"""A row of more lines than that is parted."""
MOST_NAME = 1250
"""The most that the first column of a table of even columns takes."""


@dataclass(frozen=True)
class ReportSheet:
    """A table with the places of its columns, in units."""

    table: Table
    lefts: tuple[float, ...]
    widths: tuple[float, ...]
    room: float

    def paint_line(self, painter: QPainter, x: float, y: float, cells: list[str], face: Face, indent: float) -> None:
        """Paints one line of a row."""
        for k, (text, column) in enumerate(zip(cells, self.table.columns, strict=True)):
            if not text:
                continue
            left = x + self.lefts[k] + (indent if k == 0 else 0)
            if column.is_figure:
                left += self.widths[k] - face.width(text)
            face.paint(painter, left, y, text, "text" if k and face is PART else "")


def table_pieces(table: Table, room: float) -> Iterator[PagePiece]:
    """The pieces of a table: headings come again on each page, its first and last rows are not left alone."""
    if not table.rows:
        return
    sheet = _laid_out(table, room)
    head = _head(sheet)
    yield head
    rows = len(table.rows)
    for k, row in enumerate(table.rows):
        made = _row(sheet, row, k + 1 < len(table.rows) and table.rows[k + 1].style == "total")
        has_more = k + 1 < rows and table.rows[k + 1].style == "more"
        made[-1].keeps = rows <= SMALL or row.style == "group" or has_more or k == 0 or rows - 4 < k
        for piece in made:
            piece.head = head
        if k == rows - 1:
            made[-1].keeps = False
            made[-1].height += AFTER
        yield from made


def _laid_out(table: Table, room: float) -> ReportSheet:
    widths = _even(table, room) if table.is_even else _widths(table, room)
    lefts = [sum(widths[:k]) + GAP * k for k in range(len(widths))]
    return ReportSheet(table, tuple(lefts), tuple(widths), room)


def _widths(table: Table, room: float) -> list[float]:
    """What columns get: narrow ones what they need, wide ones equal parts of what is left."""
    columns = table.columns
    free = room - GAP * (len(columns) - 1)
    whole = []
    for k, column in enumerate(columns):
        indent = INDENT if k == 0 and any(row.style == "part" for row in table.rows) else 0
        cells = [_cell_width(clean(row.cells[k]), row.style) for row in table.rows if row.style != "group" or k]
        head = max((HEAD.width(part) for part in clean(column.head).split()), default=0.0)
        unit = max((UNIT.width(part) for part in clean(column.unit).split()), default=0.0)
        whole.append(max(max(cells, default=0.0) + indent, min(HEAD.width(clean(column.head)), head * 2), head, unit))
    if sum(whole) <= free:
        return _spread(columns, whole, free - sum(whole))
    given = [0.0] * len(whole)
    for rank, k in enumerate(sorted(range(len(whole)), key=lambda k: whole[k])):
        given[k] = min(whole[k], free / (len(whole) - rank))
        free -= given[k]
    return given


def _spread(columns: tuple[TableColumn, ...], widths: list[float], spare: float) -> list[float]:
    """Where there is room left: figures stand in columns of one width, and what is left parts all alike."""
    figures = [k for k, c in enumerate(columns) if c.is_figure]
    if len(figures) > 1:
        widest = max(widths[k] for k in figures)
        more = sum(widest - widths[k] for k in figures)
        if more <= spare:
            widths = [widest if k in figures else w for k, w in enumerate(widths)]
            spare -= more
    return [w + spare / len(columns) for w in widths]


def _even(table: Table, room: float) -> list[float]:
    names = max((BODY.width(clean(row.cells[0])) for row in table.rows), default=0.0)
    first, count = min(names, MOST_NAME), len(table.columns) - 1
    return [first, *[(room - first - GAP * count) / count] * count]


def _cell_width(text: str, style: str) -> float:
    face = BOLD if style == "total" else BODY
    return max(face.width(line) for line in text.split("\n"))


def _head(sheet: ReportSheet) -> PagePiece:
    columns = sheet.table.columns
    names = [broken(c.head, HEAD, w) if c.head else [] for c, w in zip(columns, sheet.widths, strict=True)]
    units = [broken(c.unit, UNIT, w) if c.unit else [] for c, w in zip(columns, sheet.widths, strict=True)]
    groups = any(c.group for c in columns)
    most = max(len(n) for n in names)
    under = max(len(u) for u in units)
    above = HEAD.line + 30 if groups else 0
    height = above + most * HEAD.line + under * UNIT.line + 40

    def paint(painter: QPainter, x: float, y: float) -> None:
        if groups:
            _paint_groups(sheet, painter, x, y)
        base = y + above + most * HEAD.line
        for k, (lines, unit) in enumerate(zip(names, units, strict=True)):
            for face, some, top in ((HEAD, lines, base - len(lines) * HEAD.line), (UNIT, unit, base)):
                for n, text in enumerate(some):
                    left = x + sheet.lefts[k]
                    left += sheet.widths[k] - face.width(text) if columns[k].is_figure else 0
                    face.paint(painter, left, top + n * face.line, text)
        rule(painter, x, y + height - 12, sheet.room, "muted", 6)

    return PagePiece(height, paint, keeps=True)


def _paint_groups(sheet: ReportSheet, painter: QPainter, x: float, y: float) -> None:
    for group, members in groupby(range(len(sheet.widths)), key=lambda k: sheet.table.columns[k].group):
        if not group:
            continue
        its = list(members)
        left, right = sheet.lefts[its[0]], sheet.lefts[its[-1]] + sheet.widths[its[-1]]
        lines = broken(group, HEAD, right - left)
        text = lines[0] if len(lines) == 1 else f"{lines[0]}\u2026"
        HEAD.paint(painter, x + right - HEAD.width(text), y, text)
        rule(painter, x + left, y + HEAD.line + 14, right - left)


def _row(sheet: ReportSheet, row: TableRow, before_total: bool) -> list[PagePiece]:
    face = BOLD if row.style in ("total", "group") else PART if row.style == "part" else BODY
    indent = INDENT if row.style == "part" else 0.0
    widths = [w - (indent if k == 0 else 0) for k, w in enumerate(sheet.widths)]
    if row.style == "group":
        widths[0] = sheet.room
    cells = [broken(text, face, width + 1) if text else [] for text, width in zip(row.cells, widths, strict=True)]
    count = max(1, *(len(lines) for lines in cells))
    pieces = []
    for first in range(0, count, MOST_LINES):
        last = min(count, first + MOST_LINES)
        parts = [[lines[n] if n < len(lines) else "" for lines in cells] for n in range(first, last)]
        pieces.append(_band(sheet, row, parts, face, indent, first == 0, last == count, before_total))
    return pieces


def _band(
    sheet: ReportSheet, row: TableRow, parts: list[list[str]], face: Face, indent: float, is_first: bool, is_last: bool,
    before_total: bool,
) -> PagePiece:  # fmt: skip
    """Some lines of a row, all of most rows."""
    above = PAD + (24 if row.style == "group" else 0) if is_first else 0
    height = above + len(parts) * face.line + (PAD if is_last else 0)

    def paint(painter: QPainter, x: float, y: float) -> None:
        if row.style == "total":
            fill(painter, x - 30, y, sheet.room + 60, height, "window")
        for n, cells in enumerate(parts):
            sheet.paint_line(painter, x, y + above + n * face.line, cells, face, indent)
        if is_last and row.style != "group":
            rule(painter, x, y + height, sheet.room, "muted" if before_total else "line", 4)

    return PagePiece(height, paint)
