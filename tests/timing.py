"""What work costs beside other work: a judgement that is the same on every machine, busy or idle."""

from __future__ import annotations

import time
from collections.abc import Callable


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds of this thread: what other programs and threads do meanwhile does not count."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


def times(work: Callable[[], object], beside: Callable[[], object], runs: int = 7) -> float:
    """How many times what `beside` costs this thread `work` does: the best of some runs of each, taken in turn."""
    pairs = [(seconds(work), seconds(beside)) for _ in range(runs)]
    return min(ours for ours, _ in pairs) / min(theirs for _, theirs in pairs)
