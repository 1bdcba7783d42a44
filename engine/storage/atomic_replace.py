"""Putting a new file in the place of an old one, so that its name always holds one of the two, whole.

The new file is written beside the old one under a name of its own, flushed, and renamed over it. The user's file
is never opened for writing, cut short or deleted.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import stat
import sys
import time
from collections.abc import Iterator

from gigaplan.engine.storage.load import FileStamp, StoredPlan, digest_of, side_file

if sys.platform != "win32":
    import fcntl

BACKUP = ".bak"
LONGEST = 255
"""Bytes of a name that file systems take."""
LONGEST_STEM = LONGEST - len("..01234567.saving")
PATIENCE = 3.0
"""Seconds to wait for another program that holds the folder or the file."""
_SHARING_VIOLATIONS = (5, 32, 33)
_WORDS = {
    errno.ENOSPC: "The disk is full",
    errno.EDQUOT: "Your share of the disk (quota) is full",
    errno.EFBIG: "The file would be larger than this disk or this account allows",
    errno.EROFS: "The disk can only be read, not written",
    errno.EACCES: "You do not have permission to write in this folder",
    errno.EPERM: "You do not have permission to write in this folder",
    errno.EIO: "The disk reports an error",
    errno.ENOENT: "The folder does not exist",
    errno.ENOTDIR: "The folder does not exist",
    errno.ENAMETOOLONG: "The name is too long for this disk",
}


class SaveError(Exception):
    """The plan was not saved, and the file is as it was. `reason` is a word for a program, the text for a person."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class SaveRefused(SaveError):
    """This target cannot be replaced safely; another name can. Reasons: symlink, not_a_file, hard_link,
    read_only, side_file, backup, busy."""


class ChangedOutside(SaveError):
    """The file is not the one that was opened. Reasons: changed, missing."""


class SaveFailed(SaveError):
    """The system refused a step: its reason is the name of the error, as ENOSPC, or `not_verified`.

    Where it is `not_confirmed`, the new file stands, and `stored` is what is in it.
    """

    def __init__(self, reason: str, text: str, stored: StoredPlan | None = None) -> None:
        super().__init__(reason, text)
        self.stored = stored


@contextlib.contextmanager
def failures_in_words(name: str) -> Iterator[None]:
    """Turns an OSError into SaveFailed, in a person's words."""
    try:
        yield
    except OSError as error:
        words = in_words(error)
        code = errno.errorcode.get(error.errno or 0, "OSError")
        remedy = "Free some space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "Try again"
        text = f"{words} ({code}). “{name}” was not saved; the file is as it was. {remedy}, or save elsewhere."
        raise SaveFailed(code, text) from error


def in_words(error: OSError) -> str:
    """What the system refused, for a person; without a full stop."""
    return _WORDS.get(error.errno or 0, error.strerror or str(error))


def target_of(path: str | os.PathLike[str]) -> str:
    """The real path of the file to write: links among its folders are followed, a link in its own place is refused."""
    path = os.path.abspath(path)
    name = os.path.basename(path)
    if os.path.islink(path):
        raise SaveRefused("symlink", f"“{name}” is a link to another file. Save it under another name.")
    return os.path.join(os.path.realpath(os.path.dirname(path)), name)


def replaceable(target: str, expected: FileStamp | None, links: int = 1) -> os.stat_result | None:
    """What the file to be replaced is, or None where there is none. `links` is how many names it may have.

    Raises ChangedOutside where it is not `expected`, and SaveRefused where a new file could not stand for it.
    """
    name = os.path.basename(target)
    try:
        old = os.lstat(target)
    except FileNotFoundError:
        old = None
    if old is None and expected is not None:
        raise ChangedOutside(
            "missing", f"“{name}” is no longer there: it was moved or deleted. Save it under another name."
        )
    if beside := side_file(target):
        text = f"“{beside}” lies beside the file: another program works on it. Save it under another name."
        raise SaveRefused("side_file", text)
    if old is None:
        return None
    if not stat.S_ISREG(old.st_mode):
        raise SaveRefused("not_a_file", f"“{name}” is not a file. Save it under another name.")
    if expected is not None and (FileStamp.of(old) != expected or _has_other_content(target, expected)):
        raise _changed(name)
    if _is_sticky_for_us(target, old):
        text = f"In this folder only its owner may replace “{name}”, and that is another account. Save it elsewhere."
        raise SaveRefused("not_ours", text)
    if old.st_nlink > links + is_same(target, with_ending(target, BACKUP)):
        raise SaveRefused("hard_link", f"“{name}” has a second name (a hard link). Save it under another name.")
    if not old.st_mode & 0o222 or not os.access(target, os.W_OK):
        raise SaveRefused("read_only", f"“{name}” is read-only. Save it under another name.")
    backup = with_ending(target, BACKUP)
    if os.path.lexists(backup) and not stat.S_ISREG(os.lstat(backup).st_mode):
        kept = os.path.basename(backup)
        text = f"“{kept}”, where the old file would be kept, is not a file. Save it under another name."
        raise SaveRefused("backup", text)
    return old


