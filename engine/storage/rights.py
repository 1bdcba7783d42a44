"""Who may read and write a file: a save leaves that as it was, though it puts a new file in the place of the old."""

from __future__ import annotations

import contextlib
import os
import stat
import sys

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
