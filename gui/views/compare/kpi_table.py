"""The table of key figures: one group of columns per scenario, as high as its rows."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.storage.atomic_replace import SaveError, put_file
from gigaplan.gui.present.compare_figures import (
    Compared,
    ComparedRow,
    kpi_rows,
    part,
    part_words,
    step,
    step_words,
    table_text,
)
from gigaplan.gui.style import theme
from gigaplan.gui.text.explain_request import Asked, Key
from gigaplan.gui.text.kpi_text import kpi_text
from gigaplan.gui.text.number_format import MINUS, cut, money, plain
from gigaplan.gui.widgets.cards import CopiedCard, note, title, tool_button
from gigaplan.gui.widgets.frozen import LinedTree, StandingNames
from gigaplan.gui.widgets.texts import Label, wrapped

# The key figures as a tree model: a figure, and beside the first column how much more or less it is.


Index = QModelIndex | QPersistentModelIndex
GIVEN = {
    "served": "Only coloured where both serve the same work.",
    "demand": "Only coloured where both are asked for the same work.",
    "": "",
}


class KpiModel(QAbstractItemModel):
    """Column 0 names the figure; then one column for the first entry, and three for each further one."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[ComparedRow] = []
        self.entries: list[Compared] = []
        self.currency = "USD"
        self._plan: Plan | None = None

    def show(self, plan: Plan, entries: list[Compared]) -> None:
        """Takes up figures; the rows and columns stay where they are the same ones."""
        if entries == self.entries and plan is self._plan:
            return
        self._plan = plan
        rows = kpi_rows(plan, entries)
        # Columns are as wide as their currency needs.
        was = self._shape(self.rows), [e.id for e in self.entries], self.currency
        same = (self._shape(rows), [e.id for e in entries], plan.settings.currency) == was
        if not same:
            self.beginResetModel()
        self.rows, self.entries, self.currency = rows, entries, plan.settings.currency
        if not same:
            self.endResetModel()
            return
        # Rows inside others are told of by their parents: the view paints all that is seen anew.
        if rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, self.columnCount() - 1))

    @staticmethod
    def _shape(rows: list[ComparedRow]) -> list[tuple[str, ...]]:
        return [(r.kpi, *(c.workload for c in r.children)) for r in rows]

    @staticmethod
    def place(column: int) -> tuple[int, int]:
        """The entry of a column, and 0 for its figure, 1 for the difference, 2 for it as a part."""
        return (0, 0) if column <= 1 else ((column - 2) // 3 + 1, (column - 2) % 3)

    def row_at(self, index: Index) -> ComparedRow:
        """The row of an index."""
        if index.internalId():
            return self.rows[index.internalId() - 1].children[index.row()]
        return self.rows[index.row()]

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        if not (0 <= row < self.rowCount(parent) and 0 <= column < self.columnCount()):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        if not index.isValid() or not index.internalId():
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, 0)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if not parent.isValid():
            return len(self.rows)
        if parent.internalId() or parent.column() > 0:
            return 0
        return len(self.rows[parent.row()].children)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 2 + 3 * max(0, len(self.entries) - 1) if self.entries else 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole or not self.entries:
            return None
        if section == 0:
            return "Key figure"
        entry, kind = self.place(section)
        name, first = self.entries[entry].name, self.entries[0].name
        return (name, f"{name} less {first}", f"{name} less {first}, in percent")[kind]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.row_at(index)
        if role == Qt.ItemDataRole.ToolTipRole:
            return wrapped(self._about(row, index.column()))
        if index.column() == 0:
            if role == Qt.ItemDataRole.DisplayRole:
                return row.label
            if role == Qt.ItemDataRole.ForegroundRole and row.workload:
                return theme.colour(theme.tokens().muted)
            return None
        entry, kind = self.place(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, entry, kind)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.FontRole:
            return theme.font(13 if kind == 0 else 12)
        if role == Qt.ItemDataRole.ForegroundRole:
            return theme.colour(self._colour(row, entry, kind), 1.0 if self.entries[entry].fresh else 0.55)
        return None

    def _text(self, row: ComparedRow, entry: int, kind: int) -> str:
        value, first = row.values[entry], row.values[0]
        if row.children and value is None:
            return ""
        if kind == 0:
            return kpi_text(value, row.kpi, self.currency)
        if kind == 1:
            return step_words(step(value, first), row.kpi, self.currency)
        return part_words(part(value, first))

    def _colour(self, row: ComparedRow, entry: int, kind: int) -> str:
        t = theme.tokens()
        if kind == 0:
            return t.text
        return {1: t.good, -1: t.warning, 0: t.muted}[row.senses[entry]]

    def _about(self, row: ComparedRow, column: int) -> str:
        kpi = KPIS[row.kpi]
        unit = kpi.unit_in(self.currency)
        lines = [f"{kpi.label}: {row.label}" if row.workload else kpi.plan_label, kpi.help, f"Unit: {unit}."]
        if column > 0:
            entry = self.place(column)[0]
            value = row.values[entry]
            if value is not None:
                lines.append(f"{self.entries[entry].name}: {plain(value, 6)} {unit}")
        if kpi.better:
            lines.append(f"Green is better, amber is worse. {GIVEN[kpi.given]}".strip())
        return "\n".join(lines)


