"""The menu bar of the window: every command, where it stands and by which keys it is called."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, SignalInstance
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QMenu, QToolButton, QWidget

from gigaplan.engine.catalogue.new_rows import why_not_new
from gigaplan.gui.charting.hatches import patterns_on
from gigaplan.gui.document.row_edits import NOUNS, add_row, delete_rows, duplicate_rows
from gigaplan.gui.files import recent
from gigaplan.gui.files.save_dialog import home
from gigaplan.gui.style import theme
from gigaplan.gui.views.canvas.scene import reduced_motion
from gigaplan.gui.widgets.actions import FULL, Actions, Role, Shortcut
from gigaplan.gui.window.command_palette import Palette

if TYPE_CHECKING:
    from gigaplan.gui.window.main_window import MainWindow

VIEWS = {"map": "Plan &map", "tables": "&Tables", "compare": "C&ompare scenarios", "risk": "Ris&k",
         "history": "Earlier sa&ves"}  # fmt: skip
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
    "sites": "&Site",
    "platforms": "Chip &platform",
    "agreements": "&Agreement",
    "ports": "Por&t to a software stack",
    "policies": "Po&licy",
}
"""The tables that a row can be added to, as the menu calls them."""
LONGEST = 60
"""Letters of what a step is called in the menu."""
key = QKeySequence.StandardKey


class StepAction(QAction):
    """Undo or redo, called after the step that it takes back or does again."""

    def __init__(self, window: QWidget, verb: str, keys: tuple[Shortcut, ...]) -> None:
        super().__init__(verb, window, enabled=False)
        self._verb = verb
        self.setMenuRole(Role.NoRole)
        # A key that an action has twice is ambiguous, and then does nothing.
        self.setShortcuts(list(dict.fromkeys(QKeySequence(each) for each in keys)))

    def follow(self, step: Callable[[], None], called: SignalInstance, can: SignalInstance) -> None:
        """Does `step`, whose name and possibility two signals of the stack tell of."""
        self.triggered.connect(step)
        called.connect(self._call)
        can.connect(self.setEnabled)

    def _call(self, step: str) -> None:
        short = step if len(step) <= LONGEST else f"{step[: LONGEST - 1].rstrip()}…"
        self.setText(f"{self._verb} {short.replace('&', '&&')}".rstrip())
        self.setProperty(FULL, f"{self._verb.replace('&', '')} {step}".rstrip())


class Menus:
    """Fills the menu bar of a window; `actions` knows every command, `palette` finds them by name."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
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
        self.palette = Palette(window, self.actions, window.document)
        self._find = QToolButton(window.menuBar(), text="Find a command   Ctrl+Shift+P")
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

    @property
    def problems_shown(self) -> QAction:
        """Shows and hides the problems."""
        return self.parts["problems"]

    def find(self) -> None:
        """Opens the command palette, with the commands that can work now."""
        with self.actions.judged():
            self.palette.open()

    def _has_plan(self) -> bool:
        return self._window.has_plan

    def _at_work(self) -> bool:
        return self._window.pages.currentIndex() == 1

    def _has_rows(self) -> bool:
        return bool(self._window.document.selection.rows)

    def _has_one_row(self) -> bool:
        return len(self._window.document.selection.rows) == 1

    def _fill_file(self) -> None:
        a, files, begun = self.actions, self._window.files, self._has_plan
        menu = a.menu("&File")
        a.add(menu, "&New", files.new, key.New, icon="file-plus")
        self._templates = menu.addMenu("New from te&mplate")
        self._templates.aboutToShow.connect(self._list_templates)
        a.add(menu, "&Open…", files.open, key.Open, icon="folder-open")
        self._recent = menu.addMenu("Open recen&t")
        self._recent.aboutToShow.connect(self._list_recent)
        menu.addSeparator()
        a.add(menu, "&Save", files.save, key.Save, icon="save", when=begun)
        a.add(menu, "Save &As…", files.save_as, "Ctrl+Shift+S", when=begun)
        tip = "Writes another file; the plan goes on in its own."
        a.add(menu, "Save a &Copy…", files.save_copy, tip=tip, when=begun)
        menu.addSeparator()
        tip = "Writes every table, the key figures, results and sources for Excel."
        a.add(menu, "Export as &workbook…", self._window.exports.ask, icon="file-spreadsheet", tip=tip, when=begun)
        tip = "Writes inputs, results, schedule and shadow prices for SQL, sqlite-utils and Datasette."
        a.add(menu, "Export as &database…", self._window.database.ask, icon="table", tip=tip, when=begun)
        tip = "Writes figures, charts, scenarios, and every assumption with its source."
        a.add(menu, "Export a &report as PDF…", self._window.report.ask, icon="file-text", tip=tip, when=begun)
        tip = "Writes the inputs of the plan as text that other programs read."
        a.add(menu, "&Export as JSON…", files.export_json, icon="upload", tip=tip, when=begun)
        menu.addSeparator()
        a.add(menu, "&Quit", self._window.close, key.Quit, role=Role.QuitRole)

    def _fill_edit(self) -> None:
        a, window, document = self.actions, self._window, self._window.document
        menu = a.menu("&Edit")
        stack = document.undo_stack
        undo = StepAction(window, "&Undo", (key.Undo,))
        redo = StepAction(window, "&Redo", (key.Redo, "Ctrl+Shift+Z", "Ctrl+Y"))
        undo.follow(stack.undo, stack.undoTextChanged, stack.canUndoChanged)
        redo.follow(stack.redo, stack.redoTextChanged, stack.canRedoChanged)
        a.adopt(menu, undo, "undo-2")
        a.adopt(menu, redo, "redo-2")
        menu.addSeparator()
        for text, run, keys, when in (
            ("Re&name", self._rename, "F2", self._has_one_row),
            ("&Duplicate", self._duplicate, "Ctrl+D", self._has_rows),
            ("De&lete", self._delete, "Del", self._has_rows),
        ):
            full = f"{text.replace('&', '')} what is selected"
            a.add(menu, text, run, full=full, tip=f"{full}: {keys} on the map and in the outline.", when=when)
        menu.addSeparator()
        tip = "Shows currency, periods, discount rate and the other settings of the plan in the inspector."
        a.add(menu, "&Plan settings", self._show_settings, "Ctrl+,", icon="settings", tip=tip, when=self._has_plan)

    def _rename(self) -> None:
        self._window.go_to_field("name")

    def _duplicate(self) -> None:
        duplicate_rows(self._window.document, self._window.document.selection.rows)

    def _delete(self) -> None:
        delete_rows(self._window.document, self._window.document.selection.rows)

    def _show_settings(self) -> None:
        self._window.document.select("plan")
        self._window.go_to_field("currency")

    def _fill_view(self) -> None:
        a, window = self.actions, self._window
        menu = a.menu("&View")
        for k, (name, text, widget) in enumerate(
            (
                ("left", "&Catalogue and scenarios", window.left),
                ("charts", "C&harts", window.charts_place),
                ("inspector", "&Inspector", window.inspector),
                ("problems", "&Problems", window.problems),
                ("explain", "&Explanation", window.explain),
            ),
            1,
        ):
            self.parts[name] = a.toggle(menu, text, widget, f"Ctrl+Shift+{k}", when=self._at_work)
        menu.addSeparator()
        for k, (name, text) in enumerate(VIEWS.items(), 1):
            a.add(menu, text, lambda name=name: window.show_view(name), f"Alt+{k}")
        a.add(menu, "&Welcome page", window.turn_page)
        menu.addSeparator()
        appearance = menu.addMenu("&Appearance")
        a.choice(appearance, APPEARANCES, theme.preferred(), _dress)
        tip = "Hatches what is told apart by colour."
        self.patterns = a.option(
            menu, "Patter&ns beside colours", patterns_on(), lambda on: window.charts.use_patterns(on), tip
        )
        tip = "Nothing glides: what changes is there at once."
        keep = lambda on: QSettings().setValue("reduced_motion", on)  # noqa: E731
        a.option(menu, "&Reduced motion", reduced_motion(), keep, tip)

    def _fill_add(self) -> None:
        menu = self.actions.menu("&Add")
        for table, text in ADDED.items():
            full = f"Add {text.replace('&', '').lower()}"
            self.actions.add(menu, text, lambda table=table: self._add(table), full=full)
        menu.addSeparator()
        full = "Add from the catalogue…"
        self.actions.add(
            menu, "From the &catalogue…", self._window.show_catalogue, "Ctrl+Shift+A", icon="search", full=full
        )

    def _add(self, table: str) -> None:
        window = self._window
        window.show_workspace()
        reason = why_not_new(window.document.plan, table)
        if reason:
            window.bars.tell("refused", reason, [("OK", lambda: window.bars.drop("refused"))])
        elif add_row(window.document, table) and NOUNS[table]:
            window.go_to_field("name")

    def _fill_map(self) -> None:
        self._window.plan_map.fill_menu(self.actions, self.actions.menu("&Map"))

    def _fill_scenario(self) -> None:
        a, window = self.actions, self._window
        menu = a.menu("S&cenario")
        tip = "A scenario is the plan with some of its inputs changed; it follows every other edit of the plan."
        a.add(menu, "&New scenario", lambda: window.show_view("compare").begin_scenario(), icon="plus", tip=tip)
        tip = "Puts the plan back to what was saved, and keeps the edits as a scenario of it."
        text = "Make a scenario of the &edits since the last save"
        a.add(menu, text, window.take_edits, icon="layers", tip=tip, when=lambda: window.document.is_dirty)
        a.add(menu, "&Compare scenarios", window.compare_all, icon="git-compare")

    def _fill_solve(self) -> None:
        a, document, planner = self.actions, self._window.document, self._window.planner
        menu = a.menu("&Solve")
        tip = "Every edit is solved by itself; this is for a solve that was cancelled or failed."
        a.add(menu, "Solve &again", lambda: planner.submit(document.plan), "F5", icon="refresh-cw", tip=tip)
        tip = "The figures of the last solve stay, and are marked as older than the plan."
        a.add(menu, "&Cancel", planner.cancel, "Ctrl+.", icon="circle-stop", tip=tip, when=lambda: planner.is_busy)
        menu.addSeparator()
        for text, keys, step in (("&Next period", "Ctrl+Right", 1), ("&Previous period", "Ctrl+Left", -1)):
            there = lambda step=step: 0 <= document.period + step < document.plan.settings.periods  # noqa: E731
            a.add(menu, text, lambda step=step: document.show_period(document.period + step), keys, when=there)

    def _fill_help(self) -> None:
        a = self.actions
        menu = a.menu("&Help")
        a.add(menu, "&Find a command…", self.find, "Ctrl+Shift+P", icon="command")
        tip = "Opens the reference, at the field that has the cursor."
        a.add(menu, "&How figures are computed", self._show_model, "F1", icon="book-open", tip=tip)
        a.add(menu, "&About Gigaplan", self._about, role=Role.AboutRole)

    def _show_model(self) -> None:
        from gigaplan.gui.views.help.reference import show_reference

        show_reference(self._window, *(self._window.inspector.field_in_focus() or ()))

    def _about(self) -> None:
        from gigaplan.gui.window.about import show_about

        show_about(self._window)

    def _list_templates(self) -> None:
        from gigaplan.engine.storage.templates import template_names

        self._templates.clear()
        for template in template_names():
            action = self._templates.addAction(template.title)
            action.triggered.connect(lambda _=False, n=template.name: self._window.files.new_from_template(n))

    def _list_recent(self) -> None:
        fill_recent(self._recent, self._window)


def fill_recent(menu: QMenu, window: MainWindow) -> None:
    """Lists the files that were open last; those that are gone are grey."""
    menu.clear()
    for path in recent.paths():
        action = menu.addAction(_worded(path))
        action.setStatusTip(str(path))
        action.setEnabled(path.exists())
        action.triggered.connect(lambda _=False, path=path: window.files.open_path(path))
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
    theme.apply(QApplication.instance(), choice)
