"""One cell of a table: how the value of a field is shown, copied and edited.

What is copied holds every digit and reads back as the same value.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from gigaplan.engine.exchange.csv import guarded, unguarded
from gigaplan.engine.plan.annotations import Place, place_of
from gigaplan.engine.plan.fields import Field, Growth, Steps, fields
from gigaplan.engine.plan.plan import Plan, Rows
from gigaplan.engine.plan.schema import Annotation
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.text.clipboard import number_text
from gigaplan.gui.text.quantities import show, with_unit
from gigaplan.gui.text.text_lists import text_of

if TYPE_CHECKING:
    from PySide6.QtCore import QLocale

WORDS = {"pretraining": "pre-training", "post_training": "post-training", "*": "everywhere"}
"""Choices that read better in other words."""
NESTED = ("row", "rows")
LOCKED = "is locked: right click it to unlock it"


@dataclass(frozen=True)
class Context:
    """What cells are shown and read with: the plan, whose rows they may name, and the person's locale."""

    plan: Plan
    locale: QLocale | None = None

    @property
    def currency(self) -> str:
        """The currency of the plan."""
        return self.plan.settings.currency

    def annotation(self, table: str, row: str, field: str) -> Annotation | None:
        """What is said of a field beside its value."""
        annotations = self.plan.annotations
        return _annotations(Rows(annotations)).get((table, row, field)) if annotations else None

    def locked(self, table: str, row: str, field: str) -> str:
        """Why a locked field is not edited; empty for any other."""
        annotation = self.annotation(table, row, field)
        return LOCKED if annotation is not None and annotation.locked else ""

    def names(self, table: str) -> dict[str, str]:
        """Ids and names of the rows that a field may refer to."""
        return _names(getattr(self.plan, table))

    def spoken(self, table: str) -> dict[str, str]:
        """How each row is copied: by its name where that names one row alone, else by its id."""
        return _spoken(getattr(self.plan, table))


@functools.lru_cache(maxsize=16)
def _names_of(rows: Rows) -> dict[str, str]:
    return {row.id: row_name(row) for row in rows.rows}


@functools.lru_cache(maxsize=16)
def _spoken_of(rows: Rows) -> dict[str, str]:
    names = _names_of(rows)
    folded = [name.strip().lower() for name in names.values()]
    counts: dict[str, int] = {}
    for name in folded:
        counts[name] = counts.get(name, 0) + 1
    taken = {*names, "none", choice_word("*")}
    spoken = {}
    for (id, name), low in zip(names.items(), folded, strict=True):
        clear = counts[low] == 1 and low not in taken and low == name.lower() and not re.search(r"[;,\t\n]", name)
        spoken[id] = name if clear else id
    return spoken


@functools.lru_cache(maxsize=4)
def _annotations(rows: Rows) -> dict[Place, Annotation]:
    return {place_of(annotation): annotation for annotation in rows.rows}


def _names(rows: tuple[Any, ...]) -> dict[str, str]:
    return _names_of(Rows(rows))


def _spoken(rows: tuple[Any, ...]) -> dict[str, str]:
    return _spoken_of(Rows(rows))


def empty_word(field: Field) -> str:
    """What an empty cell means: no limit."""
    return "default" if field.kind == "flag" else placeholder(field)


def placeholder(field: Field) -> str:
    """What an empty field means: no limit."""
    return field.empty or ("none" if field.optional else "")


def choice_word(value: str) -> str:
    """A choice as people read it."""
    return WORDS.get(value, value.replace("_", " "))