def _has_other_content(target: str, expected: FileStamp) -> bool:
    """Whether a file of the same size and time holds other bytes: a time can be set back."""
    if not expected.digest:
        return False
    with open(target, "rb") as file:
        return digest_of(file.read()) != expected.digest


def _is_sticky_for_us(target: str, old: os.stat_result) -> bool:
    """Whether the folder lets us make names beside the file, but not take this file's name, nor a second one, away."""
    if sys.platform == "win32":
        return False
    folder = os.stat(os.path.dirname(target))
    us = os.geteuid()
    return bool(folder.st_mode & stat.S_ISVTX) and us not in (0, old.st_uid, folder.st_uid)


def still_replaceable(target: str, old: os.stat_result | None, spare: str) -> None:
    """Raises ChangedOutside where another program wrote the file since `replaceable` looked.

    `spare` may be a second name of the file, of our own making.
    """
    now = replaceable(target, FileStamp.of(old) if old else None, 1 + is_same(target, spare))
    if old is None and now is not None:
        raise _changed(os.path.basename(target))


def _changed(name: str) -> ChangedOutside:
    text = (
        f"“{name}” was changed by another program meanwhile. Save it under another name, or open it again and compare."
    )
    return ChangedOutside("changed", text)


def is_same(one: str, other: str) -> bool:
    """Whether two names are those of one file. The backup may be the file itself where a save was cut short."""
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.lstat(one), os.lstat(other))
    return False


@contextlib.contextmanager
def folder_lock(folder: str) -> Iterator[bool]:
    """Keeps other Gigaplans from saving in a folder meanwhile; gives whether this system can do that."""
    if sys.platform == "win32":
        yield False
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield _locked(handle, os.path.basename(folder))
    finally:
        _let_go(handle)


def _locked(handle: int, name: str) -> bool:
    if sys.platform == "win32":
        return False
    end = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > end:
                holder = _holder_of(handle) or "Another program"
                text = f"{holder} has held the folder “{name}” locked for {PATIENCE:g} s. Try again, or save elsewhere."
                raise SaveRefused("busy", text) from None
        except OSError:
            return False  # a network disk without locks: the stamp is still compared
        time.sleep(0.01)


def _holder_of(handle: int) -> str:
    """Which process holds the lock of an open file, for a person; empty where the system does not tell."""
    info = os.fstat(handle)
    there = f"{os.major(info.st_dev):02x}:{os.minor(info.st_dev):02x}:{info.st_ino}"
    try:
        with open("/proc/locks", encoding="ascii") as file:
            lines = [line.split() for line in file]
        process = next(words[4] for words in lines if words[1] == "FLOCK" and words[5] == there)
    except (OSError, StopIteration, IndexError):
        return ""
    try:
        with open(f"/proc/{process}/comm", encoding="utf-8", errors="replace") as file:
            name = "".join(c for c in file.read().strip() if c.isprintable())
    except OSError:
        return f"Process {process}"
    return f"The program “{name}” (process {process})"


def remove_leftovers(target: str) -> None:
    """Removes what a save of this file that was killed left beside it. Only under the folder's lock."""
    folder, name = os.path.split(target)
    ours = re.compile(re.escape(f".{_stem(name)}.") + r"[0-9a-f]{8}\.saving")
    with os.scandir(folder) as entries:
        stale = [entry.path for entry in entries if ours.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)]
    for path in stale:
        discard(path)


def discard(path: str) -> None:
    """Removes a file of our own making, where it is there and can be removed."""
    with contextlib.suppress(OSError):
        os.unlink(path)


def close_and_remove(handle: int, path: str) -> None:
    """Removes a file of our own that is open, and closes it: in this order, so that nobody takes it up in between.

    Windows removes no file that is open, by us or by anybody who has taken it up: there it is tried again.
    """
    discard(path)
    os.close(handle)
    if sys.platform == "win32":
        discard(path)


