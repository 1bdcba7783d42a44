"""Reports of plans for tests: made, and taken apart."""

from datetime import datetime

import msgspec
from PySide6.QtGui import QPageSize

from gigaplan.engine.plan.plan import Plan, with_settings
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.templates import load_template
from gigaplan.gui.views.report.blocks import Charts, Heading, Notice, Points, Report, Table, Words
from gigaplan.gui.views.report.document import pdf_steps, report_steps
from gigaplan.gui.views.report.material import Material
from gigaplan.gui.views.report.paper import Paper

A4 = QPageSize(QPageSize.PageSizeId.A4)
PAPER = Paper.of(A4)
MADE = datetime(2026, 11, 22, 20, 37)
HOSTILE = '<b>bold</b> <img src="file:///etc/passwd"> &amp; %s {x}'


def material(plan: Plan, **more: object) -> Material:
    result = more.pop("result", None) or solve_plan(plan)
    return Material(plan, result, MADE, **more)


def outcome(steps):
    """What a generator of steps returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def report(of: Material) -> Report:
    return outcome(report_steps(of, PAPER.pixels))


def pdf(of: Material, size: QPageSize = A4) -> bytes:
    return outcome(pdf_steps(of, size))


def blocks(made: Report, kind: type) -> list:
    return [b for b in made.blocks if isinstance(b, kind)]


def part(made: Report, title: str) -> list:
    """The blocks under a heading, up to the next one of its level or above."""
    at = next(k for k, b in enumerate(made.blocks) if isinstance(b, Heading) and b.text.startswith(title))
    level = made.blocks[at].level
    found = []
    for block in made.blocks[at + 1 :]:
        if isinstance(block, Heading) and block.level <= level:
            break
        found.append(block)
    return found


def tables(made: Report, title: str) -> list[Table]:
    return [b for b in part(made, title) if isinstance(b, Table)]


def lines(table: Table) -> dict[str, tuple[str, ...]]:
    return {row.cells[0]: row.cells[1:] for row in table.rows}


def all_words(made: Report) -> str:
    """Everything a report says in words, cells and figures."""
    said = [made.title, made.subtitle]
    for b in made.blocks:
        if isinstance(b, Table):
            said += [c.head for c in b.columns] + [cell for row in b.rows for cell in row.cells]
        elif isinstance(b, Notice):
            said += [b.title, *b.lines]
        elif isinstance(b, Points):
            said += b.items
        elif isinstance(b, Charts):
            said += [key[1] if isinstance(key, tuple) else key.label for figure in b.figures for key in figure.keys]
        elif isinstance(b, Heading | Words):
            said.append(b.text)
    return "\n".join(said)


def number(text: str) -> float:
    return float(text.replace("\u2009", "").replace("\u2212", "-").replace("\u2013", "0"))


def hostile_plan() -> Plan:
    plan = with_settings(load_template("startup"), name=HOSTILE, notes=f"{HOSTILE}\x07\u202e\n\n{HOSTILE}")
    tables = {
        table: tuple(
            msgspec.structs.replace(
                row, name=f"{HOSTILE} {k}", **({"source": HOSTILE} if hasattr(row, "source") else {})
            )
            for k, row in enumerate(getattr(plan, table))
        )
        for table in ("platforms", "sites", "offers", "workloads", "scenarios")
    }
    return msgspec.structs.replace(plan, **tables)
