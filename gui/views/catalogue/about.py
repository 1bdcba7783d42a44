"""Where the figures of the chosen entry are from, below the list: a hand on the keyboard sees no tooltips."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from gigaplan.gui.views.catalogue.entries import Entry
from gigaplan.gui.widgets.texts import Label, wrapped


class AboutEntry(QWidget):
    """Two lines: date and trust, and as much of the source as fits; the tooltip has all that is known."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = ""
        self.standing, self.source = Label(), Label()
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 2, 6, 2)
        column.setSpacing(0)
        for label in (self.standing, self.source):
            label.setProperty("role", "muted")
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            column.addWidget(label)
        self.hide()

    def show_entry(self, entry: Entry | None) -> None:
        """Tells of an entry; hides where none is chosen, or nothing is known of where it is from."""
        known = entry is not None and bool(entry.origin.source)
        self.setVisible(known)
        if known and entry is not None:
            self._source = entry.origin.source
            self.standing.setText(entry.origin.standing)
            self.standing.setVisible(bool(entry.origin.standing))
            self.setToolTip(wrapped(entry.tooltip))
            self._fit()

    def _fit(self) -> None:
        room = self.source.width()
        self.source.setText(self.source.fontMetrics().elidedText(self._source, Qt.TextElideMode.ElideRight, room))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
