"""Where the cards of the plan map lie: three columns, as roomy as the height allows, unless a person moved them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gigaplan.engine.plan.plan import Plan
from gigaplan.gui.views.canvas.picture import Key

COLUMNS = (("workloads",), ("offers", "services"), ("sites",))
"""The tables whose cards stand in each column, one beneath the other."""
TABLES = tuple(table for tables in COLUMNS for table in tables)
COLUMN = {table: k for k, tables in enumerate(COLUMNS) for table in tables}
PITCH = 400.0
"""The distance of two columns in the px of `plan.layout`; on a narrow map its x is squeezed with the columns."""
LEAST_ZOOM = 0.1
WIDE = 1500.0
"""In a view so wide cards are wider, and columns farther apart: half of it would stay empty."""
WIDER = 1.25
"""Offers on one line share it with their chips, and get more width."""
HEADING = 30.0
"""Height kept free above the columns for their titles."""
MARGIN = 16.0
BESIDE = 7.0
"""What handles and badges take beside cards."""
BELOW = {1: 2.0, 2: 2.0, 3: 14.0}
"""What hangs below a card, by its lines: a pill takes more than an edge."""
TITLE = 4.0
"""Free above the titles of columns."""
GHOST = 44.0
"""Height of what stands in an empty column."""


class Box(NamedTuple):
    """The rectangle of a card in the scene, and how much it has room to say: lines, 1 to 3."""

    x: float
    y: float
    width: float
    height: float
    lines: int

    @property
    def middle(self) -> float:
        """The y of its centre."""
        return self.y + self.height / 2


class _Shape(NamedTuple):
    lines: int
    least: tuple[float, float]
    """The smallest height and gap of a card with so many lines."""
    most: tuple[float, float]


_TWO = _Shape(2, (37, 3), (44, 11))
_ONE = _Shape(1, (17, 1.5), (28, 6))
_SHAPES = {
    "workloads": (_TWO, _ONE),
    "offers": (_TWO, _ONE),
    "sites": (_Shape(3, (54, 13), (58, 20)), _Shape(2, (42, 6), (46, 10)), _ONE),
}


@dataclass(frozen=True)
class Frame:
    """The three columns for a view of some size."""

    card_width: float
    pitch: float
    height: float
    """Height for cards, without the headings."""

    @classmethod
    def of(cls, width: float, height: float) -> Frame:
        """The columns that fill a view of `width` x `height` px at 100 %."""
        widest, farthest = (204.0, 480.0) if width < WIDE else (250.0, 720.0)
        card = min(max(width * 0.24, 120.0), widest)
        pitch = min(max((width - 2 * MARGIN - card) / 2, card + 48), farthest)
        return cls(card, pitch, max(height - HEADING - MARGIN, 100.0))

    def column(self, table: str) -> float:
        """The x of a column's middle."""
        return COLUMN[table] * self.pitch

    def to_layout(self, box: Box) -> tuple[float, float]:
        """What `plan.layout` keeps of a card: its centre, with the columns PITCH apart."""
        return (box.x + box.width / 2) * PITCH / self.pitch, box.middle


Shown = Mapping[str, Sequence[str]]
"""The ids of what stands in each column, in that order."""


def boxes_of(plan: Plan, frame: Frame, shown: Shown | None = None) -> dict[Key, Box]:
    """The place of every card: columns in table order, centred on y = 0, but for cards with a place of their own.

    Columns hold the rows of the plan, or what of them is `shown`.
    """
    if shown is None:
        shown = {table: [row.id for row in getattr(plan, table)] for table in TABLES}
    own: dict[Key, tuple[float, float]] = {(p.table, p.row): (p.x, p.y) for p in plan.layout}
    boxes: dict[Key, Box] = {}
    # Where one column is longer than the view, the others spread along it: every part of the map shows all three.
    columns = [[(table, row) for table in tables for row in shown[table]] for tables in COLUMNS]
    tallest = max(map(len, columns)) * sum(_ONE.least)
    room = max(tallest, frame.height)
    for tables, keys in zip(COLUMNS, columns, strict=True):
        lines, height, gap = _fitted(tables[0], len(keys), room)
        if tallest > frame.height and len(keys) > 1:
            gap = max((tallest - len(keys) * height) / (len(keys) - 1), gap)
        width = frame.card_width * (WIDER if lines == 1 and "offers" in tables else 1)
        top = -(len(keys) * (height + gap) - gap) / 2
        for k, key in enumerate(keys):
            x, y = frame.column(tables[0]) - width / 2, top + k * (height + gap)
            if key in own:
                centre, middle = own[key]
                x, y = centre * frame.pitch / PITCH - width / 2, middle - height / 2
            boxes[key] = Box(x, y, width, height, lines)
    return boxes


def keys_in(plan: Plan, tables: tuple[str, ...]) -> list[Key]:
    """The cards of a column, from the top."""
    return [(table, row.id) for table in tables for row in getattr(plan, table)]


def lines_in(frame: Frame) -> int:
    """How many cards of one line a column has room for."""
    return int(frame.height / sum(_ONE.least))


def extent(plan: Plan, frame: Frame, shown: Shown | None = None) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of all that is drawn: cards, what hangs on them, titles, and empty columns."""
    boxes = boxes_of(plan, frame, shown).values()
    half, low = frame.card_width / 2, GHOST / 2
    empty = [frame.column(tables[0]) for tables in COLUMNS if not keys_in(plan, tables)]
    left = min([*(b.x for b in boxes), *(x - half for x in empty)])
    right = max([*(b.x + b.width for b in boxes), *(x + half for x in empty)])
    top = min([*(b.y for b in boxes), -low])
    bottom = max([*(b.y + b.height + BELOW[b.lines] for b in boxes), low])
    return left - BESIDE, top - HEADING + TITLE, right + BESIDE, bottom


def _fitted(table: str, count: int, height: float) -> tuple[int, float, float]:
    """Lines, height and gap of a column's cards: the roomiest shape that fits, or the tightest there is."""
    room = height / max(count, 1)
    for shape in _SHAPES[table]:
        least, most = sum(shape.least), sum(shape.most)
        if room >= least or shape.lines == 1:
            part = min(max((room - least) / (most - least), 0.0), 1.0)
            card, gap = (low + part * (high - low) for low, high in zip(shape.least, shape.most, strict=True))
            return shape.lines, card, gap
    raise AssertionError("every column has a shape of one line")
