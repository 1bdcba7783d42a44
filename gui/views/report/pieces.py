"""Pieces: what a page is filled with, none of which is ever cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QPainter

Paint = Callable[[QPainter, float, float], None]
"""Paints a piece, its upper left corner at (x, y)."""


@dataclass
class PagePiece:
    """Something so high, that is painted at a place."""

    height: float
    paint: Paint
    before: float = 0.0
    """The room above it, unless it begins a page."""
    keeps: bool = False
    """Whether it must stand on one page with the piece that follows."""
    head: PagePiece | None = None
    """What comes again above it where it begins a page: the headings of its table."""
    is_new_page: bool = False
    title: str = ""
    """What the contents call it."""


@dataclass
class Placed:
    """A piece at a height of a page."""

    piece: PagePiece
    y: float


Page = list[Placed]


def paginated(pieces: list[PagePiece], top: float, bottom: float, first_top: float) -> list[Page]:
    """The pieces on pages that are filled from `top` to `bottom`; pieces that keep together are not parted.

    What is too high for a whole page is parted all the same.
    """
    pages: list[Page] = [[]]
    y = first_top
    for run in _runs(pieces):
        need = sum(p.height + p.before for p in run) - run[0].before
        fits = y + run[0].before + need <= bottom
        if pages[-1] and (run[0].is_new_page or (not fits and need <= bottom - top)):
            pages.append([])
            y = top
        for piece in run:
            if pages[-1] and y + piece.before + piece.height > bottom:
                pages.append([])
                y = top
            if not pages[-1] and piece.head is not None:
                pages[-1].append(Placed(piece.head, y))
                y += piece.head.height
            elif pages[-1]:
                y += piece.before
            pages[-1].append(Placed(piece, y))
            y += piece.height
    return pages


def _runs(pieces: list[PagePiece]) -> list[list[PagePiece]]:
    """The pieces in runs that keep together."""
    runs: list[list[PagePiece]] = []
    is_kept = False
    for piece in pieces:
        if is_kept and not piece.is_new_page:
            runs[-1].append(piece)
        else:
            runs.append([piece])
        is_kept = piece.keeps
    return runs
