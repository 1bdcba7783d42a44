"""The menu bar of the window: every command, where it stands and by which keys it is called."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox, QToolButton

from engine.defaults import why_not_new
from gui import recent, theme
from gui.actions import Actions
from gui.canvas.scene import reduced_motion
from gui.palette import Palette
from gui.plots.hatches import patterns_on
from gui.rows import NOUNS, add_row

if TYPE_CHECKING:
    from gui.main_window import MainWindow

VIEWS = {"map": "Plan &map", "tables": "&Tables", "compare": "C&ompare scenarios", "history": "Earlier sa&ves"}
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
key = QKeySequence.StandardKey


class Menus:
    """Fills the menu bar of a window; `actions` knows every command, `palette` finds them by name."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.actions = Actions(window, window.menuBar())
        self._fill_file()
        self._fill_edit()
        self.problems_shown = self._fill_view()
        self._fill_add()
        self._fill_map()
        self._fill_scenario()
        self._fill_solve()
        self._fill_help()
        self.palette = Palette(window, self.actions, window.document)
        self._find = QToolButton(window.menuBar(), text="Find a command   Ctrl+Shift+P")
        self._find.setToolTip("Find a command, a workload, an offer, a site …")
        self._find.setAccessibleName("Find a command")
        self._find.clicked.connect(self.palette.open)
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

    def _fill_file(self) -> None:
        a, files = self.actions, self._window.files
        menu = a.menu("&File")
        a.add(menu, "&New", files.new, key.New, icon="file-plus")
        self._templates = menu.addMenu("New from &template")
        self._templates.aboutToShow.connect(self._list_templates)
        a.add(menu, "&Open…", files.open, key.Open, icon="folder-open")
        self._recent = menu.addMenu("Open &recent")
        self._recent.aboutToShow.connect(self._list_recent)
        menu.addSeparator()
        a.add(menu, "&Save", files.save, key.Save, icon="save")
        a.add(menu, "Save &As…", files.save_as, "Ctrl+Shift+S")
        a.add(menu, "Save a &Copy…", files.save_copy)
        a.add(menu, "Export as &workbook…", self._window.exports.ask, icon="file-spreadsheet")
        a.add(menu, "Export a &report as PDF…", self._window.report.ask, icon="file-text")
        a.add(menu, "&Export JSON…", files.export_json, icon="upload")
        menu.addSeparator()
        a.add(menu, "&Quit", self._window.close, key.Quit)

    def _fill_edit(self) -> None:
        a, document = self.actions, self._window.document
        menu = a.menu("&Edit")
        undo = document.undo_stack.createUndoAction(self._window, "Undo")
        undo.setShortcut(QKeySequence(key.Undo))
        redo = document.undo_stack.createRedoAction(self._window, "Redo")
        redo.setShortcuts([QKeySequence(key.Redo), QKeySequence("Ctrl+Shift+Z")])
        a.adopt(menu, undo, "undo-2")
        a.adopt(menu, redo, "redo-2")
        menu.addSeparator()
        a.add(menu, "&Plan settings", lambda: document.select("plan"), "Ctrl+,", icon="settings")

    def _fill_view(self) -> QAction:
        a, window = self.actions, self._window
        menu = a.menu("&View")
        a.toggle(menu, "&Catalogue and scenarios", window.left, "Ctrl+Shift+1")
        a.toggle(menu, "C&harts", window.charts_place, "Ctrl+Shift+2")
        a.toggle(menu, "&Inspector", window.inspector, "Ctrl+Shift+3")
        a.toggle(menu, "&Explanation", window.explain, "Ctrl+Shift+5")
        problems = a.toggle(menu, "&Problems", window.problems, "Ctrl+Shift+4")
        menu.addSeparator()
        for k, (name, text) in enumerate(VIEWS.items(), 1):
            a.add(menu, text, lambda name=name: window.show_view(name), f"Alt+{k}")
        a.add(menu, "&Welcome page", window.turn_page)
        menu.addSeparator()
        appearance = menu.addMenu("&Appearance")
        a.choice(appearance, APPEARANCES, theme.preferred(), _dress)
        self.patterns = a.option(
            menu, "Pa&tterns beside colours", patterns_on(), lambda on: window.charts.use_patterns(on)
        )
        a.option(menu, "&Reduced motion", reduced_motion(), lambda on: QSettings().setValue("reduced_motion", on))
        return problems

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
            window.inspector.focus_field("name")

    def _fill_map(self) -> None:
        self._window.plan_map.fill_menu(self.actions, self.actions.menu("&Map"))

    def _fill_scenario(self) -> None:
        a, window = self.actions, self._window
        menu = a.menu("S&cenario")
        a.add(menu, "&New scenario", lambda: window.show_view("compare").begin_scenario(), icon="plus")
        a.add(menu, "Make a scenario of the &edits since the last save", window.take_edits, icon="layers")
        a.add(menu, "&Compare scenarios", window.compare_all, icon="git-compare")

    def _fill_solve(self) -> None:
        a, document, planner = self.actions, self._window.document, self._window.planner
        menu = a.menu("&Solve")
        a.add(menu, "Solve &again", lambda: planner.submit(document.plan), "F5", icon="refresh-cw")
        a.add(menu, "&Cancel", planner.cancel, "Ctrl+.", icon="circle-stop")
        menu.addSeparator()
        a.add(menu, "Next period", lambda: document.show_period(document.period + 1), "Ctrl+Right")
        a.add(menu, "Previous period", lambda: document.show_period(document.period - 1), "Ctrl+Left")

    def _fill_help(self) -> None:
        a = self.actions
        menu = a.menu("&Help")
        a.add(menu, "&Find a command…", lambda: self.palette.open(), "Ctrl+Shift+P", icon="command")
        a.add(menu, "&How figures are computed", self._show_model, "F1", icon="book-open")
        a.add(menu, "&About Gigaplan", self._about)

    def _show_model(self) -> None:
        from gui.reference import show_reference

        show_reference(self._window, *(self._window.inspector.field_in_focus() or ()))

    def _about(self) -> None:
        from engine import __version__

        text = (
            f"<b>Gigaplan {__version__}</b><p>Plans AI compute: which chips, from whom, where and when; what they "
            "cost and draw.</p><p>Solved with HiGHS. Figures of the catalogue carry their source; Epoch AI data is "
            "used under CC-BY 4.0. Text is set in Inter (OFL); icons are Lucide (ISC).</p>"
        )
        QMessageBox.about(self._window, "About Gigaplan", text)

    def _list_templates(self) -> None:
        from engine.templates import template_names

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
        action = menu.addAction(str(path))
        action.setEnabled(Path(path).exists())
        action.triggered.connect(lambda _=False, path=path: window.files.open_path(Path(path)))
    if menu.isEmpty():
        menu.addAction("Nothing yet").setEnabled(False)


def _dress(choice: str) -> None:
    QSettings().setValue("appearance", choice)
    theme.apply(QApplication.instance(), choice)
