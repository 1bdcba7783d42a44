"""A card of the plan map: what it looks like."""

from __future__ import annotations

import functools

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import component_colour, vendor_colour
from gigaplan.gui.views.canvas import legend
from gigaplan.gui.views.canvas.card_text import CardText
from gigaplan.gui.views.canvas.folding import is_line, shorter
from gigaplan.gui.views.canvas.picture import Key
from gigaplan.gui.views.canvas.placing import GHOST, Box, Frame
from gigaplan.gui.widgets.texts import elided_middle

PAD = 11.0
CORNER = 6.0
PILL_HEIGHT = 19.0
HANDLE = 5.0
LOW = 22.0
"""A card lower than this has its bar on its edge."""
STARTS = ("workloads", "offers")
"""The tables from whose cards wires are drawn."""
BESIDE_A_MARK = ("offers", "services")
"""The tables whose cards carry a colour at their left, and their figure beneath the name."""
BADGE = 7.0
"""Half the size of the badge at a corner."""
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


@functools.cache
def _fonts() -> tuple[QFont, QFont, QFont]:
    return (theme.font(13, QFont.Weight.DemiBold), theme.font(12), theme.font(12, QFont.Weight.DemiBold))


@functools.cache
def _metrics() -> tuple[QFontMetricsF, QFontMetricsF, QFontMetricsF]:
    name, small, strong = (QFontMetricsF(font) for font in _fonts())
    return name, small, strong


