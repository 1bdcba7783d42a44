"""The long run: tries every fault as often as its promise asks for, and writes what came of it to RESULTS.md.

`python -m tests.faults [--only TEXT ...] [--scale X] [--workers N]`: the rows of other faults stay as they were.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from tests.faults.fault import Fault, Tally
from tests.faults.table import FAULTS

RESULTS = Path(__file__).with_name("RESULTS.md")
ABOUT = """
Worst time: of one try, from the fault to the answer; with its kills and its waits, where those are part of a try.
The bare numbers of tries at system calls are all there are: K runs until no such call is made any more.

SQLite never writes to a disk here: it builds a database in memory, whose bytes are then written by plain calls. So
there is nothing for a failing file system under SQLite (apsw) to do; instead each of those calls is refused at every
K, by strace in the kernel and in the process, where a write may also be torn (half is done, then an error) or short.
Not tried: NTFS, network disks and power cuts, not on this machine.
"""


def tried(number: int, scale: float) -> tuple[Tally, str, float]:
    """What came of one fault of the table, why it was not tried, and the seconds."""
    fault = FAULTS[number]
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="gigaplan-faults-"))
    folder.chmod(0o755)
    tally = Tally(folder)
    lack = fault.lack()
    try:
        if not lack:
            fault.run(tally, max(1, round(fault.long * scale)))
    except Exception as error:
        tally.failures.append(f"the test itself: {type(error).__name__}: {error}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tally, lack, time.monotonic() - began


def row(fault: Fault, tally: Tally, lack: str) -> str:
    """One line of the table."""
    note = lack or "; ".join([*tally.notes, *_failed(tally)])
    figures = "not tried | | " if lack else f"{tally.tried:,} | {tally.survived:,} | {tally.worst:.2f} s"
    return f"| {fault.name} | {fault.way} | {figures} | {datetime.date.today()} | {note} |"


def _failed(tally: Tally) -> list[str]:
    """What failed, the first of each kind, as it can stand in the table."""
    kinds: dict[str, int] = {}
    for failure in tally.failures:
        said = failure.rpartition("Error: ")[2] or failure
        kinds[said] = kinds.get(said, 0) + 1
    lines = [f"{count} × failed: {said}" if count > 1 else f"failed: {said}" for said, count in kinds.items()]
    more = [f"{len(lines) - 5} more kinds of failure"] if len(lines) > 5 else []
    return [" ".join(line.split())[:160].replace("|", "/") for line in lines[:5]] + more


def rows_so_far() -> dict[tuple[str, str], str]:
    """The lines of the table that is there, by fault and way."""
    if not RESULTS.exists():
        return {}
    lines = [line for line in RESULTS.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return {(cells[1].strip(), cells[2].strip()): line for line in lines if (cells := line.split("|"))}


def write(rows: dict[tuple[str, str], str]) -> None:
    """Writes the table, in its order."""
    head = "| fault | way | tried | survived | worst time | date | note |\n|---|---|---:|---:|---:|---|---|\n"
    lines = [rows[key] for fault in FAULTS if (key := (fault.name, fault.way)) in rows]
    text = f"# Faults\n\n`make faults`, last on {datetime.date.today()}: {machine()}\n\n"
    RESULTS.write_text(text + head + "\n".join(lines) + "\n" + ABOUT, encoding="utf-8")


def is_kept(tally: Tally, lack: str) -> bool:
    """Whether the promise held."""
    return bool(lack) or (tally.tried > 0 and not tally.failures)


def machine() -> str:
    """The computer and the versions that the figures are of."""
    strace = ""
    if shutil.which("strace"):
        told = subprocess.run(["strace", "-V"], capture_output=True, text=True, check=False).stdout
        strace = ", " + told.split("\n")[0].replace(" -- version", "")
    from PySide6.QtCore import qVersion

    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, Qt {qVersion()}{strace}"
    )


def main() -> int:
    """Runs the table; the exit status is 1 where a promise did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--scale", type=float, default=1.0, help="how many of the tries, as a fraction")
    parser.add_argument("--only", nargs="*", default=[""], help="only faults with one of these words")
    parser.add_argument("--workers", type=int, default=1, help="how many faults at a time")
    asked = parser.parse_args()
    chosen = [k for k, fault in enumerate(FAULTS) if any(o in f"{fault.name}, {fault.way}" for o in asked.only)]
    broken = []
    with ProcessPoolExecutor(asked.workers) as pool:
        for k, (tally, lack, seconds) in zip(chosen, pool.map(tried, chosen, [asked.scale] * len(chosen)), strict=True):
            line = row(FAULTS[k], tally, lack)
            print(f"{line} ({seconds:.0f} s)", flush=True)
            if asked.scale >= 1:
                write(rows_so_far() | {(FAULTS[k].name, FAULTS[k].way): line})
            if not is_kept(tally, lack):
                broken.append(FAULTS[k])
            for failure in tally.failures[:10]:
                print(f"    {failure}", flush=True)
    for fault in broken:
        print(f"Not survived: {fault.name}, {fault.way}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
