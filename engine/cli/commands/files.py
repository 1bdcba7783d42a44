"""The commands about files: what is wrong with one, what can be saved of it, its versions, and how plans differ."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gigaplan.engine.cli.commands.common import (
    BAD_INPUT,
    DONE,
    CommandRefused,
    add_output,
    check_output,
    naming,
    path_given,
    read_plan,
    read_stored,
    said,
    tell,
    tell_written,
    whole_number,
)
from gigaplan.engine.plan.annotations import locked_places, named
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError, Problem
from gigaplan.engine.plan.text import counted, plain_figure
from gigaplan.engine.results.status import STATUS

if TYPE_CHECKING:
    from gigaplan.engine.storage.history import Version

_PRESENT = "present"


def add_commands(commands: Any) -> None:
    """Adds `check`, `repair`, `history` and `compare` to the sub-parsers of the command line."""
    check = commands.add_parser("check", help="list the problems of a plan and its file")
    check.add_argument("file", type=path_given)
    check.set_defaults(run=_check)

    repair = commands.add_parser("repair", help="recover a damaged file into a new one")
    repair.add_argument("file", type=path_given, help="a .gigaplan file; it stays as it is")
    add_output(repair)
    repair.set_defaults(run=_repair)

    history = commands.add_parser("history", help="list the last saves of a plan, or restore one")
    history.add_argument("file", type=path_given)
    words = "the number of a revision, as `gigaplan history` lists them"
    number = whole_number(words, 10**16 - 1)
    history.add_argument("--restore", type=number, metavar="REV", help="write this revision to OUT")
    add_output(history, required=False)
    history.set_defaults(run=_history)

    compare = commands.add_parser("compare", help="compare the inputs and key figures of two plans")
    help = "a .gigaplan or .json plan; FILE@REV is an earlier save of it"
    compare.add_argument("before", metavar="FILE[@REV]", help=help)
    compare.add_argument("after", metavar="OTHER[@REV]", help="the same, or another")
    compare.set_defaults(run=_compare)


def _check(options: argparse.Namespace) -> int:
    from gigaplan.engine.validation.rules import check

    form, locks = [], []
    try:
        plan, version, problems = _with_history(options.file)
        problems += check(plan)
        form = [_format(version)] if version else []
        locks = [named(plan, place) for place in locked_places(plan)]
    except PlanError as error:
        problems = error.problems
    _tell(problems)
    if locks:
        tell(f"locked: {', '.join(locks)}")
    errors = sum(p.severity == "error" for p in problems)
    warnings = [counted(len(problems) - errors, "warning")] if len(problems) > errors else []
    if errors:
        tell(f"{said(options.file)}: {', '.join([counted(errors, 'error'), *warnings])}", file=sys.stderr)
        return BAD_INPUT
    tell(f"{said(options.file)}: {', '.join([*form, 'no errors', *warnings])}")
    return DONE


def _format(version: int) -> str:
    from gigaplan.engine.storage.format import VERSION

    return f"format {version}" + (f" of an older Gigaplan (today's is {VERSION})" if version < VERSION else "")


def _with_history(path: Path) -> tuple[Plan, int, tuple[Problem, ...]]:
    """The plan in a file, the version of its format (0 for JSON), and a warning for each earlier save in it that is
    not as it was saved."""
    if path.suffix.lower() == ".json":
        return read_plan(path), 0, ()
    stored = read_stored(path)
    found = list(stored.warnings)
    for version in stored.history:
        try:
            version.plan()
        except PlanError as error:
            found += [Problem(severity="warning", path=p.path, message=p.message) for p in error.problems]
    return stored.plan, stored.version, tuple(found)


def _tell(problems: Iterable[Problem]) -> None:
    for problem in problems:
        tell(problem if problem.severity == "error" else f"warning: {problem}", file=sys.stderr)


def _repair(options: argparse.Namespace) -> int:
    from gigaplan.engine.storage.load import read_file, side_file
    from gigaplan.engine.storage.salvage.repair_file import salvage
    from gigaplan.engine.storage.save import SaveError, save_plan

    if options.file.suffix.lower() == ".json":
        raise CommandRefused("repair is for .gigaplan files; `gigaplan check` names every problem in a JSON plan")
    check_output(options, is_plan=True)
    with naming(options.file):
        found = salvage(read_file(options.file)[0])
    if beside := side_file(options.file):
        tell(f"warning: {beside} lies beside the file; it was not touched.", file=sys.stderr)
    _tell(found.found)
    try:
        save_plan(
            found.plan, options.output, expected=None, uuid=found.uuid, revision=found.revision, history=found.history
        )
    except SaveError as error:
        raise CommandRefused(str(error)) from error
    lost = sum(p.severity == "error" for p in found.found)
    rows, doubts = counted(found.kept, "row"), len(found.found) - lost
    told = [f"{rows} saved", f"{counted(lost, 'thing')} lost or left out" if lost else "nothing left out"]
    tell_written(
        f"wrote {said(options.output)}: {', '.join(told)}" + (f", {counted(doubts, 'warning')}" if doubts else "")
    )
    return DONE


def _history(options: argparse.Namespace) -> int:
    from gigaplan.engine.storage.format import MAX_VERSION_BYTES

    if (options.restore is None) != (options.output is None):
        raise CommandRefused("to restore a version, give both --restore REV and -o NEW")
    stored = read_stored(options.file)
    _tell(stored.warnings)
    if options.restore is not None:
        return _restore(options)
    tell(f"{'revision':>8}  {'saved':<25}  {'by':<12}")
    tell(f"{stored.revision:>8}  {stored.saved_at:<25}  {stored.saved_by:<12}  {_PRESENT}")
    for version in stored.history:
        tell(f"{version.revision:>8}  {version.saved_at:<25}  {version.saved_by:<12}")
    if not stored.history:
        size = MAX_VERSION_BYTES // 2**20
        tell(f"There are no earlier versions. A plan of more than {size} MB keeps none; nor does a copy.")
    return DONE


def _restore(options: argparse.Namespace) -> int:
    from gigaplan.engine.storage.save import SaveError, save_plan

    check_output(options, is_plan=True, may_be_read=True)
    stored = read_stored(options.file)
    plan = _version(options.file, options.restore)
    # Over its own file it is the next revision, so that what it replaces becomes a version too.
    own = os.path.exists(options.output) and os.path.samefile(options.file, options.output)
    try:
        written = save_plan(
            plan,
            options.output,
            expected=stored.stamp if own else None,
            uuid=stored.uuid if own else None,
            revision=stored.revision + 1 if own else 1,
        )
    except SaveError as error:
        raise CommandRefused(str(error)) from error
    _tell(written.warnings)
    kept = f"; the file of an older Gigaplan is kept as {written.kept}" if written.kept else ""
    tell_written(f"wrote {said(options.output)}: the plan as it was in revision {options.restore}{kept}")
    return DONE


def _version(path: Path, revision: int) -> Plan:
    """The plan in a file as it was at a revision. Raises Refused where the file does not hold that one."""
    stored = read_stored(path)
    if revision == stored.revision:
        return stored.plan
    known: dict[int, Version] = {version.revision: version for version in stored.history}
    if revision not in known:
        there = ", ".join(str(r) for r in [stored.revision, *known])
        raise CommandRefused(f"{said(path)} holds no revision {revision}; it holds {there}")
    return known[revision].plan()


def _compare(options: argparse.Namespace) -> int:
    from gigaplan.engine.analysis.plan_diff import differences, movements
    from gigaplan.engine.solve.solve import solve_plan

    before, after = _named(options.before), _named(options.after)
    found = differences(before, after)
    tell(f"{counted(len(found), 'input')} differ" if len(found) != 1 else "1 input differs")
    for difference in found:
        tell(f"  {difference}")
    results = solve_plan(before), solve_plan(after)
    for name, result in zip((options.before, options.after), results, strict=True):
        if result.status != "optimal":
            tell(f"{name}: {STATUS[result.status].clause}; there are no key figures to compare")
    if all(result.status == "optimal" for result in results):
        tell(f"\n{'':<36}{'before':>18}{'after':>18}{'change':>18}  unit")
        for m in movements(*results):
            name = f"{m.name}[{m.key}]" if m.key else m.name
            tell(f"{name:<36}{plain_figure(m.before):>18}{plain_figure(m.after):>18}{_change(m.change):>18}  {m.unit}")
    return DONE


def _named(text: str) -> Plan:
    """The plan that FILE or FILE@REV names; a file whose own name ends so comes first."""
    revision = re.fullmatch(r"(.+)@([0-9]{1,16})", text)
    if revision is None or os.path.lexists(text):
        return read_plan(Path(text))
    return _version(Path(revision[1]), int(revision[2]))


def _change(value: float | None) -> str:
    if value is None:
        return "-"
    return "0" if value == 0 else f"{value:+,.0f}" if abs(value) >= 1000 else f"{value:+.6g}"
