"""Which file to write: a name that any disk takes, with its ending, and none replaced that nobody asked about."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from gigaplan.engine.plan.text import shown
from gigaplan.gui.widgets.texts import message

LOST = "Its contents would be lost."


def home() -> str:
    """The person's folder. Unlike Path.home() it does not fail where nobody says what that is."""
    return os.path.expanduser("~")


def as_file_name(name: str) -> str:
    """What a plan is called, as any disk takes it for the name of a file."""
    name = re.sub(r'[\x00-\x1f<>:"/\\|?*]+', "-", name)[:100]
    return name.strip(" .") or "Untitled"


def in_words(path: Path) -> str:
    """The name of a file as it can stand in a sentence, whatever is in it."""
    return shown(path.name, quote=False)


def file_to_write(
    window: QWidget, title: str, name: str, forms: Mapping[str, str], folder: str = "", loss: str = LOST
) -> Path | None:
    """Asks for a file: `name` is proposed, `forms` are the forms there are, each with its ending, the first by default.

    None where nothing was chosen, or nothing is to be replaced.
    """
    start = f"{as_file_name(name)}{next(iter(forms.values()))}"
    text, form = QFileDialog.getSaveFileName(
        window, title, str(Path(folder) / start) if folder else start, ";;".join(forms)
    )
    if not text:
        return None
    path = Path(text)
    if path.suffix.lower() in forms.values():
        return path
    # Of this one the dialog did not ask whether it may be replaced.
    path = path.with_name(path.name + forms.get(form, next(iter(forms.values()))))
    return path if not os.path.lexists(path) or _may_replace(window, path, loss) else None


def _may_replace(window: QWidget, path: Path, loss: str) -> bool:
    box = message(window, QMessageBox.Icon.Question, f"“{in_words(path)}” exists already.", loss)
    replace = box.addButton("Replace", QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.exec()
    return box.clickedButton() is replace
