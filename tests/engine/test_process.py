"""Work in a process of its own outlives neither who began it, nor a Ctrl+C that was meant for the window."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.process import Job

ROOT = Path(__file__).parents[2]
BEGINS_AND_IS_KILLED = """
import os
from engine.process import Job
from tests.engine.test_process import endless

job = Job(endless)
print(job.hear(60), flush=True)
os.kill(os.getpid(), 9)
"""


def endless(answer: Any) -> None:
    answer.send(os.getpid())
    while True:
        pass


def interrupted(answer: Any) -> None:
    os.kill(os.getpid(), signal.SIGINT)
    answer.send("still here")


@pytest.mark.skipif(sys.platform == "win32", reason="a kill that nothing can answer")
def test_it_ends_with_the_process_that_began_it_and_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "begins.py"
    script.write_text(f'if __name__ == "__main__":\n{_indented(BEGINS_AND_IS_KILLED)}')
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=env) as begun:
        assert begun.stdout is not None
        child = int(begun.stdout.readline())
        try:
            begun.communicate(timeout=60)  # the output is closed when the last that has it is gone
        except subprocess.TimeoutExpired:
            os.kill(child, signal.SIGKILL)
            pytest.fail("the work goes on without anybody who could hear of it")


@pytest.mark.skipif(sys.platform == "win32", reason="a signal that a process sends to itself")
def test_ctrl_c_is_for_the_window_alone() -> None:
    job = Job(interrupted)
    try:
        assert job.hear(60) == "still here"
    finally:
        job.cancel()


def _indented(code: str) -> str:
    return "".join(f"    {line}\n" for line in code.splitlines())
