"""Files with unfit rows: what can be saved is saved and named, and the damaged file stays as it is."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings

from gigaplan.engine.plan.decode import encode_plan
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import ROW_TYPES, Override, Scenario, Site
from gigaplan.engine.storage.history import Version
from gigaplan.engine.storage.salvage.repair_file import STAND_INS, salvage
from gigaplan.engine.storage.save import database_of, save_plan
from tests.engine.plans import plan_of
from tests.engine.salvaging import DOUBT, UUID, from_file, texts, wide_plan
from tests.engine.storage_samples import full_plan, plans, saved, tamper


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
    assert texts(found) == ["error history[3]: cannot be unpacked: it is truncated: it is left out."]


@settings(max_examples=10)
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
    ("DELETE FROM workloads", "workloads", 0, f"warning the checksum does not match: {DOUBT}."),
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
    assert found.kept == sum(len(getattr(plan, other)) for other in ROW_TYPES if other != table) + left
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
    assert first.text == 'is not UTF-8 text: its default is used instead ("")'
    assert second.text.startswith("must be 0 or more; it is -1: its default is used instead (")
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
    assert texts(found) == [f"warning the checksum does not match: {DOUBT}."]
    assert found.plan.sites[1].pue == 1.75


def test_entries_of_meta_that_are_lost_are_made_anew(tmp_path: Path) -> None:
    path = saved(tmp_path)
    tamper(path, "DELETE FROM meta WHERE key = 'uuid'", "UPDATE meta SET value = '-1' WHERE key = 'revision'")
    found = from_file(path)
    assert found.plan == full_plan()
    assert (found.uuid, found.revision) == (None, 1)
    assert {p.path for p in found.found} == {"meta.uuid", "meta.revision"}


@pytest.mark.parametrize("kind", ["sites", "nested"])
def test_earlier_saves_take_as_long_as_they_are_large(kind: str) -> None:
    def seconds(count: int) -> float:
        if kind == "sites":
            plan = wide_plan(count)
        else:
            value: object = (1.0,) * 8000
            move = Override(table="sites", row="s0", field="power_mw", op="set", value=(value,) * (count // 100))
            plan = msgspec.structs.replace(wide_plan(1), scenarios=(Scenario(id="deep", name="D", overrides=(move,)),))
        packed = zlib.compress(msgspec.json.encode(encode_plan(plan)), 9)
        versions = tuple(Version(revision=k, saved_at="2026", saved_by="x", packed=packed) for k in range(1, 11))
        data = database_of(wide_plan(1), UUID, 99, versions)
        began = time.process_time()
        assert len(salvage(data).history) == 10
        return time.process_time() - began

    seconds(100)
    small, large = seconds(100), seconds(800)
    assert large < 24 * small, "eight times as much"