ROW_PX = 26
HEAD_PX = 44
ITEM_EDGE = 1
"""Pixels at the sides of a cell."""
MOST_OPEN = 16
"""Up to how many workloads the figures of each are seen at once."""
CELL_EDGES = 2 * (ITEM_EDGE + 3)
"""Of a column's width, what its words cannot have; three at each side are the style's."""
NAME, FIGURE, STEP, PART = 185, 72, 77, 72
"""Least widths of the columns; the name of every key figure has room."""
WIDEST_MONEY = 88.8e9, 0.00888
"""A sum and a unit cost as wide as most."""


class KpiTable(CopiedCard):
    """A card with every KPI of the entries; copied with Ctrl+C, written as CSV from its button.

    A figure that is clicked asks where it comes from; its name, or Enter, asks it of all entries.
    """

    asked = Signal(object)
    """The figures (tuple of Asked) that a person wants explained."""
    menu_requested = Signal(object, str, QPoint)
    """Those that were right clicked, in words, and where on the screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Key figures", parent)
        self.model = KpiModel()
        self.view = _View(self.model)
        self.view.clicked.connect(self._explain)
        self.view.names.clicked.connect(self._explain)
        self.view.entered_row.connect(self._explain)
        for view in (self.view, self.view.names):
            view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            view.customContextMenuRequested.connect(partial(self._show_menu, view))
        self._note = note("error", visible=False)
        self._note.setContentsMargins(12, 0, 12, 4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 8, 2, 8)
        layout.setSpacing(4)
        layout.addLayout(self._head())
        layout.addWidget(self._note)
        layout.addWidget(self.view)

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 8, 0)
        self.about = Label(role="muted")
        self._copy = tool_button("copy", "Copy the table with its headers", self.copy, keys="Ctrl+C")
        self._export = tool_button("download", "Write the table to a CSV file…", self.export)
        row.addWidget(title("Key figures"))
        row.addSpacing(8)
        row.addWidget(self.about, 1)
        row.addWidget(self._copy)
        row.addWidget(self._export)
        return row

    def show_entries(self, plan: Plan, entries: list[Compared]) -> None:
        """Shows the figures of these entries; differences are to the first."""
        self.model.show(plan, entries)
        self.view.viewport().update()
        failed = [e for e in entries if e.result is not None and not e.solved]
        why: dict[str, list[str]] = {}
        for entry in failed:
            why.setdefault(entry.outcome.sentence, []).append(cut(entry.name))
        self._note.setText("\n".join(f"{', '.join(names)}: {words}" for words, names in why.items()))
        self._note.setVisible(bool(failed))
        first = cut(entries[0].name) if entries else ""
        self.about.setText(f"differences to {first}" if len(entries) > 1 else "")

    def _explain(self, index: QModelIndex) -> None:
        if asked := self._asked(index):
            self.asked.emit(asked)

    def _show_menu(self, view: QAbstractItemView, place: QPoint) -> None:
        index, at = view.indexAt(place), view.viewport().mapToGlobal(place)
        if index.isValid() and (asked := self._asked(index)):
            name, value = str(index.siblingAtColumn(0).data()), str(index.data())
            self.menu_requested.emit(asked, f"{name}: {value}" if index.column() else name, at)

    def _asked(self, index: QModelIndex) -> tuple[Asked, ...]:
        row, (place, kind) = self.model.row_at(index), self.model.place(index.column())
        columns = [place] if index.column() else range(len(self.model.entries))
        asked = [
            Asked(e.id, e.name, Key(row.kpi, _workload(row, k)), is_step=kind > 0 and not row.children)
            for k in columns
            if row.values[k] is not None and (e := self.model.entries[k])
        ]
        return tuple(asked)

    def text(self, separator: str = "\t") -> str:
        return table_text(self.model.rows, self.model.entries, self.model.currency, separator)

    def export(self) -> None:
        """Asks for a file, and writes the table to it as CSV."""
        path, _ = QFileDialog.getSaveFileName(self, "Write the key figures", "scenarios.csv", "CSV (*.csv)")
        if path:
            self.write(Path(path))

    def write(self, path: Path) -> None:
        """Writes the table as CSV; says why not where that fails."""
        try:
            put_file(path, self.text(",").encode("utf-8-sig"))
        except SaveError as error:
            self._note.setText(str(error))
            self._note.show()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_export"):
            self.view.names.dress()
            self.view.viewport().update()
        super().changeEvent(event)


def _workload(row: ComparedRow, entry: int) -> str:
    """The workload whose figure a row has under an entry; of the lowest, the one that it is of."""
    if row.workload or not row.children:
        return row.workload
    return next(c.workload for c in row.children if c.values[entry] == row.values[entry])


def _widths(currency: str) -> tuple[int, int]:
    """The least widths of the columns of figures and of differences: a currency's name is wider than its sign."""
    texts = [money(value, currency, 3) for value in WIDEST_MONEY]
    figures, steps = (QFontMetrics(theme.font(px)).horizontalAdvance for px in (13, 12))
    figure = max(figures(text) for text in texts) + CELL_EDGES + 1
    step = max(steps(MINUS + text) for text in texts) + CELL_EDGES + 1
    return max(FIGURE, figure), max(STEP, step)


