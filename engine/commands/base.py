"""What the commands share: the statuses they end with, and which files they read and may replace."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from engine.plan import Plan

OPTIMAL, OWN_ERROR, BAD_INPUT, NO_PLAN, STOPPED = 0, 1, 2, 3, 4
"""Exit statuses: done (of a solve, optimal), our own error, bad input or usage, infeasible or unbounded, stopped."""


class Refused(Exception):
    """A command that was asked for what cannot be done; its text is the answer."""


def add_output(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Gives a command its -o OUT and --force."""
    parser.add_argument("-o", "--output", type=Path, required=required, metavar="OUT")
    parser.add_argument("--force", action="store_true", help="replace OUT where it exists")


def refuse_existing(options: argparse.Namespace) -> None:
    """Refuses to replace a file that is there, unless told to, before any work is done."""
    if options.output is not None and os.path.lexists(options.output) and not options.force:
        raise Refused(f"{options.output} exists already; --force replaces it")


def read_plan(path: Path) -> Plan:
    """The plan in a .gigaplan or .json file. Raises PlanError or OSError."""
    if path.suffix.lower() == ".json":
        from engine.exchange.json import read_json

        return read_json(path)
    from engine.storage.load import open_plan

    return open_plan(path).plan
