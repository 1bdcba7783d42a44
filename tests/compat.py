"""Smoke tests with the oldest and the newest version of all that Gigaplan needs, in environments of their own.

`python -m tests.compat [oldest] [newest]`; the environments are `.venv-oldest` and `.venv-newest`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ("pytest", "pytest-qt", "pytest-timeout", "pytest-xdist", "hypothesis", "scipy")
SMOKE = (
    "tests/engine/cli/test_cli.py",
    "tests/engine/exchange/test_exchange_plan.py",
    "tests/engine/solve/test_cases.py",
    "tests/engine/solve/test_integers.py",
    "tests/gui/app",
    "tests/gui/views/charts/test_chart_exports.py",
    "tests/gui/views/inspector/test_inspector_whole.py",
)
"""Each dependency does what it is for: commands, workbooks, solves, units, the window and its charts."""


def needed() -> list[Requirement]:
    """What the program needs to run on this Python."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = [Requirement(text) for text in project["dependencies"]]
    return [r for r in found if r.marker is None or r.marker.evaluate()]


def oldest(requirement: Requirement) -> str:
    """A pin at the lower end of a range."""
    (least,) = [s.version for s in requirement.specifier if s.operator == ">="]
    return f"{requirement.name}=={least}"


def tools() -> list[str]:
    """The pins of what the tests need, where the program does not need it too."""
    own = {canonicalize_name(requirement.name) for requirement in needed()}
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [pin for pin in pins if (name := re.split("==", pin)[0]) in TOOLS and name not in own]


def run(which: str) -> int:
    """Makes the environment anew and runs the smoke tests in it; their exit status."""
    folder = ROOT / f".venv-{which}"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    wanted = [oldest(r) if which == "oldest" else f"{r.name}{r.specifier}" for r in needed()]
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--upgrade"]
    subprocess.run([*pip, "--upgrade-strategy", "eager", *wanted, *tools()], check=True)
    subprocess.run([*pip, "--no-deps", "-e", "."], cwd=ROOT, check=True)
    got = subprocess.run([python, "-m", "pip", "freeze"], capture_output=True, text=True, check=True).stdout
    names = {canonicalize_name(r.name) for r in needed()}
    print(which, *(line for line in got.splitlines() if canonicalize_name(line.split("==")[0]) in names), flush=True)
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *SMOKE]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    failed = [which for which in (sys.argv[1:] or ["oldest", "newest"]) if run(which) != 0]
    print(f"Failed: {', '.join(failed)}" if failed else "Both ends of every range work.")
    sys.exit(bool(failed))
