"""When what is shown must be seen to wait for its result."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from gigaplan.gui.jobs.solve_job import Planner

LATE_MS = 250
"""A result that takes longer than this to follow an edit leaves what is shown dimmed; quicker ones do not flicker."""


class Lateness(QObject):
    """Whether a planner's result has been awaited for long, or is awaited no more and was never found."""

    changed = Signal(bool)
    """Whether it is late; said again where a solve that follows a cancelled one takes long."""

    def __init__(self, planner: Planner) -> None:
        super().__init__(planner)
        self._planner = planner
        self.is_late = False
        self._patience = QTimer(self, singleShot=True, interval=LATE_MS)
        self._patience.timeout.connect(self._become_late)
        planner.state_changed.connect(self._wait)
        planner.result_changed.connect(self._take)

    def _take(self, _: object) -> None:
        self._set(False)
        self._wait()

    def _wait(self, _: str = "") -> None:
        """Begins to wait, with each result of an older plan anew."""
        if self._planner.state == "solving":
            self._patience.start()
        else:
            self._patience.stop()
            if self._planner.state == "cancelled":
                self._become_late()  # said again where it was late: why it is has changed
            else:
                self._set(False)

    def _become_late(self) -> None:
        self.is_late = True
        self.changed.emit(True)

    def _set(self, late: bool) -> None:
        if late != self.is_late:
            self.is_late = late
            self.changed.emit(late)
