"""Every fault that is tried, how often with each run of the tests and how often by `make faults`."""

from __future__ import annotations

from tests.faults import (
    abuse,
    abuse_sheets,
    cancels,
    conflicts,
    disks,
    extremes,
    hostile,
    injection,
    kills,
    machine,
    markup,
    mutants,
    others,
    planted,
    refused_inside,
    straced,
    windows,
)
from tests.faults.fault import Fault

_STRACE, _MOUNT = straced.lack_of_strace, disks.lack_of_mounts
_CALLS = "write, fsync, rename, link, unlink, ... fail"
_INSIDE = "in the process, at every K, torn and short writes too"
_OLDER = "the first save of an older file"

FAULTS = (
    Fault("kill in a save", "SIGKILL at random moments", kills.in_save, 40, 1000),
    Fault(f"kill in {_OLDER}", "SIGKILL at random moments", kills.in_first_save_of_older, 10, 200),
    Fault("kill in an edit", "SIGKILL at random moments", kills.in_edit, 20, 1000),
    Fault("kill in a recovery", "SIGKILL at random moments", kills.in_recovery, 15, 200),
    Fault(f"{_CALLS} in a save", "strace, at every K, once and for good", straced.by_strace_in_save, 50, 9999,
          lack=_STRACE),
    Fault(f"{_CALLS} in {_OLDER}", "strace, at every K, once and for good",
          straced.by_strace_in_first_save_of_older, 25, 9999, lack=_STRACE),
    Fault(f"{_CALLS} in an edit", "strace, at every K, once and for good", straced.by_strace_in_edit, 50, 9999,
          lack=_STRACE),
    Fault(f"{_CALLS} in a save", _INSIDE, refused_inside.inside_save, 50, 9999),
    Fault(f"{_CALLS} in an edit", _INSIDE, refused_inside.inside_edit, 50, 9999),
    Fault("disk full", "RLIMIT_FSIZE", disks.file_size, 15, 300),
    Fault("disk full", "a small disk (tmpfs)", disks.small_disks, 10, 200, lack=_MOUNT),
    Fault("read-only disk", "remounted meanwhile", disks.read_only, 2, 20, lack=_MOUNT),
    Fault("unwritable folder or file", "chmod, not as root", disks.unwritable, 6, 50),
    Fault("changed outside", "another process, in ten ways", others.changed_outside, 20, 100),
    Fault("two processes", "both save at once", others.two_processes, 20, 200),
    Fault("stale lock", "its holder is killed", others.stale_locks, 10, 50),
    Fault("hostile side files", "journals and logs, a canary", hostile.side_files, 12, 60),
    Fault("hostile schemas", "crafted, a canary", hostile.schemas, 40, 9999),
    Fault("hostile values", "crafted, with a right check sum", hostile.values, 60, 9999),
    Fault("code beside a plan", "every module planted, each way to start", planted.beside_a_plan, 5, 99),
    Fault("texts of a plan that are markup", "every text on every page, a canary, strace", markup.texts, 1, 2,
          lack=_STRACE),
    Fault("texts that are formulas", "CSV and clipboard, read as a spreadsheet may", injection.leaving, 100, 1000),
    Fault("texts that are formulas", "CSV files, read by LibreOffice", injection.office, 20, 1000,
          lack=injection.lack_of_office),
    Fault("mutated plan files", "byte mutator", mutants.plan_files, 2000, 100_000),
    Fault("mutated recovery files", "byte mutator", mutants.recovery_files, 500, 20_000),
    Fault("mutated plan files, repaired", "byte mutator", mutants.repaired, 300, 20_000),
    Fault("JSON abuse", "generated", abuse.json_text, 60, 2000),
    Fault("XLSX abuse", "generated, mutated", abuse_sheets.workbooks, 15, 300),
    Fault("CSV abuse", "generated, mutated", abuse_sheets.texts, 13, 250),
    Fault("cancel: planner", "at a random moment of a cold solve", cancels.planner, 2, 60),
    Fault("cancel: scenarios", "at a random moment", cancels.scenarios, 1, 40),
    Fault("cancel: diagnosis", "at a random moment", cancels.diagnosis, 2, 40),
    Fault("cancel: proof of integers", "at a random moment", cancels.proof, 2, 40),
    Fault("cancel: reading a workbook", "at a random moment", cancels.reading, 2, 40),
    Fault("infeasible", "planted conflicts", conflicts.infeasible, 60, 1000),
    Fault("unbounded", "planted", conflicts.unbounded, 20, 500),
    Fault("NaN and infinity", "planted in every number", conflicts.no_number, 40, 1000),
    Fault("every number at its ends", "the window, every page", extremes.every_field, 3, 9999),
    Fault("figures of every size", "charts alone", extremes.every_size, 8, 9999),
    Fault("edit, undo, save, crash, reopen", "hypothesis, beside a plain model", machine.work, 300, 30_000),
    Fault("full disk in a save, file removed", "the window", windows.disk_and_file, 6, 40),
    Fault("workers fail and die", "the window", windows.workers, 4, 60),
    Fault("soak", "scripted edits in the window", windows.soak, 40, 1000, lack=windows.lack_of_memory_figures),
    # With every run of the tests, these two are done by the tests of the window.
    Fault("exceptions in every slot", "the window, each connected slot in turn", windows.slots, 0, 2),
    Fault("monkey", "seeded events on the window", windows.monkey, 0, 100_000),
)  # fmt: skip
