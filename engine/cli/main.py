"""The command line: finds the command that was asked for, and says what went wrong with it. No Qt here."""

from __future__ import annotations

import argparse
import io
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from gigaplan.engine import __version__
from gigaplan.engine.cli.commands.common import (
    BAD_INPUT,
    DONE,
    OWN_ERROR,
    STOPPED,
    CommandRefused,
    OutputLost,
    answer_alone,
    drop_answer,
    finish,
    on_cluster,
    said,
    tell,
)
from gigaplan.engine.plan.problems import PlanError

COMMANDS = (
    "solve", "explain", "risk", "hedge", "held", "loss", "frontier", "alternatives", "flip",
    "sweep", "check", "repair", "history", "compare", "import", "export", "new", "catalogue",
)  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Runs one command and gives its exit status: 0 optimal or done, 1 our own error, 2 bad input or usage,
    3 infeasible or unbounded, 4 stopped by a limit."""
    options = _parser().parse_args(arguments)

    def run() -> int:
        with on_cluster(options):
            return int(options.run(options))

    return guarded(run)


def guarded(work: Callable[[], int]) -> int:
    """The exit status of a piece of work; what goes wrong with it is said on stderr, and becomes its status."""
    with answer_alone():
        return _guarded(work)


def _guarded(work: Callable[[], int]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what a console cannot show is no reason to fail
    try:
        status = work()
        finish()
        return status
    except PlanError as error:
        tell(error, file=sys.stderr)
        return BAD_INPUT
    except (CommandRefused, UnicodeError) as error:
        tell(f"gigaplan: {error}", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:
        # The reader (head, less) has gone: nothing is wrong, and nothing more can be said.
        drop_answer()
        return DONE
    except OutputLost as lost:
        tell(f"gigaplan: the output could not be written ({lost})", file=sys.stderr)
        drop_answer()
        return BAD_INPUT
    except OSError as error:
        tell(f"gigaplan: {_in_words(error)}", file=sys.stderr)
        drop_answer()
        return BAD_INPUT
    except MemoryError:
        tell("gigaplan: there is not enough memory for this; nothing was written.", file=sys.stderr)
        drop_answer()
        return STOPPED
    except Exception:
        traceback.print_exc()
        print("gigaplan: internal error; nothing was written.", file=sys.stderr)
        return OWN_ERROR


def _in_words(error: OSError) -> str:
    from gigaplan.engine.storage.atomic_replace import in_words
    from gigaplan.engine.storage.load import unreadable

    if error.filename is None:
        return f"a file could not be read or written ({in_words(error)})"
    return f"{said(Path(os.fsdecode(error.filename)))}: {unreadable(error)}"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        tell(f"gigaplan: {message}", file=sys.stderr)
        raise SystemExit(BAD_INPUT)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="gigaplan",
        description="Plan AI compute: which chips, from whom, where and when; what they cost and draw.",
        epilog="Without a command, gigaplan [FILE] opens the window.",
    )
    parser.add_argument("--version", action="version", version=f"Gigaplan {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    from gigaplan.engine.cli.commands import catalogue, decisions, exchanging, files, risk, solving, sweeping

    for part in (solving, risk, decisions, sweeping, files, exchanging, catalogue):
        part.add_commands(commands)
    return parser
