"""Opening damaged and hostile files: each is refused by name, or is what was saved; none crashes or hangs."""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import Port, Settings
from gigaplan.engine.storage import guard, load
from gigaplan.engine.storage.load import FileStamp, open_plan, read_plan
from tests.engine.storage_samples import full_plan, names_in, saved, tamper
from tests.timing import seconds

NOWHERE = FileStamp(0, 0, 0, 0)


def refusal(path: Path) -> str:
    """Why a file is refused; the file stays as it was."""
    before = path.read_bytes()
    with pytest.raises(PlanError) as caught:
        open_plan(path)
    assert path.read_bytes() == before
    return str(caught.value)


def test_an_untouched_file_opens_after_the_same_handling_as_a_tampered_one(tmp_path: Path) -> None:
    path = saved(tmp_path)
    tamper(path, "UPDATE sites SET pue = 1.75 WHERE id = 'row-1'", loose="sites")
    assert open_plan(path).plan.sites[0].pue == 1.75


VALUES = [
    ("UPDATE sites SET pue = 'lots' WHERE id = 'row-2'", "sites.pue: holds a non-REAL value"),
    ("UPDATE sites SET name = x'00' WHERE id = 'row-2'", "sites.name: holds a non-TEXT value"),
    ("UPDATE workloads SET flexible = 0.5 WHERE id = 'row-2'", "workloads.flexible: holds a non-INTEGER value"),
    ("UPDATE sites SET pue = 9e999 WHERE id = 'row-2'", "sites[1].pue: must be a finite number"),
    ("UPDATE sites SET power_mw = '[1.0, NaN]' WHERE id = 'row-2'", "sites[1].power_mw: is not JSON"),
    ("UPDATE sites SET power_mw = '[1.0, 1e999]' WHERE id = 'row-2'", "sites[1].power_mw: is not JSON"),
    ("UPDATE sites SET power_mw = '[1.0, null]' WHERE id = 'row-2'", "sites[1].power_mw[1]: must be a number"),
    ("UPDATE sites SET power_mw = '[1.0, -1.0]' WHERE id = 'row-2'", "sites[1].power_mw[1]: must be 0 or more"),
    ("UPDATE sites SET power_mw = '{\"start\":-1.0}' WHERE id = 'row-2'", "sites[1].power_mw.start: must be 0 or"),
    ("UPDATE sites SET power_mw = '\"much\"' WHERE id = 'row-2'", "sites[1].power_mw: must be a number"),
    (f"UPDATE sites SET power_mw = '{'[' * 10_000}' WHERE id = 'row-2'", "sites[1].power_mw: is not JSON"),
    ("UPDATE sites SET pue = 0.5 WHERE id = 'row-2'", "sites[1].pue: must be 1 or more"),
    ("UPDATE sites SET water_l_per_kwh = 1e16 WHERE id = 'row-2'", "sites[1].water_l_per_kwh: is larger than 1e+15"),
    ("UPDATE sites SET id = 'row-1'", 'sites[1].id: is "row-1", which sites[0] is called already'),
    ("UPDATE sites SET id = 'Row 2' WHERE id = 'row-2'", 'sites[1].id: is "Row 2"'),
    ("UPDATE sites SET name = CAST(x'41ff' AS TEXT) WHERE id = 'row-2'", "sites[1].name: is not UTF-8 text"),
    ("UPDATE sites SET name = CAST(x'410042' AS TEXT) WHERE id = 'row-2'", "sites[1].name: holds a NUL character"),
    ("UPDATE workloads SET kind = 'gaming' WHERE id = 'row-2'", 'workloads[1].kind: is "gaming"'),
    ("UPDATE workloads SET flexible = 2 WHERE id = 'row-2'", "workloads[1].flexible: must be true or false"),
    ("UPDATE workloads SET inference = '{\"model\":1}' WHERE id = 'row-2'", "inference.total_params_b: is missing"),
    ("UPDATE plan SET periods = 1000000000", "plan.periods: must be 480 or less"),
    ("UPDATE plan SET start = '2026-13'", 'plan.start: is "2026-13"'),
    ("DELETE FROM plan", "plan: has 0 rows"),
    ("INSERT INTO plan SELECT position + 1, * FROM (SELECT * FROM plan)", "plan: has 2 rows"),
    ("UPDATE meta SET value = 'me' WHERE key = 'uuid'", "meta.uuid: is 'me'"),
    ("UPDATE meta SET value = '-1' WHERE key = 'revision'", "meta.revision: is '-1'"),
    ("UPDATE meta SET value = 'today' WHERE key = 'saved_at'", "meta.saved_at: is 'today'"),
    ("DELETE FROM meta WHERE key = 'revision'", "meta.revision: is missing"),
    ("INSERT INTO meta VALUES ('run', 'me')", "meta.run: is no entry"),
]


