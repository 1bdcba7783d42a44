"""The commands that solve a plan and explain its figures."""

from __future__ import annotations

import argparse
import math
import sys
import time
from typing import TYPE_CHECKING, Any

from gigaplan.engine.cli.commands.common import (
    BAD_INPUT,
    DONE,
    NO_PLAN,
    OWN_ERROR,
    PLAN,
    STEERING,
    CommandRefused,
    add_output,
    check_output,
    path_given,
    read_plan,
    say_meanwhile,
    steady,
    tell,
    whole_number,
    write_output,
)
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.results.status import STATUS

if TYPE_CHECKING:
    from gigaplan.engine.results.result import Result


def add_commands(commands: Any) -> None:
    """Adds `solve` and `explain` to the sub-parsers of the command line."""
    solve = commands.add_parser("solve", help="find the cheapest plan and print its figures")
    solve.add_argument("file", type=path_given, help="a .gigaplan or .json plan")
    solve.add_argument("--scenario", metavar="ID", help="solve this scenario of the plan")
    solve.add_argument("--format", choices=("table", "json"), default="table")
    solve.add_argument("--time-limit", type=_seconds, metavar="SECONDS",
                       help="stop the solver after so long, and tell the best plan found by then")  # fmt: skip
    solve.add_argument("--gap", type=_gap, default=0.0, metavar="FRACTION", help="stop as soon as "
                       "no other plan can lower the cost by more, as 0.001")  # fmt: skip
    solve.add_argument("--verbose", action="store_true", help="say what the solve needs, how it is done, and for how "
                       "long each step took")  # fmt: skip
    solve.add_argument("--any-size", action="store_true", help="solve even where it may need more memory than there is")
    add_output(solve, required=False)
    solve.set_defaults(run=_solve)

    messages = commands.add_parser(
        "explain", help="explain a figure, the binding limits, or why an offer is not chosen"
    )
    messages.add_argument("file", type=path_given)
    messages.add_argument("topic", nargs="?", metavar="TOPIC", help="a key figure, an offer, a workload or a site; "
                         "without one, what binds, or why there is no plan")  # fmt: skip
    messages.add_argument("workload", nargs="?", metavar="WORKLOAD", help="for a figure that each workload has")
    messages.add_argument("--scenario", metavar="ID", help="explain this scenario of the plan")
    levels = whole_number("a number of levels, 0 or more", 10**9 - 1)
    messages.add_argument("--depth", type=levels, default=3, help="how many levels of a figure to show (3)")
    messages.add_argument("--format", choices=("table", "json"), default="table", help="json: every limit, price and "
                          "remedy as numbers")  # fmt: skip
    messages.set_defaults(run=_explain)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError("must be a number of seconds, more than 0")
    return value


