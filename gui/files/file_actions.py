"""New, open, save and close, with the questions that a person is asked on the way."""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, QSettings, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import Settings
from gigaplan.engine.storage.atomic_replace import put_file
from gigaplan.engine.storage.load import StoredPlan, open_plan, unreadable
from gigaplan.engine.storage.save import ChangedOutside, SaveError
from gigaplan.gui.document.document import Document
from gigaplan.gui.files import recent
from gigaplan.gui.files.done_notice import tell_written
from gigaplan.gui.files.file_watch import FileWatch
from gigaplan.gui.files.save_dialog import file_to_write, home, in_words
from gigaplan.gui.jobs.worker import Told, Worker
from gigaplan.gui.widgets.texts import Label, message, progress

log = logging.getLogger(__name__)

ENDING = ".gigaplan"
PLANS = f"Gigaplan plans (*{ENDING})"
JSON = "JSON plans (*.json)"
MAX_LINES = 12
PATIENCE_MS = 400
"""What is read sooner says nothing of its progress."""
Found = Plan | StoredPlan | PlanError | OSError | str
"""What came of a file."""


def empty_plan() -> Plan:
    """A plan with nothing in it yet: five years of quarters from the coming new year."""
    from datetime import date

    return Plan(settings=Settings(name="Untitled", start=f"{date.today().year + 1}-01", periods=20))


