"""Files and texts that are far larger than any plan: each is taken up or refused soon, and the window lives."""

from __future__ import annotations

import copy
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.storage.save import save_plan
from tests.faults.children import PATIENCE, ROOT
from tests.faults.extremes import SMALL
from tests.faults.fault import Tally, check

MEMORY = 3 * 2**30
"""Bytes of data that the window may have; no more is given to it."""
SECONDS = 5.0
"""In which the window's event loop turns, whatever it reads, checks, draws or is pasted."""
MOST = 10_000
"""Rows of a table, at the most that there may be."""
WORD = "x" * 1_000_000
PASTED = 50_000_000
"""Characters."""

JSON_MEMORY = 600
"""MB that the window may take with any JSON file that is no plan."""

Document = dict[str, Any]


def _with(**changes: Any) -> Document:
    plan = copy.deepcopy(SMALL)
    plan["plan"].update(changes.pop("plan", {}))
    return plan | changes


def _many(table: str, count: int = MOST, **changes: Any) -> list[Any]:
    row = SMALL[table][0]
    named = {"name"} & row.keys()
    return [row | {key: f"{row[key]}-{k}" for key in ("id", *named)} | changes for k in range(count)]


def _scenarios_on_a_late_offer() -> Document:
    late = SMALL["offers"][0] | {"available_from": "2027-11"}
    move = {"table": "offers", "row": "buy", "field": "price_usd", "op": "scale", "value": 1.01, "from": "2027-01"}
    scenarios = [{"id": f"s{k}", "name": f"S {k}", "overrides": [move]} for k in range(MOST)]
    return _with(offers=[late, SMALL["offers"][1]], scenarios=scenarios)


def _line_of_scenarios() -> Document:
    above: list[Any] = [None, *(f"s{k}" for k in range(MOST - 1))]
    return _with(scenarios=[{"id": f"s{k}", "name": f"S {k}", "parent": above[k]} for k in range(MOST)])


def _dangling() -> Document:
    nowhere = [f"nowhere-{k}" for k in range(200)]
    return _with(offers=[SMALL["offers"][0] | {"id": f"o{k}", "sites": nowhere} for k in range(MOST)])


def _dangling_overrides() -> Document:
    moves = [{"table": "sites", "row": f"gone-{k}", "field": "pue", "op": "set", "value": 1} for k in range(200)]
    return _with(scenarios=[{"id": f"s{k}", "name": f"S {k}", "overrides": moves} for k in range(500)])


def _nested_values() -> Document:
    value: Any = [1.0] * 9_000
    for _ in range(12):
        value = [value, 1.0]
    moves = [{"table": "sites", "row": "iowa", "field": "power_mw", "op": "set", "value": value} for _ in range(60)]
    return _with(scenarios=[{"id": "deep", "name": "Deep", "overrides": moves}])


def _map_of_sites() -> Document:
    sites = [SMALL["sites"][0] | {"id": f"site-{k}", "name": f"Site {k}"} for k in range(30)]
    offers = [SMALL["offers"][0] | {"id": f"o-{k}", "name": f"O {k}", "installed": []} for k in range(30)]
    work = [SMALL["workloads"][1] | {"id": f"w-{k}", "name": f"W {k}"} for k in range(30)]
    months = {"periods": 480, "months_per_period": 1}
    return _with(plan=months, sites=sites, offers=offers, workloads=work, ports=[], policies=[], scenarios=[],
                 uncertainties=[], layout=[], agreements=[])  # fmt: skip


def _long_lists() -> Document:
    sites = _many("sites", 2_000, electricity_usd_per_mwh=[45.0] * 480, power_mw=[5.0] * 480)
    return _with(plan={"periods": 480, "months_per_period": 1}, sites=sites, layout=[])


def _all_to_all() -> Document:
    sites = _many("sites", 2_000)
    ids = [site["id"] for site in sites]
    return _with(sites=sites, offers=_many("offers", 1_000, sites=ids, installed=[]), layout=[], scenarios=[])


SERVICE = {"provider": "API", "unit": "tokens/s", "workloads": "*", "price_usd": 3, "limit": 1e6}
CONTRACT = {"site": "iowa", "provider": "Grid", "mw": 1, "start": "2027-01", "months": 12, "usd_per_mw_month": 100,
            "status": "signed"}  # fmt: skip


def _named(row: Document, count: int = MOST) -> list[Document]:
    return [{"id": f"n{k}", "name": f"N {k}"} | row for k in range(count)]


def _apart() -> Document:
    """Sites of which none is of the jurisdiction of another: each has a card."""
    sites = _many("sites")
    return _with(sites=[site | {"jurisdiction": f"J{k}"} for k, site in enumerate(sites)], layout=[])


def _placed() -> Document:
    places = [{"table": "sites", "row": f"iowa-{k}", "x": 800, "y": 80 * k} for k in range(MOST)]
    return _with(sites=_many("sites"), layout=places)


