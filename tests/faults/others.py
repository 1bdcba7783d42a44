"""Other programs and other windows: nobody's plan is overwritten, and the dead hold nothing."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from gigaplan.engine.storage.atomic_replace import folder_lock
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.lock import FileLock, is_locked, remove_unheld
from gigaplan.engine.storage.save import SaveError, save_plan
from tests.faults.children import become_nobody, child, tell, wait_for_go
from tests.faults.fault import Tally, check
from tests.faults.samples import NAME, check_in_words, named, saved, whole


def _overwrite(path: Path) -> None:
    stored = open_plan(path)
    save_plan(named("theirs"), path, expected=None, uuid=stored.uuid, revision=2)


def _same_bytes_anew(path: Path) -> None:
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    copy.rename(path)


def _in_place(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(5000)
        file.write(b"theirs")


def _in_place_unnoticed(path: Path) -> None:
    info = path.stat()
    _in_place(path)
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))


def _link(path: Path) -> None:
    path.rename(path.with_name("real"))
    path.symlink_to("real")


def _second_name(path: Path) -> None:
    os.link(path, path.with_name("second"))


def _journal(path: Path) -> None:
    path.with_name(f"{NAME}-journal").write_bytes(b"theirs")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


CHANGES: tuple[Callable[[Path], object], ...] = (
    _overwrite, _same_bytes_anew, _in_place, _in_place_unnoticed, _link, _second_name, _journal, _folder, os.unlink,
    lambda path: path.write_bytes(b""), lambda path: path.rename(path.with_name("moved")),
)  # fmt: skip
"""What another program may do to a file."""


def _change(there: Connection, waits: Connection, path: Path, which: int) -> None:
    CHANGES[which](path)
    tell(there, "done")
    wait_for_go(waits)


def _state(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Each name in a folder, the file that it stands for, and what is in it."""
    state = {}
    for entry in os.scandir(folder):
        info = entry.stat(follow_symlinks=False)
        content = Path(entry.path).read_bytes() if entry.is_file() else b""
        state[entry.name] = (info.st_ino, info.st_mtime_ns, content)
    return state


def changed_outside(tally: Tally, count: int) -> None:
    """Another process changed, replaced, moved or linked the file: the save is refused, and theirs stays."""
    for k in range(count):
        folder = tally.new_folder()
        path = saved(folder)
        stored = open_plan(path)
        which = k % len(CHANGES)
        with tally.trial(getattr(CHANGES[which], "__name__", "?")):
            with child(_change, path, which) as other:
                check(other.line() == "done")
            before = _state(folder)
            try:
                save_plan(named("mine"), path, expected=stored.stamp, uuid=stored.uuid, revision=2)
            except SaveError as error:
                check_in_words(str(error))
            else:
                check(False, "it was overwritten")
            check(_state(folder) == before, "what they made is not as it was")
        shutil.rmtree(folder)


def _save_when_told(there: Connection, waits: Connection, path: Path, name: str) -> None:
    stored = open_plan(path)
    tell(there, "ready")
    wait_for_go(waits)
    try:
        save_plan(named(name), path, expected=stored.stamp, uuid=stored.uuid, revision=2)
        tell(there, "saved")
    except SaveError as error:
        tell(there, f"{error.reason} {error}")
    except Exception as error:
        tell(there, f"raised {type(error).__name__}: {error}")
    wait_for_go(waits)


def two_processes(tally: Tally, count: int) -> None:
    """Two processes save the same file at the same time: one does, and the other is told."""
    for _ in range(count):
        folder = tally.new_folder()
        path = saved(folder)
        old = path.read_bytes()
        with tally.trial("two saves"), child(_save_when_told, path, "a") as a, child(_save_when_told, path, "b") as b:
            for each in (a, b):
                each.line()
            for each in tally.chance.sample((a, b), 2):
                each.say_go()
            answers = {"a": a.line(), "b": b.line()}
            winners = [name for name, answer in answers.items() if answer == "saved"]
            check(len(winners) == 1, answers)
            (loser,) = (answer for answer in answers.values() if answer != "saved")
            check(loser.split()[0] in ("changed", "busy"), loser)
            check_in_words(loser)
            check(whole(path).plan == named(winners[0]), "the file is not the winner's")
            check(path.with_name(f"{NAME}.bak").read_bytes() == old, "the backup is not the old file")
        shutil.rmtree(folder)


