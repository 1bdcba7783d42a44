"""What the open plan comes to when its uncertain inputs turn out otherwise, found in the background."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from gigaplan.engine.plan.plan import Plan
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.cluster_address import address
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.jobs.worker import Told, Worker, heard

if TYPE_CHECKING:
    from gigaplan.engine.analysis.uncertainty import Case, CaseOutcome

REST_MS = 600
"""How long the plan must have rested before its uncertain inputs are tried."""
FEW = 3
"""Outcomes that must be there before it can be told how long the others take."""


@dataclass(frozen=True)
class ShownTable:
    """A table of an analysis of decisions, as it was shown."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tried:
    """What is known of the uncertain inputs of a plan."""

    kpi: str
    """The key figure that is looked at."""
    swings: dict[str, tuple[CaseOutcome, CaseOutcome]]
    """As those of Outcomes; empty where not every input was tried."""
    drawn: tuple[CaseOutcome, ...]
    asked: int
    """How many cases were asked for; the first of them are drawn."""
    seed: int
    shown: tuple[ShownTable, ...] = ()
    """What to sign now, and other analyses of decisions that were asked for."""


def left_words(seconds: float | None) -> str:
    """How long work is going to take, in words; empty where that is not known, or not worth a word."""
    if seconds is None or seconds < 5:
        return ""
    if seconds <= 55:
        return f"about {math.ceil(seconds / 5) * 5} s left"
    minutes = math.ceil(seconds / 60)
    return f"about {minutes} min left" if minutes < 120 else f"about {round(minutes / 60)} h left"


def seconds_left(times: Sequence[float], count: int) -> float | None:
    """How long the last of `count` pieces of work is off if the others take as long as those done since the first,
    at these times, s; None where too few are done. Before the first one, the process itself began."""
    done = len(times)
    return None if done < FEW else (times[-1] - times[0]) / (done - 1) * (count - done)


