"""What any view tells the window that it has done: where a file was written, what was copied."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget

KIND = QEvent.Type(QEvent.registerEventType())


class Done(QEvent):
    """Something is done; the window says so in a quiet line, with the file where there is one."""

    def __init__(self, text: str, path: Path | None) -> None:
        super().__init__(KIND)
        self.text, self.path = text, path


def tell_done(widget: QWidget, text: str, path: Path | None = None) -> None:
    """Has the window of a widget say that something is done; with a file, how to open it or its folder."""
    QApplication.sendEvent(widget.window(), Done(text, path))


def tell_written(widget: QWidget, what: str, path: Path) -> None:
    """Has the window of a widget say where something was written."""
    folder = path.absolute().parent
    tell_done(widget, f"{what} to {path.name} in {folder.name or folder}.", path)
