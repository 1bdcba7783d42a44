"""What guards the plan of a window: recovery, the watch over its file, crash reports, and the bars that tell them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Qt
from PySide6.QtWidgets import QApplication

from gigaplan.engine.plan.problems import PlanError, Problem
from gigaplan.engine.storage.backups import name_of_copy
from gigaplan.gui.document.document import Document
from gigaplan.gui.files.autosave import Recorder
from gigaplan.gui.files.crash_reports import CrashReports
from gigaplan.gui.files.file_actions import Files
from gigaplan.gui.files.file_watch import FileWatch
from gigaplan.gui.window.notices import Bars
from gigaplan.gui.window.recovery_bar import RecoveryBar
from gigaplan.gui.window.status_bar import StatusLine

HOLD, OUTSIDE, CRASH, OLDER, FOUND = "hold", "outside", "crash", "older", "found"
MOST = 3
"""How many warnings of a file a bar spells out."""


def data_folder() -> Path:
    """Where Gigaplan keeps what is its own on this computer; needs the application's name."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation))


class Safety(QObject):
    """Puts the guards of one window together. Without a folder there is no recovery and no lock."""

    def __init__(
        self, bars: Bars, document: Document, files: Files, status: StatusLine, folder: Path | None,
        reports: CrashReports | None,
    ) -> None:  # fmt: skip
        super().__init__(bars)
        self._bars, self._document, self._files, self._reports = bars, document, files, reports
        self.watch = FileWatch(document, folder)
        self.watch.hold_changed.connect(self._show_hold)
        self.watch.outside_changed.connect(self._show_outside)
        self.watch.rung.connect(self._come_to_front)
        document.file_judged.connect(self._show_judgement)
        files.watch = self.watch
        self.recorder: Recorder | None = None
        self.offers: RecoveryBar | None = None
        if folder is not None:
            self.recorder = Recorder(document, folder / "recovery")
            self.recorder.trouble_changed.connect(status.show_trouble, Qt.ConnectionType.QueuedConnection)
            self.offers = RecoveryBar(bars, document, files, self.recorder, folder / "recovery")
            self.offers.recovered.connect(files.opened)
            self.offers.recovered.connect(self.watch.look)
        if reports is not None:
            reports.reported.connect(self._show_crash, Qt.ConnectionType.QueuedConnection)
            if self.recorder is not None:
                reports.rescue = self.recorder.hurry

    def look(self) -> None:
        """To be called when the window gets the focus: another program may have had the file."""
        self.watch.look()

    def keep(self) -> None:
        """To be called when the event loop ends by itself, as when the display goes away: keeps the last edits."""
        if self.recorder is not None:
            self.recorder.flush()

    def stop(self) -> None:
        """Ends everything; the plan was saved, or the person lets its edits go."""
        self.watch.stop()
        if self.offers is not None:
            self.offers.stop()
        if self.recorder is not None:
            self.recorder.stop()

    def _show_hold(self, why: str) -> None:
        if why:
            choices = (("Save As…", self._files.save_as), ("Close", lambda: self._bars.drop(HOLD)))
            self._bars.tell(HOLD, why, choices)
        else:
            self._bars.drop(HOLD)

    def _show_outside(self, state: str) -> None:
        name = self._document.path.name if self._document.path else ""
        if state == "changed":
            drops = " and discards your edits" if self._document.is_dirty else ""
            text = f"“{name}” was changed by another program. Reload opens the new version{drops}."
            self._bars.tell(OUTSIDE, text, (("Reload", self._files.reload), ("Keep mine", self.watch.keep_mine)))
        elif state == "gone":
            text = f"“{name}” was moved or deleted; your plan is still open."
            self._bars.tell(OUTSIDE, text, (("Save", self._files.save_again), ("Save As…", self._files.save_as)))
        else:
            self._bars.drop(OUTSIDE)

    def _come_to_front(self) -> None:
        window = self._bars.window()
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()
        QApplication.alert(window)  # where the system lets no window take the front

    def _show_judgement(self) -> None:
        """Says by which Gigaplan the file was made, where that matters, and what is wrong with it."""
        name = self._document.path.name if self._document.path else ""
        self._bars.drop(OLDER)
        self._bars.drop(FOUND)
        if self._document.older_format:
            text = f"“{name}” was made by an older Gigaplan (format {self._document.older_format})."
            text += f" When you save it, the file as it is now is kept as “{_name_of_copy(self._document)}”."
            self._bars.tell(OLDER, text, (("Close", lambda: self._bars.drop(OLDER)),))
        if self._document.warnings:
            said = [_in_words(warning) for warning in self._document.warnings]
            more = f" And {len(said) - MOST} more." if len(said) > MOST else ""
            text = f"Of “{name}”, the plan is sound, but not all else: {' '.join(said[:MOST])}{more}"
            self._bars.tell(FOUND, text, (("Close", lambda: self._bars.drop(FOUND)),))

    def _show_crash(self, details: str, count: int) -> None:
        more = f" ({count} times)" if count > 1 else ""
        text = f"Internal error{more}. Your plan is intact; save it. Please report the details."
        bar = self._bars.get(CRASH)
        if bar is not None:
            bar.label.setText(text)
            return
        copy = lambda: QApplication.clipboard().setText(details)  # noqa: E731
        self._bars.tell(CRASH, text, (("Copy details", copy), ("Close", self._dismiss_crash)))

    def _dismiss_crash(self) -> None:
        self._bars.drop(CRASH)
        if self._reports is not None:
            self._reports.dismiss()


def _name_of_copy(document: Document) -> str:
    try:
        return name_of_copy(document.path or "")
    except (OSError, PlanError):
        return f"{document.path}.v{document.older_format}.bak"


def _in_words(warning: Problem) -> str:
    """A warning as a sentence; an earlier save by its number."""
    if warning.table == "history" and warning.row:
        return f"the earlier save {warning.row} {warning.text}."
    return str(warning)
