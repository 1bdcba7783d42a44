"""Finds in the background what one more of each limit is worth, how far prices must fall, and which choices of a
platform are open."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from gigaplan.engine.results.result import Result
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.jobs.worker import Stopped, Told, Worker

REST_MS = 250
"""How long a result must have rested: while a person drags, nobody reads what its limits are worth."""
TELL_MS = 150
"""What is found meanwhile is told at once."""


class Worths(QObject):
    """Follows the planner; what is found is kept with its result (`worths`, `falls`, `open_choices`), where views read
    it."""

    changed = Signal(object)
    """More is known of the limits of this Result, or all."""

    def __init__(self, planner: Planner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._planner = planner
        self._told = 0
        self._failed: object = None
        self._worker = Worker("worths", weigh, self)
        self._worker.answer.connect(self._end)
        self._worker.failed.connect(self._fail)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._begin)
        self._pulse = QTimer(self, interval=TELL_MS)
        self._pulse.timeout.connect(self._tell)
        planner.result_changed.connect(self._follow)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to be found of the result as it stands."""
        result = self._planner.result
        if result is None or result.allocation is None or result.worths is self._failed:
            return True
        return result.worths.is_complete and result.falls.is_complete and result.open_choices.is_complete

    def stop(self, seconds: float = 2.0) -> None:
        """Ends the background work, waiting so long at most."""
        self._rest.stop()
        self._pulse.stop()
        self._worker.stop(seconds)

    def _follow(self, result: Result) -> None:
        asked: Result | None = self._worker.question
        if asked is not None and result.worths is asked.worths:
            return  # the same optimum, told of a plan with other names
        self._pulse.stop()
        self._worker.cancel()
        if not self.is_settled:
            self._rest.start()

    def _begin(self) -> None:
        result = self._planner.result
        if result is None or self._planner.is_stale or self.is_settled:
            return  # a newer result starts the timer again
        from gigaplan.engine.solve.size import LIVE, too_large

        if too_large(result.plan, LIVE):  # its program may not be solved in this process
            self._failed = result.worths
            return
        self._told = -1
        self._pulse.start()
        self._worker.ask(result)

    def _tell(self) -> None:
        result: Result | None = self._worker.question
        if result is not None and (known := _known(result)) != self._told:
            self._told = known
            self.changed.emit(result)

    def _end(self, _: Result) -> None:
        self._pulse.stop()
        if self._planner.result is not None:  # another plan may have been begun meanwhile
            self.changed.emit(self._planner.result)

    def _fail(self, result: Result) -> None:
        self._failed = result.worths
        self._end(result)


def _known(result: Result) -> int:
    return len(result.worths.found) + len(result.falls.found) + len(result.open_choices.found)


def weigh(result: Result, told: Told) -> None:
    """Finds what the limits of a result are worth, how far prices must fall, and which choices are open; all is kept
    with it."""
    from gigaplan.engine.analysis.price_falls import price_falls
    from gigaplan.engine.analysis.shadow_prices import worths
    from gigaplan.engine.analysis.throughput_bands import open_choices
    from gigaplan.engine.optimization.solution import Cancelled

    try:
        worths(result, only_binding=True, cancelled=told.is_dropped)
        price_falls(result, cancelled=told.is_dropped)
        open_choices(result, cancelled=told.is_dropped)
    except Cancelled:
        raise Stopped from None
