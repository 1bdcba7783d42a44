"""Files of older formats: each opens as it was, is migrated in memory alone, and is kept when it is first replaced."""

from __future__ import annotations

import contextlib
import copy
import errno
import json
import os
import random
import shutil
import sqlite3
import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from gigaplan.engine.cli import main
from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.plan.fields import Steps, field_of, fields, mapped
from gigaplan.engine.plan.plan import Plan, find, with_settings
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import ROW_TYPES, Offer
from gigaplan.engine.storage.format import (
    APPLICATION_ID,
    PAGE_SIZE,
    TABLES,
    VERSION,
    cell_of,
    cells_of,
    columns_of,
    content_hash,
)
from gigaplan.engine.storage.guard import cells_in
from gigaplan.engine.storage.load import FileStamp, StoredPlan, open_plan, read_history, read_plan
from gigaplan.engine.storage.migrations import OLDEST, STEPS, layout_of, migrated
from gigaplan.engine.storage.salvage.repair_file import salvage
from gigaplan.engine.storage.save import SaveError, SaveFailed, save_plan
from tests.engine.plans import plan_of
from tests.engine.storage_samples import names_in, plans, saved, tamper

DATA = Path(__file__).parents[1] / "data"
NOWHERE = FileStamp(0, 0, 0, 0)
OLDER = range(OLDEST, VERSION)
KEPT = "plan.gigaplan.v1.bak"


def older_file(folder: Path, version: int = 1) -> Path:
    """The real file of an older format, as a person has it."""
    return Path(shutil.copy(DATA / f"format_{version}.gigaplan", folder / "plan.gigaplan"))


def what_it_held(version: int) -> Plan:
    """The plan in the real file of a format, written down as JSON when the file was made."""
    return decode_plan(json.loads((DATA / f"format_{version}.json").read_bytes()), half_finished=True)


def save_over(path: Path, stored: StoredPlan, name: str = "newer") -> StoredPlan:
    plan = with_settings(stored.plan, name=name)
    return save_plan(plan, path, expected=stored.stamp, uuid=stored.uuid, revision=stored.revision + 1)


def run(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, str, str]:
    code = main.main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def as_format_1(plan: Plan) -> bytes:
    """The bytes of a file of format 1: every series is JSON text, and supply is by the period."""
    layout = layout_of(1)
    tables: list[tuple[str, list[list[Any]]]] = []
    months = plan.settings.months_per_period
    for table, columns in layout.columns.items():
        rows = []
        for row in (plan.settings,) if table == "plan" else getattr(plan, table):
            cells = dict(zip(columns_of(type(row)), cells_of(row), strict=True))
            if table == "offers":
                supply = row.supply_chips_per_month
                supply = None if supply is None else mapped(supply, lambda chips: chips * months)
                cells["supply_chips"] = cell_of(field_of(Offer, "supply_chips_per_month"), supply)
            series = {name for name in columns if layout_of(2).columns[table][name][0] == "ANY"}
            rows.append([
                msgspec.json.encode(cells[name]).decode() if name in series and isinstance(cells[name], float)
                else cells[name] for name in columns
            ])  # fmt: skip
        tables.append((table, rows))
    meta = [["revision", "1"], ["saved_at", "2026-11-22T12:00:00+00:00"], ["saved_by", "0.1.0"],
            ["uuid", "6f2b1d6e-9a51-4c0e-8f0e-0d6b3c1f7a11"]]  # fmt: skip
    meta.insert(0, ["content_hash", content_hash([("meta", meta), *tables])])
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        for pragma in (f"page_size={PAGE_SIZE}", f"application_id={APPLICATION_ID}", "user_version=1"):
            database.execute(f"PRAGMA {pragma}")
        for sql in layout.statements:
            database.execute(sql)
        database.executemany("INSERT INTO meta VALUES (?, ?)", meta)
        for table, rows in tables:
            for k, row in enumerate(rows):
                database.execute(f'INSERT INTO "{table}" VALUES (?{", ?" * len(row)})', [k, *row])
        return database.serialize()


def of_edition_1(plan: Plan) -> Plan:
    """The plan with what edition 1 had: all else at its default, and a supply that can be told by the period."""
    columns = layout_of(1).columns
    kept = {"supply_chips_per_month", "from_", "until"}

    def edited(table: str, row: Any) -> Any:
        new = {f.name: f.default for f in fields(type(row)) if f.name not in columns[table] and f.name not in kept}
        if table == "offers" and isinstance(row.supply_chips_per_month, Steps):
            new["supply_chips_per_month"] = None
        return msgspec.structs.replace(row, **new)

    def scenario(row: Any) -> Any:
        plain = tuple(msgspec.structs.replace(o, from_=None, until=None) for o in row.overrides)
        return msgspec.structs.replace(row, overrides=plain)

    tables = {t: tuple(edited(t, row) for row in getattr(plan, t)) if t in columns else () for t in ROW_TYPES}
    tables["scenarios"] = tuple(map(scenario, tables["scenarios"]))
    settings = edited("plan", plan.settings)
    settings = msgspec.structs.replace(settings, months_per_period=2 ** (plan.settings.months_per_period % 4))
    return msgspec.structs.replace(plan, settings=settings, **tables)