def _formulas(count: int = MOST) -> Document:
    """A chain: each parameter is that before it and one."""
    names = [{"id": f"n{k}", "name": f"N {k}", "value": k + 1.0} for k in range(count)]
    chain = [{"table": "parameters", "row": f"n{k}", "field": "value", "formula": f"=n{k - 1}+1", "locked": True}
             for k in range(1, count)]  # fmt: skip
    return _with(parameters=names, annotations=chain)


PLANS: dict[str, Callable[[], Document]] = {
    "10,000 scenarios on a late offer": _scenarios_on_a_late_offer,
    "10,000 scenarios in a line": _line_of_scenarios,
    "2 million references to nothing": _dangling,
    "100,000 overrides of nothing": _dangling_overrides,
    "nested values of overrides": _nested_values,
    "a word of 100,000 letters in notes": lambda: _with(plan={"notes": WORD[:100_000]}),
    "a word of 1,000,000 letters in notes": lambda: _with(plan={"notes": WORD}),
    "sources of 100,000 letters": lambda: _with(sites=_many("sites", 300, source=WORD[:100_000])),
    "a name of 50,000 lines": lambda: _with(plan={"name": "\n".join("line" for _ in range(50_000))}),
    "10,000 sites": lambda: _with(sites=_many("sites"), layout=[]),
    "10,000 chips": lambda: _with(platforms=SMALL["platforms"] + _many("platforms", MOST - 1)),
    "10,000 offers": lambda: _with(offers=_many("offers", installed=[]), scenarios=[], uncertainties=[]),
    "10,000 workloads": lambda: _with(workloads=_many("workloads"), ports=[], policies=[]),
    "10,000 policies": lambda: _with(policies=_many("policies")),
    "10,000 ports": lambda: _with(ports=SMALL["ports"] * MOST),
    "10,000 uncertain inputs": lambda: _with(uncertainties=_many("uncertainties")),
    "10,000 places of one card": lambda: _with(layout=SMALL["layout"] * MOST),
    "2 million figures of sites": _long_lists,
    "2 million pairs of offers and sites": _all_to_all,
    "30 x 30 x 30 in 480 months": _map_of_sites,
    "10,000 cards of their own": _apart,
    "10,000 places of cards": _placed,
    "10,000 services": lambda: _with(services=_named(SERVICE)),
    "10,000 agreements": lambda: _with(agreements=SMALL["agreements"] + _many("agreements", MOST - 1)),
    "10,000 power contracts": lambda: _with(power_contracts=_named(CONTRACT)),
    "10,000 parameters in a chain of locked formulas": _formulas,
}


def _listed(member: bytes, count: int, times: int) -> Iterator[bytes]:
    yield b'{"format": "gigaplan/2", "sites": ['
    for _ in range(times):
        yield member * count
    yield b"1]}"


def _keys() -> Iterator[bytes]:
    yield b'{"format": "gigaplan/2"'
    for k in range(16):
        yield b"".join(b',"k%d":1' % n for n in range(k * 100_000, (k + 1) * 100_000))
    yield b"}"


def _noted(text: bytes) -> Iterator[bytes]:
    yield b'{"format": "gigaplan/2", "plan": {"notes": "' + text + b'"}}'


TEXTS: dict[str, Callable[[], Iterator[bytes]]] = {
    "a million brackets": lambda: iter([b"[" * 999_999]),
    "a million objects": lambda: _listed(b"{},", 999_000, 1),
    "5 million figures": lambda: _listed(b"1.5,", 49_000, 100),
    "1.6 million keys": _keys,
    "1.6 million texts": lambda: _listed(b'"ab",', 16_000, 100),
    "a number of 31 million digits": lambda: iter([b'{"plan": {"periods": ' + b"9" * 31_000_000 + b"}}"]),
    "31 MB of escapes": lambda: _noted(b"\\u0416" * 5_200_000),
    "31 MB of text": lambda: _noted(b"x" * 31_000_000 + "\N{GRINNING FACE}".encode()),
    "31 MB of blanks": lambda: iter([b" " * 31_000_000 + b"{}"]),
    "64 MB of brackets": lambda: iter([b"[" * 64_000_000]),
    "64 MB of objects": lambda: _listed(b"{},", 213_000, 100),
    "300 MB": lambda: iter([b" " * 300_000_000]),
}
PASTES = ("table", "cells", "notes", "name", "filter", "number")
KINDS = (*PLANS, *TEXTS, *(f"{18 if where == 'cells' else 50} MB pasted: {where}" for where in PASTES))


