"""Calls of the system that fail, each in turn, once and from then on: in a save and in writing down edits.

`strace` makes the kernel refuse; a layer in the process does so where there is no strace, and can also tear a write.
"""

from __future__ import annotations

import errno
import fcntl
import io
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from engine.storage import load, replace
from engine.storage.left_behind import left_behind
from engine.storage.load import open_plan
from engine.storage.recovery import Origin, RecoveryFile
from engine.storage.save import SaveError, SaveFailed, save_plan
from tests.faults.children import child, tell, wait_for_go
from tests.faults.fault import Tally, check
from tests.faults.samples import KEPT, check_in_words, check_names, named, older, saved, whole

CALLS = {
    "write": ("ENOSPC", "EIO", "EDQUOT"),
    "fsync": ("EIO", "ENOSPC"),
    "rename": ("EACCES", "EIO", "ENOSPC"),
    "link": ("EPERM", "ENOSPC", "EMLINK"),
    "unlink": ("EACCES", "EIO"),
    "fchmod": ("EPERM", "EIO"),
    "ftruncate": ("EIO",),
    "flock": ("ENOLCK", "EAGAIN"),
    "open": ("ENOSPC", "EIO", "EMFILE"),
    "read": ("EIO",),
    "stat": ("EIO",),
    "getdents64": ("EIO",),
}
"""What is refused, and with which errors: every call of the system that a save or an edit makes with a file."""
INSIDE = {call: names for call, names in CALLS.items() if call != "getdents64"} | {
    "write": (*CALLS["write"], "short"), "close": ("EIO", "ENOSPC"), "scandir": ("EIO",),
}  # fmt: skip
"""The same in the process, where a write may also be short: half of it is done, and that is what is said."""
PATTERNS = {"rename": "/^rename(at2?)?$", "link": "/^link(at)?$", "unlink": "/^unlink(at)?$", "open": "/^open(at)?$",
            "stat": "/^(new)?(fstat(at)?(64)?|l?stat(64)?|statx)$"}  # fmt: skip
"""What strace calls those that go by another name on some processors."""
MOST = 40
"""No work here makes one call so often."""


# What is done while calls fail


def _save_twice(there: Connection, waits: Connection, path: Path, arm: Callable[[], None]) -> None:
    stored = open_plan(path)
    revision = stored.revision + 1
    tell(there, "ready")
    wait_for_go(waits)
    arm()
    for _ in range(2):
        try:
            stored = save_plan(named(2), path, expected=stored.stamp, uuid=stored.uuid, revision=revision)
            answer = "saved "
        except SaveError as error:
            # What stands in the file though the disk does not confirm it is what the next save replaces.
            stored = (error.stored if isinstance(error, SaveFailed) else None) or stored
            answer = f"{error.reason} {error}"
        except Exception as error:
            answer = f"raised {type(error).__name__}: {error}"
        tell(there, answer)
        wait_for_go(waits)


def _write_edits(there: Connection, waits: Connection, folder: Path, arm: Callable[[], None]) -> None:
    file = RecoveryFile(folder)
    tell(there, "ready")
    wait_for_go(waits)
    arm()
    for number in range(1, 5):
        try:
            file.write(named(number), Origin(name="plan"), True)
            tell(there, f"kept {number}")
        except OSError as error:
            tell(there, f"refused {error.strerror}")
        except Exception as error:
            tell(there, f"raised {type(error).__name__}: {error}")
    tell(there, "done")
    wait_for_go(waits)


# What must have come of it


class _Saving:
    """The file that is saved in one try, and the backup that was there before."""

    def __init__(self, folder: Path, is_older: bool) -> None:
        self.path = older(folder) if is_older else saved(folder)
        self.is_older = is_older
        self.backup = self.path.with_name(self.path.name + ".bak")
        (folder / "earlier").mkdir()
        earlier = saved(folder / "earlier", "earlier")
        earlier.rename(self.backup)
        (folder / "earlier").rmdir()
        (folder / f".{self.path.name}.01234567.saving").write_bytes(b"left by a killed save")
        self.before, self.earlier = self.path.read_bytes(), self.backup.read_bytes()
        self.revision = open_plan(self.path).revision

    def state(self) -> str:
        """Which file is there, seen from outside."""
        if self.path.read_bytes() == self.before:
            return "old"
        return "new" if open_plan(self.path).plan == named(2) else "torn"


