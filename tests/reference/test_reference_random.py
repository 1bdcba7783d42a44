"""Random plans: the same seed gives the same plan, every feature is drawn, and answers keep their own rows."""

import json
from collections import Counter
from pathlib import Path

from reference.document import DEFAULTS, Document, edition_2
from reference.fixed import fixed_kpis
from reference.kpis import violations
from reference.model import Model
from reference.random_plans import random_plan
from reference.solving import solve

SEEDS = range(60)
TOY = Path(__file__).parent.parent / "cases" / "2" / "worth" / "N01-power-and-supply.json"


def test_a_seed_gives_one_plan() -> None:
    assert json.dumps(random_plan(7)) == json.dumps(random_plan(7)) != json.dumps(random_plan(8))


def test_every_field_is_drawn() -> None:
    drawn: Counter = Counter()
    for seed in range(400):
        plan = random_plan(seed)
        drawn.update(("plan", field) for field in plan["plan"])
        for table, rows in plan.items():
            drawn.update((table, field) for row in rows if isinstance(rows, list) for field in row)
    missing = {(table, field) for table, row in DEFAULTS.items() for field in row} - set(drawn)
    assert missing == set()


def test_answers_keep_their_rows_and_every_status_comes() -> None:
    statuses = Counter()
    for seed in SEEDS:
        model = Model(random_plan(seed))
        best = solve(model)
        statuses[best.status] += 1
        if best.status == "optimal":
            assert [row for row in violations(model, best.decision) if row[0] > 1e-6] == [], seed
    assert statuses["optimal"] >= 30
    assert statuses["infeasible"] >= 1


def test_what_two_workloads_could_have_either_way_is_not_fixed() -> None:
    plan = json.loads(TOY.read_text(encoding="utf-8"))  # 2,000 are asked for where 1,000 can be served
    plan["workloads"] = [plan["workloads"][0] | {"id": w, "demand": 1000} for w in "ab"]
    model = Model(plan)
    fixed = fixed_kpis(model, solve(model))
    assert {"objective_usd", "energy_mwh", "peak_it_mw", "unmet_usd"} <= set(fixed)
    assert not {"coverage a", "coverage b"} & set(fixed)


def test_edition_1_is_read_as_edition_2() -> None:
    override = {"table": "workloads", "row": "w", "field": "demand", "op": "scale", "value": 2, "periods": [0, 1, 3]}
    old = {
        "format": "gigaplan/1",
        "plan": {"name": "old", "start": "2026-11", "periods": 4, "months_per_period": 3},
        "offers": [
            {"id": "o", "supply_chips": {"start": 30, "annual_growth": 0.5}},
            {"id": "q", "supply_chips": [3, 6]},
        ],
        "scenarios": [{"id": "twice", "overrides": [override]}],
    }
    new = edition_2(old)
    assert new["offers"][0] == {"id": "o", "supply_chips_per_month": {"start": 10, "annual_growth": 0.5}}
    assert new["offers"][1]["supply_chips_per_month"] == [1, 2]
    rest = {"table": "workloads", "row": "w", "field": "demand", "op": "scale", "value": 2}
    assert new["scenarios"][0]["overrides"] == [
        rest | {"from": "2026-11", "until": "2027-05"},
        rest | {"from": "2027-08", "until": "2027-11"},
    ]


def test_a_scenario_changes_the_periods_that_begin_in_it() -> None:
    plan = random_plan(0) | {"workloads": [{"id": "w", "demand": 10}], "policies": [], "ports": [], "services": []}
    plan["plan"] |= {"start": "2026-01", "periods": 4, "months_per_period": 3}
    override = {
        "table": "workloads",
        "row": "w",
        "field": "demand",
        "op": "add",
        "value": 5,
        "from": "2026-02",
        "until": "2026-08",
    }
    plan["scenarios"] = [{"id": "more", "overrides": [override]}]
    assert [Document(plan, "more").demand("w", t) for t in range(4)] == [10, 15, 15, 10]
    assert [Document(plan).demand("w", t) for t in range(4)] == [10, 10, 10, 10]
