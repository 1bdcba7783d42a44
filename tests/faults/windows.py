"""The window under fire: failing slots, dead workers, a full disk while saving, a plan removed while it is open."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.faults.children import PATIENCE, ROOT
from tests.faults.fault import Tally, check
from tests.faults.samples import saved

SOAK_GROWTH = 0.05


def _child(tally: Tally, script: str, *arguments: object, seconds: float = PATIENCE) -> list[str]:
    """What one of this module's scripts says, in a process of its own: a window cannot be forked."""
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(tally.folder / "home"),
        "XDG_CONFIG_HOME": str(tally.folder / "home"), "MALLOC_ARENA_MAX": "2",
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.faults.windows", script, *map(str, arguments)]
    run = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False
    )
    check(run.returncode == 0, f"exit status {run.returncode}: {run.stderr[-1500:]}")
    return run.stdout.splitlines()


def a_window(folder: Path) -> tuple[Any, Any, list[str], Any]:
    """A window that a person might have, its application, what boxes asked (each is cancelled), its crash reports."""
    from PySide6.QtWidgets import QMessageBox

    from gigaplan.gui.app import app
    from gigaplan.gui.files.crash_reports import CrashReports
    from gigaplan.gui.window.main_window import MainWindow

    application = app.make_application()
    asked: list[str] = []
    QMessageBox.exec = lambda box: asked.append(f"{box.text()} {box.informativeText()}") or 0  # type: ignore
    reports = CrashReports(folder)
    reports.install()
    window = MainWindow(folder, reports)
    window.show()
    application.processEvents()
    return window, application, asked, reports


def wait(application: Any, condition: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition():
        application.processEvents()
        check(time.monotonic() < until, "waited in vain")
        time.sleep(0.002)


def close(window: Any, application: Any) -> None:
    window.document.undo_stack.setClean()
    check(window.close(), "the window does not close")
    application.processEvents()


# A full disk while saving, and a plan removed while open


def _fire(folder: Path, count: int) -> None:
    from gigaplan.engine.plan.plan import with_settings
    from gigaplan.engine.storage.load import open_plan

    window, application, asked, _ = a_window(folder / "data")
    path = saved(folder)
    for k in range(count):
        check(window.files.open_path(path), asked)
        before = path.read_bytes()
        edited = with_settings(window.document.plan, name=f"edited {k}")
        window.document.apply(edited, "edit")
        if k % 2:
            path.unlink()
            window.safety.look()
            said = window.bars._bars["outside"].label.text()
            check("was moved or deleted" in said, "nobody says that the file is gone")
            window.bars._bars["outside"].buttons["Save"].click()
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, (3000 + 1000 * k, resource.RLIM_INFINITY))
            check(not window.files.save(), "it was saved on a full disk")
            check("was not saved" in asked[-1], asked[-1])
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            check(path.read_bytes() == before, "the file is not as it was")
            check(window.document.plan is edited and window.document.is_dirty, "the edits are gone")
            check(window.files.save(), "with room again, it is not saved")
        check(open_plan(path).plan == edited, "another plan is in the file")
        check(set(window.bars._bars) <= {"currency", "done"}, f"there are bars left: {list(window.bars._bars)}")
        application.processEvents()
        print("survived", flush=True)
    close(window, application)


def disk_and_file(tally: Tally, count: int) -> None:
    """A full disk while the window saves, and a file removed while it is open, in turn."""
    lines: list[str] = []
    with tally.trial("the window", timed=False), tally.timing():
        lines = _child(tally, "fire", tally.new_folder(), count, seconds=PATIENCE + count)
        check(lines.count("survived") == count, lines[-3:])
    _count(tally, count, lines)


def _count(tally: Tally, count: int, lines: list[str]) -> None:
    tally.tried = count
    tally.survived = min(count, lines.count("survived"))
    if tally.survived < count and not tally.failures:
        tally.failures.append(f"{count - tally.survived} did not survive")
    tally.note("the time is that of all")


# Workers that fail or die


def _workers(folder: Path, count: int) -> None:
    from gigaplan.engine.analysis.infeasibility import remedies
    from gigaplan.engine.plan.plan import with_fields
    from gigaplan.engine.plan.schema import Port
    from gigaplan.engine.solve import solve as solving
    from gigaplan.engine.solve.integer_decisions import ProofJob
    from gigaplan.engine.storage.templates import load_template

    window, application, _, _ = a_window(folder / "data")
    window.document.start(load_template("startup"))
    window.files.opened.emit()
    document, planner = window.document, window.planner
    wait(application, lambda: not planner.is_stale)
    work = document.plan.workloads[0].id
    real_inputs, real_diagnose, real_wait = solving.inputs_of, remedies.diagnose, ProofJob.wait

    def failing(*_: object, **__: object) -> Any:
        raise MemoryError("the worker failed")

    def ending(*_: object, **__: object) -> Any:
        raise KeyboardInterrupt  # which no code catches: the thread dies

    def dying(job: ProofJob, seconds: float) -> Any:
        job._process.kill()
        return real_wait(job, seconds)

    for k in range(count):
        how = ("solver", "thread", "diagnosis", "proof")[k % 4]
        edited = with_fields(document.plan, "workloads", work, unmet_usd=1000.0 + k)
        if how in ("solver", "thread"):
            solving.inputs_of = failing if how == "solver" else ending
        elif how == "diagnosis":
            remedies.diagnose = failing
            edited = with_fields(edited, "sites", edited.sites[0].id, power_mw=0.0)
        else:
            ProofJob.wait = dying  # type: ignore[method-assign]
            stack = edited.platforms[0].stack
            port = Port(workload=work, stack=stack, cost_usd=1e6)
            edited = edited if edited.ports else type(edited)(**{**_fields(edited), "ports": (port,)})
        document.apply(edited, how)
        wait(application, lambda: not planner.is_stale)
        check(document.plan == edited, "the plan was changed")
        if how in ("solver", "thread"):
            check(planner.result.status == "error", planner.result.status)
        if how == "proof":
            wait(application, lambda: not planner._prover.is_busy and not planner._rest.isActive())
        solving.inputs_of, remedies.diagnose = real_inputs, real_diagnose
        ProofJob.wait = real_wait  # type: ignore[method-assign]
        document.undo_stack.undo()
        wait(application, lambda: not planner.is_stale)
        check(planner.result.status == "optimal", f"after the {how}: {planner.result.status}")
        check(window.safety.recorder.flush(10), "edits are not written down any more")
        print("survived", flush=True)
    close(window, application)


