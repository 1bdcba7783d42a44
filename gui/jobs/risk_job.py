"""What the open plan comes to when its uncertain inputs turn out otherwise, found in the background."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from gigaplan.engine.plan.plan import Plan
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner

if TYPE_CHECKING:
    from gigaplan.engine.analysis.uncertainty import Case, Outcome, OutcomeJob

log = logging.getLogger(__name__)

REST_MS = 600
"""How long the plan must have rested before its uncertain inputs are tried."""
DIED = "Internal error; see the log."
FEW = 3
"""Outcomes that must be there before it can be told how long the others take."""


@dataclass(frozen=True)
class Tried:
    """What is known of the uncertain inputs of a plan."""

    kpi: str
    """The key figure that is looked at."""
    swings: dict[str, tuple[Outcome, Outcome]]
    """As those of Outcomes; empty where not every input was tried."""
    drawn: tuple[Outcome, ...]
    asked: int
    """How many cases were asked for; the first of them are drawn."""
    seed: int


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
    _told = Signal(object, object)

    def __init__(self, document: Document, planner: Planner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._planner = document, planner
        self.swings: dict[str, tuple[Outcome, Outcome]] = {}
        """What the plan comes to with one input at its P10 and at its P90, by the id of its row."""
        self.drawn: list[Outcome] = []
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
        self._runs: dict[str, _Run] = {}
        self._watched = False
        self._told.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._try_ends)
        document.changed.connect(self._plan_changed)
        document.replaced.connect(self._forget)
        planner.result_changed.connect(self._wait)

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
        run = self._runs.get(name)
        return None if run is None else run.seconds_left()

    @property
    def is_trying(self) -> bool:
        """Whether inputs are being tried alone."""
        return "ends" in self._runs

    @property
    def is_drawing(self) -> bool:
        """Whether cases are being drawn."""
        return "draws" in self._runs

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

        self._end("draws")
        plan = self._document.plan
        self.drawn, self.cases, self.seed, self._drawn_of = [], draws(plan, count, seed), seed, plan
        self._begin("draws", plan, self.cases)

    def go_on(self) -> None:
        """Draws those of the cases that are left, where drawing was stopped."""
        if self.can_go_on:
            self._begin("draws", self._document.plan, self.cases[len(self.drawn) :])

    def stop_drawing(self) -> None:
        """Draws no more; what was drawn stays."""
        self._end("draws")
        self.changed.emit()

    def stop(self) -> None:
        """Ends the background work."""
        self._rest.stop()
        for name in list(self._runs):
            self._end(name)

    def _begin(self, name: str, plan: Plan, cases: Sequence[Case]) -> None:
        self.failure = ""
        self._runs[name] = _Run(name, plan, cases, self._told)
        self.changed.emit()

    def _end(self, name: str) -> None:
        run = self._runs.pop(name, None)
        if run is not None:
            run.stop()

    def _plan_changed(self, _: Plan, plan: Plan) -> None:
        for name, of in (("ends", self._swings_of), ("draws", self._drawn_of)):
            if name in self._runs and not _alike(of, plan):
                self._end(name)
        self._wait()
        self.changed.emit()

    def _forget(self) -> None:
        self.stop()
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

    def _take(self, run: _Run, found: Outcome | None) -> None:
        if self._runs.get(run.name) is not run:
            return
        if found is None:
            self._end(run.name)
            self.failure = DIED
        else:
            run.take(found)
            if run.name == "draws":
                self.drawn.append(found)
            elif len(run.found) % 2 == 0:
                row = run.plan.uncertainties[len(run.found) // 2 - 1]
                self.swings[row.id] = (run.found[-2], found)
            if len(run.found) == run.count:
                self._end(run.name)
        self.changed.emit()


def _alike(one: Plan | None, other: Plan) -> bool:
    """Whether two plans, and how sure their inputs are, come to the same."""
    if one is None or one is other:
        return one is other
    from gigaplan.engine.solve.reuse_result import same_figures

    return one.uncertainties == other.uncertainties and same_figures(one, other)


class _Run:
    """Hears what a process finds in the cases that it was given, in a thread that only waits."""

    def __init__(self, name: str, plan: Plan, cases: Sequence[Case], told: object) -> None:
        self.name, self.plan, self.count = name, plan, len(cases)
        self.found: list[Outcome] = []
        self._times: list[float] = []
        self._cases, self._told = cases, told
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._wait, name=f"outcomes, {name}", daemon=True)
        self._thread.start()

    def take(self, found: Outcome) -> None:
        """Keeps what was found, and when."""
        self.found.append(found)
        self._times.append(time.monotonic())

    def seconds_left(self) -> float | None:
        """How long the cases that are left take; None of too few."""
        return seconds_left(self._times, self.count)

    def stop(self) -> None:
        """Ends the work: its process is killed within a tenth of a second."""
        self._stopping.set()

    def _wait(self) -> None:
        from gigaplan.engine.analysis.uncertainty import OutcomeJob

        job: OutcomeJob | None = None
        try:
            job = OutcomeJob(self.plan, self._cases)
            heard = 0
            while heard < self.count and not self._stopping.is_set():
                found = job.wait(0.1)
                if found is not None and not self._stopping.is_set():
                    heard += 1
                    self._told.emit(self, found)  # type: ignore[attr-defined]
        except EOFError:
            log.error("the process of uncertain inputs died")
            self._told.emit(self, None)  # type: ignore[attr-defined]
        except BaseException:
            self._told.emit(self, None)  # type: ignore[attr-defined]
            raise
        finally:
            if job is not None:
                job.cancel()
