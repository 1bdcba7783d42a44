"""What a report is made of, before it has pages: plain words and figures, never markup."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gigaplan.gui.charting.figure import Figure


@dataclass(frozen=True)
class Heading:
    """The title of a section (level 1, named in the contents) or of a part of one (level 2)."""

    text: str
    level: int = 1
    new_page: bool = False


@dataclass(frozen=True)
class Words:
    """A paragraph, or several that are parted by line breaks; `role` is text or muted."""

    text: str
    role: str = "text"


@dataclass(frozen=True)
class Notice:
    """What a reader must not miss, behind a bar of its colour; `tone` is good, warning or error."""

    title: str
    lines: tuple[str, ...] = ()
    tone: str = "warning"


@dataclass(frozen=True)
class Points:
    """Sentences, one below the other, each behind a dot or its number."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Facts:
    """Names and what they are, in two columns."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FigureCard:
    """One key figure, large, and what is said below it; `tone` is muted, good or warning."""

    title: str
    value: str
    unit: str = ""
    second: str = ""
    tone: str = "muted"


@dataclass(frozen=True)
class Cards:
    """Key figures side by side."""

    cards: tuple[FigureCard, ...]


@dataclass(frozen=True)
class TableColumn:
    """One column of a table: its heading, the unit below it, and whether it holds figures, set flush right."""

    head: str
    unit: str = ""
    is_figure: bool = False
    group: str = ""
    """What neighbouring columns have in common, written once above them."""


@dataclass(frozen=True)
class TableRow:
    """One row of a table.

    `style` is empty, `group` (of the rows that follow), `part` (of a group), `more` (of the row above) or `total`.
    """

    cells: tuple[str, ...]
    style: str = ""


@dataclass(frozen=True)
class Table:
    """Rows under headings that come again on each page."""

    columns: tuple[TableColumn, ...]
    rows: tuple[TableRow, ...]
    is_even: bool = False
    """Whether all columns but the first are of one width, so that tables below each other look alike."""


@dataclass(frozen=True)
class Charts:
    """Figures side by side, each with its title and legend."""

    figures: tuple[Figure, ...]


class ContentsBlock:
    """Where the contents stand."""


Block = Heading | Words | Notice | Points | Facts | Cards | Table | Charts | ContentsBlock


@dataclass(frozen=True)
class Report:
    """A whole report: what stands at the head of its first page, and its blocks."""

    title: str
    subtitle: str
    made: datetime
    version: str
    blocks: tuple[Block, ...]
