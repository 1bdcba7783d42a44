"""The menus of the plan map: of a card, a wire, the map, and what of it the window's menu bar and palette offer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QPoint, QPointF
from PySide6.QtWidgets import QMenu

from gigaplan.gui.views.canvas.camera import Camera
from gigaplan.gui.views.canvas.commands import Commands
from gigaplan.gui.views.canvas.edits import ALIGN, LEAST
from gigaplan.gui.views.canvas.folding import WAYS, is_line
from gigaplan.gui.views.canvas.minimap import Minimap
from gigaplan.gui.widgets.actions import Command, RowMenu, add_to, always, fill, row_commands
from gigaplan.gui.widgets.texts import literal

MNEMONICS = {"left": "l", "right": "r", "top": "p", "bottom": "o", "across": "a", "down": "d"}
"""The letter of each way of arranging that its menu is answered by."""
ZOOM_IN = ("Ctrl++", "Ctrl+=", "Ctrl+Shift++", "Ctrl+Shift+=")
"""On most keyboards the plus needs Shift."""


class MapMenus:
    """Declares the commands of one view, and makes its menus of them."""

    def __init__(self, camera: Camera, commands: Commands, minimap: Minimap) -> None:
        self._camera, self._commands, self._minimap = camera, commands, minimap
        self.more: RowMenu | None = None
        """Adds what the window offers for the figure of a card."""
        self.commands = {command.id: command for command in self._declared()}
        """By id."""

    def of_window(self) -> tuple[Command | None, ...]:
        """What the menu bar of the window offers of them, and so the palette: rows are in its menu Edit."""
        every = self.commands
        offered = (
            "map.find", "map.fit", "map.actual_size", "map.minimap", None, *(f"map.align_{way}" for way in ALIGN),
            "map.put_back", "map.tidy", None, "map.list_group", "map.open_group", "map.close_group", "map.open_all",
            "map.fold", None, "map.select_used", "map.select_connections",
        )  # fmt: skip
        return tuple(None if id is None else self._where_seen(every[id]) for id in offered)

    def of_ways(self) -> tuple[Command, ...]:
        """By what the rows of the map can be grouped, for a menu of the window."""
        return tuple(self._where_seen(self.commands[f"map.by_{way}"]) for way in WAYS)

    def _where_seen(self, command: Command) -> Command:
        """A command as the window offers it: while the map is in sight."""
        return replace(command, when=lambda: self._camera.isVisible() and command.when())

    def _declared(self) -> Iterator[Command]:
        camera, do = self._camera, self._commands

        chosen = camera.map_scene
        yield from row_commands(
            "map", do.rename, do.duplicate, do.delete, lambda: bool(do.selected or chosen.chosen_wires),
            lambda: len(do.selected) == 1,
        )  # fmt: skip
        yield Command("map.select_all", "Select &all", self._select_all, local=("Ctrl+A",))
        yield Command(
            "map.fit", "&Fit in the window", do.fit, local=("Ctrl+0",),
            tip="Shows the whole map; what has no room in a legible size folds.", synonyms="zoom to fit, zoom out",
        )  # fmt: skip
        yield Command(
            "map.actual_size", "&100 %", lambda: camera.zoom_to(1.0), local=("Ctrl+1",),
            tip="Shows the cards in their full size.", synonyms="zoom to actual size, zoom in",
        )  # fmt: skip
        yield Command("map.zoom_in", "Zoom &in", lambda: camera.zoom(1.2), local=ZOOM_IN)
        yield Command("map.zoom_out", "Zoom &out", lambda: camera.zoom(1 / 1.2), local=("Ctrl+-",))
        minimap = self._minimap
        yield Command(
            "map.minimap", "&Minimap of large plans",
            lambda on: None if on == minimap.is_wanted else minimap.toggle(), is_on=minimap.is_wanted,
        )  # fmt: skip
        yield from self._of_groups()
        for way, words in ALIGN.items():
            yield Command(
                f"map.align_{way}",
                words.replace(MNEMONICS[way], f"&{MNEMONICS[way]}", 1),
                partial(do.arrange, way),
                when=partial(do.may_arrange, way),
                tip=f"Of {LEAST[way]} selected cards or more.",
            )
        yield Command(
            "map.put_back", "&Back into the column", do.put_back, when=lambda: bool(do.placed & set(do.selected))
        )
        yield Command(
            "map.tidy", "&Tidy up", do.tidy, when=lambda: bool(do.placed),
            tip="Puts every card that was moved back into its column.",
        )  # fmt: skip
        yield Command(
            "map.select_used", "Select what it &uses", do.select_used, when=lambda: bool(do.used_by_selected())
        )
        yield Command(
            "map.select_connections", "Select its &connections", do.select_wires,
            when=lambda: bool(do.wires_of_selected()),
            tip="Selects the connections of the selected cards, so that Delete forbids them.",
        )  # fmt: skip

    def _of_groups(self) -> Iterator[Command]:
        do, scene = self._commands, self._camera.map_scene
        yield Command(
            "map.find", "Fi&nd on the map", self._camera.find_requested.emit, local=("Ctrl+F",),
            tip="Dims all but what is found, and brings it into sight.", synonyms="search, filter",
        )  # fmt: skip
        yield Command(
            "map.list_group", "List it, with w&hy not", lambda: do.list_line(do.line_of_selected),
            when=lambda: do.line_of_selected is not None, tip="Lists the rows that one line of the map stands for.",
            synonyms="not chosen, folded",
        )  # fmt: skip
        yield Command(
            "map.open_group", "Open its &group", do.open_groups, when=lambda: do.line_of_selected is not None,
            tip="Shows every row of the vendor, kind of work or jurisdiction.", synonyms="unfold, expand",
        )  # fmt: skip
        yield Command(
            "map.close_group", "Clo&se its group", do.close_groups, when=do.may_close,
            tip="Makes one line of a vendor, a kind of work or a jurisdiction.", synonyms="fold, collapse, group",
        )  # fmt: skip
        yield Command(
            "map.open_all", "Op&en all groups", do.open_all, when=lambda: bool(scene.columns.folds),
            tip="Shows every row, however long the columns get.", synonyms="unfold, expand all",
        )  # fmt: skip
        yield Command(
            "map.fold", "Fold &what has no room", do.fold,
            tip="Shows what weighs most, and one line for the rest of each group.", synonyms="collapse, fold unused",
        )  # fmt: skip
        for way, words in WAYS.items():
            yield Command(
                f"map.by_{way}", words, partial(do.group_by, way), name=f"Group the map by {way}",
                when=partial(lambda way: scene.folding.by != way, way), synonyms="fold, jurisdiction, sensitivity",
                tip="One line stands for those of a group that are not in sight.",
            )  # fmt: skip

    def _select_all(self) -> None:
        self._camera.document.select_rows(key for key in self._camera.map_scene.boxes if not is_line(key))

    def at(self, at: QPoint) -> QMenu:
        """The menu of what lies under a point of the viewport."""
        camera = self._camera
        key, wire = camera.card_at(at), camera.single_at(at)
        if key is not None and is_line(key):
            camera.document.select_rows(camera.map_scene.rows_of(key))
            return self._of_line()
        if key is not None:
            if key not in camera.document.selection.rows:
                camera.document.select(key[0], [key[1]])
            return self._of_cards()
        if wire is not None:
            if wire not in camera.map_scene.chosen_wires:
                camera.map_scene.choose_wires([wire])
            return self._of_wires()
        return self._of_map()

    def of_selection(self) -> tuple[QMenu, QPointF]:
        """The menu that the keyboard opens, and where in the scene."""
        camera, keys = self._camera, self._commands.selected
        wires = camera.map_scene.chosen_wires
        if wires:
            item = camera.map_scene.ribbons.get(wires[-1]) or camera.map_scene.dashes.get(wires[-1])
            return self._of_wires(), item.boundingRect().center() if item is not None else QPointF()
        if keys:
            return self._of_cards(), camera.map_scene.cards[keys[-1]].sceneBoundingRect().center()
        return self._of_map(), camera.mapToScene(camera.viewport().rect().center())

    def _of_cards(self) -> QMenu:
        menu, every, commands = QMenu(self._camera), self.commands, self._commands
        keys = commands.selected
        fill(menu, [every["map.rename"], every["map.duplicate"], every["map.delete"], None])
        used = every["map.select_used"]
        if keys and all(table == "sites" for table, _ in keys):
            used = replace(used, text="Select what i&s installed here")
        fill(menu, [used, every["map.select_connections"], None])
        align = menu.addMenu("Ali&gn")
        align.setToolTipsVisible(True)
        for way, text in ALIGN.items():
            action = add_to(align, every[f"map.align_{way}"])
            action.setToolTip(literal(commands.why_not_arrange(way) or text))
        align.setEnabled(len(keys) > 1)
        fill(menu, [every["map.put_back"], every["map.tidy"], None, every["map.close_group"]])
        if self.more is not None and len(keys) == 1:
            menu.addSeparator()
            self.more(menu, *keys[0])
        return menu

    def _of_line(self) -> QMenu:
        every = self.commands
        return fill(QMenu(self._camera), [every[f"map.{id}"] for id in ("list_group", "open_group", "close_group")])

    def _of_wires(self) -> QMenu:
        menu, wires = QMenu(self._camera), self._camera.map_scene.chosen_wires
        words = self._commands.forbid_words(wires).replace("&", "&&")
        add_to(menu, replace(self.commands["map.delete"], text=words, when=always))
        return menu

    def _of_map(self) -> QMenu:
        every = self.commands
        shown = replace(every["map.minimap"], is_on=self._minimap.is_wanted)
        return fill(QMenu(self._camera), [every["map.fit"], every["map.actual_size"], shown, None,
                                           every["map.open_all"], every["map.fold"], every["map.tidy"], None,
                                           *(replace(every[f"map.by_{way}"], text=f"Group by {way}")
                                             for way in WAYS)])  # fmt: skip
