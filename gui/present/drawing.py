"""What a chart shows that has no columns of time, as plain values: blocks, bands between them, rules and axes."""

from __future__ import annotations

from dataclasses import dataclass

from gigaplan.gui.style.colours import NO_HATCH
from gigaplan.gui.text.clipboard import sheet_text

Row = tuple[str, str]
"""(table, id) of a row of the plan."""


@dataclass(frozen=True)
class DrawnBlock:
    """A rectangle in the units of the drawing; with a row of the plan that a click chooses."""

    label: str
    figure: str
    """Its value in words."""
    left: float
    right: float
    low: float
    high: float
    colour: str
    """#RRGGBB, or the name of a token."""
    hatch: int = NO_HATCH
    tip: str = ""
    row: Row | None = None
    asks: tuple[str, str, str] = ("", "", "")
    """(series, by, key) of the explanation that a click asks for; empty for none."""
    span: tuple[int, int] = (0, 0)
    """The periods of that explanation."""
    named: str = ""
    """Where its label stands: `left` or `right` of it, beside its `row` at the edge of the drawing, or `in` it where it
    has room; empty for nowhere."""


@dataclass(frozen=True)
class DrawnBand:
    """What flows from the right edge of one block to the left edge of another."""

    start: tuple[float, float, float]
    """x, low and high where it begins."""
    end: tuple[float, float, float]
    colour: str
    tip: str
    row: Row | None = None
    asks: tuple[str, str, str] = ("", "", "")
    span: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Rule:
    """A line at a value of one of the axes, with its words."""

    at: float
    words: str
    is_upright: bool
    colour: str = "warning"


@dataclass(frozen=True)
class Drawing:
    """All that a drawing shows."""

    caption: str
    across: tuple[float, float]
    """What lies between its left and its right edge."""
    up: tuple[float, float]
    blocks: tuple[DrawnBlock, ...] = ()
    bands: tuple[DrawnBand, ...] = ()
    rules: tuple[Rule, ...] = ()
    across_unit: str = ""
    """The unit of the axis below; empty for none."""
    up_unit: str = ""
    """The unit of the axis at the left; empty for none."""
    currency: str = "USD"
    note: str = ""
    subject: str = ""
    empty: str = ""
    """What is said where there is nothing to draw."""
    table: tuple[tuple[object, ...], ...] = ()
    """The figures behind it, the headings with their units first."""

    @property
    def parts(self) -> tuple[DrawnBlock | DrawnBand, ...]:
        """Bands and blocks, in the order in which they are painted."""
        return (*self.bands, *self.blocks)


def drawing_text(drawing: Drawing, separator: str = ",") -> str:
    """The figures behind a drawing, with a header and units, in full precision."""
    return sheet_text([list(row) for row in drawing.table], separator)
