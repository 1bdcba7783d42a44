"""One piece of long work in a thread of its own, which says how far it is and can be stopped."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal

log = logging.getLogger(__name__)

Told = Callable[[str], None]
"""Says how far the work is; raises Stopped where nobody waits for it any more."""
Work = Callable[[Told], object]


class Stopped(Exception):
    """Nobody waits for the work any more."""


class Task(QObject):
    """Runs one piece of work at a time: a newer one takes its place."""

    progressed = Signal(str)
    """How far it is, in words."""
    done = Signal(object)
    """What the work gave."""
    failed = Signal(str)
    """Why it gave nothing: a fault of the program's own, in words."""
    _said = Signal(int, str)
    _ended = Signal(int, object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._number = 0
        self._running = False
        self._thread: threading.Thread | None = None
        self._said.connect(self._progress, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._finish, Qt.ConnectionType.QueuedConnection)

    @property
    def is_running(self) -> bool:
        """Whether somebody waits for an answer."""
        return self._running

    def run(self, work: Work) -> None:
        """Begins a piece of work; an older one is dropped."""
        self._number += 1
        self._running = True
        arguments = (self._number, work)
        self._thread = threading.Thread(target=self._work, args=arguments, name="task", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Drops the work: nothing is said of it any more, and it ends soon."""
        self._number += 1
        self._running = False

    def stop(self, seconds: float = 2.0) -> None:
        """Drops the work and waits so long at most for its end."""
        self.cancel()
        if self._thread is not None:
            self._thread.join(seconds)

    def _work(self, number: int, work: Work) -> None:
        def told(text: str) -> None:
            if number != self._number:
                raise Stopped
            if text:
                self._said.emit(number, text)

        result, why = None, ""
        try:
            result = work(told)
        except Stopped:
            return
        except Exception:
            log.exception("work in the background failed")
            why = "Internal error; see the log."
        self._ended.emit(number, result, why)

    def _progress(self, number: int, text: str) -> None:
        if number == self._number:
            self.progressed.emit(text)

    def _finish(self, number: int, result: object, why: str) -> None:
        if number != self._number:
            return
        self._running = False
        if why:
            self.failed.emit(why)
        else:
            self.done.emit(result)
