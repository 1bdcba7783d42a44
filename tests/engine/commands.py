"""Commands run in this process: as `gigaplan` in a terminal, without its start."""

from __future__ import annotations

import contextlib
import io
from typing import NamedTuple

from gigaplan.engine.cli.main import main


class Done(NamedTuple):
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def run_here(*arguments: object) -> Done:
    """What a command answers."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main([str(each) for each in arguments])
        except SystemExit as end:
            status = int(end.code or 0)
    return Done(status, out.getvalue(), err.getvalue())
