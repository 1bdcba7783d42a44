"""Saving and opening a plan with a million series values, beside bare sqlite3 on the same rows; what recovery costs.

    python -m tests.benchmarks.storage [--runs 7]

prints one JSON object. `save_ratio` and `open_ratio` are from numbers to the disk and back to numbers on both sides:
bare sqlite3, with Python's json for the lists, writes and reads the same rows of the same tables, as durably. Beside
them stand two other bare ways: the cells as text, made beforehand and left as they are (`..._text_...`), and a table
with a row for each value (`..._each_...`). Gigaplan also checks, hashes, writes beside, reads back, replaces and keeps
a backup when it saves; it opens as a stranger's file is opened, to rows whose every value is checked.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from gigaplan.engine.plan.plan import Plan, with_fields
from gigaplan.engine.plan.schema import Settings, Site
from gigaplan.engine.storage.format import TABLES, Cell, cells_of, schema_sql
from gigaplan.engine.storage.load import StoredPlan, open_plan
from gigaplan.engine.storage.save import save_plan

SITES, PERIODS = 2084, 480
"""A little more than a million values."""
EDITS = 20


def large_plan() -> Plan:
    """A plan whose sites have a limit of power for each of many months."""
    sites = tuple(
        Site(
            id=f"site-{k}", name=f"Site {k}", jurisdiction="US", pue=1.2, electricity_usd_per_mwh=60.0 + k / 7,
            power_mw=tuple(round(10 + k / 3 + t * 0.37, 3) for t in range(PERIODS)),
        )
        for k in range(SITES)
    )  # fmt: skip
    settings = Settings(name="A million values", start="2027-01", periods=PERIODS, months_per_period=1)
    return Plan(settings=settings, sites=sites)


def bare_rows(plan: Plan) -> list[tuple[str, list[list[Cell]]]]:
    """The rows of each table as a file holds them."""
    rows: list[tuple[str, list[list[Cell]]]] = []
    for table in TABLES:
        mine = (plan.settings,) if table == "plan" else getattr(plan, table)
        rows.append((table, [[k, *cells_of(row)] for k, row in enumerate(mine)]))
    return rows


def bare_write(path: Path, rows: list[tuple[str, list[list[Cell]]]]) -> None:
    """Writes rows with nothing but sqlite3, into a new file, in one transaction."""
    path.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("BEGIN")
        for sql in schema_sql():
            database.execute(sql)
        for table, mine in rows:
            if mine:
                database.executemany(f'INSERT INTO "{table}" VALUES ({",".join("?" * len(mine[0]))})', mine)
        database.execute("COMMIT")


def bare_read(path: Path) -> int:
    """Reads every row with nothing but sqlite3, and the numbers in the lists; how many numbers there were."""
    count = 0
    with contextlib.closing(sqlite3.connect(path)) as database:
        for table in TABLES:
            names = [column[1] for column in database.execute(f"PRAGMA table_info({table})")]
            at = names.index("power_mw") if "power_mw" in names else -1
            for row in database.execute(f'SELECT * FROM "{table}"'):
                if at >= 0:
                    count += len(json.loads(row[at]))
    return count


def bare_select(path: Path) -> int:
    """Reads every row with nothing but sqlite3; the lists stay text."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        return sum(len(database.execute(f'SELECT * FROM "{table}"').fetchall()) for table in TABLES)


def each_write(path: Path, plan: Plan) -> None:
    """Writes one row for each value, with nothing but sqlite3."""
    path.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("BEGIN")
        database.execute("CREATE TABLE power (site INTEGER, period INTEGER, mw REAL, PRIMARY KEY (site, period))")
        rows = ((k, t, mw) for k, site in enumerate(plan.sites) for t, mw in enumerate(_list(site)))
        database.executemany("INSERT INTO power VALUES (?, ?, ?)", rows)
        database.execute("COMMIT")


def each_read(path: Path) -> int:
    """Reads one row for each value, with nothing but sqlite3."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        return len(database.execute("SELECT * FROM power").fetchall())


def _list(site: Site) -> tuple[float, ...]:
    assert isinstance(site.power_mw, tuple)
    return site.power_mw


def numbers_write(path: Path, plan: Plan, rows: list[tuple[str, list[list[Cell]]]]) -> None:
    """Writes the same rows with nothing but sqlite3, the lists made text by Python's json."""
    at = TABLES["sites"].__struct_fields__.index("power_mw") + 1
    sites = [
        [*cells[:at], json.dumps(site.power_mw), *cells[at + 1 :]]
        for cells, site in zip(dict(rows)["sites"], plan.sites, strict=True)
    ]
    bare_write(path, [(table, sites if table == "sites" else cells) for table, cells in rows])


