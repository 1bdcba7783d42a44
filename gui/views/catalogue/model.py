"""The catalogue as a list model: one section at a time, narrowed by a search."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt

from gigaplan.gui.views.catalogue.adding import MIME_TYPE, to_mime
from gigaplan.gui.views.catalogue.entries import CHIPS, CURRENCY, Entry
from gigaplan.gui.widgets.texts import wrapped

ENTRY = Qt.ItemDataRole.UserRole
REFUSAL = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex


class CatalogueModel(QAbstractListModel):
    """The entries of a section that hold every word of the search."""

    def __init__(self) -> None:
        super().__init__()
        self._sections: dict[str, tuple[Entry, ...]] = {}
        self._section = CHIPS
        self._words: tuple[str, ...] = ()
        self._currency = CURRENCY
        self._shown: Sequence[Entry] = ()

    def set_sections(self, sections: dict[str, tuple[Entry, ...]]) -> None:
        """Takes up the catalogue."""
        self._sections = sections
        self._refill()

    def show(self, section: str, search: str) -> None:
        """Shows a section, narrowed to the entries that hold every word of `search`."""
        words = tuple(search.lower().split())
        if (section, words) != (self._section, self._words):
            self._section, self._words = section, words
            self._refill()

    def set_currency(self, currency: str) -> None:
        """Tells the currency of the plan: prices in another cannot be added."""
        if currency != self._currency:
            self._currency = currency
            if self._shown:
                self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))

    def matches(self) -> dict[str, int]:
        """How many entries of each section hold every word of the search."""
        return {section: len(self._matching(entries)) for section, entries in self._sections.items()}

    def entry(self, index: Index) -> Entry | None:
        """The entry at an index."""
        return self._shown[index.row()] if index.isValid() else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self.entry(index)
        if entry is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.name
        if role == ENTRY:
            return entry
        refusal = entry.refusal_in(self._currency)
        if role == REFUSAL:
            return refusal
        if role == Qt.ItemDataRole.ToolTipRole:
            return wrapped(f"{entry.tooltip}\nCannot be added: {refusal}." if refusal else entry.tooltip)
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return entry.tooltip
        if role == Qt.ItemDataRole.AccessibleTextRole:
            refused = f"cannot be added: {refusal}" if refusal else ""
            return ", ".join(filter(None, [entry.name, entry.aside, entry.detail, refused]))
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        entry = self.entry(index)
        if entry is None:
            return Qt.ItemFlag.NoItemFlags
        # What cannot be added is painted so and cannot be dragged, but the keyboard reaches it and hears why.
        base = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        return base if entry.refusal_in(self._currency) else base | Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        return [MIME_TYPE]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        entry = self.entry(indexes[0]) if indexes else None
        return to_mime(entry.kind, entry.id) if entry else QMimeData()

    def _matching(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Those that hold every word; last those whose name has one in its midst: GB200 where B200 is looked for."""
        if not self._words:
            return entries
        found = [e for e in entries if all(word in e.haystack for word in self._words)]
        inside = [re.compile(rf"\w{re.escape(word)}") for word in self._words if len(word) > 1]
        return sorted(found, key=lambda e: (e.refusal != "", any(i.search(e.name.lower()) for i in inside)))

    def _refill(self) -> None:
        self.beginResetModel()
        self._shown = self._matching(self._sections.get(self._section, ()))
        self.endResetModel()
