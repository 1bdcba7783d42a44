"""Damaged files: what can be saved of them is saved and named, and the damaged file stays as it is."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from plans import plan_of
from storage_samples import full_plan, names_in, plans, saved, tamper

from engine import cli
from engine.plan import Plan, with_settings
from engine.problems import PlanError
from engine.schema import ROW_TYPES, Port, Settings, Site
from engine.storage.format import TABLES
from engine.storage.history import Version
from engine.storage.load import FileStamp, open_plan, read_plan
from engine.storage.repair_file import STAND_INS, Salvage, salvage
from engine.storage.save import database_of, save_plan

UUID = "6f2b1d6e-9a51-4c0e-8f0e-0d6b3c1f7a11"
NOWHERE = FileStamp(0, 0, 0, 0)
PAGE = 4096
DOUBT = "figures may have been changed"


def texts(found: Salvage) -> list[str]:
    return [f"{p.severity} {p}" for p in found.found]


def from_file(path: Path) -> Salvage:
    """What is saved of a file that does not open; the file stays as it was, and what is saved opens."""
    before = path.read_bytes()
    with pytest.raises(PlanError):
        open_plan(path)
    found = salvage(before)
    assert_opens(found)
    assert path.read_bytes() == before
    return found


def assert_opens(found: Salvage) -> None:
    data = database_of(found.plan, found.uuid or UUID, found.revision, found.history)
    stored = read_plan(data, NOWHERE)
    assert (stored.plan, stored.history, stored.warnings) == (found.plan, found.history, ())


def wide_plan(rows: int) -> Plan:
    """A plan whose tables take several pages, with inner pages above them and rows that overflow to others."""
    series = tuple(k / 7 for k in range(300))
    sites = tuple(
        Site(id=f"s{k}", name="n" * 300, jurisdiction="US", power_mw=series if k % 10 == 0 else 5.0, pue=1.5,
             electricity_usd_per_mwh=float(k))
        for k in range(rows)
    )  # fmt: skip
    ports = tuple(Port(workload=f"w{k}", stack="x" * 200, cost_usd=float(k)) for k in range(rows))
    return Plan(settings=Settings(name="wide", start="2026-01", periods=300), sites=sites, ports=ports)


@pytest.mark.parametrize("make", [full_plan, lambda: wide_plan(200), lambda: plan_of()])
def test_a_sound_file_is_saved_whole_and_without_a_word(make: Callable[[], Plan]) -> None:
    plan = make()
    version = Version(revision=3, saved_at="2026", saved_by="x", packed=b"")
    found = salvage(database_of(plan, UUID, 7))
    assert found.plan == plan
    assert repr(found.plan) == repr(plan)
    assert (found.found, found.uuid, found.revision, found.history) == ((), UUID, 8, ())
    found = salvage(database_of(plan, UUID, 7, (version,)))  # it cannot be unpacked
    assert found.plan == plan
    assert texts(found) == ["error history[3]: cannot be unpacked: it is cut short: it is left out."]


@settings(max_examples=60)
@given(plans())
def test_any_sound_plan_is_saved_whole(plan: Plan) -> None:
    found = salvage(database_of(plan, UUID, 1))
    assert (repr(found.plan), found.found) == (repr(plan), ())


FIELDS = [
    ("UPDATE platforms SET power_w = 'lots' WHERE id = 'row-2'", "platforms", 1,
     "error platforms[1]: is left out: power_w holds a non-REAL value."),
    ("UPDATE platforms SET power_w = -1 WHERE id = 'row-2'", "platforms", 1,
     "error platforms[1]: is left out: power_w must be 0 or more; it is -1"),
    ("UPDATE platforms SET power_w = 9e999 WHERE id = 'row-2'", "platforms", 1,
     "error platforms[1]: is left out: power_w must be a finite"),
    ("UPDATE sites SET id = 'row-1'", "sites", 1, 'error sites[1]: is left out: another row is called "row-1" already'),
    ("UPDATE sites SET id = 'Row 2' WHERE id = 'row-2'", "sites", 1, "error sites[1]: is left out: id is"),
    ("UPDATE sites SET name = CAST(x'41ff' AS TEXT) WHERE id = 'row-2'", "sites", 1,
     "error sites[1]: is left out: name is not UTF-8 text"),
    ("UPDATE sites SET electricity_usd_per_mwh = '[1.0, NaN]' WHERE id = 'row-2'", "sites", 1,
     "error sites[1]: is left out: electricity_usd_per_mwh is not JSON"),
    ("DELETE FROM sites WHERE id = 'row-1'", "sites", 1, "error sites: row 1 is gone."),
    ("DELETE FROM workloads", "workloads", 0, f"warning the check sum does not fit: {DOUBT}."),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "table", "left", "words"), FIELDS)
def test_a_row_that_cannot_do_without_what_is_unfit_is_left_out_alone(
    tmp_path: Path, statement: str, table: str, left: int, words: str
) -> None:
    path = saved(tmp_path)
    tamper(path, statement, loose=table, sign=False)
    found = from_file(path)
    assert any(text.startswith(words) for text in texts(found)), texts(found)
    assert any(DOUBT in text for text in texts(found))
    plan = full_plan()
    rows = getattr(found.plan, table)
    assert len(rows) == left
    assert all(row in getattr(plan, table) for row in rows)
    assert found.kept == 18 + left
    for other in set(ROW_TYPES) - {table}:
        assert getattr(found.plan, other) == getattr(plan, other)
    assert found.plan.settings == plan.settings


def test_a_field_with_a_default_takes_it_and_is_named(tmp_path: Path) -> None:
    path = saved(tmp_path)
    tamper(
        path,
        "UPDATE sites SET water_l_per_kwh = -1, name = 'kept' WHERE id = 'row-2'",
        "UPDATE plan SET notes = CAST(x'ff' AS TEXT)",
        sign=False,
    )
    found = from_file(path)
    site = found.plan.sites[1]
    assert (site.water_l_per_kwh, site.name) == (Site.__struct_defaults__[water_default()], "kept")
    assert msgspec.structs.replace(site, water_l_per_kwh=0, name="") == msgspec.structs.replace(
        full_plan().sites[1], water_l_per_kwh=0, name=""
    )
    assert found.plan.settings == msgspec.structs.replace(full_plan().settings, notes="")
    (first, second, third) = found.found
    assert (first.table, first.field, second.table, second.row, second.field) == (
        "plan", "notes", "sites", "row-2", "water_l_per_kwh",
    )  # fmt: skip
    assert first.text == 'is not UTF-8 text: its default stands in its place ("")'
    assert second.text.startswith("must be 0 or more; it is -1: its default stands in its place (")
    assert DOUBT in third.text


def water_default() -> int:
    names = [f.name for f in msgspec.structs.fields(Site) if not f.required]
    return names.index("water_l_per_kwh")


def test_of_a_list_of_rows_inside_a_row_the_sound_ones_are_kept(tmp_path: Path) -> None:
    path = saved(tmp_path)
    lots = '[{"site":"a","chips":5,"months_left":3},{"site":"b","chips":-5,"months_left":3}]'
    tamper(path, f"UPDATE offers SET installed = '{lots}' WHERE id = 'row-1'", sign=False)
    found = from_file(path)
    assert [(lot.site, lot.chips) for lot in found.plan.offers[0].installed] == [("a", 5.0)]
    assert texts(found)[0] == (
        "warning offers[0].installed[1].chips: must be 0 or more; it is -5: 1 of 2 rows inside it are kept."
    )


@pytest.mark.parametrize("statement", ["DELETE FROM plan", "UPDATE plan SET start = 'soon', periods = 0, name = x'00'"])
def test_settings_that_are_lost_are_stood_in_for_and_named_as_lost(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "plan.gigaplan"
    save_plan(wide_plan(20), path, expected=None, uuid=None, revision=1)
    tamper(path, statement, loose="plan" if "name" in statement else "", sign=False)
    found = from_file(path)
    s = found.plan.settings
    assert (s.name, s.start, s.periods) == (STAND_INS["name"], STAND_INS["start"], 300)  # as long as the series
    assert found.plan.sites == wide_plan(20).sites
    lost = [p.field for p in found.found if p.severity == "error" and "set it before you use any figure" in p.text]
    assert lost == ["name", "start", "periods"]


def test_wrong_sums_are_named_and_their_figures_kept(tmp_path: Path) -> None:
    path = saved(tmp_path)
    tamper(path, "UPDATE sites SET pue = 1.75 WHERE id = 'row-2'", sign=False)
    found = from_file(path)
    assert texts(found) == [f"warning the check sum does not fit: {DOUBT}."]
    assert found.plan.sites[1].pue == 1.75


def test_entries_of_meta_that_are_lost_are_made_anew(tmp_path: Path) -> None:
    path = saved(tmp_path)
    tamper(path, "DELETE FROM meta WHERE key = 'uuid'", "UPDATE meta SET value = '-1' WHERE key = 'revision'")
    found = from_file(path)
    assert found.plan == full_plan()
    assert (found.uuid, found.revision) == (None, 1)
    assert {p.path for p in found.found} == {"meta.uuid", "meta.revision"}


SCHEMAS = [
    ("CREATE VIEW spy AS SELECT * FROM plan", "error spy: is a view that no Gigaplan file has: it is left out."),
    ("CREATE TRIGGER bomb AFTER INSERT ON plan BEGIN DELETE FROM sites; END", "error bomb: is a trigger that no"),
    ("CREATE TABLE extra (x)", "error extra: is a table that no Gigaplan file has"),
    ("CREATE INDEX liar ON sites(name)", "error liar: is an index that no"),
    ("DELETE FROM sqlite_schema WHERE name = 'sites'", "warning sites: 2 rows on a loose page"),
    ("UPDATE sqlite_schema SET rootpage = 9999 WHERE name = 'sites'", "warning sites: 2 rows on a loose page"),
    ("UPDATE sqlite_schema SET sql = 'rubbish' WHERE name = 'sites'", ""),
    ("PRAGMA user_version = 123456789", "warning the head of the file is damaged"),
    ("PRAGMA application_id = 1", "warning the head of the file is damaged"),
]


@pytest.mark.parametrize(("statement", "words"), SCHEMAS)
def test_every_row_is_saved_from_a_file_whose_tables_are_in_disorder(
    tmp_path: Path, statement: str, words: str
) -> None:
    path = saved(tmp_path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA writable_schema=ON")
        database.execute(statement)
    found = from_file(path)
    assert found.plan == full_plan()
    assert any(words.replace("an index", "a index") in text for text in texts(found)) or not words


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a Gigaplan file"),
        (b"PK\3\4" * 5000, "not a Gigaplan file"),
        (bytes(100_000), "not a Gigaplan file"),
        (b"SQLite format 3\0" + bytes(90_000), "holds no row of a plan"),
    ],
)
def test_what_never_was_a_plan_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(PlanError, match=words):
        salvage(data)


def test_files_of_other_programs_and_of_newer_formats_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    tamper(path, "CREATE TABLE chips (x)", "DROP TABLE ports", "PRAGMA user_version = 3", sign=False)
    with pytest.raises(PlanError, match=r"made by a newer Gigaplan \(format 3\)"):
        salvage(path.read_bytes())
    other = tmp_path / "other.db"
    with contextlib.closing(sqlite3.connect(other, isolation_level=None)) as database:
        database.execute("CREATE TABLE songs (name)")
        database.execute("INSERT INTO songs VALUES ('x')")
    with pytest.raises(PlanError, match="a database of another program"):
        salvage(other.read_bytes())


@pytest.mark.parametrize("make", [full_plan, lambda: wide_plan(60)])
def test_a_file_that_is_cut_gives_up_more_the_longer_it_is(make: Callable[[], Plan]) -> None:
    plan = make()
    data = database_of(plan, UUID, 1)
    kept = []
    for length in range(0, len(data), PAGE):
        for cut in (length, length + PAGE // 2):
            try:
                found = salvage(data[:cut])
            except PlanError:
                kept.append(0)
                continue
            for table in ROW_TYPES:
                assert all(row in getattr(plan, table) for row in getattr(found.plan, table)), (cut, table)
            assert_opens(found)
            assert found.found, cut
            kept.append(found.kept)
    total = sum(len(getattr(plan, table)) for table in ROW_TYPES)
    assert kept == sorted(kept)
    assert kept[-1] >= total - 20  # half a page is gone
    assert kept[len(kept) * 3 // 4] >= total // 5


@pytest.mark.parametrize(("make", "most"), [(full_plan, 4), (lambda: wide_plan(60), 20)])
def test_a_page_that_is_wiped_costs_no_more_than_its_own_rows(make: Callable[[], Plan], most: int) -> None:
    plan = make()
    data = database_of(plan, UUID, 1)
    total = sum(len(getattr(plan, table)) for table in ROW_TYPES)
    for at in range(0, len(data), PAGE):
        for junk in (bytes(PAGE), random.Random(at).randbytes(PAGE)):
            found = salvage(data[:at] + junk + data[at + PAGE :])
            for table in ROW_TYPES:
                assert all(row in getattr(plan, table) for row in getattr(found.plan, table)), (at, table)
            assert found.kept >= total - most, (at, found.kept)
            assert found.found or at == len(data) - PAGE  # the last page holds the empty history
            assert_opens(found)


def test_damaged_bytes_never_stop_the_repair(tmp_path: Path) -> None:
    data, chance, whole = database_of(full_plan(), UUID, 1), random.Random(20260102), 0
    slowest = 0.0
    for _ in range(400):
        result = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(result)) if chance.random() < 0.7 else chance.randrange(400)
            length = chance.choice((1, 16, 64, 512))
            result[at : at + length] = chance.randbytes(len(result[at : at + length]))
        began = time.monotonic()
        try:
            found = salvage(bytes(result))
        except PlanError:
            continue
        slowest = max(slowest, time.monotonic() - began)
        assert_opens(found)
        whole += found.plan == full_plan()
        if not found.found:
            # No word of doubt: then it is what was saved.
            assert found.plan == full_plan()
    assert 40 < whole < 400
    assert slowest < 5


def test_a_hostile_file_of_a_great_many_pages_comes_to_an_end() -> None:
    """Trees that go in circles, and 60 MB of loose pages full of rows."""
    data = database_of(wide_plan(200), UUID, 1)
    leaf = next(data[at : at + PAGE] for at in range(PAGE, len(data), PAGE) if data[at] == 0x0D and data[at + 4] > 10)
    circle = b"\x05" + bytes(2) + b"\1\0" + bytes(7) + b"\x0f\0" + bytes(PAGE - 14)
    began = time.monotonic()
    found = salvage(data.replace(leaf, circle) + (circle + leaf) * 8_000)
    assert time.monotonic() - began < 10
    assert_opens(found)
    assert any("is left out" in text for text in texts(found))


def test_a_history_is_saved_as_far_as_it_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "plan.gigaplan"
    stored = save_plan(with_settings(full_plan(), name="1"), path, expected=None, uuid=None, revision=1)
    for k in range(2, 6):
        plan = with_settings(full_plan(), name=str(k))
        stored = save_plan(plan, path, expected=stored.stamp, uuid=stored.uuid, revision=k)
    tamper(
        path,
        "UPDATE sites SET pue = 0.5 WHERE id = 'row-2'",
        "UPDATE history SET plan = zeroblob(40) WHERE revision = 3",
        sign=False,
    )
    found = from_file(path)
    assert [v.revision for v in found.history] == [4, 2, 1]
    assert (found.revision, found.uuid) == (6, stored.uuid)
    assert any("history[3]: does not match its check sum" in text for text in texts(found))


def run(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, str, str]:
    code = cli.main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_repair_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = saved(tmp_path, plan_of()), tmp_path / "new.gigaplan"
    tamper(path, "UPDATE platforms SET power_w = 'lots'", loose="platforms", sign=False)
    before = path.read_bytes()
    code, said, complaint = run(capsys, "repair", path, "-o", out)
    assert (code, said) == (0, f"wrote {out}: 3 rows saved, 1 thing lost or left out, 1 warning\n")
    assert complaint.splitlines() == [
        "platforms[0]: is left out: power_w holds a non-REAL value.",
        "warning: the check sum does not fit: figures may have been changed.",
    ]
    assert path.read_bytes() == before
    assert open_plan(out).plan == msgspec.structs.replace(plan_of(), platforms=())
    assert names_in(tmp_path) == {"plan.gigaplan", "new.gigaplan"}
    good = out.read_bytes()
    assert run(capsys, "repair", path, "-o", out)[0] == 2
    assert out.read_bytes() == good
    assert run(capsys, "repair", path, "-o", out, "--force")[0] == 0
    code, _, complaint = run(capsys, "repair", path, "-o", path, "--force")
    assert (code, "never written to" in complaint) == (2, True)
    assert path.read_bytes() == before
    json = tmp_path / "plan.json"
    json.write_text("{}")
    assert run(capsys, "repair", json, "-o", tmp_path / "x.gigaplan")[0] == 2
    assert not (tmp_path / "x.gigaplan").exists()


DAMAGE: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("cut", lambda data: data[:-PAGE], "cut short"),
    ("newer", lambda data: data[:60] + b"\0\0\0\3" + data[64:], "made by a newer Gigaplan (format 3)"),
    ("other", lambda data: data[:68] + b"\0\0\0\2" + data[72:], "a database of another program"),
    ("no database", lambda data: b"x" * 5000, "This is not a Gigaplan file"),
    ("wiped", lambda data: data[:PAGE] + bytes(len(data) - PAGE), "The file is damaged"),
    ("changed", lambda data: data.replace(b"Here", b"Hear"), "does not match its check sum"),
]


@pytest.mark.parametrize(("damage", "words"), [(d, w) for _, d, w in DAMAGE], ids=[name for name, _, _ in DAMAGE])
def test_check_names_what_is_wrong_with_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[bytes], bytes], words: str
) -> None:
    path = saved(tmp_path, plan_of())
    path.write_bytes(damage(path.read_bytes()))
    code, said, complaint = run(capsys, "check", path)
    assert (code, said) == (2, "")
    assert words in complaint
    assert complaint.splitlines()[-1] == f"{path}: {len(complaint.splitlines()) - 1} " + (
        "error" if len(complaint.splitlines()) == 2 else "errors"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "it is not JSON"),
        ('{"format": "gigaplan/9"}', "newer Gigaplan"),
        ('{"format": "gigaplan/1", "plan": {"name": 3}}', "plan.name: must be text"),
        ("\udcff", "not text in UTF-8"),
    ],
)
def test_check_names_what_is_wrong_with_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    code, said, complaint = run(capsys, "check", path)
    assert (code, said) == (2, "")
    assert words in complaint


def test_check_counts_errors_and_warnings_of_a_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, plan_of())
    assert run(capsys, "check", path) == (0, f"{path}: format 2, no errors\n", "")
    path = saved(tmp_path, plan_of(workloads=[]))
    code, said, complaint = run(capsys, "check", path)
    assert (code, said) == (0, f"{path}: format 2, no errors, 1 warning\n")
    assert complaint.startswith("warning: workloads: there are no workloads")
    path = saved(tmp_path, plan_of(workloads=[], offers=[{"platform": "none"}]))
    code, said, complaint = run(capsys, "check", path)
    assert (code, said) == (2, "")
    assert complaint.endswith(f"{path}: 1 error, 1 warning\n")
    assert set(TABLES) == {"plan", *ROW_TYPES}
