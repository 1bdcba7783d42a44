"""The sheets of a workbook that are there to be read: what plan it is, its key figures, results and sources."""

from __future__ import annotations

import datetime
import hashlib
import textwrap
from collections.abc import Iterator
from typing import Any

from gigaplan.engine import __version__
from gigaplan.engine.exchange.json import to_json
from gigaplan.engine.exchange.sheets import Value
from gigaplan.engine.exchange.xlsx_out import BookPage, ShownFigure
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.text import counted
from gigaplan.engine.plan.throughput import estimate, no_throughput
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.results.result import Result

Row = list[Value | ShownFigure]
LINE = 110
"""Characters of a line of notes."""


def summary_pages(result: Result, file: str = "") -> tuple[BookPage, ...]:
    """The sheets Summary, Results, Throughput and Sources of a solved plan.

    `file` says which file it is from, and its revision.
    Raises PlanError where a number of the plan is none.
    """
    pages = [BookPage("Summary", [], list(_summary(result, file)), widths={0: 46, 1: 30, 2: 20, 3: 18})]
    if result.status == "optimal":
        pages += [_results(result), _throughput(result)]
    pages.append(_sources(result.plan))
    return tuple(pages)


def _summary(result: Result, file: str) -> Iterator[Row]:
    plan, time = result.plan, result.time
    settings = plan.settings
    yield [ShownFigure(settings.name or "Untitled plan", style="title")]
    yield [ShownFigure(f"Made by Gigaplan {__version__} on {datetime.date.today().isoformat()}", style="muted")]
    yield []
    yield ["File", file or "not saved yet"]
    yield ["SHA-256 of the plan as JSON", hashlib.sha256(to_json(plan)).hexdigest()]
    yield ["Horizon", f"{time.labels[0]} to {time.labels[-1]}, {counted(time.periods, 'period')}"]
    yield ["Currency", f"{settings.currency}, nominal"]
    yield ["Discount rate", ShownFigure(settings.discount_rate, "/year"), "a year"]
    status = result.words
    yield ["Result", status.short if result.status == "optimal" else f"{status.clause}: there are no figures"]
    if result.integers == "held":
        yield ["", f"{result.decided} are held as decided before; others may be better"]
    errors = sum(p.severity == "error" for p in result.problems)
    said = [counted(errors, "error"), counted(len(result.problems) - errors, "warning")]
    yield ["Problems", ", ".join(said)]
    if result.status == "optimal":
        yield []
        yield [ShownFigure(text, style="head") for text in ("Key figure", "Workload", "Value", "Unit", "What it is")]
        yield from _kpis(result)
    if result.problems:
        yield []
        yield [ShownFigure(text, style="head") for text in ("Problem", "What is wrong", "", "")]
        for problem in result.problems[:200]:
            yield [problem.path, f"{problem.text}. {problem.remedy}".strip()]
    if settings.notes:
        yield []
        yield [ShownFigure(text, style="head") for text in ("Notes", "", "", "")]
        for paragraph in settings.notes.splitlines():
            for line in textwrap.wrap(paragraph, LINE) or [""]:
                yield [line]


def _kpis(result: Result) -> Iterator[Row]:
    names = {w.id: w.name or w.id for w in result.plan.workloads}
    for name, value in result.kpis.items():
        kpi = KPIS[name]
        shown = "" if kpi.unit in ("fraction", "ratio") else kpi.unit_in(result.plan.settings.currency)
        each = value if isinstance(value, dict) else {"": value}
        for key, figure in each.items():
            number = None if figure is None else ShownFigure(_clean(figure), kpi.unit)
            yield [kpi.label, names.get(key, key) or None, number, shown, kpi.help]


def _results(result: Result) -> BookPage:
    """Every series by every dimension, a line each, with a column per period."""
    plan = result.plan
    units = {w.id: w.unit for w in plan.workloads}
    rows: list[list[Any]] = []
    for series in result.all_series():
        unit = series.unit.replace("USD", plan.settings.currency)
        if unit == "average rate":
            unit = units.get(series.key, unit)
        rows.append([series.name, series.by, series.key, unit, *(_clean(v) for v in series.values)])
    head: list[Value] = ["series", "by", "key", "unit", *result.time.labels]
    return BookPage("Results", [head], rows, frozen=4, filtered=True)


def _clean(value: float) -> float:
    """A figure without the last digits, which are rounding: 2.8 and not 2.8000000000000003."""
    return float(f"{value:.12g}")


def _throughput(result: Result) -> BookPage:
    """Work per chip of every workload on every platform, and what that rests on, or why there is none."""
    plan = result.plan
    rows: list[list[Value]] = []
    for workload in plan.workloads:
        for platform in plan.platforms:
            found = estimate(plan, workload, platform)
            low, high = found.band or (None, None)
            why = None if found.value > 0 else no_throughput(workload, platform)
            rows.append(
                [workload.name, platform.name, found.value, workload.unit, found.basis, low, high, found.goodput,
                 found.source or None, found.as_of or None, why]
            )  # fmt: skip
    head: list[Value] = [
        "workload", "platform", "per chip", "unit", "basis", "P10, times it", "P90, times it", "goodput",
        "source", "as of", "why none",
    ]  # fmt: skip
    return BookPage("Throughput", [head], rows, frozen=2, filtered=True, widths={8: 60, 10: 60})


def _sources(plan: Plan) -> BookPage:
    """Where each figure comes from, as far as the plan says."""
    rows: list[list[Value]] = []
    for table in ("platforms", "sites", "power_contracts", "offers", "services"):
        rows += [[table, row.id, row.name, None, row.source or None, row.as_of or None] for row in getattr(plan, table)]
    for workload in plan.workloads:
        for row in workload.throughput:
            what = f"throughput on {row.platform}, {row.basis}"
            rows.append(["workloads", workload.id, workload.name, what, row.source or None, None])
    head: list[Value] = ["table", "id", "name", "what", "source", "as of"]
    return BookPage("Sources", [head], rows, frozen=2, filtered=True, widths={4: 80})
