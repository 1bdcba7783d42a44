"""Work in a process of its own outlives neither who began it, nor a Ctrl+C that was meant for the window."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gigaplan.engine.solve.subprocess_job import Job

ROOT = Path(__file__).parents[3]
BEGINS_AND_IS_KILLED = """
import os
from gigaplan.engine.solve.subprocess_job import Job
from tests.engine.solve.test_subprocess_job import {work}

job = Job({work})
print(job.hear(60), flush=True)
os.kill(os.getpid(), 9)
"""


def endless(answer: Any) -> None:
    answer.send(os.getpid())
    while True:
        pass


def deaf(answer: Any) -> None:
    answer.send(os.getpid())
    sum(range(10**12))  # no other thread has a turn meanwhile


def interrupted(answer: Any) -> None:
    os.kill(os.getpid(), signal.SIGINT)
    answer.send("still here")


def talkative(answer: Any) -> None:
    print("printed by a library")
    os.write(1, b"printed by its C code")
    for k in range(100):
        answer.send((k, b"x" * 100_000))


def speaks_wrongly(answer: Any) -> None:
    answer._file.write(b"\xff" * 1000)
    answer._file.flush()
    while True:
        pass


def where(answer: Any) -> None:
    answer.send((os.getcwd(), sys.flags.isolated, list(sys.path)))


def test_its_words_come_whole_and_what_is_printed_is_none_of_them() -> None:
    job = Job(talkative)
    assert [job.hear(60) for _ in range(100)] == [(k, b"x" * 100_000) for k in range(100)]
    with pytest.raises(EOFError):
        job.hear(60)
    with pytest.raises(EOFError):  # it stays so
        job.hear(0)
    job.cancel()


def test_one_that_is_not_heard_is_cancelled_at_once_all_the_same() -> None:
    job = Job(talkative)
    assert job.hear(60)[0] == 0
    job.cancel()
    assert job._process.returncode is not None
    with pytest.raises(EOFError):
        job.hear(60)


def test_one_that_says_what_is_no_word_is_ended() -> None:
    job = Job(speaks_wrongly)
    with pytest.raises(EOFError):
        job.hear(60)
    job.cancel()
    assert job._process.returncode is not None


def test_it_stands_in_no_folder_of_anybody_and_looks_for_code_in_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend("")
    monkeypatch.syspath_prepend(".")
    job = Job(where)
    folder, isolated, path = job.hear(60)
    job.cancel()
    assert Path(folder) == Path(sys.executable).parent
    assert isolated
    assert all(os.path.isabs(each) or each.startswith("__editable__") for each in path)
    assert str(tmp_path) not in path


@pytest.mark.skipif(sys.platform == "win32", reason="a kill that nothing can answer")
@pytest.mark.parametrize("work", [endless, deaf])
def test_it_ends_with_the_process_that_began_it_and_was_killed(tmp_path: Path, work: Callable[[Any], None]) -> None:
    script = tmp_path / "begins.py"
    script.write_text(f'if __name__ == "__main__":\n{_indented(BEGINS_AND_IS_KILLED.format(work=work.__name__))}')
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
