"""Solves the document's plan in the background: the newest plan wins, and the window never waits."""

from __future__ import annotations

import dataclasses
import logging
import math
import threading
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import Problem
from gigaplan.engine.results.result import Result, failure
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.staleness import Lateness
from gigaplan.gui.text.number_format import percent

if TYPE_CHECKING:
    from gigaplan.engine.optimization.highs import Solver
    from gigaplan.engine.solve.integer_decisions import Decisions, Progress, Proof

log = logging.getLogger(__name__)

LONG_SECONDS = 1.0
PROVE_AFTER_MS = 300
"""How long a plan with integer decisions must rest before they are proven."""
FAILED = Problem(
    severity="error",
    path="",
    text="The plan could not be solved: internal error; see the log",
    mend="Save the plan, then solve again with F5.",
)
"""What a person is told where the solver, or the thread that it runs in, breaks down."""


class Planner(QObject):
    """Keeps `result` in step with the document. A result of an older plan is never taken for the newest.

    An edit that no figure depends on, as of a name or of the place of a card, is not solved: the result that is there
    is told of the new plan. So is the one that an undo comes back to before anything else was found.
    While a person edits, integer decisions (signatures, ports) are held as they were; once the plan rests, a process
    of its own proves them or finds better ones, and the result follows.
    """

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
    _found = Signal(object, object, int)
    _told = Signal(object, object)
    _died = Signal()

    def __init__(self, document: Document, *, waits: bool = False) -> None:
        """With `waits`, nothing is solved before `begin`."""
        super().__init__(document)
        self._document = document
        self.result: Result | None = None
        self.state = "solved"
        self._wanted: Plan | None = None
        self._wake = threading.Condition()
        self._stopping = False
        self._given_up = False
        """Whether nobody waits any more for what is being solved."""
        self._solver: Solver | None = None
        self._began = 0.0
        self._decisions: Decisions = {}
        self._opened = 0
        """Counts the plans that were opened: what is found for one of them is no answer to the next."""
        self._prover: _Prover | None = None
        self.lateness = Lateness(self)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(PROVE_AFTER_MS)
        self._rest.timeout.connect(self._prove)
        self._found.connect(self._publish, Qt.ConnectionType.QueuedConnection)
        self._told.connect(self._hear, Qt.ConnectionType.QueuedConnection)
        self._died.connect(self._bury, Qt.ConnectionType.QueuedConnection)
        document.changed.connect(self._follow)
        document.replaced.connect(self._start_afresh)
        self._thread: threading.Thread | None = None
        # The thread begins, and wakes, when every view has taken up the edit, not beside them: they would fight for
        # the interpreter.
        self._asked.connect(self._run, Qt.ConnectionType.QueuedConnection)
        self._waits = waits
        if not waits:
            self.begin()
        self._retold = QTimer(self, singleShot=True, interval=0)
        self._retold.timeout.connect(self._tell_anew)

    @property
    def is_stale(self) -> bool:
        """Whether the result shown belongs to an older plan than the document's."""
        return self.result is None or self.result.plan is not self._document.plan

    @property
    def is_busy(self) -> bool:
        """Whether something is being solved or proven, which `cancel` would stop."""
        return self.state == "solving" or self._prover is not None

    def begin(self) -> None:
        """Begins to solve, where that has waited: the solver is imported, and what was asked for meanwhile solved."""
        self._waits = False
        self._asked.emit()

    def submit(self, plan: Plan) -> None:
        """Asks for the optimum of `plan`; what was asked before and has not begun is forgotten."""
        self._stop_proof()
        with self._wake:
            self._wanted = plan
            if self._solver is not None and time.monotonic() - self._began > LONG_SECONDS:
                # Nobody waits for the answer to an older question for that long.
                self._given_up = True
        self._set_state("solving")
        if not self._waits:
            self._asked.emit()

    def cancel(self) -> None:
        """Stops what is being solved or proven; the last result stays, marked stale."""
        self._stop_proof()
        with self._wake:
            self._wanted = None
            self._given_up = True
        if self.state == "solving":
            self._set_state("cancelled")

    def stop(self, seconds: float = 2.0) -> None:
        """Ends the background work, waiting so long at most."""
        self._stop_proof()
        with self._wake:
            self._stopping = True
            self._wanted = None
            self._wake.notify()
            self._given_up = True
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        """Wakes the thread, or begins it where there is none; one that died is there until it is buried."""
        if not self._stopping and self._thread is None:
            self._thread = threading.Thread(target=self._live, name="planner", daemon=True)
            self._thread.start()
        with self._wake:
            self._wake.notify()

    def _live(self) -> None:
        try:
            self._work()
        except BaseException:
            self._died.emit()
            raise  # to be logged and reported, as any failure that no code caught

    def _bury(self) -> None:
        """The thread died: says so, or, where something was asked for meanwhile, begins it anew."""
        if self._stopping or self._thread is None:
            return
        self._thread.join()  # it is at its end
        self._thread = None
        with self._wake:
            is_asked = self._wanted is not None
        if is_asked:
            self._run()
        else:
            self._publish(failure(self._document.plan, "error", (FAILED,)), self._decisions, self._opened)

    def _follow(self, _before: Plan, plan: Plan) -> None:
        known = self._known(plan)
        if known is None:
            self.submit(plan)
            return
        with self._wake:
            self._wanted = None
            self._given_up = True
        self.result = known
        self._set_state("solved")
        self._retold.start()

    def _known(self, plan: Plan) -> Result | None:
        """The result that is there as that of `plan`, where no figure differs."""
        if self.result is None or self.result.allocation is None:
            return None
        from gigaplan.engine.solve.reuse_result import retold

        return retold(self.result, plan)

    def _tell_anew(self) -> None:
        if self.result is None or self.is_stale:
            return
        self.result_changed.emit(self.result)
        self._rest_before_proof()

    def _start_afresh(self) -> None:
        """Another plan was opened: no figure of the last one may stand for one of its own."""
        with self._wake:
            self._opened += 1
            self._wanted = None
            self._given_up = True
        self.result, self._decisions = None, {}

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)

    def _publish(self, result: Result, decisions: Decisions, opened: int) -> None:
        if self._stopping or result.status == "cancelled" or opened != self._opened:
            return
        if not self.is_stale and result.plan is not self._document.plan:
            return  # what was known already was the answer to a newer question
        self.result = result
        self.result_changed.emit(result)
        if self.is_stale:
            return
        self._decisions = decisions
        self._set_state("solved")
        self._rest_before_proof()

    def _work(self) -> None:
        from gigaplan.engine.optimization.highs import Solver
        from gigaplan.engine.solve.integer_decisions import decisions_of
        from gigaplan.engine.solve.solve import solve_plan

        self._solver = Solver(interrupt=lambda: self._given_up)
        while True:
            with self._wake:
                while self._wanted is None and not self._stopping:
                    self._wake.wait()
                if self._stopping:
                    return
                plan, self._wanted, opened = self._wanted, None, self._opened
                assert plan is not None
                self._given_up = False
                self._began = time.monotonic()
            decisions = self._decisions
            try:
                result = solve_plan(plan, solver=self._solver, hold=decisions)
                if result.status == "infeasible":
                    # Perhaps only with these decisions held.
                    result = solve_plan(plan, solver=self._solver)
                if result.program is not None and result.solution is not None and result.integers != "none":
                    decisions = decisions_of(result.program, result.solution.values)
            except Exception:
                log.exception("solving failed")
                result = failure(plan, "error", (FAILED,))
                self._solver = Solver(interrupt=lambda: self._given_up)
            if not self._stopping:
                self._found.emit(result, decisions, opened)

    def _rest_before_proof(self) -> None:
        if self.result is not None and self.result.integers == "held" and self._prover is None:
            self._rest.start()
            self.proof_changed.emit("signatures and ports held")

    def _prove(self) -> None:
        if self.result is not None and not self.is_stale and self.result.integers == "held":
            self._prover = _Prover(self.result.plan, self._told)
            self.proof_changed.emit("proving signatures and ports …")

    def _stop_proof(self) -> None:
        self._rest.stop()
        if self._prover is not None:
            self._prover.stop()
            self._prover = None
            self.proof_changed.emit("")

    def _hear(self, prover: _Prover, word: Progress | Proof) -> None:
        from gigaplan.engine.solve.integer_decisions import Progress

        if prover is not self._prover or self.result is None:
            return
        if isinstance(word, Progress):
            self.proof_changed.emit(
                f"proving signatures and ports: within {percent(math.ceil(word.gap * 1000) / 1000)} of the bound"
            )
            return
        self._prover = None
        self.proof_changed.emit("" if word.status == "optimal" else "signatures and ports are not proven")
        if word.status != "optimal":
            return
        if dict(word.decisions) == dict(self._decisions):
            self.result = dataclasses.replace(self.result, integers="proven")
            self.result_changed.emit(self.result)
        else:
            self._decisions = word.decisions
            self.submit(self.result.plan)


class _Prover:
    """Runs one proof and passes on what it says, from a thread that only waits."""

    def __init__(self, plan: Plan, told: object) -> None:
        self._plan = plan
        self._told = told
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._wait, name="prover", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the proof: its process is killed within a tenth of a second."""
        self._stopping.set()

    def _wait(self) -> None:
        from gigaplan.engine.solve.integer_decisions import Proof, ProofJob

        job = None
        try:
            job = ProofJob(self._plan)
            while not self._stopping.is_set():
                word = job.wait(0.1)
                if word is not None and not self._stopping.is_set():
                    self._told.emit(self, word)  # type: ignore[attr-defined]
                if isinstance(word, Proof):
                    return
        except BaseException:
            self._told.emit(self, Proof("error"))  # type: ignore[attr-defined]
            raise
        finally:
            if job is not None:
                job.cancel()
