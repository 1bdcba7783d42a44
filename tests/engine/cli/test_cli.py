"""The commands, run as a person runs them: what they print, what they write, and how they end."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CASES = ROOT / "tests" / "cases" / "1"
FRONTIER = ROOT / "projects" / "frontier-1gw.gigaplan"
STARTUP = ROOT / "projects" / "startup.gigaplan"
STARTUP = ROOT / "projects" / "startup.gigaplan"


def gigaplan(*arguments, cwd=None, env=None):
    return subprocess.run(
        [sys.executable, "-m", "gigaplan.gui", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd or ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen", **(env or {})},
        timeout=120,
        check=False,
    )


def changed(tmp_path, edit, case="hand-1"):
    """A case with an edit, as a file."""
    plan = json.loads((CASES / f"{case}.json").read_text())
    edit(plan)
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan))
    return path


def test_solve_prints_the_table_and_ends_with_0():
    done = gigaplan("solve", CASES / "hand-1.json")
    assert done.returncode == 0, done.stderr
    assert "objective_usd" in done.stdout
    assert "2,021" in done.stdout


def test_solve_as_json_has_every_part():
    done = gigaplan("solve", FRONTIER, "--format", "json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert set(answer) == {"status", "bound_usd", "gap", "kpis", "theta", "decisions", "periods", "series", "problems"}
    assert answer["status"] == "optimal"
    assert len(answer["periods"]) == 20
    assert answer["periods"][0] == "2026-01"
    workloads = answer["kpis"]["coverage"]
    assert len(workloads) >= 8
    assert set(answer["kpis"]["usd_per_million_tokens"]) | set(answer["kpis"]["usd_per_pflop_day"]) == set(workloads)
    assert all(set(s) == {"name", "unit", "by", "key", "values"} and len(s["values"]) == 20 for s in answer["series"])
    total = next(s for s in answer["series"] if (s["name"], s["by"]) == ("cost", "total"))
    parts = [s["values"] for s in answer["series"] if (s["name"], s["by"]) == ("cost", "component")]
    assert [sum(column) for column in zip(*parts, strict=True)] == pytest.approx(total["values"])


def test_a_scenario_is_solved_and_an_unknown_one_refused():
    from gigaplan.engine.storage.load import open_plan

    base = json.loads(gigaplan("solve", STARTUP, "--format", "json").stdout)["kpis"]["tco_usd"]
    scenario = open_plan(STARTUP).plan.scenarios[0].id
    done = gigaplan("solve", STARTUP, "--scenario", scenario, "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["kpis"]["tco_usd"] != base
    done = gigaplan("solve", STARTUP, "--scenario", "nowhere")
    assert done.returncode == 2
    assert scenario in done.stderr


def test_an_infeasible_plan_ends_with_3():
    done = gigaplan("solve", CASES / "synthetic-5.json", "--format", "json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["status"] == "infeasible"
    done = gigaplan("explain", CASES / "synthetic-5.json")
    assert done.returncode == 3
    assert "accept 0 %" in done.stdout


def test_a_time_limit_ends_with_4():
    done = gigaplan("solve", FRONTIER, "--time-limit", "0.0000001", "--format", "json")
    assert done.returncode == 4, done.stdout[:200]
    told = json.loads(done.stdout)
    assert told["status"] == "not_proven"  # there was time for the plan that buys nothing
    assert told["bound_usd"] <= told["kpis"]["objective_usd"]
    assert told["gap"] > 0.1


@pytest.mark.parametrize(
    ("edit", "path"),
    [
        (lambda p: p["offers"][0].pop("price_usd"), "offers[0].price_usd"),
        (lambda p: p["offers"][0].update(price_usd=-1), "offers[0].price_usd"),
        (lambda p: p["offers"][0].update(price_usd=[1, 2, 3]), "offers[0].price_usd"),
        (lambda p: p["offers"][0].update(price_usd="much"), "offers[0].price_usd"),
        (lambda p: p["offers"][0].update(platform="nothing"), "offers[0].platform"),
        (lambda p: p["sites"][0].update(pue=0.5), "sites[0].pue"),
        (lambda p: p["plan"].update(start="soon"), "plan.start"),
        (lambda p: p["workloads"][0].update(demand=float("nan")), "workloads[0].demand"),
        (lambda p: p["workloads"][0].update(demand=1e300), "workloads[0].demand"),
        (lambda p: p["workloads"][0].update(colour="red"), "workloads[0].colour"),
        (lambda p: p.pop("plan"), "plan"),
    ],
)
def test_bad_input_is_named_by_its_path_and_nothing_is_written(tmp_path, edit, path):
    source = changed(tmp_path, edit)
    target = tmp_path / "out.gigaplan"
    for arguments in (["solve", source], ["import", source, "-o", target]):
        done = gigaplan(*arguments)
        assert done.returncode == 2, done.stdout
        assert any(path in line for line in done.stderr.splitlines()), done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout == ""
    assert not target.exists()


def test_several_problems_have_a_line_each(tmp_path):
    def edit(plan):
        plan["offers"][0]["price_usd"] = -1
        plan["sites"][0]["pue"] = 0

    done = gigaplan("solve", changed(tmp_path, edit))
    assert len([line for line in done.stderr.splitlines() if "must be" in line]) == 2


def test_what_is_no_plan_is_refused(tmp_path):
    text = tmp_path / "a.gigaplan"
    text.write_text("hello")
    for path in (text, tmp_path / "missing.gigaplan", tmp_path):
        done = gigaplan("solve", path)
        assert done.returncode == 2, (path, done.stderr)
        assert len(done.stderr.strip().splitlines()) == 1
        assert "Traceback" not in done.stderr


def test_import_and_export_give_the_plan_back(tmp_path):
    plan, back = tmp_path / "p.gigaplan", tmp_path / "p.json"
    assert gigaplan("import", CASES / "synthetic-4.json", "-o", plan).returncode == 0
    assert gigaplan("export", plan, "-o", back).returncode == 0
    from gigaplan.engine.exchange.json import read_json

    assert read_json(back) == read_json(CASES / "synthetic-4.json")
    held = back.read_bytes()
    for arguments in (
        ["export", plan, "-o", back],
        ["import", back, "-o", plan],
        ["new", "--template", "startup", "-o", plan],
    ):
        done = gigaplan(*arguments)
        assert done.returncode == 2
        assert "--force" in done.stderr
    assert back.read_bytes() == held
    assert gigaplan("export", plan, "-o", back, "--force").returncode == 0


def test_new_makes_a_plan_that_checks_and_solves(tmp_path):
    target = tmp_path / "s.gigaplan"
    assert gigaplan("new", "--template", "startup", "-o", target).returncode == 0
    assert gigaplan("check", target).returncode == 0
    assert gigaplan("solve", target).returncode == 0
    done = gigaplan("new", "--template", "nothing", "-o", tmp_path / "t.gigaplan")
    assert done.returncode == 2
    assert "startup" in done.stderr


def test_usage(tmp_path):
    assert gigaplan("--version").stdout.startswith("Gigaplan ")
    assert gigaplan("solve").returncode == 2
    assert gigaplan("a", "b").returncode == 2
    assert gigaplan("solve", FRONTIER, "--time-limit", "never").returncode == 2


def test_explain_names_what_binds_and_where_figures_come_from():
    done = gigaplan("explain", STARTUP)
    assert done.returncode == 0
    assert re.search(r"^Every chip of .* on offer is taken in ", done.stdout, re.MULTILINE)
    done = gigaplan("explain", STARTUP, "tco_usd", "--depth", "2")
    assert done.stdout.startswith("Total cost of ownership: ")
    assert "Residual value" in done.stdout
    done = gigaplan("explain", STARTUP, "nothing")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_no_command_imports_qt(tmp_path):
    """A folder in front of the real one, in which importing Qt fails, changes nothing for commands."""
    trap = tmp_path / "PySide6"
    trap.mkdir()
    (trap / "__init__.py").write_text("raise ImportError('Qt was imported')")
    for arguments in (["solve", CASES / "hand-1.json"], ["check", FRONTIER], ["explain", CASES / "hand-1.json"]):
        done = gigaplan(*arguments, env={"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"})
        assert done.returncode == 0, done.stderr


def test_without_a_display_the_plan_is_solved_and_drawn(tmp_path):
    shutil.copy(STARTUP, tmp_path / "f.gigaplan")
    done = gigaplan("f.gigaplan", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "no display" in done.stdout
    assert "tco_usd" in done.stdout
    picture = tmp_path / "gigaplan-results" / "f.png"
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert str(picture) in done.stdout
    answer = json.loads((tmp_path / "gigaplan-results" / "f.json").read_text())
    assert answer["status"] == "optimal"


def test_a_plan_that_needs_more_memory_than_there_is_is_solved_only_when_told(capsys, monkeypatch):
    from gigaplan.engine.cli.main import main
    from gigaplan.engine.solve import size

    monkeypatch.setattr(size, "memory_bytes", lambda: 1000.0)
    assert main(["solve", str(CASES / "hand-1.json")]) == 4
    said = capsys.readouterr()
    assert said.out == ""
    assert "Too large to solve: " in said.err
    assert "--any-size" in said.err
    assert main(["solve", str(CASES / "hand-1.json"), "--any-size"]) == 0
    assert "objective_usd" in capsys.readouterr().out


def test_a_verbose_solve_says_what_it_needs_and_how_it_is_done(capsys):
    from gigaplan.engine.cli.main import main

    assert main(["solve", str(CASES / "hand-1.json"), "--verbose"]) == 0
    said = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"[\d,]+ decisions, about \d+ MB of memory and seconds of work\.", said[1])
    assert re.fullmatch(r"searching among [\d,]+ decisions by the simplex method", said[3])
    steps = [line.split(":")[0].split(" ")[0] for line in said if re.search(r": \d+\.\d s$", line)]
    assert steps == ["checking", "building", "searching", "adding"]


def test_before_a_long_solve_it_is_said_what_it_needs_and_what_longer_periods_would(capsys, monkeypatch, tmp_path):
    from gigaplan.engine.cli.main import main
    from gigaplan.engine.solve import size

    monkeypatch.setattr(size, "LONG", 0.0)
    plan = json.loads((CASES / "hand-1.json").read_text())
    plan["plan"] |= {"periods": 6, "months_per_period": 1}
    path = tmp_path / "monthly.json"
    path.write_text(json.dumps(plan))
    main(["solve", str(path)])
    said = capsys.readouterr().err
    needs = r"[\d,]+ decisions, about 1 MB of memory and seconds of work"
    assert re.search(rf"(?m)^{needs}\. In quarters {needs}; in half-years {needs}\.$", said)