def flush(handle: int) -> None:
    """Makes what was written to an open file last through a power cut. Raises OSError."""
    if sys.platform == "darwin":  # where fsync stops at the memory of the disk
        with contextlib.suppress(OSError):  # a network disk may not know it
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
            return
    os.fsync(handle)


def write_beside(target: str, data: bytes, old: os.stat_result | None) -> str:
    """Writes and flushes `data` to a new file in the folder of `target`, with the rights of the old one; its path."""
    path = spare_name(target)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags, 0o666 if old is None else 0o600)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            if old is not None:
                keep_rights(handle, target, old)
            file.flush()
            flush(handle)
    except BaseException:
        discard(path)
        raise
    return path


def spare_name(target: str) -> str:
    """A name of our own for a file beside `target`, which `remove_leftovers` knows."""
    folder, name = os.path.split(target)
    return os.path.join(folder, f".{_stem(name)}.{secrets.token_hex(4)}.saving")


def with_ending(target: str, ending: str) -> str:
    """The name of a file kept beside `target`: its own and the ending, or as much of it as there is room for, and what
    tells it from others that begin alike."""
    folder, name = os.path.split(target)
    encoded = os.fsencode(name)
    room = LONGEST - len(ending)
    if len(encoded) > room:
        mark = f"~{hashlib.sha256(encoded).hexdigest()[:8]}"
        name = encoded[: room - len(mark)].decode("utf-8", "ignore") + mark
    return os.path.join(folder, name + ending)


def _stem(name: str) -> str:
    """What tells the spare names of a file from those of others: its name, or a digest where there is no room."""
    encoded = os.fsencode(name)
    return name if len(encoded) <= LONGEST_STEM else hashlib.sha256(encoded).hexdigest()


def put_in_place(new: str, target: str) -> None:
    """Renames the new file to `target`.

    Windows refuses while another program holds the old one open: it waits, then keeps the new one and says where.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            os.replace(new, target)
            return
        except PermissionError as error:
            if getattr(error, "winerror", None) not in _SHARING_VIOLATIONS:
                raise
            if time.monotonic() > end:
                raise _kept(new, target) from error
        time.sleep(0.05)


def put_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Writes a file that is no plan, whole or not at all: what was there stays where it fails. Raises SaveError."""
    with failures_in_words(os.path.basename(os.fspath(path))):
        target = target_of(path)
        with folder_lock(os.path.dirname(target)) as locked:
            if locked:
                remove_leftovers(target)
            new = write_beside(target, data, replaceable(target, None))
            try:
                put_in_place(new, target)
            except BaseException:
                discard(new)
                raise


def _kept(new: str, target: str) -> SaveFailed:
    stem, extension = os.path.splitext(target)
    kept = f"{stem} (newer, {secrets.token_hex(4)}){extension}"
    os.rename(new, kept)
    text = f"Another program holds “{os.path.basename(target)}” open. The plan is saved as “{os.path.basename(kept)}”."
    return SaveFailed("in_use", text)


def _let_go(handle: int) -> None:
    """Closes a folder. Nothing was written by this handle, so that what the system says of it means nothing."""
    with contextlib.suppress(OSError):
        os.close(handle)


def flush_folder(folder: str) -> None:
    """Makes a rename last through a power cut, where the system has a way to."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        _let_go(handle)


_ACCESS_LIST = "system.posix_acl_access"


def keep_rights(handle: int, target: str, old: os.stat_result) -> None:
    """Gives a new file the owner, the group, the access list and the mode of the old one, as far as one may.

    Where its group or its list cannot be kept, what they allow is not given to another group. Raises OSError.
    """
    if sys.platform == "win32":
        return
    mode, now = stat.S_IMODE(old.st_mode), os.fstat(handle)
    is_kept = now.st_gid == old.st_gid
    if now.st_uid != old.st_uid or not is_kept:
        for owner in (old.st_uid, -1):
            with contextlib.suppress(OSError):
                os.fchown(handle, owner, old.st_gid)
                is_kept = True
                break
    allowed = _access_list(target)
    if allowed and is_kept:
        try:
            os.setxattr(handle, _ACCESS_LIST, allowed)
        except OSError:
            is_kept = False  # the mode says what the list allows at most, which is more than what the group may
    os.fchmod(handle, mode if is_kept else mode & 0o707 | (mode & 0o007) << 3)


def _access_list(path: str) -> bytes:
    """Who else may read or write a file, where Linux keeps a list of them; empty where there is none."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            return os.getxattr(path, _ACCESS_LIST)
    return b""
