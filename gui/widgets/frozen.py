"""Headers that stay in sight while the page scrolls over their table."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QScrollArea, QStyleOptionViewItem, QTreeView, QWidget

from gigaplan.gui.style import theme

# The names of a table, standing still at its left while the rest of it scrolls sideways.


Index = QModelIndex | QPersistentModelIndex


class LinedTree(QTreeView):
    """A tree with a line below each row."""

    def draw_line(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        """Draws the line below a row."""
        rect = option.rect
        # A line that is half transparent costs milliseconds, a rectangle of one pixel none.
        line = QRect(rect.left() + 6, rect.bottom(), rect.width() - 12, 1)
        painter.fillRect(line, theme.colour(theme.tokens().line, 0.6))


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

    def drawRow(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().drawRow(painter, option, index)
        if isinstance(self._table, LinedTree):
            self._table.draw_line(painter, option)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.fit()
        return super().eventFilter(watched, event)

    def scrollTo(self, index: Index, hint: QAbstractItemView.ScrollHint = QTreeView.ScrollHint.EnsureVisible) -> None:
        """The page scrolls, and this with it."""


EDGE_PX = 4
"""What is left free around a row that is brought into sight."""


class FrozenHeaders(QObject):
    """Moves the header of each table down to the top of the page, as long as rows of the table are below it.

    The tables are as high as their rows and the page alone scrolls: it follows the current row, too.
    """

    def __init__(self, scroll: QScrollArea, page: QWidget, tables: dict[QAbstractItemView, QHeaderView]) -> None:
        super().__init__(scroll)
        self._scroll, self._page, self._tables = scroll, page, tables
        scroll.verticalScrollBar().valueChanged.connect(self._place_all)
        for table, header in tables.items():
            # A table puts its header back whenever it lays itself out.
            header.installEventFilter(self)
            header.raise_()
            if isinstance(table, StandingNames):
                table.raise_()
            table.selectionModel().currentChanged.connect(self._follow)

    def _place_all(self, _: int = 0) -> None:
        for table, header in self._tables.items():
            self._place(table, header)

    def _place(self, table: QAbstractItemView, header: QHeaderView) -> None:
        above = -table.mapTo(self._scroll.viewport(), QPoint(0, 0)).y()
        wanted = max(0, min(above, table.height() - header.height() - EDGE_PX))
        if header.y() != wanted:
            header.move(header.x(), wanted)

    def _follow(self, current: QModelIndex, _before: QModelIndex) -> None:
        table = next((t for t in self._tables if t.selectionModel() is self.sender()), None)
        if table is None or not current.isValid() or not table.hasFocus():
            return
        row = table.visualRect(current)
        top = table.viewport().mapTo(self._page, row.topLeft()).y()
        header = self._tables[table].height()
        bar, page = self._scroll.verticalScrollBar(), self._scroll.viewport().height()
        if top - header - EDGE_PX < bar.value():
            bar.setValue(top - header - EDGE_PX)
        elif top + row.height() + EDGE_PX > bar.value() + page:
            bar.setValue(top + row.height() + EDGE_PX - page)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Move:
            for table, header in self._tables.items():
                if watched is header:
                    self._place(table, header)
        return super().eventFilter(watched, event)
