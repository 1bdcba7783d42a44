"""What a paste would do, before it is done: the cells that cannot be pasted in red, each with its reason."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QPushButton, QTableView, QVBoxLayout, QWidget

from gigaplan.gui.style import theme
from gigaplan.gui.views.tables.delegate import HEIGHT, PAD
from gigaplan.gui.views.tables.file_io import FileQuestion
from gigaplan.gui.views.tables.grid import STYLE
from gigaplan.gui.views.tables.model import LEFT, RIGHT, Index, Role
from gigaplan.gui.views.tables.paste import Paste, PastedCell
from gigaplan.gui.widgets.texts import Label, wrapped

# What stands in the place of the grid until a person has decided; Escape leaves it.


TURNED = "Its first column has the heads: its columns are taken as lines. Is that meant?"
DOUBTED = "Some figures look like another unit’s. Are they meant so?"
MOST_DOUBTS = 6


class StandIn(QWidget):
    """A page that Escape cancels, whatever else that key does in the window."""

    cancelled = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)


# A question about a file that only a person can answer: which sheet, which encoding. It stands for the grid.


class QuestionPage(StandIn):
    """Shows a question with its answers; Enter or a double click takes one."""

    answered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.question: FileQuestion | None = None
        self.title = Label(wordWrap=True, role="title")
        self.list = QListWidget()
        self.list.setAccessibleName("Answers")
        self.list.itemActivated.connect(self._take)
        self.cancel = QPushButton("Cancel")
        self.cancel.clicked.connect(self.cancelled)
        self.take = QPushButton("Read it", default=True)
        self.take.clicked.connect(self._take)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.take)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        layout.addWidget(self.list, 1)
        layout.addLayout(buttons)

    def ask(self, question: FileQuestion) -> None:
        """Shows a question, its first answer chosen."""
        self.question = question
        self.title.setText(question.text)
        self.setAccessibleName(question.text)
        self.list.clear()
        self.list.addItems([text for _, text in question.choices])
        self.list.setCurrentRow(0)
        self.list.setFocus()

    def _take(self, *_: object) -> None:
        row = self.list.currentRow()
        if self.question is not None and row >= 0:
            self.answered.emit(self.question.choices[row][0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
        else:
            super().keyPressEvent(event)


class PreviewModel(QAbstractTableModel):
    """The clipboard as it was laid over a sheet."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.paste: Paste | None = None

    def show_paste(self, paste: Paste | None) -> None:
        """Shows another paste, or none."""
        self.beginResetModel()
        self.paste = paste
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if self.paste is None or (parent is not None and parent.isValid()) else len(self.paste.lines)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if self.paste is None or (parent is not None and parent.isValid()) else len(self.paste.columns)

    def cell(self, index: Index) -> PastedCell:
        """The cell of the clipboard at an index."""
        assert self.paste is not None
        return self.paste.lines[index.row()].cells[index.column()]

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if self.paste is None or not index.isValid():
            return None
        cell, column, t = self.cell(index), self.paste.columns[index.column()], theme.tokens()
        if role == Role.DisplayRole:
            return cell.text or ("(empty)" if cell.problem else "")
        if role == Role.TextAlignmentRole:
            return RIGHT if column is not None and self.paste.sheet.columns[column].numeric else LEFT
        if role == Role.ForegroundRole:
            return QColor(t.muted if column is None else t.error if cell.problem else t.text)
        if role == Role.BackgroundRole and cell.problem and column is not None:
            return theme.colour(t.error, 0.12)
        if role == Role.ToolTipRole and cell.problem:
            return wrapped(f"{cell.text or '(empty)'}\n{cell.problem}")
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if self.paste is None:
            return None
        if orientation == Qt.Orientation.Vertical:
            return self.paste.lines[section].name if role == Role.DisplayRole else None
        column = self.paste.columns[section]
        if role == Role.DisplayRole:
            if column is None:
                return f"{self.paste.headers[section]}\nleft out"
            spec = self.paste.sheet.columns[column]
            return f"{spec.label}\n{spec.unit}"
        if role == Role.TextAlignmentRole:
            return RIGHT if column is not None and self.paste.sheet.columns[column].numeric else LEFT
        return None

    def bad_cells(self) -> list[tuple[int, int]]:
        """The cells that cannot be pasted, (row, column), those of unknown columns last."""
        if self.paste is None:
            return []
        bad = [
            (self.paste.columns[c] is None, r, c)
            for r, line in enumerate(self.paste.lines)
            for c, cell in enumerate(line.cells)
            if cell.problem
        ]
        return [(r, c) for _, r, c in sorted(bad)]


