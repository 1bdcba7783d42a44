"""Garbage of the window is collected in the window's thread, whatever other threads do."""

import gc
import subprocess
import sys
import threading
import weakref
from pathlib import Path

from gigaplan.gui.style.gc_in_gui_thread import Collector

ROOT = Path(__file__).parents[3]


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
    qtbot.waitUntil(lambda: bool(seen), timeout=60_000)
    assert seen == [threading.main_thread()]
    collector.deleteLater()
    if before:
        gc.enable()


DOCUMENTS = """
import gc, random
from PySide6.QtCore import QCoreApplication
from gigaplan.engine.plan.plan import Plan, with_settings
from gigaplan.engine.plan.schema import Settings
from gigaplan.gui.document.document import Document
application = QCoreApplication([])
gc.disable()
chance, plan = random.Random(2), Plan(settings=Settings(name="a", start="2026-01", periods=4))
for _ in range(300):
    document = Document(plan)
    for k in range(chance.randrange(12)):
        document.apply(with_settings(plan, name=f"{chance.randrange(99)}"), "rename", "name" if k % 3 else None)
        way = chance.random()
        if way < 0.3:
            document.undo_stack.undo()
        elif way < 0.5:
            document.start(plan)
        if chance.random() < 0.2:
            gc.collect(chance.randrange(3))
    if chance.random() < 0.5:
        document.undo_stack.held = lambda document=document: document
    del document
    if chance.random() < 0.4:
        gc.collect(chance.randrange(3))
"""


def test_documents_are_collected_in_any_order():
    """In a process of its own: Qt ends it where a step of a document's history goes before the history."""
    done = subprocess.run([sys.executable, "-X", "faulthandler", "-c", DOCUMENTS], cwd=ROOT, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
