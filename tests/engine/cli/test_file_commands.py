"""`gigaplan repair` and `gigaplan check`, on files that are damaged and on plans that are wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gigaplan.engine.cli import main
from gigaplan.engine.plan.schema import ROW_TYPES
from gigaplan.engine.storage.format import TABLES
from gigaplan.engine.storage.load import open_plan
from tests.engine.plans import plan_of
from tests.engine.salvaging import PAGE
from tests.engine.storage_samples import names_in, saved, tamper


def run(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, str, str]:
    code = main.main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_repair_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = saved(tmp_path, plan_of()), tmp_path / "new.gigaplan"
    tamper(path, "UPDATE platforms SET power_w = 'lots'", loose="platforms", sign=False)
    before = path.read_bytes()
    code, said, complaint = run(capsys, "repair", path, "-o", out)
    assert (code, said) == (0, f"wrote {out}: 3 rows saved, 1 thing lost or left out, 1 warning\n")
    assert complaint.splitlines() == [
        "platforms[0]: is left out: power_w holds a non-REAL value.",
        "warning: the checksum does not match: figures may have been changed.",
    ]
    assert path.read_bytes() == before
    assert open_plan(out).plan == msgspec.structs.replace(plan_of(), platforms=())
    assert names_in(tmp_path) == {"plan.gigaplan", "new.gigaplan"}
    good = out.read_bytes()
    assert run(capsys, "repair", path, "-o", out)[0] == 2
    assert out.read_bytes() == good
    assert run(capsys, "repair", path, "-o", out, "--force")[0] == 0
    code, _, complaint = run(capsys, "repair", path, "-o", path, "--force")
    assert (code, "is the input file" in complaint) == (2, True)
    assert path.read_bytes() == before
    json = tmp_path / "plan.json"
    json.write_text("{}")
    assert run(capsys, "repair", json, "-o", tmp_path / "x.gigaplan")[0] == 2
    assert not (tmp_path / "x.gigaplan").exists()


DAMAGE: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("cut", lambda data: data[:-PAGE], "truncated"),
    ("newer", lambda data: data[:60] + b"\0\0\0\4" + data[64:], "made by a newer Gigaplan (format 4)"),
    ("other", lambda data: data[:68] + b"\0\0\0\2" + data[72:], "a database of another program"),
    ("no database", lambda data: b"x" * 5000, "This is not a Gigaplan file"),
    ("wiped", lambda data: data[:PAGE] + bytes(len(data) - PAGE), "The file is damaged"),
    ("changed", lambda data: data.replace(b"Here", b"Hear"), "does not match its checksum"),
]


@pytest.mark.parametrize(("damage", "words"), [(d, w) for _, d, w in DAMAGE], ids=[name for name, _, _ in DAMAGE])
def test_check_names_what_is_wrong_with_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[bytes], bytes], words: str
) -> None:
    path = saved(tmp_path, plan_of())
    path.write_bytes(damage(path.read_bytes()))
    code, said, complaint = run(capsys, "check", path)
    assert (code, said) == (2, "")
    assert words in complaint
    assert complaint.splitlines()[-1] == f"{path}: {len(complaint.splitlines()) - 1} " + (
        "error" if len(complaint.splitlines()) == 2 else "errors"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "it is not JSON"),
        ('{"format": "gigaplan/9"}', "newer Gigaplan"),
        ('{"format": "gigaplan/2", "plan": {"name": 3}}', "plan.name: must be text"),
        ("\udcff", "not text in UTF-8"),
    ],
)
def test_check_names_what_is_wrong_with_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    code, said, complaint = run(capsys, "check", path)
    assert (code, said) == (2, "")
    assert words in complaint


def test_check_counts_errors_and_warnings_of_a_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, plan_of())
    assert run(capsys, "check", path) == (0, f"{path}: format 3, no errors\n", "")
    path = saved(tmp_path, plan_of(workloads=[]))
    code, said, complaint = run(capsys, "check", path)
    assert (code, said) == (0, f"{path}: format 3, no errors, 1 warning\n")
    assert complaint.startswith("warning: workloads: there are no workloads")
    path = saved(tmp_path, plan_of(workloads=[], offers=[{"platform": "none"}]))
    code, said, complaint = run(capsys, "check", path)
    assert (code, said) == (2, "")
    assert complaint.endswith(f"{path}: 1 error, 1 warning\n")
    assert set(TABLES) == {"plan", *ROW_TYPES}
