"""How a drawing is painted: blocks, bands, rules and axes in pixels, on the screen and on paper alike."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from gigaplan.gui.charting.axes import BOTTOM, LEFT, TEXT_PX, TOP, room_beside, tick_texts, value_ticks
from gigaplan.gui.charting.figure import Figure
from gigaplan.gui.charting.hatches import paint_hatch, patterns_on
from gigaplan.gui.present.drawing import Drawing, DrawnBand, DrawnBlock, drawing_text
from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import shown, veil

WIDEST_NAME = 0.4
"""Of the width, the most that the names beside the blocks take at each side."""
TELLING = 0.55
"""Of its length, what a name within a block must have room for: less would say nothing."""
EDGE = 10


def plot_of(drawing: Drawing, size: QSize) -> QRectF:
    """Where blocks lie, beside the names and the axes."""
    left, right, top, bottom = EDGE, EDGE, TOP, EDGE // 2
    if drawing.up_unit:
        ticks = value_ticks(*drawing.up, max(size.height() - TOP - BOTTOM, 1))
        left = room_beside(tick_texts(ticks, drawing.up_unit, drawing.currency), LEFT)
    rows = [block for block in drawing.blocks if block.named == "row"]
    if rows:
        metrics = QFontMetricsF(theme.font(TEXT_PX))
        widest = max(metrics.horizontalAdvance(block.label) for block in rows)
        left = round(min(widest, size.width() * WIDEST_NAME)) + EDGE + 8
        right = round(max(metrics.horizontalAdvance(block.figure) for block in rows)) + EDGE + 8
    if drawing.across_unit:
        bottom = BOTTOM
    return QRectF(left, top, max(size.width() - left - right, 1), max(size.height() - top - bottom, 1))


class BlockPlace:
    """Where points of a drawing are in a plot, in pixels."""

    def __init__(self, drawing: Drawing, plot: QRectF) -> None:
        (self._x, x1), (self._y, y1) = drawing.across, drawing.up
        self.left, self._bottom = plot.left(), plot.bottom()
        self._across, self._up = plot.width() / ((x1 - self._x) or 1.0), plot.height() / ((y1 - self._y) or 1.0)

    def __call__(self, x: float, y: float) -> QPointF:
        """The pixel of a point."""
        return QPointF(self.left + (x - self._x) * self._across, self._bottom - (y - self._y) * self._up)


def rect_of(block: DrawnBlock, place: BlockPlace) -> QRectF:
    """The rectangle of a block, at least a pixel high and wide."""
    rect = QRectF(place(block.left, block.high), place(block.right, block.low))
    if block.named == "row":  # the axis may begin within it
        rect.setLeft(max(rect.left(), place.left))
    return QRectF(rect.left(), rect.top(), max(rect.width(), 1.0), max(rect.height(), 1.0))


def path_of(band: DrawnBand, place: BlockPlace) -> QPainterPath:
    """The outline of a band: it leaves and arrives level."""
    (x0, low0, high0), (x1, low1, high1) = band.start, band.end
    a, b, c, d = place(x0, high0), place(x1, high1), place(x1, low1), place(x0, low0)
    middle = (a.x() + b.x()) / 2
    path = QPainterPath(a)
    path.cubicTo(QPointF(middle, a.y()), QPointF(middle, b.y()), b)
    path.lineTo(QPointF(c.x(), max(c.y(), b.y() + 1)))
    path.cubicTo(QPointF(middle, max(c.y(), b.y() + 1)), QPointF(middle, max(d.y(), a.y() + 1)),
                 QPointF(d.x(), max(d.y(), a.y() + 1)))  # fmt: skip
    path.closeSubpath()
    return path


def part_at(drawing: Drawing, size: QSize, at: QPointF) -> int | None:
    """The place among `drawing.parts` of what lies under a pixel; the topmost."""
    place = BlockPlace(drawing, plot_of(drawing, size))
    for k in range(len(drawing.parts) - 1, -1, -1):
        part = drawing.parts[k]
        if isinstance(part, DrawnBlock):
            if rect_of(part, place).adjusted(-1, -1, 1, 1).contains(at):
                return k
        elif path_of(part, place).contains(at):
            return k
    return None


def paint_drawing(painter: QPainter, size: QSize, drawing: Drawing, chosen: int | None = None) -> None:
    """Paints a drawing; of its parts, `chosen` stands out."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    plot = plot_of(drawing, size)
    place, patterns = BlockPlace(drawing, plot), patterns_on()
    _paint_axes(painter, plot, drawing, place)
    for k, part in enumerate(drawing.parts):
        if isinstance(part, DrawnBand):
            painter.fillPath(path_of(part, place), veil(shown(part.colour), 0.75 if k == chosen else 0.34))
            continue
        path = QPainterPath()
        path.addRect(rect_of(part, place))
        painter.fillPath(path, theme.colour(shown(part.colour)))
        if patterns:
            paint_hatch(painter, path, part.hatch)
        wide = path.boundingRect().width() > 4
        if k == chosen:
            painter.strokePath(path, QPen(theme.colour(theme.tokens().text), 1.6))
        elif wide:
            painter.strokePath(path, QPen(theme.colour(theme.tokens().panel), 0.8))
    _paint_names(painter, plot, drawing, place)
    for rule in drawing.rules:
        _paint_rule(painter, plot, place, rule.at, rule.words, rule.is_upright, rule.colour)


