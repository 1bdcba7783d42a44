"""The cluster of the person who is at work: its address stays with them, never with a plan."""

from __future__ import annotations

from PySide6.QtCore import QSettings

KEY = "cluster"


def address() -> str:
    """That of the scheduler on whose workers cases are done; empty for this computer alone."""
    return str(QSettings().value(KEY, ""))


def set_address(text: str) -> None:
    """Names the scheduler from now on, or none."""
    QSettings().setValue(KEY, text)
