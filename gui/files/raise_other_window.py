"""How a second window asks the one that has a file open to come to the front: a bell, and nothing but a bell.

It is a socket (on Windows a pipe) of this person on this computer, beside the lock of the file. What is said is fixed:
it carries no path and no command, and whatever else comes in is passed over.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QObject, QTimer, Signal

from gigaplan.engine.storage.atomic_replace import discard
from gigaplan.engine.storage.lock import bell_path, is_locked, lock_path

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

log = logging.getLogger(__name__)

RING, COMING = b"gigaplan: come to the front\n", b"gigaplan: coming\n"
PATIENCE_MS = 1000
_LONGEST = 100
"""Bytes that a path of a socket may have on every system."""


class Bell(QObject):
    """Rings while this window has a file open and another one asks for it."""

    rung = Signal()

    def __init__(self, folder: Path, file: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name_of(folder, file)
        self._server: QLocalServer | None = None
        # With the first turn of the event loop: a window that opens is on the screen before the socket is made.
        QTimer.singleShot(0, self._listen)

    def stop(self) -> None:
        """Rings no more."""
        self._name = ""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _listen(self) -> None:
        if not self._name:
            return
        from PySide6.QtNetwork import QLocalServer

        if os.name != "nt":
            discard(self._name)  # that of a window which was killed: this one holds the lock
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._answer)
        if not self._server.listen(self._name):
            log.warning("no bell: %s", self._server.errorString())

    def _answer(self) -> None:
        if self._server is None:
            return
        visitor: QLocalSocket | None = self._server.nextPendingConnection()
        if visitor is None:  # its stubs say that there always is one
            return
        visitor.setReadBufferSize(len(RING) + 1)
        visitor.disconnected.connect(visitor.deleteLater)
        QTimer.singleShot(PATIENCE_MS, visitor, visitor.abort)
        visitor.readyRead.connect(lambda: self._hear(visitor))
        self._hear(visitor)

    def _hear(self, visitor: QLocalSocket) -> None:
        if visitor.bytesAvailable() < len(RING):
            return
        if visitor.readAll().data() == RING:
            visitor.write(COMING)
            visitor.flush()
            self.rung.emit()
        visitor.disconnectFromServer()


def name_of(folder: Path, file: Path) -> str:
    """Where the bell of a file is; empty where the system has no way to one."""
    path = bell_path(lock_path(folder, file))
    if os.name == "nt":
        return f"gigaplan-{Path(path).stem}"
    return path if len(os.fsencode(path)) <= _LONGEST else ""


def ring(folder: Path, file: Path) -> bool:
    """Asks the window that has `file` open to come to the front; whether it answers within a second.

    The window that asks stays alive meanwhile, but takes no input.
    """
    name = name_of(folder, file)
    if not name:
        return False
    from PySide6.QtNetwork import QLocalSocket

    socket, loop = QLocalSocket(), QEventLoop()
    socket.setReadBufferSize(len(COMING) + 1)
    socket.connected.connect(lambda: socket.write(RING))
    for done in (socket.readyRead, socket.disconnected, socket.errorOccurred):
        done.connect(loop.quit)
    QTimer.singleShot(PATIENCE_MS, loop, loop.quit)
    QTimer.singleShot(0, socket, lambda: socket.connectToServer(name))
    loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
    answered = socket.readAll().data() == COMING
    socket.abort()
    return answered


def comes_to_front(folder: Path, file: Path) -> bool:
    """Whether another window has the file open and was asked to come to the front, and answered."""
    return is_locked(folder, file) and ring(folder, file)
