"""The menu bar of the window: every command, where it stands and by which keys it is called."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from PySide6.QtCore import QSettings, QTimer, SignalInstance
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QStackedWidget, QToolButton, QWidget

from gigaplan.engine.catalogue.new_rows import why_not_new
from gigaplan.gui.charting.hatches import patterns_on
from gigaplan.gui.document.document import Document
from gigaplan.gui.document.row_edits import NOUNS, add_row, delete_rows, duplicate_rows
from gigaplan.gui.files import recent
from gigaplan.gui.files.file_actions import Files
from gigaplan.gui.files.save_dialog import home
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.style import text_size, theme
from gigaplan.gui.views.canvas.menus import ZOOM_IN
from gigaplan.gui.views.canvas.plan_map import PlanMap
from gigaplan.gui.views.canvas.scene import reduced_motion
from gigaplan.gui.views.inspector.panel import Inspector
from gigaplan.gui.widgets.actions import Actions, Command, Role, row_commands
from gigaplan.gui.window.command_palette import Palette
from gigaplan.gui.window.exporting import Export
from gigaplan.gui.window.importing import PlanImport
from gigaplan.gui.window.notices import Bars

if TYPE_CHECKING:
    from gigaplan.gui.views.catalogue.panel import CataloguePanel
    from gigaplan.gui.views.charts.deck import ChartDeck

VIEWS = {
    "map": ("Plan &map", ""),
    "tables": ("&Tables", ""),
    "compare": ("C&ompare scenarios", ""),
    "risk": ("Ris&k", "uncertainty, monte carlo, tornado, sensitivity"),
    "history": ("Earlier sa&ves", "history, versions"),
    "results": ("Re&sults", "pivot, figures, schedule, table of results"),
}
"""The pages in the middle, as the menu calls them, and what else people call them."""
APPEARANCES = {
    "system": "As the &system",
    "light": "&Light",
    "dark": "&Dark",
    "contrast-light": "Light, &high contrast",
    "contrast-dark": "Dark, high &contrast",
}
ADDED = {
    "workloads": "&Workload",
    "offers": "&Offer",
    "services": "Ser&vice",
    "sites": "&Site",
    "power_contracts": "Powe&r contract",
    "platforms": "Chip &platform",
    "agreements": "&Agreement",
    "ports": "Por&t to a software stack",
    "policies": "Po&licy",
    "parameters": "Para&meter for formulas",
}
"""The tables that a row can be added to, as the menu calls them."""
FIND_KEYS = "Ctrl+Shift+P"
WIDE_PX, NARROW_PX = 720, 560
"""Widths of the window from which the button that finds commands has its full name, and from which it is there."""
LONGEST = 60
"""Letters of what a step is called in the menu."""
key = QKeySequence.StandardKey


class StepAction(QAction):
    """Undo or redo, called after the step that it takes back or does again."""

    def __init__(self, window: QWidget, verb: str, called: SignalInstance, can: SignalInstance) -> None:
        super().__init__(verb, window, enabled=False)
        self._verb = verb
        self._step = ""
        called.connect(self._call)
        can.connect(self.setEnabled)

    def _call(self, step: str) -> None:
        self._step = step
        short = step if len(step) <= LONGEST else f"{step[: LONGEST - 1].rstrip()}…"
        self.setText(f"{self._verb} {short.replace('&', '&&')}".rstrip())

    def in_full(self) -> str:
        """Its name, with that of the step at any length."""
        return f"{self._verb.replace('&', '')} {self._step}".rstrip()


class Workspace(Protocol):
    """What the menus need of the workspace in their window."""

    has_plan: bool

    @property
    def document(self) -> Document: ...
    @property
    def planner(self) -> Planner: ...
    @property
    def files(self) -> Files: ...
    @property
    def bars(self) -> Bars: ...
    @property
    def plan_map(self) -> PlanMap: ...
    @property
    def inspector(self) -> Inspector: ...
    @property
    def exports(self) -> Export: ...
    @property
    def imports(self) -> PlanImport: ...
    @property
    def database(self) -> Export: ...
    @property
    def report(self) -> Export: ...
    @property
    def pages(self) -> QStackedWidget: ...
    @property
    def left(self) -> QWidget: ...
    @property
    def charts_place(self) -> QWidget: ...
    @property
    def problems(self) -> QWidget: ...
    @property
    def explain(self) -> QWidget: ...
    @property
    def catalogue(self) -> CataloguePanel: ...
    @property
    def charts(self) -> ChartDeck: ...
    def show_view(self, name: str) -> QWidget: ...
    def show_workspace(self) -> None: ...
    def show_catalogue(self, section: str = "") -> None: ...
    def turn_page(self) -> None: ...
    def go_to_field(self, field: str) -> None: ...
    def explain_figure(self, name: str) -> None: ...
    def explain_input(self, table: str, row: str, field: str) -> None: ...
    def begin_plan(self) -> None: ...
    def begin_tour(self) -> None: ...
    def restart(self) -> None: ...
    def begin_scenario(self) -> None: ...
    def take_edits(self) -> None: ...
    def compare_all(self) -> None: ...


class Menus:
    """Fills the menu bar of a window; `actions` knows every command, `palette` finds them by name."""

    def __init__(self, window: QMainWindow, work: Workspace) -> None:
        self._window, self._work = window, work
        self.actions = Actions(window, window.menuBar())
        self._fill_file()
        self._fill_edit()
        self.parts: dict[str, QAction] = {}
        """What shows and hides each part of the window, by the name under which that is remembered."""
        self._fill_view()
        self._fill_add()
        self._fill_map()
        self._fill_scenario()
        self._fill_solve()
        self._fill_help()
        self.palette = Palette(window, self.actions, work.document, work.go_to_field, work.explain_figure)
        self._find = QToolButton(window.menuBar())
        self._find.setText(f"Find a command   {FIND_KEYS}")
        self._find.setToolTip("Find a command, a workload, an offer, a site …")
        self._find.setAccessibleName("Find a command")
        self._find.clicked.connect(self.find)
        window.menuBar().setCornerWidget(self._find)
        self.retint()

    def retint(self) -> None:
        """Takes the colours of the appearance in force."""
        self.actions.retint()
        t = theme.tokens()
        self._find.setStyleSheet(
            f"QToolButton {{ color: {t.muted}; margin: 3px 8px 3px 0; padding: 2px 8px; font-size: 12px; }}"
            f"QToolButton:hover, QToolButton:focus {{ color: {t.text}; }}"
        )

    def fit(self, width: int) -> None:
        """Leaves to the menus what room there is: the last of them finds commands, too."""
        wide = width >= WIDE_PX
        self._find.setText(f"Find a command   {FIND_KEYS}" if wide else "Find")
        self._find.setVisible(width >= NARROW_PX)

    @property
    def problems_shown(self) -> QAction:
        """Shows and hides the problems."""
        return self.parts["problems"]

    def find(self) -> None:
        """Opens the command palette, with the commands that can work now."""
        with self.actions.judged():
            self.palette.open()

    def _has_plan(self) -> bool:
        return self._work.has_plan

    def _at_work(self) -> bool:
        return self._work.pages.currentIndex() == 1

    def _has_rows(self) -> bool:
        return bool(self._work.document.selection.rows)

    def _has_one_row(self) -> bool:
        return len(self._work.document.selection.rows) == 1

    def _fill_file(self) -> None:
        a, files, begun = self.actions, self._work.files, self._has_plan
        menu = a.menu("&File")
        a.add(menu, Command("file.new", "&New…", self._work.begin_plan, (key.New,), icon="file-plus"))
        self._templates = menu.addMenu("New from te&mplate")
        self._templates.aboutToShow.connect(self._list_templates)
        a.add(menu, Command("file.open", "&Open…", files.open, (key.Open,), icon="folder-open"))
        self._recent = menu.addMenu("Open recen&t")
        self._recent.aboutToShow.connect(self._list_recent)
        a.fill(
            menu,
            (
                None,
                Command("file.save", "&Save", files.save, (key.Save,), icon="save", when=begun),
                Command("file.save_as", "Save &As…", files.save_as, ("Ctrl+Shift+S",), when=begun),
                Command(
                    "file.save_copy", "Save a &Copy…", files.save_copy, when=begun,
                    tip="Saves a copy; you keep working on this file.",
                ),
                None,
                Command(
                    "file.import", "&Import…", self._work.imports.ask, when=begun, icon="download",
                    synonyms="excel, xlsx, csv, json, workbook",
                    tip="Takes a workbook, CSV files in a .zip or JSON into this plan; shows first what changes.",
                ),
                *self._exports(begun),
                None,
                Command(
                    "file.import_measurements", "Import meas&urements…", self._import_measurements, when=begun,
                    synonyms="inferencex, aiconfigurator, curves, csv, throughput",
                    tip="Imports serving measurements: your own rows, aiconfigurator's results or InferenceX's export.",
                ),
                Command(
                    "file.paste_measurements", "&Paste measurements", self._paste_measurements, when=begun,
                    synonyms="inferencex, aiconfigurator, curves, throughput",
                    tip="Adds serving measurements from the clipboard, as copied from a spreadsheet.",
                ),
                Command(
                    "file.catalogue", "Catalogue of &your own…", self._choose_catalogue, when=begun,
                    synonyms="catalog, prices, folder",
                    tip="Shows your own prices and chips beside ours: CSV files with the catalogue's columns.",
                ),
                None,
                Command("file.quit", "&Quit", self._window.close, (key.Quit, "Ctrl+W"), role=Role.QuitRole),
            ),
        )  # fmt: skip

    def _exports(self, begun: Callable[[], bool]) -> tuple[Command, ...]:
        return (
            Command(
                "file.export_workbook", "Export as &workbook…", self._work.exports.ask, when=begun,
                icon="file-spreadsheet", synonyms="excel, xlsx",
                tip="Exports every table, the key figures, results and sources for Excel.",
            ),
            Command(
                "file.export_database", "Export as &database…", self._work.database.ask, when=begun, icon="table",
                tip="Exports inputs, results, schedule and shadow prices for SQL, sqlite-utils and Datasette.",
                synonyms="sqlite, sql, datasette",
            ),
            Command(
                "file.export_report", "Export a &report as PDF…", self._work.report.ask, when=begun,
                icon="file-text",
                tip="Exports key figures, charts, scenarios, and every assumption with its source.",
            ),
            Command(
                "file.export_json", "&Export as JSON…", self._work.files.export_json, when=begun, icon="upload",
                tip="Exports the inputs of the plan as text that other programs read.",
            ),
        )  # fmt: skip

    def _import_measurements(self) -> None:
        from gigaplan.gui.window.measurements import import_measurements

        import_measurements(self._window, self._work.document, self._work.bars)

    def _paste_measurements(self) -> None:
        from gigaplan.gui.window.measurements import paste_measurements

        paste_measurements(self._work.document, self._work.bars)

    def _fill_edit(self) -> None:
        a, window, document = self.actions, self._window, self._work.document
        menu = a.menu("&Edit")
        stack = document.undo_stack
        undo = StepAction(window, "&Undo", stack.undoTextChanged, stack.canUndoChanged)
        redo = StepAction(window, "&Redo", stack.redoTextChanged, stack.canRedoChanged)
        redo_keys = (key.Redo, "Ctrl+Shift+Z", "Ctrl+Y")
        a.add(menu, Command("edit.undo", "&Undo", stack.undo, (key.Undo,), name=undo.in_full, icon="undo-2"), undo)
        a.add(menu, Command("edit.redo", "&Redo", stack.redo, redo_keys, name=redo.in_full, icon="redo-2"), redo)
        menu.addSeparator()
        rows = row_commands("edit", self._rename, self._duplicate, self._delete, self._has_rows, self._has_one_row)
        for command in rows:
            name = f"{command.label} what is selected"
            # Their keys are those of the map, the outline and the tables, each with the cursor in it.
            tip = f"{name}, on the map, in the outline or in a table."
            a.add(menu, replace(command, name=name, tip=tip))
        a.fill(
            menu,
            (
                None,
                Command(
                    "edit.update", "Update from &catalogue…", self._update_from_catalogue, when=self._has_plan,
                    synonyms="refresh, prices, edition, catalog",
                    tip="Shows what the catalogue has otherwise than the selected rows, or the plan, field by field.",
                ),
                Command(
                    "edit.settings", "&Plan settings", self._show_settings, ("Ctrl+,",), when=self._has_plan,
                    icon="settings", synonyms="preferences, options, currency, horizon",
                    tip="Shows currency, periods, discount rate and the other settings of the plan in the inspector.",
                ),
            ),
        )  # fmt: skip

    def _update_from_catalogue(self) -> None:
        from gigaplan.gui.window.own_catalogue import update_from_catalogue

        update_from_catalogue(self._window, self._work.document, self._work.bars)

    def _choose_catalogue(self) -> None:
        from gigaplan.gui.window.own_catalogue import choose_folder

        choose_folder(self._window, self._work.catalogue, self._work.bars)

    def _rename(self) -> None:
        self._work.go_to_field("name")

    def _duplicate(self) -> None:
        duplicate_rows(self._work.document, self._work.document.selection.rows)

    def _delete(self) -> None:
        delete_rows(self._work.document, self._work.document.selection.rows)

    def _show_settings(self) -> None:
        self._work.document.select("plan")
        self._work.go_to_field("currency")

    def _fill_view(self) -> None:
        a, work = self.actions, self._work
        menu = a.menu("&View")
        for k, (name, text, widget, synonyms) in enumerate(
            (
                ("left", "&Catalogue and scenarios", work.left, ""),
                ("charts", "C&harts", work.charts_place, ""),
                ("inspector", "&Inspector", work.inspector, ""),
                ("problems", "&Problems", work.problems, ""),
                ("explain", "&Explanation", work.explain, "why"),
            ),
            1,
        ):
            self.parts[name] = a.add(
                menu,
                Command(
                    f"view.{name}", text, widget.setVisible, (f"Ctrl+Shift+{k}",), when=self._at_work,
                    is_on=not widget.isHidden(), synonyms=synonyms,
                ),
            )  # fmt: skip
        menu.addSeparator()
        for k, (name, (text, synonyms)) in enumerate(VIEWS.items(), 1):
            show = lambda name=name: work.show_view(name)  # noqa: E731
            a.add(menu, Command(f"view.page_{name}", text, show, (f"Alt+{k}",), synonyms=synonyms))
        a.add(menu, Command("view.welcome", "&Welcome page", work.turn_page))
        menu.addSeparator()
        appearance = menu.addMenu("&Appearance")
        group = QActionGroup(appearance)
        for name, text in APPEARANCES.items():
            full = f"Appearance: {text}".replace("&", "")
            dress = lambda name=name: _dress(name)  # noqa: E731
            chosen = name == theme.preferred()
            a.add(appearance, Command(f"appearance.{name}", text, dress, name=full, is_on=chosen, group=group))
        self._fill_text_sizes(menu)
        self.patterns = a.add(
            menu,
            Command(
                "view.patterns", "Patter&ns beside colours", lambda on: work.charts.use_patterns(on),
                is_on=patterns_on(), tip="Hatches what is told apart by colour.",
            ),
        )  # fmt: skip
        a.add(
            menu,
            Command(
                "view.reduced_motion", "&Reduced motion", lambda on: QSettings().setValue("reduced_motion", on),
                is_on=reduced_motion(), tip="Turns animations off.",
            ),
        )  # fmt: skip

    def _fill_text_sizes(self, menu: QMenu) -> None:
        a, sizes, group = self.actions, menu.addMenu("Te&xt size"), QActionGroup(menu)
        tip = "Of all that the window shows. On the map, the key zooms the map."
        words = "larger, smaller, font, scale"
        for id, text, run, keys in (
            ("text_larger", "&Larger", lambda: self._step_text_size(1), ZOOM_IN),
            ("text_smaller", "&Smaller", lambda: self._step_text_size(-1), ("Ctrl+-",)),
            ("text_usual", "&Usual size", lambda: self._choose_text_size(100), ("Ctrl+0",)),
        ):
            called = f"Text size: {text.replace('&', '').lower()}"
            a.add(sizes, Command(f"view.{id}", text, run, keys, name=called, tip=tip, synonyms=words))
        sizes.addSeparator()
        letters = ("&80 %", "&90 %", "&100 %", "1&25 %", "1&50 %", "1&75 %", "2&00 %")
        for percent, text in zip(text_size.SIZES, letters, strict=True):
            choose = lambda percent=percent: self._choose_text_size(percent)  # noqa: E731
            a.add(
                sizes,
                Command(
                    f"text_size.{percent}", text, choose, name=f"Text size: {percent} %",
                    is_on=percent == text_size.chosen(), group=group, synonyms=words,
                    tip="Of all that the window shows.",
                ),
            )  # fmt: skip

    def _step_text_size(self, steps: int) -> None:
        self._choose_text_size(text_size.next_to(text_size.chosen(), steps))

    def _choose_text_size(self, percent: int) -> None:
        if percent == text_size.chosen():
            return
        QSettings().setValue("text_size", percent)
        self.actions[f"text_size.{percent}"].setChecked(True)
        # The menu that asked is still on the screen.
        QTimer.singleShot(0, self._work.bars, lambda: self._take_text_size(percent))

    def _take_text_size(self, percent: int) -> None:
        if text_size.change(percent, lambda window: window.fit_screen() if hasattr(window, "fit_screen") else None):
            self._work.bars.tell_done("text-size", f"Text size {percent}\u202f%", ())
        else:
            choices = [("Restart now", self._work.restart)]
            self._work.bars.tell_done("text-size", f"Text is {percent} % from the next start on.", choices)

    def _fill_add(self) -> None:
        menu = self.actions.menu("&Add")
        for table, text in ADDED.items():
            name = f"Add {text.replace('&', '').lower()}"
            add = lambda table=table: self._add(table)  # noqa: E731
            self.actions.add(menu, Command(f"add.{table}", text, add, name=name))
        menu.addSeparator()
        self.actions.add(
            menu,
            Command(
                "add.catalogue", "From the &catalogue…", self._work.show_catalogue, ("Ctrl+Shift+A",),
                name="Add from the catalogue…", icon="search",
            ),
        )  # fmt: skip

    def _add(self, table: str) -> None:
        work = self._work
        work.show_workspace()
        reason = why_not_new(work.document.plan, table)
        if reason:
            work.bars.tell("refused", reason, [("OK", lambda: work.bars.drop("refused"))])
        elif add_row(work.document, table) and NOUNS[table]:
            work.go_to_field("name")

    def _fill_map(self) -> None:
        self._work.plan_map.fill_menu(self.actions, self.actions.menu("&Map"))

    def _fill_scenario(self) -> None:
        work = self._work
        self.actions.fill(
            self.actions.menu("S&cenario"),
            (
                Command(
                    "scenario.new", "&New scenario", work.begin_scenario, icon="plus",
                    tip="A scenario is the plan with some inputs changed; it follows every other edit of the plan.",
                ),
                Command(
                    "scenario.from_edits", "Make a scenario of the &edits since the last save", work.take_edits,
                    icon="layers", when=lambda: work.document.is_dirty,
                    tip="Restores the saved plan, and keeps the edits as a scenario of it.",
                ),
                Command("scenario.compare", "&Compare scenarios", work.compare_all, icon="git-compare"),
                None,
                Command(
                    "scenario.bands", "Make modelled throughputs &uncertain", self._add_bands,
                    when=self._has_bands, synonyms="risk, band, uncertainty, throughput",
                    tip="Each becomes an uncertain input, lognormal, as far as it may be off; see the page Risk.",
                ),
            ),
        )  # fmt: skip

    def _has_bands(self) -> bool:
        return self._work.has_plan and any(w.inference is not None for w in self._work.document.plan.workloads)

    def _add_bands(self) -> None:
        from gigaplan.gui.views.risk.adding import add_bands

        add_bands(self._work.document)
        self._work.show_view("risk")

    def _fill_solve(self) -> None:
        document, planner = self._work.document, self._work.planner

        def stepped(by: int) -> tuple[Callable[[], object], Callable[[], bool]]:
            return (
                lambda: document.show_period(document.period + by),
                lambda: 0 <= document.period + by < document.plan.settings.periods,
            )

        (go_on, has_next), (go_back, has_previous) = stepped(1), stepped(-1)
        self.actions.fill(
            self.actions.menu("&Solve"),
            (
                Command(
                    "solve.again", "Solve &again", lambda: planner.submit(document.plan), ("F5",), icon="refresh-cw",
                    synonyms="run, optimise, optimize, recompute",
                    tip="Every edit is solved automatically; use this after a solve was cancelled or failed.",
                ),
                Command(
                    "solve.cancel", "&Cancel", planner.cancel, ("Ctrl+.",), icon="circle-stop", synonyms="stop solving",
                    when=lambda: planner.is_busy,
                    tip="Keeps the figures of the last solve, marked as older than the plan.",
                ),
                None,
                Command(
                    "solve.goal", "&Goal seek…", self._seek_goal, ("Ctrl+G",), when=self._has_plan, icon="target",
                    synonyms="target, solver, break-even, what value, find the price",
                    tip="Finds the demand, price or power at which a key figure is what you ask for.",
                ),
                Command(
                    "solve.cluster", "C&luster…", self._choose_cluster, synonyms="dask, scheduler, workers, machines",
                    tip="Where samples and other analyses of many cases run: here, or on the workers of a cluster.",
                ),
                None,
                Command("period.next", "&Next period", go_on, ("Ctrl+Right",), when=has_next),
                Command("period.previous", "&Previous period", go_back, ("Ctrl+Left",), when=has_previous),
            ),
        )  # fmt: skip

    def _seek_goal(self) -> None:
        self.seek_goal()

    def _choose_cluster(self) -> None:
        from gigaplan.gui.window.cluster_dialog import ClusterDialog

        ClusterDialog(self._work.document.base, self._window).open()

    def seek_goal(self, field: str = "", kpi: str = "") -> None:
        """Asks which value of an input brings a key figure to a goal; of what is selected and pointed at first."""
        from gigaplan.gui.window.goal_seek import GoalSeek

        self._work.show_workspace()
        found = self._work.inspector.field_in_focus()
        GoalSeek(self._work.document, self._work.planner, self._window, field or (found or ("", ""))[1], kpi).open()

    def _fill_help(self) -> None:
        self.actions.fill(
            self.actions.menu("&Help"),
            (
                Command("help.find", "&Find a command…", self.find, (FIND_KEYS,), icon="command"),
                Command(
                    "help.model", "&How figures are computed", self._show_model, ("F1",), icon="book-open",
                    synonyms="help, formulas, manual, documentation",
                    tip="Opens the reference, at the field that has the cursor.",
                ),
                Command(
                    "help.validation", "How &good are these numbers?", self._show_validation,
                    synonyms="validation, accuracy, error, band, measured",
                    tip="Shows predicted against measured throughput, and published figures against ours.",
                ),
                Command(
                    "help.tour", "&Tour of the window", self._work.begin_tour, when=self._has_plan,
                    synonyms="introduction, first steps, guide",
                    tip="Shows in five steps what the parts of the window are for.",
                ),
                Command("help.about", "&About Gigaplan", self._about, role=Role.AboutRole),
            ),
        )  # fmt: skip

    def _show_model(self) -> None:
        from gigaplan.gui.views.help.reference import show_reference

        show_reference(self._window, *(self._work.inspector.field_in_focus() or ()))

    def _show_validation(self) -> None:
        from gigaplan.gui.views.help.reference import show_reference

        show_reference(self._window, validation=True)

    def _about(self) -> None:
        from gigaplan.gui.window.about import show_about

        show_about(self._window)

    def _list_templates(self) -> None:
        from gigaplan.engine.storage.templates import template_names

        self._templates.clear()
        for template in template_names():
            action = self._templates.addAction(template.title)
            action.triggered.connect(lambda _=False, n=template.name: self._work.files.new_from_template(n))

    def _list_recent(self) -> None:
        fill_recent(self._recent, self._work.files)


def fill_recent(menu: QMenu, files: Files) -> None:
    """Lists the files that were open last; those that are gone are grey."""
    menu.clear()
    for path in recent.paths():
        action = menu.addAction(_worded(path))
        action.setStatusTip(str(path))
        action.setEnabled(path.exists())
        action.triggered.connect(lambda _=False, path=path: files.open_path(path))
    if menu.isEmpty():
        menu.addAction("Nothing yet").setEnabled(False)


def _worded(path: Path) -> str:
    """A file as a menu calls it: from the person's home on, and not wider than a menu may be."""
    text = str(path)
    start = home()
    if text.startswith(start + os.sep):
        text = "~" + text[len(start) :]
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 3]}…{text[-2 * LONGEST // 3 :]}"
    return text.replace("&", "&&")


def _dress(choice: str) -> None:
    QSettings().setValue("appearance", choice)
    theme.apply(cast(QApplication, QApplication.instance()), choice)
