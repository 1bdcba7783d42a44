"""The offer of edits that a dead window left behind: recover them, look at the saved file, or drop them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.storage.crash_log_read import LeftBehind, left_behind
from gigaplan.engine.storage.crash_log_write import Origin
from gigaplan.engine.storage.load import open_plan
from gigaplan.gui.document.document import Document
from gigaplan.gui.files.autosave import Recorder
from gigaplan.gui.files.file_actions import Files
from gigaplan.gui.window.notices import Bars


class RecoveryBar(QObject):
    """One bar for each document that was left behind, until the person has decided."""

    recovered = Signal()
    """A plan was taken up as it was edited."""

    def __init__(self, bars: Bars, document: Document, files: Files, recorder: Recorder, folder: Path) -> None:
        super().__init__(bars)
        self._bars, self._document, self._files, self._recorder = bars, document, files, recorder
        self._waiting = {left.file: left for left in left_behind(folder)}
        for left in self._waiting.values():
            self._offer(left)

    def stop(self) -> None:
        """Leaves what is not decided for the next start."""
        for left in self._waiting.values():
            left.release()

    def _offer(self, left: LeftBehind, trouble: str = "") -> None:
        choices: list[tuple[str, Callable[[], object]]] = []
        if left.can_recover and not trouble:
            choices.append(("Recover", lambda: self._recover(left)))
        if left.origin.path is not None and Path(left.origin.path).exists():
            choices.append(("Show the saved file", lambda: self._files.open_path(Path(str(left.origin.path)))))
        choices.append(("Discard", lambda: self._discard(left)))
        self._bars.tell(left.file, trouble or offer_text(left), choices)

    def _recover(self, left: LeftBehind) -> None:
        try:
            plan = left.plan()
        except PlanError as error:
            problems = "; ".join(str(problem) for problem in error.problems[:3])
            text = f"The unsaved edits of “{left.origin.name}” from {moment(left.at)} cannot be recovered. {problems}"
            self._offer(left, text)
            return
        if not self._files.may_leave():
            return
        if (path := _saved_in(plan, left.origin)) is not None:
            self._document.open(path)
        else:
            self._document.recover(plan, left.origin)
        del self._waiting[left.file]
        self._recorder.supersede(left)
        self._bars.drop(left.file)
        self.recovered.emit()

    def _discard(self, left: LeftBehind) -> None:
        del self._waiting[left.file]
        left.discard()
        self._bars.drop(left.file)


def _saved_in(plan: Plan, origin: Origin) -> Path | None:
    """The plan's file, if it holds just this plan: the program may have died right after a save."""
    if origin.path is None:
        return None
    try:
        return Path(origin.path) if open_plan(origin.path).plan == plan else None
    except (PlanError, OSError):
        return None


def offer_text(left: LeftBehind) -> str:
    """What the bar says."""
    if not left.can_recover:
        return f"The recovery file {left.file} {left.damage}."
    text = f"Unsaved edits of “{left.origin.name}” from {moment(left.at)} were found."
    return f"{text} The most recent ones cannot be recovered: the recovery file {left.damage}." if left.damage else text


def moment(at: str) -> str:
    """A time as ISO 8601 in words, by the clock of this computer."""
    try:
        return datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return "an unknown time"