# Opening


@pytest.mark.parametrize("version", range(OLDEST, VERSION + 1))
def test_the_real_file_of_every_format_opens_as_it_was(version: int, tmp_path: Path) -> None:
    path = older_file(tmp_path, version)
    before = path.read_bytes()
    stored = open_plan(path)
    assert repr(stored.plan) == repr(what_it_held(version)), (
        f"Where no Gigaplan with format {version} was released yet, make its file anew; otherwise it must open."
    )
    assert (stored.version, stored.revision, stored.warnings) == (version, 3, ())
    assert [earlier.plan().settings.name for earlier in stored.history] == ["second", "first"]
    assert read_history(path)[0] == stored.history
    assert path.read_bytes() == before
    assert names_in(tmp_path) == {"plan.gigaplan"}


@pytest.mark.parametrize("version", OLDER)
def test_the_tables_of_an_older_format_stand_as_its_files_hold_them(version: int) -> None:
    with contextlib.closing(sqlite3.connect(f"file:{DATA / f'format_{version}.gigaplan'}?mode=ro", uri=True)) as there:
        assert there.execute("PRAGMA user_version").fetchone() == (version,)
        found = tuple(sql for (sql,) in there.execute("SELECT sql FROM sqlite_schema ORDER BY rowid"))
    assert layout_of(version).statements == found
    assert set(STEPS) == set(OLDER)


@settings(max_examples=10)
@given(plans().map(of_edition_1))
def test_any_plan_in_a_file_of_format_1_comes_back_as_it_was(plan: Plan) -> None:
    assert repr(read_plan(as_format_1(plan), NOWHERE).plan) == repr(plan)
    found = salvage(as_format_1(plan))
    assert (repr(found.plan), found.found) == (repr(plan), ())


def test_a_step_changes_nothing_that_it_is_given() -> None:
    found = cells_in((DATA / "format_1.gigaplan").read_bytes())
    tables = found.tables
    before = copy.deepcopy(tables)
    made = migrated(1, found.columns, tables)
    assert tables == before
    assert made["sites"][1] != tables["sites"][1]
    assert set(made) == set(TABLES)


def test_what_was_wrong_with_format_1(tmp_path: Path) -> None:
    """A tool that asked it for the dearest offer got another one; of the file that is made of it, it gets the right."""
    path = tmp_path / "plan.gigaplan"
    path.write_bytes(as_format_1(plan_of(offers=[{"id": "a", "price_usd": 9.0}, {"id": "b", "price_usd": 100.0}])))
    dearest = "SELECT id FROM offers ORDER BY price_usd DESC LIMIT 1"
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute(dearest).fetchone() == ("a",)
    save_over(path, open_plan(path))
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute(dearest).fetchone() == ("b",)


ODD = [
    ("[1.0, -1.0]", "sites[0].power_mw[1]: must be 0 or more"),
    ("-1.0", "sites[0].power_mw: must be 0 or more"),
    ("1e999", "sites[0].power_mw: is not JSON"),
    ("1" + "0" * 400, "sites[0].power_mw: is"),
    ("true", "sites[0].power_mw: must be a number"),
    ('"12"', "sites[0].power_mw: must be a number"),
    ("[" * 10_000, "sites[0].power_mw: is not JSON"),
    ("", "sites[0].power_mw: is not JSON"),
]


@pytest.mark.parametrize(("text", "words"), ODD)
def test_a_value_that_no_field_takes_is_refused_in_an_older_file_too(tmp_path: Path, text: str, words: str) -> None:
    path = older_file(tmp_path)
    tamper(path, f"UPDATE sites SET power_mw = '{text}' WHERE position = 0")
    with pytest.raises(PlanError) as caught:
        open_plan(path)
    assert words in str(caught.value)
    assert "checksum" not in str(caught.value)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("CREATE VIEW spy AS SELECT * FROM plan", "spy: is a view that no Gigaplan file has"),
        ("ALTER TABLE sites ADD COLUMN note TEXT", "sites: is not the table that Gigaplan makes"),
        ("DROP TABLE history", "history: is missing"),
        ("PRAGMA user_version = 2", "is not the table that Gigaplan makes"),
        ("PRAGMA user_version = 0", "format 0, which no Gigaplan wrote"),
        ("UPDATE sites SET pue = 1.9", "does not match its checksum"),
    ],
)
def test_an_older_file_that_was_tampered_with_is_refused(tmp_path: Path, statement: str, words: str) -> None:
    path = older_file(tmp_path)
    tamper(path, statement, sign=False)
    with pytest.raises(PlanError) as caught:
        open_plan(path)
    assert words in str(caught.value)