def _gap(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError("must be a fraction from 0 to less than 1, as 0.001")
    return value


def _planned(options: argparse.Namespace) -> Plan:
    """The plan in the file, with the scenario that was asked for."""
    plan = read_plan(options.file)
    if options.scenario is not None:
        from gigaplan.engine.plan.scenarios import apply_scenario

        plan = apply_scenario(plan, options.scenario)
    return plan


def _solve(options: argparse.Namespace) -> int:
    from gigaplan.engine.exchange.result_text import as_json, as_table
    from gigaplan.engine.solve.size import WHOLE
    from gigaplan.engine.solve.solve import solve_plan
    from gigaplan.engine.validation.rules import errors

    if options.output is not None and options.output.suffix.lower() == PLAN:
        raise CommandRefused(f"the output is not a plan: choose a name that does not end in {PLAN}")
    check_output(options)
    memory = math.inf if options.any_size else WHOLE
    plan = _planned(options)
    steps = _Steps(plan, options.verbose)
    result = solve_plan(plan, time_limit=options.time_limit, gap=options.gap, memory=memory, stage=steps.say)
    steps.say("")
    blocking = errors(result.problems)
    for problem in result.problems:
        tell(problem if problem.severity == "error" else f"warning: {problem}", file=sys.stderr)
    if result.status == "error":
        return BAD_INPUT if any(p.path for p in blocking) else OWN_ERROR
    if result.status == "too_large":
        tell("With --any-size it is solved all the same.", file=sys.stderr)
        return STATUS["too_large"].exit_code
    if options.format == "json":  # which says the same of any sign by its number
        text = STEERING.sub(lambda sign: f"\\u{ord(sign[0]):04x}", as_json(result).decode())
    else:
        text = steady(as_table(result))
    if options.output is None:
        tell(text)
    else:
        write_output(options.output, f"{text}\n".encode())
    if result.status == "not_proven" and result.gap is not None and result.gap <= options.gap:
        return DONE  # as it was asked for
    return STATUS[result.status].exit_code


class _Steps:
    """Says what a solve needs before it begins, where that is much or is asked for, and what it is doing."""

    def __init__(self, plan: Plan, is_verbose: bool) -> None:
        self._plan, self._is_verbose, self._began = plan, is_verbose, time.perf_counter()
        self._step = ""

    def say(self, step: str) -> None:
        """What is begun now; empty at the end."""
        from gigaplan.engine.solve.size import LONG, coarser_in_words, size_of

        now = time.perf_counter()
        if self._is_verbose and self._step:
            tell(f"{self._step}: {now - self._began:.1f} s", file=sys.stderr)
        before, self._step, self._began = self._step, step, now
        if step == "building":  # what is wrong with the plan has been told by now
            size = size_of(self._plan)
            if self._is_verbose or size.seconds > LONG:
                longer = f" {coarser_in_words(self._plan)}" if size.seconds > LONG else ""
                tell(f"{size.in_words()}.{longer}".rstrip(), file=sys.stderr)
        if self._is_verbose and step and before == "building":  # the search, with its method in words
            tell(step, file=sys.stderr)


def _explain(options: argparse.Namespace) -> int:
    from gigaplan.engine.solve.solve import solve_plan

    if options.format == "json" and options.topic is not None:
        raise CommandRefused("--format json explains the whole plan: leave out the topic")
    plan = _planned(options)
    result = solve_plan(plan)
    if options.format == "json" and result.status in ("optimal", "infeasible"):
        tell(_as_json(result))
        return STATUS[result.status].exit_code
    if result.status == "infeasible":
        from gigaplan.engine.analysis.infeasibility.remedies import diagnose

        tell(f"{plan.settings.name}: {STATUS['infeasible'].clause}.")
        found = diagnose(plan, told=lambda remedy: say_meanwhile(f"  found so far: {remedy.text}"))
        for line in found.short:
            tell(f"  {line}.")
        if found.conflict:
            tell(f"In conflict: {', '.join(found.conflict)}.")
        tell(
            "Any one of these makes the plan feasible:"
            if found.remedies
            else "No change of a single limit makes the plan feasible."
        )
        for remedy in found.remedies:
            tell(f"  {remedy.text}")
        return NO_PLAN
    if result.status != "optimal":
        for problem in result.problems:
            tell(problem, file=sys.stderr)
        return BAD_INPUT if result.status == "error" else STATUS[result.status].exit_code
    for line in _explained(result, options):
        tell(line)
    return DONE


def _as_json(result: Result) -> str:
    from gigaplan.engine.analysis.infeasibility.remedies import diagnose
    from gigaplan.engine.analysis.price_falls import price_falls
    from gigaplan.engine.analysis.shadow_prices import worths
    from gigaplan.engine.exchange.result_text import explanation_json

    remedies = diagnose(result.plan).remedies if result.status == "infeasible" else ()
    text = explanation_json(worths(result), price_falls(result).values(), remedies).decode()
    return STEERING.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


def _explained(result: Result, options: argparse.Namespace) -> list[str]:
    from gigaplan.engine.analysis import messages
    from gigaplan.engine.analysis.price_falls import price_falls
    from gigaplan.engine.analysis.provenance import as_text, explain_kpi
    from gigaplan.engine.analysis.shadow_prices import worths
    from gigaplan.engine.analysis.worth_words import what_binds

    if options.topic is None:
        said = what_binds(result, worths(result, only_shown=True))
        lines = [s.text for s in said] or ["No limit binds: more of anything would not lower the cost."]
        for table, row in price_falls(result):
            lines.append(messages.ABOUT[table](result, row)[0].text)
        return lines
    try:
        kind = messages.topic_of(result, options.topic)
        if kind == "kpi":
            node = explain_kpi(result, options.topic, options.workload)
            return [as_text(node, options.depth, result.plan.settings.currency)]
        if kind != "workloads":
            worths(result, only_shown=True)
        if kind in ("offers", "services"):
            price_falls(result, ((kind, options.topic),))
        said = messages.ABOUT[kind](result, options.topic)
        return [line for s in said for line in (s.text, *([f"  {', '.join(s.listed)}"] if s.listed else []))]
    except LookupError as error:
        raise CommandRefused(str(error.args[0])) from error
