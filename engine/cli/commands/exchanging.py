"""The commands that bring a plan in from another form, write it out, and start it from a template."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from gigaplan.engine.cli.commands.common import (
    DONE,
    CommandRefused,
    add_output,
    check_output,
    path_given,
    read_plan,
    read_stored,
    said,
    tell,
    tell_written,
    write_output,
)
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError


def add_commands(commands: Any) -> None:
    """Adds `import`, `export` and `new` to the sub-parsers of the command line."""
    bring = commands.add_parser(
        "import", help="turn a workbook (.xlsx), CSV files in a .zip or JSON into a .gigaplan file"
    )
    bring.add_argument("file", type=path_given)
    bring.add_argument("--encoding", metavar="NAME", default="", help="of CSV files that are not UTF-8, such as cp1252")
    add_output(bring)
    bring.set_defaults(run=_import)

    export = commands.add_parser(
        "export", help="write a plan as a workbook (.xlsx), an SQLite database (.db), CSV files in a .zip, or JSON"
    )
    export.add_argument("file", type=path_given)
    add_output(export)
    export.set_defaults(run=_export)

    new = commands.add_parser("new", help="make a plan file from a template")
    new.add_argument("--template", required=True, metavar="NAME")
    add_output(new)
    new.set_defaults(run=_new)


def _import(options: argparse.Namespace) -> int:
    check_output(options, is_plan=True)
    ending = options.file.suffix.lower()
    if ending in (".csv", ".tsv", ".xls", ".ods"):
        raise CommandRefused(
            f"a plan is read from .xlsx, from CSV files of all its tables in a .zip, or from .json; not {ending}"
        )
    if ending in (".xlsx", ".xlsm", ".zip"):
        plan = _from_sheets(options)
    else:
        plan = read_plan(options.file)
        _refuse_errors(plan)
    _save(plan, options)
    return DONE


def _from_sheets(options: argparse.Namespace) -> Plan:
    """The plan in a workbook or in CSV files; every problem of it names its cell."""
    from gigaplan.engine.exchange.plan_from_sheets import read_sheets
    from gigaplan.engine.exchange.sheets import UnknownEncoding

    try:
        found = read_sheets(options.file, options.encoding)
    except UnknownEncoding as error:
        problem = error.problems[0]
        raise CommandRefused(f"{problem.path}: {problem.text}; name its encoding, as --encoding cp1252") from error
    for note in found.notes:
        tell(f"note: {note}", file=sys.stderr)
    try:
        _refuse_errors(found.plan)
    except PlanError as error:
        raise PlanError(found.places.located(error.problems)) from error
    return found.plan


def _export(options: argparse.Namespace) -> int:
    ending = options.output.suffix.lower()
    if ending not in _MADE:
        other = ending or "a file without an ending"
        forms = ".xlsx, as an SQLite database (.db), as CSV files in a .zip, or as .json"
        raise CommandRefused(f"a plan is written as {forms}; not as {other}")
    check_output(options)
    write_output(options.output, _MADE[ending](options.file))
    tell_written(f"wrote {said(options.output)}")
    return DONE


def _workbook(path: Path) -> bytes:
    """The plan in a file, with its results, as a workbook."""
    from gigaplan.engine.exchange.plan_to_sheets import to_workbook
    from gigaplan.engine.exchange.summary import summary_pages
    from gigaplan.engine.solve.solve import solve_plan

    if path.suffix.lower() == ".json":
        plan, file = read_plan(path), path.name
    else:
        stored = read_stored(path)
        plan, file = stored.plan, f"{path.name}, revision {stored.revision}, saved {stored.saved_at}"
    return to_workbook(plan, summary_pages(solve_plan(plan), file))


def _database(path: Path) -> bytes:
    """The plan in a file, with its results, as an SQLite database."""
    from gigaplan.engine.exchange.sqlite import to_sqlite
    from gigaplan.engine.solve.solve import solve_plan

    return to_sqlite(solve_plan(read_plan(path)))


def _csv(path: Path) -> bytes:
    from gigaplan.engine.exchange.plan_to_sheets import to_csv_folder

    return to_csv_folder(read_plan(path))


def _json(path: Path) -> bytes:
    from gigaplan.engine.exchange.json import to_json

    return to_json(read_plan(path))


_MADE = {".xlsx": _workbook, ".db": _database, ".sqlite": _database, ".zip": _csv, ".json": _json}
"""What makes the file that a plan is exported to, by the ending of its name."""


def _new(options: argparse.Namespace) -> int:
    from gigaplan.engine.storage.templates import load_template, template_names

    check_output(options, is_plan=True)
    names = [template.name for template in template_names()]
    if options.template not in names:
        raise CommandRefused(f"there is no template {options.template!r}; there are {', '.join(names)}")
    _save(load_template(options.template), options)
    return DONE


def _refuse_errors(plan: Plan) -> None:
    from gigaplan.engine.validation.rules import check

    errors = tuple(p for p in check(plan) if p.severity == "error")
    if errors:
        raise PlanError(errors)


def _save(plan: Plan, options: argparse.Namespace) -> None:
    from gigaplan.engine.storage.save import SaveError, save_plan

    try:
        save_plan(plan, options.output, expected=None, uuid=None, revision=1)
    except SaveError as error:
        raise CommandRefused(str(error)) from error
    tell_written(f"wrote {said(options.output)}")
