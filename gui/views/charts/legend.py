"""The names and colours of a chart's lines, in rows: a click hides or shows a line."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gigaplan.gui.charting.hatches import patterns_on
from gigaplan.gui.charting.swatches import paint_swatch
from gigaplan.gui.present.picture import Line
from gigaplan.gui.style import theme
from gigaplan.gui.widgets.texts import show_tip, wrapped

ROW, GAP, NEXT = 20, 5, 12
PLAIN, PATTERNED = 9, 14
"""How wide swatches are; a hatch needs more room to be told from others."""
MORE = "(more)"


class Legend(QWidget):
    """As many entries as have room, the rest behind a count. A click emits `toggled(key)`, on the count `more`.

    In one row beside a title, it ends at the right; in rows of its own, it begins at the left.
    """

    toggled = Signal(str)
    more = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._lines: tuple[Line, ...] = ()
        self._hidden: set[str] = set()
        self._rows = 0
        self._places: list[tuple[str, QRect]] | None = None

    def show_lines(self, lines: tuple[Line, ...], hidden: set[str]) -> bool:
        """Names these lines; says whether they are others than before."""
        new = [(ln.key, ln.label, ln.colour, ln.rim, ln.style, ln.hatch) for ln in lines]
        old = [(ln.key, ln.label, ln.colour, ln.rim, ln.style, ln.hatch) for ln in self._lines]
        if new == old and hidden == self._hidden:
            return False
        self.updateGeometry()
        self._lines, self._hidden = lines, set(hidden)
        self.setAccessibleName("Legend: " + ", ".join(line.label for line in lines if line.key not in hidden))
        self.restyle()
        return new != old

    def restyle(self) -> None:
        """Lays out and paints anew."""
        self._places = None
        self.update()

    def set_rows(self, rows: int) -> None:
        """Takes that many rows; 0 for one row beside a title."""
        if rows != self._rows:
            self._rows = rows
            self.restyle()
            self.updateGeometry()

    def rows_needed(self, width: int) -> int:
        """How many rows of that width it takes to name every line."""
        rows, used = 1, 0
        for entry in self._widths(width):
            if used and used + entry > width:
                rows, used = rows + 1, 0
            used += entry + NEXT
        return rows

    def fits(self, width: int) -> bool:
        """Whether one row of that width names every line in full."""
        widths = self._widths(100_000)
        return sum(widths) + NEXT * (len(widths) - 1) <= width

    @property
    def least(self) -> int:
        """The width that it takes to say how many lines there are."""
        return QFontMetrics(theme.font(12)).horizontalAdvance(f"+{len(self._lines)}") + 2

    def sizeHint(self) -> QSize:
        return QSize(24 if self._lines else 0, ROW * max(1, self._rows))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QEvent) -> None:
        self._places = None

    def place_of(self, key: str) -> QRect:
        """Where the entry of a line is; an empty rectangle if it has no room."""
        return next((rect for name, rect in self._layout() if name == key), QRect())

    def _widths(self, most: int) -> list[int]:
        metrics, swatch = QFontMetrics(theme.font(12)), _swatch()
        return [min(most, swatch + GAP + 3 + metrics.horizontalAdvance(line.label)) for line in self._lines]

    def _layout(self) -> list[tuple[str, QRect]]:
        """The entries that have room, row by row; where not all have, the count comes last."""
        if self._places is not None:
            return self._places
        most = self.width()
        count = QFontMetrics(theme.font(12)).horizontalAdvance(f"+{len(self._lines)}")
        places: list[tuple[str, QRect]] = []
        widths, x, row, last = self._widths(most), 0, 0, max(1, self._rows) - 1
        if self._rows and len(widths) > 1 and widths[0] + NEXT + count > most:
            widths[0] = max(most - NEXT - count, 0)  # better a part of the first name than none
        for k, (line, width) in enumerate(zip(self._lines, widths, strict=True)):
            if x and x + width > most and row < last:
                x, row = 0, row + 1
            # In the last row, the count needs room where what is left has none.
            left = sum(widths[k:]) + NEXT * (len(widths) - k - 1)
            if row == last and x + left > most and x + width + NEXT + count > most:
                places.append((MORE, QRect(x, row * ROW, count, ROW)))
                break
            places.append((line.key, QRect(x, row * ROW, width, ROW)))
            x += width + NEXT
        if not self._rows and places:
            places = [(key, rect.translated(most - places[-1][1].right() - 1, 0)) for key, rect in places]
        self._places = places
        return places

    def paintEvent(self, event: QPaintEvent) -> None:
        t, patterns, swatch = theme.tokens(), patterns_on(), _swatch()
        painter = QPainter(self)
        painter.setFont(theme.font(12))
        lines = {line.key: line for line in self._lines}
        centre = Qt.AlignmentFlag.AlignVCenter
        for key, rect in self._layout():
            painter.setPen(theme.colour(t.muted))
            if key == MORE:
                painter.drawText(rect, centre, f"+{len(self._lines) - len(self._layout()) + 1}")
                continue
            line, off = lines[key], key in self._hidden
            room = rect.width() - swatch - GAP + 1
            text = painter.fontMetrics().elidedText(line.label, Qt.TextElideMode.ElideRight, room)
            painter.drawText(rect.adjusted(swatch + GAP, 0, 2, 0), centre, text)
            height = PLAIN if swatch == PLAIN else PATTERNED - 2
            box = QRectF(rect.x(), rect.center().y() - height / 2 + 0.5, swatch, height)
            paint_swatch(painter, box, line, patterns, off)
            if off:
                painter.setPen(theme.colour(t.muted))
                painter.drawLine(rect.x() + swatch + GAP, rect.center().y() + 1, rect.right(), rect.center().y() + 1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for key, rect in self._layout():
            if rect.adjusted(-3, 0, 3, 0).contains(event.position().toPoint()):
                if key == MORE:
                    self.more.emit()
                else:
                    self.toggled.emit(key)
                return

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            lines = {line.key: line for line in self._lines}
            for key, rect in self._layout():
                if rect.contains(event.pos()):
                    show_tip(event.globalPos(), wrapped(self._words(lines.get(key))), self)
                    return True
        return super().event(event)

    def _words(self, line: Line | None) -> str:
        if line is None:
            shown = [key for key, _ in self._layout()]
            rest = [ln.label for ln in self._lines if ln.key not in shown]
            return f"{len(rest)} more\n{', '.join(rest)}. Click for all of them, to show or hide."
        return f"{line.label}\n{line.meaning} Click to hide or show."


def _swatch() -> int:
    return PATTERNED if patterns_on() else PLAIN
