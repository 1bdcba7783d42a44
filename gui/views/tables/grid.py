"""The grid of a sheet: keys, selection in ranges, and its first column that stands still while the others scroll."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPoint,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from gigaplan.gui.style import theme
from gigaplan.gui.views.tables.delegate import HEIGHT, PAD, CellDelegate, Commit, Type
from gigaplan.gui.views.tables.model import Index, SheetModel, runs
from gigaplan.gui.widgets.actions import Command, fill

# Where the keys of a spreadsheet lead in a grid.


MOVES = (
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End,
    Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
)  # fmt: skip
"""Keys that lead to another cell."""


def edge_of_filled(model: SheetModel, row: int, column: int, down: int, right: int) -> tuple[int, int]:
    """The cell (row, column of the view) that Ctrl and an arrow lead to from a cell.

    It is the last one before an empty cell, from there the next that is not empty, else the last of the grid.
    """
    rows, columns, sheet = model.rowCount(), model.columnCount(), model.sheet

    def is_there(r: int, c: int) -> bool:
        return 0 <= r < rows and 0 <= c < columns

    def is_filled(r: int, c: int) -> bool:
        return is_there(r, c) and sheet.value(model.shown[r], c) not in (None, "", ())

    def on(r: int, c: int) -> tuple[int, int]:
        return r + down, c + right

    here = row, column
    if is_filled(*here) and is_filled(*on(*here)):
        while is_filled(*on(*here)):
            here = on(*here)
        return here
    while is_there(*on(*here)):
        here = on(*here)
        if is_filled(*here):
            break
    return here


# The menu of a cell: what its keys do, for those who look for it with the right button.


ENTRIES = (
    "tables.copy", "tables.paste", "tables.paste_turned", "tables.fill_down", "tables.fill_right", "tables.clear", None,
    "tables.add_row", "tables.duplicate_rows", "tables.delete_rows", None,
    "tables.find", "tables.help",
)  # fmt: skip
"""The commands of the menu; None stands for a line between."""
OF_ROWS = ("tables.add_row", "tables.duplicate_rows", "tables.delete_rows")
"""What can be done in a table of rows alone."""


def cell_menu(grid: Grid) -> QMenu:
    """What can be done with the chosen cells of a grid, each with its key."""
    menu = QMenu(grid)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    takes_rows = grid.sheet_model.sheet.takes_rows
    ids = [id for id in ENTRIES if takes_rows or id not in OF_ROWS]
    return fill(menu, [None if id is None else grid.commands[id] for id in ids])


SAMPLE, LEAST_SAMPLE = 60, 12
"""Rows that the widths of columns are taken from."""
MOST_SAMPLED = 2000
"""Cells; a series of 120 periods has as many columns."""
NARROWEST, WIDEST = 64, 260
Hint = QAbstractItemView.ScrollHint
STYLE = f"""
    QTableCornerButton::section {{ background: transparent; border: 0; border-bottom: 1px solid palette(mid); }}
    QAbstractScrollArea::corner {{ background: transparent; border: 0; }}
    QHeaderView::section:horizontal {{ padding: 4px {PAD}px; }}
    QHeaderView::up-arrow, QHeaderView::down-arrow {{ image: none; width: 0; height: 0; }}
    QHeaderView::section:vertical {{ padding: 0 {PAD}px; }}
