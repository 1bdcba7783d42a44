"""A workbook, CSV files or JSON taken into the open plan, after a look at what changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QSettings
from PySide6.QtWidgets import QDialog, QFileDialog, QVBoxLayout, QWidget

from gigaplan.engine.plan.annotations import Place, against_locks, merged, named, with_members_followed
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.text import counted
from gigaplan.gui.document.document import Document
from gigaplan.gui.files.save_dialog import home, in_words
from gigaplan.gui.jobs.worker import Told, Worker
from gigaplan.gui.widgets.checkbox import CheckBox
from gigaplan.gui.widgets.dialog_buttons import Foot
from gigaplan.gui.widgets.texts import Label
from gigaplan.gui.window.notices import Bars

READABLE = "Whole plans (*.xlsx *.xlsm *.zip *.json)"
KEY = "import"
"""Of its bar."""
MOST_NOTES = 6


@dataclass(frozen=True)
class ReadPlan:
    """What a file would make of the plan, and what a person should know of how it was read."""

    before: Plan
    after: Plan
    notes: tuple[str, ...]


class PlanImport(QObject):
    """Asks for a file, shows what it would change, and makes that one undo step."""

    def __init__(self, document: Document, bars: Bars, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._bars, self._window = document, bars, window
        self._path = Path()
        self.task = Worker("import", parent=self)
        self.task.answer.connect(lambda _, found: self._done(found))
        self.task.failed.connect(lambda _, why: self._say(f"{in_words(self._path)} was not imported. {why}"))

    def ask(self) -> None:
        """Asks for a file, and reads it."""
        folder = str(QSettings().value("sheets_folder", QSettings().value("folder", home())))
        text, _ = QFileDialog.getOpenFileName(self._window, "Import into this plan", folder, READABLE)
        if text:
            self.read(Path(text))

    def read(self, path: Path) -> None:
        """Reads a file in the background."""
        QSettings().setValue("sheets_folder", str(path.absolute().parent))
        self._path = path
        plan = self._document.plan
        self.task.ask(lambda told: read_onto(plan, path, told))

    def stop(self) -> None:
        """Ends the background work."""
        self.task.stop()

    def _done(self, found: object) -> None:
        if isinstance(found, str):
            self._say(f"{in_words(self._path)} was not imported: {found}")
            return
        assert isinstance(found, ReadPlan)
        if found.before is not self._document.plan:
            self.read(self._path)  # it was edited meanwhile
            return
        preview = Preview(found, in_words(self._path), self._window)
        if preview.exec() == QDialog.DialogCode.Accepted:
            over = preview.overwrites
            after = found.after if over else with_locks(found.before, found.after)
            self._document.apply(after, f"Import {in_words(self._path)}", over_locks=over)

    def _say(self, text: str) -> None:
        self._bars.tell(KEY, text, [("Close", lambda: self._bars.drop(KEY))])


def read_onto(plan: Plan, path: Path, told: Told) -> ReadPlan | str:
    """What a file would make of a plan, or why it cannot be read, in words."""
    from gigaplan.engine.exchange.json import read_json
    from gigaplan.engine.exchange.plan_from_sheets import read_sheets

    told()
    try:
        if path.suffix.lower() == ".json":
            return _read(plan, read_json(path), ())
        found = read_sheets(path)
        return _read(plan, found.onto(plan), found.notes_onto())
    except PlanError as error:
        said = [str(problem) for problem in error.problems[:MOST_NOTES]]
        more = len(error.problems) - len(said)
        return "\n".join([*said, *([f"and {more} more"] if more > 0 else [])])
    except OSError as error:
        return error.strerror or str(error)


def _read(before: Plan, after: Plan, notes: Iterable[str]) -> ReadPlan:
    """What was read, with what looks like a slip of unit in it, such as the price of a whole server."""
    from gigaplan.engine.validation.against_catalogue import new_slips

    after = with_members_followed(before, after)
    return ReadPlan(before, after, (*notes, *(f"To be asked: {problem}" for problem in new_slips(before, after))))


def with_locks(before: Plan, after: Plan) -> Plan:
    """What an import makes of a plan, with the locks and comments that the plan had."""
    kept = with_members_followed(before, msgspec.structs.replace(after, annotations=before.annotations))
    return msgspec.structs.replace(after, annotations=merged(after, kept))


class Preview(QDialog):
    """The inputs that an import would change, each with its value before and after."""

    def __init__(self, found: ReadPlan, name: str, window: QWidget) -> None:
        from gigaplan.gui.views.history.differences import DifferencesView

        super().__init__(window)
        self.setWindowTitle(f"Import {name}")
        self.resize(720, 480)
        self.list = DifferencesView()
        count = self.list.show_inputs(found.before, found.after)
        notes = list(found.notes[:MOST_NOTES])
        if len(found.notes) > MOST_NOTES:
            notes.append(f"and {len(found.notes) - MOST_NOTES} more")
        changes = f"{counted(count, 'input')} would change." if count else "Nothing would change."
        said = Label("\n".join([changes, *notes]))
        said.setWordWrap(True)
        changed, removed = against_locks(found.before, with_locks(found.before, found.after))
        places = (*changed, *removed)
        self.over_locks = CheckBox(f"Overwrite what is locked: {_listed(found.before, places)}" if places else "")
        self.over_locks.setVisible(bool(places))
        foot = Foot(self, "Import", self.accept)
        foot.main.setEnabled(bool(count))
        layout = QVBoxLayout(self)
        layout.addWidget(said)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.over_locks)
        layout.addWidget(foot)

    @property
    def overwrites(self) -> bool:
        """Whether locked figures take what the file has."""
        return self.over_locks.isChecked()


def _listed(plan: Plan, places: tuple[Place, ...]) -> str:
    more = len(places) - MOST_NOTES
    return ", ".join([*(named(plan, place) for place in places[:MOST_NOTES]), *([f"{more} more"] if more > 0 else [])])
