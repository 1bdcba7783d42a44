"""What the commands share: the statuses they end with, and which files they read and may replace."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import msgspec

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError

if TYPE_CHECKING:
    from gigaplan.engine.storage.load import StoredPlan

PLAN = ".gigaplan"
"""What the name of a plan file ends in."""

DONE, OWN_ERROR, BAD_INPUT, NO_PLAN, STOPPED = 0, 1, 2, 3, 4
"""Exit codes: done, internal error, bad input or usage, infeasible or unbounded, stopped by a limit."""


STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What moves the cursor of a terminal, changes its title or turns its text round, and is no text."""


_answer: TextIO | None = None


class OutputLost(Exception):
    """The answer could not be printed; its text says why."""

    def __init__(self, error: OSError) -> None:
        from gigaplan.engine.storage.atomic_replace import in_words

        super().__init__(in_words(error))


class CommandRefused(Exception):
    """A command that was asked for what cannot be done; its text is the answer."""


def add_output(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Gives a command its -o OUT and --force."""
    parser.add_argument("-o", "--output", type=path_given, required=required, metavar="OUT")
    parser.add_argument("--force", action="store_true", help="replace OUT where it exists")


def add_file(parser: argparse.ArgumentParser) -> None:
    """Gives a command the FILE that it reads."""
    parser.add_argument("file", type=path_given, help="a .gigaplan or .json plan")


def add_seed(parser: argparse.ArgumentParser) -> None:
    """Gives a command its --seed N."""
    whole = whole_number("a whole number, 0 or more", 10**18 - 1)
    parser.add_argument("--seed", type=whole, default=0, metavar="N", help="the same seed draws the same samples (0)")


def whole_number(said: str, most: int, least: int = 0) -> Callable[[str], int]:
    """Reads an argument that is a whole number from `least` to `most` (18 digits); for others it must be `said`."""

    def read(text: str) -> int:
        if not text.isdecimal() or len(text) > 18 or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"must be {said}")
        return int(text)

    return read


MOST_JOBS = 256
CLUSTER = "GIGAPLAN_CLUSTER"
"""The variable with the person's own cluster; a plan file never says where it is worked out."""


def add_jobs(parser: argparse.ArgumentParser) -> None:
    """Gives a command its --jobs N."""
    cores = os.cpu_count() or 1
    words = "processes (one per core); the answers are the same for any number"
    number = whole_number(f"a number of processes, 1 to {MOST_JOBS}", MOST_JOBS, least=1)
    parser.add_argument("--jobs", type=number, default=cores, metavar="N", help=words)


def add_cluster(parser: argparse.ArgumentParser) -> None:
    """Gives a command its --cluster [ADDRESS]."""
    words = f"on the workers of a Dask scheduler, tcp://... or tls://... (without one: that in {CLUSTER})"
    parser.add_argument("--cluster", nargs="?", const="", metavar="ADDRESS", help=words)


@contextlib.contextmanager
def on_cluster(options: argparse.Namespace) -> Iterator[None]:
    """Within it, cases are done by the cluster that a command was given, if it was. Raises Refused."""
    address = getattr(options, "cluster", None)
    if address is None:
        yield
        return
    from gigaplan.engine.analysis.cluster import NoCluster, within

    address = address or os.environ.get(CLUSTER, "")
    if not address:
        raise CommandRefused(f"--cluster has no address, and {CLUSTER} names none")
    try:
        with within(address):
            yield
    except NoCluster as error:
        raise CommandRefused(str(error)) from None


def path_given(text: str) -> Path:
    """The path that an argument names. Raises ArgumentTypeError for an empty one, which would be this folder."""
    if not text:
        raise argparse.ArgumentTypeError("names no file")
    return Path(text)


def tell(text: object, file: TextIO | None = None) -> None:
    """Prints lines, as the answer unless told otherwise: what names and notes of a plan hold steers no terminal.

    Raises OutputLost where the answer cannot be printed.
    """
    if file is not None:
        print(steady(str(text)), file=file)
        return
    try:
        print(steady(str(text)), file=answer())
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputLost(error) from error


def tell_written(text: str) -> None:
    """Says that a file was written. Where that cannot be said, stderr is told: the file is there all the same."""
    try:
        tell(text)
        finish()
    except OutputLost as lost:
        tell(f"gigaplan: {text} (standard output: {lost})", file=sys.stderr)
        drop_answer()


def answer() -> TextIO | None:
    """Where a command prints its answer: where stdout leads. None where that was closed."""
    return _answer or sys.stdout


def finish() -> None:
    """Sees to it that the answer has gone out. Raises OutputLost, or BrokenPipeError where nobody reads it."""
    stream = answer()
    try:
        if stream is not None:
            stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputLost(error) from error


def drop_answer() -> None:
    """Drops what is still to be printed where it cannot be: Python would try again at its end, and complain."""
    stream = answer()
    try:
        if stream is not None:
            stream.flush()
    except OSError:
        assert stream is not None
        with open(os.devnull, "w", encoding="ascii") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())


@contextlib.contextmanager
def answer_alone() -> Iterator[None]:
    """The answer alone goes to where stdout led: what a library prints, by Python or by itself, goes to stderr.

    Nothing changes where stdout is not file 1: within another such block, or where a caller reads along.
    """
    global _answer
    plain = sys.stdout
    try:
        is_plain = plain.fileno() == 1
    except (AttributeError, OSError):  # it was closed, or is no file
        is_plain = False
    if not is_plain or sys.stderr is None:
        yield
        return
    plain.flush()
    kept = os.dup(1)
    os.dup2(sys.stderr.fileno(), 1)
    _answer = open(os.dup(kept), "w", encoding=plain.encoding, errors="backslashreplace")  # noqa: SIM115
    sys.stdout = sys.stderr
    try:
        yield
    finally:
        made, _answer, sys.stdout = _answer, None, plain
        os.dup2(kept, 1)
        os.close(kept)
        with contextlib.suppress(OSError):  # that it cannot be printed was said
            made.close()


def say_how_far(done: int, count: int) -> None:
    """On a terminal, how far the work is, in a line that goes when it is done."""
    if sys.stderr is not None and sys.stderr.isatty():
        words = f"{done} of {count} cases"
        print(f"\r{words if done < count else ' ' * len(words)}\r", end="", file=sys.stderr, flush=True)


def say_meanwhile(text: str) -> None:
    """On a terminal, a line of what is known before the answer is."""
    if sys.stderr is not None and sys.stderr.isatty():
        tell(text, file=sys.stderr)


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
        raise CommandRefused(f"the name of a plan file ends in {PLAN}; that of {said(output)} does not")
    there = os.path.lexists(output)
    file: Path | None = getattr(options, "file", None)
    if there and not may_be_read and file is not None and file.exists() and output.exists() and file.samefile(output):
        raise CommandRefused(f"{said(output)} is the input file; choose another name")
    if there and not options.force:
        raise CommandRefused(f"{said(output)} exists already; --force replaces it")


def write_output(path: Path, data: bytes) -> None:
    """Writes what a command made, whole or not at all. Raises Refused."""
    from gigaplan.engine.storage.atomic_replace import SaveError, put_file

    try:
        put_file(path, data)
    except SaveError as error:
        raise CommandRefused(str(error)) from error


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
    except OSError as error:
        if error.filename is None:  # it was opened, and could not be read
            error.filename = os.fspath(path)
        raise
    except PlanError as error:
        problems = error.problems
        raise PlanError(
            tuple(p if p.path else msgspec.structs.replace(p, path=said(path)) for p in problems)
        ) from error
