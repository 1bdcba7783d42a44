"""A chart outside the program."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter

from gui import theme
from gui.charts.plot import Plot
from gui.plots.figure import EDGE, Figure
from gui.plots.picture import csv_text


def plot_figure(plot: Plot, title: str, foot: str) -> Figure:
    """What a plot shows, with title and unit, legend, and where it is from."""
    assert plot.picture is not None
    picture, width, height = plot.picture, plot.width(), plot.height()
    money = picture.unit.startswith("USD") and not picture.caption.startswith(picture.currency)
    caption = f"{picture.currency} {picture.caption}" if money else picture.caption

    def paint(painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(-EDGE, 0, width, height)  # a plot has room at its sides already
        with plot.without_marks():
            plot.render(painter, whole, plot.viewport().rect())
        if plot.is_empty:
            painter.setFont(theme.font(13))
            painter.setPen(theme.colour(theme.tokens().muted))
            words = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRect(0, 0, width - 2 * EDGE, height), words, plot.veil.words)

    keys = tuple(ln for ln in picture.lines if ln.key not in plot.hidden and ln.values.any())
    return Figure(title, caption, QSize(width - 2 * EDGE, height), paint, keys, foot, csv_text(picture))
