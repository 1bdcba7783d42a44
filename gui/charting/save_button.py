"""The button of a figure: copies it, or writes it as a picture, as a drawing or as values."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from gigaplan.engine.storage.atomic_replace import SaveError
from gigaplan.gui.charting.figure import Figure
from gigaplan.gui.files.done_notice import tell_done, tell_written
from gigaplan.gui.files.save_dialog import file_to_write
from gigaplan.gui.widgets.cards import IconButton

KINDS = (("Save picture…", "png"), ("Save drawing…", "svg"), ("Save figures…", "csv"))


class SaveButton(IconButton):
    """Three dots that open a menu; what it saves is asked for when it is saved."""

    failed = Signal(str)
    """Why a file could not be written; empty when one was."""

    def __init__(self, name: str, make: Callable[[], Figure | None], file_name: Callable[[], str]) -> None:
        super().__init__("ellipsis", f"{name}: copy or save")
        self._name, self._make, self._file_name = name, make, file_name
        self.kinds = QMenu(self)
        self.kinds.aboutToShow.connect(self._fill)
        self.clicked.connect(self.open_menu)

    def open_menu(self, at: QPoint | None = None) -> None:
        """Opens the menu below the button, or at a place of the screen."""
        self.kinds.popup(at if isinstance(at, QPoint) else self.mapToGlobal(QPoint(0, self.height())))

    def copy(self) -> None:
        """Puts the figure on the clipboard as an image."""
        figure = self._make()
        if figure is not None:
            QGuiApplication.clipboard().setImage(figure.image())
            tell_done(self, f"{self._name}: copied as a picture.")

    def _fill(self) -> None:
        self.kinds.clear()
        there = self._make() is not None
        self.kinds.addAction("Copy as picture", self.copy).setEnabled(there)
        for words, suffix in KINDS:
            action = self.kinds.addAction(words)
            action.setEnabled(there)
            action.triggered.connect(lambda _=False, s=suffix: self._ask_and_save(s))

    def _ask_and_save(self, suffix: str) -> None:
        figure = self._make()
        if figure is None:
            return
        forms = {f"{suffix.upper()} (*.{suffix})": f".{suffix}"}
        path = file_to_write(self, f"Save: {self._name}", self._file_name(), forms)
        if path is None:
            return
        try:
            figure.save(path)
        except SaveError as error:
            self.failed.emit(str(error))
        else:
            self.failed.emit("")
            tell_written(self, f"{self._name} was saved", path)