class Opener(QObject):
    """Reads and checks files beside the window; a box says how far that is, and can cancel it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._found: Found | None = None
        self._loop = QEventLoop(self)
        self._worker = Worker("opening", read_and_check, self)
        self._worker.answer.connect(self._take)
        self._worker.failed.connect(self._take)
        self._worker.progressed.connect(self._tell)
        self._label: Label | None = None

    def wait_for(self, path: Path) -> Found | None:
        """What is in a file, or why there is nothing, in words or as an error; None where a person cancelled."""
        self._found = None
        self._worker.ask(path)
        try:
            # What is read soon shows no box. Nothing is edited meanwhile that the new plan would take away.
            QTimer.singleShot(PATIENCE_MS, self._loop, self._loop.quit)
            self._loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
            if self._worker.is_busy:
                self._wait_with_box(path)
        finally:
            self._worker.cancel()
        return self._found

    def _wait_with_box(self, path: Path) -> None:
        box, label = progress(self._window, f"Opening {in_words(path)} …")
        box.canceled.connect(self._loop.quit)
        self._label = label
        box.show()
        self._loop.exec()
        self._label = None
        box.hide()
        box.deleteLater()

    def _tell(self, _path: Path, said: str) -> None:
        if self._label is not None:
            self._label.setText(said)

    def _take(self, _path: Path, found: Found) -> None:
        self._found = found
        self._loop.quit()

    def stop(self) -> None:
        """Ends the background work."""
        self._worker.stop()


def read_and_check(path: Path, told: Told) -> Found:
    """The plan in a plan file or in a JSON file, with its problems found; or why there is none."""
    from gigaplan.engine.validation.rules import check

    try:
        if path.suffix.lower() == ".json":
            from gigaplan.engine.exchange.json import read_json

            found: Plan | StoredPlan = read_json(path)
        else:
            found = open_plan(path.absolute())
    except (PlanError, OSError) as error:
        return error
    told(f"Checking {in_words(path)} …")
    check(found if isinstance(found, Plan) else found.plan)  # remembered: the window asks for it next
    return found


class Files(QObject):
    """What the File menu does. Every method that returns a bool says whether it was done."""

    leaving = Signal()
    """The plan is about to be saved or left: what is being typed is committed first."""
    opened = Signal()
    """A plan was taken up: the window shows the workspace."""

    def __init__(self, document: Document, window: QWidget) -> None:
        super().__init__(window)
        self._document = document
        self._window = window
        self._opener = Opener(window)
        self.watch: FileWatch | None = None
        """Knows which files other windows have open."""

    def stop(self) -> None:
        """Ends the background work."""
        self._opener.stop()

    def new(self) -> bool:
        """Starts an empty plan."""
        return self._start(empty_plan())

    def new_with(self, plan: Plan) -> bool:
        """Starts a plan that was made up."""
        return self._start(plan)

    def new_from_template(self, name: str) -> bool:
        """Starts a plan from a template."""
        from gigaplan.engine.storage.templates import load_template

        try:
            return self._start(load_template(name))
        except (PlanError, OSError) as error:
            return self._refuse(f"The template {name} could not be opened.", str(error))

    def _start(self, plan: Plan) -> bool:
        if not self.may_leave():
            return False
        self._document.start(plan)
        self.opened.emit()
        return True

    def open(self) -> bool:
        """Asks for a file and opens it."""
        name, _ = QFileDialog.getOpenFileName(
            self._window, "Open a plan", self._folder(), f"{PLANS};;{JSON};;All files (*)"
        )
        return bool(name) and self.open_path(Path(name))

    def open_path(self, path: Path) -> bool:
        """Opens a plan file, or takes up the plan in a JSON file as a new one."""
        if self.watch is not None and self.watch.comes_to_front(path) and not self._wants_second(path):
            return False
        return self.may_leave() and self._take_up(path)

    def _wants_second(self, path: Path) -> bool:
        """Whether the person wants to look at a file here too that another window has open."""
        box = self._box(
            QMessageBox.Icon.Information,
            f"“{in_words(path)}” is open in another window, which comes to the front.",
            "You can open it read-only here, and save it as another file.",
        )
        second = box.addButton("Open read-only", QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        return box.clickedButton() is second

    def _take_up(self, path: Path) -> bool:
        found = self._opener.wait_for(path)
        if found is None:
            return False
        if isinstance(found, PlanError):
            return self._refuse(f"{in_words(path)} could not be opened.", _in_words(found))
        if isinstance(found, OSError):
            return self._refuse(f"{in_words(path)} could not be read.", unreadable(found))
        if isinstance(found, str):
            return self._refuse(f"{in_words(path)} could not be opened.", found)
        if isinstance(found, Plan):
            self._document.start(found)
        else:
            self._document.open(path.absolute(), found)
        recent.add(path.absolute())
        QSettings().setValue("folder", str(path.absolute().parent))
        self.opened.emit()
        return True

    def save(self) -> bool:
        """Saves to the plan's file, or asks for one."""
        self.leaving.emit()
        if self._document.path is None or self._document.read_only:
            return self.save_as()
        return self._save(None)

    def save_again(self) -> bool:
        """Saves to the plan's file, which was removed, as a new one."""
        path = self._document.path
        if path is not None and not os.path.lexists(path):
            self._document.forget_file_state()
        return self.save()

    def reload(self) -> bool:
        """Takes up the plan's file as it is now, and drops the edits; where it cannot be read, all stays."""
        return self._document.path is not None and self._take_up(self._document.path)

    def save_as(self) -> bool:
        """Asks for a file, which becomes the plan's file."""
        path = self._ask("Save the plan as")
        return path is not None and self._save(path)

    def save_copy(self) -> bool:
        """Asks for a file and saves a copy there; the plan's own file stays as it is."""
        from gigaplan.engine.storage.save import save_plan

        path = self._ask("Save a copy of the plan")
        if path is None:
            return False
        if self._is_open_elsewhere(path):
            return self._refuse("The copy was not saved.", f"“{in_words(path)}” is open in another window.")
        if self._is_own(path):
            return self._refuse(
                "The copy was not saved.", f"“{in_words(path)}” is the file of this plan. Choose another name."
            )
        try:
            save_plan(self._document.base, path, expected=None, uuid=None, revision=1)
        except (SaveError, PlanError) as error:
            return self._refuse("The copy was not saved.", str(error))
        tell_written(self._window, "A copy was saved", path)
        return True

    def export_json(self) -> bool:
        """Asks for a file and writes the plan there as JSON."""
        from gigaplan.engine.exchange.json import to_json

        self.leaving.emit()
        path = file_to_write(self._window, "Export the plan", self._document.name, {JSON: ".json"}, self._folder())
        if path is None:
            return False
        try:
            put_file(path, to_json(self._document.base))
        except (SaveError, PlanError) as error:
            return self._refuse("The plan was not exported.", str(error))
        tell_written(self._window, "The plan was exported", path)
        return True

    def _ask(self, title: str) -> Path | None:
        self.leaving.emit()
        loss = "An existing plan is kept as .bak."
        return file_to_write(self._window, title, self._document.name, {PLANS: ENDING}, self._folder(), loss)

    def _is_open_elsewhere(self, path: Path | None) -> bool:
        return path is not None and self.watch is not None and self.watch.is_open_elsewhere(path)

    def _is_own(self, path: Path) -> bool:
        """Whether this is the plan's own file, by whatever way it was found."""
        own = self._document.path
        if own is None:
            return False
        with contextlib.suppress(OSError):
            return os.path.samefile(path, own)
        return os.path.realpath(path) == os.path.realpath(own)

    def _save(self, path: Path | None) -> bool:
        if path is not None and self._is_open_elsewhere(path):
            return self._save_elsewhere(f"“{in_words(path)}” is open in another window. Save it under another name.")
        if path is not None and self._is_own(path):
            path = None  # with its history, and not over what another program made of it
        try:
            self._document.save(path)
        except ChangedOutside as error:
            return self._is_gone() if error.reason == "missing" else self._changed_outside(str(error))
        except (SaveError, PlanError) as error:
            return self._save_elsewhere(str(error))
        if self._document.path is not None:
            recent.add(self._document.path)
            tell_written(self._window, "Saved", self._document.path)
        return True

    def _save_elsewhere(self, why: str) -> bool:
        box = self._box(QMessageBox.Icon.Warning, "The plan was not saved.", f"{why}\n\nYour edits are still here.")
        other = box.addButton("Save As…", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        return box.clickedButton() is other and self.save_as()

    def _is_gone(self) -> bool:
        assert self._document.path is not None
        text = f"“{in_words(self._document.path)}” no longer exists."
        box = self._box(QMessageBox.Icon.Warning, text, "It was moved or deleted. Your edits are still here.")
        anew = box.addButton("Save again", QMessageBox.ButtonRole.AcceptRole)
        other = box.addButton("Save As…", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        return self.save_again() if box.clickedButton() is anew else box.clickedButton() is other and self.save_as()

    def _changed_outside(self, why: str) -> bool:
        box = self._box(
            QMessageBox.Icon.Warning,
            "The file was changed by another program.",
            f"{why}\n\nSave As keeps both. Reload opens the file and discards your edits.",
        )
        other = box.addButton("Save As…", QMessageBox.ButtonRole.AcceptRole)
        reload = box.addButton("Reload", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        if box.clickedButton() is other:
            return self.save_as()
        if box.clickedButton() is reload:
            self.reload()
        return False

    def may_leave(self) -> bool:
        """Whether the plan may be put away: it is saved, or the person said what to do with the edits."""
        self.leaving.emit()
        if not self._document.is_dirty:
            return True
        box = self._box(
            QMessageBox.Icon.Question,
            f"Save the changes to “{self._document.name}”?",
            "If you do not save, they are lost.",
        )
        button = QMessageBox.StandardButton
        box.setStandardButtons(button.Save | button.Discard | button.Cancel)
        box.setDefaultButton(button.Save)
        answer = box.exec()
        if answer == button.Save:
            return self.save()
        return answer == button.Discard

    def _refuse(self, text: str, why: str) -> bool:
        log.warning("%s %s", text, why)
        lines = why.splitlines()
        if len(lines) > MAX_LINES:
            lines = [*lines[:MAX_LINES], f"… and {len(lines) - MAX_LINES} more"]
        self._box(QMessageBox.Icon.Warning, text, "\n".join(lines)).exec()
        return False

    def _box(self, icon: QMessageBox.Icon, text: str, more: str) -> QMessageBox:
        return message(self._window, icon, text, more)

    def _folder(self) -> str:
        if self._document.path is not None:
            return str(self._document.path.parent)
        return str(QSettings().value("folder", home()))


def _in_words(error: PlanError) -> str:
    """What is wrong with a file, a line for each thing; what is wrong with it as a whole is a sentence."""
    lines = [str(p) if p.path else str(p)[:1].upper() + str(p)[1:] for p in error.problems]
    return "\n".join(lines)
