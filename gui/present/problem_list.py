"""Which problems there are: those of the plan's checks, those of its result, and a result that is no answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gigaplan.engine.plan.fields import field_of
from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.problems import Problem, say
from gigaplan.engine.plan.schema import ROW_TYPES, Settings
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.status import STATUS
from gigaplan.gui.document.row_edits import NOUNS, row_name
from gigaplan.gui.text.number_format import money, percent

if TYPE_CHECKING:
    from gigaplan.engine.analysis.unserved import Serving, Unserved


LARGE = 1000
"""Rows of a plan that is checked beside the window, by what solves it: it would not answer meanwhile."""


def findings(plan: Plan, result: Result | None) -> tuple[Problem, ...] | None:
    """What the checks say of a plan; None while they are still to say it of a large one."""
    from gigaplan.engine.validation.rules import check, checked

    if result is not None and result.plan is plan:
        return result.problems  # the findings of the checks are among them
    known = checked(plan)
    few = sum(len(getattr(plan, table)) for table in ROW_TYPES) < LARGE
    return check(plan) if known is None and few else known


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
            message = say("no_plan_found", why=status.sentence, way=status.remedy)
            found.append(Problem(severity="error", message=message, table="plan"))
    once = {(p.severity, p.path, p.text): p for p in reversed(found)}
    kept = list(reversed(once.values()))
    kept.sort(key=lambda p: p.severity != "error")
    errors = sum(p.severity == "error" for p in kept)
    return [
        *kept[:errors],
        *(_not_served(result) if result is not None and result.plan is plan else ()),
        *kept[errors:],
    ]


def _not_served(result: Result) -> list[Problem]:
    """A problem for each workload that an optimal plan does not serve in full, what is worth most first."""
    from gigaplan.engine.analysis.unserved import unserved

    at = {w.id: k for k, w in enumerate(result.plan.workloads)}
    return [
        Problem(
            severity="warning",
            path=f"workloads[{at[u.workload]}]",
            message=say("not_served", how=not_served(u, result.plan.settings.currency)),
            table="workloads",
            row=u.workload,
        )
        for u in unserved(result)
    ]


def not_served(short: Unserved, currency: str) -> str:
    """How much of a workload's demand is not served, and what that is worth, as a sentence without its subject."""
    part = "Nothing" if short.part >= 1 - 1e-9 else None
    worth = f"worth {money(short.value_usd, currency)}" if short.value_usd > 0 else "to which no value is given"
    return (
        f"{part} of its work is served, {worth}"
        if part
        else f"{percent(short.part)} of its work is not served, {worth}"
    )


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


def what_serves(found: Serving, currency: str) -> list[str]:
    """What stands between a workload and the rest of its work."""
    if found.cost_usd is not None:
        cost, value = money(found.cost_usd, currency), money(found.value_usd, currency)
        first = f"Even with {found.needs} it is not worth serving the rest" if found.needs else (
            "No limit is in the way: it is not worth serving the rest"
        )  # fmt: skip
        more = ["It is served if you:"] if found.remedies else []
        return [f"{first}. That would cost {cost}, and its value is {value}, both discounted.", *more]
    if found.remedies:
        return ["Any one of these serves all of it:" if len(found.remedies) > 1 else "This serves all of it:"]
    return ["No change of a single limit serves all of it."]


def lowered(text: str) -> str:
    """A sentence as it goes on after a colon."""
    return text[:1].lower() + text[1:]


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
