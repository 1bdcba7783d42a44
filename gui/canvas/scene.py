"""The scene of the plan map: cards and ribbons in step with the plan, the result, the period and the selection."""

from __future__ import annotations

import time as clock

from PySide6.QtCore import QRectF, QSettings, QVariantAnimation
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QGraphicsScene, QGraphicsSimpleTextItem, QWidget

from engine.plan import find
from engine.results import Result
from engine.timeline import Timeline
from gui import theme
from gui.canvas.card_text import CardText, offer_text, refusal_words, site_text, wire_text, workload_text
from gui.canvas.cards import CardItem
from gui.canvas.picture import Key, Picture, Wire, flows_at, neighbours, picture_of
from gui.canvas.placing import HEADING, TABLES, Box, Frame, boxes_of
from gui.canvas.ribbons import Band, RibbonItem, hair, scales_of, stacked
from gui.document import Document

GLIDE_MS = 150
SUCCESSION_S = 0.25
"""Changes that follow each other faster than this are a drag: ribbons then jump."""
MANY = 150
"""More ribbons than this are drawn roughly while a card is dragged."""
INK = {"normal": 0.40, "strong": 0.68, "faded": 0.10}


def reduced_motion() -> bool:
    """Whether the person asked for no motion."""
    return str(QSettings().value("reduced_motion", "false")).lower() in ("true", "1")


