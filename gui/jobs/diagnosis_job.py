"""Finds out, away from the window, why no plan meets every limit and what the smallest remedies are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.results.result import Result
from gigaplan.gui.jobs.worker import Stopped, Told, Worker

if TYPE_CHECKING:
    from gigaplan.engine.analysis.infeasibility.remedies import Diagnosis, Remedy
    from gigaplan.engine.analysis.unserved import Serving


@dataclass(frozen=True, eq=False)
class Short:
    """The question what would serve the rest of a workload of an optimal result."""

    result: Result
    workload: str

    @property
    def plan(self) -> Plan:
        """The plan of the result."""
        return self.result.plan


Question = Plan | Short


class Diagnoser(QObject):
    """The answer to what was asked for last: the diagnosis of an infeasible plan, or what would serve a workload."""

    changed = Signal()
    """There is an answer, or the reason why there is none; or a remedy more is known."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._question: Question | None = None
        self.found: Diagnosis | Serving | None = None
        self.so_far: tuple[Remedy, ...] = ()
        """The remedies known while others are looked for."""
        self.failure = ""
        """Why nothing was found, in words."""
        self._worker = Worker("diagnosis", _answered, self)
        self._worker.answer.connect(self._take)
        self._worker.progressed.connect(self._hear)
        self._worker.failed.connect(lambda _, why: self._take(_, None, why))

    def is_about(self, question: Question) -> bool:
        """Whether this was asked for last."""
        asked = self._question
        if isinstance(asked, Short) and isinstance(question, Short):
            return asked.plan is question.plan and asked.workload == question.workload
        return asked is question

    def ask(self, question: Question) -> None:
        """Begins to find out, unless that is known or under way already."""
        if not self.is_about(question) or self.failure:
            self._question, self.found, self.failure, self.so_far = question, None, "", ()
            self._worker.ask(question)

    def stop(self, seconds: float = 2.0) -> None:
        """Forgets the question, for good."""
        self._worker.stop(seconds)

    def _hear(self, _: Question, remedy: Remedy) -> None:
        self.so_far = (*self.so_far, remedy)
        self.changed.emit()

    def _take(self, _: Question, found: Diagnosis | Serving | None, why: str = "") -> None:
        self.found, self.failure = found, why
        self.changed.emit()


def _answered(question: Question, told: Told) -> Diagnosis | Serving:
    if isinstance(question, Plan):
        return diagnosed(question, told, told)
    from gigaplan.engine.analysis.unserved import serving
    from gigaplan.engine.optimization.solution import Cancelled

    try:
        return serving(question.result, question.workload, cancelled=told.is_dropped)
    except Cancelled:
        raise Stopped from None


def diagnosed(plan: Plan, told: Told, found: Callable[[Remedy], object] = lambda remedy: None) -> Diagnosis:
    """Why no plan meets every limit, and the smallest remedies, each given to `found` as soon as it is known."""
    from gigaplan.engine.analysis.infeasibility.remedies import diagnose
    from gigaplan.engine.optimization.solution import Cancelled

    try:
        return diagnose(plan, cancelled=told.is_dropped, told=found)
    except Cancelled:
        raise Stopped from None
