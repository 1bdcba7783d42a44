"""Measures everything, prints a table, and writes results.json and the figures of RESULTS.md beside it.

python -m tests.benchmarks.run [--peers PYTHON] [--only live,cold,start,growth] [--steps 100]
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before anything imports Qt

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PARTS = ("live", "cold", "start", "storage", "growth", "sizes", "hand", "decisions")
SIZES_MEASURED = "standard,large,small-hours,standard-hours,large-hours"
PACKAGES = ("highspy", "numpy", "pyqtgraph", "pyside6-essentials")

TARGETS: tuple[tuple[str, str, float, bool, str], ...] = (
    # path in results.json, what it is, the target, whether more is better, unit
    ("live.standard.ratio", "edit to painted charts, standard, p95 over the bare parts", 2, False, "x"),
    ("live.large.ratio", "edit to painted charts, large, p95 over the bare parts", 2, False, "x"),
    ("live.small-hours.ratio", "the same with four blocks, modes and runs, 9,600 columns", 2, False, "x"),
    ("live.standard-hours.ratio", "the same with four blocks, modes and runs, standard", 2, False, "x"),
    ("live.large-hours.ratio", "the same, large", 2, False, "x"),
    ("live.standard.p95_ms", "edit to painted charts, standard, p95 (an ordinary desktop)", 16.7, False, "ms"),
    ("live.large.p95_ms", "edit to painted charts, large, p95 (an ordinary desktop)", 100, False, "ms"),
    ("cold.overhead", "plan to solver's arrays over HiGHS's own solve, standard", 0.1, False, ""),
    ("cold.large.overhead", "the same, large", 0.1, False, ""),
    ("cold.standard-hours.overhead", "the same with four blocks, modes and runs, standard", 0.1, False, ""),
    ("cold.large-hours.overhead", "the same, large", 0.1, False, ""),
    ("cold.vs_linopy", "faster than linopy building the same program, standard", 20, True, "x"),
    ("cold.large.vs_linopy", "the same, large", 20, True, "x"),
    ("cold.vs_pypsa", "faster than PyPSA on the largest case both express", 1, True, "x"),
    ("start.ratio", "start to first painted window over a bare window with a plot", 1.5, False, "x"),
    ("storage.save_ratio", "save of a million values over bare sqlite3, from numbers to the disk", 2, False, "x"),
    ("storage.open_ratio", "open of a million values over bare sqlite3, from the disk to numbers", 3, False, "x"),
    ("storage.save_each_ratio", "the save, over bare sqlite3 writing a row for each value", 2, False, "x"),
    ("storage.open_each_ratio", "the open, over bare sqlite3 reading a row for each value", 3, False, "x"),
    ("storage.save_text_ratio", "the save, over bare sqlite3 writing text made beforehand", 2, False, "x"),
    ("storage.open_text_ratio", "the open, over bare sqlite3 reading text and leaving it so", 3, False, "x"),
    ("storage.recovery_write_ms", "an edit of it to its recovery file, off the window's thread", 100, False, "ms"),
    ("storage.edit_added_ms", "what that adds to the edit, in the window's thread", 1, False, "ms"),
    ("hand.drag.ratio", "frame of a map of 300 cards, one dragged, over a bare view of as much", 0.5, False, "x"),
    ("hand.drag_of_all.ratio", "the same, the whole map in sight", 0.5, False, "x"),
    ("decisions.case_ratio", "bare warm runs over cases of the same continuous programs, frontier-1gw", 0.7, True, ""),
    ("decisions.processes", "cases by two processes over those by one", 1.7, True, "x"),
    ("decisions.held_s", "100,000 draws of the plan held, work that may wait left out", 60, False, " s"),
    ("decisions.held_ratio", "numpy's evaluation of a fixed merit order over the program's", 0.5, True, ""),
    ("decisions.held_least_ratio", "the same, without bounds that hold in all draws anyway", 0.5, True, ""),
    ("decisions.two_stage_s", "two-stage plan of 16 worlds, their optima known, two processes", 60, False, " s"),
    ("decisions.losses_s", "every loss of one member (N-1)", 20, False, " s"),
    ("decisions.flips_s", "flip points of a price from half of it to twice, its optimum known", 2, False, " s"),
    ("decisions.frontier_cold", "20 points of the carbon frontier over one solve from nothing", 10, False, "x"),
    ("hand.pan.ratio", "the same, the map moved", 0.5, False, "x"),
    ("sizes.20x20x10x20.cpu_s", "63,000 columns from nothing, CPU", 2.5, False, " s"),
    ("sizes.30x30x12x30.cpu_s", "262,000 columns from nothing, CPU", 12, False, " s"),
    ("sizes.50x40x20x40.cpu_s", "1.25 million columns from nothing, CPU", 180, False, " s"),
    ("sizes.worths.cpu_s", "what limits that bind are worth, as it is shown, 63,000 columns, CPU", 1, False, " s"),
    ("sizes.diagnosis.cpu_s", "diagnosis of an infeasible plan, standard, CPU", 2, False, " s"),
    ("sizes.diagnosis_large.cpu_s", "the same, large, CPU", 15, False, " s"),
    ("sizes.decisions.cpu_s", "20 optional agreements and 40 ports to 1 %, large, CPU", 60, False, " s"),
    ("sizes.decisions_near.cpu_s", "the same to 0.1 %", 300, False, " s"),
)


def main() -> None:
    """Runs the parts that are asked for; figures of other parts stay as they were."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--peers", default=str(ROOT / ".venv-bench" / "bin" / "python"))
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--sizes", default=SIZES_MEASURED, help="of the parts live and cold")
    parser.add_argument("--cases", default="", help="of the part sizes; all unless some are named")
    parser.add_argument("--steps", type=int, default=100, help="values scrubbed of each of the three kinds")
    asked = parser.parse_args()
    file = HERE / "results.json"
    results: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    began = time.monotonic()
    for part in asked.only.split(","):
        print(f"{part} ...", flush=True)
        found = _measure(part, asked)
        results[part] = results.get(part, {}) | found
        today = datetime.date.today().isoformat()
        results.setdefault("measured", {}).update({f"{part}.{name}": today for name in found})
    results["machine"] = _machine()
    results["seconds"] = round(time.monotonic() - began)
    file.write_text(json.dumps(_rounded(results), indent=2) + "\n", encoding="utf-8")
    table = figures(results)
    _into(HERE / "RESULTS.md", table)
    print(table)