class PreviewPage(StandIn):
    """Shows a paste that has bad cells; a person lets the good ones in, or none."""

    accepted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Preview of what is pasted")
        self.model = PreviewModel(self)
        self.title = Label(wordWrap=True, role="title")
        self.unknown = Label(wordWrap=True, role="warning")
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName("Cells to paste")
        self.table.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.table.setCornerButtonEnabled(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().setDefaultSectionSize(HEIGHT)
        self.table.verticalHeader().setMaximumWidth(220)
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.horizontalHeader().setDefaultSectionSize(110)
        self.table.selectionModel().currentChanged.connect(self._explain)
        self.reason = Label(wordWrap=True, role="error")
        self.next = QPushButton("Next problem")
        self.next.clicked.connect(self.show_next)
        self.good = QPushButton(default=True)
        self.good.clicked.connect(self.accepted)
        self.cancel = QPushButton("Cancel")
        self.cancel.clicked.connect(self.cancelled)
        self._bad: list[tuple[int, int]] = []
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        for button in (self.next, self.cancel, self.good):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(6)
        for widget in (self.title, self.unknown):
            layout.addWidget(widget)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.reason)
        layout.addLayout(buttons)

    def show_paste(self, paste: Paste) -> None:
        """Shows a paste, at its first bad cell."""
        self.model.show_paste(paste)
        self._bad = self.model.bad_cells()
        count = paste.wrong
        cells = "1 cell" if count == 1 else f"{count} cells"
        of_file = "" if paste.file is None else f" of {paste.file.name}"
        done, do = ("pasted", "Paste") if paste.file is None else ("taken", "Take")
        title = f"{cells} of {paste.known}{of_file} cannot be {done}"
        other = "Some of it is not seen in a spreadsheet"
        if paste.bad or paste.doubts or paste.turned:
            other = "Some cells are skipped" if paste.bad else DOUBTED if paste.doubts else TURNED
        self.title.setText(title if count else other)
        unknown = ", ".join(paste.unknown[:8]) + (" …" if len(paste.unknown) > 8 else "")
        said = [f"No such column in {paste.sheet.title}: {unknown}"] if paste.unknown else []
        if paste.file is not None:
            said += [f"{paste.file.name}: {remark}" for remark in paste.file.remarks]
        said += [TURNED] if paste.turned and (count or paste.bad or paste.doubts) else []
        said += paste.doubts[:MOST_DOUBTS] + (["…"] if len(paste.doubts) > MOST_DOUBTS else [])
        self.unknown.setText("\n".join(said))
        self.unknown.setVisible(bool(said))
        self.good.setText(f"{do} the good cell" if paste.cells == 1 else f"{do} the {paste.cells} good cells")
        self.good.setEnabled(paste.cells > 0)
        self.next.setEnabled(len(self._bad) > 1)
        if self._bad:
            self._go(self._bad[0])
        self.table.setFocus()

    def show_next(self) -> None:
        """Goes to the next bad cell, after the last to the first."""
        here = self.table.currentIndex()
        place = (here.row(), here.column())
        at = self._bad.index(place) + 1 if place in self._bad else 0
        self._go(self._bad[at % len(self._bad)])

    def _go(self, place: tuple[int, int]) -> None:
        index = self.model.index(*place)
        self.table.setCurrentIndex(index)
        self.table.scrollTo(index)

    def _explain(self, index: QModelIndex, _before: QModelIndex | None = None) -> None:
        cell = self.model.cell(index) if index.isValid() else None
        t = theme.tokens()
        ground = theme.colour(t.error, 0.3) if cell is not None and cell.problem else QColor(t.accent_soft)
        self.table.setStyleSheet(
            f"{STYLE} QTableView {{ selection-color: {t.text};"
            f" selection-background-color: {ground.name(QColor.NameFormat.HexArgb)}; }}"
            f" QTableView::item {{ padding: 0 {PAD - 3}px; }}"
        )
        if cell is None or not cell.problem or self.model.paste is None:
            self.reason.clear()
            return
        line = self.model.paste.lines[index.row()]
        column = self.model.paste.columns[index.column()]
        headers, columns = self.model.paste.headers, self.model.paste.sheet.columns
        label = headers[index.column()] if column is None else columns[column].label
        where = self.model.paste.where(index.row(), index.column())
        left_out = "" if self.model.paste.can_be_pasted(line) else ". So the whole row is left out"
        self.reason.setText(f"{where}, {line.name}, {label}: {cell.problem}{left_out}")
