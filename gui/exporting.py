"""The whole plan as a workbook, with its key figures, results and sources: written in the background."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QSettings
from PySide6.QtWidgets import QFileDialog, QWidget

from engine.plan import Plan
from engine.problems import PlanError
from engine.results import Result
from gui.bars import Bars
from gui.document import Document
from gui.planner import Planner
from gui.quantities import Refusal
from gui.task import Task, Told

KEY = "workbook"
WORKBOOK = "Excel workbook (*.xlsx)"


class WorkbookExport(QObject):
    """Asks for a file and writes the plan there; a bar says how far it is and what came of it."""

    def __init__(self, document: Document, planner: Planner, bars: Bars, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._planner, self._bars, self._window = document, planner, bars, window
        self._path = Path()
        self.task = Task(self)
        self.task.progressed.connect(self._progress)
        self.task.done.connect(self._done)
        self.task.failed.connect(self._say)

    def ask(self) -> None:
        """Asks for a file, and writes the plan there."""
        folder = QSettings().value("sheets_folder", QSettings().value("folder", str(Path.home())))
        start = str(Path(str(folder)) / f"{self._document.name}.xlsx")
        name, _ = QFileDialog.getSaveFileName(self._window, "Export the plan as a workbook", start, WORKBOOK)
        if name:
            path = Path(name)
            self.write(path if path.suffix.lower() == ".xlsx" else path.with_name(f"{path.name}.xlsx"))

    def write(self, path: Path) -> None:
        """Writes the plan, as it is now, to a file."""
        QSettings().setValue("sheets_folder", str(path.absolute().parent))
        self._path = path
        plan, result = self._document.plan, self._planner.result
        file = _file_of(self._document)
        known = result if result is not None and result.plan is plan and not self._planner.is_stale else None
        self.task.run(lambda told: _write(path, plan, known, file, told))
        self._progress(f"Writing {path.name} …")

    def stop(self) -> None:
        """Ends the background work."""
        self.task.stop()

    def _progress(self, text: str) -> None:
        self._bars.tell(KEY, text, [("Cancel", self._cancel)])

    def _cancel(self) -> None:
        self.task.cancel()
        self._bars.drop(KEY)

    def _done(self, result: object) -> None:
        self._say(f"{result.text}." if isinstance(result, Refusal) else f"The plan was written to {self._path.name}.")

    def _say(self, text: str) -> None:
        self._bars.tell(KEY, text, [("Close", lambda: self._bars.drop(KEY))])


def _file_of(document: Document) -> str:
    """Which file a plan is from, and its revision; that it was edited since, where it was."""
    origin = document.origin
    if origin.path is None:
        return ""
    edited = ", with edits that are not saved" if document.is_dirty else ""
    return f"{Path(origin.path).name}, revision {origin.revision}{edited}"


def _write(path: Path, plan: Plan, result: Result | None, file: str, told: Told) -> Refusal | None:
    from engine.exchange.plan_to_sheets import to_workbook
    from engine.exchange.summary import summary_pages
    from engine.solve import solve_plan

    try:
        if result is None:
            told(f"Solving the plan for {path.name} …")
            result = solve_plan(plan)
        pages = summary_pages(result, file)
        data = to_workbook(plan, pages, lambda cells: told("") if cells % 50 == 0 else None)
        path.write_bytes(data)
    except PlanError as error:
        return Refusal(f"The workbook was not written: {str(error.problems[0]).removesuffix('.')}")
    except OSError as error:
        why = error.strerror or str(error)
        return Refusal(f"{path.name} could not be written: {why}. Is it open in a spreadsheet, its folder read-only?")
    return None
