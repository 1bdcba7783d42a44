"""What happens when something inside Gigaplan fails: it is logged, the edits are kept, the person gets one report."""

from __future__ import annotations

import contextlib
import faulthandler
import functools
import logging
import os
import platform
import sys
import threading
import time
import traceback
from collections.abc import Callable
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler, qVersion

from gigaplan.engine import __version__
from gigaplan.engine.cli.commands.common import steady

log = logging.getLogger("gigaplan")

LOG_BYTES = 1_000_000
"""The log holds twice as much at most: this file and the one before."""
FAULT_BYTES = 200_000
EACH_SECONDS = 60.0
"""The same failure is logged once in this time: a slot that fails may fail for every cell of a table."""
RESCUE_SECONDS = 0.5
"""After which edits are kept anew: where what keeps them is what fails, each failure would else bring the next."""
TELL_SECONDS = 1.0
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
_HOME = os.path.expanduser("~")  # and not Path.home(), which fails where nobody says what it is
_PROGRAM = str(Path(__file__).resolve().parents[2])


class CrashReports(QObject):
    """Takes what no code caught, in any thread, and passes on a report of it, a few times a second at most."""

    reported = Signal(str, int)
    """(details, count): the first failure of those not yet dismissed, ready to be copied, and how many there were."""

    def __init__(self, folder: Path | None) -> None:
        super().__init__()
        self._folder = folder
        self._guard = threading.Lock()
        self._details = ""
        self._count = 0
        self._rescued = -RESCUE_SECONDS
        self._told = -TELL_SECONDS
        self._seen: dict[tuple[object, ...], float] = {}
        """When a failure was logged last, by its kind and the lines that led to it."""
        self._hooks = (sys.excepthook, threading.excepthook)
        self._handlers: list[logging.Handler] = []
        self._faults: IO[str] | None = None
        self.rescue: Callable[[], object] = lambda: None
        """Called at once at a failure, in the thread where it happened: it must not wait."""

    def install(self) -> None:
        """Starts to listen, and to log to the folder. Without a folder that can be written, there is no log."""
        self._hooks = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._uncaught
        threading.excepthook = self._uncaught_in_thread
        if self._folder is not None:
            try:
                self._open_logs(self._folder)
            except OSError as error:
                log.warning("there is no log: %s", error)
        logging.raiseExceptions = False  # a log that cannot be written, on a full disk, is no reason for more failures
        qInstallMessageHandler(_log_qt)

    def uninstall(self) -> None:
        """Puts everything back as it was."""
        sys.excepthook, threading.excepthook = self._hooks
        qInstallMessageHandler(None)
        logging.raiseExceptions = True
        for handler in self._handlers:
            logging.getLogger().removeHandler(handler)
            handler.close()
        self._handlers.clear()
        if self._faults is not None:
            faulthandler.disable()
            self._faults.close()
            self._faults = None

    def dismiss(self) -> None:
        """The person has seen the report: the next failure makes a new one."""
        with self._guard:
            self._details, self._count = "", 0
            self._told = -TELL_SECONDS

    def take(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        """Logs a failure that no code caught, has the edits kept, and reports it. Never raises."""
        with contextlib.suppress(Exception):
            began = time.monotonic()
            if began - self._rescued >= RESCUE_SECONDS:
                self._rescued = began
                self.rescue()
        with contextlib.suppress(Exception):
            text = functools.cache(lambda: "".join(traceback.format_exception(kind, error, trace)))
            now = time.monotonic()
            with self._guard:
                if self._is_new((kind, *_places(trace)), now):
                    log.error("uncaught\n%s", text())
                self._count += 1
                self._details = self._details or _details(text())
                if now - self._told < TELL_SECONDS:
                    return
                self._told = now
                report = (self._details, self._count)
            self.reported.emit(*report)

    def _open_logs(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)  # it may have been made on the way to a folder inside it, as open as others are
        handler = _PrivateLog(folder / "gigaplan.log", maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8",
                                      errors="backslashreplace")  # fmt: skip
        handler.setFormatter(_Steady("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        self._handlers.append(handler)
        if sys.stderr is not None:
            console = logging.StreamHandler()
            console.setLevel(logging.WARNING)
            console.setFormatter(_Steady())
            self._handlers.append(console)
        for each in self._handlers:
            logging.getLogger().addHandler(each)
        # Kept open: what is left of a dying process writes to it without Python's help.
        path = folder / "faults.log"
        is_long = path.exists() and path.stat().st_size > FAULT_BYTES
        self._faults = path.open("w" if is_long else "a", encoding="utf-8")
        path.chmod(0o600)
        faulthandler.enable(self._faults)

    def _is_new(self, failure: tuple[object, ...], now: float) -> bool:
        if now - self._seen.get(failure, -EACH_SECONDS) < EACH_SECONDS:
            return False
        if len(self._seen) > 200:
            self._seen.clear()
        self._seen[failure] = now
        return True

    def _uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        self.take(kind, error, trace)

    def _uncaught_in_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_type is not SystemExit:
            self.take(args.exc_type, args.exc_value, args.exc_traceback)


class _PrivateLog(RotatingFileHandler):
    """A log that its owner alone can read, whatever the umask: it names plans and folders."""

    def _open(self) -> TextIOWrapper:
        stream = super()._open()
        os.chmod(self.baseFilename, 0o600)
        return stream


class _Steady(logging.Formatter):
    """Lines for a terminal, whatever a plan or its file is called."""

    def format(self, record: logging.LogRecord) -> str:
        return steady(super().format(record))


def _places(trace: TracebackType | None) -> list[tuple[str, int]]:
    """The file and the line of each step to a failure."""
    places = []
    while trace is not None:
        places.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    return places


def _details(text: str) -> str:
    """A report that can be mailed: which Gigaplan, where it runs, what failed; without the folders of the person."""
    system = f"Python {platform.python_version()} · Qt {qVersion()} · {platform.platform()}"
    moment = time.strftime("%Y-%m-%d %H:%M:%S")
    short = text.replace(_PROGRAM + os.sep, "").replace(_HOME, "~")
    return f"Gigaplan {__version__} · {system}\n{moment}\n\n{short}"


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    name = f"qt.{context.category}" if context.category else "qt"
    logging.getLogger(name).log(_LEVELS.get(kind, logging.WARNING), "%s", message)
