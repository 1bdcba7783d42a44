"""Garbage of the window is collected in the window's thread, whatever other threads do."""

import gc
import threading
import weakref

from gui.collector import Collector


class Looped:
    """Garbage that only the collector can find."""

    def __init__(self, seen):
        self.me = self
        weakref.finalize(self, lambda: seen.append(threading.current_thread()))


def test_a_busy_thread_does_not_collect_and_the_window_does(qtbot, qapp):
    seen = []
    before = gc.isenabled()
    collector = Collector(qapp)
    gc.unfreeze()
    Looped(seen)

    kept = []

    def allocate():
        # What is freed again does not count towards a collection: it is kept.
        for _ in range(50_000):
            kept.append([])

    worker = threading.Thread(target=allocate)
    worker.start()
    worker.join()
    assert seen == []
    qtbot.waitUntil(lambda: bool(seen), timeout=10_000)
    assert seen == [threading.main_thread()]
    collector.deleteLater()
    if before:
        gc.enable()
