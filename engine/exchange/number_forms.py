"""Which sign is the decimal one in numbers that are text: told by the whole column, never by one cell."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NUMBERS = re.compile(r"[-+\u2212]?(?=[\d.,])[\d.,]+")
_NUMERIC = re.compile(r"[-+\u2212\d.,;%\s/]+(?:year)?")
_TWO_WAYS = re.compile(r"[-+\u2212]?[1-9]\d{0,2}([.,])\d{3}")
_FORMS = {
    ".": re.compile(r"[-+]?(?:\d+|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d*)?(?:[eE][-+]?\d+)?"),
    ",": re.compile(r"[-+]?(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+)(?:,\d*)?(?:[eE][-+]?\d+)?"),
}
"""Numbers with a decimal point, and with a decimal comma; the other sign parts thousands."""


def signs(text: str) -> list[str]:
    """The decimal signs that the numbers of a text show without doubt: 1,5 and 1.234,5 but not 1,234."""
    if not _NUMERIC.fullmatch(text):
        return []
    found = []
    for number in _NUMBERS.findall(text):
        there = [c for c in number if c in ".,"]
        if not there or _TWO_WAYS.fullmatch(number):
            continue
        if there.count(there[-1]) == 1:
            found.append(there[-1])
        elif len(set(there)) == 1:  # 1.234.567
            found.append("," if there[0] == "." else ".")
    return found


def has_two_readings(text: str) -> bool:
    """Whether a number may have a part of three digits or thousands: 1.200, 1,200."""
    return _TWO_WAYS.fullmatch(text.strip()) is not None


def readings(text: str) -> str:
    """What such a number can mean, in words: 1.2 or 1200."""
    whole, part = re.split(r"[.,]", text.strip())
    return f"{whole}.{part.rstrip('0')}".rstrip(".") + f" or {whole}{part}"


def decimal_sign(texts: Iterable[str], separator: str = "") -> str:
    """The decimal sign of a column: as its numbers show; a file that parts cells with commas has points. Empty where
    nothing tells, or where they contradict each other."""
    found = {sign for text in texts for sign in signs(text)}
    if separator == "," and found <= {"."}:
        return "."
    return found.pop() if len(found) == 1 else ""


def plain(text: str, sign: str) -> str | None:
    """A number without thousands and with a decimal point, a percentage as a fraction; None where it is no number."""
    text = text.strip().replace("\u2212", "-")
    is_percent = text.endswith("%")
    text = text.removesuffix("%").strip()
    if not _FORMS[sign].fullmatch(text):
        return None
    other = "," if sign == "." else "."
    text = text.replace(other, "").replace(sign, ".")
    return repr(float(f"{float(text) / 100:.15g}")) if is_percent else text
