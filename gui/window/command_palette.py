"""The command palette: commands, rows, their fields, and key figures, found by typing a part of their name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from gigaplan.engine.plan.fields import fields
from gigaplan.engine.plan.schema import ROW_TYPES, Settings
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.gui.document.document import Document
from gigaplan.gui.document.row_edits import NOUNS, SCENARIOS, row_name
from gigaplan.gui.style.theme import colour, font, tokens
from gigaplan.gui.widgets.actions import Actions
from gigaplan.gui.widgets.texts import Label, wrapped

WIDTH = 560
LINE_PX = 30
MOST = 60
MOST_SEEN = 12
UNNAMED = ("ports", "uncertainties")
"""Tables whose rows cannot be chosen, or have no form."""
UNSOUGHT = ("identifier", "rows", "row")
"""Kinds of fields that nobody types a value into."""
MOST_ROWS = 100
DEEPER = 3
"""From so many letters on, fields and figures are found too."""
ENTRY = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class PaletteEntry:
    """One thing that can be found: what it is called, what kind it is, its keys, and what it does."""

    name: str
    kind: str
    keys: str
    run: Callable[[], object]
    is_on: bool = False
    """Whether it is an option that is on, or a part of the window that is shown."""
    synonyms: str = ""
    sought: str = ""
    """What a search looks through: its kind, name and what else it is called, in small letters."""

    def rank(self, text: str) -> int:
        """How well its name fits what was typed: 0 begins with it, 1 has a word that does, 2 otherwise."""
        name = self.sought[len(self.kind) + 1 :]
        return 0 if name.startswith(text) else 1 if f" {text}" in name else 2


class Palette(QFrame):
    """A list over the window that goes when something was chosen or Escape pressed."""

    def __init__(
        self,
        window: QWidget,
        actions: Actions,
        document: Document,
        go_to_field: Callable[[str], None],
        explain: Callable[[str], None],
    ) -> None:
        super().__init__(window)
        self.setProperty("card", True)
        self.setAccessibleName("Find a command")
        self._actions = actions
        self._document = document
        self._go_to_field, self._explain = go_to_field, explain
        self._entries: list[PaletteEntry] = []
        self._deeper: list[PaletteEntry] = []
        """Fields and figures: there are many, and who types nothing looks for none of them."""
        self._back: QWidget | None = None
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a command, a workload, a field, a figure …")
        self.search.setAccessibleName("Find a command")
        self.search.setClearButtonEnabled(True)
        self.found = _Found()
        self.list = QListView()
        self.list.setModel(self.found)
        self.list.setAccessibleName("Commands found")
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        self._delegate = _Delegate(self.list)
        self.list.setItemDelegate(self._delegate)
        self.said = Label(role="muted")
        self.said.setContentsMargins(8, 2, 8, 2)
        layout = self._layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 8)
        layout.setSpacing(6)
        layout.addWidget(self.search)
        layout.addWidget(self.list)
        layout.addWidget(self.said)
        self.search.textChanged.connect(self._narrow)
        self.search.installEventFilter(self)
        self.list.clicked.connect(self._run)
        self.hide()

    def open(self) -> None:
        """Shows the palette, empty, at the top of the window."""
        window = self.window()
        focus = window.focusWidget()
        if focus is not self.search:
            self._back = focus
        self._entries = _sought([*self._commands(), *self._rows()])
        self._deeper = _sought([*self._figures(), *self._models(), *self._fields(), *self._words()])
        width = min(WIDTH, window.width() - 40)
        self.resize(width, self.height())
        self.move(QPoint((window.width() - width) // 2, 56))
        self.search.clear()
        self._narrow("")
        self.show()
        self.raise_()
        self.search.setFocus()

    def _commands(self) -> list[PaletteEntry]:
        text = QKeySequence.SequenceFormat.NativeText
        return [
            PaletteEntry(
                command.label,
                menu,
                action.shortcut().toString(text),
                action.trigger,
                action.isCheckable() and action.isChecked(),
                command.synonyms,
            )
            for menu, command, action in self._actions.all
            if action.isEnabled()
        ]

    def _rows(self) -> list[PaletteEntry]:
        return [
            PaletteEntry(row_name(row), noun, "", partial(self._to_row, table, row.id))
            for table, noun in NOUNS.items()
            if table not in UNNAMED
            for row in getattr(self._document.holder(table), table)
        ]

    def _figures(self) -> list[PaletteEntry]:
        return [
            PaletteEntry(kpi.label, "figure", "", partial(self._explain, name), synonyms=kpi.short)
            for name, kpi in KPIS.items()
        ]

    def _words(self) -> list[PaletteEntry]:
        """The words of the program, with what they mean."""
        from gigaplan.gui.views.help.reference import show_reference, words

        return [
            PaletteEntry(f"{term}: {meaning}", "help", "", partial(show_reference, self.window(), word=term))
            for term, meaning in words()
        ]

    def _models(self) -> list[PaletteEntry]:
        """The models of the catalogues, each as a workload that serves it."""
        from gigaplan.engine.catalogue.presets import model_presets
        from gigaplan.gui.files.own_catalogues import catalogues
        from gigaplan.gui.views.catalogue.adding import add_serving

        document = self._document
        return [
            PaletteEntry(
                f"Add workload: {entry.model}", f"model of {catalogue.name}" if catalogue.beyond else "model", "",
                partial(add_serving, document, entry.id, catalogue), synonyms=f"serve {entry.organisation}",
            )
            for catalogue in catalogues(document.path)[0]
            for entry in model_presets(catalogue)
        ]  # fmt: skip

    def _fields(self) -> list[PaletteEntry]:
        """The fields of the plan, and of every row; of a large table, of the rows that are chosen."""
        plan, document = self._document.plan, self._document
        found = [
            PaletteEntry(field.label, "field of the plan", "", partial(self._go, "plan", "", field.name))
            for field in fields(Settings)
            if field.kind not in UNSOUGHT
        ]
        for table, noun in NOUNS.items():
            if table in UNNAMED or table == "scenarios":
                continue
            rows = getattr(plan, table)
            if len(rows) > MOST_ROWS:
                chosen = set(document.selection.ids_in(table))
                rows = [row for row in rows if row.id in chosen]
            for row in rows:
                name = row_name(row)
                found += [
                    PaletteEntry(
                        f"{field.label} · {name}", f"field of {noun}", "", partial(self._go, table, row.id, field.name)
                    )
                    for field in fields(ROW_TYPES[table])
                    if field.kind not in UNSOUGHT
                ]
        return found

    def _go(self, table: str, row: str, field: str) -> None:
        self._document.select(table, [row] if row else [])
        self._go_to_field(field)

    def _to_row(self, table: str, id: str) -> None:
        if table == SCENARIOS:
            self._document.edit_scenario(id)
        self._document.select(table, [id])

    def leave(self) -> None:
        """Closes the palette, and gives the cursor back to where it was."""
        self.hide()
        # Where it was may be gone, as a field of a row that was taken away meanwhile.
        if self._back is not None and isValid(self._back) and self._back.isVisible():
            self._back.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
            step = steps.get(Qt.Key(event.key()))
            last = self.found.rowCount() - 1
            if step is not None and last >= 0:
                row = self.list.currentIndex().row() + step
                # A step beyond an end goes on at the other one.
                row = (0 if row > last else last if row < 0 else row) if abs(step) == 1 else max(0, min(row, last))
                self.list.setCurrentIndex(self.found.index(row))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(self.list.currentIndex())
                return True
            if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Tab):
                self.leave()
                return True
        if event.type() == QEvent.Type.FocusOut:
            self.hide()
        return super().eventFilter(watched, event)

    def _narrow(self, text: str) -> None:
        text = " ".join(text.lower().split())
        words = text.split()
        entries = self._entries + (self._deeper if len(text) >= DEEPER else [])
        found = [e for e in entries if all(w in e.sought for w in words)]
        if text:
            found.sort(key=lambda e: e.rank(text))
        self.found.show(found[:MOST])
        self.list.setCurrentIndex(self.found.index(0))
        more = len(found) - MOST
        nothing = "" if found else f"Nothing is called “{text[:40]}”."
        self.said.setText(f"{more} more: type on to narrow them." if more > 0 else nothing)
        self.said.setVisible(bool(self.said.text()))
        # As high as what was found, but never higher than the window has room for.
        room = self.window().height() - 80 - self.search.sizeHint().height() - 30 - self.said.sizeHint().height()
        seen = min(len(found[:MOST]), MOST_SEEN, max(1, room // LINE_PX))
        self.list.setVisible(bool(found))
        self.list.setFixedHeight(seen * LINE_PX + 2)
        self._layout.activate()
        self.resize(self.width(), self._layout.sizeHint().height())

    def _run(self, index: QModelIndex) -> None:
        if index.isValid():
            self.leave()
            index.data(ENTRY).run()


def _sought(entries: list[PaletteEntry]) -> list[PaletteEntry]:
    """The entries with what a search looks through."""
    return [dataclasses.replace(e, sought=f"{e.kind} {e.name} {e.synonyms}".lower()) for e in entries]


class _Found(QAbstractListModel):
    """The entries that fit."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[PaletteEntry] = []

    def show(self, entries: list[PaletteEntry]) -> None:
        """Takes other entries."""
        self.beginResetModel()
        self._entries = entries
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(filter(None, (entry.name, "on" if entry.is_on else "", entry.kind, entry.keys)))
        if role == Qt.ItemDataRole.ToolTipRole:
            return wrapped(f"{entry.name}\n{entry.kind}")
        return entry if role == ENTRY else entry.name if role == Qt.ItemDataRole.DisplayRole else None


class _Delegate(QStyledItemDelegate):
    """The name, what it is, and its keys at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, LINE_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        t, entry = tokens(), index.data(ENTRY)
        area = QRectF(option.rect).adjusted(0, 1, 0, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(t.accent_soft))
            painter.drawRoundedRect(area, 6, 6)
        text, middle = area.adjusted(8, 0, -8, 0), Qt.AlignmentFlag.AlignVCenter
        small, face = font(12), font(13, QFont.Weight.Medium)
        kind = f"\u2713 {entry.kind}" if entry.is_on else entry.kind
        aside = f"{kind}    {entry.keys}" if entry.keys else kind
        painter.setFont(small)
        painter.setPen(colour(t.muted))
        painter.drawText(text, Qt.AlignmentFlag.AlignRight | middle, aside)
        room = int(text.width()) - QFontMetrics(small).horizontalAdvance(aside) - 12
        painter.setFont(face)
        painter.setPen(colour(t.text))
        name = QFontMetrics(face).elidedText(entry.name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | middle, name)
        painter.restore()
