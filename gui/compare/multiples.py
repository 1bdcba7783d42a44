"""The card of small charts: a row of them per measure, one chart per scenario."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from engine.results import Result
from gui.compare.figures import Entry
from gui.compare.multiple_row import EDGE, MultipleRow, Panel
from gui.compare.pictures import KINDS
from gui.document import Document
from gui.frames import note, title
from gui.plots.picture import Picture


class Multiples(QFrame):
    """A card with a row of small charts per measure."""

    asked = Signal(object)
    """The figures (tuple of Asked) that a person wants explained."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.setAccessibleName("Charts on shared axes")
        self.said = note("error", visible=False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14 - EDGE, 10, 14 - EDGE, 12)
        layout.setSpacing(8)
        for label in (title("Charts on shared axes"), self.said):
            label.setContentsMargins(EDGE, 0, EDGE, 0)
            layout.addWidget(label)
        self.rows = [MultipleRow(kind, document) for kind in KINDS]
        for row in self.rows:
            row.save.failed.connect(self._say)
            row.asked.connect(self.asked)
            layout.addWidget(row)
        self._pictures: dict[tuple[int, int], tuple[Result, Picture]] = {}

    def _say(self, text: str) -> None:
        self.said.setText(text)
        self.said.setVisible(bool(text))

    def show_entries(self, entries: list[Entry]) -> None:
        """Draws these entries; a picture is made anew only for a new result."""
        kept = {}
        for k, kind in enumerate(KINDS):
            panels: list[Panel] = []
            for entry in entries:
                picture = None
                if entry.result is not None and entry.solved:
                    key = (k, id(entry.result))
                    held = self._pictures.get(key)
                    picture = held[1] if held is not None else kind.make(entry.result)
                    kept[key] = (entry.result, picture)
                panels.append((entry, picture))
            self.rows[k].show_panels(panels)
        self._pictures = kept
