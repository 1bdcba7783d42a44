"""Calls of the system that fail, each in turn, once and from then on: in a save and in writing down edits.

`strace` makes the kernel refuse; a layer in the process does so where there is no strace, and can also tear a write.
"""

from __future__ import annotations

import builtins
import errno
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

from engine.storage import replace
from engine.storage.left_behind import left_behind
from engine.storage.load import open_plan
from engine.storage.recovery import Origin, RecoveryFile
from engine.storage.save import SaveError, SaveFailed, save_plan
from tests.faults.children import child, tell, wait_for_go
from tests.faults.fault import Tally, check
from tests.faults.samples import check_in_words, check_names, named, saved, whole

CALLS = {
    "write": ("ENOSPC", "EIO", "EDQUOT"),
    "fsync": ("EIO", "ENOSPC"),
    "rename": ("EACCES", "EIO", "ENOSPC"),
    "link": ("EPERM", "ENOSPC", "EMLINK"),
    "unlink": ("EACCES", "EIO"),
    "fchmod": ("EPERM", "EIO"),
    "ftruncate": ("EIO",),
    "flock": ("ENOLCK", "EAGAIN"),
}
"""What is refused, and with which errors; link, fchmod, ftruncate and flock are parts of the same work."""
PATTERNS = {"rename": "/^rename(at2?)?$", "link": "/^link(at)?$", "unlink": "/^unlink(at)?$"}
"""What strace calls those that go by another name on some processors."""
MOST = 40
"""No work here makes one call so often."""


# What is done while calls fail


def _save_twice(there: Connection, waits: Connection, path: Path, arm: Callable[[], None]) -> None:
    stored = open_plan(path)
    old = path.read_bytes()
    wait_for_go(waits)
    arm()
    for _ in range(2):
        try:
            stored = save_plan(named(2), path, expected=stored.stamp, uuid=stored.uuid, revision=2)
            answer = "saved "
        except SaveError as error:
            # What stands in the file though the disk does not confirm it is what the next save replaces.
            stored = (error.stored if isinstance(error, SaveFailed) else None) or stored
            answer = f"{error.reason} {error}"
        except Exception as error:
            answer = f"raised {type(error).__name__}: {error}"
        state = "old" if path.read_bytes() == old else "new" if open_plan(path).plan == named(2) else "torn"
        tell(there, f"{state} {answer}")
    wait_for_go(waits)


def _write_edits(there: Connection, waits: Connection, folder: Path, arm: Callable[[], None]) -> None:
    file = RecoveryFile(folder)
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


def _judge_save(said: list[str], path: Path, for_good: bool) -> None:
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
    check_names(path.parent)
    check(whole(path).revision in (1, 2), "another revision")
    backup = path.with_name(path.name + ".bak")
    if backup.exists():
        check(whole(backup).revision in (1, 2), "the backup is another plan")


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
    tell(there, "ready")
    _save_twice(there, waits, path, _not_armed)


def _traced_edits(there: Connection, waits: Connection, folder: Path) -> None:
    _let_anybody_trace()
    tell(there, "ready")
    _write_edits(there, waits, folder, _not_armed)


def _under_strace(
    folder: Path, work: Callable[..., None], where: Path, lines: int, rule: str
) -> tuple[list[str], bool, float]:
    """What a child says whose calls strace refuses by a rule, whether any was refused, and the longest pause."""
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
                said.append(worker.line())
                longest, began = max(longest, time.perf_counter() - began), time.perf_counter()
            worker.kill()
            tracer.wait()
    refused = "(INJECTED)" in log.read_text(encoding="utf-8", errors="replace")
    log.unlink()
    return said, refused, longest


def _each(tally: Tally, count: int, one: Callable[[str, str, int, bool], bool]) -> None:
    """Tries each call, its errors, once and for good, at K = 1, 2 ... until K is past the last; so often at most."""
    rounds = [(call, name, good) for call, names in CALLS.items() for name in names for good in (False, True)]
    if count < 3 * len(rounds):  # the first error of each call stands for all
        rounds = [(call, name, good) for call, name, good in rounds if name == CALLS[call][0]]
    for call, name, good in rounds:
        for k in range(1, MOST):
            if tally.tried >= count:
                tally.note(f"ended after {count} tries, before the last call")
                return
            if not one(call, name, k, good):
                break