def test_a_file_of_this_format_is_none_of_an_older_one(tmp_path: Path) -> None:
    path = saved(tmp_path)
    tamper(path, "PRAGMA user_version = 1", sign=False)
    with pytest.raises(PlanError, match="is not the table that Gigaplan makes"):
        open_plan(path)


def test_a_blob_is_not_taken_for_the_text_of_a_series(tmp_path: Path) -> None:
    path = saved(tmp_path)
    tamper(path, "UPDATE sites SET power_mw = x'5b315d' WHERE id = 'row-2'")
    with pytest.raises(PlanError, match=r"sites\[1\].power_mw: holds neither a number nor text"):
        open_plan(path)
    assert any("power_mw holds neither a number nor text" in str(p) for p in salvage(path.read_bytes()).found)


def test_a_mutated_older_file_is_refused_or_is_what_was_saved() -> None:
    data, chance = (DATA / "format_1.gigaplan").read_bytes(), random.Random(20261122)
    good, same = read_plan(data, NOWHERE), 0
    for _ in range(300):
        changed = bytearray(data)
        at = chance.randrange(len(data)) if chance.random() < 0.7 else chance.randrange(400)
        changed[at : at + 16] = chance.randbytes(len(changed[at : at + 16]))
        with contextlib.suppress(PlanError):
            found = read_plan(bytes(changed), NOWHERE)
            assert repr(found.plan) == repr(good.plan)
            assert all(version in good.history for version in found.history)
            same += 1
    assert 0 < same < 300


# Saving over it


def test_an_older_file_is_kept_when_it_is_first_replaced_and_only_then(tmp_path: Path) -> None:
    path = older_file(tmp_path)
    path.chmod(0o640)
    old = path.read_bytes()
    stored = open_plan(path)
    saved_once = save_over(path, stored)
    assert (saved_once.kept, saved_once.version) == (KEPT, VERSION)
    assert (tmp_path / KEPT).read_bytes() == old
    assert stat.S_IMODE((tmp_path / KEPT).stat().st_mode) == 0o640
    assert repr(open_plan(tmp_path / KEPT).plan) == repr(what_it_held(1))
    assert open_plan(path).version == VERSION
    assert [earlier.revision for earlier in open_plan(path).history] == [3, 2, 1]
    assert repr(open_plan(path).history[0].plan()) == repr(what_it_held(1))
    twice = save_over(path, saved_once, "newest")
    assert twice.kept == ""
    assert (tmp_path / KEPT).read_bytes() == old
    assert names_in(tmp_path) == {"plan.gigaplan", "plan.gigaplan.bak", KEPT}


def test_the_kept_file_never_takes_the_place_of_another(tmp_path: Path) -> None:
    path = older_file(tmp_path)
    old = path.read_bytes()
    (tmp_path / KEPT).write_bytes(b"somebody's")
    (tmp_path / "plan.gigaplan.v1.2.bak").symlink_to("nowhere")
    assert save_over(path, open_plan(path)).kept == "plan.gigaplan.v1.3.bak"
    assert (tmp_path / KEPT).read_bytes() == b"somebody's"
    assert (tmp_path / "plan.gigaplan.v1.2.bak").is_symlink()
    assert (tmp_path / "plan.gigaplan.v1.3.bak").read_bytes() == old
    path.write_bytes(old)  # it is put back, and saved again: it is kept already
    assert save_over(path, open_plan(path)).kept == "plan.gigaplan.v1.3.bak"
    assert len(names_in(tmp_path)) == 5


def test_another_plan_saved_over_an_older_file_keeps_it_too(tmp_path: Path) -> None:
    path = older_file(tmp_path)
    old = path.read_bytes()
    save_plan(plan_of(), path, expected=None, uuid=None, revision=1)
    assert (tmp_path / KEPT).read_bytes() == old


