"""Reads, unpacks and solves earlier saves in a thread of their own; the newest question wins."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.results.result import Result, failure
from gigaplan.engine.storage.history import Version
from gigaplan.engine.storage.load import read_history

if TYPE_CHECKING:
    from gigaplan.engine.optimization.highs import Solver

log = logging.getLogger(__name__)


class HistoryWorker(QObject):
    """Answers `read` with `listed`, and `look` with `unpacked` and then `solved`."""

    listed = Signal(object, object, str)
    """(path, versions, what is wrong with others, or with the file)"""
    unpacked = Signal(object, object, str)
    """(version, its plan or None, why there is none)"""
    solved = Signal(object, object)
    """(version, Result)"""
    _listed = Signal(object, object, str)
    _unpacked = Signal(object, object, str)
    _solved = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wake = threading.Condition()
        self._path: Path | None = None
        self._version: Version | None = None
        self._looked_at: Version | None = None
        self._solving: Version | None = None
        """What is being solved; nobody waits for it any more where another one, or none, is looked at."""
        self._stopping = False
        self._solver: Solver | None = None
        self._thread: threading.Thread | None = None
        queued = Qt.ConnectionType.QueuedConnection
        self._listed.connect(self._tell_listed, queued)
        self._unpacked.connect(self._tell_unpacked, queued)
        self._solved.connect(self._tell_solved, queued)

    def read(self, path: Path) -> None:
        """Asks for the versions in a file."""
        with self._wake:
            self._path = path
            self._begin()

    def look(self, version: Version) -> None:
        """Asks for the plan of a version and for its key figures; an older question is dropped."""
        self.drop()
        with self._wake:
            self._version = self._looked_at = version
            self._begin()

    def drop(self) -> None:
        """Drops the version that was asked for and is not answered yet."""
        with self._wake:
            self._version = self._looked_at = None

    def stop(self, seconds: float = 2.0) -> None:
        """Ends the background work, waiting so long at most."""
        with self._wake:
            self._stopping = True
            self._version = self._looked_at = None
            self._wake.notify()
        if self._thread is not None:
            self._thread.join(seconds)

    def _begin(self) -> None:
        # A thread that died, by a failure that is reported, is begun anew.
        if not self._stopping and (self._thread is None or not self._thread.is_alive()):
            self._thread = threading.Thread(target=self._work, name="history", daemon=True)
            self._thread.start()
        self._wake.notify()

    def _tell_listed(self, path: Path, versions: object, wrong: str) -> None:
        if not self._stopping:
            self.listed.emit(path, versions, wrong)

    def _tell_unpacked(self, version: Version, plan: object, wrong: str) -> None:
        if not self._stopping and version is self._looked_at:
            self.unpacked.emit(version, plan, wrong)

    def _tell_solved(self, version: Version, result: Result) -> None:
        if not self._stopping and version is self._looked_at:
            self.solved.emit(version, result)

    def _work(self) -> None:
        while True:
            with self._wake:
                while self._path is None and self._version is None and not self._stopping:
                    self._wake.wait()
                if self._stopping:
                    return
                path, self._path = self._path, None
                version, self._version = (self._version, None) if path is None else (None, self._version)
            if path is not None:
                self._listed.emit(path, *_read(path))
            elif version is not None:
                self._look(version)

    def _is_dropped(self) -> bool:
        return self._stopping or self._looked_at is not self._solving

    def _look(self, version: Version) -> None:
        self._solving = version
        try:
            plan = version.plan()
        except PlanError as error:
            self._unpacked.emit(version, None, str(error))
            return
        self._unpacked.emit(version, plan, "")
        if self._is_dropped():
            return
        result = self._solve(plan)
        if result.status != "cancelled":
            self._solved.emit(version, result)

    def _solve(self, plan: Plan) -> Result:
        # The engine's solver is imported here, so that the window is on the screen before it.
        from gigaplan.engine.optimization.highs import Solver
        from gigaplan.engine.solve.solve import solve_plan

        try:
            # Asked all the while: a solve has several parts, and a cancel that comes between two would be lost.
            self._solver = self._solver or Solver(interrupt=self._is_dropped)
            return solve_plan(plan, solver=self._solver)
        except Exception:
            log.exception("solving an earlier save failed")
            self._solver = None
            return failure(plan, "error", ())


def _read(path: Path) -> tuple[tuple[Version, ...], str]:
    try:
        versions, warnings = read_history(path)
    except PlanError as error:
        return (), str(error)
    except OSError as error:
        return (), f"{path.name} could not be read: {error.strerror or error}."
    return versions, "\n".join(map(str, warnings))
