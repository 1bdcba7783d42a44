"""Calls of the system that are refused in the process: for where there is no strace, and for writes that are torn."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import re
import shutil
from collections.abc import Callable
from typing import Any

from gigaplan.engine.storage import atomic_replace, load
from tests.faults.children import child
from tests.faults.fault import Tally
from tests.faults.refusing import CALLS, MOST, Saving, each_in_turn, judge_edits, judge_save, save_twice, write_edits

INSIDE = {call: names for call, names in CALLS.items() if call != "getdents64"} | {
    "write": (*CALLS["write"], "short"), "close": ("EIO", "ENOSPC"), "scandir": ("EIO",),
}  # fmt: skip
"""The same in the process, where a write may also be short: half of it is done, and that is what is said."""


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
            for module in (atomic_replace, load):
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
        file = Saving(folder, is_older=False) if is_save else None
        struck, most = True, 2 if file else 9
        with tally.trial(f"{call} {k}{'+' if good else ''} {name}"):
            said: list[str] = []
            refusals = _Refusals(call, name, k, good)
            with child(save_twice if file else write_edits, file.path if file else folder, refusals) as worker:
                worker.line()
                worker.say_go()
                while len(said) < most and said[-1:] != ["done"]:
                    line = worker.line()
                    said.append(f"{file.state()} {line}" if file else line)
                    if file:
                        worker.say_go()
            struck = any(not re.match(r"(new saved|kept|done)", line) for line in said)
            if file:
                judge_save(said, file, good)
            else:
                judge_edits(said, folder, good)
        shutil.rmtree(folder)
        return k < (MOST if struck else 12)  # some errors are borne in silence, as that of a spare file that stays

    each_in_turn(tally, count, INSIDE, one)


def inside_save(tally: Tally, count: int) -> None:
    """As by strace, and with torn and short writes and closes that fail."""
    _inside(tally, count, is_save=True)


def inside_edit(tally: Tally, count: int) -> None:
    """As by strace, and with torn and short writes and closes that fail."""
    _inside(tally, count, is_save=False)
