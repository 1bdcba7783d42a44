"""`gigaplan risk`: what it says of uncertain inputs, and how it ends."""

import json
import re

import pytest

from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.storage.save import save_plan
from tests.engine.cli.test_cli import gigaplan
from tests.engine.commands import run_here
from tests.engine.plans import OFFER, PLATFORM, SETTINGS, SITE, WORK

PRICE = {
    "id": "price", "table": "offers", "row": "rent", "field": "price_usd", "distribution": "uniform", "low": 1,
    "high": 2,
}  # fmt: skip


@pytest.fixture
def plan_file(tmp_path):
    def write(**tables):
        made = {"format": "gigaplan/2", "plan": SETTINGS, "platforms": [PLATFORM], "sites": [SITE]}
        made |= {"offers": [OFFER], "workloads": [WORK], "uncertainties": [PRICE]} | tables
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(made))
        return path

    return write


def test_the_table_says_each_input_and_the_spread(plan_file):
    done = run_here("risk", plan_file(), "--draws", "20", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    base = float(lines[1][3].replace(",", ""))
    assert ["price_usd", "of", "rent"] in lines
    p10 = next(line for line in lines if line[:3] == ["P10", "x", "1.1"])
    assert float(p10[3].replace(",", "")) == pytest.approx(1.1 * base, rel=1e-6)
    assert any(line[:2] == ["20", "samples"] for line in lines)
    assert done.stderr == ""


def test_the_answer_as_json_is_the_same_for_the_same_seed(plan_file, tmp_path):
    file, out, answers = plan_file(), tmp_path / "answer.json", []
    for _ in range(2):
        done = run_here(
            "risk",
            file,
            "--format",
            "json",
            "--draws",
            "30",
            "--jobs",
            "1",
            "--seed",
            "7",
            "--figure",
            "npv_usd",
            "-o",
            out,
            "--force",
        )
        assert done.returncode == 0, done.stderr
        answers.append(json.loads(out.read_text()))
    answer = answers[0]
    assert answers[1] == answer
    assert answer["draws"]["statuses"] == {"optimal": 30}
    # One case in each thirtieth from 1 to 2: the middle one of them all is 1.5, to a thirtieth.
    found = answer["draws"]["figures"]["npv_usd"]
    assert found["p50"] == pytest.approx(1.5 * answer["kpis"]["npv_usd"], rel=1 / 30)
    assert answer["inputs"][0]["p90"]["input"] == pytest.approx(1.9)


def test_money_is_in_the_currency_of_the_plan(plan_file):
    file = plan_file(plan=SETTINGS | {"currency": "EUR"})
    answer = json.loads(run_here("risk", file, "--format", "json", "--draws", "2").stdout)
    assert answer["units"]["tco_usd"] == "EUR"
    assert answer["units"]["usd_per_pflop_day"] == "EUR/PFLOP-day"
    assert answer["units"]["energy_mwh"] == "MWh"


def test_what_deserves_a_look_is_said_beside_the_answer(plan_file):
    slip = PRICE | {"low": 20_000, "high": 40_000}
    done = run_here("risk", plan_file(uncertainties=[slip]), "--draws", "2")
    assert done.returncode == 0
    assert "warning: uncertainties[0].high: multiplies price_usd by 40,000. Give a factor" in done.stderr


def test_a_figure_of_each_workload_says_whose_it_is(plan_file):
    done = run_here("risk", plan_file(), "--draws", "3", "--figure", "coverage")
    assert "the lowest is shown" in done.stdout
    none = run_here("risk", plan_file(), "--draws", "3", "--figure", "usd_per_million_tokens")
    assert "usd_per_million_tokens as planned: - USD/million tokens" in none.stdout
    assert ["without", "the", "figure", "3"] in [line.split()[:4] for line in none.stdout.splitlines()]


def test_refusals_are_sentences_with_their_status(plan_file, tmp_path):
    none = run_here("risk", plan_file(uncertainties=[]))
    assert (none.returncode, none.stdout) == (2, "")
    assert "no uncertain inputs" in none.stderr
    unknown = run_here("risk", plan_file(), "--figure", "tco")
    assert unknown.returncode == 2
    assert "tco_usd" in unknown.stderr
    bad = run_here("risk", plan_file(uncertainties=[PRICE | {"high": 0.5}]))
    assert bad.returncode == 2
    assert "uncertainties[0].high" in bad.stderr
    high = {"id": "all", "name": "All", "kind": "coverage", "scope": "*", "limit": 1}
    starved = run_here("risk", plan_file(policies=[high], sites=[SITE | {"power_mw": 0.01}]))
    assert starved.returncode == 3
    assert "No plan meets every limit" in starved.stderr
    for words in (["--draws", "-1"], ["--draws", "1e9"], ["--seed", "x"]):
        assert run_here("risk", plan_file(), *words).returncode == 2
    plan = run_here("risk", plan_file(), "-o", tmp_path / "x.gigaplan")
    assert plan.returncode == 2
    assert not (tmp_path / "x.gigaplan").exists()


def test_it_runs_from_a_terminal_and_takes_a_plan_file(tmp_path):
    file = tmp_path / "plan.gigaplan"
    made = {"format": "gigaplan/2", "plan": SETTINGS, "platforms": [PLATFORM], "sites": [SITE]}
    made |= {"offers": [OFFER], "workloads": [WORK], "uncertainties": [PRICE]}
    save_plan(decode_plan(made), file, expected=None, uuid=None, revision=1)
    done = gigaplan("risk", file, "--draws", "25", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    low, middle, high = (
        float(re.search(rf"{p} +([\d,.]+) ", done.stdout[done.stdout.index("samples") :])[1].replace(",", ""))
        for p in ("P10", "P50", "P90")
    )
    assert low < middle < high
    assert run_here("risk", file, "--draws", "25", "--jobs", "1").stdout == done.stdout


def test_the_answer_says_how_likely_and_how_bad_and_what_explains_it(plan_file):
    """The cost is 1 to 2 times the base: its worst twentieth has a mean of 1.975. 16 points tell an index to 0.15."""
    words = ["--draws", "32", "--indices", "16", "--below", "0.9", "--sampling", "sobol", "--jobs", "1"]
    done = run_here("risk", plan_file(), *words, "--format", "json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    base, found = answer["kpis"]["tco_usd"], answer["draws"]["figures"]["tco_usd"]
    assert found["cvar95"] == pytest.approx(1.975 * base, rel=0.03)
    assert (found["p05"], found["p95"]) == pytest.approx((1.05 * base, 1.95 * base), rel=0.03)
    values, chances = zip(*found["exceedance"], strict=True)
    assert (values[0], chances[0], chances[-1]) == (found["low"], 1.0, 1 / 32)
    assert answer["draws"]["below"] == {"level": 0.9, "coverage": {"work": 0.0}}
    assert answer["draws"]["sampling"] == "sobol"
    (only,) = answer["indices"]["tco_usd"]
    assert only == {"id": "price", "first": pytest.approx(1.0, abs=0.15), "total": pytest.approx(1.0, abs=0.15)}


def test_indices_are_of_independent_inputs_alone(plan_file):
    rows = [PRICE, PRICE | {"id": "more", "field": "availability", "low": 0.9, "high": 1,
                            "correlations": [{"other": "price", "rank": 0.5}]}]  # fmt: skip
    done = run_here("risk", plan_file(uncertainties=rows), "--draws", "2", "--indices", "8")
    assert done.returncode == 2
    assert "independent" in done.stderr
