"""Solves the scenarios of a plan beside the window, one after another; the newest plan wins.

It also takes the difference that a scenario makes apart, move by move, where that is asked for.
"""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.results.result import Result, failure
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import KeptSolver, Planner
from gigaplan.gui.jobs.worker import Stopped, Told, Worker

if TYPE_CHECKING:
    from gigaplan.engine.analysis.waterfall import WaterfallStep

log = logging.getLogger(__name__)

BASE = ""
"""The id that stands for the base among those of scenarios."""
NO_STEPS = "The steps could not be computed."


@dataclass(frozen=True)
class ScenarioQuestion:
    """Which difference is to be taken apart: of a scenario to the base, in one KPI."""

    plan: Plan
    scenario: str
    measure: str
    base: Result


class ScenarioWorker(QObject):
    """Answers `solve(plan)` with `found` for each of its scenarios, unless another plan is asked for before."""

    found = Signal(object, str, object)
    """(plan, scenario id, Result): the plan as it was asked for, and what is best under the scenario."""
    explained = Signal(object, object)
    """(Question, steps): the tuple of steps, or in words why there are none."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: dict[str, Result] = {}
        self._solver, self._step_solver = KeptSolver(), KeptSolver()
        self._scenarios = Worker("scenarios", self._solve_all, self)
        self._scenarios.progressed.connect(lambda asked, found: self.found.emit(asked[0], *found))
        self._scenarios.failed.connect(self._fail)
        self._steps = Worker("steps of a scenario", self._steps_of, self)
        self._steps.answer.connect(self.explained)
        self._steps.failed.connect(lambda question, _: self.explained.emit(question, NO_STEPS))

    def solve(self, plan: Plan, with_base: bool = False) -> None:
        """Asks for every scenario of `plan`, and for the plan itself; what is solved for an older one is dropped."""
        self._steps.cancel()
        self._scenarios.ask((plan, with_base))

    def explain(self, question: ScenarioQuestion) -> None:
        """Asks for the steps of a difference, answered with `explained`; the newest question wins."""
        self._steps.ask(question)

    def cancel(self) -> None:
        """Drops what was asked for and is not answered yet."""
        self._scenarios.cancel()
        self._steps.cancel()

    def stop(self, seconds: float = 2.0) -> None:
        """Ends the background work, waiting so long at most."""
        self._scenarios.stop(seconds)
        self._steps.stop(seconds)

    def _fail(self, asked: tuple[Plan, bool], _why: str) -> None:
        plan, with_base = asked
        for id in (*([BASE] if with_base else []), *(s.id for s in plan.scenarios)):
            self.found.emit(plan, id, failure(plan, "error", ()))

    def _solve_all(self, asked: tuple[Plan, bool], told: Told) -> None:
        plan, with_base = asked
        ids = [*([BASE] if with_base else []), *(scenario.id for scenario in plan.scenarios)]
        self._kept = {id: kept for id, kept in self._kept.items() if id in ids}
        for id in ids:
            told()
            told((id, self._result(plan, id, told)))

    def _result(self, plan: Plan, id: str, told: Told) -> Result:
        """The optimum under a scenario; the kept one where nothing that counts has changed."""
        from gigaplan.engine.plan.scenarios import apply_scenario

        try:
            moved = bare(apply_scenario(plan, id)) if id else plan
            kept = self._kept.get(id)
            result = None if kept is None else told_of(kept, moved)
            if result is None:
                result = self._solver.solve(moved, told)
        except PlanError as error:
            return failure(plan, "error", error.problems)
        except Stopped:
            raise
        except Exception:
            log.exception("solving the scenario %s failed", id)
            return failure(plan, "error", ())
        self._kept[id] = result
        return result

    def _steps_of(self, question: ScenarioQuestion, told: Told) -> tuple[WaterfallStep, ...] | str:
        from gigaplan.engine.analysis.waterfall import by_override

        known = [(bare(question.base.plan), question.base)]
        if question.scenario in self._kept:
            # With the very results that are shown, the steps add up to the difference that is shown.
            shown = self._kept[question.scenario]
            known.append((shown.plan, shown))

        def solve(plan: Plan) -> Result:
            told()
            plan = bare(plan)
            found = next((result for asked, result in known if asked == plan), None)
            if found is None:
                found = self._step_solver.solve(plan, told)
                known.append((plan, found))
            return found

        try:
            return by_override(question.plan, question.scenario, solve, question.measure)
        except PlanError as error:
            text = error.problems[0].text
            return f"{text[:1].upper()}{text[1:]}."


def told_of(kept: Result, moved: Plan) -> Result | None:
    """A result as that of `moved`, a bare plan, with its names; None where it has to be solved."""
    from gigaplan.engine.solve.reuse_result import retold

    return kept if kept.plan == moved else retold(kept, moved)


def bare(plan: Plan) -> Plan:
    """The plan without what no optimum depends on: other scenarios, uncertainties, places on the map, notes."""
    settings = msgspec.structs.replace(plan.settings, name="", notes="")
    return msgspec.structs.replace(plan, settings=settings, scenarios=(), uncertainties=(), layout=())


# What is best under each scenario of the open plan, found in the background once the plan rests.


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
        self._questions: list[ScenarioQuestion] = []
        """What is to be explained of the base as it stands; the first is being answered."""
        self.worker = ScenarioWorker(self)
        self.worker.found.connect(self._take)
        self.worker.explained.connect(self._tell)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._solve)
        document.base_changed.connect(self._plan_changed)
        document.scenario_changed.connect(self._rest.start)
        document.replaced.connect(self._forget)
        planner.result_changed.connect(self._base_changed)
        planner.others = self._fresh_ones
        if planner.result is not None:
            self._base_changed(planner.result)
        self._rest.start()

    @property
    def results(self) -> dict[str, Result]:
        """What was found for the plan as it stands, by scenario; what is still being solved is not in it."""
        return {id: self._latest[id] for id in self._fresh if id != BASE}

    @property
    def base(self) -> Result | None:
        """The newest result of the base, perhaps as it was before; None before the first."""
        return self._latest.get(BASE)

    @property
    def is_base_fresh(self) -> bool:
        """Whether `base` belongs to the base as it stands."""
        return self.base is not None and self.base.plan is self._document.base

    def latest(self, scenario: str) -> Result | None:
        """The newest result of a scenario, perhaps of an older plan; None before the first."""
        return self._latest.get(scenario)

    def is_fresh(self, scenario: str) -> bool:
        """Whether `latest` belongs to the plan as it stands."""
        return scenario in self._fresh

    def explain(self, scenario: str, measure: str) -> None:
        """Asks which move of a scenario changes a KPI by how much; `explained` answers, in its time."""
        base = self.base
        if base is None or not self.is_base_fresh:
            return
        question = ScenarioQuestion(self._document.base, scenario, measure, base)
        if (scenario, measure) not in [(q.scenario, q.measure) for q in self._questions]:
            self._questions.append(question)
            if len(self._questions) == 1:
                self.worker.explain(question)

    def stop(self) -> None:
        """Ends the background work."""
        self._rest.stop()
        self.worker.stop()

    def _plan_changed(self, before: Plan, plan: Plan) -> None:
        self.worker.cancel()
        self._questions.clear()
        self._asked = None
        there = {BASE, *(scenario.id for scenario in plan.scenarios)}
        self._latest = {id: result for id, result in self._latest.items() if id in there}
        told = self._told_of(before, plan)
        self._latest |= told
        self._fresh = set(told) - {BASE}
        self._rest.start()
        self.changed.emit()

    def _told_of(self, before: Plan, plan: Plan) -> dict[str, Result]:
        """The results that are there as those of `plan`, with its names, where the edit moved no figure of them."""
        from gigaplan.engine.plan.scenarios import apply_scenario, whole
        from gigaplan.engine.solve.reuse_result import same_figures

        if not same_figures(before, plan):
            return {}
        was = {scenario.id: whole(before, scenario).overrides for scenario in before.scenarios}
        same = [s.id for s in plan.scenarios if s.id in self._fresh and whole(plan, s).overrides == was.get(s.id)]
        found = {}
        if (base := self.base) is not None and base.plan is before and (told := told_of(base, plan)) is not None:
            found[BASE] = told
        for id in same:
            with contextlib.suppress(PlanError):  # the scenario does not apply: the worker says why
                told = told_of(self._latest[id], bare(apply_scenario(plan, id)))
                if told is not None:
                    found[id] = told
        return found

    def _fresh_ones(self) -> list[Result]:
        """What is known of the plan as it stands: whoever turns to another scenario need not wait."""
        return [self._latest[id] for id in (BASE, *self._fresh) if id in self._latest]

    def _forget(self) -> None:
        self._latest.clear()
        self._fresh.clear()

    def _base_changed(self, result: Result) -> None:
        base = self._document.base
        if self._document.scenario is None and bool(result.plan.scenarios) == bool(base.scenarios):
            self._latest[BASE] = result  # not one that comes late, of a scenario that was edited
        if not self._planner.is_stale and self._asked is not base:
            self._rest.start()

    def _solve(self) -> None:
        # A newer result of the base starts the timer again.
        plan = self._document.base
        with_base = self._document.scenario is not None and not self.is_base_fresh
        if self._planner.is_stale or (self._asked is plan and not with_base):
            return
        self._asked = plan
        self._questions.clear()
        if plan.scenarios:
            self.worker.solve(plan, with_base)

    def _take(self, plan: Plan, scenario: str, result: Result) -> None:
        if plan is self._document.base:
            self._latest[scenario] = result
            if scenario != BASE:
                self._fresh.add(scenario)
                self.found.emit(scenario, result)
            self.changed.emit()

    def _tell(self, question: ScenarioQuestion, answer: object) -> None:
        self._questions = [q for q in self._questions if q is not question]
        if self._questions:
            self.worker.explain(self._questions[0])
        if question.plan is self._document.base:
            self.explained.emit(question.scenario, question.measure, answer)
