"""Paper and letters: the size of a page, the faces of a report, and text broken into lines.

Units are tenths of a point.
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass

from PySide6.QtCore import QLocale, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPageSize, QPainter, QPen, QTextLayout, QTextOption

from gigaplan.gui.style import theme

UNITS = 10
"""Units of a point."""
PER_PIXEL = 7.5
"""Units of a pixel, of which an inch has 96."""
EDGE, TOP, BOTTOM = 480, 640, 620
"""Margins: at the sides; above and below what is read, with header and footer in them."""
LETTER_LANDS = ("BZ", "CA", "CL", "CO", "CR", "DO", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE")
"""Where paper is cut to the US Letter size (Unicode CLDR, measurementData)."""


def page_size(locale: QLocale) -> QPageSize:
    """A4, or Letter where the person's country uses that."""
    land = QLocale.territoryToCode(locale.territory())
    return QPageSize(QPageSize.PageSizeId.Letter if land in LETTER_LANDS else QPageSize.PageSizeId.A4)


@dataclass(frozen=True)
class Paper:
    """A page, in units."""

    width: float
    height: float

    @classmethod
    def of(cls, size: QPageSize) -> Paper:
        """The page of a size."""
        points: QSizeF = size.size(QPageSize.Unit.Point)
        return cls(points.width() * UNITS, points.height() * UNITS)

    @property
    def room(self) -> float:
        """The width between the margins."""
        return self.width - 2 * EDGE

    @property
    def bottom(self) -> float:
        """Down to where a page is filled."""
        return self.height - BOTTOM

    @property
    def pixels(self) -> int:
        """The width between the margins in pixels, for charts."""
        return int(self.room / PER_PIXEL)


@dataclass(frozen=True)
class Face:
    """A size in points, a weight, and the token of a colour."""

    points: float
    colour: str = "text"
    is_bold: bool = False

    @property
    def line(self) -> float:
        """From one base line to the next."""
        return self.points * UNITS * 1.36

    @property
    def font(self) -> QFont:
        """The font, in units."""
        return _font(round(self.points * UNITS), self.is_bold)

    @property
    def metrics(self) -> QFontMetricsF:
        """Its measures."""
        return _metrics(round(self.points * UNITS), self.is_bold)

    def width(self, text: str) -> float:
        """How wide a text is on one line."""
        return self.metrics.horizontalAdvance(text)

    def paint(self, painter: QPainter, x: float, y: float, text: str, colour: str = "") -> None:
        """Paints one line of text, its upper left corner at (x, y)."""
        painter.setFont(self.font)
        painter.setPen(theme.colour(getattr(theme.LIGHT, colour or self.colour)))
        metrics = self.metrics
        middle = (self.line - metrics.ascent() - metrics.descent()) / 2
        painter.drawText(QPointF(x, y + middle + metrics.ascent()), text)


@functools.cache
def _font(units: int, is_bold: bool) -> QFont:
    with theme.on_paper():
        return theme.font(units, QFont.Weight.DemiBold if is_bold else QFont.Weight.Normal)


@functools.cache
def _metrics(units: int, is_bold: bool) -> QFontMetricsF:
    return QFontMetricsF(_font(units, is_bold))


def clean(text: str) -> str:
    """A text of a plan with a mark in the place of every character that is not to be seen, or turns others round."""
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(c if c.isprintable() or c == "\n" or unicodedata.category(c) == "Zs" else "\ufffd" for c in text)


def broken(text: str, face: Face, width: float) -> list[str]:
    """A text in lines no wider than `width`, broken at words, and within one that is too long for a line."""
    lines: list[str] = []
    for paragraph in clean(text).split("\n"):
        if face.width(paragraph) <= width:
            lines.append(paragraph)
            continue
        layout = QTextLayout(paragraph, face.font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        # Qt counts in UTF-16, in which rare characters take two places.
        wide = paragraph.encode("utf-16-le", "replace")
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            begin, end = line.textStart(), line.textStart() + line.textLength()
            lines.append(wide[2 * begin : 2 * end].decode("utf-16-le", "replace").rstrip())
        layout.endLayout()
    return lines


def rule(painter: QPainter, x: float, y: float, width: float, colour: str = "line", thick: float = 5) -> None:
    """Paints a level line."""
    pen = QPen(theme.colour(getattr(theme.LIGHT, colour)), thick)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    painter.drawLine(QPointF(x, y), QPointF(x + width, y))


def fill(painter: QPainter, x: float, y: float, width: float, height: float, colour: str, radius: float = 0) -> None:
    """Fills a box with the colour of a token."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour(getattr(theme.LIGHT, colour)))
    painter.drawRoundedRect(QRectF(x, y, width, height), radius, radius)
