"""The tables of the plan: a grid for each with its tools, the preview of a paste, and words on what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QLocale, QPoint, Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.scenarios import whole
from gigaplan.gui.document.document import Document, Selection
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.present.cell_text import Context
from gigaplan.gui.present.scenario_words import beside_base
from gigaplan.gui.text.number_format import counted_plain, plain
from gigaplan.gui.views.tables import edits
from gigaplan.gui.views.tables.file_io import ShownSheet
from gigaplan.gui.views.tables.grid import Grid, cell_menu
from gigaplan.gui.views.tables.import_preview import PreviewPage
from gigaplan.gui.views.tables.model import Index, SheetModel
from gigaplan.gui.views.tables.paste_flow import Taking
from gigaplan.gui.views.tables.series_sheet import SeriesSheet
from gigaplan.gui.views.tables.sheets import Sheet
from gigaplan.gui.views.tables.toolbar import FindBar, Tools
from gigaplan.gui.views.tables.uncertain import sheet_of
from gigaplan.gui.widgets.actions import Command
from gigaplan.gui.widgets.texts import Label, literal
from gigaplan.gui.widgets.whole_tabs import WholeTabs

TABS = (
    "workloads",
    "offers",
    "services",
    "sites",
    "power_contracts",
    "platforms",
    "agreements",
    "ports",
    "policies",
    "parameters",
    "uncertainties",
    "series",
)
"""Scenarios are none: what one holds are overrides, rows of their own, which are edited on the page Compare."""
FILTER_AFTER = 120
"""Milliseconds after the last key at which the filter acts."""


class TablesPanel(QFrame):
    """A card with a grid per table of the plan, and one of their series by period."""

    def __init__(self, document: Document, planner: Planner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.more: Callable[[QMenu, str, Sequence[str], str], QMenu] | None = None
        """Adds what the window offers for the field of a cell."""
        self._following = False
        self._followed: Selection | None = None
        """What was chosen when the tables were last seen."""
        self._grids: dict[str, Grid] = {}
        self.setProperty("card", True)
        self.setAccessibleName("Tables")
        self.tabs = self._make_tabs()
        self.find_bar = FindBar(lambda: self.grid)
        self.commands = {command.id: command for command in self._declared()}
        """By id."""
        self.tools = Tools(self.commands)
        self.tools.chosen.connect(self._act)
        self.of, self.filter = self.tools.of, self.tools.filter
        self.of.currentIndexChanged.connect(self._turn)
        self.filter.textChanged.connect(self._filter_soon)
        self.pages = QStackedWidget()
        self.taking = Taking(document, lambda: self.grid, self.pages, self.say)
        self.taking.is_shown.connect(self._make_room)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 6, 1, 1)
        layout.setSpacing(4)
        layout.addWidget(self.tabs)
        layout.addWidget(self.tools)
        layout.addWidget(self.find_bar)
        self.find_bar.setContentsMargins(10, 0, 8, 2)
        layout.addWidget(self.pages, 1)
        layout.addWidget(self.taking.transfer)
        layout.addLayout(self._make_foot())
        self._filtering = QTimer(self, singleShot=True, interval=FILTER_AFTER)
        self._filtering.timeout.connect(self._filter)
        self.tabs.currentChanged.connect(self._turn)
        document.changed.connect(self._plan_changed)
        document.replaced.connect(self._start_afresh)
        document.selection_changed.connect(self._follow)
        self._turn()

    # What it is made of

    def _make_tabs(self) -> WholeTabs:
        tabs = WholeTabs("Tables of the plan")
        for table in TABS:
            tabs.addTab(table.capitalize().replace("_", " "))
        return tabs

    def _make_foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 2, 12, 6)
        self.message = Label(wordWrap=True)
        self.message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.count = Label(role="muted")
        foot.addWidget(self.message, 1)
        foot.addWidget(self.count, 0, Qt.AlignmentFlag.AlignTop)
        return foot

    @property
    def tab(self) -> str:
        """The tab that is shown: a table, or `series`."""
        return TABS[self.tabs.currentIndex()]

    @property
    def grid(self) -> Grid:
        """The grid of the current tab."""
        key = f"series of {self.of.currentData()}" if self.tab == "series" else self.tab
        if key not in self._grids:
            self._grids[key] = self._make_grid()
            self.pages.addWidget(self._grids[key])
        return self._grids[key]

    def _make_grid(self) -> Grid:
        context = Context(self._document.plan, QLocale())
        series = self.tab == "series"
        table = self.of.currentData() if series else self.tab
        sheet: Sheet = SeriesSheet(context, table) if series else sheet_of(context, table)
        grid = Grid(SheetModel(sheet, self), self._typed, self._type, self.commands.values(), self.pages)
        grid.sheet_model.beside = self._beside_base(grid)
        grid.setAccessibleName(f"Series of {table}" if series else f"Table of {table}")
        grid.rows_chosen.connect(self._chosen)
        grid.menu_wanted.connect(self._show_menu)
        grid.refused.connect(self._refuse)
        noun = "" if series else f"add one, or paste {table} with their headers from a spreadsheet"
        grid.empty_text = f"No {table} here" + (f": {noun}." if noun else ".")
        return grid

    def show_table(self, table: str) -> None:
        """Turns to a table, or to `series`."""
        self.tabs.setCurrentIndex(TABS.index(table))

    @property
    def preview(self) -> PreviewPage:
        """What a paste would do, while that is looked at."""
        return self.taking.preview

    def _make_room(self, taken: bool) -> None:
        """Hides the tools while a preview or a question stands in the place of the grid."""
        self.tools.setVisible(not taken)
        if taken:
            self.find_bar.hide()

    # What it follows

    def _turn(self) -> None:
        """Shows the grid of the chosen tab as the plan is now."""
        self.say("")
        self.settle()
        grid = self.grid
        self.of.setVisible(self.tab == "series")
        self._catch_up(grid)
        self.filter.blockSignals(True)
        self.filter.setText(grid.sheet_model.filter_text)
        self.filter.blockSignals(False)
        self.taking.drop()
        self.pages.setCurrentWidget(grid)
        self.setFocusProxy(grid)
        self._show_counts()
        self._mark(self._document.selection)

    def _catch_up(self, grid: Grid) -> None:
        if grid.sheet_model.sheet.context.plan is not self._document.plan:
            self._following = True  # rows that go move the selection; that is nobody's choice
            grid.sheet_model.beside = self._beside_base(grid)
            grid.sheet_model.set_sheet(grid.sheet_model.sheet.on(self._document.plan))
            self._following = False
            grid.viewport().update()

    def _beside_base(self, grid: Grid) -> dict[tuple[str, str], str]:
        """What the base has in the cells that the scenario which is edited changes."""
        scenario, table = self._document.scenario, grid.sheet_model.sheet.table
        if scenario is None:
            return {}
        base = self._document.base
        places = {(o.row, o.field) for o in whole(base, scenario).overrides if o.table == table and o.row}
        return {(row, field): beside_base(base, scenario, table, (row,), field) for row, field in places}

    def _plan_changed(self, _before: Plan, _plan: Plan) -> None:
        if not self.isVisible():
            return  # it catches up when it is shown
        self.say("")  # what was said is of the plan before: an act says its own when it is done
        if self.taking.is_open:
            self.taking.drop()
            self.say("The plan changed meanwhile: nothing was taken. Try again.", "warning")
        self._catch_up(self.grid)
        self._show_counts()
        self._mark(self._document.selection)

    def _start_afresh(self) -> None:
        self._following = True
        for grid in self._grids.values():
            grid.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
            grid.sheet_model.start_afresh(grid.sheet_model.sheet.on(self._document.plan))
        self._following = False
        self.find_bar.hide()
        self._turn()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._turn()
        if self._document.selection != self._followed:
            self._follow(self._document.selection)

    def _follow(self, selection: Selection) -> None:
        """Turns to the table of what is chosen elsewhere."""
        if not self.isVisible():
            return  # it follows when it is shown
        self._followed = selection
        if self._following or self.taking.is_open:
            return
        if selection.ids and selection.table in TABS and selection.table != self.grid.sheet_model.sheet.table:
            self.show_table(selection.table)
        else:
            self._mark(selection)

    def _mark(self, selection: Selection) -> None:
        """Chooses in the current grid what is chosen in the document."""
        grid = self.grid
        table = grid.sheet_model.sheet.table
        self._following = True
        ids = selection.ids_in(table)
        if not ids:
            if self.tab != "ports":
                grid.clearSelection()
        elif self._chosen_ids(grid) != set(ids):
            grid.choose_rows(grid.sheet_model.rows_of(ids))
        self._following = False
        self._show_counts()

    def _chosen_ids(self, grid: Grid) -> set[str]:
        model = grid.sheet_model
        return {model.sheet.row_id(model.shown[row]) for row in grid.chosen_rows()}

    def _chosen(self) -> None:
        if self._following:
            return
        self._following = True
        model = self.grid.sheet_model
        ids = dict.fromkeys(model.sheet.row_id(model.shown[row]) for row in self.grid.chosen_rows())
        ids.pop("", None)
        if ids:
            self._document.select(model.sheet.table, ids)
        self._following = False
        self._show_counts()

    # What a person does

    def say(self, text: str, role: str = "muted") -> None:
        """Says what happened, or why nothing did: muted, good, warning or error."""
        self.message.setText(text[:1].upper() + text[1:])
        self.message.setToolTip(literal(text))
        if self.message.property("role") != role:
            self.message.setProperty("role", role)
            self.message.style().unpolish(self.message)
            self.message.style().polish(self.message)

    def settle(self) -> None:
        """Commits what is being typed in a cell: before something else is done, or the plan is saved."""
        shown = self.pages.currentWidget()
        if isinstance(shown, Grid):
            shown.settle()

    def _typed(self, index: Index, text: str, everywhere: bool) -> None:
        # The cell may be of a grid that is just being left: the one that is shown now has other columns.
        grid = next(grid for grid in self._grids.values() if grid.sheet_model is index.model())
        self.say(*edits.take_typed(self._document, grid, index, text, everywhere))

    def _type(self, index: Index, text: str | None) -> None:
        model = index.model()
        if text is None or not isinstance(model, SheetModel):
            self._document.type(None)
        else:
            edits.draft_typed(self._document, model, index, text)

    def _refuse(self, why: str) -> None:
        self.say(why, "warning")

    def _act(self, id: str) -> None:
        self.settle()
        self.commands[id].run()

    def _declared(self) -> Iterator[Command]:
        """What can be done in the grids."""
        yield Command(
            "tables.copy", "&Copy", self.copy, local=("Ctrl+C",), icon="copy",
            tip="Copy the selected cells with their headers and units",
        )  # fmt: skip
        yield Command(
            "tables.paste", "&Paste", self.paste, local=("Ctrl+V",), icon="clipboard-paste",
            tip="Paste cells of a spreadsheet, with or without headers",
        )  # fmt: skip
        yield Command("tables.paste_turned", "Paste rows as co&lumns", self.paste_turned, local=("Ctrl+Shift+V",))
        yield Command(
            "tables.fill_down", "&Fill down", self.fill, local=("Ctrl+Shift+D",), icon="chevrons-up-down",
            tip="Copy the first selected cell to the cells below it",
        )  # fmt: skip
        yield Command("tables.fill_right", "Fill &right", self.fill_right, local=("Ctrl+R",))
        yield Command("tables.clear", "Cl&ear the cells", self.delete, local=("Del", "Backspace"))
        yield Command(
            "tables.add_row", "&Add a row", self.add, local=("Ins",), icon="plus", tip="Add a row with default values"
        )
        yield Command("tables.duplicate_rows", "D&uplicate the rows", self.duplicate, local=("Ctrl+D",))
        yield Command(
            "tables.delete_rows", "&Delete the rows", self.delete_rows, local=("Ctrl+Del",), icon="trash-2",
            tip="Delete the rows of the selected cells",
        )  # fmt: skip
        yield Command("tables.find", "F&ind…", self.find_bar.open, local=("Ctrl+F",))
        yield Command("tables.help", "&Help on this column", self._explain_column, local=("F1",))
        yield Command("tables.dismiss", "Dismiss the message", self._forgive, local=("Esc",))
        yield Command("tables.read_rows", "Import rows from a file…", self.read_rows, icon="download")
        yield Command("tables.save_table", "Export this table…", self.save_table, icon="upload")

    def fill(self) -> None:
        """Gives the first selected cell of each column to the others."""
        self.say(*edits.fill(self._document, self.grid))

    def fill_right(self) -> None:
        """Gives the first selected cell of each row to those right of it."""
        self.say(*edits.fill(self._document, self.grid, down=False))

    def delete(self) -> None:
        """Deletes the rows that are selected whole; empties the cells that are selected."""
        self.say(*edits.delete(self._document, self.grid))

    def delete_rows(self) -> None:
        """Deletes the rows of the selected cells."""
        self.say(*edits.remove_rows(self._document, self.grid))

    def duplicate(self) -> None:
        """Puts a copy after each row with a selected cell, and chooses the copies."""
        self.say(*edits.duplicate(self._document, self.grid))

    def add(self) -> None:
        """Adds a row with starting figures and chooses it."""
        self.say(*edits.add(self._document, self.grid))

    def copy(self) -> None:
        """Copies the selected cells, all if none is, with their headers."""
        self.taking.copy()

    def paste(self) -> None:
        """Pastes the clipboard from the current cell on, or where its headers say."""
        self.taking.paste()

    def paste_turned(self) -> None:
        """Pastes the clipboard with its rows as columns."""
        self.taking.paste(turned=True)

    def read_rows(self) -> None:
        """Asks for a workbook or a CSV file, and takes its rows as a paste with headers is taken."""
        self.taking.transfer.ask_and_read(self.grid.sheet_model.sheet)

    def save_table(self) -> None:
        """Asks for a file, and saves the table there as it is filtered and sorted."""
        model = self.grid.sheet_model
        self.taking.transfer.ask_and_write(
            ShownSheet(model.sheet, tuple(model.shown)), f"{self._document.name}-{self.tab}"
        )

    def stop(self) -> None:
        """Ends the background work."""
        self.taking.transfer.stop()

    def _show_menu(self, place: QPoint) -> None:
        menu, model = cell_menu(self.grid), self.grid.sheet_model
        index = self.grid.currentIndex()
        if self.more is not None and index.isValid():
            line = model.shown[index.row()]
            field, row = model.sheet.field(line, index.column()), model.sheet.row_id(line)
            if field is not None and row:
                self.more(menu.addMenu(field.label), model.sheet.table, (row,), field.name)
        menu.popup(place)

    def _explain_column(self) -> None:
        """Shows what the current column means."""
        from gigaplan.gui.views.help.reference import show_reference

        model, index = self.grid.sheet_model, self.grid.currentIndex()
        sheet, field = model.sheet, None
        if index.isValid():
            line = model.shown[index.row()]
            field = sheet.field(line, index.column()) or sheet.field(line, len(sheet.columns) - 1)
        show_reference(self.window(), sheet.table, field.name if field else "")

    def _forgive(self) -> None:
        self.grid.sheet_model.forgive()
        self.say("")

    def _filter_soon(self) -> None:
        self._filtering.start()

    def _filter(self) -> None:
        self.grid.sheet_model.set_filter(self.filter.text())
        self._show_counts()

    def _show_counts(self) -> None:
        model = self.grid.sheet_model
        all_, shown, chosen = len(model.sheet.lines), model.rowCount(), len(self.grid.chosen_rows())
        text = counted_plain(all_, "line" if self.tab == "series" else "row")
        text = f"{plain(shown, 9)} of {text} shown" if shown != all_ else text
        self.count.setText(f"{plain(chosen, 9)} selected · {text}" if chosen > 1 else text)