class CardItem(QGraphicsItem):
    """One row of the plan. It knows where it is and what it says; the scene decides both."""

    def __init__(self, key: Key) -> None:
        super().__init__()
        self.key = key
        self.box = Box(0, 0, 10, 10, 1)
        self.text = CardText("")
        self.made_of: object = None
        """What the scene has made the text of: while that is the same, the text is."""
        self.chosen = self.aimed_at = self.has_handle = False
        self.hatch = legend.PLAIN
        self._shown: tuple[str, str] = ("", "")
        self._fits = False
        """Whether what is shown was shortened to the room that there is: of hundreds of cards few are ever in sight."""
        self._note_width = 0.0
        self._note_unit = ""
        self._note_below = False
        self.setZValue(1)
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def set_box(self, box: Box) -> None:
        """Moves and sizes the card."""
        if box == self.box:
            return
        resized = box[2:] != self.box[2:]
        if resized:
            self.prepareGeometryChange()
        self.box = box
        self.setPos(box.x, box.y)
        if resized:
            self._refit()

    def set_text(self, text: CardText) -> None:
        """Says something else."""
        if text == self.text:
            return
        if (bool(text.pill), bool(text.badge)) != (bool(self.text.pill), bool(self.text.badge)):
            self.prepareGeometryChange()
        self.text = text
        self._refit()

    def set_hatch(self, hatch: Qt.BrushStyle) -> None:
        """Hatches the bar of its vendor, or not."""
        if hatch != self.hatch:
            self.hatch = hatch
            self.update()

    def set_state(
        self, *, chosen: bool | None = None, aimed_at: bool | None = None, has_handle: bool | None = None
    ) -> None:
        """Whether it is selected, is where a wire would land, shows its handle."""
        new = (
            self.chosen if chosen is None else chosen,
            self.aimed_at if aimed_at is None else aimed_at,
            self.has_handle if has_handle is None else has_handle,
        )
        if new != (self.chosen, self.aimed_at, self.has_handle):
            self.chosen, self.aimed_at, self.has_handle = new
            self.setZValue(2 if self.chosen or self.has_handle else 1)
            self.update()

    @property
    def name_rect(self) -> QRectF:
        """Where the name stands, in the card's own coordinates: for the editor that renames it."""
        height = self.box.height if self.box.lines == 1 else min(self.box.height, 24.0)
        return QRectF(3, 1, self.box.width - 6, height)

    def handle_at(self, point: QPointF) -> bool:
        """Whether a point of the card's own coordinates is on the handle that wires are drawn from."""
        if self.key[0] not in STARTS:
            return False
        away = point - QPointF(self.box.width, self.box.height / 2)
        return abs(away.x()) <= 9 and abs(away.y()) <= 9

    def boundingRect(self) -> QRectF:
        below = PILL_HEIGHT * 0.75 if self.text.pill and self.box.lines == 3 else 2
        out = BADGE + 1 if self.text.badge else 2
        return QRectF(-out, -out, self.box.width + out + 2 + HANDLE, self.box.height + out + below)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(QRectF(0, 0, self.box.width + (HANDLE if self.has_handle else 0), self.box.height))
        return path

    def _refit(self) -> None:
        self._fits = False
        self.update()

    def _fit(self) -> None:
        """Shortens what does not fit, before the first painting and not at every one."""
        self._fits = True
        name, small, strong = _metrics()
        text, inside = self.text, self.box.width - PAD - self._left
        self._note_unit, note = text.note_unit, text.note + text.note_unit
        self._note_width = (
            strong.horizontalAdvance(text.note) + small.horizontalAdvance(text.note_unit) + 8 if note else 0.0
        )
        self._note_below = self._has_room_below(name.horizontalAdvance(text.name) + self._note_width > inside)
        if self.box.lines == 1 and name.horizontalAdvance(text.name) + self._note_width > inside:
            # On one line the name comes before what the limit is.
            self._note_unit, note = "", text.note
            self._note_width = strong.horizontalAdvance(note) + 8 if note else 0.0
        share = self._note_width if self._note_line == 0 else 0.0
        detail = inside - (self._note_width if self._note_line == 1 else 0.0)
        if text.pill and self.box.lines == 2 and self.key[0] == "sites":
            detail -= self._pill_width + 2
        called = elided_middle(name, text.name, inside - share, text.differs)
        if is_line(self.key):
            ways = shorter(text.name)
            called = next((words for words in ways if name.horizontalAdvance(words) <= inside - share), "")
            if not called:  # of several rows, how many they are is never cut
                who, _, count = ways[-1].rpartition(": ")
                rest = max(inside - share - name.horizontalAdvance(f": {count}"), 0.0)
                called = f"{name.elidedText(who, Qt.TextElideMode.ElideRight, rest)}: {count}"
        self._shown = (called, self._details(max(detail, 0.0)))

    def _details(self, room: float) -> str:
        """As many of the details as fit; of the first, what fits."""
        small, parts = _metrics()[1], self.text.details
        for count in range(len(parts), 1, -1):
            line = " · ".join(parts[:count])
            if small.horizontalAdvance(line) <= room:
                return line
        text = small.elidedText(parts[0], Qt.TextElideMode.ElideRight, room) if parts else ""
        return text if len(text) > 1 else ""

    @property
    def _left(self) -> float:
        return 17.0 if self.key[0] in BESIDE_A_MARK else PAD

    def _has_room_below(self, is_long: bool) -> bool:
        """Whether the note stands beside the details: of every offer, and where the name needs all the width."""
        pill_there = self.text.pill and self.box.lines == 2
        return self.box.lines > 1 and (self.key[0] in BESIDE_A_MARK or (is_long and not pill_there))

    @property
    def _note_line(self) -> int:
        return 1 if self._note_below else 0

    @property
    def _pill_width(self) -> float:
        return _metrics()[2].horizontalAdvance(self.text.pill) + 14

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if not self._fits:
            self._fit()
        t = theme.tokens()
        self._paint_ground(painter, t)
        box, text = self.box, self.text
        name_font, small_font, _ = _fonts()
        first, second = self._lines()
        painter.setPen(QColor(t.muted if is_line(self.key) else t.text))
        painter.setFont(name_font)
        painter.drawText(first, _LEFT, self._shown[0])
        if box.lines > 1:
            painter.setPen(QColor(t.muted))
            painter.setFont(small_font)
            painter.drawText(second, _LEFT, self._shown[1])
        if text.note or self._note_unit:
            self._paint_note(painter, t, first if self._note_line == 0 else second)
        if text.used is not None:
            self._paint_bar(painter, t)
        if text.pill and box.lines > 1:
            self._paint_pill(painter, t, second)
        if text.badge:
            self._paint_badge(painter, t)
        if self.has_handle and self.key[0] in STARTS:
            painter.setPen(QPen(QColor(t.accent), 2))
            painter.setBrush(QColor(t.panel))
            painter.drawEllipse(QPointF(box.width, box.height / 2), HANDLE - 1, HANDLE - 1)

    def _lines(self) -> tuple[QRectF, QRectF]:
        """The rectangles of the name and of the detail."""
        box, left = self.box, self._left
        width = box.width - left - PAD
        if box.lines == 1:
            shift = 0.0 if self.text.used is None else 0.75 if box.height < LOW else 2.0
            return QRectF(left, -2 - shift, width, box.height + 4), QRectF()
        spare = {3: 15.0, 2: 7.0}[box.lines] if self.key[0] == "sites" else 0.0 if self.text.used is None else 2.0
        top = (box.height - spare - 33) / 2
        return QRectF(left, top, width, 17), QRectF(left, top + 17, width, 16)

    def _paint_ground(self, painter: QPainter, t: theme.Tokens) -> None:
        edge = QPen(QColor(t.accent if self.chosen or self.aimed_at else t.line), 2 if self.chosen else 1)
        if self.aimed_at and not self.chosen:
            edge.setWidthF(1.6)
            edge.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(edge)
        painter.setBrush(QColor(t.accent_soft if self.aimed_at else t.window if is_line(self.key) else t.panel))
        inset = 0.5 if edge.widthF() < 1.5 else 0.0
        around = QRectF(0, 0, self.box.width, self.box.height).adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(around, CORNER, CORNER)
        if self.text.vendor or self.text.is_bought:
            self._paint_vendor(painter)

    def _paint_vendor(self, painter: QPainter) -> None:
        inside = 6 if self.box.lines > 1 else 4
        colour = QColor(component_colour("services") if self.text.is_bought else vendor_colour(self.text.vendor))
        painter.setPen(Qt.PenStyle.NoPen)
        if self.text.is_bought:  # a ring: no chips stand behind it
            painter.setPen(QPen(colour, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(6.5, inside + 0.5, 4.5, self.box.height - 2 * inside - 1), 2, 2)
        elif self.hatch == legend.PLAIN:
            painter.setBrush(colour)
            painter.drawRoundedRect(QRectF(7, inside, 3.5, self.box.height - 2 * inside), 1.75, 1.75)
        else:
            legend.paint(painter, QRectF(4, inside, 10, self.box.height - 2 * inside), colour, self.hatch)

    def _paint_badge(self, painter: QPainter, t: theme.Tokens) -> None:
        painter.setPen(QPen(QColor(t.panel), 1.5))
        painter.setBrush(QColor(t.error if self.text.badge == "error" else t.warning))
        painter.drawEllipse(QPointF(1, 1), BADGE, BADGE)
        painter.setPen(QColor(t.panel))
        painter.setFont(_fonts()[2])
        painter.drawText(QRectF(1 - BADGE, 1 - BADGE, 2 * BADGE, 2 * BADGE), Qt.AlignmentFlag.AlignCenter, "!")

    def _paint_note(self, painter: QPainter, t: theme.Tokens, line: QRectF) -> None:
        _, small, strong = _fonts()
        text = self.text
        if self._note_unit:
            painter.setFont(small)
            painter.setPen(QColor(t.muted))
            painter.drawText(line, _RIGHT, self._note_unit)
            line = line.adjusted(0, 0, -_metrics()[1].horizontalAdvance(self._note_unit), 0)
        painter.setFont(strong)
        plain = t.muted if self.key[0] in BESIDE_A_MARK else t.text
        painter.setPen(QColor(t.warning if text.warns else plain))
        painter.drawText(line, _RIGHT, text.note)

    def _paint_bar(self, painter: QPainter, t: theme.Tokens) -> None:
        """How much of its limit is used; of a site as the weightiest thing, of the others as a line at the bottom."""
        is_site, lines, is_low = self.key[0] == "sites", self.box.lines, self.box.height < LOW
        left = PAD if is_site else CORNER
        width = self.box.width - 2 * left
        thick, above = {3: (4.0, 12.0), 2: (3.0, 7.0)}.get(lines, (2.0, 4.5)) if is_site else (2.0, 3.5)
        if is_low:
            thick, above = 1.5, 2.25
        y = self.box.height - above
        painter.setPen(Qt.PenStyle.NoPen)
        if not is_low:
            painter.setBrush(QColor(t.track))
            painter.drawRoundedRect(QRectF(left, y, width, thick), thick / 2, thick / 2)
        if self.text.used:
            painter.setBrush(QColor(t.warning if self.text.warns else t.accent))
            painter.drawRoundedRect(QRectF(left, y, max(width * self.text.used, thick), thick), thick / 2, thick / 2)

    def _paint_pill(self, painter: QPainter, t: theme.Tokens, second: QRectF) -> None:
        width = self._pill_width
        if self.box.lines == 3:
            place = QRectF(self.box.width - width - 6, self.box.height - 5.5, width, PILL_HEIGHT)
        else:
            place = QRectF(second.right() - width + 4, second.top() - 1, width, 17)
        is_dim = self.text.is_pill_dim
        painter.setPen(QPen(theme.colour(t.muted if is_dim else t.warning, 0.55), 1))
        painter.setBrush(QColor(t.track if is_dim else t.warning_soft))
        painter.drawRoundedRect(place, place.height() / 2, place.height() / 2)
        painter.setFont(_fonts()[2])
        painter.setPen(QColor(t.muted if is_dim else t.warning))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self.text.pill)


# What stands in a column of the plan map that is still empty: the outline of a card, and what belongs there.


WORDS = {"workloads": "Drag work here", "offers": "Drag chips or offers here", "sites": "Drag a site here"}

GHOST_PAD = 6.0
"""Free between the words and the outline."""


class GhostItem(QGraphicsItem):
    """The outline of the first card of a column."""

    def __init__(self, table: str) -> None:
        super().__init__()
        self._table = table
        self._area = QRectF()

    def place(self, frame: Frame) -> None:
        """Lies in the middle of its column."""
        self.prepareGeometryChange()
        width = frame.card_width
        self._area = QRectF(frame.column(self._table) - width / 2, -GHOST / 2, width, GHOST)

    def boundingRect(self) -> QRectF:
        return self._area.adjusted(-1, -1, 1, 1)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        t = theme.tokens()
        painter.setPen(QPen(theme.colour(t.muted, 0.7), 1.2, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(self._area, 6, 6)
        painter.setPen(theme.colour(t.muted))
        painter.setFont(theme.font(12))
        # In a narrow column the words take two lines.
        inside = self._area.adjusted(GHOST_PAD, 0, -GHOST_PAD, 0)
        painter.drawText(inside, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, WORDS[self._table])
