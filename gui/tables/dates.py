"""Months as the cells of spreadsheets show them: Jul-27, 2027-07-01, 7/1/2027."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtCore import QLocale


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
