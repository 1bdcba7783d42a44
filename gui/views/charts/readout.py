"""What lies over a plot: the values under the pointer, and a veil over a picture that is out of date."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gigaplan.gui.charting.hatches import patterns_on
from gigaplan.gui.charting.swatches import paint_swatch
from gigaplan.gui.present.picture import STACKED, Line, Picture
from gigaplan.gui.style import theme
from gigaplan.gui.text.kpi_text import amount

ROW = 17
MOST_ROWS = 11
Row = tuple[Line | None, str, str]
"""The line that is read out (none for a total), its name, and its value with unit."""


def rows_of(picture: Picture, hidden: set[str], column: int, most: int = 1000) -> list[Row]:
    """Name and value of each line that is shown and not nil in a column, topmost first.

    Beyond `most` rows, the smallest of those that are stacked are added up in one.
    """
    unit = picture.unit if _says_unit(picture) else ""

    def words(value: float) -> str:
        return amount(value, unit, picture.currency)

    shown = [line for line in picture.lines if line.key not in hidden]
    stacked = [line for line in reversed(shown) if line.style in STACKED]
    alone: list[Row] = [(ln, ln.label, words(float(ln.values[column]))) for ln in shown if ln.style not in STACKED]
    if not stacked:
        return alone
    rows: list[Row] = []
    if len(stacked) > 1:
        rows.append((None, "Total", words(sum(float(line.values[column]) for line in stacked))))
    rows += alone
    there = [ln for ln in stacked if ln.values[column]]
    room = max(most - len(rows), 1)
    ranked = sorted(there, key=lambda ln: -abs(ln.values[column]))
    rest = {ln.key for ln in ranked[room - 1 :]} if len(there) > room else set()
    rows += [(ln, ln.label, words(float(ln.values[column]))) for ln in there if ln.key not in rest]
    if rest:
        added = sum(float(ln.values[column]) for ln in there if ln.key in rest)
        rows.append((None, f"{len(rest)} others", words(added)))
    return rows


def words_of(picture: Picture) -> str:
    """What stands behind the heading: a unit that need not stand with each value."""
    return "" if _says_unit(picture) else f" · {picture.unit_text}"


def _says_unit(picture: Picture) -> bool:
    return picture.unit != "chips"


class Readout(QWidget):
    """A small panel with a heading and rows of colour, name and value; the mouse goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.heading = ""
        self.rows: list[Row] = []
        self.hide()

    def most_rows(self) -> int:
        """How many rows have room."""
        return max(2, min(MOST_ROWS, (self._over.height() - 44) // ROW))

    def show_rows(self, heading: str, rows: list[Row], beside: int) -> None:
        """Shows values beside the pixel column `beside`, on the side with more room."""
        room = self._over.rect()
        self.heading, self.rows = heading, rows
        metrics = QFontMetrics(theme.font(12))
        names = max((metrics.horizontalAdvance(name) for _, name, _ in rows), default=0)
        values = max((metrics.horizontalAdvance(value) for _, _, value in rows), default=0)
        width = max(min(names, 230) + values + 46, metrics.horizontalAdvance(heading) + 30)
        aside = beside - 14 if beside >= room.center().x() else room.width() - beside - 14
        width = min(width, max(aside, 270), room.width() - 8)
        height = (len(rows) + 1) * ROW + 12
        x = beside + 10 if beside < room.center().x() else beside - 10 - width
        self.setGeometry(QRect(QPoint(max(4, min(x, room.width() - width - 4)), 6), QPoint(0, 0)))
        self.resize(width, height)
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour(t.line), 1))
        painter.setBrush(theme.colour(t.panel, 0.94))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setPen(theme.colour(t.text))
        painter.setFont(theme.font(12, QFont.Weight.DemiBold))
        painter.drawText(QRect(10, 6, self.width() - 20, ROW), Qt.AlignmentFlag.AlignVCenter, self.heading)
        painter.setFont(theme.font(12))
        metrics = painter.fontMetrics()
        patterns = patterns_on()
        for k, (line, name, value) in enumerate(self.rows):
            y = 6 + (k + 1) * ROW
            if line is not None:
                paint_swatch(painter, QRectF(9, y + 4, 10, 10), line, patterns)
            right = metrics.horizontalAdvance(value)
            painter.setPen(theme.colour(t.muted))
            room = self.width() - 24 - right - 18
            painter.drawText(
                24,
                y,
                room,
                ROW,
                Qt.AlignmentFlag.AlignVCenter,
                metrics.elidedText(name, Qt.TextElideMode.ElideRight, room),
            )
            painter.setPen(theme.colour(t.text))
            painter.drawText(
                0, y, self.width() - 10, ROW, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, value
            )


class Veil(QWidget):
    """Dims what lies under it by half, with words over it if there are any; the mouse goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.words = ""
        self.dims = False
        self.hide()

    def set_state(self, dims: bool, words: str) -> None:
        """Covers its parent, or goes away where there is nothing to dim or say."""
        if (dims, words) != (self.dims, self.words):
            self.dims, self.words = dims, words
            self.update()
        self.setGeometry(self._over.rect())
        self.setVisible(dims or bool(words))

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        if self.dims:
            painter.fillRect(self.rect(), theme.colour(t.panel, 0.5))
        if self.words:
            painter.setFont(theme.font(13, QFont.Weight.Medium))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            room = self.rect().adjusted(24, 16, -24, -20)
            if self.dims:
                box = painter.boundingRect(room, flags, self.words).adjusted(-12, -8, 12, 8)
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(QPen(theme.colour(t.line), 1))
                painter.setBrush(theme.colour(t.panel))
                painter.drawRoundedRect(QRectF(box), 8, 8)
            painter.setPen(theme.colour(t.text if self.dims else t.muted))
            painter.drawText(room, flags, self.words)
