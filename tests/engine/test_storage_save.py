"""Saving under faults: the file is the old one or the new one, whole, and no acknowledged save is lost."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from storage_samples import full_plan, names_in, saved

from engine.plan import with_settings
from engine.storage import replace as replacing
from engine.storage.load import open_plan
from engine.storage.save import ChangedOutside, SaveError, SaveFailed, SaveRefused, save_plan

ROOT = Path(__file__).resolve().parents[2]
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs signals, forks and hard links as POSIX has them")


def again(path: Path, expected: Any = None, revision: int = 2) -> Any:
    """Saves another revision over a file."""
    plan = with_settings(full_plan(), name=f"revision {revision}")
    return save_plan(plan, path, expected=expected, uuid=None, revision=revision)


def run_script(script: str, *arguments: object) -> str:
    """What a Python script printed, run in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests" / "engine")])}
    command = [sys.executable, "-c", script, *map(str, arguments)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_a_file_that_changed_outside_is_not_overwritten(tmp_path: Path) -> None:
    path = saved(tmp_path)
    stamp = open_plan(path).stamp
    other = again(path)  # another program, which does not know of us
    before = path.read_bytes()
    with pytest.raises(ChangedOutside, match="changed by another program") as caught:
        again(path, stamp, 3)
    assert caught.value.reason == "changed"
    assert path.read_bytes() == before
    assert names_in(tmp_path) == {"plan.gigaplan", "plan.gigaplan.bak"}
    again(path, other.stamp, 3)
    assert open_plan(path).revision == 3


def test_a_change_in_place_is_seen_though_the_size_is_the_same(tmp_path: Path) -> None:
    path = saved(tmp_path)
    stamp = open_plan(path).stamp
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"x")
    with pytest.raises(ChangedOutside):
        again(path, stamp)


def test_a_file_that_was_moved_away_is_not_made_anew(tmp_path: Path) -> None:
    path = saved(tmp_path)
    stamp = open_plan(path).stamp
    path.rename(tmp_path / "moved.gigaplan")
    with pytest.raises(ChangedOutside, match="no longer there") as caught:
        again(path, stamp)
    assert caught.value.reason == "missing"
    assert names_in(tmp_path) == {"moved.gigaplan"}


def test_a_file_that_appears_during_a_first_save_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "plan.gigaplan"
    write = replacing.write_beside

    def write_while_another_program_writes(*arguments: Any) -> str:
        path.write_bytes(b"theirs")
        return write(*arguments)

    monkeypatch.setattr("engine.storage.save.write_beside", write_while_another_program_writes)
    with pytest.raises(ChangedOutside):
        again(path)
    assert path.read_bytes() == b"theirs"
    assert names_in(tmp_path) == {"plan.gigaplan"}


def make_symlink(path: Path) -> None:
    path.rename(path.with_name("real.gigaplan"))
    path.symlink_to("real.gigaplan")


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@POSIX
@pytest.mark.parametrize(
    ("reason", "prepare"),
    [
        ("symlink", make_symlink),
        ("hard_link", lambda path: os.link(path, path.with_name("second.gigaplan"))),
        ("read_only", lambda path: path.chmod(0o444)),
        ("not_a_file", make_folder),
        ("not_a_file", lambda path: (path.unlink(), os.mkfifo(path))),
        ("side_file", lambda path: path.with_name("plan.gigaplan-journal").write_bytes(b"")),
        ("side_file", lambda path: path.with_name("plan.gigaplan-wal").write_bytes(b"")),
    ],
)
def test_a_target_that_cannot_be_replaced_is_refused_by_name(
    tmp_path: Path, reason: str, prepare: Callable[[Path], Any]
) -> None:
    path = saved(tmp_path)
    prepare(path)
    before = states(tmp_path)
    with pytest.raises(SaveRefused, match="Save As") as caught:
        again(path)
    assert caught.value.reason == reason
    assert states(tmp_path) == before


def states(folder: Path) -> dict[str, tuple[int, int]]:
    """Which file each name in a folder is, and when it was last written."""
    return {name: (os.lstat(folder / name).st_ino, os.lstat(folder / name).st_mtime_ns) for name in names_in(folder)}


@POSIX
def test_a_link_among_the_folders_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    path = saved(tmp_path / "link")
    again(path, open_plan(path).stamp)
    assert names_in(tmp_path / "real") == {"plan.gigaplan", "plan.gigaplan.bak"}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize(("call", "which"), [("replace", 1), ("fsync", 1), ("scandir", 1), ("fchmod", 1)])