@pytest.mark.parametrize(("statement", "words"), VALUES)
def test_a_value_that_no_field_takes_is_refused_by_table_row_and_field(
    tmp_path: Path, statement: str, words: str
) -> None:
    if "INSERT INTO plan" in statement:
        statement = "INSERT INTO plan SELECT 1, " + ", ".join(
            f'"{field.name}"' for field in msgspec.structs.fields(Settings)
        ) + " FROM plan"  # fmt: skip
    path = saved(tmp_path)
    loose = "sites" if "UPDATE sites" in statement else "workloads" if "UPDATE workloads" in statement else ""
    tamper(path, statement, loose=loose)
    text = refusal(path)
    assert words in text
    assert "checksum" not in text  # it is refused for what it holds


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    path = saved(tmp_path)
    tamper(path, "UPDATE sites SET pue = 0.5", "UPDATE offers SET availability = 2", "UPDATE meta SET value = ''")
    with pytest.raises(PlanError) as caught:
        open_plan(path)
    assert [(p.table, p.row, p.field) for p in caught.value.problems if p.table] == [
        ("sites", "row-1", "pue"), ("sites", "row-2", "pue"),
        ("offers", "row-1", "availability"), ("offers", "row-2", "availability"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sites SET pue = 1.5 WHERE id = 'row-2'",
        "UPDATE sites SET position = 5 WHERE id = 'row-1'",
        "DELETE FROM ports WHERE position = 1",
        "UPDATE offers SET price_usd = '[1.0]' WHERE id = 'row-1'",
        "UPDATE meta SET value = '2' WHERE key = 'revision'",
    ],
)
def test_a_change_without_its_check_sum_is_refused(tmp_path: Path, statement: str) -> None:
    path = saved(tmp_path)
    tamper(path, statement, sign=False)
    assert "The content does not match its checksum" in refusal(path)


VIRTUAL = "CREATE VIRTUAL TABLE v USING fts5(x)"
SCHEMAS = [
    ("CREATE TABLE extra (x)", "extra: is a table that no Gigaplan file has"),
    ("CREATE VIEW spy AS SELECT * FROM plan", "spy: is a view that no"),
    ("CREATE TRIGGER bomb AFTER INSERT ON plan BEGIN DELETE FROM sites; END", "bomb: is a trigger that no"),
    ("CREATE INDEX liar ON sites(name)", "liar: is an index that no"),
    ("CREATE UNIQUE INDEX liar ON sites(upper(name)) WHERE 0", "liar: is an index that no"),
    (f"INSERT INTO sqlite_schema VALUES ('table', 'v', 'v', 0, '{VIRTUAL}')", "v: is a table that no"),
    ("UPDATE sqlite_schema SET name = 'Sites', tbl_name = 'Sites' WHERE name = 'sites'", "Sites: is a table that no"),
    ("UPDATE sqlite_schema SET name = CAST(x'ff' AS TEXT) WHERE name = 'sites'", "The file is damaged"),
    ("ALTER TABLE sites ADD COLUMN double REAL AS (pue * 2)", "sites: is not the table that Gigaplan makes"),
    ("ALTER TABLE sites ADD COLUMN note TEXT CHECK (note <> '')", "sites: is not the table that Gigaplan makes"),
    ("ALTER TABLE sites RENAME COLUMN pue TO ratio", "sites.ratio: is a column of a newer Gigaplan"),
    ("ALTER TABLE sites ADD COLUMN note TEXT", "sites: is not the table that Gigaplan makes"),
    ("ALTER TABLE sites DROP COLUMN jurisdiction", "sites.jurisdiction: is missing"),
    ("DROP TABLE ports", "The content does not match its checksum"),
    ("DROP TABLE plan", "plan: is missing"),
    ("DROP TABLE history", "history: is missing"),
    ("ANALYZE", "sqlite_stat1: is a table that no"),
]


