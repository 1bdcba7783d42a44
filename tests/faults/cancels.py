"""Long work that is no longer wanted: whatever it is and wherever it stands, it ends within a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from gigaplan.engine.plan.plan import Plan, with_row
from gigaplan.engine.plan.schema import Override, Policy, Scenario
from tests.engine.plans import PLATFORM, SITE, plan_of
from tests.faults.children import child, tell
from tests.faults.fault import Tally, check

LIMIT = 1.0
"""Seconds from the wish to the end."""


def large_plan(infeasible: bool = False) -> Plan:
    """A plan that takes several seconds to solve from nothing."""
    platforms = [PLATFORM | {"id": f"p{k}", "vendor": f"v{k % 3}", "stack": f"s{k % 3}", "bf16_tflops": 700 + 130 * k,
                             "power_w": 600 + 90 * k} for k in range(10)]  # fmt: skip
    sites = [
        SITE | {"id": f"s{k}", "pue": 1.1 + k / 40, "power_mw": [0.4 + 0.01 * t * (k + 1) for t in range(24)],
                "jurisdiction": ("US", "EU")[k % 2], "electricity_usd_per_mwh": {"start": 40 + 9 * k}}
        for k in range(10)
    ]  # fmt: skip
    offers: list[dict[str, Any]] = [
        {"id": f"o{k}", "platform": f"p{k % 10}", "kind": ("purchase", "rental")[k % 2],
         "price_usd": {"start": (9000 + 700 * k, 1.2 + k / 9)[k % 2], "annual_growth": -0.1},
         "supply_chips_per_month": (150 + 10 * k) / 3, "lead_months": (k % 3) * 3}
        for k in range(20)
    ]  # fmt: skip
    work = [
        {"id": f"w{k}", "name": f"W{k}", "demand": {"start": 60 + 11 * k, "annual_growth": 0.3 + k / 50},
         "unmet_usd": 20 + 3 * k, "jurisdictions": [["US"], ["EU"], []][k % 3], "flexible": k % 4 == 0}
        for k in range(20)
    ]  # fmt: skip
    policies = [
        {"id": "mixed", "kind": "share", "dimension": "vendor", "metric": "power", "limit": 0.6},
        {"id": "cap", "kind": "budget", "limit": 3e7},
    ]
    plan = plan_of(
        plan={"periods": 24, "months_per_period": 3}, platforms=platforms, sites=sites, offers=offers, workloads=work,
        policies=policies,
    )  # fmt: skip
    moves = (("offers", "price_usd"), ("sites", "electricity_usd_per_mwh"), ("workloads", "demand"))
    for k, (table, field) in enumerate(moves):
        override = Override(table=table, row=f"{table[0]}{k}", field=field, op="scale", value=1.3)
        plan = with_row(plan, "scenarios", Scenario(id=f"s{k}", name=f"S{k}", overrides=(override,)))
    if infeasible:
        plan = with_row(plan, "policies", Policy(id="all", name="All", kind="coverage", limit=1.0))
    return plan


def _begin(there: Connection) -> Any:
    from PySide6.QtCore import QCoreApplication

    application = QCoreApplication([])
    tell(there, "ready")
    return application


def _wait_until(application: Any, condition: Callable[[], bool], seconds: float) -> float:
    """Runs the event loop until a condition holds; the seconds that took, or `seconds` where it does not."""
    began = time.perf_counter()
    while not condition() and time.perf_counter() - began < seconds:
        application.processEvents()
        time.sleep(0.001)
    return time.perf_counter() - began


def _cancel_planner(there: Connection, waits: Connection, plan: Plan, delay: float) -> None:
    """Cancels a solve, and asks for a small plan: how soon is its answer there?"""
    from gigaplan.gui.document.document import Document
    from gigaplan.gui.jobs.solve_job import Planner

    small = plan_of()
    application = _begin(there)
    document = Document(small)
    planner = Planner(document)
    planner.submit(small)
    _wait_until(application, lambda: planner.result is not None, 60)
    document.start(plan)
    _wait_until(application, lambda: False, delay)
    running = planner.is_stale
    planner.cancel()
    kept = document.plan is plan
    began = time.perf_counter()
    document.start(plan_of(plan={"periods": 3}))
    _wait_until(application, lambda: not planner.is_stale, 30)
    tell(there, f"{time.perf_counter() - began} {running} {kept} {planner.result is not None}")


def _cancel_scenarios(there: Connection, waits: Connection, plan: Plan, delay: float) -> None:
    from gigaplan.gui.jobs.scenario_job import ScenarioWorker

    small = plan_of(scenarios=[{"id": "s", "name": "S"}])
    application = _begin(there)
    worker, found = ScenarioWorker(), []
    worker.found.connect(lambda asked, id, result: found.append((asked, id)))
    worker.solve(small)
    _wait_until(application, lambda: bool(found), 60)
    worker.solve(plan)
    _wait_until(application, lambda: False, delay)
    running = (plan, plan.scenarios[-1].id) not in found
    worker.cancel()
    seen = [asked for asked, _ in found].count(plan)
    began = time.perf_counter()
    again = plan_of(scenarios=[{"id": "t", "name": "T"}])
    worker.solve(again)
    _wait_until(application, lambda: (again, "t") in found, 30)
    seconds = time.perf_counter() - began
    late = [asked for asked, _ in found].count(plan) - seen
    tell(there, f"{seconds} {running} {late == 0} True")


def _cancel_diagnosis(there: Connection, waits: Connection, plan: Plan, delay: float) -> None:
    from gigaplan.gui.jobs.diagnosis_job import Diagnoser

    application = _begin(there)
    diagnoser, found = Diagnoser(), []
    diagnoser.changed.connect(lambda: found.append(diagnoser.found))
    diagnoser.ask(plan)
    _wait_until(application, lambda: bool(found), delay)
    running = not found
    before = {thread.name for thread in threading.enumerate()}
    began = time.perf_counter()
    diagnoser.stop(5)
    seconds = time.perf_counter() - began
    after = {thread.name for thread in threading.enumerate()}
    tell(there, f"{seconds} {running} {not running or not found} {'diagnosis' not in after or before == after}")


def _cancel_proof(there: Connection, waits: Connection, plan: Plan, delay: float) -> None:
    from gigaplan.engine.solve.integer_decisions import ProofJob

    tell(there, "ready")
    job = ProofJob(plan)
    time.sleep(delay)
    began = time.perf_counter()
    job.cancel()
    tell(there, f"{time.perf_counter() - began} True True {job._process.returncode is not None}")


def _cancel_reading(there: Connection, waits: Connection, book: str, delay: float) -> None:
    from gigaplan.engine.exchange.sandboxed_reader import ReadJob, ReadProgress

    tell(there, "ready")
    job = ReadJob(book, ("rows",))
    until = time.monotonic() + delay
    word: object = ReadProgress(0)
    while isinstance(word, ReadProgress | None) and time.monotonic() < until:
        word = job.wait(until - time.monotonic())
    began = time.perf_counter()
    job.cancel()
    seconds = time.perf_counter() - began
    tell(there, f"{seconds} {isinstance(word, ReadProgress | None)} True {job._process.poll() is not None}")


def _run(tally: Tally, count: int, work: Callable[..., None], plan: Plan | str, longest: float) -> None:
    running = 0
    for _ in range(count):
        delay = tally.chance.uniform(0, longest)
        with tally.trial(f"after {delay:.2f} s", timed=False):
            with child(work, plan, delay) as worker:
                worker.line()
                seconds, was_running, kept, fine = worker.line(120).split()
            running += was_running == "True"
            tally.took(float(seconds), LIMIT)
            check(kept == "True", "the plan was changed, or an answer came late")
            check(fine == "True", "something is left running, or nothing is answered any more")
    tally.note(f"{running} times the work was under way")


def planner(tally: Tally, count: int) -> None:
    """The planner, while it solves a large plan from nothing."""
    _run(tally, count, _cancel_planner, large_plan(), 3.0)


def scenarios(tally: Tally, count: int) -> None:
    """The worker of scenarios, while it solves those of a large plan."""
    _run(tally, count, _cancel_scenarios, large_plan(), 3.0)


def diagnosis(tally: Tally, count: int) -> None:
    """The diagnosis of a large plan that cannot be met."""
    _run(tally, count, _cancel_diagnosis, large_plan(infeasible=True), 3.0)


def proof(tally: Tally, count: int) -> None:
    """The process that proves integer decisions, from its start on."""
    _run(tally, count, _cancel_proof, with_row(large_plan(), "ports", _port()), 2.0)


def reading(tally: Tally, count: int) -> None:
    """The process that reads a workbook of 100,000 cells, from its start on."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("rows")
    for k in range(2000):
        sheet.append([k + n / 100 for n in range(50)])
    path = tally.folder / "large.xlsx"
    book.save(path)
    _run(tally, count, _cancel_reading, str(path), 1.5)


def _port() -> Any:
    from gigaplan.engine.plan.schema import Port

    return Port(workload="w0", stack="s1", cost_usd=1e6)
