"""Disks that are full, that may only be read, and folders that may not be written in."""

from __future__ import annotations

import functools
import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from tests.faults.children import become_nobody, child, tell, wait_for_go
from tests.faults.fault import Tally, check
from tests.faults.samples import check_in_words, check_names, named, saved, whole


def _document_saves(there: Connection, waits: Connection, path: Path, bytes_at_most: int, as_nobody: bool) -> None:
    """Edits and saves a document twice; the second time without the limit. Says what it was told each time."""
    from PySide6.QtCore import QCoreApplication

    from gigaplan.engine.storage.save import SaveError
    from gigaplan.gui.document.document import Document

    QCoreApplication([])
    if as_nobody:
        become_nobody()
    document = Document(named(0))
    document.open(path)
    document.apply(named(2), "edit")
    if bytes_at_most:
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_at_most, resource.RLIM_INFINITY))
    for _ in range(2):
        try:
            document.save()
            answer = "saved"
        except SaveError as error:
            answer = f"{error.reason} {error}"
        except Exception as error:
            answer = f"raised {type(error).__name__}: {error}"
        kept = "kept" if document.plan == named(2) and (answer == "saved") != document.is_dirty else "lost"
        tell(there, f"{kept} {answer}")
        wait_for_go(waits)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _refused_then_saved(path: Path, before: bytes, reasons: set[str], limit: int, nobody: bool, cure: object) -> bool:
    """Has a save refused, calls `cure`, and has it go through; False where it went at once."""
    with child(_document_saves, path, limit, nobody) as window:
        kept, reason, *words = window.line().split(" ", 2)
        check(kept == "kept", "the edits are gone")
        if reason == "saved":
            check(whole(path).plan == named(2), "acknowledged and not there")
            return False
        check(reason in reasons, f"{reason}: {words}")
        check_in_words(words[0])
        check(path.read_bytes() == before, "the old file is not as it was")
        check_names(path.parent, "filler")
        if callable(cure):
            cure()
        window.say_go()
        check(window.line() == "kept saved", "with room again, it is not saved")
        check(whole(path).plan == named(2), "acknowledged and not there")
    return True


def file_size(tally: Tally, count: int) -> None:
    """The system allows a file no more than so many bytes: the save says so, and goes through without the limit."""
    refused = 0
    for _ in range(count):
        folder = tally.new_folder()
        path = saved(folder)
        before = path.read_bytes()
        limit = tally.chance.randint(1, len(before) + 4096)
        with tally.trial(f"{limit} bytes"):
            refused += _refused_then_saved(path, before, {"EFBIG"}, limit, False, None)
        shutil.rmtree(folder)
    tally.note(f"{refused} of the saves had no room")


def lack_of_mounts() -> str:
    """Why no small disk can be made here; empty where it can."""
    if os.name != "posix" or os.geteuid() != 0:
        return "only root may mount a small disk"
    if shutil.which("mount") is None:
        return "there is no mount command"
    with tempfile.TemporaryDirectory() as folder:
        command = ["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", folder]
        run = subprocess.run(command, capture_output=True, check=False)
    return "" if run.returncode == 0 else "a small disk may not be mounted here"


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """A disk of so many KB, mounted in a folder meanwhile."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def small_disks(tally: Tally, count: int) -> None:
    """A disk that is full but for a little: the save says so, and goes through once there is room."""
    refused = 0
    with small_disk(tally.folder / "disk", 1024) as disk:
        for _ in range(count):
            path = saved(disk)
            before = path.read_bytes()
            free = shutil.disk_usage(disk).free
            filler = disk / "filler"
            filler.write_bytes(bytes(max(0, free - tally.chance.randint(0, 2 * len(before)))))
            with tally.trial(f"{shutil.disk_usage(disk).free} bytes free"):
                refused += _refused_then_saved(path, before, {"ENOSPC"}, 0, False, filler.unlink)
            for left in disk.iterdir():
                left.unlink()
    tally.note(f"{refused} of the saves had no room")


def read_only(tally: Tally, count: int) -> None:
    """A disk that became read-only: the save says so, and goes through once it can be written again."""
    with small_disk(tally.folder / "disk", 2048) as disk:
        for _ in range(count):
            path = saved(disk)
            before = path.read_bytes()

            def remount(how: str) -> None:
                subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)

            with tally.trial("read-only"):
                remount("ro")
                try:
                    was_refused = _refused_then_saved(
                        path, before, {"EROFS", "read_only"}, 0, False, lambda: remount("rw")
                    )
                finally:
                    remount("rw")
                check(was_refused, "it was saved on a disk that may only be read")
            for left in disk.iterdir():
                left.unlink()


def unwritable(tally: Tally, count: int) -> None:
    """A folder or a file without leave to write, for a person who is not root."""
    for k in range(count):
        folder = tally.new_folder()
        path = saved(folder)
        before = path.read_bytes()
        locked, mode, reasons = (folder, 0o555, {"EACCES"}) if k % 2 else (path, 0o444, {"read_only"})
        if os.geteuid() == 0:
            for each in (folder, path):
                os.chown(each, 65534, 65534)
        with tally.trial(f"{locked.name} {mode:o}"):
            locked.chmod(mode)
            cure = functools.partial(locked.chmod, 0o755)
            check(_refused_then_saved(path, before, reasons, 0, True, cure), "it was saved")
        folder.chmod(0o755)
        shutil.rmtree(folder)
