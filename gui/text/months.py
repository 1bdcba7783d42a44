"""Reading a month as people type it, and as spreadsheets show it: 2027-08, Aug 2027, Q3 2027, 08/2027, Aug-27."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gigaplan.gui.text.quantities import LONGEST, NotRead

if TYPE_CHECKING:
    from PySide6.QtCore import QLocale

NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
EXPECTED = "a month is expected, for example 2027-08, Aug 2027 or Q3 2027"
FIRST_YEAR, LAST_YEAR = 1950, 2200


@dataclass(frozen=True)
class Month:
    """A month as plans write it, YYYY-MM, and how it was understood (empty where it was typed so)."""

    value: str
    text: str = ""


def read_month(text: str, *, locale: QLocale | None = None) -> Month | NotRead:
    """The month that `text` names. A quarter or a year is its first month. Names may be English or the locale's."""
    typed = " ".join(text.split())
    if not typed:
        return NotRead(f"is empty; {EXPECTED}")
    if len(typed) > LONGEST or any(c.isdigit() and not c.isascii() for c in typed) or not typed.isprintable():
        return NotRead(f"is not understood; {EXPECTED}")
    found = _year_and_month(" ".join(typed.lower().replace(",", " ").replace("–", "-").split()), locale)
    if found is None:
        return NotRead(f"{typed[:30]} is not understood; {EXPECTED}")
    if isinstance(found, str):
        return NotRead(f"{typed} {found}")
    year, month = found
    if not 1 <= month <= 12:
        return NotRead(f"{month} is not a month: months are 1 to 12")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return NotRead(f"the year {year} is not between {FIRST_YEAR} and {LAST_YEAR}")
    value = f"{year:04d}-{month:02d}"
    return Month(value, "" if typed == value else f"{typed} = {NAMES[month - 1]} {year}")


def _year_and_month(typed: str, locale: QLocale | None) -> tuple[int, int] | str | None:
    """What is typed, in small letters; in words, why it is not taken where it can be read in two ways."""
    if match := re.fullmatch(r"(\d{4})(?:[-/. ](\d{1,2}))?", typed):
        return int(match[1]), int(match[2] or 1)
    if match := re.fullmatch(r"(\d{1,2})[-/. ](\d{4})", typed):
        return int(match[2]), int(match[1])
    if match := re.fullmatch(r"(\d{4})[-/ ]?q([1-4])|q([1-4])[-/ ]?(\d{4})", typed):
        return int(match[1] or match[4]), 3 * int(match[2] or match[3]) - 2
    if match := re.fullmatch(r"q([1-4])[-/ ]?['’]?(\d\d)", typed):
        return 2000 + int(match[2]), 3 * int(match[1]) - 2
    return _by_name(typed, locale) or _of_a_day(typed) or _of_two_figures(typed)


def _by_name(typed: str, locale: QLocale | None) -> tuple[int, int] | str | None:
    word = r"([^\W\d]{3,})\.?"
    if match := re.fullmatch(rf"{word}[-/ ]?(\d{{4}})|(\d{{4}})[-/ ]?{word}", typed):
        month = _month_named(match[1] or match[4], locale)
        return (int(match[2] or match[3]), month) if month else None
    if match := re.fullmatch(rf"{word} ?[-/'’] ?['’]?(\d\d)", typed):
        month = _month_named(match[1], locale)
        return (2000 + int(match[2]), month) if month else None
    if match := re.fullmatch(rf"{word} ?(\d\d?)|(\d\d?)[-/ ]?{word}", typed):
        month, figures = _month_named(match[1] or match[4], locale), match[2] or match[3]
        return f"may be a day or a year; for the year write {NAMES[month - 1][:3]} 20{figures:0>2}" if month else None
    return None


def _of_a_day(typed: str) -> tuple[int, int] | str | None:
    """The month of a date with its day: of the first day, which is how spreadsheets hold a month."""
    if match := re.fullmatch(r"(\d{4})[-/.](\d\d?)[-/.](\d\d?)(?:[ t]00:00(?::00(?:\.0+)?)?)?", typed):
        if int(match[3]) == 1:
            return int(match[1]), int(match[2])
        return f"is a day, and a month is expected; write {match[1]}-{match[2]:0>2}"
    if re.fullmatch(r"\d\d?([-/.])\d\d?\1(\d\d|\d{4})", typed):
        return f"can be read in two ways; {EXPECTED}"
    return None


def _of_two_figures(typed: str) -> str | None:
    """Why a month and a year of two figures each are not taken."""
    return f"can be read in two ways; {EXPECTED}" if re.fullmatch(r"\d\d?[-/. ]\d\d?", typed) else None


def _month_named(word: str, locale: QLocale | None) -> int | None:
    """The month whose name begins with `word`, where there is exactly one."""
    names = [(k + 1, name.lower()) for k, name in enumerate(NAMES)]
    if locale is not None:
        names += [(k, locale.monthName(k).lower()) for k in range(1, 13)]
    found = {k for k, name in names if name.startswith(word)} or ({9} if word == "sept" else set())
    return found.pop() if len(found) == 1 else None