@pytest.mark.parametrize(
    ("call", "which"), [("fsync", 1), ("fsync", 2), ("fsync", 3), ("link", 0), ("replace", 1), ("rename", 0)]
)
def test_a_step_that_fails_leaves_the_older_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, which: int
) -> None:
    """`which` is the call that fails, 0 for each: of the new file, of the copy, of the folder that has the copy."""
    path = older_file(tmp_path)
    old, stored = path.read_bytes(), open_plan(path)
    real, calls = getattr(os, call), []

    def fail(*arguments: Any) -> Any:
        calls.append(arguments)
        if which in (0, len(calls)):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        if call in ("link", "rename"):  # a disk without hard links: the file is copied, and the copy renamed
            save_over(path, stored)
        else:
            with pytest.raises(SaveFailed, match="was not saved"):
                save_over(path, stored)
            assert path.read_bytes() == old
    assert names_in(tmp_path) <= {"plan.gigaplan", "plan.gigaplan.bak", KEPT}
    if path.read_bytes() == old:
        save_over(path, stored)
    assert (tmp_path / KEPT).read_bytes() == old
    assert open_plan(path).plan.settings.name == "newer"


def test_an_older_file_that_changed_outside_is_neither_replaced_nor_copied(tmp_path: Path) -> None:
    path = older_file(tmp_path)
    stored = open_plan(path)
    os.utime(path, ns=(1, 1))
    with pytest.raises(SaveError, match="changed by another program"):
        save_over(path, stored)
    assert names_in(tmp_path) == {"plan.gigaplan"}


# Repair and the command line


def test_what_can_be_saved_of_a_damaged_older_file_is_saved(tmp_path: Path) -> None:
    path = older_file(tmp_path)
    tamper(path, "UPDATE platforms SET power_w = -1 WHERE position = 1", sign=False)
    found = salvage(path.read_bytes())
    whole = what_it_held(1)
    assert found.plan.platforms == whole.platforms[:1]
    assert all(getattr(found.plan, table) == getattr(whole, table) for table in ROW_TYPES if table != "platforms")
    assert (found.revision, len(found.history)) == (4, 2)
    assert [str(p) for p in found.found if "head" in str(p)] == []
    data = bytearray(path.read_bytes())
    data[60:64] = b"\0\0\0\2"  # a head that names another format than that of the tables
    again = salvage(bytes(data))
    assert again.plan == found.plan
    assert any("the head of the file is damaged" in str(p) for p in again.found)


@pytest.mark.parametrize("at", range(4096, 65536, 4096))
def test_a_wiped_page_of_an_older_file_costs_no_more_than_its_rows(at: int) -> None:
    data, whole = (DATA / "format_1.gigaplan").read_bytes(), what_it_held(1)
    found = salvage(data[:at] + bytes(4096) + data[at + 4096 :])
    for table in ROW_TYPES:
        for row in getattr(found.plan, table):
            if table == "scenarios" and found.plan.settings.start != whole.settings.start:
                row = msgspec.structs.replace(row, overrides=find(whole, table, row.id).overrides)  # dates are lost
            assert row in getattr(whole, table), table
    assert found.kept >= 16
    assert found.found


def test_the_command_line_knows_older_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "plan.gigaplan"
    path.write_bytes(as_format_1(plan_of()))
    old = path.read_bytes()
    assert run(capsys, "check", path) == (0, f"{path}: format 1 of an older Gigaplan (today's is 3), no errors\n", "")
    assert run(capsys, "export", path, "-o", tmp_path / "plan.json")[0] == 0
    assert run(capsys, "repair", path, "-o", tmp_path / "repaired.gigaplan")[0] == 0
    assert open_plan(tmp_path / "repaired.gigaplan").plan == plan_of()
    assert path.read_bytes() == old
    path = older_file(tmp_path)
    old = path.read_bytes()
    code, said, _ = run(capsys, "history", path)
    assert (code, [line.split()[0] for line in said.splitlines()[1:]]) == (0, ["3", "2", "1"])
    code, said, _ = run(capsys, "history", path, "--restore", 1, "-o", path, "--force")
    assert (code, said) == (
        0, f"wrote {path}: the plan as it was in revision 1; the file of an older Gigaplan is kept as {KEPT}\n"
    )  # fmt: skip
    assert open_plan(path).plan == with_settings(what_it_held(1), name="first")
    assert (tmp_path / KEPT).read_bytes() == old


def test_a_newer_file_is_refused_named_and_untouched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path)
    tamper(path, f"PRAGMA user_version = {VERSION + 1}", "DROP TABLE ports", sign=False)
    before = path.read_bytes(), path.stat().st_mtime_ns
    repair = ("repair", path, "-o", tmp_path / "new.gigaplan")
    for command in (("check", path), ("solve", path), ("history", path), repair):
        code, said, complaint = run(capsys, *command)
        assert (code, said) == (2, ""), command
        assert f"made by a newer Gigaplan (format {VERSION + 1})" in complaint
        assert "Update Gigaplan to open it." in complaint
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert names_in(tmp_path) == {"plan.gigaplan"}
