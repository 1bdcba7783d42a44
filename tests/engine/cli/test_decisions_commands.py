"""`gigaplan hedge`, `held`, `loss`, `alternatives` and `flip`: what they answer, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.engine.commands import run_here
from tests.engine.plans import OFFER, PLATFORM, SETTINGS, SITE, WORK

YEAR = 8766.0
DEMANDS = {"low": (0.3, 50.0), "high": (0.3, 200.0)}


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """One year, chips at 1,000 USD; work that is not done loses 1,500 USD a chip. Demand 100, or 50, or 200."""
    made: dict[str, Any] = {
        "format": "gigaplan/2",
        "plan": SETTINGS
        | {"periods": 1, "discount_rate": 0.0, "residual_fraction": 0.0, "base_weight": 0.4, "currency": "EUR"},
        "platforms": [PLATFORM],
        "sites": [SITE | {"electricity_usd_per_mwh": 0, "power_mw": None}],
        "offers": [OFFER | {"id": "buy", "kind": "purchase", "price_usd": 1000}],
        "workloads": [WORK | {"unmet_usd": 1500 / (0.5 * YEAR)}],
        "scenarios": [
            {"id": id, "name": id, "weight": weight,
             "overrides": [{"table": "workloads", "row": "work", "field": "demand", "op": "set", "value": demand}]}
            for id, (weight, demand) in DEMANDS.items()
        ],
    }  # fmt: skip
    path = tmp_path / "news.json"
    path.write_text(json.dumps(made))
    return path


def answer(*arguments: object) -> Any:
    done = run_here(*arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_hedge_of_a_newsvendor(news: Path) -> None:
    """See test_decisions: 200 chips, and 290,000 on average."""
    found = answer("hedge", news, "--decide", "2027-01")
    assert found["status"] == "optimal"
    assert found["expected_usd"] == pytest.approx(290_000)
    assert found["evpi_usd"] == pytest.approx(60_000)
    assert found["vss_usd"] == pytest.approx(16_500)
    assert [w["id"] for w in found["worlds"]] == ["base", "low", "high"]
    assert [w["weight"] for w in found["worlds"]] == pytest.approx([0.4, 0.3, 0.3])
    (now,) = found["here_and_now"]
    assert now == {"offer": "buy", "site": "here", "period": "2026-01", "chips": pytest.approx(200.0)}


def test_who_minds_the_worst_buys_more(news: Path) -> None:
    found = answer("hedge", news, "--decide", "2027-01", "--cvar", "1,0.7")
    assert found["here_and_now"][0]["chips"] == pytest.approx(400.0)
    assert found["cvar_usd"] == pytest.approx(400_000)


def with_uncertain_demand(news: Path) -> Path:
    made = json.loads(news.read_text())
    made["uncertainties"] = [
        {"id": "asked", "table": "workloads", "row": "work", "field": "demand", "distribution": "uniform",
         "low": 0.5, "high": 2.0, "relative": True}
    ]  # fmt: skip
    news.write_text(json.dumps(made))
    return news


def test_a_plan_held_in_draws(news: Path) -> None:
    """200 chips are held; asked is the work of 100 to 400: in two of three draws more than they do, 100 chips' on
    average, 300,000 USD; the worst tenth asks 385 chips' on average."""
    plan = with_uncertain_demand(news)
    options = ["held", plan, "--of", "base", "--draws", 3000, "--seed", 5, "--cvar", "0,0.9", "--below", 1]
    found = answer(*options)
    assert (found["status"], found["draws"], found["without_plan"]) == ("optimal", 3000, 0)
    assert found["expected_usd"] == pytest.approx(200_000 + 2 / 3 * 150_000, rel=1e-3)
    assert found["cvar_usd"] == pytest.approx(200_000 + 185 * 1500, rel=1e-3)
    assert found["cost_usd"]["p50"] == pytest.approx(200_000 + 0.25 * 300_000, rel=1e-3)
    assert found["below"]["chance"]["work"] == pytest.approx(2 / 3, abs=1e-3)
    assert found["coverage"]["work"]["p05"] == pytest.approx(1 / 1.925, rel=1e-3)
    assert [row["chips"] for row in found["here_and_now"]] == pytest.approx([200.0])
    assert found == answer(*options, "--jobs", 2)
    words = run_here(*options).stdout
    assert "3,000 draws" in words
    assert "CVaR: mean of the worst 10.0%" in words


def test_a_plan_held_whole_in_worlds(news: Path) -> None:
    """Without a date all is held: 200 chips, of which the high world asks twice as much."""
    found = answer("held", news, "--of", "base")
    assert {w["id"]: w["cost_usd"] for w in found["worlds"]} == pytest.approx(
        {"base": 200_000, "low": 200_000, "high": 500_000}
    )


