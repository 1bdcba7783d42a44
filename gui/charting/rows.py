"""A drawing in rows that are pointed at, walked through by key, and chosen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gigaplan.gui.style import theme


class RowsPlot(QWidget):
    """Rows of one height below a head; a row that is clicked, or entered by key, is chosen."""

    head_px, row_px = 0, 28

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row = 0
        """The row that the keys are at."""
        self._under = -1
        self.dimmed = False
        """Whether what is drawn belongs to an older plan."""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)

    def rows(self) -> int:
        """How many rows are drawn."""
        raise NotImplementedError

    def choose(self, row: int) -> None:
        """Does what a row is chosen for."""
        raise NotImplementedError

    def paint(self, painter: QPainter) -> None:
        """Paints what there is, as large as the widget, without what the pointer and the keys are at."""
        raise NotImplementedError

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.rows():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.paint_grounds(painter)
            self.paint(painter)

    def row_at(self, place: QPointF) -> int:
        """The row at a place of the widget; -1 for none."""
        row = int((place.y() - self.head_px) // self.row_px)
        return row if 0 <= row < self.rows() else -1

    def paint_grounds(self, painter: QPainter) -> None:
        """Marks the row that is pointed at, and the one that the keys are at."""
        t = theme.tokens()
        for row, pen in ((self._under, ""), (self.row if self.hasFocus() else -1, t.accent)):
            if row >= 0:
                painter.setPen(QPen(theme.colour(pen), 1) if pen else Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour(t.accent_soft))
                box = QRectF(0.5, self.head_px + row * self.row_px + 0.5, self.width() - 1, self.row_px - 1)
                painter.drawRoundedRect(box, 5, 5)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self.row_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(-1)
        super().leaveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and row >= 0:
            self.row = row
            self.update()
            self.choose(row)
        else:
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is not None and 0 <= self.row + step < self.rows():
            self.row += step
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.rows():
            self.choose(self.row)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def _point_at(self, row: int) -> None:
        if row != self._under:
            self._under = row
            self.setCursor(Qt.CursorShape.PointingHandCursor if row >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()