def _flock_alone(there: Connection, waits: Connection, folder: Path) -> None:
    """What is no Gigaplan holds the folder."""
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    tell(there, "held")
    wait_for_go(waits)


def held_folders(tally: Tally, count: int) -> None:
    """Another program holds the folder's lock: the save ends in time, says which program, and goes through later."""
    for _ in range(count):
        folder = tally.new_folder()
        path = saved(folder)
        stored = open_plan(path)
        with tally.trial("a folder that is held", timed=False):
            with child(_flock_alone, folder) as holder:
                check(holder.line() == "held")
                began = time.perf_counter()
                try:
                    save_plan(named(2), path, expected=stored.stamp, uuid=stored.uuid, revision=2)
                except SaveError as error:
                    check_in_words(str(error))
                    check(f"process {holder.pid})" in str(error), str(error))
                else:
                    check(False, "it was saved while another held the folder")
                tally.took(time.perf_counter() - began, wanted=5.0)
            save_plan(named(2), path, expected=stored.stamp, uuid=stored.uuid, revision=2)
        shutil.rmtree(folder)


def _save_as_nobody(there: Connection, waits: Connection, path: Path) -> None:
    become_nobody()
    _save_when_told(there, waits, path, "nobody's")


def sticky_folders(tally: Tally, count: int) -> None:
    """A file of another account in a folder where only owners may take names away: refused, and nothing is left."""
    for _ in range(count):
        folder = tally.new_folder()
        path = saved(folder)
        os.chown(path, 12345, 12345)
        path.chmod(0o666)
        folder.chmod(0o1777)
        before = _state(folder)
        with tally.trial("a sticky folder"), child(_save_as_nobody, path) as other:
            other.line()
            other.say_go()
            answer = other.line()
            check(answer.split()[0] == "not_ours", answer)
            check_in_words(answer)
            check(_state(folder) == before, f"there is {sorted(_state(folder))}")
            check(path.stat().st_nlink == 1, "a second name is left")
        shutil.rmtree(folder)


def lack_of_root() -> str:
    """Why files of two accounts cannot be made here; empty where they can."""
    return "" if hasattr(os, "geteuid") and os.geteuid() == 0 else "only root makes files of another account"


def _hold(there: Connection, waits: Connection, data: Path, path: Path) -> None:
    lock = FileLock.take(data, path)
    with folder_lock(str(path.parent)) as locked:
        tell(there, f"held {lock is not None} {locked}")
        wait_for_go(waits)


def stale_locks(tally: Tally, count: int) -> None:
    """A process with the locks of a file and of its folder is killed: the next has both at once, and saves."""
    for k in range(count):
        folder = tally.new_folder()
        path, data = saved(folder), folder / "data"
        with tally.trial("locks of the dead", timed=False):
            with child(_hold, data, path) as holder:
                check(holder.line() == "held True True")
                check(is_locked(data, path), "the lock of a living window is not seen")
                holder.kill()
            if k % 3 == 1:
                remove_unheld(data)
            if k % 3 == 2:
                for left in (data / "locks").iterdir():
                    left.write_bytes(b"99999 another computer\0" * 50)
            began = time.perf_counter()
            lock = FileLock.take(data, path)
            check(lock is not None, "the lock of a dead window holds")
            assert lock is not None
            stored = open_plan(path)
            save_plan(named(2), path, expected=stored.stamp, uuid=stored.uuid, revision=2)
            lock.release()
            tally.took(time.perf_counter() - began, wanted=1.0)
        shutil.rmtree(folder)