def bombs(tally: Tally, count: int) -> None:
    """Each kind in a window of its own, with a limit of memory."""
    for kind in KINDS[:: max(1, len(KINDS) // count)]:
        folder = tally.new_folder()
        with tally.trial(kind, timed=False):
            told = in_a_window(folder, kind)
            tally.took(told.silent, SECONDS)
            check(told.said, "nothing was said")
            check(kind not in TEXTS or told.peak_mb <= JSON_MEMORY, f"{told.peak_mb} MB")
        shutil.rmtree(folder, ignore_errors=True)
    tally.note("the time is the longest in which a window does not answer, in processor seconds")


class Told(NamedTuple):
    """What a window tells of a bomb."""

    silent: float
    """The longest time in which it did not answer, processor seconds."""
    whole: float
    """Until the file was taken up or refused, or the text was pasted, seconds."""
    peak_mb: int
    said: str


def in_a_window(folder: Path, kind: str) -> Told:
    """What a window tells of a bomb. Raises AssertionError where it died."""
    file = folder / "bomb.json"
    if kind in PLANS:
        file.write_text(json.dumps(PLANS[kind]()))
    elif kind in TEXTS:
        with file.open("wb") as out:
            out.writelines(TEXTS[kind]())
    home = {name: str(folder / "home") for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT), "MALLOC_ARENA_MAX": "2"} | home
    command = [sys.executable, "-m", "tests.faults.bombs", str(folder), kind]
    run = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=2 * PATIENCE, check=False
    )
    check(run.returncode == 0, f"exit status {run.returncode}: {run.stderr[-800:]}")
    silent, whole, peak, said = run.stdout.splitlines()[-1].split(" ", 3)
    return Told(float(silent), float(whole), int(peak), said)


def commands(tally: Tally, count: int) -> None:
    """A plan of a few kilobytes that needs 13 GB, at the command line with 3 GB: words, and status 4."""
    file = tally.folder / "large.gigaplan"
    save_plan(decode_plan(_map_of_sites()), file, expected=None, uuid=None, revision=1)
    asked = (["solve"], ["solve", "--any-size"], ["explain"])
    for command in asked[:count]:
        with tally.trial(" ".join(command)):
            run = subprocess.run(
                [sys.executable, "-m", "tests.faults.bombs", "command", *command, str(file)], cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=3 * PATIENCE,
                check=False,
            )  # fmt: skip
            check(run.returncode == 4, f"exit status {run.returncode}: {run.stderr[-500:]}")
            check("memory" in run.stderr and "Traceback" not in run.stderr, run.stderr[-500:])


def command(arguments: list[str]) -> None:
    """The command line with a limit of memory."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    from gigaplan.engine.cli.main import main as run

    sys.exit(run(arguments))


# In the window


def main(folder: str, kind: str) -> None:
    """Brings a bomb to a window; says after how many seconds it lives, and what it says or shows."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    from tests.faults.windows import a_window

    window, application, asked, _ = a_window(Path(folder) / "data")
    pulse = _Pulse()
    began = time.monotonic()
    if "pasted" in kind:
        said = _pasted(window, application, kind.rpartition(" ")[2], pulse)
    else:
        said = "opened" if window.files.open_path(Path(folder) / "bomb.json") else asked[-1]
    whole = time.monotonic() - began
    until = time.monotonic() + 2.0  # and what it does next leaves it alive
    while time.monotonic() < until:
        application.processEvents()
        time.sleep(0.001)
    pulse.beat()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{pulse.longest:.2f} {whole:.2f} {peak} {' '.join(said.split())[:300]}", flush=True)
    os._exit(0)


class _Pulse:
    """The longest time between two turns of the event loop, in seconds that this process computes: what other programs
    do meanwhile does not count."""

    def __init__(self) -> None:
        from PySide6.QtCore import QTimer

        self.longest, self._last = 0.0, time.process_time()
        self._timer = QTimer(interval=10)
        self._timer.timeout.connect(self.beat)
        self._timer.start()

    def beat(self) -> None:
        """The event loop turns."""
        now = time.process_time()
        self.longest, self._last = max(self.longest, now - self._last), now

    def begin(self) -> None:
        """What was before does not count."""
        self.longest, self._last = 0.0, time.process_time()


def _pasted(window: Any, application: Any, where: str, pulse: _Pulse) -> str:
    """50 MB of text in the clipboard, pasted into a field."""
    from PySide6.QtWidgets import QApplication

    window.document.start(decode_plan(SMALL))
    window.files.opened.emit()
    window.document.select("plan")
    application.processEvents()
    line = "Ж 1\t2\t3\t4\n"
    QApplication.clipboard().setText(line * (PASTED // len(line)) if where != "notes" else "x" * PASTED)
    if where == "cells":  # as many as may be, and all are read
        QApplication.clipboard().setText("\n".join(["\t".join(["1"] * 190)] * 10_000))
    page = window.show_view("tables") if where in ("table", "cells", "filter") else None
    application.processEvents()
    pulse.begin()
    if where in ("table", "cells"):
        page.paste()
        until = time.monotonic() + PATIENCE
        while page.taking.transfer.task.is_busy and time.monotonic() < until:
            application.processEvents()
            time.sleep(0.001)
        return page.message.text()
    field = {
        "notes": lambda: window.inspector.rows["notes"].editor.box,
        "name": lambda: window.inspector.title,
        "filter": lambda: page.tools.filter,
        "number": lambda: window.inspector.rows["discount_rate"].editor.edit,
    }[where]()
    field.setFocus()
    field.paste()
    application.processEvents()
    window.inspector.settle()
    application.processEvents()
    return f"{len(field.toPlainText() if where == 'notes' else field.text()):,} characters are in the field"


if __name__ == "__main__":
    command(sys.argv[2:]) if sys.argv[1] == "command" else main(*sys.argv[1:])
