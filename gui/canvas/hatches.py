"""Hatches: what tells vendors apart where colours cannot, on paper or to an eye that sees few of them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter

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
    ground = QColor(colour)
    ground.setAlphaF(0.4)
    painter.fillRect(area, ground)
    painter.fillRect(area, brush(ground, style))
