"""The page Risk: what to sign now, in which worlds; and what uncertain inputs do alone and together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from gigaplan.engine.analysis.uncertainty import scenario_of
from gigaplan.engine.plan.correlations import correlations_of, is_correlation, with_nearest_correlations
from gigaplan.engine.plan.plan import find, with_row
from gigaplan.engine.plan.schema import ROW_TYPES
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.gui.document.document import Document
from gigaplan.gui.document.row_edits import delete_rows
from gigaplan.gui.jobs.risk_job import Outcomes, Tried
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.present.risk_figures import RISK_KPIS, base_of
from gigaplan.gui.views.risk.adding import TABLE, AddMenu
from gigaplan.gui.views.risk.cards import DrawnCard, Pointed, TornadoCard
from gigaplan.gui.views.risk.decide import WITHIN, DecideCard
from gigaplan.gui.views.risk.fan_cards import ExceedanceCard, FanCard
from gigaplan.gui.views.risk.tradeoffs import ExitCard, FlipCard, FrontierCard, NearCard, WaitingCard
from gigaplan.gui.widgets.cards import nothing_yet, pages_below, scrolled
from gigaplan.gui.widgets.combo import Combo
from gigaplan.gui.widgets.texts import Label, literal

REFRESH_MS = 40
BESIDE_PX = 980
NONE_PX, UNBOUNDED = 190, 16_777_215
"""From which width on the two cards stand beside each other."""
NOTHING = (
    "This plan has no uncertain inputs yet. Say how far a demand, a price or a power limit may lie from "
    "what is planned, and see which of them moves the cost most, and where the cost may end."
)


class RiskView(QWidget):
    """A key figure, what moves it most, and how it may come out."""

    field_requested = Signal(str, str, str)
    """(table, row, field): an input that a person wants to see."""

    menu_requested = Signal(object, QPoint)
    """(Pointed, place): a person asks what can be done with a figure."""

    def __init__(self, document: Document, planner: Planner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._planner = document, planner
        self.setAccessibleName("Risk")
        self.more: Callable[[QMenu, str, Sequence[str], str], QMenu] | None = None
        """Adds what the window offers for a field of rows."""
        self.outcomes = Outcomes(document, planner, self)
        self.kpi = Combo("Key figure", 18)
        for kpi in RISK_KPIS:
            self.kpi.addItem(KPIS[kpi].plan_label, kpi)
            self.kpi.setItemData(self.kpi.count() - 1, literal(KPIS[kpi].help), Qt.ItemDataRole.ToolTipRole)
        self.menu = AddMenu(document, self)
        self.alone, self.together = TornadoCard(self._name), DrawnCard(self._name)
        self.fan, self.exceedance = FanCard(self._name), ExceedanceCard(self._name)
        self.decide = DecideCard(document, self._name)
        self.waiting = WaitingCard(document, self._name, self._months)
        self.exit = ExitCard(document, self._name, self._months)
        self.flips = FlipCard(document, self._name)
        self.frontier, self.near = FrontierCard(document, self._name, self._months), NearCard(document, self._name)
        self._build()
        self._soon = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._soon.timeout.connect(self.refresh)
        self.kpi.activated.connect(self.refresh)
        self.alone.plot.chosen.connect(self._choose)
        self.alone.plot.removed.connect(self._remove)
        self.alone.plot.menu_wanted.connect(self._open_menu)
        for card in (
            self.together, self.fan, self.exceedance, self.decide, self.waiting, self.exit, self.flips, self.frontier,
            self.near,
        ):  # fmt: skip
            card.menu_requested.connect(self._ask_menu)
        self.together.draw_requested.connect(self._draw)
        self.together.count.activated.connect(self.refresh)
        self.together.stop_requested.connect(self.outcomes.stop_drawing)
        self.together.open_requested.connect(self._open_sample)
        self.outcomes.changed.connect(self._later)
        document.changed.connect(self._later)
        document.replaced.connect(self._later)
        planner.result_changed.connect(self._later)

    def stop(self) -> None:
        """Ends the background work."""
        self.outcomes.stop()
        for card in (self.decide, self.waiting, self.exit, self.flips, self.frontier, self.near):
            card.stop()

    def known(self) -> Tried:
        """What was found of the plan as it stands, on all cards; nothing is worked out for it."""
        cards = (self.decide, self.waiting, self.exit, self.flips, self.frontier, self.near)
        return replace(self.outcomes.known(), shown=tuple(shown for card in cards for shown in card.shown()))

    def _name(self) -> str:
        return self._document.name

    def _months(self) -> float:
        """The date before which is decided, from the plan's start."""
        return float(self.decide.within.currentData() or WITHIN[1])

    def _build(self) -> None:
        self._add = QPushButton("Add an input")
        self._add.setMenu(self.menu)
        self._head = QWidget()
        head = QHBoxLayout(self._head)
        head.setContentsMargins(6, 2, 4, 6)
        head.setSpacing(8)
        label = Label("Key figure", role="muted")
        label.setBuddy(self.kpi)
        head.addWidget(label)
        head.addWidget(self.kpi)
        head.addStretch(1)
        head.addWidget(self._add)
        both = QWidget()
        self._cards = QBoxLayout(QBoxLayout.Direction.LeftToRight, both)
        self._cards.setContentsMargins(0, 0, 0, 2)
        self._cards.setSpacing(8)
        self._cards.addWidget(self.alone, 5)
        self._cards.addWidget(self.together, 4)
        self.nearest = QPushButton("Use the nearest correlations")
        self.nearest.setToolTip(literal("Replaces correlations that cannot all hold at once by the nearest that can."))
        self.nearest.clicked.connect(self._use_nearest)
        head.insertWidget(head.count() - 1, self.nearest)
        curves = QWidget()
        self._curves = QBoxLayout(QBoxLayout.Direction.LeftToRight, curves)
        self._curves.setContentsMargins(0, 0, 0, 2)
        self._curves.setSpacing(8)
        self._curves.addWidget(self.fan, 5)
        self._curves.addWidget(self.exceedance, 4)
        tried = QWidget()
        pair = QVBoxLayout(tried)
        pair.setContentsMargins(0, 0, 0, 0)
        pair.setSpacing(8)
        pair.addWidget(both)
        pair.addWidget(curves)
        inputs = QWidget()
        self._body = pages_below(inputs, self._head, tried, self._nothing())
        column = QWidget()
        rows = QVBoxLayout(column)
        rows.setContentsMargins(0, 0, 4, 2)
        rows.setSpacing(8)
        rows.addWidget(self.decide)
        rows.addWidget(self.waiting)
        rows.addWidget(self.exit)
        rows.addWidget(inputs)
        rows.addWidget(self.flips)
        rows.addWidget(self.frontier)
        rows.addWidget(self.near)
        rows.addStretch(1)
        self.area = scrolled(column, "Risk")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.area)

    def _nothing(self) -> QFrame:
        self.broad = QPushButton("All demands, prices and power limits by ±20 %")
        self.broad.clicked.connect(lambda: self.menu.add(self.menu.broad()))
        one = QPushButton("Choose an input")
        one.setMenu(self.menu)
        return nothing_yet(NOTHING, self.broad, one)

    def _later(self, *_: object) -> None:
        if self.isVisible() and not self._soon.isActive():
            self._soon.start()

    def refresh(self, *_: object) -> None:
        """Draws everything as it stands."""
        plan, found = self._document.plan, self.outcomes
        self._body.setCurrentIndex(0 if plan.uncertainties else 1)
        body = self._body.parentWidget()
        assert body is not None
        # The other page is higher, though nobody sees it.
        body.setMaximumHeight(UNBOUNDED if plan.uncertainties else NONE_PX)
        self._head.setVisible(bool(plan.uncertainties))
        self.broad.setEnabled(bool(self.menu.broad()))
        if not plan.uncertainties:
            return
        self.nearest.setVisible(not is_correlation(correlations_of(plan)))
        kpi = self.kpi.currentData()
        found.kpi = kpi
        base = base_of(self._planner.result, kpi)
        self.alone.show_swings(plan, found, base, kpi)
        self.together.show_drawn(plan, found, base, kpi)
        for card in (self.fan, self.exceedance):
            card.setVisible(bool(found.drawn))
        if found.drawn:
            self.fan.show_drawn(plan, found)
            self.exceedance.show_drawn(plan, found, kpi)

    def _use_nearest(self) -> None:
        self._document.apply(with_nearest_correlations(self._document.plan), "Use the nearest correlations")

    def _draw(self, count: int) -> None:
        """Draws what is left of so many cases; others, where all of them are drawn."""
        found = self.outcomes
        asked = found.are_drawn_fresh and count == len(found.cases)
        if asked and found.can_go_on:
            found.go_on()
        else:
            found.draw(count, found.seed + 1 if asked else found.seed)

    def _open_sample(self, at: int) -> None:
        """Makes a sample a scenario, of the scenario that is shown where it is one."""
        document, cases = self._document, self.outcomes.cases
        if at < len(cases):
            of = document.scenario
            name = f"Sample {at + 1} of seed {self.outcomes.seed}"
            scenario = scenario_of(document.base, cases[at], name, None if of is None else of.id)
            document.apply(with_row(document.base, "scenarios", scenario), f"Add the scenario {name}", in_base=True)
            document.edit_scenario(scenario.id)

    def _choose(self, id: str) -> None:
        if find(self._document.plan, TABLE, id) is not None:
            self._document.select(TABLE, (id,))

    def _remove(self, id: str) -> None:
        delete_rows(self._document, [(TABLE, id)])

    def _ask_menu(self, found: Pointed, at: QPoint) -> None:
        """Passes a wish for a menu on; what is drawn is of the plan that is shown."""
        of, own = self._document.scenario, (self.together, self.fan, self.exceedance)
        if of is not None and self.sender() in own:
            name = of.name or of.id
            found = replace(found, asked=tuple(replace(each, scenario=of.id, name=name) for each in found.asked))
        self.menu_requested.emit(found, at)

    def _open_menu(self, id: str, at: QPoint) -> None:
        row = find(self._document.plan, TABLE, id)
        if row is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Edit its distribution", lambda: self._choose(id))
        menu.addAction("Go to the input", lambda: self.field_requested.emit(row.table, row.row or "", row.field))
        menu.addSeparator()
        if self.more is not None and row.table in (*ROW_TYPES, "plan") and "." not in row.field:
            self.more(menu, row.table, (row.row,) if row.row else (), row.field)
            menu.addSeparator()
        menu.addAction("Remove", lambda: self._remove(id))
        menu.popup(at)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.outcomes.watch(True)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.outcomes.watch(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = event.size().width() >= BESIDE_PX
        # Drawing is short until it is done: above the tornado it is seen.
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.BottomToTop
        self._cards.setDirection(way)
        beside_or_below = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        self._curves.setDirection(beside_or_below)
