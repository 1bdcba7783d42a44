"""What is done while calls of the system fail, in a save and in writing down edits, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from gigaplan.engine.storage.crash_log_read import left_behind
from gigaplan.engine.storage.crash_log_write import Origin, RecoveryFile
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.save import SaveError, SaveFailed, save_plan
from tests.faults.children import tell, wait_for_go
from tests.faults.fault import Tally, check
from tests.faults.samples import KEPT, check_in_words, check_names, named, older, saved, whole

CALLS = {
    "write": ("ENOSPC", "EIO", "EDQUOT"),
    "fsync": ("EIO", "ENOSPC"),
    "rename": ("EACCES", "EIO", "ENOSPC"),
    "link": ("EPERM", "ENOSPC", "EMLINK"),
    "unlink": ("EACCES", "EIO"),
    "fchmod": ("EPERM", "EIO"),
    "ftruncate": ("EIO",),
    "flock": ("ENOLCK", "EAGAIN"),
    "open": ("ENOSPC", "EIO", "EMFILE"),
    "read": ("EIO",),
    "stat": ("EIO",),
    "getdents64": ("EIO",),
}
"""What is refused, and with which errors: every call of the system that a save or an edit makes with a file."""
MOST = 40
"""No work here makes one call so often."""


def save_twice(there: Connection, waits: Connection, path: Path, arm: Callable[[], None]) -> None:
    """Saves, and saves again, with calls that fail from `arm` on; tells what each save said."""
    stored = open_plan(path)
    revision = stored.revision + 1
    tell(there, "ready")
    wait_for_go(waits)
    arm()
    for _ in range(2):
        try:
            stored = save_plan(named(2), path, expected=stored.stamp, uuid=stored.uuid, revision=revision)
            answer = "saved "
        except SaveError as error:
            # What stands in the file though the disk does not confirm it is what the next save replaces.
            stored = (error.stored if isinstance(error, SaveFailed) else None) or stored
            answer = f"{error.reason} {error}"
        except Exception as error:
            answer = f"raised {type(error).__name__}: {error}"
        tell(there, answer)
        wait_for_go(waits)


def write_edits(there: Connection, waits: Connection, folder: Path, arm: Callable[[], None]) -> None:
    """Writes down four edits, with calls that fail from `arm` on; tells which of them are kept."""
    file = RecoveryFile(folder)
    tell(there, "ready")
    wait_for_go(waits)
    arm()
    for number in range(1, 5):
        try:
            file.write(named(number), Origin(name="plan"), True)
            tell(there, f"kept {number}")
        except OSError as error:
            tell(there, f"refused {error.strerror}")
        except Exception as error:
            tell(there, f"raised {type(error).__name__}: {error}")
    tell(there, "done")
    wait_for_go(waits)


class Saving:
    """The file that is saved in one try, and the backup that was there before."""

    def __init__(self, folder: Path, is_older: bool) -> None:
        self.path = older(folder) if is_older else saved(folder)
        self.is_older = is_older
        self.backup = self.path.with_name(self.path.name + ".bak")
        (folder / "earlier").mkdir()
        earlier = saved(folder / "earlier", "earlier")
        earlier.rename(self.backup)
        (folder / "earlier").rmdir()
        (folder / f".{self.path.name}.01234567.saving").write_bytes(b"left by a killed save")
        self.before, self.earlier = self.path.read_bytes(), self.backup.read_bytes()
        self.revision = open_plan(self.path).revision

    def state(self) -> str:
        """Which file is there, seen from outside."""
        if self.path.read_bytes() == self.before:
            return "old"
        return "new" if open_plan(self.path).plan == named(2) else "torn"


def judge_save(said: list[str], file: Saving, for_good: bool) -> None:
    """Ends the try where a save that failed has cost something, or said nothing that a person understands."""
    path = file.path
    for line in said:
        state, reason, text = line.split(" ", 2)
        check(reason != "raised", text)
        check(state != "torn", "the file is neither the old nor the new one")
        if reason == "saved":
            check(state == "new", "a save was acknowledged and is not there")
        else:
            check_in_words(text)
            check("plan.gigaplan" in text or reason == "busy", f"of which file? {text}")
            check(state == ("new" if reason == "not_confirmed" else "old") or said[0].startswith("new"), line)
    went_through = any(line.startswith("new saved") for line in said)
    check(for_good or went_through, f"one error, and nothing can be saved: {said}")
    check_names(path.parent, *([KEPT] if file.is_older else []))
    check(whole(path).revision in (file.revision, file.revision + 1), "another revision")
    backup = file.backup.read_bytes()
    if any(line.startswith("new") for line in said):
        check(backup in (file.before, file.earlier) or whole(file.backup).plan == named(2), "the backup is another")
        check(not file.is_older or path.with_name(KEPT).read_bytes() == file.before, "the older file is gone")
    else:
        check(backup == file.earlier, "a save that failed has changed the backup")


def judge_edits(said: list[str], folder: Path, for_good: bool) -> None:
    """Ends the try where an edit that was acknowledged is not offered."""
    check(not any(line.startswith("raised") for line in said), said)
    kept = [int(line.split()[1]) for line in said if line.startswith("kept")]
    check(for_good or len(kept) >= 3, f"one error, and edits are not kept any more: {said}")
    found = left_behind(folder)
    try:
        if kept:
            check(bool(found), "what was acknowledged is not offered")
            names = [int(left.plan().settings.name) for left in found if left.can_recover]
            check(names and max(names) >= max(kept), f"kept {kept}, offered {names}")
            check(all(left.plan() == named(left.plan().settings.name) for left in found), "another plan")
    finally:
        for left in found:
            left.discard()


def each_in_turn(
    tally: Tally, count: int, calls: dict[str, tuple[str, ...]], one: Callable[[str, str, int, bool], bool]
) -> None:
    """Tries each call, its errors, once and for good, at K = 1, 2 ... until K is past the last; so often at most."""
    rounds = [(call, name, good) for call, names in calls.items() for name in names for good in (False, True)]
    if count < 3 * len(rounds):  # the first error of each call stands for all
        rounds = [(call, name, good) for call, name, good in rounds if name == calls[call][0]]
    for call, name, good in rounds:
        for k in range(1, MOST):
            if tally.tried >= count:
                tally.note(f"ended after {count} tries, before the last call")
                return
            if not one(call, name, k, good):
                break
