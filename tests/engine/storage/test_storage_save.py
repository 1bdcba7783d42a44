"""What a save will not replace: a file that changed outside, and one that a new file could not stand for."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.storage import atomic_replace as replacing
from gigaplan.engine.storage import save as saving
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.save import ChangedOutside, SaveRefused, save_plan
from tests.engine.saving import POSIX, again
from tests.engine.storage_samples import full_plan, names_in, saved


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

    monkeypatch.setattr("gigaplan.engine.storage.save.write_beside", write_while_another_program_writes)
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
    with pytest.raises(SaveRefused, match="Save it under another name") as caught:
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


def test_a_plan_that_would_not_come_back_as_it_is_never_reaches_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a fault of Gigaplan's own: the file is sound and its check sum right, but one figure is another."""
    path = saved(tmp_path)
    before = path.read_bytes()
    stored = open_plan(path)
    real = saving.cells_of

    def rounding(row: msgspec.Struct) -> list[Any]:
        return [float(f"{cell:.3g}") if isinstance(cell, float) else cell for cell in real(row)]

    monkeypatch.setattr(saving, "cells_of", rounding)
    with pytest.raises(PlanError, match="reads back differently"):
        save_plan(full_plan(), path, expected=stored.stamp, uuid=stored.uuid, revision=2)
    assert path.read_bytes() == before
    assert names_in(tmp_path) == {"plan.gigaplan"}
