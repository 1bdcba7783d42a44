"""The command palette: every command of the window and every row of the plan, found by typing a part of its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from gui.actions import Actions
from gui.document import Document

WIDTH = 520
MOST = 60
TABLES = {"workloads": "Workload", "offers": "Offer", "sites": "Site", "platforms": "Platform"}


@dataclass(frozen=True)
class Entry:
    """One thing that can be found: what it is called, what kind it is, its keys, and what it does."""

    name: str
    kind: str
    keys: str
    run: Callable[[], object]


class Palette(QFrame):
    """A list over the window that goes when something was chosen or Escape pressed."""

    def __init__(self, window: QWidget, actions: Actions, document: Document) -> None:
        super().__init__(window)
        self.setProperty("card", True)
        self._actions = actions
        self._document = document
        self._entries: list[Entry] = []
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a command, a workload, an offer, a site …")
        self.search.setAccessibleName("Find a command")
        self.search.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName("Commands found")
        self.list.setUniformItemSizes(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.addWidget(self.search)
        layout.addWidget(self.list)
        self.search.textChanged.connect(self._narrow)
        self.search.installEventFilter(self)
        self.list.itemActivated.connect(self._run)
        self.list.itemClicked.connect(self._run)
        self.hide()

    def open(self) -> None:
        """Shows the palette, empty, at the top of the window."""
        window = self.parentWidget()
        self._entries = [
            Entry(action.text().replace("&", ""), menu, action.shortcut().toString(), action.trigger)
            for menu, action in self._actions.all
            if action.isEnabled()
        ] + [
            Entry(row.name, kind, "", lambda table=table, id=row.id: self._document.select(table, [id]))
            for table, kind in TABLES.items()
            for row in getattr(self._document.plan, table)
        ]
        width = min(WIDTH, window.width() - 40)
        self.resize(width, min(420, window.height() - 80))
        self.move(QPoint((window.width() - width) // 2, 56))
        self.search.clear()
        self._narrow("")
        self.show()
        self.raise_()
        self.search.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}.get(
                Qt.Key(event.key())
            )
            if step is not None and self.list.count():
                row = max(0, min(self.list.currentRow() + step, self.list.count() - 1))
                self.list.setCurrentRow(row)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(self.list.currentItem())
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.hide()
                return True
        if event.type() == QEvent.Type.FocusOut and not self.list.hasFocus():
            self.hide()
        return super().eventFilter(watched, event)

    def _narrow(self, text: str) -> None:
        words = text.lower().split()
        found = [e for e in self._entries if all(w in f"{e.kind} {e.name}".lower() for w in words)]
        # What begins with what was typed comes first.
        found.sort(key=lambda e: not e.name.lower().startswith(text.lower()))
        self.list.clear()
        for entry in found[:MOST]:
            item = QListWidgetItem(f"{entry.name}     {entry.kind}" + (f"     {entry.keys}" if entry.keys else ""))
            item.setData(Qt.ItemDataRole.UserRole, entry)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        # As high as what was found, but never higher than the window has room for.
        lines = max(1, self.list.count()) * max(24, self.list.sizeHintForRow(0)) + 8
        room = self.parentWidget().height() - 80
        self.resize(self.width(), min(420, room, self.search.sizeHint().height() + 26 + lines))

    def _run(self, item: QListWidgetItem | None) -> None:
        self.hide()
        if item is not None:
            item.data(Qt.ItemDataRole.UserRole).run()
