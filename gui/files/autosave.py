"""Keeps the edits that no file holds on the disk, within a second, without the window waiting for it."""

from __future__ import annotations

import errno
import logging
import threading
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.storage.crash_log_read import LeftBehind
from gigaplan.engine.storage.crash_log_write import Origin, RecoveryFile
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.worker import Told, Worker

log = logging.getLogger(__name__)

PAUSE = 0.3
"""Seconds in which edits gather before they are written together."""
RETRY = 10.0
HEARTBEAT = 30.0
FAULT = "Autosave stopped with an internal error; see the log. Save often."
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Recorder(QObject):
    """Writes each state of the document, what is being typed too, to a recovery file; the newest state wins."""

    trouble_changed = Signal(str)
    """Why edits are not kept just now, in a person's words, once; empty when they are again."""

    def __init__(self, document: Document, folder: Path) -> None:
        super().__init__(document)
        self._document = document
        self._file = RecoveryFile(folder)
        self._state = self._now()
        self._lock = threading.Lock()
        self._noted, self._kept = 1, 0
        """How many states there were, and the last of them that is on the disk."""
        self._hurried = threading.Event()
        self._stopping = False
        self._superseded: list[tuple[int, LeftBehind]] = []
        self._trouble = ""
        self._worker = Worker("recovery", self._keep, self, patience=float("inf"))
        self._worker.answer.connect(lambda _, trouble: self._tell(trouble))
        self._worker.failed.connect(lambda *_: self._tell(FAULT))
        self._retry = QTimer(self, interval=round(RETRY * 1000))
        self._beat = QTimer(self, interval=round(HEARTBEAT * 1000))
        for timer in (self._retry, self._beat):
            timer.timeout.connect(self._go_on)
        self._beat.start()
        document.base_changed.connect(self._note)
        document.file_changed.connect(self._note)
        document.drafted.connect(self._note)
        self._go_on()

    def hurry(self) -> None:
        """Has what is not yet written written at once; does not wait for it. From any thread."""
        self._hurried.set()
        self._go_on()

    def flush(self, seconds: float = 1.0) -> bool:
        """Waits until the document as it stands is on the disk, so long at most; whether it is."""
        self.hurry()
        return self._worker.wait(seconds) and self._kept == self._noted

    def supersede(self, left: LeftBehind) -> None:
        """Removes what a dead window left once the document, which has taken it over, is on the disk."""
        with self._lock:
            self._superseded.append((self._noted, left))
        self.hurry()

    def stop(self, seconds: float = 2.0) -> None:
        """Ends the work and removes the recovery file: nothing is left to recover. Waits so long at most."""
        self._retry.stop()
        self._beat.stop()
        self._stopping = True
        self.hurry()
        self._worker.wait(seconds)
        self._worker.stop(0.1)

    def _now(self) -> tuple[Plan, Origin, bool]:
        """The plan with what is being typed in it, where it belongs, and whether no file holds it."""
        document = self._document
        return document.draft or document.base, document.origin, document.is_dirty or document.draft is not None

    def _note(self, *_: object) -> None:
        with self._lock:
            self._state = self._now()
            self._noted += 1
        self._go_on()

    def _go_on(self) -> None:
        self._worker.ask(None)

    def _keep(self, _: None, _told: Told) -> str:
        """In the thread: writes the newest state, and gives what is wrong with that."""
        if self._noted != self._kept and not self._stopping:
            self._hurried.wait(PAUSE)
        self._hurried.clear()
        if self._stopping:
            self._file.close(remove=True)
            return ""
        with self._lock:
            state, number = self._state, self._noted
        try:
            if number == self._kept:
                self._file.beat()
            else:
                self._file.write(*state)
        except OSError as error:
            log.warning("recovery: %s", error)
            why = "the disk is full" if error.errno in _FULL else error.strerror or str(error)
            return f"Autosave is not possible: {why}. Save often."
        with self._lock:
            self._kept = number
            done = [left for n, left in self._superseded if n <= number]
            self._superseded = [(n, left) for n, left in self._superseded if n > number]
        for left in done:
            left.discard()
        return ""

    def _tell(self, trouble: str) -> None:
        if trouble and not self._stopping:
            self._retry.start()
        else:
            self._retry.stop()
        if trouble != self._trouble:
            self._trouble = trouble
            self.trouble_changed.emit(trouble)
