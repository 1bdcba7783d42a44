"""The command line: finds the command that was asked for, and says what went wrong with it. No Qt here."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from engine import __version__
from engine.commands.base import BAD_INPUT, OPTIMAL, OWN_ERROR, Refused
from engine.problems import PlanError

COMMANDS = ("solve", "explain", "check", "repair", "history", "compare", "import", "export", "new")


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
    from engine.commands import exchanging, files, solving

    for part in (solving, files, exchanging):
        part.add_commands(commands)
    return parser
