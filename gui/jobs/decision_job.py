"""Analyses of decisions of the open plan, found in the background, each in a process that ends with its question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from gigaplan.engine.plan.plan import Plan
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.cluster_address import address
from gigaplan.gui.jobs.worker import Told, Worker, last_heard

if TYPE_CHECKING:
    from gigaplan.engine.analysis.decisions.job import Answered


@dataclass(frozen=True)
class DecisionQuestion:
    """An analysis of `engine.analysis.decisions`, `work(plan, *given, progress)`, and what it is of."""

    work: Callable[..., Any]
    plan: Plan
    given: tuple[Any, ...]
    cluster: str = ""
    """The address of a scheduler whose workers do the cases, if any."""


class Decisions(QObject):
    """What was asked for last; it stays, marked as of an older plan, until it is asked for anew."""

    changed = Signal()
    """Something of what this gives has moved."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.found: Any = None
        self.plan: Plan | None = None
        """The base that `found` is of."""
        self.failure = ""
        """Why nothing was found, in words."""
        self.part, self.what = 0.0, ""
        """How far the work is, 0 to 1, and at what."""
        self._worker = Worker("decisions", answered, self)
        self._worker.progressed.connect(self._hear)
        self._worker.answer.connect(self._take)
        self._worker.failed.connect(lambda question, why: self._fail(why))
        document.base_changed.connect(lambda *_: self.changed.emit())
        document.replaced.connect(self._forget)

    @property
    def is_busy(self) -> bool:
        """Whether something is being worked out."""
        return self._worker.is_busy

    @property
    def is_fresh(self) -> bool:
        """Whether `found` is of the base as it stands."""
        return self.found is not None and self.plan is self._document.base

    def ask(self, work: Callable[..., Any], *given: Any) -> None:
        """Begins an analysis of the base as it stands."""
        self.part, self.what, self.failure = 0.0, "", ""
        self._worker.ask(DecisionQuestion(work, self._document.base, given, address()))
        self.changed.emit()

    def cancel(self) -> None:
        """Drops what is being worked out; what was found before stays."""
        self._worker.cancel()
        self.changed.emit()

    def stop(self) -> None:
        """Ends the background work."""
        self._worker.stop()

    def _forget(self) -> None:
        self._worker.cancel()
        self.found, self.plan, self.failure = None, None, ""
        self.changed.emit()

    def _hear(self, _: DecisionQuestion, word: tuple[float, str]) -> None:
        self.part, self.what = word
        self.changed.emit()

    def _take(self, question: DecisionQuestion, word: Answered) -> None:
        if word.refusal:
            self._fail(word.refusal)
            return
        self.found, self.plan = word.found, question.plan
        self.changed.emit()

    def _fail(self, why: str) -> None:
        self.failure = why
        self.changed.emit()


def answered(question: DecisionQuestion, told: Told) -> Answered:
    """The answer, from a process of its own that is killed once nobody waits."""
    from gigaplan.engine.analysis.decisions.job import Answered, DecisionJob

    job = DecisionJob(question.work, question.plan, *question.given, cluster=question.cluster)
    return last_heard(job, told, Answered)
