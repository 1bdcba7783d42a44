"""Work in a process of its own, which can be ended at once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from typing import Any


class Job:
    """Runs `work(answer, *given)` in a new process; what it sends on `answer` is heard here.

    `work` is a function of a module, and what it is given can be pickled.
    """

    def __init__(self, work: Callable[..., None], *given: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe(duplex=False)
        self._process = context.Process(target=_live, args=(work, there, *given), daemon=True)
        self._process.start()
        there.close()

    def hear(self, seconds: float) -> Any:
        """The next word of the process, or None where there is none in time. Raises EOFError, OSError where it died."""
        return self._here.recv() if self._here.poll(seconds) else None

    def cancel(self) -> None:
        """Ends the process. Nothing more is said."""
        self._process.kill()
        self._process.join(1.0)
        self._here.close()


def _live(work: Callable[..., None], answer: Any, *given: Any) -> None:
    """Works in the new process, which ends with the one that began it, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches both: what becomes of the work is not said here
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    work(answer, *given)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
