"""Files with damaged pages and tables: every row that is still there is found."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gigaplan.engine.plan.plan import Plan, with_settings
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import ROW_TYPES
from gigaplan.engine.storage.salvage.repair_file import salvage
from gigaplan.engine.storage.save import database_of, save_plan
from tests.engine.salvaging import PAGE, UUID, assert_opens, from_file, texts, wide_plan
from tests.engine.storage_samples import full_plan, saved, tamper
from tests.timing import seconds

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
        (b"", "The file is empty"),
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
    tamper(path, "CREATE TABLE chips (x)", "DROP TABLE ports", "PRAGMA user_version = 4", sign=False)
    with pytest.raises(PlanError, match=r"made by a newer Gigaplan \(format 4\)"):
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
    slowest, plain = 0.0, min(seconds(lambda: salvage(data)) for _ in range(5))
    for _ in range(120):
        result = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(result)) if chance.random() < 0.7 else chance.randrange(400)
            length = chance.choice((1, 16, 64, 512))
            result[at : at + length] = chance.randbytes(len(result[at : at + length]))
        began = time.thread_time()
        try:
            found = salvage(bytes(result))
        except PlanError:
            continue
        slowest = max(slowest, time.thread_time() - began)
        assert_opens(found)
        whole += found.plan == full_plan()
        if not found.found:
            # No word of doubt: then it is what was saved.
            assert found.plan == full_plan()
    assert 12 < whole < 120
    assert slowest < 100 * plain


def test_a_hostile_file_of_a_great_many_pages_comes_to_an_end() -> None:
    """Trees that go in circles, and 60 MB of loose pages full of rows."""
    data = database_of(wide_plan(200), UUID, 1)
    plain = min(seconds(lambda: salvage(data)) for _ in range(5))
    leaf = next(data[at : at + PAGE] for at in range(PAGE, len(data), PAGE) if data[at] == 0x0D and data[at + 4] > 10)
    circle = b"\x05" + bytes(2) + b"\1\0" + bytes(7) + b"\x0f\0" + bytes(PAGE - 14)
    hostile = data.replace(leaf, circle) + (circle + leaf) * 8_000
    began = time.thread_time()
    found = salvage(hostile)
    assert time.thread_time() - began < 10 * plain * len(hostile) / len(data)
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
    assert any("history[3]: does not match its checksum" in text for text in texts(found))
