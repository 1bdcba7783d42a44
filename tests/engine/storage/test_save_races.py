"""Saves that are killed and saves at once: no acknowledged save is lost, and nothing stays behind."""

from __future__ import annotations

import os
from pathlib import Path

from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.save import ChangedOutside, SaveError
from tests.engine.saving import POSIX, again, run_script
from tests.engine.storage_samples import names_in, saved

KILLED = """
import os, random, signal, sys, time
from pathlib import Path
from tests.engine.storage_samples import full_plan, names_in
from gigaplan.engine.plan.plan import with_settings
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.save import save_plan

folder, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
path, plan, chance = folder / "plan.gigaplan", full_plan(), random.Random(seed)
stored = save_plan(with_settings(plan, name="1"), path, expected=None, uuid=None, revision=1)
in_flight = 0
for round in range(10 * kills):  # more of them only until one has fallen into a save
    if round >= kills and in_flight:
        break
    acknowledged, report = os.pipe()
    child = os.fork()
    if child == 0:
        while True:
            revision = stored.revision + 1
            newer = with_settings(plan, name=str(revision))
            stored = save_plan(newer, path, expected=stored.stamp, uuid=stored.uuid, revision=revision)
            os.write(report, b"%d\\n" % revision)
    os.close(report)
    said = os.read(acknowledged, 16)
    time.sleep(chance.uniform(0, 0.02))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(acknowledged, 65536):
        said += more
    os.close(acknowledged)
    last = int(said.split(b"\\n")[-2])
    stored = open_plan(path)
    assert stored.revision in (last, last + 1), (stored.revision, last)
    assert stored.plan == with_settings(plan, name=str(stored.revision))
    backup = open_plan(folder / "plan.gigaplan.bak")
    # The file before may still have its hidden name, where the kill came just before the backup was renewed.
    assert stored.revision - 2 <= backup.revision <= stored.revision, (backup.revision, stored.revision)
    extra = names_in(folder) - {"plan.gigaplan", "plan.gigaplan.bak"}
    assert all(name.startswith(".plan.gigaplan.") and name.endswith(".saving") for name in extra), extra
    in_flight += bool(extra) or backup.revision == stored.revision or stored.revision == last + 1
save_plan(plan, path, expected=stored.stamp, uuid=stored.uuid, revision=stored.revision + 1)
assert names_in(folder) == {"plan.gigaplan", "plan.gigaplan.bak"}, names_in(folder)
print(in_flight)
"""


@POSIX
def test_a_program_that_is_killed_while_it_saves_loses_no_acknowledged_save(tmp_path: Path) -> None:
    hit = int(run_script(KILLED, tmp_path, 20, 20260101))
    assert hit >= 1  # some of the kills did fall between two steps of a save


RIVALS = """
import os, sys
from pathlib import Path
from tests.engine.storage_samples import full_plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.save import ChangedOutside, SaveRefused, save_plan

path, saves, children = Path(sys.argv[1]), int(sys.argv[2]), []
for rival in range(2):
    child = os.fork()
    if child == 0:
        done = 0
        for attempt in range(saves):
            stored = open_plan(path)
            try:
                save_plan(stored.plan, path, expected=stored.stamp, uuid=stored.uuid, revision=stored.revision + 1)
                done += 1
            except ChangedOutside:
                pass
            except SaveRefused as error:
                assert error.reason == "busy"
        os._exit(done)
    children.append(child)
done = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
print(*done, open_plan(path).revision)
"""


@POSIX
def test_two_programs_that_save_at_once_never_overwrite_each_other(tmp_path: Path) -> None:
    path = saved(tmp_path)
    first, second, revision = map(int, run_script(RIVALS, path, 40).split())
    assert 0 < first <= 40
    assert 0 < second <= 40
    assert revision == 1 + first + second  # every save that was acknowledged is under the next one
    assert names_in(tmp_path) == {"plan.gigaplan", "plan.gigaplan.bak"}


def test_what_a_killed_save_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    path = saved(tmp_path)
    left = tmp_path / ".plan.gigaplan.0123abcd.saving"
    foreign = [".plan.gigaplan.mine.saving", ".other.gigaplan.0123abcd.saving", "plan.gigaplan.0123abcd.saving"]
    for name in (left.name, *foreign):
        (tmp_path / name).write_bytes(b"x")
    again(path)
    assert names_in(tmp_path) == {"plan.gigaplan", "plan.gigaplan.bak", *foreign}


def test_a_backup_that_is_the_file_itself_is_no_hard_link(tmp_path: Path) -> None:
    """A save that was killed between making the backup and the rename leaves one file under both names."""
    path = saved(tmp_path)
    os.link(path, tmp_path / "plan.gigaplan.bak")
    stored = open_plan(path)
    again(path, stored.stamp)
    assert open_plan(path).revision == 2
    assert open_plan(tmp_path / "plan.gigaplan.bak").plan == stored.plan
    assert names_in(tmp_path) == {"plan.gigaplan", "plan.gigaplan.bak"}
    assert issubclass(ChangedOutside, SaveError)
