"""Work in a process of its own, which can be ended at once.

Every process that Gigaplan starts is started here. It runs the code of Gigaplan and of the packages that Gigaplan was
started with, and none that lies in the current folder, which may be anybody's: beside a plan that came by mail.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import IO, Any

START = "--work"
"""The argument with which a frozen build, which has no interpreter to start, starts itself for work."""
MAX_WORD = 2**29
"""Bytes of one word of a process."""

_CODE = "import sys; sys.path[:] = {path!r}; from gigaplan.engine.solve.subprocess_job import serve; serve()"
_HEAD = 8
_UNHEARD = 16
"""Words that wait to be heard before the process that says them must wait."""
_ENDED = None


class Answer:
    """What a process says, word by word."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def send(self, word: Any) -> None:
        """Says a value that can be pickled, to a `hear`."""
        self.send_bytes(pickle.dumps(word))

    def send_bytes(self, word: bytes) -> None:
        """Says bytes, to a `hear_bytes`."""
        self._file.write(len(word).to_bytes(_HEAD, "little") + word)
        self._file.flush()


class Job:
    """Runs `work(answer, *given)` in a new process; what it sends on `answer` is heard here.

    `work` is a function of a module, and what it is given can be pickled.
    """

    longest = MAX_WORD

    def __init__(self, work: Callable[..., None], *given: Any) -> None:
        self._words: queue.Queue[bytes | None] = queue.Queue(_UNHEARD)
        self._over = False
        self._process = _started()
        task = pickle.dumps((work, given, False))
        threading.Thread(target=self._listen, args=(task,), name="process", daemon=True).start()

    def hear(self, seconds: float) -> Any:
        """The next word of the process, or None where there is none in time. Raises EOFError where it died."""
        word = self.hear_bytes(seconds)
        return None if word is None else pickle.loads(word)

    def hear_bytes(self, seconds: float) -> bytes | None:
        """The same for bytes: what reads a foreign file may not say values, which could be made to do harm."""
        if self._over:
            raise EOFError
        try:
            word = self._words.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return None
        if word is _ENDED:
            self._over = True
            raise EOFError
        return word

    def cancel(self) -> None:
        """Ends the process. Nothing more is said."""
        self._over = True
        self._process.kill()
        while not self._words.empty():  # who listens may wait for room
            self._words.get_nowait()
        self._process.wait()

    def _listen(self, task: bytes) -> None:
        """Gives the process its task and hears its words until it ends. Its input stays open as long as this lives."""
        given, said = self._process.stdin, self._process.stdout
        assert given is not None
        assert said is not None
        with contextlib.suppress(OSError), given, said:  # closing what is broken raises once more
            try:
                given.write(len(task).to_bytes(_HEAD, "little") + task)
                given.flush()
                while not self._over:
                    self._words.put(_word(said, self.longest))
            except (EOFError, OSError, MemoryError):
                self._process.kill()  # also where it is alive and says what no process says
            if not self._over:
                self._words.put(_ENDED)
        self._process.wait()


def _started() -> subprocess.Popen[bytes]:
    """A process of this program that does what it is told by `serve`.

    It is isolated (-I) and finds modules where this one does, never in the current folder; its own is that of the
    program. Ctrl+C in a terminal is for this process alone, and so are the terminal's other signals.
    """
    frozen = getattr(sys, "frozen", False)
    return subprocess.Popen(
        [sys.executable, START] if frozen else [sys.executable, *_options()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=os.path.dirname(os.path.abspath(sys.executable)),
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _options() -> list[str]:
    # "" and "." are the current folder; the other name that is no place is by which an editable copy is found
    path = [entry for entry in sys.path if os.path.isabs(entry) or entry.startswith("__editable__")]
    return ["-I", "-X", f"utf8={sys.flags.utf8_mode}", "-c", _CODE.format(path=path)]


def _word(said: IO[bytes], most: int) -> bytes:
    """The next word. Raises EOFError where there is none, OSError where it is longer than `most`, bytes."""
    length = int.from_bytes(_exactly(said, _HEAD), "little")
    if length > most:
        raise OSError("too long a word")
    return _exactly(said, length)


def _exactly(said: IO[bytes], length: int) -> bytes:
    data = said.read(length)
    if len(data) < length:
        raise EOFError
    return data


def serve() -> None:
    """Does the work that the process which began this one gives it, and ends with that one, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # what becomes of the work is not said here
    with os.fdopen(os.dup(1), "wb") as file:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)  # what a library prints is no word
        os.close(nowhere)
        tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=_hear_tasks, args=(tasks,), name="parent", daemon=True).start()
        while True:
            task = tasks.get()
            _be_told_of_the_end(True)
            work, arguments, goes_on = pickle.loads(task)  # which imports what it takes
            if not goes_on:
                work(Answer(file), *arguments)
                return
            found = _done(work, arguments)
            _be_told_of_the_end(False)  # the next task is no end
            Answer(file).send_bytes(found)


def _done(work: Callable[..., Any], arguments: tuple[Any, ...]) -> bytes:
    """What a piece of work gives, and what it raises, as a word."""
    try:
        return pickle.dumps((work(*arguments), None))
    except Exception as error:
        try:
            return pickle.dumps((None, error))
        except Exception:  # what it raised cannot be said
            return pickle.dumps((None, RuntimeError(repr(error))))


def _be_told_of_the_end(told: bool) -> None:
    """Where the system can, has it end this process once the other end of its input has gone; or no more.

    A thread that waits for that gets no turn while code that is not Python's works without a pause.
    """
    if sys.platform != "win32":
        import fcntl

        signal.signal(signal.SIGIO, signal.SIG_DFL)  # which ends it
        fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
        flags = fcntl.fcntl(0, fcntl.F_GETFL)
        fcntl.fcntl(0, fcntl.F_SETFL, flags | os.O_ASYNC if told else flags & ~os.O_ASYNC)


def _hear_tasks(tasks: queue.SimpleQueue[bytes]) -> None:
    """Hears what is to be done, and ends this process where nothing more can come."""
    with contextlib.suppress(EOFError, OSError), os.fdopen(os.dup(0), "rb") as given:
        while True:
            tasks.put(_word(given, sys.maxsize))
    os._exit(1)


class WorkProcess:
    """A process that does one piece of work after another; what it has imported and kept stays."""

    def __init__(self) -> None:
        self._process = _started()

    def do(self, work: Callable[..., Any], *given: Any) -> Any:
        """What `work(*given)` gives, or raises, there: a function of a module; all of it can be pickled. Raises
        EOFError where the process died."""
        said, told = self._process.stdin, self._process.stdout
        assert said is not None
        assert told is not None
        task = pickle.dumps((work, given, True))
        try:
            said.write(len(task).to_bytes(_HEAD, "little") + task)
            said.flush()
            word = _word(told, MAX_WORD)
        except OSError as error:
            raise EOFError("a process died") from error
        found, raised = pickle.loads(word)
        if raised is not None:
            raise raised
        return found

    def kill(self) -> None:
        """Ends the process at once, whatever it does: who waits for its answer hears EOFError."""
        self._process.kill()

    def end(self) -> None:
        """The same where nobody waits for it."""
        self.kill()
        with contextlib.suppress(OSError), self._process:  # closing what is broken raises once more
            pass
