"""The menu of a chart: what to show, its lines, and how it leaves the program."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu

from gui.plots.hatches import patterns_on
from gui.plots.picture import Line
from gui.plots.swatches import paint_swatch

if TYPE_CHECKING:
    from gui.charts.card import ChartCard

EXPORTS = (("Save picture\u2026", "png"), ("Save drawing\u2026", "svg"), ("Save figures\u2026", "csv"))


class ChartMenu(QMenu):
    """Filled anew each time it opens."""

    def __init__(self, card: ChartCard) -> None:
        super().__init__(card)
        self._card = card
        self.lines = QMenu("Lines", self)
        """All lines of the chart, to show or hide."""
        self.lines.aboutToShow.connect(self._fill_lines)
        self._groups: list[QActionGroup] = []
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        card = self._card
        self.clear()
        for group in self._groups:
            group.deleteLater()
        self._groups = []
        for choice in card.chart.choices:
            group = QActionGroup(self)
            self._groups.append(group)
            for value, words in choice.values(card.plan):
                action = self._add(words, lambda _=False, n=choice.name, v=value: card.choose(n, v))
                action.setCheckable(True)
                action.setChecked(card.choice(choice.name) == value)
                group.addAction(action)
            self.addSeparator()
        self._option("Patterns beside colours", patterns_on(), card.patterns_wanted.emit)
        if card.picture is None:
            self._add("No figures yet", lambda: None).setEnabled(False)
            return
        self.addMenu(self.lines)
        self._option("Show as table", card.is_table, card.show_table)
        self._add("Reset zoom", card.plot.zoom.reset).setEnabled(card.plot.zoom.is_on)
        self.addSeparator()
        self._add("Copy figures", card.copy_figures)
        self._add("Copy as picture", card.copy)
        for words, suffix in EXPORTS:
            self._add(words, lambda _=False, s=suffix: card.ask_and_save(s))

    def _fill_lines(self) -> None:
        self.lines.clear()
        if self._card.hidden:
            self.lines.addAction("Show all").triggered.connect(self._card.show_all)
            self.lines.addSeparator()
        size = QSize(16, 12)
        for line in () if self._card.picture is None else self._card.picture.lines:
            off = line.key in self._card.hidden
            # An icon takes the place of a check mark, so it must say what is hidden.
            action = self.lines.addAction(_icon(line, size, self.devicePixelRatioF(), off), line.label)
            action.setCheckable(True)
            action.setChecked(not off)
            action.triggered.connect(lambda _=False, key=line.key: self._card.toggle(key))

    def _add(self, words: str, do: Callable[..., object]) -> QAction:
        action = self.addAction(words)
        action.triggered.connect(do)
        return action

    def _option(self, words: str, on: bool, choose: Callable[[bool], object]) -> None:
        action = self._add(words, lambda checked: choose(checked))  # the emit of a signal is called without it
        action.setCheckable(True)
        action.setChecked(on)


def _icon(line: Line, size: QSize, scale: float, off: bool) -> QIcon:
    """How a line is drawn, small; hollow where it is hidden."""
    pixmap = QPixmap(size * scale)
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_swatch(painter, QRectF(1, 1, size.width() - 2, size.height() - 2), line, patterns_on(), off)
    painter.end()
    return QIcon(pixmap)