def test_a_plan_held_costs_at_least_the_hedge(news: Path) -> None:
    costs = {
        of: answer("held", news, "--decide", "2027-01", "--of", of)["expected_usd"]
        for of in ("hedge", "base", "low", "high")
    }
    # Held: 200, 200, 100 or 400 chips, at 1,000 each; what is short loses 1,500 a chip: of 100 chips 100 in the base
    # (0.4) and 300 in the high world (0.3).
    assert costs == pytest.approx({"hedge": 290_000, "base": 290_000, "low": 295_000, "high": 400_000})


def test_the_table_says_what_is_decided_now_in_the_currency_of_the_plan(news: Path) -> None:
    done = run_here("hedge", news, "--decide", "2027-01")
    assert done.returncode == 0, done.stderr
    assert "290,000 EUR" in done.stdout
    assert "200 chips of buy at here" in done.stdout


def test_all_is_lost_with_the_one_vendor(news: Path) -> None:
    found = answer("loss", news)["losses"]
    vendor = next(loss for loss in found if loss["dimension"] == "vendor")
    assert (vendor["member"], vendor["from"], vendor["until"]) == ("acme", "2026-01", None)
    assert vendor["served"] == {"work": pytest.approx(0.0, abs=1e-9)}
    assert vendor["cost_usd"] == pytest.approx(200 * 1500)


def test_a_flip_is_found_where_the_work_is_not_worth_it_any_more(news: Path) -> None:
    found = answer("flip", news, "offers.buy.price_usd", 500, 2000)
    assert found["breaks"] == pytest.approx([1500.0])
    assert [piece["objective_usd_at_to"] for piece in found["pieces"]] == pytest.approx([300_000.0, 300_000.0])
    assert [piece["platforms"].get("chip", 0.0) for piece in found["pieces"]] == pytest.approx([200.0, 0.0])


