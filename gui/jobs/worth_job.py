"""Finds in the background what one more of each limit is worth, and how far prices must fall."""

from __future__ import annotations

import logging
import threading

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from gigaplan.engine.results.result import Result
from gigaplan.gui.jobs.solve_job import Planner

log = logging.getLogger(__name__)

REST_MS = 250
"""How long a result must have rested: while a person drags, nobody reads what its limits are worth."""
TELL_MS = 150
"""What is found meanwhile is told at once."""


class Worths(QObject):
    """Follows the planner; what is found is kept with its result (`worths`, `falls`), where views read it."""

    changed = Signal(object)
    """More is known of the limits of this Result, or all."""
    _over = Signal(object)

    def __init__(self, planner: Planner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._planner = planner
        self._result: Result | None = None
        """What is asked about."""
        self._told = 0
        self._failed: object = None
        self._thread: threading.Thread | None = None
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._begin)
        self._pulse = QTimer(self, interval=TELL_MS)
        self._pulse.timeout.connect(self._tell)
        self._over.connect(self._end, Qt.ConnectionType.QueuedConnection)
        planner.result_changed.connect(self._follow)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to be found of the result as it stands."""
        result = self._planner.result
        return result is None or result.allocation is None or (
            result.worths.is_complete and result.falls.is_complete) or result.worths is self._failed  # fmt: skip

    def stop(self, seconds: float = 2.0) -> None:
        """Ends the background work, waiting so long at most."""
        self._rest.stop()
        self._drop()
        if self._thread is not None:
            self._thread.join(seconds)

    def _follow(self, result: Result) -> None:
        if self._result is not None and result.worths is self._result.worths:
            return  # the same optimum, told of a plan with other names
        self._drop()
        if not self.is_settled:
            self._rest.start()

    def _drop(self) -> None:
        self._result = None
        self._pulse.stop()

    def _begin(self) -> None:
        result = self._planner.result
        if result is None or self._planner.is_stale or self.is_settled:
            return  # a newer result starts the timer again
        if self._thread is not None and self._thread.is_alive():
            self._rest.start()  # it was told to end, and does so after its solve
            return
        self._result, self._told = result, -1
        self._pulse.start()
        self._thread = threading.Thread(target=self._work, args=(result,), name="worths", daemon=True)
        self._thread.start()

    def _work(self, result: Result) -> None:
        from gigaplan.engine.analysis.price_falls import price_falls
        from gigaplan.engine.analysis.shadow_prices import Cancelled, worths

        def is_dropped() -> bool:
            return self._result is not result

        try:
            worths(result, only_binding=True, cancelled=is_dropped)
            price_falls(result, cancelled=is_dropped)
        except Cancelled:
            return
        except Exception:
            log.exception("what limits are worth could not be found")
            self._failed = result.worths
        self._over.emit(result)

    def _tell(self) -> None:
        if self._result is not None and (there := self._known()) != self._told:
            self._told = there
            self.changed.emit(self._result)

    def _known(self) -> int:
        return 0 if self._result is None else len(self._result.worths.found) + len(self._result.falls.found)

    def _end(self, result: Result) -> None:
        if result is self._result:
            self._pulse.stop()
            self.changed.emit(self._planner.result)
