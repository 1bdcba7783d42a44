"""Tooltips: Qt breaks the lines of rich text alone, and takes for rich whatever looks like it, names and notes too."""

from __future__ import annotations

from html import escape

from PySide6.QtGui import Qt


def wrapped(text: str) -> str:
    """Plain text of several lines as a tooltip; the first line is its heading."""
    first, *rest = escape(text).split("\n")
    return f"<qt><b>{first}</b>{''.join(f'<br>{line}' for line in rest)}</qt>"


def literal(text: str) -> str:
    """Plain text as a tooltip that says it as it stands: markup in a name loads no picture, and hides nothing."""
    return f"<qt>{escape(text).replace(chr(10), '<br>')}</qt>" if Qt.mightBeRichText(text) else text
