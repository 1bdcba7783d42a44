"""Reading a cell: what a typed or pasted text means in a field, or why it means nothing there.

Nothing is evaluated, except that a number may be a sum such as =250*4.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from gigaplan.engine.exchange.csv import unguarded
from gigaplan.engine.plan.bounds import NUMERIC
from gigaplan.engine.plan.decode import decode_value, suggestion
from gigaplan.engine.plan.fields import Field, Growth, Steps, mapped
from gigaplan.gui.document.row_edits import refused
from gigaplan.gui.present.cell_text import Context, choice_word
from gigaplan.gui.text.clipboard import is_bare, read_number
from gigaplan.gui.text.months import Month, read_month
from gigaplan.gui.text.quantities import PERCENT_UNITS, NotRead, Relative, read_relative
from gigaplan.gui.text.text_lists import parts_of

if TYPE_CHECKING:
    from PySide6.QtCore import QLocale


# Months as the cells of spreadsheets show them: Jul-27, 2027-07-01, 7/1/2027.


def month_text(text: str, locale: QLocale | None) -> str:
    """A month as a spreadsheet shows it, in a form that `read_month` knows; any other text as it is.

    A date stands for its month if it is the first day of it, read in the locale's order of day and month.
    """
    if match := re.fullmatch(r"([^\W\d]{3,4})\.?[-'](\d\d)", text):
        return f"{match[1]} 20{match[2]}"
    if match := re.fullmatch(r"(\d{4}-\d\d)-01(?:[ T]00:00(?::00(?:\.0+)?)?)?", text):
        return match[1]
    if locale is not None and (match := re.fullmatch(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})", text)):
        form = locale.dateFormat(locale.FormatType.ShortFormat)
        first, second = int(match[1]), int(match[3])
        day, month = (first, second) if form.find("d") < form.find("M") else (second, first)
        if day == 1 and 1 <= month <= 12:
            return f"{match[4]}-{month:02d}"
    return text


YES = ("yes", "y", "true", "1", "x", "on")
NO = ("no", "n", "false", "0", "off")
_GROWTH = re.compile(r"(.+?)\s+([+\-\u2212]\s*[^+\-]*?)\s*(?:/|per |a )\s*y(?:ea)?r(?:\s+from\s+(.+))?", re.IGNORECASE)
_STEP = re.compile(r"([^:]+?)\s*:\s*(.+)")


def read_cell(field: Field, text: str, unit: str, context: Context, *, given_unit: str | None = None) -> Any:
    """The value that pasted or typed text means in a field of `unit`, or a Refusal.

    `given_unit` is the unit that a header states: bare numbers are in it. None where nothing is stated.
    """
    text = unguarded(text.strip())
    if not text:
        return _read_empty(field)
    value = _READERS.get(field.kind, _read_text)(field, text, unit, context, given_unit)
    if isinstance(value, NotRead):
        return value
    why = refused(field, value, context.plan)
    return NotRead(why) if why else value


def read_change(field: Field, text: str, unit: str, current: Any, context: Context) -> Any:
    """As `read_cell`, where +10% and *1.1 change the current value, and 60 is 60 % in a field of percentages."""
    if unit in PERCENT_UNITS and field.kind in NUMERIC and is_bare(text.strip()):
        text = f"{text.strip()} %"
    change = read_relative(text, unit, locale=context.locale) if field.kind in NUMERIC and text.strip() else None
    if change is None:
        return read_cell(field, text, unit, context)
    if isinstance(change, NotRead):
        return change
    if current is None:
        return NotRead("is empty: there is nothing to change")
    value = _changed(current, change)
    value = int(value) if field.kind == "integer" and value == int(value) else value
    why = refused(field, value, context.plan)
    return NotRead(why) if why else value


def _changed(current: Any, change: Relative) -> Any:
    return mapped(current, change.of)


def _read_empty(field: Field) -> Any:
    if field.optional:
        return None
    if not field.required and field.default in ("", ()):
        return field.default
    wanted = {"text": "a text", "identifier": "an id", "flag": "yes or no", "month": "a month"}
    number = "a number" if field.kind in NUMERIC else "a value"
    return NotRead(f"is empty; {wanted.get(field.kind, number)} is needed")


def _number(text: str, unit: str, context: Context, given: str | None) -> float | NotRead:
    return read_number(text, unit, context.locale, context.currency, given)


def _read_quantity(field: Field, text: str, unit: str, context: Context, given: str | None) -> Any:
    value = _number(text, unit, context, given)
    whole = field.kind == "integer" and not isinstance(value, NotRead) and value == int(value)
    return int(value) if whole else value  # type: ignore[arg-type]


def _read_series(field: Field, text: str, unit: str, context: Context, given: str | None) -> Any:
    if ":" in text:
        steps = [_read_step(part.strip(), unit, context, given) for part in text.removesuffix(";").split(";")]
        wrong = next((step for step in steps if isinstance(step, NotRead)), None)
        return wrong or Steps(tuple(steps))  # type: ignore[arg-type]
    if ";" in text:
        return _read_numbers(field, text, unit, context, given)
    if match := _GROWTH.fullmatch(text):
        start = _number(match[1], unit, context, given)
        growth = _number(match[2].replace(" ", ""), "fraction/year", context, None)
        since = _read_month(field, match[3], unit, context, None) if match[3] else None
        wrong = next((v for v in (start, growth, since) if isinstance(v, NotRead)), None)
        return wrong or Growth(start, growth, since)  # type: ignore[arg-type]
    return _number(text, unit, context, given)


def _read_step(text: str, unit: str, context: Context, given: str | None) -> tuple[str, float | None] | NotRead:
    """A month and what holds from it on: 2027-07: 5."""
    match = _STEP.fullmatch(text)
    if match is None:
        return NotRead(f"{text[:30]} is no step; one is written 2027-07: 5")
    month = read_month(month_text(match[1], context.locale), locale=context.locale)
    value = None if match[2].lower() == "none" else _number(match[2], unit, context, given)
    if isinstance(month, NotRead):
        return month
    return value if isinstance(value, NotRead) else (month.value, value)


def _read_numbers(field: Field, text: str, unit: str, context: Context, given: str | None) -> Any:
    """Several numbers with semicolons between them."""
    values = [_number(part.strip(), unit, context, given) for part in text.removesuffix(";").split(";")]
    wrong = next((v for v in values if isinstance(v, NotRead)), None)
    return wrong or tuple(values)


def _read_flag(field: Field, text: str, *_: object) -> Any:
    low = text.lower()
    return True if low in YES else False if low in NO else NotRead(f"{text[:20]} is neither yes nor no")


def _read_choice(field: Field, text: str, *_: object) -> Any:
    same = {re.sub(r"[\s_-]", "", c.lower()): c for c in field.choices}
    found = same.get(re.sub(r"[\s_-]", "", text.lower()))
    return found or NotRead(f"{text[:30]} is none of: {', '.join(map(choice_word, field.choices))}")


def _read_month(field: Field, text: str, unit: str, context: Context, given: str | None) -> Any:
    found = read_month(month_text(text, context.locale), locale=context.locale)
    return found.value if isinstance(found, Month) else found


def _read_reference(field: Field, text: str, unit: str, context: Context, given: str | None) -> Any:
    return _named(field.refers, text, context)


def _named(table: str, text: str, context: Context) -> str | NotRead:
    """The id of the row that a text names, by its id or its name."""
    names = context.names(table)
    if text in names:
        return text
    low = text.lower()
    found = [id for id, name in names.items() if name.strip().lower() == low]
    if len(found) == 1:
        return found[0]
    noun = table.removesuffix("s")
    if found:
        return NotRead(f"{len(found)} {table} are called {text[:40]}; give the id")
    return NotRead(f"no {noun} is called {text[:40]}. {suggestion(text, list(names.values()))}".strip())


def _read_references(field: Field, text: str, unit: str, context: Context, given: str | None) -> Any:
    if text in field.choices or ("*" in field.choices and text.lower() == choice_word("*")):
        return field.choices[0] if text not in field.choices else text
    if text.lower() == "none":
        return ()
    whole = _named(field.refers, text, context)
    if not isinstance(whole, NotRead):
        return (whole,)
    parts = [part.strip() for part in re.split(r"[;,]" if ";" not in text else ";", text) if part.strip()]
    found = [_named(field.refers, part, context) for part in parts]
    wrong = next((f for f in found if isinstance(f, NotRead)), None)
    return wrong or tuple(dict.fromkeys(found))


def _read_texts(field: Field, text: str, *_: object) -> Any:
    return parts_of(text)


def _read_nested(field: Field, text: str, unit: str, context: Context, given: str | None) -> Any:
    try:
        obj = msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return NotRead("holds rows of its own: copy it from another row, or edit it in the inspector")
    value, problems = decode_value(field, obj, "", periods=context.plan.settings.periods)
    return NotRead(f"{problems[0].path} {problems[0].text}".strip()) if problems else value


def _read_text(field: Field, text: str, *_: object) -> Any:
    if field.name == "name":  # a cell of a spreadsheet may have several lines; cards and lists have one
        text = re.sub(r"\s*[\r\n]\s*", " ", text)
    value, problems = decode_value(field, text, "")
    return NotRead(problems[0].text) if problems else value


_READERS: dict[str, Any] = {
    "number": _read_quantity,
    "integer": _read_quantity,
    "series": _read_series,
    "flag": _read_flag,
    "choice": _read_choice,
    "month": _read_month,
    "reference": _read_reference,
    "references": _read_references,
    "texts": _read_texts,
    "numbers": _read_numbers,
    "row": _read_nested,
    "rows": _read_nested,
}
