"""Which problems there are: those of the plan's checks, those of its result, and a result that is no answer."""

from __future__ import annotations

from collections.abc import Iterable

from gigaplan.engine.plan.fields import field_of
from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.problems import Problem
from gigaplan.engine.plan.schema import ROW_TYPES, Settings
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.status import STATUS
from gigaplan.gui.document.row_edits import NOUNS, row_name


def gathered(plan: Plan, checks: Iterable[Problem], result: Result | None) -> list[Problem]:
    """Every problem once, errors first. Of an older plan's result, only what is no finding of the checks."""
    found = list(checks)
    if result is not None:
        current = result.plan is plan
        found += [p for p in result.problems if current or not p.path]
        # While a person drags, the last answer stands until the next one is there.
        told = current or result.status != "error"
        if told and result.status not in ("optimal", "cancelled") and not any(p.severity == "error" for p in found):
            status = STATUS[result.status]
            found.append(Problem(severity="error", path="", text=status.sentence, remedy=status.remedy, table="plan"))
    once = {(p.severity, p.path, p.text): p for p in reversed(found)}
    kept = list(reversed(once.values()))
    return sorted(kept, key=lambda p: p.severity != "error")


def where(plan: Plan, problem: Problem) -> str:
    """Where a problem is, as a person calls it: a row, and its field."""
    if not problem.table or (problem.table == "plan" and not problem.field):
        return "Plan"
    row_type = Settings if problem.table == "plan" else ROW_TYPES.get(problem.table)
    name = "Plan"
    if problem.table != "plan":
        row = find(plan, problem.table, problem.row) if problem.row else None
        name = row_name(row) if row is not None else problem.row or _position(plan, problem)
    label = ""
    if problem.field and row_type is not None:
        try:
            label = field_of(row_type, problem.field).label
        except KeyError:
            label = problem.field
    return f"{name} · {label}" if label else name


def _position(plan: Plan, problem: Problem) -> str:
    """What stands for the name of a row without id, or of a whole table: Port 2, Sites."""
    if problem.path.startswith(f"{problem.table}["):
        number = problem.path[len(problem.table) + 1 :].split("]")[0]
        if number.isdigit():
            return f"{NOUNS.get(problem.table, problem.table).capitalize()} {int(number) + 1}"
    return problem.table.capitalize()


def sentence(text: str) -> str:
    """A problem's words as they stand in a list: with a capital and a full stop."""
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "?", "!")) else ".") if text else ""
