"""gigaplan sweep: every combination of values, streamed, and gone on with where it was stopped."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from gigaplan.engine.analysis.sweep import axis_of, cases_of
from gigaplan.engine.cli.main import main
from gigaplan.engine.exchange.json import to_json
from gigaplan.engine.plan.problems import PlanError
from tests.engine.plans import plan_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    path.write_bytes(to_json(plan_of()))
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_every_combination_is_a_line(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    vary = ["--vary", "offers.rent.price_usd=1:3:3", "--vary", "workloads.work.demand=50,100"]
    assert main(["sweep", str(file), *vary, "--jobs", "1", "-o", str(out)]) == 0
    found = rows(out)
    assert [(r["offers.rent.price_usd"], r["workloads.work.demand"]) for r in found] == [
        (p, d) for p in ("1.0", "2.0", "3.0") for d in ("50.0", "100.0")
    ]
    assert {r["status"] for r in found} == {"optimal"}
    costs = [float(r["tco_usd"]) for r in found]
    assert costs[1] == pytest.approx(2 * costs[0])
    assert costs[0] < costs[2] < costs[4]


def test_what_was_stopped_goes_on_and_comes_out_the_same(file: Path, tmp_path: Path) -> None:
    whole, part = tmp_path / "whole.csv", tmp_path / "part.csv"
    vary = ["sweep", str(file), "--vary", "offers.rent.price_usd=1:3:4", "--jobs", "1"]
    assert main([*vary, "-o", str(whole)]) == 0
    lines = whole.read_bytes().split(b"\r\n")
    part.write_bytes(b"\r\n".join(lines[:3]) + b"\r\n" + lines[3][:7])  # cut off in the middle of a line
    assert main([*vary, "-o", str(part), "--continue"]) == 0
    assert [r["offers.rent.price_usd"] for r in rows(part)] == [r["offers.rent.price_usd"] for r in rows(whole)]
    costs = [[float(r["tco_usd"]) for r in rows(path)] for path in (part, whole)]
    assert costs[0] == pytest.approx(costs[1])


def test_another_file_is_not_gone_on_with(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.csv"
    out.write_text("a,b\r\n1,2\r\n")
    assert main(["sweep", str(file), "--vary", "offers.rent.price_usd=1,2", "-o", str(out), "--continue"]) == 2
    assert "is not of this sweep" in capsys.readouterr().err
    assert main(["sweep", str(file), "--vary", "offers.rent.price_usd=1,2", "-o", str(out)]) == 2
    assert out.read_text() == "a,b\n1,2\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("offers.price_usd=1,2", "TABLE.ROW.FIELD"),
        ("offers.rent.price_usd=a", "nor numbers"),
        ("offers.rent.price_usd=1:2:0", "no values"),
        ("offers.none.price_usd=1", "no such row"),
        ("offers.rent.name=1", "holds no number"),
        ("nothing.rent.name=1", "there is no table"),
    ],
)
def test_what_cannot_be_varied_is_said(text: str, words: str) -> None:
    with pytest.raises(PlanError, match=words):
        cases_of(plan_of(), [axis_of(text)])
