"""Recovery files that are cut, changed, made by hand or no such files: what is offered is what was written."""

from __future__ import annotations

import os
import random
from pathlib import Path

import msgspec
import pytest

from gigaplan.engine.plan.plan import Plan, with_settings
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.storage.crash_log_read import left_behind
from gigaplan.engine.storage.crash_log_write import SUFFIX
from tests.engine.left_files import written
from tests.engine.plans import plan_of


def offered(folder: Path, data: bytes) -> tuple[Plan | None, str]:
    """What is offered of a file with these bytes: a plan or None, and what is said of damage."""
    (folder / f"x{SUFFIX}").write_bytes(data)
    found = left_behind(folder)
    if not found:
        return None, ""
    (left,) = found
    try:
        return (left.plan() if left.can_recover else None), left.damage
    except PlanError as error:
        return None, str(error)
    finally:
        left.discard()


def test_a_file_cut_anywhere_gives_a_whole_earlier_state(tmp_path: Path) -> None:
    states = [with_settings(plan_of(), name=str(k)) for k in range(4)]
    path = written(tmp_path, *states)
    data = path.read_bytes()
    path.unlink()
    seen = set()
    for size in range(0, len(data) + 1, 3):
        plan, damage = offered(tmp_path, data[:size])
        assert plan is None or plan in states, size
        assert damage == "", size
        seen.add(plan.settings.name if plan else None)
    assert seen == {None, "0", "1", "2", "3"} - ({"3"} if len(data) % 3 else set())
    assert offered(tmp_path, data) == (states[3], "")


def test_a_byte_changed_anywhere_never_changes_a_value(tmp_path: Path) -> None:
    states = [with_settings(plan_of(), name=str(k)) for k in range(3)]
    path = written(tmp_path, *states)
    data = path.read_bytes()
    path.unlink()
    chance = random.Random(1)
    for _ in range(500):
        at = chance.randrange(len(data))
        changed = data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]
        plan, _ = offered(tmp_path, changed)
        assert plan is None or plan in states, at


def test_what_stands_before_damage_can_be_had_and_the_damage_is_said(tmp_path: Path) -> None:
    states = [with_settings(plan_of(), name=f"name-{k}") for k in range(3)]
    path = written(tmp_path, *states)
    data = path.read_bytes()
    path.unlink()
    plan, damage = offered(tmp_path, data.replace(b"name-2", b"name-9"))
    assert (plan, damage) == (states[1], "is damaged: its checksum does not match its content")


def test_what_is_no_recovery_file_is_said_and_left(tmp_path: Path) -> None:
    (tmp_path / f"folder{SUFFIX}").mkdir()
    (tmp_path / f"garbage{SUFFIX}").write_bytes(b"\0" * 5000)
    (tmp_path / f"newer{SUFFIX}").write_bytes(b"gigaplan recovery 2\nand more")
    (tmp_path / "secret").write_text("mine")
    (tmp_path / f"link{SUFFIX}").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / f"pipe{SUFFIX}")
    (tmp_path / f"huge{SUFFIX}").touch()
    os.truncate(tmp_path / f"huge{SUFFIX}", 2**30)
    before = set(os.listdir(tmp_path))
    found = {os.path.basename(left.file): left for left in left_behind(tmp_path)}
    assert {name: left.damage for name, left in found.items()} == {
        f"folder{SUFFIX}": "is not a file",
        f"garbage{SUFFIX}": "was not written by Gigaplan",
        f"newer{SUFFIX}": "was written by a newer Gigaplan, which can recover its edits",
        f"link{SUFFIX}": "is not a file",
        f"pipe{SUFFIX}": "is not a file",
        f"huge{SUFFIX}": "cannot be read: the file is larger than 128 MB, the most that a plan may have",
    }
    assert not any(left.can_recover for left in found.values())
    assert set(os.listdir(tmp_path)) == before
    for left in found.values():
        left.discard()
    assert (tmp_path / "secret").read_text() == "mine"


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (b'"pue":1.5', b'"pue":0.1', "sites[0].pue"),
        (b'"pue":1.5', b'"pue":"x"', "sites[0].pue"),
        (b'"id":"here"', b'"id":"he\\u0000"', "sites[0].id"),
        (b'"pue":1.5', b'"pue":' + b"[" * 5000 + b"]" * 5000, "sites[0]"),
    ],
)
def test_a_file_made_by_hand_meets_the_rules_of_the_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: bytes, new: bytes, where: str
) -> None:
    real = msgspec.json.encode
    monkeypatch.setattr(msgspec.json, "encode", lambda value: real(value).replace(old, new))
    written(tmp_path, plan_of())  # with check sums that are right
    monkeypatch.undo()
    (left,) = left_behind(tmp_path)
    with pytest.raises(PlanError) as refused:
        left.plan()
    assert refused.value.problems[0].path.startswith(where)
    left.discard()
