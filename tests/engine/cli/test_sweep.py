"""gigaplan sweep: every combination of values, streamed, and gone on with where it was stopped."""

from __future__ import annotations

import csv
import sqlite3
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
        (p, d) for p in ("1", "2", "3") for d in ("50", "100")
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
    assert part.read_bytes() == whole.read_bytes()


def test_another_file_is_not_gone_on_with(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.csv"
    out.write_text("a,b\r\n1,2\r\n")
    assert main(["sweep", str(file), "--vary", "offers.rent.price_usd=1,2", "-o", str(out), "--continue"]) == 2
    assert "is not of this sweep" in capsys.readouterr().err
    assert main(["sweep", str(file), "--vary", "offers.rent.price_usd=1,2", "-o", str(out)]) == 2
    assert out.read_text() == "a,b\n1,2\n"


PRICE = {
    "id": "price", "table": "offers", "row": "rent", "field": "price_usd", "distribution": "uniform", "low": 1,
    "high": 2,
}  # fmt: skip
DOUBLE = {"table": "workloads", "row": "work", "field": "demand", "op": "scale", "value": 2}


@pytest.fixture
def uncertain(tmp_path: Path) -> Path:
    path = tmp_path / "uncertain.json"
    scenarios = [{"id": "double", "name": "Double", "overrides": [DOUBLE]}]
    path.write_bytes(to_json(plan_of(plan={"periods": 1}, uncertainties=[PRICE], scenarios=scenarios)))
    return path


def test_draws_come_with_each_value_under_each_scenario(uncertain: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    words = ["--vary", "workloads.work.demand=50,100", "--draws", "3", "--scenarios", "base,double", "--jobs", "1"]
    assert main(["sweep", str(uncertain), *words, "-o", str(out)]) == 0
    found = rows(out)
    assert [r["scenario"] for r in found] == ["base"] * 6 + ["double"] * 6
    assert [r["workloads.work.demand"] for r in found] == (["50"] * 3 + ["100"] * 3) * 2
    drawn = [r["uncertain.price"] for r in found]
    assert drawn == drawn[:3] * 4
    # What is varied is set whatever the scenario scales.
    costs = [float(r["tco_usd"]) for r in found]
    assert costs[:6] == pytest.approx(costs[6:])
    assert costs[0] / float(drawn[0]) == pytest.approx(costs[1] / float(drawn[1]))


def test_a_database_goes_on_where_it_was_stopped(uncertain: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "out.db"
    vary = ["sweep", str(uncertain), "--vary", "workloads.work.demand=50:100:4", "--jobs", "1", "-o", str(out)]
    assert main(vary) == 0
    with sqlite3.connect(out) as file:
        before = file.execute("SELECT * FROM cases").fetchall()
        file.execute("DELETE FROM cases WHERE rowid > 2")
    file.close()
    assert main([*vary, "--continue"]) == 0
    assert "4 cases, 2 of them solved now" in capsys.readouterr().out
    with sqlite3.connect(out) as file:
        after = file.execute("SELECT * FROM cases").fetchall()
    file.close()
    assert [row[:2] for row in after] == [row[:2] for row in before]
    assert [row[0] for row in before] == pytest.approx([50.0, 200 / 3, 250 / 3, 100.0])
    assert main([*vary[:2], "--vary", "offers.rent.price_usd=1,2", *vary[4:], "--continue"]) == 2
    assert "its columns are others" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "there is nothing to vary"),
        (["--scenarios", "gone"], "there is no scenario"),
        (["--vary", "offers.rent.price_usd=1,2", "-o", "x.txt"], "ends in .csv, .db, .parquet"),
        (["--vary", "offers.rent.price_usd=1,2", "--cluster", "tcp://127.0.0.1:1"], "a cluster needs Dask"),
    ],
)
def test_what_cannot_be_swept_is_said(uncertain, tmp_path, capsys, arguments: list[str], words: str) -> None:
    out = [] if "-o" in arguments else ["-o", str(tmp_path / "out.csv")]
    assert main(["sweep", str(uncertain), *arguments, *out]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


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
