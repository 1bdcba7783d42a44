"""Headers that stay in sight while the page scrolls over their table."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QScrollArea

from gui.compare.standing import StandingNames

EDGE_PX = 4
"""What is left free around a row that is brought into sight."""


class FrozenHeaders(QObject):
    """Moves the header of each table down to the top of the page, as long as rows of the table are below it.

    The tables are as high as their rows and the page alone scrolls: it follows the current row, too.
    """

    def __init__(self, scroll: QScrollArea, tables: dict[QAbstractItemView, QHeaderView]) -> None:
        super().__init__(scroll)
        self._scroll, self._tables = scroll, tables
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
        top = table.viewport().mapTo(self._scroll.widget(), row.topLeft()).y()
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