def test_the_alternatives_begin_with_the_optimum(news: Path) -> None:
    found = answer("alternatives", news, "--within", "0.1")
    assert found["plans"][0] == {
        "aim": "cost",
        "status": "optimal",
        "cost_usd": pytest.approx(200_000),
        "chips": {"buy|here": pytest.approx(200.0)},
        "supply": {"buy": [200.0]},
        "signed": [],
    }
    # 10 % is 20,000: 40 chips' work may be left, at 500 more than what they cost.
    assert found["common"] == [{"offer": "buy", "site": "here", "until": "2026-01", "chips": pytest.approx(160.0)}]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["hedge", "--decide", "2027-13"], "is not a month"),
        (["hedge", "--decide", "2027-01", "--worlds", "nowhere"], "there is no world"),
        (["hedge", "--decide", "2027-01", "--worlds", "low,low"], "named twice"),
        (["hedge", "--decide", "2027-01", "--draws", "3"], "no uncertain inputs"),
        (["hedge", "--decide", "2027-01", "--draws", "0"], "above 0"),
        (["hedge", "--decide", "2027-01", "--cvar", "2,0.5"], "LAMBDA,ALPHA"),
        (["held", "--decide", "2027-01", "--of", "nowhere"], "there is no scenario"),
        (["held", "--of", "hedge", "--draws", "50"], "needs --decide"),
        (["held", "--of", "base", "--draws", "50"], "no uncertain inputs"),
        (["held", "--of", "base", "--draws", "0"], "not between 1 and"),
        (["loss", "--dimension", "colour"], "there is no dimension"),
        (["loss", "--from", "2099-01"], "after the plan's end"),
        (["loss", "--from", "2020-01"], "before the plan's start"),
        (["hedge", "--decide", "2025-12"], "outside the plan"),
        (["held", "--decide", "2027-02", "--of", "base"], "outside the plan"),
        (["flip", "price", "1", "2"], "is not TABLE.ROW.FIELD"),
        (["flip", "offers.buy.name", "1", "2"], "holds no number"),
        (["flip", "offers.buy.price_usd", "2", "1"], "is empty"),
        (["flip", "offers.buy.price_usd", "-2", "1"], "offers.buy.price_usd: must be 0 or more"),
        (["flip", "offers.sell.price_usd", "1", "2"], 'offers.sell.price_usd names "sell"'),
        (["flip", "shops.buy.price_usd", "1", "2"], 'there is no table "shops"'),
        (["alternatives", "--within", "-1"], "a fraction of the cost"),
        (["hedge", "--decide", "2027-01", "--cluster", "nonsense"], "no address of a scheduler"),
        (["hedge", "--decide", "2027-01", "--cluster", "tcp://127.0.0.1"], "no address of a scheduler"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(news: Path, arguments: list[str], words: str) -> None:
    command, *rest = arguments
    done = run_here(command, news, *rest)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stdout == ""


def test_keys_are_those_that_others_read(news: Path) -> None:
    hedge = answer("hedge", news, "--decide", "2027-01", "--candidates", "--waiting")
    keys = ["status", "expected_usd", "cvar_usd", "evpi_usd", "vss_usd", "worlds", "here_and_now", "signed"]
    assert [key for key in hedge if key in keys] == keys
    world = {"id", "weight", "cost_usd", "own_optimum_usd", "regret_usd"}
    assert all(world <= set(w) for w in hedge["worlds"])
    # Most is regretted of 200 chips held in the low or the high world, of 100 in the high one, of 400 in the low one.
    assert {c["id"]: c["worst_regret_usd"] for c in hedge["candidates"]} == pytest.approx(
        {"hedge": 100_000, "base": 100_000, "low": 150_000, "high": 300_000}
    )
    assert hedge["least_worst_regret"] in ("hedge", "base")
    assert [w["months"] for w in hedge["waiting"]] == [3, 6, 12]
    loss = answer("loss", news, "--dimension", "vendor")["losses"][0]
    assert {"dimension", "member", "from", "served", "cost_usd"} <= set(loss)
    flip = answer("flip", news, "offers.buy.price_usd", 500, 2000)
    piece = {"from", "to", "objective_usd_at_from", "objective_usd_at_to", "platforms"}
    assert all(piece <= set(p) for p in flip["pieces"])


def test_a_world_without_a_plan_is_named_and_nothing_is_made_up(news: Path) -> None:
    made = json.loads(news.read_text())
    made["policies"] = [{"id": "all", "name": "All", "kind": "coverage", "scope": "*", "limit": 1}]
    move = {"table": "offers", "row": "buy", "field": "available_from", "op": "set", "value": "2030-01"}
    made["scenarios"][0] |= {"id": "none", "overrides": [move]}
    news.write_text(json.dumps(made))
    done = run_here("hedge", news, "--decide", "2027-01", "--format", "json")
    assert done.returncode == 3
    assert "no plan in the world none" in done.stderr
    said = json.loads(done.stdout)
    assert (said["status"], said["expected_usd"], said["here_and_now"]) == ("infeasible", None, [])
    held = run_here("held", news, "--of", "base", "--decide", "2027-01", "--format", "json")
    assert held.returncode == 3
    costs = {w["id"]: w["cost_usd"] for w in json.loads(held.stdout)["worlds"]}
    assert costs["none"] is None
    assert costs["base"] == pytest.approx(200_000)
    frontier = run_here("frontier", news, "--of", "cvar", "--decide", "2027-01")
    assert frontier.returncode == 2
    assert "infeasible in the world none" in frontier.stderr


def test_why_there_is_no_value_of_the_stochastic_solution_is_said(news: Path) -> None:
    """Without chips in one world, the plan for the mean buys some, which that world cannot hold."""
    made = json.loads(news.read_text())
    move = {"table": "offers", "row": "buy", "field": "supply_chips_per_month", "op": "set", "value": 0}
    made["offers"][0]["supply_chips_per_month"] = 100
    made["scenarios"][0] |= {"id": "none", "overrides": [move]}
    news.write_text(json.dumps(made))
    found = answer("hedge", news, "--decide", "2027-01")
    assert found["vss_usd"] is None
    assert found["vss_text"] == "what the plan for mean inputs decides now cannot be held in none"
    table = run_here("hedge", news, "--decide", "2027-01").stdout
    assert "none: what the plan for mean inputs decides now cannot be held in none" in table


def test_a_flip_whose_decisions_are_held_says_so(news: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = json.loads(news.read_text())
    deal = {"id": "deal", "name": "Deal", "provider": "cloud", "start": "2026-01", "months": 12}
    made["agreements"] = [deal | {"commit_usd_per_year": 100_000, "discount": 0.5, "status": "optional"}]
    made["offers"].append(made["offers"][0] | {"id": "dealt", "agreement": "deal"})
    news.write_text(json.dumps(made))
    flip = ("flip", news, "offers.buy.price_usd", 500, 2000)
    assert answer(*flip)["note"] is None
    assert "held" not in run_here(*flip).stdout
    monkeypatch.setattr("gigaplan.engine.analysis.decisions.flips.LARGE", 0)
    assert "is held as it is best" in answer(*flip)["note"]
    assert "is held as it is best" in run_here(*flip).stdout


def test_a_frontier_of_cvar_asks_for_its_date(news: Path) -> None:
    """And a world without a plan is named."""
    assert "--decide" in run_here("frontier", news, "--of", "cvar").stderr
    found = answer("frontier", news, "--of", "cvar", "--decide", "2027-01", "--alpha", "0.7", "--points", "3")
    assert [p["cost_usd"] for p in found["points"]] == pytest.approx([290_000, 345_000, 400_000])
