"""Locks of files: one window holds a file, and its death frees it at once."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gigaplan.engine.storage import lock as locking
from gigaplan.engine.storage.lock import FOLDER, FileLock, is_locked, remove_unheld

HOLD = """
import sys
from gigaplan.engine.storage.lock import FileLock
lock = FileLock.take(sys.argv[1], sys.argv[2])
print("held" if lock else "refused", flush=True)
sys.stdin.readline()
"""
ROOT = Path(__file__).resolve().parents[3]


def start(folder: Path, file: Path) -> subprocess.Popen[str]:
    """A process that tries to take the lock, says whether it did, and keeps it until it is told to end."""
    command = [sys.executable, "-c", HOLD, str(folder), str(file)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)


@contextmanager
def holder(folder: Path, file: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has said whether it holds the lock."""
    with start(folder, file) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        yield child
        child.kill()


def test_a_second_process_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    file = tmp_path / "plan.gigaplan"
    with holder(tmp_path / "data", file) as child:
        assert FileLock.take(tmp_path / "data", file) is None
        assert is_locked(tmp_path / "data", file)
        assert not is_locked(tmp_path / "data", tmp_path / "other.gigaplan")
        child.communicate("\n", timeout=30)
        lock = FileLock.take(tmp_path / "data", file)
        assert lock is not None
        lock.release()


def test_a_killed_holder_frees_the_file_at_once(tmp_path: Path) -> None:
    file = tmp_path / "plan.gigaplan"
    for _ in range(5):
        with holder(tmp_path, file) as child:
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
            assert os.listdir(tmp_path / FOLDER)  # what it left is no obstacle
            lock = FileLock.take(tmp_path, file)
            assert lock is not None
            lock.release()


def test_of_many_that_start_together_one_gets_it(tmp_path: Path) -> None:
    children = [start(tmp_path, tmp_path / "plan.gigaplan") for _ in range(8)]
    said = [child.stdout.readline() for child in children if child.stdout is not None]
    assert sorted(said) == ["held\n"] + ["refused\n"] * 7
    for child in children:
        child.communicate("\n", timeout=30)


def test_two_windows_of_one_process_are_kept_apart_too(tmp_path: Path) -> None:
    first = FileLock.take(tmp_path, tmp_path / "plan.gigaplan")
    assert first is not None
    assert FileLock.take(tmp_path, tmp_path / "plan.gigaplan") is None
    first.release()
    first.release()
    assert not is_locked(tmp_path, tmp_path / "plan.gigaplan")


def test_one_file_has_one_lock_by_whatever_path(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    lock = FileLock.take(tmp_path, tmp_path / "folder" / "plan.gigaplan")
    assert lock is not None
    assert is_locked(tmp_path, tmp_path / "link" / "plan.gigaplan")
    assert is_locked(tmp_path, tmp_path / "folder" / ".." / "folder" / "plan.gigaplan")
    lock.release()


def test_nothing_is_left_anywhere(tmp_path: Path) -> None:
    home, data = tmp_path / "home", tmp_path / "data"
    home.mkdir()
    lock = FileLock.take(data, home / "plan.gigaplan")
    assert lock is not None
    assert os.listdir(home) == []
    assert len(os.listdir(data / FOLDER)) == 1
    lock.release()
    assert os.listdir(data / FOLDER) == []


def test_what_the_dead_left_is_removed_and_what_is_held_stays(tmp_path: Path) -> None:
    with holder(tmp_path, tmp_path / "dead") as child:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    (stale,) = os.listdir(tmp_path / FOLDER)
    lock = FileLock.take(tmp_path, tmp_path / "alive")
    assert lock is not None
    remove_unheld(tmp_path)
    assert stale not in os.listdir(tmp_path / FOLDER)
    assert is_locked(tmp_path, tmp_path / "alive")
    lock.release()
    remove_unheld(tmp_path / "nowhere")


def test_a_folder_that_cannot_be_made_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file in its place")
    with pytest.raises(OSError, match="data"):
        FileLock.take(tmp_path / "data", tmp_path / "plan.gigaplan")
    assert not is_locked(tmp_path / "data", tmp_path / "plan.gigaplan")


@pytest.mark.skipif(os.name != "posix", reason="plays the part of Windows with locks as POSIX has them")
def test_on_windows_one_byte_past_the_end_is_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its module is played by one that locks with POSIX: the same place, the same refusals."""
    import fcntl

    places: list[tuple[int, int]] = []

    class Msvcrt:
        LK_NBLCK = 2

        @staticmethod
        def locking(handle: int, mode: int, count: int) -> None:
            places.append((os.lseek(handle, 0, os.SEEK_CUR), count))
            assert mode == Msvcrt.LK_NBLCK
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise PermissionError(errno.EACCES, "Permission denied") from None

    file = tmp_path / "plan.gigaplan"
    with monkeypatch.context() as patch:
        patch.setattr(locking, "msvcrt", Msvcrt, raising=False)
        patch.setattr(sys, "platform", "win32")
        first = FileLock.take(tmp_path, file)
        assert first is not None
        assert FileLock.take(tmp_path, file) is None
        assert is_locked(tmp_path, file)
        first.release()
        assert not is_locked(tmp_path, file)
    assert set(places) == {(2**30, 1)}
    assert os.listdir(tmp_path / FOLDER) == []


def test_a_lock_whose_file_goes_between_two_steps_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or else two windows would hold the same file: one by a lock that has no name any more."""
    first = FileLock.take(tmp_path, tmp_path / "plan.gigaplan")
    assert first is not None
    real = locking.try_lock

    def late(handle: int) -> bool | None:
        first.release()  # after the other has opened the file, before it locks it
        return real(handle)

    monkeypatch.setattr(locking, "try_lock", late)
    second = FileLock.take(tmp_path, tmp_path / "plan.gigaplan")
    assert second is not None
    assert FileLock.take(tmp_path, tmp_path / "plan.gigaplan") is None
    second.release()
    assert FileLock.take(tmp_path, tmp_path / "plan.gigaplan") is not None
