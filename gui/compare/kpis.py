"""The table of key figures: one group of columns per scenario, as high as its rows."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from engine.plan import Plan
from engine.storage.replace import SaveError, put_file
from gui import theme
from gui.asked import Asked, Key
from gui.compare.figures import Entry, Row, table_text
from gui.compare.kpi_model import KpiModel
from gui.compare.standing import StandingNames
from gui.frames import note, title
from gui.numbers import MINUS, money
from gui.save_button import tool_button
from gui.texts import Label, wrapped

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


class KpiTable(QFrame):
    """A card with every KPI of the entries; copied with Ctrl+C, written as CSV from its button.

    A figure that is clicked asks where it comes from; its name, or Enter, asks it of all entries.
    """

    asked = Signal(object)
    """The figures (tuple of Asked) that a person wants explained."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.setAccessibleName("Key figures")
        self.model = KpiModel()
        self.view = _View(self.model)
        self.view.clicked.connect(self._explain)
        self.view.names.clicked.connect(self._explain)
        self.view.entered_row.connect(self._explain)
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
        self.about = Label()
        self.about.setProperty("role", "muted")
        self._copy = tool_button("copy", "Copy the table with its headers (Ctrl+C)", self.copy)
        self._export = tool_button("download", "Write the table to a CSV file…", self.export)
        row.addWidget(title("Key figures"))
        row.addSpacing(8)
        row.addWidget(self.about, 1)
        row.addWidget(self._copy)
        row.addWidget(self._export)
        return row

    def show_entries(self, plan: Plan, entries: list[Entry]) -> None:
        """Shows the figures of these entries; differences are to the first."""
        self.model.show(plan, entries)
        self.view.viewport().update()
        failed = [e for e in entries if e.result is not None and not e.solved]
        why: dict[str, list[str]] = {}
        for entry in failed:
            why.setdefault(entry.outcome.sentence, []).append(_cut(entry.name))
        self._note.setText("\n".join(f"{', '.join(names)}: {words}" for words, names in why.items()))
        self._note.setVisible(bool(failed))
        first = _cut(entries[0].name) if entries else ""
        self.about.setText(f"differences to {first}" if len(entries) > 1 else "")

    def _explain(self, index: QModelIndex) -> None:
        row, (place, kind) = self.model.row_at(index), self.model.place(index.column())
        columns = [place] if index.column() else range(len(self.model.entries))
        asked = [
            Asked(e.id, e.name, Key(row.kpi, _workload(row, k)), is_step=kind > 0 and not row.children)
            for k in columns
            if row.values[k] is not None and (e := self.model.entries[k])
        ]
        if asked:
            self.asked.emit(tuple(asked))

    def text(self, separator: str = "\t") -> str:
        """The whole table with headers and units, in full precision."""
        return table_text(self.model.rows, self.model.entries, self.model.currency, separator)

    def copy(self) -> None:
        """Puts the table on the clipboard, for a sheet."""
        QGuiApplication.clipboard().setText(self.text())

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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_export"):
            self._copy.setIcon(theme.icon("copy"))
            self._export.setIcon(theme.icon("download"))
            self.view.names.dress()
            self.view.viewport().update()
        super().changeEvent(event)


def _workload(row: Row, entry: int) -> str:
    """The workload whose figure a row has under an entry; of the lowest, the one that it is of."""
    if row.workload or not row.children:
        return row.workload
    return next(c.workload for c in row.children if c.values[entry] == row.values[entry])


def _cut(name: str, most: int = 60) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _widths(currency: str) -> tuple[int, int]:
    """The least widths of the columns of figures and of differences: a currency's name is wider than its sign."""
    texts = [money(value, currency, 3) for value in WIDEST_MONEY]
    figures, steps = (QFontMetrics(theme.font(px)).horizontalAdvance for px in (13, 12))
    figure = max(figures(text) for text in texts) + CELL_EDGES + 1
    step = max(steps(MINUS + text) for text in texts) + CELL_EDGES + 1
    return max(FIGURE, figure), max(STEP, step)


class _View(QTreeView):
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

    def _is_open(self, row: Row) -> bool:
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

    def drawRow(self, painter: QPainter, option: object, index: QModelIndex) -> None:  # type: ignore[override]
        super().drawRow(painter, option, index)  # type: ignore[arg-type]
        self.draw_line(painter, option)
        if self.hasFocus() and self.currentIndex().siblingAtColumn(0) == index.siblingAtColumn(0):
            painter.setPen(theme.colour(theme.tokens().accent))
            painter.drawRoundedRect(option.rect.adjusted(1, 1, -2, -3), 5, 5)  # type: ignore[attr-defined]

    def draw_line(self, painter: QPainter, option: object) -> None:
        """Draws the line below a row."""
        rect = option.rect  # type: ignore[attr-defined]
        # A line that is half transparent costs milliseconds, a rectangle of one pixel none.
        line = QRect(rect.left() + 6, rect.bottom(), rect.width() - 12, 1)
        painter.fillRect(line, theme.colour(theme.tokens().line, 0.6))


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

    def _paint_group(self, painter: QPainter, k: int, entry: Entry, box: QRect, columns: list[int]) -> None:
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