def _judge_save(said: list[str], file: _Saving, for_good: bool) -> None:
    path = file.path
    for line in said:
        state, reason, text = line.split(" ", 2)
        check(reason != "raised", text)
        check(state != "torn", "the file is neither the old nor the new one")
        if reason == "saved":
            check(state == "new", "a save was acknowledged and is not there")
        else:
            check_in_words(text)
            check("plan.gigaplan" in text or reason == "busy", f"of which file? {text}")
            check(state == ("new" if reason == "not_confirmed" else "old") or said[0].startswith("new"), line)
    went_through = any(line.startswith("new saved") for line in said)
    check(for_good or went_through, f"one error, and nothing can be saved: {said}")
    check_names(path.parent, *([KEPT] if file.is_older else []))
    check(whole(path).revision in (file.revision, file.revision + 1), "another revision")
    backup = file.backup.read_bytes()
    if any(line.startswith("new") for line in said):
        check(backup in (file.before, file.earlier) or whole(file.backup).plan == named(2), "the backup is another")
        check(not file.is_older or path.with_name(KEPT).read_bytes() == file.before, "the older file is gone")
    else:
        check(backup == file.earlier, "a save that failed has changed the backup")


def _judge_edits(said: list[str], folder: Path, for_good: bool) -> None:
    check(not any(line.startswith("raised") for line in said), said)
    kept = [int(line.split()[1]) for line in said if line.startswith("kept")]
    check(for_good or len(kept) >= 3, f"one error, and edits are not kept any more: {said}")
    found = left_behind(folder)
    try:
        if kept:
            check(bool(found), "what was acknowledged is not offered")
            names = [int(left.plan().settings.name) for left in found if left.can_recover]
            check(names and max(names) >= max(kept), f"kept {kept}, offered {names}")
            check(all(left.plan() == named(left.plan().settings.name) for left in found), "another plan")
    finally:
        for left in found:
            left.discard()


# By strace


def lack_of_strace() -> str:
    """Why calls cannot be refused by strace here; empty where they can."""
    if shutil.which("strace") is None:
        return "strace is not installed (on Debian: apt-get install strace)"
    command = ["strace", "-e", "trace=fsync", "-e", "inject=fsync:error=EIO", "true"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if run.returncode == 0 else f"strace may not trace here ({run.stderr.strip().splitlines()[-1]})"


def _not_armed() -> None:
    """strace does it."""


def _let_anybody_trace() -> None:
    import ctypes

    ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(2**64 - 1), 0, 0, 0)  # where only parents may trace


def _traced_save(there: Connection, waits: Connection, path: Path) -> None:
    _let_anybody_trace()
    _save_twice(there, waits, path, _not_armed)


def _traced_edits(there: Connection, waits: Connection, folder: Path) -> None:
    _let_anybody_trace()
    _write_edits(there, waits, folder, _not_armed)


