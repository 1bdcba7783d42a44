"""A plan solved in a process of its own that runs out of memory: a sentence, and no traceback."""

from __future__ import annotations

import pytest

from gigaplan.engine.solve.large_plan_job import SolveJob
from tests.engine.plans import grid_plan


def test_too_little_memory_is_a_sentence_and_no_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    job = SolveJob(grid_plan(60, 60, 20, 60), 1.2e9)
    result = None
    while result is None:
        result = job.wait(5)
    assert result.status == "error"
    assert "more memory than this computer has" in result.problems[0].text
    assert capfd.readouterr().err == ""
