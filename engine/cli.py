"""The commands that need no window: solve, explain, import, export, new, and those about files. No Qt here."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from engine import __version__
from engine.plan import Plan
from engine.problems import PlanError

if TYPE_CHECKING:
    from engine.results import Result

COMMANDS = ("solve", "explain", "check", "repair", "history", "compare", "import", "export", "new")

OPTIMAL, OWN_ERROR, BAD_INPUT, NO_PLAN, STOPPED = 0, 1, 2, 3, 4
EXIT = {
    "optimal": OPTIMAL,
    "infeasible": NO_PLAN,
    "unbounded": NO_PLAN,
    "time_limit": STOPPED,
    "cancelled": STOPPED,
    "error": OWN_ERROR,
}


class Refused(Exception):
    """A command that was asked for what cannot be done; its text is the answer."""


def main(arguments: Sequence[str]) -> int:
    """Runs one command and gives its exit status: 0 optimal or done, 1 our own error, 2 bad input or usage,
    3 infeasible or unbounded, 4 stopped by a limit."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except PlanError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except (Refused, UnicodeError) as error:
        print(f"gigaplan: {error}", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:
        # The reader (head, less) has gone: nothing is wrong, and nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OPTIMAL
    except OSError as error:
        print(f"gigaplan: {error.filename or ''}: {error.strerror or error}", file=sys.stderr)
        return BAD_INPUT
    except Exception:
        traceback.print_exc()
        print("gigaplan: this is a fault of Gigaplan, not of your plan; nothing was written.", file=sys.stderr)
        return OWN_ERROR


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        print(f"gigaplan: {message}", file=sys.stderr)
        raise SystemExit(BAD_INPUT)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="gigaplan",
        description="Plan AI compute: which chips, from whom, where and when; what they cost and draw.",
        epilog="Without a command, gigaplan [FILE] opens the window.",
    )
    parser.add_argument("--version", action="version", version=f"Gigaplan {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    solve = commands.add_parser("solve", help="find the cheapest plan and print its figures")
    solve.add_argument("file", type=Path, help="a .gigaplan or .json plan")
    solve.add_argument("--scenario", metavar="ID", help="solve this scenario of the plan")
    solve.add_argument("--format", choices=("table", "json"), default="table")
    solve.add_argument("--time-limit", type=_seconds, metavar="SECONDS", help="stop the solver after so long")
    add_output(solve, required=False)
    solve.set_defaults(run=_solve)

    explain = commands.add_parser("explain", help="say where a figure comes from, what binds, and why not")
    explain.add_argument("file", type=Path)
    explain.add_argument("topic", nargs="?", metavar="TOPIC", help="a key figure, an offer, a workload or a site; "
                         "without one, what binds, or why there is no plan")  # fmt: skip
    explain.add_argument("workload", nargs="?", metavar="WORKLOAD", help="for a figure that each workload has")
    explain.add_argument("--scenario", metavar="ID", help="explain this scenario of the plan")
    explain.add_argument("--depth", type=int, default=3, help="how many levels of a figure to show (3)")
    explain.set_defaults(run=_explain)

    from engine.file_commands import add_commands

    add_commands(commands)

    bring = commands.add_parser("import", help="turn a JSON plan into a .gigaplan file")
    bring.add_argument("file", type=Path)
    add_output(bring)
    bring.set_defaults(run=_import)

    export = commands.add_parser("export", help="write a plan as JSON")
    export.add_argument("file", type=Path)
    add_output(export)
    export.set_defaults(run=_export)

    new = commands.add_parser("new", help="make a plan file from a template")
    new.add_argument("--template", required=True, metavar="NAME")
    add_output(new)
    new.set_defaults(run=_new)
    return parser


def add_output(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Gives a command its -o OUT and --force."""
    parser.add_argument("-o", "--output", type=Path, required=required, metavar="OUT")
    parser.add_argument("--force", action="store_true", help="replace OUT where it exists")


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def read_plan(path: Path) -> Plan:
    """The plan in a .gigaplan or .json file. Raises PlanError or OSError."""
    if path.suffix.lower() == ".json":
        from engine.exchange.json import read_json

        return read_json(path)
    from engine.storage.load import open_plan

    return open_plan(path).plan


def _planned(options: argparse.Namespace) -> Plan:
    """The plan in the file, with the scenario that was asked for."""
    plan = read_plan(options.file)
    if options.scenario is not None:
        from engine.scenarios import apply_scenario

        plan = apply_scenario(plan, options.scenario)
    return plan


def _solve(options: argparse.Namespace) -> int:
    from engine.checks import errors
    from engine.exchange.answer import as_json, as_table
    from engine.solve import solve_plan

    refuse_existing(options)
    result = solve_plan(_planned(options), time_limit=options.time_limit)
    blocking = errors(result.problems)
    for problem in result.problems:
        print(problem if problem.severity == "error" else f"warning: {problem}", file=sys.stderr)
    if result.status == "error":
        return BAD_INPUT if any(p.path for p in blocking) else OWN_ERROR
    text = as_json(result) if options.format == "json" else as_table(result).encode()
    if options.output is None:
        sys.stdout.write(text.decode() + "\n")
    else:
        options.output.write_bytes(text + b"\n")
    return EXIT[result.status]


def _explain(options: argparse.Namespace) -> int:
    from engine.solve import solve_plan

    plan = _planned(options)
    result = solve_plan(plan)
    if result.status == "infeasible":
        from engine.repair import diagnose

        print(f"{plan.settings.name}: no plan meets every limit.")
        found = diagnose(plan)
        for line in found.short:
            print(f"  {line}.")
        if found.conflict:
            print(f"In conflict: {', '.join(found.conflict)}.")
        print("Each of these would mend it:" if found.mends else "No change of a limit mends it.")
        for mend in found.mends:
            print(f"  {mend.text}")
        return NO_PLAN
    if result.status != "optimal":
        for problem in result.problems:
            print(problem, file=sys.stderr)
        return BAD_INPUT if result.status == "error" else EXIT[result.status]
    for line in _explained(result, options):
        print(line)
    return OPTIMAL


def _explained(result: Result, options: argparse.Namespace) -> list[str]:
    from engine import explain
    from engine.limits import binding_limits
    from engine.provenance import as_text, explain_kpi

    if options.topic is None:
        said = explain.what_binds(result, binding_limits(result, ranges=True))
        return [s.text for s in said] or ["No limit binds: more of anything would save nothing."]
    try:
        kind = explain.topic_of(result, options.topic)
        if kind == "kpi":
            return [as_text(explain_kpi(result, options.topic, options.workload), options.depth)]
        return [s.text for s in explain.ABOUT[kind](result, options.topic)]
    except LookupError as error:
        raise Refused(str(error.args[0])) from error


def _import(options: argparse.Namespace) -> int:
    refuse_existing(options)
    plan = read_plan(options.file)
    _refuse_errors(plan)
    _save(plan, options)
    return OPTIMAL


def _export(options: argparse.Namespace) -> int:
    from engine.exchange.json import to_json

    refuse_existing(options)
    options.output.write_bytes(to_json(read_plan(options.file)))
    print(f"wrote {options.output}")
    return OPTIMAL


def _new(options: argparse.Namespace) -> int:
    from engine.templates import load_template, template_names

    refuse_existing(options)
    names = [template.name for template in template_names()]
    if options.template not in names:
        raise Refused(f"there is no template {options.template!r}; there are {', '.join(names)}")
    _save(load_template(options.template), options)
    return OPTIMAL


def _refuse_errors(plan: Plan) -> None:
    from engine.checks import check

    errors = tuple(p for p in check(plan) if p.severity == "error")
    if errors:
        raise PlanError(errors)


def _save(plan: Plan, options: argparse.Namespace) -> None:
    from engine.storage.save import SaveError, save_plan

    try:
        save_plan(plan, options.output, expected=None, uuid=None, revision=1)
    except SaveError as error:
        raise Refused(str(error)) from error
    print(f"wrote {options.output}")


def refuse_existing(options: argparse.Namespace) -> None:
    """Refuses to replace a file that is there, unless told to, before any work is done."""
    if options.output is not None and os.path.lexists(options.output) and not options.force:
        raise Refused(f"{options.output} exists already; --force replaces it")
