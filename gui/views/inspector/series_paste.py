"""Columns of a spreadsheet as a series: which period or month each value is of, and what it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QLocale

from gigaplan.engine.exchange.plan_cells import NO_LIMIT
from gigaplan.engine.plan.fields import Field, Steps
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.gui.text.clipboard import parsed, period_named, read_number, split_header, transposed, written_unit
from gigaplan.gui.text.months import read_month
from gigaplan.gui.text.quantities import PERCENT_UNITS, NotRead
from gigaplan.gui.text.units import UnitRefused, factor

Lines = list[list[str]]
MOST_TOLD = 3
"""Of the cells that cannot be taken."""


@dataclass(frozen=True)
class Ground:
    """What the cells are laid on: the field, its unit, the periods and the currency of the plan."""

    field: Field
    unit: str
    time: Timeline
    currency: str


def values_of(text: str, first: int, ground: Ground) -> dict[int, float] | NotRead:
    """The values that a copied column gives to periods, or why it gives none; nothing is taken of a bad column.

    A row is taken as a column. With a column of periods before the values each goes to its own; without, they
    follow each other from the period `first` on, or from the start where they are as many as the periods.
    """
    lines = _columns(text, lambda lines: _lies_across(lines, ground), "one, or the periods and their values")
    if isinstance(lines, NotRead):
        return lines
    given, lines = _without_header(lines, ground)
    if not lines:
        return NotRead("there is a header alone: copy the values beneath it too")
    if len(lines[0]) == 2:
        places = _named_periods(lines, ground)
    else:
        room = ground.time.periods
        start = first if len(lines) < room else 0
        if start + len(lines) > room:
            return NotRead(f"{len(lines)} values were pasted, and there is room for {room - start} from here on")
        places = list(range(start, start + len(lines)))
    return places if isinstance(places, NotRead) else _read(lines, places, given, ground)


def steps_of(text: str, first: int, steps: tuple[tuple[str, float | None], ...], ground: Ground) -> Steps | NotRead:
    """The dated steps that copied cells give, or why they give none; nothing is taken of bad cells.

    Months with their values are all of the steps; values alone are those of the steps from the position `first` on.
    """
    lines = _columns(text, _steps_lie_across, "the months and their values")
    if isinstance(lines, NotRead):
        return lines
    given, lines = _without_header_of_steps(lines, ground)
    if not lines:
        return NotRead("there is a header alone: copy the values beneath it too")
    if len(lines[0]) == 1:
        room = len(steps) - first
        if len(lines) > room:
            return NotRead(f"{len(lines)} values were pasted, and from here on there is room for {room}")
        lines = [[month, cell] for (month, _), [cell] in zip(steps[first:], lines, strict=False)]
        before, after = steps[:first], steps[first + len(lines) :]
    else:
        before = after = ()
    found, wrong = list[tuple[str, float | None]](), list[str]()
    for month, cell in lines:
        when = read_month(month, locale=QLocale())
        is_none = ground.field.gaps and cell.lower() in ("", NO_LIMIT)
        value = None if is_none else _number(cell, given, ground) if cell else NotRead("is empty; a number is needed")
        if isinstance(when, NotRead):
            wrong.append(when.text)
        elif isinstance(value, NotRead):
            wrong.append(f"{month}: {value.text}")
        else:
            found.append((when.value, value))
    return NotRead(_listed(wrong, "; ")) if wrong else Steps((*before, *found, *after))


def _columns(text: str, lies_across: Callable[[Lines], bool], what: str) -> Lines | NotRead:
    """Copied cells as one column or two, whichever way they lie."""
    lines = parsed(text, lambda cells: False)
    if isinstance(lines, NotRead):
        return lines
    if lies_across(lines):
        lines = transposed(lines)
    return NotRead(f"{len(lines[0])} columns were pasted: copy {what}") if len(lines[0]) > 2 else lines


def _steps_lie_across(lines: Lines) -> bool:
    return len(lines) <= 2 and (len(lines[0]) > 2 or (_is_month(lines[0][-1]) and not _is_month(lines[-1][0])))


def _is_month(text: str) -> bool:
    return not isinstance(read_month(text, locale=QLocale()), NotRead)


def _without_header_of_steps(lines: Lines, ground: Ground) -> tuple[str | None, Lines]:
    """As `_without_header`, of lines that begin with a month."""
    head = lines[0]
    if len(head) == 1:
        return _without_header(lines, ground)
    if _is_month(head[0]) or not head[1][:1].isalpha() or head[1].lower() == NO_LIMIT:
        return None, lines
    unit = split_header(head[1])[1]
    return unit or (head[1] if _is_unit(head[1], ground) else None), lines[1:]


def _lies_across(lines: Lines, ground: Ground) -> bool:
    """Whether the values stand side by side, perhaps under their periods."""
    periods = [period_named(cell, ground.time, QLocale()) is not None for cell in lines[0]]
    if len(lines) == 1:
        return len(periods) > 2 or (len(periods) == 2 and not periods[0])
    return len(lines) == 2 and (len(periods) > 2 or all(periods))


def _without_header(lines: Lines, ground: Ground) -> tuple[str | None, Lines]:
    """The unit that a header states, and the lines beneath it; the lines as they are where the first is no header.

    A first cell that is not a number may be a bad value as well: it is a header only where it names the field or a
    unit, or where there is one line more than the plan has periods.
    """
    head = lines[0][-1]
    if not head[:1].isalpha() or not isinstance(_number(head, None, ground), NotRead):
        return None, lines
    label, unit = split_header(head)
    for said in (unit, head):
        if said and _is_unit(said, ground):
            return said, lines[1:]
    named = {ground.field.label.lower(), ground.field.name}
    over_periods = len(lines[0]) == 2 and period_named(lines[0][0], ground.time, QLocale()) is None
    if label.lower() in named or over_periods or len(lines) == ground.time.periods + 1:
        return unit or None, lines[1:]
    return None, lines


def _is_unit(text: str, ground: Ground) -> bool:
    if text in (ground.unit, written_unit(ground.unit, ground.currency)):
        return True
    if ground.unit in PERCENT_UNITS:
        return text == "%"
    try:
        factor(text, ground.unit, ground.currency)
    except UnitRefused:
        return False
    return True


def _named_periods(lines: Lines, ground: Ground) -> list[int] | NotRead:
    places = [period_named(name, ground.time, QLocale()) for name, _ in lines]
    unknown = [name for (name, _), place in zip(lines, places, strict=True) if place is None]
    if unknown:
        return NotRead(f"{_listed(unknown)} names no period of the plan: copy the values alone, or with their periods")
    if len(set(places)) < len(places):
        return NotRead("a period is named twice")
    return [place for place in places if place is not None]


def _read(lines: Lines, places: list[int], given: str | None, ground: Ground) -> dict[int, float] | NotRead:
    found: dict[int, float] = {}
    wrong = []
    for line, place in zip(lines, places, strict=True):
        value = _number(line[-1], given, ground) if line[-1] else NotRead("is empty; a number is needed")
        why = value.text if isinstance(value, NotRead) else ground.field.refusal(value)
        if why or isinstance(value, NotRead):
            wrong.append(f"{ground.time.labels[place]}: {why}")
        else:
            found[place] = value
    return NotRead(_listed(wrong, "; ")) if wrong else found


def _number(text: str, given: str | None, ground: Ground) -> float | NotRead:
    said = ground.unit if given and given == written_unit(ground.unit, ground.currency) else given
    return read_number(text, ground.unit, QLocale(), ground.currency, said)


def _listed(texts: list[str], between: str = ", ") -> str:
    rest = len(texts) - MOST_TOLD
    return between.join(texts[:MOST_TOLD]) + (f"{between}and {rest} more" if rest > 0 else "")
