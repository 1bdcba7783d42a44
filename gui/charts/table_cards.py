"""Cards that compare figures in a table with bars: unit costs per workload, offers by what a chip's hour buys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import (
    QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, QRectF, QSize, QSortFilterProxyModel, Qt,
)  # fmt: skip
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QFileDialog, QFrame, QHBoxLayout, QHeaderView, QLabel, QMenu, QStyle, QStyledItemDelegate, QStyleOptionViewItem,
    QTableView, QToolButton, QVBoxLayout, QWidget,
)  # fmt: skip

from engine.results import Result
from gui import theme
from gui.charts.card import FAILURES
from gui.charts.compared import (
    COMPUTE_COLUMN, COVERAGE_COLUMN, TOKEN_COLUMN, Comparison, comparison_csv, offers_compared, per_workload,
)  # fmt: skip
from gui.charts.picture import mixed
from gui.charts.readout import Veil
from gui.document import Document
from gui.numbers import DASH, percent, plain, with_unit

Index = QModelIndex | QPersistentModelIndex
_COLOUR = Qt.ItemDataRole.UserRole
_PART = Qt.ItemDataRole.UserRole + 1


class ComparisonModel(QAbstractTableModel):
    """The rows of a comparison: the name first, then one column per measure."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.comparison: Comparison | None = None
        self._largest: list[float] = []

    def show_comparison(self, comparison: Comparison) -> None:
        """Takes other figures; where the same things are compared, order and selection stay."""
        old, self.comparison = self.comparison, comparison
        columns = range(len(comparison.columns))
        self._largest = [max((r.values[c] or 0.0 for r in comparison.rows), default=0.0) for c in columns]
        if old is not None and [r.key for r in old.rows] == [r.key for r in comparison.rows]:
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
            return row.label if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole,
                                         Qt.ItemDataRole.ToolTipRole) else None
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
            return f"{measure.meaning} ({measure.unit.replace('USD', self.comparison.currency)})"
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
            figure = 66
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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy) and self.figures.comparison is not None:
            text = comparison_csv(self.figures.comparison)
            QGuiApplication.clipboard().setText(text.replace(",", "\t") if '"' not in text else text)
        else:
            super().keyPressEvent(event)


class TableCard(QFrame):
    """A card with a comparison of the newest optimal result."""

    def __init__(
        self, document: Document, title: str, caption: str, make: Callable[[Result, int], Comparison],
        empty: str, parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.setProperty("card", True)
        self._document, self._make, self._empty = document, make, empty
        self._result: Result | None = None
        self._failure, self._late = "", False
        self._name = title
        name, self._caption = QLabel(title), QLabel(caption)
        name.setProperty("role", "title")
        self._caption.setProperty("role", "muted")
        self.button = QToolButton(self)
        self.button.setIcon(theme.icon("ellipsis"))
        self.button.setAccessibleName(f"{title}: exports")
        self.menu = QMenu(self)
        self.menu.addAction("Copy figures").triggered.connect(self.copy)
        self.menu.addAction("Save figures\u2026").triggered.connect(self._ask_and_save)
        self.button.clicked.connect(lambda: self.menu.popup(self.button.mapToGlobal(self.button.rect().bottomLeft())))
        head = QHBoxLayout()
        head.setContentsMargins(6, 0, 0, 0)
        head.setSpacing(8)
        head.addWidget(name)
        head.addWidget(self._caption, 1)
        head.addWidget(self.button)
        self.table = BarTable(self)
        self.table.setAccessibleName(f"{title}, {caption}")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self.table, 1)
        self.veil = Veil(self.table)

    def refresh(self, result: Result | None) -> None:
        """Shows a result; one without an optimum leaves the last figures, dimmed, and says why."""
        if result is not None and result.status == "optimal":
            self._result, self._failure = result, ""
            self._redraw()
        elif result is not None:
            self._failure = FAILURES.get(result.status, "There is no optimum")
        self._say()

    def start(self) -> None:
        """Forgets everything of the plan before."""
        self._result, self._failure = None, ""
        self._say()

    def set_late(self, late: bool) -> None:
        """Dims the figures while the newest plan is still being solved."""
        self._late = late
        self._say()

    def copy(self) -> None:
        """Puts the figures on the clipboard."""
        if self.table.figures.comparison is not None:
            QGuiApplication.clipboard().setText(comparison_csv(self.table.figures.comparison))

    def save(self, path: Path) -> None:
        """Writes the figures as CSV in UTF-8. Raises OSError."""
        if self.table.figures.comparison is not None:
            path.write_bytes(comparison_csv(self.table.figures.comparison).encode("utf-8-sig"))

    def _ask_and_save(self) -> None:
        name = f"{self._document.name}-{self._name.lower().replace(' ', '-')}.csv"
        chosen, _ = QFileDialog.getSaveFileName(self, "Save the figures", name, "CSV (*.csv)")
        if not chosen:
            return
        try:
            self.save(Path(chosen).with_suffix(".csv"))
        except OSError as error:
            self.veil.set_state(False, f"It could not be saved: {error.strerror or error}. Try another folder.")

    def _redraw(self) -> None:
        if self._result is None:
            return
        comparison = self._make(self._result, self._document.period)
        first = self.table.figures.comparison is None
        self.table.figures.show_comparison(comparison)
        if first:
            header = self.table.horizontalHeader()
            for column in range(len(comparison.columns) + 1):
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def _say(self) -> None:
        comparison = self.table.figures.comparison
        words = self._failure
        if not words and comparison is not None and not comparison.rows:
            words = self._empty
        dims = comparison is not None and bool(comparison.rows) and (self._late or bool(self._failure))
        self.veil.set_state(dims, words)

    def resizeEvent(self, event: QEvent) -> None:
        self.veil.setGeometry(self.table.rect())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "veil"):
            self.button.setIcon(theme.icon("ellipsis"))
            self.table.viewport().update()


def serving_card(document: Document, parent: QWidget) -> TableCard:
    """What a million tokens costs, per workload."""
    return TableCard(
        document, "Serving", "per million tokens",
        lambda result, _: per_workload(result, "usd_per_million_tokens", TOKEN_COLUMN),
        "No workload is counted in tokens.", parent,
    )  # fmt: skip


def compute_card(document: Document, parent: QWidget) -> TableCard:
    """What a PFLOP-day costs, per workload."""
    return TableCard(
        document, "Compute", "per PFLOP-day",
        lambda result, _: per_workload(result, "usd_per_pflop_day", COMPUTE_COLUMN),
        "No workload is counted in PFLOP/s.", parent,
    )  # fmt: skip


def coverage_card(document: Document, parent: QWidget) -> TableCard:
    """What part of each workload's demand is served."""
    return TableCard(
        document, "Coverage", "of demand",
        lambda result, _: per_workload(result, "coverage", COVERAGE_COLUMN), "No workloads in this plan yet.", parent,
    )  # fmt: skip


class OffersCard(TableCard):
    """Offers compared in the period that the plan map shows."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(document, "Offers compared", "", offers_compared, "No offers in this plan yet.", parent)
        document.period_changed.connect(self._redraw)

    def _redraw(self, _: int = 0) -> None:
        super()._redraw()
        if self._result is not None:
            period = min(self._document.period, self._result.time.periods - 1)
            self._caption.setText(f"a chip delivered in {self._result.time.labels[period]}, at full load")
