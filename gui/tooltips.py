"""Tooltips that wrap: Qt breaks the lines of rich text alone, and shows plain text as wide as it is."""

from __future__ import annotations

from html import escape


def wrapped(text: str) -> str:
    """Plain text of several lines as a tooltip; the first line is its heading."""
    first, *rest = escape(text).split("\n")
    return f"<qt><b>{first}</b>{''.join(f'<br>{line}' for line in rest)}</qt>"
