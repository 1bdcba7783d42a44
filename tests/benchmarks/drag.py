"""How late a frame is while a person drags a value, with the solver busy all the while: `python -m
tests.benchmarks.drag SIZE SECONDS`."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from gigaplan.gui.app.app import make_application
from gigaplan.gui.window.main_window import MainWindow
from tests.benchmarks.live import REST, Edit, edits, keep_apart, scrub, window_on
from tests.benchmarks.plans import sized

EVERY = 0.016
"""Seconds between two moves of a hand."""


def dragged(size: str, seconds: float) -> dict[str, dict[str, float]]:
    """Milliseconds from when a move was due until it is taken up and what it changes at once is painted, by the value
    that is dragged for so long; and the results that were drawn meanwhile, per second."""
    plan = sized(size)
    make_application()
    with tempfile.TemporaryDirectory() as folder:
        keep_apart(folder)
        window = window_on(plan, Path(folder))
        result = window.planner.result
        assert result is not None
        found = {}
        for name, table, row, edit in edits(plan, result):
            window.document.select(table, [row])
            window.wait_until_settled(REST)
            found[name] = Hand(window, name, edit).drag(seconds)
        window.document.undo_stack.setClean()
        window.close()
    return found


class Hand:
    """Moves a value each 16 ms. Moves that are due while the window does something else are one, as Qt makes them: it
    is as late as the first of them."""

    def __init__(self, window: MainWindow, name: str, edit: Edit) -> None:
        self._window, self._name, self._edit = window, name, edit
        self._factors = scrub(400)
        self._late: list[float] = []
        self._results = 0
        self._due = 0.0
        self._timer = QTimer(window, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._move)

    def drag(self, seconds: float) -> dict[str, float]:
        """Drags for so long."""
        self._window.planner.result_found.connect(self._count)
        until = time.perf_counter() + seconds
        self._due = time.perf_counter()
        self._timer.start(0)
        while time.perf_counter() < until:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        self._timer.stop()
        self._window.planner.result_found.disconnect(self._count)
        ms = np.array(self._late) * 1000
        p50, p95 = np.percentile(ms, [50, 95])
        return {
            "moves": len(ms),
            "p50_ms": float(p50),
            "p95_ms": float(p95),
            "most_ms": float(ms.max()),
            "results_per_second": self._results / seconds,
        }

    def _count(self, _: object) -> None:
        self._results += 1

    def _move(self) -> None:
        factor = self._factors[len(self._late) % len(self._factors)]
        self._window.document.apply(self._edit(factor), f"Scrub the {self._name}", self._name)
        QApplication.sendPostedEvents()
        now = time.perf_counter()
        self._late.append(now - self._due)
        self._due = max(self._due + EVERY, now)
        self._timer.start(max(0, round((self._due - now) * 1000)))


if __name__ == "__main__":
    import json
    import sys

    print(json.dumps(dragged(sys.argv[1], float(sys.argv[2])), indent=1))