def _under_strace(
    folder: Path, work: Callable[..., None], where: Path, lines: int, rule: str, state: Callable[[], str] | None = None
) -> tuple[list[str], bool, float]:
    """What a child says whose calls strace refuses by a rule, whether any was refused, and the longest pause.

    With `state`, each line begins with what that gives then, and the child waits for it.
    """
    log = folder.parent / "strace.log"
    call = rule.split(":")[0]
    with child(work, where) as worker:
        worker.line()
        command = ["strace", "-p", str(worker.pid), "-o", str(log), "-e", f"trace={call}", "-e", f"inject={rule}"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
            assert tracer.stderr is not None
            attached = tracer.stderr.readline()
            check("attached" in attached, attached)
            worker.say_go()
            said, longest, began = [], 0.0, time.perf_counter()
            while len(said) < lines and said[-1:] != ["done"]:
                line = worker.line()
                longest = max(longest, time.perf_counter() - began)
                said.append(f"{state()} {line}" if state else line)
                began = time.perf_counter()
                if state and len(said) < lines:
                    worker.say_go()
            worker.kill()
            tracer.wait()
    refused = "(INJECTED)" in log.read_text(encoding="utf-8", errors="replace")
    log.unlink()
    return said, refused, longest


def _each(
    tally: Tally, count: int, calls: dict[str, tuple[str, ...]], one: Callable[[str, str, int, bool], bool]
) -> None:
    """Tries each call, its errors, once and for good, at K = 1, 2 ... until K is past the last; so often at most."""
    rounds = [(call, name, good) for call, names in calls.items() for name in names for good in (False, True)]
    if count < 3 * len(rounds):  # the first error of each call stands for all
        rounds = [(call, name, good) for call, name, good in rounds if name == calls[call][0]]
    for call, name, good in rounds:
        for k in range(1, MOST):
            if tally.tried >= count:
                tally.note(f"ended after {count} tries, before the last call")
                return
            if not one(call, name, k, good):
                break


def by_strace_in_save(tally: Tally, count: int) -> None:
    """A save whose system calls fail says so, and the file is the old one; a later save goes through."""
    _by_strace_in_save(tally, count, is_older=False)


def by_strace_in_first_save_of_older(tally: Tally, count: int) -> None:
    """The same for the first save of a file of an older format, which is kept."""
    _by_strace_in_save(tally, count, is_older=True)


def _by_strace_in_save(tally: Tally, count: int, is_older: bool) -> None:
    def one(call: str, name: str, k: int, good: bool) -> bool:
        folder = tally.new_folder()
        file = _Saving(folder, is_older)
        rule = f"{PATTERNS.get(call, call)}:error={name}:when={k}{'+' if good else ''}"
        refused = True
        with tally.trial(f"{rule} in a save", timed=False):
            said, refused, longest = _under_strace(folder, _traced_save, file.path, 2, rule, file.state)
            tally.took(longest)
            _judge_save(said, file, good)
        shutil.rmtree(folder)
        return refused

    _each(tally, count, CALLS, one)


def by_strace_in_edit(tally: Tally, count: int) -> None:
    """An edit that cannot be written down is told of, and costs none that was; later ones are written again."""

    def one(call: str, name: str, k: int, good: bool) -> bool:
        folder = tally.new_folder()
        rule = f"{PATTERNS.get(call, call)}:error={name}:when={k}{'+' if good else ''}"
        refused = True
        with tally.trial(f"{rule} in an edit", timed=False):
            said, refused, longest = _under_strace(folder, _traced_edits, folder, 9, rule)
            tally.took(longest)
            _judge_edits(said, folder, good)
        shutil.rmtree(folder)
        return refused

    _each(tally, count, CALLS, one)


# In the process


class _Refusals:
    """Makes one call fail, at its K-th time or from it on; a write may be torn (half of it is done) or short."""

    def __init__(self, call: str, name: str, k: int, good: bool) -> None:
        self._error = 0 if name == "short" else getattr(errno, name)
        self._k, self._good = k, good
        self._torn = call == "write" and name != "EIO"
        self._call = call
        self._made = 0

    def __call__(self) -> None:
        names = {"rename": ("replace", "rename"), "stat": ("lstat", "fstat", "stat")}.get(self._call, (self._call,))
        owner = fcntl if self._call == "flock" else os
        for name in names:
            setattr(owner, name, self._wrapped(getattr(owner, name)))
        if self._call in ("write", "read", "close"):
            for module in (replace, load):
                module.open = self._open  # type: ignore[attr-defined]

    def _strikes(self) -> bool:
        self._made += 1
        return self._made == self._k or (self._good and self._made > self._k)

    def _wrapped(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            if not self._strikes():
                return real(*arguments, **options)
            if self._call == "close":
                real(*arguments)  # a file is closed, whatever the system says of it
            elif self._torn:
                done = real(arguments[0], bytes(arguments[1])[: (len(arguments[1]) + 1) // 2])
                if not self._error:
                    return done
            raise OSError(self._error, os.strerror(self._error))

        return call

    def _open(self, file: Any, mode: str = "r", *more: Any, **options: Any) -> Any:
        refusals = self

        class Raw(io.FileIO):
            def write(self, data: Any) -> int:
                return refusals._wrapped(lambda _, data: super(Raw, self).write(data))(0, data)

            def readall(self) -> bytes:
                return refusals._wrapped(super().readall)()

            def readinto(self, buffer: Any) -> int:
                return refusals._wrapped(super().readinto)(buffer)

            def close(self) -> None:
                (super().close if self.closed else refusals._wrapped(super().close))()

        class Other(Raw):
            """What is opened so may fail in another call than the one that is refused."""

            write, readall, readinto, close = (
                getattr(Raw if refusals._call == call else io.FileIO, name)
                for name, call in (("write", "write"), ("readall", "read"), ("readinto", "read"), ("close", "close"))
            )

        raw = Other(file, mode, **options)
        return io.BufferedWriter(raw) if "w" in mode else io.BufferedReader(raw)


def _inside(tally: Tally, count: int, is_save: bool) -> None:
    def one(call: str, name: str, k: int, good: bool) -> bool:
        folder = tally.new_folder()
        file = _Saving(folder, is_older=False) if is_save else None
        struck, most = True, 2 if file else 9
        with tally.trial(f"{call} {k}{'+' if good else ''} {name}"):
            said: list[str] = []
            refusals = _Refusals(call, name, k, good)
            with child(_save_twice if file else _write_edits, file.path if file else folder, refusals) as worker:
                worker.line()
                worker.say_go()
                while len(said) < most and said[-1:] != ["done"]:
                    line = worker.line()
                    said.append(f"{file.state()} {line}" if file else line)
                    if file:
                        worker.say_go()
            struck = any(not re.match(r"(new saved|kept|done)", line) for line in said)
            if file:
                _judge_save(said, file, good)
            else:
                _judge_edits(said, folder, good)
        shutil.rmtree(folder)
        return k < (MOST if struck else 12)  # some errors are borne in silence, as that of a spare file that stays

    _each(tally, count, INSIDE, one)


def inside_save(tally: Tally, count: int) -> None:
    """As by strace, and with torn and short writes and closes that fail."""
    _inside(tally, count, is_save=True)


def inside_edit(tally: Tally, count: int) -> None:
    """As by strace, and with torn and short writes and closes that fail."""
    _inside(tally, count, is_save=False)
