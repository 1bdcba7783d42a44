"""A list of texts in one line, with commas or semicolons between, and back: what is written reads as the same list."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

_QUOTED = r'"(?:[^"]|"")*"'
_WHOLE = re.compile(rf"(?:\A|(?<=[;,]))\s*{_QUOTED}\s*(?=[;,]|\Z)")
"""A text in quotes. A quote within a text, as in 15" rack, begins nothing."""


def text_of(parts: Iterable[str]) -> str:
    """The texts with semicolons between; in quotes those that would not come back without: "Washington; DC"."""
    return "; ".join(map(_written, parts))


def _written(part: str) -> str:
    is_plain = part and part == " ".join(part.split()) and not re.search(r'[,;"]|\A\[', part)
    return part if is_plain else '"' + part.replace('"', '""') + '"'


def parts_of(text: str) -> tuple[str, ...]:
    """The texts between semicolons, or between commas where there are none; in quotes as they stand, none twice.

    Also what stands in a workbook: ["a", "b"].
    """
    text = text.strip()
    if text.startswith("["):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list) and all(isinstance(part, str) for part in found):
            return tuple(dict.fromkeys(found))
    sign = ";" if ";" in _WHOLE.sub("", text) else ","
    whole = re.finditer(rf"\s*({_QUOTED})\s*(?={sign}|\Z)|([^{sign}]+)", text)
    parts = (match[1][1:-1].replace('""', '"') if match[1] else " ".join(match[2].split()) for match in whole)
    return tuple(dict.fromkeys(filter(None, parts)))
