"""What a fault is in these tests, and the tally of what came of trying it."""

from __future__ import annotations

import contextlib
import math
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

SEED = 20261122


@dataclass
class Tally:
    """How often a fault was tried, how often the promise held, and the longest that it took."""

    folder: Path
    """An empty folder for the files of this fault; others may look into it."""
    patience: float = 1.0
    """How many times as long as was wanted something may take: in the run of all tests much goes on beside it."""
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    tried: int = 0
    survived: int = 0
    worst: float = 0.0
    """Seconds."""
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def trial(self, label: str, timed: bool = True) -> Iterator[None]:
        """One try: it survives where nothing is raised. Its time counts, unless `took` is told another."""
        self.tried += 1
        began = time.perf_counter()
        try:
            yield
        except Exception as error:
            self.failures.append(f"{label}: {type(error).__name__}: {error}")
        else:
            self.survived += 1
        if timed:
            self.took(time.perf_counter() - began)

    def took(self, seconds: float, wanted: float = math.inf) -> None:
        """Notes how long something took. Raises AssertionError where that is longer than was wanted, seconds."""
        self.worst = max(self.worst, seconds)
        check(seconds <= wanted * self.patience, f"it took {seconds:.1f} s")

    @contextlib.contextmanager
    def timing(self) -> Iterator[None]:
        """Notes how long the block takes."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.took(time.perf_counter() - began)

    def note(self, text: str) -> None:
        """Something that a reader of the results must know."""
        if text not in self.notes:
            self.notes.append(text)

    def new_folder(self) -> Path:
        """A folder of its own for one try."""
        path = self.folder / str(self.tried)
        path.mkdir(parents=True)
        path.chmod(0o755)
        return path


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong, and how it is brought about."""

    name: str
    way: str
    run: Callable[[Tally, int], None]
    """Tries it about so often."""
    short: int
    """Tries with every run of the tests."""
    long: int
    lack: Callable[[], str] = lambda: ""
    """Why it cannot be brought about on this computer; empty where it can."""


def check(condition: object, text: object = "") -> None:
    """Ends a try that did not survive."""
    if not condition:
        raise AssertionError(text)
