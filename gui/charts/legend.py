"""The names and colours of a chart's lines, in one row: a click hides or shows a line."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui import theme
from gui.charts.items import shown_colour
from gui.plots.picture import Line

SQUARE, GAP, NEXT = 9, 5, 12
LONGEST = 96
MORE = "(more)"


class Legend(QWidget):
    """As many entries as have room, the rest behind a count. A click emits `toggled(key)`, on the count `more`."""

    toggled = Signal(str)
    more = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._lines: tuple[Line, ...] = ()
        self._hidden: set[str] = set()
        self._places: list[tuple[str, QRect]] | None = None

    def show_lines(self, lines: tuple[Line, ...], hidden: set[str]) -> None:
        """Names these lines."""
        new = [(ln.key, ln.label, ln.colour) for ln in lines]
        if new != [(ln.key, ln.label, ln.colour) for ln in self._lines] or hidden != self._hidden:
            self._lines, self._hidden, self._places = lines, set(hidden), None
            self.setAccessibleName("Legend: " + ", ".join(line.label for line in lines if line.key not in hidden))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(34, 20)

    def minimumSizeHint(self) -> QSize:
        return QSize(34, 20)

    def resizeEvent(self, event: QEvent) -> None:
        self._places = None

    def place_of(self, key: str) -> QRect:
        """Where the entry of a line is; an empty rectangle if it has no room."""
        return next((rect for name, rect in self._layout() if name == key), QRect())

    def _layout(self) -> list[tuple[str, QRect]]:
        """The entries that have room, from the left, ending at the right edge."""
        if self._places is not None:
            return self._places
        metrics = QFontMetrics(theme.font(12))
        widths = [SQUARE + GAP + 3 + min(LONGEST, metrics.horizontalAdvance(line.label)) for line in self._lines]
        count_width = metrics.horizontalAdvance(f"+{len(widths)}")
        fit, used = 0, 0
        for k, width in enumerate(widths):
            reserve = 0 if k == len(widths) - 1 else NEXT + count_width
            if used + width + reserve > self.width():
                break
            fit, used = k + 1, used + width + NEXT
        rest = fit < len(widths)
        x = self.width() - (used + count_width if rest else used - NEXT)
        places = []
        for line, width in zip(self._lines[:fit], widths, strict=False):
            places.append((line.key, QRect(x, 0, width, self.height())))
            x += width + NEXT
        if rest:
            places.append((MORE, QRect(x, 0, count_width, self.height())))
        self._places = places
        return places

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(12))
        lines = {line.key: line for line in self._lines}
        centre = Qt.AlignmentFlag.AlignVCenter
        for key, rect in self._layout():
            painter.setPen(theme.colour(t.muted))
            if key == MORE:
                painter.drawText(rect, centre, f"+{len(self._lines) - len(self._layout()) + 1}")
                continue
            line, off = lines[key], key in self._hidden
            text = painter.fontMetrics().elidedText(
                line.label, Qt.TextElideMode.ElideRight, rect.width() - SQUARE - GAP + 1
            )
            painter.drawText(rect.adjusted(SQUARE + GAP, 0, 2, 0), centre, text)
            square = QRectF(rect.x() + 0.5, rect.center().y() - SQUARE / 2 + 0.5, SQUARE - 1, SQUARE - 1)
            colour = theme.colour(shown_colour(line))
            painter.setPen(colour)
            painter.setBrush(Qt.BrushStyle.NoBrush if off else colour)
            if line.style == "dash":
                square = QRectF(square.x(), square.center().y() - 0.5, square.width(), 1)
            painter.drawRoundedRect(square, 2, 2)
            if off:
                painter.setPen(theme.colour(t.muted))
                painter.drawLine(rect.x() + SQUARE + GAP, rect.center().y() + 1, rect.right(), rect.center().y() + 1)

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
            lines = {line.key: line.label for line in self._lines}
            for key, rect in self._layout():
                if rect.contains(event.pos()):
                    text = "All of them, to show or hide" if key == MORE else f"{lines[key]}: click to hide or show"
                    QToolTip.showText(event.globalPos(), text, self)
                    return True
        return super().event(event)
