"""What can be done with the cards and wires of the plan map, by key or menu, each as one undo step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from engine.plan import find
from gui.canvas import edits
from gui.canvas.name_edit import NameEdit
from gui.canvas.picture import Key, Wire, neighbours
from gui.canvas.placing import LEAST_ZOOM, TABLES, Box
from gui.rows import delete_rows, duplicate_rows, rename_row

if TYPE_CHECKING:
    from gui.canvas.view import MapView

_NEXT = {"workloads": "offers", "offers": "sites", "sites": "offers"}


class Commands:
    """The commands of one view; they act on the document's selection, or on the chosen wire."""

    def __init__(self, view: MapView) -> None:
        self._view = view
        self._editor: NameEdit | None = None

    def _name(self, key: Key) -> str:
        row = find(self._view.document.plan, *key)
        return row.name if row is not None else key[1]

    def _selected(self) -> list[Key]:
        selection = self._view.document.selection
        return [(selection.table, id) for id in selection.ids if (selection.table, id) in self._view.map_scene.cards]

    # Wires

    def allow(self, wire: Wire) -> None:
        """Allows an offer at a site, or for a workload."""
        document = self._view.document
        document.apply(edits.allowed(document.plan, wire), f"Allow {self._wire_name(wire)}")

    def forbid(self, wire: Wire) -> None:
        """Forbids an offer at a site, or for a workload."""
        document = self._view.document
        self._view.map_scene.choose_wire(None)
        document.apply(edits.forbidden(document.plan, wire), self._forbid_words(wire))

    def _wire_name(self, wire: Wire) -> str:
        start, end = self._name(wire.start_key), self._name(wire.end_key)
        return f"{end} for {start}" if wire.kind == "use" else f"{start} at {end}"

    def _forbid_words(self, wire: Wire) -> str:
        return f"Do not use {self._wire_name(wire)}"

    # Cards

    def delete(self) -> None:
        """Deletes the selected rows; or forbids the chosen wire."""
        view, keys = self._view, self._selected()
        if view.map_scene.chosen_wire is not None:
            self.forbid(view.map_scene.chosen_wire)
        elif keys:
            delete_rows(view.document, keys[0][0], [id for _, id in keys])

    def duplicate(self) -> None:
        """Copies the selected rows, and selects the copies."""
        keys = self._selected()
        if keys:
            duplicate_rows(self._view.document, keys[0][0], [id for _, id in keys])

    def rename(self, key: Key | None = None) -> None:
        """Opens the name of a card for typing: of the last selected, where none is given."""
        keys = self._selected()
        key = key or (keys[-1] if keys else None)
        if key is None:
            return
        view = self._view
        view.reveal(key)
        card = view.map_scene.cards[key]
        where = view.mapFromScene(card.mapToScene(card.name_rect)).boundingRect()
        self._editor = NameEdit(self._name(key), where, view.viewport())
        self._editor.named.connect(lambda name: self._named(key, name))

    def _named(self, key: Key, name: str) -> None:
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)
        rename_row(self._view.document, *key, name)

    def keep_places(self, boxes: dict[Key, Box], merge: bool) -> None:
        """Keeps where cards are as one step; nudges of the same cards become one."""
        view = self._view
        places = {key: view.map_scene.frame.to_layout(box) for key, box in boxes.items()}
        text = "Move 1 card" if len(places) == 1 else f"Move {len(places)} cards"
        key = ("move cards", *sorted(places)) if merge else None
        view.document.apply(edits.placed(view.document.plan, places), text, key)

    def tidy(self) -> None:
        """Puts the selected cards, or all where none is selected, back into their columns."""
        document, keys = self._view.document, set(self._selected())
        document.apply(edits.unplaced(document.plan, keys or None), "Tidy the plan map")

    def select_used(self) -> None:
        """Selects what the selected rows use in the period shown: offers of workloads and sites, sites of offers."""
        keys = self._selected()
        if keys:
            table, flows = _NEXT[keys[0][0]], self._view.map_scene.flows
            found = [row for key in keys for row in neighbours(flows, key).get(table, ())]
            if found:
                self._view.document.select(table, dict.fromkeys(found))

    # Menus

    def menu_at(self, at: QPoint) -> QMenu | None:
        """The menu of what lies under a point of the viewport."""
        view = self._view
        key, wire = view.card_at(at), view.wire_at(at)
        if key is not None:
            selection = view.document.selection
            if selection.table != key[0] or key[1] not in selection.ids:
                view.document.select(key[0], [key[1]])
            return self._card_menu()
        if wire is not None:
            view.map_scene.choose_wire(wire)
            return self._wire_menu(wire)
        return self._map_menu()

    def menu_of_selection(self) -> tuple[QMenu | None, QPointF]:
        """The menu that the keyboard opens, and where in the scene."""
        view, keys = self._view, self._selected()
        if view.map_scene.chosen_wire is not None:
            item = view.map_scene.ribbons.get(view.map_scene.chosen_wire)
            where = item.boundingRect().center() if item is not None else QPointF()
            return self._wire_menu(view.map_scene.chosen_wire), where
        if keys:
            return self._card_menu(), view.map_scene.cards[keys[-1]].sceneBoundingRect().center()
        return self._map_menu(), view.mapToScene(view.viewport().rect().center())

    def _card_menu(self) -> QMenu:
        menu = QMenu(self._view)
        keys = self._selected()
        self._add(menu, "Rename", self.rename, "F2", len(keys) == 1)
        self._add(menu, "Duplicate", self.duplicate, "Ctrl+D")
        self._add(menu, "Delete", self.delete, "Del")
        menu.addSeparator()
        words = "Select what stands here" if keys and keys[0][0] == "sites" else "Select what it uses"
        flows = self._view.map_scene.flows
        uses = any(neighbours(flows, key).get(_NEXT[key[0]]) for key in keys)
        self._add(menu, words, self.select_used, enabled=uses)
        own = {(p.table, p.row) for p in self._view.document.plan.layout}
        self._add(menu, "Back into the column", self.tidy, enabled=any(key in own for key in keys))
        return menu

    def _wire_menu(self, wire: Wire) -> QMenu:
        menu = QMenu(self._view)
        self._add(menu, self._forbid_words(wire), lambda: self.forbid(wire), "Del")
        return menu

    def _map_menu(self) -> QMenu | None:
        menu = QMenu(self._view)
        self._add(menu, "Fit in the window", lambda: self._view.fit(LEAST_ZOOM), "Ctrl+0")
        self._add(menu, "100 %", lambda: self._view.zoom_to(1.0), "Ctrl+1")
        menu.addSeparator()
        placed = any(p.table in TABLES for p in self._view.document.plan.layout)
        self._add(menu, "Tidy the plan map", self.tidy, enabled=placed)
        return menu

    def _add(self, menu: QMenu, text: str, call: object, keys: str = "", enabled: bool = True) -> QAction:
        action = menu.addAction(text.replace("&", "&&"))
        action.triggered.connect(lambda _=False: call())  # type: ignore[operator]
        action.setEnabled(enabled)
        if keys:
            action.setShortcut(keys)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        return action
