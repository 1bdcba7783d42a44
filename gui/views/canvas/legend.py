"""The colours of the vendors in the plan."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gigaplan.gui.charting.hatches import patterns_on
from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import veil, vendor_colour
from gigaplan.gui.widgets.texts import literal

# Hatches: what tells vendors apart where colours cannot, on paper or to an eye that sees few of them.


PLAIN = Qt.BrushStyle.NoBrush
# In the order in which charts hatch vendors, so that one hatch is one vendor wherever it is drawn.
_STYLES = (
    Qt.BrushStyle.BDiagPattern,
    Qt.BrushStyle.VerPattern,
    Qt.BrushStyle.Dense5Pattern,
    Qt.BrushStyle.FDiagPattern,
    Qt.BrushStyle.DiagCrossPattern,
    Qt.BrushStyle.HorPattern,
    Qt.BrushStyle.CrossPattern,
    Qt.BrushStyle.Dense6Pattern,
)
STRONGER = 2.2
"""How much more opaque the lines of a hatch are than the ground they lie on."""


def hatches_of(vendors: Iterable[str]) -> dict[str, Qt.BrushStyle]:
    """A hatch for each vendor of a plan, in their order; the ninth looks like the first."""
    return {vendor: _STYLES[k % len(_STYLES)] for k, vendor in enumerate(dict.fromkeys(filter(None, vendors)))}


def brush(colour: QColor, style: Qt.BrushStyle) -> QBrush:
    """The lines of a hatch on a ground of some colour."""
    line = QColor(colour)
    line.setAlphaF(min(colour.alphaF() * STRONGER, 1.0))
    return QBrush(line, style)


def paint(painter: QPainter, area: QRectF, colour: QColor, style: Qt.BrushStyle) -> None:
    """A swatch: the ground pale, as ribbons have it, and the lines on it."""
    ground = veil(colour.name(), 0.4)
    painter.fillRect(area, ground)
    painter.fillRect(area, brush(ground, style))


SWATCH, GAP, SPACE = 9.0, 5.0, 14.0
HATCHED = 15.0
"""A hatch needs more room to be told from another."""


class MapLegend(QWidget):
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
        marks = hatches_of(names) if patterns_on() else {}
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
                paint(painter, swatch, QColor(vendor_colour(name)), marks[name])
            else:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(vendor_colour(name)))
                painter.drawRoundedRect(swatch, 2, 2)
            painter.setPen(QColor(theme.tokens().muted))
            painter.drawText(QRectF(x + side + GAP, 0, width, self.height()), Qt.AlignmentFlag.AlignVCenter, name)
            x += width
        if hidden:
            painter.setPen(QColor(theme.tokens().muted))
            painter.drawText(QRectF(x, 0, more, self.height()), Qt.AlignmentFlag.AlignVCenter, f"+{hidden}")
