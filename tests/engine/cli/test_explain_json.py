"""`explain --format json`: every limit, price that is too high and remedy as numbers; figures of `solve`, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gigaplan.engine.cli import main
from gigaplan.engine.exchange.json import to_json
from gigaplan.engine.plan.plan import Plan, with_fields
from gigaplan.engine.solve.solve import solve_plan
from tests.engine.plans import plan_of

ALL = {"id": "all", "name": "All of it", "kind": "coverage", "scope": "work", "limit": 0.9}


def explained(plan: Plan, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    file = folder / "plan.json"
    file.write_bytes(to_json(plan))
    status = main.main(["explain", str(file), "--format", "json"])
    return status, json.loads(capsys.readouterr().out)


def test_limits_prices_and_what_binds_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # 200 chips of 1.5 kW fill 0.3 MW; a chip-hour costs 2, and serves 0.5 PFLOP/s-hours worth 100 each.
    plan = plan_of(plan={"periods": 1, "discount_rate": 0, "currency": "EUR"}, sites=[{"power_mw": 0.3}],
                   offers=[{"supply_chips_per_month": 200 / 12}, {"id": "dear", "price_usd": 60}],
                   workloads=[{"demand": 1000}])  # fmt: skip
    status, told = explained(plan, tmp_path, capsys)
    assert status == 0
    assert set(told) == {"limits", "why_not", "remedies"}
    power, supply = told["limits"]
    worth = 48 * 8766
    key = {"kind": "power", "id": "here", "member": "-", "period": 0}
    assert power == key | {
        "one_more": 0.0,
        "one_less": pytest.approx(worth / 0.0015),
        "more_until": None,
        "less_until": pytest.approx(-0.3),
        "together": {
            "limits": [key, {"kind": "supply", "id": "rent", "member": "-", "period": 0}],
            "worth": pytest.approx(worth / 0.0015),
            "needs": {"supply:rent:-:0": pytest.approx(1 / 0.0015)},
        },
    }
    assert supply["one_less"] == pytest.approx(worth)
    assert told["why_not"] == [{"offer": "dear", "price": pytest.approx(2), "fall": pytest.approx(58 / 60)}]
    assert told["remedies"] == []


def test_each_remedy_as_edits_makes_the_plan_feasible(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = plan_of(sites=[{"power_mw": 0.15}], policies=[ALL], plan={"periods": 2})
    status, told = explained(plan, tmp_path, capsys)
    assert (status, told["limits"], told["why_not"]) == (3, [], [])
    assert len(told["remedies"]) == 2
    for remedy in told["remedies"]:
        changed = plan
        for edit in remedy["edits"]:
            changed = with_fields(changed, edit["table"], edit["row"], **{edit["field"]: edit["value"]})
        assert solve_plan(changed).status == "optimal", remedy["text"]


def test_a_figure_is_explained_in_the_currency_of_the_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(to_json(plan_of(plan={"currency": "EUR"})))
    assert main.main(["explain", str(file), "tco_usd"]) == 0
    told = capsys.readouterr().out
    assert " EUR = " in told
    assert "USD" not in told


def test_a_topic_has_no_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(to_json(plan_of()))
    assert main.main(["explain", str(file), "tco_usd", "--format", "json"]) == 2
    assert "leave out the topic" in capsys.readouterr().err


def test_installed_chips_that_stand_longer_than_the_plan_have_figures_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lot = {"installed": [{"site": "here", "chips": 50, "months_left": 600}], "term_months": 36}
    file = tmp_path / "plan.json"
    file.write_bytes(to_json(plan_of(offers=[lot])))
    assert main.main(["solve", str(file), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["kpis"]["liability_beyond_horizon_usd"] > 0
