"""The charts under the plan map: sets of cards side by side, one set shown at a time."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QTabBar, QVBoxLayout, QWidget

from engine.results import Result
from gui.charts.card import ChartCard
from gui.charts.pictures import CARBON, OVERVIEW, Chart
from gui.charts.table_cards import OffersCard, TableCard, compute_card, coverage_card, serving_card
from gui.document import Document
from gui.planner import Planner

LATE_MS = 150
"""A result that takes longer than this to follow an edit leaves the old picture dimmed."""
Card = ChartCard | TableCard
SETS: tuple[tuple[str, tuple[Chart | Callable[[Document, QWidget], Card], ...]], ...] = (
    ("Overview", OVERVIEW),
    ("Carbon and energy", CARBON),
    ("Unit cost", (serving_card, compute_card, coverage_card)),
    ("Platforms", (OffersCard,)),
)


class ChartDeck(QWidget):
    """Draws every new result on the set of charts that is shown; other sets catch up when they are shown."""

    explain_requested = Signal(str, str, str, int)
    """(series, by, key, period) of a figure that was clicked."""

    def __init__(self, document: Document, planner: Planner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._planner = document, planner
        self.tabs = QTabBar(self)
        self.tabs.setAccessibleName("Charts shown")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setStyleSheet("QTabBar::tab { padding: 2px 9px 3px; font-size: 12px; }")
        self._sets: dict[int, tuple[QWidget, list[Card]]] = {}
        self._drawn: dict[int, Result | None] = {}
        self._is_new = False
        for name, _ in SETS:
            self.tabs.addTab(name)
        self._stack = QStackedLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.tabs, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addLayout(self._stack, 1)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(LATE_MS)
        self._late.timeout.connect(self._is_late)
        self.tabs.currentChanged.connect(self._show_set)
        document.replaced.connect(self._start)
        planner.result_changed.connect(self._take)
        planner.state_changed.connect(self._wait)
        self._show_set(0)
        self._wait()

    @property
    def cards(self) -> list[Card]:
        """The cards of the set that is shown."""
        return self._sets[self.tabs.currentIndex()][1]

    def refresh(self, result: Result | None) -> None:
        """Draws a result on the cards that are shown."""
        self._drawn[self.tabs.currentIndex()] = result
        for card in self.cards:
            card.refresh(result)

    def _show_set(self, index: int) -> None:
        if index not in self._sets:
            page = QWidget(self)
            row = QHBoxLayout(page)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(10)
            cards: list[Card] = []
            for what in SETS[index][1]:
                card = ChartCard(self._document, what, page) if isinstance(what, Chart) else what(self._document, page)
                if isinstance(card, ChartCard):
                    card.explain_requested.connect(self.explain_requested)
                cards.append(card)
                row.addWidget(card, 1)
            self._sets[index] = (page, cards)
            self._stack.addWidget(page)
        self._stack.setCurrentWidget(self._sets[index][0])
        result = self._planner.result
        if result is not None and not self._is_new and self._drawn.get(index) is not result:
            self.refresh(result)

    def _take(self, result: Result) -> None:
        if self._is_new and result.plan is not self._document.plan:
            return  # it belongs to the plan that was open before
        self._is_new = False
        self.refresh(result)
        self._set_late(False)
        self._wait()

    def _wait(self, _: str = "") -> None:
        if self._planner.state == "solving":
            self._late.start()
        else:
            self._late.stop()
            self._set_late(self._planner.state == "cancelled")

    def _is_late(self) -> None:
        self._set_late(True)

    def _set_late(self, late: bool) -> None:
        for _, cards in self._sets.values():
            for card in cards:
                card.set_late(late)

    def _start(self) -> None:
        self._is_new = True
        self._drawn = {}
        for _, cards in self._sets.values():
            for card in cards:
                card.start()