class _View(LinedTree):
    """Never scrolls up or down: the page does. It gives up the column of parts where there is no room."""

    entered_row = Signal(QModelIndex)
    """The name of the row at which Enter was pressed."""

    def __init__(self, model: KpiModel) -> None:
        super().__init__(uniformRowHeights=True, rootIsDecorated=True, itemsExpandable=True, expandsOnDoubleClick=True)
        self._model = model
        self._touched: dict[str, bool] = {}
        """The groups that a person opened or closed."""
        self.setModel(model)
        self.heading = _Header(model, self)
        self.setHeader(self.heading)
        self.setAccessibleName("Key figures by scenario")
        self.setIndentation(14)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        sheet = f"QTreeView::item {{ padding: 0 {ITEM_EDGE}px; border-radius: 0; height: {ROW_PX}px; }}"
        self.setStyleSheet(sheet)
        self.expanded.connect(self._opened)
        self.collapsed.connect(self._shut)
        self.names = StandingNames(self, self.heading, sheet)
        self.names.setHeader(_Header(model, self.names))
        model.modelReset.connect(self._open_rows)  # when both have forgotten what was open

    def _is_open(self, row: ComparedRow) -> bool:
        """Whether the figures inside a row are seen: a few at first, but not those of the coverage."""
        return self._touched.get(row.kpi, row.kpi != "coverage" and len(row.children) <= MOST_OPEN)

    def _open_rows(self) -> None:
        """Opens what was open, after the model was made anew."""
        self.blockSignals(True)
        for k, row in enumerate(self._model.rows):
            if row.children:
                for tree in (self, self.names):
                    tree.setExpanded(self._model.index(k, 0), self._is_open(row))
        self.blockSignals(False)
        self._fit()
        self._resized()

    def _opened(self, index: QModelIndex) -> None:
        self._touched[self._model.row_at(index).kpi] = True
        self._resized()

    def _shut(self, index: QModelIndex) -> None:
        self._touched[self._model.row_at(index).kpi] = False
        self._resized()

    def _resized(self) -> None:
        rows = sum(1 + (len(r.children) if self._is_open(r) else 0) for r in self._model.rows)
        bar = self.horizontalScrollBar()
        # The rows open with the model, and the view is asked for its height before it has laid them out.
        height = HEAD_PX + rows * (ROW_PX) + (12 if bar.maximum() > 0 else 0) + 2
        if self.height() != height or self.minimumHeight() != height:
            self.setFixedHeight(height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def _fit(self) -> None:
        entries = len(self._model.entries)
        if not entries:
            return
        room = self.viewport().width()
        more = entries - 1
        figure, step = _widths(self._model.currency)
        parts = NAME + figure + more * (figure + step + PART) <= room
        needed = NAME + figure + more * (figure + step + (PART if parts else 0))
        spare = max(0, room - needed)
        name = NAME + min(spare // 2, 130)
        wide = max(0, min((spare - (name - NAME)) // (entries + more), 40))
        self.setColumnWidth(0, name)
        for column in range(1, self._model.columnCount()):
            _, kind = self._model.place(column)
            self.setColumnHidden(column, kind == 2 and not parts)
            self.setColumnWidth(column, (figure + wide, step + wide, PART)[kind])
        self._resized()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            event.ignore()  # the card copies, with headers
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.entered_row.emit(self.currentIndex().siblingAtColumn(0))
        else:
            super().keyPressEvent(event)

    def drawRow(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().drawRow(painter, option, index)
        self.draw_line(painter, option)
        current = self.currentIndex()
        if self.hasFocus() and (current.row(), current.parent()) == (index.row(), index.parent()):
            painter.setPen(theme.colour(theme.tokens().accent))
            painter.drawRoundedRect(option.rect.adjusted(1, 1, -2, -3), 5, 5)


class _Header(QHeaderView):
    """The name of each scenario over its columns, and below it what a column is, or why there are no figures."""

    def __init__(self, model: KpiModel, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._model = model
        self.setSectionsClickable(False)
        self.setStretchLastSection(False)
        self.setMinimumSectionSize(20)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), HEAD_PX)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            section = self.logicalIndexAt(event.pos())  # type: ignore[attr-defined]
            if section > 0:
                entry = self._model.entries[self._model.place(section)[0]]
                self.setToolTip(wrapped(f"{entry.name}\n{entry.outcome.sentence}"))
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), theme.colour(t.panel))
        area = self.viewport().rect()
        painter.setPen(QPen(theme.colour(t.line), 1))
        painter.drawLine(area.left() + 6, area.bottom(), area.right() - 6, area.bottom())
        for k, entry in enumerate(self._model.entries):
            columns = [c for c in self._columns(k) if not self.isSectionHidden(c)]
            if not columns:
                continue
            left = self.sectionViewportPosition(columns[0])
            right = self.sectionViewportPosition(columns[-1]) + self.sectionSize(columns[-1])
            self._paint_group(painter, k, entry, QRect(left, 0, right - left, HEAD_PX), columns)

    def _columns(self, entry: int) -> range:
        return range(1, 2) if entry == 0 else range(2 + 3 * (entry - 1), 5 + 3 * (entry - 1))

    def _paint_group(self, painter: QPainter, k: int, entry: Compared, box: QRect, columns: list[int]) -> None:
        t = theme.tokens()
        if k:
            painter.setPen(QPen(theme.colour(t.line), 1))
            painter.drawLine(box.left() + 4, 10, box.left() + 4, HEAD_PX - 6)
        right, middle = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignVCenter
        name = QRect(box.left() + 9, 4, box.width() - 9 - CELL_EDGES // 2, 20)
        painter.setFont(theme.font(13, QFont.Weight.DemiBold))
        painter.setPen(theme.colour(t.text))
        words = painter.fontMetrics().elidedText(entry.name, Qt.TextElideMode.ElideRight, name.width())
        painter.drawText(name, right | middle, words)
        painter.setFont(theme.font(12))
        if not entry.solved or not entry.fresh:
            failed = entry.result is not None and not entry.solved
            painter.setPen(theme.colour(t.error if failed else t.muted))
            state = entry.outcome.text if failed and entry.fresh else "being solved …"
            painter.drawText(QRect(name.left(), 23, name.width(), 18), right | middle, state)
            return
        painter.setPen(theme.colour(t.muted))
        captions = ("figure", "difference", "in %") if k else ("figure",)
        for column, caption in zip(columns, captions, strict=False):
            left = self.sectionViewportPosition(column)
            box = QRect(left, 23, self.sectionSize(column) - CELL_EDGES // 2, 18)
            painter.drawText(box, right | middle, caption)
