"""The plan as a tree: choose, rename, duplicate, delete and add rows without the mouse."""

from __future__ import annotations

from dataclasses import replace

import msgspec
from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QMargins,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHBoxLayout, QMenu, QTreeView, QVBoxLayout, QWidget

from gigaplan.engine.catalogue.new_rows import WORK_KINDS, why_not_new
from gigaplan.engine.plan.plan import Plan
from gigaplan.gui.document.document import Document, Row, Selection
from gigaplan.gui.document.row_edits import NOUNS, add_row, delete_rows, duplicate_rows, rename_row
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.views.outline.delegate import OutlineDelegate
from gigaplan.gui.views.outline.model import GROUPS, TABLES, OutlineModel
from gigaplan.gui.widgets.actions import Command, RowMenu, add_to, always, fill, row_commands, take_key
from gigaplan.gui.widgets.cards import as_tab, dress_list, title, tool_button
from gigaplan.gui.widgets.find_line import FindLine
from gigaplan.gui.widgets.texts import literal

OPEN_AT_FIRST = ("workloads", "offers", "sites")


class _Tree(QTreeView):
    """A tree with arrows for its groups alone, so that rows have the whole width."""

    def drawBranches(self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex) -> None:
        if not index.parent().isValid():
            super().drawBranches(painter, rect, index)


class OutlineTree(QFrame):
    """A card with every row of the plan under its table. F2 renames, Delete removes, Ctrl+D duplicates, Insert adds."""

    def __init__(self, document: Document, planner: Planner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._following = False
        self.setProperty("card", True)
        self.setAccessibleName("Outline")
        self.model = OutlineModel(document.plan, self._rename)
        self.header = self._make_header()
        acts = self.rename, self.duplicate, self.delete
        rename, duplicate, delete = row_commands("outline", *acts, self._is_named, self._is_named)
        self._rows = (rename, duplicate, replace(delete, when=always))
        self._add_command = Command("outline.add", "&Add a row", self._add_here, local=("Ins",))
        self.more: RowMenu | None = None
        """Adds what the window offers for the figure of a row."""
        self.tree = self._make_tree()
        self.tree.installEventFilter(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 3, 8)
        layout.setSpacing(4)
        self.find_line = FindLine("Find in the outline", self._find, self.tree)
        self._find_command = Command("outline.find", "&Find…", self.find_line.open, local=("Ctrl+F",))
        layout.addWidget(self.header)
        layout.addWidget(self.find_line)
        layout.addWidget(self.tree, 1)
        self._open_groups()
        document.changed.connect(self._plan_changed)
        document.replaced.connect(self._start_afresh)
        document.selection_changed.connect(self._follow)
        document.period_changed.connect(self.model.set_period)
        self._follow(document.selection)

    def _is_named(self) -> bool:
        return self.model.table_at(self.tree.currentIndex()) != "ports"

    def as_tab(self) -> None:
        """Drops its frame and title, for a card that has tabs of its own."""
        as_tab(self, self.header, QMargins(4, 4, 0, 2))

    def add(self, table: str) -> None:
        """Adds a row with starting figures to a table and chooses it; for workloads, asks of which kind."""
        if table == "workloads":
            self._menu_of_work().popup(self._below(self.model.group_index(table)))
        else:
            self._added(table, add_row(self._document, table))

    def rename(self) -> None:
        """Opens the name of the current row for editing, in place."""
        index = self.tree.currentIndex()
        if index.flags() & Qt.ItemFlag.ItemIsEditable:
            self.tree.edit(index)

    def duplicate(self) -> None:
        """Puts a copy after each chosen row."""
        duplicate_rows(self._document, self._chosen())

    def delete(self) -> None:
        """Removes the chosen rows, and chooses the one that takes their place."""
        ports = self._chosen_ports()
        if ports:
            self._delete_ports(ports)
            return
        chosen = self._chosen()
        if not chosen:
            return
        delete_rows(self._document, chosen)
        current = self.tree.currentIndex()
        row, table = self.model.row_at(current), self.model.table_at(current)
        if row is not None and table in {of for of, _ in chosen}:
            self._document.select(table, (row.id,))

    def _chosen_ports(self) -> list[int]:
        """The positions of the chosen ports, where the current line is one; ports have no id."""
        current = self.tree.currentIndex()
        if self.model.table_at(current) != "ports" or self.model.is_group(current):
            return []
        chosen = self.tree.selectionModel().selectedIndexes()
        return sorted({current.row(), *(i.row() for i in chosen if self.model.table_at(i) == "ports")})

    def _delete_ports(self, positions: list[int]) -> None:
        """Removes ports in one step, and makes the one that takes their place the current line."""
        plan = self._document.plan
        kept = tuple(port for k, port in enumerate(plan.ports) if k not in positions)
        words = f"port to {plan.ports[positions[0]].stack}" if len(positions) == 1 else f"{len(positions)} ports"
        self._document.apply(msgspec.structs.replace(plan, ports=kept), f"Delete {words}")
        if kept:
            row = min(positions[0], len(kept) - 1)
            self.tree.setCurrentIndex(self.model.index(row, 0, self.model.group_index("ports")))

    def _make_header(self) -> QWidget:
        header = QWidget()
        row = QHBoxLayout(header)
        row.setContentsMargins(4, 0, 5, 0)
        tip = "Add a row to the group of the current line (Insert)"
        self._add_button = tool_button("plus", tip, self._add_here, "Add a row")
        row.addWidget(title("Outline"), 1)
        row.addWidget(self._add_button)
        return header

    def _make_tree(self) -> QTreeView:
        tree = _Tree()
        tree.setHeaderHidden(True)
        tree.setIndentation(12)
        dress_list(tree, "The rows of the plan")
        tree.setStyleSheet("QTreeView { selection-background-color: transparent; }")  # the delegate paints it
        tree.setModel(self.model)
        tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        tree.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.customContextMenuRequested.connect(self._show_menu)
        tree.selectionModel().selectionChanged.connect(self._selection_changed)
        self._delegate = OutlineDelegate(tree, self._document.type)
        self._delegate.plus_clicked.connect(self._plus_clicked)
        tree.setItemDelegate(self._delegate)
        return tree

    def _open_groups(self) -> None:
        for table in OPEN_AT_FIRST:
            self.tree.expand(self.model.group_index(table))

    def _rename(self, table: str, id: str, name: str) -> bool:
        return rename_row(self._document, table, id, name)

    def _plan_changed(self, _: Plan, plan: Plan) -> None:
        # The view moves to a neighbour of a row that goes; that is nobody's choice.
        self._following = True
        self.model.set_plan(plan)
        self._following = False
        self._follow(self._document.selection)

    def _start_afresh(self) -> None:
        self.tree.collapseAll()
        self._open_groups()
        self.tree.scrollToTop()

    def _chosen(self) -> list[Row]:
        """The chosen rows, in the order of the tree; ports, which have no id, are not among them."""
        indexes = sorted(self.tree.selectionModel().selectedIndexes(), key=lambda i: (i.parent().row(), i.row()))
        found = [(self.model.table_at(i), self.model.row_at(i)) for i in indexes]
        return [(table, row.id) for table, row in found if row is not None and table != "ports"]

    def _selection_changed(self) -> None:
        if not self._following:
            self._following = True
            self._document.select_rows(self._chosen())
            self._following = False

    def _follow(self, selection: Selection) -> None:
        """Chooses in the tree what is chosen in the document."""
        if self._following:
            return
        chosen = self.tree.selectionModel()
        indexes = [i for table in TABLES for i in self.model.index_of(table, selection.ids_in(table))]
        on_port = self.model.table_at(self.tree.currentIndex()) == "ports"
        if set(chosen.selectedIndexes()) == set(indexes) or (not indexes and on_port):
            return
        self._following = True
        wanted = QItemSelection()
        for first, last in _runs(indexes):
            wanted.select(first, last)
        chosen.select(wanted, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if indexes and self.tree.currentIndex() not in indexes:
            chosen.setCurrentIndex(indexes[0], QItemSelectionModel.SelectionFlag.NoUpdate)
            if self.tree.isVisible():  # otherwise Qt scrolls there when it is shown
                self.tree.scrollTo(indexes[0])
        self._following = False

    def _plus_clicked(self, index: QModelIndex) -> None:
        self.add(self.model.table_at(index))

    def _add_here(self) -> None:
        self.add(self.model.table_at(self.tree.currentIndex()) or TABLES[0])

    def _added(self, table: str, id: str) -> None:
        self.tree.expand(self.model.group_index(table))
        for index in self.model.index_of(table, [id]):
            self.tree.setCurrentIndex(index)
            self.tree.scrollTo(index)

    def _below(self, index: QModelIndex) -> QPoint:
        return self.tree.viewport().mapToGlobal(self.tree.visualRect(index).bottomLeft())

    def _menu(self, title: str = "") -> QMenu:
        menu = QMenu(title, self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    def _menu_of_work(self, title: str = "") -> QMenu:
        menu = self._menu(title)
        menu.setToolTipsVisible(True)
        for kind in WORK_KINDS.values():
            action = menu.addAction(kind.name)
            action.setToolTip(literal(f"{kind.about} Starts with {kind.figures}, assumed."))
            action.setData(kind.id)
        menu.triggered.connect(self._add_work)
        return menu

    def _add_work(self, action: QObject) -> None:
        kind = action.data()  # type: ignore[attr-defined]
        if kind in WORK_KINDS:
            self._added("workloads", add_row(self._document, "workloads", kind))

    def _find(self, text: str, way: int) -> bool:
        """Goes to the row that has a text in its name: the current one on (0), the next (1), the one before (-1)."""
        model = self.model
        groups = [model.group_index(table) for table in TABLES]
        rows = [model.index(k, 0, group) for group in groups for k in range(model.rowCount(group))]
        current = self.tree.currentIndex()
        here = rows.index(current) if current in rows else -1 if way >= 0 else 0
        step = way or 1
        order = [(here + k * step) % len(rows) for k in range(1 if way else 0, len(rows) + 1)] if rows else []
        found = next((rows[k] for k in order if text in str(rows[k].data()).casefold()), None)
        if found is not None:
            self.tree.setCurrentIndex(found)
            self.tree.scrollTo(found)
        return found is not None

    def _show_menu(self, place: QPoint) -> None:
        index = self.tree.indexAt(place)
        table = self.model.table_at(index)
        if not table:
            return
        menu = self._menu()
        if not self.model.is_group(index):
            fill(menu, [*self._rows, None])
            row = self.model.row_at(index)
            if self.more is not None and row is not None and table != "ports":
                self.more(menu, table, row.id)
                menu.addSeparator()
        if table == "workloads":
            menu.addMenu(self._menu_of_work("Add workload"))
        else:
            add = add_to(menu, replace(self._add_command, text=f"&Add {NOUNS[table]}"))
            reason = why_not_new(self._document.plan, table)
            add.setEnabled(not reason)
            add.setToolTip(literal(reason or f"A new row among the {GROUPS[table].lower()}."))
            menu.setToolTipsVisible(True)
            self.tree.setCurrentIndex(index)
        menu.popup(self.tree.viewport().mapToGlobal(place))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        taken = watched is self.tree and take_key(event, (*self._rows, self._add_command, self._find_command))
        return taken or super().eventFilter(watched, event)


def _runs(indexes: list[QModelIndex]) -> list[tuple[QModelIndex, QModelIndex]]:
    """Lines in their order as runs without gaps, each of one group: Qt takes long over thousands of single ones."""
    runs: list[tuple[QModelIndex, QModelIndex]] = []
    for index in indexes:
        last = runs[-1][1] if runs else None
        if last is not None and last.row() == index.row() - 1 and last.internalId() == index.internalId():
            runs[-1] = runs[-1][0], index
        else:
            runs.append((index, index))
    return runs
