"""The blocks of a report as pieces, in its typography."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtGui import QPainter

from gigaplan.gui.charting.figure import EDGE as FIGURE_EDGE
from gigaplan.gui.style import theme
from gigaplan.gui.views.report.blocks import (
    Block,
    Cards,
    Charts,
    ContentsBlock,
    Facts,
    FigureCard,
    Heading,
    Notice,
    Points,
    Report,
    Table,
    Words,
)
from gigaplan.gui.views.report.charts import GAP as BETWEEN_CHARTS
from gigaplan.gui.views.report.paper import PER_PIXEL, Face, broken, clean, fill, rule
from gigaplan.gui.views.report.pieces import PagePiece
from gigaplan.gui.views.report.tables import table_pieces

TITLE, SUBTITLE, KICKER = Face(24, is_bold=True), Face(10.5, "muted"), Face(8, "accent", True)
LONG_TITLE = Face(13, is_bold=True)
SECTION, PART = Face(15, is_bold=True), Face(9.6, is_bold=True)
TEXT, MUTED, SMALL = Face(8.6), Face(8.6, "muted"), Face(7.6, "muted")
STRONG = Face(8.6, is_bold=True)
VALUE = Face(15, is_bold=True)
ACROSS = 4
"""Key figures in one row."""
CARD_GAP = 80
NUMBER = 170
"""Room of a number, or a dot, before a point."""

MOST_CHART = 6000
"""The height of the highest chart."""

Where = dict[str, int]
"""The page on which each section begins, known when all pages are."""


def title_pieces(report: Report, room: float) -> list[PagePiece]:
    """The head of the first page."""
    pieces = [_lines(["Compute plan"], KICKER, keeps=True)]
    face = TITLE if TITLE.width(clean(report.title)) <= 2 * room else LONG_TITLE
    pieces += [_lines([line], face, keeps=True) for line in broken(report.title, face, room)]
    pieces += [_lines(broken(report.subtitle, SUBTITLE, room), SUBTITLE, before=20)]

    def paint(painter: QPainter, x: float, y: float) -> None:
        rule(painter, x, y + 60, room, "text", 12)

    return [*pieces, PagePiece(120, paint)]


def pieces_of(block: Block, room: float, sections: list[str], where: Where) -> Iterable[PagePiece]:
    """The pieces of a block, `room` units wide, one after the other."""
    if isinstance(block, ContentsBlock):
        return _contents(sections, where, room)
    make: Callable[[Any, float], Iterable[PagePiece]] = MAKERS[type(block)]
    return make(block, room)


def _lines(lines: list[str], face: Face, before: float = 0.0, keeps: bool = False) -> PagePiece:
    def paint(painter: QPainter, x: float, y: float) -> None:
        for k, line in enumerate(lines):
            face.paint(painter, x, y + k * face.line, line)

    return PagePiece(len(lines) * face.line, paint, before, keeps)


def _heading(block: Heading, room: float) -> list[PagePiece]:
    face, before, after = (SECTION, 300.0, 70.0) if block.level == 1 else (PART, 190.0, 40.0)
    piece = _lines(broken(block.text, face, room), face, before, keeps=True)
    piece.height += after
    piece.is_new_page = block.new_page
    piece.title = block.text if block.level == 1 else ""
    return [piece]


def _words(block: Words, room: float) -> list[PagePiece]:
    """A piece for each line, so that a long text goes on over pages; its first and last lines keep together."""
    face = MUTED if block.role == "muted" else TEXT
    pieces: list[PagePiece] = []
    for paragraph in block.text.strip().split("\n"):
        lines = broken(paragraph, face, min(room, 5000)) if paragraph.strip() else []
        made = [_lines([line], face) for line in lines]
        for k, piece in enumerate(made):
            piece.keeps = k < 1 < len(made) or k == len(made) - 2
        if made:
            made[0].before = 50 if pieces else 0
        pieces += made
    if pieces:
        pieces[-1].height += 60
        pieces[-1].keeps = len(pieces) <= 3 and block.role != "muted"  # a sentence stays with the table it is about
    return pieces


def _notice(block: Notice, room: float) -> list[PagePiece]:
    ground = {"good": "good_soft", "warning": "warning_soft", "error": "window"}[block.tone]
    title = broken(block.title, STRONG, room - 260)
    lines = [line for text in block.lines for line in broken(text, TEXT, room - 260)][:60]
    height = 2 * 80 + len(title) * STRONG.line + len(lines) * TEXT.line

    def paint(painter: QPainter, x: float, y: float) -> None:
        fill(painter, x, y, room, height, ground, 30)
        fill(painter, x, y, 30, height, block.tone)
        at = y + 80
        for line in title:
            STRONG.paint(painter, x + 150, at, line, block.tone)
            at += STRONG.line
        for line in lines:
            TEXT.paint(painter, x + 150, at, line)
            at += TEXT.line

    return [PagePiece(height + 60, paint, before=60)]


def _points(block: Points, room: float) -> list[PagePiece]:
    pieces = []
    for number, item in enumerate(block.items, 1):
        lines = broken(item, TEXT, room - NUMBER)
        mark = f"{number}" if block.numbered else "\u2022"
        indent = max(NUMBER, MUTED.width(f"{len(block.items)}") + 60) if block.numbered else NUMBER * 0.6
        for k, line in enumerate(lines):
            pieces.append(_point(mark if k == 0 else "", line, indent))
            pieces[-1].keeps = k < 1 < len(lines) or k == len(lines) - 2
        pieces[-1].height += 30
    return pieces


def _point(mark: str, line: str, indent: float) -> PagePiece:
    def paint(painter: QPainter, x: float, y: float) -> None:
        if mark:
            MUTED.paint(painter, x, y, mark)
        TEXT.paint(painter, x + indent, y, line)

    return PagePiece(TEXT.line, paint)


def _facts(block: Facts, room: float) -> list[PagePiece]:
    """Two columns of names and values, line by line."""
    half, name = (room - 240) / 2, 840.0
    pieces = []
    for first in range(0, len(block.pairs), 2):
        pair = block.pairs[first : first + 2]
        values = [broken(value, TEXT, half - name) for _, value in pair]
        height = max(len(v) for v in values) * TEXT.line + 50

        def paint(painter: QPainter, x: float, y: float, pair=pair, values=values, height=height) -> None:  # type: ignore[no-untyped-def]
            for k, ((label, _), lines) in enumerate(zip(pair, values, strict=True)):
                left = x + k * (half + 240)
                MUTED.paint(painter, left, y + 25, label)
                for n, line in enumerate(lines):
                    TEXT.paint(painter, left + name, y + 25 + n * TEXT.line, line)
                rule(painter, left, y + height, half, thick=4)

        pieces.append(PagePiece(height, paint, before=100 if first == 0 else 0))
    return pieces


def _cards(block: Cards, room: float) -> list[PagePiece]:
    width = (room - CARD_GAP * (ACROSS - 1)) / ACROSS
    pieces = []
    for first in range(0, len(block.cards), ACROSS):
        row = block.cards[first : first + ACROSS]
        made = [_card(card, width) for card in row]
        height = max(h for h, _ in made)

        def paint(painter: QPainter, x: float, y: float, made=made) -> None:  # type: ignore[no-untyped-def]
            for k, (_, one) in enumerate(made):
                one(painter, x + k * (width + CARD_GAP), y)

        pieces.append(PagePiece(height, paint, before=110))
    return pieces


def _card(card: FigureCard, width: float) -> tuple[float, Callable[[QPainter, float, float], None]]:
    title = broken(card.title, SMALL, width)
    second = broken(card.second, SMALL, width) if card.second else []
    one_line = VALUE.width(card.value) + 40 + SMALL.width(card.unit) <= width
    below = [] if one_line or not card.unit else broken(card.unit, SMALL, width)
    colour = card.tone if card.tone in ("good", "warning") else "muted"

    def paint(painter: QPainter, x: float, y: float) -> None:
        rule(painter, x, y, width, "muted", 6)
        at = y + 40
        for line in title:
            SMALL.paint(painter, x, at, line)
            at += SMALL.line
        VALUE.paint(painter, x, at, card.value)
        if card.unit and one_line:
            lower = (VALUE.line - SMALL.line) / 2 + 22
            SMALL.paint(painter, x + VALUE.width(card.value) + 40, at + lower, card.unit)
        at += VALUE.line
        for line in [*below, *second]:
            SMALL.paint(painter, x, at, line, colour)
            at += SMALL.line

    return 40 + (len(title) + len(below) + len(second)) * SMALL.line + VALUE.line, paint


def _charts(block: Charts, room: float) -> list[PagePiece]:
    sizes = [figure.size for figure in block.figures]
    highest = max(size.height() for size in sizes) * PER_PIXEL
    part = min(1.0, MOST_CHART / highest)  # what is higher than a page is made smaller
    scale = part * PER_PIXEL

    def paint(painter: QPainter, x: float, y: float) -> None:
        left = x
        for figure, size in zip(block.figures, sizes, strict=True):
            painter.save()
            painter.translate(left - FIGURE_EDGE * scale, y)
            painter.scale(scale, scale)
            with theme.on_paper():
                figure.paint_all(painter)
            painter.restore()
            left += (size.width() - 2 * FIGURE_EDGE + BETWEEN_CHARTS) * scale

    return [PagePiece(part * highest, paint, before=60)]


def _contents(sections: list[str], where: Where, room: float) -> list[PagePiece]:
    """The sections with their pages, in two columns."""
    half = (room - 240) / 2
    down = (len(sections) + 1) // 2
    height = down * (TEXT.line + 24) + PART.line + 60

    def paint(painter: QPainter, x: float, y: float) -> None:
        PART.paint(painter, x, y, "Contents")
        for k, name in enumerate(sections):
            left = x + (k // down) * (half + 240)
            at = y + PART.line + 50 + (k % down) * (TEXT.line + 24)
            TEXT.paint(painter, left, at, clean(name))
            page = str(where.get(name, ""))
            MUTED.paint(painter, left + half - MUTED.width(page), at, page)
            rule(painter, left, at + TEXT.line + 8, half, thick=3)

    return [PagePiece(height, paint, before=220)]


MAKERS: dict[type, Callable[[Any, float], Iterable[PagePiece]]] = {
    Heading: _heading,
    Words: _words,
    Notice: _notice,
    Points: _points,
    Facts: _facts,
    Cards: _cards,
    Table: table_pieces,
    Charts: _charts,
}