def test_a_step_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, which: int, code: int
) -> None:
    path = saved(tmp_path)
    stamp, before = open_plan(path).stamp, path.read_bytes()
    real, calls = getattr(os, call), []

    def fail(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        if len(calls) == which:
            raise OSError(code, os.strerror(code))
        return real(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(SaveFailed) as caught:
            again(path, stamp)
    assert len(calls) == which
    assert caught.value.reason == errno.errorcode[code]
    assert replacing._WORDS[code] in str(caught.value)
    assert "“plan.gigaplan” was not saved" in str(caught.value)
    assert path.read_bytes() == before
    assert names_in(tmp_path) <= {"plan.gigaplan", "plan.gigaplan.bak"}
    again(path, stamp)  # and the next attempt, with the same stamp, goes through
    assert open_plan(path).revision == 2
    assert open_plan(tmp_path / "plan.gigaplan.bak").revision == 1


def test_a_disk_that_gives_back_other_bytes_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path)
    before = path.read_bytes()
    write = replacing.write_beside
    monkeypatch.setattr("engine.storage.save.write_beside", lambda target, data, old: write(target, data[:-1], old))
    with pytest.raises(SaveFailed) as caught:
        again(path)
    assert caught.value.reason == "not_verified"
    assert path.read_bytes() == before
    assert names_in(tmp_path) == {"plan.gigaplan"}


def test_a_rename_that_the_disk_does_not_confirm_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path)

    def fail(folder: str) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("engine.storage.save.flush_folder", fail)
    with pytest.raises(SaveFailed, match="does not confirm") as caught:
        again(path)
    assert caught.value.reason == "not_confirmed"
    assert open_plan(path).revision == 2


def test_a_disk_without_hard_links_gets_a_copied_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path)
    before = path.read_bytes()

    def fail(*arguments: Any) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", fail)
    again(path)
    assert (tmp_path / "plan.gigaplan.bak").read_bytes() == before
    assert names_in(tmp_path) == {"plan.gigaplan", "plan.gigaplan.bak"}


def test_a_backup_that_cannot_be_made_stops_the_save(tmp_path: Path) -> None:
    path = saved(tmp_path)
    before = path.read_bytes()
    (tmp_path / "plan.gigaplan.bak").mkdir()
    with pytest.raises(SaveRefused, match=r"“plan.gigaplan.bak”, where the old file would be kept, is not a file"):
        again(path)
    assert path.read_bytes() == before
    assert names_in(tmp_path) == {"plan.gigaplan", "plan.gigaplan.bak"}


@pytest.mark.parametrize("for_good", [False, True])
def test_a_save_whose_last_rename_fails_keeps_the_backup_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, for_good: bool
) -> None:
    path, backup = saved(tmp_path), tmp_path / "plan.gigaplan.bak"
    stored = again(path, open_plan(path).stamp)
    files = path.read_bytes(), backup.read_bytes()
    real, failed = os.replace, []

    def fail(source: str, target: str) -> None:
        if for_good or not failed:
            failed.append(target)
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        with pytest.raises(SaveFailed, match="was not saved"):
            again(path, stored.stamp, 3)
    assert failed == [str(path)]
    assert (path.read_bytes(), backup.read_bytes()) == files
    assert names_in(tmp_path) == {"plan.gigaplan", "plan.gigaplan.bak"}
    again(path, stored.stamp, 3)
    assert (open_plan(path).revision, open_plan(backup).revision) == (3, 2)


def test_a_backup_that_cannot_be_renewed_is_told_of_and_the_plan_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, backup = saved(tmp_path), tmp_path / "plan.gigaplan.bak"
    stored = again(path, open_plan(path).stamp)
    real = os.replace

    def fail(source: str, target: str) -> None:
        if target == str(backup):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        third = again(path, stored.stamp, 3)
    assert [str(warning) for warning in third.warnings] == [
        "“plan.gigaplan.bak” could not be renewed (The disk reports an error): it holds an earlier save. "
        "See whether another program has it open."
    ]
    assert (open_plan(path).revision, open_plan(path).stamp, open_plan(backup).revision) == (3, third.stamp, 1)
    assert names_in(tmp_path) == {"plan.gigaplan", "plan.gigaplan.bak"}


def test_a_file_that_windows_lets_go_in_time_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path)
    real, refused = os.replace, []

    def fail(source: str, target: str) -> None:
        if target == str(path) and len(refused) < 3:
            refused.append(target)
            error = PermissionError(errno.EACCES, "The process cannot access the file")
            error.winerror = 32  # type: ignore[attr-defined,unused-ignore]
            raise error
        real(source, target)

    monkeypatch.setattr(os, "replace", fail)
    assert replacing.PATIENCE == 3.0
    again(path)
    assert len(refused) == 3
    assert (open_plan(path).revision, open_plan(tmp_path / "plan.gigaplan.bak").revision) == (2, 1)
    assert names_in(tmp_path) == {"plan.gigaplan", "plan.gigaplan.bak"}


def test_a_file_that_windows_may_not_replace_at_all_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path)
    before = path.read_bytes()

    def fail(source: str, target: str) -> None:
        error = PermissionError(errno.EACCES, "The media is write protected")
        error.winerror = 19  # type: ignore[attr-defined,unused-ignore]
        raise error

    monkeypatch.setattr(os, "replace", fail)
    began = time.monotonic()
    with pytest.raises(SaveFailed, match="You may not write in this folder"):
        again(path)
    assert time.monotonic() - began < 2
    assert path.read_bytes() == before
    assert names_in(tmp_path) == {"plan.gigaplan"}


