"""The commands about a catalogue of one's own: check its files, and merge them with those of Gigaplan."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from gigaplan.engine.cli.commands.common import BAD_INPUT, DONE, CommandRefused, path_given, said, tell


def add_commands(commands: Any) -> None:
    """Adds `catalogue validate` and `catalogue merge` to the sub-parsers of the command line."""
    parser = commands.add_parser("catalogue", help="check a catalogue of your own, or merge it with that of Gigaplan")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    validate = actions.add_parser("validate", help="say what is wrong with the files of a folder")
    validate.add_argument("folder", type=path_given, metavar="DIR")
    validate.set_defaults(run=_validate)
    merge = actions.add_parser("merge", help="write a folder that holds both; your rows win")
    merge.add_argument("folder", type=path_given, metavar="DIR")
    merge.add_argument("-o", "--output", type=path_given, required=True, metavar="OUT", help="a folder")
    merge.add_argument("--force", action="store_true", help="replace files that are in OUT")
    merge.set_defaults(run=_merge)


def _validate(options: argparse.Namespace) -> int:
    from gigaplan.engine.catalogue.own import check_own, contents, read_own

    own = read_own(options.folder)
    problems = check_own(own)
    for problem in problems:
        tell(problem)
    errors = sum(problem.severity == "error" for problem in problems)
    tell(f"{said(options.folder)}: {contents(own)}; {errors or 'no'} error{'' if errors == 1 else 's'}")
    return BAD_INPUT if errors else DONE


def _merge(options: argparse.Namespace) -> int:
    from gigaplan.engine.catalogue.own import check_own, merged, read_own
    from gigaplan.engine.exchange.csv import to_csv

    own = read_own(options.folder)
    errors = [problem for problem in check_own(own) if problem.severity == "error"]
    for problem in errors:
        tell(problem, file=sys.stderr)
    if errors:
        raise CommandRefused(f"{said(options.folder)} has errors: nothing was written")
    tables = {f"{table}.csv": found for table, found in merged(own).items()}
    there = [name for name in tables if (options.output / name).exists()]
    if there and not options.force:
        raise CommandRefused(f"{said(options.output)} holds {there[0]} already; choose another folder, or say --force")
    if options.output.resolve() == options.folder.resolve():
        raise CommandRefused("the merged catalogue would replace your own; choose another folder")
    options.output.mkdir(parents=True, exist_ok=True)
    for name, (columns, rows) in tables.items():
        cells = [columns, *([row.get(column) or "" for column in columns] for row in rows)]
        (options.output / name).write_bytes(to_csv(cells))
    tell(f"wrote {said(options.output)}: {len(tables)} files")
    return DONE