@pytest.mark.parametrize(("statement", "words"), SCHEMAS)
def test_a_schema_other_than_ours_is_refused_by_name(tmp_path: Path, statement: str, words: str) -> None:
    path = saved(tmp_path)
    tamper(path, "PRAGMA writable_schema=ON", statement, sign=False)
    assert words in refusal(path)


def test_a_table_that_is_ours_by_name_alone_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    tamper(path, "ALTER TABLE sites RENAME TO hidden", "CREATE VIEW sites AS SELECT * FROM hidden", sign=False)
    assert "sites: is a view that no Gigaplan file has" in refusal(path)


def put(at: int, value: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data[:at] + value + data[at + len(value) :]


HEADERS = [
    (lambda data: b"", "The file is empty"),
    (lambda data: data[:99], "This is not a Gigaplan file"),
    (lambda data: b"PK\3\4" + data[4:], "This is not a Gigaplan file"),
    (put(68, b"\0\0\0\1"), "a database of another program"),
    (put(60, b"\0\0\0\4"), "made by a newer Gigaplan (format 4); this one reads up to 3"),
    (put(60, b"\0\0\0\0"), "format 0, which no Gigaplan wrote"),
    (put(16, b"\2\0"), "pages of 512 bytes"),
    (put(56, b"\0\0\0\2"), "another encoding than UTF-8"),
    (lambda data: data[:-1], "truncated"),
    (lambda data: data[:-4096], "truncated"),
    (lambda data: data[: len(data) // 2], "truncated"),
    (lambda data: data + b"\0", "truncated or damaged"),
    (lambda data: data[:4096] + bytes(len(data) - 4096), "The file is damaged"),
]


@pytest.mark.parametrize(("damage", "words"), HEADERS)
def test_what_is_no_whole_plan_file_is_said_so(tmp_path: Path, damage: Callable[[bytes], bytes], words: str) -> None:
    path = saved(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    assert words in refusal(path)


def test_a_newer_file_is_told_from_a_damaged_one_though_all_else_differs(tmp_path: Path) -> None:
    path = saved(tmp_path)
    tamper(path, "CREATE TABLE chips (x)", "PRAGMA user_version = 4", sign=False)
    assert refusal(path) == (
        "The file was made by a newer Gigaplan (format 4); this one reads up to 3. Update Gigaplan to open it."
    )


def test_a_file_that_claims_a_write_ahead_log_is_read_without_one(tmp_path: Path) -> None:
    path = saved(tmp_path)
    path.write_bytes(put(18, b"\2\2")(path.read_bytes()))
    assert open_plan(path).plan == full_plan()
    assert names_in(tmp_path) == {"plan.gigaplan"}


@pytest.mark.parametrize("suffix", ["-journal", "-wal"])
def test_a_journal_beside_a_file_is_reported_and_left_alone(tmp_path: Path, suffix: str) -> None:
    path = saved(tmp_path)
    canary = tmp_path / "canary"
    canary.write_bytes(b"alive")
    beside = tmp_path / f"plan.gigaplan{suffix}"
    name = os.fsencode(canary)  # a journal that names a file as its super-journal, for SQLite to delete
    end = len(name).to_bytes(4, "big") + sum(name).to_bytes(4, "big") + bytes.fromhex("d9d505f920a163d7")
    beside.write_bytes(name + end)
    content = beside.read_bytes()
    assert f"“plan.gigaplan{suffix}” lies beside this file" in refusal(path)
    assert canary.read_bytes() == b"alive"
    assert beside.read_bytes() == content


@pytest.mark.skipif(os.name != "posix", reason="needs links and pipes as POSIX has them")
def test_only_a_regular_file_is_opened(tmp_path: Path) -> None:
    path = saved(tmp_path)
    link, pipe = tmp_path / "link.gigaplan", tmp_path / "pipe.gigaplan"
    link.symlink_to(path)
    os.mkfifo(pipe)
    for other, words in ((link, "a link to another file"), (pipe, "not a file"), (tmp_path, "not a file")):
        with pytest.raises(PlanError, match=words):
            open_plan(other)
    with pytest.raises(FileNotFoundError):
        open_plan(tmp_path / "none.gigaplan")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = saved(tmp_path)
    os.truncate(path, load.MAX_BYTES + 1)  # sparse: it takes no room
    with pytest.raises(PlanError, match="larger than 128 MB"):
        open_plan(path)


def test_a_table_with_too_many_rows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, plan_with_ports(6))
    monkeypatch.setattr(guard, "MAX_ROWS", 6)
    assert len(open_plan(path).plan.ports) == 6
    monkeypatch.setattr(guard, "MAX_ROWS", 5)
    assert "ports: has more than 5 rows" in refusal(path)


def plan_with_ports(count: int) -> Plan:
    ports = tuple(Port(workload=f"w{k}", stack="cuda", cost_usd=0.0) for k in range(count))
    return Plan(settings=Settings(name="x", start="2026-01", periods=1), ports=ports)


def test_a_file_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, plan_with_ports(5000))
    assert len(open_plan(path).plan.ports) == 5000
    monkeypatch.setattr(guard, "SECONDS", -1.0)
    assert "takes longer than" in refusal(path)


@pytest.mark.parametrize("asked", ["authorize", "is_over"])
def test_a_ctrl_c_while_sqlite_asks_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    """SQLite takes what is raised while it asks for a no, and goes on."""

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    path = saved(tmp_path, plan_with_ports(5000))
    open_plan(path)
    monkeypatch.setattr(guard._Watch, asked, stopped)
    with pytest.raises(KeyboardInterrupt):
        open_plan(path)


def test_nothing_but_plain_reads_is_allowed_in_an_opened_file(tmp_path: Path) -> None:
    database = sqlite3.connect(":memory:", isolation_level=None)
    guard._guard(database, saved(tmp_path).read_bytes(), guard._Watch())
    other = tmp_path / "other.db"
    for statement in (
        "DELETE FROM sites",
        "CREATE TABLE t (x)",
        f"ATTACH '{other}' AS other",
        f"VACUUM INTO '{other}'",
        "PRAGMA query_only=OFF",
        "PRAGMA writable_schema=ON",
        "SELECT load_extension('x')",
        "SELECT upper(name) FROM sites",
    ):
        with pytest.raises(sqlite3.DatabaseError):
            database.execute(statement)
    assert database.execute("SELECT id FROM sites").fetchall() == [(b"row-1",), (b"row-2",)]
    database.close()
    assert names_in(tmp_path) == {"plan.gigaplan"}


def test_each_layer_beneath_the_list_of_what_is_allowed_holds_by_itself(tmp_path: Path) -> None:
    """Where one has a hole, the next is there: without the list, what a file holds still writes and grows nothing."""
    with guard.opened(saved(tmp_path).read_bytes()) as database:
        database.set_authorizer(None)
        asked = ("trusted_schema", "cell_size_check", "query_only")
        told = {name: database.execute(f"PRAGMA {name}").fetchone()[0] for name in asked}
        assert told == {"trusted_schema": 0, "cell_size_check": 1, "query_only": 1}
        most = {
            sqlite3.SQLITE_LIMIT_LENGTH: 10_000_000,
            sqlite3.SQLITE_LIMIT_COLUMN: 100,
            sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 20,
            sqlite3.SQLITE_LIMIT_ATTACHED: 0,
            sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
            sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
        }
        assert {limit: database.getlimit(limit) for limit in most} == most
        for statement in ("DELETE FROM sites", f"ATTACH '{tmp_path / 'other.db'}' AS other"):
            with pytest.raises(sqlite3.DatabaseError):
                database.execute(statement)
        with pytest.raises((sqlite3.DatabaseError, OverflowError)):
            database.execute("SELECT zeroblob(10000001)").fetchone()
    assert names_in(tmp_path) == {"plan.gigaplan"}


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The file with one to four changes of a kind that disks, mail and attackers make."""
    result = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(result)) if chance.random() < 0.7 else chance.randrange(min(400, len(result)))
        kind = chance.randrange(6)
        if kind == 0:
            result[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            result[at] = chance.randrange(256)
        elif kind == 2:
            result[at : at + 16] = chance.randbytes(len(result[at : at + 16]))
        elif kind == 3:
            length = len(result[at : at + 64])
            start = chance.randrange(len(result) - length)
            result[at : at + length] = result[start : start + length]
        elif kind == 4:
            result[at : at + 512] = bytes(len(result[at : at + 512]))
        else:
            page = chance.randrange(len(result) // 4096) * 4096
            other = chance.randrange(len(result) // 4096) * 4096
            result[page : page + 4096] = result[other : other + 4096]
    return bytes(result)


def test_a_mutated_file_is_refused_or_is_what_was_saved(tmp_path: Path) -> None:
    path = saved(tmp_path)
    good, data, chance = open_plan(path), path.read_bytes(), random.Random(20260101)
    plain = min(seconds(lambda: read_plan(data, good.stamp)) for _ in range(10))
    same = slowest = 0.0
    for _ in range(600):
        started, bytes_read = time.thread_time(), mutated(data, chance)
        try:
            found = read_plan(bytes_read, good.stamp)
        except PlanError:
            pass
        else:
            same += 1
            assert found == good
        slowest = max(slowest, time.thread_time() - started)
    assert 0 < same < 600
    assert slowest < 100 * plain


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path)
    before, asked = os.fstat, []

    def grown(handle: int) -> os.stat_result:
        info = before(handle)
        asked.append(handle)
        if len(asked) == 1:
            with path.open("ab") as file:
                file.write(b"more")
        return info

    monkeypatch.setattr(os, "fstat", grown)
    with pytest.raises(PlanError, match="The file changed while it was read"):
        open_plan(path)


@pytest.mark.skipif(os.name != "posix", reason="needs links and pipes as POSIX has them")
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_file_that_is_swapped_between_the_look_and_the_opening_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path, other = saved(tmp_path), tmp_path / "other"
    real = os.lstat

    def swapping(name: str | os.PathLike[str], **more: int) -> os.stat_result:
        info = real(name, **more)
        if os.fspath(name) == str(path) and not other.exists():
            path.rename(other)
            {"link": lambda: path.symlink_to(other), "pipe": lambda: os.mkfifo(path), "folder": path.mkdir}[kind]()
        return info

    monkeypatch.setattr("gigaplan.engine.storage.load.os.path.islink", lambda name: False)
    monkeypatch.setattr(os, "lstat", swapping)
    with pytest.raises((PlanError, OSError)):  # and it does not wait for somebody to write into a pipe
        open_plan(path)
    assert other.exists()


def test_bytes_in_the_place_of_a_number_that_may_be_text_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    tamper(path, "UPDATE sites SET electricity_usd_per_mwh = x'3939' WHERE position = 0")
    with pytest.raises(PlanError, match="holds neither a number nor text"):
        open_plan(path)