def test_a_file_that_windows_holds_open_keeps_the_new_one_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path)
    real = os.replace

    def fail(source: str, target: str) -> None:
        if target == str(path):
            error = PermissionError(errno.EACCES, "The process cannot access the file")
            error.winerror = 32  # type: ignore[attr-defined,unused-ignore]
            raise error
        real(source, target)

    monkeypatch.setattr(os, "replace", fail)
    monkeypatch.setattr(replacing, "PATIENCE", 0.1)
    with pytest.raises(SaveFailed) as caught:
        again(path)
    assert caught.value.reason == "in_use"
    (kept,) = names_in(tmp_path) - {"plan.gigaplan", "plan.gigaplan.bak"}
    assert kept in str(caught.value)
    assert open_plan(tmp_path / kept).revision == 2
    assert open_plan(path).revision == 1


def test_on_windows_a_save_does_without_the_lock_and_the_flush_of_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path)
    real, flushed = os.open, []

    def opening(name: str, flags: int, *mode: int) -> int:
        if os.path.isdir(name):  # which Windows does not open
            flushed.append(name)
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(name, flags, *mode)

    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", "win32")
        patch.setattr(os, "open", opening)
        again(path, open_plan(path).stamp)
    assert flushed == []
    assert (open_plan(path).revision, open_plan(tmp_path / "plan.gigaplan.bak").revision) == (2, 1)
    assert names_in(tmp_path) == {"plan.gigaplan", "plan.gigaplan.bak"}


@POSIX
def test_a_folder_that_does_not_close_well_is_no_failed_save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path)
    real = os.close

    def close(handle: int) -> None:
        is_folder = os.path.isdir(handle)
        real(handle)
        if is_folder:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(os, "close", close)
        stored = again(path, open_plan(path).stamp)
    assert (open_plan(path).revision, open_plan(path).stamp) == (2, stored.stamp)


@POSIX
def test_a_folder_in_which_another_save_hangs_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path)
    monkeypatch.setattr(replacing, "PATIENCE", 0.05)
    with replacing.folder_lock(str(tmp_path)) as locked:
        assert locked
        with pytest.raises(SaveRefused) as caught:
            again(path)
    assert caught.value.reason == "busy"
    again(path)


LIMITED = """
import errno, resource, sys
from pathlib import Path
from storage_samples import full_plan
from engine.storage.load import open_plan
from engine.storage.save import SaveFailed, save_plan
path = Path(sys.argv[1])
stored = open_plan(path)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    save_plan(full_plan(), path, expected=stored.stamp, uuid=stored.uuid, revision=2)
except SaveFailed as error:
    print(error.reason)
"""


@POSIX
@pytest.mark.parametrize("limit", [0, 1, 4096, 20_000])
def test_a_disk_that_is_full_leaves_the_old_file(tmp_path: Path, limit: int) -> None:
    path = saved(tmp_path)
    before = path.read_bytes()
    assert limit < len(before)
    assert run_script(LIMITED, path, limit).strip() == "EFBIG"
    assert path.read_bytes() == before
    assert names_in(tmp_path) == {"plan.gigaplan"}


UNPRIVILEGED = """
import os, sys
from storage_samples import full_plan
from engine.storage.save import SaveError, save_plan
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    save_plan(full_plan(), sys.argv[1], expected=None, uuid=None, revision=2)
except SaveError as error:
    print(type(error).__name__, error.reason)
"""


@POSIX
def test_a_folder_or_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    # Somebody else must be able to reach the folder, however deep below the temporary ones it is.
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to(tempfile.gettempdir()) and folder != Path(tempfile.gettempdir()):
            folder.chmod(0o755)
    path = saved(tmp_path)
    before = path.read_bytes()
    tmp_path.chmod(0o555)
    path.chmod(0o666)
    assert run_script(UNPRIVILEGED, path).strip() == "SaveFailed EACCES"
    assert run_script(UNPRIVILEGED, tmp_path / "new.gigaplan").strip() == "SaveFailed EACCES"
    tmp_path.chmod(0o777)
    path.chmod(0o444)
    assert run_script(UNPRIVILEGED, path).strip() == "SaveRefused read_only"
    assert path.read_bytes() == before
    assert names_in(tmp_path) == {"plan.gigaplan"}


KILLED = """
import os, random, signal, sys, time
from pathlib import Path
from storage_samples import full_plan, names_in
from engine.plan import with_settings
from engine.storage.load import open_plan
from engine.storage.save import save_plan

folder, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
path, plan, chance = folder / "plan.gigaplan", full_plan(), random.Random(seed)
stored = save_plan(with_settings(plan, name="1"), path, expected=None, uuid=None, revision=1)
in_flight = 0
for round in range(kills):
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
    hit = int(run_script(KILLED, tmp_path, 40, 20260101))
    assert hit >= 1  # some of the kills did fall between two steps of a save


RIVALS = """
import os, sys
from pathlib import Path
from storage_samples import full_plan
from engine.problems import PlanError
from engine.storage.load import open_plan
from engine.storage.save import ChangedOutside, SaveRefused, save_plan

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
