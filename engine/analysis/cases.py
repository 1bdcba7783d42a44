"""Many cases of one thing, shared out among processes: the same answers for any number of them, in order."""

from __future__ import annotations

import contextlib
import itertools
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from contextvars import ContextVar
from typing import Any

from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.solve.workers import Workers

BLOCK = 20
"""Cases that one solver is kept warm for."""
AHEAD = 3
"""Blocks that wait for each process: enough that none idles, few enough that memory does not grow with the cases."""

Work = Callable[[Any, Any, Solver], Any]
"""`work(given, case, solver)`: a function of a module. Its answers depend on these alone, and on the cases that the
solver has had since it was new."""


_others: ContextVar[tuple[Executor, int] | None] = ContextVar("others", default=None)


@contextlib.contextmanager
def on(executor: Executor, jobs: int) -> Iterator[None]:
    """Within it, all cases are done by an executor of somebody else, which does `jobs` blocks at once: a cluster."""
    token = _others.set((executor, jobs))
    try:
        yield
    finally:
        _others.reset(token)


def each(
    work: Work, given: Any, cases: Iterable[Any], *, jobs: int = 1, executor: Executor | None = None, block: int = BLOCK
) -> Iterator[Any]:
    """What `work` gives in each case, one by one in their order, as soon as all before it are found.

    Cases are done in blocks, each with a new solver that stays warm in it: answers are the same for any number of
    processes. With `jobs` processes of this machine (1: in this one), or within `on` by that executor. Raises what
    `work` raises; EOFError where a process died twice.
    """
    iterator = iter(cases)
    blocks = iter(lambda: list(itertools.islice(iterator, block)), [])
    first = list(itertools.islice(blocks, 2))
    executor, jobs = _others.get() or (None, jobs)
    if executor is None and (jobs <= 1 or len(first) < 2):
        for some in itertools.chain(first, blocks):
            yield from _block(work, given, some)
        return
    packed = pickle.dumps(given)
    with contextlib.ExitStack() as stack:
        if executor is None:
            executor = Workers(jobs)
            stack.callback(executor.shutdown, cancel_futures=True)
        waiting: deque[Future[list[Any]]] = deque()
        stack.callback(lambda: [future.cancel() for future in waiting])
        for some in itertools.chain(first, blocks):
            waiting.append(executor.submit(_packed_block, work, packed, some))
            if len(waiting) >= AHEAD * jobs:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _block(work: Work, given: Any, cases: list[Any]) -> Iterator[Any]:
    solver = Solver()
    for case in cases:
        yield work(given, case, solver)


_unpacked: tuple[bytes, Any] = (b"", None)
"""What was given last, packed and unpacked: most blocks are of the same."""


def _packed_block(work: Work, packed: bytes, cases: list[Any]) -> list[Any]:
    global _unpacked
    known = _unpacked  # a cluster's worker may have threads
    if known[0] != packed:
        known = _unpacked = (packed, pickle.loads(packed))
    return list(_block(work, known[1], cases))
