"""Earlier saves of a plan: kept in its file, bounded, restored exactly, and harmless whatever they hold."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from gigaplan.engine.cli import main
from gigaplan.engine.cli.commands import common
from gigaplan.engine.plan.decode import encode_plan
from gigaplan.engine.plan.plan import Plan, with_fields, with_settings
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import Settings, Site
from gigaplan.engine.storage import format, history, save
from gigaplan.engine.storage.history import Version, bounded, versions_in
from gigaplan.engine.storage.load import FileStamp, StoredPlan, open_plan, read_history, read_plan
from gigaplan.engine.storage.save import database_of, save_plan
from tests.engine.plans import plan_of
from tests.engine.storage_samples import full_plan, plans

UUID = "6f2b1d6e-9a51-4c0e-8f0e-0d6b3c1f7a11"
NOWHERE = FileStamp(0, 0, 0, 0)


def named(name: str) -> Plan:
    return with_settings(full_plan(), name=name)


def saves(path: Path, *all_plans: Plan) -> StoredPlan:
    """The last of several saves of one file."""
    stored = save_plan(all_plans[0], path, expected=None, uuid=None, revision=1)
    for plan in all_plans[1:]:
        stored = again(path, plan, stored)
    return stored


def again(path: Path, plan: Plan, stored: StoredPlan) -> StoredPlan:
    revision = stored.revision + 1
    return save_plan(plan, path, expected=stored.stamp, uuid=stored.uuid, revision=revision)


def revisions(versions: tuple[Version, ...]) -> list[int]:
    return [version.revision for version in versions]


def test_the_last_ten_saves_are_kept_and_each_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "plan.gigaplan"
    stored = saves(path, *(named(str(k)) for k in range(1, 14)))
    opened = open_plan(path)
    assert opened == stored
    assert opened.plan.settings.name == "13"
    assert revisions(opened.history) == [12, 11, 10, 9, 8, 7, 6, 5, 4, 3]
    assert [version.plan() for version in opened.history] == [named(str(k)) for k in range(12, 2, -1)]
    assert opened.warnings == ()
    assert read_history(path) == (opened.history, ())
    assert {version.saved_by for version in opened.history} == {opened.saved_by}
    assert all(version.saved_at <= opened.saved_at for version in opened.history)


@settings(max_examples=8)
@given(plans())
def test_any_plan_comes_back_from_the_history_as_from_the_file(tmp_path_factory: Any, plan: Plan) -> None:
    path = tmp_path_factory.mktemp("any") / "plan.gigaplan"
    stored = saves(path, plan, with_settings(plan, name=f"{plan.settings.name}."))
    (version,) = stored.history
    assert version.plan() == plan
    assert repr(version.plan()) == repr(plan)


def test_a_save_that_changes_nothing_pushes_no_version_out(tmp_path: Path) -> None:
    path = tmp_path / "plan.gigaplan"
    stored = saves(path, named("a"), named("b"), named("b"), named("b"), named("c"))
    assert [(v.revision, v.plan().settings.name) for v in stored.history] == [(4, "b"), (1, "a")]


def test_a_copy_and_a_plan_under_another_name_carry_no_history(tmp_path: Path) -> None:
    path, copy = tmp_path / "plan.gigaplan", tmp_path / "copy.gigaplan"
    secret = "the price that we really pay"
    stored = saves(path, with_settings(full_plan(), notes=secret), named("b"))
    assert len(stored.history) == 1
    save_plan(stored.plan, copy, expected=None, uuid=None, revision=1)
    assert open_plan(copy).history == ()
    assert rows(copy) == []
    assert rows(path) != []
    # Not even over a file that has one.
    save_plan(named("b"), path, expected=open_plan(path).stamp, uuid=None, revision=1)
    assert rows(path) == []


def rows(path: Path) -> list[Any]:
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT * FROM history").fetchall()


def large(seed: int, sites: int) -> Plan:
    """A plan with so many sites, each with 100 prices that do not compress well."""
    chance = random.Random(seed)
    grid = Settings(name=f"{seed}", start="2026-01", periods=100)
    return Plan(settings=grid, sites=tuple(
        Site(id=f"s{k}", name="s", jurisdiction="US", power_mw=None, pue=1.1,
             electricity_usd_per_mwh=tuple(chance.random() for _ in range(100)))
        for k in range(sites)
    ))  # fmt: skip


def test_versions_are_dropped_at_the_bound_on_their_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plan.gigaplan"
    stored = saves(path, large(1, 20), large(2, 20))
    size = len(stored.history[0].packed)
    assert size > 10_000
    for module in (format, history):
        monkeypatch.setattr(module, "MAX_HISTORY_BYTES", size * 7 // 2)
    for seed in range(3, 8):
        stored = again(path, large(seed, 20), stored)
    assert revisions(stored.history) == [6, 5, 4]
    assert sum(len(v.packed) for v in stored.history) <= size * 7 // 2
    assert stored.history[2].plan() == large(4, 20)


def test_a_plan_that_is_too_large_keeps_the_older_versions_and_none_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "plan.gigaplan"
    monkeypatch.setattr(save, "MAX_VERSION_BYTES", 150_000)
    stored = saves(path, named("small"), large(1, 100), named("c"))
    assert revisions(stored.history) == [1]
    # Its JSON counts too, which may be larger than its file.
    monkeypatch.setattr(save, "MAX_VERSION_BYTES", 10**9)
    monkeypatch.setattr(history, "MAX_VERSION_BYTES", 150_000)
    stored = again(path, named("d"), again(path, large(1, 100), stored))
    assert revisions(stored.history) == [3, 1]


def test_a_file_that_changed_outside_gives_its_history_to_nobody(tmp_path: Path) -> None:
    path = tmp_path / "plan.gigaplan"
    stored = saves(path, named("a"), named("b"))
    other = saves(path, named("x"), named("y"))
    with pytest.raises(save.ChangedOutside):
        again(path, named("c"), stored)
    assert open_plan(path).history == other.history


def test_what_rotted_on_the_disk_is_not_overwritten_and_does_not_become_a_version(tmp_path: Path) -> None:
    """The file looks as it was opened, by its size and its time; its content is no more what was saved."""
    path = tmp_path / "plan.gigaplan"
    stored = saves(path, named("a"), named("b" * 40))
    info, data = path.stat(), path.read_bytes()
    assert data.count(b"b" * 40) == 1
    with path.open("r+b") as file:
        file.write(data.replace(b"b" * 40, b"b" * 39 + b"x"))
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
    rotten = path.read_bytes()
    with pytest.raises(save.ChangedOutside):
        again(path, named("c"), stored)
    assert path.read_bytes() == rotten


@pytest.mark.parametrize("uuid", [None, "0c2b1d6e-9a51-4c0e-8f0e-0d6b3c1f7a22"])
def test_another_plan_in_the_place_of_a_file_takes_no_history_over(tmp_path: Path, uuid: str | None) -> None:
    path = tmp_path / "plan.gigaplan"
    stored = saves(path, named("a"), named("b"), named("c"))
    assert len(stored.history) == 2
    save_plan(plan_of(), path, expected=stored.stamp, uuid=uuid, revision=9)
    assert open_plan(path).history == ()


def packed(plan: Plan) -> bytes:
    return zlib.compress(msgspec.json.encode(encode_plan(plan)))


HOSTILE = [
    (zlib.compress(bytes(9 * 2**20), 9), "it is more than 8 MB unpacked"),
    (packed(full_plan())[:-5], "it is truncated"),
    (packed(full_plan()) + b"more", "there is data after its end"),
    (b"no zlib at all", "it is damaged"),
    (b"", "it is truncated"),
    (zlib.compress(b"[" * 100_000), "it is not JSON"),
    (zlib.compress(b"{}"), "format: is missing"),
    (zlib.compress(b'{"format":"gigaplan/3"}'), "written by a newer Gigaplan"),
    (zlib.compress(b"\xff\xfe"), "it is not JSON"),
    (zlib.compress(b'{"format":"gigaplan/1","plan":{"name":"x","start":"2026-01","periods":1e999}}'), "cannot be"),
    (zlib.compress(b'{"format":"gigaplan/1","plan":[],"sites":7,"run":1}'), "run: is not a table of a plan (2 more"),
    (packed(full_plan()), ""),
]


@pytest.mark.parametrize(("content", "words"), HOSTILE)
def test_what_is_no_plan_is_refused_when_it_is_asked_for_and_not_before(
    tmp_path: Path, content: bytes, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    version = Version(revision=3, saved_at="2026-01-01T00:00:00+00:00", saved_by="0.1", packed=content)
    stored = read_plan(database_of(full_plan(), UUID, 4, (version,)), NOWHERE)
    assert stored.plan == full_plan()
    assert (stored.history, stored.warnings) == ((version,), ())
    if not words:
        assert version.plan() == full_plan()
        return
    with pytest.raises(PlanError) as caught:
        version.plan()
    (problem,) = caught.value.problems
    assert problem.path == "history[3]"
    assert words in problem.text
    # `check` says so, as a warning; the next save carries on.
    path = tmp_path / "plan.gigaplan"
    path.write_bytes(database_of(plan_of(), UUID, 4, (version,)))
    assert main.main(["check", str(path)]) == 0
    said = capsys.readouterr()
    assert "warning: history[3]: cannot be unpacked" in said.err
    assert "no errors, 1 warning" in said.out
    assert again(path, named("next"), open_plan(path)).history[0].revision == 4


def tampered(path: Path, *statements: str) -> StoredPlan:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)
    return open_plan(path)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE history SET plan = zeroblob(50) WHERE revision = 2", "history[2]: does not match its checksum"),
        ("UPDATE history SET saved_at = '1999-01-01' WHERE revision = 2", "history[2]: does not match its checksum"),
        ("UPDATE history SET revision = 7 WHERE revision = 2", "history[7]: does not match its checksum"),
        ("UPDATE history SET digest = '' WHERE revision = 2", "history[2]: does not match its checksum"),
        ("UPDATE history SET saved_by = char(27) || '[2J' WHERE revision = 2", "has a description that is not text"),
        ("UPDATE history SET saved_by = hex(zeroblob(900)) WHERE revision = 2", "has no valid description"),
    ],
)
def test_a_version_that_was_tampered_with_is_left_out_and_named(tmp_path: Path, statement: str, words: str) -> None:
    path = tmp_path / "plan.gigaplan"
    saves(path, named("1"), named("2"), named("3"), named("4"))
    stored = tampered(path, statement)
    assert stored.plan == named("4")
    assert revisions(stored.history) == [3, 1]
    (warning,) = stored.warnings
    assert warning.severity == "warning"
    assert words in str(warning)
    assert revisions(again(path, named("5"), stored).history) == [4, 3, 1]


def test_more_versions_than_a_file_may_hold_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = tuple(
        Version(revision=k, saved_at="2026", saved_by="x", packed=packed(named(str(k)))) for k in range(12, 0, -1)
    )
    stored = read_plan(database_of(full_plan(), UUID, 13, versions), NOWHERE)
    assert revisions(stored.history) == list(range(12, 2, -1))
    assert [str(w).split(".")[0] for w in stored.warnings] == ["history[2]: is left out: a file keeps 10 versions"]
    assert revisions(bounded(reversed(versions))) == list(range(12, 2, -1))
    monkeypatch.setattr(history, "MAX_HISTORY_BYTES", len(versions[0].packed) * 2 + 100)
    found, warnings = versions_in([tuple(v.cells()[:1]) + as_read(v) for v in versions[:3]])
    assert revisions(found) == [12, 11]
    assert "versions may take" in warnings[0].text


def as_read(version: Version) -> tuple[Any, ...]:
    return tuple(cell.encode() if isinstance(cell, str) else cell for cell in version.cells()[1:])


def test_a_version_is_json_that_any_tool_unpacks(tmp_path: Path) -> None:
    path = tmp_path / "plan.gigaplan"
    saves(path, *(with_settings(plan_of(), name=name) for name in ("first", "second")))
    (row,) = rows(path)
    (tmp_path / "first.json").write_bytes(zlib.decompress(row[-1]))
    assert common.read_plan(tmp_path / "first.json") == with_settings(plan_of(), name="first")


def test_history_lists_and_restores_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "plan.gigaplan", tmp_path / "old.gigaplan"
    stored = saves(path, *(with_settings(plan_of(), name=name) for name in ("one", "two", "three")))
    before = path.read_bytes()
    assert main.main(["history", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["revision", "3", "2", "1"]
    assert lines[1].endswith("present")
    assert stored.saved_at in lines[1]
    assert main.main(["history", str(path), "--restore", "1", "-o", str(out)]) == 0
    restored = open_plan(out)
    assert restored.plan == with_settings(plan_of(), name="one")
    assert (restored.revision, restored.history) == (1, ())
    assert restored.uuid != stored.uuid
    assert path.read_bytes() == before
    capsys.readouterr()
    for arguments, words in (
        (["--restore", "9", "-o", str(tmp_path / "x.gigaplan")], "holds no revision 9; it holds 3, 2, 1"),
        (["--restore", "1", "-o", str(out)], "exists already"),
        (["--restore", "1"], "give both"),
        (["-o", str(out)], "give both"),
    ):
        assert main.main(["history", str(path), *arguments]) == 2
        assert words in capsys.readouterr().err


def test_what_is_restored_over_its_own_file_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "plan.gigaplan"
    stored = saves(path, named("one"), named("two"))
    assert main.main(["history", str(path), "--restore", "1", "-o", str(path), "--force"]) == 0
    now = open_plan(path)
    assert (now.plan, now.revision, now.uuid) == (named("one"), 3, stored.uuid)
    assert [(v.revision, v.plan()) for v in now.history] == [(2, named("two")), (1, named("one"))]


def test_compare_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "plan.gigaplan"
    dearer = with_fields(plan_of(), "offers", "rent", price_usd=4.0)
    saves(path, plan_of(), dearer)
    assert main.main(["compare", f"{path}@1", str(path)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("1 input differs\n  offers[rent].price_usd (Price): 2 -> 4 USD/chip-h\n")
    moved = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.startswith("tco_usd")}
    # 200 chips at 2 and at 4 USD for four years of 8766 h, energy and hosting included.
    assert moved["tco_usd"] == ["14,025,600", "28,051,200", "+14,025,600", "USD"]
    assert main.main(["compare", str(path), f"{path}@2"]) == 0
    assert capsys.readouterr().out.startswith("0 inputs differ\n")
    assert main.main(["compare", str(path), f"{path}@7"]) == 2
    assert "holds no revision 7" in capsys.readouterr().err


def test_a_version_that_would_fill_the_memory_is_never_unpacked_whole() -> None:
    bomb = zlib.compress(bytes(200 * 2**20), 9)
    version = Version(revision=1, saved_at="2026-01-01T00:00:00+00:00", saved_by="0.1.0", packed=bomb)
    tracemalloc.start()
    try:
        with pytest.raises(PlanError, match="more than 8 MB unpacked"):
            version.plan()
        assert tracemalloc.get_traced_memory()[1] < 40 * 2**20
    finally:
        tracemalloc.stop()


def test_versions_that_are_large_together_are_not_all_kept() -> None:
    packed = bytes(3 * 2**20)
    at, by = "2026-01-01T00:00:00+00:00", "0.1.0"
    versions = [Version(revision=k, saved_at=at, saved_by=by, packed=packed) for k in range(1, 6)]
    assert revisions(bounded(versions)) == [5, 4]
