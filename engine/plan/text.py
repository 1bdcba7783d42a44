"""Values in a person's words, for messages: short and printable, whatever the value holds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Form(NamedTuple):
    """How figures are written in sentences: the decimal sign, what parts thousands, and what is before a per cent."""

    point: str = "."
    group: str = ","
    space: str = " "


PLAIN = Form()
_form = PLAIN


def write_figures(form: Form) -> None:
    """From now on every sentence has its figures in this form: the window's, in place of the plain one."""
    global _form
    _form = form


def written(plain: str) -> str:
    """One number in its plain form, as 1,234.5, in the form of all sentences."""
    whole, point, part = plain.partition(".")
    return whole.replace(",", _form.group) + (_form.point if point else "") + part


def shown(value: Any, quote: bool = True) -> str:
    """A value as it can stand in a sentence: text cut short, in quotation marks; a number; else what it is."""
    if not isinstance(value, str):
        # type(), not isinstance: True is an int, and numbers of thousands of digits have no text.
        plain = type(value) in (int, float) and abs(value) < 1e300
        return f"{value:.15g}" if plain else kind_of(value)
    text = value if len(value) <= 40 else value[:39] + "\N{HORIZONTAL ELLIPSIS}"
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return f'"{text}"' if quote else text


def kind_of(value: Any) -> str:
    """What a value is: text ("abc"), a number (3), a list, an object, true, empty."""
    if value is None:
        return "empty (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"text ({shown(value)})"
    if isinstance(value, int | float):
        return f"a number ({shown(value)})" if type(value) in (int, float) and abs(value) < 1e300 else "a number"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, Mapping):
        return "an object"
    return f"a {type(value).__name__}"


def counted(count: int, noun: str) -> str:
    """A count with its noun: 1 value, 7 values."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(members: Iterable[Any], last: str = "or") -> str:
    """Several things in a sentence: a, b or c."""
    words = [str(m) for m in members]
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), words[-1] if words else ""]))


def rounded(value: float, digits: int = 4) -> str:
    """A value to so many figures as one says it: with thousands apart, and never as a power of ten."""
    return written(f"{float(f'{value:.{digits}g}'):,.10g}")


def percent(fraction: float, digits: int | None = None) -> str:
    """A fraction in words: rounded down to a tenth of a per cent, or to so many figures, but never up to all of it."""
    part = fraction * 100
    if digits is None:
        text = f"{math.floor(part * 10 + 1e-6) / 10:g}"
    else:
        text = f"{min(part, 99.9) if 99.9 < part < 100 - 1e-6 else part:.{digits}g}"
    return f"{written(text)}{_form.space}%"


def plain_figure(value: float | None) -> str:
    """A figure for a terminal: thousands apart from 1000 on, six digits below; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.6g}"
