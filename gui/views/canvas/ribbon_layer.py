"""All the ribbons of the plan map: they glide to where they belong, and stand out where a person looks."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Mapping
from operator import sub

from PySide6.QtCore import QSettings, Qt, QVariantAnimation
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsScene

from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import component_colour, veil, vendor_colour
from gigaplan.gui.views.canvas import legend
from gigaplan.gui.views.canvas.picture import Key, MapPicture, Wire, allowed_at
from gigaplan.gui.views.canvas.placing import Box
from gigaplan.gui.views.canvas.ribbons import RibbonBand, RibbonItem, hair

GLIDE_MS = 130
"""With the frame that it waits for, a ribbon is where it belongs within 150 ms."""
SUCCESSION_S = 1.0
"""Results that follow each other faster than this, also of a large plan, are of a drag: ribbons then jump."""
UNSEEN = 0.05
"""How far, px, the ends of a ribbon may be from where they belong."""
INK = {"normal": 0.40, "strong": 0.68, "faded": 0.10}


def reduced_motion() -> bool:
    """Whether the person asked for no motion."""
    return str(QSettings().value("reduced_motion", "false")).lower() in ("true", "1")


class RibbonLayer:
    """The ribbons of one scene by wire, and the dashes for what is allowed and unused."""

    def __init__(self, scene: QGraphicsScene, touched: Callable[[], None]) -> None:
        self._scene, self._touched = scene, touched
        self.items: dict[Wire, RibbonItem] = {}
        self.dashes: dict[Wire, RibbonItem] = {}
        self.targets: dict[Wire, RibbonBand] = {}
        self.chosen: tuple[Wire, ...] = ()
        self.hovered: Wire | None = None
        self.is_dimmed = False
        self._vendors: dict[str, str] = {}
        self._hatches: dict[str, Qt.BrushStyle] = {}
        self._begins: dict[Wire, RibbonBand] = {}
        self._last_change = 0.0
        self._glide = QVariantAnimation(scene)
        self._glide.setDuration(GLIDE_MS)
        self._glide.setStartValue(0.0)
        self._glide.setEndValue(1.0)
        self._glide.valueChanged.connect(self._glided)

    def set_vendors(self, vendors: dict[str, str], hatched: bool) -> None:
        """Whose chips each offer brings; ribbons have their colour, and where `hatched` their hatch."""
        self._vendors = vendors
        self._hatches = dict(legend.hatches_of(vendors.values())) if hatched else {}

    def drop(self, boxes: Mapping[Key, Box]) -> None:
        """Removes the ribbons of cards that are gone."""
        for wire in [w for w in self.items if w.start_key not in boxes or w.end_key not in boxes]:
            self._scene.removeItem(self.items.pop(wire))
            self.chosen = tuple(w for w in self.chosen if w != wire)
            if wire == self.hovered:
                self.hovered = None

    # Motion

    def send(self, bands: dict[Wire, RibbonBand], *, result: bool, may_glide: bool) -> None:
        """Sends every ribbon to where it belongs, gliding unless results follow each other fast."""
        now = clock.monotonic()
        calm = now - self._last_change > SUCCESSION_S
        if result:
            self._last_change = now
        self._glide.stop()
        self.targets = bands
        for wire in bands:
            if wire not in self.items:
                item = self.items[wire] = RibbonItem(wire)
                self._scene.addItem(item)
        if result and may_glide and calm and not reduced_motion():
            self._begins = {wire: self._begin(wire) for wire in self.items}
            self._glide.start()
        else:
            self.finish()

    def shift(self, bands: dict[Wire, RibbonBand]) -> None:
        """Moves some ribbons at once."""
        self.targets.update(bands)
        for wire, band in bands.items():
            self.items[wire].set_band(band)

    def _begin(self, wire: Wire) -> RibbonBand:
        """Where a ribbon glides from: what is new grows at its place."""
        band = self.items[wire].band
        return band if band.width > 0 else self.targets.get(wire, band)._replace(width=0.0)

    def _end(self, wire: Wire) -> RibbonBand:
        """Where a ribbon glides to: what is gone shrinks at its place."""
        return self.targets.get(wire) or self.items[wire].band._replace(width=0.0)

    def _glided(self, part: float) -> None:
        eased = 1 - (1 - float(part)) ** 3
        self._touched()
        for wire, begin in self._begins.items():
            item = self.items.get(wire)
            if item is not None:
                arrived = part >= 1 and wire in self.targets
                item.set_band(self.targets[wire] if arrived else begin.between(self._end(wire), eased))

    def finish(self) -> None:
        """Puts every ribbon where it is going, at once."""
        self._glide.stop()
        self._touched()
        for wire, item in self.items.items():
            end = self._end(wire)
            # What no eye sees is not painted: of a small edit most ribbons stay as they are.
            if max(map(abs, map(sub, end, item.band))) > UNSEEN:
                item.set_band(end)
            elif wire in self.targets:
                self.targets[wire] = item.band

    # What stands out

    def tint(self, chosen: set[Key], flows: Mapping[Wire, float]) -> None:
        """Colours every ribbon by vendor: strong at the chosen cards, faded where it has no part."""
        near = {
            key
            for wire in flows
            if wire.start_key in chosen or wire.end_key in chosen
            for key in (wire.start_key, wire.end_key)
            if key[0] in ("offers", "services")
        }
        dim = 0.4 if self.is_dimmed else 1.0
        inks: dict[tuple[str, str], QColor] = {}
        picked = {*self.chosen, self.hovered}
        for wire, item in self.items.items():
            ends = (wire.start_key, wire.end_key)
            if wire in picked or ends[0] in chosen or ends[1] in chosen:
                ink = "strong"
            elif self.chosen or (chosen and ends[0] not in near and ends[1] not in near):
                ink = "faded"
            else:
                ink = "normal"
            is_bought = wire.kind == "buy"
            vendor = "" if is_bought else self._vendors.get(wire.end if wire.kind == "use" else wire.start, "")
            seen = (component_colour("services") if is_bought else vendor_colour(vendor), ink)
            colour = inks.get(seen)
            if colour is None:
                colour = inks[seen] = veil(seen[0], INK[ink] * dim)
            item.set_ink(colour)
            item.set_hatch(self._hatches.get(vendor, legend.PLAIN))
            item.setZValue(0.5 if ink == "strong" else 0)

    def dash(
        self, chosen: set[Key], picture: MapPicture | None, flows: Mapping[Wire, float], boxes: Mapping[Key, Box]
    ) -> None:
        """Thin dashed lines for what the rules allow to the one chosen card, and the optimum does not use."""
        wanted: set[Wire] = set()
        if len(chosen) == 1 and picture is not None:
            (key,) = chosen
            wanted = {
                w for w in allowed_at(picture, key)
                if w not in flows and w.start_key in boxes and w.end_key in boxes
            }  # fmt: skip
        for wire in [wire for wire in self.dashes if wire not in wanted]:
            self._scene.removeItem(self.dashes.pop(wire))
        grey, accent = veil(theme.tokens().muted, 0.55), QColor(theme.tokens().accent)
        for wire in wanted:
            item = self.dashes.get(wire)
            if item is None:
                item = self.dashes[wire] = RibbonItem(wire)
                item.setZValue(-1)
                self._scene.addItem(item)
            item.set_ink(accent if wire == self.hovered or wire in self.chosen else grey, dashed=True)
            item.set_band(hair(wire, boxes))
