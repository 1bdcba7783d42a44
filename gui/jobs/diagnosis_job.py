"""Finds out, away from the window, why no plan meets every limit, and what the smallest remedies are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gigaplan.engine.plan.plan import Plan
from gigaplan.gui.jobs.worker import Stopped, Told, Worker

if TYPE_CHECKING:
    from gigaplan.engine.analysis.infeasibility.remedies import Diagnosis


class Diagnoser(QObject):
    """The diagnosis of the plan that was asked for last."""

    changed = Signal()
    """There is an answer, or the reason why there is none."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.plan: Plan | None = None
        """The plan that was asked for."""
        self.found: Diagnosis | None = None
        self.failure = ""
        """Why nothing was found, in words."""
        self._worker = Worker("diagnosis", diagnosed, self)
        self._worker.answer.connect(self._take)
        self._worker.failed.connect(lambda _, why: self._take(_, None, why))

    def ask(self, plan: Plan) -> None:
        """Begins to find out about a plan, unless that is known or under way already."""
        if plan is not self.plan or self.failure:
            self.plan, self.found, self.failure = plan, None, ""
            self._worker.ask(plan)

    def stop(self, seconds: float = 2.0) -> None:
        """Forgets the question, for good."""
        self._worker.stop(seconds)

    def _take(self, _: Plan, found: Diagnosis | None, why: str = "") -> None:
        self.found, self.failure = found, why
        self.changed.emit()


def diagnosed(plan: Plan, told: Told) -> Diagnosis:
    """Why no plan meets every limit, and the smallest remedies."""
    from gigaplan.engine.analysis.infeasibility.remedies import diagnose
    from gigaplan.engine.optimization.highs import Cancelled

    try:
        return diagnose(plan, cancelled=told.is_dropped)
    except Cancelled:
        raise Stopped from None
