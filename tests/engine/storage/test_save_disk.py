"""Saving on a disk that refuses: the file is the old one or the new one, whole, and what failed is said."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from gigaplan.engine.plan.plan import with_settings
from gigaplan.engine.storage import atomic_replace as replacing
from gigaplan.engine.storage.format import LAST_REVISION
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.save import SaveFailed, SaveRefused, save_plan
from tests.engine.saving import POSIX, again, run_script
from tests.engine.storage_samples import full_plan, names_in, saved


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
    name = "gigaplan.engine.storage.save.write_beside"
    monkeypatch.setattr(name, lambda target, data, old: write(target, data[:-1], old))
    with pytest.raises(SaveFailed) as caught:
        again(path)
    assert caught.value.reason == "not_verified"
    assert path.read_bytes() == before
    assert names_in(tmp_path) == {"plan.gigaplan"}


def test_a_rename_that_the_disk_does_not_confirm_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path)

    def fail(folder: str) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("gigaplan.engine.storage.save.flush_folder", fail)
    with pytest.raises(SaveFailed, match="did not confirm") as caught:
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
        "Check whether another program has it open."
    ]
    assert (open_plan(path).revision, open_plan(path).stamp, open_plan(backup).revision) == (3, third.stamp, 1)
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
from tests.engine.storage_samples import full_plan
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.save import SaveFailed, save_plan
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
from tests.engine.storage_samples import full_plan
from gigaplan.engine.storage.save import SaveError, save_plan
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


@POSIX
def test_on_macos_a_save_goes_through_the_memory_of_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    path, flushed, plain = saved(tmp_path), [], []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: plain.append(handle) or real(handle))
    for refuses in (False, True):  # as a network disk does

        def flush(handle: int, command: int, refuses: bool = refuses) -> int:
            flushed.append(command)
            if refuses:
                raise OSError(errno.ENOTSUP, "not supported")
            return 0

        with monkeypatch.context() as patch:
            patch.setattr(sys, "platform", "darwin")
            patch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
            patch.setattr(fcntl, "fcntl", flush)
            again(path, open_plan(path).stamp)
        assert set(flushed) == {51}
        # The folder's own flush is plain; that of the file only where there is no other.
        assert len(plain) == (3 if refuses else 1)


@POSIX
def test_a_file_that_is_no_plan_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "figures.csv"
    replacing.put_file(path, b"first")
    path.chmod(0o640)
    (tmp_path / ".figures.csv.01234567.saving").write_bytes(b"left by one that was killed")
    replacing.put_file(path, b"second")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"second", 0o640)
    for name in ("fsync", "replace"):

        def fail(*_: object, **__: object) -> None:
            raise OSError(errno.EIO, "Input/output error")

        with monkeypatch.context() as patch:
            patch.setattr(os, name, fail)
            with pytest.raises(SaveFailed, match=r"The disk reports an error \(EIO\)\. “figures.csv” was not saved"):
                replacing.put_file(path, b"third")
        assert path.read_bytes() == b"second"
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(SaveRefused, match="is a link to another file"):
        replacing.put_file(tmp_path / "link", b"third")
    assert names_in(tmp_path) == {"figures.csv", "link"}


def test_the_last_revision_that_opens_can_be_saved_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "plan.gigaplan"
    stored = save_plan(full_plan(), path, expected=None, uuid=None, revision=LAST_REVISION)
    for name in ("one", "two"):
        plan = with_settings(stored.plan, name=name)
        stored = save_plan(plan, path, expected=stored.stamp, uuid=stored.uuid, revision=stored.revision + 1)
        assert stored.revision == LAST_REVISION
        assert open_plan(path).plan == plan


@pytest.mark.skipif(not POSIX, reason="names of 255 bytes are those of POSIX")
@pytest.mark.parametrize("letter", ["x", "ж"])
@pytest.mark.parametrize("length", [246, 251, 252, 255])
def test_a_file_with_a_long_name_can_be_saved_and_leaves_nothing(tmp_path: Path, length: int, letter: str) -> None:
    stem = (letter * 255).encode()[: length - len(".gigaplan")].decode("utf-8", "ignore")
    path = tmp_path / (stem.ljust(length - len(stem.encode()) + len(stem) - len(".gigaplan"), "y") + ".gigaplan")
    assert len(os.fsencode(path.name)) == length
    stored = save_plan(full_plan(), path, expected=None, uuid=None, revision=1)
    left = tmp_path / os.path.basename(replacing.spare_name(os.fspath(path)))
    left.write_bytes(b"of a save that was killed")
    save_plan(full_plan(), path, expected=stored.stamp, uuid=stored.uuid, revision=2)
    kept = os.path.basename(replacing.with_ending(os.fspath(path), ".bak"))
    assert names_in(tmp_path) == {path.name, kept}
    assert kept == f"{path.name}.bak" or (length > 251 and kept.startswith(stem[:100]))
    assert open_plan(tmp_path / kept).revision == 1


def test_the_backups_of_long_names_that_begin_alike_are_two() -> None:
    names = ["/plans/" + "x" * 250 + ending for ending in ("a.gig", "b.gig")]
    assert len({replacing.with_ending(name, ".v2.bak") for name in names}) == 2
    older = replacing.with_ending(names[0], ".v2.2.bak")
    assert older.endswith(".v2.2.bak")
    assert len(os.path.basename(older)) == 255
