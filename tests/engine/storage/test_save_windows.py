"""Saving as Windows does it, where a file that is open cannot be replaced. Its answers are put in its place here."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from gigaplan.engine.storage import atomic_replace as replacing
from gigaplan.engine.storage.load import FileStamp, open_plan
from gigaplan.engine.storage.lock import FOLDER, FileLock
from gigaplan.engine.storage.save import SaveFailed
from tests.engine.saving import again
from tests.engine.storage_samples import names_in, saved


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
    before, tried = path.read_bytes(), []

    def fail(source: str, target: str) -> None:
        tried.append(target)
        error = PermissionError(errno.EACCES, "The media is write protected")
        error.winerror = 19  # type: ignore[attr-defined,unused-ignore]
        raise error

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(SaveFailed, match="You do not have permission to write in this folder"):
        again(path)
    assert len(tried) == 1
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


def test_the_file_of_a_lock_goes_where_no_open_file_can_be_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = FileLock.take(tmp_path, tmp_path / "plan.gigaplan")
    assert held is not None
    (lock,) = (tmp_path / FOLDER).iterdir()
    remove, close, closed = os.unlink, os.close, []

    def refuse_open(path: str) -> None:
        if not closed:
            raise PermissionError(errno.EACCES, "The process cannot access the file")
        remove(path)

    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", "win32")
        patch.setattr(os, "unlink", refuse_open)
        patch.setattr(os, "close", lambda handle: closed.append(close(handle)))
        held.release()
    assert not lock.exists()


def test_one_volume_has_one_number_however_windows_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    short, long = (os.stat_result((0o100644, 7, device, 1, 0, 0, 10, 0, 0, 0)) for device in (0xAB12, 0x99_0000_AB12))
    assert FileStamp.of(short) != FileStamp.of(long)
    monkeypatch.setattr(sys, "platform", "win32")
    assert FileStamp.of(short) == FileStamp.of(long)
