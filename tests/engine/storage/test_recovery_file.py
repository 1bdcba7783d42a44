"""Edits that no file holds: what was acknowledged is offered after any death, exactly, and damage is never taken."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gigaplan.engine.plan.plan import Plan, with_fields, with_row, with_settings, without
from gigaplan.engine.storage import crash_log_read as reading
from gigaplan.engine.storage.crash_log_read import SILENCE, left_behind
from gigaplan.engine.storage.crash_log_write import ROOM, Origin, RecoveryFile
from tests.engine.left_files import ORIGIN, written
from tests.engine.plans import plan_of
from tests.engine.storage_samples import full_plan, plans

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (ROOT, Path(__file__).parent)))}


def plain(plan: Plan) -> object:
    """A plan as plain values: a scenario's value may come back in another form."""
    return msgspec.json.decode(msgspec.json.encode(plan))


def test_a_plan_comes_back_with_its_origin(tmp_path: Path) -> None:
    plan = full_plan()
    written(tmp_path, with_settings(plan, name="before"), plan)
    (left,) = left_behind(tmp_path)
    assert left.plan() == plan
    assert left.origin == ORIGIN
    assert (left.damage, left.can_recover) == ("", True)
    left.discard()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "path", [os.fsdecode(b"/somewhere/\xff\xfe.gigaplan"), "/a\nb\x1b[2J\u202e/é👩\u200d💻.gigaplan"]
)
def test_a_file_comes_back_by_its_name_whatever_that_is(tmp_path: Path, path: str) -> None:
    file = RecoveryFile(tmp_path)
    origin = Origin(name=Path(path).stem, path=path)
    file.write(full_plan(), origin, True)
    file.close(remove=False)
    (left,) = left_behind(tmp_path)
    assert left.origin == origin
    assert left.plan() == full_plan()
    left.release()


def test_a_recovery_file_of_before_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its entries were written as UTF-8."""
    monkeypatch.setattr(json, "dumps", lambda value, **_: msgspec.json.encode(value).decode())
    file = RecoveryFile(tmp_path)
    file.write(full_plan(), Origin(name="Réseau", path="/é.gigaplan"), True)
    file.close(remove=False)
    monkeypatch.undo()
    (left,) = left_behind(tmp_path)
    assert (left.origin.path, left.plan()) == ("/é.gigaplan", full_plan())
    left.release()


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(states=st.lists(plans(), min_size=1, max_size=3))
def test_any_row_of_states_gives_the_last(tmp_path_factory: pytest.TempPathFactory, states: list[Plan]) -> None:
    folder = tmp_path_factory.mktemp("any")
    written(folder, *states)
    (left,) = left_behind(folder)
    assert plain(left.plan()) == plain(states[-1])
    left.discard()


def test_every_kind_of_edit_is_kept(tmp_path: Path) -> None:
    plan = plan_of(sites=[{}, {"id": "there"}, {"id": "yonder"}])
    states = [plan]
    states.append(with_fields(states[-1], "sites", "there", power_mw=99.0))
    states.append(without(states[-1], "sites", ["here"]))
    states.append(with_row(states[-1], "sites", msgspec.structs.replace(states[-1].sites[0], id="new"), at=0))
    states.append(msgspec.structs.replace(states[-1], sites=states[-1].sites[::-1]))
    states.append(with_settings(states[-1], discount_rate=0.07))
    states.append(states[0])
    for k in range(1, len(states) + 1):
        written(tmp_path, *states[:k])
        (left,) = left_behind(tmp_path)
        assert left.plan() == states[k - 1]
        left.discard()


def test_what_has_no_edits_is_not_offered_and_goes(tmp_path: Path) -> None:
    written(tmp_path, full_plan(), dirty=False)
    assert left_behind(tmp_path) == []
    assert os.listdir(tmp_path) == []
    assert left_behind(tmp_path / "nowhere") == []


def test_a_clean_exit_leaves_nothing(tmp_path: Path) -> None:
    file = RecoveryFile(tmp_path)
    file.write(full_plan(), ORIGIN, True)
    assert len(os.listdir(tmp_path)) == 1
    file.close(remove=True)
    assert os.listdir(tmp_path) == []


def test_one_edit_of_a_large_plan_writes_one_row(tmp_path: Path) -> None:
    sites = [{"id": f"s{k}", "power_mw": [float(t + k) for t in range(480)]} for k in range(500)]
    plan = plan_of(plan={"periods": 480, "months_per_period": 1}, sites=sites)
    file = RecoveryFile(tmp_path)
    file.write(plan, ORIGIN, False)
    (path,) = tmp_path.iterdir()
    before = path.stat().st_size
    file.write(with_fields(plan, "sites", "s7", pue=1.7), ORIGIN, True)
    assert before > 1_000_000
    assert path.stat().st_size - before < 10_000
    file.close(remove=True)


# Death

CHILD = """
import sys
from tests.engine.storage_samples import full_plan
from gigaplan.engine.plan.plan import with_settings
from gigaplan.engine.storage.crash_log_write import Origin, RecoveryFile
file, plan, k = RecoveryFile(sys.argv[1]), full_plan(), 0
while True:
    k += 1
    file.write(with_settings(plan, name=str(k)), Origin(name="plan"), True)
    print(k, flush=True)
