"""Solves the document's plan in the background: the newest plan wins, and the window never waits."""

from __future__ import annotations

import logging
import threading

from PySide6.QtCore import QObject, Qt, Signal

from engine.plan import Plan
from engine.results import Result, failure
from gui.document import Document

log = logging.getLogger(__name__)


class Planner(QObject):
    """Keeps `result` in step with the document. A result of an older plan is never published as the newest."""

    result_changed = Signal(object)
    """A new Result; views draw it. Its plan may already be older than the document's while a person drags."""
    state_changed = Signal(str)
    """solving, solved or cancelled."""
    _found = Signal(object)

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._document = document
        self.result: Result | None = None
        self.state = "solved"
        self._wanted: Plan | None = None
        self._wake = threading.Condition()
        self._stopping = False
        self._solver: object | None = None
        self._found.connect(self._publish, Qt.ConnectionType.QueuedConnection)
        document.changed.connect(lambda _, plan: self.submit(plan))
        self._thread = threading.Thread(target=self._work, name="planner", daemon=True)
        self._thread.start()

    @property
    def is_stale(self) -> bool:
        """Whether the result shown belongs to an older plan than the document's."""
        return self.result is None or self.result.plan is not self._document.plan

    def submit(self, plan: Plan) -> None:
        """Asks for the optimum of `plan`; what was asked before and has not begun is forgotten."""
        with self._wake:
            self._wanted = plan
            self._wake.notify()
        self._set_state("solving")

    def cancel(self) -> None:
        """Stops what is being solved; the last result stays, marked stale."""
        with self._wake:
            self._wanted = None
            solver = self._solver
        if solver is not None:
            solver.cancel()  # type: ignore[attr-defined]
        self._set_state("cancelled")

    def stop(self, seconds: float = 2.0) -> None:
        """Ends the background work, waiting so long at most."""
        with self._wake:
            self._stopping = True
            self._wanted = None
            self._wake.notify()
            solver = self._solver
        if solver is not None:
            solver.cancel()  # type: ignore[attr-defined]
        self._thread.join(seconds)

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)

    def _publish(self, result: Result) -> None:
        if self._stopping or result.status == "cancelled":
            return
        self.result = result
        self.result_changed.emit(result)
        if not self.is_stale:
            self._set_state("solved")

    def _work(self) -> None:
        # The engine's arrays and solver are imported here, so that the window is on the screen before them.
        from engine.solve import solve_plan
        from engine.solver import Solver

        solver = Solver()
        self._solver = solver
        while True:
            with self._wake:
                while self._wanted is None and not self._stopping:
                    self._wake.wait()
                if self._stopping:
                    return
                plan, self._wanted = self._wanted, None
            try:
                result = solve_plan(plan, solver=solver)
            except Exception:
                log.exception("solving failed")
                result = failure(plan, "error", ())
                solver = self._solver = Solver()
            if not self._stopping:
                self._found.emit(result)
