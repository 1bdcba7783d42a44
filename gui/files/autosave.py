"""Keeps the edits that no file holds on the disk, within a second, without the window waiting for it."""

from __future__ import annotations

import errno
import logging
import threading
import time
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.storage.crash_log_read import LeftBehind
from gigaplan.engine.storage.crash_log_write import Origin, RecoveryFile
from gigaplan.gui.document.document import Document

log = logging.getLogger(__name__)

PAUSE = 0.3
"""Seconds in which edits gather before they are written together."""
RETRY = 10.0
HEARTBEAT = 30.0
FAULT = "Autosave stopped with an internal error; see the log. Save often."
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Recorder(QObject):
    """Writes each state of the document to a recovery file; a worker does it, and the newest state wins."""

    trouble_changed = Signal(str)
    """Why edits are not kept just now, in a person's words, once; empty when they are again."""

    def __init__(self, document: Document, folder: Path) -> None:
        super().__init__(document)
        self._document = document
        self._file = RecoveryFile(folder)
        self._state: tuple[Plan, Origin, bool] = (document.plan, document.origin, document.is_dirty)
        self._wake = threading.Condition()
        self._asked, self._tried, self._kept = 1, 0, 0
        """How many states there were, and the last of them that was tried and that is on the disk."""
        self._is_urgent = self._stopping = False
        self._superseded: list[tuple[int, LeftBehind]] = []
        self._trouble = ""
        document.changed.connect(self._note)
        document.file_changed.connect(self._note)
        self._thread = self._begun()

    def hurry(self) -> None:
        """Has what is not yet written written at once; does not wait for it."""
        with self._wake:
            self._is_urgent = True
            self._run()

    def flush(self, seconds: float = 1.0) -> bool:
        """Waits until the document as it stands is on the disk, so long at most; whether it is."""
        self.hurry()
        with self._wake:
            wanted = self._asked
            self._wake.wait_for(lambda: self._tried >= wanted or self._stopping, seconds)
            return self._kept >= wanted

    def supersede(self, left: LeftBehind) -> None:
        """Removes what a dead window left once the document, which has taken it over, is on the disk."""
        with self._wake:
            self._superseded.append((self._asked, left))
        self.hurry()

    def stop(self, seconds: float = 2.0) -> None:
        """Ends the work and removes the recovery file: nothing is left to recover. Waits so long at most."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        self._thread.join(seconds)

    def _note(self, *_: object) -> None:
        document = self._document
        state = (document.plan, document.origin, document.is_dirty)
        with self._wake:
            self._state = state
            self._asked += 1
            self._run()

    def _run(self) -> None:
        """Sees to it that the thread goes on: one that died is begun anew. To be called with `_wake` held."""
        if not self._thread.is_alive() and not self._stopping:
            self._thread = self._begun()
        self._wake.notify_all()

    def _begun(self) -> threading.Thread:
        thread = threading.Thread(target=self._live, name="recovery", daemon=True)
        thread.start()
        return thread

    def _live(self) -> None:
        try:
            self._work()
        except BaseException:
            self._tell(FAULT)
            raise  # to be logged and reported, as any failure that no code caught

    def _work(self) -> None:
        while self._wait():
            with self._wake:
                state, number = self._state, self._asked
                self._is_urgent = False
            trouble = self._write(state)
            self._tell(trouble)  # before `flush` returns: who waited for it has heard
            with self._wake:
                self._tried = number
                if not trouble:
                    self._kept = number
                done = [left for n, left in self._superseded if n <= self._kept]
                self._superseded = [(n, left) for n, left in self._superseded if n > self._kept]
                self._wake.notify_all()
            for left in done:
                left.discard()
        self._file.close(remove=True)

    def _wait(self) -> bool:
        """Waits until there is something to write; False when the work is over."""
        with self._wake:
            retry = time.monotonic() + RETRY
            while self._asked == self._tried and not self._stopping:
                if self._trouble and time.monotonic() >= retry:
                    break
                if not self._wake.wait(RETRY if self._trouble else HEARTBEAT):
                    self._file.beat()
            self._wake.wait_for(lambda: self._is_urgent or self._stopping, PAUSE)
            return not self._stopping

    def _write(self, state: tuple[Plan, Origin, bool]) -> str:
        try:
            self._file.write(*state)
        except OSError as error:
            log.warning("recovery: %s", error)
            why = "the disk is full" if error.errno in _FULL else error.strerror or str(error)
            return f"Autosave is not possible: {why}. Save often."
        except Exception:
            log.exception("recovery")
            return FAULT
        return ""

    def _tell(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            self.trouble_changed.emit(trouble)