"""


class Grid(QTableView):
    """A table like that of a spreadsheet, whose keys are those of `commands`."""

    rows_chosen = Signal()
    refused = Signal(str)
    """Why the cell that a person wants to edit cannot be."""
    menu_wanted = Signal(QPoint)
    """Where on the screen the menu of the chosen cells is to open."""

    def __init__(
        self, model: SheetModel, commit: Commit, type_: Type, commands: Iterable[Command], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.sheet_model = model
        lines = (
            Command("tables.rows", "Select the rows", partial(self.choose_lines, False), local=("Shift+Space",)),
            Command("tables.columns", "Select the columns", partial(self.choose_lines, True), local=("Ctrl+Space",)),
        )
        self.commands = {command.id: command for command in (*lines, *commands)}
        self.empty_text = ""
        self.setModel(model)
        self.commit, self.type_ = commit, type_
        self._delegate = CellDelegate(commit, type_, self.step, self)
        self.setItemDelegate(self._delegate)
        trigger = QAbstractItemView.EditTrigger
        self.setEditTriggers(trigger.DoubleClicked | trigger.AnyKeyPressed | trigger.EditKeyPressed)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(True)
        self.setFrameShape(QTableView.Shape.NoFrame)
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        rows.setDefaultSectionSize(HEIGHT)
        rows.setSectionResizeMode(rows.ResizeMode.Fixed)
        rows.setHighlightSections(False)
        columns.setHighlightSections(False)
        _leave_selection_alone(columns)
        columns.setSortIndicatorClearable(True)
        columns.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self.setStyleSheet(STYLE)
        self._by_hand: set[int] = set()
        """Columns whose width a person chose."""
        self._new_texts: set[int] = set()
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._widen)
        self.fit_columns()
        model.modelReset.connect(self.fit_columns)
        model.dataChanged.connect(lambda first, last, _=None: self._note(first.row(), last.row()))
        model.rowsInserted.connect(lambda _, first, last: self._note(first, last))
        columns.sectionResized.connect(self._resized)
        self._frozen = _FirstColumn(self)
        self.selectionModel().selectionChanged.connect(self._tell)

    def fit_columns(self) -> None:
        """Makes the columns as wide as their headers and the first cells of them ask for."""
        model, metrics = self.sheet_model, self.fontMetrics()
        sample = min(SAMPLE, max(LEAST_SAMPLE, MOST_SAMPLED // max(1, model.columnCount())), len(model.shown))
        asked: list[int] = []
        self._by_hand.clear()
        for column, spec in enumerate(model.sheet.columns):
            head = max(metrics.horizontalAdvance(spec.label) + 14, metrics.horizontalAdvance(spec.unit))
            texts = (model.look(row, column).text for row in range(sample))
            asked.append(max([head, *(metrics.horizontalAdvance(text) for text in texts)]) + 2 * PAD + 4)
        widths = [max(NARROWEST, min(WIDEST, wide)) for wide in asked]
        spare = self.viewport().width() - sum(widths)
        for column, wide in enumerate(asked):
            # Where there is room, a long text is whole.
            more = min(max(0, wide - widths[column]), max(0, spare))
            spare -= more
            self.setColumnWidth(column, widths[column] + more)

    def _note(self, first: int, last: int) -> None:
        """Remembers some of the rows that have changed; soon their columns are made wide enough."""
        self._new_texts.update(range(first, min(last, first + SAMPLE - len(self._new_texts)) + 1))
        self._soon.start()

    def _widen(self) -> None:
        """Makes columns wide enough for what has changed; those that a person sized stay."""
        model, metrics = self.sheet_model, self.fontMetrics()
        rows = [row for row in self._new_texts if row < model.rowCount()]
        self._new_texts.clear()
        for column in range(model.columnCount()):
            if column in self._by_hand:
                continue
            widest = max((metrics.horizontalAdvance(model.look(row, column).text) for row in rows), default=0)
            wide = min(WIDEST, widest + 2 * PAD + 4)
            if wide > self.columnWidth(column):
                self.setColumnWidth(column, wide)

    def _resized(self, column: int, _before: int, _now: int) -> None:
        if QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            self._by_hand.add(column)

    def _areas(self) -> list[QItemSelectionRange]:
        areas: Any = self.selectionModel().selection()  # a list, of which its stubs know nothing
        return list(areas)

    def chosen_rows(self) -> list[int]:
        """The rows of the view with a selected cell."""
        rows: set[int] = set()
        for area in self._areas():
            rows.update(range(area.top(), area.bottom() + 1))
        return sorted(rows)

    def chosen_columns(self) -> list[int]:
        """The columns with a selected cell."""
        columns: set[int] = set()
        for area in self._areas():
            columns.update(range(area.left(), area.right() + 1))
        return sorted(columns)

    def chosen_cells(self) -> list[tuple[int, int]]:
        """The selected cells as (row, column) of the view, by columns."""
        cells = {
            (row, column)
            for area in self._areas()
            for row in range(area.top(), area.bottom() + 1)
            for column in range(area.left(), area.right() + 1)
        }
        return sorted(cells, key=lambda cell: (cell[1], cell[0]))

    def has_gaps(self) -> bool:
        """Whether the selected cells are not all those of the selected rows and columns."""
        several = len(self._areas()) > 1
        return several and len(self.chosen_cells()) < len(self.chosen_rows()) * len(self.chosen_columns())

    def whole_rows_are_chosen(self) -> bool:
        """Whether the selection is of whole rows."""
        areas = self._areas()
        return bool(areas) and all(area.width() == self.sheet_model.columnCount() for area in areas)

    def choose_rows(self, rows: list[int]) -> None:
        """Selects whole rows and brings the first into view."""
        chosen = QItemSelection()
        model, last = self.sheet_model, self.sheet_model.columnCount() - 1
        for first, end in runs(rows):
            chosen.select(model.index(first, 0), model.index(end, last))
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(chosen, flags.ClearAndSelect)
        if rows:
            index = model.index(rows[0], max(0, self.currentIndex().column()))
            self.selectionModel().setCurrentIndex(index, flags.NoUpdate)
            self.scrollTo(index)

    def choose_block(self, rows: Iterable[int], columns: Iterable[int]) -> None:
        """Selects the cells of these rows and columns, and brings the first into view."""
        flags = QItemSelectionModel.SelectionFlag
        model, chosen = self.sheet_model, QItemSelection()
        across = runs(sorted(columns))
        for top, bottom in runs(sorted(rows)):
            for left, right in across:
                chosen.select(model.index(top, left), model.index(bottom, right))
        if not chosen.isEmpty():
            first = chosen.first().topLeft()
            self.selectionModel().setCurrentIndex(first, flags.NoUpdate)
            self.selectionModel().select(chosen, flags.ClearAndSelect)
            self.scrollTo(first)

    def settle(self) -> None:
        """Commits what is being typed in a cell."""
        self._delegate.settle()

    def step(self, down: int, right: int) -> None:
        """Moves to the cell so many rows down and columns to the right, if there is one."""
        here = self.currentIndex()
        there = self.sheet_model.index(here.row() + down, here.column() + right)
        if there.isValid():
            self.setCurrentIndex(there)
        self.setFocus()

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Where a key leads: with Ctrl an arrow leads to the end of the filled cells, as in a spreadsheet."""
        ways = QAbstractItemView.CursorAction
        way = {ways.MoveDown: (1, 0), ways.MoveUp: (-1, 0), ways.MoveRight: (0, 1), ways.MoveLeft: (0, -1)}.get(action)
        here = self.currentIndex()
        if way is None or not here.isValid() or not modifiers & Qt.KeyboardModifier.ControlModifier:
            return super().moveCursor(action, modifiers)
        return self.sheet_model.index(*edge_of_filled(self.sheet_model, here.row(), here.column(), *way))

    def selectionCommand(self, index: Index, event: QEvent | None = None) -> QItemSelectionModel.SelectionFlag:
        """What a key or the mouse does to the selection: Ctrl+arrow selects where it leads, as the arrow alone does."""
        if isinstance(event, QKeyEvent) and event.key() in MOVES:
            shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            event = QKeyEvent(event.type(), event.key(), shift)
        return super().selectionCommand(index, event)

    def choose_lines(self, columns: bool) -> None:
        """Makes the selection one of whole columns, or of whole rows."""
        flags = QItemSelectionModel.SelectionFlag
        chosen = self.selectionModel().selection()
        self.selectionModel().select(chosen, flags.ClearAndSelect | (flags.Columns if columns else flags.Rows))

    def scrollTo(self, index: Index, hint: Hint = Hint.EnsureVisible) -> None:
        """Brings a cell into view, beside the column that stands still."""
        super().scrollTo(index, hint)
        if index.column() > 0:
            hidden = self.columnWidth(0) - self.visualRect(index).left()
            if hidden > 0:
                bar = self.horizontalScrollBar()
                bar.setValue(bar.value() - hidden)

    def _tell(self) -> None:
        self.rows_chosen.emit()

    def event(self, event: QEvent) -> bool:
        # The window may have the same keys; an accepted ShortcutOverride keeps them here.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_ours(event):
            event.accept()
            return True
        return super().event(event)

    def _command(self, event: QKeyEvent) -> Command | None:
        return next((command for command in self.commands.values() if command.answers(event)), None)

    def _is_ours(self, event: QKeyEvent) -> bool:
        moves = event.key() in MOVES and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        return bool(moves) or self._command(event) is not None

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of the chosen cells, or of the one under the pointer; the menu key opens it at the current cell."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            cell = self.visualRect(self.currentIndex())
            self.menu_wanted.emit(self.viewport().mapToGlobal(cell.bottomLeft()))
        else:
            self.open_menu(self.indexAt(event.pos()), event.globalPos())

    def open_menu(self, index: Index, place: QPoint) -> None:
        """Asks for the menu of the chosen cells, or of the one at an index where that is not among them."""
        if index.isValid() and not self.selectionModel().isSelected(index):
            self.setCurrentIndex(index)
        self.menu_wanted.emit(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        command = self._command(event)
        if command is not None:
            event.accept()
            command.run()
            return
        key, index = event.key(), self.currentIndex()
        if self._would_edit(event) and self._refuse(index):
            return
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain and index.isValid():
            self.edit(index)
            return
        look = self.sheet_model.look(index.row(), index.column()) if index.isValid() else None
        if look is not None and look.flag is not None and event.text():
            if key == Qt.Key.Key_Space:
                self._delegate.tick(index, not look.flag)
            return
        super().keyPressEvent(event)

    def _would_edit(self, event: QKeyEvent) -> bool:
        held = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        opens = event.key() in (Qt.Key.Key_F2, Qt.Key.Key_Return, Qt.Key.Key_Enter) or event.text().isprintable()
        return not held and opens and bool(event.text() or event.key() == Qt.Key.Key_F2)

    def _refuse(self, index: Index) -> bool:
        """Says why a cell cannot be edited; whether there is a reason."""
        model = self.sheet_model
        line = model.shown[index.row()] if index.isValid() else -1
        why = model.sheet.locked(line, index.column()) if index.isValid() else ""
        if why:
            self.refused.emit(f"{model.sheet.columns[index.column()].label} of {model.sheet.name(line)}: {why}")
        return bool(why)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        self._refuse(self.indexAt(event.position().toPoint()))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if text := self.nothing_text():
            painter = QPainter(self.viewport())
            painter.setPen(QColor(theme.tokens().muted))
            hidden = self.columnWidth(0) if self._frozen.isVisible() else 0
            area = self.viewport().rect().adjusted(hidden + 20, 20, -20, -20)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
            painter.end()

    def nothing_text(self) -> str:
        """What stands in the place of rows where there are none: that there are none, or that the filter hides all."""
        model = self.sheet_model
        if model.rowCount():
            return ""
        hides = len(model.sheet.lines) > 0 and model.filter_text
        return (
            f"No row holds “{model.filter_text.strip()}”: clear the filter to see all rows."
            if hides
            else self.empty_text
        )

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        if self.nothing_text():
            self.viewport().update()  # the words stand still

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._frozen.fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_frozen"):
            self._frozen.dress()


def _leave_selection_alone(header: QHeaderView) -> None:
    """A header with a selection of its own, which is empty.

    To paint a section Qt asks each row of a selected column for its flags: 0.4 s where 10,000 are selected.
    """
    header.setSelectionModel(QItemSelectionModel(header.model(), header))


class _FirstColumn(QTableView):
    """The first column over the grid: seen once the grid has scrolled sideways."""

    def __init__(self, grid: Grid) -> None:
        super().__init__(grid)
        self._grid = grid
        self.setModel(grid.sheet_model)
        self.setSelectionModel(grid.selectionModel())
        # One of its own: a delegate tells all its views when an editor is done, and they complain of those of others.
        self._delegate = CellDelegate(grid.commit, grid.type_, grid.step, self)
        self.setItemDelegate(self._delegate)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(HEIGHT)
        self.horizontalHeader().setSectionResizeMode(self.horizontalHeader().ResizeMode.Fixed)
        self.horizontalHeader().setSectionsClickable(False)
        self.horizontalHeader().setHighlightSections(False)
        _leave_selection_alone(self.horizontalHeader())
        self.dress()
        grid.verticalScrollBar().valueChanged.connect(self.verticalScrollBar().setValue)
        self.verticalScrollBar().valueChanged.connect(grid.verticalScrollBar().setValue)
        grid.horizontalScrollBar().valueChanged.connect(self.fit)
        grid.horizontalHeader().sectionResized.connect(self.fit)
        grid.horizontalHeader().geometriesChanged.connect(self.fit)
        grid.sheet_model.modelReset.connect(self.fit)
        self.doubleClicked.connect(self._edit)
        self.fit()

    def dress(self) -> None:
        """Takes the colours of the appearance: it must hide what scrolls beneath it."""
        t = theme.tokens()
        self.setStyleSheet(f"QTableView {{ background: {t.panel}; border-right: 1px solid {t.muted}; }}" + STYLE)

    def fit(self) -> None:
        """Lies over the first column of the grid, while that has scrolled away."""
        grid = self._grid
        for column in range(1, self.model().columnCount()):
            if not self.isColumnHidden(column):
                self.setColumnHidden(column, True)
        self.setColumnWidth(0, grid.columnWidth(0))
        head = grid.horizontalHeader().height()
        self.horizontalHeader().setFixedHeight(max(1, head))
        left = grid.verticalHeader().width() if grid.verticalHeader().isVisible() else 0
        self.setGeometry(QRect(left, 0, grid.columnWidth(0) + 1, head + grid.viewport().height()))
        self.setVisible(grid.horizontalScrollBar().value() > 0)
        self.verticalScrollBar().setValue(grid.verticalScrollBar().value())

    def _edit(self, index: Index) -> None:
        self._grid.setFocus()
        if not self._grid._refuse(index):
            self._grid.edit(index)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._grid.open_menu(self.indexAt(event.pos()), event.globalPos())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._grid.setFocus()
        super().mousePressEvent(event)

    def scrollTo(self, index: Index, hint: Hint = Hint.EnsureVisible) -> None:
        """The grid scrolls, and this follows."""
