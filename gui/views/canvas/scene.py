"""The scene of the plan map: cards and ribbons in step with the plan, the result, the period and the selection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene, QGraphicsSimpleTextItem, QWidget

from gigaplan.engine.plan.plan import find
from gigaplan.engine.plan.problems import Problem
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.results.result import Result
from gigaplan.gui.charting.hatches import patterns_on
from gigaplan.gui.document.document import Document
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.style import theme
from gigaplan.gui.style.cooperative import Slices, Steps
from gigaplan.gui.text.number_format import rate
from gigaplan.gui.views.canvas import legend
from gigaplan.gui.views.canvas.card_text import (
    CardText,
    figures_of,
    fold_text,
    refusal_words,
    text_of,
    vendor_of_line,
    wire_text,
)
from gigaplan.gui.views.canvas.cards import CardItem, GhostItem
from gigaplan.gui.views.canvas.folding import Columns, Folding, columns_of, weights_of
from gigaplan.gui.views.canvas.picture import Key, MapPicture, Wire, flows_at, picture_of, with_worths
from gigaplan.gui.views.canvas.placing import (
    COLUMN,
    COLUMNS,
    GHOST,
    HEADING,
    TABLES,
    TITLE,
    Box,
    Frame,
    boxes_of,
    extent,
)
from gigaplan.gui.views.canvas.ribbon_layer import RibbonLayer, reduced_motion
from gigaplan.gui.views.canvas.ribbons import Bundles, RibbonItem, scales_of
from gigaplan.gui.widgets.texts import escape, where_twins_differ

if TYPE_CHECKING:
    from gigaplan.engine.analysis.messages import InShort

__all__ = ["MapScene", "reduced_motion"]

EVERY = 10**9
"""The room of a column, in lines, before a view has said how much there is."""
FEW = 8
"""So many rows that are selected or found come into sight where they lie folded; more would fill the column."""
DIM = 0.28
"""How opaque a card is that a search has not found."""
MANY, AT_ONCE = 500, 150
"""Up to so many cards are all drawn before the window goes on; of more, these, and the rest a few at a time."""
SAID = 250
"""After so many cards it is said how far that is."""


def _apart(words: Callable[[], CardText], differs: int) -> CardText:
    return replace(words(), differs=differs)


def _itself(words: CardText) -> CardText:
    return words


class MapScene(QGraphicsScene):
    """Cards and ribbons, kept from change to change; `cards` and `ribbons` hold them by key."""

    cards_changed = Signal(object)
    """(keys): these cards say other things; or, with none, cards came, went or moved."""
    looks_changed = Signal()
    """Cards came, went, moved, or have other colours."""
    cards_moved = Signal()
    """A hand moved cards."""
    growing = Signal(int, int)
    """How many cards are drawn of how many there are, where those are thousands; equal where all are."""
    folded = Signal()
    """Other rows are in sight than before, though the plan has the same."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._time = Timeline.of(document.plan.settings)
        self.frame = Frame.of(1060, 480)
        self.picture: MapPicture | None = None
        self.problems: dict[Key, tuple[Problem, ...]] = {}
        self.flows: dict[Wire, float] = {}
        self._drawn: dict[Wire, float] = {}
        """What flows between the cards in sight, which may stand for several rows."""
        self.cards: dict[Key, CardItem] = {}
        self.boxes: dict[Key, Box] = {}
        self.held: frozenset[QGraphicsItem] = frozenset()
        """What moves under a hand; all else stands still meanwhile."""
        self._held_keys: tuple[Key, ...] = ()
        self.state = 0
        """Counts the changes of what stands still: of all that nobody holds."""
        self.is_hatched = patterns_on()
        self.vendors: dict[str, str] = {}
        """The vendor of each offer, and of the lines that stand for several."""
        self._twins: dict[str, tuple[tuple[str, ...], dict[str, int]]] = {}
        """The names in each column, and where each is another than the others."""
        self.folding = Folding()
        """Which groups a person has opened and closed."""
        self.columns = Columns({}, {}, {})
        """What stands in each column."""
        self.sought: frozenset[Key] | None = None
        """The rows that a search has found, where there is one: all others are dim."""
        self._room = EVERY
        self._kept: set[Key] = set()
        """Rows that a person wanted to see, though they may weigh nothing."""
        self._weights: dict[Key, float] = {}
        self._dressed: object = None
        self._bundles = Bundles({}, {}, {})
        self._marked: set[Key] = set()
        """The cards that show that they are chosen."""
        self._marks: dict[str, Qt.BrushStyle] = {}
        """The hatch of each vendor."""
        self._rest = Slices(self)
        self._rest.progressed.connect(lambda _: self.growing.emit(len(self.cards), len(self.boxes)))
        self._rest.done.connect(self._take_rest)
        self._is_stopped = False
        """Whether a person wanted no more cards of this plan."""
        self._placed: Frame | None = None
        """The frame for which headings and ghosts stand."""
        self._layer = RibbonLayer(self, self.touch)
        self._headings = [self._heading() for _ in COLUMNS]
        self._ghosts = {tables[0]: GhostItem(tables[0]) for tables in COLUMNS}
        for ghost in self._ghosts.values():
            self.addItem(ghost)
        self.show_plan()

    @property
    def ribbons(self) -> dict[Wire, RibbonItem]:
        """What flows in some period."""
        return self._layer.items

    @property
    def dashes(self) -> dict[Wire, RibbonItem]:
        """What is allowed to the chosen card, and not used."""
        return self._layer.dashes

    @property
    def chosen_wires(self) -> tuple[Wire, ...]:
        """The wires that Delete forbids."""
        return self._layer.chosen

    # What is shown

    def show_plan(self) -> None:
        """Takes up the document's plan: cards come, go, move and say other things. What is the same costs nothing."""
        time = Timeline.of(self._document.plan.settings)
        self._time = self._time if time == self._time else time
        moved = self._take_places()
        dressed = self._dress()
        self._write(moved)
        if moved:
            self._flow(result=False)
            self._mark_cards()
        elif dressed:
            self._tint()
        if moved or dressed:
            self.looks_changed.emit()

    def show_places(self) -> None:
        """Takes up where the document's plan has its cards; they say what they said."""
        if self._take_places():
            self._dress()
            self._write()
            self._flow(result=False)
            self.cards_changed.emit(())
            self.looks_changed.emit()

    def _take_places(self) -> bool:
        self._fold()
        boxes = boxes_of(self._document.plan, self.frame, self.columns.shown)
        moved = boxes != self.boxes
        if moved or self.frame != self._placed:
            self.boxes, self._placed = boxes, self.frame
            self._keep_cards()
            self.touch()
        return moved

    def show_result(self, result: Result | None) -> None:
        """Takes up a result; of one that is not optimal only its problems, the picture stays the last one."""
        if result is None:
            return
        self.problems = {}
        for problem in result.problems:
            if problem.row:
                key = (problem.table, problem.row)
                self.problems[key] = (*self.problems.get(key, ()), problem)
        is_new = result.status == "optimal" and (self.picture is None or result.solution is not self.picture.solution)
        if is_new:
            self.picture = picture_of(result)
            self._weights = weights_of(self.picture)
        if is_new and self._refold():
            return
        self._write()
        if is_new:
            self._flow(result=True)

    def show_worths(self, result: Result) -> None:
        """Takes up what is known by now of what the limits of the result that is shown are worth."""
        if self.picture is not None and result.solution is self.picture.solution:
            self.picture = with_worths(self.picture, result)
            self._write()

    def forget(self) -> None:
        """Another plan was opened: what was known of the last one is gone."""
        self.picture, self.problems = None, {}
        self._weights, self._kept, self.sought = {}, set(), None
        self._is_stopped = False
        self.columns = Columns({}, {}, {})
        self._layer.chosen, self._layer.hovered = (), None
        self._flow(result=False)

    def show_period(self) -> None:
        """Takes up the document's period."""
        self._write()
        self._flow(result=True)

    def arrange(self, frame: Frame) -> None:
        """Lays the columns out in another frame."""
        if frame != self.frame:
            self.frame = frame
            self.show_places()

    def extent(self, frame: Frame) -> QRectF:
        """What a view must show for everything to be seen, were the columns laid out in a frame."""
        left, top, right, bottom = extent(self._document.plan, frame, self.columns.shown)
        return QRectF(left, top, right - left, bottom - top)

    def content_rect(self) -> QRectF:
        """What a view must show for everything to be seen."""
        return self.extent(self.frame)

    def cards_rect(self) -> QRectF:
        """The smallest rectangle with all cards in it."""
        boxes = self.boxes.values()
        if not boxes:
            return QRectF()
        left, top = min(b.x for b in boxes), min(b.y for b in boxes)
        right, bottom = max(b.x + b.width for b in boxes), max(b.y + b.height for b in boxes)
        return QRectF(left, top, right - left, bottom - top)

    # What is in sight of long columns

    def make_room(self, lines: int) -> None:
        """Takes up how many cards of one line a column has room for: what weighs least of longer ones folds."""
        if lines != self._room:
            self._room = lines
            self._refold()

    def fold_anew(self, folding: Folding, kept: Iterable[Key] = ()) -> None:
        """Opens and closes groups, and keeps some rows in sight."""
        self.folding, self._kept = folding, set(kept)
        self._refold(fresh=True)

    def keep_in_sight(self, keys: Iterable[Key]) -> None:
        """Puts rows in sight that lie folded, and leaves them there."""
        wanted = {key for key in keys if key in self.columns.lines}
        if wanted:
            self._kept |= wanted
            self._refold()

    def rows_of(self, key: Key) -> list[Key]:
        """The rows that a card stands for: its own, or those of a line."""
        fold = self.columns.folds.get(key)
        return [key] if fold is None else [(fold.table, row) for row in fold.rows]

    def _fold(self, fresh: bool = False) -> None:
        plan, before = self._document.plan, None if fresh else self.columns
        if self._held_keys and before is not None:
            there = {key for key in before.lines if find(plan, *key) is not None}
            if len(there) == len(before.lines) and not self._rows_came():
                return
        broken = {key for key, found in self.problems.items() if any(p.severity == "error" for p in found)}
        self.columns = columns_of(plan, self._weights, self._room, self.folding, self._kept | broken, before)

    def _rows_came(self) -> bool:
        """Whether the plan has other rows than the columns show or fold."""
        plan, lines = self._document.plan, self.columns.lines
        count = len(lines) + sum(len(ids) for ids in self.columns.shown.values()) - len(self.columns.folds)
        return count != sum(len(getattr(plan, table)) for table in TABLES)

    def _refold(self, fresh: bool = False) -> bool:
        """Works out anew what is in sight; says whether that is something else than before."""
        before = self.columns
        self._fold(fresh)
        if self.columns == before:
            return False
        self._take_places()
        self._dress()
        self._write()
        self._flow(result=False)
        self._mark_cards()
        self.cards_changed.emit(())
        self.looks_changed.emit()
        self.folded.emit()
        return True

    def search(self, words: str) -> tuple[Key, ...]:
        """Dims all but the rows whose names hold some words, and puts a few of those in sight; says which they are."""
        plan, wanted = self._document.plan, words.strip().casefold()
        rows = [((table, row.id), row) for table in TABLES for row in getattr(plan, table)] if wanted else []
        found = tuple(key for key, row in rows if wanted in f"{row_name(row)} {row.id}".casefold())
        self.sought = frozenset(found) if wanted else None
        if 0 < len(found) <= FEW:
            self.keep_in_sight(found)
        self._dim()
        return found

    def _dim(self) -> None:
        """Pales the cards that a search has not found."""
        for card in self.cards.values():
            self._dim_card(card)
        self.touch()

    def _dim_card(self, card: CardItem) -> None:
        is_found = self.sought is None or any(row in self.sought for row in self.rows_of(card.key))
        card.setOpacity(1.0 if is_found else DIM)

    def touch(self) -> None:
        """Says that something looks different that nobody holds."""
        self.state += 1

    # What a hand holds

    def hold(self, keys: Iterable[Key]) -> None:
        """A hand takes some cards: only they and the ribbons near them will move, at once, until `release`."""
        self._held_keys = tuple(key for key in keys if key in self.cards)
        self._layer.finish()
        near = self._bundles.near(self._held_keys)
        self.held = frozenset([*(self.cards[key] for key in self._held_keys), *(self.ribbons[wire] for wire in near)])
        self._tint()

    def release(self) -> None:
        """The hand let go."""
        self._held_keys, self.held = (), frozenset()
        self._tint()

    def drag_to(self, boxes: dict[Key, Box]) -> None:
        """Shows cards elsewhere while a hand holds them; the plan is not touched."""
        boxes = {key: box for key, box in boxes.items() if key in self.cards}
        self.boxes = self.boxes | boxes
        for key, box in boxes.items():
            self.cards[key].set_box(box)
        self._layer.shift(self._bundles.move(boxes, self.boxes))
        self.cards_moved.emit()

    # Cards

    def _keep_cards(self) -> None:
        for key in [key for key in self.cards if key not in self.boxes]:
            self.removeItem(self.cards.pop(key))
        self._layer.drop(self.boxes)
        for key, card in self.cards.items():
            card.set_box(self.boxes[key])
        for table, ghost in self._ghosts.items():
            ghost.place(self.frame)
            ghost.setVisible(all(COLUMN[key[0]] != COLUMN[table] for key in self.boxes))
        top = min([*(box.y for box in self.boxes.values()), -GHOST / 2]) - HEADING
        there = {key[0] for key in self.boxes}
        for heading, tables in zip(self._headings, COLUMNS, strict=True):
            named = [table for table in tables if table in there] or tables[:1]
            heading.setText(" AND ".join(named).upper())
            heading.setPos(self.frame.column(tables[0]) - self._column_width(tables) / 2, top + TITLE)

    def _column_width(self, tables: tuple[str, ...]) -> float:
        return next((box.width for key, box in self.boxes.items() if key[0] in tables), self.frame.card_width)

    def _dress(self) -> bool:
        """Gives cards and ribbons the vendors of the plan; says whether they are others than before."""
        plan = self._document.plan
        vendor_of = {p.id: p.vendor for p in plan.platforms}
        vendors = {o.id: vendor_of.get(o.platform, "") for o in plan.offers}
        lines = self.columns.folds.values()
        vendors |= {fold.key[1]: vendor_of_line(plan, fold) for fold in lines if fold.table == "offers"}
        dress = (tuple(vendors.items()), self.is_hatched)
        if dress == self._dressed:
            return False
        self.vendors, self._dressed = vendors, dress
        self._layer.set_vendors(vendors, self.is_hatched)
        self._marks = legend.hatches_of(vendors.values()) if self.is_hatched else {}
        for card in self.cards.values():
            self._hatch(card)
        self._dim()
        return True

    def _hatch(self, card: CardItem) -> None:
        table, id = card.key
        if table == "offers" and id in self.vendors:
            card.set_hatch(self._marks.get(self.vendors[id], legend.PLAIN))

    @property
    def _period(self) -> int:
        return min(self._document.period, self._time.periods - 1)

    def _write(self, moved: bool = False) -> None:
        """Lets cards say what they have to say now: those whose row or figures are others than before, and new ones.

        Of thousands the first are drawn at once, and the rest a few at a time: the window never waits for them.
        """
        at_once = len(self.boxes) + 1 if len(self.boxes) <= MANY else 0 if self.is_growing else AT_ONCE
        self._rest.cancel()
        wrote = list(islice(self._say(), at_once))
        if wrote:
            self.touch()
        if wrote or moved:
            self.cards_changed.emit(wrote)
        if len(wrote) == at_once and not self._is_stopped:
            self._rest.run(self._say_rest())

    def _sayings(self) -> Iterator[tuple[Key, object, Callable[[], CardText]]]:
        """Each card that is to be seen, what its words are made of, and what makes them."""
        plan, picture = self._document.plan, self.picture
        platforms = {p.id: p for p in plan.platforms}
        shared = (self._time, self._period, plan.settings.currency)
        names = {w.id: row_name(w) for w in plan.workloads}
        for table in TABLES:
            apart = self._apart(table)
            for row in getattr(plan, table):
                key, platform = (table, row.id), platforms.get(row.platform) if table == "offers" else None
                if key in self.boxes:
                    problems, figures = self.problems.get(key, ()), figures_of(picture, key, shared[1])
                    called = names if table == "services" else {}
                    differs = apart.get(row_name(row), 0)
                    made_of = (row, platform, figures, problems, shared, called, differs)
                    made = partial(text_of, row, platform, picture, shared, problems, names)
                    yield key, made_of, partial(_apart, made, differs)
        for key, fold in self.columns.folds.items():
            words = fold_text(plan, fold, picture, self._period)
            yield key, words, partial(_itself, words)

    def _apart(self, table: str) -> dict[str, int]:
        """Where the name of each card of a column is another than its twins'."""
        names = tuple(row_name(row) for row in getattr(self._document.plan, table) if (table, row.id) in self.boxes)
        known = self._twins.get(table)
        if known is None or known[0] != names:
            known = self._twins[table] = (names, where_twins_differ(names))
        return known[1]

    def _say(self) -> Iterator[Key]:
        """Draws and writes one card after another that is new or says other things; gives its key."""
        for key, made_of, words in self._sayings():
            card = self.cards.get(key)
            if card is None:
                card = self.cards[key] = CardItem(key)
                self.addItem(card)
                card.set_box(self.boxes[key])
                self._hatch(card)
                self._dim_card(card)
            if card.made_of != made_of:
                card.made_of = made_of
                card.set_text(words())
                yield key

    def _say_rest(self) -> Steps:
        wrote = []
        for key in self._say():
            wrote.append(key)
            yield "more" if len(wrote) % SAID == 0 else ""
        return wrote

    def _take_rest(self, wrote: list[Key]) -> None:
        """All cards are drawn: what stands beside them follows."""
        self._mark_cards()
        self.touch()
        self.cards_changed.emit(wrote)
        self.looks_changed.emit()
        self.growing.emit(len(self.boxes), len(self.boxes))

    @property
    def is_growing(self) -> bool:
        """Whether there are cards to be drawn yet."""
        return self._rest.is_running

    def stop_growing(self) -> None:
        """Draws no more cards of this plan than there are, until `grow` or another plan."""
        self._is_stopped = True
        self._rest.cancel()

    def grow(self) -> None:
        """Draws the cards that are not there yet."""
        self._is_stopped = False
        self._write()

    def _heading(self) -> QGraphicsSimpleTextItem:
        item = QGraphicsSimpleTextItem()
        font = theme.font(12, QFont.Weight.DemiBold)
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.6)
        item.setFont(font)
        item.setBrush(QColor(theme.tokens().muted))
        self.addItem(item)
        return item

    # Ribbons

    def _flow(self, result: bool) -> None:
        """Sends every ribbon to where it belongs; what a result or a period brings may glide, but under no hand."""
        self.flows, self._drawn, self._bundles = {}, {}, Bundles({}, {}, {})
        if self.picture is not None:
            self.flows = flows_at(self.picture, self._document.period)
            self._drawn = self.columns.flows(self.flows)
            peaks = self.columns.peaks(self.picture.peaks)
            self._bundles = Bundles(self._drawn, scales_of(peaks, self._drawn, self.boxes), self.boxes)
        is_seen = bool(self.views()) and self.views()[0].isVisible()
        self._layer.send(self._bundles.bands(self.boxes), result=result, may_glide=is_seen and not self._held_keys)
        if self._held_keys:
            self.hold(self._held_keys)
        else:
            self._tint()

    def finish_motion(self) -> None:
        """Puts every ribbon where it is going, at once."""
        self._layer.finish()

    # What stands out

    def _chosen(self) -> set[Key]:
        places = map(self.columns.place, self._document.selection.rows)
        return {key for key in places if key in self.cards}

    def mark_selection(self) -> None:
        """Shows the document's selection on cards and ribbons; a few rows that lie folded come into sight."""
        rows = self._document.selection.rows
        hidden = [key for key in rows if key in self.columns.lines]
        lines = {self.columns.lines[key] for key in hidden}
        if 0 < len(hidden) <= FEW and sum(len(self.columns.folds[line].rows) for line in lines) != len(rows):
            self.keep_in_sight(hidden)
        self._mark_cards()
        self._tint()

    def _mark_cards(self) -> None:
        chosen = self._chosen()
        for key in chosen ^ self._marked:
            if key in self.cards:
                self.cards[key].set_state(chosen=key in chosen)
        self._marked = chosen

    def choose_wires(self, wires: Iterable[Wire] = ()) -> None:
        """Marks wires, for Delete and the eye."""
        chosen = tuple(dict.fromkeys(wires))
        if chosen != self._layer.chosen:
            self._layer.chosen = chosen
            self._tint()

    def hover_wire(self, wire: Wire | None) -> None:
        """Marks the wire under the pointer."""
        if wire != self._layer.hovered:
            self._layer.hovered = wire
            self._tint()

    def _tint(self) -> None:
        chosen = self._chosen()
        self._layer.tint(chosen, self._drawn)
        self._layer.dash(set() if self.held else chosen, self.picture, self._drawn, self.boxes)
        self.touch()

    def wire_words(self, wire: Wire) -> str:
        """The quantity of a wire in the period shown."""
        plan = self._document.plan
        lines = {key: fold.name for key, fold in self.columns.folds.items()}
        words = wire_text(plan, wire, self._drawn.get(wire, 0.0), self._time, self._period, lines)
        work, offer = find(plan, *wire.start_key), find(plan, *wire.end_key)
        if wire.kind == "buy" and work is not None and self.picture is not None and wire in self.flows:
            return f"{words}\n{rate(float(self.picture.rates[wire][self._period]), work.unit)} on average"
        if wire.kind != "use" or work is None or offer is None:
            return words
        from gigaplan.gui.present.throughput_words import work_per_chip  # only when somebody asks

        return f"{words}\n{work_per_chip(plan, work, offer)}"

    def in_short(self, table: str, row: str) -> InShort | None:
        """That an offer or a service is chosen, or why not; None for other rows, and where that is not known."""
        picture = self.picture
        if picture is None or table not in ("offers", "services") or find(picture.result.plan, table, row) is None:
            return None
        from gigaplan.engine.analysis.messages import in_short  # only when somebody asks

        return in_short(picture.result, table, row)

    def card_tip(self, key: Key) -> str:
        """All that a card tells, as rich text: of an offer also what its chips do for each workload that uses them, and
        of an offer or a service without any why it is not chosen."""
        text = self.cards[key].text.tip
        plan, offer = self._document.plan, find(self._document.plan, *key)
        users = {wire.start for wire in self.flows if wire.kind in ("use", "buy") and wire.end == key[1]}
        if not users:
            said = self.in_short(*key)
            text = "<br>".join(filter(None, (text, "" if said is None or said.is_chosen else escape(said.text))))
        if key[0] != "offers" or offer is None:
            return text
        from gigaplan.engine.validation.price_marks import price_marks
        from gigaplan.gui.present.throughput_words import work_per_chip

        marks = price_marks(offer)
        lines = [f"{', '.join(marks)}.".capitalize()] if marks else []
        lines += [f"{row_name(w)}: {work_per_chip(plan, w, offer)}" for w in plan.workloads if w.id in users]
        return "<br>".join([text, *map(escape, lines)])

    def obstacle(self, wire: Wire) -> str:
        """Why a wire that is not forbidden carries nothing, in words."""
        plan = self._document.plan
        work, offer = find(plan, *wire.start_key), find(plan, *wire.end_key)
        words = refusal_words(plan, work, offer) if wire.kind != "stand" and work and offer else ""
        if words or wire in self.flows:
            return words or "Allowed and in use"
        return "Already allowed; the optimal plan does not use it in this period"

    def set_dimmed(self, dimmed: bool) -> None:
        """Pales the ribbons of a picture that is not of the plan as it stands."""
        if dimmed != self._layer.is_dimmed:
            self._layer.is_dimmed = dimmed
            self._tint()

    def set_hatched(self, hatched: bool) -> None:
        """Tells vendors apart by hatches too, or by colour alone."""
        if hatched != self.is_hatched:
            self.is_hatched = hatched
            self.show_plan()

    def restyle(self) -> None:
        """Takes the colours of another appearance."""
        for heading in self._headings:
            heading.setBrush(QColor(theme.tokens().muted))
        for item in (*self.cards.values(), *self._ghosts.values()):
            item.update()
        self._tint()
