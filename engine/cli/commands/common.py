"""What the commands share: the statuses they end with, and which files they read and may replace."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import msgspec

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError

if TYPE_CHECKING:
    from gigaplan.engine.storage.load import StoredPlan

PLAN = ".gigaplan"
"""What the name of a plan file ends in."""

OPTIMAL, OWN_ERROR, BAD_INPUT, NO_PLAN, STOPPED = 0, 1, 2, 3, 4
"""Exit statuses: done (of a solve, optimal), our own error, bad input or usage, infeasible or unbounded, stopped."""


STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What moves the cursor of a terminal, changes its title or turns its text round, and is no text."""


class Refused(Exception):
    """A command that was asked for what cannot be done; its text is the answer."""


def add_output(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Gives a command its -o OUT and --force."""
    parser.add_argument("-o", "--output", type=path_given, required=required, metavar="OUT")
    parser.add_argument("--force", action="store_true", help="replace OUT where it exists")


def path_given(text: str) -> Path:
    """The path that an argument names. Raises ArgumentTypeError for an empty one, which would be this folder."""
    if not text:
        raise argparse.ArgumentTypeError("names no file")
    return Path(text)


def tell(text: object, file: TextIO | None = None) -> None:
    """Prints lines, on stdout unless told otherwise: what names and notes of a plan hold steers no terminal."""
    print(steady(str(text)), file=sys.stdout if file is None else file)


def steady(text: str) -> str:
    """Text of several lines as a terminal can be given it, whatever is in it."""
    return STEERING.sub("\N{REPLACEMENT CHARACTER}", text)


def said(path: Path) -> str:
    """A path as it can stand in a line, whatever is in it."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(path))


def check_output(options: argparse.Namespace, *, is_plan: bool = False, may_be_read: bool = False) -> None:
    """Refuses, before any work is done, an output that exists, unless it may be replaced, and one whose name does not
    say that it is a plan; whatever was said, the file that is read too, unless `may_be_read`."""
    output: Path | None = options.output
    if output is None:
        return
    if is_plan and output.suffix.lower() != PLAN:
        raise Refused(f"the name of a plan file ends in {PLAN}; that of {said(output)} does not")
    there = os.path.lexists(output)
    file: Path | None = getattr(options, "file", None)
    if there and not may_be_read and file is not None and file.exists() and output.exists() and file.samefile(output):
        raise Refused(f"{said(output)} is the file that is read, and stays as it is; give another name")
    if there and not options.force:
        raise Refused(f"{said(output)} exists already; --force replaces it")


def write_output(path: Path, data: bytes) -> None:
    """Writes what a command made, whole or not at all. Raises Refused."""
    from gigaplan.engine.storage.atomic_replace import SaveError, put_file

    try:
        put_file(path, data)
    except SaveError as error:
        raise Refused(str(error)) from error


def read_plan(path: Path) -> Plan:
    """The plan in a .gigaplan or .json file. Raises PlanError, which names the file, or OSError."""
    if path.suffix.lower() == ".json":
        from gigaplan.engine.exchange.json import read_json

        with naming(path):
            return read_json(path)
    return read_stored(path).plan


def read_stored(path: Path) -> StoredPlan:
    """What a .gigaplan file holds. Raises PlanError, which names the file, or OSError."""
    from gigaplan.engine.storage.load import open_plan

    with naming(path):
        return open_plan(path)


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Gives what is wrong with a file as a whole the name of the file."""
    try:
        yield
    except PlanError as error:
        problems = error.problems
        raise PlanError(
            tuple(p if p.path else msgspec.structs.replace(p, path=said(path)) for p in problems)
        ) from error
