"""What is best under each scenario of the open plan, found in the background once the plan rests."""

from __future__ import annotations

import contextlib

from PySide6.QtCore import QObject, QTimer, Signal

from engine.plan import Plan
from engine.problems import PlanError
from engine.results import Result
from gui.document import Document
from gui.planner import Planner
from gui.scenario_worker import Question, ScenarioWorker, bare, told_of

REST_MS = 400
"""How long the plan must have rested before its scenarios are solved."""


class ScenarioResults(QObject):
    """Keeps the results of the scenarios in step with the document, for every view that shows them."""

    found = Signal(str, object)
    """(scenario, Result): a scenario of the plan as it stands was solved."""
    changed = Signal()
    """Something of what this gives has moved: a result came, or those there were belong to an older plan."""
    explained = Signal(str, str, object)
    """(scenario, measure, steps): the answer to `explain`: a tuple of steps, or in words why there are none."""

    def __init__(self, document: Document, planner: Planner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._planner = document, planner
        self._latest: dict[str, Result] = {}
        self._fresh: set[str] = set()
        self._asked: Plan | None = None
        self.worker = ScenarioWorker(self)
        self.worker.found.connect(self._take)
        self.worker.explained.connect(self._tell)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._solve)
        document.changed.connect(self._plan_changed)
        document.replaced.connect(self._forget)
        planner.result_changed.connect(self._base_changed)
        self._rest.start()

    @property
    def results(self) -> dict[str, Result]:
        """What was found for the plan as it stands, by scenario; what is still being solved is not in it."""
        return {id: self._latest[id] for id in self._fresh}

    def latest(self, scenario: str) -> Result | None:
        """The newest result of a scenario, perhaps of an older plan; None before the first."""
        return self._latest.get(scenario)

    def is_fresh(self, scenario: str) -> bool:
        """Whether `latest` belongs to the plan as it stands."""
        return scenario in self._fresh

    def explain(self, scenario: str, measure: str) -> None:
        """Asks which move of a scenario changes a KPI by how much; `explained` answers, in its time."""
        base = self._planner.result
        if base is not None and not self._planner.is_stale:
            self.worker.explain(Question(self._document.plan, scenario, measure, base))

    def stop(self) -> None:
        """Ends the background work."""
        self._rest.stop()
        self.worker.stop()

    def _plan_changed(self, before: Plan, plan: Plan) -> None:
        self.worker.cancel()
        self._asked = None
        there = {scenario.id for scenario in plan.scenarios}
        self._latest = {id: result for id, result in self._latest.items() if id in there}
        told = self._told_of(before, plan)
        self._latest |= told
        self._fresh = set(told)
        self._rest.start()
        self.changed.emit()

    def _told_of(self, before: Plan, plan: Plan) -> dict[str, Result]:
        """The results that are there as those of `plan`, with its names, where the edit moved no figure of them."""
        if not self._fresh:
            return {}
        from engine.retold import same_figures
        from engine.scenarios import apply_scenario

        if not same_figures(before, plan):
            return {}
        was = {scenario.id: scenario.overrides for scenario in before.scenarios}
        same = [s.id for s in plan.scenarios if s.id in self._fresh and s.overrides == was.get(s.id)]
        found = {}
        for id in same:
            with contextlib.suppress(PlanError):  # the scenario does not apply: the worker says why
                told = told_of(self._latest[id], bare(apply_scenario(plan, id)))
                if told is not None:
                    found[id] = told
        return found

    def _forget(self) -> None:
        self._latest.clear()
        self._fresh.clear()

    def _base_changed(self, result: Result) -> None:
        if not self._planner.is_stale and self._asked is not result.plan:
            self._rest.start()

    def _solve(self) -> None:
        # A newer result of the base starts the timer again.
        plan = self._document.plan
        if self._planner.is_stale or self._asked is plan:
            return
        self._asked = plan
        if plan.scenarios:
            self.worker.solve(plan)

    def _take(self, plan: Plan, scenario: str, result: Result) -> None:
        if plan is self._document.plan:
            self._latest[scenario] = result
            self._fresh.add(scenario)
            self.found.emit(scenario, result)
            self.changed.emit()

    def _tell(self, question: Question, answer: object) -> None:
        if question.plan is self._document.plan:
            self.explained.emit(question.scenario, question.measure, answer)
