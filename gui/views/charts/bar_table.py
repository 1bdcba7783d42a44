"""A table that compares figures, with a bar in every cell."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from gigaplan.gui.charting.table_figure import (
    ROW,
    Layout,
    heading_lines,
    largest,
    layout,
    paint_measure,
    paint_name,
    words,
)
from gigaplan.gui.files.done_notice import tell_done
from gigaplan.gui.present.bar_comparison import Comparison, MeasuredRow, comparison_text
from gigaplan.gui.style import theme
from gigaplan.gui.text.number_format import percent, plain
from gigaplan.gui.widgets.texts import composed, escape, literal, wrapped

Index = QModelIndex | QPersistentModelIndex


class ComparisonModel(QAbstractTableModel):
    """The rows of a comparison: the name first, then one column per measure."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.comparison: Comparison | None = None
        self._largest: list[float] = []
        self.room = 0
        """The pixels that the columns have."""
        self.space = Layout([], [], [], False)

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Takes other figures, or none; where the same things are compared, order and selection stay."""
        old, self.comparison = self.comparison, comparison
        if comparison is not None:
            self._largest = largest(comparison)
            self.lay_out()
        if old is not None and comparison is not None and comparison.rows and _same(old, comparison):
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))
        else:
            self.beginResetModel()
            self.endResetModel()

    def lay_out(self) -> None:
        """Shares out the room."""
        if self.comparison is not None:
            self.space = layout(self.comparison, self.room)

    def part(self, row: MeasuredRow, column: int) -> float:
        """How long the bar of a cell is, of the longest in its measure: 0..1."""
        value, most = row.cells[column].value, self._largest[column]
        return max(0.0, value / most) if value is not None and most > 0 else 0.0

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if self.comparison is None else len(self.comparison.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 1 + len(self.comparison.columns) if self.comparison is not None and self.comparison.rows else 0

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self.comparison is None or not index.isValid():
            return None
        row, column = self.comparison.rows[index.row()], index.column() - 1
        if column < 0:
            named = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole, Qt.ItemDataRole.ToolTipRole)
            return (literal(row.label) if role == named[2] else row.label) if role in named else None
        cell, measure = row.cells[column], self.comparison.columns[column]
        if role == Qt.ItemDataRole.EditRole:
            return float("inf") if cell.value is None else cell.value
        if role == Qt.ItemDataRole.DisplayRole:
            return words(self.comparison, row, column)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            unit = measure.unit.replace("USD", self.comparison.currency)
            said = f"{row.label}: {cell.note or 'none'}"
            if cell.value is not None:
                said = percent(cell.value, 6) if unit == "fraction" else f"{plain(cell.value, 7)} {unit}"
                said = f"{row.label}: {said}{', throughput ' + cell.note if cell.note else ''}"
            if role == Qt.ItemDataRole.AccessibleTextRole:
                return f"{said}. {cell.tip}" if cell.tip else said
            return wrapped(f"{said}\n{cell.tip}") if cell.tip else literal(said)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self.comparison is None or orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            aligned = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            return aligned.value | Qt.TextFlag.TextWordWrap.value
        if section == 0:
            return self.comparison.what if role == Qt.ItemDataRole.DisplayRole else None
        measure = self.comparison.columns[section - 1]
        if role == Qt.ItemDataRole.ToolTipRole:
            text = f"{measure.meaning} ({measure.unit.replace('USD', self.comparison.currency)})"
            return composed(f"<p>{escape(text)}</p>")  # only rich text breaks its lines
        return measure.heading if role == Qt.ItemDataRole.DisplayRole else None


def _same(one: Comparison, other: Comparison) -> bool:
    """Whether the same things stand in the same measures."""
    return one.columns == other.columns and [(r.key, r.label) for r in one.rows] == [
        (r.key, r.label) for r in other.rows
    ]


class BarDelegate(QStyledItemDelegate):
    """Paints a coloured mark before a name, and a bar with its figure for a measure."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, QSortFilterProxyModel)
        figures = model.sourceModel()
        assert isinstance(figures, ComparisonModel)
        assert figures.comparison is not None
        row, column = figures.comparison.rows[model.mapToSource(index).row()], index.column() - 1
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, theme.colour(theme.tokens().accent_soft))
        if column < 0:
            paint_name(painter, option.rect, row)
        else:
            text = words(figures.comparison, row, column)
            paint_measure(painter, option.rect, row, column, text, figures.part(row, column), figures.space)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(80, ROW - 1)


class BarTable(QTableView):
    """A comparison, sortable by every measure. Ctrl+C copies all of it with headers, for a spreadsheet."""

    chosen = Signal(str)
    """The key of a row that was clicked, or that Return was pressed on."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.figures = ComparisonModel(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.figures)
        self._sorted.setSortRole(Qt.ItemDataRole.EditRole)
        self.setModel(self._sorted)
        self._delegate = BarDelegate(self)
        self.setItemDelegate(self._delegate)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setSortingEnabled(True)
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.horizontalHeader().setSortIndicatorClearable(True)
        self.horizontalHeader().setHighlightSections(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.setTabKeyNavigation(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setMinimumSectionSize(40)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.clicked.connect(self._choose)
        self.figures.modelReset.connect(self._share_room)

    def _share_room(self) -> None:
        """Gives names what they need, within limits, and the rest to the measures."""
        comparison = self.figures.comparison
        if comparison is None or not comparison.columns:
            return
        self.figures.room = self.viewport().width()
        self.figures.lay_out()
        widths = self.figures.space.widths
        for column, width in enumerate(widths):
            self.setColumnWidth(column, width)
        self.horizontalHeader().setFixedHeight(42 if heading_lines(comparison, widths) > 1 else 28)

    def in_order(self, comparison: Comparison) -> Comparison:
        """A comparison with its rows as they are sorted."""
        places = [self._sorted.mapToSource(self._sorted.index(k, 0)).row() for k in range(self._sorted.rowCount())]
        return replace(comparison, rows=tuple(comparison.rows[k] for k in places))

    def _choose(self, index: QModelIndex) -> None:
        comparison, row = self.figures.comparison, self._sorted.mapToSource(index).row()
        if comparison is not None and 0 <= row < len(comparison.rows):
            self.chosen.emit(comparison.rows[row].key)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy) and self.figures.comparison is not None:
            QGuiApplication.clipboard().setText(comparison_text(self.figures.comparison, "\t"))
            tell_done(self, "The figures were copied with their headers.")
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._choose(self.currentIndex())
        else:
            super().keyPressEvent(event)
