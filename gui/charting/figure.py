"""A figure that leaves the program: painted as a picture (PNG) or a drawing (SVG), with the values behind it (CSV)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter

from gigaplan.engine.storage.atomic_replace import put_file
from gigaplan.gui.charting.hatches import patterns_on
from gigaplan.gui.charting.swatches import paint_swatch
from gigaplan.gui.present.picture import Line
from gigaplan.gui.style import theme

HEAD, FOOT, EDGE, ROW = 34, 22, 12, 20
"""Pixels of the title, of the foot, at the sides, and of a row of the legend."""
Key = tuple[str, str] | Line
"""What the legend names: a line, or a colour as #RRGGBB and a label."""


@dataclass(frozen=True)
class Figure:
    """A figure that stands by itself: title, body, legend, and at its foot where it is from."""

    title: str
    caption: str
    """What stands muted beside the title, such as the unit."""
    body: QSize
    paint: Callable[[QPainter], None]
    """Paints the body, its left upper corner at the origin."""
    keys: tuple[Key, ...]
    foot: str
    csv: str
    """The values behind it, with a header and units, in full precision."""

    @property
    def size(self) -> QSize:
        """Of the whole, in points."""
        body = self.body
        return QSize(body.width() + 2 * EDGE, HEAD + body.height() + len(self._key_rows()) * ROW + FOOT)

    def paint_all(self, painter: QPainter) -> None:
        """Paints the whole figure in the colours of the appearance in force."""
        t, size = theme.tokens(), self.size
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.fillRect(QRect(0, 0, size.width(), size.height()), theme.colour(t.panel))
        room = size.width() - 2 * EDGE
        _line(painter, QRect(EDGE, 4, room, HEAD - 8), self.title, theme.font(14, QFont.Weight.DemiBold), t.text)
        after = min(room, QFontMetrics(painter.font()).horizontalAdvance(self.title) + 10)
        _line(painter, QRect(EDGE + after, 5, room - after, HEAD - 8), self.caption, theme.font(12), t.muted)
        painter.save()
        painter.translate(EDGE, HEAD)
        self.paint(painter)
        painter.restore()
        y = HEAD + self.body.height()
        for row in self._key_rows():
            for x, key in row:
                indent = _paint_swatch(painter, x, y, key)
                painter.setFont(theme.font(12))
                painter.setPen(theme.colour(t.muted))
                painter.drawText(QRect(x + indent, y, size.width() - x, ROW), middle, _label(key))
            y += ROW
        _line(painter, QRect(EDGE, y, room, FOOT), self.foot, theme.font(12), t.muted)

    def image(self) -> QImage:
        """The figure as an image with two pixels to the point."""
        made = QImage(self.size * 2, QImage.Format.Format_ARGB32_Premultiplied)
        made.setDevicePixelRatio(2)
        painter = QPainter(made)
        self.paint_all(painter)
        painter.end()
        return made

    def png(self) -> bytes:
        """The figure as a PNG at two pixels to the point."""
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        self.image().save(buffer, "PNG")  # type: ignore[call-overload]  # its stubs say bytes, it takes text
        return bytes(data.data())

    def svg(self) -> bytes:
        """The figure as an SVG drawing."""
        from PySide6.QtSvg import QSvgGenerator

        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        drawing = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
        drawing.setOutputDevice(buffer)
        drawing.setResolution(96)
        drawing.setSize(self.size)
        drawing.setViewBox(QRect(0, 0, self.size.width(), self.size.height()))
        drawing.setTitle(self.title)
        painter = QPainter(drawing)
        self.paint_all(painter)
        painter.end()
        return bytes(data.data())

    def save(self, path: Path) -> None:
        """Writes the figure (.png, .svg) or the values behind it (.csv, UTF-8), or nothing. Raises SaveError."""
        made = {".csv": lambda: self.csv.encode("utf-8-sig"), ".svg": self.svg}.get(path.suffix, self.png)
        put_file(path, made())

    def _key_rows(self) -> list[list[tuple[int, Key]]]:
        """The keys, each with its x, broken into rows."""
        metrics, right = QFontMetrics(theme.font(12)), self.body.width() + EDGE
        rows: list[list[tuple[int, Key]]] = []
        x = right
        for key in self.keys:
            wide = metrics.horizontalAdvance(_label(key)) + (34 if isinstance(key, Line) else 28)
            if x + wide - 14 > right:
                rows.append([])
                x = EDGE
            rows[-1].append((x, key))
            x += wide
        return rows


def _label(key: Key) -> str:
    return key.label if isinstance(key, Line) else key[1]


def _paint_swatch(painter: QPainter, x: int, y: int, key: Key) -> int:
    """Paints how a line looks; tells how far behind it its label stands."""
    if isinstance(key, Line):
        paint_swatch(painter, QRectF(x, y + 4, 14, 12), key, patterns_on())
        return 19
    painter.fillRect(QRectF(x, y + 6, 8, 8), theme.colour(key[0]))
    return 13


def _line(painter: QPainter, box: QRect, text: str, face: QFont, colour: str) -> None:
    painter.setFont(face)
    painter.setPen(theme.colour(colour))
    shown = QFontMetrics(face).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, shown)
