"""The names of a table, standing still at its left while the rest of it scrolls sideways."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView

from gui import theme

Index = QModelIndex | QPersistentModelIndex


class StandingNames(QTreeView):
    """The first column over a table of the comparison, which is as high as its rows: seen once that has scrolled.

    It has the model, the selection and the delegate of the table; groups open and close in both at once.
    """

    def __init__(self, table: QAbstractItemView, heading: QHeaderView, sheet: str = "") -> None:
        super().__init__(table)
        self._table, self._under, self._sheet = table, heading, sheet
        self.setModel(table.model())
        self.setSelectionModel(table.selectionModel())
        self.setItemDelegate(table.itemDelegate())
        self.setUniformRowHeights(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(f"Names: {table.accessibleName()}")
        if isinstance(table, QTreeView):
            self.setIndentation(table.indentation())
            for mine, other in ((self, table), (table, self)):
                mine.expanded.connect(other.expand)
                mine.collapsed.connect(other.collapse)
        else:
            self.setRootIsDecorated(False)
        table.horizontalScrollBar().valueChanged.connect(self.fit)
        heading.sectionResized.connect(self.fit)
        # A table lays itself out after it was resized.
        table.viewport().installEventFilter(self)
        self.dress()
        self.fit()

    @property
    def heading(self) -> QHeaderView:
        """Its header, which follows the page as that of the table does."""
        return self.header()

    def dress(self) -> None:
        """Takes the colours of the appearance: it must hide what scrolls beneath it."""
        t = theme.tokens()
        ground = f"QTreeView {{ background: {t.panel}; border: none; border-right: 1px solid {t.muted}; }}"
        self.setStyleSheet(ground + self._sheet)

    def fit(self) -> None:
        """Lies over the first column of the table, while that has scrolled away."""
        table = self._table
        for column in range(1, self.model().columnCount()):
            if not self.isColumnHidden(column):
                self.setColumnHidden(column, True)
        width = self._under.sectionSize(0) if self.model().columnCount() else 0
        self.header().setFixedHeight(self._under.height())
        self.setGeometry(0, 0, width + 1, self._under.height() + table.viewport().height())
        if self.columnWidth(0) != width:
            self.setColumnWidth(0, width)
        self.setVisible(table.horizontalScrollBar().value() > 0)

    def drawRow(self, painter: QPainter, option: object, index: object) -> None:
        super().drawRow(painter, option, index)  # type: ignore[arg-type]
        if isinstance(self._table, QTreeView):
            self._table.draw_line(painter, option)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.fit()
        return super().eventFilter(watched, event)

    def scrollTo(self, index: Index, hint: QAbstractItemView.ScrollHint = QTreeView.ScrollHint.EnsureVisible) -> None:
        """The page scrolls, and this with it."""