class Outcomes(QObject):
    """Tries each uncertain input alone, whenever the plan rests and is watched; draws of all together when asked.

    What was found stays, marked as of an older plan, until it is found anew.
    """

    changed = Signal()
    """Something of what this gives has moved."""

    def __init__(self, document: Document, planner: Planner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._planner = document, planner
        self.swings: dict[str, tuple[CaseOutcome, CaseOutcome]] = {}
        """What the plan comes to with one input at its P10 and at its P90, by the id of its row."""
        self.drawn: list[CaseOutcome] = []
        """What it comes to in each case drawn so far."""
        self.cases: list[Case] = []
        """The cases that were asked for; the first of them are drawn."""
        self.seed = 0
        """What the cases were drawn with; the same seed draws the same samples."""
        self.kpi = "tco_usd"
        """The key figure that is looked at."""
        self.failure = ""
        """Why the last work came to no end, in words."""
        self._swings_of: Plan | None = None
        self._drawn_of: Plan | None = None
        self._workers = {name: self._worker(name) for name in ("ends", "draws")}
        self._watched = False
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._try_ends)
        document.changed.connect(self._plan_changed)
        document.replaced.connect(self._forget)
        planner.result_changed.connect(self._wait)

    def _worker(self, name: str) -> Worker:
        worker = Worker(f"outcomes, {name}", try_cases, self)
        worker.progressed.connect(lambda run, found: self._take(name, run, found))
        worker.answer.connect(self.changed)
        worker.failed.connect(lambda _, why: self._fail(why))
        return worker

    @property
    def are_swings_fresh(self) -> bool:
        """Whether all of `swings` belong to the plan as it stands."""
        rows = self._document.plan.uncertainties
        return _alike(self._swings_of, self._document.plan) and all(row.id in self.swings for row in rows)

    @property
    def are_drawn_fresh(self) -> bool:
        """Whether `drawn` belongs to the plan as it stands."""
        return _alike(self._drawn_of, self._document.plan)

    @property
    def can_go_on(self) -> bool:
        """Whether cases are left to be drawn of the plan as it stands, and none is being drawn."""
        return self.are_drawn_fresh and len(self.drawn) < len(self.cases) and not self.is_drawing

    def known(self) -> Tried:
        """What was found of the plan as it stands; nothing is tried for it."""
        swings = dict(self.swings) if self.are_swings_fresh else {}
        drawn = tuple(self.drawn) if self.are_drawn_fresh else ()
        return Tried(self.kpi, swings, drawn, len(self.cases), self.seed)

    def seconds_left(self, name: str) -> float | None:
        """How long the `ends`, or the `draws`, are going to take, s; None until a few of them are done."""
        run: _Run | None = self._workers[name].question
        return None if run is None else run.seconds_left()

    @property
    def is_trying(self) -> bool:
        """Whether inputs are being tried alone."""
        return self._workers["ends"].is_busy

    @property
    def is_drawing(self) -> bool:
        """Whether cases are being drawn."""
        return self._workers["draws"].is_busy

    @property
    def hindrance(self) -> str:
        """Why nothing can be tried of the plan as it stands, in words; empty where it can."""
        result = self._planner.result
        if result is None or self._planner.is_stale:
            return "The plan is still being solved."
        if result.status != "optimal":
            return "The plan has no optimal solution to start from."
        unfit = next((p for p in result.problems if p.table == "uncertainties" and p.severity == "error"), None)
        return "" if unfit is None else f"{unfit.path} {unfit.text}."

    def watch(self, watched: bool) -> None:
        """Says whether anybody looks: only then are inputs tried."""
        self._watched = watched
        self._wait()

    def draw(self, count: int, seed: int = 0) -> None:
        """Draws so many cases of the plan as it stands, in the place of those there are."""
        from gigaplan.engine.analysis.uncertainty import draws

        self._workers["draws"].cancel()
        plan = self._document.plan
        self.drawn, self.cases, self.seed, self._drawn_of = [], draws(plan, count, seed), seed, plan
        self._begin("draws", plan, self.cases)

    def go_on(self) -> None:
        """Draws those of the cases that are left, where drawing was stopped."""
        if self.can_go_on:
            self._begin("draws", self._document.plan, self.cases[len(self.drawn) :])

    def stop_drawing(self) -> None:
        """Draws no more; what was drawn stays."""
        self._workers["draws"].cancel()
        self.changed.emit()

    def stop(self) -> None:
        """Ends the background work."""
        self._rest.stop()
        for worker in self._workers.values():
            worker.stop()

    def _begin(self, name: str, plan: Plan, cases: Sequence[Case]) -> None:
        self.failure = ""
        self._workers[name].ask(_Run(plan, cases))
        self.changed.emit()

    def _plan_changed(self, _: Plan, plan: Plan) -> None:
        for name, of in (("ends", self._swings_of), ("draws", self._drawn_of)):
            if self._workers[name].is_busy and not _alike(of, plan):
                self._workers[name].cancel()
        self._wait()
        self.changed.emit()

    def _forget(self) -> None:
        self._rest.stop()
        for worker in self._workers.values():
            worker.cancel()
        self.swings, self.drawn, self.cases, self.seed, self.failure = {}, [], [], 0, ""
        self._swings_of = self._drawn_of = None
        self.changed.emit()

    def _wait(self, *_: object) -> None:
        if self._watched and not self.is_trying and not self.are_swings_fresh:
            self._rest.start()

    def _try_ends(self) -> None:
        plan = self._document.plan
        if not self._watched or self.is_trying or self.are_swings_fresh or self.hindrance:
            return  # a newer result starts the timer again
        from gigaplan.engine.analysis.uncertainty import ends

        self._swings_of, self.swings = plan, {}
        self._begin("ends", plan, ends(plan))

    def _take(self, name: str, run: _Run, found: CaseOutcome | str) -> None:
        if isinstance(found, str):
            self._fail(found)
            return
        run.take(found)
        if name == "draws":
            self.drawn.append(found)
        elif len(run.found) % 2 == 0:
            row = run.plan.uncertainties[len(run.found) // 2 - 1]
            self.swings[row.id] = (run.found[-2], found)
        self.changed.emit()

    def _fail(self, why: str) -> None:
        self.failure = why
        self.changed.emit()


def _alike(one: Plan | None, other: Plan) -> bool:
    """Whether two plans, and how sure their inputs are, come to the same."""
    if one is None or one is other:
        return one is other
    from gigaplan.engine.solve.reuse_result import same_figures

    return one.uncertainties == other.uncertainties and same_figures(one, other)


class _Run:
    """Cases of a plan, and what is found in them."""

    def __init__(self, plan: Plan, cases: Sequence[Case]) -> None:
        self.plan, self.cases, self.cluster = plan, cases, address()
        self.found: list[CaseOutcome] = []
        self._times: list[float] = []

    def take(self, found: CaseOutcome) -> None:
        """Keeps what was found, and when."""
        self.found.append(found)
        self._times.append(time.monotonic())

    def seconds_left(self) -> float | None:
        """How long the cases that are left take; None of too few."""
        return seconds_left(self._times, len(self.cases))


def try_cases(run: _Run, told: Told) -> None:
    """Says what is found in each case, by a process that is killed once nobody waits."""
    from gigaplan.engine.analysis.uncertainty import OutcomeJob

    job = OutcomeJob(run.plan, run.cases, run.cluster)
    try:
        for _ in run.cases:
            word = heard(job, told)
            told(word)
            if isinstance(word, str):
                return
    finally:
        job.cancel()
