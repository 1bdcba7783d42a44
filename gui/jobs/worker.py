"""Long work beside the window: every thread that the window starts for work is started here."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

Word = TypeVar("Word")
log = logging.getLogger(__name__)

FAILED = "Internal error; see the log."
"""What a person is told where work raised what nothing foresaw."""
A_SHARE = 0.0005
"""Seconds that a thread keeps the interpreter while the window asks for it. To paint a screen the window asks some
twenty times: at Python's own 5 ms each it would be away for 0.1 s."""
POLL = 0.1
"""Seconds after which work that waits for a process asks whether it is still wanted."""


class Stopped(Exception):
    """Nobody waits for the work any more."""


class Told:
    """Through this, work says how far it is, and learns whether anybody still waits for it."""

    def __init__(self, worker: Worker, question: Any) -> None:
        self.question = question
        self._worker = worker
        self.round = worker.round
        self.began = 0.0
        self.until = float("inf")
        """When it is given up, by the monotonic clock."""

    def __call__(self, word: object = "") -> None:
        """Says a word, if there is one. Raises Stopped where nobody waits."""
        if self.is_dropped():
            raise Stopped
        if word != "":
            self._worker._said.emit(self, "progressed", word)

    def is_dropped(self) -> bool:
        """Whether nobody waits any more."""
        return time.monotonic() >= self.until


Tell = Callable[[str], None]
"""What work is given that only tells: `Told`, or what stands between."""
Work = Callable[[Told], object]


def given(work: Work, told: Told) -> object:
    """Does what is asked where the question itself is the work."""
    return work(told)


class Worker(QObject):
    """Answers questions in a thread of its own, one at a time; the latest question wins.

    Each question is followed by exactly one of `answer` and `failed`, unless `cancel`, `stop` or a later question
    overtakes it; then nothing is heard of it any more. With `patience`, seconds, a question that is overtaken while it
    is worked on has so long from its beginning, and an answer that it finds is given; the last question is never left
    out. The thread ends when nothing is asked, and whatever ends it, the next question begins another.
    """

    answer = Signal(object, object)
    """(question, what the work gave)"""
    failed = Signal(object, str)
    """(question, why there is no answer, in words)"""
    progressed = Signal(object, object)
    """(question, what the work said of how far it is)"""
    _said = Signal(object, str, object)

    def __init__(
        self, name: str, work: Callable[[Any, Told], object] = given, parent: QObject | None = None, *,
        patience: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._name, self._work, self._patience = name, work, patience
        self._lock = threading.Condition()
        self._waiting: Told | None = None
        self._running: Told | None = None
        self._latest: Told | None = None
        """The question that is to be answered yet."""
        self._thread: threading.Thread | None = None
        self._stopping = False
        self.round = 0
        """Counts what was cancelled: nothing of an earlier round is heard."""
        self._said.connect(self._hear, Qt.ConnectionType.QueuedConnection)

    @property
    def is_busy(self) -> bool:
        """Whether somebody waits for an answer."""
        return self._latest is not None

    @property
    def question(self) -> Any:
        """The question that is to be answered yet; None where there is none."""
        return self._latest.question if self._latest is not None else None

    def ask(self, question: Any) -> None:
        """Asks; from any thread."""
        with self._lock:
            if self._stopping:
                return
            if self._running is not None:
                self._running.until = min(self._running.until, self._running.began + self._patience)
            self._waiting = self._latest = Told(self, question)
            self._begin()

    def cancel(self) -> None:
        """Drops what was asked; nothing is heard of it any more."""
        with self._lock:
            self.round += 1
            if self._running is not None:
                self._running.until = 0.0
            self._waiting = self._latest = None

    def wait(self, seconds: float) -> bool:
        """Waits until nothing is worked on, so long at most; whether that is so."""
        with self._lock:
            return self._lock.wait_for(lambda: self._waiting is None and self._running is None, seconds)

    def stop(self, seconds: float = 2.0) -> bool:
        """Cancels, takes no further question, and waits so long at most for the end; whether it came."""
        with self._lock:
            self._stopping = True
        self.cancel()
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    def _begin(self) -> None:
        if self._thread is None:
            sys.setswitchinterval(A_SHARE)
            self._thread = threading.Thread(target=self._live, name=self._name, daemon=True)
            self._thread.start()

    def _live(self) -> None:
        try:
            while (told := self._next()) is not None:
                self._do(told)
        except BaseException:
            with self._lock:
                self._thread = None
                self._over()
                if self._waiting is not None:
                    self._begin()
            raise  # to be logged and reported, as any failure that no code caught

    def _next(self) -> Told | None:
        """Takes the question that waits; without one, the thread is at its end."""
        with self._lock:
            self._over()
            told, self._waiting = self._waiting, None
            if told is None:
                self._thread = None
            else:
                told.began = time.monotonic()
                self._running = told
            return told

    def _over(self) -> None:
        self._running = None
        self._lock.notify_all()

    def _do(self, told: Told) -> None:
        try:
            value = self._work(told.question, told)
        except Exception as error:
            if isinstance(error, Stopped) and told.is_dropped():
                return
            log.exception("%s: the work failed", self._name)
            self._tell(told, "failed", FAILED)
        except BaseException:
            self._tell(told, "failed", FAILED)
            raise
        else:
            self._tell(told, "answer", value)

    def _tell(self, told: Told, kind: str, value: object) -> None:
        if not self._stopping:
            self._said.emit(told, kind, value)

    def _hear(self, told: Told, kind: str, value: object) -> None:
        """In the window's thread, where what was overtaken meanwhile is known."""
        if self._stopping or told.round != self.round or (told is not self._latest and not self._patience):
            return
        if told is self._latest and kind != "progressed":
            self._latest = None
        getattr(self, kind).emit(told.question, value)


def heard(job: Any, told: Told) -> Any:
    """The next word of a process (see `Job`), waited for as long as anybody waits; then Stopped is raised. Raises
    EOFError where the process died."""
    while True:
        told()
        word = job.wait(POLL)
        if word is not None:
            return word


def last_heard(job: Any, told: Told, kind: type[Word]) -> Word:
    """The word of a `kind` that a process ends with; those before it are told on. It is killed once nobody waits."""
    try:
        while not isinstance(word := heard(job, told), kind):
            told(word)
        return word
    finally:
        job.cancel()
