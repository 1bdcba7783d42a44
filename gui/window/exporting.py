"""The whole plan as a file for others: a workbook, a database, or a report as PDF; made in the background."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QObject, QSettings
from PySide6.QtWidgets import QWidget

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.results.result import Result
from gigaplan.engine.storage.atomic_replace import SaveError, put_file
from gigaplan.gui.document.document import Document
from gigaplan.gui.files.save_dialog import file_to_write, home
from gigaplan.gui.jobs.diagnosis_job import diagnosed
from gigaplan.gui.jobs.scenario_job import ScenarioResults
from gigaplan.gui.jobs.solve_job import KeptSolver, Planner
from gigaplan.gui.jobs.worker import Told, Work, Worker
from gigaplan.gui.jobs.worth_job import weigh
from gigaplan.gui.style import theme
from gigaplan.gui.style.cooperative import Slices
from gigaplan.gui.text.quantities import NotRead
from gigaplan.gui.window.notices import Bars, file_choices

if TYPE_CHECKING:
    from gigaplan.gui.jobs.risk_job import Tried
    from gigaplan.gui.views.report.material import Material


class Export(QObject):
    """Asks for a file and writes the plan there; a bar says how far it is and what came of it."""

    key = ""
    """Of its bar."""
    suffix = ""
    title = ""
    """Of the question for a file."""
    form = ""
    """What the question calls the form of the file."""
    what = ""
    """What the file is called."""
    written = ""
    """What was written to it."""

    def __init__(self, document: Document, planner: Planner, bars: Bars, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._planner, self._bars, self._window = document, planner, bars, window
        self._path = Path()
        self.task = Worker("export", parent=self)
        self.task.progressed.connect(lambda _, text: self._progress(text))
        self.task.answer.connect(lambda _, result: self._done(result))
        self.task.failed.connect(lambda _, why: self._say(f"The {self.what} was not written. {why}"))

    def ask(self) -> None:
        """Asks for a file, and writes the plan there."""
        folder = str(QSettings().value("sheets_folder", QSettings().value("folder", home())))
        path = file_to_write(self._window, self.title, self._document.name, {self.form: self.suffix}, folder)
        if path is not None:
            self.write(path)

    def write(self, path: Path) -> None:
        """Writes the plan, as it is now, to a file."""
        QSettings().setValue("sheets_folder", str(path.absolute().parent))
        self._path = path
        self._run(self._work(path))
        self._progress(f"Writing {path.name} …")

    def _run(self, work: Work) -> None:
        """Does some work in the background; what is not a file that it gives is left to `_done`."""
        path = self._path

        def whole(told: Told) -> object:
            try:
                made = work(told)
                told("")  # who has cancelled by now gets no file
                if not isinstance(made, bytes):
                    return made
                put_file(path, made)
            except PlanError as error:
                return NotRead(f"The {self.what} was not written: {str(error.problems[0]).removesuffix('.')}")
            except SaveError as error:
                return NotRead(str(error).removesuffix("."))
            return None

        self.task.ask(whole)

    @property
    def is_running(self) -> bool:
        """Whether a file is being made."""
        return self.task.is_busy

    def stop(self) -> None:
        """Ends the background work."""
        self.task.stop()

    def _work(self, path: Path) -> Work:
        """What makes the bytes of the file, or what they are made of, of the plan as it is now."""
        raise NotImplementedError

    def _known(self) -> Result | None:
        """The answer to the plan as it is now, where there is one."""
        result = self._planner.result
        is_known = result is not None and not self._planner.is_stale and self._document.scenario is None
        return result if is_known else None

    def _progress(self, text: str) -> None:
        bar = self._bars.get(self.key)
        if bar is not None and "Cancel" in bar.buttons:
            bar.label.setText(text)  # a new bar would lay the whole window out
        else:
            self._bars.tell(self.key, text, [("Cancel", self._cancel)])

    def _cancel(self) -> None:
        self.task.cancel()
        self._bars.drop(self.key)

    def _done(self, result: object) -> None:
        if isinstance(result, NotRead):
            self._say(result.text if result.text.endswith("?") else f"{result.text}.")
            return
        text = f"The {self.written} was written to {self._path.name}."
        self._bars.tell_done(self.key, text, file_choices(self._path))

    def _say(self, text: str) -> None:
        self._bars.tell(self.key, text, [("Close", lambda: self._bars.drop(self.key))])


class WorkbookExport(Export):
    """The plan as a workbook, with its key figures, results and sources."""

    key, suffix, title = "workbook", ".xlsx", "Export the plan as a workbook"
    form = "Excel workbook (*.xlsx)"
    what, written = "workbook", "plan"

    def _work(self, path: Path) -> Work:
        plan, known, file = self._document.base, self._known(), _file_of(self._document)

        def work(told: Told) -> bytes:
            from gigaplan.engine.exchange.plan_to_sheets import to_workbook
            from gigaplan.engine.exchange.summary import summary_pages

            pages = summary_pages(known or _solved(plan, path, told), file)
            return to_workbook(plan, pages, lambda cells: told("") if cells % 50 == 0 else None)

        return work


class DatabaseExport(Export):
    """The plan and its results as an SQLite database."""

    key, suffix, title = "database", ".db", "Export the plan as an SQLite database"
    form = "SQLite database (*.db)"
    what, written = "database", "plan"

    def _work(self, path: Path) -> Work:
        plan, known = self._document.base, self._known()

        def work(told: Told) -> bytes:
            from gigaplan.engine.exchange.sqlite import to_sqlite

            return to_sqlite(known or _solved(plan, path, told))

        return work


class ReportExport(Export):
    """The plan as a document: figures, charts, tables, assumptions and sources."""

    key, suffix, title = "report", ".pdf", "Export a report of the plan"
    form = "PDF (*.pdf)"
    what = written = "report"

    def __init__(
        self, document: Document, planner: Planner, scenarios: ScenarioResults, bars: Bars, window: QWidget
    ) -> None:
        super().__init__(document, planner, bars, window)
        self._scenarios = scenarios
        self.known_risk: Callable[[], Tried | None] = lambda: None
        """What was found of the uncertain inputs; nothing before anybody has looked at the page Risk."""
        self._painting = Slices(self)
        self._painting.progressed.connect(self._tell_page)
        self._painting.done.connect(self._painted)
        self._painting.failed.connect(self._say)

    @property
    def is_running(self) -> bool:
        return self.task.is_busy or self._painting.is_running

    def ask(self) -> None:
        """Asks for a file, and writes the report there."""
        # Here nobody notices how long it takes to import.
        import gigaplan.gui.views.report.document  # noqa: F401

        theme.load_paper_fonts()
        super().ask()

    def stop(self) -> None:
        self._painting.cancel()
        super().stop()

    def _cancel(self) -> None:
        self._painting.cancel()
        super()._cancel()

    def _work(self, path: Path) -> Work:
        self._painting.cancel()
        theme.load_paper_fonts()
        document, known = self._document, self._known()
        plan, scenarios, warnings = document.base, self._scenarios.results, document.warnings
        file, is_edited = _saved_as(document), document.is_dirty
        tried = self.known_risk() if document.scenario is None else None

        def work(told: Told) -> Material:
            from gigaplan.gui.views.report.material import Material

            result = known or _solved(plan, path, told)
            diagnosis = None
            if result.status == "infeasible":
                told(f"Looking for the smallest remedies, for {path.name} …")
                diagnosis = diagnosed(plan, told)
            elif result.status == "optimal":
                told(f"Finding what limits are worth, for {path.name} …")
                weigh(result, told)
            told(f"Writing {path.name} …")
            return Material(plan, result, datetime.now(), file, is_edited, scenarios, warnings, diagnosis, tried)

        return work

    def _done(self, result: object) -> None:
        from gigaplan.gui.views.report.document import pdf_steps
        from gigaplan.gui.views.report.material import Material
        from gigaplan.gui.views.report.paper import page_size

        if isinstance(result, Material):
            self._painting.run(pdf_steps(result, page_size(QLocale.system())))
        else:
            super()._done(result)

    def _tell_page(self, text: str) -> None:
        self._progress(f"Writing {self._path.name}: {text} …")

    def _painted(self, data: object) -> None:
        self._run(lambda told: data)


def _saved_as(document: Document) -> str:
    """Which file a plan is from, and its revision."""
    origin = document.origin
    return "" if origin.path is None else f"{Path(origin.path).name}, revision {origin.revision}"


def _file_of(document: Document) -> str:
    """That, and that it was edited since, where it was."""
    saved = _saved_as(document)
    return f"{saved}, with edits that are not saved" if saved and document.is_dirty else saved


def _solved(plan: Plan, path: Path, told: Told) -> Result:
    told(f"Solving the plan for {path.name} …")
    return KeptSolver().solve(plan, told)
