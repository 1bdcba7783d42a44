"""The cards of the map as a list, for those who hear it: a screen reader finds them by name with their state.

Graphics items are unknown to assistive technology; the lines of a list are not. This list lies unseen under the map,
its lines where the cards are, and has the keyboard focus for the map.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QRegion
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from gigaplan.gui.document.document import Document, Selection
from gigaplan.gui.views.canvas.camera import Camera
from gigaplan.gui.views.canvas.card_text import spoken
from gigaplan.gui.views.canvas.picture import Key

Index = QModelIndex | QPersistentModelIndex
HOW = (
    "Arrow keys go from card to card, Shift adds to the selection. F2 renames, Delete deletes, Ctrl+D duplicates, "
    "Alt with an arrow moves the card."
)


class CardModel(QAbstractListModel):
    """A line for each card of a scene, in the order of the columns."""

    def __init__(self, camera: Camera) -> None:
        super().__init__(camera)
        self._scene = camera.map_scene
        self.keys: list[Key] = []
        self._place: dict[Key, int] = {}
        self._said: list[tuple[str, str]] = []
        self._scene.cards_changed.connect(self.refresh)
        self.refresh()

    def refresh(self, changed: Iterable[Key] = ()) -> None:
        """Takes up the cards of the scene, of which some say other things; tells only of lines that are different."""
        cards = self._scene.cards
        keys = [key for key in self._scene.boxes if key in cards]
        if keys != self.keys:
            self.beginResetModel()
            self.keys = keys
            self._place = {key: row for row, key in enumerate(keys)}
            self._said = [spoken(key[0], cards[key].text) for key in keys]
            self.endResetModel()
            return
        for key in changed:
            row, said = self._place[key], spoken(key[0], cards[key].text)
            if said != self._said[row]:
                self._said[row] = said
                self.dataChanged.emit(self.index(row), self.index(row))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.keys)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        name, state = self._said[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return name
        return state if role == Qt.ItemDataRole.AccessibleDescriptionRole else None

    def indexes(self, selection: Selection) -> list[QModelIndex]:
        """The lines of the selected rows, the last selected last."""
        return [self.index(self._place[key]) for key in selection.rows if key in self._place]


class CardList(QListView):
    """The list under the map; keys pass through it to the view, and its selection is the document's."""

    left = Signal()
    """The focus goes elsewhere."""

    def __init__(self, document: Document, camera: Camera, parent: QWidget) -> None:
        super().__init__(parent)
        self._document, self._camera = document, camera
        self._following = False
        self.setAccessibleName("Plan map")
        self.setAccessibleDescription(HOW)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setUniformItemSizes(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.cards = CardModel(camera)
        self.setModel(self.cards)
        self.cards.modelReset.connect(self._follow)
        self.selectionModel().selectionChanged.connect(self._chosen_here)
        document.selection_changed.connect(self._follow)
        camera.setFocusProxy(self)
        self._follow()

    def visualRect(self, index: Index) -> QRect:
        """Where the card of a line is."""
        card = self._camera.map_scene.cards.get(self.cards.keys[index.row()]) if index.isValid() else None
        return self._camera.mapFromScene(card.sceneBoundingRect()).boundingRect() if card is not None else QRect()

    def doItemsLayout(self) -> None:
        """The lines have no places of their own: Qt would work them out anew after each change of a line."""

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """Nothing is to be painted anew: the list is not seen. Qt would ask for the place of every card."""
        return QRegion()

    def indexAt(self, point: QPoint) -> QModelIndex:
        """The line of the card at a point."""
        key = self._camera.card_at(point)
        return self.cards.index(self.cards.keys.index(key)) if key in self.cards.keys else QModelIndex()

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        """Scrolls the map: the list itself never moves."""
        if index.isValid() and self.hasFocus():
            self._camera.reveal(self.cards.keys[index.row()])

    def _follow(self) -> None:
        """Selects here what is selected in the document."""
        if self._following:
            return
        self._following = True
        indexes = self.cards.indexes(self._document.selection)
        wanted = QItemSelection()
        for index in indexes:
            wanted.select(index, index)
        chosen = self.selectionModel()
        chosen.select(wanted, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        chosen.setCurrentIndex(indexes[-1] if indexes else QModelIndex(), QItemSelectionModel.SelectionFlag.NoUpdate)
        self._following = False

    def _chosen_here(self) -> None:
        """Selects in the document what assistive technology selected here."""
        if self._following:
            return
        self._document.select_rows(self.cards.keys[index.row()] for index in self.selectionModel().selectedIndexes())
        self._follow()

    # The view does with keys what it does with the mouse; the list only has the focus for it.

    def event(self, event: QEvent) -> bool:
        override = event.type() == QEvent.Type.ShortcutOverride
        return self._camera.event(event) if override else super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._camera.keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self._camera.keyReleaseEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._camera.contextMenuEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()
