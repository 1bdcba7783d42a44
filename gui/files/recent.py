"""The files that were open last, remembered from start to start."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QSettings

KEY = "recent_files"
MOST = 10
_AS_URL = "file://"
"""What a file is remembered with whose name is no text, which the settings cannot hold: no path begins so."""


def paths() -> list[Path]:
    """The files, newest first, whether they are still there or not."""
    stored = QSettings().value(KEY, [])
    # The settings give a list of one back as a string, and an empty one as nothing.
    names = [stored] if isinstance(stored, str) else stored if isinstance(stored, list) else []
    return [_path(name) for name in names if isinstance(name, str) and name][:MOST]


def add(path: Path) -> None:
    """Puts a file first."""
    path = Path(path).absolute()
    _keep([path, *(other for other in paths() if other != path)])


def _keep(kept: list[Path]) -> None:
    QSettings().setValue(KEY, [_name(path) for path in kept[:MOST]])


def _name(path: Path) -> str:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return path.as_uri()
    return str(path)


def _path(name: str) -> Path:
    bare = name.removeprefix(_AS_URL)
    return Path(name if bare == name else os.fsdecode(unquote_to_bytes(bare)))
