"""Saves for tests: another revision over a file, and scripts that save in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gigaplan.engine.plan.plan import with_settings
from gigaplan.engine.storage.save import save_plan
from tests.engine.storage_samples import full_plan

ROOT = Path(__file__).resolve().parents[2]


POSIX = pytest.mark.skipif(os.name != "posix", reason="needs signals, forks and hard links as POSIX has them")


def again(path: Path, expected: Any = None, revision: int = 2) -> Any:
    """Saves another revision over a file."""
    plan = with_settings(full_plan(), name=f"revision {revision}")
    return save_plan(plan, path, expected=expected, uuid=None, revision=revision)


def run_script(script: str, *arguments: object) -> str:
    """What a Python script printed, run in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests" / "engine")])}
    command = [sys.executable, "-c", script, *map(str, arguments)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout
