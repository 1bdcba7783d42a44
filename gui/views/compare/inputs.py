"""The table of inputs that differ: what each is in the base, and what it becomes under each scenario."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QKeySequence, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from gigaplan.engine.plan.plan import Plan
from gigaplan.gui.present.compare_figures import Compared
from gigaplan.gui.present.differing_inputs import AS_BASE, NOT_APPLIED, DifferingInput, differing
from gigaplan.gui.style import theme
from gigaplan.gui.text.clipboard import sheet_text
from gigaplan.gui.widgets.cards import CopiedCard, note, title, tool_button
from gigaplan.gui.widgets.frozen import StandingNames
from gigaplan.gui.widgets.texts import literal, wrapped

Index = QModelIndex | QPersistentModelIndex
ROW_PX = 42
HEAD_PX = 30
MOST_ROWS = 400


class InputsModel(QAbstractTableModel):
    """A row per input that differs; column 0 names it, then one column per entry."""

    def __init__(self) -> None:
        super().__init__()
        self.inputs: list[DifferingInput] = []
        self.names: list[str] = []

    def show(self, inputs: list[DifferingInput], names: list[str]) -> None:
        """Takes up another table."""
        if (inputs, names) == (self.inputs, self.names):
            return
        same = len(inputs) == len(self.inputs) and len(names) == len(self.names)
        if not same:
            self.beginResetModel()
        self.inputs, self.names = inputs, names
        if not same:
            self.endResetModel()
        elif inputs:
            self.dataChanged.emit(self.index(0, 0), self.index(len(inputs) - 1, len(names)))
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(names))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.inputs)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.names) + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            name = "Input" if section == 0 else self.names[section - 1]
            return literal(name) if role == Qt.ItemDataRole.ToolTipRole else name
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        item = self.inputs[index.row()]
        name = f"{item.label} of {item.where}" if item.table != "plan" else item.label
        if index.column() == 0:
            if role == Qt.ItemDataRole.ToolTipRole:
                return wrapped(f"{item.label}\n{item.where}")
            return name if role == Qt.ItemDataRole.DisplayRole else None
        cell = item.cells[index.column() - 1]
        if role == Qt.ItemDataRole.ToolTipRole:
            return wrapped(f"{name}\n{self.names[index.column() - 1]}: {cell}")
        return cell if role == Qt.ItemDataRole.DisplayRole else None


class InputsTable(CopiedCard):
    """A card with the inputs that differ between the entries, and no others."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Inputs that differ", parent)
        self._shown: tuple[Plan, list[str]] | None = None
        self.more: Callable[[QMenu, str, Sequence[str], str], QMenu] | None = None
        """Adds what the window offers for a field of rows."""
        self.model = InputsModel()
        self.view = _View(self.model)
        for view in (self.view, self.view.names):
            view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            view.customContextMenuRequested.connect(partial(self._show_menu, view))
        self._copy = tool_button("copy", "Copy the table with its headers", self.copy, keys="Ctrl+C")
        head = QHBoxLayout()
        head.setContentsMargins(12, 0, 8, 0)
        head.addWidget(title("Inputs that differ"), 1)
        head.addWidget(self._copy)
        self.nothing = note("muted", "The chosen scenarios change no input yet.")
        self.nothing.setContentsMargins(12, 2, 12, 6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 10, 2, 8)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self.view)
        layout.addWidget(self.nothing)

    def show_entries(self, plan: Plan, entries: list[Compared]) -> None:
        """Shows what these entries move."""
        names = ["Base", *(e.name for e in entries if e.id)]
        ids = ["", *(e.id for e in entries if e.id)]
        if self._shown is not None and self._shown[0] is plan and self._shown[1] == ids:
            return
        self._shown = (plan, ids)
        inputs = differing(plan, ids)[:MOST_ROWS]
        self.model.show(inputs, names)
        self.view.setVisible(bool(inputs))
        self._copy.setVisible(bool(inputs))
        self.nothing.setVisible(not inputs)
        self.view.fit()

    def _show_menu(self, view: QAbstractItemView, place: QPoint) -> None:
        index = view.indexAt(place)
        if self.more is not None and index.isValid():
            item, menu = self.model.inputs[index.row()], QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self.more(menu, item.table, item.rows, item.field)
            menu.popup(view.viewport().mapToGlobal(place))

    def text(self, separator: str = "\t") -> str:
        model = self.model
        lines = [["Input", *model.names]]
        lines += [[str(model.index(k, 0).data()), *item.cells] for k, item in enumerate(model.inputs)]
        return sheet_text(lines, separator)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_copy"):
            self.view.names.dress()
            self.view.viewport().update()
        super().changeEvent(event)


class _View(QTableView):
    """As high as its rows."""

    def __init__(self, model: InputsModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setAccessibleName("Inputs that differ, by scenario")
        self._delegate = _Delegate(self)
        self.setItemDelegate(self._delegate)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_PX)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.heading = header = self.horizontalHeader()
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setFixedHeight(HEAD_PX)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setStyleSheet("QHeaderView::section { padding-left: 10px; }")
        self.names = StandingNames(self, header)
        self.names.heading.setStyleSheet(header.styleSheet())

    def fit(self) -> None:
        """Gives each column its width and the table its height."""
        model = self.model()
        columns = model.columnCount() - 1
        if columns < 1:
            return
        room = max(self.viewport().width(), 100)
        name = min(300, max(160, room // (columns + 1)))
        each = max(104, (room - name) // columns)
        self.setColumnWidth(0, name)
        for column in range(1, columns + 1):
            self.setColumnWidth(column, each)
        self.names.fit()
        wide = name + each * columns > room
        height = HEAD_PX + ROW_PX * model.rowCount() + (12 if wide else 0) + 2
        if self.minimumHeight() != height:
            self.setFixedHeight(height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.fit()

    def scrollTo(self, index: Index, hint: QAbstractItemView.ScrollHint = QTableView.ScrollHint.EnsureVisible) -> None:
        """Brings a cell into view, beside the names."""
        super().scrollTo(index, hint)
        hidden = self.columnWidth(0) - self.visualRect(index).left() if index.column() else 0
        if hidden > 0:
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - hidden)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            event.ignore()
        else:
            super().keyPressEvent(event)


class _Delegate(QStyledItemDelegate):
    """Two lines: a value, and the rows or the factor below it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        t = theme.tokens()
        model = index.model()
        assert isinstance(model, InputsModel)
        item = model.inputs[index.row()]
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, theme.colour(t.accent_soft))
        line = QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1)
        painter.fillRect(line, theme.colour(t.line, 0.6))
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(theme.colour(t.accent))
            painter.drawRoundedRect(option.rect.adjusted(1, 1, -2, -3), 5, 5)
        area = option.rect.adjusted(10, 4, -6, -4)
        upper, lower = _parts(item, index.column())
        quiet = upper in (AS_BASE, NOT_APPLIED)
        strong = index.column() == 0 or (index.column() > 1 and not quiet)
        face = theme.font(12 if quiet else 13, QFont.Weight.Medium if strong else QFont.Weight.Normal)
        painter.setFont(face)
        painter.setPen(theme.colour(t.error if upper == NOT_APPLIED else t.muted if quiet else t.text))
        if index.column():
            upper, lower = in_two_lines(QFontMetrics(face), upper, lower, area.width())
        line = area.adjusted(0, 0, 0, -area.height() // 2) if lower else area
        words = QFontMetrics(face).elidedText(upper, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
        if lower:
            small = theme.font(12)
            painter.setFont(small)
            painter.setPen(theme.colour(t.muted))
            words = QFontMetrics(small).elidedText(lower, Qt.TextElideMode.ElideRight, area.width())
            line = area.adjusted(0, area.height() // 2, 0, 0)
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
        painter.restore()


def in_two_lines(metrics: QFontMetrics, upper: str, lower: str, room: int) -> tuple[str, str]:
    """A value whose unit has no room beside it has it on the line below, before what stands there."""
    words = upper.split(" ")
    for count in range(len(words), 0, -1):
        first = " ".join(words[:count])
        if metrics.horizontalAdvance(first) <= room:
            return first, "  ".join(filter(None, (" ".join(words[count:]), lower)))
    return upper, lower


def _parts(item: DifferingInput, column: int) -> tuple[str, str]:
    if column == 0:
        return item.label, "" if item.table == "plan" else item.where
    cell = item.cells[column - 1]
    for mark in ("  × ", ", "):
        if mark in cell and column > 1:
            upper, lower = cell.split(mark, 1)
            return upper, (mark + lower).strip(" ,")
    return cell, ""
