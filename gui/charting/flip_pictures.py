"""Where the best plan changes as an input moves, as the pictures of it show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale

from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.text import counted
from gigaplan.engine.results.status import STATUS
from gigaplan.gui.charting.flips import LEAST_SHARE, FlipPicture, Stretch
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.style.colours import looks
from gigaplan.gui.text.number_format import chips, money
from gigaplan.gui.text.quantities import with_unit

if TYPE_CHECKING:
    from gigaplan.engine.analysis.decisions.flips import FlipPiece

MOST_NAMED = 4
"""Values at which the plan changes that are named, and platforms of a stretch."""

HELD = "Signatures, ports and placements are held."


def flip_picture(plan: Plan, pieces: Sequence[FlipPiece], times: float, unit: str) -> FlipPicture:
    """The picture of the pieces of a range, whose values times `times` are in the unit of the field."""
    colours = {id: look.colour for id, look in looks(plan, "platform").items()}
    stretches = tuple(_stretch(plan, piece, times, unit, colours) for piece in pieces)
    ends = _value(plan, stretches[0].start, unit), _value(plan, stretches[-1].end, unit)
    return FlipPicture(stretches, ends, changes_words(plan, pieces, times, unit))


def changes_words(plan: Plan, pieces: Sequence[FlipPiece], times: float, unit: str) -> str:
    """At which values the best plan changes, of pieces whose values times `times` are in the unit of the field."""
    held = f" {HELD}" if any(piece.is_held for piece in pieces) else ""
    return _changes(plan, [piece.start * times for piece in pieces[1:]], unit) + held


def _changes(plan: Plan, values: Sequence[float], unit: str) -> str:
    if not values:
        return "The same plan is best all the way."
    if len(values) > MOST_NAMED:
        return f"The best plan changes {counted(len(values), 'time')}."
    *some, last = [_value(plan, value, unit) for value in values]
    return f"The best plan changes at {', '.join(some)}{' and ' if some else ''}{last}."


def platform_words(plan: Plan, platforms: dict[str, float]) -> str:
    """The platforms with most chips, and how many: 12k B200, 3k H200."""
    most = sorted(platforms.items(), key=lambda kv: -kv[1])[:MOST_NAMED]
    named = [f"{chips(n)} {row_name(find(plan, 'platforms', id))}" for id, n in most if n >= 0.5]
    return ", ".join(named) or "no chips"


def _stretch(plan: Plan, piece: FlipPiece, times: float, unit: str, colours: dict[str, str]) -> Stretch:
    start, end = piece.start * times, piece.end * times
    whole = sum(piece.platforms.values()) or 1.0
    parts = ((id, piece.platforms.get(id, 0.0) / whole) for id in colours)
    shares = tuple((colours[id], part) for id, part in parts if part >= LEAST_SHARE)
    costs, said = None, STATUS[piece.status].short
    if piece.objective_at_start is not None and piece.objective_at_end is not None:
        costs = piece.objective_at_start, piece.objective_at_end
        said = f"{money(costs[0], plan.settings.currency)} to {money(costs[1], plan.settings.currency)}"
    where = f"{_value(plan, start, unit)} to {_value(plan, end, unit)}"
    return Stretch(start, end, costs, shares, f"{where}: {said}; {platform_words(plan, piece.platforms)}")


def _value(plan: Plan, value: float, unit: str) -> str:
    return with_unit(float(f"{value:.4g}"), unit, QLocale(), plan.settings.currency)
