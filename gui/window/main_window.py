"""The main window: it puts the views together and owns nothing that they do."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QEvent, QEventLoop, QPoint, QProcess, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QCursor, QDragEnterEvent, QDropEvent, QResizeEvent, QStatusTipEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QTabWidget, QWidget

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.gui.document.document import Document
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.files.crash_reports import CrashReports
from gigaplan.gui.files.done_notice import Done
from gigaplan.gui.files.file_actions import Files, empty_plan
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.jobs.staleness import Lateness
from gigaplan.gui.jobs.worth_job import Worths
from gigaplan.gui.style import theme
from gigaplan.gui.text.explain_request import Asked
from gigaplan.gui.views.canvas.plan_map import PlanMap
from gigaplan.gui.views.catalogue.adding import add_from_catalogue
from gigaplan.gui.views.catalogue.panel import CataloguePanel
from gigaplan.gui.views.explain.panel import ExplainPanel
from gigaplan.gui.views.inspector.form import column
from gigaplan.gui.views.inspector.panel import Inspector
from gigaplan.gui.views.kpi_strip.open_choices import OpenChoices
from gigaplan.gui.views.kpi_strip.strip import KpiStrip
from gigaplan.gui.views.outline.tree import OutlineTree
from gigaplan.gui.views.problems.panel import ProblemsPanel
from gigaplan.gui.views.scenarios.panel import ScenariosPanel
from gigaplan.gui.views.welcome.page import WelcomePage
from gigaplan.gui.widgets.cards import GAP, card, scrolled, splitter
from gigaplan.gui.window.deferred_widget import DeferredPlace, FirstPaint
from gigaplan.gui.window.exporting import DatabaseExport, ReportExport, WorkbookExport
from gigaplan.gui.window.figure_menus import FigureMenus
from gigaplan.gui.window.file_drop import dropped_files, open_dropped
from gigaplan.gui.window.guards import Safety
from gigaplan.gui.window.importing import PlanImport
from gigaplan.gui.window.large_plans import LargePlans, ManyCards
from gigaplan.gui.window.menus import Menus
from gigaplan.gui.window.notices import MODE, Bars, file_choices
from gigaplan.gui.window.pages import made_views
from gigaplan.gui.window.status_bar import StatusLine
from gigaplan.gui.window.undo_feedback import Stepped
from gigaplan.gui.window.window_state import WindowState

if TYPE_CHECKING:
    from gigaplan.gui.views.charts.deck import ChartDeck
    from gigaplan.gui.views.compare.view import CompareView
    from gigaplan.gui.views.risk.cards import Pointed

BODY_PX, SHEET_PX = 340, 800
"""The least height of what is between the key figures and the status, and the least width."""
CARDS_GAP, CHARTS_HEAD = 10, 27
"""Between the charts, and the height of the tabs above them with the space below."""
MOST_NOTES = 160
"""Characters of the notes of a scenario that stand in its banner."""
CHARTS_PX = 160
"""The least height of the charts."""
TITLE_BAR = QSize(0, 40)
"""Left of the screen for what the system puts around a window that is opened for the first time."""
LEAST = QSize(1000, 640)
"""The smallest window, but on a screen that is smaller still."""
LOW_PX = 560
"""In a lower window the map has no room beside the charts."""
TIGHT_PX = 560
"""In a lower middle there is no room for the problems below the charts."""
RIGHT_PX, CENTRE_PX = 274, 498
"""Least widths of the right column and of the middle."""
EXPLAIN_PART = 0.46
"""Of the right column, what the explanation of a figure takes at least."""


class MainWindow(QMainWindow):
    """One document, its planner, and the views on them."""

    def __init__(self, folder: Path | None = None, reports: CrashReports | None = None) -> None:
        """`folder` is where recovery and locks are kept; without one there are none."""
        super().__init__()
        self.document = Document(empty_plan(), self)
        self.planner = Planner(self.document, waits=True)
        self.lateness = Lateness(self.planner)
        self.files = Files(self.document, self)
        self.setAcceptDrops(True)
        self.has_plan = False
        """Whether a plan was taken up or begun: until then there is nothing to save."""
        self._problems_came = False
        self._gave_way: set[str] = set()
        """The parts that are hidden for want of room."""
        self._problems_took_room = False
        self.setMinimumSize(LEAST)
        self.resize(QSize(1600, 1000).boundedTo(self.screen().availableSize() - TITLE_BAR))
        with theme.undressed():
            self._build()
            self.exports = WorkbookExport(self.document, self.planner, self.bars, self)
            self.imports = PlanImport(self.document, self.bars, self)
            self.database = DatabaseExport(self.document, self.planner, self.bars, self)
            self.report = ReportExport(self.document, self.planner, self.scenarios.provider, self.bars, self)
            self._large_plans = LargePlans(self.bars, self.document, self.planner)
            self._many_cards = ManyCards(self.bars, self.plan_map.view.map_scene)
            self.menus = Menus(self, self)
            self.actions_list, self.palette_list = self.menus.actions, self.menus.palette
            self._connect()
            self._stepped = Stepped(self.document, self.inspector.point_out, self.status.step.set_words)
            self.safety = Safety(self.bars, self.document, self.files, self.status, folder, reports)
            parts = self.menus.parts
            self._state = WindowState(self, self.splitters, parts, self.lists, self.plan_map.view, self.views)
            self._state.restore()
        self._title()
        self._first_paint = FirstPaint(self)
        self._first_paint.over.connect(self._complete)

    def _build(self) -> None:
        d, p, late = self.document, self.planner, self.lateness
        self.kpis = KpiStrip(d, p, late)
        self.worths = Worths(p, self)
        self.open_choices = OpenChoices(d, p)
        self.plan_map = PlanMap(d, p, late)
        self.charts_place = DeferredPlace(self._make_charts, 3, CARDS_GAP, CHARTS_HEAD)
        self.problems = ProblemsPanel(d, p)
        self.problems.hide()
        self.inspector = Inspector(d, p)
        self.explain = ExplainPanel(d, p)
        self.catalogue = CataloguePanel(d, p)
        self.outline = OutlineTree(d, p)
        self.scenarios = ScenariosPanel(d, p, late)
        self.status = StatusLine(d, p, late)
        self.welcome = WelcomePage()

        self.lists = QTabWidget()
        self.lists.setDocumentMode(True)
        self.lists.tabBar().setDrawBase(False)
        self.catalogue.as_tab()
        self.outline.as_tab()
        self.lists.addTab(self.catalogue, "Catalogue")
        self.lists.addTab(self.outline, "Outline")
        self.left = splitter(Qt.Orientation.Vertical, (card(self.lists), 640), (self.scenarios, 280))
        self.views = made_views(d, p, self.plan_map, self.scenarios.provider)
        centre = splitter(Qt.Orientation.Vertical, (self.views, 600), (self.charts_place, 270), (self.problems, 140))
        self.right = splitter(Qt.Orientation.Vertical, (self.inspector, 600), (self.explain, 300))
        body = splitter(Qt.Orientation.Horizontal, (self.left, 225), (centre, 1060), (self.right, 290))
        body.setStretchFactor(1, 1)
        # What a window of 1000 pixels leaves to each: the fields need theirs most.
        self.right.setMinimumWidth(RIGHT_PX)
        self.views.setMinimumWidth(CENTRE_PX)
        self.charts_place.setMinimumHeight(CHARTS_PX)
        self.splitters = {"body": body, "left": self.left, "centre": centre, "right": self.right}
        inside = QWidget()
        layout = column(inside, 0)
        layout.addWidget(self.kpis)
        layout.addWidget(self.open_choices)
        layout.addWidget(body, 1)
        body.setContentsMargins(GAP, GAP, GAP, GAP)
        body.setMinimumHeight(BODY_PX)
        inside.setMinimumWidth(SHEET_PX)
        workspace = QWidget()
        whole = column(workspace, 0)
        self._sheet = scrolled(inside, "Workspace")  # on a screen without the room for it one scrolls
        self._sheet.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole.addWidget(self._sheet, 1)
        whole.addWidget(self.status)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(workspace)
        self.bars = Bars(self.pages)
        self.setCentralWidget(self.bars)

    @property
    def charts(self) -> ChartDeck:
        """The charts; they are made after the first paint, or when they are first asked for."""
        return self.charts_place.fill()

    def _make_charts(self) -> ChartDeck:
        # What draws takes as long to import as all else together.
        from gigaplan.gui.views.charts.card import ChartCard
        from gigaplan.gui.views.charts.deck import ChartDeck

        charts = ChartDeck(self.document, self.planner, self.lateness)
        for each in charts.cards:
            each.setMinimumWidth((CENTRE_PX - 2 * GAP) // 3 - 4)
            if isinstance(each, ChartCard):
                each.more = self._figure_menus.add_row
        charts.explain_requested.connect(self._explain_value)
        charts.kpi_requested.connect(self._explain_kpi)
        charts.patterns_changed.connect(self.menus.patterns.setChecked)
        charts.patterns_changed.connect(self.plan_map.take_patterns)
        return charts

    def _complete(self) -> None:
        """Makes what the first picture of the window does without."""
        self.planner.begin()
        self.charts_place.fill()

    def _connect(self) -> None:
        self.document.file_changed.connect(self._title)
        self.document.base_changed.connect(self._title)
        self.document.base_changed.connect(self._tell_currency)
        self.files.opened.connect(self._opened)
        self.files.leaving.connect(self.inspector.settle)
        self.welcome.template_chosen.connect(self.files.new_from_template)
        self.welcome.new_requested.connect(self.begin_plan)
        self.welcome.open_requested.connect(self._open_from_welcome)
        self.plan_map.catalogue_dropped.connect(self._add_from_catalogue)
        self.problems.count_changed.connect(self._count_problems)
        self.problems.field_requested.connect(self.show_field)
        self.worths.changed.connect(self.plan_map.show_worths)
        self.worths.changed.connect(self.explain.show_worths)
        self.worths.changed.connect(self.open_choices.refresh)
        self.open_choices.risk_requested.connect(lambda: self.show_view("risk"))
        self.explain.field_requested.connect(self.show_field)
        self.explain.catalogue_requested.connect(self.show_catalogue)
        self.explain.compare_requested.connect(self._compare)
        self.kpis.explain_requested.connect(self._explain_kpi)
        menus = self._figure_menus = FigureMenus(self, self.menus, self)
        self.kpis.menu_requested.connect(lambda kpi, spoken, at: menus.of_figure(kpi, spoken).popup(at))
        self.inspector.menu_requested.connect(lambda name, at: menus.of_field(name).popup(at))
        self.plan_map.view.menus.more = self.outline.more = menus.add_row
        self.menus.problems_shown.toggled.connect(self._seat_problems)
        self.status.problems_wanted.connect(self.menus.problems_shown.toggle)
        for part in ("inspector", "explain"):
            self.menus.parts[part].toggled.connect(self._keep_column)
        self.views.made.connect(self._wire_page)
        self.scenarios.compare_requested.connect(self._compare)
        self.scenarios.refused.connect(self._refuse_edits)
        self.document.scenario_changed.connect(self._say_scenario)
        self.document.refused.connect(self._say_refused)

    def _wire_page(self, name: str, page: Any) -> None:
        if name == "tables":
            self.files.leaving.connect(page.settle)
            page.more = self._figure_menus.add_field
        elif name == "compare":
            page.explain_requested.connect(self.explain_asked)
            page.kpis.menu_requested.connect(self._show_asked_menu)
            page.waterfall.menu_requested.connect(self._show_asked_menu)
            page.inputs.more = self._figure_menus.add_field
        elif name == "risk":
            page.more = self._figure_menus.add_field
            page.menu_requested.connect(self._show_pointed_menu)
            self.report.known_risk = page.known
            page.field_requested.connect(self.show_field)

    def _add_from_catalogue(self, kind: str, entry: str) -> None:
        try:
            add_from_catalogue(self.document, kind, entry)
        except PlanError as error:
            at = self.plan_map.view.viewport().mapFromGlobal(QCursor.pos())
            self.plan_map.view.say("\n".join(f"{p.text}. {p.remedy}" for p in error.problems), at)

    def _open_from_welcome(self, path: object) -> None:
        if path:
            self.files.open_path(Path(str(path)))
        else:
            self.files.open()

    def _seat_problems(self) -> None:
        """Where the middle is too low for all three, the charts give way to the problems while these are shown."""
        charts = self.menus.parts["charts"]
        is_tight = self.menus.problems_shown.isChecked() and self.splitters["centre"].height() < TIGHT_PX
        if is_tight and charts.isChecked() and not self._problems_took_room:
            charts.setChecked(False)
            self._gave_way.add("charts")
            self._problems_took_room = True
        elif self._problems_took_room and not is_tight:
            self._problems_took_room = False
            if "charts" in self._gave_way:
                self._gave_way.discard("charts")
                charts.setChecked(True)

    def _count_problems(self, errors: int, warnings: int) -> None:
        self.status.show_problems(errors, warnings)
        shown = self.menus.problems_shown
        if errors and not shown.isChecked():
            shown.setChecked(True)
            self._problems_came = True
        elif not errors and not warnings and self._problems_came:
            # What came by itself goes by itself; what a person opened stays.
            shown.setChecked(False)
            self._problems_came = False

    def show_view(self, name: str) -> QWidget:
        """Shows a page in the middle of the workspace, and gives it."""
        self.show_workspace()
        return self.views.show_page(name)

    def show_catalogue(self, section: str = "") -> None:
        """Shows the catalogue, perhaps one section of it, with the cursor in its search."""
        self.show_part("left")
        self.lists.setCurrentWidget(self.catalogue)
        self.catalogue.begin(section)

    def take_edits(self) -> None:
        """Makes the edits since the last save a scenario."""
        self.show_workspace()
        self.inspector.settle()
        self.scenarios.take_edits()

    def compare_all(self) -> None:
        """Shows every scenario beside the base."""
        self._compare(tuple(scenario.id for scenario in self.document.base.scenarios))

    def _compare(self, scenarios: tuple[str, ...]) -> None:
        cast("CompareView", self.show_view("compare")).compare(scenarios)

    def begin_scenario(self) -> None:
        """Adds a scenario to the comparison and puts the cursor into its name."""
        cast("CompareView", self.show_view("compare")).begin_scenario()

    def _say_scenario(self) -> None:
        """Says above everything which scenario edits go into."""
        document, scenario = self.document, self.document.scenario
        if scenario is None:
            self.bars.drop("scenario")
            self.bars.drop("edit")
            return
        unfit = "".join(f" Left out: {p.text}." for p in document.misfits[:2])
        notes = f" {scenario.notes}" if 0 < len(scenario.notes) <= MOST_NOTES else ""
        text = f"Editing: {row_name(scenario)} – changes go to this scenario.{notes}{unfit}"
        choices = (("Make this the base", document.promote_scenario), ("Back to base", self._to_base))
        self.bars.tell("scenario", text, choices, MODE)

    def _to_base(self) -> None:
        self.inspector.settle()
        self.document.edit_scenario("")
        self.document.select("plan")

    def _say_refused(self, why: str) -> None:
        self.bars.tell("edit", why, (("Close", lambda: self.bars.drop("edit")),))

    def _refuse_edits(self, why: str, choices: tuple[tuple[str, Callable[[], None]], ...]) -> None:
        def does(run: Callable[[], None]) -> None:
            self.bars.drop("refused")
            run()

        made = [(words, partial(does, run)) for words, run in (*choices, ("Close", lambda: None))]
        self.bars.tell("refused", f"No scenario was made. {why}", made)

    def _explain_kpi(self, name: str) -> None:
        self._make_room_to_explain()
        self.explain.explain_kpi(name)

    def _explain_value(self, series: str, by: str, key: str, period: tuple[int, int]) -> None:
        self._make_room_to_explain()
        self.explain.explain_value(series, by, key, period)

    def explain_asked(self, asked: tuple[Asked, ...]) -> None:
        """Explains figures of a comparison, each under its scenario."""
        self._make_room_to_explain()
        self.explain.explain_asked(asked, self.scenarios.provider)

    def _show_asked_menu(self, asked: tuple[Asked, ...], spoken: str, at: QPoint) -> None:
        self._figure_menus.of_asked(asked, spoken, self.explain_asked).popup(at)

    def _show_pointed_menu(self, found: Pointed, at: QPoint) -> None:
        self._figure_menus.of_pointed(found, self.explain_asked).popup(at)

    def _make_room_to_explain(self) -> None:
        """Where a figure comes from is a tree with details: it gets a good part of the column."""
        self.show_part("explain")
        right = self.splitters["right"]
        above, below = right.sizes()
        wanted = int((above + below) * EXPLAIN_PART)
        if above and below < wanted:
            right.setSizes([above + below - wanted, wanted])

    def show_field(self, table: str, row: str, field: str) -> None:
        """Chooses a row, and puts the cursor into one of its fields."""
        self.document.select(table, [row] if row else [])
        self.go_to_field(field)

    def go_to_field(self, field: str) -> None:
        """Puts the cursor into a field of what is selected."""
        self.show_part("inspector")
        self.inspector.focus_field(field)

    def _tell_currency(self, before: Plan, after: Plan) -> None:
        """Says of another currency that it converts nothing; of another plan's there is nothing to say."""
        money, stack = after.settings.currency, self.document.undo_stack
        if money == before.settings.currency:
            return
        text = f"Amounts are now in {money}: only the unit changed, and no figure was converted."
        # A step is counted only when it is made.
        QTimer.singleShot(0, self, lambda: self.bars.tell_done("currency", text, ()) if stack.count() else None)

    def begin_plan(self) -> None:
        """Asks four questions for a new plan, and starts it, or an empty one."""
        from gigaplan.gui.views.welcome.first_plan_dialog import FirstPlan

        asked = FirstPlan(self)
        asked.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asked.accepted.connect(lambda: self.files.new() if asked.plan is None else self.files.new_with(asked.plan))
        asked.finished.connect(self.activateWindow)
        asked.accepted.connect(lambda: None if asked.plan is None else self._tour_once())
        asked.open()

    def _tour_once(self) -> None:
        """Shows the tour over the first plan that was made; never again by itself."""
        from gigaplan.gui.window.tour import is_seen

        if not is_seen():
            QTimer.singleShot(0, self, self.begin_tour)

    def begin_tour(self) -> None:
        """Shows in five steps what the parts of the window are for."""
        from gigaplan.gui.window.tour import TEXTS, Tour, TourStep

        self.show_view("map")
        for part in ("charts", "inspector", "explain"):
            self.show_part(part)
        parts = (self.kpis, self.plan_map, self.inspector, self.charts_place, self.explain)
        Tour(self, [TourStep(part, *words) for part, words in zip(parts, TEXTS, strict=True)], self.plan_map.setFocus)

    def explain_figure(self, name: str) -> None:
        """Shows where a key figure comes from."""
        self._explain_kpi(name)

    def explain_input(self, table: str, row: str, field: str) -> None:
        """Chooses a row, and shows where one of its figures comes from."""
        self.document.select(table, [row] if row else [])
        self._make_room_to_explain()
        self.explain.explain_input(table, row, field)

    def show_part(self, name: str) -> None:
        """Shows a part of the workspace that may be hidden, by its name in the menus."""
        self.show_workspace()
        self.menus.parts[name].setChecked(True)

    def _keep_column(self) -> None:
        """The column at the right is there as long as anything is in it."""
        self.right.setVisible(not (self.inspector.isHidden() and self.explain.isHidden()))

    def turn_page(self) -> None:
        """Goes to the welcome page, and from there back to the plan."""
        if self.pages.currentIndex():
            self.pages.setCurrentIndex(0)
        else:
            self.show_workspace()

    def show_workspace(self) -> None:
        """Shows the plan in the place of the welcome page."""
        self.has_plan = True
        self.pages.setCurrentIndex(1)
        self._state.turn_page()

    def _opened(self) -> None:
        self.show_workspace()
        self.plan_map.setFocus()

    def fit_screen(self, room: QSize | None = None) -> None:
        """Fits the window on a screen with so much room, in points; without `room`, on the screen that it is on.

        At a large factor a screen may have less than the smallest window takes: the catalogue then gives way, and on a
        low one the charts, which the menu View brings back; what has no room still, scrolls. What gave way comes back
        when there is room again.
        """
        room = room or self.screen().availableSize() - TITLE_BAR
        self.setMinimumSize(LEAST.boundedTo(room))
        needed = {"charts": LOW_PX, "left": LEAST.width()}
        has = {"charts": room.height(), "left": room.width()}
        for name, part in self.menus.parts.items():
            gives_way = name in needed and has[name] < needed[name]
            if gives_way and part.isChecked():
                part.setChecked(False)
                self._gave_way.add(name)
            elif name in self._gave_way and not gives_way:
                part.setChecked(True)
                self._gave_way.discard(name)
        if room.width() < LEAST.width() or room.height() < LEAST.height():
            self.resize(self.size().boundedTo(room))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "menus"):
            self.menus.fit(event.size().width())
            self._seat_problems()

    def _title(self, *_: object) -> None:
        self.setWindowTitle(f"{self.document.name}[*]")
        self.setWindowModified(self.document.is_dirty)
        self.setWindowFilePath(str(self.document.path or ""))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QStatusTipEvent):
            self.status.show_tip(event.tip())
            return True
        if isinstance(event, Done):
            self._say_done(event)
            return True
        return super().event(event)

    def _say_done(self, done: Done) -> None:
        """Says in a quiet line what is done, with its file to open."""
        self.bars.tell_done("done", done.text, [] if done.path is None else file_choices(done.path))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "menus"):
            self.menus.retint()
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow() and hasattr(self, "safety"):
            self.safety.look()
        super().changeEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        from gigaplan.gui.window.tab_order import neighbour

        parts = (
            self.kpis, self.open_choices, self.lists, self.scenarios, self.views, self.charts_place, self.problems,
            self.inspector, self.explain, self.status,
        )  # fmt: skip
        target = neighbour(self, parts, self.focusWidget(), forward)
        if target is not None:
            reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
            target.setFocus(reason)
            if self._sheet.isAncestorOf(target):
                self._sheet.ensureWidgetVisible(target, 8, 8)
        return target is not None

    def is_solved(self) -> bool:
        """Whether every figure shown, those of the scenarios too, belongs to the plan as it stands."""
        solved = self.scenarios.results
        return not self.planner.is_stale and all(s.id in solved for s in self.document.base.scenarios)

    def is_settled(self) -> bool:
        """Whether it is solved and drawn, and what its limits are worth is known too."""
        return self.is_solved() and self.worths.is_settled and not self.plan_map.view.map_scene.is_growing

    def wait_until_solved(self, seconds: float) -> bool:
        """Runs the event loop until all figures are those of the plan as it stands; says whether they came in time."""
        return self._wait_until(self.is_solved, seconds)

    def wait_until_settled(self, seconds: float) -> bool:
        """Runs the event loop until nothing more is worked out for the plan; says whether that was in time."""
        return self._wait_until(self.is_settled, seconds)

    @staticmethod
    def _wait_until(is_there: Callable[[], bool], seconds: float) -> bool:
        # Between two looks the thread sleeps: one that turns keeps Python from those that work out the figures.
        loop, look = QEventLoop(), QTimer()
        look.timeout.connect(lambda: loop.quit() if is_there() else None)
        look.start(10)
        if not is_there():
            QTimer.singleShot(round(1000 * seconds), loop, loop.quit)
            loop.exec()
        look.stop()
        # What is drawn on a later turn of the loop, or glides to its place, gets the time for it.
        QTimer.singleShot(400, loop, loop.quit)
        loop.exec()
        return is_there()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = dropped_files(event.mimeData())
        if paths:
            event.acceptProposedAction()
            # The drop must end before a question can be asked.
            QTimer.singleShot(0, lambda: open_dropped(self.files, self, paths))

    def restart(self) -> None:
        """Ends the program, with the question of what is not saved, and starts it anew on the same file."""
        if self.close():
            file = [str(self.document.path)] if self.document.path is not None else []
            QProcess.startDetached(sys.executable, ["-P", "-m", "gigaplan.gui", *file])

    def end(self, status: int) -> None:
        """Ends the program at the system's wish, without a question: what no file holds stays in the recovery."""
        QApplication.setQuitOnLastWindowClosed(False)  # that would be with 0
        self.files.leaving.emit()
        if self.document.is_dirty or self.document.draft is not None:
            self._stop()
            self.safety.keep()
        else:
            self.close()
        QApplication.exit(status)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.files.may_leave():
            event.ignore()
            return
        self._stop()
        self.safety.stop()
        event.accept()

    def _stop(self) -> None:
        """Keeps how the window is, and ends the background work; the guards of the plan go on."""
        self._state.remember({"problems"} if self._problems_came else set(), self._gave_way)
        self.files.stop()
        self.scenarios.stop()
        self.explain.stop()
        self.worths.stop()
        self.inspector.stop()
        for name in ("tables", "risk", "history"):
            if self.views.is_made(name):
                page: Any = self.views.page(name)
                page.stop()
        self.imports.stop()
        self.exports.stop()
        self.database.stop()
        self.report.stop()
        self.planner.stop()