def _paint_axes(painter: QPainter, plot: QRectF, drawing: Drawing, place: BlockPlace) -> None:
    t = theme.tokens()
    painter.setFont(theme.font(TEXT_PX))
    metrics = QFontMetricsF(painter.font())
    if drawing.up_unit:
        values = value_ticks(*drawing.up, plot.height())
        for value, text in zip(values, tick_texts(values, drawing.up_unit, drawing.currency), strict=True):
            y = round(place(drawing.across[0], value).y()) + 0.5
            painter.setPen(QPen(theme.colour(t.muted if abs(value) < 1e-12 else t.track), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(theme.colour(t.muted))
            box = QRectF(0, y - 10, plot.left() - 6, 20)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
    if drawing.across_unit:
        values = value_ticks(*drawing.across, plot.width() / 2.4)
        texts = tick_texts(values, drawing.across_unit, drawing.currency)
        texts[-1:] = [texts[-1] if drawing.across_unit in ("fraction", "USD") else f"{texts[-1]} {drawing.across_unit}"]
        painter.setPen(theme.colour(t.muted))
        for value, text in zip(values, texts, strict=True):
            width = metrics.horizontalAdvance(text) + 2
            x = min(max(0.0, place(value, 0.0).x() - width / 2), plot.right() + EDGE - width)
            painter.drawText(QRectF(x, plot.bottom() + 3, width, 18), Qt.AlignmentFlag.AlignCenter, text)


def _paint_names(painter: QPainter, plot: QRectF, drawing: Drawing, place: BlockPlace) -> None:
    """The names of blocks, where they have room: lower ones give way to higher ones."""
    lowest: dict[str, float] = {}
    for block in drawing.blocks:
        rect = rect_of(block, place)
        if block.named in ("left", "right"):
            room = plot.width() * WIDEST_NAME
            y = rect.center().y() - 9
            if y < lowest.get(block.named, -1e9):
                continue
            lowest[block.named] = y + 17
            left = rect.right() + 7 if block.named == "right" else rect.left() - 7 - room
            _paint_name(painter, QRectF(left, y, room, 18), block, block.named == "left")
        elif block.named == "in" and rect.width() > 44 and rect.height() > 20:
            inside = rect.adjusted(5, 3, -4, 0)
            if inside.width() >= TELLING * QFontMetricsF(theme.font(TEXT_PX)).horizontalAdvance(block.label):
                _write(painter, inside, block.label, _on(block.colour), Qt.AlignmentFlag.AlignTop)
        elif block.named == "row":
            y, middle = rect.center().y() - 9, Qt.AlignmentFlag.AlignVCenter
            if y < lowest.get("row", -1e9):
                continue
            lowest["row"] = y + 15
            name = QRectF(EDGE, y, plot.left() - EDGE - 8, 18)
            _write(painter, name, block.label, theme.colour(theme.tokens().text), middle)
            painter.setFont(theme.font(TEXT_PX))
            painter.setPen(theme.colour(theme.tokens().muted))  # plot_of left room for the whole figure
            long = QFontMetricsF(painter.font()).horizontalAdvance(block.figure)
            painter.drawText(QRectF(rect.right() + 6, y, long + 2, 18), middle, block.figure)


def _paint_name(painter: QPainter, box: QRectF, block: DrawnBlock, is_left: bool) -> None:
    """A name with its figure, muted, beside a block."""
    t = theme.tokens()
    figure_font, name_font = theme.font(TEXT_PX), theme.font(TEXT_PX, QFont.Weight.Medium)
    wide = QFontMetricsF(figure_font).horizontalAdvance(block.figure) + 8
    metrics = QFontMetricsF(name_font)
    if metrics.horizontalAdvance(block.label) + wide > box.width():
        wide = 0.0  # the name comes first; the figure is in the tip
    name = metrics.elidedText(block.label, Qt.TextElideMode.ElideMiddle, max(box.width() - wide, 20.0))
    long = metrics.horizontalAdvance(name)
    left = box.right() - long - wide if is_left else box.left()
    middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    painter.setFont(name_font)
    painter.setPen(theme.colour(t.text))
    painter.drawText(QRectF(left, box.top(), long + 2, box.height()), middle, name)
    if not wide:
        return
    painter.setFont(figure_font)
    painter.setPen(theme.colour(t.muted))
    painter.drawText(QRectF(left + long + 8, box.top(), wide, box.height()), middle, block.figure)


def _write(painter: QPainter, box: QRectF, text: str, colour: QColor, aligned: Qt.AlignmentFlag) -> None:
    painter.setFont(theme.font(TEXT_PX))
    cut = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideMiddle, box.width())
    painter.setPen(colour)
    painter.drawText(box, aligned, cut)


def _on(colour: str) -> QColor:
    """Ink that is read on a colour."""
    ground = theme.colour(shown(colour))
    return QColor("#171B22") if ground.lightnessF() > 0.5 else QColor("#FFFFFF")


def _paint_rule(
    painter: QPainter, plot: QRectF, place: BlockPlace, at: float, words: str, is_upright: bool, colour: str
) -> None:
    ink = theme.colour(shown(colour))
    painter.setPen(QPen(ink, 1.6, Qt.PenStyle.DashLine))
    painter.setFont(theme.font(TEXT_PX))
    wide = QFontMetricsF(painter.font()).horizontalAdvance(words)
    if is_upright:
        x = place(at, 0.0).x()
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        left = x + 5 if x + 5 + wide < plot.right() else x - 5 - wide
        left = max(left, min(EDGE / 2, plot.right() - wide))
        box = QRectF(left, plot.top(), wide + 2, 18)
    else:
        y = place(0.0, at).y()
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
        box = QRectF(plot.right() - wide - 4, y - 18, wide + 2, 18)
    painter.fillRect(box, theme.colour(theme.tokens().panel, 0.82))
    painter.setPen(ink)
    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, words)


def drawing_figure(drawing: Drawing, size: QSize, title: str, foot: str, empty: str) -> Figure:
    """A drawing with title, caption and where it is from; `empty` is what it says with nothing to draw."""

    def paint(painter: QPainter) -> None:
        if drawing.parts:
            paint_drawing(painter, size, drawing)
            return
        painter.setFont(theme.font(13))
        painter.setPen(theme.colour(theme.tokens().muted))
        whole = QRectF(0, 0, size.width(), size.height())
        painter.drawText(whole, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, empty)

    return Figure(title, drawing.caption, size, paint, (), foot, drawing_text(drawing))