"""


def test_after_a_kill_the_last_acknowledged_plan_is_offered(tmp_path: Path) -> None:
    chance = random.Random(5)
    for _ in range(6):
        command = [sys.executable, "-c", CHILD, str(tmp_path)]
        with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            first = child.stdout.readline()
            assert left_behind(tmp_path) == []  # it lives
            time.sleep(chance.uniform(0, 0.05))  # the moment of the kill is the point
            os.kill(child.pid, signal.SIGKILL)
            last = int((first + child.stdout.read()).split()[-1])
        (left,) = left_behind(tmp_path)
        plan = left.plan()
        assert plan.settings.name in (str(last), str(last + 1))
        assert msgspec.structs.replace(plan, settings=full_plan().settings) == full_plan()
        left.discard()
        assert os.listdir(tmp_path) == []


def test_edits_are_offered_to_one_window_only_and_again_after_it_leaves(tmp_path: Path) -> None:
    written(tmp_path, full_plan())
    (left,) = left_behind(tmp_path)
    assert left_behind(tmp_path) == []
    left.release()
    (again,) = left_behind(tmp_path)
    again.discard()
    assert left_behind(tmp_path) == []


def test_without_locks_a_living_process_is_told_by_its_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, full_plan())
    monkeypatch.setattr(reading, "try_lock", lambda _handle: None)
    assert left_behind(tmp_path) == []  # this process
    monkeypatch.setattr(reading, "boot", lambda: "another start of this computer")
    assert len(left_behind(tmp_path)) == 1
    monkeypatch.setattr(reading, "host", lambda: "another computer")
    assert left_behind(tmp_path) == []
    os.utime(path, (0, time.time() - SILENCE - 1))
    assert len(left_behind(tmp_path)) == 1


def test_without_locks_a_dead_process_is_told_by_its_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = "import sys; from test_recovery_file import *; written(Path(sys.argv[1]), full_plan())"
    subprocess.run([sys.executable, "-c", command, str(tmp_path)], env=ENVIRONMENT, check=True)
    monkeypatch.setattr(reading, "try_lock", lambda _handle: None)
    assert len(left_behind(tmp_path)) == 1


# Faults of the disk

FULL = """
import resource, sys
from tests.engine.left_files import ORIGIN, written
from tests.engine.plans import plan_of
from gigaplan.engine.plan.plan import with_settings
from gigaplan.engine.storage.crash_log_write import Origin, RecoveryFile
file, plan = RecoveryFile(sys.argv[1]), plan_of()
file.write(plan, Origin(name="plan"), True)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
for k in range(3):
    try:
        file.write(with_settings(plan, notes="x" * 30_000), Origin(name="plan"), True)
    except OSError as error:
        print(error.errno, flush=True)
