"""A chart outside the program."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter

from gigaplan.gui.charting.figure import EDGE, Figure
from gigaplan.gui.present.picture import csv_text
from gigaplan.gui.style import theme
from gigaplan.gui.views.charts.plot import Plot

LEAST = QSize(720, 320)
"""Of the plot: on paper it has room, however small its card is on the screen."""


def plot_figure(plot: Plot, title: str, foot: str) -> Figure:
    """What a plot shows, with title and unit, legend, and where it is from; no smaller than `LEAST`."""
    assert plot.picture is not None
    picture, size = plot.picture, plot.size().expandedTo(LEAST)
    width, height = size.width(), size.height()
    money = picture.unit.startswith("USD") and not picture.caption.startswith(picture.currency)
    caption = f"{picture.currency} {picture.caption}" if money else picture.caption

    def paint(painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        made = _drawn_alike(plot, size)
        whole = QRectF(-EDGE, 0, width, height)  # a plot has room at its sides already
        made.render(painter, whole, made.viewport().rect())
        made.deleteLater()
        if plot.is_empty:
            painter.setFont(theme.font(13))
            painter.setPen(theme.colour(theme.tokens().muted))
            words = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRect(0, 0, width - 2 * EDGE, height), words, plot.veil.words)

    keys = tuple(ln for ln in picture.lines if ln.key not in plot.hidden and ln.values.any())
    return Figure(title, caption, QSize(width - 2 * EDGE, height), paint, keys, foot, csv_text(picture))


def _drawn_alike(plot: Plot, size: QSize) -> Plot:
    """A plot of another size that shows what a plot shows, without the marks of the period and the pointer."""
    assert plot.picture is not None
    made = Plot(plot)
    made.resize(size)
    made.grab()  # a widget that was never seen learns its size here
    made.show_picture(plot.picture, plot.hidden)
    made.zoom.to(plot.zoom.low, plot.zoom.high)
    return made
