"""Reads, unpacks and solves earlier saves beside the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.results.result import Result
from gigaplan.engine.storage.history import Version
from gigaplan.engine.storage.load import read_history
from gigaplan.gui.jobs.solve_job import KeptSolver
from gigaplan.gui.jobs.worker import Told, Worker


class HistoryWorker(QObject):
    """Answers `read` with `listed`, and `look` with `unpacked` and then `solved`, or with `failed`."""

    listed = Signal(object, object, str)
    """(path, versions, what is wrong with others, or with the file)"""
    unpacked = Signal(object, object, str)
    """(version, its plan or None, why there is none)"""
    solved = Signal(object, object)
    """(version, Result)"""
    failed = Signal(object, str)
    """(version, why there are no key figures)"""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._solver = KeptSolver()
        self._reader = Worker("history", lambda path, _: _read(path), self)
        self._reader.answer.connect(lambda path, found: self.listed.emit(path, *found))
        self._reader.failed.connect(lambda path, why: self.listed.emit(path, (), why))
        self._looker = Worker("earlier save", self._look, self)
        self._looker.progressed.connect(lambda version, plan: self.unpacked.emit(version, plan, ""))
        self._looker.answer.connect(self._answered)
        self._looker.failed.connect(self.failed)

    def read(self, path: Path) -> None:
        """Asks for the versions in a file."""
        self._reader.ask(path)

    def look(self, version: Version) -> None:
        """Asks for the plan of a version and for its key figures; an older question is dropped."""
        self._looker.ask(version)

    def drop(self) -> None:
        """Drops the version that was asked for and is not answered yet."""
        self._looker.cancel()

    def stop(self, seconds: float = 2.0) -> None:
        """Ends the background work, waiting so long at most."""
        self._reader.stop(seconds)
        self._looker.stop(seconds)

    def _look(self, version: Version, told: Told) -> Result | str:
        try:
            plan = version.plan()
        except PlanError as error:
            return str(error)
        told(plan)
        return self._solver.solve(plan, told)

    def _answered(self, version: Version, found: Result | str) -> None:
        if isinstance(found, str):
            self.unpacked.emit(version, None, found)
        else:
            self.solved.emit(version, found)


def _read(path: Path) -> tuple[tuple[Version, ...], str]:
    try:
        versions, warnings = read_history(path)
    except PlanError as error:
        return (), str(error)
    except OSError as error:
        return (), f"{path.name} could not be read: {error.strerror or error}."
    return versions, "\n".join(map(str, warnings))
