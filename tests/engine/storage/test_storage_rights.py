"""A save leaves a file to those who had it: its owner, its group, its access list and its mode."""

from __future__ import annotations

import errno
import os
import struct
import sys
from pathlib import Path

import pytest

from gigaplan.engine.storage.atomic_replace import put_file, write_beside
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.save import save_plan
from tests.engine.storage_samples import full_plan, saved

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no owner, group or mode of this kind")
AS_ROOT = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root may give a file to another person"
)
SOMEBODY, TEAM, OWNER_ID, NO_ID = 12345, 23456, 34567, 0xFFFF_FFFF


def rights(path: Path) -> tuple[int, int, int]:
    info = path.stat()
    return info.st_uid, info.st_gid, info.st_mode & 0o777


@AS_ROOT
def test_a_file_of_somebody_else_stays_theirs(tmp_path: Path) -> None:
    path = saved(tmp_path)
    os.chown(path, SOMEBODY, TEAM)
    path.chmod(0o660)
    stored = open_plan(path)
    save_plan(full_plan(), path, expected=stored.stamp, uuid=stored.uuid, revision=stored.revision + 1)
    assert rights(path) == rights(path.with_name("plan.gigaplan.bak")) == (SOMEBODY, TEAM, 0o660)


def of_another_group(path: Path) -> os.stat_result:
    """What the system would say of the file, were it of a group and a person that are not ours."""
    fields = list(path.stat())
    fields[4:6] = fields[4] + 1, fields[5] + 1
    return os.stat_result(fields)


@pytest.mark.parametrize(("mode", "narrowed"), [(0o660, 0o600), (0o664, 0o644), (0o640, 0o600), (0o666, 0o666)])
def test_what_one_group_may_is_not_given_to_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, narrowed: int
) -> None:
    path = tmp_path / "figures.csv"
    path.write_bytes(b"old")
    path.chmod(mode)

    def refused(*_: int) -> None:
        raise OSError(errno.EPERM, "not permitted")

    monkeypatch.setattr(os, "fchown", refused)
    new = Path(write_beside(str(path), b"new", of_another_group(path)))
    assert rights(new) == (os.geteuid(), os.getegid(), narrowed)


def test_the_group_is_kept_where_the_owner_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "figures.csv"
    path.write_bytes(b"old")
    path.chmod(0o660)
    given: list[tuple[int, int]] = []

    def fchown(handle: int, owner: int, group: int) -> None:
        if owner != -1:
            raise OSError(errno.EPERM, "not permitted")
        given.append((owner, group))

    monkeypatch.setattr(os, "fchown", fchown)
    new = Path(write_beside(str(path), b"new", of_another_group(path)))
    assert given == [(-1, path.stat().st_gid + 1)]
    assert rights(new)[2] == 0o660


def access_list() -> bytes:
    """One more person may read and write; the group of the file may nothing."""
    entries = [(1, 6, NO_ID), (2, 6, OWNER_ID), (4, 0, NO_ID), (0x10, 6, NO_ID), (0x20, 0, NO_ID)]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep lists of another kind")
def test_a_list_of_those_who_may_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "figures.csv"
    path.write_bytes(b"old")
    kept: dict[str, bytes] = {}

    def getxattr(name: str, key: str) -> bytes:
        return access_list()

    def setxattr(handle: int, key: str, value: bytes) -> None:
        kept[key] = value

    # Not every disk that tests run on knows such lists.
    monkeypatch.setattr(os, "getxattr", getxattr)
    monkeypatch.setattr(os, "setxattr", setxattr)
    path.chmod(0o660)
    put_file(path, b"new")
    assert kept == {"system.posix_acl_access": access_list()}
    assert rights(path)[2] == 0o660

    def unknown(*_: object) -> None:
        raise OSError(errno.ENOTSUP, "not supported")

    monkeypatch.setattr(os, "setxattr", unknown)
    put_file(path, b"newer")
    assert rights(path)[2] == 0o600
    assert path.read_bytes() == b"newer"
