"""Calls of the system that the kernel refuses, by strace: each in turn, once and from then on."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from tests.faults.children import child
from tests.faults.fault import Tally, check
from tests.faults.refusing import CALLS, Saving, each_in_turn, judge_edits, judge_save, save_twice, write_edits

PATTERNS = {"rename": "/^rename(at2?)?$", "link": "/^link(at)?$", "unlink": "/^unlink(at)?$", "open": "/^open(at)?$",
            "stat": "/^(new)?(fstat(at)?(64)?|l?stat(64)?|statx)$"}  # fmt: skip
"""What strace calls those that go by another name on some processors."""


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
    save_twice(there, waits, path, _not_armed)


def _traced_edits(there: Connection, waits: Connection, folder: Path) -> None:
    _let_anybody_trace()
    write_edits(there, waits, folder, _not_armed)


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


def by_strace_in_save(tally: Tally, count: int) -> None:
    """A save whose system calls fail says so, and the file is the old one; a later save goes through."""
    _by_strace_in_save(tally, count, is_older=False)


def by_strace_in_first_save_of_older(tally: Tally, count: int) -> None:
    """The same for the first save of a file of an older format, which is kept."""
    _by_strace_in_save(tally, count, is_older=True)


def _by_strace_in_save(tally: Tally, count: int, is_older: bool) -> None:
    def one(call: str, name: str, k: int, good: bool) -> bool:
        folder = tally.new_folder()
        file = Saving(folder, is_older)
        rule = f"{PATTERNS.get(call, call)}:error={name}:when={k}{'+' if good else ''}"
        refused = True
        with tally.trial(f"{rule} in a save", timed=False):
            said, refused, longest = _under_strace(folder, _traced_save, file.path, 2, rule, file.state)
            tally.took(longest)
            judge_save(said, file, good)
        shutil.rmtree(folder)
        return refused

    each_in_turn(tally, count, CALLS, one)


def by_strace_in_edit(tally: Tally, count: int) -> None:
    """An edit that cannot be written down is told of, and costs none that was; later ones are written again."""

    def one(call: str, name: str, k: int, good: bool) -> bool:
        folder = tally.new_folder()
        rule = f"{PATTERNS.get(call, call)}:error={name}:when={k}{'+' if good else ''}"
        refused = True
        with tally.trial(f"{rule} in an edit", timed=False):
            said, refused, longest = _under_strace(folder, _traced_edits, folder, 9, rule)
            tally.took(longest)
            judge_edits(said, folder, good)
        shutil.rmtree(folder)
        return refused

    each_in_turn(tally, count, CALLS, one)