def displayed(field: Field, value: Any, unit: str, context: Context, full_unit: bool = False) -> str:
    """The value as a cell shows it; a quantity with its unit where the column has several."""
    if value is None:
        return empty_word(field)
    if field.kind in ("number", "integer"):
        return _quantity(value, unit, context, full_unit)
    if field.kind == "series":
        if isinstance(value, Growth):
            sign = "" if value.annual_growth < 0 else "+"
            growth = f"{sign}{show(value.annual_growth, 'fraction', context.locale)}/year"
            since = f" from {value.from_}" if value.from_ else ""
            return f"{_quantity(value.start, unit, context, full_unit)} {growth}{since}"
        if isinstance(value, Steps):
            return _by_steps(value, unit, context, full_unit)
        if isinstance(value, tuple):
            if not value:
                return ""
            low = show(min(value), unit, context.locale)
            high = _quantity(max(value), unit, context, full_unit)
            return f"{low} to {high} by period" if min(value) < max(value) else f"{high} by period"
        return _quantity(value, unit, context, full_unit)
    if field.kind == "flag":
        return "yes" if value else "no"
    if field.kind == "choice":
        return choice_word(value)
    if field.kind == "reference":
        return context.names(field.refers).get(value, f"{value} (missing)")
    if field.kind == "references":
        if isinstance(value, str):
            return choice_word(value)
        names = context.names(field.refers)
        return ", ".join(names.get(i, f"{i} (missing)") for i in value) or "none"
    if field.kind == "texts":
        return text_of(value)
    if field.kind == "numbers":
        return "; ".join(show(v, unit, context.locale) for v in value)
    if field.kind in NESTED:
        return _summary(field, value, context)
    return str(value)


def _by_steps(series: Steps, unit: str, context: Context, full_unit: bool) -> str:
    """Dated steps in short: 5, 9 from 2027-01."""
    texts = ["none" if v is None else _quantity(v, unit, context, full_unit) for _, v in series.steps]
    dated = [f"{text} from {month}" for text, (month, _) in zip(texts[1:], series.steps[1:], strict=True)]
    return ", ".join([*texts[:1], *dated])


def _quantity(value: float, unit: str, context: Context, full_unit: bool) -> str:
    return with_unit(value, unit, context.locale, context.currency) if full_unit else show(value, unit, context.locale)


def _summary(field: Field, value: Any, context: Context) -> str:
    first = fields(field.row_type)[0]
    if field.kind == "row":
        shown = getattr(value, first.name)
        return with_unit(shown, first.unit_in(value), context.locale) if first.kind == "number" else str(shown)
    return ", ".join(displayed(first, getattr(row, first.name), "", context) for row in value) or "none"


def copied(field: Field, value: Any, context: Context) -> str:
    """The value as it is copied: plain numbers with every digit and the locale's decimal sign, empty for None.

    Text that a spreadsheet would take for a formula stands behind an apostrophe, which pasting takes off.
    """
    if value is None:
        return ""
    if field.kind in ("number", "integer", "series"):
        if isinstance(value, Growth):
            percent = number_text(float(Decimal(repr(value.annual_growth)) * 100), context.locale)
            start = number_text(value.start, context.locale)
            since = f" from {value.from_}" if value.from_ else ""
            return guarded(f"{start} {'' if percent[0] == '-' else '+'}{percent}%/year{since}")
        if isinstance(value, Steps):
            return "; ".join(
                f"{month}: {'none' if v is None else number_text(v, context.locale)}" for month, v in value.steps
            )
        if isinstance(value, tuple):
            several = "; ".join(number_text(v, context.locale) for v in value)
            return guarded(several) if len(value) > 1 else several
        return number_text(value, context.locale)
    if field.kind == "flag":
        return "yes" if value else "no"
    if field.kind == "choice":
        return str(value)
    if field.kind == "reference":
        return guarded(context.spoken(field.refers).get(value, value))
    if field.kind == "references":
        spoken = context.spoken(field.refers)
        return value if isinstance(value, str) else guarded("; ".join(spoken.get(i, i) for i in value))
    if field.kind == "texts":
        return guarded(text_of(value))
    if field.kind == "numbers":
        return "; ".join(number_text(v, context.locale) for v in value) + (";" if len(value) == 1 else "")
    if field.kind in NESTED:
        return guarded(json.dumps(msgspec.to_builtins(value), ensure_ascii=False))
    return guarded(str(value))


def typed(field: Field, value: Any, unit: str, context: Context) -> str:
    """The value as it stands in the cell while it is edited; reading it back gives the same value."""
    if field.kind in ("number", "integer") or (field.kind == "series" and isinstance(value, float | int)):
        return show(value, unit, context.locale)
    return unguarded(copied(field, value, context))