def by_strace_in_save(tally: Tally, count: int) -> None:
    """A save whose system calls fail says so, and the file is the old one; a later save goes through."""

    def one(call: str, name: str, k: int, good: bool) -> bool:
        folder = tally.new_folder()
        path = saved(folder)
        (folder / f".{path.name}.01234567.saving").write_bytes(b"left by a killed save")
        rule = f"{PATTERNS.get(call, call)}:error={name}:when={k}{'+' if good else ''}"
        refused = True
        with tally.trial(f"{rule} in a save", timed=False):
            said, refused, longest = _under_strace(folder, _traced_save, path, 2, rule)
            tally.took(longest)
            _judge_save(said, path, good)
        shutil.rmtree(folder)
        return refused

    _each(tally, count, one)


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

    _each(tally, count, one)


# In the process


class _Refusals:
    """Makes one call fail, at its K-th time or from it on; a write may be torn: half of it is done."""

    def __init__(self, call: str, name: str, k: int, good: bool, torn: bool) -> None:
        self._error = getattr(errno, name)
        self._k, self._good, self._torn = k, good, torn
        self._call = call
        self._made = 0

    def __call__(self) -> None:
        functions = {"write": "write", "fsync": "fsync", "rename": "replace", "link": "link", "unlink": "unlink",
                     "fchmod": "fchmod", "ftruncate": "ftruncate"}  # fmt: skip
        name = functions[self._call]
        setattr(os, name, self._wrapped(getattr(os, name)))
        if self._call == "write":
            replace.open = self._open  # type: ignore[attr-defined]

    def _strikes(self) -> bool:
        self._made += 1
        return self._made == self._k or (self._good and self._made > self._k)

    def _wrapped(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            if not self._strikes():
                return real(*arguments, **options)
            if self._torn:
                real(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
            raise OSError(self._error, os.strerror(self._error))

        return call

    def _open(self, file: Any, mode: str = "r", *more: Any, **options: Any) -> Any:
        if "w" not in mode:
            return builtins.open(file, mode, *more, **options)
        refusals = self

        class Raw(io.FileIO):
            def write(self, data: Any) -> int:
                if not refusals._strikes():
                    return super().write(data)
                if refusals._torn:
                    super().write(bytes(data)[: len(data) // 2])
                raise OSError(refusals._error, os.strerror(refusals._error))

        return io.BufferedWriter(Raw(file, "wb"))


def _inside(tally: Tally, count: int, work: Callable[..., None], judge: Callable[..., None], lines: int) -> None:
    def one(call: str, name: str, k: int, good: bool) -> bool:
        if call == "flock":  # the module was imported by name: only strace reaches it
            return False
        folder = tally.new_folder()
        where = saved(folder) if work is _save_twice else folder
        if work is _save_twice:
            (folder / f".{where.name}.01234567.saving").write_bytes(b"left by a killed save")
        torn = call == "write" and name != "EIO"
        struck = True
        with tally.trial(f"{call} {k}{'+' if good else ''} {name}{' torn' if torn else ''}"):
            with child(work, where, _Refusals(call, name, k, good, torn)) as worker:
                worker.say_go()
                said: list[str] = []
                while len(said) < lines and said[-1:] != ["done"]:
                    said.append(worker.line())
            struck = any(not re.match(r"(new saved|kept|done)", line) for line in said)
            judge(said, where, good)
        shutil.rmtree(folder)
        return struck or k < 3  # some errors are borne in silence, as that of a spare file that stays

    _each(tally, count, one)


def inside_save(tally: Tally, count: int) -> None:
    """As by strace, and with torn writes."""
    _inside(tally, count, _save_twice, _judge_save, 2)


def inside_edit(tally: Tally, count: int) -> None:
    """As by strace, and with torn writes."""
    _inside(tally, count, _write_edits, _judge_edits, 9)
