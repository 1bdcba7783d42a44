"""Files that are dropped on the window: which they are, and which of several is opened."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtWidgets import QMessageBox, QWidget

from gigaplan.gui.files.file_actions import ENDING, Files
from gigaplan.gui.files.save_dialog import in_words
from gigaplan.gui.widgets.texts import message


def dropped_files(data: QMimeData) -> list[Path]:
    """The files that are dragged, plans first, each once."""
    paths = dict.fromkeys(_path(url) for url in data.urls() if url.isLocalFile())
    return sorted(paths, key=lambda path: path.suffix.lower() not in (ENDING, ".json"))


def _path(url: QUrl) -> Path:
    if sys.platform == "win32":
        return Path(url.toLocalFile())
    # A name need not be text: Qt would put a question mark for each byte that is none.
    return Path(os.fsdecode(unquote_to_bytes(url.path(QUrl.ComponentFormattingOption.FullyEncoded))))


def open_dropped(files: Files, window: QWidget, paths: list[Path]) -> bool:
    """Opens what was dropped; of several files the first, if the person wants that. Says whether it was done."""
    first, *others = paths
    return (not others or _takes_one(window, first, len(paths))) and files.open_path(first)


def _takes_one(window: QWidget, first: Path, count: int) -> bool:
    """Whether one of several files is to be opened, and none of the others."""
    box = message(
        window,
        QMessageBox.Icon.Question,
        f"{count} files were dropped, and a window shows one plan.",
        "Start Gigaplan again for each of the others, and drop it there.",
    )
    one = box.addButton(f"Open “{in_words(first).replace('&', '&&')}”", QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(one)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.exec()
    return box.clickedButton() is one
