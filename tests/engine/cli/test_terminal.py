"""What a plan and its file are called steers no terminal, and no command fails for want of one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from gigaplan.engine.cli import main
from gigaplan.engine.plan.fields import fields
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import ROW_TYPES
from gigaplan.engine.storage.save import save_plan
from gigaplan.engine.storage.templates import load_template

ROOT = Path(__file__).parents[3]
STEERING = "\x1b]0;title\x07\x1b[2J\r\x08\x7f\x9b31m\u202e\u2066\u2028"
ONE_LINE = STEERING.replace("\r", "").replace("\u2028", "")
"""What of it a name may hold."""
SEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e\u2066]")


def steering_plan() -> Plan:
    """A plan whose every name would clear the screen, with warnings that quote them."""

    def row(row: msgspec.Struct) -> msgspec.Struct:
        texts = [f.name for f in fields(type(row)) if f.name in ("name", "notes", "vendor", "provider", "jurisdiction")]
        return msgspec.structs.replace(row, **dict.fromkeys(texts, f"name{ONE_LINE}"))

    plan = load_template("frontier-1gw")
    tables = {table: tuple(map(row, getattr(plan, table))) for table in ROW_TYPES}
    return msgspec.structs.replace(plan, settings=row(plan.settings), **tables)


@pytest.fixture(scope="module")
def steering(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("terminal") / "plan.gigaplan"
    save_plan(steering_plan(), path, expected=None, uuid=None, revision=1)
    return path


@pytest.mark.parametrize(
    "command", [["check"], ["solve"], ["solve", "--format", "json"], ["explain"], ["explain", "tco_usd"], ["history"]]
)
def test_names_of_a_plan_steer_no_terminal(
    steering: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main([command[0], str(steering), *command[1:]]) == 0
    said = capsys.readouterr()
    for text in (said.out, said.err):
        assert SEEN.search(text) is None
    if command != ["history"]:
        assert "name" in said.out + said.err
    if "json" in command:
        assert any(ONE_LINE in problem["text"] for problem in json.loads(said.out)["problems"])


def test_a_result_in_a_file_steers_no_terminal_that_shows_it(steering: Path, tmp_path: Path) -> None:
    for form in ("table", "json"):
        assert main.main(["solve", str(steering), "--format", form, "-o", str(tmp_path / form)]) == 0
        assert SEEN.search((tmp_path / form).read_bytes().decode()) is None


def test_names_of_files_steer_no_terminal(steering: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = f"{STEERING}.gigaplan"
    folder = tmp_path / name
    folder.mkdir()
    assert main.main(["check", str(folder)]) == 2
    assert main.main(["export", str(steering), "-o", str(tmp_path / "none" / f"{STEERING}.json")]) == 2
    assert main.main(["compare", str(tmp_path / "none" / name), str(steering)]) == 2
    with pytest.raises(SystemExit):
        main.main(["check", str(steering), name])
    said = capsys.readouterr()
    assert SEEN.search(said.out + said.err) is None


@pytest.mark.skipif(os.name == "nt", reason="a shell of Windows does not close what a program writes to")
def test_a_refusal_with_nowhere_to_print_is_still_a_refusal() -> None:
    command = [sys.executable, "-m", "gigaplan.gui", "check", "nowhere.gigaplan"]
    for closed in (">&-", ">&- 2>&-", "</dev/null >&-"):
        done = subprocess.run(
            ["sh", "-c", f'"$@" {closed}', "sh", *command], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 2, done.stderr
        assert "Traceback" not in done.stderr
