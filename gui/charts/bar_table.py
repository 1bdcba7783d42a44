"""A table that compares figures, with a bar in every cell."""

from __future__ import annotations

import html

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from gui import theme
from gui.charts.compared import Comparison, comparison_text
from gui.numbers import DASH, percent, plain, with_unit
from gui.plots.picture import mixed

Index = QModelIndex | QPersistentModelIndex
_COLOUR = Qt.ItemDataRole.UserRole
_PART = Qt.ItemDataRole.UserRole + 1


class ComparisonModel(QAbstractTableModel):
    """The rows of a comparison: the name first, then one column per measure."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.comparison: Comparison | None = None
        self._largest: list[float] = []

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Takes other figures, or none; where the same things are compared, order and selection stay."""
        old, self.comparison = self.comparison, comparison
        if comparison is not None:
            columns = range(len(comparison.columns))
            self._largest = [max((r.values[c] or 0.0 for r in comparison.rows), default=0.0) for c in columns]
        if old is not None and comparison is not None and [r.key for r in old.rows] == [r.key for r in comparison.rows]:
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))
        else:
            self.beginResetModel()
            self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if self.comparison is None else len(self.comparison.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if self.comparison is None else 1 + len(self.comparison.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self.comparison is None or not index.isValid():
            return None
        row, column = self.comparison.rows[index.row()], index.column() - 1
        if role == _COLOUR:
            return row.colour
        if column < 0:
            return (
                row.label
                if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole, Qt.ItemDataRole.ToolTipRole)
                else None
            )
        value, measure = row.values[column], self.comparison.columns[column]
        if role == Qt.ItemDataRole.EditRole:
            return float("inf") if value is None else value
        if role == _PART:
            return 0.0 if value is None or not self._largest[column] else max(0.0, value / self._largest[column])
        if value is None:
            return DASH if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return percent(value) if measure.unit == "fraction" else with_unit(value, "USD", self.comparison.currency)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            unit = measure.unit.replace("USD", self.comparison.currency)
            shown = percent(value, 6) if unit == "fraction" else f"{plain(value, 7)} {unit}"
            return f"{row.label}: {shown}"
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self.comparison is None or orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if section == 0:
            return self.comparison.what if role == Qt.ItemDataRole.DisplayRole else None
        measure = self.comparison.columns[section - 1]
        if role == Qt.ItemDataRole.ToolTipRole:
            text = f"{measure.meaning} ({measure.unit.replace('USD', self.comparison.currency)})"
            return f"<p>{html.escape(text)}</p>"  # only rich text breaks its lines
        return measure.heading if role == Qt.ItemDataRole.DisplayRole else None


class BarDelegate(QStyledItemDelegate):
    """Paints a coloured mark before a name, and a bar with its figure for a measure."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        t = theme.tokens()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, theme.colour(t.accent_soft))
        rect = option.rect.adjusted(6, 0, -8, 0)
        colour = mixed(t.panel, str(index.data(_COLOUR)), 0.9)
        centre = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(colour))
        if index.column() == 0:
            painter.drawRoundedRect(QRectF(rect.x(), rect.center().y() - 7, 3, 15), 1.5, 1.5)
            rect.adjust(10, 0, 0, 0)
        else:
            figure = 60
            room = max(0, rect.width() - figure)
            width = room * float(index.data(_PART))
            if width > 0:
                painter.drawRoundedRect(QRectF(rect.x() + figure, rect.center().y() - 4, max(2.0, width), 9), 2, 2)
            rect.setWidth(figure - 8)
            centre |= Qt.AlignmentFlag.AlignRight
        painter.setFont(theme.font(13 if index.column() else 12))
        painter.setPen(theme.colour(t.text))
        text = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, centre, text)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(80, 24)


class BarTable(QTableView):
    """A comparison, sortable by every measure. Ctrl+C copies all of it with headers, for a spreadsheet."""

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
        self.verticalHeader().setDefaultSectionSize(25)
        self.setTabKeyNavigation(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setMinimumSectionSize(40)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.figures.modelReset.connect(self._share_room)

    def _share_room(self) -> None:
        """Gives names a fifth to a half of the room, and the rest to the measures alike."""
        columns = self.figures.columnCount()
        if columns > 1:
            room = self.viewport().width()
            name = max(min(120, room // 2), room // (2 if columns == 2 else 5))
            self.setColumnWidth(0, name)
            for column in range(1, columns):
                self.setColumnWidth(column, (room - name) // (columns - 1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy) and self.figures.comparison is not None:
            QGuiApplication.clipboard().setText(comparison_text(self.figures.comparison, "\t"))
        else:
            super().keyPressEvent(event)
