"""The menus of the plan map: of a card, a wire, the map, and what of it the window's menu bar and palette offer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from gigaplan.gui.views.canvas.edits import ALIGN, LEAST
from gigaplan.gui.views.canvas.placing import LEAST_ZOOM
from gigaplan.gui.widgets.actions import Actions
from gigaplan.gui.widgets.texts import literal

if TYPE_CHECKING:
    from gigaplan.gui.views.canvas.view import MapView


MINIMAP = "Minimap of large plans"
MNEMONICS = {"left": "l", "right": "r", "top": "p", "bottom": "o", "across": "a", "down": "d"}
"""The letter of each way of arranging that its menu is answered by."""


class Menus:
    """Makes the menus of one view."""

    def __init__(self, view: MapView) -> None:
        self._view = view
        self._commands = view.commands

    def at(self, at: QPoint) -> QMenu:
        """The menu of what lies under a point of the viewport."""
        view = self._view
        key, wire = view.card_at(at), view.wire_at(at)
        if key is not None:
            if key not in view.document.selection.rows:
                view.document.select(key[0], [key[1]])
            return self._of_cards()
        if wire is not None:
            if wire not in view.map_scene.chosen_wires:
                view.map_scene.choose_wires([wire])
            return self._of_wires()
        return self._of_map()

    def of_selection(self) -> tuple[QMenu, QPointF]:
        """The menu that the keyboard opens, and where in the scene."""
        view, keys = self._view, self._commands.selected
        wires = view.map_scene.chosen_wires
        if wires:
            item = view.map_scene.ribbons.get(wires[-1]) or view.map_scene.dashes.get(wires[-1])
            return self._of_wires(), item.boundingRect().center() if item is not None else QPointF()
        if keys:
            return self._of_cards(), view.map_scene.cards[keys[-1]].sceneBoundingRect().center()
        return self._of_map(), view.mapToScene(view.viewport().rect().center())

    def fill(self, actions: Actions, menu: QMenu) -> None:
        """Offers the commands of the map in a menu of the window, and so in its palette."""
        view, commands = self._view, self._commands

        def seen(also: Callable[[], object] = lambda: True) -> Callable[[], bool]:
            return lambda: view.isVisible() and bool(also())

        tip = "Shows all cards, however small: Ctrl+0 on the map."
        actions.add(menu, "&Fit in the window", lambda: view.fit(LEAST_ZOOM), tip=tip, when=seen())
        tip = "Shows the cards in their full size: Ctrl+1 on the map."
        actions.add(menu, "&100 %", lambda: view.zoom_to(1.0), tip=tip, when=seen())
        shown = actions.add(menu, f"&{MINIMAP}", view.minimap.toggle)
        shown.setCheckable(True)
        shown.setChecked(view.minimap.is_wanted)
        view.minimap.wanted_changed.connect(shown.setChecked)
        menu.addSeparator()
        for way, words in ALIGN.items():
            can = seen(lambda way=way: not commands.why_not_arrange(way))
            text = words.replace(MNEMONICS[way], f"&{MNEMONICS[way]}", 1)
            tip = f"Of {LEAST[way]} selected cards or more."
            actions.add(menu, text, lambda way=way: commands.arrange(way), tip=tip, when=can)
        can = seen(lambda: commands.placed & set(commands.selected))
        actions.add(menu, "&Back into the column", commands.put_back, when=can)
        tip = "Puts every card that was moved back into its column."
        actions.add(menu, "&Tidy up", commands.tidy, tip=tip, when=seen(lambda: commands.placed))
        menu.addSeparator()
        actions.add(menu, "Select what it &uses", commands.select_used, when=seen(commands.used_by_selected))
        tip = "Chooses the connections of the selected cards, so that Delete forbids them."
        can = seen(commands.wires_of_selected)
        actions.add(menu, "Select its &connections", commands.select_wires, tip=tip, when=can)

    def _of_cards(self) -> QMenu:
        menu, commands = self._menu(), self._commands
        keys = commands.selected
        self._add(menu, "Rename", commands.rename, "F2", len(keys) == 1)
        self._add(menu, "Duplicate", commands.duplicate, "Ctrl+D")
        self._add(menu, "Delete", commands.delete, "Del")
        menu.addSeparator()
        words = (
            "Select what stands here" if keys and all(table == "sites" for table, _ in keys) else "Select what it uses"
        )
        self._add(menu, words, commands.select_used, enabled=bool(commands.used_by_selected()))
        self._add(menu, "Select its connections", commands.select_wires, enabled=bool(commands.wires_of_selected()))
        menu.addSeparator()
        align = menu.addMenu("Align")
        align.setToolTipsVisible(True)
        for way, text in ALIGN.items():
            why_not = commands.why_not_arrange(way)
            action = self._add(align, text, lambda way=way: commands.arrange(way), enabled=not why_not)
            action.setToolTip(literal(why_not or text))
        align.setEnabled(len(keys) > 1)
        self._add(menu, "Back into the column", commands.put_back, enabled=bool(commands.placed & set(keys)))
        self._add(menu, "Tidy up", commands.tidy, enabled=bool(commands.placed))
        return menu

    def _of_wires(self) -> QMenu:
        menu, wires = self._menu(), self._view.map_scene.chosen_wires
        self._add(menu, self._commands.forbid_words(wires), lambda: self._commands.forbid(wires), "Del")
        return menu

    def _of_map(self) -> QMenu:
        menu, view = self._menu(), self._view
        self._add(menu, "Fit in the window", lambda: view.fit(LEAST_ZOOM), "Ctrl+0")
        self._add(menu, "100 %", lambda: view.zoom_to(1.0), "Ctrl+1")
        shown = self._add(menu, MINIMAP, view.minimap.toggle)
        shown.setCheckable(True)
        shown.setChecked(view.minimap.is_wanted)
        menu.addSeparator()
        self._add(menu, "Tidy up", self._commands.tidy, enabled=bool(self._commands.placed))
        return menu

    def _menu(self) -> QMenu:
        return QMenu(self._view)

    def _add(self, menu: QMenu, text: str, call: object, keys: str = "", enabled: bool = True) -> QAction:
        action = menu.addAction(text.replace("&", "&&"))
        action.triggered.connect(lambda _=False: call())  # type: ignore[operator]
        action.setEnabled(enabled)
        if keys:
            action.setShortcut(keys)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        return action
