"""Processes that die: forked from one that has all modules loaded, so that a thousand deaths take a minute."""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import select
from collections.abc import Callable, Iterator
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
"""Seconds after which a child that says nothing counts as hanging."""
KILLED = -9


@functools.cache
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.preloaded"])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(ROOT)
    try:
        forkserver.ensure_running()
    finally:
        del os.environ["PYTHONPATH"]
        if before is not None:
            os.environ["PYTHONPATH"] = before
    return context


def tell(there: Connection, text: str) -> None:
    """Says a line to the parent, at once and whole. It is no `write`, which may be made to fail."""
    os.writev(there.fileno(), [text.encode("utf-8", "backslashreplace").replace(b"\n", b" ") + b"\n"])


class Child:
    """A process at work, and what it says."""

    def __init__(self, process: ForkServerProcess, here: Connection, go: Connection) -> None:
        self._process, self._here, self._go = process, here, go
        self._heard = b""

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid or 0

    def say_go(self) -> None:
        """Lets a child that waits for it go on."""
        os.write(self._go.fileno(), b"go")

    def line(self, seconds: float = PATIENCE) -> str:
        """What it says next. Raises AssertionError where it dies or is silent for so long."""
        while b"\n" not in self._heard:
            if not select.select([self._here.fileno()], [], [], seconds)[0]:
                raise AssertionError(f"hangs: nothing was said for {seconds:g} s")
            piece = os.read(self._here.fileno(), 65536)
            if not piece:
                self._process.join(5)
                raise AssertionError(f"died (exit status {self._process.exitcode}) before it had said all")
            self._heard += piece
        line, self._heard = self._heard.split(b"\n", 1)
        return line.decode()

    def kill(self) -> list[str]:
        """Ends it by SIGKILL; what it said up to then. Raises AssertionError where it ended otherwise."""
        self._process.kill()
        self._process.join()
        if self._process.exitcode != KILLED:
            raise AssertionError(f"ended by itself, with {self._process.exitcode}")
        while piece := os.read(self._here.fileno(), 65536):
            self._heard += piece
        *lines, self._heard = self._heard.split(b"\n")
        return [line.decode() for line in lines]

    def end(self) -> None:
        """Ends it, however it stands."""
        self._process.kill()
        self._process.join()
        self._here.close()
        self._go.close()


@contextlib.contextmanager
def child(work: Callable[..., Any], *arguments: Any) -> Iterator[Child]:
    """A process that does `work(there, go, *arguments)`; it is gone at the end."""
    here, there = multiprocessing.Pipe(duplex=False)
    waits, go = multiprocessing.Pipe(duplex=False)
    process = _context().Process(target=_run, args=(work, there, waits, arguments))
    process.start()
    there.close()
    waits.close()
    made = Child(process, here, go)
    try:
        yield made
    finally:
        made.end()


def _run(work: Callable[..., Any], there: Connection, waits: Connection, arguments: tuple[Any, ...]) -> None:
    os.umask(0o022)
    work(there, waits, *arguments)


def wait_for_go(waits: Connection) -> None:
    """Waits, in a child, until the parent lets it go on; ends it where the parent has gone.

    It is no `read`, which may be made to fail.
    """
    if not os.readv(waits.fileno(), [bytearray(2)]):
        os._exit(1)


def become_nobody() -> None:
    """Takes the rights of root from a child: no permission is refused to root."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
