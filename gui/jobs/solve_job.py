"""Solves the document's plan in the background: the newest plan wins, and the window never waits."""

from __future__ import annotations

import dataclasses
import math
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import Problem, say
from gigaplan.engine.results.result import Result, failure
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.worker import Stopped, Told, Worker, last_heard
from gigaplan.gui.text.number_format import percent

if TYPE_CHECKING:
    from gigaplan.engine.optimization.solver import Solver
    from gigaplan.engine.solve.integer_decisions import Decisions, Proof, ProofProgress

LONG_SECONDS = 1.0
"""How long an older plan is solved on, from its beginning: nobody waits for it for longer."""
WAITS = 0.05
"""Seconds that a solve waits at most, between two of its parts, for the window to have taken up what there is."""
PROVE_AFTER_MS = 300
"""How long a plan with integer decisions must rest before they are proven."""
FAILED = Problem(
    severity="error",
    path="",
    message=say("solve_broke_down"),
)
"""What a person is told where the solver, or the thread that it runs in, breaks down."""


class KeptSolver:
    """A solver that is kept from plan to plan, for its basis; after a failure it is made anew. For one thread."""

    def __init__(self) -> None:
        self.solver: Solver | None = None
        self._told: Told | None = None
        self.stage = ""
        """What is being done now, empty between solves: another thread may read it at any time."""
        self.anyway: Plan | None = None
        """The plan that is solved whatever its size, in a process of its own."""
        self.window_rests = threading.Event()
        """Whether the window has taken up and painted what there is. Until then a solve waits where it is not in
        HiGHS: beside each other both would take twice as long, and a person sees only the window."""
        self.window_rests.set()

    def solve(self, plan: Plan, told: Told, hold: Decisions | None = None) -> Result:
        """The optimum of a plan, as `solve_plan` finds it; its status is `too_large` where it takes too much memory
        for a solve beside every edit. Raises Stopped where nobody waits any more."""
        # The engine's solver is imported here, so that the window is on the screen before it.
        from gigaplan.engine.optimization.solver import Solver
        from gigaplan.engine.solve.size import LIVE
        from gigaplan.engine.solve.solve import solve_plan

        self._told = told
        solver, self.solver = self.solver, None
        if solver is None:
            # Asked all the while: a solve has several parts, and a cancel that comes between two would be lost.
            solver = Solver(interrupt=self._is_dropped)
        try:
            result = solve_plan(plan, solver=solver, hold=hold, memory=LIVE, stage=self._note)
            self.solver = solver
            if result.status == "too_large" and plan is self.anyway:
                self._note("in a process of its own")
                return _apart(plan, told)
        finally:
            self._note("")
        if result.status == "cancelled":
            raise Stopped
        return result

    def _is_dropped(self) -> bool:
        if self.stage == "building":
            self.window_rests.wait(WAITS)
        return self._told is not None and self._told.is_dropped()

    def _note(self, stage: str) -> None:
        self.stage = stage
        if stage:
            self.window_rests.wait(WAITS)


def _apart(plan: Plan, told: Told) -> Result:
    """The result of a large plan, from a process that is killed once nobody waits."""
    from gigaplan.engine.solve.large_plan_job import SolveJob

    return last_heard(SolveJob(plan), told, Result)