file.write(with_settings(plan, name="small"), Origin(name="plan"), True)
"""


def test_a_full_disk_is_an_error_and_the_next_edit_that_fits_is_kept(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FULL, str(tmp_path)]
    run = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout.split()) == (0, ["27"] * 3), run.stderr  # EFBIG
    (left,) = left_behind(tmp_path)
    assert (left.plan(), left.damage) == (with_settings(plan_of(), name="small"), "")
    left.discard()


def test_a_file_that_is_removed_is_begun_anew(tmp_path: Path) -> None:
    file = RecoveryFile(tmp_path / "data")
    file.write(full_plan(), ORIGIN, True)
    shutil.rmtree(tmp_path / "data")
    newer = with_settings(full_plan(), name="newer")
    file.write(newer, ORIGIN, True)
    file.close(remove=False)
    (left,) = left_behind(tmp_path / "data")
    assert left.plan() == newer
    left.discard()


def test_the_file_does_not_grow_without_bound(tmp_path: Path) -> None:
    file = RecoveryFile(tmp_path)
    plan, names = plan_of(), set()
    for k in range(180):
        state = with_settings(plan, name=str(k), notes="x" * 100_000)
        file.write(state, ORIGIN, True)
        (path,) = tmp_path.iterdir()
        names.add(path.name)
        assert path.stat().st_size < 2 * 103_000 + ROOM + 103_000
    assert len(names) > 1
    file.close(remove=False)
    (left,) = left_behind(tmp_path)
    assert left.plan() == state
    left.discard()


def test_a_kill_between_the_new_file_and_the_removal_of_the_old_offers_one(tmp_path: Path) -> None:
    file = RecoveryFile(tmp_path)
    plan = plan_of()
    file.write(plan, ORIGIN, True)
    (old,) = tmp_path.iterdir()
    kept = old.read_bytes()
    k = 0
    while old.exists():
        k += 1
        file.write(with_settings(plan, name=str(k), notes="x" * 100_000), ORIGIN, True)
    file.close(remove=False)
    old.write_bytes(kept)
    (left,) = left_behind(tmp_path)
    assert left.plan().settings.name == str(k)
    assert not old.exists()
    left.discard()


def test_what_windows_removes_only_once_it_is_closed_goes_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It removes no file that is open; neither an ended window's own nor one that is discarded may stay."""
    real_unlink, real_close, is_open = os.unlink, os.close, [True]

    def unlink(path: str) -> None:
        if is_open[0]:
            raise PermissionError(errno.EACCES, "The process cannot access the file")
        real_unlink(path)

    def close(handle: int) -> None:
        is_open[0] = False
        real_close(handle)

    def as_on_windows(end: Callable[[], object]) -> None:
        is_open[0] = True
        with monkeypatch.context() as patch:
            patch.setattr(os, "unlink", unlink)
            patch.setattr(os, "close", close)
            patch.setattr(sys, "platform", "win32")
            end()

    file = RecoveryFile(str(tmp_path))
    file.write(full_plan(), Origin(name="plan"), True)
    as_on_windows(lambda: file.close(remove=True))
    assert os.listdir(tmp_path) == []
    file.write(full_plan(), Origin(name="plan"), True)
    file.close(remove=False)
    (left,) = left_behind(tmp_path)
    as_on_windows(left.discard)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("of_folder", [False, True])
def test_an_edit_counts_as_kept_only_once_the_disk_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of_folder: bool
) -> None:
    real = os.fsync

    def failing(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode) == of_folder:
            raise OSError(errno.EIO, "not confirmed")
        real(handle)

    monkeypatch.setattr(os, "fsync", failing)
    file = RecoveryFile(tmp_path)
    with pytest.raises(OSError, match="not confirmed"):
        file.write(full_plan(), ORIGIN, True)
    monkeypatch.undo()
    file.write(full_plan(), ORIGIN, True)
    file.close(remove=True)


def test_what_is_half_written_and_cannot_be_taken_back_costs_no_later_edit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = RecoveryFile(tmp_path)
    file.write(plan_of(), ORIGIN, True)
    real = os.write

    def half(handle: int, data: bytes) -> int:
        real(handle, bytes(data)[: len(data) // 2])
        raise OSError(errno.ENOSPC, "full")

    def broken(handle: int, size: int) -> None:
        raise OSError(errno.EIO, "broken")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", half)
        patch.setattr(os, "ftruncate", broken)
        with pytest.raises(OSError, match="broken"):
            file.write(with_settings(plan_of(), name="torn"), ORIGIN, True)
    file.write(with_settings(plan_of(), name="after"), ORIGIN, True)
    file.close(remove=False)
    found = left_behind(tmp_path)
    assert [left.plan().settings.name for left in found] == ["after"]
    for left in found:
        left.discard()
