"""The plan map: the card that holds heading, legend, map and period bar, and listens to the document."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QMenu, QVBoxLayout, QWidget

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.status import STATUS
from gigaplan.gui.charting.hatches import patterns_on
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.jobs.staleness import Lateness
from gigaplan.gui.views.canvas.card_list import CardList
from gigaplan.gui.views.canvas.legend import MapLegend
from gigaplan.gui.views.canvas.period_bar import PeriodBar
from gigaplan.gui.views.canvas.placing import TABLES
from gigaplan.gui.views.canvas.view import MapView
from gigaplan.gui.widgets.actions import Actions
from gigaplan.gui.widgets.cards import title
from gigaplan.gui.widgets.texts import Label, literal

SUBTITLE = "ribbons: chips, then megawatts"
WITH_SERVICES = "ribbons: chips or bought work, then megawatts"
EMPTY = (
    "Drag work, chips and a site here from the catalogue, or double-click them.\n"
    "Workloads ask for work, offers bring chips, sites give them power."
)


class MapSearch(QLineEdit):
    """What is looked for on the map. It is there while it is used; Escape ends it."""

    ended = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setPlaceholderText("Find on the map")
        self.setAccessibleName("Find on the map")
        self.setClearButtonEnabled(True)
        self.setFixedWidth(150)
        self.hide()

    def begin(self) -> None:
        """Comes into sight with what was looked for last, ready to be typed over."""
        self.show()
        self.setFocus()
        self.selectAll()

    def leave(self) -> None:
        """Goes, and nothing is dim any more."""
        self.clear()
        self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
            self.ended.emit()
        else:
            super().keyPressEvent(event)


class PlanMap(QFrame):
    """Workloads, offers and sites of the document's plan, and what flows between them in its period."""

    catalogue_dropped = Signal(str, str)
    """(kind, id): an entry of the catalogue was dropped on the map."""

    def __init__(self, document: Document, planner: Planner, lateness: Lateness, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._planner, self._lateness = document, planner, lateness
        self.setProperty("card", True)
        self.view = MapView(document)
        self.view.catalogue_dropped.connect(self.catalogue_dropped)
        self.card_list = CardList(document, self.view, self)
        self.setFocusProxy(self.card_list)
        self.card_list.left.connect(self.view.release_keys)
        self.legend = MapLegend()
        self.period_bar = PeriodBar(document)
        self.search = MapSearch(self)
        self.search.textChanged.connect(self._search)
        self.search.ended.connect(self.card_list.setFocus)
        self.view.find_requested.connect(self.search.begin)
        self.state_label = Label(SUBTITLE)
        self._is_new = False
        """Whether another plan was opened, and is about to come."""
        self._taken: Result | None = None
        """The result that was taken up last."""
        self._chips: Sequence[float] = ()
        """That run in each period of the last result, array [T]."""
        self._build()
        self.view.map_scene.folded.connect(lambda: self.view.take_shape(False))
        document.changed.connect(self._plan_changed)
        document.replaced.connect(self._forget)
        document.selection_changed.connect(self._selection_changed)
        document.period_changed.connect(self._period_changed)
        planner.result_painted.connect(self._take)
        planner.result_changed.connect(self._result_changed)
        planner.state_changed.connect(self._show_state)
        lateness.changed.connect(self._show_state)
        self._plan_changed(None, document.plan)
        self._result_changed(planner.result)

    def fill_menu(self, actions: Actions, menu: QMenu) -> None:
        """Offers the commands of the map in a menu of the window, and so in its palette."""
        actions.fill(menu, self.view.menus.of_window())
        actions.fill(menu.addMenu("Group b&y"), self.view.menus.of_ways())
        self.view.minimap.wanted_changed.connect(actions["map.minimap"].setChecked)

    def _build(self) -> None:
        self.state_label.setProperty("role", "muted")
        self.empty_label = Label(EMPTY, self.view, role="muted")
        self.empty_label.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.empty_label.setWordWrap(True)
        self.empty_label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        head = QHBoxLayout()
        head.setContentsMargins(13, 8, 14, 2)
        head.setSpacing(10)
        head.addWidget(title("Plan map"))
        head.addWidget(self.state_label)
        head.addWidget(self.legend, 1)
        head.addWidget(self.search)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.view, 1)
        column.addWidget(self.period_bar)
        self.setTabOrder(self.card_list, self.period_bar.play_button)
        self.setTabOrder(self.period_bar.play_button, self.period_bar.slider)

    def _plan_changed(self, before: Plan | None, after: Plan) -> None:
        is_new, self._is_new = self._is_new, False
        said = ("settings", "platforms", *TABLES)
        if before is not None and all(getattr(before, name) is getattr(after, name) for name in said):
            if before.layout is after.layout:
                return
            self.view.map_scene.show_places()
        else:
            self.view.map_scene.show_plan()
        if before is None or self._shape(before) != self._shape(after):
            self.view.take_shape(is_new)
        vendors = {p.id: p.vendor for p in after.platforms}
        there = dict.fromkeys(vendors[o.platform] for o in after.offers if o.platform in vendors)
        self.legend.set_vendors(tuple(there))
        self.empty_label.setVisible(not any(getattr(after, table) for table in TABLES))

    @staticmethod
    def _shape(plan: Plan) -> tuple[object, ...]:
        """What decides where cards lie."""
        return (plan.layout, *([row.id for row in getattr(plan, table)] for table in TABLES))

    def _search(self, words: str) -> None:
        found = self.view.map_scene.search(words)
        self.search.setToolTip(literal(f"{len(found)} found" if words else ""))
        if found:
            self.view.reveal(self.view.map_scene.columns.place(found[0]))

    def show_worths(self, result: Result) -> None:
        """Takes up what is known by now of what the limits of a result are worth."""
        self.view.map_scene.show_worths(result)

    def _result_changed(self, result: Result | None) -> None:
        if result is None or result is not self._taken:
            self._take(result)
        self._show_state()

    def _take(self, result: Result | None) -> None:
        self._taken = result
        self.view.map_scene.show_result(result)
        if result is not None and result.allocation is not None:
            total = result.series("chips").get("total")
            self._show_chips(() if total is None else total.tolist())

    def _show_chips(self, chips: Sequence[float]) -> None:
        self._chips = chips
        self.period_bar.show_chips(chips)

    def _forget(self) -> None:
        self._taken = None
        self.search.leave()
        self.view.map_scene.forget()
        self.view.commands.fold_as_kept()
        self._is_new = True
        self._show_chips(())

    def _show_state(self, *_: object) -> None:
        """Says, and shows by dimming, when the picture is not the optimum of the plan as it stands."""
        result = self._planner.result
        status = STATUS[result.status] if result is not None else STATUS["optimal"]
        failed = status.tone != "good"
        words = status.sentence if failed else ""
        if failed and self.view.map_scene.picture is not None:
            words += ": this is the last plan that could be solved"
        elif not failed and result is not None and self._lateness.is_late:
            words = "stopped: this is an older optimum" if self._planner.state == "cancelled" else "computing …"
        role = "warning" if failed else "muted"
        if role != self.state_label.property("role"):
            self.state_label.setProperty("role", role)
            self.state_label.style().polish(self.state_label)
        drawn = WITH_SERVICES if self._document.plan.services else SUBTITLE
        self.state_label.setText(words or self._nothing_here() or drawn)
        self.view.map_scene.set_dimmed(bool(words))

    def _nothing_here(self) -> str:
        """Where something runs, for a map of a period in which nothing does; empty where something does."""
        running = [k for k, chips in enumerate(self._chips) if chips > 0]
        period, labels = self._document.period, Timeline.of(self._document.plan.settings).labels
        # While the number of periods changes, the chips, or the period chosen, are still those of before.
        if len(self._chips) != len(labels) or period >= len(labels) or not running or period in running:
            return ""
        where = next((k for k in running if k > period), running[-1])
        when = "first" if where == running[0] else "next" if where > period else "last"
        return f"nothing runs in {labels[period]}, {when} in {labels[where]}"

    def _selection_changed(self, selection: object) -> None:
        self.view.map_scene.mark_selection()
        self.view.minimap.refresh()

    def _period_changed(self, period: int) -> None:
        self.view.map_scene.show_period()
        self._show_state()

    def take_patterns(self) -> None:
        """Draws with patterns beside colours, or without, where that was chosen since."""
        self.view.map_scene.set_hatched(patterns_on())
        self.legend.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._column.activate()
        # Below the outlines of the first cards, which lie in the middle.
        rect = self.view.rect()
        self.empty_label.setGeometry(rect.adjusted(10, rect.height() // 2 + 50, -10, 0))
        self.card_list.setGeometry(self.view.geometry())
        self.card_list.lower()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "view"):
            self.view.restyle()
            self.legend.update()
