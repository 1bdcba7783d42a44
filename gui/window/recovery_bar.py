"""The offer of edits that a dead window left behind: recover them, look at the saved file, or drop them."""

from __future__ import annotations

import functools
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QPushButton, QVBoxLayout, QWidget

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.storage.crash_log_read import LeftBehind, left_behind
from gigaplan.engine.storage.crash_log_write import Origin
from gigaplan.engine.storage.load import open_plan
from gigaplan.gui.document.document import Document
from gigaplan.gui.files.autosave import Recorder
from gigaplan.gui.files.file_actions import Files
from gigaplan.gui.window.notices import Bars

RECOVER, SHOW, DISCARD = "Recover", "Show the saved file", "Discard"
SEVERAL = "recoveries"
"""The bar of more than one document."""


class RecoveryBar(QObject):
    """One bar for the documents that were left behind, until the person has decided; of several, it opens a list."""

    recovered = Signal()
    """A plan was taken up as it was edited."""

    def __init__(self, bars: Bars, document: Document, files: Files, recorder: Recorder, folder: Path) -> None:
        super().__init__(bars)
        self._bars, self._document, self._files, self._recorder = bars, document, files, recorder
        self._waiting = {left.file: left for left in left_behind(folder)}
        self._troubles: dict[str, str] = {}
        """Why what was left cannot be recovered after all."""
        self._told = ""
        self.list = RecoveryList(bars.window())
        self.list.acted.connect(self._act)
        self._offer()

    def stop(self) -> None:
        """Leaves what is not decided for the next start."""
        self.list.close()
        for left in self._waiting.values():
            left.release()

    def _offer(self) -> None:
        """Says what waits, in one bar."""
        lines = [(left.file, self._text(left), self._ways(left)) for left in self._waiting.values()]
        self.list.show_lines(lines)
        told = SEVERAL if len(lines) > 1 else lines[0][0] if lines else ""
        if self._told not in ("", told):
            self._bars.drop(self._told)
        self._told = told
        if len(lines) > 1:
            self._bars.tell(
                SEVERAL, f"Unsaved edits of {len(lines)} plans were found.", (("Show them", self.list.open),)
            )
        elif lines:
            file, text, ways = lines[0]
            choices = [(way, functools.partial(self._act, file, way)) for way in ways]
            self._bars.tell(file, text, choices)

    def _text(self, left: LeftBehind) -> str:
        return self._troubles.get(left.file) or offer_text(left)

    def _ways(self, left: LeftBehind) -> list[str]:
        """What can be done with what was left."""
        can = left.can_recover and left.file not in self._troubles
        is_saved = left.origin.path is not None and Path(left.origin.path).exists()
        return [*([RECOVER] if can else []), *([SHOW] if is_saved else []), DISCARD]

    def _act(self, file: str, way: str) -> None:
        left = self._waiting[file]
        if way == RECOVER:
            self._recover(left)
        elif way == SHOW:
            self._files.open_path(Path(str(left.origin.path)))
        else:
            self._gone(left)
            left.discard()

    def _recover(self, left: LeftBehind) -> None:
        try:
            plan = left.plan()
        except PlanError as error:
            problems = "; ".join(str(problem) for problem in error.problems[:3])
            text = f"The unsaved edits of “{left.origin.name}” from {moment(left.at)} cannot be recovered. {problems}"
            self._troubles[left.file] = text
            self._offer()
            return
        if not self._files.may_leave():
            return
        if (path := _saved_in(plan, left.origin)) is not None:
            self._document.open(path)
        else:
            self._document.recover(plan, left.origin)
        self._recorder.supersede(left)
        self.list.hide()
        self._gone(left)
        self.recovered.emit()

    def _gone(self, left: LeftBehind) -> None:
        del self._waiting[left.file]
        self._offer()


class RecoveryList(QDialog):
    """What several windows left behind, a line each, and what can be done with the line that is chosen."""

    acted = Signal(object, str)
    """(file, way): what is to be done with which."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Unsaved edits")
        self.resize(640, 400)
        self.lines = QListWidget()
        self.lines.setAccessibleName("Unsaved edits")
        self.lines.currentRowChanged.connect(self._arm)
        self.buttons = {way: QPushButton(way) for way in (RECOVER, SHOW, DISCARD)}
        self._ways: list[tuple[str, list[str]]] = []
        foot = QHBoxLayout()
        foot.addStretch(1)
        for way, button in self.buttons.items():
            button.setAutoDefault(way == RECOVER)
            button.clicked.connect(functools.partial(self._press, way))
            foot.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addWidget(self.lines, 1)
        layout.addLayout(foot)

    def show_lines(self, lines: list[tuple[str, str, list[str]]]) -> None:
        """Shows (file, text, ways) for each; closes where there is none."""
        at = max(0, self.lines.currentRow())
        self._ways = [(file, ways) for file, _, ways in lines]
        self.lines.clear()
        self.lines.addItems([text for _, text, _ in lines])
        self.lines.setCurrentRow(min(at, len(lines) - 1))
        self._arm()
        if not lines:
            self.hide()

    def _arm(self, *_: object) -> None:
        at = self.lines.currentRow()
        ways = self._ways[at][1] if 0 <= at < len(self._ways) else []
        for way, button in self.buttons.items():
            button.setEnabled(way in ways)

    def _press(self, way: str) -> None:
        self.acted.emit(self._ways[self.lines.currentRow()][0], way)


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
