"""The colours of the vendors in the plan."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.canvas import hatches
from gui.plots.hatches import patterns_on
from gui.texts import literal

SWATCH, GAP, SPACE = 9.0, 5.0, 14.0
HATCHED = 15.0
"""A hatch needs more room to be told from another."""


class Legend(QWidget):
    """Vendors at the right edge, each with its colour; what has no room is counted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._vendors: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Vendors")

    def set_vendors(self, vendors: tuple[str, ...]) -> None:
        """Shows other vendors."""
        if vendors != self._vendors:
            self._vendors = vendors
            self.setToolTip(literal(", ".join(vendors)))
            self.setAccessibleDescription(", ".join(vendors))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(60, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        font = theme.font(12)
        metrics = QFontMetricsF(font)
        names = list(self._vendors)
        marks = hatches.hatches_of(names) if patterns_on() else {}
        side = HATCHED if marks else SWATCH
        widths = [side + GAP + metrics.horizontalAdvance(name) + SPACE for name in names]
        more = metrics.horizontalAdvance("+99") + SPACE
        hidden = 0
        while names and sum(widths[: len(names)]) - SPACE + (more if hidden else 0) > self.width():
            names.pop()
            hidden += 1
        x = self.width() - (sum(widths[: len(names)]) - (0 if hidden else SPACE)) - (more - SPACE if hidden else 0)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        for name, width in zip(names, widths, strict=False):
            swatch = QRectF(x, (self.height() - min(side, 13)) / 2, side, min(side, 13))
            if marks:
                hatches.paint(painter, swatch, QColor(theme.vendor_colour(name)), marks[name])
            else:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(theme.vendor_colour(name)))
                painter.drawRoundedRect(swatch, 2, 2)
            painter.setPen(QColor(theme.tokens().muted))
            painter.drawText(QRectF(x + side + GAP, 0, width, self.height()), Qt.AlignmentFlag.AlignVCenter, name)
            x += width
        if hidden:
            painter.setPen(QColor(theme.tokens().muted))
            painter.drawText(QRectF(x, 0, more, self.height()), Qt.AlignmentFlag.AlignVCenter, f"+{hidden}")
