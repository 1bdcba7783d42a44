"""Long work of the window's own thread, done a little at a time between what a person does."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator

from PySide6.QtCore import QObject, QTimer, Signal

log = logging.getLogger(__name__)

SLICE_SECONDS = 0.008
Steps = Generator[str, None, object]
"""Work in steps of a few milliseconds; each says how far it is, or nothing. What it returns is what it gives."""


class Slices(QObject):
    """Runs one piece of work at a time, for which another thread would fight with the window for the interpreter."""

    progressed = Signal(str)
    """How far it is, in words."""
    done = Signal(object)
    """What the work gave."""
    failed = Signal(str)
    """Why it gave nothing: a fault of the program's own, in words."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._steps: Steps | None = None
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._go_on)

    @property
    def is_running(self) -> bool:
        """Whether there is work left."""
        return self._steps is not None

    def run(self, steps: Steps) -> None:
        """Begins a piece of work; an older one is dropped."""
        self.cancel()
        self._steps = steps
        self._timer.start()

    def cancel(self) -> None:
        """Drops the work: nothing is said of it any more."""
        self._timer.stop()
        steps, self._steps = self._steps, None
        if steps is not None:
            steps.close()

    def _go_on(self) -> None:
        steps, until = self._steps, time.perf_counter() + SLICE_SECONDS
        try:
            while steps is not None and time.perf_counter() < until:
                said = next(steps)
                if said:
                    self.progressed.emit(said)
                    break
        except StopIteration as end:
            self.cancel()
            self.done.emit(end.value)
        except Exception:
            log.exception("work of the window failed")
            self.cancel()
            self.failed.emit("Internal error; see the log.")
