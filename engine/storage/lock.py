"""Which window works on a file: a lock in the app-data folder that the system frees when its holder dies.

Nothing is left beside the user's file, and no lock is ever stale: it belongs to an open file, not to a number
written somewhere. It keeps apart the windows of one person on one computer; everything else is for the file's stamp.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import sys

from gigaplan.engine.storage.atomic_replace import close_and_remove, discard

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

FOLDER = "locks"
_HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
_FAR = 2**30
"""Where Windows puts the lock of one byte: past the end, so that all that is in the file can be read."""


def try_lock(handle: int) -> bool | None:
    """Whether this open file now holds the lock of its file; None where the disk knows no locks."""
    try:
        if sys.platform == "win32":
            os.lseek(handle, _FAR, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in _HELD else None
    return True


class FileLock:
    """The lock of one file, held until `release` or the end of the process."""

    def __init__(self, handle: int, path: str) -> None:
        self._handle = handle
        self._path = path

    @classmethod
    def take(cls, folder: str | os.PathLike[str], file: str | os.PathLike[str]) -> FileLock | None:
        """The lock of `file`, kept under the app-data folder `folder`; None where another window holds it.

        Raises OSError where the folder cannot be written.
        """
        path = lock_path(folder, file)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        for _ in range(100):
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
            if try_lock(handle) is False:
                os.close(handle)
                return None
            if _is_named(handle, path):
                return cls(handle, path)
            os.close(handle)  # its holder removed it between the two steps
        raise OSError(errno.EBUSY, "The lock of the file is being deleted and made again", path)

    def release(self) -> None:
        """Lets another window have the file."""
        if self._handle >= 0:
            close_and_remove(self._handle, self._path)  # while it is held: nobody takes a lock that has no name
            self._handle = -1


def is_locked(folder: str | os.PathLike[str], file: str | os.PathLike[str]) -> bool:
    """Whether some window holds the lock of `file`."""
    try:
        lock = FileLock.take(folder, file)
    except OSError:
        return False
    if lock is not None:
        lock.release()
    return lock is None


def remove_unheld(folder: str | os.PathLike[str]) -> None:
    """Removes the empty files of locks whose holders died."""
    with contextlib.suppress(OSError), os.scandir(os.path.join(folder, FOLDER)) as entries:
        for path in [entry.path for entry in entries if entry.name.endswith(".lock")]:
            with contextlib.suppress(OSError):
                handle = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
                if try_lock(handle) and _is_named(handle, path):
                    discard(bell_path(path))
                    close_and_remove(handle, path)
                else:
                    os.close(handle)


def lock_path(folder: str | os.PathLike[str], file: str | os.PathLike[str]) -> str:
    """Where the lock of `file` is, by whatever path the file is named."""
    real = os.path.normcase(os.path.realpath(file))
    name = hashlib.sha256(os.fsencode(real)).hexdigest()[:32]
    return os.path.join(folder, FOLDER, f"{name}.lock")


def bell_path(lock: str) -> str:
    """Where the window that holds a lock may be asked to come to the front: a short path, as sockets need."""
    return lock.removesuffix(".lock")[:-16] + ".bell"


def _is_named(handle: int, path: str) -> bool:
    with contextlib.suppress(OSError):
        return os.path.samestat(os.fstat(handle), os.lstat(path))
    return False
