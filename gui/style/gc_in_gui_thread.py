"""Collects garbage in the window's thread alone.

Python collects in whichever thread happens to allocate. In the planner's thread it could come upon a view that is
gone in Python but not yet in Qt, and destroy it there, which Qt does not survive.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

LOOK_MS = 100
SETTLED_MS = 3000
"""After so long, what was made at the start stays: it is not looked at again, so that a full collection is short."""


class Collector(QObject):
    """Switches Python's own collection off and does its work, by its thresholds, between two events of the window."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(LOOK_MS)
        QTimer.singleShot(SETTLED_MS, self, gc.freeze)

    def look(self) -> None:
        """Collects the oldest generation that is due, as Python would."""
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > self._thresholds[generation]:
                gc.collect(generation)
                return
