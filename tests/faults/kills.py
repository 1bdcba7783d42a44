"""Death by SIGKILL in a save, in an edit and in a recovery, at random moments."""

from __future__ import annotations

import shutil
import time
from multiprocessing.connection import Connection
from pathlib import Path

from gigaplan.engine.storage.crash_log_read import left_behind
from gigaplan.engine.storage.crash_log_write import Origin, RecoveryFile
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.save import save_plan
from tests.faults.children import child, tell, wait_for_go
from tests.faults.fault import Tally, check
from tests.faults.samples import KEPT, check_names, leftovers, named, older, saved, whole

SAVE_SECONDS = 0.05
"""Kills fall into so long after the first acknowledged save: a save takes less."""


# In a save


def _save_for_ever(there: Connection, waits: Connection, path: Path) -> None:
    stored = open_plan(path)
    while True:
        number = stored.revision + 1
        stored = save_plan(named(number), path, expected=stored.stamp, uuid=stored.uuid, revision=number)
        tell(there, str(number))


def _save_once(there: Connection, waits: Connection, path: Path) -> None:
    wait_for_go(waits)
    save_plan(named("first"), path, expected=None, uuid=None, revision=1)
    tell(there, "saved")
    wait_for_go(waits)


def in_save(tally: Tally, count: int) -> None:
    """The file is the old one or the new one; what was acknowledged is there; the backup is whole too."""
    for k in range(count):
        folder = tally.new_folder()
        with tally.trial(f"kill {k}"):
            if k % 5:
                _kill_repeated_save(tally, folder)
            else:
                _kill_first_save(tally, folder)
        shutil.rmtree(folder, ignore_errors=True)


def _kill_repeated_save(tally: Tally, folder: Path) -> None:
    path = saved(folder)
    with child(_save_for_ever, path) as saver:
        said = [saver.line()]
        time.sleep(tally.chance.uniform(0, SAVE_SECONDS))
        said += saver.kill()
    last = int(said[-1])
    now = whole(path)
    check(now.revision in (last, last + 1), f"acknowledged {last}, found {now.revision}")
    check(now.plan.settings.name == str(now.revision), "the plan is of another revision")
    backup = whole(path.with_name(path.name + ".bak"))
    # One more where the kill came between the new file's rename and that of the backup.
    check(now.revision - 2 <= backup.revision <= now.revision, f"the backup is {backup.revision}")
    check_names(folder)
    save_plan(named("after"), path, expected=now.stamp, uuid=now.uuid, revision=now.revision + 1)
    check(not leftovers(folder), "the next save leaves what the killed one left")


def _save_older(there: Connection, waits: Connection, path: Path) -> None:
    stored = open_plan(path)
    wait_for_go(waits)
    save_plan(named("new"), path, expected=stored.stamp, uuid=stored.uuid, revision=stored.revision + 1)
    tell(there, "saved")
    wait_for_go(waits)


def in_first_save_of_older(tally: Tally, count: int) -> None:
    """The file of an older format is there under its own name, or under that of its copy, and whole."""
    for k in range(count):
        folder = tally.new_folder()
        with tally.trial(f"kill {k}"):
            path = older(folder)
            before = path.read_bytes()
            with child(_save_older, path) as saver:
                saver.say_go()
                time.sleep(tally.chance.uniform(0, 0.03))
                acknowledged = saver.kill() == ["saved"]
            kept = path.with_name(KEPT)
            is_old = path.read_bytes() == before
            check(is_old or whole(path).plan == named("new"), "another plan")
            check(is_old or kept.read_bytes() == before, "the older file is gone")
            check(not (acknowledged and is_old), "an acknowledged save is gone")
            check(not kept.exists() or kept.read_bytes() == before, "the copy is torn")
            check_names(folder, KEPT)
            now = open_plan(path)
            save_plan(named("after"), path, expected=now.stamp, uuid=now.uuid, revision=now.revision + 1)
            check(kept.read_bytes() == before, "the next save does not keep it")
            check(not leftovers(folder), "the next save leaves what the killed one left")
        shutil.rmtree(folder, ignore_errors=True)