class Planner(QObject):
    """Keeps `result` in step with the document. A result of an older plan is never taken for the newest.

    An edit that no figure depends on, as of a name or of the place of a card, is not solved: the result that is there
    is told of the new plan. So is the one that an undo comes back to before anything else was found.
    While a person edits, integer decisions (signatures, ports) are held as they were; once the plan rests, a process
    of its own proves them or finds better ones, and the result follows.
    """

    result_found = Signal(object)
    """A new Result, turns of the event loop before `result_changed`: what draws it then is on the screen before all
    other views take it up, and what a hand does is heard in between."""
    result_painted = Signal(object)
    """A new Result, once what `result_found` drew is painted, and a turn before `result_changed`: for the view that
    takes as long as all the others."""
    result_changed = Signal(object)
    """A new Result; views draw it. Its plan may already be older than the document's while a person drags.

    Where its `solution` is that of the result before, it is the same optimum told of a plan in which nothing but names,
    notes, sources and places differ, or with its integers proven: no figure has moved.
    """
    state_changed = Signal(str)
    """solving, solved or cancelled."""
    proof_changed = Signal(str)
    """How the proof of the integer decisions stands, in words; empty when there is nothing to prove."""
    _asked = Signal()

    def __init__(self, document: Document, *, waits: bool = False) -> None:
        """With `waits`, nothing is solved before `begin`."""
        super().__init__(document)
        self._document = document
        self.result: Result | None = None
        self.state = "solved"
        self._wanted: Plan | None = None
        self.others: Callable[[], Iterable[Result]] = tuple
        """Gives results that may be those of a plan that is asked for next, as of its other scenarios."""
        self._decisions: Decisions = {}
        self._kept, self._solver = self._new_solver()
        self._prover = Worker("prover", prove, self)
        self._prover.progressed.connect(self._tell_gap)
        self._prover.answer.connect(lambda _, proof: self._take_proof(proof))
        self._prover.failed.connect(lambda *_: self._tell_unproven())
        self._off = ""
        """How far the decisions may be off at most, as a part of the cost, as the last word of their proof has it."""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(PROVE_AFTER_MS)
        self._rest.timeout.connect(self._prove)
        document.changed.connect(self._follow)
        document.replaced.connect(self._start_afresh)
        # The thread begins, and wakes, when every view has taken up the edit, not beside them: they would fight for
        # the interpreter.
        self._asked.connect(self._ask, Qt.ConnectionType.QueuedConnection)
        self._waits = waits
        self._found: tuple[Result, Decisions] | None = None
        """What was found, and is not given to all views yet."""
        self._giving = QTimer(self, singleShot=True, interval=0)
        self._giving.timeout.connect(self._next_turn)
        self._turns = 0
        """Of the event loop, since it was found."""
        self._resting = QTimer(self, singleShot=True, interval=0)
        self._resting.timeout.connect(self._rest_window)
        self._retold = QTimer(self, singleShot=True, interval=0)
        self._retold.timeout.connect(self._tell_anew)

    @property
    def is_stale(self) -> bool:
        """Whether the result shown belongs to an older plan than the document's."""
        return self.result is None or self.result.plan is not self._document.plan

    @property
    def stage(self) -> str:
        """What the solve is at: checking, building, searching; empty between solves."""
        return self._kept.stage

    @property
    def is_busy(self) -> bool:
        """Whether something is being solved or proven, which `cancel` would stop."""
        return self.state == "solving" or self._prover.is_busy

    def begin(self) -> None:
        """Begins to solve, where that has waited: the solver is imported, and what was asked for meanwhile solved."""
        self._waits = False
        self._asked.emit()

    def submit(self, plan: Plan) -> None:
        """Asks for the optimum of `plan`; what was asked before and has not begun is forgotten."""
        self._stop_proof()
        self._wanted = plan
        self._set_state("solving")
        if not self._waits:
            self._asked.emit()

    def solve_anyway(self) -> None:
        """Solves the document's plan, however large it is."""
        self._kept.anyway = self._document.plan
        self.submit(self._document.plan)

    def cancel(self) -> None:
        """Stops what is being solved or proven; the last result stays, marked stale."""
        self._give()
        was_proving = self._prover.is_busy
        self._stop_proof()
        if was_proving:
            self._tell_unproven()
        self._drop()
        if self.state == "solving":
            self._set_state("cancelled")

    def stop(self, seconds: float = 2.0) -> None:
        """Ends the background work, waiting so long at most."""
        self._rest.stop()
        self._drop()
        self._prover.stop(seconds)
        self._solver.stop(seconds)

    def _ask(self) -> None:
        plan, self._wanted = self._wanted, None
        if plan is not None:
            self._solver.ask(plan)

    def _drop(self) -> None:
        self._wanted = self._found = None
        self._solver.cancel()

    def _go_first(self) -> None:
        """Has the solve wait until what the window does now is done and painted."""
        self._kept.window_rests.clear()
        self._resting.start()

    def _rest_window(self) -> None:
        self._kept.window_rests.set()

    def _follow(self, _before: Plan, plan: Plan) -> None:
        self._go_first()
        known = self._known(plan)
        if known is None:
            self.submit(plan)
            return
        self._drop()
        self.result = known
        self._set_state("solved")
        self._retold.start()

    def _known(self, plan: Plan) -> Result | None:
        """A result that is there as that of `plan`, where no figure differs."""
        there = [r for r in (self.result, *self.others()) if r is not None and r.allocation is not None]
        if not there:
            return None
        from gigaplan.engine.solve.reuse_result import retold

        return next(filter(None, (retold(result, plan) for result in there)), None)

    def _tell_anew(self) -> None:
        if self.result is None or self.is_stale:
            return
        self.result_changed.emit(self.result)
        self._rest_before_proof()

    def _start_afresh(self) -> None:
        """Another plan was opened: no figure of the last one may stand for one of its own, and it does not wait for
        the last one's solve to notice that nobody waits."""
        self._drop()
        if not self._solver.wait(0):
            self._solver.stop(0)
            self._kept, self._solver = self._new_solver()
        self.result, self._decisions = None, {}
        self._set_state("solved")  # nothing is awaited of it

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)

    def _new_solver(self) -> tuple[KeptSolver, Worker]:
        kept = KeptSolver()
        worker = Worker("planner", lambda plan, told: self._solve(kept, plan, told), self, patience=LONG_SECONDS)
        worker.answer.connect(lambda _, found: self._publish(*found))
        worker.failed.connect(self._fail)
        return kept, worker

    def _solve(self, kept: KeptSolver, plan: Plan, told: Told) -> tuple[Result, Decisions]:
        """In the thread: the optimum of a plan, with its integer decisions."""
        from gigaplan.engine.solve.integer_decisions import decisions_of

        decisions = self._decisions
        result = kept.solve(plan, told, decisions)
        if result.status == "infeasible":
            # Perhaps only with these decisions held.
            result = kept.solve(plan, told)
        if result.program is not None and result.solution is not None and result.integers != "none":
            decisions = decisions_of(result.program, result.solution.values)
        return result, decisions

    def _fail(self, plan: Plan, _why: str) -> None:
        self._publish(failure(plan, "error", (FAILED,)), self._decisions)

    def _publish(self, result: Result, decisions: Decisions) -> None:
        self._go_first()
        self._found = result, decisions
        self.result_found.emit(result)
        self._turns = 0
        self._giving.start()

    def _next_turn(self) -> None:
        """The first turn paints, and hears what a hand did; in each of the next two some views take the result up."""
        if self._found is None:
            return
        self._go_first()
        self._turns += 1
        if self._turns == 2:
            self.result_painted.emit(self._found[0])
        if self._turns <= 2:
            self._giving.start()
        else:
            self._give()

    def _give(self) -> None:
        found, self._found = self._found, None
        if found is None:
            return
        self._go_first()
        result, decisions = found
        self.result = result
        self.result_changed.emit(result)
        if self.is_stale:
            return
        self._decisions = decisions
        self._set_state("solved")
        self._rest_before_proof()

    def _rest_before_proof(self) -> None:
        if self.result is not None and self.result.integers == "held" and not self._prover.is_busy:
            self._rest.start()
            self.proof_changed.emit(f"{self.result.decided} held")

    def _prove(self) -> None:
        if self.result is not None and not self.is_stale and self.result.integers == "held":
            self._off = ""
            self._prover.ask(self.result.plan)
            self.proof_changed.emit(f"proving {self.result.decided} …")

    def _stop_proof(self) -> None:
        self._rest.stop()
        if self._prover.is_busy:
            self._prover.cancel()
            self.proof_changed.emit("")

    def _tell_gap(self, _plan: Plan, word: ProofProgress) -> None:
        self._off = percent(math.ceil(word.gap * 1000) / 1000)
        self.proof_changed.emit(f"proving {self._decided()}: within {self._off} of the bound")

    def _tell_unproven(self) -> None:
        off = f": within {self._off} of the bound" if self._off else ""
        self.proof_changed.emit(f"{self._decided()} are not proven{off}")

    def _decided(self) -> str:
        return "integer decisions" if self.result is None else self.result.decided

    def _take_proof(self, proof: Proof) -> None:
        if proof.status == "optimal":
            self.proof_changed.emit("")
        else:
            self._tell_unproven()
        if proof.status != "optimal" or self.result is None:
            return
        if dict(proof.decisions) == dict(self._decisions):
            self.result = dataclasses.replace(self.result, integers="proven")
            self.result_changed.emit(self.result)
        else:
            self._decisions = proof.decisions
            self.submit(self.result.plan)


def prove(plan: Plan, told: Told) -> Proof:
    """The proof of a plan's integer decisions, from a process of its own; it is killed once nobody waits."""
    from gigaplan.engine.solve.integer_decisions import Proof, ProofJob

    return last_heard(ProofJob(plan), told, Proof)
