"""What can be done with the cards and wires of the plan map, by key or menu, each as one undo step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QPoint, Qt

from gigaplan.engine.plan.plan import find
from gigaplan.gui.document.plan_views import keep_view, view_of
from gigaplan.gui.document.row_edits import delete_rows, duplicate_rows, rename_row
from gigaplan.gui.views.canvas import edits
from gigaplan.gui.views.canvas.camera import Camera
from gigaplan.gui.views.canvas.edits import ALIGN, LEAST, arranged, overlaps
from gigaplan.gui.views.canvas.folding import WAYS, Folding, group_of
from gigaplan.gui.views.canvas.name_edit import NameEdit
from gigaplan.gui.views.canvas.picture import Key, Wire, neighbours
from gigaplan.gui.views.canvas.placing import LEAST_ZOOM, TABLES, Box
from gigaplan.gui.widgets.row_list import RowList

_NEXT = {
    "workloads": ("offers", "services"), "offers": ("sites",), "services": ("workloads",), "sites": ("offers",),
}  # fmt: skip
ON_EACH_OTHER = "These cards would overlap"


class Commands:
    """The commands of one view; they act on the document's selection, or on the chosen wires."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._editor: NameEdit | None = None

    def _name(self, key: Key) -> str:
        row = find(self._camera.document.plan, *key)
        return row.name if row is not None else key[1]

    @property
    def selected(self) -> list[Key]:
        """The cards that are selected, in the order in which they were."""
        cards = self._camera.map_scene.cards
        return [key for key in self._camera.document.selection.rows if key in cards]

    # Wires

    def allow(self, wire: Wire) -> None:
        """Allows an offer at a site, or it or a service for a workload."""
        document = self._camera.document
        document.apply(edits.allowed(document.plan, wire), f"Allow {self.wire_name(wire)}")

    def choose_wire(self, wire: Wire, adds: bool) -> None:
        """Chooses a wire alone, or, where `adds`, beside the others; what is chosen already, no longer."""
        scene = self._camera.map_scene
        others = tuple(w for w in scene.chosen_wires if w != wire)
        was_chosen = wire in scene.chosen_wires
        if adds:
            scene.choose_wires(others if was_chosen else (*others, wire))
        else:
            scene.choose_wires(() if was_chosen and not others else (wire,))

    def forbid(self, wires: Sequence[Wire]) -> None:
        """Forbids offers at sites, or for workloads, as one step."""
        document = self._camera.document
        plan = document.plan
        self._camera.map_scene.choose_wires()
        for wire in wires:
            plan = edits.forbidden(plan, wire)
        document.apply(plan, self.forbid_words(wires))

    def wire_name(self, wire: Wire) -> str:
        """What a wire is called: an offer at a site, or for a workload."""
        start, end = self._name(wire.start_key), self._name(wire.end_key)
        return f"{start} at {end}" if wire.kind == "stand" else f"{end} for {start}"

    def forbid_words(self, wires: Sequence[Wire]) -> str:
        """What forbidding some wires is called."""
        return f"Do not use {self.wire_name(wires[0])}" if len(wires) == 1 else f"Forbid {len(wires)} connections"

    def wires_of_selected(self) -> list[Wire]:
        """What flows at the selected cards, and what is shown there as allowed."""
        scene, keys = self._camera.map_scene, set(self.selected)
        shown = [*scene.flows, *scene.dashes]
        return [wire for wire in shown if wire.start_key in keys or wire.end_key in keys]

    def select_wires(self) -> None:
        """Chooses the wires of the selected cards, so that Delete forbids them."""
        self._camera.map_scene.choose_wires(self.wires_of_selected())

    # Cards

    def delete(self) -> None:
        """Deletes the selected rows; or forbids the chosen wires."""
        camera, keys = self._camera, self.selected
        if camera.map_scene.chosen_wires:
            self.forbid(camera.map_scene.chosen_wires)
        elif keys:
            delete_rows(camera.document, keys)

    def duplicate(self) -> None:
        """Copies the selected rows, and selects the copies."""
        keys = self.selected
        if keys:
            duplicate_rows(self._camera.document, keys)

    def rename(self, key: Key | None = None) -> None:
        """Opens the name of a card for typing: of the last selected, where none is given."""
        keys = self.selected
        key = key or (keys[-1] if keys else None)
        if key is None:
            return
        camera = self._camera
        camera.reveal(key)
        card = camera.map_scene.cards[key]
        where = camera.mapFromScene(card.mapToScene(card.name_rect)).boundingRect()
        self._editor = NameEdit(self._name(key), where, camera.viewport())
        self._editor.named.connect(lambda name: self._named(key, name))
        document = self._camera.document
        self._editor.textEdited.connect(lambda name: document.type(lambda: rename_row(document, *key, name.strip())))

    def _named(self, key: Key, name: str) -> None:
        self._camera.document.type(None)
        self._camera.setFocus(Qt.FocusReason.OtherFocusReason)
        rename_row(self._camera.document, *key, name)

    def select_used(self) -> None:
        """Selects what the selected rows use in the period shown: offers and services of workloads, sites of offers,
        offers of sites; of services, whom they serve."""
        found = self.used_by_selected()
        if found:
            self._camera.document.select_rows(found)

    def used_by_selected(self) -> list[Key]:
        """The rows that the selected ones use in the period shown."""
        flows = self._camera.map_scene.flows
        steps = [(key, table) for key in self.selected for table in _NEXT[key[0]]]
        return [(table, row) for key, table in steps for row in neighbours(flows, key).get(table, ())]

    # Groups

    def fit(self) -> None:
        """Shows the whole map; what has no room in a legible size folds."""
        scene = self._camera.map_scene
        scene.fold_anew(Folding(closed=scene.folding.closed, by=scene.folding.by))
        self._camera.fit(LEAST_ZOOM)

    @property
    def line_of_selected(self) -> Key | None:
        """The line that stands for the row selected last, where that is not in sight."""
        scene, rows = self._camera.map_scene, self._camera.document.selection.rows
        return scene.columns.lines.get(rows[-1]) if rows else None

    def list_line(self, key: Key | None) -> None:
        """Lists the rows that a line stands for: of offers with why they are not chosen. One that is chosen comes into
        sight."""
        camera, scene = self._camera, self._camera.map_scene
        fold = scene.columns.folds.get(key) if key is not None else None
        if key is None or fold is None:
            return
        rows = scene.rows_of(key)
        camera.document.select_rows(rows)
        names = tuple((id, self._name((table, id)) or id) for table, id in rows)

        def about(id: str) -> str:
            said = scene.in_short(fold.table, id)
            return said.text if said else ""

        listed = RowList(fold.heading, names, about, camera.viewport())
        listed.chosen.connect(lambda id: self._bring(fold.table, id))
        listed.all_wanted.connect(self.open_groups)
        box = scene.boxes[key]
        listed.open_at(camera.viewport().mapToGlobal(camera.mapFromScene(box.x, box.y + box.height)))

    def _bring(self, table: str, id: str) -> None:
        self._camera.map_scene.keep_in_sight([(table, id)])
        self._camera.document.select(table, [id])
        self._camera.reveal((table, id))

    def _groups_of_selected(self) -> frozenset[tuple[str, str]]:
        groups = self._groups()
        return frozenset((key[0], groups[key]) for key in self._camera.document.selection.rows if key in groups)

    def may_close(self) -> bool:
        """Whether rows are selected whose group is not closed."""
        return bool(self._groups_of_selected() - self._camera.map_scene.folding.closed)

    def open_groups(self) -> None:
        """Shows every row of the groups of the selected rows."""
        mine, now = self._groups_of_selected(), self._camera.map_scene.folding
        self._fold(replace(now, opened=now.opened | mine, closed=now.closed - mine))

    def close_groups(self) -> None:
        """Makes one line of each group of the selected rows."""
        mine, now = self._groups_of_selected(), self._camera.map_scene.folding
        self._fold(replace(now, opened=now.opened - mine, closed=now.closed | mine))

    def open_all(self) -> None:
        """Shows every row."""
        now, groups = self._camera.map_scene.folding, self._groups()
        self._fold(replace(now, opened=frozenset((key[0], group) for key, group in groups.items()), closed=frozenset()))

    def fold(self) -> None:
        """Folds what has no room, and opens what was closed."""
        self._fold(Folding(by=self._camera.map_scene.folding.by))

    def group_by(self, way: str) -> None:
        """Groups the rows of each column by vendor, tier or region; every group is as it is at first."""
        self._fold(Folding(by=way))

    def _groups(self) -> dict[Key, str]:
        return group_of(self._camera.document.plan, self._camera.map_scene.folding.by)

    def _fold(self, folding: Folding) -> None:
        self._camera.map_scene.fold_anew(folding)
        state = {name: sorted(map(list, getattr(folding, name))) for name in ("opened", "closed")} | {"by": folding.by}
        keep_view(self._camera.document, "map", state)

    def fold_as_kept(self) -> None:
        """Opens and closes the groups that were so when the plan was looked at last."""
        kept = view_of(self._camera.document, "map")
        opened, closed = (
            frozenset((str(pair[0]), str(pair[1])) for pair in kept.get(name, ()) if len(pair) == 2)
            for name in ("opened", "closed")
        )
        by = kept.get("by")
        self._camera.map_scene.folding = Folding(opened, closed, by if by in WAYS else "vendor")

    # Places

    def keep_places(self, boxes: dict[Key, Box], merge: bool = False) -> None:
        """Keeps where cards are as one step; nudges of the same cards become one."""
        text = "Move 1 card" if len(boxes) == 1 else f"Move {len(boxes)} cards"
        self._keep(boxes, text, ("move cards", *sorted(boxes)) if merge else None)

    def _keep(self, boxes: dict[Key, Box], text: str, merge_key: tuple[object, ...] | None = None) -> None:
        camera = self._camera
        places = {key: camera.map_scene.frame.to_layout(box) for key, box in boxes.items()}
        camera.document.apply(edits.placed(camera.document.plan, places), text, merge_key)

    def arrange(self, way: str) -> None:
        """Aligns or distributes the selected cards; says why where that cannot be."""
        why_not = self.why_not_arrange(way)
        if why_not:
            area = self._camera.viewport().rect()
            self._camera.say(why_not, QPoint(area.center().x() - 100, area.top() + 20))
        else:
            self._keep(arranged(self._selected_boxes(), way), ALIGN[way])

    def may_arrange(self, way: str) -> bool:
        """Whether the selected cards can be put in line in some way."""
        return not self.why_not_arrange(way)

    def why_not_arrange(self, way: str) -> str:
        """Why the selected cards cannot be put in line in some way; empty where they can."""
        boxes = self._selected_boxes()
        if len(boxes) < LEAST[way]:
            return f"Select {LEAST[way]} cards or more first (Ctrl+click, or draw a band around them)"
        return ON_EACH_OTHER if overlaps(arranged(boxes, way)) and not overlaps(boxes) else ""

    def _selected_boxes(self) -> dict[Key, Box]:
        return {key: self._camera.map_scene.boxes[key] for key in self.selected}

    def tidy(self) -> None:
        """Puts all cards back into their columns."""
        document = self._camera.document
        document.apply(edits.unplaced(document.plan, None), "Tidy up")

    def put_back(self) -> None:
        """Puts the selected cards back into their column."""
        document = self._camera.document
        document.apply(edits.unplaced(document.plan, self.selected), "Back into the column")

    @property
    def placed(self) -> set[Key]:
        """The cards that have places of their own."""
        return {(p.table, p.row) for p in self._camera.document.plan.layout if p.table in TABLES}