def _kill_first_save(tally: Tally, folder: Path) -> None:
    path = folder / "plan.gigaplan"
    with child(_save_once, path) as saver:
        saver.say_go()
        time.sleep(tally.chance.uniform(0, 0.02))
        acknowledged = saver.kill() == ["saved"]
    check(path.exists() or not acknowledged, "an acknowledged first save is gone")
    if path.exists():
        check(whole(path).plan == named("first"), "another plan")
    check_names(folder)


# In an edit


def _edit(there: Connection, waits: Connection, folder: Path, flushes: bool) -> None:
    """Edits a document as fast as it goes; says each edit, or only those that are known to be on the disk."""
    from PySide6.QtCore import QCoreApplication

    from gigaplan.gui.document.document import Document
    from gigaplan.gui.files.autosave import Recorder

    application = QCoreApplication([])
    document = Document(named(0))
    recorder = Recorder(document, folder)
    number = 0
    while True:
        number += 1
        document.apply(named(number), "edit")
        if not flushes:
            tell(there, f"{number} {time.monotonic()}")
            time.sleep(0.002)  # a very quick person
        elif recorder.flush(10):
            tell(there, f"{number} 0")
        application.processEvents()


def in_edit(tally: Tally, count: int) -> None:
    """What was known to be on the disk is offered; of other edits the last second at most is missing."""
    for k in range(count):
        folder = tally.new_folder()
        with tally.trial(f"kill {k}"):
            _kill_edits(tally, folder, flushes=k % 10 != 0)
        shutil.rmtree(folder, ignore_errors=True)


def _kill_edits(tally: Tally, folder: Path, flushes: bool) -> None:
    with child(_edit, folder, flushes) as editor:
        said = [editor.line()]
        time.sleep(tally.chance.uniform(0, 0.05) if flushes else tally.chance.uniform(0.8, 2.5))
        killed = time.monotonic()
        said += editor.kill()
    found = left_behind(folder)
    edits = [(int(number), float(at)) for number, at in (line.split() for line in said)]
    due = edits[-1][0] if flushes else max((n for n, at in edits if at < killed - 1.0), default=0)
    try:
        check(len(found) == 1 or (not due and not found), f"{len(found)} recovery files")
        for left in found:
            plan = left.plan()
            name = int(plan.settings.name)
            check(plan == named(name), "another plan")
            check(due <= name <= edits[-1][0] + 1, f"due is edit {due}, found {name}, made {edits[-1][0]}")
            check(not left.damage, left.damage)
    finally:
        for left in found:
            left.discard()


# In a recovery


def _recover(there: Connection, waits: Connection, folder: Path) -> None:
    """What the next start does when the person presses Recover."""
    from PySide6.QtCore import QCoreApplication

    from gigaplan.gui.document.document import Document
    from gigaplan.gui.files.autosave import Recorder

    application = QCoreApplication([])
    tell(there, "begins")
    document = Document(named("new window"))
    recorder = Recorder(document, folder)
    (left,) = left_behind(folder)
    document.recover(left.plan(), left.origin)
    recorder.supersede(left)
    while True:
        application.processEvents()
        if recorder.flush(10):
            tell(there, "kept")
        time.sleep(0.002)


def in_recovery(tally: Tally, count: int) -> None:
    """The edits are offered again, whenever their recovery was cut short."""
    for k in range(count):
        folder = tally.new_folder()
        with tally.trial(f"kill {k}"):
            file = RecoveryFile(folder)
            file.write(named("unsaved"), Origin(name="plan"), True)
            file.close(remove=False)
            with child(_recover, folder) as window:
                window.line()
                time.sleep(tally.chance.uniform(0, 0.04))
                window.kill()
            found = left_behind(folder)
            plans = [left.plan() for left in found]
            for left in found:
                left.release()
            check(named("unsaved") in plans, f"{len(found)} offers, none of the edits")
        shutil.rmtree(folder, ignore_errors=True)