def _fields(plan: Any) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in plan.__struct_fields__}


def workers(tally: Tally, count: int) -> None:
    """The planner and the diagnosis fail, the planner's thread dies, the process of a proof is killed: the window
    lives and answers again."""
    lines: list[str] = []
    with tally.trial("the window", timed=False), tally.timing():
        lines = _child(tally, "workers", tally.new_folder(), count, seconds=PATIENCE + 3 * count)
        check(lines.count("survived") == count, lines[-3:])
    _count(tally, count, lines)


# Soak


def _soak(folder: Path, count: int) -> None:
    from gigaplan.engine.plan.plan import with_fields
    from gigaplan.engine.storage.templates import load_template

    window, application, _, _ = a_window(folder / "data")
    window.document.start(load_template("startup"))
    window.files.opened.emit()
    document = window.document
    plan = document.plan
    tables = [table for table in ("workloads", "offers", "sites", "platforms") if getattr(plan, table)]
    for k in range(count + count // 2):
        if k in (count // 2, count + count // 2 - 1):
            import gc

            gc.collect()
            print(f"memory {_memory()}", flush=True)
        site, work = plan.sites[k % len(plan.sites)], plan.workloads[k % len(plan.workloads)]
        document.apply(with_fields(document.plan, "sites", site.id, pue=1.1 + k % 50 / 100), "edit", merge_key=k % 7)
        document.apply(with_fields(document.plan, "workloads", work.id, unmet_usd=500.0 + k % 90), "edit")
        document.select(tables[k % len(tables)], [getattr(plan, tables[k % len(tables)])[0].id])
        document.show_period(k % plan.settings.periods)
        window.charts.tabs.setCurrentIndex(k % window.charts.tabs.count())
        window.lists.setCurrentIndex(k // 5 % 2)
        application.processEvents()
        if k % 10 == 9:
            while document.undo_stack.canUndo():
                document.undo_stack.undo()
            check(document.plan == plan, "undoing all does not lead to the start")
            wait(application, lambda: not window.planner.is_stale)
    close(window, application)


def _memory() -> int:
    """The bytes that this process keeps in memory."""
    with open("/proc/self/smaps_rollup", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Private_Dirty"))


def soak(tally: Tally, count: int) -> None:
    """So many rounds of edits, undone and done again, after half as many to warm up: the memory stays as it is."""
    with tally.trial("scripted edits", timed=False), tally.timing():
        lines = _child(tally, "soak", tally.new_folder(), count, seconds=PATIENCE + count)
        first, last = (int(line.split()[1]) for line in lines if line.startswith("memory"))
        tally.note(f"{count} rounds of edits: {first / 2**20:.1f} MB after warm-up, {last / 2**20:.1f} MB at the end")
        check(last <= first * (1 + SOAK_GROWTH), f"grew by {last / first - 1:.1%}")
    if not tally.failures:
        tally.tried = tally.survived = count


def lack_of_memory_figures() -> str:
    """Why memory cannot be measured here; empty where it can."""
    return "" if os.path.exists("/proc/self/smaps_rollup") else "this system does not tell the memory of a process"


# What the tests of the window do


def _by_pytest(tally: Tally, seconds: float, environment: dict[str, str], *chosen: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-s", "-o", "timeout=0", *chosen]
    with tally.trial(" ".join(chosen), timed=False), tally.timing():
        own = os.environ | environment
        run = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, timeout=seconds, check=False)
        check(run.returncode == 0, run.stdout[-1500:])
        tally.note(run.stdout.strip().splitlines()[-1].strip("= "))


def slots(tally: Tally, count: int) -> None:
    """Each connected slot of the window raises in turn."""
    for name in ("work", "opening"):
        test = f"tests/gui/files/test_crash_reports.py::test_the_plan_survives_a_failure_in_every_slot_of_the_{name}"
        _by_pytest(tally, 900, {"GIGAPLAN_SLOTS": "1"}, test.replace("the_opening", "opening"))


def monkey(tally: Tally, count: int) -> None:
    """Random hands on the mouse and the keys."""
    _by_pytest(tally, 60 + count, {"GIGAPLAN_MONKEY": str(count)}, "tests/gui/test_monkey.py")
    if not tally.failures:
        tally.tried = tally.survived = count


def main(script: str, folder: str, count: str) -> None:
    """Does one of the scripts that need a window."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    {"fire": _fire, "workers": _workers, "soak": _soak}[script](Path(folder), int(count))


if __name__ == "__main__":
    main(*sys.argv[1:])
