"""The list of earlier saves: what changed since one of them, how the key figures moved, and going back to it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.text import counted
from gigaplan.engine.results.result import Result
from gigaplan.engine.storage.history import Version
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.history_job import HistoryWorker
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.views.history.differences import DifferencesView
from gigaplan.gui.widgets.cards import note, title
from gigaplan.gui.widgets.texts import literal

REST_MS = 150
"""How long after an edit what differs is told anew at the latest."""
NARROW = 440
"""Below this width what changed stands under the list, px."""
BESIDE, STACKED = [160, 600], [100, 400]
"""Sizes of the list and of what changed, in a row and in a column."""
VERSION = Qt.ItemDataRole.UserRole


class HistoryPanel(QFrame):
    """A card with the earlier saves of the plan's file. `stop` ends its background work."""

    def __init__(self, document: Document, planner: Planner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._planner = document, planner
        self._read_state: object = None
        self._version: Version | None = None
        self._plan: Plan | None = None
        self._result: Result | None = None
        self._wrong = self._failure = ""
        """What is wrong with the file, and why the chosen save cannot be looked at."""
        self.setProperty("card", True)
        self.setAccessibleName("Earlier saves")
        self.worker = HistoryWorker(self)
        self.worker.listed.connect(self._listed)
        self.worker.unpacked.connect(self._unpacked)
        self.worker.solved.connect(self._solved)
        self.worker.failed.connect(self._not_solved)
        self._wait = QTimer(self, singleShot=True, interval=REST_MS)
        self._wait.timeout.connect(self._tell)
        self._build()
        document.base_changed.connect(self._start_wait)
        document.replaced.connect(self._forget)
        document.file_changed.connect(self.refresh)
        planner.result_changed.connect(self._start_wait)
        self._say_state()

    def stop(self) -> None:
        """Ends the background work."""
        self._wait.stop()
        self.worker.stop()

    def refresh(self) -> None:
        """Reads the earlier saves anew where the file is another one, or was written, since it was read."""
        if not self.isVisible():
            return
        path = self._document.path
        state = _state_of(path)
        if state != self._read_state:
            self._read_state = state
            if path is not None and state is not None:
                self.worker.read(path)
            else:
                self._show_versions(())
                self._wrong = ""
        self._say_state()

    def restore(self) -> None:
        """Makes the plan what it was in the chosen save, as one step that can be undone."""
        if self._plan is not None and self._version is not None:
            self._document.apply(self._plan, f"Restore revision {self._version.revision}", in_base=True)

    def _build(self) -> None:
        self.state, self.warning = note("muted"), note("warning", visible=False)
        self.list = QListWidget()
        self.list.setAccessibleName("Earlier saves")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentItemChanged.connect(self._chosen)
        self.differences = DifferencesView()
        self.heading = note("group")
        self.button = QPushButton("Restore")
        self.button.setEnabled(False)
        self.button.setToolTip("Restores the plan as of this save. Undo reverts it.")
        self.button.clicked.connect(self.restore)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self.heading, 1)
        head.addWidget(self.button)
        side = QWidget()
        right = QVBoxLayout(side)
        right.setContentsMargins(6, 0, 0, 0)
        right.setSpacing(6)
        right.addLayout(head)
        right.addWidget(self.differences, 1)
        self.splitter = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        self.splitter.addWidget(self.list)
        self.splitter.addWidget(side)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes(BESIDE)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 10, 10)
        layout.setSpacing(6)
        layout.addWidget(title("Earlier saves"))
        layout.addWidget(self.state)
        layout.addWidget(self.warning)
        layout.addWidget(self.splitter, 1)
        # Takes the room while there is nothing to list; the splitter has it all otherwise.
        layout.addStretch(0)

    def _listed(self, path: Path, versions: tuple[Version, ...], wrong: str) -> None:
        if path == self._document.path:
            self._wrong = wrong
            self._show_versions(versions)
            self._say_state()

    def _show_versions(self, versions: tuple[Version, ...]) -> None:
        # The newest stays chosen when a newer one comes; another choice stays what it is.
        chosen = self._version.revision if self._version is not None and self.list.currentRow() > 0 else None
        self.list.blockSignals(True)
        self.list.clear()
        for version in versions:
            item = QListWidgetItem(f"Revision {version.revision}\n{moment(version.saved_at)}")
            item.setData(VERSION, version)
            item.setToolTip(literal(f"Saved by Gigaplan {version.saved_by}"))
            item.setSizeHint(QSize(120, 44))
            self.list.addItem(item)
        self.list.blockSignals(False)
        revisions = [version.revision for version in versions]
        self.list.setCurrentRow(revisions.index(chosen) if chosen in revisions else 0 if versions else -1)
        self._chosen(self.list.currentItem())

    def _chosen(self, item: QListWidgetItem | None, _before: QListWidgetItem | None = None) -> None:
        version = item.data(VERSION) if item is not None else None
        if version == self._version and self._plan is not None:
            return
        self._version, self._plan, self._result, self._failure = version, None, None, ""
        if version is None:
            self.worker.drop()
        else:
            self.worker.look(version)
        self._tell()

    def _unpacked(self, version: Version, plan: Plan | None, wrong: str) -> None:
        self._plan, self._failure = plan, wrong
        self._tell()

    def _solved(self, version: Version, result: Result) -> None:
        self._result = result
        self._tell()

    def _not_solved(self, _version: Version, why: str) -> None:
        self._failure = f"The key figures of this save could not be found. {why}"
        self._tell()

    def _forget(self) -> None:
        self.worker.drop()
        self._read_state = None
        self._show_versions(())
        self.refresh()

    def _start_wait(self) -> None:
        # Not started anew by the next edit: while a value is dragged, the list still follows.
        if self.isVisible() and not self._wait.isActive():
            self._wait.start()

    def _tell(self) -> None:
        """Tells what differs between the chosen save and the plan as it stands."""
        plan = self._document.base
        if self._version is None or self._plan is None:
            self.heading.setText("" if self._version is None else self._failure or "Reading …")
            self.button.setEnabled(False)
            self.differences.clear()
            return
        now = None if self._planner.is_stale or self._document.scenario else self._planner.result
        count = self.differences.show_between(self._plan, plan, self._result, now)
        since = f"since revision {self._version.revision}"
        changed = f"{counted(count, 'input')} changed {since}" if count else f"No input changed {since}"
        self.heading.setText(f"{changed}. {self._failure}" if self._failure else changed)
        self.button.setEnabled(self._plan != plan)

    def _say_state(self) -> None:
        count = self.list.count()
        if self._document.path is None:
            text = "Save the plan to keep its earlier states here."
        elif not count:
            text = "There is no earlier save yet. The last ten are kept here; a plan above 8 MB keeps none."
        else:
            text = "Kept in the plan's file. “Save a copy” leaves them out."
        self.state.setText(text)
        self.warning.setText(self._wrong)
        self.warning.setVisible(bool(self._wrong))
        self.splitter.setVisible(count > 0)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self._start_wait()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._wait.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < NARROW
        wanted = Qt.Orientation.Vertical if narrow else Qt.Orientation.Horizontal
        if self.splitter.orientation() != wanted:
            self.splitter.setOrientation(wanted)
            self.splitter.setSizes(STACKED if narrow else BESIDE)


def moment(text: str) -> str:
    """A moment in ISO 8601 as people here write it, in the time of this machine; other text as it is."""
    try:
        local = datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError, OSError):
        return text
    return f"{local.day} {local:%b %Y, %H:%M}"


def _state_of(path: Path | None) -> object:
    """What tells one state of a file from another; None where there is none."""
    if path is None:
        return None
    try:
        info = path.stat()
    except OSError:
        return None
    return path, info.st_ino, info.st_size, info.st_mtime_ns