class MapScene(QGraphicsScene):
    """Cards and ribbons, kept from change to change; `cards` and `ribbons` hold them by key."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._time = Timeline.of(document.plan.settings)
        self.frame = Frame.of(1060, 480)
        self.picture: Picture | None = None
        self.flows: dict[Wire, float] = {}
        self.cards: dict[Key, CardItem] = {}
        self.boxes: dict[Key, Box] = {}
        self.ribbons: dict[Wire, RibbonItem] = {}
        self.dashes: dict[Wire, RibbonItem] = {}
        self.chosen_wire: Wire | None = None
        self.hovered: Wire | None = None
        self._dimmed = False
        self._vendors: dict[str, str] = {}
        self._targets: dict[Wire, Band] = {}
        self._begins: dict[Wire, Band] = {}
        self._last_change = 0.0
        self._glide = QVariantAnimation(self)
        self._glide.setDuration(GLIDE_MS)
        self._glide.setStartValue(0.0)
        self._glide.setEndValue(1.0)
        self._glide.valueChanged.connect(self._glided)
        self._headings = [self._heading(table) for table in TABLES]
        self.show_plan()

    # What is shown

    def show_plan(self) -> None:
        """Takes up the document's plan: cards come, go, move and say other things."""
        plan = self._document.plan
        self._time = Timeline.of(plan.settings)
        vendors = {p.id: p.vendor for p in plan.platforms}
        self._vendors = {o.id: vendors.get(o.platform, "") for o in plan.offers}
        boxes = boxes_of(plan, self.frame)
        moved = boxes != self.boxes
        self.boxes = boxes
        self._keep_cards()
        self._write()
        self.mark_selection()
        if moved:
            self._flow(glide=False)

    def show_result(self, result: Result | None) -> None:
        """Takes up a result; one that is not optimal leaves the last picture."""
        if result is None or result.status != "optimal":
            return
        self.picture = picture_of(result)
        self._write()
        self._flow(glide=True)

    def forget(self) -> None:
        """Another plan was opened: what was known of the last one is gone."""
        self.picture, self.flows, self.chosen_wire, self.hovered = None, {}, None, None
        self._flow(glide=False)

    def show_period(self) -> None:
        """Takes up the document's period."""
        self._write()
        self._flow(glide=True)

    def arrange(self, width: float, height: float) -> None:
        """Lays the columns out for a view of a size, px at 100 %."""
        frame = Frame.of(width, height)
        if frame != self.frame:
            self.frame = frame
            self.show_plan()

    def content_rect(self) -> QRectF:
        """What a view must show for everything to be seen."""
        rect = QRectF()
        for card in self.cards.values():
            rect = rect.united(card.sceneBoundingRect())
        for heading in self._headings:
            if heading.isVisible():
                rect = rect.united(heading.sceneBoundingRect())
        return rect

    def drag_to(self, boxes: dict[Key, Box]) -> None:
        """Shows cards elsewhere while a hand holds them; the plan is not touched."""
        boxes = {key: box for key, box in boxes.items() if key in self.cards}
        self.boxes = self.boxes | boxes
        for key, box in boxes.items():
            self.cards[key].set_box(box)
        self._flow(glide=False)

    def set_rough(self, rough: bool) -> None:
        """Draws ribbons with hard edges while a hand drags, where there are many."""
        for item in self.ribbons.values():
            if item.is_rough != (rough and len(self._targets) > MANY):
                item.is_rough = not item.is_rough
                item.update()

    # Cards

    def _keep_cards(self) -> None:
        for key in [key for key in self.cards if key not in self.boxes]:
            self.removeItem(self.cards.pop(key))
        for wire in [w for w in self.ribbons if w.start_key not in self.boxes or w.end_key not in self.boxes]:
            self.removeItem(self.ribbons.pop(wire))
            if wire in (self.chosen_wire, self.hovered):
                self.chosen_wire = self.hovered = None
        for key, box in self.boxes.items():
            card = self.cards.get(key)
            if card is None:
                card = self.cards[key] = CardItem(key)
                self.addItem(card)
            card.set_box(box)
        top = min((box.y for box in self.boxes.values()), default=0.0) - HEADING
        for heading, table in zip(self._headings, TABLES, strict=True):
            heading.setVisible(bool(self.boxes))
            heading.setPos(self.frame.column(table) - self._column_width(table) / 2, top + 4)

    def _column_width(self, table: str) -> float:
        return next((box.width for key, box in self.boxes.items() if key[0] == table), self.frame.card_width)

    def _write(self) -> None:
        for key, text in self.texts().items():
            self.cards[key].set_text(text)

    def texts(self) -> dict[Key, CardText]:
        """What every card says now."""
        plan, time, picture = self._document.plan, self._time, self.picture
        currency = plan.settings.currency
        period = min(self._document.period, time.periods - 1)
        platforms = {p.id: p for p in plan.platforms}
        texts = {("workloads", w.id): workload_text(w, time, period, picture) for w in plan.workloads}
        for o in plan.offers:
            texts[("offers", o.id)] = offer_text(o, platforms.get(o.platform), time, period, picture, currency)
        for s in plan.sites:
            texts[("sites", s.id)] = site_text(s, time, period, picture, currency)
        return texts

    def _heading(self, table: str) -> QGraphicsSimpleTextItem:
        item = QGraphicsSimpleTextItem(table.upper())
        font = theme.font(12, QFont.Weight.DemiBold)
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.6)
        item.setFont(font)
        item.setBrush(QColor(theme.tokens().muted))
        self.addItem(item)
        return item

    # Ribbons

    def _flow(self, glide: bool) -> None:
        """Sends every ribbon to where it belongs, gliding unless changes follow each other fast."""
        now = clock.monotonic()
        calm = now - self._last_change > SUCCESSION_S
        if glide:
            self._last_change = now
        self._glide.stop()
        self._targets = self._bands()
        for wire in self._targets:
            if wire not in self.ribbons:
                item = self.ribbons[wire] = RibbonItem(wire)
                self.addItem(item)
        if glide and calm and not reduced_motion() and self.views() and self.views()[0].isVisible():
            self._begins = {wire: self._begin(wire) for wire in self.ribbons}
            self._glide.start()
        else:
            self.finish_motion()
        self._tint()

    def _bands(self) -> dict[Wire, Band]:
        if self.picture is None:
            return {}
        self.flows = flows_at(self.picture, self._document.period)
        return stacked(self.flows, scales_of(self.picture, self.flows, self.boxes), self.boxes)

    def _begin(self, wire: Wire) -> Band:
        """Where a ribbon glides from: what is new grows at its place."""
        band = self.ribbons[wire].band
        return band if band.width > 0 else self._targets.get(wire, band)._replace(width=0.0)

    def _end(self, wire: Wire) -> Band:
        """Where a ribbon glides to: what is gone shrinks at its place."""
        return self._targets.get(wire) or self.ribbons[wire].band._replace(width=0.0)

    def _glided(self, part: float) -> None:
        eased = 1 - (1 - float(part)) ** 3
        for wire, begin in self._begins.items():
            item = self.ribbons.get(wire)
            if item is not None:
                item.set_band(self._targets[wire] if part >= 1 and wire in self._targets
                              else begin.between(self._end(wire), eased))

    def finish_motion(self) -> None:
        """Puts every ribbon where it is going, at once."""
        self._glide.stop()
        for wire, item in self.ribbons.items():
            item.set_band(self._end(wire))

    # What stands out

    def mark_selection(self) -> None:
        """Shows the document's selection on cards and ribbons."""
        selection = self._document.selection
        chosen = {(selection.table, id) for id in selection.ids}
        for key, card in self.cards.items():
            card.set_state(chosen=key in chosen)
        self._tint()

    def choose_wire(self, wire: Wire | None) -> None:
        """Marks one wire, for Delete and the eye."""
        if wire != self.chosen_wire:
            self.chosen_wire = wire
            self._tint()

    def hover_wire(self, wire: Wire | None) -> None:
        """Marks the wire under the pointer."""
        if wire != self.hovered:
            self.hovered = wire
            self._tint()

    def _tint(self) -> None:
        """Colours every ribbon by vendor: strong at the selection, faded where it has no part."""
        selection = self._document.selection
        chosen = {(selection.table, id) for id in selection.ids if (selection.table, id) in self.cards}
        near = {("offers", row) for key in chosen for row in neighbours(self.flows, key).get("offers", ())}
        dim = 0.4 if self._dimmed else 1.0
        for wire, item in self.ribbons.items():
            if wire in (self.hovered, self.chosen_wire) or wire.start_key in chosen or wire.end_key in chosen:
                ink = "strong"
            elif self.chosen_wire is not None or (chosen and wire.start_key not in near and wire.end_key not in near):
                ink = "faded"
            else:
                ink = "normal"
            offer = wire.end if wire.kind == "use" else wire.start
            item.set_ink(theme.colour(theme.vendor_colour(self._vendors.get(offer, "")), INK[ink] * dim))
            item.setZValue(0.5 if ink == "strong" else 0)
        self._dash(chosen)

    def _dash(self, chosen: set[Key]) -> None:
        """Thin dashed lines for what the rules allow to the one selected card, and the optimum does not use."""
        wanted: list[Wire] = []
        if len(chosen) == 1 and self.picture is not None:
            (key,) = chosen
            wanted = [w for w in self.picture.eligible
                      if key in (w.start_key, w.end_key) and w not in self.flows
                      and w.start_key in self.boxes and w.end_key in self.boxes]
        for wire in [wire for wire in self.dashes if wire not in wanted]:
            self.removeItem(self.dashes.pop(wire))
        grey = theme.colour(theme.tokens().muted, 0.55)
        for wire in wanted:
            item = self.dashes.get(wire)
            if item is None:
                item = self.dashes[wire] = RibbonItem(wire)
                item.setZValue(-1)
                self.addItem(item)
            strong = wire in (self.hovered, self.chosen_wire)
            item.set_ink(QColor(theme.tokens().accent) if strong else grey, dashed=True)
            item.set_band(hair(wire, self.boxes))

    def wire_words(self, wire: Wire) -> str:
        """The quantity of a wire in the period shown."""
        period = min(self._document.period, self._time.periods - 1)
        return wire_text(self._document.plan, wire, self.flows.get(wire, 0.0), self._time, period)

    def obstacle(self, wire: Wire) -> str:
        """Why a wire that is not forbidden carries nothing, in words."""
        plan = self._document.plan
        work, offer = find(plan, *wire.start_key), find(plan, *wire.end_key)
        words = refusal_words(plan, work, offer) if wire.kind == "use" and work and offer else ""
        if words or wire in self.flows:
            return words or "It is allowed, and in use"
        return "It is allowed already: the optimum does not use it in this period"

    def set_dimmed(self, dimmed: bool) -> None:
        """Pales the ribbons of a picture that is not of the plan as it stands."""
        if dimmed != self._dimmed:
            self._dimmed = dimmed
            self._tint()

    def restyle(self) -> None:
        """Takes the colours of another appearance."""
        for heading in self._headings:
            heading.setBrush(QColor(theme.tokens().muted))
        for card in self.cards.values():
            card.restyle()
        self._tint()