def _measure(part: str, asked: argparse.Namespace) -> dict[str, Any]:
    if part == "live":
        # Each size in a process of its own: the program as it is just after it was started.
        return {size: _live(size, asked.steps) for size in asked.sizes.split(",")}
    if part == "cold":
        return _cold(asked.peers, asked.sizes.split(","))
    if part == "start":
        from tests.benchmarks.start import start

        return dict(start(9))
    if part == "sizes":
        from tests.benchmarks.sizes import CASES, sizes

        return sizes(asked.cases.split(",") if asked.cases else list(CASES))
    if part in ("storage", "hand", "decisions"):
        command = [sys.executable, "-m", f"tests.benchmarks.{part}"]
        return dict(json.loads(_output(command).splitlines()[-1]))
    from tests.benchmarks.growth import growth

    return dict(growth())


def _live(size: str, steps: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.live", size, str(steps)]
    return dict(json.loads(_output(command).splitlines()[-1]))


def _cold(peers: str, sizes: list[str]) -> dict[str, Any]:
    from tests.benchmarks.cold import cold
    from tests.benchmarks.plans import sized

    measured = {size: cold(sized(size), 7 if size.startswith("standard") else 3) for size in sizes}
    found: dict[str, Any] = {**measured.pop("standard", {}), **measured}
    found.setdefault("large", {})
    if Path(peers).exists():
        beside = json.loads(_output([peers, "-m", "tests.benchmarks.peers"]).splitlines()[-1])
        found["vs_linopy"] = beside["linopy"]["standard"]["ratio"]
        found["large"]["vs_linopy"] = beside["linopy"]["large"]["ratio"]
        found["vs_pypsa"] = beside["pypsa"]["large"]["ratio"]
        found["peers"] = beside
    else:
        print(f"No peers: there is no {peers}. `make bench` sets them up.")
    return found


def _output(command: list[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:])} failed:\n{done.stderr}")
    return done.stdout


def _machine() -> dict[str, Any]:
    model = platform.processor() or platform.machine()
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        lines = cpus.read_text(encoding="utf-8").splitlines()
        model = next((ln.split(":")[1].strip() for ln in lines if ln.startswith("model name")), model)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "date": datetime.date.today().isoformat(),
        "cpu": model,
        "cores": os.cpu_count(),
        "load_at_the_end": load,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return float(f"{value:.4g}") if isinstance(value, float) else value


def at(results: dict[str, Any], path: str) -> Any:
    """The figure at a dotted path, or what stands in its place; None where nothing does."""
    found: Any = results
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def figures(results: dict[str, Any]) -> str:
    """The table of figures and targets, and the machine, in Markdown."""
    rows = ["| figure | target | measured | | on |", "|---|---|---|---|---|"]
    for path, words, target, more, unit in TARGETS:
        value = at(results, path)
        sign, unit = ("≥" if more else "≤"), {"x": "×", "ms": " ms"}.get(unit, unit)
        verdict = "" if value is None else "met" if (value >= target if more else value <= target) else "missed"
        case = at(results, path.rpartition(".")[0])
        if isinstance(case, str):
            value, verdict = None, "missed"
        shown = case if isinstance(case, str) else "not measured" if value is None else f"{value:.3g}{unit}"
        day = results["measured"].get(".".join(path.split(".")[:2]), "")
        rows.append(f"| {words} (`{path}`) | {sign} {target:g}{unit} | {shown} | {verdict} | {day} |")
    rows += ["", *_growth(results)]
    machine = results["machine"]
    versions = ", ".join(f"{name} {machine[name]}" for name in ("python", *PACKAGES))
    peers = at(results, "cold.peers.versions") or {}
    beside = ", ".join(f"{name} {peers[name]}" for name in ("linopy", "pypsa", "xarray") if name in peers)  # type: ignore[operator,index]
    rows += [
        "",
        f"{machine['date']}; {machine['cpu']}, {machine['cores']} cores, {machine['system']}; load "
        f"{machine['load_at_the_end']:.1f}; {versions}; {beside}.",
    ]
    return "\n".join(rows)


def _growth(results: dict[str, Any]) -> list[str]:
    rows = ["| grows with | sizes | build | solve | memory |", "|---|---|---|---|---|"]
    for axis in ("periods", "offers"):
        found = at(results, f"growth.{axis}")
        if isinstance(found, dict):
            exponents = [f"n^{found[f'{name}_exponent']:.2f}" for name in ("build_ms", "solve_ms", "memory_mb")]
            rows.append(f"| {axis} | {', '.join(found['sizes'])} | {' | '.join(exponents)} |")
    return rows


def _into(file: Path, table: str) -> None:
    begin, end = "<!-- figures, written by the runner -->", "<!-- end of the figures -->"
    before, _, rest = file.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    file.write_text(f"{before}{begin}\n{table}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
