"""Finds out, away from the window, why a plan cannot be met and what would mend it."""

from __future__ import annotations

import logging
import threading

from PySide6.QtCore import QObject, Qt, Signal

from gigaplan.engine.plan.plan import Plan

log = logging.getLogger(__name__)


class Diagnoser(QObject):
    """One diagnosis at a time; a newer question, or `stop`, ends the older one."""

    found = Signal(object, object)
    """(plan, Diagnosis)"""
    _told = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plan: Plan | None = None
        self._thread: threading.Thread | None = None
        self._told.connect(self._pass_on, Qt.ConnectionType.QueuedConnection)

    def ask(self, plan: Plan) -> None:
        """Begins to find out about a plan, unless it is under way already."""
        if plan is self._plan:
            return
        self._plan = plan
        self._thread = threading.Thread(target=self._work, args=(plan,), name="diagnosis", daemon=True)
        self._thread.start()

    def stop(self, seconds: float = 2.0) -> None:
        """Forgets the question."""
        self._plan = None
        if self._thread is not None:
            self._thread.join(seconds)

    def _work(self, plan: Plan) -> None:
        from gigaplan.engine.analysis.infeasibility.remedies import Cancelled, diagnose

        try:
            diagnosis = diagnose(plan, cancelled=lambda: self._plan is not plan)
        except Cancelled:
            return
        except Exception:
            log.exception("the diagnosis failed")
            return
        if self._plan is plan:
            self._told.emit(plan, diagnosis)

    def _pass_on(self, plan: Plan, diagnosis: object) -> None:
        if self._plan is plan:
            self.found.emit(plan, diagnosis)
