"""The charts under the plan map: sets of cards side by side, one set shown at a time."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.results.result import Result
from gigaplan.gui.charting.hatches import patterns_on, set_patterns
from gigaplan.gui.document.document import Document
from gigaplan.gui.document.plan_views import keep_view, view_of
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.jobs.staleness import Lateness
from gigaplan.gui.present.chart_data import Chart
from gigaplan.gui.present.chart_tabs import TABS, DrawingChart, OffersTable, WorkloadTable
from gigaplan.gui.style import theme
from gigaplan.gui.views.charts.card import ChartCard
from gigaplan.gui.views.charts.drawing_card import DrawingCard
from gigaplan.gui.views.charts.offers_card import OffersCard
from gigaplan.gui.views.charts.table_cards import TableCard
from gigaplan.gui.views.charts.zoom import Span
from gigaplan.gui.widgets.whole_tabs import WholeTabs

Card = ChartCard | TableCard | DrawingCard
ROOMY = 230
"""A chart that joins its neighbours leaves each so much width, px."""


class ChartDeck(QWidget):
    """Draws every new result on the set of charts that is shown; other sets catch up when they are shown."""

    explain_requested = Signal(str, str, str, object)
    """(series, by, key, first and last period) of a figure that was clicked."""
    kpi_requested = Signal(str)
    """The key figure of the workload just chosen, whose row was clicked."""
    patterns_changed = Signal(bool)
    """Patterns beside colours were chosen, or taken away."""

    def __init__(self, document: Document, planner: Planner, lateness: Lateness, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._planner, self._lateness = document, planner, lateness
        self.tabs = WholeTabs("Charts shown", self)
        self.tabs.setStyleSheet("QTabBar::tab { padding: 2px 9px 3px; font-size: 12px; }")
        self.tabs.setMovable(True)
        self.tabs.tabMoved.connect(self._moved_tab)
        self._sets: dict[str, tuple[QSplitter, list[Card]]] = {}
        self._drawn: dict[str, Result | None] = {}
        self._span: Span | None = None
        self._time: Timeline | None = None
        self._kept: dict[str, Any] = {}
        """How the charts of this plan were left."""
        self._is_starting = False
        self._joined: set[Card] = set()
        self._first: Result | None = None
        """The first optimum since the plan was opened."""
        for name in TABS:
            self.tabs.addTab(name)
        self.reset = QToolButton(self)
        self.reset.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._dress_reset()
        self.reset.setToolTip("Show the whole horizon again (double-click in a chart, or Escape)")
        self.reset.clicked.connect(self.reset_zoom)
        self.reset.hide()
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.tabs)
        head.addStretch(1)
        head.addWidget(self.reset)
        self._stack = QStackedLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addLayout(self._stack, 1)
        self.tabs.currentChanged.connect(self._show_set)
        document.replaced.connect(self._start)
        planner.result_found.connect(self.refresh)
        planner.result_changed.connect(lambda result: self.refresh(result) if result is not self.drawn else None)
        lateness.changed.connect(self._set_late)
        planner.state_changed.connect(self._set_stopped)
        self._show_set(0)

    @property
    def cards(self) -> list[Card]:
        """The cards that are shown."""
        return [card for card in self._here if not card.isHidden()]

    @property
    def _shown(self) -> str:
        """The title of the tab that is shown."""
        return self.tabs.tabText(self.tabs.currentIndex())

    @property
    def _here(self) -> list[Card]:
        """The cards of the tab that is shown; none while it is made, or where that failed."""
        return self._sets[self._shown][1] if self._shown in self._sets else []

    @property
    def drawn(self) -> Result | None:
        """The result that the charts shown were drawn of."""
        return self._drawn.get(self._shown)

    def refresh(self, result: Result | None) -> None:
        """Draws a result on the cards that are shown."""
        self._drawn[self._shown] = result
        if result is not None:
            before, self._time = self._time, result.time
            if before is None or before.labels != result.time.labels:
                self._show_span(None)  # periods are others now
            if self._first is None and result.status == "optimal":
                self._first = result
        for card in self._here:
            if isinstance(card, DrawingCard):
                card.first = self._first
            card.refresh(result)
        self._seat()

    def _seat(self) -> None:
        """Lets the charts that join their neighbours do so: where they have something to show, and room.

        One that is there stays there while its plan is open: nothing jumps while a value is dragged to and fro.
        """
        cards = self._here
        for card in cards:
            if isinstance(card, DrawingCard) and card.chart.joins:
                if card.drawing is not None and card.drawing.parts:
                    self._joined.add(card)
                card.setVisible(card in self._joined and self.width() >= len(cards) * ROOMY)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._seat()

    def _show_set(self, index: int) -> None:
        name = self.tabs.tabText(index)
        if name not in self._sets:
            page = QSplitter(Qt.Orientation.Horizontal, self)
            page.setHandleWidth(10)
            page.setChildrenCollapsible(False)
            page.splitterMoved.connect(lambda *_: self.keep())
            cards: list[Card] = []
            for chart in TABS[name]:
                card = self._make_card(chart, page)
                if isinstance(card, ChartCard):
                    card.explain_requested.connect(self.explain_requested)
                    card.patterns_wanted.connect(self.use_patterns)
                    card.plot.zoom.changed.connect(self._zoomed)
                    card.plot.zoom.show(self._span)
                elif isinstance(card, DrawingCard):
                    card.explain_requested.connect(self.explain_requested)
                    card.looked_at.connect(self.keep)
                else:
                    card.kpi_requested.connect(self.kpi_requested)
                card.set_late(self._lateness.is_late)
                card.set_stopped(self._planner.state == "cancelled")
                card.move_wanted.connect(partial(self._move, card))
                card.carried.connect(partial(self._carry, card))
                cards.append(card)
                page.addWidget(card)
                page.setStretchFactor(len(cards) - 1, 1)
                if isinstance(card, ChartCard):
                    card.looked_at.connect(self.keep)
            page.setSizes([10_000] * len(cards))  # alike, as far as each has room
            for card in cards:
                card.setHidden(isinstance(card, DrawingCard) and card.chart.joins)
            self._sets[name] = (page, cards)
            self._stack.addWidget(page)
            self._recall(name)
        self._stack.setCurrentWidget(self._sets[name][0])
        if self._kept or self._document.uuid is not None:
            self.keep()
        self._say_span()
        result = self._planner.result
        if result is not None and self.drawn is not result:
            self.refresh(result)

    # How a person looks at the charts of each plan

    def _moved_tab(self, *_: int) -> None:
        if not self._is_starting:
            self.keep()

    def _move(self, card: Card, by: int) -> None:
        """Puts a chart so many places to the right among its neighbours."""
        page = card.parentWidget()
        assert isinstance(page, QSplitter)
        at = page.indexOf(card)
        to = min(max(0, at + by), page.count() - 1)
        if to != at:
            sizes = page.sizes()
            sizes.insert(to, sizes.pop(at))
            page.insertWidget(to, card)
            page.setSizes(sizes)
            cards = next(cards for own, cards in self._sets.values() if own is page)
            cards.sort(key=page.indexOf)
            self.keep()

    def _carry(self, card: Card, place: QPoint) -> None:
        """Puts a chart where its title was dropped."""
        page = card.parentWidget()
        assert isinstance(page, QSplitter)
        x = page.mapFromGlobal(place).x()
        others = [each for own, cards in self._sets.values() if own is page for each in cards if each is not card]
        self._move(card, sum(x > other.geometry().center().x() for other in others) - page.indexOf(card))

    def keep(self) -> None:
        """Keeps for this plan which charts are shown, in which order, what of each, and how wide."""
        state = dict(self._kept)
        for name, (page, cards) in self._sets.items():
            charts = [card for card in cards if isinstance(card, ChartCard)]
            drawings = [card for card in cards if isinstance(card, DrawingCard)]
            state[name] = {
                "sizes": page.sizes(),
                "order": [card.called for card in cards],
                "chosen": {card.chart.name: dict(card.chosen) for card in charts}
                | {card.chart.name: {"workload": card.workload} for card in drawings if card.workload},
                "hidden": {card.chart.name: sorted(card.hidden) for card in charts},
            }
        order = [self.tabs.tabText(k) for k in range(self.tabs.count())]
        self._kept = state | {"shown": self._shown, "order": order}
        if not self._is_starting:
            keep_view(self._document, "charts", self._kept)

    def _recall(self, name: str) -> None:
        """Puts a set of charts as it was when this plan was looked at last; of a new plan as all begin."""
        its = self._kept.get(name, {})
        page, cards = self._sets[name]
        places = {title: k for k, title in enumerate(map(str, its.get("order", ())))}
        made = [chart.title for chart in TABS[name]]
        cards.sort(key=lambda card: (places.get(card.called, len(cards)), made.index(card.called)))
        for k, card in enumerate(cards):
            if page.indexOf(card) != k:
                page.insertWidget(k, card)
        sizes = its.get("sizes", ())
        if len(sizes) == len(cards) and all(isinstance(size, int) and size >= 0 for size in sizes) and any(sizes):
            page.setSizes(list(sizes))
        for card in cards:
            if isinstance(card, ChartCard):
                chosen, hidden = its.get("chosen", {}).get(card.chart.name, {}), its.get("hidden", {})
                card.recall({str(k): str(v) for k, v in chosen.items()}, map(str, hidden.get(card.chart.name, ())))
            elif isinstance(card, DrawingCard):
                card.recall(str(its.get("chosen", {}).get(card.chart.name, {}).get("workload", "")))

    def _recall_all(self) -> None:
        self._kept = view_of(self._document, "charts")
        places = {name: k for k, name in enumerate(map(str, self._kept.get("order", ())))}
        order = sorted(TABS, key=lambda name: places.get(name, list(TABS).index(name)))
        names = [self.tabs.tabText(k) for k in range(self.tabs.count())]
        for k, name in enumerate(order):
            self.tabs.moveTab(names.index(name), k)
            names.insert(k, names.pop(names.index(name)))
        if self._kept.get("shown") in names:
            self.tabs.setCurrentIndex(names.index(self._kept["shown"]))
        for name in self._sets:
            self._recall(name)

    def _make_card(self, chart: Chart | WorkloadTable | OffersTable | DrawingChart, page: QWidget) -> Card:
        if isinstance(chart, Chart):
            return ChartCard(self._document, chart, page)
        if isinstance(chart, DrawingChart):
            return DrawingCard(self._document, chart, page)
        if isinstance(chart, OffersTable):
            return OffersCard(self._document, chart, page)
        return TableCard(self._document, chart.title, chart.caption, chart.make, chart.empty, page, chart.kpi)

    def use_patterns(self, on: bool) -> None:
        """Puts patterns beside the colours of all charts, or takes them away, and remembers it."""
        if on == patterns_on():
            return
        set_patterns(on)
        for _, cards in self._sets.values():
            for card in cards:
                card.restyle()
        self.patterns_changed.emit(on)

    def reset_zoom(self) -> None:
        """Shows the whole horizon in every chart."""
        self._show_span(None)

    def _charts(self) -> list[ChartCard]:
        return [card for _, cards in self._sets.values() for card in cards if isinstance(card, ChartCard)]

    def _zoomed(self, span: Span | None) -> None:
        """All charts follow one that was zoomed, unless its columns do not follow time."""
        by_itself = any(card.plot.zoom is self.sender() and card.plot.zoom.is_on for card in self._charts())
        if span is None and by_itself:
            self._say_span()
        else:
            self._show_span(span)

    def _show_span(self, span: Span | None) -> None:
        self._span = span
        for card in self._charts():
            if span is None or card.plot.zoom.span != span:
                card.plot.zoom.show(span)
        self._say_span()

    def _say_span(self) -> None:
        """Says which periods are shown where not all are, on the button that shows all."""
        self.reset.setVisible(any(isinstance(c, ChartCard) and c.plot.zoom.is_on for c in self.cards))
        words = "part of it"
        if self._span is not None and self._time is not None:
            first, last = int(self._span[0] + 1e-6), max(int(self._span[0]), math.ceil(self._span[1] - 1e-6) - 1)
            names = self._time.labels
            words = names[first] if first == last else f"{names[first]} \u2013 {names[min(last, len(names) - 1)]}"
        self.reset.setText(f"Shown: {words}")
        self.reset.setAccessibleName(f"Reset zoom: {words}")

    def _set_late(self, late: bool) -> None:
        for _, cards in self._sets.values():
            for card in cards:
                card.set_late(late)

    def _set_stopped(self, state: str) -> None:
        for _, cards in self._sets.values():
            for card in cards:
                card.set_stopped(state == "cancelled")

    def _start(self) -> None:
        self._drawn, self._time, self._first = {}, None, None
        self._joined.clear()
        self._show_span(None)
        self._is_starting = True
        for _, cards in self._sets.values():
            for card in cards:
                card.start()
        self._seat()
        self._recall_all()
        self._is_starting = False
        self._say_span()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "reset"):
            self._dress_reset()

    def _dress_reset(self) -> None:
        t = theme.tokens()
        self.reset.setIcon(theme.icon("x", t.accent))
        self.reset.setIconSize(QSize(13, 13))
        self.reset.setStyleSheet(
            f"QToolButton {{ color: {t.accent}; background: {t.accent_soft}; border-radius: 8px; padding: 1px 7px;"
            f" font-size: 12px; }} QToolButton:hover, QToolButton:focus {{ border-color: {t.accent}; }}"
        )
