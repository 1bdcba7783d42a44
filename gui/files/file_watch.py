"""The document's file, seen from outside: whose window it is, whether it can be written, whether it is still it."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from gigaplan.engine.storage.atomic_replace import SaveError, replaceable, target_of
from gigaplan.engine.storage.load import FileStamp
from gigaplan.engine.storage.lock import FileLock, is_locked, remove_unheld
from gigaplan.gui.document.document import Document
from gigaplan.gui.files.raise_other_window import Bell, ring

log = logging.getLogger(__name__)


class FileWatch(QObject):
    """Holds the lock of the document's file, and looks at the file when it is told to."""

    hold_changed = Signal(str)
    """Why saving means Save As, in a person's words; empty where the file can be saved."""
    rung = Signal()
    """Another window was asked to open the file: this one is to come to the front."""
    outside_changed = Signal(str)
    """What became of the file: `changed`, `gone`, or empty where it is as it was opened or saved."""

    def __init__(self, document: Document, folder: Path | None) -> None:
        super().__init__(document)
        self._document = document
        self._folder = folder
        self._path: Path | None = None
        self._lock: FileLock | None = None
        self._bell: Bell | None = None
        self._hold = self._outside = ""
        self._accepted: FileStamp | None = None
        self._seen: FileStamp | None = None
        if folder is not None:
            remove_unheld(folder)
        document.replaced.connect(self._start_afresh)
        document.file_changed.connect(self._follow)

    def comes_to_front(self, path: Path) -> bool:
        """Whether another window has this file open and, asked to come to the front, answered within a second."""
        return self._folder is not None and self.is_open_elsewhere(path) and ring(self._folder, path)

    def is_open_elsewhere(self, path: Path) -> bool:
        """Whether another window has this file open."""
        if self._folder is None or (self._lock is not None and _same(path, self._path)):
            return False
        return is_locked(self._folder, path)

    def look(self) -> None:
        """Compares the file with what was opened or saved last, and takes its lock if that has become free."""
        if self._path is None:
            self._set_outside("")
            return
        if self._hold:
            self._take_hold()
        try:
            now = FileStamp.of(os.lstat(self._path))
        except FileNotFoundError:
            self._set_outside("gone")
            return
        except OSError:
            return  # a disk that does not answer just now is no reason to alarm anybody
        self._seen = now
        stamp = self._document.origin.stamp
        self._set_outside("" if now in (stamp, self._accepted) else "changed")

    def keep_mine(self) -> None:
        """Leaves the file as it is now out of account until it changes again; a save will still ask."""
        self._accepted = self._seen
        self._document.mark_unsaved()
        self._set_outside("")

    def stop(self) -> None:
        """Lets another window have the file."""
        if self._bell is not None:
            self._bell.stop()
            self._bell.deleteLater()
            self._bell = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _start_afresh(self) -> None:
        self._accepted = self._seen = None

    def _follow(self) -> None:
        path = self._document.path
        if path != self._path:
            self.stop()
            self._path = path
            self._take_hold()
        if self._outside or path is None:
            self.look()

    def _take_hold(self) -> None:
        why = ""
        if self._path is not None:
            if not self._takes_lock(self._path):
                why = "Open in another window: save changes as another file."
            else:
                why = _unwritable(self._path)
        self._document.read_only = bool(why)
        if why != self._hold:
            self._hold = why
            self.hold_changed.emit(why)

    def _takes_lock(self, path: Path) -> bool:
        if self._folder is None or self._lock is not None:
            return True
        try:
            self._lock = FileLock.take(self._folder, path)
        except OSError as error:
            log.warning("no lock for the file: %s", error)
            return True
        if self._lock is not None:
            self._bell = Bell(self._folder, path, self)
            self._bell.rung.connect(self.rung)
        return self._lock is not None

    def _set_outside(self, state: str) -> None:
        if state != self._outside:
            self._outside = state
            if state == "gone":
                self._document.mark_unsaved()
            self.outside_changed.emit(state)


def _unwritable(path: Path) -> str:
    """Why a save could not put a new file in the place of this one; empty where it could."""
    try:
        target = target_of(path)
        replaceable(target, None)
    except SaveError as error:
        return str(error)
    except OSError:
        return ""
    if os.path.lexists(target) and not os.access(os.path.dirname(target), os.W_OK):
        return f"The folder of “{path.name}” is read-only: save changes as another file."
    return ""


def _same(one: Path, other: Path | None) -> bool:
    return other is not None and os.path.realpath(one) == os.path.realpath(other)