def seconds_of(work: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


_TIMED = ("text_write", "numbers_write", "each_write", "save", "text_read", "numbers_read", "each_read", "open")


def save_and_open(folder: Path, runs: int) -> dict[str, float]:
    """Medians, with the runs of both sides in turn, so that a busy moment of the machine meets both."""
    plan = large_plan()
    rows = bare_rows(plan)
    bare, each, path = folder / "bare.db", folder / "each.db", folder / "plan.gigaplan"
    stored: list[StoredPlan] = [save_plan(plan, path, expected=None, uuid=None, revision=1)]
    times: dict[str, list[float]] = {name: [] for name in _TIMED}

    def save() -> None:
        last = stored[-1]
        stored.append(save_plan(plan, path, expected=last.stamp, uuid=last.uuid, revision=last.revision + 1))

    for _ in range(runs):
        times["text_write"].append(seconds_of(lambda: bare_write(bare, rows)))
        times["numbers_write"].append(seconds_of(lambda: numbers_write(bare, plan, rows)))
        times["each_write"].append(seconds_of(lambda: each_write(each, plan)))
        times["save"].append(seconds_of(save))
        times["text_read"].append(seconds_of(lambda: bare_select(bare)))
        times["numbers_read"].append(seconds_of(lambda: bare_read(bare)))
        times["each_read"].append(seconds_of(lambda: each_read(each)))
        times["open"].append(seconds_of(lambda: open_plan(path)))
    if open_plan(path).plan != plan or bare_read(bare) != SITES * PERIODS:
        raise RuntimeError("what was read is not what was written")
    median = {name: statistics.median(taken) for name, taken in times.items()}
    return {
        "values": SITES * PERIODS,
        "megabytes": path.stat().st_size / 2**20,
        **{f"{name}_ms": seconds * 1000 for name, seconds in median.items()},
        "save_ratio": median["save"] / median["numbers_write"],
        "save_text_ratio": median["save"] / median["text_write"],
        "save_each_ratio": median["save"] / median["each_write"],
        "open_ratio": median["open"] / median["numbers_read"],
        "open_text_ratio": median["open"] / median["text_read"],
        "open_each_ratio": median["open"] / median["each_read"],
    }


def recovery(folder: Path) -> dict[str, float]:
    """What one edit of the same plan costs: in the thread of the window, and until it is on the disk."""
    from PySide6.QtWidgets import QApplication

    from gigaplan.gui.document.document import Document
    from gigaplan.gui.files.autosave import Recorder

    application = QApplication.instance() or QApplication([])
    plan = large_plan()
    bare, recorded = Document(plan), Document(plan)
    recorder = Recorder(recorded, folder / "recovery")
    if not recorder.flush(120):
        raise RuntimeError("the recovery file is not written")
    added, written = [], []
    for k in range(EDITS):
        plan = with_fields(plan, "sites", f"site-{k}", pue=1.3)
        alone = seconds_of(lambda plan=plan: bare.apply(plan, "edit"))  # type: ignore[misc]
        added.append(seconds_of(lambda plan=plan: recorded.apply(plan, "edit")) - alone)  # type: ignore[misc]
        written.append(seconds_of(lambda: recorder.flush(10)))
        application.processEvents()
    recorder.stop()
    return {
        "edit_added_ms": statistics.median(added) * 1000,
        "recovery_write_ms": statistics.median(written) * 1000,
        "recovery_write_worst_ms": max(written) * 1000,
    }


def measure(runs: int = 7) -> dict[str, Any]:
    """All figures; `tests.benchmarks.run` holds their targets."""
    with tempfile.TemporaryDirectory(prefix="gigaplan-bench-") as name:
        return save_and_open(Path(name), runs) | recovery(Path(name))


def main() -> None:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=7)
    print(json.dumps(measure(parser.parse_args().runs)))


if __name__ == "__main__":
    main()
