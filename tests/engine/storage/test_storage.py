"""The plan file: what is saved comes back exactly, and any SQLite tool can read it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings

from gigaplan.engine import __version__
from gigaplan.engine.plan.fields import Growth, fields
from gigaplan.engine.plan.plan import Plan, with_fields, with_settings
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import ROW_TYPES, Override, Scenario, Settings
from gigaplan.engine.storage.format import APPLICATION_ID, TABLES, VERSION, columns_in, columns_of, schema_sql
from gigaplan.engine.storage.load import FileStamp, open_plan, read_plan
from gigaplan.engine.storage.save import database_of, save_plan
from tests.engine.plans import plan_of
from tests.engine.storage_samples import EXACT, full_plan, names_in, plans, saved

PINNED = Path(__file__).parents[1] / "data" / f"storage_schema_{VERSION}.sql"
UUID = "6f2b1d6e-9a51-4c0e-8f0e-0d6b3c1f7a11"
NOWHERE = FileStamp(0, 0, 0, 0)


def test_a_plan_that_fills_every_field_comes_back_as_it_was(tmp_path: Path) -> None:
    plan = full_plan()
    kinds = {field.kind for row_type in TABLES.values() for field in fields(row_type)}
    assert kinds >= {"text", "number", "integer", "flag", "choice", "month", "series", "references", "row", "rows"}
    assert all(getattr(plan, table) for table in ROW_TYPES)
    path = tmp_path / "plan.gigaplan"
    stored = save_plan(plan, path, expected=None, uuid=UUID, revision=7)
    opened = open_plan(path)
    assert opened.plan == plan
    assert repr(opened.plan) == repr(plan)  # every digit of every number
    assert opened.plan.offers[0].price_usd == EXACT
    assert (opened.uuid, opened.revision, opened.version) == (UUID, 7, VERSION)
    assert opened.saved_by == __version__
    info = os.stat(path)
    assert opened.stamp == FileStamp(info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns)
    assert stored == opened
    assert stored.plan is plan
    assert names_in(tmp_path) == {"plan.gigaplan"}


@settings(max_examples=10)
@given(plans())
def test_any_plan_comes_back_as_it_was(plan: Plan) -> None:
    opened = read_plan(database_of(plan, UUID, 3), NOWHERE)
    assert opened.plan == plan
    assert repr(opened.plan) == repr(plan)


def test_an_empty_plan_and_a_new_uuid(tmp_path: Path) -> None:
    plan = Plan(settings=Settings(name="", start="2026-01", periods=1))
    first = save_plan(plan, tmp_path / "a.gigaplan", expected=None, uuid=None, revision=0)
    second = save_plan(plan, tmp_path / "b.gigaplan", expected=None, uuid=None, revision=0)
    assert open_plan(tmp_path / "a.gigaplan").plan == plan
    assert first.uuid != second.uuid


def test_a_half_finished_plan_is_saved(tmp_path: Path) -> None:
    """References to rows that are gone, and series of another length, are for the checks to report."""
    plan = msgspec.structs.replace(with_settings(full_plan(), periods=9), platforms=(), sites=())
    assert open_plan(saved(tmp_path, plan)).plan == plan


def test_values_of_a_scenario_come_back_in_plain_form(tmp_path: Path) -> None:
    values = (Growth(start=1.0, annual_growth=0.5), [1, 2.5], "text", None, True, {"start": 2})
    overrides = tuple(Override(table="sites", row="s", field="power_mw", op="set", value=value) for value in values)
    plan = Plan(
        settings=Settings(name="x", start="2026-01", periods=2),
        scenarios=(Scenario(id="s", name="s", overrides=overrides),),
    )
    opened = open_plan(saved(tmp_path, plan)).plan
    plain = [override.value for override in opened.scenarios[0].overrides]
    assert plain == [{"start": 1.0, "annual_growth": 0.5}, (1.0, 2.5), "text", None, True, {"start": 2.0}]


def test_any_sqlite_tool_reads_a_file(tmp_path: Path) -> None:
    path = saved(tmp_path)
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert database.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert database.execute("PRAGMA user_version").fetchone() == (VERSION,)
        strict = {row[1]: row[5] for row in database.execute("PRAGMA table_list") if not row[1].startswith("sqlite_")}
        assert strict == dict.fromkeys(("meta", *TABLES, "history"), 1)
        prices = [row[0] for row in database.execute(
            "SELECT value FROM offers, json_each(price_usd) WHERE offers.id = 'row-1' ORDER BY key"
        )]  # fmt: skip
        assert prices == list(EXACT)
        row = database.execute("SELECT typeof(power_w), power_w, position FROM platforms WHERE id = 'row-2'").fetchone()
        assert row == ("real", full_plan().platforms[1].power_w, 1)
        assert database.execute("SELECT typeof(periods), periods FROM plan").fetchone() == ("integer", 3)
        assert database.execute("SELECT supply_chips_per_month FROM offers WHERE id = 'row-2'").fetchone() == (None,)
        assert database.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone() == ("1",)


def test_a_tool_sorts_prices_as_numbers(tmp_path: Path) -> None:
    offers = (("cheap", 9.0), ("dear", 100.0), ("dearest", 30_000.0))
    plan = plan_of(offers=[{"id": id, "price_usd": price} for id, price in offers])
    with contextlib.closing(sqlite3.connect(saved(tmp_path, plan))) as database:
        names = [row[0] for row in database.execute("SELECT id FROM offers ORDER BY price_usd DESC")]
        assert names == ["dearest", "dear", "cheap"]
        assert database.execute("SELECT max(price_usd), sum(price_usd) FROM offers").fetchone() == (30_000.0, 30_109.0)


def test_the_tables_of_this_format_only_grow() -> None:
    """A file made today must open for ever: a column that is gone, or holds another type, needs a new VERSION."""
    for sql in PINNED.read_text(encoding="utf-8").removesuffix(";\n").split(";\n\n"):
        table = sql.split('"')[1]
        if table not in TABLES:
            assert sql in schema_sql()
            continue
        was, is_now = columns_in(table, sql), columns_of(TABLES[table])
        assert was
        gone = {name for name, (kind, _) in was.items() if name not in is_now or is_now[name][0] != kind}
        assert not gone, f"These columns of {table} changed: raise VERSION, and write the migration."
        stricter = {name for name, (_, may_be_null) in was.items() if may_be_null and not is_now[name][1]}
        assert not stricter, f"These columns of {table} may be NULL in files of this VERSION."
        needed = [f.name for f in fields(TABLES[table]) if f.required and f.name not in was]
        assert not needed, f"Files of this VERSION lack these columns of {table}: give each a default."


def test_what_a_unit_is_called_changes_nothing_in_a_file() -> None:
    units = {
        unit for t in TABLES.values() for f in fields(t) for unit in (f.unit if f.unit_by else {"": f.unit}).values()
    }
    assert not [unit for unit in units if "/" in unit and any(unit in sql for sql in schema_sql())]


def test_the_same_plan_makes_the_same_file_but_for_the_moment() -> None:
    first, second = database_of(full_plan(), UUID, 1), database_of(full_plan(), UUID, 1)
    if read_plan(first, NOWHERE).saved_at == read_plan(second, NOWHERE).saved_at:
        assert first == second
    assert database_of(full_plan(), UUID, 2) != first


def test_saving_over_a_file_keeps_its_mode_and_the_old_content(tmp_path: Path) -> None:
    path = saved(tmp_path)
    path.chmod(0o640)
    old = path.read_bytes()
    first = open_plan(path)
    newer = with_settings(first.plan, name="newer")
    second = save_plan(newer, path, expected=first.stamp, uuid=first.uuid, revision=2)
    backup = tmp_path / "plan.gigaplan.bak"
    assert names_in(tmp_path) == {"plan.gigaplan", "plan.gigaplan.bak"}
    assert backup.read_bytes() == old
    assert open_plan(backup).plan == first.plan
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.stat().st_nlink == backup.stat().st_nlink == 1
    third = save_plan(newer, path, expected=second.stamp, uuid=first.uuid, revision=3)
    assert (open_plan(path).revision, open_plan(backup).revision) == (3, 2)
    assert third.uuid == first.uuid
    assert names_in(tmp_path) == {"plan.gigaplan", "plan.gigaplan.bak"}


def test_a_new_file_has_the_mode_that_the_person_set(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        path = saved(tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("table", "changes", "path"),
    [
        ("platforms", {"power_w": float("nan")}, "platforms[0].power_w"),
        ("platforms", {"fp8_tflops": float("nan")}, "platforms[0].fp8_tflops"),
        ("sites", {"electricity_usd_per_mwh": (1.0, float("inf"))}, "sites[0].electricity_usd_per_mwh[1]"),
        ("sites", {"pue": 0.5}, "sites[0].pue"),
        ("sites", {"name": "half \ud800 a pair"}, "sites[0].name"),
        ("sites", {"name": "a\0b"}, "sites[0].name"),
        ("sites", {"name": 5}, "sites[0].name"),
        ("workloads", {"flexible": "yes"}, "workloads[0].flexible"),
        ("offers", {"lead_months": "12"}, "offers[0].lead_months"),
        ("offers", {"id": "row-2"}, "offers[1].id"),
    ],
)
def test_a_plan_that_no_file_may_hold_is_refused_by_path(
    tmp_path: Path, table: str, changes: dict[str, object], path: str
) -> None:
    file = saved(tmp_path)
    before = file.read_bytes()
    plan = with_fields(full_plan(), table, "row-1", **changes)
    with pytest.raises(PlanError) as caught:
        save_plan(plan, file, expected=None, uuid=None, revision=2)
    assert [problem.path for problem in caught.value.problems] == [path]
    assert file.read_bytes() == before
    assert names_in(tmp_path) == {"plan.gigaplan"}
