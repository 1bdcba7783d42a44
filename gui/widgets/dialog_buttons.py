"""The foot of a dialog: what it does, its other choices, and the way out."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton

Button = QDialogButtonBox.StandardButton
Role = QDialogButtonBox.ButtonRole


class Foot(QDialogButtonBox):
    """One button that does what the dialog is for and answers Enter, others, and Cancel or Close."""

    def __init__(self, dialog: QDialog, does: str, run: Callable[[], object], out: Button = Button.Cancel) -> None:
        super().__init__(out)
        self.main = self.addButton(does, Role.AcceptRole)
        self.main.clicked.connect(lambda _=False: run())
        self.main.setDefault(True)
        self.rejected.connect(dialog.reject)

    def add(self, words: str, run: Callable[[], object]) -> QPushButton:
        """Another choice, which Enter does not take."""
        button = self.addButton(words, Role.ActionRole)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _=False: run())
        return button
