"""Finds in the background where the best plan changes as the field that a hand is moving goes on moving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from gigaplan.engine.plan.fields import Field, Growth, Series
from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.scenarios import with_target
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.results.result import Result
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.decision_job import DecisionQuestion, answered
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.jobs.worker import Told, Worker

if TYPE_CHECKING:
    from gigaplan.engine.analysis.decisions.flips import Flips
    from gigaplan.engine.analysis.decisions.job import Answered

REST_MS = 300
"""How long a hand must rest."""
LOW, HIGH = 0.5, 2.0
"""Factors between which it is looked."""
ALIKE = 1e-6
"""Relative: factors that differ by less are one."""
NOT_SOLVED = ("scenarios", "uncertainties", "annotations")
"""Tables of a plan that its optimum does not know of."""
Place = tuple[str, str | None, str]


@dataclass(frozen=True)
class Range:
    """A field of a plan and the factors of what stands in it, over which it is looked."""

    plan: Plan
    """Without what its optimum does not know of."""
    place: Place
    field: Field
    low: float
    high: float
    near: Result | None
    """A result of this plan, or of one that differs in the field alone."""

    @property
    def value(self) -> float:
        """What the factor 1 stands for: the constant, the start of a growth, else the mean."""
        return number_of(self.plan, self.place, self.field)

    @property
    def unit(self) -> str:
        """That of the field in its row."""
        table, row, _ = self.place
        return self.field.unit_in(self.plan.settings if table == "plan" else find(self.plan, table, row or ""))

    def factor_in(self, plan: Plan) -> float | None:
        """What the field in another plan is a multiple by; None where the plan differs in more than that."""
        if not _same_but_for(self.plan, _bare(plan), self.place):
            return None
        then, now = (values_of(p, self.place, self.field) for p in (self.plan, plan))
        if then is None or now is None or len(then) != len(now):
            return None
        is_there = np.isfinite(then) & (then != 0)
        if not is_there.any() or not np.array_equal(np.isfinite(then), np.isfinite(now)):
            return None
        factors = now[is_there] / then[is_there]
        return float(factors[0]) if np.ptp(factors) <= ALIKE * abs(factors[0]) else None


class Ranges(QObject):
    """Follows the field that is moved; what is found is kept while the plan is the same but for that field."""

    changed = Signal()
    """More is known, or what was known is no longer of the plan."""

    def __init__(self, document: Document, planner: Planner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._planner = document, planner
        self.range: Range | None = None
        """What is looked at."""
        self.found: Flips | None = None
        self.failure = ""
        self._place: tuple[Place, Field] | None = None
        self._worker = Worker("range", _found, self)
        self._worker.answer.connect(self._take)
        self._worker.failed.connect(lambda _, why: self._fail(why))
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._begin)
        document.changed.connect(self._follow)
        document.replaced.connect(self.forget)

    @property
    def is_busy(self) -> bool:
        """Whether something is being found, or about to be."""
        return self._worker.is_busy or self._rest.isActive()

    @property
    def factor(self) -> float | None:
        """Where the field stands now, as a multiple of what it was when the range was looked at."""
        return None if self.range is None else self.range.factor_in(self._document.plan)

    def move(self, place: Place, field: Field) -> None:
        """Hears that a hand moves a field."""
        if self._place != (place, field):
            self.forget()
            self._place = place, field
        self._rest.start()

    def forget(self) -> None:
        """Looks at nothing any more."""
        self._rest.stop()
        self._worker.cancel()
        self._place = self.range = self.found = None
        self.failure = ""
        self.changed.emit()

    def stop(self, seconds: float = 2.0) -> None:
        """Ends the background work."""
        self._rest.stop()
        self._worker.stop(seconds)

    def _follow(self, *_: object) -> None:
        if self.range is not None:
            if self.factor is None:
                self.forget()
            else:
                self.changed.emit()

    def _begin(self) -> None:
        if self._place is None:
            return
        factor = self.factor
        if factor is not None and self.range is not None and self.range.low <= factor <= self.range.high:
            return  # known, or being found
        place, field = self._place
        plan = self._document.plan
        there = values_of(plan, place, field)
        if field.kind not in ("number", "series") or there is None or not (there > 0).any() or _is_large(plan):
            return
        high = HIGH if field.le is None else min(HIGH, field.le / float(there[np.isfinite(there)].max()))
        if high <= LOW:
            return
        self.range = Range(_bare(plan), place, field, LOW, high, self._planner.result)
        self.found, self.failure = None, ""
        self._worker.ask(self.range)
        self.changed.emit()

    def _take(self, _: Range, word: Answered) -> None:
        self.found, self.failure = word.found, word.refusal
        self.changed.emit()

    def _fail(self, why: str) -> None:
        self.failure = why
        self.changed.emit()


def _found(asked: Range, told: Told) -> Answered:
    from gigaplan.engine.analysis.decisions.flips import Begin, range_of

    near, begin = asked.near, None
    if near is not None and near.program is not None and near.solution is not None and near.status == "optimal":
        begin = Begin.of(near.program, near.solution)
    return answered(DecisionQuestion(range_of, asked.plan, (*asked.place, asked.low, asked.high, begin)), told)


def values_of(plan: Plan, place: Place, field: Field) -> np.ndarray | None:
    """[T] what stands in a field, or [1] of a number; None where it is empty, or there is no such row."""
    table, row, name = place
    owner = plan.settings if table == "plan" else find(plan, table, row or "")
    value: Series | None = getattr(owner, name, None)
    if value is None:
        return None
    return Timeline.of(plan.settings).values(value) if field.kind == "series" else np.array([float(value)])  # type: ignore[arg-type]


def number_of(plan: Plan, place: Place, field: Field) -> float:
    """The number that a field shows: the constant, the start of a growth, else the mean of what is finite."""
    table, row, name = place
    value = getattr(plan.settings if table == "plan" else find(plan, table, row or ""), name)
    if isinstance(value, Growth):
        return value.start
    values = values_of(plan, place, field)
    assert values is not None
    return float(values[np.isfinite(values)].mean())


def _bare(plan: Plan) -> Plan:
    return msgspec.structs.replace(plan, **dict.fromkeys(NOT_SOLVED, ()))


def _same_but_for(one: Plan, other: Plan, place: Place) -> bool:
    """Whether two plans without annotations are the same but for a field."""
    table, row, name = place
    if table != "plan" and (find(one, table, row or "") is None or find(other, table, row or "") is None):
        return False
    value = getattr(one.settings if table == "plan" else find(one, table, row or ""), name)
    return with_target(other, table, row, name, value) == one


def _is_large(plan: Plan) -> bool:
    from gigaplan.engine.solve.size import LIVE, too_large

    return too_large(plan, LIVE) is not None
